//! How diagnostics look: the frame, the labels, the notes, with colours and without.

use super::*;
use crate::diag::codes;
use crate::source::{SourceId, Span};

fn find(sources: &SourceMap, source: SourceId, words: &str) -> Span {
    let text = &sources.get(source).expect("the test added it").text;
    let start = text.find(words).expect("the test wrote it");
    Span::new(source, start, start + words.len())
}

fn platform() -> (SourceMap, SourceId, SourceId) {
    let mut sources = SourceMap::default();
    let hardware = sources.add(
        "hardware.vauban",
        "hardware datacenter {\n  node host {\n    cpu    = 8\n    memory = 64GB\n    reserve \"k3s\" { cpu = 1 }\n  }\n}\n",
    );
    let mut text =
        String::from("component api : web {\n  image    = \"api:1\"\n  replicas = 3..10\n  cpu      = 800m..2\n}\n");
    text.push_str(&"\n".repeat(60));
    text.push_str("component worker : web {\n  replicas = 4\n  cpu      = 1..2\n}\n");
    let components = sources.add("components.vauban", text);
    (sources, hardware, components)
}

fn overfull() -> (SourceMap, Diagnostic) {
    let (sources, hardware, components) = platform();
    let diagnostic = Diagnostic::error(
        codes::OVERFULL,
        find(&sources, components, "3..10"),
        "`datacenter.host` lacks 5 cores",
    )
    .at("up to 10 replicas of 0.8 cores each")
    .label(find(&sources, components, "1..2"), "4 × 1 core")
    .label(find(&sources, hardware, "8"), "8 cores, 7 of them allocatable")
    .note("requests of cpu\n  api      10 × 800m    8\n  worker    4 × 1       4\n  ---------------------\n  total                12   of 7")
    .note("the scheduler counts requests, not use")
    .help("lower the upper bound: `replicas = 3..4`")
    .fix(find(&sources, components, "3..10"), "3..4")
    .of("datacenter.host")
    .in_environment(Some("production"));
    (sources, diagnostic)
}

