//! From tree to model.

pub mod model;
