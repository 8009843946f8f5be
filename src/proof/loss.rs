//! The loss and the drain of a node or a zone: a condition over everything that the scheduler may have done before.

use std::collections::BTreeSet;

use super::budgets::Budgets;
use super::evidence::{Evidence, Gone, LossCase};
use super::finding::{Finding, ground};
use super::fit::{present, priorities};
use super::layers;
use super::obstacle::{Obstacle, Stuck};
use super::platform::{Counts, Platform};
use super::situation::Situation;
use crate::objects::Object;

/// More classes than this make more cases than anybody reads.
const MOST_CLASSES: usize = 64;

/// What becomes of the loss of any one node or zone, and of the drain of any one node. A drain takes away what the loss of
/// the node does, so both have the cases of the nodes.
pub(super) struct Survival {
    pub(super) loss: Finding,
    pub(super) drain: Finding,
}

impl Survival {
    pub(super) fn both(finding: &Finding) -> Self {
        Self { loss: finding.clone(), drain: finding.clone() }
    }
}

/// The verdicts of the loss and of the drain; `is_replaced` where a node of a pool comes back.
pub(super) fn decide(platform: &Platform, counts: &Counts, objects: &[Object], is_replaced: bool) -> Survival {
    if platform.nodes() <= 1 {
        return Survival::both(&Finding::empty("there is one node, and nothing is left without it"));
    }
    if platform.classes.len() > MOST_CLASSES {
        return Survival::both(&Finding::undecided("pods tell apart too many classes of nodes"));
    }
    let budgets = Budgets::of(objects);
    let cases = |events: Vec<(Gone, Vec<i128>)>| -> Result<Vec<LossCase>, Stuck> {
        let one = |(gone, lost): (Gone, Vec<i128>)| match case(platform, counts, &budgets, &lost, is_replaced) {
            Ok(layers) => Ok(LossCase { gone, layers }),
            Err(reason) => Err(match gone {
                Gone::Class(class) => reason.when(&format!("when a node of `{class}` is gone")),
                Gone::Zone(zone) => reason.when(&format!("when the zone `{zone}` is gone")),
            }),
        };
        events.into_iter().map(one).collect()
    };
    let finding = |cases: Result<Vec<LossCase>, Stuck>| {
        let proved = cases.and_then(|cases| Ok((Situation::whole(platform, counts)?, cases)));
        match proved {
            Ok((whole, cases)) => {
                let ground = ground(&whole, cases.iter().map(|case| case.layers.as_slice()));
                Finding::guaranteed(ground, Evidence::Loss(cases))
            }
            Err(reason) => Finding::undecided(reason),
        }
    };
    let nodes = cases(of_nodes(platform));
    let everything = nodes.clone().and_then(|nodes| Ok([nodes, cases(of_zones(platform))?].concat()));
    let drain = match locked(platform, counts, &budgets) {
        Some(reason) => Finding::undecided(reason),
        None => finding(nodes),
    };
    Survival { loss: finding(everything), drain }
}

/// One node of each class, with how many nodes of each class go with it.
fn of_nodes(platform: &Platform) -> Vec<(Gone, Vec<i128>)> {
    let number = platform.classes.len();
    let one = |position: usize| (0..number).map(|other| i128::from(other == position)).collect();
    let classes = platform.classes.iter().enumerate();
    classes.map(|(position, class)| (Gone::Class(class.name.clone()), one(position))).collect()
}

/// Each zone, where there are several, with how many nodes of each class go with it.
fn of_zones(platform: &Platform) -> Vec<(Gone, Vec<i128>)> {
    let zones: BTreeSet<&String> = platform.classes.iter().filter_map(|class| class.zone.as_ref()).collect();
    if zones.len() <= 1 {
        return Vec::new();
    }
    let inside = |zone: &String| {
        let classes = platform.classes.iter();
        classes.map(|class| if class.zone.as_ref() == Some(zone) { class.size() } else { 0 }).collect()
    };
    zones.into_iter().map(|zone| (Gone::Zone(zone.clone()), inside(zone))).collect()
}

/// Why no node with some pod can be drained.
fn locked(platform: &Platform, counts: &Counts, budgets: &Budgets<'_>) -> Option<Stuck> {
    present(counts).find_map(|index| {
        let one = &platform.types[index];
        // A drain leaves the pods of a DaemonSet alone.
        let desired = budgets.desired(one, counts.number[index]).filter(|_| !one.per_node)?;
        if budgets.are_several(one) {
            let fact = format!("several disruption budgets select the pods of `{}`, so that none can be evicted", one.name);
            return Some(Stuck::new(Obstacle::Budget, fact).with_hint("keep one of them"));
        }
        (counts.number[index] - desired < 1).then(|| {
            let fact = format!(
                "the disruption budget of `{}` keeps all {desired} of its pods, so that no node with one can be drained",
                one.name
            );
            Stuck::new(Obstacle::Budget, fact)
        })
    })
}

fn case(
    platform: &Platform,
    counts: &Counts,
    budgets: &Budgets<'_>,
    lost: &[i128],
    is_replaced: bool,
) -> Result<Vec<super::evidence::Layer>, Stuck> {
    let returns = |class: usize| is_replaced && platform.classes[class].pool.is_some();
    let gone: Vec<i128> = lost.iter().enumerate().map(|(class, lost)| if returns(class) { 0 } else { *lost }).collect();
    for index in present(counts) {
        let (one, number) = (&platform.types[index], counts.number[index]);
        let over = |numbers: &[i128]| -> i128 {
            platform.classes.iter().zip(numbers).filter(|(class, _)| class.eligible[index]).map(|(_, one)| one).sum()
        };
        let hit = over(lost);
        let needed = if one.per_node { 0 } else { budgets.desired(one, number).unwrap_or(1) };
        if one.has_claims() {
            let away = platform.away(index, counts, lost, &gone);
            if number - away < needed {
                let fact = format!(
                    "`{}` may lose {away} of {number} pods with their volumes, and {needed} must stay",
                    one.name
                );
                return Err(Stuck::new(Obstacle::LostVolumes, fact));
            }
        } else if hit > 0 && over(&gone) == platform.nodes_of(index) && needed > 0 {
            return Err(Stuck::new(Obstacle::NoOtherNode, format!("nothing else takes `{}`", one.name)));
        }
        if hit > 0 && !one.per_node && !one.is_bare && one.constraints.clings {
            let fact = format!("nothing drives the pods of `{}` from a node that is gone", one.name);
            return Err(Stuck::from(fact).with_hint("tolerate the taints that you mean, and no others"));
        }
        // What goes back to its volumes is within the skew whatever is counted elsewhere.
        let is_counting = platform.is_spread(index) && platform.zone_skew(index).is_none();
        if hit > 0 && number > 1 && is_counting && !platform.honours_taints(index) {
            return Err(format!(
                "the hard spread of `{}` still counts what is gone; `nodeTaintsPolicy: Honor` leaves it out",
                one.name
            )
            .into());
        }
    }
    let situation = Situation::without(platform, counts, &gone)?;
    layers::prove(&situation, &priorities(platform))
}
