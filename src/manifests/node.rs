//! The nodes that a proof assumes, as the file of nodes states them.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::constraints::{HOSTNAME, ZONE};
use crate::manifests::document::{Checked, Identity, Reading, Value, json, refuse};
use crate::manifests::domains::NodeLabels;
use crate::manifests::quantity::thousandths;

/// The resources of every node, in the order of every array of amounts, which has those behind them that pods name.
pub(crate) const RESOURCES: [&str; 4] = ["cpu", "memory", "ephemeral-storage", "pods"];

/// The taint of a node that was cordoned, which a `DaemonSet` lets its pods tolerate.
pub(crate) const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// How many resources there may be in all.
pub(crate) const MOST_RESOURCES: usize = 10;

/// Whether a resource is what somebody else counts in whole pieces, or huge pages.
pub(crate) fn is_extended(name: &str) -> bool {
    let is_foreign = name.contains('/') && !name.contains("kubernetes.io/") && !name.starts_with("requests.");
    is_foreign || name.len() > "hugepages-".len() && name.starts_with("hugepages-")
}

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// Amounts of the resources: milli-cores, bytes, bytes, pods, and whole pieces of what is extended.
pub(crate) type Amounts = [i128; MOST_RESOURCES];

/// Storage whose volumes are attached to nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) storage_class: String,
    /// Whether a volume stays in its zone.
    pub(crate) is_zonal: bool,
    /// How many volumes a node attaches.
    pub(crate) limit: Option<i128>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Disk {
    pub(crate) name: String,
    pub(crate) usable: i128,
    pub(crate) storage_class: Option<String>,
}

/// What the nodes of one class have in common.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) allocatable: Amounts,
    pub(crate) disks: Vec<Disk>,
    pub(crate) networks: Vec<Network>,
    /// The declared cap of limits in percent.
    pub(crate) cap: Option<i128>,
    /// How many nodes its autoscaled pool has at least.
    pub(crate) pool: Option<i128>,
}

/// What keeps pods away that do not tolerate it.
#[derive(Debug)]
pub(crate) struct Taint<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: &'a str,
    pub(crate) effect: &'a str,
}

#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) name: &'a str,
    pub(crate) labels: NodeLabels,
    pub(crate) taints: Vec<Taint<'a>>,
    pub(crate) facts: Facts,
    pub(crate) is_assumed: bool,
    /// Major and minor number of its version of Kubernetes.
    pub(crate) version: Option<(u32, u32)>,
}

impl Node<'_> {
    pub(crate) fn zone(&self) -> Option<&str> {
        self.labels.known.get(ZONE).map(String::as_str)
    }

    /// Whether it may be in a zone that nothing names.
    pub(crate) fn has_open_zone(&self) -> bool {
        self.labels.is_open(ZONE)
    }
}

/// Reads nodes, of which the extended resources of these names are of interest.
pub(crate) fn read<'a>(objects: &'a [(Identity, Value)], extended: &[String]) -> Checked<Vec<Node<'a>>> {
    let named = |fault, identity: &Identity| format!("the node `{}`: {fault}", identity.name);
    objects
        .iter()
        .map(|(identity, object)| node(identity, object, extended).map_err(|fault| named(fault, identity)))
        .collect()
}

/// The network storages that the annotations of a node name.
fn networks(notes: &BTreeMap<String, String>) -> Checked<Vec<Network>> {
    let fields = || notes.keys().filter_map(|key| key.strip_prefix("vauban.dev/storage.")?.rsplit_once('.'));
    let strange = fields().find(|(_, field)| !["storage-class", "zonal", "attach-limit"].contains(field));
    refuse(strange.is_some(), || format!("{strange:?} of a storage is not understood"))?;
    let mut networks = Vec::<Network>::new();
    for name in fields().map(|(name, _)| name).collect::<BTreeSet<_>>() {
        let note = |field: &str| notes.get(&format!("vauban.dev/storage.{name}.{field}")).map(String::as_str);
        let limit = note("attach-limit").map(|text| text.parse::<u32>().map(i128::from));
        let network = Network {
            storage_class: note("storage-class").ok_or("a storage has no class")?.to_owned(),
            is_zonal: match note("zonal") {
                None | Some("false") => false,
                Some("true") => true,
                Some(_) => return Err(format!("whether `{name}` is zonal is not understood")),
            },
            limit: limit.transpose().map_err(|_| format!("what `{name}` attaches is not a whole number"))?,
        };
        let is_twice = networks.iter().any(|one| one.storage_class == network.storage_class);
        refuse(is_twice, || format!("two storages have the class `{}`", network.storage_class))?;
        networks.push(network);
    }
    Ok(networks)
}

