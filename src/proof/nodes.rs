//! The machines that are assumed: read from the hardware, grouped into classes, and written as `Node` objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;

use super::constraints::{HOSTNAME, ZONE};
use super::pods::{EPHEMERAL, PODS, PodType, RESOURCES};
use crate::data::{Node as Tree, NodeValue};
use crate::eval::model::{Amount, Hardware, NetworkStorage, Node, Reserve};
use crate::objects::selector::{Labels, label};

/// A disk as every machine of a class has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClassDisk {
    pub(super) name: String,
    pub(super) storage_class: Option<String>,
    pub(super) usable: i128,
}

/// Machines that no pod tells apart.
#[derive(Debug, Clone)]
pub(super) struct Class {
    pub(super) name: String,
    /// The position of the node type in the hardware.
    pub(super) source: usize,
    pub(super) nodes: Vec<String>,
    pub(super) allocatable: [i128; 4],
    pub(super) disks: Vec<ClassDisk>,
    /// The label that names the zone.
    pub(super) zone: Option<String>,
    /// What the memory limits may add up to, in percent of the memory, where a cap is declared.
    pub(super) memory_cap: Option<i128>,
    /// Of a pool, how many of its nodes there are always. The nodes of a pool are a node type, and of no other class.
    pub(super) pool: Option<i128>,
    /// For each type, whether its pods may come here.
    pub(super) eligible: Vec<bool>,
    /// For each type, whether its node selector and affinity hold, whatever the taints say.
    pub(super) selected: Vec<bool>,
    /// For each type, whether its selector, its affinity and its tolerations hold, whatever its volumes say.
    pub(super) counted: Vec<bool>,
}

impl Class {
    pub(super) fn size(&self) -> i128 {
        self.nodes.len() as i128
    }
}

/// The name of one of the like machines of a type.
fn machine_name(node: &Node, number: u64) -> String {
    if node.count == 1 { node.name.clone() } else { format!("{}-{}", node.name, number + 1) }
}

/// The names of the first machines of a node type.
pub(super) fn first_machines(node: &Node, number: u64) -> BTreeSet<String> {
    (0..number.min(node.count)).map(|number| machine_name(node, number)).collect()
}

fn labels_of(node: &Node, name: &str) -> Labels {
    let mut labels = node.labels.clone();
    labels.retain(|(key, _)| node.count == 1 || key != HOSTNAME);
    for (key, value) in [(HOSTNAME, name), ("kubernetes.io/os", "linux")] {
        if label(&labels, key).is_none() {
            labels.push((key.to_owned(), value.to_owned()));
        }
    }
    labels
}

/// Two machines that have one name, by which pods and volumes find them.
pub(super) fn clash(hardware: &Hardware) -> Option<String> {
    let (mut names, mut hosts) = (BTreeSet::new(), BTreeSet::new());
    for node in &hardware.nodes {
        for number in 0..node.count {
            let name = machine_name(node, number);
            let labels = labels_of(node, &name);
            let host = label(&labels, HOSTNAME).unwrap_or(&name).to_owned();
            if !hosts.insert(host.clone()) {
                return Some(format!("two nodes have the label `{HOSTNAME}: {host}`"));
            }
            if !names.insert(name.clone()) {
                return Some(format!("two nodes have the name `{name}`"));
            }
        }
    }
    None
}

fn reserved(node: &Node, amount: impl Fn(&Reserve) -> Option<Amount>) -> i128 {
    node.reserves.iter().filter_map(amount).map(|amount| amount.value).sum()
}

/// What one type sees of a machine: whether its pods may come, whether they would but for taints, and whether they
/// would but for volumes.
type Sight = [bool; 3];

fn sight(one: &PodType, labels: &Labels, taints: &[String]) -> Sight {
    [one.admits(labels, taints), one.eligibility.admits(labels, &[]), one.eligibility.admits(labels, taints)]
}

