//! The loss and the drain of a node or a zone: a condition over everything that the scheduler may have done before.

use std::collections::BTreeSet;

use crate::fit::evidence::reason::{Bound, Reason};
use crate::fit::evidence::{Evidence, Gone, LossCase};
use crate::fit::guarantee::layers;
use crate::fit::guarantee::situation::Situation;
use crate::fit::read::budgets::Budgets;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::PodType;
use crate::fit::states::finding::{Finding, ground};
use crate::fit::states::openness::unknown_zone;
use crate::fit::states::placing::{present, priorities};
use crate::objects::Object;

/// More classes than this make more cases than anybody reads.
const MOST_CLASSES: usize = 64;

/// What becomes of the loss of any one node or zone, and of the drain of any one node. A drain takes away what the loss of
/// the node does, so both have the cases of the nodes.
pub(crate) struct Survival {
    pub(crate) loss: Finding,
    pub(crate) drain: Finding,
}

impl Survival {
    pub(crate) fn both(finding: &Finding) -> Self {
        Self { loss: finding.clone(), drain: finding.clone() }
    }
}

/// The verdicts of the loss and of the drain; `is_replaced` where a node of a pool comes back.
pub(crate) fn decide(platform: &Platform, counts: &Counts, objects: &[Object], is_replaced: bool) -> Survival {
    if platform.nodes() <= 1 {
        return Survival::both(&Finding::empty(Reason::OneNode));
    }
    if platform.classes.len() > MOST_CLASSES {
        return Survival::both(&Finding::undecided(Reason::TooManyClasses));
    }
    let budgets = Budgets::of(objects);
    let cases = |events: Vec<(Gone, Vec<i128>)>| -> Result<Vec<LossCase>, Reason> {
        let one = |(gone, lost): (Gone, Vec<i128>)| match case(platform, counts, &budgets, &lost, is_replaced) {
            Ok(layers) => Ok(LossCase { gone, layers }),
            Err(reason) => Err(reason.when(gone)),
        };
        events.into_iter().map(one).collect()
    };
    let finding = |cases: Result<Vec<LossCase>, Reason>| {
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
    let everything = nodes.clone().and_then(|nodes| match unknown_zone(platform) {
        Some(unknown) => Err(unknown),
        None => Ok([nodes, cases(of_zones(platform))?].concat()),
    });
    let drain = match locked(platform, counts, &budgets) {
        Some(locked) => Finding::refused(locked),
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

/// The budgets under which no node with some pod can be drained. That is certain: the pod is on some node, whichever, and the
/// API server evicts it from none.
fn locked(platform: &Platform, counts: &Counts, budgets: &Budgets<'_>) -> Option<Evidence> {
    present(counts).find_map(|index| {
        let one = &platform.types[index];
        // A drain leaves the pods of a DaemonSet alone.
        let count = counts.number[index];
        let desired =
            budgets.desired(platform, counts, index).filter(|_| !one.per_node && platform.nodes_of(index) > 0)?;
        let budgets = budgets.number(one);
        (budgets > 1 || count - desired < 1).then(|| Evidence::Locked {
            name: one.name.clone(),
            count,
            desired,
            budgets,
        })
    })
}

/// Whether a type is a single one by its volume: whoever wants more than what lies there writes a budget, and the failure
/// analysis tells that there is nothing else. It is no matter of what fits.
fn is_single(one: &PodType, number: i128) -> bool {
    one.has_claims() && (!one.shared_claims.is_empty() || number <= 1)
}

fn case(
    platform: &Platform,
    counts: &Counts,
    budgets: &Budgets<'_>,
    lost: &[i128],
    is_replaced: bool,
) -> Result<Vec<crate::fit::evidence::Layer>, Reason> {
    let returns = |class: usize| is_replaced && platform.classes[class].pool.is_some();
    let gone: Vec<i128> = lost.iter().enumerate().map(|(class, lost)| if returns(class) { 0 } else { *lost }).collect();
    for index in present(counts) {
        let (one, number) = (&platform.types[index], counts.number[index]);
        let over = |numbers: &[i128]| -> i128 {
            platform.classes.iter().zip(numbers).filter(|(class, _)| class.eligible[index]).map(|(_, one)| one).sum()
        };
        let hit = over(lost);
        let needed = if one.per_node {
            0
        } else {
            budgets.desired(platform, counts, index).unwrap_or(i128::from(!is_single(one, number)))
        };
        if one.has_claims() {
            // What a budget lets go of is away once, whosever it is.
            let companions = budgets.companions(platform, counts, index);
            let others = companions.into_iter().filter(|other| platform.types[*other].has_claims());
            let others: i128 = others.map(|other| platform.away(other, counts, lost, &gone)).sum();
            let away = platform.away(index, counts, lost, &gone) + others;
            if number - away < needed {
                let workload = one.name.clone();
                // What would keep the volumes apart does not while all pods come at once.
                if platform.is_spread(index) && platform.is_parallel(index) {
                    return Err(Reason::Bound { workload, bound: Bound::Parallel });
                }
                let may_spread = number > 1 && !platform.is_spread(index);
                let unspread = may_spread.then(|| workload.clone());
                return Err(Reason::LostVolumes { workload, lost: away, number, needed, unspread });
            }
        } else if hit > 0 && over(&gone) == platform.nodes_of(index) && needed > 0 {
            return Err(Reason::NoOtherNode { workload: one.name.clone() });
        }
        if hit > 0 && !one.per_node && !one.is_bare && one.constraints.clings {
            return Err(Reason::Clings { workload: one.name.clone() });
        }
    }
    let situation = Situation::without(platform, counts, lost, &gone)?;
    layers::prove(&situation, &priorities(platform))
}
