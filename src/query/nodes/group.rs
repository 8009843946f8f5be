//! Like nodes as one type of node.

use std::collections::{BTreeMap, BTreeSet};

use super::machine::{Machine, Room};
use crate::eval::model::{self, Amount, Disk, INSTANCE_TYPE, Node, Reserve, ZONE};
use crate::objects::node_labels::{HOSTNAME, NO_PROVIDER};
use crate::source::Span;

/// The labels by which clouds and those who install clusters name a group of like nodes.
const OF_POOLS: [&str; 6] = [
    "eks.amazonaws.com/nodegroup",
    "alpha.eksctl.io/nodegroup-name",
    "karpenter.sh/nodepool",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
    "kops.k8s.io/instancegroup",
];
const ROLE: &str = "node-role.kubernetes.io/";

/// What like nodes have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Likeness {
    pool: Option<String>,
    room: [Room; 2],
    resources: Vec<(String, i128)>,
    zone: Option<String>,
    taints: Vec<[String; 3]>,
    labels: BTreeMap<String, String>,
}

/// Types in the order of their first nodes. Nodes are told apart by what they have, by their taints, and by labels that are
/// `mentioned`; of the other labels those stay that all nodes of a type share.
pub(super) fn types(machines: Vec<Machine>, mentioned: &BTreeSet<String>) -> Vec<Node> {
    let mut groups: Vec<Vec<Machine>> = Vec::new();
    let mut known: BTreeMap<Likeness, usize> = BTreeMap::new();
    for machine in machines {
        let index = *known.entry(likeness(&machine, mentioned)).or_insert(groups.len());
        match groups.get_mut(index) {
            Some(group) => group.push(machine),
            None => groups.push(vec![machine]),
        }
    }
    let names = names(&groups);
    groups.into_iter().zip(names).map(|(group, name)| node(group, name)).collect()
}

fn likeness(machine: &Machine, mentioned: &BTreeSet<String>) -> Likeness {
    let labels = machine.labels.iter().filter(|(key, _)| key != HOSTNAME && key != ZONE && mentioned.contains(key));
    let taints = machine.taints.iter().map(|one| [one.key.clone(), one.value.clone(), one.effect.key().to_owned()]);
    Likeness {
        pool: pool(machine).map(str::to_owned),
        room: [machine.capacity, machine.allocatable],
        resources: machine.resources.clone(),
        zone: machine.label(ZONE).map(str::to_owned),
        taints: taints.collect(),
        labels: labels.cloned().collect(),
    }
}

fn pool(machine: &Machine) -> Option<&str> {
    OF_POOLS.iter().find_map(|key| machine.label(key)).filter(|name| !name.is_empty())
}

/// A name for each group: of its pool, its role or its machines, with the zone where several share it.
fn names(groups: &[Vec<Machine>]) -> Vec<String> {
    let role = |machine: &Machine| {
        let own = machine.labels.iter().find_map(|(key, _)| key.strip_prefix(ROLE));
        own.filter(|role| !role.is_empty()).map(str::to_owned)
    };
    let stem = |group: &Vec<Machine>| match group.as_slice() {
        [only] => only.name.clone(),
        [first, ..] => {
            let named = pool(first).map(str::to_owned).or_else(|| role(first));
            named.or_else(|| first.label(INSTANCE_TYPE).map(str::to_owned)).unwrap_or_else(|| "node".to_owned())
        }
        [] => String::new(),
    };
    let stems: Vec<String> = groups.iter().map(stem).collect();
    let single: BTreeSet<&str> =
        groups.iter().filter(|group| group.len() == 1).filter_map(|group| Some(group.first()?.name.as_str())).collect();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut names = Vec::new();
    for (group, stem) in groups.iter().zip(&stems) {
        let is_shared = stems.iter().filter(|other| *other == stem).count() > 1;
        let zone = group.first().and_then(|first| first.label(ZONE)).filter(|_| is_shared && group.len() > 1);
        let base = zone.map_or_else(|| stem.clone(), |zone| format!("{stem}-{zone}"));
        let is_free = |name: &String| !taken.contains(name) && (group.len() == 1 || !single.contains(name.as_str()));
        let numbered = (2u32..).map(|number| format!("{base}-{number}"));
        let name = std::iter::once(base.clone()).chain(numbered).find(is_free).unwrap_or_default();
        taken.insert(name.clone());
        names.push(name);
    }
    names
}

fn node(group: Vec<Machine>, name: String) -> Node {
    let first = &group[0];
    let span = first.span;
    let amount = |value: i128| Amount { value, span };
    let shared = |(key, value): &&(String, String)| group.iter().all(|one| one.label(key) == Some(value));
    let zone = first.label(ZONE).map(str::to_owned);
    let labels: Vec<(String, String)> =
        first.labels.iter().filter(|(key, _)| key != HOSTNAME && key != ZONE).filter(shared).cloned().collect();
    let (capacity, allocatable) = (first.capacity, first.allocatable);
    let held = |all: i128, rest: i128| (all > rest).then(|| amount(all - rest));
    let reserve = Reserve {
        name: "kubelet".to_owned(),
        cpu: held(capacity.cpu, allocatable.cpu),
        memory: held(capacity.memory, allocatable.memory),
        disks: Vec::new(),
        span,
    };
    let machines = group.iter().map(|machine| model::Machine {
        name: machine.name.clone(),
        host: machine.label(HOSTNAME).unwrap_or(&machine.name).to_owned(),
    });
    Node {
        name,
        span,
        count: group.len() as u64,
        least: None,
        cost: None,
        cpu: amount(capacity.cpu),
        memory: amount(capacity.memory),
        pods: amount(allocatable.pods),
        disks: disk(capacity.ephemeral, allocatable.ephemeral, span).into_iter().collect(),
        reserves: if reserve.cpu.is_some() || reserve.memory.is_some() { vec![reserve] } else { Vec::new() },
        resources: first.resources.iter().map(|(name, number)| (name.clone(), amount(*number))).collect(),
        overcommit_memory: None,
        labels,
        taints: first.taints.clone(),
        zones: zone.into_iter().collect(),
        // Whatever a cloud states is among the labels.
        provider: Some(NO_PROVIDER.to_owned()),
        machines: machines.collect(),
    }
}

/// The file system of the kubelet, on which no claim is provisioned.
fn disk(capacity: Option<i128>, allocatable: Option<i128>, span: Span) -> Option<Disk> {
    let amount = |value: i128| Amount { value, span };
    let allocatable = allocatable?;
    let size = capacity.unwrap_or(allocatable);
    Some(Disk {
        name: "root".to_owned(),
        size: amount(size),
        storage_class: None,
        keep_free: (size > allocatable).then(|| amount(size - allocatable)),
        ephemeral: Some(amount(allocatable)),
        span,
    })
}
