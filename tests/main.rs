//! All integration tests in one binary: linking once is what keeps them fast.

#![allow(unreachable_pub, reason = "nothing of a test can be reached from outside, and modules here may still have an inside")]

mod suite {
    mod custom_resources;
    mod diagnostics;
    mod editors;
    mod embedding;
    mod examples;
    mod kustomize;
    mod language;
    mod tidy;
    mod yaml_readers;
}
