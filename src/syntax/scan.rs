//! One pass over the characters that looks at nothing but brackets, strings and comments.
//!
//! The grammar can recover from any mistake as long as brackets balance and strings end. This pass sees to that: it
//! reports what is open or stray and proposes an edit that makes the text regular again. On the way it settles the
//! habits of other languages (`;`, `'text'`, `#`, `&&`), which it can rewrite and the grammar could only refuse.

mod habits;
mod structure;

use std::ops::Range;

use super::keywords::ITEM_KEYWORDS;
use crate::diag::Diagnostic;
use crate::source::{SourceId, Span};

/// What to scan, and how freely to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The whole text, giving up at the first thing that does not balance: the way of every valid text.
    Whole,
    /// From one item keyword in column 0 to the next, which always starts an item.
    Region,
    /// The same, and the indentation tells which bracket was meant to be closed.
    Indentation,
}

/// A replacement of a piece of the original text.
#[derive(Debug, Clone)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
    /// What is still wrong around it is a consequence of what was reported here.
    pub(super) silences: bool,
}

/// What a scan found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Where it stopped.
    pub(super) end: usize,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// In the order of the text.
    pub(super) edits: Vec<Edit>,
    /// Something was open, stray or too deep.
    pub(super) broken: bool,
    /// How many closing brackets close nothing.
    pub(super) strays: usize,
    /// An item keyword stands in column 0 inside brackets.
    pub(super) suspicious: bool,
    /// The deepest nesting.
    pub(super) depth: usize,
}

/// Something open.
#[derive(Debug, Clone, Copy)]
struct Frame {
    kind: FrameKind,
    at: usize,
    /// Where its line begins.
    line: usize,
    /// How far its line is indented.
    indent: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FrameKind {
    /// With the opening character.
    Bracket(u8),
    /// `${`, which a `}` ends.
    Interpolation,
    Text,
    MultiLineText,
}

struct Scanner<'t> {
    source: SourceId,
    text: &'t str,
    mode: Mode,
    start: usize,
    at: usize,
    line: usize,
    indent: usize,
    stack: Vec<Frame>,
    /// Brackets and interpolations on the stack.
    depth: usize,
    done: bool,
    scan: Scan,
}

/// Scans `text` from `start`.
pub(super) fn scan(source: SourceId, text: &str, start: usize, mode: Mode) -> Scan {
    let mut scanner = Scanner {
        source,
        text,
        mode,
        start,
        at: start,
        line: start,
        indent: 0,
        stack: Vec::new(),
        depth: 0,
        done: false,
        scan: Scan::default(),
    };
    scanner.run();
    scanner.scan
}

impl Scanner<'_> {
    fn run(&mut self) {
        self.begin_line();
        while !self.done {
            if self.at >= self.text.len() {
                self.finish(self.text.len());
            } else if matches!(self.stack.last(), Some(frame) if frame.kind == FrameKind::Text) {
                self.in_text(false);
            } else if matches!(self.stack.last(), Some(frame) if frame.kind == FrameKind::MultiLineText) {
                self.in_text(true);
            } else {
                self.in_code();
            }
        }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    /// Where the line of `at` ends, without its newline and the blanks before it.
    fn line_end(&self, at: usize) -> usize {
        let line = self.text[at..].split('\n').next().unwrap_or("");
        at + line.trim_end().len()
    }

    /// Rewrites what was only written in the words of another language.
    fn edit(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.scan.edits.push(Edit { range, text: text.into(), silences: false });
    }

    /// Makes the text regular again by a guess.
    fn mend(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.scan.edits.push(Edit { range, text: text.into(), silences: true });
    }

    fn in_text(&mut self, multi_line: bool) {
        match self.byte(self.at) {
            b'\\' if !multi_line && matches!(self.byte(self.at + 1), b'\n' | b'\r') => self.at += 1,
            // The escaped character may be longer than a byte, but none of its other bytes means anything here.
            b'\\' => self.at += 2,
            b'$' if self.rest().starts_with("$${") => self.at += 3,
            b'$' if self.byte(self.at + 1) == b'{' => {
                self.push(FrameKind::Interpolation);
                self.at += 2;
            }
            b'"' if !multi_line => {
                self.stack.pop();
                self.at += 1;
            }
            b'"' if self.rest().starts_with("\"\"\"") => {
                self.stack.pop();
                self.at += 3;
            }
            b'\n' if !multi_line => self.unclosed_text(),
            b'\n' => {
                self.at += 1;
                self.measure_line();
            }
            _ => self.at += 1,
        }
    }

    fn in_code(&mut self) {
        match self.byte(self.at) {
            b'\n' if self.stack.iter().any(|frame| frame.kind == FrameKind::Text) => self.unclosed_text(),
            b'\n' => {
                self.at += 1;
                self.begin_line();
            }
            b'"' if self.rest().starts_with("\"\"\"") => {
                self.push(FrameKind::MultiLineText);
                self.at += 3;
            }
            b'"' => {
                self.push(FrameKind::Text);
                self.at += 1;
            }
            b'/' if self.byte(self.at + 1) == b'/' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
            opener @ (b'{' | b'[' | b'(') => {
                self.push(FrameKind::Bracket(opener));
                self.at += 1;
            }
            closer @ (b'}' | b']' | b')') => self.close(closer),
            b'/' | b'#' | b'\'' | b';' | b'&' | b'|' | b'!' => self.habit(),
            _ => self.at += 1,
        }
    }

    /// Notes where the line at `self.at` begins and how far it is indented.
    fn measure_line(&mut self) {
        self.line = self.at;
        self.indent = self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    }

    /// Skips the indentation of a line of code and looks at what it tells about open brackets.
    fn begin_line(&mut self) {
        self.measure_line();
        self.at += self.indent;
        if matches!(self.byte(self.at), b'\n' | b'\r' | 0) || self.rest().starts_with("//") {
            return;
        }
        let inside_text = self.stack.iter().any(|frame| frame.kind == FrameKind::MultiLineText);
        if self.indent == 0 && self.at > self.start && !inside_text && starts_item(self.rest()) {
            if self.mode != Mode::Whole {
                self.finish(self.at);
                return;
            }
            self.scan.suspicious |= !self.stack.is_empty();
        }
        if self.mode == Mode::Indentation {
            self.close_by_indentation();
        }
    }
}

/// Whether a line begins with an item keyword that is not a key.
pub(super) fn starts_item(line: &str) -> bool {
    let length = line.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count();
    let (word, rest) = line.split_at(length);
    let rest = rest.trim_start_matches([' ', '\t']);
    ITEM_KEYWORDS.contains(&word) && !rest.starts_with(['=', ':', '.', '{'])
}
