//! vaubanc, a compiler for platforms. See `docs/ARCHITECTURE.md`.

pub mod analysis;
pub mod diag;
pub mod data;
pub mod eval;
pub mod graph;
pub mod objects;
pub mod render;
pub mod resolve;
pub mod source;
pub mod stdlib;
pub mod syntax;
pub mod types;
pub mod world;
