//! Shares of a total against what their components ask for, against the total, and against the hardware.

use crate::eval::model::{Budget, Hardware, Model, Resource, Share};
use crate::fit::Scenario;
use crate::fit::read::demand::{ClaimLoad, Demand, Owner, Term};
use crate::fit::sums::capacity::supply;
use crate::fit::sums::disks::{DiskUse, class_of};
use crate::fit::sums::quotas::{limit, request};
use crate::fit::sums::usage::{Measure, Usage};
use crate::objects::pod::ContainerResource;
use crate::source::Span;
use crate::syntax::ast::InstanceClass;

/// A share with what its components ask for.
#[derive(Debug, Clone)]
pub struct ShareUse {
    pub budget: String,
    pub share: String,
    pub usage: Usage,
}

/// The shares of one budget added up.
#[derive(Debug, Clone)]
pub struct BudgetSum {
    pub budget: String,
    /// `datacenter.host.nvme`.
    pub subject: String,
    pub measure: Measure,
    pub shares: Vec<(String, i128, Span)>,
    /// What the budget says there is, or what the hardware has where it says nothing.
    pub total: i128,
    pub total_span: Span,
    /// What the hardware has, when the budget's subject is found there.
    pub hardware: Option<(i128, Span)>,
    pub span: Span,
}

impl BudgetSum {
    /// What all shares take.
    #[must_use]
    pub fn allotted(&self) -> i128 {
        self.shares.iter().map(|(_, amount, _)| amount).sum()
    }

    /// What is in no share; negative when the shares take more than there is.
    #[must_use]
    pub fn remainder(&self) -> i128 {
        self.total - self.allotted()
    }
}

fn measure(resource: &Resource) -> Measure {
    match resource {
        Resource::Cpu => Measure::Cpu,
        Resource::Memory => Measure::Memory,
        Resource::MemoryLimits => Measure::MemoryLimits,
        Resource::Disk(_) => Measure::Storage,
    }
}

/// Every share that names components.
pub(crate) fn share_uses(
    scenario: &Scenario<'_>,
    demand: &Demand,
    disks: &[DiskUse],
    default: Option<&str>,
) -> Vec<ShareUse> {
    let mut uses = Vec::new();
    for budget in &scenario.model.budgets {
        // On a disk, only what that disk will hold counts.
        let class =
            disks.iter().find(|disk| disk.disks.contains(&budget.subject)).map(|disk| disk.storage_class.clone());
        let on_disk = |claim: &&ClaimLoad| {
            class.as_ref().is_none_or(|class| class.is_some() && class_of(claim, default) == class.as_deref())
        };
        for share in budget.shares.iter().filter(|share| !share.components.is_empty()) {
            let loads = demand
                .own_loads()
                .filter(|load| covers(scenario.model, share, &load.owner, load.workload.namespace.as_deref()));
            let claims = demand
                .own_claims()
                .filter(on_disk)
                .filter(|claim| covers(scenario.model, share, &claim.owner, claim.claim.namespace.as_deref()));
            let terms: Vec<Term> = match budget.resource {
                Resource::Cpu => loads.map(|load| request(load, ContainerResource::Cpu)).collect(),
                Resource::Memory => loads.map(|load| request(load, ContainerResource::Memory)).collect(),
                Resource::MemoryLimits => loads.map(|load| limit(load, ContainerResource::Memory)).collect(),
                Resource::Disk(_) => claims.map(ClaimLoad::term).collect(),
            };
            let capacity = (share.amount.value, share.amount.span);
            let usage = Usage::new(budget.name.as_str(), measure(&budget.resource), capacity, Vec::new(), terms);
            uses.push(ShareUse { budget: budget.name.clone(), share: share.name.clone(), usage });
        }
    }
    uses
}

/// Whether a share is for an owner: by its component, or by its namespace.
fn covers(model: &Model, share: &Share, owner: &Owner, namespace: Option<&str>) -> bool {
    share.components.iter().any(|id| {
        let instance = model.instance(*id);
        *id == owner.instance
            || (instance.class == InstanceClass::Namespace && namespace == Some(instance.emitted_name.as_str()))
    })
}

/// Every budget's shares against its total.
pub(crate) fn budget_sums(scenario: &Scenario<'_>) -> Vec<BudgetSum> {
    let hardware = scenario.model.hardware.as_ref();
    let sums = scenario.model.budgets.iter().filter_map(|budget| {
        let there = hardware.and_then(|hardware| available(budget, hardware));
        let stated = budget.total.map(|total| (total.value, total.span));
        let (total, total_span) = stated.or(there)?;
        Some(BudgetSum {
            budget: budget.name.clone(),
            subject: budget.subject.clone(),
            measure: measure(&budget.resource),
            shares: budget.shares.iter().map(|share| (share.name.clone(), share.amount.value, share.span)).collect(),
            total,
            total_span,
            hardware: there,
            span: budget.span,
        })
    });
    sums.collect()
}

/// What the hardware has of what a budget divides, when the budget is about this hardware: an environment may run on
/// another one.
fn available(budget: &Budget, hardware: &Hardware) -> Option<(i128, Span)> {
    let mut path = budget.subject.split('.');
    if path.next() != Some(hardware.name.as_str()) {
        return None;
    }
    let name = path.next()?;
    let node = hardware.nodes.iter().find(|node| node.name == name)?;
    if let Resource::Disk(disk) = &budget.resource {
        let disk = node.disks.iter().find(|candidate| candidate.name == *disk)?;
        return Some((disk.size.value * i128::from(node.count), disk.size.span));
    }
    let alone = Hardware { nodes: vec![node.clone()], ..hardware.clone() };
    let (capacity, span, _) = supply(&alone, measure(&budget.resource));
    Some((capacity, span))
}
