//! Budgets and their shares.

use crate::analysis::Analysis;
use crate::analysis::budgets::BudgetSum;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::fit::diagnose::sums::table::{align, amount_text, short_text};
use crate::fit::diagnose::sums::{Words, asked, explain};
use crate::fit::{Measure, Unit};
use crate::source::SourceMap;

pub(super) fn diagnose(analysis: &Analysis, sources: &SourceMap, out: &mut Diagnostics) {
    shares(analysis, sources, out);
    for sum in &analysis.budgets {
        budget(sum, sources, out);
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
    if measure.unit() == Unit::MilliCores {
        return if amount % 1000 == 0 { (amount / 1000).to_string() } else { format!("{amount}m") };
    }
    let units = [(1_000_000_000, "GB"), (1 << 30, "GiB"), (1_000_000, "MB"), (1 << 20, "MiB"), (1000, "KB")];
    let exact = units.into_iter().find(|(unit, _)| amount % unit == 0);
    exact.map_or_else(|| format!("{amount}B"), |(unit, name)| format!("{}{name}", amount / unit))
}
