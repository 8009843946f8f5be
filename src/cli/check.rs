//! `vaubanc check`.

use crate::cli::CLEAN;
use crate::cli::arguments::{Check, Format};
use crate::cli::compile::{compile, report};
use crate::cli::output::Output;
use crate::cli::summary;
use crate::cli::tree::checked_files;

pub(crate) fn run(check: &Check, output: &mut Output<'_>) -> u8 {
    let format = check.report.format;
    let mut compilation = match compile(&check.source, format, output) {
        Ok(compilation) => compilation,
        Err(code) => return code,
    };
    // Rendering and the checker of proofs find faults, too; `check` must not pass what `build` would refuse.
    if !compilation.diagnostics.has_errors() {
        checked_files(&mut compilation);
    }
    let code = report(&compilation.diagnostics, &compilation.sources, format, output);
    if format != Format::Json {
        let text = summary::text(&compilation, output);
        output.remark(&text);
        if code == CLEAN {
            output.remark(&format!("{}\n", summary::verdict(&compilation)));
        }
    }
    code
}
