//! The nodes, and their classes.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::quantity::{size, thousandths};
use crate::verify::value::{Checked, Identity, Labels, Reading, Value};

/// The four resources, in the order of every array of amounts.
pub(crate) const RESOURCES: [&str; 4] = ["cpu", "memory", "ephemeral-storage", "pods"];

pub(crate) const HOSTNAME: &str = "kubernetes.io/hostname";
const MOST_NODES: usize = 10_000;

/// Amounts of the four resources: milli-cores, bytes, bytes, pods.
pub(crate) type Amounts = [i128; 4];

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Disk<'a> {
    pub(crate) name: &'a str,
    pub(crate) usable: i128,
    pub(crate) storage_class: Option<&'a str>,
}

/// What the nodes of one class have in common.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts<'a> {
    pub(crate) allocatable: Amounts,
    pub(crate) disks: Vec<Disk<'a>>,
    /// The declared cap of limits in percent.
    pub(crate) cap: Option<i128>,
    /// How many nodes its autoscaled pool has at least.
    pub(crate) pool: Option<i128>,
}

#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) name: &'a str,
    pub(crate) labels: Labels<'a>,
    pub(crate) taints: Vec<&'a str>,
    pub(crate) facts: Facts<'a>,
    pub(crate) is_assumed: bool,
    /// Major and minor number of its version of Kubernetes.
    pub(crate) version: Option<(u32, u32)>,
}

impl Node<'_> {
    pub(crate) fn zone(&self) -> Option<&str> {
        self.labels.get("topology.kubernetes.io/zone").copied()
    }
}

/// Nodes that the evidence does not tell apart.
#[derive(Debug)]
pub(crate) struct Class<'a> {
    pub(crate) name: &'a str,
    /// Indices of its nodes.
    pub(crate) nodes: Vec<usize>,
    pub(crate) size: i128,
}

pub(crate) fn read(objects: &[(Identity, Value)]) -> Checked<Vec<Node<'_>>> {
    if objects.len() > MOST_NODES {
        return Err(format!("there are more than {MOST_NODES} nodes"));
    }
    let mut nodes = Vec::<Node>::new();
    for (identity, object) in objects {
        let name = &identity.name;
        let node = node(identity, object).map_err(|fault| format!("the node `{name}`: {fault}"))?;
        // Sorted by name, nodes of one name stand side by side.
        if nodes.last().is_some_and(|last| last.name == name) {
            return Err(format!("the node `{name}` is there twice"));
        }
        nodes.push(node);
    }
    Ok(nodes)
}

