//! What a spread bounds, and what it does not: pods that stay after a peak or a rollout, claims, daemon sets, other types.

use serde_json::json;

use super::{Case, charge, entry, node, node_of, state, sums, workload};

const API: &str = "Deployment.apps shop/api";
const SPREAD: &str = "      topologySpreadConstraints:\n      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: api}}}\n";
const SCALER: &str = "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api, namespace: shop}\nspec: {minReplicas: 2, maxReplicas: 5, scaleTargetRef: {kind: Deployment, name: api}}\n";

/// A deployment of which `count` pods are spread over two nodes, at most `most` of them on one.
fn spread(further: &str, id: &str, count: i64, most: i64) -> Case {
    let api = workload("Deployment", "api", "  replicas: 2\n", SPREAD, "cpu: '1'") + further;
    let places = [sums("a", [most * 1000, 0, 0, most]), sums("b", [most * 1000, 0, 0, most])].concat();
    let evidence = charge(vec![entry(API, count, 2, most)], places);
    let case = Case::new(&[&api], &[&node("a", ""), &node("b", "")]);
    case.with(state(id, "fits-guaranteed", evidence))
}

#[test]
fn a_spread_bounds_what_is_left_of_the_peak_and_of_a_rollout() {
    // Of two pods and their surge of one, two may be left on one node.
    spread("", "S0", 2, 2).assert_confirmed();
    spread("", "S0", 2, 1).assert_refused("the files give 2");
    let recreated =
        |most| spread("", "S0", 2, most).with_manifests("replicas: 2", "replicas: 2\n  strategy: {type: Recreate}");
    recreated(1).assert_confirmed();
    let keyed = |id, count, most| {
        spread("", id, count, most).with_manifests("{maxSkew: 1", "{matchLabelKeys: [pod-template-hash], maxSkew: 1")
    };
    keyed("S0", 2, 1).assert_confirmed();
    keyed("S2", 3, 2).assert_confirmed();
    // Of a peak of five and a surge of two, four may be on one node, and of two pods both.
    spread(SCALER, "S0", 2, 2).assert_confirmed();
    spread(SCALER, "S1", 5, 4).assert_confirmed();
}

#[test]
fn a_daemon_set_is_bounded_by_no_spread() {
    let spec = "  updateStrategy: {rollingUpdate: {maxSurge: 1}}\n";
    let agent = workload("DaemonSet", "api", spec, SPREAD, "cpu: '1'");
    let case = |id: &str, count: i64| {
        let evidence =
            charge(vec![entry("DaemonSet.apps shop/api", count, 1, count)], sums("a", [count * 1000, 0, 0, count]));
        Case::new(&[&agent], &[&node("a", "")]).with(state(id, "fits-guaranteed", evidence))
    };
    case("S0", 1).assert_confirmed();
    case("S2", 2).assert_refused("not its own choice");
}

#[test]
fn ports_of_containers_that_end_before_others_begin_are_not_seen() {
    let init = |policy: &str| {
        let init =
            format!("      initContainers: [{{name: i{policy}, ports: [{{containerPort: 80, hostPort: 80}}]}}]\n");
        let api = workload("Deployment", "api", "  replicas: 2\n", &init, "cpu: '1'");
        let evidence = charge(vec![entry(API, 2, 1, 2)], sums("a", [2000, 0, 0, 2]));
        Case::new(&[&api], &[&node("a", "")]).with(state("S0", "fits-guaranteed", evidence)).at_version("v1.34.0")
    };
    init("").assert_confirmed();
    init(", restartPolicy: Always").assert_refused("more of its pods than nodes");
}

#[test]
fn what_is_undecided_for_all_is_refused_only_where_something_is_claimed() {
    let twice = SCALER.replace("{name: api, namespace", "{name: other, namespace");
    let two = spread(&format!("{SCALER}{twice}"), "S0", 2, 2);
    two.assert_refused("two autoscalers");
    let mut alike = spread("", "S0", 2, 2);
    alike.nodes = alike.nodes.replace("hostname: b", "hostname: a");
    alike.assert_refused("same host name");
    for mut case in [two, alike] {
        case.states.clear();
        assert!(case.report().holds(), "{:?}", case.report());
    }
}

#[test]
fn a_suspended_schedule_makes_no_pods() {
    let cron = |spec: &str| {
        let job = "jobTemplate: {spec: {template: {spec: {containers: [{name: a}]}}}}";
        let cron = format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: j, namespace: shop}}\nspec: {{{spec}{job}}}\n"
        );
        let evidence = json!({ "kind": "layers", "layers": [] });
        Case::new(&[&cron], &[&node("a", "")]).with(state("S1", "fits-guaranteed", evidence))
    };
    cron("suspend: true, ").assert_confirmed();
    cron("").assert_refused("overlap");
}

#[test]
fn a_claim_without_a_node_is_neither_served_nor_refused() {
    let spec = "  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: local, resources: {requests: {storage: '1'}}}}]\n";
    let set = workload("StatefulSet", "db", spec, "      nodeSelector: {disk: fast}\n", "cpu: '1'");
    let claim = "StatefulSet.apps shop/db data";
    let fits = json!({ "kind": "disks", "sums": [{ "class": "a", "disk": "d", "sum": 0, "usable": 9 }],
                       "claims": [{ "claim": claim, "storageClass": "local", "each": 1, "count": 1, "perNode": 1 }] });
    let refused = json!(null);
    let disk = node_of("a", "", ", vauban.dev/disk.d.size: '9', vauban.dev/disk.d.storage-class: local");
    for (verdict, evidence) in [("fits-guaranteed", fits), ("does-not-fit", refused)] {
        let case = Case::new(&[&set], &[&disk]).with(state("S6", verdict, evidence));
        case.assert_refused("has no node");
    }
}

