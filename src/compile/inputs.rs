//! `--set name=value`: values as the command line gives them.

use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::resolve::Loaded;
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{Expression, ExpressionKind, Input, ItemKind, StringPart, TypeExpression, TypeKind};
use crate::syntax::parse_expression;

/// Reads the values as expressions of the language, or as plain texts where the input is one.
pub(super) fn read(
    loaded: &Loaded,
    given: &[(String, String)],
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Vec<(String, Expression)> {
    let files = loaded.modules.first().into_iter().flat_map(|module| module.files.iter());
    let inputs: Vec<&Input> = files
        .flat_map(|file| &file.items)
        .filter_map(|item| match &item.kind {
            ItemKind::Input(input) => Some(input),
            _ => None,
        })
        .collect();
    let mut values = Vec::new();
    for (name, text) in given {
        let id = sources.add(format!("--set {name}"), text.as_str());
        let whole = Span::new(id, 0, text.len());
        let Some(input) = inputs.iter().find(|input| input.name.text == *name) else {
            let names = inputs.iter().map(|input| input.name.text.as_str());
            let mut diagnostic = Diagnostic::error(codes::UNKNOWN_INPUT, whole, format!("there is no input `{name}`"))
                .at("set on the command line");
            diagnostic = match suggest::closest(name, names.clone()) {
                Some(close) => diagnostic.help(format!("did you mean `{close}`?")),
                None if names.clone().next().is_none() => {
                    diagnostic.help(format!("declare it: `input {name} : String = \"…\"`"))
                }
                None => diagnostic.help(format!(
                    "there are {}",
                    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                )),
            };
            diagnostics.push(diagnostic);
            continue;
        };
        if is_text(input.ty.as_ref(), input.default.as_ref()) && !text.starts_with('"') {
            let kind = ExpressionKind::String(vec![StringPart::Text(text.clone())]);
            values.push((name.clone(), Expression { span: whole, kind }));
            continue;
        }
        let (expression, found) = parse_expression(id, text);
        diagnostics.extend(found);
        values.extend(expression.map(|expression| (name.clone(), expression)));
    }
    values
}

/// Whether an input or a let holds a text, so that the command line need not quote it twice.
pub(crate) fn is_text(ty: Option<&TypeExpression>, default: Option<&Expression>) -> bool {
    match (ty, default) {
        (Some(ty), _) => match &ty.kind {
            TypeKind::Named { name, .. } => {
                matches!(name.as_str(), "String" | "Host" | "Url" | "Image" | "Cron" | "Cidr")
            }
            TypeKind::Choice(_) => true,
            _ => false,
        },
        (None, Some(default)) => matches!(default.kind, ExpressionKind::String(_)),
        (None, None) => true,
    }
}
