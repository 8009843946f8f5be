//! Expressions and types.

use super::{Body, Parameter, Word};
use crate::source::Span;

/// An expression with its place.
#[derive(Debug, Clone)]
pub struct Expression {
    pub span: Span,
    pub kind: ExpressionKind,
}

/// The forms of an expression.
#[derive(Debug, Clone)]
pub enum ExpressionKind {
    /// `true`, `none`, `8`, `500Gi`, `€850/month`, `2026-12-31`.
    Literal(Literal),
    /// `"api.${domain}"`: texts and expressions in turn. A plain string has at most one part.
    String(Vec<StringPart>),
    /// A name.
    Name(String),
    /// `{ a = 1 }`.
    Record(Body),
    /// `[a, b]`.
    List(Vec<ListElement>),
    /// `[e for x in xs if c]`, `[e for k, v in r]`.
    Comprehension {
        element: Box<Expression>,
        names: Vec<Word>,
        iterable: Box<Expression>,
        condition: Option<Box<Expression>>,
    },
    /// `a.b`, and `a?.b`, which is `none` when `a` is.
    Field { base: Box<Expression>, name: Word, optional: bool },
    /// `f(x, y = 1)`.
    Call { function: Word, arguments: Vec<Argument> },
    /// `-a`, `not a`.
    Unary { operator: UnaryOperator, operand: Box<Expression> },
    /// `a + b`.
    Binary { operator: BinaryOperator, left: Box<Expression>, right: Box<Expression> },
    /// `2..4`; `500m..` has no upper end.
    Range { low: Box<Expression>, high: Option<Box<Expression>> },
    /// `a with { b = 1 }`.
    With { base: Box<Expression>, patch: Body },
    /// `c is loki`: a kind or a type.
    Is { operand: Box<Expression>, ty: TypeExpression },
    /// `if c then a else b`.
    If { condition: Box<Expression>, then: Box<Expression>, otherwise: Box<Expression> },
    /// `match x { "a" => 1, _ => 2 }`.
    Match { subject: Box<Expression>, arms: Vec<MatchArm> },
}

/// A literal that is not a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    None,
    Bool(bool),
    Number(NumberLiteral),
    /// `2026-12-31`, as written.
    Date(String),
}

/// `[currency] digits [suffix] [/ per]`. Which suffixes exist is not the grammar's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberLiteral {
    /// `€` or `$` before the digits, or `EUR`, `USD` behind them.
    pub currency: Option<String>,
    /// As written: digits with at most one point, underscores removed.
    pub digits: String,
    /// The letters or `%` directly behind the digits.
    pub suffix: Option<Word>,
    /// The word behind `/`, as in `1000/min`.
    pub per: Option<Word>,
}

/// A piece of a string.
#[derive(Debug, Clone)]
pub enum StringPart {
    /// With escapes resolved and indentation stripped.
    Text(String),
    /// `${…}`.
    Expression(Expression),
}

/// An element of a list: an expression, or one that a condition may leave out by being `none`.
pub type ListElement = Expression;

/// An argument of a call.
#[derive(Debug, Clone)]
pub struct Argument {
    /// `y = 1`.
    pub name: Option<Word>,
    pub value: Expression,
}

/// One arm of a `match`.
#[derive(Debug, Clone)]
pub struct MatchArm {
    /// None: `_`. Several alternatives are separated by `|`.
    pub patterns: Option<Vec<Expression>>,
    pub value: Expression,
}

/// The operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOperator {
    Negate,
    Not,
}

/// The operators with two operands, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `1 of replicas`: what a group serves with.
    Of,
    /// `a ?? b`.
    Coalesce,
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// `x in xs`.
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// A type with its place.
#[derive(Debug, Clone)]
pub struct TypeExpression {
    pub span: Span,
    pub kind: TypeKind,
}

/// The forms of a type.
#[derive(Debug, Clone)]
pub enum TypeKind {
    /// `Cpu`, `List<String>`, `postgres`, `Probe`.
    Named { name: String, arguments: Vec<TypeExpression> },
    /// `T?`.
    Optional(Box<TypeExpression>),
    /// `"full" | "archive"`.
    Choice(Vec<Word>),
    /// `{ path : String?, delay : Duration = 0s }`.
    Record(Vec<Parameter>),
}
