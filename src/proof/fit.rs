//! Whether the pods of a state fit the nodes, with evidence: refusals first, then guarantees, then a placement.

use super::evidence::{Charge, Charged, ClassSum, Evidence, Ground, Verdict, Weighed};
use super::platform::{Counts, Platform};
use super::pods::RESOURCES;
use super::refute::{refuse, refuse_at_length};
use super::search;
use super::words::amount;
use crate::objects::quantity::ceil_div;

/// Weights are stated in parts of this.
pub(super) const SCALE: i128 = 1_000_000_000_000;

/// A verdict with its ground, evidence and reason.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) ground: Option<Ground>,
    pub(super) evidence: Option<Evidence>,
    pub(super) reason: Option<String>,
}

impl Finding {
    pub(super) fn guaranteed(ground: Ground, evidence: Evidence) -> Self {
        Self { verdict: Verdict::Guaranteed, ground: Some(ground), evidence: Some(evidence), reason: None }
    }

    pub(super) fn refused(evidence: Evidence) -> Self {
        Self { verdict: Verdict::DoesNotFit, ground: None, evidence: Some(evidence), reason: None }
    }

    pub(super) fn undecided(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Undecided, ground: None, evidence: None, reason: Some(reason.into()) }
    }

    pub(super) fn empty(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Empty, ground: None, evidence: None, reason: Some(reason.into()) }
    }
}

/// The verdict of a state.
pub(super) fn decide(platform: &Platform, counts: &Counts) -> Finding {
    if let Some(refusal) = refuse(platform, counts) {
        return Finding::refused(refusal);
    }
    let stuck = match charge(platform, counts) {
        Ok(charge) => return Finding::guaranteed(ground(platform), Evidence::Charge(charge)),
        Err(stuck) => stuck,
    };
    if let Some(weights) = any_order(platform, counts) {
        return Finding::guaranteed(Ground::AnyOrder, Evidence::AnyOrder(weights));
    }
    let reason = match search::place(platform, counts) {
        search::Outcome::Placed(pods) => {
            return Finding {
                verdict: Verdict::Possible,
                ground: None,
                evidence: Some(Evidence::Placement(pods)),
                reason: Some(format!("not guaranteed, because {stuck}")),
            };
        }
        search::Outcome::Exhausted => {
            format!("every placement was tried and none holds all pods, but no sum, count or weight shows it; {stuck}")
        }
        search::Outcome::NotFound => format!("no placement was found and none was ruled out; {stuck}"),
        search::Outcome::NotTried(reason) => reason,
    };
    refuse_at_length(platform, counts).map_or_else(|| Finding::undecided(reason), Finding::refused)
}

/// The name of a charge that holds.
pub(super) fn ground(platform: &Platform) -> Ground {
    let pinned = |index: usize| platform.types[index].per_node || platform.nodes_of(index) <= 1;
    if platform.nodes() <= 1 {
        Ground::Sums
    } else if (0..platform.types.len()).all(pinned) {
        Ground::Pinned
    } else {
        Ground::Balanced
    }
}

/// The types with pods in a state.
pub(super) fn present(counts: &Counts) -> impl Iterator<Item = usize> {
    counts.number.iter().enumerate().filter(|(_, number)| **number > 0).map(|(index, _)| index)
}

/// What the constraints let onto any node against what it has; an error says what stands in the way.
pub(super) fn charge(platform: &Platform, counts: &Counts) -> Result<Charge, String> {
    let mut charge = Charge::default();
    let mut per_node = vec![0; platform.types.len()];
    for index in present(counts) {
        let nodes = platform.nodes_of(index);
        if let Some(reason) = platform.bound(index, counts, nodes) {
            return Err(format!("of `{}`, {reason}", platform.types[index].name));
        }
        per_node[index] = platform.most(index, counts, nodes);
        charge.types.push(Charged {
            name: platform.types[index].name.clone(),
            count: counts.number[index],
            nodes,
            per_node: per_node[index],
        });
    }
    for class in &platform.classes {
        if !present(counts).any(|index| class.eligible[index]) {
            continue;
        }
        for (resource, name) in RESOURCES.iter().enumerate() {
            let here = present(counts).filter(|index| class.eligible[*index]);
            let sum = here.map(|index| per_node[index] * platform.types[index].requests[resource]).sum();
            let allocatable = class.allocatable[resource];
            if sum > allocatable {
                return Err(format!(
                    "the constraints let pods onto one node of `{}` that ask for {} of {name} together, and it has {}",
                    class.name,
                    amount(name, sum),
                    amount(name, allocatable)
                ));
            }
            let resource = (*name).to_owned();
            charge.sums.push(ClassSum { class: class.name.clone(), resource, sum, allocatable });
        }
    }
    Ok(charge)
}

/// For each type, whether the weight of everything else always leaves a node with room.
pub(super) fn any_order(platform: &Platform, counts: &Counts) -> Option<Vec<Weighed>> {
    let mut weights = Vec::new();
    for index in present(counts) {
        let one = &platform.types[index];
        let number = counts.number[index];
        let rigid = platform.is_alone(index) || platform.is_spread(index);
        if platform.bound(index, counts, platform.nodes_of(index)).is_some()
            || one.has_claims()
            || (rigid && number > 1)
        {
            return None;
        }
        let classes = (0..platform.classes.len()).filter(|class| platform.classes[*class].eligible[index]);
        let classes: Vec<usize> = classes.collect();
        let weighed = if one.per_node {
            // Every node of it must take it, so each is a world of its own.
            let alone = classes.iter().map(|class| weigh(platform, counts, index, &[*class], 1));
            let worst: Option<Vec<i128>> = alone.collect();
            Weighed { name: one.name.clone(), total: worst?.into_iter().max()?, limit: SCALE }
        } else {
            let nodes = platform.nodes_of(index);
            let total = weigh(platform, counts, index, &classes, nodes)?;
            Weighed { name: one.name.clone(), total, limit: nodes * SCALE }
        };
        if weighed.total >= weighed.limit {
            return None;
        }
        weights.push(weighed);
    }
    Some(weights)
}

/// The weight of all pods that may lie on some classes, but one of the type itself.
fn weigh(platform: &Platform, counts: &Counts, index: usize, classes: &[usize], nodes: i128) -> Option<i128> {
    let one = &platform.types[index];
    let mut total: i128 = 0;
    for other in present(counts) {
        let competitor = &platform.types[other];
        let mut weight = 0;
        let mut shared = 0;
        for class in classes.iter().map(|class| &platform.classes[*class]).filter(|class| class.eligible[other]) {
            shared += if nodes == 1 { 1 } else { class.size() };
            for resource in (0..RESOURCES.len()).filter(|resource| one.requests[*resource] > 0) {
                let room = class.allocatable[resource] - one.requests[resource] + 1;
                if room <= 0 {
                    return None;
                }
                weight = weight.max(ceil_div(competitor.requests[resource].checked_mul(SCALE)?, room));
            }
        }
        if shared == 0 {
            continue;
        }
        let number = if competitor.per_node { counts.number[other] * shared } else { counts.number[other] };
        let others = number - i128::from(other == index);
        total = total.checked_add(others.checked_mul(weight)?)?;
    }
    Some(total)
}
