//! Volumes of network storage: what is confirmed of them, and the same where a node attaches fewer, or a claim is for one.

use serde_json::json;

use super::{Case, charge, entry, node_of, state, sums, workload};

const DB: &str = "StatefulSet.apps shop/db";
const CLAIMS: &str = "  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: gp3, accessModes: [ReadWriteOnce], resources: {requests: {storage: '1000'}}}}]\n";

/// A node in a zone, which attaches three volumes of `gp3`.
fn zoned(name: &str, zone: &str) -> String {
    let notes = ", vauban.dev/storage.gp3.storage-class: gp3, vauban.dev/storage.gp3.zonal: 'true', \
                 vauban.dev/storage.gp3.attach-limit: '3'";
    let labels = format!("kubernetes.io/os: linux, topology.kubernetes.io/zone: {zone}");
    node_of(name, "", notes).replace("kubernetes.io/os: linux", &labels)
}

fn stateful(replicas: i64, pod: &str) -> String {
    workload("StatefulSet", "db", &format!("  replicas: {replicas}\n{CLAIMS}"), pod, "cpu: '1'")
}

/// Two pods that may both be on either node.
fn steady() -> Case {
    let places = [sums("a", [2000, 0, 0, 2]), sums("b", [2000, 0, 0, 2])].concat();
    let case = Case::new(&[&stateful(2, "")], &[&zoned("a", "z"), &zoned("b", "z")]);
    case.with(state("S0", "fits-guaranteed", charge(vec![entry(DB, 2, 2, 2)], places)))
}

fn with_nodes(case: &Case, from: &str, to: &str) -> Case {
    assert!(case.nodes.contains(from), "{}", case.nodes);
    Case { nodes: case.nodes.replace(from, to), ..case.clone() }
}

#[test]
fn a_node_attaches_no_more_volumes_than_it_says() {
    steady().assert_confirmed();
    with_nodes(&steady(), "attach-limit: '3'", "attach-limit: '1'").assert_refused("2 volumes may come");
}

#[test]
fn a_zonal_volume_needs_nodes_with_a_zone() {
    with_nodes(&steady(), ", topology.kubernetes.io/zone: z", "").assert_refused("nodes have none");
    let free = with_nodes(&steady(), "zonal: 'true'", "zonal: 'false'");
    with_nodes(&free, ", topology.kubernetes.io/zone: z", "").assert_confirmed();
}

#[test]
fn a_claim_of_a_network_class_lies_on_no_disk() {
    let claim = json!({ "claim": format!("{DB} data"), "storageClass": "gp3", "each": 1000, "count": 2, "perNode": 2 });
    let evidence = json!({ "kind": "disks", "claims": [claim], "sums": [] });
    let case = Case::new(&[&stateful(2, "")], &[&zoned("a", "z"), &zoned("b", "z")]);
    let case = case.with(state("S6", "fits-guaranteed", evidence));
    case.assert_confirmed();
    let noted = "metadata: {name: data, annotations: {volume.beta.kubernetes.io/storage-class: local}}";
    case.with_manifests("metadata: {name: data}", noted).assert_refused("");
}

#[test]
fn a_zone_that_is_lost_takes_the_pods_of_its_volumes() {
    let layers = |class: &str| charge(vec![entry(DB, 2, 1, 2)], sums(class, [2000, 0, 0, 2]))["layers"].clone();
    let case = |zones: [&str; 2]| {
        let cases = ["a", "b"].map(|gone| {
            let other = if gone == "a" { "b" } else { "a" };
            json!({ "gone": { "class": gone }, "layers": layers(other) })
        });
        let case = Case::new(&[&stateful(2, "")], &[&zoned("a", zones[0]), &zoned("b", zones[1])]);
        case.with(state("S4", "fits-guaranteed", json!({ "kind": "loss", "cases": cases })))
    };
    case(["z", "z"]).assert_confirmed();
    case(["y", "z"]).assert_refused("keeps 0 of 1");
}

