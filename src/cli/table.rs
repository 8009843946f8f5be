//! The proof of an environment as a table: every state with its verdict, its sums and why it holds.

mod evidence;

use std::cell::Cell;
use std::fmt::Write as _;

use crate::View;
use crate::cli::output::{Output, Style};
use crate::fit::words::{self, change, pool_need};
use crate::fit::{Change, Changes, EnvironmentProof, Names, StateProof, Verdict};
use crate::render::glance;

/// How a table is written.
struct Writer<'a, 'o> {
    output: &'a Output<'o>,
    names: &'a Names,
    /// The classes whose ephemeral storage the proof itself assumes, which is always as much as is asked for.
    assumed: Vec<&'a str>,
    /// Whether every resource is shown, as for one state that was asked for; else what is nearly empty is left out.
    is_whole: bool,
    has_left_out: Cell<bool>,
}

/// The table of an environment, under a title; `is_whole` with every resource of every state.
pub(crate) fn environment(title: &str, view: &View, names: &Names, is_whole: bool, output: &Output<'_>) -> String {
    let Some(proof) = &view.proof else { return String::new() };
    let nodes: usize = proof.classes.iter().map(|class| class.nodes.len()).sum();
    let nodes = match nodes {
        0 => "no hardware".to_owned(),
        1 => "1 node".to_owned(),
        nodes => format!("{nodes} nodes"),
    };
    let beside =
        if proof.beside.is_empty() { String::new() } else { format!(", beside {}", proof.beside.join(" and ")) };
    let demand = format!("{nodes}{beside}, demanded: {}", proof.demand.key());
    let mut text = format!("{}  {}\n", output.paint(Style::Strong, title), output.paint(Style::Faint, &demand));
    let assumed = proof.classes.iter().filter(|class| class.assumes_ephemeral);
    let assumed = assumed.map(|class| class.name.as_str()).collect();
    let writer = Writer { output, names, assumed, is_whole, has_left_out: Cell::new(false) };
    writer.states(proof, &mut text);
    for pool in &proof.pools {
        let _ = writeln!(text, "  pool {}  {}", pool.name, pool_need(pool));
    }
    // Before anything is known of all pods no number helps.
    for line in
        Some(&proof.changes).filter(|_| proof.obstacles.is_empty()).into_iter().flat_map(|found| changes(found, names))
    {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {line}");
    }
    for (states, advice) in advices(proof, names) {
        let _ = writeln!(text, "  what helps {}: {advice}", states.join(", "));
    }
    if !is_whole {
        for line in glance::headroom(view) {
            let _ = writeln!(text, "  {line}");
        }
    }
    if writer.has_left_out.get() {
        let _ = writeln!(text, "  {}", output.paint(Style::Faint, "one state with every resource: `--state S0`"));
    }
    text.push_str("  assuming that\n");
    for assumption in &proof.assumptions {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "    {}", output.paint(Style::Faint, assumption));
    }
    text.push('\n');
    text
}

/// What would decide the states that are open, or guarantee those that are only possible, each with the states that it is for.
fn advices(proof: &EnvironmentProof, names: &Names) -> Vec<(Vec<&'static str>, String)> {
    let mut found: Vec<(Vec<&'static str>, String)> = Vec::new();
    let is_open = |state: &&StateProof| proof.obstacles.is_empty() && !proof.is_met(state);
    // Where something was proved to be enough for everything, what may be is worth no line.
    if matches!(&proof.changes, Changes::Tried(found) if found.first().is_some_and(Change::is_enough)) {
        return found;
    }
    for state in proof.states.iter().filter(is_open) {
        let Some(advice) = words::advice(state, names) else { continue };
        match found.iter_mut().find(|(_, other)| *other == advice) {
            Some((states, _)) if states.contains(&state.state.key()) => {}
            Some((states, _)) => states.push(state.state.key()),
            None => found.push((vec![state.state.key()], advice)),
        }
    }
    found
}

/// The last line: whether everything that must fit does, and else what does not.
pub(crate) fn conclusion<'a>(proofs: impl IntoIterator<Item = &'a EnvironmentProof>, output: &Output<'_>) -> String {
    let proofs: Vec<&EnvironmentProof> = proofs.into_iter().collect();
    let unmet = |proof: &EnvironmentProof| -> Vec<(String, Verdict)> {
        let mut found: Vec<(String, Verdict)> = Vec::new();
        for state in proof.states.iter().filter(|state| !proof.is_met(state)) {
            let name = words::state(state.state);
            match found.iter_mut().find(|(other, _)| *other == name) {
                Some((_, worst)) if state.verdict == Verdict::DoesNotFit => *worst = state.verdict,
                Some(_) => {}
                None => found.push((name, state.verdict)),
            }
        }
        found
    };
    let mut text = String::new();
    for proof in &proofs {
        let unmet = unmet(proof);
        if unmet.is_empty() {
            continue;
        }
        let name = if proofs.len() == 1 { "it" } else { proof.environment.as_str() };
        let named = |(name, _): (String, Verdict)| name;
        let is_refused = unmet.iter().any(|(_, verdict)| *verdict == Verdict::DoesNotFit);
        let (said, states) = if !proof.obstacles.is_empty() && !is_refused {
            let count = proof.obstacles.len();
            let things = if count == 1 { "one thing stands" } else { &format!("{count} things stand") };
            ("is not proved yet", vec![format!("{things} in the way of everything")])
        } else if is_refused {
            let refused = unmet.into_iter().filter(|(_, verdict)| *verdict == Verdict::DoesNotFit);
            ("does not fit", refused.map(named).collect())
        } else {
            ("is not shown to fit", unmet.into_iter().map(named).collect())
        };
        let line = format!("{name} {said}: {}", states.join(", "));
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{}", output.paint(Style::Bad, &line));
    }
    if text.is_empty() {
        let line = match proofs.len() {
            1 => "it fits".to_owned(),
            2 => "both environments fit".to_owned(),
            all => format!("all {all} environments fit"),
        };
        return format!("{}\n", output.paint(Style::Good, &line));
    }
    text
}

