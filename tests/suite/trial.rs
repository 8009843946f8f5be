//! The proof of fit against reality: random small platforms, whose every history is tried out by a simulator of Kubernetes
//! that was written without a look at the prover. What is proved must hold in each of them, and the checker must confirm it.
//!
//! `VAUBANC_TRIALS=100` tries a hundred times as many platforms, from the seed on that `VAUBANC_SEED` gives; `VAUBANC_SEED=7`
//! alone tries the one of a seed that has failed.

mod agreement;
mod controllers;
mod documents;
mod door;
mod evidence;
mod histories;
mod instance;
mod nodes;
mod order;
mod ordinary;
mod search;
mod seed;
mod simulator;
