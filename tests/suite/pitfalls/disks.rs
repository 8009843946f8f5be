//! Claims and the disks that they come to lie on.

use super::module::{apart, bound, build, deployment, like};

fn disk(gigabytes: u32) -> String {
    format!(", disk nvme {{ size = {gigabytes}GB, storage-class = \"local-path\" }}")
}

#[test]
fn pitfall_09_two_claims_on_a_disk_that_holds_one() {
    // 2 × 60 GB on one disk of 100 GB.
    let one = build(&like(1, "8", &disk(100)), &[bound("db", 2, 100, "60G", "")]);
    assert_eq!(one.verdict("S6"), "does-not-fit");
    let reason = one.reason("S6");
    assert!(reason.contains("ask for 120 GB") && reason.contains("disks have 100 GB"), "{reason}");
    // Two disks of 100 GB: nothing keeps both claims from the same one.
    let two = build(&like(2, "8", &disk(100)), &[bound("db", 2, 100, "60G", "")]);
    assert_eq!(two.verdict("S6"), "undecided");
    // Kept apart there is one on each.
    let kept = build(&like(2, "8", &disk(100)), &[bound("db", 2, 100, "60G", &apart("db"))]);
    assert_eq!(kept.verdict("S6"), "fits-guaranteed");
    // Of two disks only one has room, and the scheduler does not look at it.
    let uneven = "  node large { cpu = 8, memory = 64GB, disk nvme { size = 100GB, storage-class = \"local-path\" } }\n  \
                  node small { cpu = 8, memory = 64GB, disk nvme { size = 50GB, storage-class = \"local-path\" } }";
    assert_eq!(build(uneven, &[bound("db", 1, 100, "60G", "")]).verdict("S6"), "undecided");
    // It fits where it must go to the large one.
    let chosen = bound("db", 1, 100, "60G", "nodeSelector: {kubernetes.io/hostname: large}");
    assert_eq!(build(uneven, &[chosen]).verdict("S6"), "fits-guaranteed");
}

#[test]
fn pitfall_10_a_provisioner_with_two_paths_picks_either() {
    // 60 GB fit on the disk of 100 GB; the one of 50 GB has the same class.
    let disks = |class: &str| {
        format!(
            ", disk large {{ size = 100GB, storage-class = \"local-path\" }}, disk small {{ size = 50GB, storage-class = \"{class}\" }}"
        )
    };
    let db = bound("db", 1, 100, "60G", "");
    assert_eq!(build(&like(1, "8", &disks("local-path")), std::slice::from_ref(&db)).verdict("S6"), "undecided");
    // One class for each file system decides it.
    assert_eq!(build(&like(1, "8", &disks("scratch")), &[db]).verdict("S6"), "fits-guaranteed");
}

#[test]
fn pitfall_11_claims_stay_after_scaling_down() {
    // One pod runs, the autoscaler allows 5, and each leaves a claim: 5 × 30 GB = 150 GB.
    let scaler = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: db, namespace: shop}, spec: {minReplicas: \
                  1, maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: db}}}"
        .to_owned();
    let built = |size: u32| build(&like(1, "8", &disk(size)), &[bound("db", 1, 100, "30G", ""), scaler.clone()]);
    let refused = built(149);
    assert_eq!(refused.verdict("S6"), "does-not-fit");
    assert!(refused.reason("S6").contains("ask for 150 GB"), "{}", refused.reason("S6"));
    assert_eq!(built(150).verdict("S6"), "fits-guaranteed");
}

#[test]
fn pitfall_12_a_squatter_takes_the_room_of_a_pod_that_its_volume_pins() {
    // The volume of the pod of 600 may be on either of two nodes of 1500; two of 500 may lie there together: 600 + 1000 > 1500.
    let nodes = like(2, "1500m", &disk(100));
    let api = deployment("api", 2, 500, "");
    let squatted = build(&nodes, &[bound("db", 1, 600, "10G", ""), api.clone()]);
    assert_eq!(squatted.verdict("S1"), "fits-possible");
    // With a priority of its own it takes its place back: 600 alone, and the two others have room wherever they lie. A node that has
    // none for one of 500 carries more than 1000 of others: ⌈600/1001⌉ and ⌈500/1001⌉ of a node, 1.1 of 2.
    let class =
        "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: pinned}, value: 1000}".to_owned();
    let first = bound("db", 1, 600, "10G", "priorityClassName: pinned");
    let layered = build(&nodes, &[first, api, class]);
    assert_eq!((layered.verdict("S1"), layered.ground("S1")), ("fits-guaranteed", "layered"));
}
