//! Scratch volumes that may hold more than there is.

use super::fixture::{GB, Workload, amount, disk, node, objects, platform};
use crate::eval::model::{Disk, Node};
use crate::fit::sums::scratch::{Promised, Shortage};
use crate::fit::{Reading, Scenario, sums::sums};

fn machine(name: &str, ephemeral: i128) -> Node {
    let root = Disk { ephemeral: Some(amount(ephemeral)), ..disk("root", 100 * GB) };
    Node { disks: vec![root], ..node(name, 4000, 8 * GB) }
}

fn found(nodes: Vec<Node>, replicas: i128, volume: &str) -> Vec<Promised> {
    let pod = format!("volumes: [{{name: v, emptyDir: {{{volume}}}}}]");
    let api = Workload { replicas, cpu: 100, memory: 64 << 20, pod: &pod, ..Workload::default() }.yaml();
    let (model, objects) = (platform(nodes), objects(&[api]));
    sums(&Reading::of(Scenario { model: &model, objects: &objects }, &[])).promised
}

fn short(nodes: Vec<Node>, replicas: i128, volume: &str) -> Option<(i128, i128, Shortage)> {
    let found = found(nodes, replicas, volume);
    assert!(found.len() <= 1, "{found:?}");
    found.into_iter().next().map(|one| (one.most, one.there, one.why))
}

#[test]
fn a_volume_is_held_against_the_roomiest_node_that_takes_its_pod() {
    let nodes = || vec![machine("a", 10 * GB), machine("b", 20 * GB)];
    let node = Shortage::Node { node: "rack.b".to_owned() };
    assert_eq!(short(nodes(), 1, "sizeLimit: 21G"), Some((21 * GB, 20 * GB, node)));
    assert_eq!(short(nodes(), 1, "sizeLimit: 20G"), None);
    // What states no size may hold anything, and so says nothing.
    assert_eq!(short(nodes(), 1, ""), None);
    assert_eq!(short(nodes(), 1, "sizeLimit: 0"), None);
    assert_eq!(short(nodes(), 0, "sizeLimit: 50G"), None);
}

#[test]
fn where_a_node_does_not_say_what_it_has_there_may_be_enough() {
    assert_eq!(short(vec![machine("a", 10 * GB), node("b", 4000, 8 * GB)], 1, "sizeLimit: 50G"), None);
}

#[test]
fn all_volumes_are_held_against_all_nodes() {
    let nodes = || vec![machine("a", 10 * GB), machine("b", 10 * GB)];
    assert_eq!(short(nodes(), 5, "sizeLimit: 4G"), None);
    assert_eq!(short(nodes(), 6, "sizeLimit: 4G"), Some((24 * GB, 20 * GB, Shortage::Nodes { pods: 6 })));
}

#[test]
fn a_volume_in_memory_is_capped_by_the_limits_of_its_pod() {
    let nodes = || vec![machine("a", 10 * GB)];
    let volume = |most: &str| format!("medium: Memory, sizeLimit: {most}");
    assert_eq!(short(nodes(), 1, &volume("6Gi")), Some((6 << 30, 64 << 20, Shortage::Limits)));
    assert_eq!(short(nodes(), 1, &volume("64Mi")), None);
}
