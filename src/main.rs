//! The command `vaubanc`.

fn main() {}
