//! Diagnostics for machines.
