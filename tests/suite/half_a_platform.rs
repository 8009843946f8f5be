//! A fault in one place hides nothing elsewhere, and what is left out is never counted as absent.

use std::collections::BTreeSet;

use vaubanc::diag::Severity;
use vaubanc::fit::Verdict;
use vaubanc::world::MemoryWorld;
use vaubanc::{Compilation, Options, compile};

const PLATFORM: &str = r#"use std { web, stateful, ingress-nginx }
hardware h { kubernetes = "1.31", node n { count = 3, cpu = 8, memory = 32GB, disk d { size = 100GB, storage-class = "x" } } }
system s on h {}
namespace n {}
component gate : ingress-nginx { namespace = n, cpu = 100m.., memory = 64Mi..128Mi, replicas = 2 }
component db : stateful { namespace = n, image = "a/b:1", port = 5432, replicas = 1, cpu = 100m..200m, memory = 64Mi..128Mi, storage = 10Gi, storage-class = "x" }
component cache : web { namespace = n, image = "a/b:1", port = 6379, replicas = 2, cpu = 100m..200m, memory = 64Mi..128Mi }
component api : web { namespace = n, image = "a/b:1", port = 8080, replicas = 2, cpu = 100m..200m, memory = 64Mi..128Mi, env { CACHE = cache.url }, needs db, wants cache }
expose "a.example" { to = api, via = gate }
accept spof of db "restored within the hour"
accept spof of h.n "restored within the hour"
accept spof of h.n.d "restored within the hour"
"#;

fn compiled(text: &str) -> Compilation {
    compile(&MemoryWorld::new().with("a.vauban", text), &Options::default())
}

/// Everything that was found, as its code and headline.
fn found(text: &str) -> BTreeSet<String> {
    compiled(text).diagnostics.iter().map(|one| format!("{} {}", one.code.number(), one.message)).collect()
}

fn errors(text: &str) -> Vec<&'static str> {
    let compilation = compiled(text);
    let errors = compilation.diagnostics.iter().filter(|one| one.severity == Severity::Error);
    errors.map(|one| one.code.number()).collect()
}

#[test]
fn a_wrong_value_does_not_hide_what_does_not_fit() {
    let text = PLATFORM
        .replace("port = 6379, replicas = 2", "port = 6379, replicas = \"two\"")
        .replace("port = 8080, replicas = 2, cpu = 100m..200m", "port = 8080, replicas = 2, cpu = 9..10");
    let found = errors(&text);
    assert!(found.contains(&"V0301") && found.contains(&"V0402"), "{found:?}");
}

#[test]
fn nothing_is_guaranteed_of_a_part_and_the_part_says_what_it_lacks() {
    let compilation = compiled(&PLATFORM.replace("port = 6379, replicas = 2", "port = 6379, replicas = \"two\""));
    let view = &compilation.views[0];
    let left_out: Vec<_> = view.model.left_out.iter().filter_map(|one| one.name.as_deref()).collect();
    assert_eq!(left_out, ["cache"]);
    let proof = view.proof.as_ref().expect("the rest is proved");
    assert!(proof.states.iter().all(|state| state.verdict != Verdict::Guaranteed), "{:?}", proof.states);
    let known = proof.states.iter().filter(|state| state.required).filter_map(|state| state.rest.as_ref());
    assert!(known.clone().count() > 0 && known.clone().all(|rest| rest.verdict == Verdict::Guaranteed));
}

#[test]
fn one_fault_adds_nothing_but_itself_wherever_it_is() {
    let whole = found(PLATFORM);
    assert_eq!(errors(PLATFORM), Vec::<&str>::new());
    let broken = [
        ("namespace n {}", "namespace n { pod-security = 7 }"),
        ("port = 5432, replicas = 1", "port = 5432, replicas = \"one\""),
        ("port = 6379, replicas = 2", "port = 6379, replicas = \"two\""),
        ("port = 8080, replicas = 2", "port = 8080, replicas = nowhere"),
        ("cpu = 100m.., memory", "cpu = \"much\", memory"),
        ("needs db", "needs bd"),
        ("CACHE = cache.url", "CACHE = cache.ur1"),
        ("to = api", "to = 5"),
        ("cpu = 8, memory", "cpu = 8GB, memory"),
        ("size = 100GB", "size = 100m"),
        ("component cache : web", "component cache : wob"),
        ("component db : stateful", "component db"),
    ];
    for (right, wrong) in broken {
        let text = PLATFORM.replace(right, wrong);
        assert_ne!(text, PLATFORM, "{right}");
        let more: Vec<String> = found(&text).difference(&whole).cloned().collect();
        // A name that is not there may leave an import without a reader.
        let more: Vec<&String> = more.iter().filter(|one| !one.starts_with("V0207")).collect();
        assert_eq!(more.len(), 1, "{wrong}: {more:?}");
        assert!(compiled(&text).views[0].analysis.sums.pods.peak > 0, "{wrong} leaves nothing");
    }
}

