//! Evidence that something does not fit.

use serde_json::json;

use super::{Case, node, state, workload};

fn api(replicas: i64, pod: &str, requests: &str) -> String {
    workload("Deployment", "api", &format!("  replicas: {replicas}\n"), pod, requests)
}

fn refused(manifest: &str, evidence: serde_json::Value) -> Case {
    Case::new(&[manifest], &[&node("a", ""), &node("b", "")]).with(state("S0", "does-not-fit", evidence))
}

/// One type with the weight 1, of which the nodes of each class carry so many.
fn places(most: &[(&str, i64)]) -> serde_json::Value {
    let classes: Vec<_> = most.iter().map(|(class, most)| json!({ "class": class, "most": most })).collect();
    let name = "Deployment.apps shop/api";
    json!({ "kind": "weights", "types": [{ "type": name, "weight": 1 }], "minimal": [name], "classes": classes })
}

#[test]
fn a_workload_without_a_node_is_believed_only_where_there_is_none() {
    refused(&api(1, "      nodeSelector: {disk: fast}\n", ""), places(&[])).assert_confirmed();
    refused(&api(1, "", ""), places(&[])).assert_refused("1 are needed and 2 there");
    refused(&api(0, "      nodeSelector: {disk: fast}\n", ""), places(&[])).assert_refused("0 are needed and 0 there");
}

#[test]
fn a_pod_is_too_large_only_where_it_is_for_every_node() {
    let case = refused(&api(1, "", "cpu: 4001m"), places(&[("a", 0), ("b", 0)]));
    case.assert_confirmed();
    case.with_manifests("4001m", "4000m").assert_refused("does not hold");
    refused(&api(1, "", "cpu: 4001m"), places(&[("a", 0)])).assert_refused("classes[1]");
}

#[test]
fn places_are_counted_on_every_node() {
    // 2 × 1400m of 4 cores; a third would be 4200m.
    let case = refused(&api(5, "", "cpu: 1400m"), places(&[("a", 2), ("b", 2)]));
    case.assert_confirmed();
    case.changed("\"most\":2", "\"most\":1").assert_refused("the files give 2");
    case.with_manifests("replicas: 5", "replicas: 4").assert_refused("does not hold");
    case.with_manifests("1400m", "1300m").assert_refused("5 are needed and 6 there");
}

#[test]
fn an_empty_domain_lets_no_other_have_more_than_the_skew() {
    let spread = "      topologySpreadConstraints:\n      - {maxSkew: 2, topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: api}}}\n";
    let tainted = node("b", "spec: {taints: [{key: x, effect: NoSchedule}]}\n");
    let case = |taints: &str, most: i64| {
        let manifest = api(3, &spread.replace("maxSkew", &format!("{taints}maxSkew")), "cpu: 100m");
        Case::new(&[&manifest], &[&node("a", ""), &tainted]).with(state("S0", "does-not-fit", places(&[("a", most)])))
    };
    case("", 2).assert_confirmed();
    case("nodeTaintsPolicy: Honor, ", 3).assert_refused("3 are needed and 3 there");
}

#[test]
fn a_daemonset_that_is_alone_never_rolls_with_a_surge() {
    let apart = "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: \
                 kubernetes.io/hostname, labelSelector: {matchLabels: {app: agent}}}]}}\n";
    let case = |surge: i64, pod: &str, count: i64| {
        let spec = format!("  updateStrategy: {{rollingUpdate: {{maxSurge: {surge}, maxUnavailable: 0}}}}\n");
        let agent = workload("DaemonSet", "agent", &spec, pod, "");
        let evidence = json!({ "kind": "alone", "type": "DaemonSet.apps shop/agent", "count": count });
        Case::new(&[&agent], &[&node("a", ""), &node("b", "")]).with(state("S2", "does-not-fit", evidence))
    };
    case(1, apart, 2).assert_confirmed();
    case(1, apart, 3).assert_refused("the files give 2");
    case(0, apart, 1).assert_refused("may be together");
    case(1, "", 2).assert_refused("may be together");
    case(1, &format!("{apart}      nodeSelector: {{disk: fast}}\n"), 2).assert_refused("may be together");
}

#[test]
fn demand_is_summed_over_everything_that_must_go_there() {
    let price = |class: &str| json!({ "class": class, "resource": "memory", "weight": 1 });
    let evidence =
        json!({ "kind": "farkas", "weights": [price("a"), price("b")], "minimal": ["Deployment.apps shop/api"] });
    let case = refused(&api(6, "", "memory: '2667'"), evidence);
    // 6 × 2667 are 16002, two more than two nodes have.
    case.assert_confirmed();
    case.with_manifests("2667", "2666").assert_refused("15996 are needed and 16000 there");
    // What may also go to where nothing has a price costs nothing.
    let one = json!({ "kind": "farkas", "weights": [price("a")], "minimal": ["Deployment.apps shop/api"] });
    refused(&api(6, "", "memory: '2667'"), one).assert_refused("0 are needed and 8000 there");
}

/// Three types on two nodes of four cores, of which no node holds two.
fn three(evidence: serde_json::Value) -> Case {
    let types = ["one", "three", "two"].map(|name| workload("Deployment", name, "", "", "cpu: 2001m"));
    Case::new(&types.each_ref().map(String::as_str), &[&node("a", ""), &node("b", "")]).with(state(
        "S0",
        "does-not-fit",
        evidence,
    ))
}

const THREE: [&str; 3] = ["Deployment.apps shop/one", "Deployment.apps shop/three", "Deployment.apps shop/two"];

#[test]
fn weights_refute_where_no_node_carries_enough() {
    let types = THREE.map(|name| json!({ "type": name, "weight": 1 }));
    let most = [json!({ "class": "a", "most": 1 }), json!({ "class": "b", "most": 1 })];
    let case = three(json!({ "kind": "weights", "types": types, "minimal": THREE, "classes": most }));
    case.assert_confirmed();
    case.changed("\"most\":1", "\"most\":2").assert_refused("the files give 1");
    case.with_manifests("2001m", "2000m").assert_refused("does not hold");
    case.changed("\"weight\":1", "\"weight\":0").assert_refused("no weight");
    let mut fewer = case.clone();
    fewer.states[0]["evidence"]["minimal"] = json!(THREE[..2]);
    fewer.assert_refused("called minimal");
    let mut alone = case.clone();
    alone.states[0]["evidence"]["types"][2] = json!({ "type": THREE[0], "weight": 1 });
    alone.assert_refused("no weight");
}

#[test]
fn prices_refute_where_all_pods_cost_more_than_there_is() {
    let price = |class: &str| json!({ "class": class, "resource": "cpu", "weight": 3 });
    let case = three(json!({ "kind": "farkas", "weights": [price("a"), price("b")], "minimal": THREE }));
    case.assert_refused("18009 are needed and 24000 there");
    let dear = case.with_manifests("2001m", "2667m");
    dear.assert_confirmed();
    dear.changed("\"weight\":3", "\"weight\":2").assert_refused("does not hold");
    dear.changed("\"weight\":3", "\"weight\":0").assert_refused("a price");
    // With one that costs as much as a node, two others are enough.
    let idle = case.with_manifests("2001m", "4001m");
    idle.assert_refused("without one of those");
    idle.changed(&format!("\"{}\",", THREE[0]), "").assert_confirmed();
}
