//! The texts of one compilation.

use super::{LineColumn, LineIndex, SourceId, Span};

/// One text with its name.
#[derive(Debug, Clone)]
pub struct Source {
    /// How messages call it: a path as the user typed it, or `<std/web.vauban>` for the library.
    pub name: String,
    /// The text, without a byte order mark.
    pub text: String,
    lines: LineIndex,
}

/// Every text that a compilation has read, in the order of reading.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
}

impl SourceMap {
    /// Adds a text and hands out its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        let text = text.into();
        let lines = LineIndex::new(&text);
        self.sources.push(Source { name: name.into(), text, lines });
        SourceId(u32::try_from(self.sources.len() - 1).unwrap_or(u32::MAX - 1))
    }

    /// The text of an id; nothing for [`SourceId::NONE`].
    #[must_use]
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id.0 as usize)
    }

    /// The words that a span covers, or the empty text.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).and_then(|source| source.text.get(span.range())).unwrap_or("")
    }

    /// Where a span starts, as people count.
    #[must_use]
    pub fn start(&self, span: Span) -> Option<LineColumn> {
        let source = self.get(span.source)?;
        Some(source.lines.line_column(&source.text, span.start))
    }

    /// Where a span ends, as people count.
    #[must_use]
    pub fn end(&self, span: Span) -> Option<LineColumn> {
        let source = self.get(span.source)?;
        Some(source.lines.line_column(&source.text, span.end))
    }

    /// Whether a span lies in the embedded library, whose sources are called `<std/…>`.
    #[must_use]
    pub fn is_library(&self, span: Span) -> bool {
        self.get(span.source).is_some_and(|source| source.name.starts_with("<std/"))
    }

    /// `name:line` of a span, the form that reports and generated files cite; empty for [`Span::NONE`].
    #[must_use]
    pub fn cite(&self, span: Span) -> String {
        match (self.get(span.source), self.start(span)) {
            (Some(source), Some(at)) => format!("{}:{}", source.name, at.line),
            _ => String::new(),
        }
    }

    /// All sources with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.sources
            .iter()
            .enumerate()
            .map(|(index, source)| (SourceId(u32::try_from(index).unwrap_or(u32::MAX)), source))
    }
}
