//! vaubanc, a compiler for platforms: *if it compiles, it fits, and you know what breaks it.*
//!
//! # Pipeline
//!
//! ```text
//! text ── syntax ──▶ ast::File ── resolve ──▶ Program ── eval ──▶ Model ── objects ──▶ [Object] ── fit, analysis ──▶ View
//!                                                          └────── graph ──────┘                   └── render ──▶ FileSet
//! ```
//!
//! [`compile()`] runs all of it and touches nothing but the [`world::World`] that it is given: no file system, no
//! clock, no printing. `cli` is the only layer that does. `docs/ARCHITECTURE.md` says where to add what.
//!
//! # As a library
//!
//! ```
//! use vaubanc::{Options, compile, render::render, world::MemoryWorld};
//!
//! let world = MemoryWorld::new().with(
//!     "hello.vauban",
//!     "use std { web }
//!      hardware laptop { node box { cpu = 4, memory = 8GB } }
//!      system hello on laptop {}
//!      namespace demo {}
//!      component site : web {
//!        namespace = demo, image = \"nginx:1.27.3\", port = 8080
//!        replicas = 2, cpu = 50m..200m, memory = 64Mi..128Mi
//!      }",
//! );
//! let compilation = compile(&world, &Options::default());
//! assert!(!compilation.diagnostics.has_errors());
//! let (files, _) = render(&compilation);
//! assert!(files.iter().any(|(_, text)| text.contains("kind: Deployment")));
//! ```

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

pub mod fit;

pub mod analysis;

mod compile;

pub mod query;

pub mod render;

mod manifests;

pub mod verify;

pub mod cli;

pub use compile::{Accepted, Compilation, Options, Outcome, Patch, TestRun, View, compile, hardware, run_tests};
