//! Volumes of network storage: what they take, and where they keep their pods.

use super::fixture::{GB, Workload, amount, disk, even, node, objects, platform, state, verdict};
use crate::eval::model::{Model, NetworkStorage, Node};
use crate::fit::evidence::reason::{Bound, Reason};
use crate::fit::{EnvironmentProof, Reading, Scenario, Verdict, prove};
use crate::source::Span;

/// Two machines in each of these zones.
fn zones(names: &[&str]) -> Vec<Node> {
    let one = |zone: &&str| Node {
        count: 2,
        labels: vec![("topology.kubernetes.io/zone".to_owned(), (*zone).to_owned())],
        ..node(&format!("worker-{zone}"), 4000, 8 * GB)
    };
    names.iter().map(one).collect()
}

fn storage(zonal: bool, limit: i128) -> NetworkStorage {
    NetworkStorage {
        name: "gp3".to_owned(),
        span: Span::NONE,
        storage_class: "gp3".to_owned(),
        class_span: Span::NONE,
        zonal,
        attach_limit: Some(amount(limit)),
        cost: None,
        snapshots: false,
    }
}

fn proof(nodes: Vec<Node>, storage: NetworkStorage, documents: &[String]) -> EnvironmentProof {
    let mut model = platform(nodes);
    if let Some(hardware) = &mut model.hardware {
        hardware.storages.push(storage);
    }
    prove_on(model, documents)
}

fn prove_on(model: Model, documents: &[String]) -> EnvironmentProof {
    let objects = objects(documents);
    prove(&Reading::of(Scenario { model: &model, objects: &objects }, &[]))
}

const CLAIM: &str = "volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: gp3, accessModes: \
                     [ReadWriteOnce], resources: {requests: {storage: 900G}}}}]";

fn stateful(replicas: i128, pod: &str, spec: &str) -> String {
    Workload { kind: "StatefulSet", name: "db", replicas, cpu: 500, memory: 1000, pod, spec }.yaml()
}

fn over_zones(skew: i128) -> String {
    let even = even("db", "").replace("kubernetes.io/hostname", "topology.kubernetes.io/zone");
    even.replace("maxSkew: 1", &format!("maxSkew: {skew}"))
}

#[test]
fn a_network_volume_follows_its_pod_and_takes_no_disk() {
    let proof = proof(zones(&["a"]), storage(true, 25), &[stateful(1, "", CLAIM)]);
    for name in ["S0", "S1", "S2", "S3", "S4", "S6"] {
        assert_eq!(verdict(&proof, name), Verdict::Guaranteed, "{name}: {:?}", state(&proof, name).reason);
    }
}

#[test]
fn a_lost_zone_takes_its_zonal_volumes() {
    let lost = |replicas, zonal| proof(zones(&["a", "b"]), storage(zonal, 25), &[stateful(replicas, "", CLAIM)]);
    assert_eq!(verdict(&lost(2, true), "S3"), Verdict::Undecided);
    assert_eq!(verdict(&lost(2, true), "S4"), Verdict::Guaranteed, "a drained node has another in its zone");
    assert_eq!(verdict(&lost(2, false), "S3"), Verdict::Guaranteed);
    // That a single one goes with its zone is a finding of the failure analysis.
    assert_eq!(verdict(&lost(1, true), "S3"), Verdict::Guaranteed);
}

#[test]
fn a_zonal_volume_on_nodes_without_a_zone_is_open() {
    let proof =
        proof(vec![Node { count: 2, ..node("worker", 4000, 8 * GB) }], storage(true, 25), &[stateful(1, "", CLAIM)]);
    assert_eq!(verdict(&proof, "S0"), Verdict::Possible);
    let reason = state(&proof, "S0").reason.as_ref().map(Reason::root);
    assert!(matches!(reason, Some(Reason::Bound { bound: Bound::VolumesWithoutZone, .. })), "{reason:?}");
}

