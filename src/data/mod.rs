//! YAML's data model with places, and the only writer and reader of YAML.
//!
//! It stands low in the pipeline because the language itself writes configuration files with it (`yaml(…)`).

pub mod json;
mod node;
pub mod yaml;

pub use node::{Node, NodeValue};
