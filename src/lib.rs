//! vaubanc, a compiler for platforms. See `docs/ARCHITECTURE.md`.

pub mod analysis;
pub mod cli;
pub mod diag;
pub mod data;
pub mod eval;
pub mod objects;
pub mod render;
mod shim;
pub mod resolve;
pub mod source;
pub mod stdlib;
pub mod syntax;
pub mod types;
pub mod world;

pub use shim::{Accepted, Analysis, Compilation, Options, View, compile};
