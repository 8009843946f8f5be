//! Sums as aligned tables, and amounts in words.

use crate::fit::At;
use crate::fit::sums::{Measure, Unit, Usage};
use crate::objects::quantity::{binary_bytes, bytes_short, bytes_text, cpu_text, decimal_bytes};
use crate::source::SourceMap;

/// Rows beyond these are added up in one.
const MOST_ROWS: usize = 12;

/// An amount with its unit, GB and GiB side by side.
pub(crate) fn amount_text(measure: Measure, amount: i128) -> String {
    match measure.unit() {
        Unit::MilliCores => cpu_text(amount),
        Unit::Bytes => bytes_text(amount),
        Unit::Number => format!("{amount} {}", measure.words()),
    }
}

/// An amount with its unit, in the shortest form.
pub(crate) fn short_text(measure: Measure, amount: i128) -> String {
    match measure.unit() {
        Unit::MilliCores => cpu_text(amount),
        Unit::Bytes => bytes_short(amount),
        Unit::Number => amount.to_string(),
    }
}

/// The amount in one column for each system of units.
fn columns(measure: Measure, amount: i128) -> [String; 2] {
    match measure.unit() {
        Unit::MilliCores => [cpu_text(amount), String::new()],
        Unit::Bytes => [binary_bytes(amount), decimal_bytes(amount)],
        Unit::Number => [amount.to_string(), String::new()],
    }
}

/// ` of memory`, behind an amount; nothing for CPU, whose amounts say what they are of.
pub(crate) fn of_measure(measure: Measure) -> String {
    if measure == Measure::Cpu { String::new() } else { format!(" of {}", measure.words()) }
}

/// What a state is called in a sentence.
pub(crate) fn state_text(state: At) -> &'static str {
    match state {
        At::Steady => "with the least replicas",
        At::Peak => "at peak (every autoscaler at its maximum, one run of every job)",
    }
}

/// The terms of a sum, the largest first, then the sum, what there is, and the difference.
pub(crate) fn sum_table(usage: &Usage, state: At, sources: &SourceMap) -> String {
    let measure = usage.measure;
    let row = |name: String, product: String, amount: i128, place: String| {
        let [first, second] = columns(measure, amount);
        vec![name, product, first, second, place]
    };
    let mut terms: Vec<_> = usage.terms.iter().filter(|term| term.amount(state) > 0).collect();
    terms.sort_by_key(|term| std::cmp::Reverse(term.amount(state)));
    let shown = if terms.len() > MOST_ROWS + 1 { MOST_ROWS } else { terms.len() };
    let mut rows: Vec<Vec<String>> = Vec::new();
    // Products explain nothing where everything is there once, and counts are their own amounts.
    let single = measure.unit() == Unit::Number || terms.iter().all(|term| term.count.get(state) == 1);
    for term in &terms[..shown] {
        let name = match &term.owner.neighbour {
            Some(environment) => format!("{} (in {environment})", term.label),
            None => term.label.clone(),
        };
        let product = if single {
            String::new()
        } else {
            format!("{} × {}", term.count.get(state), short_text(measure, term.each))
        };
        rows.push(row(name, product, term.amount(state), sources.cite(term.span)));
    }
    if shown < terms.len() {
        let rest = terms[shown..].iter().map(|term| term.amount(state)).sum();
        rows.push(row(format!("{} more", terms.len() - shown), String::new(), rest, String::new()));
    }
    let total = usage.total(state);
    rows.push(row("sum".to_owned(), String::new(), total, String::new()));
    rows.push(row("there is".to_owned(), String::new(), usage.capacity, sources.cite(usage.capacity_span)));
    for held in &usage.held {
        rows.push(row(format!("less {}", held.name), String::new(), -held.amount, sources.cite(held.span)));
    }
    if !usage.held.is_empty() {
        rows.push(row("allocatable".to_owned(), String::new(), usage.capacity - usage.reserved(), String::new()));
    }
    if let Some(cap) = usage.cap {
        rows.push(row("declared overcommit".to_owned(), String::new(), cap, String::new()));
    }
    let short = usage.shortfall(state);
    let word = if short > 0 { "missing" } else { "left" };
    rows.push(row(word.to_owned(), String::new(), short.abs(), String::new()));
    align(&rows, &[false, true, true, true, false])
}

/// Columns of equal width; `right` tells which are aligned to the right. Empty columns vanish.
pub(crate) fn align(rows: &[Vec<String>], right: &[bool]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..right.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).zip(right).filter(|((_, width), _)| **width > 0);
        let cells = cells.map(|((cell, width), right)| {
            let blanks = " ".repeat(width - cell.chars().count());
            if *right { format!("{blanks}{cell}") } else { format!("{cell}{blanks}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
