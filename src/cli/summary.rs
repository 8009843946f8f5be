//! The summary that ends `build` and `check`: what was proved, how full everything is, what was accepted.

use crate::analysis::failure::Spof;
use crate::fit::At;
use std::fmt::Write as _;

use indexmap::IndexMap;

use crate::cli::output::{Output, Style};
use crate::diag::{Severity, few};
use crate::render::report::failure::acceptance;
use crate::render::usage::{Group, Line, Scale, bar, lines, neighbours, percent, taken};
use crate::render::{environments, glance};
use crate::{Accepted, Compilation, View};

const BAR: i128 = 20;
/// From here on a line is worth a second look, in hundredths.
const TIGHT: i128 = 85;
/// How many quotas and how many shares are shown: the fullest.
const SHOWN: usize = 3;
/// Names of what is left out beyond these are counted.
const FEW_LEFT_OUT: usize = 5;

/// The whole summary; empty when nothing could be analysed.
pub(crate) fn text(compilation: &Compilation, output: &Output<'_>) -> String {
    let mut text = String::new();
    for view in environments(&compilation.views) {
        environment(view, compilation, output, &mut text);
    }
    accepted(compilation, output, &mut text);
    text
}

/// The last line of a clean `check`.
pub(crate) fn verdict(compilation: &Compilation) -> String {
    let views: Vec<_> = environments(&compilation.views).collect();
    let proved = views.iter().filter(|view| view.analysis.sums.has_hardware).count();
    let warnings = compilation.diagnostics.iter().filter(|d| d.severity == Severity::Warning).count();
    let warnings = match warnings {
        0 => String::new(),
        1 => ", with 1 warning".to_owned(),
        count => format!(", with {count} warnings"),
    };
    match (proved, views.len()) {
        _ if views.iter().all(|view| view.objects.is_empty()) => {
            format!("nothing is emitted, so there is nothing to apply{warnings}")
        }
        (0, _) => format!("no errors{warnings}; there is no hardware, so nothing about capacity was proved"),
        (1, 1) => format!("it fits{warnings}"),
        (2, 2) => format!("both environments fit{warnings}"),
        (proved, all) if proved == all => format!("all {all} environments fit{warnings}"),
        (proved, all) => format!("{proved} of {all} environments fit, the others have no hardware{warnings}"),
    }
}

fn environment(view: &View, compilation: &Compilation, output: &Output<'_>, text: &mut String) {
    let name = crate::render::environment_name(view);
    let hardware = view.model.hardware.as_ref().map(|hardware| format!(" on {}", hardware.name)).unwrap_or_default();
    let pods = view.analysis.sums.pods;
    let peak = if pods.peak == pods.steady { String::new() } else { format!(", {} at peak", pods.peak) };
    let neighbours: Vec<_> = neighbours(&view.analysis).into_iter().collect();
    let shared = if neighbours.is_empty() { String::new() } else { format!(", beside {}", neighbours.join(" and ")) };
    let noun = if pods.steady == 1 { "pod" } else { "pods" };
    let count = output.paint(Style::Faint, &format!("{} {noun}{peak}{shared}", pods.steady));
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{}  {count}", output.paint(Style::Strong, &format!("{name}{hardware}")));
    let all = lines(&view.analysis);
    let (fixed, many): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|line| !matches!(line.group, Group::Quota | Group::Share));
    let mut shown = fixed;
    let mut rest = Vec::new();
    for (group, word) in [(Group::Quota, "quota keys"), (Group::Share, "budget shares")] {
        let mut of_group: Vec<_> = many.iter().filter(|line| line.group == group).collect();
        of_group.sort_by_key(|line| std::cmp::Reverse(percent(line.usage, At::Peak)));
        let left = of_group.len().saturating_sub(SHOWN);
        shown.extend(of_group.into_iter().take(SHOWN).map(|line| Line {
            what: line.what.clone(),
            of: line.of.clone(),
            ..*line
        }));
        if left > 0 {
            rest.push(format!("{left} more {word} are less full"));
        }
    }
    rows(&shown, output, text);
    for line in rest {
        let _ = writeln!(text, "  {}", output.paint(Style::Faint, &line));
    }
    if let Some(cost) = &view.analysis.cost {
        let _ = writeln!(text, "  costs {}", cost.words());
    }
    left_out(view, output, text);
    verdicts(view, output, text);
    single_points(view, compilation, output, text);
    text.push('\n');
}

/// What the numbers are without.
fn left_out(view: &View, output: &Output<'_>, text: &mut String) {
    let mut names: Vec<String> =
        view.model.left_out.iter().filter_map(|one| Some(format!("`{}`", one.name.as_ref()?))).collect();
    if view.model.left_out.iter().any(|one| one.name.is_none()) {
        names.push("what an error hides".to_owned());
    }
    if !names.is_empty() {
        let names = few(&names, FEW_LEFT_OUT);
        let words = format!("without {names}: guarantees wait until the errors are mended");
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {}", output.paint(Style::Tight, &words));
    }
}

