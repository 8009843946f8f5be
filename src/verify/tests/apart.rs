//! What other workloads deny a pod, and whom it must be near.

use super::{Case, charge, entry, node, state, sums, workload};

fn affinity(kind: &str, key: &str, app: &str) -> String {
    format!(
        "      affinity: {{{kind}: {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: {key}, labelSelector: {{matchLabels: {{app: {app}}}}}}}]}}}}\n"
    )
}

/// Two workloads that are charged on each of so many nodes.
fn two(nodes: &[&str], [api, web]: [(&str, i64); 2]) -> Case {
    let one = |name: &str, (pod, replicas): (&str, i64)| {
        workload("Deployment", name, &format!("  replicas: {replicas}\n"), pod, "cpu: 100m")
    };
    let count = nodes.len() as i64;
    let types =
        [("api", api.1), ("web", web.1)].map(|(name, n)| entry(&format!("Deployment.apps shop/{name}"), n, count, n));
    let all = api.1 + web.1;
    let on = nodes.iter().flat_map(|name| sums(name, [100 * all, 0, 0, all])).collect();
    let documents: Vec<String> = nodes.iter().map(|name| node(name, "")).collect();
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    Case::new(&[&one("api", api), &one("web", web)], &documents).with(state(
        "S0",
        "fits-guaranteed",
        charge(types.to_vec(), on),
    ))
}

#[test]
fn others_may_not_deny_every_node() {
    let away = affinity("podAntiAffinity", "kubernetes.io/hostname", "web");
    two(&["a", "b", "c"], [(&away, 1), ("", 1)]).assert_confirmed();
    two(&["a", "b", "c"], [(&away, 2), ("", 2)]).assert_confirmed();
    // Three of one may be on all nodes before the other comes.
    two(&["a", "b", "c"], [(&away, 1), ("", 3)]).assert_refused("may leave it no node");
    // The term holds in both directions.
    let back = affinity("podAntiAffinity", "kubernetes.io/hostname", "api");
    two(&["a", "b", "c"], [("", 3), (&back, 1)]).assert_refused("may leave it no node");
    let elsewhere = affinity("podAntiAffinity", "example.com/rack", "web");
    two(&["a", "b", "c"], [(&elsewhere, 1), ("", 1)]).assert_refused("of another form");
}

#[test]
fn company_is_confirmed_only_where_it_comes_for_certain() {
    let near = affinity("podAffinity", "kubernetes.io/hostname", "web");
    two(&["a", "b"], [(&near, 2), ("", 1)]).assert_confirmed();
    let nobody = affinity("podAffinity", "kubernetes.io/hostname", "nobody");
    two(&["a", "b"], [(&nobody, 2), ("", 1)]).assert_refused("may not find the pods");
    let back = affinity("podAffinity", "kubernetes.io/hostname", "api");
    two(&["a", "b"], [(&near, 2), (&back, 1)]).assert_refused("may not find the pods");
}
