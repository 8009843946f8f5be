//! All integration tests in one binary: linking once is what keeps them fast.

mod suite {
    pub mod examples;
    pub mod custom_resources;
    pub mod kustomize;
    pub mod language;
    pub mod yaml_readers;
}
