//! The index of everything that is declared.

use std::cell::Cell;

use indexmap::IndexMap;

use super::{Loaded, Located, flatten};
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::source::Span;
use crate::syntax::ast::{self, EntryKind, ItemKind};
use crate::types::{KindId, Type};

/// All modules, indexed. Lives as long as the trees that it points into.
#[derive(Debug)]
pub struct Program<'a> {
    pub modules: Vec<ModuleScope<'a>>,
    /// All files of all modules; scopes name them by index.
    pub files: Vec<FileScope<'a>>,
    pub kinds: Vec<KindInfo<'a>>,
    pub apis: Vec<ApiItem<'a>>,
}

/// The names of one directory.
#[derive(Debug)]
pub struct ModuleScope<'a> {
    pub path: &'a str,
    pub is_library: bool,
    pub values: IndexMap<&'a str, ValueItem<'a>>,
    pub types: IndexMap<&'a str, TypeItem<'a>>,
}

/// The names of one file.
#[derive(Debug)]
pub struct FileScope<'a> {
    pub module: usize,
    pub tree: &'a ast::File,
    pub imports: IndexMap<&'a str, Imported<'a>>,
}

/// A name that a file takes from elsewhere.
#[derive(Debug)]
pub struct Imported<'a> {
    pub module: usize,
    /// The name there.
    pub name: &'a str,
    pub span: Span,
    /// Whether anything in the file reads it.
    pub used: Cell<bool>,
}

