//! What nodes are and where they are: labels that nobody declares, zones, taints with their effects.

use super::fixture::{GB, Workload, node, proof, reason, state, sum, verdict};
use crate::eval::model::{ARCHITECTURE, Effect, Node, Taint};
use crate::fit::Verdict;

const ARM_OR_AMD: &str = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: \
                          [{matchExpressions: [{key: kubernetes.io/arch, operator: In, values: [amd64, arm64]}]}]}}}";

fn agent(pod: &str) -> String {
    Workload { kind: "DaemonSet", name: "agent", cpu: 3000, pod, ..Workload::default() }.yaml()
}

fn api(pod: &str) -> String {
    Workload { replicas: 2, cpu: 2000, pod, spec: "strategy: {type: Recreate}", ..Workload::default() }.yaml()
}

fn two() -> Vec<Node> {
    ["a", "b"].map(|name| node(name, 4000, 64 * GB)).into()
}

fn declared(key: &str, value: &str) -> Vec<Node> {
    let labels = vec![(key.to_owned(), value.to_owned())];
    two().into_iter().map(|node| Node { labels: labels.clone(), ..node }).collect()
}

fn why(nodes: Vec<Node>, documents: &[String], name: &str) -> (Verdict, String) {
    let proof = proof(nodes, documents);
    let state = state(&proof, name);
    (state.verdict, format!("{:?}", state.reason))
}

#[test]
fn a_daemon_set_that_every_architecture_takes_is_counted_where_none_is_declared() {
    // 2 × 3 + 2 × 2 = 10 of 2 × 4.
    assert_eq!(verdict(&proof(two(), &[agent(ARM_OR_AMD), api("")]), "S0"), Verdict::DoesNotFit);
    assert_eq!(sum(&proof(two(), &[agent(ARM_OR_AMD)]), "S0", "cpu"), 3000);
}

#[test]
fn a_daemon_set_of_one_architecture_is_counted_for_a_guarantee_and_not_for_a_refusal() {
    let agent = agent("nodeSelector: {kubernetes.io/arch: arm64}");
    // With it 10 of 8 are asked for, and without it 4.
    let (open, reason) = why(two(), &[agent.clone(), api("")], "S0");
    assert_eq!(open, Verdict::Undecided);
    assert!(reason.contains("kubernetes.io/arch"), "{reason}");
    assert_eq!(verdict(&proof(declared(ARCHITECTURE, "arm64"), &[agent.clone(), api("")]), "S0"), Verdict::DoesNotFit);
    assert_eq!(verdict(&proof(declared(ARCHITECTURE, "amd64"), &[agent, api("")]), "S0"), Verdict::Guaranteed);
}

#[test]
fn a_workload_that_selects_what_kubelets_set_fits_and_what_nobody_states_is_open() {
    let on = |label: &str| api(&format!("nodeSelector: {{{label}}}"));
    let of = |label: &str| why(two(), &[on(label)], "S0");
    assert_eq!(of("beta.kubernetes.io/os: linux").0, Verdict::Guaranteed);
    assert_eq!(of("kubernetes.io/hostname: a").0, Verdict::Guaranteed);
    assert_eq!(of("kubernetes.io/os: windows").0, Verdict::DoesNotFit);
    assert_eq!(of("kubernetes.io/arch: s390x").0, Verdict::DoesNotFit);
    assert_eq!(of("example.com/disk: ssd").0, Verdict::DoesNotFit);
    for label in [
        "kubernetes.io/arch: arm64",
        "beta.kubernetes.io/arch: amd64",
        "node.kubernetes.io/instance-type: m5.xlarge",
        "topology.kubernetes.io/zone: a",
        "topology.kubernetes.io/region: r",
        "failure-domain.beta.kubernetes.io/zone: a",
    ] {
        let (open, reason) = of(label);
        assert_eq!(open, Verdict::Undecided, "{label}");
        assert!(reason.contains(label.split(": ").next().unwrap_or_default()), "{label}: {reason}");
    }
}

#[test]
fn what_is_declared_under_the_stable_key_is_found_under_the_beta_key() {
    let pod = api("nodeSelector: {beta.kubernetes.io/arch: arm64}");
    assert_eq!(verdict(&proof(declared(ARCHITECTURE, "arm64"), std::slice::from_ref(&pod)), "S0"), Verdict::Guaranteed);
    assert_eq!(verdict(&proof(declared(ARCHITECTURE, "amd64"), &[pod]), "S0"), Verdict::DoesNotFit);
}

#[test]
fn machines_that_no_cloud_labels_have_no_zone() {
    let bare = || two().into_iter().map(|node| Node { provider: Some("none".to_owned()), ..node }).collect();
    let pod = api("nodeSelector: {topology.kubernetes.io/zone: a}");
    assert_eq!(verdict(&proof(bare(), &[pod]), "S0"), Verdict::DoesNotFit);
    let away = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: \
                [{matchExpressions: [{key: topology.kubernetes.io/zone, operator: DoesNotExist}]}]}}}";
    assert_eq!(verdict(&proof(bare(), &[api(away)]), "S0"), Verdict::Guaranteed);
    assert_eq!(verdict(&proof(two(), &[api(away)]), "S0"), Verdict::Undecided);
}

