//! What is emitted: the objects, the schemas of their APIs, and the phase that runs the emissions.

mod apis;
pub mod check;
pub mod claim;
mod convert;
mod emit;
pub mod extended;
pub mod footprint;
pub mod injection;
pub mod node_labels;
mod object;
pub mod operators;
pub mod pod;
pub mod quantity;
mod runs;
pub mod scaling;
pub mod schema;
pub mod scratch;
mod secrets;
pub mod selector;
mod tolerance;
pub mod vertical;
pub mod workload;

pub use crate::data::{Node, NodeValue};
pub use apis::catalog;
pub use emit::emit;
pub use object::{Object, ObjectKey};
pub use secrets::requests;