/// What a value name stands for.
#[derive(Debug)]
pub enum ValueItem<'a> {
    Input(usize, &'a ast::Input),
    Let(usize, &'a ast::LetItem, Cell<bool>),
    Function(usize, &'a ast::Function),
    /// A thing that exists; its state belongs to the evaluator.
    Instance(&'a ast::Instance),
}

/// What a type name stands for.
#[derive(Debug, Clone, Copy)]
pub enum TypeItem<'a> {
    Kind(KindId),
    Alias(usize, &'a ast::TypeItem),
}

/// A declared API.
#[derive(Debug)]
pub struct ApiItem<'a> {
    pub file: usize,
    pub item: &'a ast::Api,
}

/// A kind with all that it inherits.
#[derive(Debug)]
pub struct KindInfo<'a> {
    pub item: &'a ast::Kind,
    pub docs: Option<&'a str>,
    pub file: usize,
    /// From the most general to itself.
    pub chain: Vec<KindId>,
    /// Parameters, lets and outputs of the whole chain.
    pub members: IndexMap<&'a str, Member<'a>>,
    /// Its own entries.
    pub located: Vec<Located<'a>>,
}

/// A name that the bodies of a kind see.
#[derive(Debug, Clone)]
pub enum Member<'a> {
    Parameter { kind: KindId, declaration: &'a ast::Parameter, ty: Type<'a> },
    Let { kind: KindId, item: &'a ast::LetItem },
    Output { kind: KindId, entry: &'a ast::OutputEntry, ty: Type<'a> },
}

impl<'a> Program<'a> {
    /// Indexes what was loaded and reports names that are declared twice, imports that lead nowhere and kinds that
    /// refine each other in a circle.
    pub fn index(loaded: &'a Loaded) -> (Self, Diagnostics) {
        let mut program = Self { modules: Vec::new(), files: Vec::new(), kinds: Vec::new(), apis: Vec::new() };
        let mut diagnostics = Diagnostics::default();
        for (index, module) in loaded.modules.iter().enumerate() {
            let scope = ModuleScope {
                path: &module.path,
                is_library: module.is_library,
                values: IndexMap::new(),
                types: IndexMap::new(),
            };
            program.modules.push(scope);
            for tree in module.files.iter() {
                let file = program.files.len();
                program.files.push(FileScope { module: index, tree, imports: IndexMap::new() });
                for item in &tree.items {
                    program.declare(index, file, item, &mut diagnostics);
                }
            }
        }
        program.bind_imports(&mut diagnostics);
        program.link_kinds(&mut diagnostics);
        program.resolve_member_types(&mut diagnostics);
        (program, diagnostics)
    }

    fn declare(&mut self, module: usize, file: usize, item: &'a ast::Item, diagnostics: &mut Diagnostics) {
        match &item.kind {
            ItemKind::Input(input) => {
                self.declare_value(module, &input.name, ValueItem::Input(file, input), diagnostics);
            }
            ItemKind::Let(value) => {
                self.declare_value(module, &value.name, ValueItem::Let(file, value, Cell::new(false)), diagnostics);
            }
            ItemKind::Function(function) => {
                self.declare_value(module, &function.name, ValueItem::Function(file, function), diagnostics);
            }
            ItemKind::Type(alias) => self.declare_type(module, &alias.name, TypeItem::Alias(file, alias), diagnostics),
            ItemKind::Kind(kind) => {
                let id = KindId(self.kinds.len());
                let docs = item.docs.as_deref();
                let located = flatten(&kind.body);
                self.kinds.push(KindInfo {
                    item: kind,
                    docs,
                    file,
                    chain: Vec::new(),
                    members: IndexMap::new(),
                    located,
                });
                self.declare_type(module, &kind.name, TypeItem::Kind(id), diagnostics);
            }
            ItemKind::Api(api) => self.apis.push(ApiItem { file, item: api }),
            ItemKind::Instance(instance) => self.declare_instance(module, instance, diagnostics),
            ItemKind::For(each) => self.declare_nested(module, &each.body, diagnostics),
            ItemKind::If(branch) => {
                self.declare_nested(module, &branch.then, diagnostics);
                if let Some(otherwise) = &branch.otherwise {
                    self.declare_nested(module, otherwise, diagnostics);
                }
            }
            ItemKind::Use(_)
            | ItemKind::Environment(_)
            | ItemKind::Policy(_)
            | ItemKind::Budget(_)
            | ItemKind::Accept(_)
            | ItemKind::Test(_) => {}
        }
    }

    /// Instances under a top-level `for` or `if` can be named when their names are plain.
    fn declare_nested(&mut self, module: usize, body: &'a ast::Body, diagnostics: &mut Diagnostics) {
        for located in flatten(body) {
            if let EntryKind::Instance(instance) = &located.entry.kind {
                let alternatives = located.guards.iter().any(|guard| matches!(guard, super::Guard::If(..)));
                let known = static_name(instance).is_some_and(|name| self.modules[module].values.contains_key(name));
                // The two branches of an `if` may declare the same name, since only one of them exists.
                if !(alternatives && known) {
                    self.declare_instance(module, instance, diagnostics);
                }
            }
        }
    }

    fn declare_instance(&mut self, module: usize, instance: &'a ast::Instance, diagnostics: &mut Diagnostics) {
        // Entry points are named by their host and not referred to.
        if instance.class == ast::InstanceClass::Expose {
            return;
        }
        if let Some(name) = static_name(instance) {
            let span = instance.name.span;
            self.insert_value(module, name, span, ValueItem::Instance(instance), diagnostics);
        }
    }

    fn declare_value(
        &mut self,
        module: usize,
        name: &'a ast::Word,
        item: ValueItem<'a>,
        diagnostics: &mut Diagnostics,
    ) {
        self.insert_value(module, &name.text, name.span, item, diagnostics);
    }

    fn insert_value(
        &mut self,
        module: usize,
        name: &'a str,
        span: Span,
        item: ValueItem<'a>,
        diagnostics: &mut Diagnostics,
    ) {
        match self.modules[module].values.get(name) {
            Some(first) => diagnostics.push(duplicate(name, first.span(), span)),
            None => {
                self.modules[module].values.insert(name, item);
            }
        }
    }

    fn declare_type(&mut self, module: usize, name: &'a ast::Word, item: TypeItem<'a>, diagnostics: &mut Diagnostics) {
        let first = self.modules[module].types.get(name.text.as_str()).copied();
        match first {
            Some(first) => diagnostics.push(duplicate(&name.text, self.type_span(first), name.span)),
            None => {
                self.modules[module].types.insert(&name.text, item);
            }
        }
    }

    fn type_span(&self, item: TypeItem<'a>) -> Span {
        match item {
            TypeItem::Kind(id) => self.kinds[id.0].item.name.span,
            TypeItem::Alias(_, alias) => alias.name.span,
        }
    }

    fn bind_imports(&mut self, diagnostics: &mut Diagnostics) {
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

    fn bind_use(&mut self, file: usize, used: &'a ast::UseItem, diagnostics: &mut Diagnostics) {
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
    fn hidden_by(&self, own: usize, local: &str, module: usize, name: &str) -> Option<Span> {
        let (here, there) = (&self.modules[own], &self.modules[module]);
        let value = here.values.get(local).filter(|_| there.values.contains_key(name)).map(ValueItem::span);
        value.or_else(|| {
            here.types.get(local).filter(|_| there.types.contains_key(name)).map(|item| self.type_span(*item))
        })
    }

    fn unknown_import(&self, module: usize, path: &str, name: &ast::Word) -> Diagnostic {
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

    fn link_kinds(&mut self, diagnostics: &mut Diagnostics) {
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

    fn resolve_member_types(&mut self, diagnostics: &mut Diagnostics) {
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

    fn own_members(&self, kind: KindId, diagnostics: &mut Diagnostics) -> Vec<(&'a str, Span, Member<'a>)> {
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

    /// What a type name means in a file.
    #[must_use]
    pub fn find_type(&self, file: usize, name: &str) -> Option<TypeItem<'a>> {
        let scope = &self.files[file];
        if let Some(imported) = scope.imports.get(name)
            && let Some(item) = self.modules[imported.module].types.get(imported.name)
        {
            imported.used.set(true);
            return Some(*item);
        }
        self.modules[scope.module].types.get(name).copied()
    }

    /// What a value name means in a file.
    #[must_use]
    pub fn find_value(&self, file: usize, name: &str) -> Option<&ValueItem<'a>> {
        let scope = &self.files[file];
        let imported = scope.imports.get(name).and_then(|imported| {
            let item = self.modules[imported.module].values.get(imported.name)?;
            imported.used.set(true);
            Some(item)
        });
        let item = imported.or_else(|| self.modules[scope.module].values.get(name))?;
        if let ValueItem::Let(_, _, used) = item {
            used.set(true);
        }
        Some(item)
    }

    /// The library's kind of a name: what `namespace x {}` is an instance of.
    #[must_use]
    pub fn library_kind(&self, name: &str) -> Option<KindId> {
        match self.modules.last()?.types.get(name)? {
            TypeItem::Kind(id) => Some(*id),
            TypeItem::Alias(..) => None,
        }
    }

    /// Whether a kind is another one or refines it.
    #[must_use]
    pub fn is_a(&self, kind: KindId, ancestor: KindId) -> bool {
        self.kinds[kind.0].chain.contains(&ancestor)
    }

    /// The error for a kind that is not declared, with the import that would help where the library has it.
    #[must_use]
    pub fn unknown_kind(&self, file: usize, name: &ast::Word) -> Diagnostic {
        let word = &name.text;
        let diagnostic =
            Diagnostic::error(codes::UNKNOWN_KIND, name.span, format!("there is no kind `{word}`")).at("not declared");
        if self.library_kind(word).is_some() {
            return diagnostic.help(format!("the library has it: `use std {{ {word} }}`"));
        }
        let scope = &self.files[file];
        let library = self.modules.last().map(|module| module.types.keys().copied()).into_iter().flatten();
        let names =
            scope.imports.keys().copied().chain(self.modules[scope.module].types.keys().copied()).chain(library);
        match suggest::closest(word, names) {
            Some(close) => diagnostic.help(format!("did you mean `{close}`?")).fix(name.span, close),
            None => diagnostic,
        }
    }
}

impl Member<'_> {
    /// Where the name is declared.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Parameter { declaration, .. } => declaration.name.span,
            Self::Let { item, .. } => item.name.span,
            Self::Output { entry, .. } => entry.name.span,
        }
    }
}

impl ValueItem<'_> {
    /// Where the name is declared.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Input(_, item) => item.name.span,
            Self::Let(_, item, _) => item.name.span,
            Self::Function(_, item) => item.name.span,
            Self::Instance(instance) => instance.name.span,
        }
    }
}

/// The name of an instance where it needs no evaluation.
#[must_use]
pub(crate) fn static_name(instance: &ast::Instance) -> Option<&str> {
    match &instance.name.kind {
        ast::ExpressionKind::Name(name) => Some(name),
        ast::ExpressionKind::String(parts) => match parts.as_slice() {
            [ast::StringPart::Text(text)] => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn duplicate(name: &str, first: Span, second: Span) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_NAME, second, format!("`{name}` is declared twice"))
        .at("declared again")
        .label(first, "first declared here")
}
