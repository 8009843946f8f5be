//! What is emitted.

pub mod check;
mod object;
pub mod quantity;
pub mod schema;

pub use crate::data::{Node, NodeValue};
pub use object::{Object, ObjectKey};
