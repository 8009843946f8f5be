//! Further ways to be wrong, found by looking for histories that break a bound.

use super::module::{Built, HONOR, apart, bound, build, cpu, deployment, even, like, prove_only, workload};

/// Pods 0 and 2 of a set of three are on one of two nodes, 1 on the other. When 0 and 1 end together, 2 is alone: 0 must go back to its
/// volume, beside 2, and the spread wants the other node first; 1, which could go there, is not made before 0 is there.
#[test]
fn pods_with_volumes_that_are_spread_may_never_come_back() {
    let disk = ", disk nvme { size = 100GB, storage-class = \"local-path\" }";
    let spread = even("db", HONOR);
    let three = build(&like(2, "8", disk), &[bound("db", 3, 100, "10G", &spread)]);
    assert_ne!(three.verdict("S1"), "fits-guaranteed");
    // One on each node always comes back.
    assert_eq!(build(&like(2, "8", disk), &[bound("db", 2, 100, "10G", &spread)]).verdict("S1"), "fits-guaranteed");
}

/// The tainted node is no empty domain when another workload that the spread counts runs there: with two of `agent` on it, two of `api`
/// may be on each of the two others.
#[test]
fn a_domain_that_others_may_fill_is_not_empty() {
    let nodes = format!("{}\n  node tainted {{ cpu = 8, memory = 64GB, taints = [\"platform\"] }}", like(2, "8", ""));
    let spread = even("api", "").replace("app: api", "tier: web");
    let api = deployment("api", 4, 100, &spread).replace("{labels: {app: api}}", "{labels: {app: api, tier: web}}");
    let pod = "tolerations: [{operator: Exists}], nodeSelector: {kubernetes.io/hostname: tainted}";
    let agent = deployment("agent", 2, 100, pod).replace("{labels: {app: agent}}", "{labels: {app: agent, tier: web}}");
    assert_ne!(build(&nodes, &[api, agent]).verdict("S1"), "does-not-fit");
}

/// Two nodes of one host name are one domain, and take one pod of a kind that keeps apart.
#[test]
fn two_nodes_of_one_host_name_are_one_domain() {
    let node = |name: &str| {
        format!("  node {name} {{ cpu = 8, memory = 64GB, labels = {{ \"kubernetes.io/hostname\" = \"same\" }} }}\n")
    };
    let nodes = format!("{}{}", node("a"), node("b"));
    let built = prove_only(&nodes, &deployment("api", 2, 100, &apart("api")));
    assert_ne!(built.verdict("S1"), "fits-guaranteed");
}

/// The scheduler looks at the host ports of containers and sidecars; an init container that ends has none for it. Two pods may share
/// the node of a third: 2 × 400 + 400 > 1000.
#[test]
fn the_port_of_an_init_container_keeps_nothing_apart() {
    let init = "initContainers: [{name: init, image: 'x:1', ports: [{containerPort: 80, hostPort: 80}]}]";
    let first = "nodeSelector: {kubernetes.io/hostname: n-1}";
    let two = build(&like(2, "1", ""), &[deployment("api", 2, 400, init), deployment("web", 1, 400, first)]);
    assert_ne!(two.verdict("S1"), "fits-guaranteed", "2 × 400 + 400 > 1000 on one node");
    assert_ne!(build(&like(1, "8", ""), &[deployment("api", 2, 100, init)]).verdict("S1"), "does-not-fit");
}

/// A term of the node affinity with an empty list of expressions selects no node.
#[test]
fn an_empty_term_of_affinity_selects_nothing() {
    let pod = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: []}]}}}";
    assert_ne!(build(&like(1, "8", ""), &[deployment("api", 1, 100, pod)]).verdict("S1"), "fits-guaranteed");
}

/// Three nodes of 1400, of which the third is lost; `other` may be on the first and the third, so that both of its pods must be on the first
/// then: 2 × 500. Whatever made two of `web` stay there adds 2 × 300 = 600: 1600 > 1400, though ⌈2/2⌉ × 300 + 1000 = 1300 is less.
fn beside_other(web: String, further: Vec<String>) -> Built {
    let node = |name: &str, pool: &str| {
        format!("  node {name} {{ cpu = 1400m, memory = 64GB, labels = {{ pool = \"{pool}\" }} }}\n")
    };
    let nodes = [node("a", "x"), node("b", "y"), node("c", "x")].concat();
    let other = deployment("other", 2, 500, &format!("nodeSelector: {{pool: x}}, {}", even("other", HONOR)));
    build(&nodes, &[vec![web, other], further].concat())
}

/// At the peak there are ⌈6/3⌉ = 2 on each node. Which pods go when there shall be two again, nobody says.
#[test]
fn what_a_peak_has_left_uneven_stays_uneven() {
    let scaler = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web, namespace: shop}, spec: {minReplicas: \
                  2, maxReplicas: 6, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}"
        .to_owned();
    let spec = "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}";
    let web = workload("Deployment", "web", &cpu(300), &even("web", HONOR), spec);
    let built = beside_other(web, vec![scaler]);
    assert_eq!((built.verdict("S1"), built.verdict("S2")), ("fits-guaranteed", "fits-guaranteed"));
    assert_ne!(built.verdict("S3"), "fits-guaranteed");
}

/// With a surge of four there are ⌈6/3⌉ = 2 on each node while it rolls, of both revisions together, and both new ones may be on one.
#[test]
fn what_a_rollout_has_left_uneven_stays_uneven() {
    let spec = "replicas: 2, strategy: {rollingUpdate: {maxSurge: 4, maxUnavailable: 0}}";
    let web = workload("Deployment", "web", &cpu(300), &even("web", HONOR), spec);
    let built = beside_other(web, Vec::new());
    assert_eq!((built.verdict("S1"), built.verdict("S2")), ("fits-guaranteed", "fits-guaranteed"));
    assert_ne!(built.verdict("S3"), "fits-guaranteed");
    // Told apart by revision there is at most one of the new ones on a node.
    let apart = even("web", &format!("{HONOR}, matchLabelKeys: [pod-template-hash]"));
    let web = workload("Deployment", "web", &cpu(300), &apart, spec);
    assert_eq!(beside_other(web, Vec::new()).verdict("S3"), "fits-guaranteed");
}

/// Two waves, each of which may leave both of its pods on one of two nodes: 4 × 300 + 700 = 1900 > 1700. While one of them rolls, the
/// other is taken for even: 3 × 300 + 700 = 1600.
#[test]
fn what_one_wave_has_left_uneven_is_there_in_the_next() {
    let web = |name: &str, wave: u32| {
        let spec = "replicas: 2, strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
        let annotated =
            format!("name: {name}, namespace: shop, annotations: {{argocd.argoproj.io/sync-wave: '{wave}'}}");
        workload("Deployment", name, &cpu(300), &even(name, HONOR), spec).replacen(
            &format!("name: {name}, namespace: shop"),
            &annotated,
            1,
        )
    };
    let pinned = deployment("pinned", 1, 700, "nodeSelector: {kubernetes.io/hostname: n-1}");
    let built = build(&like(2, "1700m", ""), &[web("one", 1), web("two", 2), pinned]);
    assert!(built.required("S2").iter().any(|verdict| *verdict != "fits-guaranteed"), "{:?}", built.required("S2"));
}
