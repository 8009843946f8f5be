//! All integration tests in one binary: linking once is what keeps them fast.

#![allow(unreachable_pub, reason = "nothing of a test can be reached from outside, and modules here may still have an inside")]

mod suite {
    pub mod custom_resources;
    pub mod embedding;
    pub mod examples;
    pub mod kustomize;
    pub mod language;
    pub mod tidy;
    pub mod yaml_readers;
}
