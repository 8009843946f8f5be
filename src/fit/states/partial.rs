//! What is known beside what is not: of pods that nobody can account for is known that there are some, and the others are there
//! without them.
//!
//! More pods never make room. So whatever is refused without some of them is refused with them; a guarantee without them is none,
//! and is told to people as that of the rest.

use std::collections::BTreeSet;

use crate::fit::evidence::reason::Reason;
use crate::fit::read::platform::Platform;
use crate::fit::states::state::State;
use crate::fit::states::verdict::{StateProof, Verdict};

/// Everything that is accounted for, where each obstacle is about some pods or about an object that may make others; what is
/// wrong with nodes, autoscalers or limit ranges leaves nothing of which anything is known.
pub(crate) fn rest(platform: &Platform, obstacles: &[Reason]) -> Option<Platform> {
    let mut left_out = BTreeSet::new();
    for obstacle in obstacles {
        match obstacle {
            Reason::Unaccounted { .. } | Reason::MakesOthers { .. } | Reason::LeftOut { .. } => {}
            Reason::Doubtful { workload, .. }
            | Reason::NotUnderstood { workload, .. }
            | Reason::MissingPriorityClass { workload, .. }
            | Reason::PilesUp { workload } => {
                left_out.extend(platform.types.iter().position(|one| one.name == *workload));
            }
            Reason::TornClaim { claim } => {
                let torn = platform.claims.iter().filter(|one| one.name == *claim);
                left_out.extend(torn.flat_map(|claim| claim.types.iter().copied()));
            }
            _ => return None,
        }
    }
    let is_something = (0..platform.types.len()).any(|index| !left_out.contains(&index));
    let rest = platform.without(&left_out);
    // Another claim may be torn, too: an obstacle names the first.
    (is_something && rest.torn_claim().is_none()).then_some(rest)
}

/// The states of a platform of which not everything is known: refused where the rest is, else open. `known` are those of the
/// rest; `states` those that there are where nothing is decided.
pub(crate) fn open(states: Vec<StateProof>, rest: &Platform, known: &[StateProof]) -> Vec<StateProof> {
    let names: Vec<String> = rest.types.iter().filter(|one| one.is_left_out).map(|one| one.name.clone()).collect();
    states.into_iter().map(|state| one(state, &names, known)).collect()
}

fn one(state: StateProof, names: &[String], known: &[StateProof]) -> StateProof {
    let is_same = |one: &&StateProof| {
        one.state == state.state && one.at == state.at && one.is_terminating() == state.is_terminating()
    };
    let found: Vec<&StateProof> = known.iter().filter(is_same).collect();
    let Some(worst) = found.iter().max_by_key(|one| one.verdict.badness()) else { return state };
    // A wave that is refused refuses its own state, and here all waves are one; caps of limits are compared to the number.
    let is_whole = found.len() == 1 && state.state != State::S5 && !state.is_terminating();
    if worst.verdict == Verdict::DoesNotFit && is_whole {
        return StateProof { rolling: state.rolling, without: Some(names.to_vec()), ..(*worst).clone() };
    }
    StateProof { rest: Some(Box::new((*worst).clone())), ..state }
}
