//! vaubanc, a compiler for platforms. See `docs/ARCHITECTURE.md`.

pub mod diag;
pub mod eval;
pub mod objects;
pub mod render;
pub mod source;
pub mod syntax;
pub mod types;
