//! The loss and the drain of a node or a zone: a condition over everything that the scheduler may have done before.

use std::collections::BTreeSet;

use super::budgets::Budgets;
use super::evidence::{Evidence, Gone, LossCase};
use super::finding::{Finding, ground};
use super::fit::{present, priorities};
use super::layers;
use super::platform::{Counts, Platform};
use super::situation::Situation;
use crate::objects::Object;

/// More classes than this make more cases than anybody reads.
const MOST_CLASSES: usize = 64;

/// What is judged: the loss or the drain, steady or at peak.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loss {
    pub(super) is_drain: bool,
    /// Whether a node of a pool comes back.
    pub(super) is_replaced: bool,
}

/// The verdict of the loss of any one node or zone, or of the drain of any one node.
pub(super) fn decide(platform: &Platform, counts: &Counts, objects: &[Object], loss: Loss) -> Finding {
    if platform.nodes() <= 1 {
        return Finding::empty("there is one node, and nothing is left without it");
    }
    if platform.classes.len() > MOST_CLASSES {
        return Finding::undecided("pods tell apart too many classes of nodes");
    }
    let budgets = Budgets::of(objects);
    if let Some(reason) = locked(platform, counts, &budgets).filter(|_| loss.is_drain) {
        return Finding::undecided(reason);
    }
    let mut cases = Vec::new();
    for (gone, lost) in events(platform, loss.is_drain) {
        match case(platform, counts, &budgets, &lost, loss.is_replaced) {
            Ok(layers) => cases.push(LossCase { gone, layers }),
            Err(reason) => {
                let what = match gone {
                    Gone::Class(class) => format!("a node of `{class}` is gone"),
                    Gone::Zone(zone) => format!("the zone `{zone}` is gone"),
                };
                return Finding::undecided(format!("when {what}, {reason}"));
            }
        }
    }
    match Situation::whole(platform, counts) {
        Ok(whole) => {
            let ground = ground(&whole, cases.iter().map(|case| case.layers.as_slice()));
            Finding::guaranteed(ground, Evidence::Loss(cases))
        }
        Err(reason) => Finding::undecided(reason),
    }
}

/// What may go, with how many nodes of each class go with it.
fn events(platform: &Platform, is_drain: bool) -> Vec<(Gone, Vec<i128>)> {
    let number = platform.classes.len();
    let one = |position: usize| (0..number).map(|other| i128::from(other == position)).collect();
    let classes = platform.classes.iter().enumerate();
    let mut events: Vec<(Gone, Vec<i128>)> =
        classes.map(|(position, class)| (Gone::Class(class.name.clone()), one(position))).collect();
    let zones: BTreeSet<&String> = platform.classes.iter().filter_map(|class| class.zone.as_ref()).collect();
    if !is_drain && zones.len() > 1 {
        events.extend(zones.into_iter().map(|zone| {
            let inside = platform.classes.iter();
            let lost = inside.map(|class| if class.zone.as_ref() == Some(zone) { class.size() } else { 0 });
            (Gone::Zone(zone.clone()), lost.collect())
        }));
    }
    events
}

/// Why no node with some pod can be drained.
fn locked(platform: &Platform, counts: &Counts, budgets: &Budgets<'_>) -> Option<String> {
    present(counts).find_map(|index| {
        let one = &platform.types[index];
        // A drain leaves the pods of a DaemonSet alone.
        let desired = budgets.desired(one, counts.number[index]).filter(|_| !one.per_node)?;
        (counts.number[index] - desired < 1).then(|| {
            format!(
                "the disruption budget of `{}` keeps all {desired} of its pods, so that no node with one can be drained",
                one.name
            )
        })
    })
}

fn case(
    platform: &Platform,
    counts: &Counts,
    budgets: &Budgets<'_>,
    lost: &[i128],
    is_replaced: bool,
) -> Result<Vec<super::evidence::Layer>, String> {
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
            let all = platform.nodes_of(index);
            let away = number.min(hit * platform.most(index, counts, all));
            if number - away < needed {
                return Err(format!(
                    "`{}` may lose {away} of {number} pods with their volumes, and {needed} must stay",
                    one.name
                ));
            }
        } else if hit > 0 && over(&gone) == platform.nodes_of(index) && needed > 0 {
            return Err(format!("nothing else takes `{}`", one.name));
        }
        if hit > 0 && number > 1 && platform.is_spread(index) && !platform.honours_taints(index) {
            return Err(format!(
                "the hard spread of `{}` still counts what is gone; `nodeTaintsPolicy: Honor` leaves it out",
                one.name
            ));
        }
    }
    let situation = Situation::without(platform, counts, &gone)?;
    layers::prove(&situation, &priorities(platform))
}
