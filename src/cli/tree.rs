//! The tree that a compilation gives, as `build` writes it and `check` looks at it: what the one accepts the other writes.

use std::collections::BTreeMap;

use crate::Compilation;
use crate::diag::{Diagnostic, codes};
use crate::render::{FileSet, render};
use crate::source::Span;
use crate::verify::{Given, verify};

/// Renders a compilation without errors and has its proof checked. What is found is added to the compilation; where that
/// is an error, nothing of the files may be written.
pub(crate) fn checked_files(compilation: &mut Compilation) -> FileSet {
    let (files, further) = render(compilation);
    compilation.diagnostics.extend(further);
    if !compilation.diagnostics.has_errors() {
        compilation.diagnostics.extend(doubt(&files));
    }
    files
}

/// What the independent checker has against the proof that is about to be written. It shares no code with the prover, so
/// a doubt is a fault of one of the two, and nothing is written until it is settled.
fn doubt(files: &FileSet) -> Option<Diagnostic> {
    let proof = files.get("reports/proof.json")?;
    let texts: BTreeMap<String, String> = files.iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let refused = match verify(proof, &texts, &Given::default()) {
        Ok(report) if report.holds() => return None,
        Ok(report) => report.refusals(),
        Err(reason) => vec![reason],
    };
    let message = "the independent checker refuses the proof that would be written";
    let diagnostic = Diagnostic::error(codes::RENDERING, Span::NONE, message).note(refused.join("\n"));
    Some(diagnostic.help("this is a fault of the compiler; please report it with the sources"))
}
