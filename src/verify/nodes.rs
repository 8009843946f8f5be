//! The nodes, and their classes.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::quantity::thousandths;
use crate::verify::selectors::Labels;
use crate::verify::value::{Checked, LARGEST, Value};

/// The four resources, in the order of every array of amounts.
pub(crate) const RESOURCES: [&str; 4] = ["cpu", "memory", "ephemeral-storage", "pods"];

pub(crate) const HOSTNAME: &str = "kubernetes.io/hostname";
const MOST_NODES: usize = 10_000;

/// Amounts of the four resources: milli-cores, bytes, bytes, pods.
pub(crate) type Amounts = [i128; 4];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Disk {
    pub(crate) name: String,
    pub(crate) usable: i128,
    pub(crate) storage_class: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct NodeFacts {
    pub(crate) name: String,
    pub(crate) labels: Labels,
    pub(crate) taints: Vec<String>,
    pub(crate) allocatable: Amounts,
    pub(crate) disks: Vec<Disk>,
    pub(crate) assumed: Option<String>,
    /// What the memory limits may add up to, in percent of the memory, where it is declared.
    pub(crate) memory_cap: Option<i128>,
    /// Major and minor version of Kubernetes, where it is declared.
    pub(crate) version: Option<(u32, u32)>,
}

/// Nodes that the evidence does not tell apart.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    pub(crate) name: String,
    /// Indices of its nodes.
    pub(crate) nodes: Vec<usize>,
    pub(crate) allocatable: Amounts,
    pub(crate) disks: Vec<Disk>,
    pub(crate) memory_cap: Option<i128>,
}

impl Class {
    pub(crate) fn size(&self) -> i128 {
        i128::try_from(self.nodes.len()).unwrap_or(LARGEST)
    }
}

pub(crate) fn read(objects: &[Value]) -> Checked<Vec<NodeFacts>> {
    if objects.len() > MOST_NODES {
        return Err(format!("there are more than {MOST_NODES} nodes"));
    }
    let mut nodes = Vec::new();
    let (mut names, mut hostnames) = (BTreeSet::new(), BTreeSet::new());
    for object in objects {
        let name = object.at("metadata.name").needed_text("metadata.name")?;
        let node = node(name, object).map_err(|fault| format!("the node `{name}`: {fault}"))?;
        let hostname = node.labels.get(HOSTNAME).cloned().unwrap_or_default();
        if !names.insert(name.to_owned()) || !hostnames.insert(hostname) {
            return Err(format!("the node `{name}` or its host name is there twice"));
        }
        nodes.push(node);
    }
    Ok(nodes)
}

