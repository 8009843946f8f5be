//! Mistakes: one diagnostic for each, at its place, and everything around it is still there.

use super::Parsed;
use crate::syntax::ast::*;

/// A broken entry between two good ones: its one message, and nothing else is lost.
#[track_caller]
fn entry(broken: &str, expected: &str) {
    let parsed = Parsed::new(&format!("component api : web {{\n  {broken}\n  port = 8080\n}}\nlet after = 1\n"));
    assert_eq!(parsed.messages(), [expected], "{broken}");
    assert_eq!(parsed.file.items.len(), 2, "{broken}");
    assert_eq!(parsed.keys(0), ["port"], "{broken}");
}

/// A broken item before a good one.
#[track_caller]
fn item(broken: &str, expected: &str) {
    let parsed = Parsed::new(&format!("{broken}\nlet after = 1\n"));
    assert_eq!(parsed.messages(), [expected], "{broken}");
    assert!(
        matches!(&parsed.file.items.last().map(|item| &item.kind), Some(ItemKind::Let(item)) if item.name.text == "after")
    );
}

/// A slip that is understood: its message, and nothing at all is lost.
#[track_caller]
fn understood(text: &str, items: usize, expected: &[&str]) {
    let parsed = Parsed::new(text);
    assert_eq!(parsed.messages(), expected, "{text}");
    assert_eq!(parsed.file.items.len(), items, "{text}");
}

impl Parsed {
    /// The paths of the attributes of an instance.
    fn keys(&self, index: usize) -> Vec<&str> {
        let ItemKind::Instance(instance) = &self.item(index).kind else { panic!("not an instance") };
        let attribute = |entry: &Entry| match &entry.kind {
            EntryKind::Attribute(attribute) => {
                let (first, last) = (attribute.path.first()?.span, attribute.path.last()?.span);
                Some(self.text(first.to(last)))
            }
            _ => None,
        };
        instance.body.entries.iter().filter_map(attribute).collect()
    }

    /// The helps of the first diagnostic.
    fn help(&self) -> String {
        self.diagnostics.iter().next().map(|diagnostic| diagnostic.help.join("\n")).unwrap_or_default()
    }
}

#[test]
fn what_is_missing_at_the_end_of_a_line_is_missing_there_and_not_on_the_next() {
    entry("replicas = 3 +", "2:17 V0101 expected a value after `+`");
    entry("image =", "2:10 V0101 expected a value after `=`");
    entry("image =   // soon", "2:10 V0101 expected a value after `=`");
    entry("x = a.", "2:9 V0101 expected a name or a string after `.`");
    entry("needs", "2:8 V0101 expected a value after `needs`");
    entry("x = if a then b", "2:18 V0101 expected `else` after `b`");
    item("let x =", "1:8 V0101 expected a value after `=`");
    item("input x :", "1:10 V0101 expected a type after `:`");
    item("component api : web", "1:20 V0101 expected `{` or `on` after `web`");
    item("component api : web\n{\n  port = 8080\n}", "1:20 V0101 expected `{` or `on` after `web`");
    item("accept spof of db", "1:18 V0101 expected `in` or a string after `db`");
}

#[test]
fn what_does_not_belong_is_named_with_what_was_expected() {
    entry("replicas 3", "2:12 V0101 expected `=` or `{` after `replicas`");
    entry("a = 1 b = 2", "2:9 V0101 expected a new line after `1`");
    entry("a = [1, 2 3]", "2:13 V0101 expected `,` or `]` after `2`");
    entry("a = f(1 2)", "2:11 V0101 expected `,` or `)` after `1`");
    entry("a = if x y", "2:12 V0101 expected `then` after `x`");
    entry("a = Probe { x = 1 }", "2:13 V0101 expected a new line after `Probe`");
    entry("emit \"v1\" { a = 1 }", "2:13 V0101 expected a name after `\"v1\"`");
    entry("for x xs { a = 1 }", "2:9 V0101 expected `,` or `in` after `x`");
    entry("if { a = 1 } b", "2:16 V0101 expected a new line after `}`");
    entry("x = \"a ${b c} d\"", "2:14 V0101 expected `}` after `b`");
    entry("x = @", "2:7 V0101 expected a value after `=`");
    entry("x = [e for x in xs if c]", "2:22 V0101 expected `]` or `where` after `xs`");
    understood("component a : b { x = 1,, y = 2 }", 1, &["1:25 V0101 expected an attribute"]);
    item("component api web {\n  port = 8080\n}", "1:15 V0101 expected `:`, `{` or `on` after `api`");
    item("component : web {\n}", "1:11 V0101 expected a name after `component`");
    item("let x 1", "1:7 V0101 expected `=` or `:` after `x`");
    item("type T = 5", "1:10 V0101 expected a type after `=`");
    item("use std web", "1:9 V0101 expected `{` after `std`");
    item("use std { web postgres }", "1:15 V0101 expected `,`, `}` or `as` after `web`");
    item("test production { }", "1:6 V0101 expected a string after `test`");
    item("budget x datacenter { }", "1:10 V0101 expected `of` after `x`");
    item("fn f(x : Int) -> Int = x", "1:15 V0101 expected `=` or `:` after `)`");
    item("let x = €", "1:10 V0101 expected a number after `€`");
    item("test \"a ${b}\" { }", "1:11 V0101 this string cannot interpolate");
    item("let x = \"\"\"abc\"\"\"", "1:9 V0101 the text of a multi-line string starts on the next line");
}

