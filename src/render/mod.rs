//! Everything that is written, as texts in memory.
//!
//! [`render`] is pure: the same compilation gives the same bytes, wherever and whenever it runs. The command writes
//! the [`FileSet`] to disk; nothing here touches a file.

mod base;
mod cite;
mod controller;
mod file_set;
mod kustomization;
pub mod kustomize;
mod layout;
pub mod lock;
mod overlay;
mod patch;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod yaml;

pub use file_set::FileSet;

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::objects::Object;
use crate::source::Span;
use crate::{Compilation, View};

use cite::Citations;
use kustomize::{Kustomize, verify};
use layout::Layout;

/// Renders the whole tree and reads it back: what Kustomize will make of it must be what was proved.
#[must_use]
pub fn render(compilation: &Compilation) -> (FileSet, Diagnostics) {
    let mut files = FileSet::new();
    let citations = Citations::new(&compilation.sources);
    let layout = Layout::new(&compilation.views);
    if let Some(base) = compilation.views.iter().find(|view| view.model.environment.is_none()) {
        base::render(&layout.units(base), citations, &mut files);
        for view in &compilation.views {
            overlay::render(&layout, base, view, citations, &mut files);
        }
    }
    controller::render(&compilation.views, citations, &mut files);
    let diagnostics = check(&layout, &compilation.views, &files);
    (files, diagnostics)
}

/// Reads every directory that people apply back, and compares it with the compiler's own objects.
fn check(layout: &Layout, views: &[View], files: &FileSet) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let mut kustomize = Kustomize::new(files);
    for view in views {
        let directory = match &view.model.environment {
            None => "base".to_owned(),
            Some(environment) => format!("overlays/{environment}"),
        };
        let units = layout.units(view);
        let expected: Vec<&Object> = units.iter().flat_map(|unit| unit.files.values().copied()).collect();
        if let Err(difference) = verify(&mut kustomize, &directory, &expected) {
            let message = format!("`{directory}` would not give back the objects that were proved");
            diagnostics.push(
                Diagnostic::error(codes::RENDERING, Span::NONE, message)
                    .note(difference)
                    .help("this is a fault of the compiler, please report it; nothing was written"),
            );
        }
    }
    diagnostics
}
