//! Imports: what each file takes from other modules, and under which name.

use std::cell::Cell;

use super::program::{Imported, Program, ValueItem, duplicate};
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::source::Span;
use crate::syntax::ast::{self, ItemKind};

impl<'a> Program<'a> {
    pub(super) fn bind_imports(&mut self, diagnostics: &mut Diagnostics) {
        for file in 0..self.files.len() {
            let tree = self.files[file].tree;
            let uses = tree.items.iter().filter_map(|item| match &item.kind {
                ItemKind::Use(used) => Some(used),
                _ => None,
            });
            for used in uses {
                self.bind_use(file, used, diagnostics);
            }
        }
    }

    pub(super) fn bind_use(&mut self, file: usize, used: &'a ast::UseItem, diagnostics: &mut Diagnostics) {
        let own = self.files[file].module;
        let path = if used.is_path {
            super::load::join(self.modules[own].path, &used.module.text)
        } else {
            used.module.text.clone()
        };
        let found = self.modules.iter().position(|module| module.path == path && (module.is_library != used.is_path));
        let Some(module) = found else {
            if !used.is_path {
                diagnostics.push(
                    Diagnostic::error(codes::MISSING_MODULE, used.module.span, format!("there is no library `{path}`"))
                        .help("the library is `std`; a directory is written in quotes, as in `use \"../common\" { naming }`"),
                );
            }
            return;
        };
        for import in &used.imports {
            let name = import.name.text.as_str();
            let known = self.modules[module].types.contains_key(name)
                || self.modules[module].values.get(name).is_some_and(|item| !matches!(item, ValueItem::Instance(_)));
            if !known {
                diagnostics.push(self.unknown_import(module, &path, &import.name));
                continue;
            }
            let local = import.alias.as_ref().unwrap_or(&import.name);
            if let Some(first) = self.files[file].imports.get(local.text.as_str()) {
                diagnostics.push(duplicate(&local.text, first.span, local.span));
                continue;
            }
            if let Some(first) = self.hidden_by(own, &local.text, module, name) {
                diagnostics.push(
                    Diagnostic::error(codes::SHADOWING, local.span, format!("`{}` hides another name", local.text))
                        .at("imported here")
                        .label(first, "already means this")
                        .help(format!("give it another name: `{name} as …`")),
                );
                continue;
            }
            let imported = Imported { module, name, span: local.span, used: Cell::new(false) };
            self.files[file].imports.insert(&local.text, imported);
        }
    }

    /// The declaration of a module that an import under this name would hide. Values and types have names of their own.
    pub(super) fn hidden_by(&self, own: usize, local: &str, module: usize, name: &str) -> Option<Span> {
        let (here, there) = (&self.modules[own], &self.modules[module]);
        let value = here.values.get(local).filter(|_| there.values.contains_key(name)).map(ValueItem::span);
        value.or_else(|| {
            here.types.get(local).filter(|_| there.types.contains_key(name)).map(|item| self.type_span(*item))
        })
    }

    pub(super) fn unknown_import(&self, module: usize, path: &str, name: &ast::Word) -> Diagnostic {
        let scope = &self.modules[module];
        let word = &name.text;
        let message = format!("`{path}` declares no `{word}`");
        let diagnostic = Diagnostic::error(codes::UNKNOWN_IMPORT, name.span, message).at("not declared there");
        if let Some(ValueItem::Instance(_)) = scope.values.get(word.as_str()) {
            return diagnostic.help("instances belong to their module; take kinds, types, functions and lets from it");
        }
        let names = scope.types.keys().chain(scope.values.keys()).copied();
        match suggest::closest(word, names) {
            Some(close) => diagnostic.help(format!("did you mean `{close}`?")).fix(name.span, close),
            None => diagnostic,
        }
    }
}
