//! `charge`, `any-order`, `placement` and `loss`.

use serde_json::json;

use super::{Case, entry, node, state, sums, workload};

const SPREAD: &str = "      topologySpreadConstraints:\n      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, nodeTaintsPolicy: Honor, labelSelector: {matchLabels: {app: api}}}\n";

fn spread() -> Case {
    let api = workload("Deployment", "api", "  replicas: 3\n", SPREAD, "cpu: '1', memory: '500'");
    let evidence = json!({ "kind": "charge", "types": [entry("Deployment.apps shop/api", 3, 2, 2)],
        "sums": ([sums("a", [2000, 1000, 0, 2]), sums("b", [2000, 1000, 0, 2])].concat()) });
    Case::new(&[&api], &[&node("a", ""), &node("b", "")]).with(state(
        "S0",
        "fits-guaranteed",
        Some("balanced"),
        evidence,
    ))
}

fn single(replicas: i64, memory: i64) -> Case {
    let spec = format!("  replicas: {replicas}\n");
    let api = workload("Deployment", "api", &spec, "", &format!("cpu: 1000m, memory: '{memory}'"));
    let evidence = json!({ "kind": "charge", "types": [entry("Deployment.apps shop/api", replicas, 1, replicas)],
        "sums": sums("a", [1000 * replicas, memory * replicas, 0, replicas]) });
    Case::new(&[&api], &[&node("a", "")]).with(state("S0", "fits-guaranteed", Some("sums"), evidence))
}

#[test]
fn a_charge_is_confirmed_up_to_the_last_byte_and_not_beyond() {
    single(2, 500).assert_confirmed();
    single(2, 4000).assert_confirmed();
    single(2, 4001).assert_refused("8002");
    single(4, 1).assert_confirmed();
    single(5, 1).assert_refused("cpu");
}

#[test]
fn a_charge_with_a_number_that_is_not_so_is_refused() {
    let case = single(2, 500);
    case.changed("\"sum\":1000", "\"sum\":999").assert_refused("states");
    case.changed("\"allocatable\":8000", "\"allocatable\":8001").assert_refused("states");
    case.changed("\"perNode\":2", "\"perNode\":1").assert_refused("states");
    case.changed("\"count\":2", "\"count\":1").assert_refused("states");
    case.changed("\"resource\":\"pods\"", "\"resource\":\"pots\"").assert_refused("too many");
    case.changed("\"ground\":\"sums\"", "\"ground\":\"balanced\"").assert_refused("ground");
    case.changed("fits-guaranteed", "fits-possible").assert_refused("ground");
    case.changed("\"kind\":\"charge\"", "\"kind\":\"disks\"").assert_refused("does not show");
    let mut lacking = case.clone();
    lacking.states[0]["evidence"]["types"] = json!([]);
    lacking.assert_refused("lacks");
}

#[test]
fn a_spread_bounds_a_node_only_where_it_is_enforced() {
    let case = spread();
    case.assert_confirmed();
    for (from, to) in [
        ("maxSkew: 1", "maxSkew: 2"),
        ("maxSkew: 1", "maxSkew: 1, minDomains: 2"),
        ("nodeTaintsPolicy: Honor", "nodeTaintsPolicy: Ignore"),
        ("matchLabels: {app: api}", "matchLabels: {app: web}"),
        ("nodeTaintsPolicy: Honor", "nodeTaintsPolicy: Honor, matchLabelKeys: [version]"),
        ("topologyKey: kubernetes.io/hostname", "topologyKey: zone"),
    ] {
        case.with_manifests(from, to).assert_refused("spread");
    }
    // A soft one bounds nothing, so that all pods may come to one node.
    case.with_manifests("maxSkew: 1", "maxSkew: 1, whenUnsatisfiable: ScheduleAnyway").assert_refused("perNode 3");
    let sibling = workload("Deployment", "api2", "", "", "cpu: 1m").replace("{app: api2}", "{app: api}");
    let mut both = case.clone();
    both.manifests = format!("{}---\n{sibling}", both.manifests);
    both.assert_refused("spread");
}

