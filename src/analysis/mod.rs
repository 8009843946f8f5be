//! What is found about one environment beside what fits: failures, disruption budgets, shares, and cost.
//!
//! [`analyse`] computes plain data from the model and from what `fit` has read; reports and summaries read it. Only
//! [`diagnose`] turns it into messages.

pub mod budgets;
pub mod cost;
pub mod degradation;
pub mod diagnostics;
pub mod disruption;
pub mod failure;
mod gates;
mod places;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use budgets::{BudgetSum, ShareUse};
pub use diagnostics::diagnose;
use disruption::DisruptionUse;
use failure::Failure;

use crate::fit::{self, Reading, Sums};

/// All that is known about one environment.
#[derive(Debug, Clone, Default)]
pub struct Analysis {
    /// None for the base.
    pub environment: Option<String>,
    /// What its pods and claims add up to.
    pub sums: Sums,
    /// What the hardware costs, where it says so.
    pub cost: Option<cost::Cost>,
    pub shares: Vec<ShareUse>,
    pub budgets: Vec<BudgetSum>,
    pub disruption: Vec<DisruptionUse>,
    /// What one failure takes down, and what it degrades.
    pub failure: Failure,
}

/// Computes everything about an environment from what was read of it and its neighbours.
#[must_use]
pub fn analyse(reading: &Reading<'_>) -> Analysis {
    let Reading { scenario, demand, .. } = reading;
    let (model, default) = (scenario.model, reading.default.as_deref());
    let sums = fit::sums::sums(reading);
    Analysis {
        environment: model.environment.clone(),
        cost: model.hardware.as_ref().and_then(|hardware| cost::Cost::of(hardware, demand, default)),
        shares: budgets::share_uses(scenario, demand, &sums.disks, default),
        budgets: budgets::budget_sums(scenario),
        disruption: disruption::disruption_uses(scenario, demand),
        failure: failure::failure(model, demand, default),
        sums,
    }
}