/// The verdict of every state, what is tightest, and what twice the load would find.
fn verdicts(view: &View, output: &Output<'_>, text: &mut String) {
    let Some(proof) = view.proof.as_ref().filter(|proof| !proof.nodes.is_empty()) else { return };
    let found = glance::verdicts(proof);
    let width = found.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
    for (word, states) in found {
        let style = match word {
            "guaranteed" => Style::Good,
            "empty" => Style::Faint,
            "possible" | "overcommitted" => Style::Tight,
            _ => Style::Bad,
        };
        let word = output.paint(style, &format!("{word:width$}"));
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {word}  {}", states.join(", "));
    }
    for line in glance::headroom(view) {
        let _ = writeln!(text, "  {line}");
    }
}

fn rows(lines: &[Line<'_>], output: &Output<'_>, text: &mut String) {
    let width = |cell: &dyn Fn(&Line<'_>) -> usize| lines.iter().map(cell).max().unwrap_or(0);
    let what = width(&|line| line.what.chars().count());
    let of = width(&|line| line.of.chars().count());
    let amounts: Vec<_> = lines.iter().map(amount).collect();
    let amount_width = amounts.iter().map(|amount| amount.chars().count()).max().unwrap_or(0);
    for (line, amount) in lines.iter().zip(amounts) {
        let bar = output.paint(style(line), &bar(line.usage, At::Steady, BAR));
        let remarks = remarks(line);
        let remarks = output.paint(Style::Faint, &remarks);
        let row = format!("  {:what$}  {:of$}  {bar}  {amount:amount_width$}  {remarks}", line.what, line.of);
        let _ = writeln!(text, "{}", row.trim_end());
    }
}

fn amount(line: &Line<'_>) -> String {
    let scale = Scale::of(line.usage);
    let used = scale.up(taken(line.usage, At::Steady));
    format!("{used} of {} {}", scale.down(line.usage.capacity), scale.unit)
}

fn remarks(line: &Line<'_>) -> String {
    let usage = line.usage;
    let scale = Scale::of(usage);
    let (steady, peak) = (taken(usage, At::Steady), taken(usage, At::Peak));
    let mut remarks = Vec::new();
    if peak != steady {
        remarks.push(format!("peak {}", scale.up(peak)));
    }
    let reserved = usage.reserved();
    if reserved > 0 {
        remarks.push(format!("reserved {}", scale.up(reserved)));
    }
    if let Some(cap) = usage.cap {
        remarks.push(format!("may be {}", scale.down(cap)));
    }
    if line.group != Group::Limits
        && let Some(state) = usage.exceeded()
    {
        let when = if state == At::Steady { "" } else { " at peak" };
        remarks.push(format!("{} {} too much{when}", scale.up(usage.shortfall(state)), scale.unit));
    }
    remarks.join(", ")
}

fn style(line: &Line<'_>) -> Style {
    let full = percent(line.usage, At::Peak);
    match line.group {
        Group::Limits if line.usage.exceeded().is_some() => Style::Tight,
        Group::Limits => Style::Good,
        _ if line.usage.exceeded().is_some() => Style::Bad,
        _ if full >= TIGHT => Style::Tight,
        _ => Style::Good,
    }
}

fn single_points(view: &View, compilation: &Compilation, output: &Output<'_>, text: &mut String) {
    let failure = &view.analysis.failure;
    if failure.entries.is_empty() {
        return;
    }
    let (accepted, open): (Vec<_>, Vec<_>) =
        failure.spofs.iter().partition(|spof| acceptance(spof, view, compilation).is_some());
    let names = |spofs: &[&Spof]| spofs.iter().map(|spof| spof.subject.as_str()).collect::<Vec<_>>().join(", ");
    let entries = if failure.entries.len() == 1 { "the entry point" } else { "an entry point" };
    // Writing into a String cannot fail.
    if failure.spofs.is_empty() {
        let words = format!("none of {} single failures takes {entries} down", failure.events);
        let _ = writeln!(text, "  {}", output.paint(Style::Good, &words));
    }
    if !open.is_empty() {
        let words = format!("takes {entries} down: {}", names(&open));
        let _ = writeln!(text, "  {}", output.paint(Style::Bad, &words));
    }
    if !accepted.is_empty() {
        let _ = writeln!(text, "  takes {entries} down, accepted: {}", names(&accepted));
    }
}

fn accepted(compilation: &Compilation, output: &Output<'_>, text: &mut String) {
    if compilation.accepted.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", output.paint(Style::Strong, "accepted"));
    // One reason often covers several findings of an environment; it is read once then.
    type Key<'a> = (&'a str, Option<&'a str>, &'a str, Option<&'a str>);
    let mut groups: IndexMap<Key<'_>, Vec<&str>> = IndexMap::new();
    for Accepted { acceptance, finding } in &compilation.accepted {
        let environment = finding.environment.as_deref();
        let key = (finding.code.name(), environment, acceptance.reason.as_str(), acceptance.until.as_deref());
        groups.entry(key).or_default().extend(finding.subject.as_deref());
    }
    for ((finding, environment, reason, until), subjects) in groups {
        let of = if subjects.is_empty() { String::new() } else { format!(" of {}", subjects.join(", ")) };
        let place = environment.map(|name| format!(" in {name}")).unwrap_or_default();
        let until = until.map(|date| format!(" (until {date})")).unwrap_or_default();
        let _ = writeln!(text, "  {finding}{of}{place}: {reason}{until}");
    }
    text.push('\n');
}