#[test]
fn no_more_volumes_come_to_a_node_than_it_attaches() {
    let with = |limit| proof(zones(&["a"]), storage(true, limit), &[stateful(3, "", CLAIM)]);
    assert_eq!(verdict(&with(3), "S0"), Verdict::Guaranteed);
    let crowded = with(2);
    assert_ne!(verdict(&crowded, "S0"), Verdict::Guaranteed);
    let reason = state(&crowded, "S0").reason.as_ref().map(Reason::root);
    assert!(matches!(reason, Some(Reason::CrowdedAttachments { attached: 3, limit: 2, .. })), "{reason:?}");
    // Eight pods fit on a node, so that as many volumes come to it at most.
    let many = proof(zones(&["a", "b"]), storage(false, 8), &[stateful(12, "", CLAIM)]);
    let reason = state(&many, "S0").reason.as_ref().map(Reason::root);
    assert!(!matches!(reason, Some(Reason::CrowdedAttachments { .. })), "{reason:?}");
}

#[test]
fn pods_with_volumes_over_zones_come_back_as_long_as_no_zone_has_more_than_the_skew() {
    let with = |replicas, skew| {
        proof(zones(&["a", "b", "c"]), storage(true, 25), &[stateful(replicas, &over_zones(skew), CLAIM)])
    };
    for (replicas, skew) in [(3, 1), (4, 2)] {
        let proof = with(replicas, skew);
        for name in ["S0", "S3", "S4"] {
            assert_eq!(verdict(&proof, name), Verdict::Guaranteed, "{name}: {:?}", state(&proof, name).reason);
        }
    }
    // Of four pods two are in one zone: when one of them and that of another zone are gone, the former may have to wait,
    // and its controller makes the latter only after it.
    assert_ne!(verdict(&with(4, 1), "S0"), Verdict::Guaranteed);
}

/// Required anti-affinity over zones.
const APART: &str = "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: \
                     topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: db}}}]}}";

#[test]
fn pods_with_volumes_that_keep_apart_by_zone_come_back_to_theirs() {
    let with =
        |replicas, spec: &str| proof(zones(&["a", "b", "c"]), storage(true, 25), &[stateful(replicas, APART, spec)]);
    let ordered = with(3, CLAIM);
    for name in ["S0", "S2", "S3", "S4"] {
        assert_eq!(verdict(&ordered, name), Verdict::Guaranteed, "{name}: {:?}", state(&ordered, name).reason);
    }
    // There is no zone for a fourth. What starts at once may take the zone of another's volume.
    assert_ne!(verdict(&with(4, CLAIM), "S0"), Verdict::Guaranteed);
    assert_ne!(verdict(&with(3, &format!("{CLAIM}, podManagementPolicy: Parallel")), "S0"), Verdict::Guaranteed);
}

#[test]
fn a_claim_that_is_attached_once_is_for_one_pod() {
    let claim = |mode: &str| {
        format!(
            "{{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: files, namespace: shop}}, spec: \
             {{storageClassName: gp3, accessModes: [{mode}], resources: {{requests: {{storage: 1G}}}}}}}}\n"
        )
    };
    let pod = "volumes: [{name: files, persistentVolumeClaim: {claimName: files}}]";
    let with = |mode, replicas| {
        let api = Workload { replicas, cpu: 100, memory: 1000, pod, ..Workload::default() }.yaml();
        verdict(&proof(zones(&["a"]), storage(false, 25), &[claim(mode), api]), "S0")
    };
    assert_eq!(with("ReadWriteOnce", 1), Verdict::Guaranteed);
    assert_eq!(with("ReadWriteMany", 2), Verdict::Guaranteed);
    assert_ne!(with("ReadWriteOnce", 2), Verdict::Guaranteed);
}

#[test]
fn replicas_on_a_class_that_a_provider_attaches_fit_once_it_is_declared() {
    let apart = APART.replace("topology.kubernetes.io/zone", "kubernetes.io/hostname");
    let set = || [stateful(2, &apart, CLAIM)];
    let nodes = || vec![Node { count: 3, ..node("w", 4000, 8 * GB) }];
    let declared = proof(nodes(), storage(false, 25), &set());
    for name in ["S0", "S1", "S2", "S3", "S4", "S6"] {
        assert_eq!(verdict(&declared, name), Verdict::Guaranteed, "{name}: {:?}", state(&declared, name).reason);
    }
    let undeclared = prove_on(platform(nodes()), &set());
    let evidence = state(&undeclared, "S6").evidence.as_ref().expect("nothing serves the claim");
    let words = crate::fit::words::refusal(evidence, &crate::fit::Names::default()).unwrap_or_default();
    assert!(words.contains("`storage gp3 { storage-class = \"gp3\" }`"), "{words}");
}

