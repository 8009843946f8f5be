//! The machines that are assumed: read from the hardware, grouped into classes, and written as `Node` objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::data::{Node as Tree, NodeValue};
use crate::eval::model::{Amount, Hardware, NetworkStorage, Node, Reserve, Taint};
use crate::fit::evidence::reason::Reason;
use crate::fit::read::constraints::{HOSTNAME, ZONE};
use crate::fit::read::pods::{EPHEMERAL, PODS, PodType, RESOURCES, WIDTH, resources_of};
use crate::objects::node_labels::{NodeLabels, Truth};
use crate::objects::selector::label;

/// A disk as every machine of a class has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClassDisk {
    pub(crate) name: String,
    pub(crate) storage_class: Option<String>,
    pub(crate) usable: i128,
}

/// Machines that no pod tells apart.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    pub(crate) name: String,
    /// The position of the node type in the hardware, and its name.
    pub(crate) source: usize,
    pub(crate) source_name: String,
    pub(crate) nodes: Vec<String>,
    pub(crate) allocatable: [i128; WIDTH],
    pub(crate) disks: Vec<ClassDisk>,
    /// The label that names the zone.
    pub(crate) zone: Option<String>,
    /// What the memory limits may add up to, in percent of the memory, where a cap is declared.
    pub(crate) memory_cap: Option<i128>,
    /// Of a pool, how many of its nodes there are always. The nodes of a pool are a node type, and of no other class.
    pub(crate) pool: Option<i128>,
    /// Whether nobody says in which zone they are, or whether they are in one.
    pub(crate) has_open_zone: bool,
    /// The labels that types ask for and nobody declares.
    pub(crate) open_labels: BTreeSet<String>,
    /// For each type, what is known of the following three. These say what may be, and [`Platform::certain`] what is.
    ///
    /// [`Platform::certain`]: crate::fit::read::platform::Platform::certain
    pub(crate) seen: Vec<Sight>,
    /// For each type, whether its pods may come here.
    pub(crate) eligible: Vec<bool>,
    /// For each type, whether its node selector and affinity hold, whatever the taints say.
    pub(crate) selected: Vec<bool>,
    /// For each type, whether its selector, its affinity and its tolerations hold, whatever its volumes say.
    pub(crate) counted: Vec<bool>,
}

impl Class {
    pub(crate) fn size(&self) -> i128 {
        self.nodes.len() as i128
    }
}

/// The names of the first machines of a node type.
pub(crate) fn first_machines(node: &Node, number: u64) -> BTreeSet<String> {
    (0..number.min(node.count)).map(|number| node.machine(number)).collect()
}