#[test]
fn so_many_pods_over_zones_that_one_may_have_to_wait_are_not_confirmed() {
    let spread = "      topologySpreadConstraints:\n      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: db}}}\n";
    let case = |replicas: i64, per_node: i64| {
        let on = |class: &str| sums(class, [1000 * per_node, 0, 0, per_node]);
        let evidence = charge(vec![entry(DB, replicas, 2, per_node)], [on("a"), on("b")].concat());
        let case = Case::new(&[&stateful(replicas, spread)], &[&zoned("a", "y"), &zoned("b", "z")]);
        case.with(state("S0", "fits-guaranteed", evidence))
    };
    case(2, 1).assert_confirmed();
    case(3, 3).assert_refused("");
}

#[test]
fn pods_that_keep_apart_by_zone_are_confirmed_while_each_has_a_zone_and_they_start_in_turn() {
    let apart = "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: db}}}]}}\n";
    let case = |replicas: i64| {
        let evidence =
            charge(vec![entry(DB, replicas, 2, 1)], [sums("a", [1000, 0, 0, 1]), sums("b", [1000, 0, 0, 1])].concat());
        let case = Case::new(&[&stateful(replicas, apart)], &[&zoned("a", "y"), &zoned("b", "z")]);
        case.with(state("S0", "fits-guaranteed", evidence))
    };
    case(2).assert_confirmed();
    case(3).assert_refused("");
    let parallel = "volumeClaimTemplates:";
    case(2).with_manifests(parallel, "podManagementPolicy: Parallel\n  volumeClaimTemplates:").assert_refused("");
    with_nodes(&case(2), "zone: y", "zone: z").assert_refused("");
}

#[test]
fn claims_that_come_and_go_with_pods_are_held_twice_where_pods_are_replaced_before_they_are_gone() {
    let volumes = "      volumes: [{name: tmp, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: gp3, accessModes: [ReadWriteOnce], resources: {requests: {storage: '10'}}}}}}]\n";
    let case = |kind: &str, all: i64, each_node: i64| {
        let name = format!("{kind}.apps shop/db tmp");
        let claim = json!({ "claim": name, "storageClass": "gp3", "each": 10, "count": all, "perNode": each_node });
        let evidence = json!({ "kind": "disks", "claims": [claim], "sums": [] });
        let spec = if kind == "DaemonSet" { "" } else { "  replicas: 3\n" };
        let case =
            Case::new(&[&workload(kind, "db", spec, volumes, "cpu: '1'")], &[&zoned("a", "z"), &zoned("b", "z")]);
        case.with(state("S6", "fits-guaranteed", evidence))
    };
    for (kind, all, each_node) in [("Deployment", 6, 6), ("StatefulSet", 3, 3), ("DaemonSet", 4, 2)] {
        case(kind, all, each_node).assert_confirmed();
        case(kind, all, each_node - 1).assert_refused("evidence");
    }
    // Each is attached, and none keeps its pod: with three pods on a node there are three volumes.
    let places = [sums("a", [3000, 0, 0, 3]), sums("b", [3000, 0, 0, 3])].concat();
    let steady = charge(vec![entry("Deployment.apps shop/db", 3, 2, 3)], places);
    let steady = Case { states: vec![state("S0", "fits-guaranteed", steady)], ..case("Deployment", 6, 6) };
    steady.assert_confirmed();
    with_nodes(&steady, "attach-limit: '3'", "attach-limit: '2'").assert_refused("3 volumes may come");
}

#[test]
fn an_inline_volume_of_an_unknown_driver_is_not_passed_over() {
    let case = |driver: &str| {
        let pod = format!("      volumes: [{{name: v, csi: {{driver: {driver}}}}}]\n");
        let places = [sums("a", [1000, 0, 0, 1]), sums("b", [1000, 0, 0, 1])].concat();
        let api = workload("StatefulSet", "db", "", &pod, "cpu: '1'");
        let case = Case::new(&[&api], &[&zoned("a", "z"), &zoned("b", "z")]);
        case.with(state("S0", "fits-guaranteed", charge(vec![entry(DB, 1, 2, 1)], places)))
    };
    case("csi.spiffe.io").assert_confirmed();
    assert!(!case("disks.example.com").report().holds());
}
