//! The one body: what may stand between braces.

use super::{Expression, Function, Instance, LetItem, StringPart, TypeExpression};
use crate::source::Span;

/// A name or a literal string with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub span: Span,
}

/// One step of the path of an attribute.
#[derive(Debug, Clone)]
pub struct Key {
    pub span: Span,
    pub kind: KeyKind,
}

/// A bare name, or a string that may hold any character and interpolate: `"${prefix}/name" = 1`.
#[derive(Debug, Clone)]
pub enum KeyKind {
    Name(String),
    String(Vec<StringPart>),
}

/// `{ … }`.
#[derive(Debug, Clone)]
pub struct Body {
    /// With the braces.
    pub span: Span,
    pub entries: Vec<Entry>,
}

/// One line of a body.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The `///` lines above or behind it.
    pub docs: Option<String>,
    pub span: Span,
    pub kind: EntryKind,
}

/// What a line of a body can be. Which of them mean something where is decided by the evaluator, not by the grammar.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "the largest forms are the frequent ones, and files are small")]
pub enum EntryKind {
    /// `a.b = 1`, `a b = 1`, `a b { … }`, `a.b { … }`: all the same thing, a value at a path.
    Attribute(Attribute),
    /// `storage : Bytes = 1Gi where it > 0 "must be positive"`.
    Parameter(Parameter),
    /// `let half = memory / 2`.
    Let(LetItem),
    /// `fn` inside a kind.
    Function(Function),
    /// `output url via pooled : Secret = "…"`.
    Output(OutputEntry),
    /// `emit`, `footprint`, `refine`, and `without "v1" Service headless`.
    Emit(EmitStatement),
    /// `without search`: in an environment, takes a component away.
    Without(Word),
    /// `needs`, `wants`, `reaches`.
    Edge(EdgeStatement),
    /// `require storage >= 1Gi else "too small"`.
    Require(RequireStatement),
    /// `accept …` inside a component, where the subject is implied.
    Accept(AcceptStatement),
    /// `component x : web { … }`, or the re-opening `component api { … }`, in an environment or a `given`.
    Instance(Instance),
    /// `for k, v in xs where v > 1 { … }`.
    For(ForEntry),
    /// `if c { … } else { … }`.
    If(IfEntry),
    /// `expect …` in a test.
    Expect(Expectation),
    /// `given { … }` in a test.
    Given(Given),
}

/// A value at a path.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// `also replicas = 3..10`: the same fact stated a second time, compared and not used.
    pub also: bool,
    /// At least one key.
    pub path: Vec<Key>,
    /// A `{ … }` block is a [`Record`](super::ExpressionKind::Record).
    pub value: Expression,
    /// `@ "§2.3.1"`.
    pub origin: Option<Word>,
}

/// A typed field of a kind, a record type, a function or an API.
#[derive(Debug, Clone)]
pub struct Parameter {
    pub docs: Option<String>,
    pub name: Word,
    /// Functions may leave it out.
    pub ty: Option<TypeExpression>,
    pub default: Option<Expression>,
    /// `where it >= 1`.
    pub constraint: Option<Expression>,
    /// The words of a broken constraint.
    pub message: Option<Expression>,
}

/// `output url via pooled : Secret = "…"`.
#[derive(Debug, Clone)]
pub struct OutputEntry {
    pub name: Word,
    /// The listener that a reader of it talks to.
    pub via: Option<Word>,
    pub ty: Option<TypeExpression>,
    pub value: Expression,
}

/// Which of the four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EmitVerb {
    Emit,
    Footprint,
    Refine,
    Without,
}

/// `emit "v1" Service headless { … }`.
#[derive(Debug, Clone)]
pub struct EmitStatement {
    pub verb: EmitVerb,
    /// `apps/v1`.
    pub version: Word,
    /// `Deployment`.
    pub kind: Word,
    /// Tells several emissions of the same kind apart.
    pub label: Option<Word>,
    /// None only for `without`.
    pub body: Option<Body>,
}

/// How hard an edge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// A flow without a dependency.
    Reaches,
    /// Degraded without it.
    Wants,
    /// Down without it.
    Needs,
}

/// `needs db, cache { timeout = 2s }`, `needs 1 of [a, b]`.
#[derive(Debug, Clone)]
pub struct EdgeStatement {
    pub strength: Strength,
    /// The `2` of `needs 2 of [a, b, c]`.
    pub quorum: Option<Expression>,
    /// One expression for each comma; with a quorum, the list.
    pub targets: Vec<Expression>,
    /// `{ port, protocol, encryption, mode, timeout, retries, rate, data }`.
    pub attributes: Option<Body>,
}

/// `require CONDITION else "…"`.
#[derive(Debug, Clone)]
pub struct RequireStatement {
    pub condition: Expression,
    pub otherwise: Option<Expression>,
}

/// `accept NAME [of SUBJECT] [in ENVIRONMENT] "reason" [until DATE]`.
#[derive(Debug, Clone)]
pub struct AcceptStatement {
    pub span: Span,
    /// The finding's name, such as `spof`.
    pub finding: Word,
    /// Dotted words; implied inside a component.
    pub subject: Option<Word>,
    pub environment: Option<Word>,
    pub reason: Expression,
    /// `2026-12-31`.
    pub until: Option<Word>,
}

/// `for name in list where condition { … }`.
#[derive(Debug, Clone)]
pub struct ForEntry {
    /// One name for lists; two for records (key, value).
    pub names: Vec<Word>,
    pub iterable: Expression,
    pub condition: Option<Expression>,
    pub body: Body,
}

/// `if condition { … } else { … }`; `else if` nests.
#[derive(Debug, Clone)]
pub struct IfEntry {
    pub condition: Expression,
    pub then: Body,
    pub otherwise: Option<Body>,
}

/// `expect fits`, `expect spofs == [x]`, `expect finding overfull of host`.
#[derive(Debug, Clone)]
pub enum Expectation {
    /// Any expression over the evaluated system.
    Holds(Expression),
    /// `expect finding NAME [of SUBJECT]`.
    Finding { name: Word, subject: Option<Word> },
}

/// `given { … }`: a patch for one test.
#[derive(Debug, Clone)]
pub struct Given {
    pub body: Body,
}