/// Groups the machines of a hardware by what the types see of them.
pub(super) fn classes(hardware: &Hardware, types: &[PodType]) -> Vec<Class> {
    // Like machines differ by their names only, so that most types need to look at one of them.
    let by_name: Vec<usize> = (0..types.len()).filter(|index| types[*index].names_nodes()).collect();
    let mut classes: Vec<Class> = Vec::new();
    for (source, node) in hardware.nodes.iter().enumerate() {
        let begin = classes.len();
        let first = labels_of(node, &machine_name(node, 0));
        let seen: Vec<Sight> = types.iter().map(|one| sight(one, &first, &node.taints)).collect();
        let mut found: BTreeMap<Vec<Sight>, usize> = BTreeMap::new();
        for number in 0..node.count {
            let name = machine_name(node, number);
            let labels = labels_of(node, &name);
            let own: Vec<Sight> = by_name.iter().map(|index| sight(&types[*index], &labels, &node.taints)).collect();
            if let Some(class) = found.get(&own) {
                classes[*class].nodes.push(name);
                continue;
            }
            let mut seen = seen.clone();
            by_name.iter().zip(&own).for_each(|(index, sight)| seen[*index] = *sight);
            found.insert(own, classes.len());
            classes.push(class(node, (source, classes.len() - begin), name, types, &seen));
        }
    }
    classes
}

/// A class with its first machine. `place` is the node type and the position among its classes.
fn class(node: &Node, place: (usize, usize), name: String, types: &[PodType], seen: &[Sight]) -> Class {
    let (source, position) = place;
    let suffix = if position == 0 { String::new() } else { format!(" ({})", position + 1) };
    let here = types.iter().zip(seen).filter(|(_, [eligible, ..])| *eligible);
    let ephemeral: i128 = here.map(|(one, _)| one.greatest() * one.requests[EPHEMERAL]).sum();
    let cpu = (node.cpu.value - reserved(node, |reserve| reserve.cpu)).max(0);
    let memory = (node.memory.value - reserved(node, |reserve| reserve.memory)).max(0);
    let ephemeral = node.ephemeral().map_or(ephemeral, |declared| declared.value);
    let disks = node.disks.iter().map(|disk| ClassDisk {
        name: disk.name.clone(),
        storage_class: disk.storage_class.clone(),
        usable: node.usable(disk).max(0),
    });
    Class {
        name: format!("{}{suffix}", node.name),
        source,
        nodes: vec![name],
        allocatable: [cpu, memory, ephemeral, node.pods.value],
        disks: disks.collect(),
        zone: label(&node.labels, ZONE).map(str::to_owned),
        memory_cap: node.overcommit_memory.map(|cap| cap.value),
        pool: node.least.map(i128::from),
        eligible: seen.iter().map(|[eligible, ..]| *eligible).collect(),
        selected: seen.iter().map(|[_, selected, _]| *selected).collect(),
        counted: seen.iter().map(|[.., counted]| *counted).collect(),
    }
}

/// The machines as ordinary objects.
pub(super) fn documents(hardware: &Hardware, classes: &[Class]) -> Vec<Tree> {
    let mut documents = Vec::new();
    for class in classes {
        let node = &hardware.nodes[class.source];
        documents.extend(class.nodes.iter().map(|name| document(hardware, node, name, class)));
    }
    documents
}

