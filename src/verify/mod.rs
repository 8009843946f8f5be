//! The checker of proofs, which trusts neither the compiler nor its model.
//!
//! `docs/proof.md` says what a proof holds and how it is checked; this module follows that page and shares with the rest
//! of the compiler only the reading of files (`manifests`), so that a fault there cannot hide itself here. It derives from
//! manifests and nodes what the evidence must say, takes nothing from the proof but the choices that the page leaves to
//! it, and compares the two. Where it does not understand something, it refuses.

mod apart;
mod attachments;
mod claims;
mod classes;
mod closed;
mod company;
mod counted;
mod environment;
mod layers;
mod loss;
mod placement;
mod pods;
mod quotas;
mod refusals;
mod situation;
#[cfg(test)]
mod tests;
mod ways;
mod workloads;

pub use crate::manifests::{Files, Given};
use crate::manifests::{Loaded, Reading, Value, refuse};
use environment::{Entries, Texts};

/// What became of one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The evidence shows the verdict.
    Confirmed,
    /// It does not; a sentence that says why.
    Refused(String),
    /// The proof claims nothing, for the reason it states.
    Stated(String),
}

/// One state of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Such as `S2 at S1, rolling wave 3`.
    pub label: String,
    /// What the proof says.
    pub verdict: String,
    /// Whether a build needs it to fit.
    pub required: bool,
    /// Whether the verdict, when it is confirmed, is all that the environment demands.
    pub is_enough: bool,
    /// What became of it.
    pub outcome: Outcome,
}

/// One environment of a proof.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// As in the proof.
    pub name: String,
    /// What is wrong with the environment as a whole.
    pub faults: Vec<String>,
    /// Its states, as far as they could be looked at.
    pub states: Vec<State>,
    /// What everything rests on.
    pub assumptions: Vec<String>,
}

/// What became of a proof.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What is wrong with the proof as a whole.
    pub faults: Vec<String>,
    /// The environments that were checked.
    pub environments: Vec<Environment>,
}

impl Report {
    /// Whether nothing was refused.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.refusals().is_empty()
    }

    /// Why it does not hold, one sentence each.
    #[must_use]
    pub fn refusals(&self) -> Vec<String> {
        let mut sentences = self.faults.clone();
        for one in &self.environments {
            sentences.extend(one.faults.iter().map(|fault| format!("{}: {fault}", one.name)));
            sentences.extend(one.states.iter().filter_map(|state| match &state.outcome {
                Outcome::Refused(reason) => Some(format!("{} {}: {reason}", one.name, state.label)),
                Outcome::Confirmed | Outcome::Stated(_) => None,
            }));
        }
        sentences
    }

    /// The states that are needed and that the proof does not show to fit.
    pub fn unproved(&self) -> impl Iterator<Item = (&Environment, &State)> {
        let states = self.environments.iter().flat_map(|one| one.states.iter().map(move |state| (one, state)));
        states.filter(|(_, state)| state.required && !(state.is_enough && state.outcome == Outcome::Confirmed))
    }
}

/// Checks a proof against the files that it is about.
///
/// # Errors
///
/// Gives a sentence where there is nothing to check: the proof cannot be read, or what is given does not fit to it.
pub fn verify(proof: &str, files: &dyn Files, given: &Given) -> Result<Report, String> {
    let proof: Value = serde_json::from_str(proof).map_err(|fault| format!("the proof is no JSON: {fault}"))?;
    refuse(proof.at("version") != 3, || "the proof is not of version 3".to_owned())?;
    let (mut report, mut entries, mut order) = (Report::default(), Entries::new(), Vec::new());
    for entry in proof.list("environments")? {
        order.push(entry.needed("name")?);
        if entries.insert(order[order.len() - 1], entry).is_some() {
            report.faults.push(format!("the environment `{}` is there twice", order[order.len() - 1]));
        }
    }
    let mut chosen = order.clone();
    chosen.retain(|name| given.environment.as_ref().is_none_or(|chosen| chosen == name));
    let named = given.environment.as_deref().unwrap_or("base");
    refuse(chosen.is_empty(), || format!("the proof has no environment `{named}`"))?;
    let is_given = given.manifests.is_some() || given.nodes.is_some() || given.footprints.is_some();
    let several = "files stand for one environment, and the proof has several: say which with `--env`";
    refuse(is_given && chosen.len() > 1, || several.to_owned())?;
    if given.manifests.is_none() {
        report.faults.extend(presence(files, &order));
    }
    let mut texts = Texts::new();
    for name in &chosen {
        texts.entry(name).or_insert_with(|| Loaded::read(name, files, given));
        for other in entries[name].texts("beside")?.into_iter().filter(|other| entries.contains_key(other)) {
            texts.entry(other).or_insert_with(|| Loaded::read(other, files, &Given::default()));
        }
    }
    for name in chosen {
        let mut one = Environment { name: name.to_owned(), ..Environment::default() };
        if let Err(fault) = environment::examine(name, &entries, &texts, &mut one) {
            one.faults.push(fault);
        }
        report.environments.push(one);
    }
    Ok(report)
}

/// Every environment that was built must be in the proof.
fn presence(files: &dyn Files, order: &[&str]) -> Vec<String> {
    let built = Loaded::environments(files);
    let silent = built.iter().filter(|name| !order.contains(&name.as_str()));
    let silent = silent.map(|name| format!("the environment `{name}` was built, and the proof says nothing of it"));
    let absent = order.iter().filter(|name| !built.iter().any(|other| other == *name));
    silent.chain(absent.map(|name| format!("the environment `{name}` of the proof was not built"))).collect()
}
