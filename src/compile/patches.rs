//! Changes that are asked about and written nowhere: read with the language's own parser, applied as `given` is.

use super::Patch;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::resolve::Program;
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{Attribute, Body, Entry, EntryKind, Item, ItemKind, Key, KeyKind};
use crate::syntax::parse;

/// The body of each patch; an empty one where it is no patch, which has been told.
pub(super) fn read(patches: &[Patch], sources: &mut SourceMap, diagnostics: &mut Diagnostics) -> Vec<Body> {
    let mut bodies = Vec::new();
    for patch in patches {
        let id = sources.add(patch.title.as_str(), patch.text.as_str());
        let span = Span::new(id, 0, patch.text.len());
        let (file, found) = parse(id, &patch.text);
        let broken = found.has_errors();
        let hint = |found: Diagnostic| match patch.text.contains('"') {
            true => found,
            false => found.help("a text stands in quotes, and the shell wants others around them: `'name=\"text\"'`"),
        };
        diagnostics.extend(found.into_iter().map(hint));
        let entries: Vec<Entry> = file.items.into_iter().filter_map(entry).collect();
        if entries.len() != 1 && !broken {
            diagnostics.push(
                Diagnostic::error(codes::SYNTAX, span, "this is not one value")
                    .at("a name, `=` and one value are wanted"),
            );
        }
        bodies.push(Body { span, entries });
    }
    bodies
}

/// What an item says as a line of a patch.
fn entry(item: Item) -> Option<Entry> {
    let kind = match item.kind {
        ItemKind::Instance(instance) => EntryKind::Instance(instance),
        ItemKind::Let(item) => EntryKind::Attribute(Attribute {
            also: false,
            path: vec![Key { span: item.name.span, kind: KeyKind::Name(item.name.text) }],
            value: item.value,
            origin: None,
        }),
        _ => return None,
    };
    Some(Entry { docs: item.docs, span: item.span, kind })
}

/// The patches of one environment, each with the file whose names its values see.
pub(super) fn given<'a>(
    patches: &[Patch],
    bodies: &'a [Body],
    environment: Option<&str>,
    program: &Program<'_>,
    sources: &SourceMap,
) -> Vec<(usize, &'a Body)> {
    let file = |patch: &Patch| {
        let name = |index: usize| sources.get(program.files[index].tree.source).map(|source| source.name.as_str());
        let mut own = (0..program.files.len()).filter(|index| program.files[*index].module == 0);
        let first = own.clone().next().unwrap_or(0);
        own.find(|index| patch.beside.is_some() && name(*index) == patch.beside.as_deref()).unwrap_or(first)
    };
    let applies = |patch: &Patch| patch.environments.iter().any(|name| name.as_deref() == environment);
    let chosen = patches.iter().zip(bodies).filter(|(patch, _)| applies(patch));
    chosen.map(|(patch, body)| (file(patch), body)).collect()
}
