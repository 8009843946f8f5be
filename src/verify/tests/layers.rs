//! `layers` and `loss`.

use serde_json::{Value as Json, json};

use super::{Case, charge, entry, node, state, sums, workload};

const SPREAD: &str = "      topologySpreadConstraints:\n      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, nodeTaintsPolicy: Honor, labelSelector: {matchLabels: {app: api}}}\n";

fn spread() -> Case {
    let api = workload("Deployment", "api", "  replicas: 3\n", SPREAD, "cpu: '1', memory: '500'");
    let evidence = charge(
        vec![entry("Deployment.apps shop/api", 3, 2, 2)],
        [sums("a", [2000, 1000, 0, 2]), sums("b", [2000, 1000, 0, 2])].concat(),
    );
    Case::new(&[&api], &[&node("a", ""), &node("b", "")]).with(state("S0", "fits-guaranteed", evidence))
}

fn single(replicas: i64, memory: i64) -> Case {
    let spec = format!("  replicas: {replicas}\n");
    let api = workload("Deployment", "api", &spec, "", &format!("cpu: 1000m, memory: '{memory}'"));
    let evidence = charge(
        vec![entry("Deployment.apps shop/api", replicas, 1, replicas)],
        sums("a", [1000 * replicas, memory * replicas, 0, replicas]),
    );
    Case::new(&[&api], &[&node("a", "")]).with(state("S0", "fits-guaranteed", evidence))
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
    case.changed("\"sum\":1000", "\"sum\":999").assert_refused("the files give");
    case.changed("\"allocatable\":8000", "\"allocatable\":8001").assert_refused("the files give");
    case.changed("\"perNode\":2", "\"perNode\":1").assert_refused("the files give");
    case.changed("\"count\":2", "\"count\":1").assert_refused("the files give");
    case.changed("\"resource\":\"pods\"", "\"resource\":\"pots\"").assert_refused("].resource");
    case.changed("fits-guaranteed", "fits-possible").assert_refused("reason");
    case.changed("\"kind\":\"layers\"", "\"kind\":\"disks\"").assert_refused("does not show");
    let mut lacking = case.clone();
    lacking.states[0]["evidence"]["layers"][0]["types"] = json!([]);
    lacking.assert_refused("in no layer");
}

#[test]
fn a_spread_bounds_a_node_only_where_it_is_enforced() {
    let case = spread();
    case.assert_confirmed();
    for (from, to) in [
        ("maxSkew: 1", "maxSkew: 2"),
        ("matchLabels: {app: api}", "matchLabels: {app: web}"),
        ("nodeTaintsPolicy: Honor", "nodeTaintsPolicy: Honor, matchLabelKeys: [version]"),
        ("topologyKey: kubernetes.io/hostname", "topologyKey: zone"),
    ] {
        case.with_manifests(from, to).assert_refused("");
    }
    // A soft one bounds nothing, so that all pods may come to one node.
    case.with_manifests("maxSkew: 1", "maxSkew: 1, whenUnsatisfiable: ScheduleAnyway")
        .assert_refused("perNode`: the proof says 2, the files give 3");
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
        charge(
            vec![entry("Deployment.apps shop/api", 6, 2, most)],
            [sums("a", [0, most, 0, most]), sums("b", [0, most, 0, most])].concat(),
        )
    };
    let case = |most| {
        let nodes = [node("a", ""), node("b", "")];
        let state = state("S2", "fits-guaranteed", evidence(most));
        Case::new(&[&api], &nodes.each_ref().map(String::as_str)).with(state)
    };
    case(4).assert_confirmed();
    case(3).assert_refused("perNode`: the proof says 3, the files give 4");
}

