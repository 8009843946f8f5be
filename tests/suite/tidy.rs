//! The rules of the house that no compiler checks.
//!
//! Every rule is a function from files to complaints, so that the rules themselves can be tested on texts that break
//! them: a rule that finds nothing because it looks at nothing would be worse than none.

#![allow(clippy::print_stderr, reason = "long files are worth a word, not a failure")]

use std::path::Path;

use vaubanc::diag::codes;

use self::files::{File, program, tree};
use self::names::{crate_names, mentions};

mod files;
mod names;

/// The modules, each of which may use only those before it.
const ORDER: [&str; 20] = [
    "source",
    "diag",
    "data",
    "world",
    "stdlib",
    "syntax",
    "types",
    "resolve",
    "eval",
    "objects",
    "graph",
    "fit",
    "analysis",
    "compile",
    "query",
    "render",
    "manifests",
    "verify",
    "cli",
    "main",
];

/// Modules that use no others of the crate but these: what checks the compiler's proofs must not share its faults.
const ALONE: [(&str, &[&str]); 2] = [("verify", &["manifests"]), ("manifests", &[])];

/// What only the checker reads with, so that no fault of it is also one of what is checked.
const CHECKERS_OWN: (&str, [&str; 2]) = ("manifests", ["verify", "manifests"]);

/// The checker and the reader of manifests together, without their tests: what somebody has to read who trusts nobody. It
/// grows with what is proved, and never faster than a reader can follow.
const LONGEST_CHECKER: usize = 4_500;

/// What the root of the library re-exports, and from where.
const REEXPORTED: [(&str, &str); 8] = [
    ("Accepted", "compile"),
    ("Compilation", "compile"),
    ("Options", "compile"),
    ("Patch", "compile"),
    ("View", "compile"),
    ("compile", "compile"),
    ("hardware", "compile"),
    ("run_tests", "compile"),
];

/// Words of the outside world, and the places that may say them. Tests may do what they like.
const CONFINED: [(&[&str], &[&str]); 7] = [
    (&["std::fs", "std::env", "std::time", "std::process"], &["src/cli/", "src/main.rs"]),
    (&["miette"], &["src/diag/render"]),
    (&["pest", "pest_derive"], &["src/syntax/"]),
    (&["petgraph"], &["src/graph/"]),
    (&["serde_yaml"], &["src/data/yaml", "src/objects/schema", "src/manifests/document"]),
    (&["libyaml_safer"], &["src/data/yaml"]),
    (&["clap"], &["src/cli/"]),
];

/// A file longer than this has more than one purpose.
const LONGEST_FILE: usize = 800;
const LONG_FILE: usize = 400;

/// A page shorter than this explains nothing.
const SHORTEST_PAGE: usize = 8;

#[track_caller]
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn module(path: &str) -> &str {
    let inner = path.strip_prefix("src/").unwrap_or(path);
    inner.split('/').next().and_then(|first| first.split('.').next()).unwrap_or(inner)
}

fn layering(file: &File) -> Vec<String> {
    let own = module(&file.path);
    let Some(rank) = ORDER.iter().position(|module| *module == own) else {
        return vec![format!("{}: the module `{own}` is not in the order of layers", file.path)];
    };
    let mut complaints = Vec::new();
    for (line, name) in crate_names(&program(&file.text)) {
        let used = REEXPORTED.iter().find(|(item, _)| *item == name).map_or(name.as_str(), |(_, module)| module);
        let is_alone = |(module, allowed): &&(&str, &[&str])| *module == own && used != own && !allowed.contains(&used);
        if ALONE.iter().any(|rule| is_alone(&rule)) || used == CHECKERS_OWN.0 && !CHECKERS_OWN.1.contains(&own) {
            complaints.push(format!("{}:{line}: `{own}` may not use `{used}`", file.path));
        }
        let is_below = ORDER.iter().position(|module| *module == used).is_some_and(|other| other <= rank);
        if !is_below {
            complaints.push(format!("{}:{line}: `{own}` uses `crate::{name}`, which is not below it", file.path));
        }
    }
    complaints
}

fn confinement(file: &File) -> Vec<String> {
    let text = program(&file.text);
    let mut complaints = Vec::new();
    for (words, places) in CONFINED {
        if places.iter().any(|place| file.path.starts_with(place)) {
            continue;
        }
        for word in words {
            let found = mentions(&text, word).into_iter();
            complaints.extend(found.map(|line| format!("{}:{line}: `{word}` belongs in {places:?}", file.path)));
        }
    }
    let prints = ["println!", "eprintln!", "print!", "eprint!"];
    if !file.path.starts_with("src/cli/") && !file.path.starts_with("src/main.rs") {
        for (number, line) in text.lines().enumerate() {
            if prints.iter().any(|print| line.trim_start().starts_with(print)) {
                complaints.push(format!("{}:{}: only `cli` prints", file.path, number + 1));
            }
        }
    }
    complaints
}

