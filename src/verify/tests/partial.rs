//! Refusals that hold although some of the pods are not known.

use serde_json::{Value as Json, json};

use super::{Case, node, state, workload};

const DATABASE: &str = "apiVersion: x.example.com/v1\nkind: Database\nmetadata: {name: db, namespace: shop}\n";
const NAME: &str = "Deployment.apps shop/api";

fn places(most: i64) -> Json {
    json!({
        "kind": "weights", "types": [{ "type": NAME, "weight": 1 }], "minimal": [NAME],
        "classes": [{ "class": "a", "most": most }],
    })
}

fn refused(others: &[&str], replicas: i64, without: &Json) -> Case {
    let api = workload("Deployment", "api", &format!("  replicas: {replicas}\n"), "", "cpu: 1500m");
    let manifests: Vec<&str> = others.iter().copied().chain([&*api]).collect();
    let mut claim = state("S0", "does-not-fit", places(2));
    claim["without"] = without.clone();
    Case::new(&manifests, &[&node("a", "")]).with(claim)
}

#[test]
fn a_refusal_needs_no_knowledge_of_other_objects() {
    refused(&[DATABASE], 3, &json!([])).assert_confirmed();
    refused(&[DATABASE], 3, &Json::Null).assert_refused("no footprint stands for it");
    refused(&[DATABASE], 2, &json!([])).assert_refused("2 are needed and 2 there");
}

#[test]
fn a_workload_that_is_not_understood_is_left_out_by_name() {
    let strange = workload("StatefulSet", "strange", "", "      runtimeClassName: kata\n", "cpu: 1m");
    let name = "StatefulSet.apps shop/strange";
    refused(&[&strange], 3, &json!([name])).assert_confirmed();
    refused(&[&strange], 3, &json!([])).assert_refused("strange");
    refused(&[&strange], 3, &json!([name, NAME])).assert_refused("there is no workload");
    refused(&[&strange], 3, &json!([name, "Deployment.apps shop/none"])).assert_refused("no workload");
    refused(&[&strange], 3, &json!([name, name])).assert_refused("no workload");
    refused(&[&strange], 3, &json!(name)).assert_refused("not a list");
}

#[test]
fn nothing_is_guaranteed_without_some_of_the_pods() {
    let mut claim = state("S6", "fits-guaranteed", json!({ "kind": "disks", "claims": [], "sums": [] }));
    claim["without"] = json!([]);
    let api = workload("Deployment", "api", "", "", "cpu: 1m");
    Case::new(&[&api], &[&node("a", "")]).with(claim).assert_refused("only what does not fit");
}

#[test]
fn a_spread_keeps_no_pod_away_where_others_may_be_counted() {
    let spread = "      topologySpreadConstraints:\n      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: api}}}\n";
    let tainted = node("b", "spec: {taints: [{key: x, effect: NoSchedule}]}\n");
    let case = |without: &Json| {
        let api = workload("Deployment", "api", "  replicas: 2\n", spread, "cpu: 100m");
        let mut claim = state("S0", "does-not-fit", places(1));
        claim["without"] = without.clone();
        Case::new(&[&api], &[&node("a", ""), &tainted]).with(claim)
    };
    case(&Json::Null).assert_confirmed();
    case(&json!([])).assert_refused("2 are needed and 2 there");
}