#[test]
fn a_revision_that_rolls_is_spread_by_itself() {
    let keyed =
        SPREAD.replace("nodeTaintsPolicy: Honor", "nodeTaintsPolicy: Honor, matchLabelKeys: [pod-template-hash]");
    let spec = "  replicas: 4\n  strategy: {rollingUpdate: {maxSurge: 2}}\n";
    let api = workload("Deployment", "api", spec, &keyed, "memory: '1'");
    let evidence = |most: i64| {
        json!({ "kind": "charge", "types": [entry("Deployment.apps shop/api", 6, 2, most)],
            "sums": ([sums("a", [0, most, 0, most]), sums("b", [0, most, 0, most])].concat()) })
    };
    let case = |most| {
        let nodes = [node("a", ""), node("b", "")];
        let state = state("S2", "fits-guaranteed", Some("balanced"), evidence(most));
        Case::new(&[&api], &nodes.each_ref().map(String::as_str)).with(state)
    };
    case(4).assert_confirmed();
    case(3).assert_refused("perNode 4");
}

#[test]
fn a_taint_keeps_pods_away_that_do_not_tolerate_it() {
    let tainted = node("b", "spec: {taints: [{key: gpu, effect: NoSchedule}]}\n");
    let api = workload("Deployment", "api", "  replicas: 2\n", "", "cpu: '1'");
    let evidence = json!({ "kind": "charge", "types": [entry("Deployment.apps shop/api", 2, 1, 2)],
        "sums": sums("a", [2000, 0, 0, 2]) });
    let case =
        Case::new(&[&api], &[&node("a", ""), &tainted]).with(state("S0", "fits-guaranteed", Some("pinned"), evidence));
    case.assert_confirmed();
    let tolerant = |toleration: &str| {
        case.with_manifests("      containers:", &format!("      tolerations: [{toleration}]\n      containers:"))
    };
    for other in ["{key: gpu, operator: Exists}", "{operator: Exists}", "{key: gpu, effect: NoSchedule}"] {
        tolerant(other).assert_refused("nodes 2");
    }
    for other in ["{key: cpu, operator: Exists}", "{key: gpu, value: big}", "{key: gpu, effect: NoExecute}"] {
        tolerant(other).assert_confirmed();
    }
    // A spread that does not honour the taint sees an empty node and stops.
    let strict = SPREAD.replace("nodeTaintsPolicy: Honor, ", "");
    case.with_manifests("      containers:", &format!("{strict}      containers:")).assert_refused("spread");
}

#[test]
fn daemon_sets_are_on_every_eligible_node() {
    let agent = workload("DaemonSet", "agent", "", "", "cpu: '1'");
    let evidence = |most: i64| {
        let cpu = 1000 * most;
        json!({ "kind": "charge", "types": [entry("DaemonSet.apps shop/agent", most, 2, most)],
            "sums": ([sums("a", [cpu, 0, 0, most]), sums("b", [cpu, 0, 0, most])].concat()) })
    };
    let nodes = [node("a", ""), node("b", "")];
    let case = Case::new(&[&agent], &nodes.each_ref().map(String::as_str));
    case.clone().with(state("S2", "fits-guaranteed", Some("pinned"), evidence(1))).assert_confirmed();
    let surging =
        case.with_manifests("spec:\n  template", "spec:\n  updateStrategy: {rollingUpdate: {maxSurge: 1}}\n  template");
    surging.clone().with(state("S2", "fits-guaranteed", Some("pinned"), evidence(2))).assert_confirmed();
    surging.clone().with(state("S2", "fits-guaranteed", Some("pinned"), evidence(1))).assert_refused("count 2");
    surging.with(state("S1", "fits-guaranteed", Some("pinned"), evidence(1))).assert_confirmed();
}