#[test]
fn a_taint_keeps_pods_away_by_its_key_value_and_effect() {
    let on = |effect: Effect, pod: &str| {
        let taint = Taint { key: "team".to_owned(), value: "x".to_owned(), effect };
        let nodes = two().into_iter().map(|node| Node { taints: vec![taint.clone()], ..node }).collect();
        verdict(&proof(nodes, &[api(pod)]), "S0")
    };
    assert_eq!(on(Effect::PreferNoSchedule, ""), Verdict::Guaranteed);
    for effect in [Effect::NoSchedule, Effect::NoExecute] {
        assert_eq!(on(effect, ""), Verdict::DoesNotFit);
        assert_eq!(on(effect, "tolerations: [{operator: Exists}]"), Verdict::Guaranteed);
        assert_eq!(on(effect, "tolerations: [{key: team, value: x}]"), Verdict::Guaranteed);
        assert_eq!(on(effect, "tolerations: [{key: team, value: y}]"), Verdict::DoesNotFit);
        assert_eq!(on(effect, "tolerations: [{key: team}]"), Verdict::DoesNotFit);
        let key = effect.key();
        assert_eq!(
            on(effect, &format!("tolerations: [{{key: team, operator: Exists, effect: {key}}}]")),
            Verdict::Guaranteed
        );
    }
    let other = "tolerations: [{key: team, operator: Exists, effect: NoExecute}]";
    assert_eq!(on(Effect::NoSchedule, other), Verdict::DoesNotFit);
    // It may come, and is driven out again.
    let brief = "tolerations: [{key: team, operator: Exists, tolerationSeconds: 60}]";
    assert_eq!(on(Effect::NoExecute, brief), Verdict::Undecided);
    assert_eq!(on(Effect::NoSchedule, brief), Verdict::Guaranteed);
}

#[test]
fn an_operator_that_not_every_cluster_knows_is_named_and_not_how_long_a_pod_stays() {
    let taint = Taint { key: "team".to_owned(), value: "5".to_owned(), effect: Effect::NoSchedule };
    let tainted = Node { taints: vec![taint], ..node("n", 4000, 64 * GB) };
    let proof = proof(vec![tainted], &[api("tolerations: [{key: team, operator: Gt, value: '3'}]")]);
    let said = reason(&proof, "S0");
    assert!(said.contains("compares a taint by `Gt`"), "{said}");
}

#[test]
fn a_zone_is_lost_with_all_its_nodes_and_one_that_nobody_states_may_be_any() {
    let nodes = |zones: [&str; 3]| -> Vec<Node> {
        let zones = zones.into_iter().enumerate();
        let of = |zone: &str| if zone.is_empty() { Vec::new() } else { vec![zone.to_owned()] };
        zones.map(|(index, zone)| Node { zones: of(zone), ..node(&format!("n{index}"), 4000, 64 * GB) }).collect()
    };
    let pod = || [Workload { replicas: 2, cpu: 2000, ..Workload::default() }.yaml()];
    // Without zone a one node is left, which holds two pods.
    assert_eq!(verdict(&proof(nodes(["a", "a", "b"]), &pod()), "S3"), Verdict::Guaranteed);
    let large = || [Workload { replicas: 2, cpu: 3000, ..Workload::default() }.yaml()];
    assert_ne!(verdict(&proof(nodes(["a", "a", "b"]), &large()), "S3"), Verdict::Guaranteed);
    assert_eq!(verdict(&proof(nodes(["a", "b", "c"]), &large()), "S3"), Verdict::Guaranteed);
    let (open, reason) = why(nodes(["a", "b", ""]), &large(), "S3");
    assert_eq!(open, Verdict::Undecided);
    assert!(reason.contains("UnknownZone"), "{reason}");
}

#[test]
fn a_node_type_over_several_zones_deals_its_nodes_evenly() {
    let pool = |zones: &[&str]| {
        vec![Node {
            count: 3,
            zones: zones.iter().map(|zone| (*zone).to_owned()).collect(),
            ..node("w", 4000, 64 * GB)
        }]
    };
    let spread = "topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: \
                  DoNotSchedule, labelSelector: {matchLabels: {app: api}}}]";
    let pods = |spread| [Workload { replicas: 3, cpu: 2000, pod: spread, ..Workload::default() }.yaml()];
    assert_eq!(verdict(&proof(pool(&["a", "b", "c"]), &pods(spread)), "S0"), Verdict::Guaranteed);
    // Whether the zones are one or three nobody says.
    assert_eq!(verdict(&proof(pool(&[]), &pods(spread)), "S0"), Verdict::Undecided);
}

#[test]
fn a_spread_bounds_a_zone_beside_a_pool_where_other_nodes_keep_the_zone() {
    let spread = |name: &str| {
        format!(
            "topologySpreadConstraints: [{{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, \
             nodeTaintsPolicy: Honor, labelSelector: {{matchLabels: {{app: {name}}}}}}}]"
        )
    };
    let pods = ["api", "web"].map(|name| {
        let (pod, spec) = (spread(name), "strategy: {type: Recreate}");
        Workload { name, replicas: 4, cpu: 1000, pod: &pod, spec, ..Workload::default() }.yaml()
    });
    let pool = || Node {
        count: 2,
        least: Some(1),
        zones: vec!["a".to_owned(), "b".to_owned()],
        ..node("pool", 3000, 64 * GB)
    };
    let fixed = |name: &str, zone: &str| Node { zones: vec![zone.to_owned()], ..node(name, 3000, 64 * GB) };
    // Of the other type at most (4 + 1) / 2 = 2 are in the zone of the next pod, and of its own at most 3 / 2 = 1. Three do
    // not fill two nodes up to above 2 each; four of the other, which a zone that came and went could have, and one do.
    let both = vec![fixed("x", "a"), fixed("y", "b"), pool()];
    assert_eq!(verdict(&proof(both, &pods), "S0"), Verdict::Guaranteed);
    let passing = vec![fixed("x", "a"), fixed("y", "a"), pool()];
    assert_ne!(verdict(&proof(passing, &pods), "S0"), Verdict::Guaranteed);
}
