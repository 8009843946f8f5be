//! Quotas: what they refuse, what they demand of containers, and what they promise together.

use super::table::{amount_text, of_measure, sum_table};
use super::{Words, asked, explain};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::fit::At;
use crate::fit::sums::{Measure, Sums};
use crate::source::SourceMap;

pub(super) fn diagnose(all: &Sums, sources: &SourceMap, out: &mut Diagnostics) {
    exceeded(all, sources, out);
    missing(all, out);
    sums(all, sources, out);
}

fn exceeded(all: &Sums, sources: &SourceMap, out: &mut Diagnostics) {
    for quota in &all.quotas {
        let usage = &quota.usage;
        if usage.exceeded().is_none() {
            continue;
        }
        let (key, there) = (&quota.key, amount_text(usage.measure, usage.capacity));
        let message =
            format!("namespace `{}` asks for {}, and its quota allows {there} of `{key}`", quota.owner, asked(usage));
        let words = Words { more: |amount| format!("another {amount} in the quota") };
        let diagnostic = Diagnostic::error(codes::QUOTA_EXCEEDED, usage.capacity_span, message)
            .at(format!("`{key}` is {there}"))
            .of(quota.owner.as_str());
        out.push(explain(diagnostic, usage, &words, sources));
    }
}

fn missing(all: &Sums, out: &mut Diagnostics) {
    for one in &all.missing_keys {
        let keys: Vec<String> = one.keys.iter().map(|(key, _)| format!("`{}`", plain(key))).collect();
        let message = format!(
            "container `{}` of `{}` states no {}, which the quota of `{}` demands",
            one.container,
            one.label,
            keys.join(", "),
            one.namespace
        );
        let mut diagnostic = Diagnostic::error(codes::QUOTA_KEY, one.span, message)
            .at(format!("no {}", keys.join(", ")))
            .note("the API server refuses every pod with a container that leaves out what a quota counts")
            .help("state the request and the limit, or add a `LimitRange` with defaults")
            .of(one.instance.as_str());
        for (key, span) in &one.keys {
            diagnostic = diagnostic.label(*span, format!("the quota counts `{key}`"));
        }
        out.push(diagnostic);
    }
}

/// A quota's `cpu` means `requests.cpu`.
fn plain(key: &str) -> String {
    if key.contains('.') { key.to_owned() } else { format!("requests.{key}") }
}

fn sums(all: &Sums, sources: &SourceMap, out: &mut Diagnostics) {
    for usage in all.quota_sums.iter().filter(|usage| usage.exceeded().is_some()) {
        let there = amount_text(usage.measure, usage.allowed());
        let has = if usage.cap.is_some() { "allows" } else { "has" };
        let message = format!(
            "the quotas promise {}{} together, and `{}` {has} {there} for pods",
            amount_text(usage.measure, usage.total(At::Steady)),
            of_measure(usage.measure),
            usage.subject
        );
        // A promise of requests that cannot be kept leaves pods pending; limits are overcommitted on purpose at times.
        let diagnostic = if usage.measure == Measure::MemoryLimits {
            Diagnostic::warning(codes::QUOTA_SUM, usage.capacity_span, message)
        } else {
            Diagnostic::error(codes::QUOTA_SUM, usage.capacity_span, message)
        };
        let mut diagnostic = diagnostic.at(format!("{there} of this is left for pods")).of(usage.subject.as_str());
        for term in usage.terms.iter().filter(|term| term.owner.neighbour.is_none()).take(3) {
            let text = format!("`{}` may ask for {}", term.label, amount_text(usage.measure, term.each));
            diagnostic = diagnostic.label(term.span, text);
        }
        let table = sum_table(usage, At::Steady, sources);
        out.push(diagnostic.note(format!("the quotas, the largest first:\n{table}")).help(format!(
            "lower the quotas by {} in all, or add as much hardware",
            amount_text(usage.measure, usage.shortfall(At::Steady))
        )));
    }
}
