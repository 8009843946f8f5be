//! Hand-computed scenarios.

mod capacity;
mod degradation;
mod failure;
mod pods;
mod quotas;
