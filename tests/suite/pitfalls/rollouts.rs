//! What comes on top while something rolls out.

use super::module::{HONOR, apart, build, cpu, deployment, even, like, workload};

/// With the strategy that Kubernetes takes where nothing is said: a quarter more, a quarter less.
fn usual(replicas: u32, milli: u32, pod: &str) -> String {
    workload("Deployment", "api", &cpu(milli), pod, &format!("replicas: {replicas}"))
}

#[test]
fn pitfall_06_three_replicas_with_the_default_surge_are_stuck_on_a_full_cluster() {
    // ⌈3 × 25 %⌉ = 1 of surge and ⌊3 × 25 %⌋ = 0 that may be missing: 4 × 1000 have no room in 3900.
    let full = build(&like(1, "3900m", ""), &[usual(3, 1000, "")]);
    assert_eq!(
        (full.verdict("S1"), full.rolling("all")["verdict"].as_str()),
        ("fits-guaranteed", Some("does-not-fit"))
    );
    assert_eq!(full.places("S2"), [3]);
    assert_eq!(build(&like(1, "4", ""), &[usual(3, 1000, "")]).verdict("S2"), "fits-guaranteed");
    // Of four one may be missing: ⌊4 × 25 %⌋ = 1, and the rollout makes its own room.
    let makes_room = build(&like(1, "4", ""), &[usual(4, 1000, "")]);
    assert_eq!(makes_room.verdict("S2"), "fits-guaranteed");
    assert_eq!(makes_room.evidence("S2")["waits"], serde_json::json!(["Deployment.apps shop/api"]));
}

#[test]
fn pitfall_07_one_on_each_node_has_no_node_for_a_surge_and_none_after_a_loss() {
    let built = build(&like(3, "8", ""), &[usual(3, 100, &apart("api"))]);
    assert_eq!(built.verdict("S1"), "fits-guaranteed");
    // 3 + 1 pods, and each of 3 nodes takes one.
    assert_eq!(built.verdict("S2"), "does-not-fit");
    assert_eq!(built.places("S2"), [1]);
    // 3 pods, and 2 nodes are left.
    assert_eq!(built.verdict("S3"), "undecided");
    // Without a surge, and with a node to spare: all is well.
    let spare = build(&like(4, "8", ""), &[deployment("api", 3, 100, &apart("api"))]);
    assert_eq!((spare.verdict("S2"), spare.verdict("S3")), ("fits-guaranteed", "fits-guaranteed"));
}

#[test]
fn pitfall_14_a_daemon_set_with_a_surge_is_twice_on_each_node() {
    let agent = workload(
        "DaemonSet",
        "agent",
        &cpu(600),
        "",
        "updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
    );
    // 2 × 600 = 1200.
    let tight = build(&like(2, "1", ""), std::slice::from_ref(&agent));
    assert_eq!((tight.verdict("S1"), tight.verdict("S2")), ("fits-guaranteed", "does-not-fit"));
    assert_eq!(build(&like(2, "1200m", ""), &[agent]).sum("S2", "cpu"), 1200);
}

#[test]
fn pitfall_15_a_host_port_is_there_once_and_the_surge_has_none() {
    let edge = |spec: &str| {
        workload("Deployment", "edge", &cpu(100), "", spec)
            .replace("{name: main,", "{name: main, ports: [{containerPort: 80, hostPort: 80}],")
    };
    let stuck = build(&like(1, "8", ""), &[edge("replicas: 1")]);
    assert_eq!((stuck.verdict("S1"), stuck.verdict("S2")), ("fits-guaranteed", "does-not-fit"));
    assert_eq!(stuck.places("S2"), [1]);
    let replaced = edge("replicas: 1, strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}");
    assert_eq!(build(&like(1, "8", ""), &[replaced]).verdict("S2"), "fits-guaranteed");
}

#[test]
fn pitfall_21_pods_that_terminate_still_take_their_room() {
    // Two of 1000 with a surge of 1 are 3000 while they roll; with both old ones still terminating there are 2 × 2 = 4: 4000 > 3500.
    let spec = "replicas: 2, strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    let api = workload("Deployment", "api", &cpu(1000), "", spec);
    let tight = build(&like(1, "3500m", ""), std::slice::from_ref(&api));
    assert_eq!(tight.rolling("all")["verdict"], "fits-guaranteed");
    assert_eq!(tight.terminating(), "does-not-fit");
    assert_eq!(build(&like(1, "4", ""), &[api]).terminating(), "fits-guaranteed");
    // Spread by revision, ⌈6/3⌉ = 2 of each of two revisions may be on a node: 4 × 100.
    let pod = even("api", &format!("{HONOR}, matchLabelKeys: [pod-template-hash]"));
    let spread = build(&like(3, "8", ""), &[usual(6, 100, &pod)]);
    assert_eq!((spread.sum("S1", "cpu"), spread.sum("S2", "cpu")), (200, 400));
}
