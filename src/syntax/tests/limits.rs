//! Hostile texts: too large, too deep, and those that make a careless parser try everything twice.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::Parsed;
use crate::source::SourceId;
use crate::syntax::{MAX_DEPTH, parse, parse_expression};

/// Runs on the stack of a thread, which is a quarter of the main one's.
fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(work).expect("threads can be started");
    thread.join().expect("no panic")
}

/// The forms that nest: what opens a level, what stands in the middle, what closes it.
const NESTED: &[(&str, &str, &str)] = &[
    ("(", "1", ")"),
    ("[", "1", "]"),
    ("{ a = ", "1", " }"),
    ("{ a ", "{}", " }"),
    ("f(x = ", "1", ")"),
    ("\"${", "1", "}\""),
    ("match x { _ => ", "1", " }"),
    ("[e for e in ", "xs", "]"),
    ("if a then ", "b", " else c"),
    ("if ", "a", " then b else c"),
    ("not ", "a", ""),
    ("- ", "a", ""),
    ("a + ", "a", ""),
    ("a ?? ", "a", ""),
    ("a with { b = ", "1", " }"),
    ("{ if a ", "{}", " }"),
    ("{ for a in b ", "{}", " }"),
    ("{ needs a, \"${", "1", "}\" }"),
    ("{ \"${", "1", "}\" = 1 }"),
    ("{ \"${", "1", "}\" : T }"),
    ("{ require a\nelse \"\"\"\n${", "1", "}\"\"\" }"),
    ("{ a = b\nand \"\"\"\n${", "1", "}\"\"\" }"),
    ("{ if a {}\nelse if \"\"\"\n${", "1", "}\"\"\" {} }"),
    ("{ component \"${", "1", "}\" : x {} }"),
];

fn nested(form: (&str, &str, &str), depth: usize) -> String {
    format!("let x = {}{}{}\nlet y = 1\n", form.0.repeat(depth), form.1, form.2.repeat(depth))
}

#[test]
fn three_thousand_levels_are_refused_on_a_small_stack_and_the_next_item_survives() {
    for form in NESTED {
        let text = nested(*form, 3_000);
        let (messages, items) = on_a_small_stack(move || {
            let parsed = Parsed::new(&text);
            (parsed.messages(), parsed.file.items.len())
        });
        assert!(messages.iter().any(|message| message.contains("V0106")), "{form:?}: {messages:?}");
        assert!(messages.len() == 1, "{form:?}: {messages:?}");
        assert!(items <= 2);
    }
}

#[test]
fn every_depth_up_to_the_limit_parses_on_a_small_stack() {
    for form in NESTED.iter().take(11) {
        for depth in [40, 60, 100, 200] {
            let text = nested(*form, depth);
            let messages = on_a_small_stack(move || Parsed::new(&text).messages());
            assert!(messages.is_empty(), "{form:?} {depth}: {messages:?}");
        }
    }
    let at_limit = |depth| Parsed::new(&nested(("(", "1", ")"), depth)).messages();
    assert!(at_limit(MAX_DEPTH).is_empty());
    assert_eq!(at_limit(MAX_DEPTH + 1), ["1:265 V0106 the text is nested more than 256 levels deep"]);
    let (none, diagnostics) = parse_expression(SourceId::NONE, &"(".repeat(5_000));
    assert!(none.is_none() && diagnostics.len() == 1);
}

#[test]
fn brackets_in_strings_and_comments_are_not_depth() {
    Parsed::valid(&format!("// {0}\nlet x = \"{0}\" // {0}\n", "(".repeat(1_000)));
}

#[test]
fn long_flat_texts_are_not_deep() {
    Parsed::valid(&format!("let x = [{}]\n", "1, ".repeat(10_000)));
    Parsed::valid(&"let x = { a = 1 }\n".repeat(3_000));
}

#[test]
fn broken_nesting_costs_no_more_than_good() {
    // At a doubling for each level, one of these texts would take a million times as long as its first level.
    let started = Instant::now();
    for right in [" ?", " { a = = 1 }"] {
        for (open, middle, close) in NESTED {
            let levels = format!("{}{middle}{}", open.repeat(20), format!("{close}{right}").repeat(20));
            assert!(!Parsed::new(&format!("let x = {levels}\n")).diagnostics.is_empty());
        }
    }
    assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
}

#[test]
fn large_sources_are_refused_without_a_look() {
    let text = "a".repeat(50_000_000);
    let started = Instant::now();
    let (file, diagnostics) = parse(SourceId::NONE, &text);
    assert!(started.elapsed() < Duration::from_millis(500));
    assert!(file.items.is_empty());
    let messages: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(messages, ["a source of 47 MiB is larger than the 16 MiB that the compiler reads"]);
}

const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "\"\"\"",
    "${",
    "$${",
    "\\",
    "\n",
    "\r\n",
    " ",
    " ",
    "=",
    "==",
    ":",
    ",",
    ".",
    "..",
    "?.",
    "??",
    "@",
    "|",
    "=>",
    "-",
    "+",
    "/",
    "//",
    "///",
    "/*",
    "#",
    "'",
    ";",
    "&&",
    "||",
    "!",
    "%",
    "<",
    ">",
    "€",
    "é",
    "a",
    "b-c",
    "1",
    "500m",
    "2026-12-31",
    "0.12 EUR/h",
    "if",
    "then",
    "else",
    "match",
    "for",
    "in",
    "is",
    "not",
    "where",
    "with",
    "of",
    "let",
    "use",
    "kind",
    "component",
    "type",
    "fn",
    "emit",
    "needs",
    "require",
    "expect",
    "given",
    "also",
    "\0",
    "😀",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn token_soup_never_panics(soup in prop::collection::vec(prop::sample::select(TOKENS), 0..60)) {
        check(&soup.concat());
        let _ = parse_expression(SourceId::NONE, &soup.concat());
        check(&soup.join(" "));
    }

    #[test]
    fn mutations_of_a_valid_text_never_panic(
        at in 0.0..1.0_f64,
        length in 0_usize..40,
        token in prop::sample::select(TOKENS),
    ) {
        let text = include_str!("tour.vauban");
        let boundary = |mut at: usize| {
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let start = boundary((at * text.len() as f64) as usize);
        let end = boundary((start + length).min(text.len())).max(start);
        check(&format!("{}{token}{}", &text[..start], &text[end..]));
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        check(&text);
    }
}

#[test]
fn no_place_is_inside_a_character_that_a_repair_took_away() {
    check(
        "\"éneeds//'😀needswhere!)?.inelse-&&=>[matchin\\.in..-kind??///let///'<<let(ifthen${alsolet#)??expectlet where///given?.!500m1..[",
    );
}

/// Parses, and looks at every place that a diagnostic names.
fn check(text: &str) {
    let parsed = Parsed::new(text);
    for diagnostic in parsed.diagnostics.iter() {
        let labels = diagnostic.labels.iter().map(|label| label.span);
        let fixes = diagnostic.fixes.iter().map(|fix| fix.span);
        for span in labels.chain(fixes).chain([diagnostic.primary.span]) {
            assert!(text.get(span.range()).is_some(), "{diagnostic:?} of {text:?}");
        }
    }
}
