//! `vaubanc what-if`: what a change does to the proof.

use std::fmt::Write as _;

use crate::cli::arguments::{Format, WhatIf};
use crate::cli::compile::{report, world_at};
use crate::cli::output::{Output, Style};
use crate::cli::{CLEAN, FINDINGS, fullness, table};
use crate::fit::{State, words};
use crate::query::what_if::{Answer, EnvironmentChange, Finding, LoadChange, Question, StateChange, document, what_if};

/// How many findings are listed of each kind.
const LISTED: usize = 20;

pub(crate) fn run(arguments: &WhatIf, output: &mut Output<'_>) -> u8 {
    let world = match world_at(&arguments.path, Format::Human, output) {
        Ok(world) => world,
        Err(code) => return code,
    };
    let question = Question {
        set: arguments.set.clone(),
        load: arguments.load,
        environment: arguments.environment.clone(),
        today: arguments.today.clone(),
    };
    let answer = match what_if(&world, &question) {
        Ok(answer) => answer,
        Err(fault) => return FINDINGS.max(report(&fault.diagnostics, &fault.sources, Format::Human, output)),
    };
    if arguments.json {
        output.result(&document(&answer));
    } else {
        let text = text(&answer, output);
        output.result(&text);
    }
    if answer.fits { CLEAN } else { FINDINGS }
}

fn text(answer: &Answer, output: &Output<'_>) -> String {
    let mut text = String::new();
    for one in &answer.environments {
        environment(one, output, &mut text);
    }
    findings("findings that appear", "+", Style::Bad, &answer.appeared, output, &mut text);
    findings("findings that disappear", "-", Style::Good, &answer.disappeared, output, &mut text);
    let (style, verdict) = if answer.fits { (Style::Good, "it still fits") } else { (Style::Bad, "it does not fit") };
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{}", output.paint(style, verdict));
    text
}

fn environment(one: &EnvironmentChange, output: &Output<'_>, text: &mut String) {
    let hardware = one.hardware.as_ref().map(|name| format!(" on {name}")).unwrap_or_default();
    let counts = one.objects;
    let words = [(counts.changed, "changed"), (counts.added, "added"), (counts.removed, "removed")];
    let words: Vec<String> =
        words.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let objects =
        if words.is_empty() { "no object changes".to_owned() } else { format!("objects: {}", words.join(", ")) };
    let _ = writeln!(
        text,
        "{}  {}",
        output.paint(Style::Strong, &format!("{}{hardware}", one.name)),
        output.paint(Style::Faint, &objects)
    );
    for state in &one.states {
        verdict(state, output, text);
    }
    fullness::table(&one.fullness, output, text);
    if let Some(change) = &one.load {
        load(change, output, text);
    }
    text.push('\n');
}

fn verdict(change: &StateChange, output: &Output<'_>, text: &mut String) {
    let state = &change.after;
    let (words, style) = table::verdict(state.verdict, state.required, change.is_met);
    let before = change.before.map_or("–", |before| table::verdict(before, state.required, change.was_met).0);
    let after = if change.before == Some(state.verdict) {
        output.paint(Style::Faint, "the same")
    } else {
        output.paint(style, words)
    };
    let why = change.why.as_ref().map(|why| format!("  {why}")).unwrap_or_default();
    let title = words::title(state);
    // The waves of a rollout are shown as one.
    let title = if state.state == State::S2 && state.required {
        "rollout"
    } else if state.state == State::S7 {
        "quotas"
    } else {
        &title
    };
    let _ =
        writeln!(text, "  {} {title:29} {before:18} → {after}{}", state.state.key(), output.paint(Style::Faint, &why));
}

fn load(change: &LoadChange, output: &Output<'_>, text: &mut String) {
    let _ = writeln!(text, "  load {}", change.factor);
    for one in &change.grows {
        let _ = writeln!(
            text,
            "     {}: {}..{} → {}..{} replicas",
            one.name, one.before.0, one.before.1, one.after.0, one.after.1
        );
    }
    if change.grows.is_empty() {
        let _ = writeln!(text, "     nothing is autoscaled, so no load changes what is asked for");
    }
    if !change.stays.is_empty() {
        let _ = writeln!(text, "     takes the load with what it has: {}", change.stays.join(", "));
    }
    let (style, words) = match (change.guaranteed, &change.then) {
        (Some(factor), Some(then)) if factor.is_one() => {
            (Style::Strong, format!("no more load than now is guaranteed: at {} {then}", factor.next()))
        }
        (Some(factor), Some(then)) => {
            (Style::Strong, format!("guaranteed up to {factor}; at {} {then}", factor.next()))
        }
        (Some(factor), None) => {
            (Style::Good, format!("guaranteed up to {factor} and perhaps further; the search ends there"))
        }
        (None, Some(then)) => (Style::Bad, format!("not guaranteed even as it is: {then}")),
        (None, None) => return,
    };
    let _ = writeln!(text, "     {}", output.paint(style, &words));
}

fn findings(title: &str, mark: &str, style: Style, found: &[Finding], output: &Output<'_>, text: &mut String) {
    if found.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}");
    for one in found.iter().take(LISTED) {
        let severity = if one.is_error { "error" } else { "warning" };
        let place = one.environment.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
        let head = format!("{mark} {severity}[{} {}]{place}", one.code, one.name);
        let _ = writeln!(text, "  {}: {}", output.paint(style, &head), one.message);
    }
    if found.len() > LISTED {
        let _ = writeln!(text, "  and {} more", found.len() - LISTED);
    }
    text.push('\n');
}
