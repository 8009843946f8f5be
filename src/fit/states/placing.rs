//! Whether the pods of a state fit the nodes, with evidence: guarantees first, then refusals, then a placement.

use crate::fit::evidence::reason::Reason;
use crate::fit::evidence::{Evidence, Layers};
use crate::fit::guarantee::layers;
use crate::fit::guarantee::situation::Situation;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::priority::Priority;
use crate::fit::refute::{refuse, refuse_at_length};
use crate::fit::search;
use crate::fit::states::finding::{Finding, ground};
use crate::fit::states::openness::{unknown_daemons, unknown_nodes};
use crate::fit::states::verdict::{Ground, Verdict};

/// The verdict of a state.
pub(crate) fn decide(platform: &Platform, counts: &Counts) -> Finding {
    match guarantee(platform, counts) {
        Ok((ground, layers)) => Finding::guaranteed(ground, Evidence::Layers(layers)),
        Err(reason) => without_guarantee(platform, counts, reason),
    }
}

/// The layers of a state and their name; an error says what stands in the way.
pub(crate) fn guarantee(platform: &Platform, counts: &Counts) -> Result<(Ground, Layers), Reason> {
    let situation = Situation::whole(platform, counts)?;
    let layers = layers::prove(&situation, &priorities(platform))?;
    let named = |waits: &[bool]| {
        let waiting = waits.iter().zip(&platform.types).filter(|(waits, _)| **waits);
        waiting.map(|(_, one)| one.name.clone()).collect()
    };
    let ground = ground(&situation, std::iter::once(layers.as_slice()));
    Ok((ground, Layers { layers, waits: named(&counts.waits) }))
}

/// The types with pods in a state.
pub(crate) fn present(counts: &Counts) -> impl Iterator<Item = usize> {
    counts.number.iter().enumerate().filter(|(_, number)| **number > 0).map(|(index, _)| index)
}

/// The priorities of all types.
pub(crate) fn priorities(platform: &Platform) -> Vec<Priority> {
    platform.types.iter().map(|one| one.priority).collect()
}

/// The verdict of a state of which is known why nothing guarantees it.
pub(crate) fn without_guarantee(platform: &Platform, counts: &Counts, because: Reason) -> Finding {
    // What must be there is what refutes.
    let certain = platform.has_doubts().then(|| platform.certain());
    let certain = certain.as_ref().unwrap_or(platform);
    if let Some(refusal) = refuse(certain, counts) {
        return Finding::refused(refusal);
    }
    if let Some(unknown) = unknown_nodes(platform, counts) {
        return refuse_at_length(certain, counts).map_or_else(|| Finding::undecided(unknown), Finding::refused);
    }
    let because = Box::new(because);
    let reason = match search::place(platform, counts) {
        search::Outcome::Placed(patterns) => {
            let with_priorities = would_do_with_priorities(platform, counts);
            return Finding {
                verdict: Verdict::Possible,
                ground: None,
                evidence: Some(Evidence::Placement(patterns)),
                reason: Some(Reason::NotGuaranteed { because, with_priorities }),
            };
        }
        search::Outcome::Exhausted => Reason::Exhausted { because },
        search::Outcome::NotFound => {
            Reason::NotFound { because, with_priorities: would_do_with_priorities(platform, counts) }
        }
        search::Outcome::NotTried(reason) => reason,
    };
    let reason = unknown_daemons(platform, counts).unwrap_or(reason);
    refuse_at_length(certain, counts).map_or_else(|| Finding::undecided(reason), Finding::refused)
}

/// Whether priorities would make a guarantee.
fn would_do_with_priorities(platform: &Platform, counts: &Counts) -> bool {
    let Ok(situation) = Situation::whole(platform, counts) else { return false };
    let rank = |index: usize| {
        let one = &platform.types[index];
        if one.per_node || one.has_claims() || platform.nodes_of(index) <= 1 {
            3
        } else if platform.is_spread(index) || platform.is_alone(index) {
            2
        } else {
            i128::from(!one.is_batch)
        }
    };
    let ranked = (0..platform.types.len()).map(|index| Priority { value: rank(index), preempts: true });
    layers::prove(&situation, &ranked.collect::<Vec<_>>()).is_ok()
}
