//! What other workloads and volumes leave to a pod, on nodes that are nearly empty.

use super::fixture::{GB, Workload, disk, node, proof, reason, state, verdict};
use crate::fit::{EnvironmentProof, Verdict};

const TERM: &str = "requiredDuringSchedulingIgnoredDuringExecution";

/// A requirement to pods with a label, on the host.
fn term(kind: &str, app: &str) -> String {
    format!(
        "affinity: {{{kind}: {{{TERM}: [{{topologyKey: kubernetes.io/hostname, labelSelector: {{matchLabels: {{app: {app}}}}}}}]}}}}"
    )
}

fn of(name: &str, replicas: i128, pod: &str, spec: &str) -> String {
    Workload { name, replicas, cpu: 100, memory: 1000, pod, spec, ..Workload::default() }.yaml()
}

/// A claim, and what mounts it.
fn claim(mode: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: data, namespace: shop}}, spec: {{accessModes: [{mode}], \
         storageClassName: local-path, resources: {{requests: {{storage: 1Gi}}}}}}}}"
    )
}

const MOUNT: &str = "volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]";
const RECREATE: &str = "strategy: {type: Recreate}";

fn on(nodes: u64, documents: &[String]) -> EnvironmentProof {
    let mut one = node("worker", 16_000, 63 * GB);
    (one.count, one.disks) = (nodes, vec![disk("ssd", 900 * GB)]);
    proof(vec![one], documents)
}

fn assert_guaranteed(proof: &EnvironmentProof, names: &[&str]) {
    for name in names {
        assert_eq!(verdict(proof, name), Verdict::Guaranteed, "{name}: {:?}", state(proof, name).reason);
    }
}

const ALL: [&str; 6] = ["S0", "S1", "S2", "S3", "S4", "S6"];

#[test]
fn what_keeps_away_from_others_finds_a_node_that_they_leave() {
    let documents = [of("a", 2, &term("podAntiAffinity", "b"), ""), of("b", 1, "", "")];
    assert_guaranteed(&on(3, &documents), &["S0", "S1", "S2"]);
    // Without one node `a` may be on both that are left.
    assert!(reason(&on(3, &documents), "S3").contains("anti-affinity"));
    assert_guaranteed(&on(4, &documents), &ALL);
    assert_ne!(verdict(&on(2, &documents), "S0"), Verdict::Guaranteed);
}

#[test]
fn three_that_exclude_each_other_need_a_node_each() {
    let group = |name: &str| {
        let pod = format!(
            "affinity: {{podAntiAffinity: {{{TERM}: [{{topologyKey: kubernetes.io/hostname, labelSelector: {{matchLabels: {{tier: x}}}}}}]}}}}"
        );
        of(name, 1, &pod, RECREATE).replace(&format!("{{app: {name}}}"), &format!("{{app: {name}, tier: x}}"))
    };
    let documents = ["a", "b", "c"].map(group);
    assert_guaranteed(&on(4, &documents), &ALL);
    assert_guaranteed(&on(3, &documents), &["S0", "S1", "S2"]);
    assert_ne!(verdict(&on(3, &documents), "S3"), Verdict::Guaranteed);
    assert_ne!(verdict(&on(2, &documents), "S0"), Verdict::Guaranteed);
}

#[test]
fn who_must_be_near_others_finds_them_wherever_they_are() {
    let near = of("a", 2, &term("podAffinity", "b"), "");
    assert_guaranteed(&on(3, &[near.clone(), of("b", 2, "", "")]), &ALL);
    for unsure in [vec![near.clone()], vec![near.clone(), of("b", 0, "", "")]] {
        assert_ne!(verdict(&on(3, &unsure), "S0"), Verdict::Guaranteed);
    }
    // Two that seek each other wait for each other.
    let mutual = [near, of("b", 2, &term("podAffinity", "a"), "")];
    assert_ne!(verdict(&on(3, &mutual), "S0"), Verdict::Guaranteed);
}

#[test]
fn a_volume_goes_where_its_first_pod_goes() {
    for (mode, replicas, spec) in
        [("ReadWriteOnce", 1, RECREATE), ("ReadWriteOncePod", 1, RECREATE), ("ReadWriteMany", 2, "")]
    {
        assert_guaranteed(&on(3, &[of("a", replicas, MOUNT, spec), claim(mode)]), &ALL);
    }
    let two = [of("a", 1, MOUNT, RECREATE), of("b", 1, MOUNT, RECREATE), claim("ReadWriteOnce")];
    assert_guaranteed(&on(3, &two), &ALL);
}

#[test]
fn a_claim_for_one_pod_has_no_second_and_a_shared_one_takes_no_spread() {
    let surging = [of("a", 1, MOUNT, ""), claim("ReadWriteOncePod")];
    assert_guaranteed(&on(3, &surging), &["S0", "S1"]);
    assert_ne!(verdict(&on(3, &surging), "S2"), Verdict::Guaranteed);
    let alone = [of("a", 2, &format!("{MOUNT}, {}", term("podAntiAffinity", "a")), ""), claim("ReadWriteMany")];
    assert_ne!(verdict(&on(3, &alone), "S0"), Verdict::Guaranteed);
}

#[test]
fn a_port_of_the_host_that_two_have_leaves_the_other_nodes() {
    let port = |name: &str| {
        of(name, 1, "", RECREATE).replace("{name: main,", "{name: main, ports: [{containerPort: 80, hostPort: 80}],")
    };
    let documents = [port("a"), port("b")];
    assert_guaranteed(&on(3, &documents), &ALL);
    assert_ne!(verdict(&on(1, &documents), "S0"), Verdict::Guaranteed);
}

#[test]
fn n_that_keep_apart_on_n_nodes_roll_without_a_surge() {
    let spec = "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}";
    assert_guaranteed(&on(3, &[of("a", 3, &term("podAntiAffinity", "a"), spec)]), &["S0", "S1", "S2"]);
}

#[test]
fn what_is_single_by_its_volume_needs_no_survivor() {
    let claims = "volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: local-path, accessModes: [ReadWriteOnce], \
                  resources: {requests: {storage: 1Gi}}}}]";
    let set =
        |replicas| Workload { kind: "StatefulSet", name: "db", replicas, spec: claims, ..Workload::default() }.yaml();
    assert_guaranteed(&on(3, &[set(1)]), &ALL);
    let budget = "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: db, namespace: shop}, spec: {minAvailable: 1, selector: {matchLabels: {app: db}}}}";
    assert_ne!(verdict(&on(3, &[set(1), budget.to_owned()]), "S3"), Verdict::Guaranteed);
}
