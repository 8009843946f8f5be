//! Kinds: the chain that each refines, and the members that it inherits.

use indexmap::IndexMap;

use super::program::{Member, Program, TypeItem, duplicate};
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::source::Span;
use crate::syntax::ast::{self, EntryKind};
use crate::types::{KindId, Type};

impl<'a> Program<'a> {
    pub(super) fn link_kinds(&mut self, diagnostics: &mut Diagnostics) {
        for index in 0..self.kinds.len() {
            let mut chain = vec![KindId(index)];
            let mut current = index;
            while let Some(base) = &self.kinds[current].item.base {
                let file = self.kinds[current].file;
                let Some(TypeItem::Kind(id)) = self.find_type(file, &base.text) else {
                    if current == index {
                        diagnostics.push(self.unknown_kind(file, base));
                    }
                    break;
                };
                if chain.contains(&id) {
                    // Reported once, at the first kind of the circle; kinds that only lead into it are not to blame.
                    if id.0 == index && chain.iter().all(|kind| kind.0 >= index) {
                        let message = format!("the kind `{}` refines itself", self.kinds[index].item.name.text);
                        let names: Vec<&str> =
                            chain.iter().map(|kind| self.kinds[kind.0].item.name.text.as_str()).collect();
                        diagnostics.push(
                            Diagnostic::error(codes::KIND_CYCLE, self.kinds[index].item.name.span, message)
                                .at("leads back here")
                                .label(base.span, "closes the circle")
                                .note(format!("{} → {}", names.join(" → "), names[0])),
                        );
                    }
                    break;
                }
                chain.push(id);
                current = id.0;
            }
            chain.reverse();
            self.kinds[index].chain = chain;
        }
    }

    pub(super) fn resolve_member_types(&mut self, diagnostics: &mut Diagnostics) {
        let mut own: Vec<Vec<(&'a str, Span, Member<'a>)>> = Vec::with_capacity(self.kinds.len());
        for index in 0..self.kinds.len() {
            own.push(self.own_members(KindId(index), diagnostics));
        }
        for index in 0..self.kinds.len() {
            let mut members: IndexMap<&'a str, Member<'a>> = IndexMap::new();
            let mut spans: IndexMap<&'a str, Span> = IndexMap::new();
            for ancestor in self.kinds[index].chain.clone() {
                for (name, span, member) in &own[ancestor.0] {
                    if let Some(first) = spans.get(name) {
                        if ancestor.0 == index {
                            diagnostics.push(duplicate(name, *first, *span).help(format!(
                                "an inherited parameter is set with `{name} = …` and not declared again"
                            )));
                        }
                        continue;
                    }
                    spans.insert(name, *span);
                    members.insert(name, member.clone());
                }
            }
            self.kinds[index].members = members;
        }
    }

    pub(super) fn own_members(&self, kind: KindId, diagnostics: &mut Diagnostics) -> Vec<(&'a str, Span, Member<'a>)> {
        let info = &self.kinds[kind.0];
        let mut members = Vec::new();
        for entry in info.located.iter().map(|located| located.entry) {
            match &entry.kind {
                EntryKind::Parameter(declaration) => {
                    let ty =
                        declaration.ty.as_ref().map_or(Type::Any, |ty| self.resolve_type(info.file, ty, diagnostics));
                    let member = Member::Parameter { kind, declaration, ty };
                    members.push((declaration.name.text.as_str(), declaration.name.span, member));
                }
                EntryKind::Let(item) => {
                    members.push((item.name.text.as_str(), item.name.span, Member::Let { kind, item }));
                }
                EntryKind::Output(output) => {
                    let ty = output.ty.as_ref().map_or(Type::Any, |ty| self.resolve_type(info.file, ty, diagnostics));
                    members.push((
                        output.name.text.as_str(),
                        output.name.span,
                        Member::Output { kind, entry: output, ty },
                    ));
                }
                _ => {}
            }
        }
        members
    }

    /// The error for a kind that is not declared, with the import that would help where the library has it.
    #[must_use]
    pub fn unknown_kind(&self, file: usize, name: &ast::Word) -> Diagnostic {
        let word = &name.text;
        let diagnostic =
            Diagnostic::error(codes::UNKNOWN_KIND, name.span, format!("there is no kind `{word}`")).at("not declared");
        if self.library_kind(word).is_some() {
            return diagnostic.help(format!("the library has it: `use std {{ {word} }}`")).import(name.span, word);
        }
        let scope = &self.files[file];
        let library = self.modules.last().map(|module| module.types.keys().copied()).into_iter().flatten();
        let names =
            scope.imports.keys().copied().chain(self.modules[scope.module].types.keys().copied()).chain(library);
        let Some(close) = suggest::closest(word, names) else { return diagnostic };
        let diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(name.span, close);
        let is_known = scope.imports.contains_key(close) || self.modules[scope.module].types.contains_key(close);
        if is_known { diagnostic } else { diagnostic.import(name.span, close) }
    }
}
