//! The index of everything that is declared.

use std::cell::Cell;

use indexmap::IndexMap;

use super::{Loaded, Located, flatten};
use crate::diag::{Diagnostic, Diagnostics, codes};
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

    pub(super) fn type_span(&self, item: TypeItem<'a>) -> Span {
        match item {
            TypeItem::Kind(id) => self.kinds[id.0].item.name.span,
            TypeItem::Alias(_, alias) => alias.name.span,
        }
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

    /// The hardware that `system … on` of the main module names.
    #[must_use]
    pub fn system_hardware(&self) -> Option<&'a ast::Word> {
        let mut items = self.files.iter().filter(|file| file.module == 0).flat_map(|file| &file.tree.items);
        items.find_map(|item| match &item.kind {
            ast::ItemKind::Instance(instance) if instance.class == ast::InstanceClass::System => instance.on.as_ref(),
            _ => None,
        })
    }

    /// Whether a kind is another one or refines it.
    #[must_use]
    pub fn is_a(&self, kind: KindId, ancestor: KindId) -> bool {
        self.kinds[kind.0].chain.contains(&ancestor)
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

pub(super) fn duplicate(name: &str, first: Span, second: Span) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_NAME, second, format!("`{name}` is declared twice"))
        .at("declared again")
        .label(first, "first declared here")
}
