//! `vaubanc graph`.

use crate::cli::arguments::{Format, Graph, GraphFormat};
use crate::cli::compile::{compile, report};
use crate::cli::output::Output;
use crate::cli::{CLEAN, FINDINGS};
use crate::render::drawing;

pub(crate) fn run(graph: &Graph, output: &mut Output<'_>) -> u8 {
    let compilation = match compile(&graph.source, Format::Human, output) {
        Ok(compilation) => compilation,
        Err(code) => return code,
    };
    let code = report(&compilation.diagnostics, &compilation.sources, Format::Human, output);
    // Names must be known before there is a graph; a platform that does not fit has one all the same.
    let wanted = graph.source.environment.as_deref();
    let view = compilation.views.iter().find(|view| view.model.environment.as_deref() == wanted);
    let Some(view) = view else { return FINDINGS.max(code) };
    let text = match graph.format {
        GraphFormat::Dot => drawing::dot(&view.model, Some(&view.analysis)),
        GraphFormat::Mermaid => drawing::mermaid(&view.model, Some(&view.analysis)),
        GraphFormat::Json => drawing::json(&view.model, Some(&view.analysis)),
    };
    output.result(&text);
    if code == CLEAN { CLEAN } else { FINDINGS }
}
