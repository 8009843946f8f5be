//! What the workloads of all environments on one hardware ask for, with names for messages.

use std::collections::BTreeMap;

use super::Scenario;
use crate::eval::model::{Hardware, InstanceId, Model, Node};
use crate::objects::claim::Claim;
use crate::objects::node_labels::{NodeLabels, Truth};
use crate::objects::workload::{Count, Workload, Workloads};
use crate::source::Span;

/// The two amounts of work that are proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// The least replicas; no job runs.
    Steady,
    /// Every autoscaler at its maximum at once, and one run of every job.
    Peak,
}

impl State {
    /// Both, the smaller first.
    pub const ALL: [Self; 2] = [Self::Steady, Self::Peak];
}

/// One value for each [`State`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PerState<T> {
    pub steady: T,
    pub peak: T,
}

impl<T: Copy> PerState<T> {
    /// The value of a state.
    #[must_use]
    pub fn get(&self, state: State) -> T {
        match state {
            State::Steady => self.steady,
            State::Peak => self.peak,
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
    pub fn amount(&self, state: State) -> i128 {
        self.count.get(state) * self.each
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

/// Everything that shares one hardware; the scenario's own comes first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Demand {
    pub(crate) loads: Vec<Load>,
    pub(crate) claims: Vec<ClaimLoad>,
}

impl Demand {
    pub(crate) fn collect(
        own: (&Scenario<'_>, &Workloads),
        neighbours: &[Scenario<'_>],
        hardware: Option<&Hardware>,
    ) -> Self {
        let mut demand = Self::default();
        demand.add(own.0.model, own.1, None, hardware);
        for neighbour in neighbours {
            let name = neighbour.model.environment.clone().unwrap_or_else(|| "base".to_owned());
            let read = Workloads::read(neighbour.objects, hardware.and_then(|hardware| hardware.kubernetes));
            demand.add(neighbour.model, &read, Some(&name), hardware);
        }
        demand
    }

    /// The workloads of the scenario itself.
    pub(crate) fn own_loads(&self) -> impl Iterator<Item = &Load> {
        self.loads.iter().filter(|load| load.owner.neighbour.is_none())
    }

    /// The claims of the scenario itself.
    pub(crate) fn own_claims(&self) -> impl Iterator<Item = &ClaimLoad> {
        self.claims.iter().filter(|claim| claim.owner.neighbour.is_none())
    }

    fn add(&mut self, model: &Model, read: &Workloads, neighbour: Option<&str>, hardware: Option<&Hardware>) {
        let owner = |instance: InstanceId| Owner {
            instance,
            name: model.instance(instance).name.clone(),
            neighbour: neighbour.map(str::to_owned),
        };
        let mut groups: BTreeMap<InstanceId, usize> = BTreeMap::new();
        for workload in &read.workloads {
            *groups.entry(workload.instance).or_default() += 1;
        }
        let label_of = |workload: &Workload| {
            let instance = model.instance(workload.instance);
            let alone = groups.get(&workload.instance) == Some(&1) || workload.name == instance.emitted_name;
            if alone { instance.name.clone() } else { format!("{}/{}", instance.name, workload.name) }
        };
        let base = self.claims.len();
        for claim in &read.claims {
            let owner = owner(claim.instance);
            // Workloads of one instance may call their claims alike.
            let workload = read.workloads.iter().find(|workload| workload.object == claim.object);
            let label = format!("{}/{}", workload.map_or(owner.name.clone(), &label_of), claim.name);
            self.claims.push(ClaimLoad { owner, label, claim: claim.clone() });
        }
        let nodes = hardware.map(|hardware| hardware.nodes.as_slice()).unwrap_or_default();
        for workload in &read.workloads {
            let (owner, label) = (owner(workload.instance), label_of(workload));
            // A sum that refuses something counts what must be there: of a DaemonSet of which nobody says whether it comes, nothing.
            let least = if workload.scale.per_node { Truth::Yes } else { Truth::Open };
            let takes = |node: &Node, number: u64| {
                workload.eligibility.admits(&NodeLabels::of(node, number), &node.taints) >= least
            };
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
            let shifted = |claims: &[usize]| claims.iter().map(|claim| claim + base).collect();
            let (own_claims, shared_claims) = (shifted(&workload.own_claims), shifted(&workload.shared_claims));
            let workload = workload.clone();
            self.loads.push(Load { owner, label, workload, count, eligible, own_claims, shared_claims });
        }
    }
}

/// The first machine of a node type in each of its zones, with how many are like it.
pub(crate) fn representatives(node: &Node) -> impl Iterator<Item = (u64, u64)> {
    let zones = (0..node.zones.len().max(1) as u64).map(|number| (number, node.zone(number)));
    zones.map(|(number, zone)| (number, zone.map_or(node.count, |zone| node.count_in(zone))))
}
