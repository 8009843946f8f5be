//! What is read from the objects and the hardware: types of pods, classes of nodes, claims, and who may go where.

pub(crate) mod accounted;
pub(crate) mod budgets;
pub(crate) mod constraints;
pub(crate) mod demand;
pub(crate) mod entangled;
pub(crate) mod mounts;
pub(crate) mod nodes;
pub(crate) mod platform;
pub(crate) mod pods;
pub(crate) mod priority;
pub(crate) mod understood;

use std::collections::BTreeSet;

use super::{Scenario, is_applied};
use crate::fit::evidence::reason::Reason;
use crate::objects::Object;
use crate::objects::footprint::describe;
use crate::objects::workload::Workloads;
use demand::Demand;
use platform::Platform;

/// An environment with everything that runs on the same nodes, read once: sums, states and messages look at the same.
#[derive(Debug)]
pub struct Reading<'a> {
    pub(crate) scenario: Scenario<'a>,
    /// What runs on the same nodes at the same time.
    pub(crate) neighbours: Vec<Scenario<'a>>,
    /// Everything on the nodes, footprints included, in the order in which digests have it.
    pub(crate) objects: Vec<Object>,
    pub(crate) workloads: Workloads,
    /// The same as the source calls it.
    pub(crate) demand: Demand,
    /// The storage class of claims that name none.
    pub(crate) default: Option<String>,
    pub(crate) platform: Platform,
}

impl<'a> Reading<'a> {
    /// Reads an environment and those that run on the same nodes at the same time.
    #[must_use]
    pub fn of(scenario: Scenario<'a>, neighbours: &[Scenario<'a>]) -> Self {
        let scenarios: Vec<Scenario<'a>> = std::iter::once(scenario).chain(neighbours.iter().copied()).collect();
        let mut found: Vec<((usize, usize), &Object)> = Vec::new();
        for (origin, one) in scenarios.iter().enumerate() {
            let runs = |(_, object): &(usize, &Object)| object.is_footprint() || is_applied(one.model, object);
            found.extend(one.objects.iter().enumerate().filter(runs).map(|(at, object)| ((origin, at), object)));
        }
        found.sort_by_cached_key(|(_, object)| object.key());
        let (origins, objects): (Vec<_>, Vec<_>) =
            found.into_iter().map(|(origin, object)| (origin, object.clone())).unzip();
        let hardware = scenario.model.hardware.as_ref();
        let workloads = Workloads::read(&objects, hardware.and_then(|hardware| hardware.kubernetes));
        let default = hardware.and_then(|hardware| super::sums::disks::default_class(hardware, &objects));
        let demand = Demand::collect(&scenarios, &origins, &workloads, hardware);
        let platform = Platform::read(&objects, &workloads, hardware, default.as_deref());
        Self { scenario, neighbours: neighbours.to_vec(), objects, workloads, demand, default, platform }
    }

    /// What a fault leaves out of the environment, or of one beside it, as reasons why nothing is guaranteed.
    pub(crate) fn left_out(&self) -> Vec<Reason> {
        let scenarios = std::iter::once(&self.scenario).chain(&self.neighbours);
        let left_out = scenarios.flat_map(|one| &one.model.left_out);
        left_out.map(|one| Reason::LeftOut { instance: one.name.clone() }).collect()
    }

    /// The names of the objects of the environment itself.
    pub(crate) fn own(&self) -> BTreeSet<String> {
        self.scenario.objects.iter().map(|object| describe(&object.key())).collect()
    }
}
