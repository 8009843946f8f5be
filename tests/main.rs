//! All integration tests in one binary: linking once is what keeps them fast.

mod suite {
    mod accepted;
    mod advice;
    mod alike;
    mod as_written;
    mod custom_resources;
    mod diagnostics;
    mod editors;
    mod embedding;
    mod examples;
    mod half_a_platform;
    mod kustomize;
    mod language;
    mod limits;
    mod pitfalls;
    mod proof;
    mod proof_by_example;
    mod queries;
    mod survival;
    mod tidy;
    mod trial;
    mod verdicts;
    mod verify;
    mod yaml_readers;
}
