//! How refusals are written: in fewer kinds than people read, each with the numbers of the page.

use serde_json::{Value, json};

use super::fixture::{GB, Workload, disk, node, proof};
use crate::eval::model::Node;
use crate::fit::evidence::json::environment;

/// A state of some documents on some machines, as it is written.
fn written(nodes: Vec<Node>, documents: &[String], state: &str) -> Value {
    let entry = environment(&proof(nodes, documents));
    let states = entry["states"].as_array().expect("an entry has states");
    states.iter().find(|one| one["state"] == state).expect("every state is in the proof").clone()
}

fn two() -> Vec<Node> {
    vec![node("n0", 1000, GB), node("n1", 2000, GB)]
}

fn api(replicas: i128, cpu: i128, pod: &str) -> String {
    Workload { replicas, cpu, pod, ..Workload::default() }.yaml()
}

#[test]
fn a_state_has_no_ground() {
    let state = written(two(), &[api(1, 100, "")], "S1");
    let keys: Vec<&str> = state.as_object().expect("a state is a map").keys().map(String::as_str).collect();
    assert_eq!(keys, ["state", "at", "rolling", "required", "verdict", "evidence", "reason"]);
}

/// What a node of each class takes of `api`.
fn places(most: &[(&str, i64)]) -> Value {
    let name = "Deployment.apps shop/api";
    let classes: Vec<Value> = most.iter().map(|(class, most)| json!({ "class": class, "most": most })).collect();
    json!({ "kind": "weights", "types": [{ "type": name, "weight": 1 }], "minimal": [name], "classes": classes })
}

#[test]
fn no_node_is_no_place() {
    let state = written(two(), &[api(3, 100, "nodeSelector: {disk: fast}")], "S1");
    assert_eq!(state["evidence"], places(&[]));
}

#[test]
fn a_pod_that_is_larger_than_every_node_finds_no_place_on_each() {
    // ⌊1000/2001⌋ = ⌊2000/2001⌋ = 0.
    let state = written(two(), &[api(3, 2001, "")], "S1");
    assert_eq!(state["evidence"], places(&[("n0", 0), ("n1", 0)]));
    // On the larger node it fits: then there is one place for three.
    let state = written(two(), &[api(3, 1001, "")], "S1");
    assert_eq!(state["evidence"], places(&[("n0", 0), ("n1", 1)]));
    // Beside an agent of 1000 there is none: ⌊1000/1001⌋ = 0.
    let agent = Workload { kind: "DaemonSet", name: "agent", cpu: 1000, ..Workload::default() }.yaml();
    let state = written(two(), &[api(3, 1001, ""), agent], "S1");
    assert_eq!(state["evidence"], places(&[("n0", 0), ("n1", 0)]));
}

#[test]
fn a_daemon_set_that_is_too_large_is_the_price_of_what_is_short() {
    let agent = Workload { kind: "DaemonSet", name: "agent", cpu: 1500, ..Workload::default() }.yaml();
    let weight = json!([{ "class": "n0", "resource": "cpu", "weight": 1 }]);
    let expected = json!({ "kind": "farkas", "weights": weight, "minimal": ["DaemonSet.apps shop/agent"] });
    assert_eq!(written(two(), &[agent], "S1")["evidence"], expected);
}

#[test]
fn a_sum_is_written_as_the_price_of_one_resource() {
    // One of the agent on each of the two nodes, three of `api` and one of `web`: 2 × 300 + 3 × 700 + 400 = 3100 of 3000. Without
    // the agent they are 2500, without `api` 1000, without `web` 2700: it takes all three.
    let agent = Workload { kind: "DaemonSet", name: "agent", cpu: 300, ..Workload::default() }.yaml();
    let web = Workload { name: "web", cpu: 400, ..Workload::default() }.yaml();
    let state = written(two(), &[agent, api(3, 700, ""), web], "S1");
    let weight = |class: &str| json!({ "class": class, "resource": "cpu", "weight": 1 });
    let expected = json!({
        "kind": "farkas",
        "weights": [weight("n0"), weight("n1")],
        "minimal": ["DaemonSet.apps shop/agent", "Deployment.apps shop/api", "Deployment.apps shop/web"],
    });
    assert_eq!(state["evidence"], expected);
}

/// A set whose pods have claims of some size and class.
fn bound(replicas: i128, size: &str, class: &str) -> String {
    let spec = format!(
        "volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{storageClassName: {class}, resources: {{requests: {{storage: {size}}}}}}}}}]"
    );
    Workload { kind: "StatefulSet", name: "db", replicas, cpu: 10, spec: &spec, ..Workload::default() }.yaml()
}

#[test]
fn claims_are_too_large_one_by_one_or_together() {
    let host = || {
        let mut host = node("n0", 1000, GB);
        host.disks = vec![disk("nvme", 100 * GB)];
        vec![host]
    };
    let refused = |replicas: i128, size: &str, class: &str, words: &str| {
        let state = written(host(), &[bound(replicas, size, class)], "S6");
        assert_eq!((&state["verdict"], &state["evidence"]), (&json!("does-not-fit"), &Value::Null));
        assert!(state["reason"].as_str().is_some_and(|reason| reason.contains(words)), "{state}");
    };
    refused(1, "10G", "other", "no disk has the class `other`");
    refused(1, "101G", "local-path", "the largest disk has 100 GB");
    // 2 × 51 GB are more than 100 GB.
    refused(2, "51G", "local-path", "102 GB");
    // A claim of nothing is not larger than no disk.
    assert_eq!(written(host(), &[bound(1, "0", "other")], "S6")["verdict"], "undecided");
}
