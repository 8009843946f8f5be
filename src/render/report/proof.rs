//! The states of an environment: what is proved of each, and why.

use crate::View;
use crate::proof::{StateProof, Verdict};
use crate::render::markdown::table;

/// The table of an environment; empty where nothing was proved.
pub(super) fn section(view: &View) -> String {
    let Some(proof) = view.proof.as_ref().filter(|proof| !proof.nodes.is_empty()) else { return String::new() };
    let rows: Vec<Vec<String>> = proof.states.iter().map(row).collect();
    let table = table(&["State", "", "Verdict", "Because"], &rows);
    format!("\n### States\n\n{table}\nThe evidence is in [proof.json](proof.json); `vaubanc verify` checks it.\n")
}

fn row(state: &StateProof) -> Vec<String> {
    let verdict = match state.verdict {
        Verdict::Guaranteed => "guaranteed",
        Verdict::Possible => "possible",
        Verdict::DoesNotFit if state.state == "S5" => "more than there is",
        Verdict::DoesNotFit => "does not fit",
        Verdict::Undecided => "undecided",
        Verdict::Empty => "empty",
    };
    vec![state.state.to_owned(), state.title(), verdict.to_owned(), state.why()]
}