fn node<'a>(identity: &'a Identity, object: &'a Value, extended: &[String]) -> Checked<Node<'a>> {
    refuse(object.at("apiVersion") != "v1" || identity.kind != "Node", || "it is no `Node` of `v1`".to_owned())?;
    let (labels, notes) = (object.labels("metadata.labels")?, object.labels("metadata.annotations")?);
    let is_named = labels.contains_key(HOSTNAME) && labels.contains_key("kubernetes.io/os");
    refuse(!is_named, || format!("the label `{HOSTNAME}` or `kubernetes.io/os` is missing"))?;
    let mut taints = Vec::new();
    for taint in object.list("spec.taints")? {
        let (key, effect) = (taint.needed("key")?, taint.needed("effect")?);
        let mut further = taint.entries("")?.into_iter().map(|(key, _)| key);
        let is_known = further.all(|part| ["key", "value", "effect"].contains(&part)) && EFFECTS.contains(&effect);
        // Some pods tolerate without saying so what controllers put on nodes: of a cordoned one it is known which.
        let is_cordon = (key, effect) == (UNSCHEDULABLE, "NoSchedule");
        let is_own = is_known && (is_cordon || !key.starts_with("node.kubernetes.io/"));
        refuse(!is_own, || format!("its taint `{key}` is not understood"))?;
        taints.push(Taint { key, value: taint.text("value")?.unwrap_or(""), effect });
    }
    let further = object.entries("spec")?.into_iter().find(|(key, _)| *key != "taints");
    refuse(further.is_some(), || format!("its specification is not understood: {further:?}"))?;
    let amount = |key: String| notes.get(&key).map_or(Ok(0), |text| thousandths(&json!(text), &key));
    let percent = |key: &str| match notes.get(key).map(|text| text.parse::<u32>()) {
        Some(Err(_)) => Err(format!("`{key}` is not a whole number")),
        number => Ok(number.and_then(Result::ok).map(i128::from)),
    };
    let fields = notes.keys().filter_map(|key| key.strip_prefix("vauban.dev/disk.")?.rsplit_once('.'));
    let known = ["size", "reserved", "ephemeral", "keep-free", "storage-class"];
    let strange = fields.clone().find(|(_, field)| !known.contains(field));
    refuse(strange.is_some(), || format!("{strange:?} of a disk is not understood"))?;
    let (mut shared, mut disks) = (0, Vec::new());
    for name in fields.map(|(name, _)| name).collect::<BTreeSet<_>>() {
        let part = |field: &str| amount(format!("vauban.dev/disk.{name}.{field}"));
        shared += part("ephemeral")?;
        let usable = part("size")? - part("reserved")? - part("ephemeral")? - part("keep-free")?;
        let storage_class = notes.get(&format!("vauban.dev/disk.{name}.storage-class")).cloned();
        disks.push(Disk { name: name.to_owned(), usable: usable.max(0) / 1000, storage_class });
    }
    let networks = networks(&notes)?;
    let is_assumed = notes.get("vauban.dev/assumed").map(|what| what == "ephemeral-storage");
    let mut allocatable = [0; MOST_RESOURCES];
    for (index, resource) in RESOURCES.iter().enumerate() {
        let capacity = thousandths(&object["status"]["capacity"][resource], resource)?;
        let stated = thousandths(&object["status"]["allocatable"][resource], resource)?;
        let reserved = if index < 2 { amount(format!("vauban.dev/reserved-{resource}"))? } else { 0 };
        let is_less = stated == (capacity - reserved).max(0);
        refuse(!is_less, || format!("the allocatable `{resource}` is not the capacity less what is reserved"))?;
        let is_stated = index != 2 || is_assumed.map_or(capacity == shared, |is_assumed| is_assumed);
        refuse(!is_stated, || "its ephemeral storage is neither that of its disks nor assumed".to_owned())?;
        // What is there is rounded down, as what is asked for is rounded up.
        allocatable[index] = if index == 0 { stated } else { stated / 1000 };
    }
    let mut huge = 0;
    for (resource, stated) in object.entries("status.allocatable")? {
        let is_same = &object["status"]["capacity"][resource] == stated;
        let amount = thousandths(stated, resource)? / 1000;
        let is_known = RESOURCES.contains(&resource) || is_extended(resource) && is_same;
        refuse(!is_known, || format!("its resource `{resource}` is not understood"))?;
        huge += if resource.starts_with("hugepages-") { amount } else { 0 };
        if let Some(index) = extended.iter().position(|name| name == resource) {
            allocatable[RESOURCES.len() + index] = amount;
        }
    }
    // A kubelet takes huge pages out of the memory.
    let is_taken = amount("vauban.dev/reserved-memory".to_owned())? / 1000 >= huge;
    refuse(!is_taken, || "its huge pages are not taken out of its memory".to_owned())?;
    let version = object.text("status.nodeInfo.kubeletVersion")?.and_then(|text| {
        let mut parts = text.strip_prefix('v')?.split('.').map(|part| part.parse().ok());
        Some((parts.next()??, parts.next()??))
    });
    let (cap, pool) = (percent("vauban.dev/memory-overcommit")?, percent("vauban.dev/pool-least")?);
    let labels = NodeLabels::new(labels, notes.get("vauban.dev/provider").is_some_and(|provider| provider == "none"));
    let facts = Facts { allocatable, disks, networks, cap, pool };
    Ok(Node { name: &identity.name, labels, taints, facts, is_assumed: is_assumed.is_some(), version })
}
