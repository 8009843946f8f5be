//! Two compilations of a platform beside each other.

use crate::analysis::Analysis;
use crate::fit::{At, Measure, StateProof, Usage, Verdict};
use std::collections::BTreeMap;

use super::load::LoadChange;
use super::{Answer, shown};
use crate::diag::codes::Phase;
use crate::diag::{Diagnostic, Severity};
use crate::objects::{Object, ObjectKey};
use crate::query::reason::{because, names, rank};
use crate::{Compilation, View};

/// What differs in one environment.
#[derive(Debug)]
pub struct EnvironmentChange {
    /// Or `base`.
    pub name: String,
    pub hardware: Option<String>,
    pub states: Vec<StateChange>,
    /// The fullest first, as it would be.
    pub fullness: Vec<Fullness>,
    pub objects: ObjectCounts,
    pub load: Option<LoadChange>,
}

/// The verdict of a state, that of its worst part where it is proved wave by wave.
#[derive(Debug)]
pub struct StateChange {
    pub before: Option<Verdict>,
    /// Whether that was what the state must be.
    pub was_met: bool,
    /// The state as it would be.
    pub after: StateProof,
    /// Whether that is what the state must be.
    pub is_met: bool,
    /// Where it is not: why, in the names of the source.
    pub why: Option<String>,
}

/// How full something is at peak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fullness {
    /// `datacenter.host CPU`, `datacenter.host.nvme`, `shop requests.cpu`.
    pub what: String,
    pub measure: Measure,
    /// Taken (reserves included) and there.
    pub before: Option<(i128, i128)>,
    pub after: (i128, i128),
}

/// How many objects differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObjectCounts {
    pub changed: usize,
    pub added: usize,
    pub removed: usize,
}

/// A finding in one environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// `V0401`.
    pub code: &'static str,
    /// `overfull`.
    pub name: &'static str,
    pub is_error: bool,
    pub environment: Option<String>,
    pub message: String,
}

pub(super) fn compare(before: &Compilation, after: &Compilation) -> Answer {
    let environments: Vec<EnvironmentChange> = shown(after)
        .map(|view| {
            let same = |other: &&View| other.model.environment == view.model.environment;
            environment(shown(before).find(same), (view, after))
        })
        .collect();
    let (old, new) = (findings(before), findings(after));
    let only = |these: &BTreeMap<Identity, Finding>, those: &BTreeMap<Identity, Finding>| {
        these.iter().filter(|(key, _)| !those.contains_key(key)).map(|(_, finding)| finding.clone()).collect()
    };
    let proved = environments.iter().flat_map(|one| &one.states).all(|state| state.is_met);
    let fits = proved && !after.diagnostics.iter().any(is_misfit);
    Answer { appeared: only(&new, &old), disappeared: only(&old, &new), environments, fits }
}

/// Errors of capacity that cannot be accepted are what "does not fit" means.
fn is_misfit(found: &Diagnostic) -> bool {
    found.severity == Severity::Error && found.code.info().phase == Phase::Capacity && !found.code.info().acceptable
}

fn environment(before: Option<&View>, (after, whole): (&View, &Compilation)) -> EnvironmentChange {
    let states = |view: &View| view.proof.as_ref().map(|proof| worst(&proof.states)).unwrap_or_default();
    let old = before.map(states).unwrap_or_default();
    let same = |state: &StateProof| old.iter().find(|one| is_like(one, state));
    let is_met = |view: &View, state: &StateProof| view.proof.as_ref().is_some_and(|proof| proof.is_met(state));
    let names = names(after, whole);
    let changes = states(after).into_iter().map(|state| StateChange {
        before: same(&state).map(|old| old.verdict),
        was_met: same(&state).zip(before).is_some_and(|(old, view)| is_met(view, old)),
        is_met: is_met(after, &state),
        why: (!is_met(after, &state)).then(|| because(&state, &names)),
        after: state,
    });
    EnvironmentChange {
        name: after.model.environment.clone().unwrap_or_else(|| "base".to_owned()),
        hardware: after.model.hardware.as_ref().map(|hardware| hardware.name.clone()),
        states: changes.collect(),
        fullness: fullness(before.map(|view| &view.analysis), &after.analysis),
        objects: objects(before.map(|view| view.objects.as_slice()).unwrap_or_default(), &after.objects),
        load: None,
    }
}

