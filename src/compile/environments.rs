//! Which environments there are, and which of them run beside each other.

use super::Options;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::resolve::Program;
use crate::syntax::ast::{self, ItemKind};

/// The environments to evaluate, in the order of the source: all of them, or the one that is asked for with its neighbours.
pub(super) fn environments<'a>(
    program: &Program<'a>,
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Vec<(usize, &'a ast::Environment)> {
    let mut found: Vec<(usize, &'a ast::Environment)> = Vec::new();
    for (index, file) in program.files.iter().enumerate().filter(|(_, file)| file.module == 0) {
        for item in &file.tree.items {
            let ItemKind::Environment(environment) = &item.kind else { continue };
            let name = &environment.name;
            match found.iter().find(|(_, other)| other.name.text == name.text) {
                Some((_, first)) => diagnostics.push(
                    Diagnostic::error(
                        codes::DUPLICATE_NAME,
                        name.span,
                        format!("the environment `{}` is declared twice", name.text),
                    )
                    .at("declared again")
                    .label(first.name.span, "first declared here"),
                ),
                None => found.push((index, environment)),
            }
        }
    }
    if let Some(wanted) = &options.environment {
        let known: Vec<String> = found.iter().map(|(_, item)| format!("`{}`", item.name.text)).collect();
        if !found.iter().any(|(_, item)| item.name.text == *wanted) {
            // The rest of the sources is looked at as it is without environments.
            found.clear();
            let help = if known.is_empty() {
                "the source declares none: leave `--env` out".to_owned()
            } else {
                format!("there are {}", known.join(", "))
            };
            let span = crate::source::Span::NONE;
            diagnostics.push(
                Diagnostic::error(codes::UNKNOWN_NAME, span, format!("there is no environment `{wanted}`")).help(help),
            );
        }
        // Another environment matters to the one that is asked for when its pods run on the same nodes.
        let hardware =
            found.iter().find(|(_, item)| item.name.text == *wanted).map(|(_, item)| hardware_of(program, item));
        found.retain(|(_, item)| item.name.text == *wanted || Some(hardware_of(program, item)) == hardware);
    }
    found
}

/// The hardware that an environment names, or the system's.
pub(super) fn hardware_of<'a>(program: &Program<'a>, environment: &'a ast::Environment) -> Option<&'a str> {
    environment.on.as_ref().or_else(|| program.system_hardware()).map(|word| word.text.as_str())
}

/// `exclusive = true`: it never runs beside another environment on the same hardware.
pub(super) fn is_exclusive(environment: &ast::Environment) -> bool {
    environment.body.entries.iter().any(|entry| match &entry.kind {
        ast::EntryKind::Attribute(attribute) => {
            let named = matches!(attribute.path.as_slice(), [ast::Key { kind: ast::KeyKind::Name(name), .. }] if name == "exclusive");
            named && matches!(attribute.value.kind, ast::ExpressionKind::Literal(ast::Literal::Bool(true)))
        }
        _ => false,
    })
}
