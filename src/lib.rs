//! vaubanc, a compiler for platforms. See `docs/ARCHITECTURE.md`.

pub mod analysis;
pub mod diag;
pub mod eval;
pub mod objects;
pub mod source;
pub mod syntax;
