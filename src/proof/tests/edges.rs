//! What the API server and the controllers make of manifests that seem to say something else.

use super::fixture::{Workload, node, proof, state, verdict};
use crate::proof::Verdict;

#[test]
fn a_pod_is_not_pushed_beside_one_that_keeps_it_away() {
    // Each node has one of `t2`, which no other pod of the group may be beside: making room among `t1` helps nobody.
    let grouped =
        |yaml: &str, name: &str| yaml.replace(&format!("{{app: {name}}}"), &format!("{{app: {name}, group: g}}"));
    let apart = "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {group: g}}}]}}";
    let of =
        |name, replicas, cpu, memory, pod| Workload { name, replicas, cpu, memory, pod, ..Workload::default() }.yaml();
    let documents = [
        grouped(&of("t0", 1, 200, 3000, ""), "t0"),
        of("t1", 3, 300, 2000, ""),
        grouped(&of("t2", 2, 200, 3000, apart), "t2"),
    ];
    let found = proof(vec![node("one", 900, 10_000), node("two", 1200, 11_000)], &documents);
    assert_ne!(verdict(&found, "S0"), Verdict::Possible, "{:?}", state(&found, "S0").evidence);
}
