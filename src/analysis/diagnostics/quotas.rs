//! Quotas and budgets.

use super::sums::{Words, asked, explain};
use super::table::{align, amount_text, of_measure, short_text, sum_table};
use crate::analysis::budgets::BudgetSum;
use crate::analysis::{Analysis, Measure, State};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::source::SourceMap;

pub(super) fn diagnose(analysis: &Analysis, sources: &SourceMap, out: &mut Diagnostics) {
    exceeded(analysis, sources, out);
    missing(analysis, out);
    sums(analysis, sources, out);
    shares(analysis, sources, out);
    for sum in &analysis.budgets {
        budget(sum, sources, out);
    }
}

fn exceeded(analysis: &Analysis, sources: &SourceMap, out: &mut Diagnostics) {
    for quota in &analysis.quotas {
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

fn missing(analysis: &Analysis, out: &mut Diagnostics) {
    for one in &analysis.missing_keys {
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

fn sums(analysis: &Analysis, sources: &SourceMap, out: &mut Diagnostics) {
    for usage in analysis.quota_sums.iter().filter(|usage| usage.exceeded().is_some()) {
        let there = amount_text(usage.measure, usage.allowed());
        let has = if usage.cap.is_some() { "allows" } else { "has" };
        let message = format!(
            "the quotas promise {}{} together, and `{}` {has} {there} for pods",
            amount_text(usage.measure, usage.total(State::Steady)),
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
        let table = sum_table(usage, State::Steady, sources);
        out.push(diagnostic.note(format!("the quotas, the largest first:\n{table}")).help(format!(
            "lower the quotas by {} in all, or add as much hardware",
            amount_text(usage.measure, usage.shortfall(State::Steady))
        )));
    }
}

fn shares(analysis: &Analysis, sources: &SourceMap, out: &mut Diagnostics) {
    for share in &analysis.shares {
        let usage = &share.usage;
        if usage.exceeded().is_none() {
            continue;
        }
        let there = amount_text(usage.measure, usage.capacity);
        let message =
            format!("`{}` asks for {}, and its share of `{}` is {there}", share.share, asked(usage), share.budget);
        let words = Words { more: |amount| format!("another {amount} in the share") };
        let diagnostic = Diagnostic::error(codes::SHARE_EXCEEDED, usage.capacity_span, message)
            .at(format!("the share is {there}"))
            .of(share.budget.as_str());
        out.push(explain(diagnostic, usage, &words, sources));
    }
}

fn budget(sum: &BudgetSum, sources: &SourceMap, out: &mut Diagnostics) {
    let text = |amount| amount_text(sum.measure, amount);
    if let Some((there, span)) = sum.hardware.filter(|(there, _)| sum.total > *there) {
        let message =
            format!("budget `{}` divides {}, and `{}` has {}", sum.budget, text(sum.total), sum.subject, text(there));
        let diagnostic = Diagnostic::error(codes::BUDGET_SUM, sum.total_span, message);
        out.push(diagnostic.at("more than there is").label(span, "this is there").of(sum.budget.as_str()));
    }
    let remainder = sum.remainder();
    if remainder == 0 || sum.shares.is_empty() {
        return;
    }
    let table = share_table(sum, sources);
    let diagnostic = if remainder < 0 {
        let message = format!(
            "the shares of budget `{}` add up to {}, which is {} more than its total of {}",
            sum.budget,
            text(sum.allotted()),
            text(-remainder),
            text(sum.total)
        );
        let diagnostic = Diagnostic::error(codes::BUDGET_SUM, sum.span, message).at("the shares are too large");
        diagnostic.help(format!("lower the shares by {} in all", text(-remainder)))
    } else {
        let message =
            format!("{} of the {} of budget `{}` are in no share", text(remainder), text(sum.total), sum.budget);
        let diagnostic = Diagnostic::warning(codes::BUDGET_SUM, sum.span, message).at("the shares leave something out");
        diagnostic.help(format!("add a line for it, such as `\"spare\" = {}`", literal(sum.measure, remainder)))
    };
    let diagnostic = diagnostic.label(sum.total_span, format!("{} in all", text(sum.total)));
    out.push(diagnostic.note(table).of(sum.budget.as_str()));
}

fn share_table(sum: &BudgetSum, sources: &SourceMap) -> String {
    let mut shares: Vec<_> = sum.shares.iter().collect();
    shares.sort_by_key(|(_, amount, _)| std::cmp::Reverse(*amount));
    let short = |amount| short_text(sum.measure, amount);
    let mut rows: Vec<Vec<String>> =
        shares.iter().map(|(name, amount, span)| vec![name.clone(), short(*amount), sources.cite(*span)]).collect();
    rows.push(vec!["sum".to_owned(), short(sum.allotted()), String::new()]);
    rows.push(vec!["total".to_owned(), short(sum.total), sources.cite(sum.total_span)]);
    align(&rows, &[false, true, false])
}

/// An amount as the language writes it, exactly.
fn literal(measure: Measure, amount: i128) -> String {
    use crate::analysis::Unit;
    if measure.unit() == Unit::MilliCores {
        return if amount % 1000 == 0 { (amount / 1000).to_string() } else { format!("{amount}m") };
    }
    let units = [(1_000_000_000, "GB"), (1 << 30, "GiB"), (1_000_000, "MB"), (1 << 20, "MiB"), (1000, "KB")];
    let exact = units.into_iter().find(|(unit, _)| amount % unit == 0);
    exact.map_or_else(|| format!("{amount}B"), |(unit, name)| format!("{}{name}", amount / unit))
}