#[test]
fn types_that_mount_one_claim_have_the_same_nodes() {
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop}\nspec: {resources: {requests: {storage: '1'}}}\n";
    let volume = "      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\n";
    let (api, web) =
        (workload("Deployment", "api", "", volume, "cpu: '1'"), workload("Deployment", "web", "", volume, "cpu: '1'"));
    let types = vec![entry(API, 1, 1, 1), entry("Deployment.apps shop/web", 1, 1, 1)];
    let evidence = charge(types, sums("a", [2000, 0, 0, 2]));
    let case = Case::new(&[&api, &web, claim], &[&node("a", "")]).with(state("S0", "fits-guaranteed", evidence));
    case.assert_confirmed();
    let apart = "      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\n      nodeSelector: {kubernetes.io/hostname: b}\n";
    let mut torn = case;
    torn.manifests = torn.manifests.replacen(volume, apart, 1);
    torn.assert_refused("may not be on the same nodes");
}

#[test]
fn claims_that_are_spread_are_free_up_to_one_for_each_node() {
    let spec = "  replicas: 3\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: local, resources: {requests: {storage: '1'}}}}]\n";
    let set = workload("StatefulSet", "api", spec, SPREAD, "cpu: '1'");
    let case = |count: i64, most: i64| {
        let places = [sums("a", [most * 1000, 0, 0, most]), sums("b", [most * 1000, 0, 0, most])].concat();
        let evidence = charge(vec![entry("StatefulSet.apps shop/api", count, 2, most)], places);
        let case = Case::new(&[&set], &[&node("a", ""), &node("b", "")]);
        case.with(state("S0", "fits-guaranteed", evidence))
    };
    case(3, 2).assert_refused("stay where their volumes are");
    case(2, 1).with_manifests("replicas: 3", "replicas: 2").assert_confirmed();
    // Where its volumes are bound does not depend on it.
    let disk = |name| node_of(name, "", ", vauban.dev/disk.d.size: '9', vauban.dev/disk.d.storage-class: local");
    let sum = |class| json!({ "class": class, "disk": "d", "sum": 2, "usable": 9 });
    let row = json!({ "claim": "StatefulSet.apps shop/api data", "storageClass": "local", "each": 1, "count": 3, "perNode": 2 });
    let evidence = json!({ "kind": "disks", "claims": [row], "sums": [sum("a"), sum("b")] });
    let case = Case::new(&[&set], &[&disk("a"), &disk("b")]);
    case.with(state("S6", "fits-guaranteed", evidence)).assert_confirmed();
}

#[test]
fn a_spread_over_zones_refuses_nothing_where_every_zone_has_a_node() {
    let zone = |name: &str, zone: &str, further: &str| {
        node(name, further).replace("kubernetes.io/os: linux", &format!("kubernetes.io/os: linux{zone}"))
    };
    let (first, second) = (", topology.kubernetes.io/zone: x", ", topology.kubernetes.io/zone: y");
    let spread = SPREAD.replace("kubernetes.io/hostname", "topology.kubernetes.io/zone");
    let case = |zones: [&str; 2], spread: &str, kind: &str| {
        let api = workload(kind, "api", "  replicas: 2\n", spread, "cpu: '1'");
        let entry = entry(&format!("{kind}.apps shop/api"), 2, 2, 2);
        let evidence = charge(vec![entry], [sums("a", [2000, 0, 0, 2]), sums("b", [2000, 0, 0, 2])].concat());
        let nodes = [zone("a", zones[0], ""), zone("b", zones[1], "")];
        Case::new(&[&api], &nodes.each_ref().map(String::as_str)).with(state("S0", "fits-guaranteed", evidence))
    };
    // It bounds no node: both may be on one.
    case([first, second], &spread, "Deployment").assert_confirmed();
    case([first, ""], &spread, "Deployment").assert_refused("spread");
    // As many as there are zones find one without a pod, whatever is counted.
    case([first, second], &spread.replace("{maxSkew", "{minDomains: 3, maxSkew"), "Deployment").assert_confirmed();
    case([first, second], &spread.replace("{maxSkew", "{nodeAffinityPolicy: Ignore, maxSkew"), "Deployment")
        .assert_confirmed();
    let tainted = |spread: &str, zones: [&str; 3]| {
        let mut case = case([zones[0], zones[1]], spread, "Deployment");
        let third = zone("c", zones[2], "spec: {taints: [{key: x, effect: NoSchedule}]}\n");
        case.nodes = format!("{}---\n{third}", case.nodes);
        case.classes = json!(["a", "b", "c"].map(|name| json!({ "class": name, "nodes": [name] })));
        case
    };
    let honours = spread.replace("{maxSkew", "{nodeTaintsPolicy: Honor, maxSkew");
    let third = ", topology.kubernetes.io/zone: z";
    // The zone of a tainted node has none, and counts unless taints are honoured.
    tainted(&spread, [first, second, second]).assert_confirmed();
    tainted(&spread, [first, second, third]).assert_confirmed();
    tainted(&honours, [first, second, third]).assert_confirmed();
}
