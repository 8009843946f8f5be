//! Refusals with numbers worked out by hand.

use proptest::prelude::*;

use super::exhaustive::{Cluster, Kind, Shape};
use super::fixture::{GB, Workload, node, proof, state};
use super::random::{UNIT, prove};
use super::refutation::refusal_holds;
use crate::eval::model::Node;
use crate::fit::evidence::Price;
use crate::fit::{Evidence, Verdict};

fn workload<'a>(kind: &'a str, name: &'a str, replicas: i128, cpu: i128) -> Workload<'a> {
    Workload { kind, name, replicas, cpu, ..Workload::default() }
}

/// Required affinity to some nodes.
fn on(nodes: &str) -> String {
    format!(
        "affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{{matchExpressions: \
         [{{key: kubernetes.io/hostname, operator: In, values: [{nodes}]}}]}}]}}}}}}"
    )
}

fn like(count: i128, cpu: i128) -> Vec<Node> {
    (0..count).map(|index| node(&format!("n{index}"), cpu, 64 * GB)).collect()
}

fn full(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("Deployment.apps shop/{name}")).collect()
}

#[test]
fn a_sum_names_the_fewest_workloads_that_cannot_stand_together() {
    // One node of 1000m: 600 + 500 + 100 + 100 = 1300. Without the small ones 600 + 500 = 1100 is still too much.
    let pods = [("a", 100), ("b", 500), ("c", 100), ("d", 600)];
    let pods: Vec<String> = pods.iter().map(|(name, cpu)| workload("Deployment", name, 1, *cpu).yaml()).collect();
    let expected = Evidence::Sum {
        types: full(&["a", "b", "c", "d"]),
        minimal: full(&["b", "d"]),
        classes: vec!["n0".to_owned()],
        resource: "cpu".to_owned(),
        demand: 1300,
        allocatable: 1000,
    };
    assert_eq!(state(&proof(like(1, 1000), &pods), "S0").evidence, Some(expected));
}

#[test]
fn a_sum_over_the_nodes_of_a_few_is_preferred_where_it_names_fewer() {
    // All three nodes: 3 × 400 + 700 + 900 + 900 = 3700 > 3000, of which 900 + 900 + 3 × 400 = 3000 is not enough, so that
    // all four are needed. On n0 alone: 700 and 900 are too much.
    let (first, all) = (on("n0"), String::new());
    let pods = [("a", 3, 400, &all), ("b", 1, 700, &first), ("c", 1, 900, &first), ("d", 1, 900, &all)];
    let pods =
        pods.map(|(name, replicas, cpu, pod)| Workload { pod, ..workload("Deployment", name, replicas, cpu) }.yaml());
    let found = proof(like(3, 1000), &pods);
    let Some(Evidence::Sum { minimal, classes, demand: 1600, allocatable: 1000, .. }) = &state(&found, "S0").evidence
    else {
        panic!("{found:?}")
    };
    assert_eq!((minimal, classes), (&full(&["b", "c"]), &vec!["n0".to_owned()]));
}

#[test]
fn a_sum_over_the_nodes_of_two_workloads_together() {
    // a on n0 and n1: 1200 ≤ 2000; b on n1 and n2: 1200 ≤ 2000; c on n0 and n2: 1200 ≤ 2000. Together 3600 > 3000, although
    // n3 has room for more: no set of nodes of one workload, nor all nodes, are too few.
    let places = [("a", on("n0, n1")), ("b", on("n1, n2")), ("c", on("n0, n2"))];
    let pods = places.map(|(name, pod)| Workload { pod: &pod, ..workload("Deployment", name, 3, 400) }.yaml());
    let found = proof(like(4, 1000), &pods);
    let Some(Evidence::Sum { minimal, classes, demand: 3600, allocatable: 3000, .. }) = &state(&found, "S0").evidence
    else {
        panic!("{found:?}")
    };
    assert_eq!((minimal, classes.join(" ")), (&full(&["a", "b", "c"]), "n0 n1 n2".to_owned()));
}

