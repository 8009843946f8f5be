//! What is proved and found about one environment.
//!
//! [`analyse`] computes plain data from the model and the emitted objects; reports and summaries read it. Only
//! [`diagnose`] turns it into messages.

pub mod budgets;
pub mod capacity;
pub mod cost;
pub mod degradation;
pub mod demand;
pub mod diagnostics;
pub mod disks;
pub mod disruption;
pub mod failure;
mod gates;
pub mod nowhere;
pub mod oversize;
pub mod quotas;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod usage;

use budgets::{BudgetSum, ShareUse};
use demand::Demand;
pub use demand::{Owner, PerState, State, Term};
pub use diagnostics::diagnose;
use disks::{DiskUse, Unserved};
use disruption::DisruptionUse;
use failure::Failure;
use nowhere::Nowhere;
use oversize::Oversize;
use quotas::{MissingKey, QuotaUse};
pub use usage::{Held, Measure, Remedy, Unit, Usage};

use crate::eval::model::Model;
use crate::objects::Object;
use crate::objects::pod::ContainerResource;
use crate::objects::scaling::Unbounded;
use crate::objects::workload::Workloads;
use crate::source::Span;

/// One environment: the model and everything that it emits, footprints included.
#[derive(Debug, Clone, Copy)]
pub struct Scenario<'a> {
    pub model: &'a Model,
    pub objects: &'a [Object],
}

/// A container that does not say what it needs.
#[derive(Debug, Clone)]
pub struct Unbudgeted {
    pub instance: String,
    /// `db/db-pooler`.
    pub label: String,
    pub container: String,
    /// `cpu`, `memory`.
    pub missing: Vec<&'static str>,
    pub span: Span,
}

/// A CronJob whose runs may pile up without bound; its peak is counted as one run.
#[derive(Debug, Clone)]
pub struct Overlap {
    pub instance: String,
    pub label: String,
    pub span: Span,
}

/// All that is known about one environment.
#[derive(Debug, Clone, Default)]
pub struct Analysis {
    /// None for the base.
    pub environment: Option<String>,
    /// Whether there is hardware to prove anything against.
    pub has_hardware: bool,
    /// What the hardware costs, where it says so.
    pub cost: Option<cost::Cost>,
    /// Pods of this environment alone.
    pub pods: PerState<i128>,
    /// CPU, memory, pod slots and memory limits of all nodes, with the demand of all environments on them.
    pub nodes: Vec<Usage>,
    /// Pods that fit no node.
    pub oversize: Vec<Oversize>,
    /// DaemonSets that no node takes.
    pub nowhere: Vec<Nowhere>,
    pub disks: Vec<DiskUse>,
    pub unserved: Vec<Unserved>,
    pub unbudgeted: Vec<Unbudgeted>,
    /// Workloads with a container that has no memory limit, by label.
    pub unlimited: Vec<String>,
    pub quotas: Vec<QuotaUse>,
    pub missing_keys: Vec<MissingKey>,
    /// All quotas of a kind against the hardware.
    pub quota_sums: Vec<Usage>,
    pub shares: Vec<ShareUse>,
    pub budgets: Vec<BudgetSum>,
    pub disruption: Vec<DisruptionUse>,
    /// Autoscalers without a maximum.
    pub unbounded: Vec<Unbounded>,
    pub overlaps: Vec<Overlap>,
    /// What one failure takes down, and what it degrades.
    pub failure: Failure,
}

/// Computes everything about an environment. `neighbours` are the other environments that run on the same hardware at
/// the same time: their demand is added to that of the nodes and disks.
#[must_use]
pub fn analyse(scenario: &Scenario<'_>, neighbours: &[Scenario<'_>]) -> Analysis {
    let model = scenario.model;
    let hardware = model.hardware.as_ref();
    let read = Workloads::read(scenario.objects, hardware.and_then(|hardware| hardware.kubernetes));
    let demand = Demand::collect((scenario, &read), neighbours, hardware);
    let mut analysis = Analysis {
        environment: model.environment.clone(),
        has_hardware: hardware.is_some(),
        pods: PerState {
            steady: demand.own_loads().map(|load| load.count.steady).sum(),
            peak: demand.own_loads().map(|load| load.count.peak).sum(),
        },
        unbudgeted: unbudgeted(&demand),
        quotas: quotas::quota_uses(scenario, &demand),
        missing_keys: quotas::missing_keys(scenario, &demand),
        budgets: budgets::budget_sums(scenario),
        disruption: disruption::disruption_uses(scenario, &demand),
        unbounded: read.unbounded,
        ..Analysis::default()
    };
    let memory = ContainerResource::Memory as usize;
    let unlimited = demand.own_loads().filter(|load| load.workload.resources.unlimited[memory]);
    analysis.unlimited = unlimited.map(|load| load.label.clone()).collect();
    let overlaps = demand.own_loads().filter(|load| load.workload.scale.unbounded_overlap);
    analysis.overlaps = overlaps
        .map(|load| Overlap { instance: load.owner.name.clone(), label: load.label.clone(), span: load.workload.span })
        .collect();
    let default = hardware.and_then(|hardware| disks::default_class(hardware, scenario.objects));
    if let Some(hardware) = hardware {
        analysis.cost = cost::Cost::of(hardware, &demand, default.as_deref());
        (analysis.disks, analysis.unserved) = disks::disk_uses(hardware, &demand, default.as_deref());
        analysis.nodes = capacity::node_usages(hardware, &demand);
        analysis.nowhere = nowhere::nowhere(hardware, &demand);
        analysis.oversize = oversize::oversizes(hardware, &demand);
        analysis.quota_sums = quotas::quota_sums(scenario, neighbours, hardware, &analysis.disks);
    }
    analysis.failure = failure::failure(model, &demand, default.as_deref());
    analysis.shares = budgets::share_uses(scenario, &demand, &analysis.disks, default.as_deref());
    analysis
}

fn unbudgeted(demand: &Demand) -> Vec<Unbudgeted> {
    let of_load = |load: &demand::Load| {
        let containers = load.workload.resources.unbudgeted().map(|(container, missing)| Unbudgeted {
            instance: load.owner.name.clone(),
            label: load.label.clone(),
            container: container.name.clone(),
            missing: missing.into_iter().map(ContainerResource::key).collect(),
            span: if container.span.is_none() { load.workload.span } else { container.span },
        });
        containers.collect::<Vec<_>>()
    };
    demand.own_loads().flat_map(of_load).collect()
}
