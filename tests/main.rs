//! All integration tests in one binary: linking once is what keeps them fast.

#![allow(unreachable_pub, reason = "nothing in a test binary can be reached from outside")]

mod suite {
    pub mod custom_resources;
    pub mod diagnostics;
    pub mod editors;
    pub mod embedding;
    pub mod examples;
    pub mod kustomize;
    pub mod language;
    pub mod tidy;
    pub mod yaml_readers;
}
