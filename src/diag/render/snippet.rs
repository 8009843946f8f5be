//! The excerpts of the sources, drawn by `miette`. No other file names it.
//!
//! Only the drawing is taken from `miette`: what a diagnostic says around its excerpts is laid out by the parent module, because
//! `miette` gives every label in another file a headline of its own.

use std::fmt;

use miette::{
    Diagnostic as MietteDiagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::Style;
use crate::diag::{Diagnostic, Severity};
use crate::source::{Source, SourceId, SourceMap, Span};

/// A label over more lines than this shows its first line only: a whole component as a label hides what matters.
const MOST_LINES: usize = 5;

/// Lines shown above and below a mark.
const CONTEXT_LINES: usize = 1;

/// The excerpts of all files in which the diagnostic has places, the primary's first.
pub(super) fn snippets(diagnostic: &Diagnostic, sources: &SourceMap, style: &Style) -> String {
    let mut files: Vec<SourceId> = Vec::new();
    for label in std::iter::once(&diagnostic.primary).chain(&diagnostic.labels) {
        if !files.contains(&label.span.source) {
            files.push(label.span.source);
        }
    }
    let mut drawn = String::new();
    for file in files {
        let Some(source) = sources.get(file) else { continue };
        let text = printable(&source.text);
        let mut excerpts = excerpts(marks(diagnostic, file, source), &text);
        excerpts.sort_by_key(|marks| !marks.iter().any(|mark| mark.primary));
        for marks in excerpts {
            drawn.push_str(&draw(diagnostic, &Excerpt { source, text: &text, marks }, style));
        }
    }
    align(&drawn, style)
}

/// Marks that are drawn together, because not even one line would be left out between the lines around them.
fn excerpts(marks: Vec<Mark>, text: &str) -> Vec<Vec<Mark>> {
    let line = |offset: usize| text[..offset].matches('\n').count();
    let mut groups: Vec<Vec<Mark>> = Vec::new();
    let mut last = 0;
    for mark in marks {
        let near = line(mark.start) <= last + 2 * CONTEXT_LINES + 1;
        last = line(mark.end).max(if near { last } else { 0 });
        match groups.last_mut() {
            Some(group) if near => group.push(mark),
            _ => groups.push(vec![mark]),
        }
    }
    groups
}

/// The text without control characters, which could rewrite the terminal. Each is one byte, as is its replacement.
fn printable(text: &str) -> String {
    let mut characters = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        let line_break = character == '\n' || (character == '\r' && characters.peek() == Some(&'\n'));
        let keep = line_break || character == '\t' || !character.is_ascii_control();
        out.push(if keep { character } else { ' ' });
    }
    out
}

