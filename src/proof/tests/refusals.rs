//! Refusals with numbers worked out by hand.

use super::fixture::{GB, Workload, node, proof, state};
use crate::eval::model::Node;
use crate::proof::Evidence;

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
