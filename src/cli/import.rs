//! `vaubanc import`: sources of manifests, or of a cluster.

use std::path::Path;

use crate::cli::arguments::{Format, Import};
use crate::cli::compile::{fail, report};
use crate::cli::manifests::{Refusal, files};
use crate::cli::output::Output;
use crate::cli::{CLEAN, FAILURE, FINDINGS, new};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::query::import::{Imported, import};
use crate::query::manifests::{Contents, contents};
use crate::query::nodes;
use crate::source::{SourceMap, Span};

pub(crate) fn run(arguments: &Import, output: &mut Output<'_>) -> u8 {
    match import_all(arguments, output) {
        Ok(code) => code,
        Err(refusal) => fail(*refusal, Format::Human, output),
    }
}

fn import_all(arguments: &Import, output: &mut Output<'_>) -> Result<u8, Refusal> {
    let mut sources = SourceMap::default();
    let (Contents { objects, .. }, mut diagnostics) = contents(files(&arguments.manifests)?, &mut sources);
    let hardware = match &arguments.nodes {
        Some(path) => {
            let (hardware, found) = nodes::read(files(path)?, &objects, &mut sources);
            diagnostics.extend(found);
            hardware
        }
        None => {
            let own = objects.iter().filter(|object| object.kind == "Node" && object.api_version == "v1");
            let mut found = Diagnostics::default();
            let hardware = nodes::of_nodes(own.map(|object| (&object.body, object.span)), &objects, &mut found);
            diagnostics.extend(found);
            hardware
        }
    };
    diagnostics.sort(&sources);
    if report(&diagnostics, &sources, Format::Human, output) != CLEAN {
        return Ok(FINDINGS);
    }
    if objects.is_empty() {
        let message = format!("`{}` holds no object of Kubernetes", arguments.manifests.display());
        let help = "give manifests, or what `kubectl get … -A -o yaml` prints";
        return Err(Box::new(Diagnostic::error(codes::UNREADABLE, Span::NONE, message).help(help)));
    }
    let imported = import(objects, hardware.as_ref(), &name(arguments));
    let code = write(&imported, arguments.output.as_deref(), output);
    for remark in &imported.remarks {
        output.remark(&format!("- {remark}\n"));
    }
    Ok(code)
}

/// What the system is called: as the directory that is written, or as what is read.
fn name(arguments: &Import) -> String {
    let path = arguments.output.as_deref().unwrap_or(&arguments.manifests);
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| stem.contains(|letter: char| letter.is_ascii_alphabetic()))
        .unwrap_or_else(|| "platform".to_owned())
}

fn write(imported: &Imported, directory: Option<&Path>, output: &mut Output<'_>) -> u8 {
    let Some(directory) = directory else {
        let text = |(name, text): &(String, String)| format!("// ----- {name}\n\n{text}\n");
        let all: String = imported.files.iter().map(text).collect();
        output.result(&all);
        return CLEAN;
    };
    match new::fill(directory, &imported.files) {
        Ok(()) => {
            let shown = directory.display();
            let count = imported.files.len();
            let written = if count == 1 { "1 file is".to_owned() } else { format!("{count} files are") };
            output.remark(&format!("{written} written to {shown}; next: `vaubanc check {shown}`\n"));
            CLEAN
        }
        Err(complaint) => {
            output.complaint(&format!("error: {complaint}\n"));
            FAILURE
        }
    }
}
