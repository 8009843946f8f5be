//! In which order objects and nodes come, and how often one asks, changes nothing.

use serde_json::Value;

use super::door::Proved;
use super::instance::Instance;
use super::seed::Seed;

const TRIALS: u64 = 120;

/// What is one of many that would do: a placement, and the class of which a refusal is told first.
const ONE_OF_MANY: [&str; 2] = ["placement", "count"];

/// Sorts all lists, so that what differs in its order only is the same.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(map) if ONE_OF_MANY.iter().any(|kind| map.get("kind").is_some_and(|other| other == kind)) => {
            value["kind"].clone()
        }
        Value::Object(map) => map.iter().map(|(key, one)| (key.clone(), sorted(one))).collect(),
        other => other.clone(),
    }
}

#[test]
fn the_order_of_objects_changes_no_byte() {
    for seed in 2_000_000..2_000_000 + TRIALS {
        let (_, instance) = Instance::of(seed);
        let first = Proved::of(&instance);
        assert_eq!(first.proof, Proved::of(&instance).proof, "seed {seed}: the second time");
        let other = Proved::in_order(&instance, &mut Seed::new(seed), false);
        assert_eq!(first.proof, other.proof, "seed {seed}: in another order");
    }
}

#[test]
fn the_order_of_nodes_changes_no_verdict_and_no_evidence() {
    let mut moved = 0;
    for seed in 2_000_000..2_000_000 + TRIALS {
        let (_, instance) = Instance::of(seed);
        let (first, other) = (Proved::of(&instance), Proved::in_order(&instance, &mut Seed::new(seed), true));
        moved += usize::from(first.nodes != other.nodes);
        for (one, other) in first.states().iter().zip(other.states()) {
            let reason = |state: &Value| state["reason"].is_string();
            assert_eq!(reason(one), reason(other), "seed {seed}: {one}");
            let [mut one, mut other] = [one, other].map(sorted);
            // Which of several reasons is told first is open.
            (one["reason"], other["reason"]) = (Value::Null, Value::Null);
            assert_eq!(one, other, "seed {seed}");
        }
        assert_eq!(other.refusals(), first.refusals(), "seed {seed}");
    }
    assert!(moved > 40, "only {moved} instances have nodes in another order");
}