/// Two machines that have one name, by which pods and volumes find them.
pub(crate) fn clash(hardware: &Hardware) -> Option<Reason> {
    let (mut names, mut hosts) = (BTreeSet::new(), BTreeSet::new());
    for node in &hardware.nodes {
        for number in 0..node.count {
            let name = node.machine(number);
            let labels = NodeLabels::of(node, number);
            let host = label(labels.known(), HOSTNAME).unwrap_or(&name).to_owned();
            if !hosts.insert(host.clone()) {
                return Some(Reason::SameHost { host });
            }
            if !names.insert(name.clone()) {
                return Some(Reason::SameNode { name });
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
type Sight = [Truth; 3];

fn sight(one: &PodType, labels: &NodeLabels, taints: &[Taint]) -> Sight {
    [one.admits(labels, taints), one.eligibility.selects(labels), one.eligibility.admits(labels, taints)]
}

/// Groups the machines of a hardware by their zone and by what the types see of them.
pub(crate) fn classes(hardware: &Hardware, types: &[PodType]) -> Vec<Class> {
    // Like machines of a zone differ by their names only, so that most types need to look at one of them.
    let by_name: Vec<usize> = (0..types.len()).filter(|index| types[*index].names_nodes()).collect();
    let mut classes: Vec<Class> = Vec::new();
    for (source, node) in hardware.nodes.iter().enumerate() {
        let begin = classes.len();
        let mut first: BTreeMap<Option<&str>, Vec<Sight>> = BTreeMap::new();
        let mut found: BTreeMap<(Option<&str>, Vec<Sight>), usize> = BTreeMap::new();
        for number in 0..node.count {
            let (name, zone) = (node.machine(number), node.zone(number));
            let labels = NodeLabels::of(node, number);
            let own: Vec<Sight> = by_name.iter().map(|index| sight(&types[*index], &labels, &node.taints)).collect();
            if let Some(class) = found.get(&(zone, own.clone())) {
                classes[*class].nodes.push(name);
                continue;
            }
            let of_zone = || types.iter().map(|one| sight(one, &labels, &node.taints)).collect();
            let mut seen = first.entry(zone).or_insert_with(of_zone).clone();
            by_name.iter().zip(&own).for_each(|(index, sight)| seen[*index] = *sight);
            found.insert((zone, own), classes.len());
            classes.push(class(node, (source, classes.len() - begin), (name, &labels), types, &seen));
        }
    }
    classes
}

/// A class with its first machine. `place` is the node type and the position among its classes.
fn class(
    node: &Node,
    place: (usize, usize),
    (name, labels): (String, &NodeLabels),
    types: &[PodType],
    seen: &[Sight],
) -> Class {
    let (source, position) = place;
    let suffix = if position == 0 { String::new() } else { format!(" ({})", position + 1) };
    let here = types.iter().zip(seen).filter(|(_, [eligible, ..])| eligible.is_possible());
    let ephemeral: i128 = here.map(|(one, _)| one.greatest() * one.requests[EPHEMERAL]).sum();
    let cpu = (node.cpu.value - reserved(node, |reserve| reserve.cpu)).max(0);
    let memory = (node.memory.value - reserved(node, |reserve| reserve.memory)).max(0);
    let ephemeral = node.ephemeral().map_or(ephemeral, |declared| declared.value);
    let mut allocatable = [0; WIDTH];
    allocatable[..RESOURCES.len()].copy_from_slice(&[cpu, memory, ephemeral, node.pods.value]);
    for (amount, name) in allocatable.iter_mut().zip(resources_of(types)).skip(RESOURCES.len()) {
        *amount = node.resources.iter().filter(|(other, _)| *other == name).map(|(_, one)| one.value).sum();
    }
    // What asks for more of an extended resource than a machine has never comes to it, but that a DaemonSet wants to.
    let mut seen = seen.to_vec();
    for (one, sight) in types.iter().zip(&mut seen).filter(|(one, _)| !one.per_node) {
        let mut amounts = one.requests.iter().zip(&allocatable).skip(RESOURCES.len());
        if amounts.any(|(request, has)| request > has) {
            sight[0] = Truth::No;
        }
    }
    let disks = node.disks.iter().map(|disk| ClassDisk {
        name: disk.name.clone(),
        storage_class: disk.storage_class.clone(),
        usable: node.usable(disk).max(0),
    });
    Class {
        name: format!("{}{suffix}", node.name),
        source,
        source_name: node.name.clone(),
        nodes: vec![name],
        allocatable,
        disks: disks.collect(),
        zone: label(labels.known(), ZONE).map(str::to_owned),
        has_open_zone: labels.is_open(ZONE),
        open_labels: types
            .iter()
            .flat_map(PodType::keys)
            .filter(|key| labels.is_open(key))
            .map(str::to_owned)
            .collect(),
        memory_cap: node.overcommit_memory.map(|cap| cap.value),
        pool: node.least.map(i128::from),
        eligible: seen.iter().map(|[eligible, ..]| eligible.is_possible()).collect(),
        selected: seen.iter().map(|[_, selected, _]| selected.is_possible()).collect(),
        counted: seen.iter().map(|[.., counted]| counted.is_possible()).collect(),
        seen,
    }
}

/// The machines as ordinary objects.
pub(crate) fn documents(hardware: &Hardware, classes: &[Class]) -> Vec<Tree> {
    let mut documents = Vec::new();
    for class in classes {
        let node = &hardware.nodes[class.source];
        let numbers: BTreeMap<String, u64> = (0..node.count).map(|number| (node.machine(number), number)).collect();
        let own = class.nodes.iter().filter_map(|name| Some((name.as_str(), *numbers.get(name)?)));
        documents.extend(own.map(|own| document(hardware, node, own, class)));
    }
    documents
}

fn document(hardware: &Hardware, node: &Node, (name, number): (&str, u64), class: &Class) -> Tree {
    let milli = |amount: i128| Tree::string(format!("{amount}m"));
    let plain = |amount: i128| Tree::string(amount.to_string());
    let mut annotations = vec![("vauban.dev/class".to_owned(), Tree::string(node.name.clone()))];
    if let Some(least) = class.pool {
        annotations.push(("vauban.dev/pool-least".to_owned(), plain(least)));
    }
    if let Some(provider) = &node.provider {
        annotations.push(("vauban.dev/provider".to_owned(), Tree::string(provider.clone())));
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
    let labels = NodeLabels::of(node, number);
    let labels = labels.known().iter().map(|(key, value)| (key.clone(), Tree::string(value.clone())));
    let metadata = map([
        ("name".to_owned(), Tree::string(name)),
        ("labels".to_owned(), map(labels)),
        ("annotations".to_owned(), map(annotations)),
    ]);
    let resources = |cpu: i128, memory: i128| {
        let known = [
            ("cpu".to_owned(), milli(cpu)),
            ("memory".to_owned(), plain(memory)),
            (RESOURCES[EPHEMERAL].to_owned(), plain(class.allocatable[EPHEMERAL])),
            (RESOURCES[PODS].to_owned(), plain(class.allocatable[PODS])),
        ];
        map(known.into_iter().chain(node.resources.iter().map(|(name, amount)| (name.clone(), plain(amount.value)))))
    };
    let mut fields = vec![
        ("apiVersion".to_owned(), Tree::string("v1")),
        ("kind".to_owned(), Tree::string("Node")),
        ("metadata".to_owned(), metadata),
    ];
    if !node.taints.is_empty() {
        let taints = node.taints.iter().map(|taint| {
            let value = Some(&taint.value).filter(|value| !value.is_empty());
            let value = value.map(|value| ("value".to_owned(), Tree::string(value.clone())));
            let effect = ("effect".to_owned(), Tree::string(taint.effect.key()));
            map([Some(("key".to_owned(), Tree::string(taint.key.clone()))), value, Some(effect)].into_iter().flatten())
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
