//! `vaubanc minimum`: the fewest nodes.

use std::cmp::Ordering;
use std::fmt::Write as _;

use crate::cli::arguments::{Format, Minimum as Arguments};
use crate::cli::compile::{options, report, world};
use crate::cli::output::{Output, Style};
use crate::cli::{CLEAN, FINDINGS, fullness};
use crate::query::minimum::{Minimum, NodeType, document, minimum};

pub(crate) fn run(arguments: &Arguments, output: &mut Output<'_>) -> u8 {
    let world = match world(&arguments.source, Format::Human, output) {
        Ok(world) => world,
        Err(code) => return code,
    };
    let found = match minimum(&world, &options(&arguments.source)) {
        Ok(found) => found,
        Err(fault) => return FINDINGS.max(report(&fault.diagnostics, &fault.sources, Format::Human, output)),
    };
    if arguments.json {
        output.result(&document(&found));
    } else {
        let text: String = found.iter().map(|one| environment(one, output)).collect();
        output.result(&text);
    }
    if found.iter().all(|one| one.hardware.is_some() && one.suffices) { CLEAN } else { FINDINGS }
}

fn environment(one: &Minimum, output: &Output<'_>) -> String {
    let mut text = String::new();
    let Some(hardware) = &one.hardware else {
        return format!("{}  no hardware is declared\n\n", output.paint(Style::Strong, &one.environment));
    };
    let beside = if one.beside.is_empty() { String::new() } else { format!(", beside {}", one.beside.join(" and ")) };
    let proofs = if one.proofs == 1 { "1 proof".to_owned() } else { format!("{} proofs", one.proofs) };
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "{}  {}",
        output.paint(Style::Strong, &format!("{} on {hardware}", one.environment)),
        output.paint(Style::Faint, &format!("{proofs}{beside}"))
    );
    let width = one.types.iter().map(|found| found.name.chars().count()).max().unwrap_or(0);
    for found in &one.types {
        if !one.is_found {
            let _ = writeln!(text, "  {:width$}  {} declared", found.name, found.declared);
            continue;
        }
        let (style, words) = count(found);
        let _ = writeln!(text, "  {:width$}  {}", found.name, output.paint(style, &words));
        if found.minimum > 0 {
            let decides = format!("with one fewer: {}", found.decides);
            let _ = writeln!(text, "  {:width$}  {}", "", output.paint(Style::Faint, &decides));
        }
    }
    if let Some((declared, least)) = one.cost.filter(|_| one.is_found) {
        let euros = |cents: i128| format!("€{}.{:02}", cents / 100, cents % 100);
        let _ = writeln!(text, "  {} a month instead of {}", euros(least), euros(declared));
    }
    for reason in &one.left_out {
        let _ = writeln!(text, "  {}", output.paint(Style::Bad, reason));
    }
    if let Some(caveat) = one.caveat {
        let _ = writeln!(text, "  {}", output.paint(Style::Tight, caveat));
    }
    fullness::table(&one.fullness, output, &mut text);
    text.push('\n');
    text
}

fn count(found: &NodeType) -> (Style, String) {
    let (least, declared) = (found.minimum, found.declared);
    let plural = |one: &'static str, many: &'static str| if least == 1 { one } else { many };
    match least.cmp(&declared) {
        Ordering::Less if least == 0 => (Style::Good, format!("none of {declared} is needed")),
        Ordering::Less => (Style::Good, format!("{least} of {declared} {}", plural("suffices", "suffice"))),
        Ordering::Equal => (Style::Good, format!("{least} of {declared} {} needed", plural("is", "are"))),
        Ordering::Greater => (Style::Bad, format!("{least} are needed, {declared} declared")),
    }
}