#[test]
fn a_taint_keeps_pods_away_that_do_not_tolerate_it() {
    let tainted = node("b", "spec: {taints: [{key: gpu, effect: NoSchedule}]}\n");
    let api = workload("Deployment", "api", "  replicas: 2\n", "", "cpu: '1'");
    let evidence = charge(vec![entry("Deployment.apps shop/api", 2, 1, 2)], sums("a", [2000, 0, 0, 2]));
    let case = Case::new(&[&api], &[&node("a", ""), &tainted]).with(state("S0", "fits-guaranteed", evidence));
    case.assert_confirmed();
    let tolerant = |toleration: &str| {
        case.with_manifests("      containers:", &format!("      tolerations: [{toleration}]\n      containers:"))
    };
    for other in ["{key: gpu, operator: Exists}", "{operator: Exists}", "{key: gpu, effect: NoSchedule}"] {
        tolerant(other).assert_refused("nodes`: the proof says 1, the files give 2");
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
        charge(
            vec![entry("DaemonSet.apps shop/agent", most, 2, most)],
            [sums("a", [cpu, 0, 0, most]), sums("b", [cpu, 0, 0, most])].concat(),
        )
    };
    let nodes = [node("a", ""), node("b", "")];
    let case = Case::new(&[&agent], &nodes.each_ref().map(String::as_str));
    case.clone().with(state("S2", "fits-guaranteed", evidence(1))).assert_confirmed();
    let surging =
        case.with_manifests("spec:\n  template", "spec:\n  updateStrategy: {rollingUpdate: {maxSurge: 1}}\n  template");
    surging.clone().with(state("S2", "fits-guaranteed", evidence(2))).assert_confirmed();
    surging
        .clone()
        .with(state("S2", "fits-guaranteed", evidence(1)))
        .assert_refused("count`: the proof says 1, the files give 2");
    surging.with(state("S1", "fits-guaranteed", evidence(1))).assert_confirmed();
}

#[test]
fn a_surge_may_wait_where_the_rollout_goes_on() {
    let api = workload("Deployment", "api", "  replicas: 4\n", SPREAD, "cpu: '1'");
    let mut evidence = charge(
        vec![entry("Deployment.apps shop/api", 4, 2, 3)],
        [sums("a", [3000, 0, 0, 3]), sums("b", [3000, 0, 0, 3])].concat(),
    );
    evidence["waits"] = json!(["Deployment.apps shop/api"]);
    let nodes = [node("a", ""), node("b", "")];
    let case = Case::new(&[&api], &nodes.each_ref().map(String::as_str)).with(state(
        "S2",
        "fits-guaranteed",
        evidence.clone(),
    ));
    case.assert_confirmed();
    case.changed(",\"waits\":[\"Deployment.apps shop/api\"]", "").assert_refused("says 4, the files give 5");
    case.with_manifests("replicas: 4", "replicas: 4\n  strategy: {rollingUpdate: {maxUnavailable: 0}}")
        .assert_refused("may not wait");
    let mut steady = case.clone();
    steady.states = vec![state("S1", "fits-guaranteed", evidence)];
    steady.assert_refused("may not wait");
}

#[test]
fn light_pods_fit_in_any_order_and_heavy_ones_are_not_said_to() {
    let api = |cpu: &str| workload("Deployment", "api", "  replicas: 3\n", "", &format!("cpu: {cpu}"));
    let nodes = [node("a", ""), node("b", "")];
    let case = |cpu: &str, total: i64| {
        let evidence = any_order(json!({ "type": "Deployment.apps shop/api", "total": total, "limit": 2 * SCALE }));
        Case::new(&[&api(cpu)], &nodes.each_ref().map(String::as_str)).with(state("S0", "fits-guaranteed", evidence))
    };
    // 2 others, each weighs ⌈1000 · 10^12 / 3001⌉.
    case("1000m", 666_444_518_494).assert_confirmed();
    case("1000m", 666_444_518_493).assert_refused("666444518494");
    case("3000m", 5_994_005_994_006).assert_refused("not below");
    case("5000m", 0).assert_refused("no room");
    let alone = case("1000m", 666_444_518_494)
        .with_manifests("      containers:", "      hostNetwork: true\n      containers:");
    alone
        .with_manifests("- name: main", "- name: main\n        ports: [{containerPort: 80}]")
        .assert_refused("nodes that take one each");
    case("1000m", 666_444_518_494)
        .with_manifests("      containers:", &format!("{SPREAD}      containers:"))
        .assert_refused("spread");
}

const SCALE: i64 = 1_000_000_000_000;

fn any_order(row: Json) -> Json {
    json!({ "kind": "layers", "layers": [{ "ground": "any-order", "types": [row] }] })
}

