//! What is emitted.

mod object;
pub mod schema;

pub use crate::data::{Node, NodeValue};
pub use object::{Object, ObjectKey};
