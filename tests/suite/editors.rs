//! The editors know the same words as the compiler.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use vaubanc::syntax::keywords;

fn extension() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/vscode")
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn grammar() -> Value {
    json(&extension().join("syntaxes/vauban.tmLanguage.json"))
}

/// The words of the first `(a|b|c)` in a pattern: a group that holds nothing but words and bars.
fn alternation(pattern: &str) -> Option<BTreeSet<String>> {
    let word = |character: char| character.is_ascii_alphanumeric() || "-%|".contains(character);
    pattern
        .match_indices('(')
        .filter_map(|(start, _)| pattern[start + 1..].split_once(')').map(|(inside, _)| inside))
        .find(|inside| inside.contains('|') && inside.chars().all(word))
        .map(|inside| inside.split('|').map(str::to_owned).collect())
}

/// The words of a rule of the repository, or of the first of its patterns.
fn words(grammar: &Value, rule: &str) -> BTreeSet<String> {
    let rule_value = &grammar["repository"][rule];
    let pattern = rule_value["match"].as_str().or_else(|| rule_value["patterns"][0]["match"].as_str());
    pattern.and_then(alternation).unwrap_or_else(|| panic!("the rule `{rule}` has no list of words"))
}

fn table(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn the_editor_highlights_exactly_the_words_of_the_language() {
    let grammar = grammar();
    for (rule, expected) in [
        ("item-keyword", keywords::ITEM_KEYWORDS),
        ("statement-keyword", keywords::STATEMENT_KEYWORDS),
        ("clause-keyword", keywords::CLAUSE_KEYWORDS),
        ("number", keywords::UNITS),
        ("builtin-type", keywords::BUILTIN_TYPES),
        ("builtin-function", keywords::BUILTIN_FUNCTIONS),
    ] {
        assert_eq!(words(&grammar, rule), table(expected), "{rule}");
    }
    let expression: BTreeSet<String> = ["control-keyword", "word-operator", "language-constant"]
        .into_iter()
        .flat_map(|rule| words(&grammar, rule))
        .collect();
    assert_eq!(expression, table(keywords::EXPRESSION_KEYWORDS));
}

#[test]
fn every_statement_of_the_language_has_a_rule_of_its_own() {
    let grammar = grammar();
    let patterns = grammar["repository"]["statement"]["patterns"].as_array().expect("`statement` is a list of rules");
    let text: Vec<&str> =
        patterns.iter().filter_map(|rule| rule["match"].as_str().or_else(|| rule["begin"].as_str())).collect();
    // `also` stands before a key and is found there.
    let expected = keywords::ITEM_KEYWORDS.iter().chain(keywords::STATEMENT_KEYWORDS).filter(|word| **word != "also");
    for keyword in expected {
        let heads = [format!("({keyword})"), format!("({keyword}|"), format!("|{keyword})"), format!("|{keyword}|")];
        assert!(text.iter().any(|pattern| heads.iter().any(|head| pattern.contains(head))), "{keyword}");
    }
}

#[test]
fn every_rule_that_is_included_exists_and_every_rule_is_included() {
    fn includes(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                if let Some(rule) = map.get("include").and_then(Value::as_str).and_then(|name| name.strip_prefix('#')) {
                    found.insert(rule.to_owned());
                }
                map.values().for_each(|inner| includes(inner, found));
            }
            Value::Array(list) => list.iter().for_each(|inner| includes(inner, found)),
            _ => {}
        }
    }
    let grammar = grammar();
    let mut found = BTreeSet::new();
    includes(&grammar, &mut found);
    let rules: BTreeSet<String> =
        grammar["repository"].as_object().expect("the grammar has a repository").keys().cloned().collect();
    assert_eq!(found, rules);
}

#[test]
fn every_file_that_the_extension_names_is_there_and_is_json() {
    let manifest = json(&extension().join("package.json"));
    let contributes = &manifest["contributes"];
    for path in [
        &contributes["languages"][0]["configuration"],
        &contributes["grammars"][0]["path"],
        &contributes["snippets"][0]["path"],
    ] {
        json(&extension().join(path.as_str().expect("a path is a text")));
    }
    assert_eq!(contributes["grammars"][0]["scopeName"], grammar()["scopeName"]);
}

/// What a snippet inserts when every placeholder is taken as it is offered.
fn expanded(body: &Value) -> String {
    let lines: Vec<&str> =
        body.as_array().expect("a snippet is a list of lines").iter().filter_map(Value::as_str).collect();
    let text = lines.join("\n").replace("\\$", "\u{0}");
    let mut out = String::new();
    let mut rest = text.as_str();
    // Placeholders nest one level deep at most, behind an escaped `$`, so that taking the innermost first is enough.
    let mut offered = std::collections::BTreeMap::new();
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
        if let Some(inside) = after.strip_prefix('{') {
            let (number, tail) = inside.split_at(digits(inside));
            let (default, tail) = tail.strip_prefix(':').and_then(|tail| tail.split_once('}')).expect("a default");
            offered.insert(number.to_owned(), default.to_owned());
            out.push_str(default);
            rest = tail;
        } else {
            let (number, tail) = after.split_at(digits(after));
            out.push_str(offered.get(number).map_or("", String::as_str));
            rest = tail;
        }
    }
    out.push_str(rest);
    out.replace('\u{0}', "$")
}

#[test]
fn every_snippet_is_valid_vauban() {
    let snippets = json(&extension().join("snippets/vauban.json"));
    let mut sources = vaubanc::source::SourceMap::default();
    for (name, snippet) in snippets.as_object().expect("snippets are an object") {
        let text = expanded(&snippet["body"]);
        // Parameters, requirements and emissions live in a kind.
        let text = match name.as_str() {
            "parameter" | "require" | "emit" => format!("kind snippet {{\n{text}\n}}\n"),
            _ => format!("{text}\n"),
        };
        let id = sources.add(name.as_str(), text.as_str());
        let (_, diagnostics) = vaubanc::syntax::parse(id, &text);
        let rendered =
            vaubanc::diag::render::render_all(diagnostics.iter(), &sources, &vaubanc::diag::render::Style::PLAIN);
        assert!(diagnostics.is_empty(), "{text}\n{rendered}");
    }
}
