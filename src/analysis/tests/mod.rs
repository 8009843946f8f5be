//! Hand-computed scenarios.

mod capacity;
mod failure;
mod pods;
mod quotas;
