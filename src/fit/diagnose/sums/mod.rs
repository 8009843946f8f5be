//! Messages about sums, with their terms and the lines of the source.

mod capacity;
mod quotas;
pub(crate) mod table;
mod workloads;

pub(crate) use capacity::names;

use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::model::Model;
use crate::fit::sums::{Remedy, Usage};
use crate::fit::{At, Sums};
use crate::source::SourceMap;
use table::{amount_text, short_text, state_text, sum_table};

/// Turns sums into messages.
#[must_use]
pub(crate) fn diagnose(sums: &Sums, model: &Model, sources: &SourceMap) -> Diagnostics {
    let mut found = Diagnostics::default();
    capacity::diagnose(sums, model, sources, &mut found);
    quotas::diagnose(sums, sources, &mut found);
    workloads::diagnose(sums, model, &mut found);
    let mut all = Diagnostics::default();
    let environment = model.environment.as_deref();
    all.extend(found.into_iter().map(|diagnostic| diagnostic.in_environment(environment)));
    all
}

/// How to name more capacity and smaller requests for one kind of sum.
pub(crate) struct Words {
    /// `another {} on the node`.
    pub(crate) more: fn(&str) -> String,
}

/// Adds labels at the largest terms, the table of the sum, and the single changes that would do.
pub(crate) fn explain(mut diagnostic: Diagnostic, usage: &Usage, words: &Words, sources: &SourceMap) -> Diagnostic {
    let Some(state) = usage.exceeded() else { return diagnostic };
    let measure = usage.measure;
    let mut largest: Vec<_> = usage.terms.iter().filter(|term| term.amount(state) > 0).collect();
    largest.sort_by_key(|term| std::cmp::Reverse(term.amount(state)));
    for term in largest.iter().filter(|term| term.owner.neighbour.is_none()).take(3) {
        let each = short_text(measure, term.each);
        let text = match term.count.get(state) {
            1 => format!("`{}` asks for {}", term.label, amount_text(measure, term.each)),
            count => {
                format!("`{}` asks for {count} × {each} = {}", term.label, amount_text(measure, term.amount(state)))
            }
        };
        diagnostic = diagnostic.label(term.span, text);
    }
    let same = usage.total(At::Steady) == usage.total(At::Peak);
    let when = if same { String::new() } else { format!(" {}", state_text(state)) };
    let table = sum_table(usage, state, sources);
    diagnostic = diagnostic.note(format!("{} of `{}`{when}:\n{table}", measure.words(), usage.subject));
    if state == At::Steady && usage.total(At::Peak) != usage.total(At::Steady) {
        diagnostic = diagnostic.note(format!(
            "{} it is {}, {} too much",
            state_text(At::Peak),
            amount_text(measure, usage.total(At::Peak)),
            amount_text(measure, usage.shortfall(At::Peak))
        ));
    }
    let remedies = usage.remedies();
    if remedies.is_empty() {
        return diagnostic;
    }
    let cite = |span| match sources.cite(span) {
        place if place.is_empty() => String::new(),
        place => format!(" ({place})"),
    };
    let lines = remedies.iter().map(|remedy| match remedy {
        Remedy::MoreCapacity(amount) => (words.more)(&amount_text(measure, *amount)),
        Remedy::AtMost { label, count, span } => {
            let noun = if *count == 1 { "replica" } else { "replicas" };
            format!("`{label}` on at most {count} {noun}{}", cite(*span))
        }
        Remedy::Smaller { label, each, span } => {
            format!("`{label}` on {} each{}", amount_text(measure, *each), cite(*span))
        }
        Remedy::Without(labels) => format!("{} elsewhere", names(labels)),
    });
    let lines: Vec<String> = lines.collect();
    match lines.as_slice() {
        [only] => diagnostic.help(format!("{only} makes this sum fit")),
        _ => diagnostic.help(format!("each of these lines alone makes this sum fit:\n{}", lines.join("\n"))),
    }
}

/// `10.75 CPU, and 14 CPU at peak`: what is asked for in the states that do not fit.
pub(crate) fn asked(usage: &Usage) -> String {
    let text = |state| amount_text(usage.measure, usage.total(state));
    match usage.exceeded() {
        Some(At::Steady) | None => text(At::Steady),
        Some(At::Peak) => format!("{} at peak", text(At::Peak)),
    }
}