/// What no source may contain, put together here so that this file does not contain it either.
fn leftovers(file: &File) -> Vec<String> {
    let words = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("db", "g!("),
        concat!("#[ig", "nore"),
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
    ];
    let mut complaints = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        let found = words.iter().filter(|word| line.contains(**word));
        complaints.extend(found.map(|word| format!("{}:{}: `{word}`", file.path, number + 1)));
    }
    complaints
}

fn whitespace(file: &File) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        if line.contains('\t') {
            complaints.push(format!("{}:{}: a tab", file.path, number + 1));
        }
        if line.ends_with(' ') {
            complaints.push(format!("{}:{}: spaces at the end", file.path, number + 1));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        complaints.push(format!("{}: the last line does not end", file.path));
    }
    complaints
}

/// Relative links of Markdown that lead nowhere.
fn links(file: &File, root: &Path) -> Vec<String> {
    let directory = root.join(&file.path).parent().map(Path::to_owned).unwrap_or_default();
    let targets = file.text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let is_local = |target: &&str| !target.contains("://") && !target.starts_with('#') && !target.contains(' ');
    let path = |target: &str| target.split('#').next().unwrap_or_default().to_owned();
    targets
        .filter(is_local)
        .filter(|target| !directory.join(path(target)).exists())
        .map(|target| format!("{}: the link to `{target}` leads nowhere", file.path))
        .collect()
}

fn rust() -> Vec<File> {
    let files: Vec<File> = tree().into_iter().filter(|file| file.path.ends_with(".rs")).collect();
    assert!(files.len() > 100, "only {} sources were found", files.len());
    files
}

/// The sources of the compiler itself, without tests.
fn compiler() -> Vec<File> {
    let sources = files::compiler(tree());
    assert!(sources.len() > 100, "only {} sources were found", sources.len());
    sources
}

#[test]
fn a_module_uses_only_what_is_below_it() {
    assert_none(&compiler().iter().flat_map(layering).collect::<Vec<_>>());
}

#[test]
fn files_processes_printing_and_foreign_crates_stay_where_they_belong() {
    assert_none(&compiler().iter().flat_map(confinement).collect::<Vec<_>>());
}

#[test]
fn every_source_says_what_it_is_for() {
    let silent = rust().into_iter().filter(|file| !file.text.starts_with("//! "));
    assert_none(&silent.map(|file| format!("{}: does not open with `//!`", file.path)).collect::<Vec<_>>());
}

#[test]
fn no_source_is_too_long_to_have_one_purpose() {
    let mut complaints = Vec::new();
    for file in rust() {
        let lines = file.text.lines().count();
        if lines > LONGEST_FILE {
            complaints.push(format!("{}: {lines} lines, more than {LONGEST_FILE}", file.path));
        } else if lines > LONG_FILE {
            eprintln!("{}: {lines} lines, on its way to too many", file.path);
        }
    }
    assert_none(&complaints);
}

