//! What is emitted.

mod node;
mod object;
pub mod schema;

pub use node::{Node, NodeValue};
pub use object::{Object, ObjectKey};