#[test]
fn a_daemon_set_counts_on_the_nodes_of_the_sum_only() {
    // On n0: 300 of the agent and 800 of a are more than 1000; on all nodes 600 + 800 ≤ 2000.
    let pod = on("n0");
    let pods = [
        Workload { pod: &pod, ..workload("Deployment", "a", 1, 800) }.yaml(),
        workload("DaemonSet", "agent", 0, 300).yaml(),
    ];
    let found = proof(like(2, 1000), &pods);
    let Some(Evidence::Sum { types, minimal, demand: 1100, .. }) = &state(&found, "S0").evidence else {
        panic!("{found:?}")
    };
    assert_eq!(types.len(), 2);
    assert_eq!(minimal, types);
}

#[test]
fn prices_refuse_what_no_sum_and_no_count_does() {
    // n0 has 4 CPU and 1 GB, n1 has 1 CPU and 4 GB. Of a (1 CPU, 0.5 GB) they take 2 and 1, of b (0.5 CPU, 1 GB) 1 and 2; three
    // and two of them ask for 4 of 5 CPU and 3.5 of 5 GB. Let a GB on n0 cost 2 coins and a CPU on n1 one: a costs 1 on either,
    // b the lesser of 2 and 0.5; five pods cost 3 × 1 + 2 × 0.5 = 4, and there are 2 + 1. With 2 coins for 10^9 bytes and 1 for
    // 1000 thousandths of a CPU: 1 for a byte, 500_000 for a thousandth.
    let nodes = vec![node("n0", 4000, GB), node("n1", 1000, 4 * GB)];
    let pods = [
        Workload { memory: GB / 2, ..workload("Deployment", "a", 3, 1000) }.yaml(),
        Workload { memory: GB, ..workload("Deployment", "b", 2, 500) }.yaml(),
    ];
    let price = |class: &str, resource: &str, weight| Price { class: class.into(), resource: resource.into(), weight };
    let expected = Evidence::Farkas {
        weights: vec![price("n0", "memory", 1), price("n1", "cpu", 500_000)],
        minimal: full(&["a", "b"]),
    };
    assert_eq!(state(&proof(nodes, &pods), "S0").evidence, Some(expected));
}

/// Weights for the pods of three like nodes of 1000m.
fn weights(pods: &[(&str, i128, i128)]) -> Evidence {
    let pods: Vec<String> =
        pods.iter().map(|(name, replicas, cpu)| workload("Deployment", name, *replicas, *cpu).yaml()).collect();
    let nodes = vec![Node { count: 3, ..node("worker", 1000, 64 * GB) }];
    let found = proof(nodes, &pods);
    state(&found, "S0").evidence.clone().unwrap_or_else(|| panic!("{found:?}"))
}

#[test]
fn two_that_are_larger_than_half_a_node_do_not_share_one() {
    // 2 × 600 + 2 × 550 + 100 = 2400 ≤ 3000, and three nodes take three of either; but 600 + 550 > 1000 and 2 × 550 > 1000.
    let expected = Evidence::Weights {
        types: full(&["a", "b"]).into_iter().map(|name| (name, 1)).collect(),
        minimal: full(&["a", "b"]),
        classes: vec![("worker".to_owned(), 1)],
        total: 4,
        limit: 3,
    };
    assert_eq!(weights(&[("a", 2, 600), ("b", 2, 550), ("c", 1, 100)]), expected);
}

#[test]
fn three_that_are_larger_than_a_third_do_not_share_a_node() {
    // 4 × 400 + 3 × 350 = 2650 ≤ 3000; of either at most 2 on a node, and 3 × 350 = 1050 > 1000.
    let expected = Evidence::Weights {
        types: full(&["a", "b"]).into_iter().map(|name| (name, 1)).collect(),
        minimal: full(&["a", "b"]),
        classes: vec![("worker".to_owned(), 2)],
        total: 7,
        limit: 6,
    };
    assert_eq!(weights(&[("a", 4, 400), ("b", 3, 350)]), expected);
}

