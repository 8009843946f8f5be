//! From verdicts to messages: the only place where what is proved, refused or left open becomes diagnostics.
//!
//! What the sums of the analysis say, too, is left to them, because they list their terms with the lines of the source.

mod cast;
mod edits;
mod names;
mod place;
mod refusal;
mod remedies;
mod sum;
pub(crate) mod sums;
#[cfg(test)]
mod tests;

use crate::diag::{Code, Diagnostic, Diagnostics, Remedies, codes, list};
use crate::eval::model::{Fit, Hardware};
use crate::fit::read::pods::{EPHEMERAL, MEMORY};
use crate::fit::sums::Measure;
use crate::fit::{
    At, Changes, EnvironmentProof, Evidence, Reading, Reason, Rolling, State, StateProof, Sums, Verdict, words,
};
use crate::source::SourceMap;
use cast::Cast;
pub use names::{Dialect, Names};

/// More states than these are listed in a note.
const FEW: usize = 3;

/// What the proof has to say about one environment.
#[derive(Debug, Default)]
pub struct Decided {
    pub found: Diagnostics,
    outranked: Vec<(Code, Option<String>)>,
}

impl Decided {
    /// Whether a finding of the analysis is told by one of these, with the state in which it matters. Where nodes must be
    /// drained, a budget that keeps all pods cannot be accepted, nor can limits beyond a declared overcommit.
    #[must_use]
    pub fn outranks(&self, finding: &Diagnostic) -> bool {
        self.outranked.iter().any(|(code, subject)| *code == finding.code && *subject == finding.subject)
    }
}

/// The messages, and what of the analysis each of them tells as well.
#[derive(Default)]
struct Messages {
    found: Vec<Diagnostic>,
    outranked: Vec<(Code, Option<String>)>,
}

impl Messages {
    fn push(&mut self, diagnostic: Diagnostic, outranked: Option<Code>) {
        self.outranked.extend(outranked.map(|code| (code, diagnostic.subject.clone())));
        self.found.push(diagnostic);
    }
}

/// Turns the states that are not as demanded into messages. `sums` are those of the same reading.
#[must_use]
pub fn diagnose(proof: &EnvironmentProof, reading: &Reading<'_>, sums: &Sums, sources: &SourceMap) -> Decided {
    // Where there is no hardware nothing is decided, and one warning says so.
    let Some(hardware) = reading.scenario.model.hardware.as_ref().filter(|_| !proof.nodes.is_empty()) else {
        return Decided::default();
    };
    let environment = reading.scenario.model.environment.as_deref();
    let mut messages = Messages::default();
    // Who is meant is only asked where somebody is: gathering reads all objects again.
    if !proof.states.iter().all(|state| proof.is_met(state)) {
        let cast = Cast::gather(proof, reading, hardware, sources);
        // What was proved to help is said once: by the message about the state that it was looked for.
        let mut help = if remedies::are_with_a_sum(proof, sums) { None } else { remedies::help(&cast) };
        refused(&cast, sums, &mut help, &mut messages);
        unproved(&cast, sums, &mut help, &mut messages);
        messages.found.extend(not_guaranteed(&cast, help));
    }
    messages.found.extend(no_spare_node(proof, hardware, environment, sums));
    let mut found = Diagnostics::default();
    found.extend(messages.found.into_iter().map(|diagnostic| diagnostic.in_environment(environment)));
    Decided { found, outranked: messages.outranked }
}

/// What was proved to make everything fit, for a message about a sum of nodes, or about a pod that is too large for
/// any: these come from the sums. None where no such change is known.
#[must_use]
pub fn remedies(proof: &EnvironmentProof, reading: &Reading<'_>, sources: &SourceMap) -> Option<Remedies> {
    let Changes::Tried(_) = &proof.changes else { return None };
    let hardware = reading.scenario.model.hardware.as_ref()?;
    remedies::help(&Cast::gather(proof, reading, hardware, sources))
}

/// Whether changes were looked for because of one of these states, or of another that places pods as they do.
fn is_asked_for(cast: &Cast<'_>, states: &[&StateProof]) -> bool {
    let Some(asked) = cast.proof.in_question() else { return false };
    states.iter().any(|state| *state == asked || state.state.is_placing() && asked.state.is_placing())
}

/// The required states with a verdict.
fn required<'a>(cast: &Cast<'a>, verdict: Verdict) -> impl Iterator<Item = &'a StateProof> + use<'a> {
    cast.proof.states.iter().filter(move |state| state.required && state.verdict == verdict)
}

