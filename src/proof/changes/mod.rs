//! The smallest single changes after which everything fits: each was made, and every required state was proved again.

mod attempts;
mod trials;

use super::EnvironmentProof;
use super::platform::Platform;
use super::required::{Required, STATES};
use super::state::State;
use super::verdict::StateProof;
use crate::eval::model::{Fit, Hardware};
use attempts::{Attempt, attempts};
use trials::{Reach, Trials};

/// More changes are not named.
const MOST_NAMED: usize = 5;
/// So many platforms are proved in all.
const MOST_TRIALS: usize = 240;
/// A larger platform, in types squared times classes, takes too long to prove so many times.
const LARGEST: usize = 400_000;

/// One change of one number that mends the state in question; what else is not met after it stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The workload, `Deployment.apps shop/api`, or the type of nodes.
    pub what: String,
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
        (self.to - self.from).abs() * 1000 / self.from.max(1)
    }
}

/// The state that changes are looked for: the first that must place pods, or lose or drain a node, and is not what is demanded.
/// Of disks, quotas and limits the sum itself says what it lacks.
fn in_question(proofs: &[StateProof], demand: Fit) -> Option<&StateProof> {
    let mut placing = proofs.iter().filter(|one| one.required && (one.state.is_placing() || one.state.is_absence()));
    placing.find(|one| !one.verdict.meets(demand))
}

impl EnvironmentProof {
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
    for attempt in attempts(platform, hardware, failing) {
        found.extend(trials.smallest(&attempt).map(|reach| (attempt, reach)));
    }
    let is_enough = |(_, reach): &(Attempt, Reach)| reach.is_enough;
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
            let Attempt { what, container, kind, from, .. } = attempt;
            Change { what, container, kind, from, to: reach.to, leaves, breaks }
        })
        .collect();
    let rank = |change: &Change| (change.breaks.len(), change.share(), change.kind);
    changes.sort_by(|left, right| rank(left).cmp(&rank(right)).then_with(|| left.what.cmp(&right.what)));
    changes.truncate(MOST_NAMED);
    Changes::Tried(changes)
}
