//! Labels of nodes that nobody states, and taints with their effects: what a forged proof may not take for granted.

use serde_json::json;

use super::{Case, charge, entry, node, node_of, state, sums, workload};

const API: &str = "Deployment.apps shop/api";
const AGENT: &str = "DaemonSet.apps shop/agent";

fn api(pod: &str) -> String {
    workload("Deployment", "api", "  replicas: 1\n", pod, "cpu: '1'")
}

/// One pod on one node is guaranteed to fit.
fn fits(pod: &str, node: &str) -> Case {
    let evidence = charge(vec![entry(API, 1, 1, 1)], sums("a", [1000, 0, 0, 1]));
    Case::new(&[&api(pod)], &[node]).with(state("S0", "fits-guaranteed", evidence))
}

/// One pod has no node.
fn has_none(pod: &str, node: &str) -> Case {
    let evidence =
        json!({ "kind": "weights", "types": [{ "type": API, "weight": 1 }], "minimal": [API], "classes": [] });
    Case::new(&[&api(pod)], &[node]).with(state("S0", "does-not-fit", evidence))
}

fn selecting(label: &str) -> String {
    format!("      nodeSelector: {{{label}}}\n")
}

fn declaring(label: &str) -> String {
    node("a", "").replace("kubernetes.io/os: linux", &format!("kubernetes.io/os: linux, {label}"))
}

#[test]
fn what_depends_on_a_label_that_nobody_states_is_neither_guaranteed_nor_refused() {
    for label in [
        "kubernetes.io/arch: arm64",
        "beta.kubernetes.io/arch: amd64",
        "node.kubernetes.io/instance-type: m5.large",
        "topology.kubernetes.io/zone: a",
        "failure-domain.beta.kubernetes.io/region: r",
    ] {
        fits(&selecting(label), &node("a", "")).assert_refused("nobody knows");
        has_none(&selecting(label), &node("a", "")).assert_refused("1 are needed and 1 there");
        fits(&selecting(label), &declaring(label)).assert_confirmed();
    }
    has_none(&selecting("kubernetes.io/arch: s390x"), &node("a", "")).assert_confirmed();
    has_none(&selecting("kubernetes.io/arch: arm64"), &declaring("kubernetes.io/arch: amd64")).assert_confirmed();
    let bare = node_of("a", "", ", vauban.dev/provider: none");
    has_none(&selecting("topology.kubernetes.io/zone: a"), &bare).assert_confirmed();
}

#[test]
fn pods_of_a_daemon_set_that_may_be_there_count_for_a_guarantee_and_not_for_a_refusal() {
    let agent =
        |arch: &str| workload("DaemonSet", "agent", "", &selecting(&format!("kubernetes.io/arch: {arch}")), "cpu: '4'");
    let both = |arch: &str, node: &str| Case::new(&[&agent(arch), &api("")], &[node]);
    let alone = charge(vec![entry(API, 1, 1, 1)], sums("a", [1000, 0, 0, 1]));
    let is_left_out = |arch: &str, node: &str| both(arch, node).with(state("S0", "fits-guaranteed", alone.clone()));
    is_left_out("arm64", &node("a", "")).assert_refused("is in no layer");
    is_left_out("arm64", &declaring("kubernetes.io/arch: amd64")).assert_confirmed();
    let price = json!({ "class": "a", "resource": "cpu", "weight": 1 });
    let refused = json!({ "kind": "farkas", "weights": [price], "minimal": [AGENT, API] });
    let refuses = |arch: &str, node: &str| both(arch, node).with(state("S0", "does-not-fit", refused.clone()));
    refuses("arm64", &declaring("kubernetes.io/arch: arm64")).assert_confirmed();
    refuses("arm64", &node("a", "")).assert_refused("does not hold");
}