#[test]
fn pods_that_are_alone_are_not_in_their_own_way() {
    let api = workload("Deployment", "api", "  replicas: 2\n", "      hostNetwork: true\n", "cpu: '3'")
        .replace("- name: main", "- name: main\n        ports: [{containerPort: 80}]");
    let evidence =
        |limit: i64| any_order(json!({ "type": "Deployment.apps shop/api", "total": 0, "limit": limit * SCALE }));
    let nodes = ["a", "b", "c"].map(|name| node(name, ""));
    let case = |limit| {
        Case::new(&[&api], &nodes.each_ref().map(String::as_str)).with(state("S0", "fits-guaranteed", evidence(limit)))
    };
    case(2).assert_confirmed();
    case(3).assert_refused("limit");
}

#[test]
fn weights_of_classes_tell_large_nodes_from_small_ones() {
    let api = workload("Deployment", "api", "  replicas: 3\n", "", "cpu: '1'");
    let small = node("b", "").replace("cpu: '4'", "cpu: '2'");
    let case = |total: i64, limit: i64, weights: Json| {
        let row = json!({ "type": "Deployment.apps shop/api", "total": total, "limit": limit, "weights": weights });
        Case::new(&[&api], &[&node("a", ""), &small]).with(state("S0", "fits-guaranteed", any_order(row)))
    };
    let weights = |one: i64, other: i64| json!([{ "class": "a", "weight": one }, { "class": "b", "weight": other }]);
    // ⌈1000 · v / 3001⌉ and ⌈1000 · v / 1001⌉: the heavier counts, for each of 2 others.
    case(2 * 1_000_000, 4_003_000, weights(3_001_000, 1_001_000)).changed("4003000", "4002000").assert_confirmed();
    case(2 * 1_000_000, 4_003_000, weights(3_001_000, 1_001_000)).assert_refused("4002000");
    case(1_998_001_998_002, 2 * SCALE, weights(SCALE, SCALE)).assert_confirmed();
    case(0, 0, weights(0, 1)).assert_refused("not understood");
    case(0, 0, weights(SCALE + 1, 1)).assert_refused("not understood");
    case(0, 0, json!([{ "class": "c", "weight": 1 }])).assert_refused("no class");
}

#[test]
fn what_daemon_sets_take_is_no_room_for_others() {
    let agent = workload("DaemonSet", "agent", "", "", "cpu: '1'");
    let api = workload("Deployment", "api", "  replicas: 2\n", "", "cpu: '1'");
    let evidence = json!({ "kind": "layers", "layers": [{ "ground": "any-order", "types": [
        // 2 others on a node of 4000 with room for 3000 of the agent, each weighs ⌈1000 · 10^12 / 3001⌉.
        { "type": "DaemonSet.apps shop/agent", "total": 666_444_518_494_i64, "limit": SCALE },
        // 1 other on nodes of 3000.
        { "type": "Deployment.apps shop/api", "total": 499_750_124_938_i64, "limit": 2 * SCALE }] }] });
    let case =
        Case::new(&[&agent, &api], &[&node("a", ""), &node("b", "")]).with(state("S0", "fits-guaranteed", evidence));
    case.assert_confirmed();
    case.changed("499750124938", "499750124937").assert_refused("499750124938");
    case.with_manifests("replicas: 2", "replicas: 4").assert_refused("not below");
}

/// Two types on one node, of which the first takes the place of the second.
fn layered(priorities: [i64; 2], policy: &str) -> Case {
    let class = |name: &str, value: i64, policy: &str| {
        format!(
            "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {{name: {name}}}\nvalue: {value}\n{policy}"
        )
    };
    let [high, low] = ["high", "low"]
        .map(|name| workload("Deployment", name, "", &format!("      priorityClassName: {name}\n"), "cpu: '1'"));
    let layer = |name: &str, cpu: i64| {
        json!({ "ground": "charge", "types": [entry(&format!("Deployment.apps shop/{name}"), 1, 1, 1)],
                "sums": sums("a", [cpu, 0, 0, cpu / 1000]) })
    };
    let evidence = json!({ "kind": "layers", "layers": [layer("high", 1000), layer("low", 2000)] });
    let classes = [class("high", priorities[0], policy), class("low", priorities[1], "")];
    Case::new(&[&high, &low, &classes[0], &classes[1]], &[&node("a", "")]).with(state(
        "S0",
        "fits-guaranteed",
        evidence,
    ))
}