/// While what rolls, as a part of a sentence.
fn rolls(rolling: Rolling) -> String {
    match rolling {
        Rolling::All | Rolling::Terminating => "while everything rolls at once".to_owned(),
        Rolling::Wave(wave) => format!("while wave {wave} rolls"),
    }
}

/// When a state is, as a part of a sentence.
fn when(state: &StateProof) -> String {
    let peak = match state.at {
        At::Steady => "",
        At::Peak => " at peak",
    };
    let rolls = state.rolling.map(rolls).unwrap_or_default();
    match (state.state, state.rolling) {
        (State::S0, _) => "in the steady state".to_owned(),
        (State::S1, _) => "at peak".to_owned(),
        (State::S2, _) => rolls,
        (State::S3, _) => format!("when a node is lost{peak}"),
        (State::S4, _) => format!("when a node is drained{peak}"),
        (State::S5, _) => "when all memory limits are used".to_owned(),
        (State::S6, _) => "on the disks".to_owned(),
        (State::S7, Some(Rolling::Wave(_))) => format!("within the quotas {rolls}"),
        (State::S7, _) => "within the quotas".to_owned(),
    }
}

fn whens(states: &[&StateProof]) -> String {
    list(&states.iter().map(|state| when(state)).collect::<Vec<_>>())
}

/// One message for each cause; a larger state that is refused for the same one follows from the smaller.
fn refused(cast: &Cast<'_>, sums: &Sums, help: &mut Option<Remedies>, messages: &mut Messages) {
    let mut causes: Vec<(String, Vec<&StateProof>)> = Vec::new();
    for state in required(cast, Verdict::DoesNotFit) {
        let Some(evidence) = &state.evidence else { continue };
        if is_said(cast, evidence, sums) {
            continue;
        }
        let cause = refusal::cause(evidence);
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, states)) => states.push(state),
            None => causes.push((cause, vec![state])),
        }
    }
    for (_, states) in causes {
        let proved = help.take_if(|_| is_asked_for(cast, &states));
        let mut diagnostic = refusal::explain(cast, states[0], proved.is_some());
        if let Some(proved) = proved {
            diagnostic.help.insert(0, proved.words);
            diagnostic.choices = proved.choices;
        }
        if let [_, rest @ ..] = states.as_slice()
            && !rest.is_empty()
        {
            diagnostic = diagnostic.note(format!("it does not fit {}, either", whens(rest)));
        }
        let same = match states[0].evidence {
            Some(Evidence::Limits(_)) => Some(codes::LIMITS_OVERCOMMITTED),
            Some(Evidence::Locked { .. }) => Some(codes::DISRUPTION_BUDGET),
            _ => None,
        };
        messages.push(diagnostic, same);
    }
}

/// Whether the analysis says the same with the terms of its sum.
fn is_said(cast: &Cast<'_>, evidence: &Evidence, sums: &Sums) -> bool {
    let exceeds =
        |measure: Measure| sums.nodes.iter().any(|usage| usage.measure == measure && usage.exceeded().is_some());
    match evidence {
        Evidence::Sum { resource, .. } => match resource.as_str() {
            "cpu" => exceeds(Measure::Cpu),
            "memory" => exceeds(Measure::Memory),
            "pods" => exceeds(Measure::Pods),
            "ephemeral-storage" => exceeds(Measure::EphemeralStorage),
            _ => false,
        },
        // So many pods that they alone are more than all nodes have.
        Evidence::Count { name, count, .. } => cast.pods(name).is_some_and(|one| {
            let sums = sums.nodes.iter().filter(|usage| usage.exceeded().is_some());
            sums.into_iter().any(|usage| match usage.measure {
                Measure::Cpu => count * one.requests[0] > usage.allocatable(),
                Measure::Memory => count * one.requests[MEMORY] > usage.allocatable(),
                Measure::EphemeralStorage => count * one.requests[EPHEMERAL] > usage.allocatable(),
                Measure::Pods => *count > usage.allocatable(),
                _ => false,
            })
        }),
        Evidence::Oversize { name, .. } => {
            let label = cast.load(name).map(|load| &load.label);
            sums.oversize.iter().any(|one| Some(&one.label) == label)
        }
        Evidence::Unserved { claim, .. } => {
            let label = cast.claim(claim).map(|claim| &claim.label);
            sums.unserved.iter().any(|one| Some(&one.label) == label)
        }
        Evidence::ClaimsSum { storage_class, .. } => is_overfull(sums, storage_class),
        Evidence::ClaimOversize { claim, .. } => cast.claim(claim).is_some_and(|claim| {
            let class = claim.claim.storage_class.as_deref();
            sums.disks.iter().any(|disk| {
                // Without a class of its own it has the default, which is that of the only disk.
                class.is_none_or(|class| disk.storage_class.as_deref() == Some(class))
                    && disk.usage.exceeded().is_some()
                    && disk.usage.terms.iter().any(|term| term.label == claim.label)
            })
        }),
        Evidence::Quota(key) => sums.quotas.iter().any(|one| {
            format!("{}/{}", one.namespace, one.quota) == key.quota
                && one.key == key.key
                && one.usage.exceeded().is_some()
        }),
        Evidence::MissingKey { name, container, .. } => {
            let label = cast.load(name).map(|load| &load.label);
            sums.missing_keys.iter().any(|one| Some(&one.label) == label && one.container == *container)
        }
        _ => false,
    }
}

