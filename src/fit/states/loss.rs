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
    let setting = Setting { platform, counts, budgets: Budgets::of(objects), is_replaced };
    let cases = |events: Vec<Event>| -> Result<Vec<LossCase>, Reason> {
        events.iter().map(|event| setting.case(event)).collect()
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
    let drain = match setting.locked() {
        Some(locked) => Finding::refused(locked),
        None => finding(nodes.and_then(|nodes| setting.drained(nodes))),
    };
    Survival { loss: finding(everything), drain }
}

/// What goes, and how many nodes of each class go with it.
type Event = (Gone, Vec<i128>);

/// One node of each class, with how many nodes of each class go with it.
fn of_nodes(platform: &Platform) -> Vec<Event> {
    let number = platform.classes.len();
    let one = |position: usize| (0..number).map(|other| i128::from(other == position)).collect();
    let classes = platform.classes.iter().enumerate();
    classes.map(|(position, class)| (Gone::Class(class.name.clone()), one(position))).collect()
}

/// Each zone, where there are several, with how many nodes of each class go with it.
fn of_zones(platform: &Platform) -> Vec<Event> {
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

/// Whether a type is a single one by its volume: whoever wants more than what lies there writes a budget, and the failure
/// analysis tells that there is nothing else. It is no matter of what fits.
fn is_single(one: &PodType, number: i128) -> bool {
    one.has_claims() && (!one.shared_claims.is_empty() || number <= 1)
}

/// What something is lost from.
struct Setting<'a> {
    platform: &'a Platform,
    counts: &'a Counts,
    budgets: Budgets<'a>,
    /// Whether a node of a pool comes back.
    is_replaced: bool,
}

impl Setting<'_> {
    fn case(&self, (gone, lost): &Event) -> Result<LossCase, Reason> {
        let returns = |class: usize| self.is_replaced && self.platform.classes[class].pool.is_some();
        let missing: Vec<i128> =
            lost.iter().zip(0..).map(|(lost, class)| if returns(class) { 0 } else { *lost }).collect();
        let stranded = self.stranded(lost, &missing);
        let proved = stranded.and_then(|stranded| {
            let situation = Situation::without(self.platform, self.counts, lost, &missing)?;
            Ok((stranded, layers::prove(&situation, &priorities(self.platform))?))
        });
        match proved {
            Ok((stranded, layers)) => Ok(LossCase { gone: gone.clone(), stranded, layers }),
            Err(reason) => Err(reason.when(gone.clone())),
        }
    }

    /// The types that no node is left for. They are gone with what was lost, and nothing is asked of them: that somebody
    /// depends on them is a finding of the failure analysis, which can be accepted. An error says which other type keeps too little of its
    /// volumes or does not leave the node that is lost.
    fn stranded(&self, lost: &[i128], missing: &[i128]) -> Result<Vec<String>, Reason> {
        let (platform, mut stranded) = (self.platform, Vec::new());
        for index in present(self.counts) {
            let one = &platform.types[index];
            if one.per_node || platform.nodes_among(index, lost) == 0 {
                continue;
            }
            if platform.nodes_among(index, missing) == platform.nodes_of(index) {
                stranded.push(one.name.clone());
                continue;
            }
            if one.has_claims() {
                self.keeps_volumes(index, lost, missing)?;
            }
            if !one.is_bare && one.constraints.clings {
                return Err(Reason::Clings { workload: one.name.clone() });
            }
        }
        Ok(stranded)
    }

    /// Whether enough pods of a type with volumes are elsewhere than on what is lost: they move nowhere.
    fn keeps_volumes(&self, index: usize, lost: &[i128], missing: &[i128]) -> Result<(), Reason> {
        let (platform, counts) = (self.platform, self.counts);
        let (one, number) = (&platform.types[index], counts.number[index]);
        let desired = self.budgets.desired(platform, counts, index);
        let needed = desired.unwrap_or_else(|| i128::from(!is_single(one, number)));
        // What a budget lets go of is away once, whosever it is.
        let companions = self.budgets.companions(platform, counts, index);
        let others = companions.into_iter().filter(|other| platform.types[*other].has_claims());
        let others: i128 = others.map(|other| platform.away(other, counts, lost, missing)).sum();
        let away = platform.away(index, counts, lost, missing) + others;
        if number - away >= needed {
            return Ok(());
        }
        let workload = one.name.clone();
        // What would keep the volumes apart does not while all pods come at once.
        if platform.is_spread(index) && platform.is_parallel(index) {
            return Err(Reason::Bound { workload, bound: Bound::Parallel });
        }
        let may_spread = number > 1 && !platform.is_spread(index);
        let unspread = may_spread.then(|| workload.clone());
        Err(Reason::LostVolumes { workload, lost: away, number, needed, unspread })
    }

    /// The same cases for a drain, which waits for ever where a budget keeps pods that nothing else takes.
    fn drained(&self, cases: Vec<LossCase>) -> Result<Vec<LossCase>, Reason> {
        let desired = |index: usize| self.budgets.desired(self.platform, self.counts, index).unwrap_or(0);
        let kept = present(self.counts).filter(|index| desired(*index) > 0);
        let kept: BTreeSet<&String> = kept.map(|index| &self.platform.types[index].name).collect();
        for case in &cases {
            if let Some(stuck) = case.stranded.iter().find(|name| kept.contains(name)) {
                return Err(Reason::NoOtherNode { workload: stuck.clone() }.when(case.gone.clone()));
            }
        }
        Ok(cases)
    }

    /// The budgets under which no node with some pod can be drained. That is certain: the pod is on some node, whichever, and the
    /// API server evicts it from none.
    fn locked(&self) -> Option<Evidence> {
        let (platform, counts) = (self.platform, self.counts);
        present(counts).find_map(|index| {
            let one = &platform.types[index];
            // A drain leaves the pods of a DaemonSet alone.
            let count = counts.number[index];
            let desired = self.budgets.desired(platform, counts, index);
            let desired = desired.filter(|_| !one.per_node && platform.nodes_of(index) > 0)?;
            let budgets = self.budgets.number(one);
            (budgets > 1 || count - desired < 1).then(|| Evidence::Locked {
                name: one.name.clone(),
                count,
                desired,
                budgets,
            })
        })
    }
}
