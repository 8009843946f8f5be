//! Mistakes that others have made with capacity, one test each, from the source of a module to the checked proof.
//!
//! Each works out its number by hand, so that a wrong one in the compiler is not compared with itself.

mod admitted;
mod beyond;
mod disks;
mod kinds;
mod module;
mod order;
mod placement;
mod requests;
mod rollouts;