#[test]
fn a_layer_stands_above_those_behind_it() {
    layered([2, 1], "").assert_confirmed();
    layered([1, 1], "").assert_refused("do not take the place");
    layered([1, 2], "").assert_refused("do not take the place");
    layered([2, 1], "preemptionPolicy: Never\n").assert_refused("do not take the place");
    layered([2, 1], "").changed("\"sum\":2000", "\"sum\":1000").assert_refused("layers[1].sums[0].sum");
    let mut missing = layered([2, 1], "");
    missing.states[0]["evidence"]["layers"][1]["types"] = json!([]);
    missing.assert_refused("`Deployment.apps shop/low` is in no layer");
    let mut twice = layered([2, 1], "");
    twice.states[0]["evidence"]["layers"][1] = twice.states[0]["evidence"]["layers"][0].clone();
    twice.assert_refused("two layers");
    layered([2, 1], "").with_manifests("name: low}", "name: other}").assert_refused("no priority class");
    let two = Case { nodes: [node("a", ""), node("b", "")].join("---\n"), ..layered([2, 1], "") };
    let classes = json!([{ "class": "a", "nodes": ["a", "b"] }]);
    let two = Case { classes, ..two }.changed("\"nodes\":1", "\"nodes\":2").changed("\"nodes\":1", "\"nodes\":2");
    two.assert_confirmed();
}

const BUDGET: &str = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: api, namespace: shop}\nspec: {minAvailable: 2, selector: {matchLabels: {app: api}}}\n";

fn lost_class(class: &str, types: Vec<Json>, sums: Vec<Json>) -> Json {
    json!({ "gone": { "class": class }, "layers": charge(types, sums)["layers"] })
}

fn lossy(id: &str) -> Case {
    let api = workload("Deployment", "api", "  replicas: 3\n", "", "cpu: '1'");
    let case = |lost: &str, left: &str| {
        lost_class(lost, vec![entry("Deployment.apps shop/api", 3, 1, 3)], sums(left, [3000, 0, 0, 3]))
    };
    let evidence = json!({ "kind": "loss", "cases": [case("a", "b"), case("b", "a")] });
    Case::new(&[&api, BUDGET], &[&node("a", ""), &node("b", "")]).with(state(id, "fits-guaranteed", evidence))
}

#[test]
fn what_is_lost_finds_room_on_the_rest() {
    lossy("S3").assert_confirmed();
    lossy("S4").assert_confirmed();
    lossy("S3").changed("\"sum\":3000", "\"sum\":2999").assert_refused("says 2999, the files give 3000");
    lossy("S3").with_manifests("cpu: '1'", "cpu: 1334m").assert_refused("more than 4000");
    lossy("S3")
        .changed("\"gone\":{\"class\":\"b\"}", "\"gone\":{\"class\":\"a\"}")
        .assert_refused("cases[1].gone.class");
    lossy("S4").with_manifests("minAvailable: 2", "minAvailable: 67%").assert_refused("none can be evicted");
    lossy("S4").with_manifests("minAvailable: 2", "maxUnavailable: 1").assert_confirmed();
    lossy("S4").with_manifests("minAvailable: 2", "maxUnavailable: 0").assert_refused("none can be evicted");
}

#[test]
fn what_nothing_else_takes_is_gone_with_its_node_and_a_budget_holds_the_drain() {
    let pinned = |id: &str| {
        let api = workload(
            "Deployment",
            "api",
            "  replicas: 3\n",
            "      nodeSelector: {kubernetes.io/hostname: a}\n",
            "cpu: '1'",
        );
        let mut case = lost_class("a", Vec::new(), Vec::new());
        (case["stranded"], case["layers"]) = (json!(["Deployment.apps shop/api"]), json!([]));
        let stays = lost_class("b", vec![entry("Deployment.apps shop/api", 3, 1, 3)], sums("a", [3000, 0, 0, 3]));
        let evidence = json!({ "kind": "loss", "cases": [case, stays] });
        Case::new(&[&api, BUDGET], &[&node("a", ""), &node("b", "")]).with(state(id, "fits-guaranteed", evidence))
    };
    pinned("S3").assert_confirmed();
    pinned("S3").changed("\"stranded\":[\"Deployment.apps shop/api\"]", "\"stranded\":[]").assert_refused("stranded");
    pinned("S4").assert_refused("nothing else takes them");
    pinned("S4").with_manifests("minAvailable: 2", "minAvailable: 0").assert_confirmed();
    // Nobody says that what still has a node is gone.
    lossy("S3")
        .changed("\"layers\"", "\"stranded\":[\"Deployment.apps shop/api\"],\"layers\"")
        .assert_refused("stranded");
}