#[test]
fn a_taint_is_tolerated_by_its_key_value_and_effect() {
    let tainted = |effect: &str| node("a", &format!("spec: {{taints: [{{key: team, value: x, effect: {effect}}}]}}\n"));
    let tolerating = |toleration: &str| format!("      tolerations: [{{{toleration}}}]\n");
    fits("", &tainted("PreferNoSchedule")).assert_confirmed();
    for effect in ["NoSchedule", "NoExecute"] {
        has_none("", &tainted(effect)).assert_confirmed();
        has_none(&tolerating("key: team"), &tainted(effect)).assert_confirmed();
        has_none(&tolerating("key: team, value: y"), &tainted(effect)).assert_confirmed();
        fits(&tolerating("key: team, value: x"), &tainted(effect)).assert_confirmed();
        fits(&tolerating("operator: Exists"), &tainted(effect)).assert_confirmed();
    }
    let other = tolerating("key: team, operator: Exists, effect: NoExecute");
    has_none(&other, &tainted("NoSchedule")).assert_confirmed();
    let brief = tolerating("key: team, operator: Exists, tolerationSeconds: 60");
    fits(&brief, &tainted("NoSchedule")).assert_confirmed();
    fits(&brief, &tainted("NoExecute")).assert_refused("nobody knows");
    has_none(&brief, &tainted("NoExecute")).assert_refused("1 are needed and 1 there");
}

#[test]
fn a_node_without_a_zone_among_zones_leaves_the_loss_of_one_open() {
    let zoned = declaring("topology.kubernetes.io/zone: a");
    let other = node("b", "");
    let layer = |class: &str| {
        let sums = [sums("a", [1000, 0, 0, 1]), sums("b", [1000, 0, 0, 1])].concat();
        let layer = json!({ "ground": "charge", "types": [entry(API, 1, 1, 1)], "sums": sums });
        json!({ "gone": { "class": class }, "layers": [layer] })
    };
    let evidence = json!({ "kind": "loss", "cases": [layer("a"), layer("b")] });
    let case = Case::new(&[&api("")], &[&zoned, &other]).with(state("S3", "fits-guaranteed", evidence));
    case.assert_refused("in which zone");
}

/// Two types that are spread over zones, each with four pods, on two nodes of every zone, of which one or both are of a pool.
fn zonal(fixed: [&str; 2], over: &str, total: i64) -> Case {
    let spread = |name: &str| {
        format!(
            "      topologySpreadConstraints:\n      - {{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, nodeTaintsPolicy: Honor, \
             labelSelector: {{matchLabels: {{app: {name}}}}}}}\n"
        )
    };
    let types = ["api", "web"].map(|name| {
        let spec = "  replicas: 4\n  strategy: {type: Recreate}\n";
        workload("Deployment", name, spec, &spread(name), "cpu: 1500m")
    });
    let nodes = [("p", "a"), ("q", "b"), ("x", "a"), ("y", "b")].map(|(name, zone)| {
        let pool = if fixed.contains(&name) { "" } else { ", vauban.dev/pool-least: '1'" };
        let labels = format!("kubernetes.io/os: linux, topology.kubernetes.io/zone: {zone}");
        node_of(name, "", pool).replace("kubernetes.io/os: linux", &labels)
    });
    let row = |name: &str| json!({ "type": format!("Deployment.apps shop/{name}"), "over": over, "total": total, "limit": 2_000_000_000_000_i64 });
    let evidence =
        json!({ "kind": "layers", "layers": [{ "ground": "any-order", "types": [row("api"), row("web")] }] });
    let [api, web] = types.each_ref().map(String::as_str);
    Case::new(&[api, web], &nodes.each_ref().map(String::as_str)).with(state("S0", "fits-guaranteed", evidence))
}

#[test]
fn a_zone_that_may_go_with_its_pool_bounds_no_spread() {
    // A node is shut at above 2500m, so that a pod weighs ⌈1500 · 10^12 / 2501⌉ at most; two of the other type and one of its own
    // are in a zone, and with a zone that comes and goes all four of the other.
    let (bounded, unbounded) = (1_799_280_287_885, 2_998_800_479_809);
    zonal(["x", "y"], "zones", bounded).assert_confirmed();
    zonal(["p", "q"], "zones", bounded).assert_confirmed();
    zonal(["x", "p"], "zones", bounded).assert_refused("2998800479809");
    zonal(["x", "p"], "zones", unbounded).assert_refused("not below");
}

#[test]
fn evidence_may_not_name_nodes_of_which_nothing_is_certain() {
    let bounded = 1_799_280_287_885;
    for over in ["", "hosts"] {
        zonal(["x", "y"], over, bounded)
            .assert_refused("the spreads of `Deployment.apps shop/api` may leave it no node");
    }
    zonal(["x", "y"], "empty-zones", bounded).assert_refused("may leave it no node");
    zonal(["x", "y"], "regions", bounded).assert_refused("may leave it no node");
}
