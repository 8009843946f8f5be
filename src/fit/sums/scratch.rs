//! Scratch space that is promised and not there. The scheduler places such pods, and the kubelet evicts them later, or kills a
//! container for its memory: no state refuses it, and nobody who reads the size of the volume expects it.

use crate::eval::model::{Hardware, Node};
use crate::fit::read::demand::{Demand, Load};
use crate::fit::sums::capacity::allocatable;
use crate::fit::sums::usage::Measure;
use crate::objects::pod::ContainerResource;
use crate::objects::scratch::Scratch;
use crate::source::Span;

/// A volume that can never hold what it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promised {
    pub instance: String,
    pub label: String,
    pub volume: String,
    /// In bytes: of the volume, or of all volumes of the pods.
    pub most: i128,
    /// In bytes.
    pub there: i128,
    pub span: Span,
    pub why: Shortage,
}

/// What ends before the volume is full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shortage {
    /// The ephemeral storage of the roomiest node type that takes the pod.
    Node { node: String },
    /// The ephemeral storage of all nodes, for the volumes of all pods; the one that is named takes most.
    Nodes { pods: i128 },
    /// What the containers of the pod may use together: their memory limits.
    Limits,
    /// The memory of the roomiest node that takes the pod, of which a container has no limit.
    Memory { node: String },
}

/// Every such volume of the environment.
pub(crate) fn promised(hardware: &Hardware, demand: &Demand) -> Vec<Promised> {
    let mut found: Vec<Promised> = demand.own_loads().flat_map(|load| of_load(hardware, load)).collect();
    if found.iter().all(|one| matches!(one.why, Shortage::Limits | Shortage::Memory { .. })) {
        found.extend(together(hardware, demand));
    }
    found
}

fn of_load(hardware: &Hardware, load: &Load) -> Vec<Promised> {
    let workload = &load.workload;
    let eligible = || hardware.nodes.iter().zip(&load.eligible).filter(|(_, yes)| **yes).map(|(node, _)| node);
    let named = |node: &Node| format!("{}.{}", hardware.name, node.name);
    // Where one node type does not say how much it has, a pod may find as much as it needs there.
    let ephemeral: Option<Vec<(i128, &Node)>> = eligible().map(|node| Some((node.ephemeral()?.value, node))).collect();
    let roomiest =
        ephemeral.and_then(|nodes| nodes.into_iter().reduce(|best, one| if one.0 > best.0 { one } else { best }));
    let memory = ContainerResource::Memory as usize;
    let in_memory = if workload.resources.unlimited[memory] {
        let memory_of = |node| (allocatable(node, Measure::Memory), node);
        let roomiest = eligible().map(memory_of).reduce(|best, one| if one.0 > best.0 { one } else { best });
        roomiest.map(|(there, node)| (there, Shortage::Memory { node: named(node) }))
    } else {
        Some((workload.resources.limits[memory], Shortage::Limits))
    };
    let on_disk = roomiest.map(|(there, node)| (there, Shortage::Node { node: named(node) }));
    let volumes = workload.scratch.iter().filter(|_| load.count.peak > 0);
    let short = |volume: &Scratch| {
        let (there, why) = if volume.in_memory { in_memory.clone() } else { on_disk.clone() }?;
        (volume.most > there).then(|| of_volume(load, volume, volume.most, (there, why)))
    };
    volumes.filter_map(short).collect()
}

fn of_volume(load: &Load, volume: &Scratch, most: i128, (there, why): (i128, Shortage)) -> Promised {
    Promised {
        instance: load.owner.name.clone(),
        label: load.label.clone(),
        volume: volume.name.clone(),
        most,
        there,
        span: if volume.span.is_none() { load.workload.span } else { volume.span },
        why,
    }
}

/// All pods that always run against all nodes that are always there.
fn together(hardware: &Hardware, demand: &Demand) -> Option<Promised> {
    let there =
        hardware.nodes.iter().map(|node| Some(node.ephemeral()?.value * i128::from(node.least.unwrap_or(node.count))));
    let there: i128 = there.sum::<Option<i128>>()?;
    let on_disk = demand.own_loads().flat_map(|load| {
        let volumes = load.workload.scratch.iter().filter(|volume| !volume.in_memory);
        volumes.map(move |volume| (load, volume, volume.most * load.count.steady))
    });
    let all: Vec<(&Load, &Scratch, i128)> = on_disk.collect();
    let total: i128 = all.iter().map(|(.., sum)| sum).sum();
    let pods = all.iter().map(|(load, ..)| load.count.steady).sum();
    // Of several that take most, the first.
    let (load, volume, _) = all.iter().rev().max_by_key(|(.., sum)| sum).filter(|_| total > there)?;
    Some(of_volume(load, volume, total, (there, Shortage::Nodes { pods })))
}
