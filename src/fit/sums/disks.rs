//! Claims against the disks that their storage class provisions on.

use crate::eval::model::{Disk, Hardware, Node};
use crate::fit::read::demand::{ClaimLoad, Demand};
use crate::fit::sums::usage::{Held, Measure, Usage};
use crate::objects::{Node as ObjectNode, Object};
use crate::source::Span;

/// The disks of one storage class. They are summed: where one claim goes is the provisioner's choice.
#[derive(Debug, Clone)]
pub struct DiskUse {
    /// None for a disk without a class, which no claim reaches.
    pub storage_class: Option<String>,
    /// `datacenter.host.nvme`.
    pub disks: Vec<String>,
    pub usage: Usage,
}

/// A claim that no disk serves.
#[derive(Debug, Clone)]
pub struct Unserved {
    pub instance: String,
    /// `db/pgdata`.
    pub label: String,
    pub storage_class: Option<String>,
    /// The class, or the claim where none is named.
    pub span: Span,
    /// The classes that exist.
    pub known: Vec<String>,
}

/// The class of claims that name none: that of the only disk that has one, or that which an emitted `StorageClass`
/// makes the default. Of several such none is: which one Kubernetes takes depends on when they were created.
pub(crate) fn default_class(hardware: &Hardware, objects: &[Object]) -> Option<String> {
    let is_default = |object: &&Object| {
        let annotation = ["metadata", "annotations", "storageclass.kubernetes.io/is-default-class"];
        object.kind == "StorageClass" && object.body.at(&annotation).and_then(ObjectNode::as_str) == Some("true")
    };
    let marked: std::collections::BTreeSet<&str> =
        objects.iter().filter(is_default).map(|object| object.name.as_str()).collect();
    match (marked.first(), classes(hardware).as_slice()) {
        (Some(only), _) if marked.len() == 1 => Some((*only).to_owned()),
        (None, [only]) => Some(only.clone()),
        _ => None,
    }
}

/// A class with its disks.
type Pool<'a> = (Option<String>, Vec<(&'a Node, &'a Disk)>);

fn classes(hardware: &Hardware) -> Vec<String> {
    let mut classes: Vec<String> = Vec::new();
    let disks = hardware.nodes.iter().flat_map(|node| &node.disks).filter_map(|disk| disk.storage_class.as_ref());
    for class in disks.chain(hardware.storages.iter().map(|storage| &storage.storage_class)) {
        if !classes.contains(class) {
            classes.push(class.clone());
        }
    }
    classes
}

/// The class that a claim ends up with.
pub(crate) fn class_of<'a>(claim: &'a ClaimLoad, default: Option<&'a str>) -> Option<&'a str> {
    claim.claim.storage_class.as_deref().or(default)
}

/// How to serve the claims of a class that nothing serves, as it is typed.
#[must_use]
pub fn how_to_serve(class: Option<&str>) -> String {
    let class = class.unwrap_or("gp3");
    let is_plain = class.starts_with(|one: char| one.is_ascii_alphabetic())
        && class.chars().all(|one| one.is_ascii_alphanumeric() || one == '-');
    let name = if is_plain { class.to_owned() } else { format!("\"{class}\"") };
    format!(
        "where a provider attaches such volumes to nodes, declare that in the hardware: `storage {name} {{ storage-class = \
         \"{class}\" }}`, with `zonal = true` where a volume stays in its zone; else give a disk of a node `storage-class = \
         \"{class}\"`, or name a class that exists"
    )
}

/// What each disk, or each group of disks of one class, holds.
pub(crate) fn disk_uses(hardware: &Hardware, demand: &Demand, default: Option<&str>) -> (Vec<DiskUse>, Vec<Unserved>) {
    let mut pools: Vec<Pool<'_>> = Vec::new();
    for node in &hardware.nodes {
        for disk in &node.disks {
            let same = |(class, _): &&mut Pool<'_>| class.is_some() && *class == disk.storage_class;
            match pools.iter_mut().find(same) {
                Some((_, members)) => members.push((node, disk)),
                None => pools.push((disk.storage_class.clone(), vec![(node, disk)])),
            }
        }
    }
    let uses = pools.into_iter().map(|(class, members)| {
        let claims =
            demand.claims.iter().filter(|claim| class.is_some() && class_of(claim, default) == class.as_deref());
        pool_use(hardware, class.clone(), &members, claims.map(ClaimLoad::term).collect())
    });
    let known = classes(hardware);
    let served =
        |claim: &&ClaimLoad| class_of(claim, default).is_some_and(|class| known.iter().any(|one| one == class));
    let unserved = demand.own_claims().filter(|claim| !served(claim)).map(|claim| Unserved {
        instance: claim.owner.name.clone(),
        label: claim.label.clone(),
        storage_class: claim.claim.storage_class.clone(),
        span: if claim.claim.class_span.is_none() { claim.claim.span } else { claim.claim.class_span },
        known: known.clone(),
    });
    (uses.collect(), unserved.collect())
}

fn pool_use(
    hardware: &Hardware,
    class: Option<String>,
    members: &[(&Node, &Disk)],
    terms: Vec<crate::fit::read::demand::Term>,
) -> DiskUse {
    let name = |node: &Node, disk: &Disk| format!("{}.{}.{}", hardware.name, node.name, disk.name);
    let mut held = Vec::new();
    let (mut capacity, mut span) = (0, Span::NONE);
    for (node, disk) in members {
        let count = i128::from(node.count);
        capacity += disk.size.value * count;
        span = if span.is_none() { disk.size.span } else { span };
        for reserve in &node.reserves {
            for (_, amount) in reserve.disks.iter().filter(|(reserved, _)| *reserved == disk.name) {
                let name = format!("reserve \"{}\"", reserve.name);
                held.push(Held { name, amount: amount.value * count, span: amount.span });
            }
        }
        if let Some(ephemeral) = disk.ephemeral {
            let name = "ephemeral storage".to_owned();
            held.push(Held { name, amount: ephemeral.value * count, span: ephemeral.span });
        }
        if let Some(free) = disk.keep_free {
            held.push(Held { name: "keep-free".to_owned(), amount: free.value * count, span: free.span });
        }
    }
    let disks: Vec<String> = members.iter().map(|(node, disk)| name(node, disk)).collect();
    let subject = disks.first().cloned().unwrap_or_default();
    DiskUse { storage_class: class, disks, usage: Usage::new(subject, Measure::Storage, (capacity, span), held, terms) }
}
