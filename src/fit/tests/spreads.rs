//! What a hard spread bounds: after a peak, while something rolls, with volumes, and where a node stays empty.

use super::fixture::{GB, HONOUR, Workload, disk, even, layers, node, proof, said, state, verdict};
use crate::eval::model::Node;
use crate::fit::evidence::Layer;
use crate::fit::{EnvironmentProof, Evidence, StateProof, Verdict};

const KEYS: &str = ", nodeTaintsPolicy: Honor, matchLabelKeys: [pod-template-hash]";

fn like(count: i128) -> Vec<Node> {
    (0..count).map(|index| node(&format!("n{index}"), 8000, 64 * GB)).collect()
}

fn with_disks(count: i128) -> Vec<Node> {
    like(count).into_iter().map(|one| Node { disks: vec![disk("nvme", 100 * GB)], ..one }).collect()
}

/// Pods of 100m of which an autoscaler keeps so many.
fn scaled(kind: &str, least: i128, most: i128, policy: &str) -> [String; 2] {
    let pod = even("api", policy);
    let workload = Workload { kind, replicas: least, cpu: 100, pod: &pod, ..Workload::default() };
    let scaler = format!(
        "{{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {{name: api, namespace: shop}}, spec: \
         {{minReplicas: {least}, maxReplicas: {most}, scaleTargetRef: {{apiVersion: apps/v1, kind: {kind}, name: api}}}}}}"
    );
    [workload.yaml(), scaler]
}

fn per_node(state: &StateProof) -> i128 {
    let Some(Evidence::Layers(layers)) = &state.evidence else { panic!("{state:?}") };
    let [Layer::Charge(charge)] = layers.layers.as_slice() else { panic!("{state:?}") };
    charge.types[0].per_node
}

/// The most on one node at steady, at peak, while everything rolls, and while old pods terminate.
fn bounds(proof: &EnvironmentProof) -> [i128; 4] {
    let rollouts: Vec<&StateProof> = proof.states.iter().filter(|state| state.state.key() == "S2").collect();
    [state(proof, "S0"), state(proof, "S1"), rollouts[0], rollouts[1]].map(per_node)
}

#[test]
fn a_scale_down_and_the_end_of_a_rollout_leave_pods_where_they_are() {
    // Two to six over three nodes, ⌈25 % of 6⌉ = 2 of surge: eight at most, ⌈8/3⌉ = 3 on a node, and of two both.
    // Terminating: six are even, ⌈6/3⌉ = 2, and eight are even without them, ⌈8/3⌉ = 3.
    assert_eq!(bounds(&proof(like(3), &scaled("Deployment", 2, 6, HONOUR))), [2, 3, 3, 5]);
    // Each revision by itself: ⌈6/3⌉ = 2 on a node, and twice that while two revisions are there.
    assert_eq!(bounds(&proof(like(3), &scaled("Deployment", 2, 6, KEYS))), [2, 2, 4, 4]);
    // No surge: six at most, so two on a node, also when four are left.
    assert_eq!(bounds(&proof(like(3), &scaled("StatefulSet", 4, 6, HONOUR))), [2, 2, 2, 2]);
}

#[test]
fn a_surge_counts_where_nothing_rolls_but_not_for_what_is_recreated() {
    // Three and one of surge: ⌈4/3⌉ = 2 also when the rollout is over; recreated there are never more than three.
    let pod = even("api", HONOUR);
    let of = |spec: &str| {
        let yaml = Workload { replicas: 3, cpu: 100, pod: &pod, spec, ..Workload::default() }.yaml();
        bounds(&proof(like(3), &[yaml]))
    };
    assert_eq!(of(""), [2, 2, 2, 3]);
    assert_eq!(of("strategy: {type: Recreate}"), [1, 1, 1, 1]);
    assert_eq!(of("strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}"), [1, 1, 1, 2]);
}

fn database(replicas: i128, pod: &str, more: &str) -> String {
    let spec = format!(
        "volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{storageClassName: local-path, resources: {{requests: \
         {{storage: 60G}}}}}}}}]{more}"
    );
    Workload { kind: "StatefulSet", name: "db", replicas, cpu: 100, pod, spec: &spec, ..Workload::default() }.yaml()
}

