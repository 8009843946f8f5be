//! How full everything is, with the terms of every sum.

use crate::fit::{At, Term};
use std::fmt::Write as _;

use crate::View;
use crate::eval::model::Model;
use crate::render::cite::Citations;
use crate::render::markdown::{code, table};
use crate::render::usage::{Group, Line, Scale, bar, exact, lines, neighbours, percent, taken};
use crate::source::Span;

/// How many terms of a sum are listed; the rest is added up.
const TERMS: usize = 25;
const BAR: i128 = 20;

/// The section of one environment.
pub(crate) fn section(view: &View, citations: Citations<'_>) -> String {
    let analysis = &view.analysis;
    let mut text = String::new();
    if !analysis.sums.has_hardware {
        text.push_str("\nNo hardware is declared, so nothing about capacity was proved.\n");
    }
    if let Some(cost) = &analysis.cost {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "\nThe hardware costs {}.", cost.words());
    }
    let neighbours: Vec<_> = neighbours(analysis).into_iter().map(code).collect();
    if !neighbours.is_empty() {
        let names = neighbours.join(", ");
        // Writing into a String cannot fail.
        let _ = writeln!(text, "\nThe hardware is shared with {names}; what they ask for is counted below.");
    }
    let lines = lines(analysis);
    let groups = [
        (
            Group::Node,
            "Nodes",
            "Requests against what the nodes have. `▓` is reserved, `█` is requested in steady state.",
        ),
        (Group::Limits, "Limits", "What containers may use at most, all at once, against the memory of the nodes."),
        (Group::Disk, "Disks", "Claims and reserves against the size of the disks of each storage class."),
        (Group::Quota, "Quotas", "What each namespace asks for against its quota."),
        (Group::Share, "Budget shares", "What components ask for against the share that a budget gives them."),
    ];
    for (group, title, words) in groups {
        let lines: Vec<_> = lines.iter().filter(|line| line.group == group).collect();
        if lines.is_empty() {
            continue;
        }
        let rows: Vec<_> = lines.iter().map(|line| row(line, citations)).collect();
        let headings = ["What", "Of", "Steady", ">Used", ">%", ">Peak", ">%", ">There is", "Stated at"];
        let _ = write!(text, "\n### {title}\n\n{words}\n\n{}", table(&headings, &rows));
        // Quotas and shares repeat the terms of the nodes; their sums are enough.
        if matches!(group, Group::Node | Group::Disk) {
            for line in lines {
                text.push_str(&terms(line, &view.model, citations));
            }
        }
    }
    text.push_str(&budgets(view, citations));
    text
}

fn row(line: &Line<'_>, citations: Citations<'_>) -> Vec<String> {
    let usage = line.usage;
    let scale = Scale::of(usage);
    let state = |state| [scale.up(taken(usage, state)), percent(usage, state).to_string()];
    let mut row = vec![line.what.clone(), code(&line.of), code(&bar(usage, At::Steady, BAR))];
    row.extend(state(At::Steady));
    row.extend(state(At::Peak));
    row.extend([format!("{} {}", scale.down(usage.capacity), scale.unit), citations.cite(usage.capacity_span)]);
    row
}

/// The sum of one line, the largest term first.
fn terms(line: &Line<'_>, model: &Model, citations: Citations<'_>) -> String {
    let usage = line.usage;
    let measure = usage.measure;
    let amount = |number| exact(measure, number);
    let mut rows = Vec::new();
    for held in &usage.held {
        let cells = [held.name.clone(), String::new(), String::new()];
        let amounts = [amount(held.amount), amount(held.amount), citations.cite(held.span)];
        rows.push(cells.into_iter().chain(amounts).collect());
    }
    for term in usage.terms.iter().take(TERMS) {
        rows.push(vec![
            label(term),
            count(term),
            amount(term.each),
            amount(term.amount(At::Steady)),
            amount(term.amount(At::Peak)),
            place(term, model, citations),
        ]);
    }
    let rest = usage.terms.get(TERMS..).unwrap_or_default();
    if !rest.is_empty() {
        let sum = |state| amount(rest.iter().map(|term| term.amount(state)).sum());
        let cells = [format!("{} more", rest.len()), String::new(), String::new()];
        rows.push(cells.into_iter().chain([sum(At::Steady), sum(At::Peak), String::new()]).collect());
    }
    if rows.is_empty() {
        return String::new();
    }
    let headings = ["Term", ">Count", ">Each", ">Steady", ">Peak", "Stated at"];
    format!("\n**{} of {}**\n\n{}", line.what, code(&line.of), table(&headings, &rows))
}

/// Where the author has said it: the amount, the count, or the instance that got both from its kind.
fn place(term: &Term, model: &Model, citations: Citations<'_>) -> String {
    let instance = match term.owner.neighbour {
        None => model.instance(term.owner.instance).span,
        Some(_) => Span::NONE,
    };
    citations.cite_author(&[term.span, term.count_span.steady, instance])
}

fn label(term: &Term) -> String {
    match &term.owner.neighbour {
        Some(environment) => format!("{} (in {environment})", term.label),
        None => term.label.clone(),
    }
}

fn count(term: &Term) -> String {
    let (steady, peak) = (term.count.steady, term.count.peak);
    if steady == peak { steady.to_string() } else { format!("{steady} to {peak}") }
}

/// How each budget divides what it divides.
fn budgets(view: &View, citations: Citations<'_>) -> String {
    let mut text = String::new();
    for budget in &view.analysis.budgets {
        let amount = |number| exact(budget.measure, number);
        let mut rows: Vec<_> = budget
            .shares
            .iter()
            .map(|(name, share, span)| vec![name.clone(), amount(*share), citations.cite(*span)])
            .collect();
        rows.push(vec!["not allotted".to_owned(), amount(budget.remainder().max(0)), String::new()]);
        rows.push(vec!["total".to_owned(), amount(budget.total), citations.cite(budget.total_span)]);
        let title = format!("\n### Budget {} of {}\n\n", code(&budget.budget), code(&budget.subject));
        let _ = write!(text, "{title}{}", table(&["Share", ">Amount", "Stated at"], &rows));
    }
    text
}
