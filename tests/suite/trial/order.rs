//! In which order objects and nodes come, and how often one asks, changes nothing.

use serde_json::Value;

use super::super::alike::sorted;
use super::door::Proved;
use super::instance::Instance;
use super::seed::Seed;

const TRIALS: u64 = 120;

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
            assert_eq!(sorted(one), sorted(other), "seed {seed}");
        }
        assert_eq!(other.refusals(), first.refusals(), "seed {seed}");
    }
    assert!(moved > 40, "only {moved} instances have nodes in another order");
}