#[test]
fn the_checker_is_short_and_computes_with_integers() {
    let belongs = |file: &File| ["src/verify/", "src/manifests/"].iter().any(|folder| file.path.starts_with(folder));
    let checker: Vec<File> = compiler().into_iter().filter(belongs).collect();
    let lines: usize = checker.iter().map(|file| file.text.lines().count()).sum();
    assert!((500..LONGEST_CHECKER).contains(&lines), "the checker has {lines} lines");
    let sources = compiler().into_iter().filter(|file| ["verify", "manifests"].contains(&module(&file.path)));
    let floats = |file: &File| ["f32", "f64"].iter().any(|word| !mentions(&program(&file.text), word).is_empty());
    assert_none(&sources.filter(floats).map(|file| format!("{}: a float", file.path)).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_for_later() {
    assert_none(&rust().iter().flat_map(leftovers).collect::<Vec<_>>());
}

#[test]
fn lines_end_where_they_end() {
    let kinds = [".rs", ".md", ".vauban", ".toml", ".pest"];
    let files = tree().into_iter().filter(|file| kinds.iter().any(|kind| file.path.ends_with(kind)));
    // The sources of diagnostics are wrong on purpose, each in its own way.
    let wanted = files.filter(|file| !file.path.starts_with("tests/diagnostics/"));
    assert_none(&wanted.flat_map(|file| whitespace(&file)).collect::<Vec<_>>());
}

#[test]
fn every_code_has_a_page_worth_reading() {
    let mut complaints = Vec::new();
    for code in codes::ALL {
        let (title, page) = (format!("# {} {}", code.number(), code.name()), code.info().page);
        if page.lines().next() != Some(title.as_str()) {
            complaints.push(format!("{code:?}: the page does not begin with `{title}`"));
        }
        if page.lines().count() < SHORTEST_PAGE {
            complaints.push(format!("{code:?}: the page has only {} lines", page.lines().count()));
        }
    }
    assert_none(&complaints);
}

#[test]
fn every_page_has_a_code() {
    let pages = tree().into_iter().filter(|file| file.path.starts_with("src/diag/explain/"));
    let orphan = |file: &File| {
        let number = Path::new(&file.path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        !codes::ALL.iter().any(|code| code.number() == number)
    };
    assert_none(&pages.filter(orphan).map(|file| format!("{}: no code has this page", file.path)).collect::<Vec<_>>());
}

#[test]
fn links_in_documents_lead_somewhere() {
    let documents: Vec<File> = tree().into_iter().filter(|file| file.path.ends_with(".md")).collect();
    assert!(documents.iter().any(|file| file.path == "README.md"), "the README was not found");
    assert_none(&documents.iter().flat_map(|file| links(file, &files::root())).collect::<Vec<_>>());
}

#[test]
fn nothing_names_the_directory_in_which_it_was_written() {
    let root = files::root();
    // A clone directly under the root of the file system has a name too short to be told from a path in a container.
    if root.components().count() < 3 {
        return;
    }
    let root = root.display().to_string();
    let named = tree().into_iter().filter(|file| file.text.contains(&root));
    assert_none(&named.map(|file| format!("{}: names `{root}`", file.path)).collect::<Vec<_>>());
}

#[test]
fn the_rules_see_what_breaks_them() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    let upward = file("src/syntax/x.rs", "//! X.\nuse crate::{diag::Code, eval::{self, model}};\nuse crate::View;\n");
    assert_eq!(layering(&upward).len(), 2, "{:?}", layering(&upward));
    assert_eq!(layering(&file("src/render/x.rs", "use crate::{Compilation, View};\n// crate::cli\n")), [""; 0]);
    assert_eq!(layering(&file("src/analysis/x.rs", "fn f(view: &crate::View) {}\n")).len(), 1);
    assert_eq!(
        layering(&file("src/eval/x.rs", "#[cfg(test)]\nmod tests {\n    use crate::render::render;\n}\n")),
        [""; 0]
    );
    assert_eq!(layering(&file("src/novel.rs", "")).len(), 1);
    let checker = "use crate::data::Node;\nuse crate::verify::Files;\nuse crate::manifests::Value;\n";
    assert_eq!(layering(&file("src/verify/x.rs", checker)).len(), 1);
    assert_eq!(layering(&file("src/manifests/x.rs", "use crate::data::Node;\n")).len(), 1);
    assert_eq!(layering(&file("src/cli/x.rs", "use crate::manifests::Value;\n")).len(), 1);

    assert_eq!(confinement(&file("src/eval/x.rs", "use std::fs;\nuse std::{env, fmt};\n")).len(), 2);
    assert_eq!(confinement(&file("src/eval/x.rs", "    println!(\"x\");\n")).len(), 1);
    assert_eq!(confinement(&file("src/eval/x.rs", "use pest::Parser;\nuse rapest::Parser;\n")).len(), 1);
    assert_eq!(confinement(&file("src/syntax/x.rs", "use pest::Parser;\n")), [""; 0]);

    let parent = file("src/eval/mod.rs", "#[cfg(test)]\nmod tests;\nmod testing;\n");
    let inner = ["tests.rs", "tests/deep.rs", "testing.rs"].map(|name| file(&format!("src/eval/{name}"), ""));
    let kept: Vec<String> =
        files::compiler([parent].into_iter().chain(inner).collect()).into_iter().map(|file| file.path).collect();
    assert_eq!(kept, ["src/eval/mod.rs", "src/eval/testing.rs"]);

    assert_eq!(whitespace(&file("a.rs", "a \n\tb\nc")).len(), 3);
    assert_eq!(leftovers(&file("a.rs", concat!("to", "do!()\n"))).len(), 1);
    assert_eq!(links(&file("README.md", "[a](src) [b](nowhere.md) [c](https://example.org)"), &files::root()).len(), 1);
}