#[test]
fn what_has_its_data_on_a_node_is_lost_with_it() {
    let claims = "  replicas: 2\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {resources: {requests: {storage: 1Gi}}}}]\n";
    let api = workload("StatefulSet", "api", claims, SPREAD, "cpu: '1'");
    let case = |lost: &str, left: &str| {
        lost_class(lost, vec![entry("StatefulSet.apps shop/api", 2, 2, 1)], sums(left, [1000, 0, 0, 1]))
    };
    let evidence = json!({ "kind": "loss", "cases": [case("a", "b"), case("b", "a")] });
    let case = Case::new(&[&api], &[&node("a", ""), &node("b", "")]).with(state("S3", "fits-guaranteed", evidence));
    case.assert_confirmed();
    let mut budget = case.clone();
    budget.manifests = format!("{}---\n{BUDGET}", budget.manifests);
    budget.assert_refused("keeps 1 of 2");
    case.with_manifests("  replicas: 2\n", "  replicas: 2\n  podManagementPolicy: Parallel\n")
        .assert_refused("keeps 0");
}

#[test]
fn a_zone_is_lost_as_a_whole() {
    let zoned = |name: &str, zone: &str| {
        node(name, "").replace("labels: {", &format!("labels: {{topology.kubernetes.io/zone: {zone}, "))
    };
    let api = workload("Deployment", "api", "  replicas: 2\n", "", "cpu: '1'");
    let row = |nodes: i64| vec![entry("Deployment.apps shop/api", 2, nodes, 2)];
    let all = || [sums("x", [2000, 0, 0, 2]), sums("y", [2000, 0, 0, 2])].concat();
    let zone = |zone: &str, rows, sums| {
        let mut case = lost_class("", rows, sums);
        case["gone"] = json!({ "zone": zone });
        case
    };
    let cases = [
        lost_class("x", row(2), all()),
        lost_class("y", row(2), sums("x", [2000, 0, 0, 2])),
        zone("1", row(1), sums("x", [2000, 0, 0, 2])),
        zone("2", row(2), all()),
    ];
    let evidence = json!({ "kind": "loss", "cases": cases });
    let nodes = [zoned("a", "1"), zoned("b", "2"), zoned("c", "1")]
        .map(|node| node.replace(" 1,", " '1',").replace(" 2,", " '2',"));
    let mut case = Case::new(&[&api], &nodes.each_ref().map(String::as_str));
    case.classes = json!([{ "class": "x", "nodes": ["a", "b"] }, { "class": "y", "nodes": ["c"] }]);
    let case = case.with(state("S3", "fits-guaranteed", evidence));
    case.changed("\"gone\":{\"zone\":\"1\"}", "\"gone\":{\"zone\":\"3\"}").assert_refused("cases[2].gone.zone");
    let two = lost_class("y", row(2), sums("x", [2000, 0, 0, 2]));
    let mut right = case.clone();
    right.states[0]["evidence"]["cases"][1] = two;
    // Zone 2 has one node of x, so that one node of each class is left.
    right.assert_confirmed();
    let mut short = right.clone();
    short.states[0]["evidence"]["cases"].as_array_mut().expect("cases are a list").pop();
    short.assert_refused("without {\"zone\":\"2\"}");
}

#[test]
fn numbers_that_overflow_are_refused() {
    let case = single(2, 500);
    case.with_manifests("replicas: 2", "replicas: 9223372036854775807").assert_refused("more than 4000");
    case.with_manifests("replicas: 2", "replicas: 9223372036854775808").assert_refused("63 bits");
    case.with_manifests("memory: '500'", "memory: 9999Ei").assert_refused("quantity");
}
