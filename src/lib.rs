//! vaubanc, a compiler for platforms: *if it compiles, it fits, and you know what breaks it.*
//!
//! # Pipeline
//!
//! ```text
//! text ── syntax ──▶ ast::File ── resolve ──▶ Program ── eval ──▶ Model ── objects ──▶ [Object] ── analysis ──▶ Analysis
//!                                                          └────── graph ──────┘                       └── render ──▶ FileSet
//! ```
//!
//! [`compile()`] runs all of it and touches nothing but the [`world::World`] that it is given: no file system, no
//! clock, no printing. `cli` is the only layer that does. `docs/ARCHITECTURE.md` says where to add what.

pub mod source;

pub mod diag;

pub mod data;

pub mod world;

pub mod stdlib;

pub mod syntax;

pub mod types;

pub mod resolve;

pub mod eval;

pub mod objects;

pub mod graph;

pub mod analysis;

pub mod proof;

mod compile;

pub mod render;

pub mod cli;

pub use compile::{Accepted, Compilation, Options, Outcome, TestRun, View, compile, run_tests};
