//! What the workloads of all environments on one hardware ask for, with names for messages.

use std::collections::BTreeMap;

use crate::eval::model::{Hardware, InstanceId, Node};
use crate::fit::{At, Scenario};
use crate::objects::claim::Claim;
use crate::objects::node_labels::{NodeLabels, Truth};
use crate::objects::scaling::Unbounded;
use crate::objects::workload::{Count, Workload, Workloads};
use crate::source::Span;

/// One value for each [`At`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PerState<T> {
    pub steady: T,
    pub peak: T,
}

impl<T: Copy> PerState<T> {
    /// The value of a state.
    #[must_use]
    pub fn get(&self, at: At) -> T {
        match at {
            At::Steady => self.steady,
            At::Peak => self.peak,
        }
    }
}

/// Whose demand it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub instance: InstanceId,
    /// The instance's name in the source.
    pub name: String,
    /// For what another environment on the same hardware asks: its name. [`Owner::instance`] counts in its model.
    pub neighbour: Option<String>,
}

/// One line of a sum: so many times so much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub owner: Owner,
    /// Tells apart the terms of one instance: `db`, `db/db-pooler`.
    pub label: String,
    pub count: PerState<i128>,
    /// What one asks for.
    pub each: i128,
    /// Where that is written.
    pub span: Span,
    /// Where the counts are written; nowhere for a default of Kubernetes.
    pub count_span: PerState<Span>,
    /// Whether the author can lower the count at all.
    pub countable: bool,
}

impl Term {
    /// What it adds to the sum.
    #[must_use]
    pub fn amount(&self, at: At) -> i128 {
        self.count.get(at) * self.each
    }
}

/// A workload with its owner.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) owner: Owner,
    pub(crate) label: String,
    pub(crate) workload: Workload,
    pub(crate) count: PerState<i128>,
    /// For each node of the hardware, whether it takes the pods.
    pub(crate) eligible: Vec<bool>,
    /// Positions among the claims of the [`Demand`].
    pub(crate) own_claims: Vec<usize>,
    pub(crate) shared_claims: Vec<usize>,
}

impl Load {
    /// A term of this load's pods.
    pub(crate) fn term(&self, each: i128, span: Span) -> Term {
        let scale = &self.workload.scale;
        Term {
            owner: self.owner.clone(),
            label: self.label.clone(),
            count: self.count,
            each,
            span: if span.is_none() { self.workload.span } else { span },
            count_span: PerState { steady: scale.steady.span, peak: scale.peak.span },
            countable: !scale.per_node && self.workload.kind != "Pod",
        }
    }
}

/// A claim with its owner.
#[derive(Debug, Clone)]
pub(crate) struct ClaimLoad {
    pub(crate) owner: Owner,
    pub(crate) label: String,
    pub(crate) claim: Claim,
}

impl ClaimLoad {
    pub(crate) fn term(&self) -> Term {
        let Count { value, span } = self.claim.count;
        Term {
            owner: self.owner.clone(),
            label: self.label.clone(),
            count: PerState { steady: value, peak: value },
            each: self.claim.bytes,
            span: self.claim.span,
            count_span: PerState { steady: span, peak: span },
            countable: !span.is_none(),
        }
    }
}

/// Everything that shares one hardware; the scenario's own comes first, in the order of its source.
#[derive(Debug, Clone, Default)]
pub(crate) struct Demand {
    pub(crate) loads: Vec<Load>,
    pub(crate) claims: Vec<ClaimLoad>,
    /// The autoscalers of the scenario itself that have no maximum.
    pub(crate) unbounded: Vec<Unbounded>,
}

