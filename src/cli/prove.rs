//! `vaubanc prove`: the proof of every state, for people or for programs.

use crate::cli::arguments::{Format, Prove};
use crate::cli::compile::{compile, report};
use crate::cli::output::Output;
use crate::cli::{CLEAN, FINDINGS, manifests, table};
use crate::fit::EnvironmentProof;
use crate::fit::evidence::json;
use crate::query::reason::names;
use crate::{Compilation, View};

pub(crate) fn run(prove: &Prove, output: &mut Output<'_>) -> u8 {
    if let Some(path) = &prove.manifests {
        return manifests::run(prove, path, output);
    }
    let mut compilation = match compile(&prove.source, Format::Human, output) {
        Ok(compilation) => compilation,
        Err(code) => return code,
    };
    for proof in compilation.views.iter_mut().filter_map(|view| view.proof.as_mut()) {
        keep_state(proof, prove);
    }
    let proofs: Vec<&EnvironmentProof> = proofs(&compilation).collect();
    if proofs.is_empty() {
        return FINDINGS.max(report(&compilation.diagnostics, &compilation.sources, Format::Human, output));
    }
    if prove.json {
        output.result(&json::document(proofs.iter().copied()));
    } else {
        let table = |view: &View| {
            let title = view.proof.as_ref().map_or("", |proof| proof.environment.as_str());
            table::environment(title, view, &names(view, &compilation), prove.state.is_some(), output)
        };
        let mut text: String = compilation.views.iter().map(table).collect();
        // Of one state the table itself says everything.
        if prove.state.is_none() {
            text.push_str(&table::conclusion(proofs.iter().copied(), output));
        }
        output.result(&text);
    }
    code(proofs)
}

/// Leaves only the state that is asked for.
pub(crate) fn keep_state(proof: &mut EnvironmentProof, prove: &Prove) {
    if let Some(wanted) = &prove.state {
        proof.states.retain(|state| state.state.key().eq_ignore_ascii_case(wanted));
    }
}

/// Whether every state is what it must be.
pub(crate) fn code<'a>(proofs: impl IntoIterator<Item = &'a EnvironmentProof>) -> u8 {
    let fails = |proof: &EnvironmentProof| proof.states.iter().any(|state| !proof.is_met(state));
    if proofs.into_iter().any(fails) { FINDINGS } else { CLEAN }
}

fn proofs(compilation: &Compilation) -> impl Iterator<Item = &EnvironmentProof> {
    compilation.views.iter().filter_map(|view| view.proof.as_ref())
}
