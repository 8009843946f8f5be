//! The command `vaubanc`.

use std::process::ExitCode;

fn main() -> ExitCode {
    vaubanc::cli::main()
}
