//! What a change might be made to, and how far each number may go.

use super::ChangeKind;
use crate::eval::model::Hardware;
use crate::objects::pod::ContainerResource;
use crate::proof::evidence::Evidence;
use crate::proof::platform::Platform;
use crate::proof::pods::{CPU, MEMORY, PODS, RESOURCES};
use crate::proof::verdict::StateProof;

/// So many workloads and node types are tried.
const MOST_TYPES: usize = 4;
const MOST_SOURCES: usize = 3;
/// So many nodes more are tried.
const MOST_NODES: i128 = 3;
const GIB: i128 = 1 << 30;
const GB: i128 = 1_000_000_000;

/// A number that may change in one direction.
pub(super) struct Attempt {
    pub(super) what: String,
    pub(super) container: Option<String>,
    pub(super) kind: ChangeKind,
    /// The position of the workload, or of the type of nodes.
    pub(super) target: usize,
    pub(super) from: i128,
    /// The most that is tried.
    pub(super) far: i128,
    /// What it is a multiple of after the change, so that it is round: the first of them with which it works.
    pub(super) steps: &'static [i128],
}

/// The numbers that may have to do with a state that is not what is demanded.
pub(super) fn attempts(platform: &Platform, hardware: &Hardware, failing: &StateProof) -> Vec<Attempt> {
    let suspects = Suspects::of(platform, failing);
    let mut attempts = Vec::new();
    for index in &suspects.types {
        attempts.extend(fewer_replicas(platform, *index));
        attempts.extend(suspects.resources.iter().filter_map(|resource| smaller_request(platform, *index, *resource)));
    }
    for source in suspects.sources(platform) {
        attempts.push(more_nodes(hardware, source));
        attempts.extend(suspects.resources.iter().filter_map(|resource| larger_nodes(hardware, source, *resource)));
    }
    attempts
}

/// What a change might be made to.
struct Suspects {
    types: Vec<usize>,
    resources: Vec<usize>,
}

impl Suspects {
    fn of(platform: &Platform, failing: &StateProof) -> Self {
        let named = |names: &[String]| -> Vec<usize> {
            let index = |name: &String| platform.types.iter().position(|one| one.name == *name);
            names.iter().filter_map(index).collect()
        };
        let numbered = |names: Vec<&String>| -> Vec<usize> {
            let is_named = |resource: &usize| names.iter().any(|name| *name == RESOURCES[*resource]);
            // Nobody builds more of an extended resource into a machine.
            (0..PODS).filter(is_named).collect()
        };
        let both = || vec![CPU, MEMORY];
        let (mut types, resources) = match &failing.evidence {
            Some(Evidence::Sum { minimal, resource, .. }) => (named(minimal), numbered(vec![resource])),
            Some(Evidence::Count { name, .. }) => (named(std::slice::from_ref(name)), both()),
            Some(Evidence::Oversize { name, places }) => {
                let short = places.iter().map(|place| &place.resource).collect();
                (named(std::slice::from_ref(name)), numbered(short))
            }
            Some(Evidence::Farkas { weights, minimal }) => {
                (named(minimal), numbered(weights.iter().map(|one| &one.resource).collect()))
            }
            Some(Evidence::Weights { minimal, .. }) => (named(minimal), both()),
            Some(Evidence::NoNode { .. } | Evidence::Undeclared { .. }) => (Vec::new(), Vec::new()),
            _ => ((0..platform.types.len()).collect(), both()),
        };
        types.sort_by_cached_key(|index| (std::cmp::Reverse(weight(platform, *index, &resources)), *index));
        types.truncate(MOST_TYPES);
        Self { types, resources }
    }

    /// The types of nodes that any of the workloads may go to.
    fn sources(&self, platform: &Platform) -> Vec<usize> {
        let admits = |eligible: &[bool]| self.types.iter().any(|index| eligible[*index]);
        let own = platform.classes.iter().filter(|class| admits(&class.eligible)).map(|class| class.source);
        let mut sources: Vec<usize> = own.collect();
        sources.sort_unstable();
        sources.dedup();
        sources.truncate(MOST_SOURCES);
        sources
    }
}

/// How much of all nodes a type asks for at peak, in millionths of the resource of which that is most.
fn weight(platform: &Platform, index: usize, resources: &[usize]) -> i128 {
    let one = &platform.types[index];
    let pods = one.peak * if one.per_node { platform.nodes_of(index) } else { 1 };
    let share = |resource: &usize| {
        let there: i128 = platform.classes.iter().map(|class| class.size() * class.allocatable[*resource]).sum();
        pods.saturating_mul(one.requests[*resource]).saturating_mul(1_000_000) / there.max(1)
    };
    resources.iter().map(share).max().unwrap_or(0)
}

fn fewer_replicas(platform: &Platform, target: usize) -> Option<Attempt> {
    let one = &platform.types[target];
    if one.per_node || one.overlaps || one.peak < 2 {
        return None;
    }
    let (what, kind) = (one.name.clone(), ChangeKind::Replicas);
    Some(Attempt { what, container: None, kind, target, from: one.peak, far: 1, steps: &[1] })
}

/// Of the container with the largest request, which is the one whose line is shown. Not below a quarter of today's.
fn smaller_request(platform: &Platform, target: usize, resource: usize) -> Option<Attempt> {
    let (one, own) = (&platform.types[target], ContainerResource::ALL[resource]);
    let largest = one.resources.largest(own).filter(|_| !one.resources.pod_level);
    let stated = largest.and_then(|largest| largest.requests.get(own));
    let from = stated.map_or(one.resources.requests[resource], |stated| own.unit(stated.milli()));
    let has_several = one.resources.containers.len() > 1;
    let container = largest.filter(|_| has_several).map(|largest| largest.name.clone());
    let steps: &[i128] = if resource == CPU { &[50] } else { &[GIB, GIB / 16] };
    let kind = ChangeKind::Request(RESOURCES[resource]);
    Some(Attempt { what: one.name.clone(), container, kind, target, from, far: from / 4, steps })
}

fn more_nodes(hardware: &Hardware, target: usize) -> Attempt {
    let node = &hardware.nodes[target];
    let (what, from) = (node.name.clone(), i128::from(node.count));
    Attempt { what, container: None, kind: ChangeKind::Nodes, target, from, far: from + MOST_NODES, steps: &[1] }
}

/// At most twice of what it is today.
fn larger_nodes(hardware: &Hardware, target: usize, resource: usize) -> Option<Attempt> {
    let node = &hardware.nodes[target];
    let (from, steps): (i128, &[i128]) = match resource {
        CPU => (node.cpu.value, &[1000]),
        MEMORY if node.memory.value % GIB == 0 || node.memory.value % GB != 0 => (node.memory.value, &[GIB]),
        MEMORY => (node.memory.value, &[GB]),
        _ => return None,
    };
    let kind = ChangeKind::Node(RESOURCES[resource]);
    Some(Attempt { what: node.name.clone(), container: None, kind, target, from, far: 2 * from, steps })
}