#[test]
fn words_that_begin_no_item_get_a_suggestion() {
    item("componnt api : web {\n  a = 1\n}", "1:1 V0101 expected an item, found `componnt`");
    assert_eq!(Parsed::new("componnt api : web {}").help(), "did you mean `component`?");
    item("replicas = 3", "1:1 V0101 expected an item, found `replicas`");
    assert_eq!(Parsed::new("replicas = 3").help(), "write `let replicas = …` for a value of the module");
    item("é", "1:1 V0101 expected an item, found `é`");
}

#[test]
fn statements_in_the_wrong_place_say_so() {
    item("needs db", "1:1 V0107 `needs` cannot stand at the top level");
    entry("use std { web }", "2:3 V0107 `use` cannot stand inside a body");
    entry("kind x : y {}", "2:3 V0107 `kind` cannot stand inside a body");
    entry("input x : Int", "2:3 V0107 `input` cannot stand inside a body");
}

#[test]
fn a_colon_or_two_equals_signs_for_one_are_recognised() {
    entry("replicas: 3", "2:11 V0101 expected `=` after `replicas`");
    entry("image: \"x\"", "2:8 V0101 expected `=` after `image`");
    entry("env.A : x.y", "2:9 V0101 expected `=` after `A`");
    entry("image == \"x\"", "2:9 V0101 expected `=` after `image`");
    entry("require a = b", "2:13 V0101 expected an operator after `a`");
    entry("x = match y { \"a\" = 1 }", "2:21 V0101 expected `|` or `=>` after `\"a\"`");
    item("let x == 2", "1:7 V0101 expected `=` after `x`");
    assert_eq!(Parsed::new("let x == 2").help(), "write `=` to give a value");
}

#[test]
fn operators_of_other_languages_are_recognised() {
    entry("a = (b)-c", "2:10 V0101 expected blanks around `-`");
    entry("a = 5-3", "2:8 V0101 expected blanks around `-`");
    entry("a = b -1", "2:9 V0101 expected blanks around `-`");
    entry("a = (b)/c", "2:10 V0101 expected blanks around `/`");
    entry("a = b % c", "2:9 V0101 there is no operator `%`");
    entry("a = b ? c : d", "2:9 V0101 there is no operator `?`");
    let words =
        ["1:11 V0101 `&&` is written `and`", "1:14 V0101 `!` is written `not`", "1:17 V0101 `||` is written `or`"];
    understood("let x = a && !b || c", 1, &words);
}

#[test]
fn comments_quotes_and_semicolons_of_other_languages_cost_nothing_else() {
    understood("# hello { \" '\nlet x = 1\n", 1, &["1:1 V0101 comments begin with `//`"]);
    understood("let x = 1 # don't {\nlet y = 1\n", 2, &["1:11 V0101 comments begin with `//`"]);
    understood("/* hello { \n \" ' */\nlet x = 1\n", 1, &["1:1 V0101 comments begin with `//`"]);
    understood("let x = 1; let y = 2\n", 2, &["1:10 V0101 `;` does not separate anything"]);
    understood("let x = {\n  a = 1;\n  b = 2\n}\n", 1, &["2:8 V0101 `;` does not separate anything"]);
    understood("let x = 'a b'\nlet y = 1", 2, &["1:9 V0101 strings stand in double quotes"]);
}

#[test]
fn unclosed_strings_end_where_they_were_meant_to() {
    entry("x = \"abc", "2:7 V0103 `\"` is never closed");
    let text = "component a : b {\n  probe l { path = \"/x, d = 2 }\n  port = 3\n}\n";
    understood(text, 1, &["2:20 V0103 `\"` is never closed"]);
    assert_eq!(Parsed::new(text).keys(0), ["probe l", "port"]);
    entry("y = \"${a\"", "2:8 V0103 `${` is never closed");
    entry("z = [\"a, \"b\"]", "2:14 V0103 `\"` is never closed");
    entry("z = [\n    \"a,\n    \"b\"\n  ]", "3:5 V0103 `\"` is never closed");
    item("component \"api : web {\n  a = 1\n}", "1:11 V0103 `\"` is never closed");
    item("let x = \"\"\"\n  abc\n", "1:9 V0103 `\"\"\"` is never closed");
    understood("let x = \"abc", 0, &["1:9 V0103 `\"` is never closed"]);
    understood("let x = \"abc\\", 0, &["1:9 V0103 `\"` is never closed"]);
}

