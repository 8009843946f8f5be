//! Sums and verdicts over everything that the repository holds, and what `expect fits` means.

use std::fs;
use std::path::{Path, PathBuf};

use vaubanc::cli::world::FileWorld;
use vaubanc::diag::Diagnostic;
use vaubanc::fit::Verdict;
use vaubanc::world::MemoryWorld;
use vaubanc::{Options, Outcome, View, compile, run_tests};

/// Errors that say that something does not fit, or is not shown to.
const MISFITS: [&str; 11] =
    ["V0401", "V0402", "V0403", "V0405", "V0413", "V0414", "V0416", "V0418", "V0419", "V0420", "V0605"];

/// Which state a sum that does not fit contradicts.
const SUMS: [(&str, &str); 6] =
    [("V0401", "S1"), ("V0402", "S1"), ("V0403", "S7"), ("V0405", "S6"), ("V0413", "S7"), ("V0416", "S6")];

fn modules() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for directory in ["examples", "tests/library/modules", "tests/diagnostics"] {
        for entry in fs::read_dir(root.join(directory)).expect("a directory of the repository can be listed") {
            let path = entry.expect("a directory of the repository can be listed").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // Most cases break before anything is proved.
            let is_proved = directory != "tests/diagnostics" || name.starts_with("V04") || name.starts_with("V05");
            if is_proved && (path.is_dir() || name.ends_with(".vauban")) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn in_view(finding: &Diagnostic, view: &View) -> bool {
    let named = finding.environment.as_deref();
    named.is_none_or(|names| names.split(", ").any(|name| Some(name) == view.model.environment.as_deref()))
}

#[test]
fn sums_and_verdicts_never_contradict_each_other() {
    let mut judged = 0;
    for path in modules() {
        let compilation = compile(&FileWorld::new(&path), &Options::default());
        for view in &compilation.views {
            // Of a part of a platform nothing is guaranteed, and the errors that leave the rest out say why.
            let proof = view.proof.as_ref().filter(|_| view.model.left_out.is_empty());
            let Some(proof) = proof.filter(|proof| !proof.nodes.is_empty()) else { continue };
            judged += 1;
            let here = || compilation.diagnostics.iter().filter(|finding| in_view(finding, view));
            let codes: Vec<&str> = here().map(|finding| finding.code.number()).collect();
            let place = format!("{} in {:?}: {codes:?}", path.display(), view.model.environment);
            let unmet: Vec<String> =
                proof.states.iter().filter(|state| !proof.is_met(state)).map(vaubanc::fit::words::title).collect();
            let said = codes.iter().any(|code| MISFITS.contains(code));
            assert_eq!(said, !unmet.is_empty(), "{place}, and not as demanded: {unmet:?}");
            for (code, name) in SUMS {
                let mut states = proof.states.iter().filter(|state| state.state.key() == name);
                let fits = states.all(|state| matches!(state.verdict, Verdict::Guaranteed | Verdict::Possible));
                assert!(!codes.contains(&code) || !fits, "{place}, and {name} fits");
            }
        }
    }
    assert!(judged > 20, "only {judged} environments were proved");
}

const RACK: &str = r#"
use std { web }
hardware rack { node host { cpu = 4, memory = 16GB, count = 3 } }
namespace n {}
component api : web {
  namespace = n, image = "nginx:1.27.3", port = 8080, spread = "soft"
  replicas = 2, cpu = 1400m..2, memory = 64Mi..128Mi
}
"#;

fn outcomes(source: &str) -> Vec<Outcome> {
    let world = MemoryWorld::new().with("main.vauban", source.as_bytes().to_vec());
    let run = run_tests(&world, &Options::default());
    assert!(!run.diagnostics.has_errors(), "{:?}", run.diagnostics);
    run.outcomes
}

fn note(outcome: &Outcome) -> &str {
    outcome.failures[0].notes[0].as_str()
}

#[test]
fn a_test_fits_beside_its_neighbours_or_not_at_all() {
    // Four of 1.9 CPU may leave no room on two nodes: 3 × 1.9 / 2.101 is above 2. Two of them always find some.
    let rack = RACK.replace("1400m", "1900m");
    let source = format!(
        "{rack}system s on rack {{}}
        environment one {{ namespace n {{ name = \"n-one\" }} }}
        environment two {{ namespace n {{ name = \"n-two\" }} }}
        environment alone {{ exclusive = true }}
        test \"a\" in one {{ expect fits }}
        test \"b\" in alone {{ expect fits }}
        test \"c\" {{ expect fits }}"
    );
    let [beside, alone, base] = outcomes(&source).try_into().expect("three tests");
    assert!(note(&beside).contains("CPU together, and it has 4 CPU"), "{}", note(&beside));
    assert!(alone.failures.is_empty() && base.failures.is_empty());
}

#[test]
fn a_placement_is_enough_for_a_test_where_it_is_enough_for_a_build() {
    // Five pods of 1.9 CPU, and a sixth in a rollout: two on each node, if nothing comes in between.
    let test = "test \"t\" in production { expect fits }";
    let lucky = RACK.replace("replicas = 2, cpu = 1400m", "replicas = 2..5, cpu = 1900m");
    let build = |fit: &str| format!("{lucky}system s on rack {{}}\nenvironment production {{ {fit} }}\n{test}");
    let [demanding] = outcomes(&build("")).try_into().expect("one test");
    assert!(note(&demanding).contains("the scheduler may miss it"), "{}", note(&demanding));
    let [modest] = outcomes(&build("fit = \"possible\"")).try_into().expect("one test");
    assert!(modest.failures.is_empty(), "{}", note(&modest));
    // The system's own demand holds where the environment says nothing.
    let source = format!("{lucky}system s on rack {{ fit = \"possible\" }}\nenvironment production {{}}\n{test}");
    let [modest] = outcomes(&source).try_into().expect("one test");
    assert!(modest.failures.is_empty(), "{}", note(&modest));
}

#[test]
fn nothing_fits_on_no_hardware() {
    let source = format!("{RACK}system s {{}}\ntest \"t\" {{ expect fits }}");
    let [outcome] = outcomes(&source).try_into().expect("one test");
    assert_eq!(note(&outcome), "there is no hardware to fit on");
}

#[test]
fn a_verdict_can_be_expected_by_its_name() {
    let source = format!(
        "{RACK}system s on rack {{}}
        test \"t\" {{ given {{ component api {{ replicas = 4, cpu = 3..3 }} }}, expect finding does-not-fit of api }}"
    );
    let [outcome] = outcomes(&source).try_into().expect("one test");
    let said: Vec<_> = outcome.failures.iter().map(|failure| &failure.message).collect();
    assert!(said.is_empty(), "{said:?}");
}

#[test]
fn what_the_help_says_to_type_for_an_unknown_controller_works_when_it_is_pasted() {
    let platform = |behind: &str| {
        let source = format!(
            "hardware rack {{ node host {{ cpu = 4, memory = 16GB, count = 2 }} }}
            system s on rack {{}}
            api \"example.com/v1\" Thing {{ spec : Any }}
            kind thing {{
              emit \"example.com/v1\" Thing {{ spec.size = 1 }}
              {behind}
            }}
            component one : thing {{}}
            component other : thing {{}}"
        );
        compile(&MemoryWorld::new().with("main.vauban", source.into_bytes()), &Options::default())
    };
    let open = platform("");
    let found: Vec<&Diagnostic> = open.diagnostics.iter().filter(|found| found.code.number() == "V0419").collect();
    let help = &found.first().expect("nobody knows what a Thing makes").help[0];
    let (_, pasted) = help.split_once('\n').expect("what to type stands on lines of its own");
    assert_eq!(pasted.lines().count(), 3, "{pasted}");
    let whole = platform(pasted);
    let said: Vec<&str> = whole.diagnostics.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(said, [""; 0]);
    let proof = whole.views[0].proof.as_ref().expect("there is hardware");
    assert!(proof.states.iter().all(|state| proof.is_met(state)));
    let made = proof.assumptions.iter().filter(|words| words.ends_with("makes no pods")).count();
    assert_eq!(made, 2, "the proof says what was assumed: {:?}", proof.assumptions);
}