#[test]
fn a_surge_may_wait_only_on_one_node_where_the_rollout_goes_on() {
    let api = workload("Deployment", "api", "  replicas: 4\n", "", "cpu: '1'");
    let evidence = json!({ "kind": "charge", "types": [entry("Deployment.apps shop/api", 4, 1, 4)],
        "sums": sums("a", [4000, 0, 0, 4]), "waits": ["Deployment.apps shop/api"] });
    let case = Case::new(&[&api], &[&node("a", "")]).with(state("S2", "fits-guaranteed", Some("sums"), evidence));
    case.assert_confirmed();
    case.changed(",\"waits\":[\"Deployment.apps shop/api\"]", "").assert_refused("count 5");
    case.with_manifests("replicas: 4", "replicas: 4\n  strategy: {rollingUpdate: {maxUnavailable: 0}}")
        .assert_refused("may not wait");
}

#[test]
fn light_pods_fit_in_any_order_and_heavy_ones_are_not_said_to() {
    let api = |cpu: &str| workload("Deployment", "api", "  replicas: 3\n", "", &format!("cpu: {cpu}"));
    let nodes = [node("a", ""), node("b", "")];
    let case = |cpu: &str, total: i64| {
        let evidence = json!({ "kind": "any-order", "types": [
            { "type": "Deployment.apps shop/api", "total": total, "limit": 2_000_000_000_000_i64 }] });
        Case::new(&[&api(cpu)], &nodes.each_ref().map(String::as_str)).with(state(
            "S0",
            "fits-guaranteed",
            Some("any-order"),
            evidence,
        ))
    };
    // 2 others, each weighs ⌈1000 · 10^12 / 3001⌉.
    case("1000m", 666_444_518_494).assert_confirmed();
    case("1000m", 666_444_518_493).assert_refused("states");
    case("3000m", 5_994_005_994_006).assert_refused("not below");
    case("5000m", 0).assert_refused("larger than a node");
    let alone = case("1000m", 666_444_518_494)
        .with_manifests("      containers:", "      hostNetwork: true\n      containers:");
    alone
        .with_manifests("- name: main", "- name: main\n        ports: [{containerPort: 80}]")
        .assert_refused("nodes that take one each");
}

#[test]
fn a_placement_is_held_against_every_constraint() {
    let apart = "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: api}}}]}}\n";
    let api = workload("Deployment", "api", "  replicas: 2\n", apart, "cpu: '3'");
    let web = workload("Deployment", "web", "", "", "cpu: '1'");
    let pods = |rows: &[(&str, &str, i64)]| {
        let row = |(node, name, count): &(&str, &str, i64)| json!({ "node": node, "type": format!("Deployment.apps shop/{name}"), "count": count });
        json!({ "kind": "placement", "pods": rows.iter().map(row).collect::<Vec<_>>() })
    };
    let case = |rows: &[(&str, &str, i64)]| {
        Case::new(&[&api, &web], &[&node("a", ""), &node("b", ""), &node("c", "")]).with(state(
            "S0",
            "fits-possible",
            None,
            pods(rows),
        ))
    };
    let right = case(&[("a", "api", 1), ("a", "web", 1), ("b", "api", 1)]);
    right.assert_confirmed();
    case(&[("a", "api", 2), ("b", "web", 1)]).assert_refused("may have one");
    case(&[("a", "api", 1), ("a", "web", 1)]).assert_refused("not all");
    case(&[("a", "api", 1), ("b", "web", 1), ("b", "api", 1), ("c", "web", 1)]).assert_refused("not all");
    case(&[("x", "api", 1)]).assert_refused("no node");
    right.with_manifests("cpu: '1'", "cpu: 1001m").assert_refused("4001");
    right.with_manifests("labels: {app: web}", "labels: {app: api}").assert_refused("keeps away");
    right.with_manifests("podAntiAffinity", "podAffinity").assert_refused("not verified");
    let skewed = SPREAD.replace("app: api", "app: web");
    right.with_manifests("      containers:", &format!("{skewed}      containers:")).assert_confirmed();
    let two = right
        .with_manifests("name: web, namespace: shop}\nspec:\n", "name: web, namespace: shop}\nspec:\n  replicas: 2\n");
    let (web, more) = ("\"Deployment.apps shop/web\",\"count\":1", "\"Deployment.apps shop/web\",\"count\":2");
    let two = two.with_manifests("cpu: '1'", "cpu: 1m").changed(web, more);
    let place = "      containers:\n      - name: main\n        resources: {requests: {cpu: 1m}}";
    two.assert_confirmed();
    two.with_manifests(place, &format!("{skewed}{place}")).assert_refused("spread");
}

