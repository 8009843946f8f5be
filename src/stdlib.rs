//! The library, embedded: what Kubernetes objects look like is written there, in the language itself.

/// Name and text of every file of `stdlib/`, sorted by name. `build.rs` lists them.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/stdlib.rs"));
