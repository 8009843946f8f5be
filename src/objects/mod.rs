//! What is emitted.

pub mod claim;
mod node;
mod object;
pub mod pod;
pub mod quantity;
pub mod scaling;
pub mod selector;
pub mod workload;

pub use node::{Node, NodeValue};
pub use object::{Object, ObjectKey};
