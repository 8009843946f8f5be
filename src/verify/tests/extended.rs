//! Resources that somebody else counts, on nodes and in quotas.

use serde_json::json;

use super::{Case, charge, entry, node, state, sums};

/// Two pods that ask for a whole piece each, of which a node has so many.
fn case(have: &str, verdict: &str, evidence: serde_json::Value) -> Case {
    let api = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, namespace: shop}\nspec:\n  replicas: 2\n  template:\n    \
               metadata: {labels: {app: api}}\n    spec:\n      containers:\n      - name: main\n        resources: \
               {limits: {nvidia.com/gpu: 1}}\n";
    let node = node("a", "").replace("pods: '10'}", &format!("pods: '10', nvidia.com/gpu: '{have}'}}"));
    Case::new(&[api], &[&node]).with(state("S0", verdict, evidence))
}

fn guaranteed(have: &str, sum: i64, there: i64) -> Case {
    let mut rows = sums("a", [0, 0, 0, 2]);
    rows.push(json!({ "class": "a", "resource": "nvidia.com/gpu", "sum": sum, "allocatable": there }));
    case(have, "fits-guaranteed", charge(vec![entry("Deployment.apps shop/api", 2, 1, 2)], rows))
}

#[test]
fn pieces_are_added_up_on_each_node() {
    guaranteed("2", 2, 2).assert_confirmed();
    guaranteed("1", 2, 1).assert_refused("nvidia.com/gpu");
    guaranteed("2", 1, 2).assert_refused("the files give");
    // A node that does not state it has none.
    guaranteed("2", 2, 2).with_manifests("nvidia.com/gpu", "amd.com/gpu").assert_refused("no eligible node");
}

#[test]
fn the_price_of_a_piece_refuses() {
    let price = |resource: &str| {
        json!({ "kind": "farkas", "weights": [{ "class": "a", "resource": resource, "weight": 1 }],
                "minimal": ["Deployment.apps shop/api"] })
    };
    case("1", "does-not-fit", price("nvidia.com/gpu")).assert_confirmed();
    case("2", "does-not-fit", price("nvidia.com/gpu")).assert_refused("2 are needed and 2 there");
    case("1", "does-not-fit", price("amd.com/gpu")).assert_refused("there is no resource");
}

#[test]
fn parts_of_pieces_are_refused_by_the_server() {
    let quotas = |verdict: &str, evidence| {
        let case = case("2", "undecided", json!(null));
        Case { states: vec![state("S7", verdict, evidence)], ..case }
    };
    let fits = quotas("fits-guaranteed", json!({ "kind": "quotas", "keys": [] }));
    fits.assert_confirmed();
    fits.with_manifests("gpu: 1", "gpu: 500m").assert_refused("the server refuses");
    fits.with_manifests("limits: {", "requests: {").assert_refused("the server refuses");
    let refused = quotas("does-not-fit", json!(null));
    refused.assert_refused("do not show");
    refused.with_manifests("gpu: 1", "gpu: 500m").assert_confirmed();
    let quota = "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q, namespace: shop}\nspec: {hard: {requests.nvidia.com/gpu: '1'}}\n";
    Case { manifests: format!("{}{quota}", refused.manifests), ..refused }.assert_confirmed();
}

#[test]
fn huge_pages_are_taken_out_of_the_memory() {
    let pages = guaranteed("2", 2, 2);
    let nodes = pages.nodes.replace("nvidia.com/gpu: '2'", "nvidia.com/gpu: '2', hugepages-2Mi: '4000'");
    let report = Case { nodes, ..pages }.report();
    assert!(
        report.environments[0].faults.iter().any(|fault| fault.contains("huge pages")),
        "{:?}",
        report.environments[0].faults
    );
}
