//! The states of an environment: what is proved of each, and why.

use crate::View;
use crate::fit::{Names, State, StateProof, Verdict, words};
use crate::render::markdown::table;

/// The table of an environment; empty where nothing was proved.
pub(super) fn section(view: &View, names: &Names) -> String {
    let Some(proof) = view.proof.as_ref().filter(|proof| !proof.nodes.is_empty()) else { return String::new() };
    let rows: Vec<Vec<String>> = proof.states.iter().map(|state| row(state, names)).collect();
    let table = table(&["State", "", "Verdict", "Because"], &rows);
    format!("\n### States\n\n{table}\nThe evidence is in [proof.json](proof.json); `vaubanc verify` checks it.\n")
}

fn row(state: &StateProof, names: &Names) -> Vec<String> {
    let verdict = match state.verdict {
        Verdict::Guaranteed => "guaranteed",
        Verdict::Possible => "possible",
        Verdict::DoesNotFit if state.state == State::S5 || !state.required => "more than there is",
        Verdict::DoesNotFit => "does not fit",
        Verdict::Undecided => "undecided",
        Verdict::Empty => "empty",
    };
    // What is reported and not required would look like a fault without a word.
    let title = if state.required { words::title(state) } else { format!("{} (not required)", words::title(state)) };
    let why = match (words::why(state, names), &state.evidence) {
        (why, Some(evidence)) if why.is_empty() => words::refusal(evidence, names).unwrap_or_default(),
        (why, _) => why,
    };
    vec![state.state.key().to_owned(), title, verdict.to_owned(), why]
}