/// Whether two states are the same but for what rolls. What must fit and what is only reported are two things.
pub(crate) fn is_like(one: &StateProof, other: &StateProof) -> bool {
    (one.state, one.at, one.required) == (other.state, other.at, other.required)
}

/// One entry for each state at each count: of several waves the worst.
pub(crate) fn worst(states: &[StateProof]) -> Vec<StateProof> {
    let mut found: Vec<StateProof> = Vec::new();
    for state in states {
        match found.iter_mut().find(|other| is_like(other, state)) {
            None => found.push(state.clone()),
            Some(other) if rank(state.verdict) < rank(other.verdict) => *other = state.clone(),
            Some(_) => {}
        }
    }
    found
}

/// Everything that is held against something, by what and how it is called.
fn usages(analysis: &Analysis) -> Vec<(String, &Usage)> {
    let nodes = analysis.sums.nodes.iter().map(|usage| (format!("{} {}", usage.subject, usage.measure.words()), usage));
    let disks = analysis.sums.disks.iter().map(|disk| (disk.disks.join(" + "), &disk.usage));
    let quotas = analysis.sums.quotas.iter().map(|quota| (format!("{} {}", quota.namespace, quota.key), &quota.usage));
    nodes.chain(disks).chain(quotas).collect()
}

/// How full everything is, the fullest first.
pub(crate) fn fullness(before: Option<&Analysis>, after: &Analysis) -> Vec<Fullness> {
    let taken = |usage: &Usage| (usage.reserved() + usage.total(At::Peak), usage.capacity);
    let old = before.map(usages).unwrap_or_default();
    let mut all: Vec<Fullness> = Vec::new();
    for (what, usage) in usages(after) {
        let same = old.iter().find(|(other, _)| *other == what);
        let before = same.map(|(_, usage)| taken(usage));
        all.push(Fullness { what, measure: usage.measure, before, after: taken(usage) });
    }
    all.sort_by_key(|one| std::cmp::Reverse(one.after.0.saturating_mul(1000) / one.after.1.max(1)));
    all
}

fn objects(before: &[Object], after: &[Object]) -> ObjectCounts {
    let index = |objects: &[Object]| -> BTreeMap<ObjectKey, usize> {
        objects.iter().enumerate().map(|(position, object)| (object.key(), position)).collect()
    };
    let (old, new) = (index(before), index(after));
    let mut counts = ObjectCounts::default();
    for (key, position) in &new {
        match old.get(key) {
            None => counts.added += 1,
            Some(other) if before[*other].body != after[*position].body => counts.changed += 1,
            Some(_) => {}
        }
    }
    counts.removed = old.keys().filter(|key| !new.contains_key(key)).count();
    counts
}

/// What makes two findings the same: amounts in their words may differ.
type Identity = (Option<String>, &'static str, String);

fn findings(compilation: &Compilation) -> BTreeMap<Identity, Finding> {
    let mut found = BTreeMap::new();
    for diagnostic in compilation.diagnostics.iter() {
        let environments: Vec<Option<String>> = match &diagnostic.environment {
            None => vec![None],
            Some(names) => names.split(", ").map(|name| Some(name.to_owned())).collect(),
        };
        for environment in environments {
            let about = diagnostic.subject.clone().unwrap_or_else(|| without_numbers(&diagnostic.message));
            let (code, name) = (diagnostic.code.number(), diagnostic.code.name());
            let finding = Finding {
                code,
                name,
                is_error: diagnostic.severity == Severity::Error,
                environment: environment.clone(),
                message: diagnostic.message.clone(),
            };
            found.insert((environment, code, about), finding);
        }
    }
    found
}

/// A message without its amounts.
fn without_numbers(message: &str) -> String {
    message.chars().filter(|letter| !letter.is_ascii_digit() && *letter != '.').collect()
}
