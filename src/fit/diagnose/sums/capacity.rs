//! Nodes and disks.

use super::table::{amount_text, of_measure, state_text, sum_table};
use super::{Words, asked, explain};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::eval::model::Model;
use crate::fit::At;
use crate::fit::sums::oversize::Oversize;
use crate::fit::sums::{Measure, Sums, Usage};
use crate::objects::quantity::ceil_div;
use crate::source::{SourceMap, Span};

pub(crate) fn diagnose(sums: &Sums, model: &Model, sources: &SourceMap, out: &mut Diagnostics) {
    if !sums.has_hardware {
        no_hardware(sums, model, out);
        return;
    }
    for usage in &sums.nodes {
        if usage.measure == Measure::MemoryLimits {
            limits(sums, usage, sources, out);
        } else if !only_oversize(sums, usage) {
            overfull(usage, sources, out);
        }
    }
    for oversize in &sums.oversize {
        out.push(oversized(oversize));
    }
    disks(sums, sources, out);
}

fn no_hardware(sums: &Sums, model: &Model, out: &mut Diagnostics) {
    // Where it has a fault, that is said.
    if sums.pods.peak == 0 || !model.left_out.is_empty() {
        return;
    }
    let system = model.instances.iter().find(|instance| instance.class == crate::syntax::ast::InstanceClass::System);
    let span = system.or(model.instances.first()).map_or(Span::NONE, |instance| instance.span);
    let name = &model.system;
    out.push(
        Diagnostic::warning(
            codes::NO_HARDWARE,
            span,
            format!("`{name}` runs on no hardware, so nothing is proved to fit"),
        )
        .at("on which hardware?")
        .note(format!("{} pods, {} at peak, would need a place", sums.pods.steady, sums.pods.peak))
        .help(format!("declare a `hardware` with nodes and write `system {name} on HARDWARE`"))
        .of(name.as_str()),
    );
}

/// Whether a sum is too large only because of pods that are too large by themselves: that is said once.
fn only_oversize(sums: &Sums, usage: &Usage) -> bool {
    let oversize = |label: &str| sums.oversize.iter().any(|one| one.measure == usage.measure && one.label == label);
    let rest = |state| -> i128 {
        usage.terms.iter().filter(|term| !oversize(&term.label)).map(|term| term.amount(state)).sum()
    };
    At::ALL.into_iter().all(|state| rest(state) <= usage.capacity - usage.reserved())
        && usage.terms.iter().any(|term| oversize(&term.label))
}

fn overfull(usage: &Usage, sources: &SourceMap, out: &mut Diagnostics) {
    if usage.exceeded().is_none() {
        return;
    }
    let (subject, measure) = (&usage.subject, usage.measure);
    let allocatable = amount_text(measure, usage.allocatable());
    let message = if measure == Measure::Pods {
        format!("`{subject}` is asked for {}, and has places for {}", asked(usage), usage.allocatable())
    } else {
        let of = of_measure(measure);
        format!("the pods ask for {}{of}, and `{subject}` can allocate {allocatable}", asked(usage))
    };
    let words = Words { more: |amount| format!("another {amount}") };
    let diagnostic = Diagnostic::error(codes::OVERFULL, usage.capacity_span, message)
        .at(format!("{allocatable} of this can be allocated"))
        .of(subject.as_str());
    out.push(explain(diagnostic, usage, &words, sources));
}

