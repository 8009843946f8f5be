//! Why a state does not get the verdict that it should have, in half a sentence.

use crate::proof::evidence::TooSmall;
pub use crate::proof::words::state as name;
use crate::proof::words::{self, amount};
use crate::proof::{EnvironmentProof, Evidence, StateProof, Verdict};

/// How good a verdict is: the better, the higher. A state that cannot occur is as good as one that always fits.
#[must_use]
pub fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Guaranteed | Verdict::Empty => 3,
        Verdict::Possible => 2,
        Verdict::Undecided => 1,
        Verdict::DoesNotFit => 0,
    }
}

/// The first required state that is not guaranteed.
#[must_use]
pub fn first_unguaranteed(proof: &EnvironmentProof) -> Option<&StateProof> {
    proof.states.iter().find(|state| state.required && rank(state.verdict) < rank(Verdict::Guaranteed))
}

/// `the rollout (S2) lacks CPU on host`.
#[must_use]
pub fn sentence(state: &StateProof) -> String {
    format!("{} {}", name(state.state), predicate(state))
}

fn predicate(state: &StateProof) -> String {
    if let Some(refusal) = state.evidence.as_ref().filter(|_| state.verdict == Verdict::DoesNotFit).and_then(refusal) {
        return refusal;
    }
    let reason = state.reason.as_deref().unwrap_or_default();
    // A placement says what keeps it from being more.
    let reason = reason.strip_prefix("not guaranteed, because ").unwrap_or(reason);
    match state.verdict {
        Verdict::Guaranteed => "is guaranteed".to_owned(),
        Verdict::Empty => format!("cannot occur: {reason}"),
        Verdict::Possible => format!("fits only if the scheduler is lucky: {reason}"),
        Verdict::Undecided => format!("cannot be decided: {reason}"),
        Verdict::DoesNotFit => "does not fit".to_owned(),
    }
}

/// `CPU`, `memory`, `pod slots`.
fn resource(key: &str) -> &str {
    match key {
        "cpu" => "CPU",
        "pods" => "pod slots",
        other => other,
    }
}

fn refusal(evidence: &Evidence) -> Option<String> {
    Some(match evidence {
        Evidence::Sum { classes, resource: key, demand, allocatable, .. } => {
            let short = amount(key, demand - allocatable);
            format!("lacks {} on {}: {short} more than there is", resource(key), classes.join(" and "))
        }
        Evidence::NoNode { name, .. } => format!("has no node that takes {name}"),
        Evidence::Oversize { name, places, .. } => {
            let place = |one: &TooSmall| format!("{} on {}", resource(&one.resource), one.class);
            format!("lacks {} for one pod of {name}", places.iter().map(place).collect::<Vec<_>>().join(" and "))
        }
        Evidence::Count { name, count, total, .. } => format!("has room for {total} of {count} pods of {name}"),
        Evidence::Unserved { claim, .. } => format!("offer nothing to the claim {claim}"),
        Evidence::ClaimOversize { claim, .. } => format!("are all too small for the claim {claim}"),
        Evidence::ClaimsSum { storage_class, .. } => format!("lack space on the disks of the class {storage_class}"),
        Evidence::Quota(key) => format!("forbid it: `{}` of {} is exceeded", key.key, key.quota),
        Evidence::MissingKey { name, key, .. } => format!("forbid it: {name} does not state `{key}`"),
        Evidence::InvalidPod { name, resource, .. } => {
            format!("forbid it: {name} requests more {resource} than its limit")
        }
        other => format!("does not fit: {}", words::refusal(other)?),
    })
}
