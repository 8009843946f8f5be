//! What a change might be made to, and how far each number may go.

use super::ChangeKind;
use super::rewrites::{Rewrite, Written};
use crate::eval::model::Hardware;
use crate::fit::evidence::Evidence;
use crate::fit::evidence::reason::{Reason, Subject};
use crate::fit::read::platform::Platform;
use crate::fit::read::pods::{CPU, MEMORY, PODS, RESOURCES};
use crate::fit::states::state::State;
use crate::fit::states::verdict::StateProof;
use crate::objects::pod::ContainerResource;

/// So many workloads and node types are tried.
const MOST_TYPES: usize = 4;
const MOST_SOURCES: usize = 3;
/// So many times the nodes that there are, and so many more, are the most that are tried.
const MOST_TIMES: i128 = 10;
const MOST_NODES: i128 = 12;
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
    /// Of what is no amount: what becomes of the objects, for which nothing between today and `far` is tried.
    pub(super) rewrites: Vec<Rewrite>,
    /// Further workloads that change in the same way.
    pub(super) also: Vec<String>,
}

impl Attempt {
    fn of(what: &str, kind: ChangeKind, target: usize, (from, far): (i128, i128), steps: &'static [i128]) -> Self {
        let what = what.to_owned();
        Self { what, container: None, kind, target, from, far, steps, rewrites: Vec::new(), also: Vec::new() }
    }
}

/// The numbers that may have to do with a state that is not what is demanded.
pub(super) fn attempts(written: &Written<'_>, hardware: &Hardware) -> Vec<Attempt> {
    let (platform, failing) = (written.platform, written.failing);
    let suspects = Suspects::of(platform, failing);
    let mut attempts = Vec::new();
    for index in &suspects.types {
        attempts.extend(fewer_replicas(platform, *index));
        attempts.extend(suspects.resources.iter().filter_map(|resource| smaller_request(platform, *index, *resource)));
    }
    attempts.extend(written.attempts(&suspects.types));
    // No node is anything to a quota or a budget.
    let is_about_nodes = failing.state != State::S7 && !matches!(failing.evidence, Some(Evidence::Locked { .. }));
    let sources = if is_about_nodes { suspects.sources(platform) } else { Vec::new() };
    for source in sources {
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
            (0..=PODS).filter(is_named).collect()
        };
        let both = || vec![CPU, MEMORY];
        let (mut types, resources) = match &failing.evidence {
            Some(Evidence::Sum { minimal, resource, .. }) => (named(minimal), numbered(vec![resource])),
            Some(Evidence::Count { name, .. } | Evidence::Alone { name, .. }) => {
                (named(std::slice::from_ref(name)), both())
            }
            // No amount is anything to a budget but the number of pods.
            Some(Evidence::Locked { name, .. }) => (named(std::slice::from_ref(name)), Vec::new()),
            Some(Evidence::Oversize { name, places }) => {
                let short = places.iter().map(|place| &place.resource).collect();
                (named(std::slice::from_ref(name)), numbered(short))
            }
            Some(Evidence::Farkas { weights, minimal }) => {
                (named(minimal), numbered(weights.iter().map(|one| &one.resource).collect()))
            }
            Some(Evidence::Weights { minimal, .. }) => (named(minimal), both()),
            Some(Evidence::NoNode { .. } | Evidence::Undeclared { .. }) => (Vec::new(), Vec::new()),
            Some(Evidence::Quota(key)) => {
                let is_here =
                    |index: &usize| platform.types[*index].namespace.as_deref() == key.quota.split('/').next();
                let resource = key.key.strip_prefix("requests.").unwrap_or(&key.key).to_owned();
                ((0..platform.types.len()).filter(is_here).collect(), numbered(vec![&resource]))
            }
            _ => ((0..platform.types.len()).collect(), both()),
        };
        // What a reason is about comes first, whatever it weighs.
        let guilty = failing.reason.iter().flat_map(Reason::subjects).find_map(|subject| match subject {
            Subject::Workload(name) => platform.types.iter().position(|one| one.name == name),
            _ => None,
        });
        let rank =
            |index: &usize| (Some(*index) != guilty, std::cmp::Reverse(weight(platform, *index, &resources)), *index);
        types.sort_by_cached_key(rank);
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
    Some(Attempt::of(&one.name, ChangeKind::Replicas, target, (one.peak, 1), &[1]))
}

/// Of the container with the largest request, which is the one whose line is shown. Not below a quarter of today's.
fn smaller_request(platform: &Platform, target: usize, resource: usize) -> Option<Attempt> {
    let (one, own) = (&platform.types[target], *ContainerResource::ALL.get(resource)?);
    let largest = one.resources.largest(own).filter(|_| !one.resources.pod_level);
    let stated = largest.and_then(|largest| largest.requests.get(own));
    let from = stated.map_or(one.resources.requests[resource], |stated| own.unit(stated.milli()));
    let has_several = one.resources.containers.len() > 1;
    let container = largest.filter(|_| has_several).map(|largest| largest.name.clone());
    let steps: &[i128] = if resource == CPU { &[50] } else { &[GIB, GIB / 16] };
    let kind = ChangeKind::Request(RESOURCES[resource]);
    Some(Attempt { container, ..Attempt::of(&one.name, kind, target, (from, from / 4), steps) })
}

fn more_nodes(hardware: &Hardware, target: usize) -> Attempt {
    let node = &hardware.nodes[target];
    let from = i128::from(node.count);
    Attempt::of(&node.name, ChangeKind::Nodes, target, (from, MOST_TIMES * from + MOST_NODES), &[1])
}

/// At most twice of what it is today.
fn larger_nodes(hardware: &Hardware, target: usize, resource: usize) -> Option<Attempt> {
    let node = &hardware.nodes[target];
    let (from, steps): (i128, &[i128]) = match resource {
        CPU => (node.cpu.value, &[1000]),
        MEMORY if node.memory.value % GIB == 0 || node.memory.value % GB != 0 => (node.memory.value, &[GIB]),
        MEMORY => (node.memory.value, &[GB]),
        PODS => (node.pods.value, &[1]),
        _ => return None,
    };
    Some(Attempt::of(&node.name, ChangeKind::Node(RESOURCES[resource]), target, (from, 2 * from), steps))
}