const BUDGET: &str = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: api, namespace: shop}\nspec: {minAvailable: 2, selector: {matchLabels: {app: api}}}\n";

fn lossy(id: &str) -> Case {
    let api = workload("Deployment", "api", "  replicas: 3\n", "", "cpu: '1'");
    let case = |lost: &str, left: &str| json!({ "class": lost, "types": [entry("Deployment.apps shop/api", 3, 1, 3)], "sums": sums(left, [3000, 0, 0, 3]) });
    let evidence = json!({ "kind": "loss", "cases": [case("a", "b"), case("b", "a")] });
    Case::new(&[&api, BUDGET], &[&node("a", ""), &node("b", "")]).with(state(
        id,
        "fits-guaranteed",
        Some("balanced"),
        evidence,
    ))
}

#[test]
fn what_is_lost_finds_room_on_the_rest() {
    lossy("S3").assert_confirmed();
    lossy("S4").assert_confirmed();
    lossy("S3").changed("\"sum\":3000", "\"sum\":2999").assert_refused("states");
    lossy("S3").with_manifests("cpu: '1'", "cpu: 1334m").assert_refused("more than 4000");
    lossy("S3").changed("\"class\":\"b\",\"types\"", "\"class\":\"a\",\"types\"").assert_refused("two cases");
    lossy("S4").with_manifests("minAvailable: 2", "minAvailable: 67%").assert_refused("none can be evicted");
    lossy("S4").with_manifests("minAvailable: 2", "maxUnavailable: 1").assert_confirmed();
    lossy("S4").with_manifests("minAvailable: 2", "maxUnavailable: 0").assert_refused("none can be evicted");
    // Pinned to the node that is lost, nothing of it is left.
    let pinned = lossy("S3")
        .with_manifests("      containers:", "      nodeSelector: {kubernetes.io/hostname: a}\n      containers:");
    pinned.assert_refused("keeps no node");
}

#[test]
fn what_has_its_data_on_a_node_is_lost_with_it() {
    let claims = "  replicas: 3\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {resources: {requests: {storage: 1Gi}}}}]\n";
    let api = workload("StatefulSet", "api", claims, SPREAD, "cpu: '1'");
    let case = |lost: &str, left: &str| json!({ "class": lost, "types": [entry("StatefulSet.apps shop/api", 3, 2, 2)], "sums": sums(left, [2000, 0, 0, 2]) });
    let evidence = json!({ "kind": "loss", "cases": [case("a", "b"), case("b", "a")] });
    let case = Case::new(&[&api], &[&node("a", ""), &node("b", "")]).with(state(
        "S3",
        "fits-guaranteed",
        Some("balanced"),
        evidence,
    ));
    case.assert_confirmed();
    let mut budget = case.clone();
    budget.manifests = format!("{}---\n{BUDGET}", budget.manifests);
    budget.assert_refused("keeps 1 of 2");
    case.with_manifests("  replicas: 3\n", "  replicas: 3\n  podManagementPolicy: Parallel\n")
        .assert_refused("keeps 0");
}

#[test]
fn numbers_that_overflow_are_refused() {
    let case = single(2, 500);
    case.with_manifests("replicas: 2", "replicas: 9223372036854775807").assert_refused("states");
    case.with_manifests("replicas: 2", "replicas: 9223372036854775808").assert_refused("64 bits");
    case.with_manifests("memory: '500'", "memory: 9999Ei").assert_refused("quantity");
}
