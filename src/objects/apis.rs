//! The APIs that sources declare, beside the built-in ones.

use std::sync::Arc;

use super::schema::{ApiSchema, Catalog, Creates, Field, Schema, Scope, from_crd, object_schema};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::resolve::{ApiItem, Program, join_path};
use crate::syntax::ast::{self, EntryKind, ExpressionKind, KeyKind, Literal, StringPart};
use crate::types::{Type, Unit};
use crate::world::World;

/// The catalog of everything that may be emitted.
pub fn catalog(program: &Program<'_>, world: &dyn World) -> (Catalog, Diagnostics) {
    let mut catalog = Catalog::kubernetes();
    let mut diagnostics = Diagnostics::default();
    let mut own: Vec<(usize, &ApiItem<'_>)> = Vec::new();
    // The main module comes first in the program; its statement about an API counts, whatever the library says.
    for api in program.apis.iter().rev() {
        let (module, version, kind) = (program.files[api.file].module, &api.item.version.text, &api.item.kind);
        let same = |other: &ApiItem<'_>| other.item.version.text == *version && other.item.kind.text == kind.text;
        match own.iter_mut().find(|(of, later)| *of == module && same(later)) {
            // Walking backwards, the other stands behind this one.
            Some((_, later)) => {
                let message = format!("the API `{version}` `{}` is declared twice", kind.text);
                diagnostics.push(
                    Diagnostic::error(codes::DUPLICATE_NAME, later.item.kind.span, message)
                        .at("declared again")
                        .label(kind.span, "first declared here"),
                );
                *later = api;
            }
            None => own.push((module, api)),
        }
        let schema = match &api.item.from {
            Some(from) => from_file(program, api, from, world, &mut diagnostics),
            None => Some(stated(program, api, &mut diagnostics)),
        };
        if let Some(schema) = schema {
            catalog.declare(&api.item.version.text, &api.item.kind.text, schema);
        }
    }
    (catalog, diagnostics)
}

fn from_file(
    program: &Program<'_>,
    api: &ApiItem<'_>,
    from: &ast::Word,
    world: &dyn World,
    diagnostics: &mut Diagnostics,
) -> Option<ApiSchema> {
    let module = program.files[api.file].module;
    let path = join_path(program.modules[module].path, &from.text);
    let text = world.file(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(text) = text else {
        diagnostics.push(
            Diagnostic::error(codes::UNREADABLE, from.span, format!("`{}` cannot be read", from.text))
                .help("the path is relative to the module"),
        );
        return None;
    };
    match from_crd(&text, &api.item.version.text, &api.item.kind.text) {
        Ok(schema) => {
            let options = options(api.item, diagnostics);
            Some(ApiSchema { creates: options.creates, ..schema })
        }
        Err(reason) => {
            diagnostics.push(Diagnostic::error(
                codes::UNREADABLE,
                from.span,
                format!("`{}` states no such API: {reason}", from.text),
            ));
            None
        }
    }
}

fn stated(program: &Program<'_>, api: &ApiItem<'_>, diagnostics: &mut Diagnostics) -> ApiSchema {
    let options = options(api.item, diagnostics);
    let mut fields = Vec::new();
    for entry in api.item.body.iter().flat_map(|body| &body.entries) {
        if let EntryKind::Parameter(parameter) = &entry.kind {
            let ty = parameter.ty.as_ref().map_or(Type::Any, |ty| program.resolve_type(api.file, ty, diagnostics));
            fields.push((parameter.name.text.clone(), Field { schema: schema_of(&ty), required: false }));
        }
    }
    let root = object_schema(&api.item.kind.text, fields);
    ApiSchema { scope: options.scope, creates: options.creates, root }
}

struct Options {
    scope: Scope,
    creates: Creates,
}

fn options(api: &ast::Api, diagnostics: &mut Diagnostics) -> Options {
    let mut options = Options { scope: Scope::Namespaced, creates: Creates::Unstated };
    for entry in api.body.iter().flat_map(|body| &body.entries) {
        let EntryKind::Attribute(attribute) = &entry.kind else { continue };
        let name = match attribute.path.as_slice() {
            [ast::Key { kind: KeyKind::Name(name), .. }] => name.as_str(),
            _ => "",
        };
        let text = match &attribute.value.kind {
            ExpressionKind::String(parts) => match parts.as_slice() {
                [StringPart::Text(text)] => text.as_str(),
                _ => "",
            },
            ExpressionKind::Literal(Literal::None) => "none",
            _ => "",
        };
        match (name, text) {
            ("creates", "pods") => options.creates = Creates::Pods,
            ("creates", "none") => options.creates = Creates::Nothing,
            ("scope", "cluster") => options.scope = Scope::Cluster,
            ("scope", "namespace") => options.scope = Scope::Namespaced,
            _ => diagnostics.push(
                Diagnostic::error(
                    codes::UNKNOWN_FIELD,
                    entry.span,
                    "an API states `creates = \"pods\"` or `\"none\"`, `scope = \"cluster\"` and its fields",
                )
                .at("not one of them")
                .help("fields have types: `spec : { size : Int }`"),
            ),
        }
    }
    options
}

fn schema_of(ty: &Type<'_>) -> Schema {
    match ty {
        Type::Any | Type::Unknown => Schema::Any,
        Type::Bool => Schema::Boolean,
        Type::Int | Type::Port => Schema::Integer,
        Type::Amount(Unit::One) => Schema::Number,
        Type::Amount(Unit::Cpu | Unit::Bytes) => Schema::Quantity,
        Type::Amount(_)
        | Type::String
        | Type::Form(_)
        | Type::Date
        | Type::Secret
        | Type::Range(_)
        | Type::Instance(_) => Schema::String,
        Type::List(inner) => Schema::List(Arc::new(schema_of(inner))),
        Type::Map(inner) => Schema::Map(Arc::new(schema_of(inner))),
        Type::Optional(inner) => schema_of(inner),
        Type::Choice(words) => Schema::Choice(words.iter().map(|word| word.text.clone()).collect::<Vec<_>>().into()),
        Type::Record(record) => {
            let fields = record.fields.iter().map(|field| {
                (field.declaration.name.text.clone(), Field { schema: schema_of(&field.ty), required: false })
            });
            object_schema("", fields.collect())
        }
    }
}
