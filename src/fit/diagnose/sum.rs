//! Sums that only the proof adds up: with what surges in a rollout, or over the nodes that some pods may go to.

use super::cast::{Cast, amount_span};
use super::refusal::request_span;
use super::{rolls, when};
use crate::diag::{Diagnostic, codes};
use crate::eval::model::Hardware;
use crate::fit::diagnose::sums::table::{amount_text, sum_table};
use crate::fit::evidence::QuotaKey;
use crate::fit::read::demand::{PerState, Term};
use crate::fit::read::pods::RESOURCES;
use crate::fit::sums::capacity::supply;
use crate::fit::sums::{Held, Measure, Usage};
use crate::fit::{At, Evidence, Rolling, StateProof};
use crate::objects::pod::ContainerResource;
use crate::objects::quantity::Quantity;
use crate::source::Span;

/// How many of the largest terms are shown in the source.
const SHOWN: usize = 3;

/// The message for a sum over nodes; none where its terms do not give the number of the evidence.
/// Where changes of numbers were proved to help, it names no numbers of its own.
pub(super) fn explain(cast: &Cast<'_>, state: &StateProof, evidence: &Evidence, is_helped: bool) -> Option<Diagnostic> {
    let Evidence::Sum { types, minimal, classes, resource, demand, allocatable } = evidence else { return None };
    let measure = match resource.as_str() {
        "cpu" => Measure::Cpu,
        "memory" => Measure::Memory,
        "ephemeral-storage" => Measure::EphemeralStorage,
        "pods" => Measure::Pods,
        _ => return None,
    };
    let index = RESOURCES.iter().position(|name| name == resource)?;
    let mut rolls = 0;
    let mut terms = Vec::new();
    for name in types {
        let (load, one) = (cast.load(name)?, cast.pods(name)?);
        // For a DaemonSet the count of the load is that of its nodes; the sum may be over some of them only.
        let number = cast.count(one, state);
        let number = if one.per_node { number * load.count.peak } else { number };
        rolls += i128::from(number > if state.at == At::Steady { one.steady } else { one.peak } && !one.per_node);
        let term = load.term(one.requests[index], request_span(load, resource));
        terms.push(Term { count: PerState { steady: number, peak: number }, countable: false, ..term });
    }
    let (subject, capacity, span, held) = capacity(cast, classes, measure, *allocatable)?;
    let usage = Usage::new(subject.as_str(), measure, (capacity, span), held, terms);
    if usage.total(At::Peak) != *demand || usage.capacity - usage.reserved() != *allocatable {
        return None;
    }
    let of = if measure == Measure::Cpu { String::new() } else { format!(" of {}", measure.words()) };
    let (asked, there) = (amount_text(measure, *demand), amount_text(measure, *allocatable));
    let whose = if classes.len() == cast.proof.classes.len() { "the pods" } else { "the pods that nothing else takes" };
    let message = format!("{}, {whose} ask for {asked}{of}, and `{subject}` can allocate {there}", when(state));
    let diagnostic = largest(cast, &usage, message);
    let short = amount_text(measure, demand - allocatable);
    let table = sum_table(&usage, At::Peak, cast.sources);
    let diagnostic = diagnostic.label(span, format!("{there} of this can be allocated")).note(format!(
        "{} of `{subject}` {}:\n{table}",
        measure.words(),
        when(state)
    ));
    let diagnostic = match minimal.as_slice() {
        all if all.len() >= types.len() => diagnostic,
        [] => diagnostic,
        [one] => diagnostic.note(format!("{} alone is too much", cast.names().label(one))),
        some => {
            let names: Vec<String> = some.iter().take(SHOWN).map(|name| cast.names().label(name)).collect();
            let more = some.len() - names.len();
            let rest = if more == 0 { String::new() } else { format!(" with {more} more") };
            diagnostic.note(format!("{}{rest} alone are too much", super::list(&names)))
        }
    };
    let more = format!("another {short}{of}");
    Some(if rolls > 0 && is_helped {
        diagnostic.help("or rollouts that take an old pod away first (`surge = 0` and `unavailable = 1` of a `web`)")
    } else if is_helped {
        diagnostic
    } else if rolls > 0 {
        diagnostic.help(format!(
            "each of these lines makes up for this sum, and is not proved to be enough:\n{more}\nrollouts that take an old pod away first (`surge = 0` and \
             `unavailable = 1` of a `web`), of so many that {short} are not needed"
        ))
    } else {
        diagnostic.help(format!("{more}, or fewer or smaller pods"))
    })
}

