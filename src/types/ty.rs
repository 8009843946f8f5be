//! Types after resolution.

use std::rc::Rc;

use super::{Form, Unit};
use crate::source::Span;
use crate::syntax::ast;

/// A type. `'a` is the life of the syntax tree, which holds the defaults and constraints of record fields.
#[derive(Debug, Clone)]
pub enum Type<'a> {
    /// Anything, unchecked.
    Any,
    /// A type that could not be resolved; accepts everything quietly, because the fault has been reported.
    Unknown,
    Bool,
    /// A whole number.
    Int,
    /// Any amount of a unit; [`Unit::One`] is `Number`.
    Amount(Unit),
    /// 1 to 65535.
    Port,
    String,
    Form(Form),
    Date,
    Secret,
    Range(Rc<Type<'a>>),
    List(Rc<Type<'a>>),
    Map(Rc<Type<'a>>),
    Optional(Rc<Type<'a>>),
    Choice(&'a [ast::Word]),
    Record(Rc<RecordType<'a>>),
    /// A reference to an instance of this kind, by its index in the program.
    Instance(KindId),
}

/// A kind of [`crate::resolve::Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindId(pub usize);

/// The fields of a record type.
#[derive(Debug)]
pub struct RecordType<'a> {
    /// In the order of declaration.
    pub fields: Vec<Field<'a>>,
    /// The place of the type, for messages.
    pub span: Span,
    /// The file whose names the defaults see.
    pub file: usize,
}

/// A field of a record type.
#[derive(Debug)]
pub struct Field<'a> {
    pub declaration: &'a ast::Parameter,
    pub ty: Type<'a>,
}

impl<'a> RecordType<'a> {
    /// The field of a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field<'a>> {
        self.fields.iter().find(|field| field.declaration.name.text == name)
    }
}

impl Type<'_> {
    /// Whether a missing value is fine.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_) | Self::Any | Self::Unknown)
    }

    /// The built-in type of a name, without arguments.
    #[must_use]
    pub fn builtin(name: &str) -> Option<Self> {
        Some(match name {
            "Any" => Self::Any,
            "Bool" => Self::Bool,
            "Int" => Self::Int,
            "Number" => Self::Amount(Unit::One),
            "Cpu" => Self::Amount(Unit::Cpu),
            "Bytes" => Self::Amount(Unit::Bytes),
            "Duration" => Self::Amount(Unit::Duration),
            "Percent" => Self::Amount(Unit::Percent),
            "Rate" => Self::Amount(Unit::Rate),
            "Money" => Self::Amount(Unit::Euro),
            "Port" => Self::Port,
            "String" => Self::String,
            "Date" => Self::Date,
            "Secret" => Self::Secret,
            "Cron" => Self::Form(Form::Cron),
            "Cidr" => Self::Form(Form::Cidr),
            "Host" => Self::Form(Form::Host),
            "Url" => Self::Form(Form::Url),
            "Image" => Self::Form(Form::Image),
            _ => return None,
        })
    }
}