fn is_overfull(sums: &Sums, storage_class: &str) -> bool {
    let same = sums.disks.iter().filter(|disk| disk.storage_class.as_deref() == Some(storage_class));
    same.into_iter().any(|disk| disk.usage.exceeded().is_some())
}

/// Whether the analysis, or the check of objects, says the same.
fn is_said_elsewhere(cast: &Cast<'_>, sums: &Sums, reason: &Reason) -> bool {
    match reason {
        // Its own error says what is wrong.
        Reason::LeftOut { .. } => true,
        Reason::NoMaximum { .. } => !sums.unbounded.is_empty(),
        Reason::Twice { object } => cast.has_twice(object),
        // A reference that dangles; footprints refer to nothing.
        Reason::MissingPriorityClass { workload, .. } => {
            cast.object(workload).is_some_and(|object| !object.is_footprint())
        }
        _ => false,
    }
}

/// One message for each thing that is missing to decide anything: whoever mends the first wants to know of the second.
fn blocked(cast: &Cast<'_>, sums: &Sums, messages: &mut Messages) {
    for reason in cast.proof.obstacles.iter().filter(|reason| !is_said_elsewhere(cast, sums, reason)) {
        let message = format!("it is not proved that everything fits: {}", words::fact(reason, cast.names()));
        let diagnostic = open(cast, codes::UNPROVED, Some(reason), message);
        messages.push(diagnostic.help(words::of(Some(reason), cast.names())), None);
    }
}

/// One message for each reason; where the smaller state is refused, what larger ones lack is not worth a word.
fn unproved(cast: &Cast<'_>, sums: &Sums, help: &mut Option<Remedies>, messages: &mut Messages) {
    if !cast.proof.obstacles.is_empty() {
        return blocked(cast, sums, messages);
    }
    let is_refused = |names: &[State], at: Option<At>| {
        let fails = |state: &&StateProof| names.contains(&state.state) && at.is_none_or(|at| state.at == at);
        cast.proof.states.iter().filter(fails).any(|state| state.verdict == Verdict::DoesNotFit)
    };
    let mut groups: Vec<(&Reason, Vec<&StateProof>)> = Vec::new();
    for state in required(cast, Verdict::Undecided) {
        // Whoever leaves a state open says why.
        let Some(reason) = &state.reason else { continue };
        let follows = match state.state {
            State::S1 => is_refused(&[State::S0], None),
            State::S2 => is_refused(&[State::S0, State::S1], None),
            State::S3 | State::S4 => is_refused(&[State::S0, State::S1], Some(state.at)),
            State::S0 | State::S5 | State::S6 | State::S7 => false,
        };
        if follows || is_said_elsewhere(cast, sums, reason) {
            continue;
        }
        // The numbers of a larger state differ; what lacks is the same.
        let same = |known: &Reason, states: &[&StateProof]| {
            known == reason || (state.state.is_placing() && states.iter().any(|other| other.state.is_placing()))
        };
        match groups.iter_mut().find(|(known, states)| same(known, states)) {
            Some((_, states)) => states.push(state),
            None => groups.push((reason, vec![state])),
        }
    }
    for (reason, states) in groups {
        // What stands in the way of everything stands in the way of no state in particular.
        let is_all = states.len() == cast.proof.states.iter().filter(|state| state.required).count();
        let many = states.len() > FEW && !is_all;
        let place = match (is_all, many) {
            (true, _) => String::new(),
            (_, true) => format!(" in {} states", states.len()),
            _ => format!(" {}", whens(&states)),
        };
        let message = format!("it is not proved that everything fits{place}: {}", words::fact(reason, cast.names()));
        let mut diagnostic = open(cast, codes::UNPROVED, Some(reason), message);
        if many {
            diagnostic = diagnostic.note(format!("they are: {}", whens(&states)));
        }
        let further: Vec<String> = states[1..]
            .iter()
            .filter_map(|state| {
                let other = state.reason.as_ref().filter(|other| *other != reason)?;
                Some(format!("{}: {}", when(state), words::fact(other, cast.names())))
            })
            .collect();
        let diagnostic = if further.is_empty() { diagnostic } else { diagnostic.note(further.join("\n")) };
        let proved = help.take_if(|_| is_asked_for(cast, &states));
        let diagnostic = match proved {
            Some(proved) => words::beside_numbers(Some(reason), cast.names())
                .into_iter()
                .fold(diagnostic.remedied(proved), Diagnostic::help),
            None => diagnostic.help(words::of(Some(reason), cast.names())),
        };
        messages.push(diagnostic, None);
    }
}