fn node(name: &str, object: &Value) -> Checked<NodeFacts> {
    if object.get("apiVersion") != &Value::Text("v1".to_owned())
        || object.get("kind") != &Value::Text("Node".to_owned())
    {
        return Err("it is no `Node` of `v1`".to_owned());
    }
    let labels = object.at("metadata.labels").text_map("metadata.labels")?;
    if let Some(missing) = [HOSTNAME, "kubernetes.io/os"].iter().find(|key| !labels.contains_key(**key)) {
        return Err(format!("the label `{missing}` is missing"));
    }
    let annotations = object.at("metadata.annotations");
    let amount = |key: &str| match annotations.get(key) {
        Value::Null => Ok(0),
        value => thousandths(value, key),
    };
    let mut allocatable = [0; 4];
    for (index, resource) in RESOURCES.iter().enumerate() {
        let capacity = thousandths(object.at("status.capacity").get(resource), resource)?;
        let stated = thousandths(object.at("status.allocatable").get(resource), resource)?;
        let reserved = if index < 2 { amount(&format!("vauban.dev/reserved-{resource}"))? } else { 0 };
        if stated != (capacity - reserved).max(0) {
            return Err(format!("the allocatable `{resource}` is not the capacity less what is reserved"));
        }
        // What is there is rounded down, as what is asked for is rounded up.
        allocatable[index] = if index == 0 { stated } else { stated / 1000 };
    }
    for (resource, _) in object.at("status.allocatable").entries("status.allocatable")? {
        if !RESOURCES.contains(&resource) {
            return Err(format!("the resource `{resource}` is not understood"));
        }
    }
    let mut taints = Vec::new();
    for (key, value) in object.get("spec").entries("spec")? {
        if key != "taints" {
            return Err(format!("the field `spec.{key}` is not understood"));
        }
        for taint in value.list("taints")? {
            let is_known = taint.entries("taints")?.iter().all(|(key, _)| ["key", "effect"].contains(key));
            if !is_known || taint.get("effect").text("effect")? != Some("NoSchedule") {
                return Err("a taint is not a key with the effect `NoSchedule`".to_owned());
            }
            taints.push(taint.get("key").needed_text("key")?.to_owned());
        }
    }
    let mut names = BTreeSet::new();
    for (key, _) in annotations.entries("metadata.annotations")? {
        if let Some(rest) = key.strip_prefix("vauban.dev/disk.") {
            let (name, field) = rest.rsplit_once('.').unwrap_or((rest, ""));
            if !["size", "reserved", "ephemeral", "keep-free", "storage-class"].contains(&field) {
                return Err(format!("the annotation `{key}` is not understood"));
            }
            names.insert(name.to_owned());
        }
    }
    let mut disks = Vec::new();
    for name in names {
        let part = |field: &str| amount(&format!("vauban.dev/disk.{name}.{field}"));
        let taken = part("reserved")? + part("ephemeral")? + part("keep-free")?;
        let usable = (part("size")? - taken).max(0) / 1000;
        let class = annotations.get(&format!("vauban.dev/disk.{name}.storage-class"));
        disks.push(Disk { usable, storage_class: class.text("storage-class")?.map(str::to_owned), name });
    }
    let assumed = annotations.get("vauban.dev/assumed").text("vauban.dev/assumed")?.map(str::to_owned);
    let memory_cap = match annotations.get("vauban.dev/memory-overcommit") {
        Value::Null => None,
        value => Some(thousandths(value, "vauban.dev/memory-overcommit")? / 1000),
    };
    let version = version(object.at("status.nodeInfo.kubeletVersion").text("status.nodeInfo.kubeletVersion")?)?;
    Ok(NodeFacts { name: name.to_owned(), labels, taints, allocatable, disks, assumed, memory_cap, version })
}

/// Major and minor of `v1.34.0`.
fn version(text: Option<&str>) -> Checked<Option<(u32, u32)>> {
    let Some(text) = text else { return Ok(None) };
    let mut numbers = text.strip_prefix('v').unwrap_or_default().split('.').map(|number| number.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => Ok(Some((major, minor))),
        _ => Err(format!("`{text}` is no version of Kubernetes")),
    }
}

/// The classes that the proof states: a partition of the nodes into nodes with the same amounts and disks.
pub(crate) fn classes(stated: &Value, nodes: &[NodeFacts]) -> Checked<Vec<Class>> {
    let by_name: BTreeMap<&str, usize> = nodes.iter().enumerate().map(|(index, node)| (&*node.name, index)).collect();
    let (mut classes, mut names, mut seen) = (Vec::<Class>::new(), BTreeSet::new(), BTreeSet::new());
    for class in stated.list("classes")? {
        let name = class.get("class").needed_text("class")?;
        if !names.insert(name) {
            return Err(format!("the class `{name}` is there twice"));
        }
        let mut members = Vec::new();
        for node in class.get("nodes").texts("nodes")? {
            let index = by_name.get(node.as_str()).ok_or_else(|| format!("there is no node `{node}` for a class"))?;
            if !seen.insert(*index) {
                return Err(format!("the node `{node}` is in two classes"));
            }
            members.push(*index);
        }
        let first = members.first().and_then(|index| nodes.get(*index));
        let first = first.ok_or_else(|| format!("the class `{name}` has no node"))?;
        for other in members.iter().filter_map(|index| nodes.get(*index)) {
            if other.allocatable != first.allocatable
                || other.disks != first.disks
                || other.memory_cap != first.memory_cap
            {
                return Err(format!("`{}` and `{}` of the class `{name}` differ", first.name, other.name));
            }
        }
        let (allocatable, disks, memory_cap) = (first.allocatable, first.disks.clone(), first.memory_cap);
        classes.push(Class { name: name.to_owned(), nodes: members, allocatable, disks, memory_cap });
    }
    match nodes.iter().enumerate().find(|(index, _)| !seen.contains(index)) {
        Some((_, node)) => Err(format!("the node `{}` is in no class", node.name)),
        None => Ok(classes),
    }
}