#[test]
fn volumes_are_spread_over_no_fewer_nodes_than_there_are_pods() {
    let pod = even("db", HONOUR);
    let three = proof(with_disks(3), &[database(3, &pod, "")]);
    assert_eq!(per_node(state(&three, "S0")), 1);
    // Of four on three nodes one node has two volumes, and when both pods restart the spread may want the second elsewhere.
    let four = proof(with_disks(3), &[database(4, &pod, "")]);
    assert_eq!(verdict(&four, "S0"), Verdict::Possible);
    // Their claims were bound one after the other all the same: ⌈4/3⌉ = 2 of 60 GB on a disk of 100 GB.
    let reason = said(state(&four, "S6"));
    assert!(reason.contains("120 GB"), "{reason}");
    let six: Vec<Node> = with_disks(3);
    let six: Vec<Node> = six.into_iter().map(|one| Node { disks: vec![disk("nvme", 120 * GB)], ..one }).collect();
    assert_eq!(verdict(&proof(six, &[database(6, &pod, "")]), "S6"), Verdict::Guaranteed);
    // On one node nothing can be torn apart.
    let one = proof(vec![Node { disks: vec![disk("nvme", 900 * GB)], ..like(1).remove(0) }], &[database(4, &pod, "")]);
    assert_eq!(verdict(&one, "S0"), Verdict::Guaranteed);
    let parallel = proof(with_disks(3), &[database(3, &pod, ", podManagementPolicy: Parallel")]);
    assert_ne!(verdict(&parallel, "S0"), Verdict::Guaranteed);
}

#[test]
fn a_node_that_only_volumes_exclude_stays_empty_for_a_spread() {
    let class = "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: local-path}, provisioner: own, \
                 volumeBindingMode: WaitForFirstConsumer, allowedTopologies: [{matchLabelExpressions: [{key: \
                 kubernetes.io/hostname, values: [n0, n1]}]}]}";
    let of = |replicas: i128| proof(with_disks(3), &[class.to_owned(), database(replicas, &even("db", HONOUR), "")]);
    // n2 counts and never takes one: two on two nodes are one each only by luck, and nothing bounds their claims.
    assert_eq!(verdict(&of(2), "S0"), Verdict::Undecided);
    assert_eq!(verdict(&of(2), "S6"), Verdict::Undecided);
    assert_eq!((verdict(&of(1), "S0"), verdict(&of(1), "S6")), (Verdict::Guaranteed, Verdict::Guaranteed));
}

#[test]
fn a_daemon_set_that_surges_has_no_hard_spread() {
    let pod = even("agent", HONOUR);
    let spec = "updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    let agent = Workload { kind: "DaemonSet", name: "agent", cpu: 100, pod: &pod, spec, ..Workload::default() };
    let proof = proof(like(2), &[agent.yaml()]);
    assert_eq!(verdict(&proof, "S1"), Verdict::Guaranteed);
    assert_ne!(verdict(&proof, "S2"), Verdict::Guaranteed);
}

#[test]
fn a_spread_that_counts_others_blocks_nobody_for_certain() {
    let mut nodes = like(3);
    nodes[2].taints = vec![crate::eval::model::Taint::closing("platform")];
    let pod = even("api", "");
    let api = Workload { replicas: 4, cpu: 100, pod: &pod, ..Workload::default() };
    // Alone: the tainted node is empty, and each of the two others takes one of four.
    let Some(Evidence::Count { count: 4, total: 2, .. }) = &state(&proof(nodes.clone(), &[api.yaml()]), "S0").evidence
    else {
        panic!("one on each")
    };
    // Another workload under the same label may fill the tainted node, and then nothing is empty.
    let other = Workload { name: "other", replicas: 9, cpu: 1, ..Workload::default() };
    let other = other.yaml().replace("{app: other}", "{app: api}");
    assert_eq!(verdict(&proof(nodes.clone(), &[api.yaml(), other]), "S0"), Verdict::Undecided);
    // While old pods terminate, nobody counts them.
    let found = proof(nodes, &[api.yaml()]);
    let terminating =
        found.states.iter().find(|state| !state.required && state.state.key() == "S2").expect("it is there");
    assert_ne!(terminating.verdict, Verdict::DoesNotFit);
}

