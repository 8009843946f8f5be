//! The command `vaubanc`.
//!
//! Everything that reads files, looks at the terminal or prints is in this folder; the compiler itself is pure.
//! [`run`] takes its output streams as arguments, so that tests need no process.

mod arguments;
mod build;
mod check;
mod compile;
mod explain;
mod fullness;
mod graph;
mod import;
mod manifests;
mod minimum;
mod new;
mod output;
mod placements;
mod prove;
mod summary;
mod table;
mod test;
#[cfg(test)]
mod tests;
mod tree;
mod verify;
mod what_if;
pub mod world;
pub mod write;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use output::Output;

/// What the compiler said about the sources and the files.
pub const CLEAN: u8 = 0;
/// The sources have errors, or the output is stale.
pub const FINDINGS: u8 = 1;
/// The command was used wrongly, a file could not be read or written, or the compiler is at fault.
pub const FAILURE: u8 = 2;

/// How the surroundings want to be written to.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Whether colours are welcome.
    pub colours: bool,
    /// The columns at which prose is wrapped.
    pub width: usize,
}

impl Terminal {
    /// A file or a pipe: no colours, and lines of a length that is good to read.
    pub const NONE: Self = Self { colours: false, width: 100 };

    /// Asks the process's own surroundings.
    #[must_use]
    pub fn detect() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        let terminal = std::io::stderr().is_terminal() && std::io::stdout().is_terminal();
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let width = columns.map_or(Self::NONE.width, |columns: usize| columns.clamp(60, 120));
        Self { colours: !refused && !dumb && terminal, width }
    }
}

/// The process: arguments, streams and exit code.
#[must_use]
pub fn main() -> ExitCode {
    // Deeply nested sources are refused with a message, and a thread of its own has the room to get that far.
    const STACK: usize = 256 * 1024 * 1024;
    let work = || {
        let arguments = std::env::args_os().collect::<Vec<_>>();
        run_in(Terminal::detect(), arguments, &mut std::io::stdout(), &mut std::io::stderr())
    };
    let code = std::thread::Builder::new().stack_size(STACK).spawn(work).map(std::thread::JoinHandle::join);
    match code {
        Ok(Ok(code)) => ExitCode::from(code),
        // The panic has printed where it happened.
        Ok(Err(_)) | Err(_) => ExitCode::from(FAILURE),
    }
}

/// Runs the command with these arguments, the first of which is the program's name. Gives the exit code.
pub fn run<A>(arguments: impl IntoIterator<Item = A>, stdout: &mut dyn Write, stderr: &mut dyn Write) -> u8
where
    A: Into<std::ffi::OsString> + Clone,
{
    run_in(Terminal::NONE, arguments, stdout, stderr)
}

/// As [`run`], in known surroundings.
pub fn run_in<A>(
    terminal: Terminal,
    arguments: impl IntoIterator<Item = A>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> u8
where
    A: Into<std::ffi::OsString> + Clone,
{
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(refusal) => return refuse(&refusal, terminal, stdout, stderr),
    };
    let mut output = Output::new(stdout, stderr, &arguments.common, terminal);
    match &arguments.command {
        Command::Build(build) => build::run(build, &mut output),
        Command::Check(check) => check::run(check, &mut output),
        Command::Test(test) => test::run(test, &mut output),
        Command::Graph(graph) => graph::run(graph, &mut output),
        Command::Prove(prove) => prove::run(prove, &mut output),
        Command::Explain(explain) => explain::run(explain, &mut output),
        Command::New(new) => new::run(new, &mut output),
        Command::Verify(verify) => verify::run(verify, &mut output),
        Command::Import(import) => import::run(import, &mut output),
        Command::Minimum(minimum) => minimum::run(minimum, &mut output),
        Command::WhatIf(what_if) => what_if::run(what_if, &mut output),
    }
}

/// Help and version are no faults; anything else that clap says is.
fn refuse<'a>(refusal: &clap::Error, terminal: Terminal, stdout: &'a mut dyn Write, stderr: &'a mut dyn Write) -> u8 {
    let styled = refusal.render();
    let text = if terminal.colours { styled.ansi().to_string() } else { styled.to_string() };
    let (stream, code) = if refusal.use_stderr() { (stderr, FAILURE) } else { (stdout, CLEAN) };
    // A reader that went away, as `head` does, is no fault of ours.
    let _ = stream.write_all(text.as_bytes());
    code
}
