//! Layers along priorities, weights of nodes, zones and pools, each with its numbers worked out by hand.

use super::fixture::{GB, HONOUR, Workload, alone, even, layers, node, proof, said, state, verdict};
use crate::eval::model::Node;
use crate::fit::evidence::{Gone, Layer};
use crate::fit::{EnvironmentProof, Evidence, Ground, Verdict};

const SCALE: i128 = 1_000_000_000_000;

fn like(count: u64, cpu: i128) -> Vec<Node> {
    vec![Node { count, ..node("n", cpu, 64 * GB) }]
}

fn class(name: &str, value: i128, more: &str) -> String {
    format!(
        "{{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {{name: {name}}}, value: {value}{more}}}\n"
    )
}

fn floating(name: &str, replicas: i128, cpu: i128, pod: &str) -> String {
    let spec = "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}";
    Workload { name, replicas, cpu, pod, spec, ..Workload::default() }.yaml()
}

fn spread(name: &str, replicas: i128, cpu: i128, pod: &str) -> String {
    let comma = if pod.is_empty() { "" } else { ", " };
    floating(name, replicas, cpu, &format!("{}{comma}{pod}", even(name, HONOUR)))
}

/// Three of 500m, one on each node of 1000m, and two of 300m that may come to lie together: 500 + 600 > 1000.
fn urgent_and_late(classes: &[String], urgent: &str, late: &str) -> EnvironmentProof {
    let mut documents = classes.to_vec();
    documents.extend([spread("urgent", 3, 500, urgent), floating("late", 2, 300, late)]);
    proof(like(3, 1000), &documents)
}

#[test]
fn what_ranks_higher_is_proved_without_what_ranks_lower() {
    let found = urgent_and_late(&[class("high", 10, "")], "priorityClassName: high", "");
    assert_eq!(state(&found, "S1").ground, Some(Ground::Layered));
    let [Layer::Charge(high), Layer::AnyOrder(low)] = layers(&found, "S1").layers.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(high.sums.iter().map(|sum| sum.sum).collect::<Vec<_>>(), [500, 1]);
    // A node without room for 300m holds 701m of others: 3 × ⌈500/701⌉ and one of its own, 300/701; below 3 nodes.
    let expected = 3 * (500 * SCALE / 701 + 1) + 300 * SCALE / 701 + 1;
    assert_eq!((low[0].total, low[0].limit), (expected, 3 * SCALE));
}

#[test]
fn without_priorities_the_same_is_only_possible_and_the_reason_says_what_would_help() {
    let found = urgent_and_late(&[], "", "");
    assert_eq!(verdict(&found, "S1"), Verdict::Possible);
    let reason = said(state(&found, "S1"));
    assert!(reason.contains("guaranteed with priorities"), "{reason}");
}

#[test]
fn a_class_that_pushes_nobody_out_is_no_layer_above_others() {
    let meek = class("high", 10, ", preemptionPolicy: Never");
    assert_eq!(verdict(&urgent_and_late(&[meek], "priorityClassName: high", ""), "S1"), Verdict::Possible);
    // The pod may say so as well, and a default class is one, too.
    let pod = "priorityClassName: high, preemptionPolicy: Never";
    assert_eq!(verdict(&urgent_and_late(&[class("high", 10, "")], pod, ""), "S1"), Verdict::Possible);
    let default = [class("low", -5, ""), class("usual", 10, ", globalDefault: true")];
    let found = urgent_and_late(&default, "", "priorityClassName: low");
    assert_eq!(state(&found, "S1").ground, Some(Ground::Layered));
}

#[test]
fn neighbouring_charges_are_one_layer() {
    let classes = [class("high", 10, ""), class("middle", 5, "")];
    let mut documents = classes.to_vec();
    documents.push(spread("urgent", 3, 400, "priorityClassName: high"));
    documents.push(spread("soon", 3, 100, "priorityClassName: middle"));
    documents.push(floating("late", 2, 300, ""));
    let found = proof(like(3, 1000), &documents);
    let [Layer::Charge(first), Layer::AnyOrder(_)] = layers(&found, "S1").layers.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(first.types.len(), 2);
}

#[test]
fn what_is_on_each_node_is_no_competitor_but_less_room() {
    let daemon = Workload {
        kind: "DaemonSet",
        name: "agent",
        cpu: 200,
        pod: "priorityClassName: system-node-critical",
        ..Workload::default()
    };
    let found = proof(like(2, 1000), &[daemon.yaml(), floating("api", 4, 300, "")]);
    let [Layer::Charge(_), Layer::AnyOrder(low)] = layers(&found, "S1").layers.as_slice() else { panic!("{found:?}") };
    // 1000 − 200 − 300 + 1 = 501, and three others of 300: ⌈900 × ⌈10^21 / 501⌉ / 10^9⌉.
    assert_eq!(low[0].total, 1_796_407_185_629);
}

#[test]
fn nodes_that_differ_weigh_differently() {
    // A full small node holds 501m of others, a full large one 7501m. Ten of 500m: counted alike, nine fill both nodes
    // (9 × 500/501 > 2); by what fills a node, they do not (9 × 500/7501 < 1 + 501/7501).
    let nodes = vec![node("large", 8000, 64 * GB), node("small", 1000, 64 * GB)];
    let found = proof(nodes, &[floating("api", 10, 500, "")]);
    assert_eq!(state(&found, "S1").ground, Some(Ground::AnyOrder));
    let [Layer::AnyOrder(types)] = layers(&found, "S1").layers.as_slice() else { panic!("{found:?}") };
    assert_eq!(types[0].weights, [("large".to_owned(), SCALE), ("small".to_owned(), 501 * SCALE / 7501)]);
    assert_eq!(types[0].limit, SCALE + 501 * SCALE / 7501);
}

