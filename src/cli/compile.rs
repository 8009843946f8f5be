//! From arguments to a compilation; what all commands that read sources share.

use std::path::Path;

use crate::cli::arguments::{Format, Source};
use crate::cli::output::Output;
use crate::cli::world::FileWorld;
use crate::cli::{CLEAN, FAILURE, FINDINGS};
use crate::diag::render::{Style, render_all, render_short};
use crate::diag::{Diagnostic, Diagnostics, codes, json};
use crate::source::{SourceMap, Span};
use crate::{Compilation, Options};

/// Compiles what the arguments name.
///
/// # Errors
///
/// The exit code, when there is nothing to compile; the complaint has been printed.
pub(crate) fn compile(source: &Source, format: Format, output: &mut Output<'_>) -> Result<Compilation, u8> {
    let world = world(source, format, output)?;
    Ok(crate::compile(&world, &options(source)))
}

/// The options that the arguments give.
pub(crate) fn options(source: &Source) -> Options {
    Options {
        inputs: source.inputs.clone(),
        today: source.today.clone(),
        environment: source.environment.clone(),
        ..Options::default()
    }
}

/// The files that the arguments name.
///
/// # Errors
///
/// The exit code, when there are none; the complaint has been printed.
pub(crate) fn world(source: &Source, format: Format, output: &mut Output<'_>) -> Result<FileWorld, u8> {
    world_at(&source.path, format, output)
}

/// The files at a path.
///
/// # Errors
///
/// The exit code, when there are none; the complaint has been printed.
pub(crate) fn world_at(path: &Path, format: Format, output: &mut Output<'_>) -> Result<FileWorld, u8> {
    if path != Path::new("-") && !path.exists() {
        let diagnostic = Diagnostic::error(codes::UNREADABLE, Span::NONE, format!("`{}` does not exist", path.display()))
            .help("give a directory of `.vauban` files, one such file, or `-` for standard input; `vaubanc new DIR` writes one to start from");
        return Err(fail(diagnostic, format, output));
    }
    Ok(FileWorld::new(path))
}

/// Prints what was found, and tells the exit code.
pub(crate) fn report(diagnostics: &Diagnostics, sources: &SourceMap, format: Format, output: &mut Output<'_>) -> u8 {
    let code = if diagnostics.has_errors() { FINDINGS } else { CLEAN };
    match format {
        Format::Json => output.result(&json::to_json_text(diagnostics.iter(), sources)),
        Format::Human if !diagnostics.is_empty() => {
            let style = Style { color: output.colours, width: output.width, ..Style::PLAIN };
            output.complaint(&format!("{}\n", render_all(diagnostics.iter(), sources, &style)));
        }
        Format::Short => {
            let lines: String = diagnostics.iter().map(|diagnostic| render_short(diagnostic, sources)).collect();
            output.complaint(&lines);
        }
        Format::Human => {}
    }
    code
}

/// Prints a complaint that is about files and not about what is in them.
pub(crate) fn fail(diagnostic: Diagnostic, format: Format, output: &mut Output<'_>) -> u8 {
    let mut diagnostics = Diagnostics::default();
    diagnostics.push(diagnostic);
    report(&diagnostics, &SourceMap::default(), format, output);
    FAILURE
}