/// What would make everything fit.
fn changes(changes: &Changes, names: &Names) -> Vec<String> {
    match changes {
        Changes::NotNeeded => Vec::new(),
        Changes::NotTried(reason) => vec![format!("no change was tried that would make it fit: {reason}")],
        Changes::Tried(found) if found.is_empty() => vec!["no single change that was tried makes it fit".to_owned()],
        Changes::Tried(found) => {
            let title = if found.iter().all(Change::is_enough) {
                "any one of these makes it fit, in every required state"
            } else {
                "no single change that was tried makes it fit in every required state; these come nearest"
            };
            let mut lines = vec![title.to_owned()];
            lines.extend(found.iter().map(|one| format!("  {}", change(one, names.dialect()))));
            lines
        }
    }
}

/// How a verdict is called, and in which style it is shown.
pub(crate) fn verdict(verdict: Verdict, required: bool, is_met: bool) -> (&'static str, Style) {
    match verdict {
        Verdict::Guaranteed => ("guaranteed", Style::Good),
        Verdict::Possible if is_met => ("possible", Style::Tight),
        Verdict::Possible => ("only possible", Style::Bad),
        Verdict::Empty => ("empty", Style::Faint),
        Verdict::DoesNotFit if !required => ("more than there is", Style::Tight),
        Verdict::Undecided if !required => ("undecided", Style::Tight),
        Verdict::DoesNotFit => ("does not fit", Style::Bad),
        Verdict::Undecided => ("undecided", Style::Bad),
    }
}

impl Writer<'_, '_> {
    fn states(&self, proof: &EnvironmentProof, text: &mut String) {
        // What lets nothing be proved is said once, and all of it; what is refused nevertheless is shown like any other.
        let is_open = |state: &&StateProof| state.verdict == Verdict::Undecided;
        let open: Vec<&StateProof> = proof.states.iter().filter(is_open).collect();
        let is_blocked = !proof.obstacles.is_empty() && open.len() > 1;
        if let Some(first) = open.first().filter(|_| is_blocked) {
            let title = match proof.obstacles.as_slice() {
                [_, _, ..] => "each of these keeps all of it open",
                _ => &words::why(first, self.names),
            };
            let title_of_all = if open.len() == proof.states.len() { "every state" } else { "every other state" };
            self.head("  ", title_of_all, ("undecided", Style::Bad), title, text);
            let is_one = proof.obstacles.len() <= 1;
            for obstacle in words::reasons(&proof.obstacles, self.names).into_iter().filter(|_| !is_one) {
                // Writing into a String cannot fail.
                let _ = writeln!(text, "       {obstacle}");
            }
        }
        let mut before = Vec::new();
        for state in proof.states.iter().filter(|state| !is_blocked || !is_open(state)) {
            let called = verdict(state.verdict, state.required, proof.is_met(state));
            // What is reported and not required would look like a fault without a word.
            let why = match words::why(state, self.names) {
                why if why.is_empty() && state.is_terminating() => {
                    "not required: new pods then wait until old ones are gone".to_owned()
                }
                why => why,
            };
            self.head(state.state.key(), &words::title(state), called, &why, text);
            let lines: Vec<String> = state.evidence.iter().flat_map(|evidence| self.lines(evidence)).collect();
            let is_same = !self.is_whole && lines.len() > 1 && lines == before;
            let shown = if is_same { &[self.output.paint(Style::Faint, "as above")] } else { lines.as_slice() };
            for line in shown {
                // Writing into a String cannot fail.
                let _ = writeln!(text, "       {line}");
            }
            before = lines;
        }
    }

    fn head(&self, state: &str, title: &str, (words, style): (&str, Style), why: &str, text: &mut String) {
        let (verdict, why) = (self.output.paint(style, words), self.output.paint(Style::Faint, why));
        let line = format!("  {state} {title:32} {verdict}  {why}");
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
}