fn node<'a>(identity: &'a Identity, object: &'a Value) -> Checked<Node<'a>> {
    if object.needed("apiVersion")? != "v1" || identity.kind != "Node" {
        return Err("it is no `Node` of `v1`".to_owned());
    }
    let labels = object.labels("metadata.labels")?;
    if let Some(missing) = [HOSTNAME, "kubernetes.io/os"].iter().find(|key| !labels.contains_key(**key)) {
        return Err(format!("the label `{missing}` is missing"));
    }
    let annotations = object.labels("metadata.annotations")?;
    let amount = |key: String| {
        let text = annotations.get(key.as_str());
        text.map_or(Ok(0), |text| thousandths(&Value::from(*text), &key))
    };
    let percent = |key: &str| match annotations.get(key).map(|text| text.parse::<u32>()) {
        Some(Err(_)) => Err(format!("`{key}` is not a whole number")),
        number => Ok(number.and_then(Result::ok).map(i128::from)),
    };
    let (mut names, mut disks) = (BTreeSet::new(), Vec::new());
    for key in annotations.keys() {
        if let Some((name, field)) = key.strip_prefix("vauban.dev/disk.").and_then(|rest| rest.rsplit_once('.')) {
            names.insert(name);
            if !["size", "reserved", "ephemeral", "keep-free", "storage-class"].contains(&field) {
                return Err(format!("the annotation `{key}` is not understood"));
            }
        }
    }
    let mut shared = 0;
    for name in names {
        let part = |field: &str| amount(format!("vauban.dev/disk.{name}.{field}"));
        shared += part("ephemeral")?;
        let usable = part("size")? - part("reserved")? - part("ephemeral")? - part("keep-free")?;
        let storage_class = annotations.get(format!("vauban.dev/disk.{name}.storage-class").as_str()).copied();
        disks.push(Disk { name, usable: usable.max(0) / 1000, storage_class });
    }
    let is_assumed = annotations.get("vauban.dev/assumed").map(|what| *what == "ephemeral-storage");
    let mut allocatable = [0; 4];
    for (index, resource) in RESOURCES.iter().enumerate() {
        let capacity = thousandths(object.at("status.capacity").at(resource), resource)?;
        let stated = thousandths(object.at("status.allocatable").at(resource), resource)?;
        let reserved = if index < 2 { amount(format!("vauban.dev/reserved-{resource}"))? } else { 0 };
        if stated != (capacity - reserved).max(0) {
            return Err(format!("the allocatable `{resource}` is not the capacity less what is reserved"));
        }
        if index == 2 && is_assumed != Some(true) && (is_assumed.is_some() || capacity != shared) {
            return Err("its ephemeral storage is neither that of its disks nor assumed".to_owned());
        }
        // What is there is rounded down, as what is asked for is rounded up.
        allocatable[index] = if index == 0 { stated } else { stated / 1000 };
    }
    if let Some((other, _)) = object.entries("status.allocatable")?.iter().find(|(key, _)| !RESOURCES.contains(key)) {
        return Err(format!("the resource `{other}` is not understood"));
    }
    if let Some((other, _)) = object.entries("spec")?.iter().find(|(key, _)| *key != "taints") {
        return Err(format!("the field `spec.{other}` is not understood"));
    }
    let mut taints = Vec::new();
    for taint in object.list("spec.taints")? {
        if taint.needed("effect")? != "NoSchedule" || taint.as_object().is_some_and(|taint| taint.len() != 2) {
            return Err("a taint is not a key with the effect `NoSchedule`".to_owned());
        }
        taints.push(taint.needed("key")?);
    }
    let version = object.text("status.nodeInfo.kubeletVersion")?.map(|text| {
        let mut parts = text.strip_prefix('v')?.split('.').map(|part| part.parse().ok());
        Some((parts.next()??, parts.next()??))
    });
    let (cap, pool) = (percent("vauban.dev/memory-overcommit")?, percent("vauban.dev/pool-least")?);
    let facts = Facts { allocatable, disks, cap, pool };
    Ok(Node {
        name: &identity.name,
        labels,
        taints,
        facts,
        is_assumed: is_assumed.is_some(),
        version: version.flatten(),
    })
}

/// The classes that the proof states: a partition of the nodes into nodes of which the same is true.
pub(crate) fn classes<'a>(stated: &'a Value, nodes: &[Node]) -> Checked<Vec<Class<'a>>> {
    let mut open: BTreeMap<&str, usize> = nodes.iter().enumerate().map(|(index, node)| (node.name, index)).collect();
    let mut classes = Vec::<Class>::new();
    let hostnames: BTreeSet<_> = nodes.iter().map(|node| node.labels.get(HOSTNAME)).collect();
    if hostnames.len() < nodes.len() {
        return Err("two nodes have the same host name".to_owned());
    }
    for class in stated.list("classes")? {
        let (name, mut members) = (class.needed("class")?, Vec::new());
        for node in class.texts("nodes")? {
            members.push(open.remove(node).ok_or_else(|| format!("`{node}` is no node, or is in two classes"))?);
        }
        let first = *members.first().ok_or_else(|| format!("the class `{name}` has no node"))?;
        if classes.iter().any(|other| other.name == name) {
            return Err(format!("the class `{name}` is there twice"));
        }
        if let Some(other) = members.iter().find(|index| nodes[**index].facts != nodes[first].facts) {
            return Err(format!("`{}` and `{}` of the class `{name}` differ", nodes[first].name, nodes[*other].name));
        }
        classes.push(Class { name, size: size(&members), nodes: members });
    }
    match open.into_keys().next() {
        Some(node) => Err(format!("the node `{node}` is in no class")),
        None => Ok(classes),
    }
}
