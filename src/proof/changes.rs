//! The smallest single changes after which everything fits: each was made, and everything was proved again.

use super::counts::{counts, rollouts_hold};
use super::evidence::Evidence;
use super::platform::{Counts, Platform};
use super::pods::{CPU, MEMORY, PODS, RESOURCES};
use super::verdict::StateProof;
use super::{fit, nodes, search};
use crate::eval::model::{Fit, Hardware, Node};

/// More changes are not named.
const MOST_NAMED: usize = 5;
/// So many workloads and node types are tried.
const MOST_TYPES: usize = 4;
const MOST_SOURCES: usize = 3;
/// So many nodes more are tried.
const MOST_NODES: u64 = 3;
/// Proofs of all states that are tried in all.
const MOST_TRIALS: usize = 160;
/// A larger platform, in types squared times classes, takes too long to prove so many times.
const LARGEST: usize = 400_000;

const GIB: i128 = 1 << 30;
const GB: i128 = 1_000_000_000;

/// One change of one number, after which every state that must place all pods does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The workload, `Deployment.apps shop/api`, or the type of nodes.
    pub what: String,
    pub kind: ChangeKind,
    pub from: i128,
    pub to: i128,
}

/// Which number changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// The most replicas of a workload.
    Replicas,
    /// What one pod of a workload requests of a resource.
    Request(&'static str),
    /// How many nodes there are of a type.
    Nodes,
    /// What each node of a type has of a resource, before anything is reserved.
    Node(&'static str),
}

/// The changes that were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Changes {
    /// Nothing has to change.
    #[default]
    NotNeeded,
    /// Why none was tried.
    NotTried(&'static str),
    /// The least first; empty when no single change is enough.
    Tried(Vec<Change>),
}

impl Change {
    /// How much of what it is today changes, in thousandths.
    fn share(&self) -> i128 {
        (self.to - self.from).abs() * 1000 / self.from.max(1)
    }
}

/// Looks for changes that help the first state which must place pods and does not have what is demanded of it.
pub(super) fn find(platform: &Platform, hardware: &Hardware, proofs: &[StateProof], demand: Fit) -> Changes {
    let mut placing = proofs.iter().filter(|one| one.required && matches!(one.state, "S0" | "S1" | "S2"));
    let Some(failing) = placing.find(|one| !one.verdict.meets(demand)) else { return Changes::NotNeeded };
    let types = platform.types.len();
    if types * types * platform.classes.len() > LARGEST {
        return Changes::NotTried("the platform is too large to be proved again and again");
    }
    let suspects = Suspects::of(platform, failing);
    let mut trials = Trials { platform, hardware, demand, left: MOST_TRIALS };
    let mut found = Vec::new();
    for index in &suspects.types {
        found.extend(trials.fewer_replicas(*index));
        found.extend(suspects.resources.iter().filter_map(|resource| trials.smaller_request(*index, *resource)));
    }
    for source in suspects.sources(platform) {
        found.extend(trials.more_nodes(source));
        found.extend(suspects.resources.iter().filter_map(|resource| trials.larger_nodes(source, *resource)));
    }
    found.sort_by(|left, right| (left.share(), left.kind, &left.what).cmp(&(right.share(), right.kind, &right.what)));
    found.truncate(MOST_NAMED);
    Changes::Tried(found)
}

/// Whether every state that must place pods has what is demanded of it, found without a long search.
fn places_all(platform: &Platform, demand: Fit) -> bool {
    let placed = |counts: &Counts| {
        fit::guarantee(platform, counts).is_ok() || demand == Fit::Possible && search::place_quickly(platform, counts)
    };
    placed(&counts(platform, false, None)) && placed(&counts(platform, true, None)) && rollouts_hold(platform, placed)
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
            (0..PODS).filter(is_named).collect()
        };
        let both = || vec![CPU, MEMORY];
        let (mut types, resources) = match &failing.evidence {
            Some(Evidence::Sum { minimal, resource, .. }) => (named(minimal), numbered(vec![resource])),
            Some(Evidence::Count { name, .. }) => (named(std::slice::from_ref(name)), both()),
            Some(Evidence::Oversize { name, places, .. }) => {
                let short = places.iter().map(|place| &place.resource).collect();
                (named(std::slice::from_ref(name)), numbered(short))
            }
            Some(Evidence::Farkas { weights, minimal }) => {
                (named(minimal), numbered(weights.iter().map(|one| &one.resource).collect()))
            }
            Some(Evidence::Weights { minimal, .. }) => (named(minimal), both()),
            Some(Evidence::NoNode { .. }) => (Vec::new(), Vec::new()),
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

struct Trials<'a> {
    platform: &'a Platform,
    hardware: &'a Hardware,
    demand: Fit,
    left: usize,
}

impl Trials<'_> {
    /// Whether everything holds on a platform that was changed; no, when enough was tried.
    fn try_on(&mut self, platform: &Platform) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        places_all(platform, self.demand)
    }

    /// The last number, from one of which it is known that it does not, for which a trial succeeds; `bad` does not either.
    fn last(&mut self, mut good: i128, mut bad: i128, succeeds: &dyn Fn(&mut Self, i128) -> bool) -> Option<i128> {
        if (good - bad).abs() < 1 || !succeeds(self, good) {
            return None;
        }
        while (good - bad).abs() > 1 {
            let middle = good + (bad - good) / 2;
            if succeeds(self, middle) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        Some(good)
    }

    fn fewer_replicas(&mut self, index: usize) -> Option<Change> {
        let one = &self.platform.types[index];
        if one.per_node || one.overlaps || one.peak < 2 {
            return None;
        }
        let (what, from) = (one.name.clone(), one.peak);
        let succeeds = |trials: &mut Self, replicas: i128| {
            let mut changed = trials.platform.clone();
            changed.types[index].limit_replicas(replicas);
            trials.try_on(&changed)
        };
        let to = self.last(1, from, &succeeds)?;
        Some(Change { what, kind: ChangeKind::Replicas, from, to })
    }

    /// A round amount, not below a quarter of today's.
    fn smaller_request(&mut self, index: usize, resource: usize) -> Option<Change> {
        let one = &self.platform.types[index];
        let (what, from) = (one.name.clone(), one.requests[resource]);
        let steps: &[i128] = if resource == CPU { &[50] } else { &[GIB, GIB / 16] };
        steps.iter().filter(|step| from >= 4 * **step).find_map(|step| {
            let succeeds = |trials: &mut Self, steps: i128| {
                let mut changed = trials.platform.clone();
                changed.types[index].requests[resource] = steps * step;
                trials.try_on(&changed)
            };
            let least = (from / 4 + step - 1) / step;
            let to = self.last(least, (from + step - 1) / step, &succeeds)? * step;
            let kind = ChangeKind::Request(RESOURCES[resource]);
            Some(Change { what: what.clone(), kind, from, to })
        })
    }

    /// Whether everything holds when a type of nodes is another.
    fn with_nodes(&mut self, source: usize, change: &dyn Fn(&mut Node)) -> bool {
        let mut hardware = self.hardware.clone();
        change(&mut hardware.nodes[source]);
        let mut changed = self.platform.clone();
        changed.classes = nodes::classes(&hardware, &changed.types);
        self.try_on(&changed)
    }

    fn more_nodes(&mut self, source: usize) -> Option<Change> {
        let node = &self.hardware.nodes[source];
        let (what, from) = (node.name.clone(), i128::from(node.count));
        let more = (1..=MOST_NODES).find(|more| self.with_nodes(source, &|node| node.count += more))?;
        Some(Change { what, kind: ChangeKind::Nodes, from, to: from + i128::from(more) })
    }

    /// Round, and at most twice of what it is today.
    fn larger_nodes(&mut self, source: usize, resource: usize) -> Option<Change> {
        let node = &self.hardware.nodes[source];
        let (from, step) = match resource {
            CPU => (node.cpu.value, 1000),
            MEMORY if node.memory.value % GIB == 0 || node.memory.value % GB != 0 => (node.memory.value, GIB),
            MEMORY => (node.memory.value, GB),
            _ => return None,
        };
        let what = node.name.clone();
        let succeeds = |trials: &mut Self, steps: i128| {
            trials.with_nodes(source, &|node| {
                let amount = if resource == CPU { &mut node.cpu } else { &mut node.memory };
                amount.value = steps * step;
            })
        };
        let to = self.last(2 * from / step, from / step, &succeeds)? * step;
        Some(Change { what, kind: ChangeKind::Node(RESOURCES[resource]), from, to })
    }
}
