//! The page that introduces the proof says what the compiler says: its platform is proved, and its numbers compared.

use serde_json::Value;

use vaubanc::world::MemoryWorld;
use vaubanc::{Options, compile};

const PAGE: &str = include_str!("../../docs/proof-by-example.md");

/// The text of the first block in a language.
fn block(language: &str) -> &'static str {
    let begin = format!("```{language}\n");
    let (_, rest) = PAGE.split_once(&begin).expect("the page has such a block");
    rest.split_once("\n```").expect("a block ends").0
}

/// What is proved of a platform.
fn states(source: &str) -> Vec<Value> {
    let compilation = compile(&MemoryWorld::new().with("platform.vauban", source), &Options::default());
    let said: Vec<&str> = compilation.diagnostics.iter().map(|one| one.message.as_str()).collect();
    assert!(!compilation.diagnostics.has_errors(), "{said:?}");
    let (files, faults) = vaubanc::render::render(&compilation);
    assert!(faults.is_empty(), "{faults:?}");
    let (_, text) = files.iter().find(|(path, _)| *path == "reports/proof.json").expect("a build writes a proof");
    let proof: Value = serde_json::from_str(text).expect("the proof is JSON");
    proof["environments"][0]["states"].as_array().expect("a list").clone()
}

/// Total and limit of a type under the ground of any order.
fn weighed(layers: &Value, name: &str) -> (i64, i64) {
    let types = layers[0]["types"].as_array().expect("a layer lists its types");
    let one = types.iter().find(|one| one["type"] == name).expect("the type is in the first layer");
    (one["total"].as_i64().expect("a number"), one["limit"].as_i64().expect("a number"))
}

#[test]
fn the_evidence_on_the_page_is_what_the_compiler_gives() {
    let states = states(block("vauban"));
    let printed: Value = serde_json::from_str(block("json")).expect("the page shows JSON");
    let steady = states.iter().find(|state| state["state"] == "S0").expect("every state is there");
    assert_eq!(steady["verdict"], printed["verdict"]);
    assert_eq!(steady["evidence"], printed["evidence"]);
}

#[test]
fn the_weights_of_the_page_can_be_followed_with_a_pencil() {
    let states = states(block("vauban"));
    let layers = |id: &str| states.iter().find(|state| state["state"] == id).map(|state| state["evidence"].clone());
    let steady = layers("S0").expect("S0");
    let (total, limit) = weighed(&steady["layers"], "Deployment.apps shop/api");
    // Rounded up twice, so never below the fractions of the page, and above them by next to nothing.
    let exact = (3 * 500 + 3 * 1000) * 1_000_000_000_000_i64 / 3501;
    assert!((exact..exact + 10_000).contains(&total), "{total} for {exact}");
    assert_eq!(limit, 4_000_000_000_000);
    let (rollout, _) = weighed(&layers("S2").expect("S2")["layers"], "Deployment.apps shop/api");
    assert_eq!(rollout / 1_000_000_000, 1428, "the surge is one more pod");
    let lost = layers("S3").expect("S3");
    assert_eq!(weighed(&lost["cases"][0]["layers"], "Deployment.apps shop/api"), (total, 3_000_000_000_000));
}

#[test]
fn the_refusal_of_the_page_is_refused() {
    let source = block("vauban")
        .replace("count = 4,", "count = 6,")
        .replace("replicas  = 3", "replicas  = 7")
        .replace("cpu       = 1..1", "cpu       = 3..3");
    let compilation = compile(&MemoryWorld::new().with("platform.vauban", source), &Options::default());
    let refused = compilation.diagnostics.iter().any(|one| one.code.number() == "V0418");
    let said: Vec<String> =
        compilation.diagnostics.iter().map(|one| format!("{:?} {}", one.code, one.message)).collect();
    assert!(refused, "{said:?}");
}
