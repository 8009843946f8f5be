//! All integration tests in one binary: linking once is what keeps them fast.

mod suite {
    pub(crate) mod kustomize;
    pub(crate) mod language;
}
