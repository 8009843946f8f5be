//! What the compiler has to say: one type for every message of every phase.
//!
//! Phases build a [`Diagnostic`] where they find the fault and push it to [`Diagnostics`]; nothing here prints.
//! `codes` is the only table of codes, `render` the only module that names `miette`.

pub mod codes;
mod diagnostic;
mod fix;
pub mod json;
mod list;
pub mod render;
pub mod suggest;

pub use codes::Code;
pub use diagnostic::{Diagnostic, Diagnostics, Label, Severity};
pub use fix::{Choice, Fix, Remedies};
pub use list::{few, list};
