//! `placement`.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Case, node, state, workload};

const SPREAD: &str = "      topologySpreadConstraints:\n      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, nodeTaintsPolicy: Honor, labelSelector: {matchLabels: {app: api}}}\n";

#[test]
fn a_placement_is_held_against_every_constraint() {
    let apart = "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: api}}}]}}\n";
    let api = workload("Deployment", "api", "  replicas: 2\n", apart, "cpu: '3'");
    let web = workload("Deployment", "web", "", "", "cpu: '1'");
    let pods = |rows: &[(&str, &str, i64)]| {
        let row = |(_, name, count): &(&str, &str, i64)| json!({ "type": format!("Deployment.apps shop/{name}"), "count": count });
        let nodes: BTreeSet<&str> = rows.iter().map(|(node, ..)| *node).collect();
        let pattern = |node: &&str| {
            let here = rows.iter().filter(|(other, ..)| other == node).map(row);
            json!({ "nodes": [node], "pods": here.collect::<Vec<_>>() })
        };
        json!({ "kind": "placement", "patterns": nodes.iter().map(pattern).collect::<Vec<_>>() })
    };
    let case = |rows: &[(&str, &str, i64)]| {
        Case::new(&[&api, &web], &[&node("a", ""), &node("b", ""), &node("c", "")]).with(state(
            "S0",
            "fits-possible",
            pods(rows),
        ))
    };
    let right = case(&[("a", "api", 1), ("a", "web", 1), ("b", "api", 1)]);
    right.assert_confirmed();
    case(&[("a", "api", 2), ("b", "web", 1)]).assert_refused("more than one pod");
    case(&[("a", "api", 1), ("a", "web", 1)]).assert_refused("not all");
    case(&[("a", "api", 1), ("b", "web", 1), ("b", "api", 1), ("c", "web", 1)]).assert_refused("not all");
    case(&[("x", "api", 1)]).assert_refused("no node");
    right.with_manifests("cpu: '1'", "cpu: 1001m").assert_refused("4001");
    right.with_manifests("labels: {app: web}", "labels: {app: api}").assert_refused("kept away");
    right.with_manifests("podAntiAffinity", "podAffinity").assert_refused("not verified");
    let skewed = SPREAD.replace("app: api", "app: web");
    let one = "      containers:\n      - name: main\n        resources: {requests: {cpu: '1'}}";
    right.with_manifests(one, &format!("{skewed}{one}")).assert_confirmed();
    let two = right
        .with_manifests("name: web, namespace: shop}\nspec:\n", "name: web, namespace: shop}\nspec:\n  replicas: 2\n");
    let (web, more) = ("\"Deployment.apps shop/web\",\"count\":1", "\"Deployment.apps shop/web\",\"count\":2");
    let two = two.with_manifests("cpu: '1'", "cpu: 1m").changed(web, more);
    let place = "      containers:\n      - name: main\n        resources: {requests: {cpu: 1m}}";
    two.assert_confirmed();
    two.with_manifests(place, &format!("{skewed}{place}")).assert_refused("spread");
}