#[test]
fn a_large_one_may_count_for_two() {
    // 2 × 700 + 3 × 350 = 2450 ≤ 3000, five pods, at most 2 on a node. But beside 700 there is no 350: 700 counts for 2, and a
    // node takes 2: 2 × 2 + 3 = 7 > 6.
    let expected = Evidence::Weights {
        types: full(&["a", "b"]).into_iter().zip([2, 1]).collect(),
        minimal: full(&["a", "b"]),
        classes: vec![("worker".to_owned(), 2)],
        total: 7,
        limit: 6,
    };
    assert_eq!(weights(&[("a", 2, 700), ("b", 3, 350)]), expected);
}

#[test]
fn daemon_sets_leave_less_for_the_pieces() {
    // 450 and 400 share a node of 1000m, and not what 200 for the agent leave: 850 > 800. Five of them on four nodes ask for
    // 3 × 450 + 2 × 400 + 4 × 200 = 2950 ≤ 4000.
    let pods = [
        workload("DaemonSet", "agent", 0, 200).yaml(),
        workload("Deployment", "a", 3, 450).yaml(),
        workload("Deployment", "b", 2, 401).yaml(),
    ];
    let found = proof(vec![Node { count: 4, ..node("worker", 1000, 64 * GB) }], &pods);
    let Some(Evidence::Weights { minimal, total: 5, limit: 4, .. }) = &state(&found, "S0").evidence else {
        panic!("{found:?}")
    };
    assert_eq!(minimal, &full(&["a", "b"]));
}

/// Few large pieces on few nodes.
fn pieces() -> impl Strategy<Value = Cluster> {
    use Shape::{Alone, Floating, OnEach};
    (2..4_usize).prop_flat_map(|nodes| {
        let sizes = proptest::collection::vec((6..11_i128, 6..11_i128), nodes);
        let shapes = proptest::sample::select(vec![Floating, Floating, Floating, Floating, Alone, OnEach]);
        let eligible = proptest::collection::vec(proptest::bool::weighted(0.85), nodes);
        let kind =
            (shapes, 1..7_i128, 0..6_i128, 1..4_i128, eligible).prop_map(|(shape, cpu, memory, count, mut nodes)| {
                if !nodes.iter().any(|yes| *yes) {
                    nodes[0] = true;
                }
                let (cpu, memory, count) =
                    if shape == OnEach { (cpu.min(2), memory.min(2), 1) } else { (cpu, memory, count) };
                Kind { shape, cpu, memory, count, surge: 0, nodes, rank: 0 }
            });
        (sizes, proptest::collection::vec(kind, 2..=4)).prop_map(|(sizes, kinds)| Cluster {
            nodes: sizes.into_iter().map(|(cpu, memory)| [cpu, memory, 20]).collect(),
            kinds,
        })
    })
}

#[test]
#[allow(clippy::print_stdout, reason = "how many are refused is worth knowing, and no number of them is wrong")]
fn what_is_refused_has_no_placement_and_most_of_what_has_none_is_refused() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut refused = std::collections::BTreeMap::new();
    let mut without = 0;
    for _ in 0..500 {
        let cluster = pieces().new_tree(&mut runner).expect("the strategy gives clusters").current();
        let found = prove(&cluster);
        let peak = state(&found, "S1");
        let is_refused = peak.verdict == Verdict::DoesNotFit;
        let has_placement = cluster.has_placement();
        without += usize::from(!has_placement);
        if is_refused {
            let evidence = peak.evidence.as_ref().expect("a refusal has evidence");
            assert!(!has_placement, "{evidence:?} of {cluster:?}");
            assert!(refusal_holds(&cluster, evidence, UNIT), "{evidence:?} of {cluster:?}");
            let kind = format!("{evidence:?}").split([' ', '{']).next().unwrap_or_default().to_owned();
            *refused.entry(kind).or_insert(0) += 1;
        }
    }
    println!("of {without} without a placement: {refused:?}");
    for kind in ["Sum", "Count", "Farkas", "Weights"] {
        assert!(refused.contains_key(kind), "no {kind} in {refused:?}");
    }
}
