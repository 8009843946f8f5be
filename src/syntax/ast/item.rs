//! What stands at the top level of a file.

use super::{AcceptStatement, Body, Expression, ForEntry, IfEntry, Parameter, TypeExpression, Word};
use crate::source::{SourceId, Span};

/// One parsed file. Broken items and entries are absent; each left a diagnostic, and its place.
#[derive(Debug, Clone)]
pub struct File {
    /// The text that it was parsed from.
    pub source: SourceId,
    /// The items in the order of the text.
    pub items: Vec<Item>,
    /// The texts that could not be read: whatever they declare is missing.
    pub broken: Vec<Span>,
}

impl File {
    /// A file of which nothing has been read.
    #[must_use]
    pub fn empty(source: SourceId) -> Self {
        Self { source, items: Vec::new(), broken: Vec::new() }
    }

    /// Whether something in a text of this file could not be read.
    #[must_use]
    pub fn is_broken_in(&self, span: Span) -> bool {
        self.broken.iter().any(|broken| span.holds(*broken))
    }
}

/// An item with its documentation.
#[derive(Debug, Clone)]
pub struct Item {
    /// The `///` lines above it, joined by newlines, without the slashes.
    pub docs: Option<String>,
    /// From its first word to its last.
    pub span: Span,
    /// Which item.
    pub kind: ItemKind,
}

/// The items of the language.
#[derive(Debug, Clone)]
pub enum ItemKind {
    /// `use std { web, postgres as pg }` or `use "../common" { naming }`.
    Use(UseItem),
    /// `input release : String = "dev"`.
    Input(Input),
    /// `let domain : Host = "vauban.localhost"`.
    Let(LetItem),
    /// `fn labels(name : String) = { … }`.
    Function(Function),
    /// `type Probe = { path : String?, delay : Duration = 0s }`.
    Type(TypeItem),
    /// `api "acid.zalan.do/v1" postgresql { … }`.
    Api(Api),
    /// `kind postgres : workload { … }`.
    Kind(Kind),
    /// `component api : web { … }` and the other things that exist.
    Instance(Instance),
    /// `environment production on datacenter { … }`.
    Environment(Environment),
    /// `policy gdpr "…" { … }`.
    Policy(Policy),
    /// `budget nvme-plan of datacenter.host.nvme { … }`: an instance with a subject.
    Budget(Box<Budget>),
    /// `accept spof of db "…"`.
    Accept(AcceptStatement),
    /// `test "…" in production { … }`.
    Test(TestItem),
    /// `for region in regions { component … }`: sees inputs and lets only.
    For(ForEntry),
    /// `if staged { component … }`.
    If(IfEntry),
}

/// `use`.
#[derive(Debug, Clone)]
pub struct UseItem {
    /// `std`, or the path of another directory.
    pub module: Word,
    /// Whether the module was written in quotes, that is, is a directory.
    pub is_path: bool,
    /// What is taken from it.
    pub imports: Vec<Import>,
}

/// One name that `use` takes.
#[derive(Debug, Clone)]
pub struct Import {
    /// The name there.
    pub name: Word,
    /// The name here, when `as` gives another.
    pub alias: Option<Word>,
}

/// `input`.
#[derive(Debug, Clone)]
pub struct Input {
    pub name: Word,
    pub ty: Option<TypeExpression>,
    /// None: `--set` must give it.
    pub default: Option<Expression>,
}

/// `let`, at the top level or in a body.
#[derive(Debug, Clone)]
pub struct LetItem {
    pub name: Word,
    pub ty: Option<TypeExpression>,
    pub value: Expression,
}

/// `fn`.
#[derive(Debug, Clone)]
pub struct Function {
    pub name: Word,
    /// Names, types and defaults; `docs` and `constraint` are unused.
    pub parameters: Vec<Parameter>,
    pub result: Option<TypeExpression>,
    pub body: Expression,
}

/// `type`.
#[derive(Debug, Clone)]
pub struct TypeItem {
    pub name: Word,
    pub ty: TypeExpression,
}

/// `api`: an API that the cluster serves beside the built-in ones.
#[derive(Debug, Clone)]
pub struct Api {
    /// `acid.zalan.do/v1`.
    pub version: Word,
    /// `postgresql`.
    pub kind: Word,
    /// `from "crd.yaml"`.
    pub from: Option<Word>,
    /// `creates = "pods"`, `scope = "cluster"`, and the fields as typed parameters.
    pub body: Option<Body>,
}

/// `kind`.
#[derive(Debug, Clone)]
pub struct Kind {
    pub name: Word,
    /// The kind that it refines.
    pub base: Option<Word>,
    pub body: Body,
}

/// Which class of thing an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InstanceClass {
    System,
    Hardware,
    Namespace,
    Component,
    Expose,
    Application,
}

impl InstanceClass {
    /// The keyword.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Hardware => "hardware",
            Self::Namespace => "namespace",
            Self::Component => "component",
            Self::Expose => "expose",
            Self::Application => "application",
        }
    }

    /// What messages call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        if self == Self::Expose { "entry point" } else { self.word() }
    }
}

/// Something that exists: a system, hardware, a namespace, a component, an entry point, an application.
#[derive(Debug, Clone)]
pub struct Instance {
    pub class: InstanceClass,
    /// A bare name or a string; for `expose` the host. In a `for` the name may interpolate.
    pub name: Expression,
    /// `: web`. For hardware, the hardware that it starts from.
    pub kind: Option<Word>,
    /// `on datacenter`, for a system.
    pub on: Option<Word>,
    pub body: Body,
}

/// `environment`: a patch of the system.
#[derive(Debug, Clone)]
pub struct Environment {
    pub name: Word,
    /// The hardware that it runs on; the system's when absent.
    pub on: Option<Word>,
    pub body: Body,
}

/// `policy`.
#[derive(Debug, Clone)]
pub struct Policy {
    pub name: Word,
    pub description: Option<Expression>,
    pub body: Body,
}

/// `budget NAME of SUBJECT { total = …, share = … }`.
#[derive(Debug, Clone)]
pub struct Budget {
    pub name: Word,
    pub subject: Expression,
    pub body: Body,
}

/// `test "…" in production { … }`.
#[derive(Debug, Clone)]
pub struct TestItem {
    pub name: Word,
    pub environment: Option<Word>,
    pub body: Body,
}