/// What some classes have together, and where that is written.
fn capacity(
    cast: &Cast<'_>,
    classes: &[String],
    measure: Measure,
    allocatable: i128,
) -> Option<(String, i128, Span, Vec<Held>)> {
    let mut nodes: Vec<crate::eval::model::Node> = Vec::new();
    for class in classes {
        let node = cast.node(class)?;
        if !nodes.iter().any(|known| known.name == node.name) {
            nodes.push(node.clone());
        }
    }
    let resource = match measure {
        Measure::Cpu => "cpu",
        Measure::EphemeralStorage => "ephemeral-storage",
        _ => measure.words(),
    };
    let span = nodes.first().map(|node| amount_span(node, resource))?;
    let hardware = cast.hardware;
    let subject = match nodes.as_slice() {
        [node] => format!("{}.{}", hardware.name, node.name),
        _ => hardware.name.clone(),
    };
    let (capacity, _, held) = supply(&Hardware { nodes, ..hardware.clone() }, measure);
    let reserved: i128 = held.iter().map(|held| held.amount).sum();
    // Some of the machines of a type only, or one with more reserves than it has: the numbers of the source do not add up to it.
    if capacity - reserved == allocatable {
        Some((subject, capacity, span, held))
    } else {
        Some((subject, allocatable, span, Vec::new()))
    }
}

/// The message at the largest term, with labels at those that follow.
fn largest(cast: &Cast<'_>, usage: &Usage, message: String) -> Diagnostic {
    let measure = usage.measure;
    let words = |term: &Term| {
        let each = amount_text(measure, term.each);
        match term.count.peak {
            1 => format!("`{}` asks for {each}", term.label),
            count => format!("`{}` asks for {count} × {each}", term.label),
        }
    };
    let Some(first) = usage.terms.first() else {
        return Diagnostic::error(codes::DOES_NOT_FIT, usage.capacity_span, message).of(cast.hardware.name.as_str());
    };
    let mut diagnostic =
        Diagnostic::error(codes::DOES_NOT_FIT, first.span, message).at(words(first)).of(first.owner.name.as_str());
    for term in usage.terms.iter().skip(1).take(SHOWN - 1) {
        diagnostic = diagnostic.label(term.span, words(term));
    }
    diagnostic
}

/// The message for a quota that is too small for what surges; none for keys that count no requests of pods.
pub(super) fn quota(cast: &Cast<'_>, state: &StateProof, key: &QuotaKey) -> Option<Diagnostic> {
    use ContainerResource::{Cpu, Memory};
    let (namespace, name) = key.quota.split_once('/')?;
    let (measure, resource, limits) = match key.key.as_str() {
        "cpu" | "requests.cpu" => (Measure::Cpu, Some(Cpu), false),
        "memory" | "requests.memory" => (Measure::Memory, Some(Memory), false),
        "limits.cpu" => (Measure::CpuLimits, Some(Cpu), true),
        "limits.memory" => (Measure::MemoryLimits, Some(Memory), true),
        "pods" | "count/pods" => (Measure::Pods, None, false),
        _ => return None,
    };
    let mut terms = Vec::new();
    for load in cast.loads_in(namespace) {
        let one = cast.pods(&cast.name(load))?;
        let resources = &load.workload.resources;
        let (each, span) = match resource.map(|resource| resource as usize) {
            None => (1, Span::NONE),
            Some(index) if limits => (resources.limits[index], resources.limit_spans[index]),
            Some(index) => (resources.requests[index], resources.request_spans[index]),
        };
        let number = cast.count(one, state);
        let number = if one.per_node { number * load.count.peak } else { number };
        terms.push(Term {
            count: PerState { steady: number, peak: number },
            countable: false,
            ..load.term(each, span)
        });
    }
    let quota = cast.objects().iter().find(|object| {
        object.kind == "ResourceQuota" && object.name == name && object.namespace.as_deref() == Some(namespace)
    })?;
    let hard = quota.body.at(&["spec", "hard", key.key.as_str()])?;
    let span = Quantity::of(hard).map_or(quota.span, |_| hard.span());
    let usage = Usage::new(namespace, measure, (key.hard, span), Vec::new(), terms);
    if usage.total(At::Peak) != key.used {
        return None;
    }
    let (used, hard) = (amount_text(measure, key.used), amount_text(measure, key.hard));
    // The quota is named anyway.
    let rolls = rolls(state.rolling.unwrap_or(Rolling::All));
    let message =
        format!("{rolls}, namespace `{namespace}` asks for {used}, and its quota allows {hard} of `{}`", key.key);
    let short = amount_text(measure, key.used - key.hard);
    let table = sum_table(&usage, At::Peak, cast.sources);
    Some(
        largest(cast, &usage, message)
            .label(span, format!("it allows {hard}"))
            .note(format!("`{}` of `{namespace}` {rolls}:\n{table}", key.key))
            .note("a rollout whose pods a quota refuses does not move")
            .help(format!("a quota that allows another {short}, or rollouts with less surge")),
    )
}