#[test]
fn a_sum_shows_both_files_and_keeps_its_table() {
    let (sources, diagnostic) = overfull();
    insta::assert_snapshot!(render(&diagnostic, &sources, &Style::PLAIN), @r#"
    error[V0401 overfull] in production: `datacenter.host` lacks 5 cores
        ╭─[components.vauban:3:14]
      2 │   image    = "api:1"
      3 │   replicas = 3..10
        ·              ──┬──
        ·                ╰── up to 10 replicas of 0.8 cores each
      4 │   cpu      = 800m..2
        ╰────
        ╭─[components.vauban:68:14]
     67 │   replicas = 4
     68 │   cpu      = 1..2
        ·              ──┬─
        ·                ╰── 4 × 1 core
     69 │ }
        ╰────
        ╭─[hardware.vauban:3:14]
      2 │   node host {
      3 │     cpu    = 8
        ·              ┬
        ·              ╰── 8 cores, 7 of them allocatable
      4 │     memory = 64GB
        ╰────
      note: requests of cpu
              api      10 × 800m    8
              worker    4 × 1       4
              ---------------------
              total                12   of 7
      note: the scheduler counts requests, not use
      help: lower the upper bound: `replicas = 3..4`
    "#);
}

#[test]
fn ascii_draws_without_box_characters() {
    let (sources, diagnostic) = overfull();
    let drawn = render(&diagnostic, &sources, &Style { unicode: false, ..Style::PLAIN });
    insta::assert_snapshot!(drawn.replace('×', "x"), @r#"
    error[V0401 overfull] in production: `datacenter.host` lacks 5 cores
        ,-[components.vauban:3:14]
      2 |   image    = "api:1"
      3 |   replicas = 3..10
        :              ^^|^^
        :                `-- up to 10 replicas of 0.8 cores each
      4 |   cpu      = 800m..2
        `----
        ,-[components.vauban:68:14]
     67 |   replicas = 4
     68 |   cpu      = 1..2
        :              ^^|^
        :                `-- 4 x 1 core
     69 | }
        `----
        ,-[hardware.vauban:3:14]
      2 |   node host {
      3 |     cpu    = 8
        :              |
        :              `-- 8 cores, 7 of them allocatable
      4 |     memory = 64GB
        `----
      note: requests of cpu
              api      10 x 800m    8
              worker    4 x 1       4
              ---------------------
              total                12   of 7
      note: the scheduler counts requests, not use
      help: lower the upper bound: `replicas = 3..4`
    "#);
    assert!(drawn.replace('×', "x").is_ascii());
}

#[test]
fn three_labels_on_one_line_stay_apart() {
    let mut sources = SourceMap::default();
    let source = sources.add("a.vauban", "let a : Cpu = 1\nlet b = if x then 1 + 2s else 3\nlet c = 1\n");
    let at = |words| find(&sources, source, words);
    let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, at("+"), "`+` wants equal types")
        .at("a number and a duration")
        .label(Span::new(source, 34, 35), "a number")
        .label(at("2s"), "a duration")
        .note("one");
    insta::assert_snapshot!(render(&diagnostic, &sources, &Style::PLAIN), @r#"
    error[V0301 type-mismatch]: `+` wants equal types
       ╭─[a.vauban:2:21]
     1 │ let a : Cpu = 1
     2 │ let b = if x then 1 + 2s else 3
       ·                   ┬ ┬ ─┬
       ·                   │ │  ╰── a duration
       ·                   │ ╰── a number and a duration
       ·                   ╰── a number
     3 │ let c = 1
       ╰────
      note: one
    "#);
}

#[test]
fn overlapping_labels_give_way_to_the_primary() {
    let mut sources = SourceMap::default();
    let source = sources.add("a.vauban", "  replicas = 3 + \"x\"\n");
    let at = |words| find(&sources, source, words);
    let diagnostic = Diagnostic::warning(codes::TYPE_MISMATCH, at("\"x\""), "`replicas` wants an `Int`")
        .at("a `String`")
        .label(at("3 + \"x\""), "this sum")
        .label(at("\"x\""), "written here");
    insta::assert_snapshot!(render(&diagnostic, &sources, &Style::PLAIN), @r#"
    warning[V0301 type-mismatch]: `replicas` wants an `Int`
       ╭─[a.vauban:1:18]
     1 │   replicas = 3 + "x"
       ·              ─┬─ ─┬─
       ·               │   ╰── a `String`; written here
       ·               ╰── this sum
       ╰────
    "#);
}

#[test]
fn the_primary_excerpt_comes_first_in_its_file() {
    let (sources, _, components) = platform();
    let at = |words| find(&sources, components, words);
    let diagnostic = Diagnostic::error(codes::TYPE_MISMATCH, at("1..2"), "too much")
        .at("this")
        .label(at("3..10"), "and this")
        .label(at("\"api:1\""), "next to it");
    insta::assert_snapshot!(render(&diagnostic, &sources, &Style::PLAIN), @r#"
    error[V0301 type-mismatch]: too much
        ╭─[components.vauban:68:14]
     67 │   replicas = 4
     68 │   cpu      = 1..2
        ·              ──┬─
        ·                ╰── this
     69 │ }
        ╰────
        ╭─[components.vauban:2:14]
      1 │ component api : web {
      2 │   image    = "api:1"
        ·              ───┬───
        ·                 ╰── next to it
      3 │   replicas = 3..10
        ·              ──┬──
        ·                ╰── and this
      4 │   cpu      = 800m..2
        ╰────
    "#);
}

#[test]
fn carriage_returns_tabs_and_wide_characters_do_not_shift_the_mark() {
    let mut sources = SourceMap::default();
    let source = sources.add("ü.vauban", "// €\r\n\tlet é = \"日本\" + 1\r\n\rlet z = 2\r\n");
    let diagnostic =
        Diagnostic::error(codes::TYPE_MISMATCH, find(&sources, source, "1"), "`+` wants equal types").at("a number");
    let drawn = render(&diagnostic, &sources, &Style::PLAIN);
    insta::assert_snapshot!(drawn, @r#"
    error[V0301 type-mismatch]: `+` wants equal types
       ╭─[ü.vauban:2:17]
     1 │ // €
     2 │     let é = "日本" + 1
       ·                      ┬
       ·                      ╰── a number
     3 │  let z = 2
       ╰────
    "#);
    let two = Diagnostic::error(codes::TYPE_MISMATCH, find(&sources, source, "2"), "two").at("after a lone return");
    assert!(render(&two, &sources, &Style::PLAIN).contains("[ü.vauban:3:10]"));
}

#[test]
fn a_diagnostic_without_a_place_has_no_excerpt() {
    let diagnostic = Diagnostic::warning(codes::NO_HARDWARE, Span::NONE, "no hardware is described")
        .help("describe it:\nhardware laptop {\n  node box { cpu = 4, memory = 8GB }\n}");
    insta::assert_snapshot!(render(&diagnostic, &SourceMap::default(), &Style::PLAIN), @r#"
    warning[V0411 no-hardware]: no hardware is described
      help: describe it:
            hardware laptop {
              node box { cpu = 4, memory = 8GB }
            }
    "#);
}

#[test]
fn the_same_fault_in_several_environments_is_told_once() {
    let (sources, diagnostic) = overfull();
    let found = [None, Some("production"), Some("staging")].map(|environment| {
        Diagnostic { notes: Vec::new(), labels: Vec::new(), ..diagnostic.clone() }.in_environment(environment)
    });
    insta::assert_snapshot!(render_all(&found, &sources, &Style::PLAIN), @r#"
    error[V0401 overfull] in the base, production and staging: `datacenter.host` lacks 5 cores
       ╭─[components.vauban:3:14]
     2 │   image    = "api:1"
     3 │   replicas = 3..10
       ·              ──┬──
       ·                ╰── up to 10 replicas of 0.8 cores each
     4 │   cpu      = 800m..2
       ╰────
      help: lower the upper bound: `replicas = 3..4`
    "#);
    assert_eq!(
        render_all(&[diagnostic.clone(), diagnostic.clone()], &sources, &Style::PLAIN).matches("error[").count(),
        2
    );
}

#[test]
fn prose_is_wrapped_and_aligned() {
    let (sources, _, _) = platform();
    let diagnostic = Diagnostic::error(codes::QUORUM, Span::NONE, "a headline that is much too long for forty columns")
        .note("a fact that is told in more words than one narrow line can hold");
    insta::assert_snapshot!(render(&diagnostic, &sources, &Style { width: 40, ..Style::PLAIN }), @r#"
    error[V0504 quorum]: a headline that is
      much too long for forty columns
      note: a fact that is told in more
            words than one narrow line can
            hold
    "#);
}

#[test]
fn fixes_say_what_to_type_and_where() {
    let (sources, _, components) = platform();
    let at = |words| find(&sources, components, words);
    let diagnostic = Diagnostic::error(codes::UNKNOWN_FIELD, at("image"), "`image` is not a parameter")
        .fix(at("image"), "images")
        .fix(at("cpu"), "")
        .fix(at("800m"), "900m")
        .fix(Span::new(components, 20, 20), "{\n  a = 1\n}");
    insta::assert_snapshot!(render(&diagnostic, &sources, &Style::PLAIN), @r#"
    error[V0203 unknown-field]: `image` is not a parameter
       ╭─[components.vauban:2:3]
     1 │ component api : web {
     2 │   image    = "api:1"
       ·   ─────
     3 │   replicas = 3..10
       ╰────
      help: write `images`
      help: remove `cpu` at components.vauban:4
      help: write `900m` instead of `800m` at components.vauban:4
      help: write at components.vauban:1
            {
              a = 1
            }
    "#);
}

#[test]
fn long_and_broken_spans_do_not_end_the_compiler() {
    let (sources, _, components) = platform();
    let length = sources.get(components).expect("added above").text.len();
    for span in [
        Span::new(components, 0, length),
        Span::new(components, length, length),
        Span::new(components, length + 5, length + 9),
        Span::new(components, 30, 10),
        Span::new(components, 0, 60),
        Span::new(components, 0, 0),
    ] {
        let drawn = render(&Diagnostic::error(codes::SYNTAX, span, "broken").at("here"), &sources, &Style::PLAIN);
        assert!(drawn.contains("here") && drawn.lines().count() < 12, "{drawn}");
    }
    let mut empty = SourceMap::default();
    let source = empty.add("empty.vauban", "");
    let drawn =
        render(&Diagnostic::error(codes::SYNTAX, Span::new(source, 0, 0), "empty").at("here"), &empty, &Style::PLAIN);
    insta::assert_snapshot!(drawn, @r#"
    error[V0101 syntax]: empty
       ╭─[empty.vauban:1:1]
       ╰────
    "#);
}

#[test]
fn what_is_missing_at_the_end_of_a_text_is_marked() {
    let mut sources = SourceMap::default();
    let source = sources.add("a.vauban", "let a =");
    let diagnostic = Diagnostic::error(codes::SYNTAX, Span::new(source, 7, 7), "expected a value").at("here");
    insta::assert_snapshot!(render(&diagnostic, &sources, &Style::PLAIN), @r#"
    error[V0101 syntax]: expected a value
       ╭─[a.vauban:1:7]
     1 │ let a =
       ·       ┬
       ·       ╰── here
       ╰────
    "#);
}

#[test]
fn colours_only_when_asked_for_and_never_blanks_at_the_end() {
    let (sources, diagnostic) = overfull();
    let plain = render(&diagnostic, &sources, &Style::PLAIN);
    let colored = render(&diagnostic, &sources, &Style { color: true, ..Style::PLAIN });
    assert!(!plain.contains('\u{1b}') && colored.contains("\u{1b}[1;31merror[V0401 overfull]"));
    assert!(plain.lines().all(|line| line == line.trim_end()));
}

#[test]
fn the_short_form_is_one_line() {
    let (sources, diagnostic) = overfull();
    insta::assert_snapshot!(render_short(&diagnostic, &sources), @"components.vauban:3:14: error[V0401] in production: `datacenter.host` lacks 5 cores");
}
