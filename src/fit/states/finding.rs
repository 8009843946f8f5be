//! A verdict with what belongs to it, before it has the name of a state.

use crate::fit::evidence::reason::Reason;
use crate::fit::evidence::{Evidence, Layer};
use crate::fit::guarantee::situation::Situation;
use crate::fit::states::placing::present;
use crate::fit::states::verdict::{Ground, Verdict};

/// A verdict with its ground, evidence and reason.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) verdict: Verdict,
    pub(crate) ground: Option<Ground>,
    pub(crate) evidence: Option<Evidence>,
    pub(crate) reason: Option<Reason>,
}

impl Finding {
    pub(crate) fn guaranteed(ground: Ground, evidence: Evidence) -> Self {
        Self { verdict: Verdict::Guaranteed, ground: Some(ground), evidence: Some(evidence), reason: None }
    }

    pub(crate) fn refused(evidence: Evidence) -> Self {
        Self { verdict: Verdict::DoesNotFit, ground: None, evidence: Some(evidence), reason: None }
    }

    pub(crate) fn undecided(reason: Reason) -> Self {
        Self { verdict: Verdict::Undecided, ground: None, evidence: None, reason: Some(reason) }
    }

    pub(crate) fn empty(reason: Reason) -> Self {
        Self { verdict: Verdict::Empty, ground: None, evidence: None, reason: Some(reason) }
    }
}

/// The name of layers that hold; those of a loss case by case.
pub(crate) fn ground<'a>(situation: &Situation<'_>, cases: impl Iterator<Item = &'a [Layer]> + Clone) -> Ground {
    let platform = situation.platform;
    let pinned = |index: &usize| platform.types[*index].per_node || platform.nodes_of(*index) <= 1;
    let mut layers = cases.clone().flatten();
    if platform.nodes() <= 1 {
        Ground::Sums
    } else if present(situation.counts).all(|index| pinned(&index)) {
        Ground::Pinned
    } else if cases.clone().any(|layers| layers.len() > 1) {
        Ground::Layered
    } else if layers.any(|layer| matches!(layer, Layer::AnyOrder(_))) {
        Ground::AnyOrder
    } else {
        Ground::Balanced
    }
}
