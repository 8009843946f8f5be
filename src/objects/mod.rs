//! What is emitted.

mod node;
mod object;

pub use node::{Node, NodeValue};
pub use object::{Object, ObjectKey};