impl Demand {
    /// Gives what was read its names. `origins` says of each object from which scenario it is, and where it stands in it.
    pub(crate) fn collect(
        scenarios: &[Scenario<'_>],
        origins: &[(usize, usize)],
        read: &Workloads,
        hardware: Option<&Hardware>,
    ) -> Self {
        let named = Named::of(scenarios, origins, read);
        let (mut claims, mut loads): (Vec<usize>, Vec<usize>) =
            ((0..read.claims.len()).collect(), (0..read.workloads.len()).collect());
        let owns: Vec<Option<usize>> = named.owners_of_claims();
        claims.sort_by_key(|claim| {
            let (origin, index) = origins[read.claims[*claim].object];
            (origin, owns[*claim].is_some(), index, *claim)
        });
        loads.sort_by_key(|load| origins[read.workloads[*load].object]);
        let mut position = vec![0; claims.len()];
        claims.iter().enumerate().for_each(|(at, claim)| position[*claim] = at);
        let moved = |claims: &[usize]| claims.iter().map(|claim| position[*claim]).collect();
        let claim_load = |index: &usize| {
            let claim = &read.claims[*index];
            let owner = named.owner(claim.object, claim.instance);
            // Workloads of one instance may call their claims alike.
            let label = owns[*index].map_or_else(|| owner.name.clone(), |workload| named.label(workload));
            ClaimLoad { label: format!("{label}/{}", claim.name), owner, claim: claim.clone() }
        };
        let nodes = hardware.map(|hardware| hardware.nodes.as_slice()).unwrap_or_default();
        let load = |index: &usize| {
            let workload = &read.workloads[*index];
            let (count, eligible) = count(workload, nodes);
            Load {
                owner: named.owner(workload.object, workload.instance),
                label: named.label(*index),
                count,
                eligible,
                own_claims: moved(&workload.own_claims),
                shared_claims: moved(&workload.shared_claims),
                workload: workload.clone(),
            }
        };
        let is_own = |one: &&Unbounded| origins[one.object].0 == 0;
        let mut unbounded: Vec<Unbounded> = read.unbounded.iter().filter(is_own).cloned().collect();
        unbounded.sort_by_key(|one| origins[one.object]);
        Self { claims: claims.iter().map(claim_load).collect(), loads: loads.iter().map(load).collect(), unbounded }
    }

    /// The workloads of the scenario itself.
    pub(crate) fn own_loads(&self) -> impl Iterator<Item = &Load> {
        self.loads.iter().filter(|load| load.owner.neighbour.is_none())
    }

    /// The claims of the scenario itself.
    pub(crate) fn own_claims(&self) -> impl Iterator<Item = &ClaimLoad> {
        self.claims.iter().filter(|claim| claim.owner.neighbour.is_none())
    }
}

/// What the source calls workloads.
struct Named<'a> {
    scenarios: &'a [Scenario<'a>],
    origins: &'a [(usize, usize)],
    read: &'a Workloads,
    /// How many workloads each instance has.
    groups: BTreeMap<(usize, InstanceId), usize>,
}

impl<'a> Named<'a> {
    fn of(scenarios: &'a [Scenario<'a>], origins: &'a [(usize, usize)], read: &'a Workloads) -> Self {
        let mut groups: BTreeMap<(usize, InstanceId), usize> = BTreeMap::new();
        for workload in &read.workloads {
            *groups.entry((origins[workload.object].0, workload.instance)).or_default() += 1;
        }
        Self { scenarios, origins, read, groups }
    }

    fn owner(&self, object: usize, instance: InstanceId) -> Owner {
        let origin = self.origins[object].0;
        let model = self.scenarios[origin].model;
        let neighbour = (origin > 0).then(|| model.environment.clone().unwrap_or_else(|| "base".to_owned()));
        Owner { instance, name: model.instance(instance).name.clone(), neighbour }
    }

    fn label(&self, workload: usize) -> String {
        let workload = &self.read.workloads[workload];
        let origin = self.origins[workload.object].0;
        let instance = self.scenarios[origin].model.instance(workload.instance);
        let is_alone = self.groups.get(&(origin, workload.instance)) == Some(&1);
        // Manifests that somebody else wrote belong to no instance of a source.
        if instance.span.is_none() {
            workload.name.clone()
        } else if is_alone || workload.name == instance.emitted_name {
            instance.name.clone()
        } else {
            format!("{}/{}", instance.name, workload.name)
        }
    }

    /// Of each claim the workload whose object states it; none of a claim that is an object of its own.
    fn owners_of_claims(&self) -> Vec<Option<usize>> {
        let by_object: BTreeMap<usize, usize> =
            self.read.workloads.iter().enumerate().map(|(index, workload)| (workload.object, index)).collect();
        self.read.claims.iter().map(|claim| by_object.get(&claim.object).copied()).collect()
    }
}

/// How many pods there are, and which nodes take them.
fn count(workload: &Workload, nodes: &[Node]) -> (PerState<i128>, Vec<bool>) {
    // A sum that refuses something counts what must be there: of a DaemonSet of which nobody says whether it comes, nothing.
    let least = if workload.scale.per_node { Truth::Yes } else { Truth::Open };
    let takes =
        |node: &Node, number: u64| workload.eligibility.admits(&NodeLabels::of(node, number), &node.taints) >= least;
    let taken = |node: &Node| -> u64 {
        representatives(node).filter(|(number, _)| takes(node, *number)).map(|(_, like)| like).sum()
    };
    let taken: Vec<u64> = nodes.iter().map(taken).collect();
    let eligible: Vec<bool> = taken.iter().map(|number| *number > 0).collect();
    let scale = &workload.scale;
    let count = if scale.per_node {
        let each: i128 = if nodes.is_empty() { 1 } else { taken.iter().copied().map(i128::from).sum() };
        PerState { steady: each, peak: each }
    } else {
        PerState { steady: scale.steady.value, peak: scale.peak.value }
    };
    (count, eligible)
}

/// The first machine of a node type in each of its zones, with how many are like it.
pub(crate) fn representatives(node: &Node) -> impl Iterator<Item = (u64, u64)> {
    let zones = (0..node.zones.len().max(1) as u64).map(|number| (number, node.zone(number)));
    zones.map(|(number, zone)| (number, zone.map_or(node.count, |zone| node.count_in(zone))))
}
