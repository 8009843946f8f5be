//! All integration tests in one binary: linking once is what keeps them fast.

mod suite {
    mod custom_resources;
    mod diagnostics;
    mod editors;
    mod examples;
    mod kustomize;
    mod language;
    mod library;
    mod tidy;
    mod yaml_readers;
}