fn limits(sums: &Sums, usage: &Usage, sources: &SourceMap, out: &mut Diagnostics) {
    let Some(state) = usage.exceeded() else { return };
    let (total, there) = (usage.total(state), usage.allocatable());
    let subject = &usage.subject;
    let bound = match usage.cap {
        Some(cap) => format!("the declared overcommit allows {}", amount_text(usage.measure, cap)),
        None => format!("there is {}", amount_text(usage.measure, there)),
    };
    let mut diagnostic = Diagnostic::warning(
        codes::LIMITS_OVERCOMMITTED,
        usage.capacity_span,
        format!("the memory limits of the pods on `{subject}` add up to {}, and {bound}", asked(usage)),
    )
    .at("less than the limits promise")
    .note(format!("memory limits {}:\n{}", state_text(state), sum_table(usage, state, sources)))
    .note(format!(
        "the limits are {} % of the memory; when pods use them at once, some are killed",
        percent(total, there)
    ))
    .of(subject.as_str());
    if !sums.unlimited.is_empty() {
        diagnostic = diagnostic.note(format!("without a memory limit, and in no sum: {}", names(&sums.unlimited)));
    }
    out.push(diagnostic.help(format!(
        "lower the upper ends of `memory`, or declare on the node how far you bet: `overcommit {{ memory = {}% }}`",
        most_percent(usage)
    )));
}

/// The whole percentage of the memory that the limits take at most.
fn most_percent(usage: &Usage) -> i128 {
    let total = At::ALL.into_iter().map(|state| usage.total(state)).max().unwrap_or(0);
    ceil_div(total * 100, usage.allocatable().max(1))
}

fn percent(part: i128, whole: i128) -> i128 {
    if whole <= 0 { 0 } else { part * 100 / whole }
}

/// A few names in a sentence.
pub(crate) fn names(list: &[String]) -> String {
    let shown: Vec<String> = list.iter().take(8).map(|name| format!("`{name}`")).collect();
    let more = list.len().saturating_sub(8);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn oversized(one: &Oversize) -> Diagnostic {
    let needed = amount_text(one.measure, one.needed);
    let there = amount_text(one.measure, one.allocatable);
    let of = of_measure(one.measure);
    let message = format!("a pod of `{}` asks for {needed}{of}, and no node can allocate more than {there}", one.label);
    Diagnostic::error(codes::OVERSIZE, one.span, message)
        .at(format!("{needed} on one node"))
        .label(one.node_span, format!("`{}` can allocate {there}, the most of all nodes that take it", one.node))
        .help(format!("lower the request of `{}` to at most {there}", one.label))
        .of(one.instance.as_str())
}

fn disks(sums: &Sums, sources: &SourceMap, out: &mut Diagnostics) {
    for disk in &sums.disks {
        let usage = &disk.usage;
        if usage.exceeded().is_none() {
            continue;
        }
        let there = amount_text(usage.measure, usage.allocatable());
        let message = format!("the claims on `{}` add up to {}, and it can hold {there}", usage.subject, asked(usage));
        let words = Words { more: |amount| format!("another {amount} of disk") };
        let mut diagnostic = Diagnostic::error(codes::DISK_OVERFULL, usage.capacity_span, message)
            .at(format!("{there} of this can be claimed"))
            .of(usage.subject.as_str());
        if disk.disks.len() > 1 {
            diagnostic = diagnostic.note(format!("all disks of the class together: {}", names(&disk.disks)));
        }
        let diagnostic = explain(diagnostic, usage, &words, sources);
        out.push(diagnostic.note("claims are charged for the largest count, because they outlive a scale-down"));
    }
    for one in &sums.unserved {
        let message = match &one.storage_class {
            Some(class) => format!("no disk serves the storage class `{class}` of the claim `{}`", one.label),
            None => format!("the claim `{}` names no storage class, and there is not exactly one", one.label),
        };
        let known = if one.known.is_empty() { "no disk has a class".to_owned() } else { names(&one.known) };
        let suggestion = one
            .storage_class
            .as_deref()
            .and_then(|class| crate::diag::suggest::closest(class, one.known.iter().map(String::as_str)));
        let help = match suggestion {
            Some(known) => format!("did you mean `{known}`?"),
            None => crate::fit::sums::disks::how_to_serve(one.storage_class.as_deref()),
        };
        let diagnostic = Diagnostic::error(codes::NO_STORAGE, one.span, message);
        out.push(
            diagnostic.at("served by no disk").note(format!("classes: {known}")).help(help).of(one.instance.as_str()),
        );
    }
}