#[test]
fn a_choice_with_an_unknown_alternative_is_not_said_to_fail() {
    let text = |cache: &str| {
        PLATFORM
            .replace("env { CACHE = cache.url }, needs db, wants cache", "needs 1 of [db, cache]")
            .replace("port = 6379, replicas = 2", &format!("port = 6379, replicas = {cache}"))
    };
    let without = |text: String| text.replace("accept spof of db \"restored within the hour\"\n", "");
    assert_eq!(errors(&without(text("2"))), Vec::<&str>::new());
    assert_eq!(errors(&without(text("\"two\""))), ["V0301"]);
}

#[test]
fn a_circle_of_dependencies_hides_no_misfit() {
    let text = PLATFORM
        .replace("port = 6379, replicas = 2", "port = 6379, replicas = 2, needs api")
        .replace("wants cache", "needs cache")
        .replace("port = 5432, replicas = 1, cpu = 100m..200m", "port = 5432, replicas = 1, cpu = 9..10");
    let found = errors(&text);
    assert!(found.contains(&"V0501") && found.contains(&"V0402"), "{found:?}");
}

#[test]
fn half_a_line_hides_no_other_fault_and_makes_none() {
    let wrong = PLATFORM.replace("needs db", "needs bd");
    let half = [
        (
            "replicas = 2, cpu = 100m..200m, memory = 64Mi..128Mi }\ncomponent api",
            "replicas = , cpu = 100m..200m, memory = 64Mi..128Mi }\ncomponent api",
        ),
        ("component cache : web { namespace = n,", "component cache : web { namespace = ,"),
        ("namespace n {}\n", "namespace n {}\nnamespace m {\n"),
        ("namespace n {}\n", "namespace n {}\ncomponent x : \n"),
        ("namespace n {}\n", "namespace n {}\nlet x = \n"),
        ("accept spof of db", "accept spof of"),
        ("use std { web, ", "use std { web, oops oops, "),
        ("env { CACHE = cache.url }", "env { CACHE = cache. }"),
    ];
    for (right, broken) in half {
        let text = wrong.replacen(right, broken, 1);
        assert_ne!(text, wrong, "{right}");
        let found = errors(&text);
        let (syntax, others): (Vec<&str>, Vec<&str>) = found.iter().partition(|code| code.starts_with("V01"));
        assert!(!syntax.is_empty(), "{broken}: {found:?}");
        // The acceptance that cannot be read accepts nothing.
        let others: Vec<&str> = others.into_iter().filter(|code| *code != "V0503").collect();
        assert_eq!(others, ["V0201"], "{broken}");
    }
}

#[test]
fn any_beginning_of_a_file_is_looked_at_as_far_as_it_goes() {
    let whole: BTreeSet<String> = found(PLATFORM);
    for end in (0..PLATFORM.len()).step_by(11) {
        let compilation = compiled(&PLATFORM[..end]);
        for one in compilation.diagnostics.iter().filter(|one| one.severity == Severity::Error) {
            // What is not there yet is missed by name, and nobody has accepted anything yet.
            let follows = ["V01", "V020", "V0503", "V0303"].iter().any(|begin| one.code.number().starts_with(begin));
            let is_known = whole.contains(&format!("{} {}", one.code.number(), one.message));
            // What is being typed is wrong as long as it is.
            let start = (one.primary.span.start as usize).min(end);
            let is_last = !PLATFORM[start..end].contains('\n');
            assert!(follows || is_known || is_last, "{end}: {} {}", one.code.number(), one.message);
        }
    }
}

#[test]
fn an_item_that_is_deleted_is_missed_by_its_name_alone() {
    let whole = found(PLATFORM);
    let lines: Vec<&str> = PLATFORM.lines().collect();
    for (deleted, names) in [(3, vec!["n"]), (4, vec!["gate"]), (5, vec!["db"]), (6, vec!["cache"]), (7, vec!["api"])] {
        let left = lines.iter().enumerate().filter(|(line, _)| *line != deleted).map(|(_, line)| *line);
        let text = left.collect::<Vec<_>>().join("\n");
        let compilation = compiled(&text);
        for one in compilation.diagnostics.iter().filter(|one| one.severity == Severity::Error) {
            let is_known = whole.contains(&format!("{} {}", one.code.number(), one.message));
            let of_missing = names.contains(&compilation.sources.text(one.primary.span));
            assert!(is_known || of_missing, "without line {deleted}: {} {}", one.code.number(), one.message);
        }
    }
}