#[test]
fn the_next_of_few_finds_a_node_without_one_though_a_peak_would_leave_more() {
    // Two of 600m at steady and eight at most: on a node of 1000m there is room for one, so that two nodes hold them.
    let nodes: Vec<Node> = (0..3).map(|index| node(&format!("n{index}"), 1000, 64 * GB)).collect();
    let [api, scaler] = scaled("Deployment", 2, 6, HONOUR);
    let found = proof(nodes, &[api.replace("cpu: 100m", "cpu: 600m"), scaler]);
    // The charge of what a peak leaves would be too much, and the next of two still finds a node without one.
    assert_eq!(verdict(&found, "S0"), Verdict::Guaranteed);
    assert_eq!(verdict(&found, "S1"), Verdict::DoesNotFit);
}

#[test]
fn a_rollout_that_waits_keeps_the_bound_of_all_its_pods() {
    // Four over two nodes, surge 1 and unavailable 1: ⌈5/2⌉ = 3 of 1000m on a node of 3000m; all five would fit as well.
    let pod = even("api", HONOUR);
    let spec = "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}";
    let api = Workload { replicas: 4, cpu: 1000, pod: &pod, spec, ..Workload::default() };
    let nodes = |cpu: i128| (0..2).map(|index| node(&format!("n{index}"), cpu, 64 * GB)).collect::<Vec<_>>();
    let found = proof(nodes(3000), &[api.yaml()]);
    assert_eq!((per_node(state(&found, "S2")), layers(&found, "S2").waits.len()), (3, 0));
    // With room for two on each the surge waits: of four, the node with the fewest has at most one beside the next.
    let waiting = proof(nodes(2999), &[api.yaml()]);
    assert_eq!((verdict(&waiting, "S2"), layers(&waiting, "S2").waits.len()), (Verdict::Guaranteed, 1));
    assert_ne!(verdict(&proof(nodes(1999), &[api.yaml()]), "S2"), Verdict::Guaranteed);
}

#[test]
fn a_rollout_without_a_surge_has_old_pods_where_the_next_new_one_must_go() {
    // Two on each of two nodes. Both of the first node go and one new one comes there: the next must go to the second, which
    // still has its two old ones.
    let pod = even("api", KEYS);
    for strategy in ["maxSurge: 0, maxUnavailable: 1", "maxSurge: 1, maxUnavailable: 1"] {
        let spec = format!("strategy: {{rollingUpdate: {{{strategy}}}}}");
        let api = Workload { replicas: 4, cpu: 1000, pod: &pod, spec: &spec, ..Workload::default() };
        let on = |cpu: i128| {
            let nodes: Vec<Node> = (0..2).map(|index| node(&format!("n{index}"), cpu, 64 * GB)).collect();
            proof(nodes, &[api.yaml()])
        };
        assert_eq!(verdict(&on(2000), "S1"), Verdict::Guaranteed, "{strategy}");
        assert_ne!(verdict(&on(2999), "S2"), Verdict::Guaranteed, "{strategy}");
        assert_eq!(verdict(&on(3000), "S2"), Verdict::Guaranteed, "{strategy}");
    }
}

