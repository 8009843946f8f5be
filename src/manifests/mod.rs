//! Manifests as they lie on a disk: documents of YAML, what identifies objects, quantities, what Kustomize makes of a
//! directory, and the files of a build.
//!
//! Nothing here knows what a pod or a node is, and nothing here is used to write manifests: the checker of proofs reads
//! with this what the compiler wrote with something else, so that a fault of the one cannot hide in the other. Where
//! readers could understand a text differently, it is refused.

mod build;
pub(crate) mod constraints;
mod document;
pub(crate) mod domains;
mod kustomize;
pub(crate) mod node;
mod quantity;
#[cfg(test)]
mod tests;

pub(crate) use build::Loaded;
pub use build::{Files, Given};
pub(crate) use document::{Checked, Identity, NULL, Reading, Value, agree, digest, json, refuse};
pub(crate) use quantity::{ceil, int, share, size, thousandths, times, total};

/// The digest of a text in tests.
#[cfg(test)]
pub(crate) fn digest_of(text: &str) -> String {
    let objects = document::read_yaml(text).and_then(document::sorted);
    digest(&objects.expect("the texts of tests can be read"))
}