#[test]
fn one_on_each_node_leaves_the_nodes_that_weigh_least() {
    // Two of three nodes of 1000m hold one of 600m; the third must take it beside what floats: 2 × 300/401 ≥ 1 of it.
    let pod = format!("affinity: {{{}}}", alone("api"));
    let apart = |cpu: i128| floating("api", 3, cpu, &pod);
    let of = |cpu: i128| proof(like(3, 1000), &[apart(cpu), floating("late", 2, 250, "")]);
    assert_eq!(state(&of(500), "S1").ground, Some(Ground::Balanced));
    // 600 + 500 > 1000, and one node that is left is filled by 2 × 250 ≥ 401.
    assert_eq!(verdict(&of(600), "S1"), Verdict::Possible);
}

#[test]
fn a_surge_that_has_no_node_waits_for_an_old_pod_on_several_nodes_as_well() {
    let pod = format!("affinity: {{{}}}", alone("api"));
    let spec = "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}";
    let apart = Workload { replicas: 3, cpu: 100, pod: &pod, spec, ..Workload::default() };
    let other = Workload { name: "other", replicas: 1, cpu: 100, spec, ..Workload::default() };
    let found = proof(like(3, 1000), &[apart.yaml(), other.yaml()]);
    assert_eq!(verdict(&found, "S2"), Verdict::Guaranteed);
    // Only what has no room waits.
    assert_eq!(layers(&found, "S2").waits, ["Deployment.apps shop/api"]);
}

fn zones() -> Vec<Node> {
    let zone = |name: &str| {
        let labels = vec![("topology.kubernetes.io/zone".to_owned(), name.to_owned())];
        Node { count: 2, labels, ..node(name, 1000, 64 * GB) }
    };
    vec![zone("b"), zone("a")]
}

#[test]
fn a_zone_goes_with_all_its_nodes() {
    // Of 400m the other four weigh 4 × 400/601 = 2.66: below 3 nodes, not below the 2 of one zone.
    let five = proof(zones(), &[floating("api", 5, 400, "")]);
    assert_eq!((verdict(&five, "S3"), verdict(&five, "S4")), (Verdict::Undecided, Verdict::Guaranteed));
    let reason = said(state(&five, "S3"));
    assert!(reason.contains("the zone `a`"), "{reason}");
    let three = proof(zones(), &[floating("api", 3, 400, "")]);
    let Some(Evidence::Loss(cases)) = &state(&three, "S3").evidence else { panic!("{three:?}") };
    let gone: Vec<&Gone> = cases.iter().map(|case| &case.gone).collect();
    let expected = [Gone::Class("b".into()), Gone::Class("a".into()), Gone::Zone("a".into()), Gone::Zone("b".into())];
    assert_eq!(gone, expected.iter().collect::<Vec<_>>());
}

fn pool(least: u64, most: u64) -> Vec<Node> {
    vec![Node { count: most, least: Some(least), ..node("burst", 1000, 64 * GB) }]
}

#[test]
fn the_fewest_nodes_of_a_pool_are_found() {
    // The other four weigh 4 × 400/601 = 2.66, which is below 3 nodes and not below 2.
    let found = proof(pool(1, 6), &[floating("api", 5, 400, "")]);
    assert_eq!(verdict(&found, "S1"), Verdict::Guaranteed);
    assert_eq!(found.pools.len(), 1);
    assert_eq!((found.pools[0].least, found.pools[0].most, found.pools[0].proved), (1, 6, Some(3)));
    // The lost node comes back at S0, not at S1; there five are left.
    assert_eq!(verdict(&found, "S3"), Verdict::Guaranteed);
    let tight = proof(pool(1, 3), &[floating("api", 5, 400, "")]);
    let losses: Vec<_> =
        tight.states.iter().filter(|state| state.state.key() == "S3").map(|state| state.verdict).collect();
    assert_eq!(losses, [Verdict::Guaranteed, Verdict::Undecided]);
    // With two at most nothing is guaranteed, and no number of nodes is claimed.
    assert_eq!(proof(pool(1, 2), &[floating("api", 5, 400, "")]).pools[0].proved, None);
}

#[test]
fn a_new_node_of_a_pool_takes_whatever_asked_for_it_beside_what_is_on_each_node() {
    let daemon = |cpu: i128| Workload { kind: "DaemonSet", name: "agent", cpu, ..Workload::default() }.yaml();
    let of = |cpu: i128| verdict(&proof(pool(1, 4), &[daemon(cpu), floating("api", 1, 700, "")]), "S0");
    assert_eq!(of(300), Verdict::Guaranteed);
    assert_ne!(of(301), Verdict::Guaranteed);
}

#[test]
fn a_hard_spread_over_a_pool_finds_a_node_without_one_as_long_as_there_are_enough() {
    // Three and one of surge on a pool of four: the next always finds a node that has none, sooner or later.
    let found = proof(pool(1, 4), &[spread("api", 3, 100, "")]);
    assert_eq!(["S0", "S1", "S2"].map(|name| verdict(&found, name)), [Verdict::Guaranteed; 3]);
    // Of five nodes of 1000m three are without one of it, and eight of 450m close four: one of 450m leaves too little for 500m beside another.
    let others = |number: i128| floating("other", number, 450, "");
    assert_eq!(verdict(&proof(pool(1, 5), &[spread("api", 3, 500, ""), others(2)]), "S0"), Verdict::Guaranteed);
    assert_ne!(verdict(&proof(pool(1, 5), &[spread("api", 3, 500, ""), others(8)]), "S0"), Verdict::Guaranteed);
}
