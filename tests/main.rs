//! All integration tests in one binary: linking once is what keeps them fast.

mod suite {
    mod custom_resources;
    mod kustomize;
    mod library;
    mod tidy;
    mod yaml_readers;
}