#[test]
fn unclosed_brackets_are_found_by_indentation_and_keep_their_neighbours() {
    let text = "component a : b {\n  probe l {\n    path = 1\n  port = 3\n}\nlet y = 1\n";
    understood(text, 2, &["2:11 V0103 `{` is never closed"]);
    assert_eq!(Parsed::new(text).keys(0), ["probe l", "port"]);
    entry("x = f(1", "2:8 V0103 `(` is never closed");
    entry("x = [1, 2}", "2:7 V0103 `[` is never closed");
    entry("x = [\n    1,\n    2", "2:7 V0103 `[` is never closed");
    item("component a : b {\n  x = 1\n", "1:17 V0103 `{` is never closed");
    item("component a : b { x = 1", "1:17 V0103 `{` is never closed");
    understood("component a : b {\n  x = {\n", 1, &["2:7 V0103 `{` is never closed"]);
    // Balanced by accident: the first item lacks what the second has too much.
    let text = "kind a {\n  x : Int\n\nkind b {\n  y : Int }\n}\n";
    understood(text, 2, &["1:8 V0103 `{` is never closed", "6:1 V0101 `}` closes nothing"]);
}

#[test]
fn stray_brackets_are_one_mistake() {
    let text = "component a : b {\n  x = 1\n  }\n  port = 3\n}\nlet y = 1\n";
    understood(text, 2, &["3:3 V0101 `}` closes nothing"]);
    assert_eq!(Parsed::new(text).keys(0), ["x", "port"]);
    understood("component a : b {\n  x = 1)\n  port = 3\n}\n", 1, &["2:8 V0101 `)` closes nothing"]);
    understood("}\nlet x = 1\n", 1, &["1:1 V0101 `}` closes nothing"]);
}

#[test]
fn unknown_escapes_are_named_and_keep_their_entry() {
    let text = "let x = \"a\\q\\u{110000}\\u{}${\"\\e\"}\"";
    understood(
        text,
        1,
        &[
            "1:11 V0102 unknown escape `\\q`",
            "1:13 V0102 unknown escape `\\u{110000}`",
            "1:23 V0102 unknown escape `\\u{}`",
            "1:30 V0102 unknown escape `\\e`",
        ],
    );
}

#[test]
fn a_broken_head_does_not_hide_a_mistake_in_its_body() {
    understood(
        "component a b {\n  x = = 1\n  y = 2\n}\nfor x xs {\n  component b : c { z = }\n}\n",
        0,
        &[
            "1:13 V0101 expected `:`, `{` or `on` after `a`",
            "2:7 V0101 expected a value after `=`",
            "5:7 V0101 expected `,` or `in` after `x`",
            "6:24 V0101 expected a value after `=`",
        ],
    );
}

#[test]
fn a_continued_line_belongs_to_the_mistake_before_it() {
    entry("x =\n    5 5", "3:7 V0101 expected a new line after `5`");
    entry("x = if a\n  then b c\n  else d", "3:10 V0101 expected `else` after `b`");
    entry("foo\n    bar baz", "2:6 V0101 expected `=` or `{` after `foo`");
}

#[test]
fn twelve_mistakes_give_twelve_diagnostics_and_keep_everything_else() {
    let text = include_str!("twelve-mistakes.vauban");
    let parsed = Parsed::new(text);
    // Each mistake stands on a line that says so.
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .filter_map(|(index, line)| {
            let (_, code) = line.split_once("// mistake ")?;
            Some(format!("{} {code}", index + 1))
        })
        .collect();
    let found: Vec<String> = parsed
        .messages()
        .iter()
        .map(|message| {
            let (place, rest) = message.split_once(' ').unwrap_or_default();
            format!("{} {}", place.split(':').next().unwrap_or(""), rest.split(' ').next().unwrap_or(""))
        })
        .collect();
    assert_eq!(lines.len(), 12);
    assert_eq!(found, lines, "{:#?}", parsed.messages());
    let instances = parsed.file.items.iter().filter(|item| matches!(item.kind, ItemKind::Instance(_))).count();
    assert_eq!((parsed.file.items.len(), instances), (8, 4), "{:#?}", parsed.messages());
    // The same with the line ends of another system.
    assert_eq!(Parsed::new(&text.replace('\n', "\r\n")).messages(), parsed.messages());
}
