//! Single names against what is declared, and what is declared against who reads it.

use super::{Checker, EVERYWHERE, IN_KINDS};
use crate::diag::{Diagnostic, codes, suggest};
use crate::resolve::program::{Member, ValueItem, static_name};
use crate::source::Span;
use crate::syntax::ast::{self, EntryKind, ItemKind};
use crate::syntax::keywords::BUILTIN_FUNCTIONS;

impl<'a> Checker<'_, 'a> {
    pub(super) fn bind(&mut self, name: &'a ast::Word) {
        let member =
            self.kind.and_then(|kind| self.program.kinds[kind.0].members.get(name.text.as_str())).map(Member::span);
        let local = self.locals.iter().rev().find(|(local, _)| *local == name.text).map(|(_, span)| *span);
        let item = self.program.find_value(self.file, &name.text).map(ValueItem::span);
        if let Some(first) = local.or(member).or(item) {
            self.diagnostics.push(
                Diagnostic::error(codes::SHADOWING, name.span, format!("`{}` hides another name", name.text))
                    .at("bound here")
                    .label(first, "already means this")
                    .help("give it another name"),
            );
        }
        self.locals.push((&name.text, name.span));
    }

    pub(super) fn callee(&mut self, function: &'a ast::Word) {
        let word = function.text.as_str();
        if self.program.find_value(self.file, word).is_some() || BUILTIN_FUNCTIONS.contains(&word) {
            return;
        }
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_NAME, function.span, format!("there is no function `{word}`"))
                .at("not declared");
        let scope = &self.program.files[self.file];
        let own = self.program.modules[scope.module]
            .values
            .iter()
            .filter(|(_, item)| matches!(item, ValueItem::Function(..)));
        let names =
            BUILTIN_FUNCTIONS.iter().copied().chain(own.map(|(name, _)| *name)).chain(scope.imports.keys().copied());
        if self.library_function(word) {
            diagnostic =
                diagnostic.help(format!("the library has it: `use std {{ {word} }}`")).import(function.span, word);
        } else if let Some(close) = suggest::closest(word, names) {
            diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(function.span, close);
        }
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn library_function(&self, word: &str) -> bool {
        let library = self.program.modules.last();
        library.is_some_and(|module| matches!(module.values.get(word), Some(ValueItem::Function(..))))
    }

    pub(super) fn name(&mut self, name: &'a str, span: Span) {
        if self.locals.iter().any(|(local, _)| *local == name) || EVERYWHERE.contains(&name) {
            return;
        }
        if let Some(kind) = self.kind {
            if IN_KINDS.contains(&name) || self.program.kinds[kind.0].members.contains_key(name) {
                return;
            }
        } else if name == "self" && self.in_instance {
            return;
        }
        if self.program.find_value(self.file, name).is_some()
            || self.program.find_type(self.file, name).is_some()
            || self.added_by_an_environment(name)
        {
            return;
        }
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_NAME, span, format!("there is no `{name}`")).at("not declared");
        let scope = &self.program.files[self.file];
        let module = &self.program.modules[scope.module];
        let members = self.kind.map(|kind| self.program.kinds[kind.0].members.keys().copied()).into_iter().flatten();
        let names = self
            .locals
            .iter()
            .map(|(local, _)| *local)
            .chain(members)
            .chain(scope.imports.keys().copied())
            .chain(module.values.keys().copied())
            .chain(EVERYWHERE);
        if self.library_function(name) {
            diagnostic = diagnostic.help(format!("the library has it: `use std {{ {name} }}`")).import(span, name);
        } else if self.own.is_some_and(|kind| self.program.kinds[kind.0].members.contains_key(name)) {
            diagnostic = diagnostic
                .help(format!("a component's own parameters are read as `self.{name}`"))
                .fix(span, format!("self.{name}"));
        } else if let Some(close) = suggest::closest(name, names) {
            diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(span, close);
        }
        self.diagnostics.push(diagnostic);
    }

    /// Instances that only an environment declares can be named by its other patches.
    pub(super) fn added_by_an_environment(&self, name: &str) -> bool {
        let items = self.program.files.iter().filter(|file| file.module == 0).flat_map(|file| &file.tree.items);
        let environments = items.filter_map(|item| match &item.kind {
            ItemKind::Environment(environment) => Some(environment),
            _ => None,
        });
        let mut entries = environments.flat_map(|environment| &environment.body.entries);
        entries.any(|entry| matches!(&entry.kind, EntryKind::Instance(instance) if static_name(instance) == Some(name)))
    }

    pub(super) fn unused(&mut self, module: usize) {
        for file in self.program.files.iter().filter(|file| file.module == module) {
            for (name, imported) in &file.imports {
                if !imported.used.get() {
                    self.diagnostics.push(
                        Diagnostic::warning(
                            codes::UNUSED,
                            imported.span,
                            format!("`{name}` is imported and never used"),
                        )
                        .at("unused")
                        .help("remove it"),
                    );
                }
            }
        }
        // Other modules declare lets for whoever uses them; only the main one has no users.
        let lets = self.program.modules[module].values.iter().filter(|_| module == 0);
        for (name, item) in lets {
            if let ValueItem::Let(_, item, used) = item
                && !used.get()
            {
                self.diagnostics.push(
                    Diagnostic::warning(codes::UNUSED, item.name.span, format!("`{name}` is never used"))
                        .at("unused")
                        .help("remove it"),
                );
            }
        }
    }
}
