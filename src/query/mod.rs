//! Questions over the proof of fit that change something first: other manifests, other values, other loads, fewer nodes.
//!
//! Everything here is pure. Each query returns data; `cli` prints it.

pub mod import;
pub mod manifests;
pub mod minimum;
pub mod nodes;
pub mod reason;
pub mod what_if;