fn document(hardware: &Hardware, node: &Node, name: &str, class: &Class) -> Tree {
    let milli = |amount: i128| Tree::string(format!("{amount}m"));
    let plain = |amount: i128| Tree::string(amount.to_string());
    let mut annotations = vec![("vauban.dev/class".to_owned(), Tree::string(node.name.clone()))];
    if let Some(least) = class.pool {
        annotations.push(("vauban.dev/pool-least".to_owned(), plain(least)));
    }
    if node.ephemeral().is_none() {
        annotations.push(("vauban.dev/assumed".to_owned(), Tree::string(RESOURCES[EPHEMERAL])));
    }
    let held = [
        ("cpu", reserved(node, |reserve| reserve.cpu), &milli as &dyn Fn(i128) -> Tree),
        ("memory", reserved(node, |reserve| reserve.memory), &plain),
    ];
    for (key, amount, write) in held {
        if amount > 0 {
            annotations.push((format!("vauban.dev/reserved-{key}"), write(amount)));
        }
    }
    if let Some(cap) = node.overcommit_memory {
        annotations.push(("vauban.dev/memory-overcommit".to_owned(), plain(cap.value)));
    }
    for disk in &node.disks {
        let key = |field: &str| format!("vauban.dev/disk.{}.{field}", disk.name);
        annotations.push((key("size"), plain(disk.size.value)));
        let held = [
            ("reserved", node.reserved_on(disk)),
            ("ephemeral", disk.ephemeral.map_or(0, |ephemeral| ephemeral.value)),
            ("keep-free", disk.keep_free.map_or(0, |free| free.value)),
        ];
        for (field, amount) in held.into_iter().filter(|(_, amount)| *amount > 0) {
            annotations.push((key(field), plain(amount)));
        }
        if let Some(storage_class) = &disk.storage_class {
            annotations.push((key("storage-class"), Tree::string(storage_class.clone())));
        }
    }
    annotations.extend(hardware.storages.iter().flat_map(storage));
    let labels = labels_of(node, name).into_iter().map(|(key, value)| (key, Tree::string(value)));
    let metadata = map([
        ("name".to_owned(), Tree::string(name)),
        ("labels".to_owned(), map(labels)),
        ("annotations".to_owned(), map(annotations)),
    ]);
    let resources = |cpu: i128, memory: i128| {
        map([
            ("cpu".to_owned(), milli(cpu)),
            ("memory".to_owned(), plain(memory)),
            (RESOURCES[EPHEMERAL].to_owned(), plain(class.allocatable[EPHEMERAL])),
            (RESOURCES[PODS].to_owned(), plain(class.allocatable[PODS])),
        ])
    };
    let mut fields = vec![
        ("apiVersion".to_owned(), Tree::string("v1")),
        ("kind".to_owned(), Tree::string("Node")),
        ("metadata".to_owned(), metadata),
    ];
    if !node.taints.is_empty() {
        let taints = node.taints.iter().map(|key| {
            map([("key".to_owned(), Tree::string(key.clone())), ("effect".to_owned(), Tree::string("NoSchedule"))])
        });
        let taints = Tree::synthetic(NodeValue::List(taints.collect()));
        fields.push(("spec".to_owned(), map([("taints".to_owned(), taints)])));
    }
    let mut status = vec![
        ("capacity".to_owned(), resources(node.cpu.value, node.memory.value)),
        ("allocatable".to_owned(), resources(class.allocatable[0], class.allocatable[1])),
    ];
    if let Some((major, minor)) = hardware.kubernetes {
        // The features that matter here come with minor versions, and no patch takes one away.
        let version = Tree::string(format!("v{major}.{minor}.0"));
        status.push(("nodeInfo".to_owned(), map([("kubeletVersion".to_owned(), version)])));
    }
    fields.push(("status".to_owned(), map(status)));
    map(fields)
}

/// What the annotations of a node say of a network storage.
fn storage(storage: &NetworkStorage) -> Vec<(String, Tree)> {
    let key = |field: &str| format!("vauban.dev/storage.{}.{field}", storage.name);
    let mut annotations = vec![
        (key("storage-class"), Tree::string(storage.storage_class.clone())),
        (key("zonal"), Tree::string(storage.zonal.to_string())),
    ];
    annotations.extend(storage.attach_limit.map(|limit| (key("attach-limit"), Tree::string(limit.value.to_string()))));
    annotations
}

fn map(entries: impl IntoIterator<Item = (String, Tree)>) -> Tree {
    let entries: IndexMap<Arc<str>, Tree> = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
    Tree::synthetic(NodeValue::Map(entries))
}
