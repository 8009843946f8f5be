//! All integration tests in one binary: linking once is what keeps them fast.

mod suite {
    pub mod kustomize;
    pub mod language;
}
