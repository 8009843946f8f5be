//! Type expressions to types.

use std::rc::Rc;

use super::{Program, TypeItem};
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::syntax::ast::{TypeExpression, TypeKind};
use crate::syntax::keywords::BUILTIN_TYPES;
use crate::types::{Field, RecordType, Type};

/// Aliases that lead deeper than this go in a circle.
const DEEPEST_ALIAS: usize = 32;

impl<'a> Program<'a> {
    /// Resolves a type that stands in a file. An unknown name is reported and becomes [`Type::Unknown`].
    pub fn resolve_type(&self, file: usize, expression: &'a TypeExpression, diagnostics: &mut Diagnostics) -> Type<'a> {
        self.resolve_type_within(file, expression, diagnostics, 0)
    }

    fn resolve_type_within(
        &self,
        file: usize,
        expression: &'a TypeExpression,
        diagnostics: &mut Diagnostics,
        depth: usize,
    ) -> Type<'a> {
        if depth > DEEPEST_ALIAS {
            diagnostics.push(Diagnostic::error(codes::VALUE_CYCLE, expression.span, "this type contains itself"));
            return Type::Unknown;
        }
        match &expression.kind {
            TypeKind::Optional(inner) => {
                Type::Optional(Rc::new(self.resolve_type_within(file, inner, diagnostics, depth)))
            }
            TypeKind::Choice(words) => Type::Choice(words),
            TypeKind::Record(parameters) => {
                let fields = parameters.iter().map(|declaration| Field {
                    declaration,
                    ty: declaration
                        .ty
                        .as_ref()
                        .map_or(Type::Any, |ty| self.resolve_type_within(file, ty, diagnostics, depth)),
                });
                Type::Record(Rc::new(RecordType { fields: fields.collect(), span: expression.span, file }))
            }
            TypeKind::Named { name, arguments } => {
                let mut resolved: Vec<Type<'a>> = arguments
                    .iter()
                    .map(|argument| self.resolve_type_within(file, argument, diagnostics, depth))
                    .collect();
                let generic = matches!(name.as_str(), "List" | "Map" | "Range");
                let wanted = usize::from(generic);
                if resolved.len() > wanted || (generic && resolved.is_empty()) {
                    let message =
                        format!("`{name}` takes {wanted} type argument{}", if wanted == 1 { "" } else { "s" });
                    let example = if generic { format!("write `{name}<String>`") } else { format!("write `{name}`") };
                    diagnostics.push(Diagnostic::error(codes::ARGUMENTS, expression.span, message).help(example));
                    return Type::Unknown;
                }
                if let Some(inner) = resolved.pop().map(Rc::new) {
                    return match name.as_str() {
                        "List" => Type::List(inner),
                        "Map" => Type::Map(inner),
                        _ => Type::Range(inner),
                    };
                }
                self.named_type(file, name, expression, diagnostics, depth)
            }
        }
    }

    fn named_type(
        &self,
        file: usize,
        name: &str,
        expression: &'a TypeExpression,
        diagnostics: &mut Diagnostics,
        depth: usize,
    ) -> Type<'a> {
        match self.find_type(file, name) {
            Some(TypeItem::Kind(id)) => return Type::Instance(id),
            Some(TypeItem::Alias(home, alias)) => {
                return self.resolve_type_within(home, &alias.ty, diagnostics, depth + 1);
            }
            None => {}
        }
        // A reference to a namespace needs no import, because `namespace x {}` needs none either.
        if let Some(builtin) = Type::builtin(name).or_else(|| self.class_kind(name)) {
            return builtin;
        }
        let scope = &self.files[file];
        let names = BUILTIN_TYPES
            .iter()
            .copied()
            .chain(scope.imports.keys().copied())
            .chain(self.modules[scope.module].types.keys().copied());
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_TYPE, expression.span, format!("there is no type `{name}`"))
                .at("not declared");
        if self.library_kind(name).is_some() {
            diagnostic = diagnostic
                .help(format!("the library has a kind of this name: `use std {{ {name} }}`"))
                .import(expression.span, name);
        } else if let Some(close) = suggest::closest(name, names) {
            diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(expression.span, close);
        }
        diagnostics.push(diagnostic);
        Type::Unknown
    }

    fn class_kind(&self, name: &str) -> Option<Type<'a>> {
        let is_class = matches!(name, "namespace" | "system" | "application" | "expose");
        is_class.then(|| self.library_kind(name)).flatten().map(Type::Instance)
    }
}
