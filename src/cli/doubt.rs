//! What the independent checker says of a proof before anything is written.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, codes};
use crate::render::FileSet;
use crate::source::Span;
use crate::verify::{Given, verify};

/// What the independent checker has against the proof that is about to be written. It shares no code with the prover, so
/// a doubt is a fault of one of the two, and nothing is written until it is settled. `check` asks as well: what it accepts,
/// `build` writes.
pub(crate) fn doubt(files: &FileSet) -> Option<Diagnostic> {
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
