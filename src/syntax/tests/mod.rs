//! Tests of the front end, on texts small enough to run in the blink of an eye.

mod forms;
mod limits;
mod recovery;
mod spans;

use super::ast::{File, Item};
use super::parse;
use crate::diag::Diagnostics;
use crate::source::{SourceId, SourceMap, Span};

/// One text with everything that parsing makes of it.
struct Parsed {
    sources: SourceMap,
    file: File,
    diagnostics: Diagnostics,
}

impl Parsed {
    fn new(text: &str) -> Self {
        let mut sources = SourceMap::default();
        let id: SourceId = sources.add("test.vauban", text);
        let (file, diagnostics) = parse(id, text);
        Self { sources, file, diagnostics }
    }

    /// Parses a text that must be valid.
    fn valid(text: &str) -> Self {
        let parsed = Self::new(text);
        assert!(parsed.diagnostics.is_empty(), "{text}\n{:#?}", parsed.messages());
        parsed
    }

    fn messages(&self) -> Vec<String> {
        let line = |span: Span| self.sources.start(span).map_or(0, |at| at.line);
        let column = |span: Span| self.sources.start(span).map_or(0, |at| at.column);
        self.diagnostics
            .iter()
            .map(|diagnostic| {
                let span = diagnostic.primary.span;
                format!("{}:{} {} {}", line(span), column(span), diagnostic.code.number(), diagnostic.message)
            })
            .collect()
    }

    fn text(&self, span: Span) -> &str {
        self.sources.text(span)
    }

    fn item(&self, index: usize) -> &Item {
        &self.file.items[index]
    }
}
