//! Types, units and the forms of texts. Everything here is exact: rational numbers, never floats.

pub mod form;
pub mod number;
pub mod ty;
pub mod unit;

pub use form::Form;
pub use number::Rational;
pub use ty::{Field, KindId, RecordType, Type};
pub use unit::{Amount, Unit};