/// Shifts the excerpts so that their rules stand in one column although their line numbers differ in width.
fn align(drawn: &str, style: &Style) -> String {
    let corner = characters(style).ltop;
    let head = |line: &str| line.trim_start().starts_with(corner).then(|| line.len() - line.trim_start().len());
    let widest = drawn.lines().filter_map(head).max().unwrap_or(0);
    let mut shift = 0;
    let mut out = String::with_capacity(drawn.len());
    for line in drawn.lines() {
        shift = head(line).map_or(shift, |width| widest - width);
        out.extend(std::iter::repeat_n(' ', shift));
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// A label within one text, clipped to what can be drawn.
#[derive(Debug, Clone)]
struct Mark {
    start: usize,
    end: usize,
    text: String,
    primary: bool,
}

impl Mark {
    fn new(span: Span, text: &str, primary: bool, source: &Source) -> Self {
        // Offsets come from earlier phases; a wrong one must show as an odd label and not end the compiler.
        let boundary = |offset: u32| {
            let offset = (offset as usize).min(source.text.len());
            (0..=offset).rev().find(|at| source.text.is_char_boundary(*at)).unwrap_or(0)
        };
        // An end of file behind a newline has no line of its own to stand on.
        let start = boundary(span.start).min(source.text.trim_end().len());
        let mut end = boundary(span.end).max(start);
        if source.text[start..end].lines().count() > MOST_LINES {
            end = start + source.text[start..end].lines().next().map_or(0, |line| line.trim_end().len());
        }
        // Nothing is drawn behind the last character of a text, so what is missing there is shown under it.
        let start = match source.text[..start].chars().next_back() {
            Some(last) if start == end && end == source.text.len() && last != '\n' => start - last.len_utf8(),
            _ => start,
        };
        // A line break at the end would stretch the mark to the next line.
        end = start + source.text[start..end].trim_end_matches(['\n', '\r']).len();
        Self { start, end, text: text.to_owned(), primary }
    }
}

/// The marks of one file in their order. Marks on the same words are joined, and a secondary mark gives way to one that
/// it overlaps, because `miette` would push the second of two overlapping marks to the right of the first.
fn marks(diagnostic: &Diagnostic, file: SourceId, source: &Source) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let labels =
        std::iter::once((&diagnostic.primary, true)).chain(diagnostic.labels.iter().map(|label| (label, false)));
    for (label, primary) in labels.filter(|(label, _)| label.span.source == file) {
        let mark = Mark::new(label.span, &label.text, primary, source);
        match marks.iter_mut().find(|other| other.start == mark.start && other.end == mark.end) {
            Some(same) if same.text.is_empty() => same.text = mark.text,
            Some(same) if mark.text.is_empty() || same.text == mark.text => {}
            Some(same) => same.text = format!("{}; {}", same.text, mark.text),
            None => marks.push(mark),
        }
    }
    for index in 1..marks.len() {
        let (before, rest) = marks.split_at_mut(index);
        let Some(mark) = rest.first_mut() else { break };
        for other in before {
            give_way(mark, other, &source.text);
        }
    }
    marks.sort_by_key(|mark| (mark.start, mark.end));
    marks
}

/// Shortens `mark` where it overlaps `other` on a line; where it lies within `other`, `other` is shortened.
fn give_way(mark: &mut Mark, other: &mut Mark, text: &str) {
    let several_lines = |mark: &Mark| text[mark.start..mark.end].contains('\n');
    if mark.end <= other.start || other.end <= mark.start || several_lines(mark) || several_lines(other) {
        return;
    }
    let within = other.start <= mark.start && mark.end <= other.end;
    let (long, short) = if within { (other, mark) } else { (mark, other) };
    if long.start < short.start {
        long.end = long.start + text[long.start..short.start].trim_end().len();
    } else {
        long.start = short.end + text[short.end..long.end].len() - text[short.end..long.end].trim_start().len();
    }
}

/// One part of a file with its marks, as `miette` wants to see it.
#[derive(Debug)]
struct Excerpt<'a> {
    source: &'a Source,
    text: &'a str,
    marks: Vec<Mark>,
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Excerpt<'_> {}

impl MietteDiagnostic for Excerpt<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.marks.iter().map(|mark| {
            let text = Some(mark.text.clone()).filter(|text| !text.is_empty());
            let span = (mark.start, mark.end - mark.start);
            if mark.primary {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }
}

/// `miette`'s own reader counts columns in bytes, takes a lone carriage return for a line and joins distant excerpts.
impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.text;
        let (first, last) = (span.offset(), span.offset() + span.len());
        if last > text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let line_start = |offset: usize| text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = |offset: usize| text[offset..].find('\n').map_or(text.len(), |newline| offset + newline + 1);
        let mut start = line_start(first);
        // The last character of the span may be the newline itself; one byte back may be inside of a character.
        let final_character = text[first..last].chars().next_back().map_or(0, char::len_utf8);
        let mut end = line_end(last - final_character);
        for _ in 0..before {
            start = line_start(start.saturating_sub(1));
        }
        for _ in 0..after {
            end = line_end(end);
        }
        let line = text[..start].matches('\n').count();
        let count = text[start..end].lines().count();
        // The name is read from the contents of the primary mark alone, which is where the position belongs.
        let at_line = text[..first].matches('\n').count() + 1;
        let column = text[line_start(first)..first].chars().count() + 1;
        let name = format!("{}:{at_line}:{column}", self.source.name);
        let place = (start, end - start).into();
        Ok(Box::new(MietteSpanContents::new_named(name, &text.as_bytes()[start..end], place, line, 0, count)))
    }
}

fn characters(style: &Style) -> ThemeCharacters {
    if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() }
}

fn draw(diagnostic: &Diagnostic, excerpt: &Excerpt<'_>, style: &Style) -> String {
    let mut styles = if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let of_primary = if diagnostic.severity == Severity::Error { styles.error } else { styles.warning };
    styles.highlights = excerpt.marks.iter().map(|mark| if mark.primary { of_primary } else { styles.help }).collect();
    let characters = characters(style);
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(usize::MAX)
        .with_urls(false)
        .with_context_lines(CONTEXT_LINES)
        .without_cause_chain()
        .without_primary_span_start()
        .without_syntax_highlighting();
    let mut drawn = String::new();
    // Writing to a string cannot fail; a source that cannot be read leaves the diagnostic without an excerpt.
    let _ = handler.render_report(&mut drawn, excerpt);
    // The first line is the headline that `Excerpt` does not have.
    without_blank_edges(drawn.lines().skip(1).collect(), self::characters(style).vbar)
}

/// Leaves out the first and last line of an excerpt where they hold nothing but their number.
fn without_blank_edges(mut lines: Vec<&str>, rule: char) -> String {
    let blank = |line: &str| line.trim_end().ends_with(rule) && line.matches(rule).count() == 1;
    if lines.len() > 3 && blank(lines[1]) {
        lines.remove(1);
    }
    if lines.len() > 3 && blank(lines[lines.len() - 2]) {
        lines.remove(lines.len() - 2);
    }
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}
