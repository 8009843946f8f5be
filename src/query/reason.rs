//! Why a state does not get the verdict that it should have, in half a sentence.

use crate::fit::evidence::{LimitSum, TooSmall};
pub use crate::fit::words::state as name;
use crate::fit::words::{self, amount, portion, quota_name};
use crate::fit::{EnvironmentProof, Evidence, Names, Reading, Scenario, StateProof, Verdict};
use crate::query::what_if::neighbours;
use crate::{Compilation, View};

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

/// What the source calls everything that the proof of a view may name.
#[must_use]
pub fn names(view: &View, compilation: &Compilation) -> Names {
    let beside: Vec<Scenario<'_>> = neighbours(view, compilation).map(scenario).collect();
    Names::of(&Reading::of(scenario(view), &beside))
}

fn scenario(view: &View) -> Scenario<'_> {
    Scenario { model: &view.model, objects: &view.objects }
}

/// `the rollout (S2) lacks CPU on host`, in the names of the source.
#[must_use]
pub fn sentence(state: &StateProof, names: &Names) -> String {
    let said = match state.verdict {
        Verdict::Guaranteed => "is guaranteed".to_owned(),
        Verdict::Empty => format!("cannot occur: {}", reason(state, names)),
        Verdict::Possible => format!("fits only if the scheduler is lucky: {}", reason(state, names)),
        Verdict::Undecided => format!("cannot be decided: {}", reason(state, names)),
        Verdict::DoesNotFit => refused(state, names),
    };
    format!("{} {said}", name(state.state))
}

/// The same beside the verdict, which says the rest: `lacks CPU on host`.
#[must_use]
pub fn because(state: &StateProof, names: &Names) -> String {
    if state.verdict == Verdict::DoesNotFit { refused(state, names) } else { reason(state, names) }
}

fn refused(state: &StateProof, names: &Names) -> String {
    state.evidence.as_ref().and_then(|evidence| refusal(evidence, names)).unwrap_or_else(|| "does not fit".to_owned())
}

/// A placement says what keeps it from being more.
fn reason(state: &StateProof, names: &Names) -> String {
    state.reason.as_ref().map(|reason| words::lacking(reason, names)).unwrap_or_default()
}

/// The node type whose limits exceed their cap the most, as people read it.
fn limits(sums: &[LimitSum]) -> Option<String> {
    let share = |one: &LimitSum| (one.sum * 100 + one.allocatable - 1).checked_div(one.allocatable).unwrap_or(0);
    let worst = sums.iter().max_by_key(|one| share(one) - one.cap)?;
    let (share, cap) = (share(worst), worst.cap);
    let allowed = if cap == 100 { "all that it has" } else { &format!("the declared overcommit of {cap} %") };
    Some(format!("may come to {share} % of a node of {}, more than {allowed}", worst.class))
}

/// `CPU`, `memory`, `pod slots`.
fn resource(key: &str) -> &str {
    match key {
        "cpu" => "CPU",
        "pods" => "pod slots",
        other => other,
    }
}

fn refusal(evidence: &Evidence, names: &Names) -> Option<String> {
    Some(match evidence {
        Evidence::Sum { classes, resource: key, demand, allocatable, .. } => {
            let short = amount(key, demand - allocatable);
            format!("lacks {} on {}: {short} more than there is", resource(key), classes.join(" and "))
        }
        Evidence::Undeclared { name, resource, .. } => {
            format!("lacks {resource} for one pod of {}", names.label(name))
        }
        Evidence::NoNode { name, .. } => format!("has no node that takes {}", names.label(name)),
        Evidence::Oversize { name, places, .. } => {
            let place = |one: &TooSmall| format!("{} on {}", resource(&one.resource), one.class);
            let places = places.iter().map(place).collect::<Vec<_>>().join(" and ");
            format!("lacks {places} for one pod of {}", names.label(name))
        }
        Evidence::Count { name, count, total, .. } => {
            format!("has room for {total} of {count} pods of {}", names.label(name))
        }
        Evidence::Unserved { claim, .. } => format!("offer nothing to the claim {}", names.label(claim)),
        Evidence::ClaimOversize { claim, .. } => format!("are all too small for the claim {}", names.label(claim)),
        Evidence::ClaimsSum { storage_class, .. } => format!("lack space on the disks of the class {storage_class}"),
        Evidence::Quota(key) => {
            let asked = portion(&key.key, key.used, key.hard);
            format!("forbid it: `{}` of the quota {} is exceeded, {asked}", key.key, quota_name(&key.quota))
        }
        Evidence::Limits(sums) => limits(sums)?,
        Evidence::MissingKey { name, key, .. } => format!("forbid it: {} does not state `{key}`", names.label(name)),
        Evidence::Misfit { name, resource, why, .. } => {
            format!("forbid it: {} {}", names.label(name), words::misfit(resource, *why))
        }
        Evidence::InvalidPod { name, resource, .. } => {
            format!("forbid it: {} requests more {resource} than its limit", names.label(name))
        }
        other => format!("does not fit: {}", words::refusal(other, names)?),
    })
}
