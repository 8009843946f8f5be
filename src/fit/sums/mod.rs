//! Sums with their terms: what is asked for of nodes, disks and quotas, and where each number of it is written.

pub(crate) mod capacity;
pub mod disks;
pub mod nowhere;
pub mod oversize;
pub mod quotas;
pub mod scratch;
pub mod usage;

use disks::{DiskUse, Unserved};
use nowhere::Nowhere;
use oversize::Oversize;
use quotas::{MissingKey, QuotaUse};
use scratch::Promised;
pub use usage::{Held, Measure, Remedy, Unit, Usage};

use super::Reading;
use super::read::demand::{Demand, Load, PerState};
use crate::objects::pod::ContainerResource;
use crate::objects::scaling::Unbounded;
use crate::source::Span;

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

/// What the pods and claims of an environment, and of those beside it, add up to.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    /// Whether there is hardware to prove anything against.
    pub has_hardware: bool,
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
    /// Autoscalers without a maximum.
    pub unbounded: Vec<Unbounded>,
    pub overlaps: Vec<Overlap>,
    /// Scratch volumes that can never hold what they may.
    pub promised: Vec<Promised>,
}

/// Adds up what was read.
#[must_use]
pub fn sums(reading: &Reading<'_>) -> Sums {
    let Reading { scenario, neighbours, demand, .. } = reading;
    let default = reading.default.as_deref();
    let memory = ContainerResource::Memory as usize;
    let unlimited = demand.own_loads().filter(|load| load.workload.resources.unlimited[memory]);
    let overlaps = demand.own_loads().filter(|load| load.workload.scale.unbounded_overlap);
    let overlap = |load: &Load| Overlap {
        instance: load.owner.name.clone(),
        label: load.label.clone(),
        span: load.workload.span,
    };
    let mut sums = Sums {
        pods: PerState {
            steady: demand.own_loads().map(|load| load.count.steady).sum(),
            peak: demand.own_loads().map(|load| load.count.peak).sum(),
        },
        unbudgeted: unbudgeted(demand),
        unlimited: unlimited.map(|load| load.label.clone()).collect(),
        quotas: quotas::quota_uses(scenario, demand, default),
        missing_keys: quotas::missing_keys(scenario, demand),
        unbounded: demand.unbounded.clone(),
        overlaps: overlaps.map(overlap).collect(),
        ..Sums::default()
    };
    if let Some(hardware) = &scenario.model.hardware {
        sums.has_hardware = true;
        (sums.disks, sums.unserved) = disks::disk_uses(hardware, demand, default);
        sums.nodes = capacity::node_usages(hardware, demand);
        sums.nowhere = nowhere::nowhere(hardware, demand);
        sums.promised = scratch::promised(hardware, demand);
        sums.oversize = oversize::oversizes(hardware, demand);
        sums.quota_sums = quotas::quota_sums(scenario, neighbours, hardware, &sums.disks);
    }
    sums
}

/// Containers that do not say what they need.
pub(super) fn unbudgeted(demand: &Demand) -> Vec<Unbudgeted> {
    let of_load = |load: &Load| {
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
