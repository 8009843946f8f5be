//! Whether the pods of a state fit the nodes, with evidence: guarantees first, then refusals, then a placement.

use super::evidence::{Evidence, Layers};
use super::finding::{Finding, ground};
use super::layers;
use super::obstacle::{Obstacle, Stuck};
use super::openness::unknown_nodes;
use super::platform::{Counts, Platform};
use super::priority::Priority;
use super::refute::{refuse, refuse_at_length};
use super::search;
use super::situation::Situation;
use super::verdict::{Ground, Verdict};

/// The verdict of a state.
pub(super) fn decide(platform: &Platform, counts: &Counts) -> Finding {
    match guarantee(platform, counts) {
        Ok((ground, layers)) => Finding::guaranteed(ground, Evidence::Layers(layers)),
        Err(stuck) => without_guarantee(platform, counts, &stuck),
    }
}

/// The layers of a state and their name; an error says what stands in the way.
pub(super) fn guarantee(platform: &Platform, counts: &Counts) -> Result<(Ground, Layers), Stuck> {
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
pub(super) fn present(counts: &Counts) -> impl Iterator<Item = usize> {
    counts.number.iter().enumerate().filter(|(_, number)| **number > 0).map(|(index, _)| index)
}

/// The priorities of all types.
pub(super) fn priorities(platform: &Platform) -> Vec<Priority> {
    platform.types.iter().map(|one| one.priority).collect()
}

/// The verdict of a state of which is known why nothing guarantees it.
pub(super) fn without_guarantee(platform: &Platform, counts: &Counts, stuck: &Stuck) -> Finding {
    // What must be there is what refutes.
    let certain = platform.has_doubts().then(|| platform.certain());
    let certain = certain.as_ref().unwrap_or(platform);
    if let Some(refusal) = refuse(certain, counts) {
        return Finding::refused(refusal);
    }
    if let Some(stuck) = unknown_nodes(platform, counts) {
        return refuse_at_length(certain, counts).map_or_else(|| Finding::undecided(stuck), Finding::refused);
    }
    let advice = advice(platform, counts);
    // What has no name of its own is about a placement that is missing.
    let obstacle = if stuck.obstacle == Obstacle::Other { Obstacle::Placement } else { stuck.obstacle };
    let reason = match search::place(platform, counts) {
        search::Outcome::Placed(patterns) => {
            return Finding {
                verdict: Verdict::Possible,
                ground: None,
                evidence: Some(Evidence::Placement(patterns)),
                reason: Some(Stuck::new(stuck.obstacle, format!("not guaranteed, because {stuck}{advice}"))),
            };
        }
        search::Outcome::Exhausted => Stuck::new(
            obstacle,
            format!("every placement was tried and none holds all pods, but no sum, count or weight shows it; {stuck}"),
        ),
        search::Outcome::NotFound => {
            Stuck::new(obstacle, format!("no placement was found and none was ruled out; {stuck}{advice}"))
        }
        search::Outcome::NotTried(reason) => Stuck::new(Obstacle::Placement, reason),
    };
    refuse_at_length(certain, counts).map_or_else(|| Finding::undecided(reason), Finding::refused)
}

/// Whether priorities would make a guarantee, as the end of a sentence.
fn advice(platform: &Platform, counts: &Counts) -> &'static str {
    let Ok(situation) = Situation::whole(platform, counts) else { return "" };
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
    if layers::prove(&situation, &ranked.collect::<Vec<_>>()).is_ok() {
        "; it would be guaranteed with priorities: what has one node, a volume or runs on each node above what is spread, \
         that above what floats, and jobs below all"
    } else {
        ""
    }
}