#[test]
fn an_ephemeral_volume_comes_and_goes_with_its_pod() {
    let pod = |class: &str| {
        format!(
            "volumes: [{{name: scratch, ephemeral: {{volumeClaimTemplate: {{spec: {{accessModes: [ReadWriteOnce]{class}, \
             resources: {{requests: {{storage: 10G}}}}}}}}}}}}]"
        )
    };
    let on = |nodes: Vec<Node>, limit, pod: &str| {
        proof(
            nodes,
            storage(true, limit),
            &[Workload { replicas: 2, cpu: 100, memory: 1000, pod, ..Workload::default() }.yaml()],
        )
    };
    // Without a class it is of the only one that there is. Two pods with one of each, and one more in a rollout.
    let network = on(zones(&["a", "b"]), 25, &pod(""));
    for name in ["S0", "S1", "S2", "S3", "S4", "S6"] {
        assert_eq!(verdict(&network, name), Verdict::Guaranteed, "{name}: {:?}", state(&network, name).reason);
    }
    assert_ne!(verdict(&on(zones(&["a", "b"]), 1, &pod("")), "S0"), Verdict::Guaranteed);
    let with_disks = |size| {
        let with = |one: Node| Node { disks: vec![disk("d", size * GB)], ..one };
        on(zones(&["a", "b"]).into_iter().map(with).collect(), 25, &pod(", storageClassName: local-path"))
    };
    // Old pods that terminate have theirs beside the new ones: four of 10 GB may come to one disk.
    for name in ["S0", "S1", "S2", "S3", "S4", "S6"] {
        let local = with_disks(40);
        assert_eq!(verdict(&local, name), Verdict::Guaranteed, "{name}: {:?}", state(&local, name).reason);
    }
    assert_eq!(verdict(&with_disks(39), "S6"), Verdict::Undecided);
}

#[test]
fn volumes_that_need_no_disk_leave_nothing_open() {
    let with = |volume: &str| {
        let pod = format!("volumes: [{{name: v, {volume}}}]");
        let api = Workload { replicas: 2, cpu: 100, memory: 1000, pod: &pod, ..Workload::default() }.yaml();
        verdict(&proof(zones(&["a"]), storage(true, 25), &[api]), "S0")
    };
    for volume in [
        "nfs: {server: files, path: /}",
        "image: {reference: x}",
        "configMap: {name: x}",
        "secret: {secretName: x}",
        "projected: {sources: []}",
        "downwardAPI: {items: []}",
        "hostPath: {path: /x}",
        "emptyDir: {}",
    ] {
        assert_eq!(with(volume), Verdict::Guaranteed, "{volume}");
    }
    for volume in ["iscsi: {lun: 0}", "rbd: {image: x}", "ephemeral: {}"] {
        assert_eq!(with(volume), Verdict::Undecided, "{volume}");
    }
}

#[test]
fn an_annotation_names_the_class_before_the_field_does() {
    let noted = CLAIM.replace(
        "metadata: {name: data}, spec: {storageClassName: gp3",
        "metadata: {name: data, annotations: {volume.beta.kubernetes.io/storage-class: gp3}}, spec: {storageClassName: other",
    );
    let proof = proof(zones(&["a"]), storage(true, 25), &[stateful(1, "", &noted)]);
    assert_eq!(verdict(&proof, "S6"), Verdict::Guaranteed);
}

#[test]
fn an_inline_volume_of_an_unknown_driver_is_open() {
    let with = |driver: &str| {
        let pod = format!("volumes: [{{name: v, csi: {{driver: {driver}}}}}]");
        let api = Workload { cpu: 100, memory: 1000, pod: &pod, ..Workload::default() }.yaml();
        verdict(&proof(zones(&["a"]), storage(true, 25), &[api]), "S0")
    };
    assert_eq!(with("secrets-store.csi.k8s.io"), Verdict::Guaranteed);
    assert_eq!(with("disks.example.com"), Verdict::Undecided);
}
