//! All integration tests in one binary: linking once is what keeps them fast.

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
