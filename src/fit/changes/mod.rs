//! The smallest single changes after which everything fits: each was made, and every required state was proved again.

mod attempts;
mod rewrites;
mod trials;

use crate::eval::model::{Fit, Hardware};
use crate::fit::read::platform::Platform;
use crate::fit::states::required::{Required, STATES};
use crate::fit::states::state::State;
use crate::fit::states::verdict::StateProof;
use crate::fit::{EnvironmentProof, Evidence};
use attempts::{Attempt, attempts};
use rewrites::Written;
use trials::{Reach, Trials};

/// More changes are not named.
const MOST_NAMED: usize = 6;
/// More workloads are not changed together.
const MOST_TOGETHER: usize = 8;
/// So many platforms are proved in all.
const MOST_TRIALS: usize = 240;
/// A larger platform, in types squared times classes, takes too long to prove so many times.
const LARGEST: usize = 400_000;

/// One change of one number that mends the state in question; what else is not met after it stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The workload, `Deployment.apps shop/api`, the type of nodes, or the quota, `shop/limits`.
    pub what: String,
    /// Further workloads that change in the same way, where one of them alone is not enough.
    pub also: Vec<String>,
    /// The container whose request changes, where the pod has several.
    pub container: Option<String>,
    pub kind: ChangeKind,
    pub from: i128,
    pub to: i128,
    /// The required states that are not met before and not after it. Where some change leaves none, only such are named.
    pub leaves: Vec<State>,
    /// The required states that are met before and not after it.
    pub breaks: Vec<State>,
}

