//! The reader of what others wrote for Kubernetes, which takes and refuses what `kubectl` does.
//!
//! `kubectl` cuts a file at its `---` lines before any of it is parsed (apimachinery, `pkg/util/yaml/decoder.go`,
//! `YAMLReader`), and reads the first document of each piece.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::compose::{Composed, compose};
use crate::data::{Node, NodeValue};
use crate::source::SourceId;

/// A document of a text that holds several.
#[derive(Debug)]
pub struct Document {
    /// The byte at which it begins.
    pub start: usize,
    pub node: Node,
}

/// Why a document could not be read, or what is odd about one that could.
#[derive(Debug)]
pub struct Fault {
    /// The byte to point at.
    pub at: usize,
    pub message: String,
}

/// What was read of a text.
#[derive(Debug, Default)]
pub struct Reading {
    pub documents: Vec<Document>,
    pub faults: Vec<Fault>,
    /// What `kubectl` takes without a word, although its author means something else.
    pub remarks: Vec<(Remark, Fault)>,
}

/// What a remark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// A key that stands twice, of which the last one counts.
    Repeated,
    /// Text that nobody reads.
    Unread,
}

/// Reads all documents of a text; empty ones are left out.
///
/// # Errors
/// When some of it is no YAML.
pub fn read_all(text: &str) -> Result<Vec<Node>, String> {
    let Reading { documents, faults, .. } = read_documents(text, SourceId(0));
    match faults.into_iter().next() {
        Some(fault) => Err(fault.message),
        None => Ok(documents.into_iter().map(|document| without_places(document.node)).collect()),
    }
}

/// A tree that no source states.
fn without_places(mut node: Node) -> Node {
    node.origin = crate::source::Span::NONE;
    node.value = match node.value {
        NodeValue::List(items) => NodeValue::List(items.into_iter().map(without_places).collect()),
        NodeValue::Map(map) => {
            NodeValue::Map(map.into_iter().map(|(key, value)| (key, without_places(value))).collect())
        }
        leaf => leaf,
    };
    node
}

/// Reads what somebody else wrote for Kubernetes, each document by itself, so that a fault in one hides no other.
/// Every value has the place in the text where it was typed.
#[must_use]
pub fn read_documents(text: &str, source: SourceId) -> Reading {
    let mut reading = Reading::default();
    for piece in pieces(text) {
        match piece {
            Ok((start, piece)) => match document(piece, start, source) {
                Ok(None) => {}
                Ok(Some(Composed { node, repeated })) => {
                    reading.remarks.extend(repeated.into_iter().map(|fault| (Remark::Repeated, fault)));
                    reading.remarks.extend(unread(piece, start).map(|fault| (Remark::Unread, fault)));
                    if !matches!(node.value, NodeValue::Null) {
                        reading.documents.push(Document { start, node });
                    }
                }
                Err(fault) => reading.faults.push(fault),
            },
            Err(fault) => reading.faults.push(fault),
        }
    }
    // A stream of JSON has no marks between its objects, and escapes that YAML does not know.
    if !reading.faults.is_empty() && text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        let objects = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
        if let Ok(values) = objects.collect::<Result<Vec<_>, _>>() {
            let documents = values.into_iter().map(|value| Document { start: 0, node: json(value) });
            return Reading { documents: documents.collect(), ..Reading::default() };
        }
    }
    reading
}

fn json(value: serde_json::Value) -> Node {
    use serde_json::Value;
    Node::synthetic(match value {
        Value::Null => NodeValue::Null,
        Value::Bool(flag) => NodeValue::Bool(flag),
        Value::Number(number) => {
            let text = number.to_string();
            super::resolve::resolve(&text, super::resolve::Wanted::Plain).unwrap_or(NodeValue::Decimal(text.into()))
        }
        Value::String(text) => NodeValue::String(text.into()),
        Value::Array(items) => NodeValue::List(items.into_iter().map(json).collect()),
        Value::Object(map) => NodeValue::Map(map.into_iter().map(|(key, value)| (key.into(), json(value))).collect()),
    })
}

fn document(piece: &str, start: usize, source: SourceId) -> Result<Option<Composed>, Fault> {
    let bare = piece.trim_start_matches('\u{feff}');
    let start = start + piece.len() - bare.len();
    if bare.trim().is_empty() {
        return Ok(None);
    }
    // Every line ends, as `kubectl` lets it.
    let mut text = bare[..end_of_document(bare)].to_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    // What libyaml itself takes, the parser of events does, too.
    for one in serde_yaml::Deserializer::from_str(&text) {
        IgnoredAny::deserialize(one).map_err(|error| {
            let at = error.location().map_or(0, |place| offset(bare, place.line(), place.column()));
            // What is missing at the end is missing behind the last word.
            let at = at.min(bare.trim_end().len());
            let is_tab = bare.get(at..).is_some_and(|rest| rest.trim_start_matches(' ').starts_with('\t'));
            let message = without_lines(&error.to_string());
            let message = if is_tab && message.contains("cannot start any token") {
                "a tab indents this line, and YAML wants spaces".to_owned()
            } else {
                message
            };
            Fault { at: start + at, message }
        })?;
    }
    compose(&text, start, source)
}

/// Where a line with `...` ends the document.
fn end_of_document(text: &str) -> usize {
    let mut position = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "..." && line.starts_with("...") {
            break;
        }
        position += line.len();
    }
    position
}

/// What stands behind the end of a document, which nobody reads.
fn unread(piece: &str, start: usize) -> Option<Fault> {
    let end = end_of_document(piece);
    let mut lines = piece.get(end..)?.lines().skip(1).map(str::trim);
    let is_said = lines.any(|line| !line.is_empty() && !line.starts_with('#'));
    is_said.then(|| Fault { at: start + end, message: "nothing behind `...` is read".to_owned() })
}

/// The documents of a text with where they begin. A line that starts with `---` begins one wherever it stands: inside
/// a text in quotes or a block it is forbidden.
fn pieces(text: &str) -> Vec<Result<(usize, &str), Fault>> {
    let mut pieces = Vec::new();
    let (mut start, mut position) = (0, 0);
    for line in text.split_inclusive('\n') {
        if let Some(rest) = line.strip_prefix("---") {
            pieces.push(Ok((start, &text[start..position])));
            start = position + line.len();
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                let message = format!("`---` stands alone on its line, and here `{rest}` follows");
                pieces.push(Err(Fault { at: position, message }));
            }
        }
        position += line.len();
    }
    pieces.push(Ok((start, &text[start..])));
    pieces
}

/// The byte of a line and column, which count from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let within = rest.char_indices().take_while(|(_, letter)| *letter != '\n').nth(column.saturating_sub(1));
    (before + within.map_or(0, |(index, _)| index)).min(text.len())
}

/// A message without ` at line 3 column 5`, which counts from the document and not from the file.
fn without_lines(message: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    let mut rest = message.split(' ').peekable();
    while let Some(word) = rest.next() {
        if word == "at" && rest.peek() == Some(&"line") {
            // `line`, its number, `column`, its number.
            rest.nth(3);
        } else {
            words.push(word);
        }
    }
    words.join(" ")
}
