//! Where the command writes to, and in which style.

use std::io::Write;

use crate::cli::Terminal;
use crate::cli::arguments::{Colour, Common};

/// The streams with the style that the user wants. Findings go to standard error, results to standard output, so that
/// `vaubanc graph | dot` gets a graph and nothing else.
pub(crate) struct Output<'a> {
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    /// Whether to use colours.
    pub(crate) colours: bool,
    /// The columns at which prose is wrapped.
    pub(crate) width: usize,
    quiet: bool,
}

impl<'a> Output<'a> {
    pub(crate) fn new(
        stdout: &'a mut dyn Write,
        stderr: &'a mut dyn Write,
        common: &Common,
        terminal: Terminal,
    ) -> Self {
        let colours = match common.color {
            Colour::Auto => terminal.colours,
            Colour::Always => true,
            Colour::Never => false,
        };
        Self { stdout, stderr, colours, width: terminal.width, quiet: common.quiet }
    }

    /// What the command was run for. A reader that went away, as `head` does, is no fault.
    pub(crate) fn result(&mut self, text: &str) {
        let _ = self.stdout.write_all(text.as_bytes());
    }

    /// What is pleasant to know; left out when quiet.
    pub(crate) fn remark(&mut self, text: &str) {
        if !self.quiet {
            let _ = self.stdout.write_all(text.as_bytes());
        }
    }

    /// What is wrong.
    pub(crate) fn complaint(&mut self, text: &str) {
        let _ = self.stderr.write_all(text.as_bytes());
    }

    /// Text in a style, or as it is without colours.
    pub(crate) fn paint(&self, style: Style, text: &str) -> String {
        paint(self.colours, style, text)
    }
}

/// The few styles that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Strong,
    Faint,
    Good,
    Tight,
    Bad,
}

/// Text in a style, or as it is without colours.
pub(crate) fn paint(colours: bool, style: Style, text: &str) -> String {
    if !colours || text.is_empty() {
        return text.to_owned();
    }
    let code = match style {
        Style::Strong => "1",
        Style::Faint => "2",
        Style::Good => "32",
        Style::Tight => "33",
        Style::Bad => "31",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}