#[test]
fn a_spread_over_zones_lets_all_onto_one_node_and_refuses_none() {
    let zoned = |zones: &[&str]| -> Vec<Node> {
        let label = |zone: &str| ("topology.kubernetes.io/zone".to_owned(), zone.to_owned());
        let machines = zones.iter().enumerate();
        machines
            .map(|(index, zone)| Node { labels: vec![label(zone)], ..node(&format!("n{index}"), 1000, GB) })
            .collect()
    };
    let spread = |cpu: i128, policy: &str| {
        let pod = even("api", policy).replace("kubernetes.io/hostname", "topology.kubernetes.io/zone");
        Workload { replicas: 3, cpu, pod: &pod, ..Workload::default() }.yaml()
    };
    // All three may come to the one node of a zone: 3 × 333 = 999 of 1000.
    let fits = proof(zoned(&["x", "x", "y"]), &[spread(333, HONOUR)]);
    assert_eq!((verdict(&fits, "S1"), per_node(state(&fits, "S1"))), (Verdict::Guaranteed, 3));
    // The zone with the fewest has at most one of the two others, and so each of its nodes room for one of 500 beside it.
    assert_eq!(verdict(&proof(zoned(&["x", "x", "y"]), &[spread(500, HONOUR)]), "S1"), Verdict::Guaranteed);
    assert_ne!(verdict(&proof(zoned(&["x", "x", "y"]), &[spread(501, HONOUR)]), "S1"), Verdict::Guaranteed);
    // What is lost takes its zone along, or leaves it a node.
    assert_eq!(verdict(&fits, "S3"), Verdict::Guaranteed);
    // A node that only its taint closes keeps its zone empty, unless the spread honours taints.
    let mut nodes = zoned(&["x", "y", "z"]);
    nodes[2].taints = vec![crate::eval::model::Taint::closing("closed")];
    assert_eq!(verdict(&proof(nodes.clone(), &[spread(333, "")]), "S1"), Verdict::Undecided);
    assert_eq!(verdict(&proof(nodes, &[spread(333, HONOUR)]), "S1"), Verdict::Guaranteed);
    // A node without a zone takes none of it.
    assert_eq!(verdict(&proof(like(2), &[spread(100, HONOUR)]), "S1"), Verdict::Undecided);
}

/// Pods spread over hosts and zones, on nodes in these zones.
fn doubly(zones: &[&str], replicas: i128, cpu: i128, keys: [&str; 2]) -> EnvironmentProof {
    let label = |zone: &str| ("topology.kubernetes.io/zone".to_owned(), zone.to_owned());
    let nodes = zones
        .iter()
        .enumerate()
        .map(|(index, zone)| Node { labels: vec![label(zone)], ..node(&format!("n{index}"), 1000, 64 * GB) });
    let spread = |key: &str, more: &str| {
        format!(
            "{{maxSkew: 1, topologyKey: {key}, whenUnsatisfiable: DoNotSchedule, labelSelector: {{matchLabels: {{app: api}}}}{more}}}"
        )
    };
    let [hosts, over_zones] = keys;
    let both = [spread("kubernetes.io/hostname", hosts), spread("topology.kubernetes.io/zone", over_zones)];
    let pod = format!("topologySpreadConstraints: [{}]", both.join(", "));
    let spec = "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    let api = Workload { replicas, cpu, pod: &pod, spec, ..Workload::default() };
    proof(nodes.collect(), &[api.yaml()])
}

#[test]
fn zones_of_one_node_each_are_like_hosts_and_an_only_zone_refuses_none() {
    // More pods than nodes, and one zone fewer after its loss: where each zone has one node, both spreads want the same.
    for replicas in [2, 3, 5] {
        let found = doubly(&["x", "y", "z"], replicas, 100, [KEYS, KEYS]);
        for name in ["S0", "S1", "S2", "S3", "S4"] {
            assert_eq!(verdict(&found, name), Verdict::Guaranteed, "{name} of {replicas}");
        }
    }
    // Without the larger zone the only node of the other takes both.
    let found = doubly(&["x", "x", "y"], 2, 100, [KEYS, KEYS]);
    assert_eq!(verdict(&found, "S3"), Verdict::Guaranteed);
    // A tainted zone that is counted stays empty.
    let found = doubly(&["x", "x", "y"], 2, 100, ["", ""]);
    assert_ne!(verdict(&found, "S3"), Verdict::Guaranteed);
    // The zone with the fewest may have a full node, and the others the emptier ones.
    assert_ne!(verdict(&doubly(&["x", "y", "y", "y"], 4, 100, [KEYS, KEYS]), "S1"), Verdict::Guaranteed);
}

#[test]
fn in_a_rollout_spreads_that_count_different_pods_agree_on_nothing() {
    let mixed = [KEYS, HONOUR];
    let steady = doubly(&["x", "y", "z"], 5, 100, mixed);
    assert_eq!(verdict(&steady, "S1"), Verdict::Guaranteed);
    assert_ne!(verdict(&steady, "S2"), Verdict::Guaranteed);
}
