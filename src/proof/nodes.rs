//! The machines that are assumed: read from the hardware, grouped into classes, and written as `Node` objects.

use std::sync::Arc;

use indexmap::IndexMap;

use super::pods::{EPHEMERAL, PODS, PodType, RESOURCES};
use crate::data::{Node as Tree, NodeValue};
use crate::eval::model::{Amount, Hardware, Node, Reserve};
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
    /// What the memory limits may add up to, in percent of the memory, where a cap is declared.
    pub(super) memory_cap: Option<i128>,
    /// Of a pool, how many of its nodes there are always. The nodes of a pool are a node type, and of no other class.
    pub(super) pool: Option<i128>,
    /// For each type, whether its pods may come here.
    pub(super) eligible: Vec<bool>,
    /// For each type, whether its node selector and affinity hold, whatever the taints say.
    pub(super) selected: Vec<bool>,
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

fn labels_of(node: &Node, name: &str) -> Labels {
    let mut labels = node.labels.clone();
    labels.retain(|(key, _)| node.count == 1 || key != "kubernetes.io/hostname");
    for (key, value) in [("kubernetes.io/hostname", name), ("kubernetes.io/os", "linux")] {
        if label(&labels, key).is_none() {
            labels.push((key.to_owned(), value.to_owned()));
        }
    }
    labels
}

fn reserved(node: &Node, amount: impl Fn(&Reserve) -> Option<Amount>) -> i128 {
    node.reserves.iter().filter_map(amount).map(|amount| amount.value).sum()
}

/// Groups the machines of a hardware by what the types see of them.
pub(super) fn classes(hardware: &Hardware, types: &[PodType]) -> Vec<Class> {
    let mut classes: Vec<Class> = Vec::new();
    for (source, node) in hardware.nodes.iter().enumerate() {
        let begin = classes.len();
        for number in 0..node.count {
            let name = machine_name(node, number);
            let labels = labels_of(node, &name);
            let eligible: Vec<bool> = types.iter().map(|one| one.eligibility.admits(&labels, &node.taints)).collect();
            let selected: Vec<bool> = types.iter().map(|one| one.eligibility.admits(&labels, &[])).collect();
            let like = |class: &&mut Class| class.eligible == eligible && class.selected == selected;
            match classes[begin..].iter_mut().find(like) {
                Some(class) => class.nodes.push(name),
                None => {
                    let position = classes.len() - begin;
                    let suffix = if position == 0 { String::new() } else { format!(" ({})", position + 1) };
                    let most = |one: &PodType| if one.per_node { 1 + one.surge } else { one.peak + one.surge };
                    let ephemeral = types.iter().zip(&eligible).filter(|(_, yes)| **yes);
                    let ephemeral: i128 = ephemeral.map(|(one, _)| most(one) * one.requests[EPHEMERAL]).sum();
                    let cpu = (node.cpu.value - reserved(node, |reserve| reserve.cpu)).max(0);
                    let memory = (node.memory.value - reserved(node, |reserve| reserve.memory)).max(0);
                    let ephemeral = node.ephemeral().map_or(ephemeral, |declared| declared.value);
                    let disks = node.disks.iter().map(|disk| ClassDisk {
                        name: disk.name.clone(),
                        storage_class: disk.storage_class.clone(),
                        usable: node.usable(disk).max(0),
                    });
                    classes.push(Class {
                        name: format!("{}{suffix}", node.name),
                        source,
                        nodes: vec![name],
                        allocatable: [cpu, memory, ephemeral, node.pods.value],
                        disks: disks.collect(),
                        pool: node.least.map(i128::from),
                        memory_cap: node.overcommit_memory.map(|cap| cap.value),
                        eligible,
                        selected,
                    });
                }
            }
        }
    }
    classes
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

fn map(entries: impl IntoIterator<Item = (String, Tree)>) -> Tree {
    let entries: IndexMap<Arc<str>, Tree> = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
    Tree::synthetic(NodeValue::Map(entries))
}