/// All states that have a placement and no guarantee, as one message.
fn not_guaranteed(cast: &Cast<'_>, help: Option<Remedies>) -> Option<Diagnostic> {
    if cast.proof.demand == Fit::Possible {
        return None;
    }
    let states: Vec<&StateProof> = required(cast, Verdict::Possible).collect();
    let first = states.first()?;
    let message = format!("{} there is a place for every pod, but the scheduler may miss it", whens(&states));
    let mut facts: Vec<(String, Vec<&StateProof>)> = Vec::new();
    for state in &states {
        let reason = state.reason.as_ref().map(|reason| words::lacking(reason, cast.names())).unwrap_or_default();
        match facts.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, same)) => same.push(state),
            None => facts.push((reason, vec![state])),
        }
    }
    let facts: Vec<String> = facts.iter().map(|(reason, same)| format!("{}, {reason}", whens(same))).collect();
    let place = match cast.environment() {
        Some(name) => format!("`environment {name}`"),
        None => format!("`system {}`", cast.system()),
    };
    let mut diagnostic = open(cast, codes::NOT_GUARANTEED, first.reason.as_ref(), message).note(facts.join("\n"));
    diagnostic = match help {
        Some(proved) => {
            diagnostic.remedied(proved).help(words::guarantee_beside_numbers(first.reason.as_ref(), cast.names()))
        }
        None => diagnostic.help(words::guarantee(first.reason.as_ref(), cast.names())),
    };
    Some(diagnostic.help(format!("or write `fit = \"possible\"` in {place}, where a placement is enough")))
}

/// Whether a disruption budget lets no pod go.
/// A message about something open, at what its reason is about, and at the node that is meant.
fn open(cast: &Cast<'_>, code: Code, reason: Option<&Reason>, message: String) -> Diagnostic {
    let subjects = reason.map(Reason::subjects).unwrap_or_default();
    let primary = subjects.iter().find_map(|subject| place::primary(cast, code, *subject, &message));
    let diagnostic = primary.unwrap_or_else(|| {
        let hardware = cast.hardware;
        Diagnostic::error(code, hardware.span, message).at("on these nodes").of(hardware.name.as_str())
    });
    subjects
        .iter()
        .filter_map(|subject| place::node(cast, *subject))
        .fold(diagnostic, |diagnostic, (span, words)| diagnostic.label(span, words))
}

/// One node has nothing to fall back to: both states about its absence are empty.
fn no_spare_node(
    proof: &EnvironmentProof,
    hardware: &Hardware,
    environment: Option<&str>,
    sums: &Sums,
) -> Option<Diagnostic> {
    let is_absence = |state: &StateProof| state.required && state.state.is_absence();
    let is_empty = proof.states.iter().any(|state| is_absence(state) && state.verdict == Verdict::Empty);
    let node = hardware.nodes.first().filter(|_| is_empty && sums.pods.peak > 0)?;
    let name = &hardware.name;
    let place = environment.map(|name| format!(" in {name}")).unwrap_or_default();
    Some(
        Diagnostic::warning(
            codes::NO_SPARE_NODE,
            node.span,
            format!("`{name}` has one node, and without it everything stands still"),
        )
        .at("the only node")
        .note("its loss and its drain are no states that could be proved: until it is back there is nothing to run on")
        .help(format!("a second node (`count = 2`), or `accept no-spare-node of {name}{place} \"…\"`"))
        .of(name.as_str()),
    )
}
