//! Hand-computed scenarios.

mod capacity;
mod pods;
mod quotas;