/// Which number changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// The most replicas of a workload.
    Replicas,
    /// What a container of a workload requests of a resource.
    Request(&'static str),
    /// How many nodes there are of a type.
    Nodes,
    /// What each node of a type has of a resource, before anything is reserved.
    Node(&'static str),
    /// `maxSurge: 0` and `maxUnavailable: 1`.
    InPlace,
    /// All old pods go before new ones come.
    Recreated,
    /// A budget with `maxUnavailable: 1` and without `minAvailable`.
    OneAtATime,
    /// The `minAvailable` of a budget.
    Kept,
    /// The least replicas of a workload.
    Least,
    /// A key of a quota.
    Quota(&'static str),
    /// A hard spread over hosts.
    Spread,
    /// `podManagementPolicy: OrderedReady`.
    Ordered,
}

/// The changes that were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Changes {
    /// Nothing has to change, or nobody asked.
    #[default]
    NotNeeded,
    /// Why none was tried.
    NotTried(&'static str),
    /// The least first; empty when no single change is enough.
    Tried(Vec<Change>),
}

impl Change {
    /// Whether every required state is met after it.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.leaves.is_empty() && self.breaks.is_empty()
    }

    /// How much of what it is today changes, in thousandths.
    fn share(&self) -> i128 {
        match self.kind {
            // Nothing is bought and nothing gets smaller.
            ChangeKind::InPlace | ChangeKind::OneAtATime | ChangeKind::Spread | ChangeKind::Ordered => 0,
            _ => (self.to - self.from).abs() * 1000 / self.from.max(1),
        }
    }
}

/// The state that changes are looked for: the first that must place pods, or lose or drain a node, and is not what is demanded;
/// where there is none, that in which a quota refuses most. Of disks and limits the sum itself says what it lacks.
fn in_question(proofs: &[StateProof], demand: Fit) -> Option<&StateProof> {
    let unmet = || proofs.iter().filter(|one| one.required && !one.verdict.meets(demand));
    let used = |one: &&StateProof| match &one.evidence {
        Some(Evidence::Quota(key)) if one.state == State::S7 => Some(key.used),
        _ => None,
    };
    let placing = unmet().find(|one| one.state.is_placing() || one.state.is_absence());
    placing.or_else(|| unmet().filter(|one| used(one).is_some()).max_by_key(used))
}

impl EnvironmentProof {
    /// Whether the changes are for a quota.
    #[must_use]
    pub fn asks_about_quotas(&self) -> bool {
        self.in_question().is_some_and(|one| one.state == State::S7)
    }

    /// The state that the changes are for: they belong to the message about it.
    pub(super) fn in_question(&self) -> Option<&StateProof> {
        in_question(&self.states, self.demand)
    }
}

/// Looks for changes after which every required state is met. Where none is enough, they mend the state in question.
pub(super) fn find(
    platform: &Platform,
    hardware: &Hardware,
    proofs: &[StateProof],
    required: &Required<'_>,
) -> Changes {
    let Some(failing) = in_question(proofs, required.demand) else { return Changes::NotNeeded };
    let types = platform.types.len();
    if types * types * platform.classes.len() > LARGEST {
        return Changes::NotTried("the platform is too large to be proved again and again");
    }
    let is_first = |state: &State| state.is_placing() || *state == failing.state;
    let (first, then) = STATES.into_iter().partition(is_first);
    let mut trials = Trials { platform, hardware, required, first, then, left: MOST_TRIALS };
    let mut found: Vec<(Attempt, Reach)> = Vec::new();
    let written = Written { platform, objects: required.objects, failing };
    for attempt in attempts(&written, hardware) {
        // Of several numbers of one thing the first that is enough is the least.
        let is_known = |(known, reach): &(Attempt, Reach)| {
            reach.is_enough && (&known.what, known.kind) == (&attempt.what, attempt.kind)
        };
        if found.iter().any(is_known) {
            continue;
        }
        found.extend(trials.smallest(&attempt).map(|reach| (attempt, reach)));
    }
    let is_enough = |(_, reach): &(Attempt, Reach)| reach.is_enough;
    let is_rolling = matches!(failing.state, State::S2 | State::S7);
    if is_rolling && !found.iter().any(|one| is_enough(one) && one.0.kind == ChangeKind::InPlace) {
        found.extend(together(&written, &mut trials));
    }
    if found.iter().any(is_enough) {
        found.retain(is_enough);
    }
    let is_met = |state: &State| {
        let mut same = proofs.iter().filter(|one| one.required && one.state == *state);
        same.all(|one| one.verdict.meets(required.demand))
    };
    let mut changes: Vec<Change> = found
        .into_iter()
        .map(|(attempt, reach)| {
            let unmet = if reach.is_enough { Vec::new() } else { trials.unmet(&attempt, reach.to) };
            let (breaks, leaves) = unmet.into_iter().partition(is_met);
            let Attempt { what, container, kind, from, also, .. } = attempt;
            Change { what, also, container, kind, from, to: reach.to, leaves, breaks }
        })
        .collect();
    let rank = |change: &Change| (change.breaks.len(), change.share(), change.kind);
    changes.sort_by(|left, right| rank(left).cmp(&rank(right)).then_with(|| left.what.cmp(&right.what)));
    changes.truncate(MOST_NAMED);
    Changes::Tried(changes)
}

/// As few workloads as are found to be enough that roll in place, where one is not.
fn together(written: &Written<'_>, trials: &mut Trials<'_>) -> Option<(Attempt, Reach)> {
    let number = written.platform.types.len();
    let mut stays = vec![false; number];
    let mut attempt = written.all_in_place(|_| true).filter(|attempt| !attempt.also.is_empty())?;
    let mut reach = trials.smallest(&attempt).filter(|reach| reach.is_enough)?;
    for index in (0..number).take(MOST_TOGETHER) {
        stays[index] = true;
        let fewer = written.all_in_place(|index| !stays[index]);
        match fewer.and_then(|fewer| Some((trials.smallest(&fewer).filter(|reach| reach.is_enough)?, fewer))) {
            Some((enough, fewer)) => (reach, attempt) = (enough, fewer),
            None => stays[index] = false,
        }
    }
    (attempt.also.len() < MOST_TOGETHER).then_some((attempt, reach))
}
