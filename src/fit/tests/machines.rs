//! What the source declares of the machines, and what becomes of it in the nodes and the states.

use super::fixture::{GB, Workload, amount, disk, node, proof, state, verdict};
use crate::data::Node as Tree;
use crate::eval::model::{Disk, Node};
use crate::fit::{EnvironmentProof, Evidence, Verdict};

/// A text of the first node's document.
fn written<'a>(proof: &'a EnvironmentProof, path: &[&str]) -> Option<&'a str> {
    proof.nodes[0].at(path).and_then(Tree::as_str)
}

/// A machine with one disk of 100 GB of which so much is for ephemeral storage.
fn with_ephemeral(bytes: i128) -> Node {
    let disk = Disk { ephemeral: Some(amount(bytes)), ..disk("nvme", 100 * GB) };
    Node { disks: vec![disk], ..node("host", 8000, GB) }
}

fn asking(storage: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: one, namespace: shop}}, spec: {{containers: [{{name: main, resources: \
         {{requests: {{cpu: 1m, memory: 1, ephemeral-storage: {storage}}}, limits: {{memory: 1}}}}}}]}}}}"
    )
}

#[test]
fn declared_ephemeral_storage_is_what_the_node_has() {
    let fits = proof(vec![with_ephemeral(20 * GB)], &[asking("20G")]);
    assert_eq!(verdict(&fits, "S0"), Verdict::Guaranteed);
    assert_eq!(verdict(&proof(vec![with_ephemeral(20 * GB)], &[asking("21G")]), "S0"), Verdict::DoesNotFit);
    for status in ["capacity", "allocatable"] {
        assert_eq!(written(&fits, &["status", status, "ephemeral-storage"]), Some("20000000000"));
    }
    let annotation = |key: &str| written(&fits, &["metadata", "annotations", key]);
    assert_eq!(annotation("vauban.dev/disk.nvme.ephemeral"), Some("20000000000"));
    assert_eq!(annotation("vauban.dev/assumed"), None);
    assert!(!fits.assumptions.iter().any(|sentence| sentence.contains("ephemeral")), "{:?}", fits.assumptions);
}

#[test]
fn ephemeral_storage_is_assumed_where_no_disk_states_it() {
    let host = Node { disks: vec![disk("nvme", 100 * GB)], ..node("host", 8000, GB) };
    let assumed = proof(vec![host], &[asking("20G")]);
    assert_eq!(written(&assumed, &["metadata", "annotations", "vauban.dev/assumed"]), Some("ephemeral-storage"));
    assert_eq!(written(&assumed, &["status", "capacity", "ephemeral-storage"]), Some("20000000000"));
    assert!(assumed.assumptions.iter().any(|sentence| sentence.contains("ephemeral")), "{:?}", assumed.assumptions);
}

#[test]
fn claims_get_what_ephemeral_storage_leaves() {
    // 100 GB less 20 GB leave 80 GB.
    let claim = "volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: local-path, resources: \
                 {requests: {storage: 80G}}}}]";
    let store = Workload { kind: "StatefulSet", name: "db", spec: claim, ..Workload::default() }.yaml();
    let fits = proof(vec![with_ephemeral(20 * GB)], std::slice::from_ref(&store));
    let Some(Evidence::Disks { sums, .. }) = &state(&fits, "S6").evidence else { panic!("80 of 80 GB fit") };
    assert_eq!((sums[0].sum, sums[0].usable), (80 * GB, 80 * GB));
    assert_eq!(verdict(&proof(vec![with_ephemeral(20 * GB + 1)], &[store]), "S6"), Verdict::DoesNotFit);
}

#[test]
fn a_declared_overcommit_is_required_and_held_against_the_limits() {
    // Four pods of 3 GB are 12 GB of 8 GB: 150 %.
    let of = |caps: [Option<i128>; 2], more: &str| {
        let machine =
            |name: &str, cap: Option<i128>| Node { overcommit_memory: cap.map(amount), ..node(name, 8000, 8 * GB) };
        let pods = Workload { replicas: 4, memory: GB, pod: more, ..Workload::default() };
        let yaml = pods.yaml().replace("limits: {memory: 1000000000}", "limits: {memory: 3000000000}");
        proof(vec![machine("a", caps[0]), machine("b", caps[1])], &[yaml])
    };
    let judged = |caps| {
        let proof = of(caps, "");
        let state = state(&proof, "S5");
        (state.required, state.verdict)
    };
    assert_eq!(judged([Some(150), Some(150)]), (true, Verdict::Guaranteed));
    assert_eq!(judged([Some(150), Some(149)]), (true, Verdict::DoesNotFit));
    assert_eq!(judged([Some(150), None]), (false, Verdict::DoesNotFit));
    let capped = of([Some(150), Some(150)], "");
    assert_eq!(written(&capped, &["metadata", "annotations", "vauban.dev/memory-overcommit"]), Some("150"));
    let Some(Evidence::Limits(sums)) = &state(&capped, "S5").evidence else { panic!("{capped:?}") };
    assert_eq!((sums[0].sum, sums[0].stated, sums[0].cap), (12 * GB, 12 * GB, 150));
}

#[test]
fn a_pod_without_a_limit_counts_as_the_whole_node_and_is_told_apart() {
    let free = Workload { memory: GB, ..Workload::default() }.yaml().replace(", limits: {memory: 1000000000}", "");
    let bound = Workload { name: "db", memory: GB, ..Workload::default() }.yaml();
    let host = Node { overcommit_memory: Some(amount(120)), ..node("host", 8000, 8 * GB) };
    let proof = proof(vec![host], &[free, bound]);
    let Some(Evidence::Limits(sums)) = &state(&proof, "S5").evidence else { panic!("{proof:?}") };
    // 8 GB for the one and 1 GB for the other: 9 of 8 GB are 112.5 %.
    assert_eq!((sums[0].sum, sums[0].stated), (9 * GB, GB));
    assert_eq!(sums[0].unlimited, ["Deployment.apps shop/api"]);
    assert_eq!(verdict(&proof, "S5"), Verdict::Guaranteed);
}

#[test]
fn all_nodes_of_a_pool_are_written_with_the_least_that_there_are() {
    let pool = Node { count: 3, least: Some(2), ..node("pool", 8000, GB) };
    let proof = proof(vec![pool, node("fixed", 8000, GB)], &[Workload { memory: 1, ..Workload::default() }.yaml()]);
    let least = |index: usize| {
        proof.nodes[index].at(&["metadata", "annotations", "vauban.dev/pool-least"]).and_then(Tree::as_str)
    };
    assert_eq!((0..4).map(least).collect::<Vec<_>>(), [Some("2"), Some("2"), Some("2"), None]);
    let classes: Vec<_> = proof.classes.iter().map(|class| (class.name.as_str(), class.nodes.len())).collect();
    assert_eq!(classes, [("pool", 3), ("fixed", 1)]);
}
