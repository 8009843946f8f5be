//! From the events of a parser to a tree, with the place of everything that somebody typed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use indexmap::IndexMap;
use libyaml_safer::{EventData, MappingStyle, Parser, ScalarStyle, SequenceStyle};

use super::read::Fault;
use super::resolve::{Wanted, key, resolve};
use crate::data::{Node, NodeValue};
use crate::source::{SourceId, Span};

/// More values than any file of manifests has: what aliases make beyond it is a bomb.
const MOST_VALUES: usize = 2_000_000;

/// The prefix of the tags that YAML itself defines.
const OWN_TAGS: &str = "tag:yaml.org,2002:";

/// What is read of one document.
pub(super) struct Composed {
    pub(super) node: Node,
    /// Keys that stand twice, of which the last one counts.
    pub(super) repeated: Vec<Fault>,
}

/// A scalar, a list or a map with where it stands.
struct Piece {
    node: Node,
    /// How many values it has.
    size: usize,
    place: Range<usize>,
    /// Whether it is written on one line, so that its place can be shown.
    is_line: bool,
    /// Of a scalar: what it is as a key, and whether it asks to be merged.
    key: Option<Result<String, String>>,
    is_merge: bool,
}

/// What an alias stands for: the value, how many values it has, and of a scalar what it is as a key.
type Anchored = (Node, usize, Option<Result<String, String>>);

struct Composer<'t> {
    parser: Parser<&'t mut &'t [u8]>,
    text: &'t str,
    source: SourceId,
    /// Where the text begins in the file.
    start: usize,
    /// Stands for a `!` that is no tag.
    exclamation: char,
    /// Where `exclamation` stands, which is a byte longer than what it stands for.
    exclamations: Vec<usize>,
    anchors: BTreeMap<String, Anchored>,
    values: usize,
    repeated: Vec<Fault>,
}

/// Reads the first document of a text that has been found to be YAML. `start` is where the text begins in its file.
pub(super) fn compose(text: &str, start: usize, source: SourceId) -> Result<Option<Composed>, Fault> {
    let (shown, exclamation, exclamations) = without_odd_tags(text);
    let mut bytes = shown.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut bytes);
    let mut composer = Composer {
        parser,
        text,
        source,
        start,
        exclamation,
        exclamations,
        anchors: BTreeMap::new(),
        values: 0,
        repeated: Vec::new(),
    };
    loop {
        match composer.next()?.0 {
            EventData::StreamStart { .. } | EventData::DocumentStart { .. } => {}
            EventData::StreamEnd => return Ok(None),
            event => {
                let place = 0..0;
                let piece = composer.piece(event, place)?;
                return Ok(Some(Composed { node: piece.node, repeated: composer.repeated }));
            }
        }
    }
}

/// The parser gives up in an unseemly way on tags with escapes, or with a comma behind them. No manifest has any, but
/// texts have `!`s that look like it; so these are told apart by another letter.
fn without_odd_tags(text: &str) -> (String, char, Vec<usize>) {
    let mut letters = ('\u{1c0}'..='\u{24f}').filter(|letter| letter.len_utf8() == 2);
    let mut shown = String::with_capacity(text.len());
    let mut positions = Vec::new();
    let is_odd = |rest: &str| {
        let run = rest.split(char::is_whitespace).next().unwrap_or_default();
        run.contains([',', '%'])
    };
    let mut marks = text.match_indices('!').filter(|(at, _)| is_odd(&text[*at..])).map(|(at, _)| at).peekable();
    if marks.peek().is_none() {
        return (text.to_owned(), '!', positions);
    }
    // There are more of these than any text uses; where one uses all, what is read as `!` is what it says there.
    let letter = letters.find(|letter| !text.contains(*letter)).unwrap_or('\u{1c0}');
    let mut position = 0;
    for at in marks {
        shown.push_str(&text[position..at]);
        positions.push(shown.len());
        shown.push(letter);
        position = at + 1;
    }
    shown.push_str(&text[position..]);
    (shown, letter, positions)
}

impl Composer<'_> {
    /// The byte of the text that the parser calls by another number.
    fn byte(&self, index: u64) -> usize {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let longer = self.exclamations.partition_point(|at| *at < index);
        index.saturating_sub(longer).min(self.text.len())
    }

    fn next(&mut self) -> Result<(EventData, Range<usize>), Fault> {
        match self.parser.parse() {
            Ok(event) => {
                let place = self.byte(event.start_mark.index)..self.byte(event.end_mark.index);
                Ok((event.data, place))
            }
            Err(error) => {
                let at = error.problem_mark().map_or(0, |mark| self.byte(mark.index));
                Err(Fault { at: self.start + at, message: "this cannot be read".to_owned() })
            }
        }
    }

    fn fault(&self, place: &Range<usize>, message: impl Into<String>) -> Fault {
        Fault { at: self.start + place.start, message: message.into() }
    }

    fn span(&self, place: &Range<usize>) -> Span {
        Span::new(self.source, self.start + place.start, self.start + place.end)
    }

    /// What is to be shown for something that a dash announces: all of it, or its first line.
    fn first_line(&self, place: &Range<usize>) -> Span {
        let text = self.text.get(place.clone()).unwrap_or_default();
        let line = text.split(['\n', '\r']).next().unwrap_or_default().trim_end();
        self.span(&(place.start..place.start + line.len()))
    }

    fn count(&mut self, place: &Range<usize>, more: usize) -> Result<(), Fault> {
        self.values = self.values.saturating_add(more);
        if self.values > MOST_VALUES {
            return Err(self.fault(place, "aliases make more of this than anybody can read"));
        }
        Ok(())
    }

    /// The value that an event begins.
    fn piece(&mut self, event: EventData, place: Range<usize>) -> Result<Piece, Fault> {
        self.count(&place, 1)?;
        let (mut piece, anchor) = match event {
            EventData::Alias { anchor } => {
                let Some((node, size, key)) = self.anchors.get(&anchor).cloned() else {
                    return Err(self.fault(&place, format!("the alias `*{anchor}` stands within what it stands for")));
                };
                self.count(&place, size)?;
                return Ok(Piece { node, size, place, is_line: true, key, is_merge: false });
            }
            EventData::Scalar { anchor, tag, value, plain_implicit, style, .. } => {
                (self.scalar(tag.as_deref(), value, plain_implicit, style, place)?, anchor)
            }
            EventData::SequenceStart { anchor, style, .. } => (self.list(style, place)?, anchor),
            EventData::MappingStart { anchor, style, .. } => (self.map(style, place)?, anchor),
            _ => return Err(self.fault(&place, "a value is missing")),
        };
        if piece.is_line {
            piece.node.origin = self.span(&piece.place);
        }
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, (piece.node.clone(), piece.size, piece.key.clone()));
        }
        Ok(piece)
    }

    fn scalar(
        &self,
        tag: Option<&str>,
        value: String,
        plain_implicit: bool,
        style: ScalarStyle,
        place: Range<usize>,
    ) -> Result<Piece, Fault> {
        let is_plain = style == ScalarStyle::Plain;
        if is_plain && self.exclamation != '!' && value.starts_with(self.exclamation) {
            return Err(self.fault(&place, "this tag is not understood"));
        }
        let value = if self.exclamation == '!' { value } else { value.replace(self.exclamation, "!") };
        let wanted = match tag.and_then(|tag| tag.strip_prefix(OWN_TAGS)) {
            Some("int") => Wanted::Integer,
            Some("float") => Wanted::Float,
            Some("bool") => Wanted::Boolean,
            Some("null") => Wanted::Null,
            Some("binary") => return Err(self.fault(&place, "the tag `!!binary` is not understood")),
            _ if plain_implicit && tag.is_none() => Wanted::Plain,
            _ => Wanted::Text,
        };
        let is_merge = value == "<<" && (wanted == Wanted::Plain || tag == Some("tag:yaml.org,2002:merge"));
        let node = resolve(&value, wanted).map_err(|message| self.fault(&place, message))?;
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let is_line = !is_block && !place.is_empty() && !self.text[place.clone()].contains(['\n', '\r']);
        let key = Some(key(&value, wanted));
        Ok(Piece { node: Node::synthetic(node), size: 1, place, is_line, key, is_merge })
    }

    fn list(&mut self, style: SequenceStyle, place: Range<usize>) -> Result<Piece, Fault> {
        let mut items = Vec::new();
        let mut size = 1_usize;
        loop {
            let (event, at) = self.next()?;
            if event == EventData::SequenceEnd {
                let node = Node::synthetic(NodeValue::List(items));
                return Ok(self.collection(node, size, place.start..at.end, style == SequenceStyle::Flow));
            }
            let mut item = self.piece(event, at)?;
            size = size.saturating_add(item.size);
            if item.node.origin.is_none() {
                item.node.origin = self.first_line(&item.place);
            }
            items.push(item.node);
        }
    }

    fn map(&mut self, style: MappingStyle, place: Range<usize>) -> Result<Piece, Fault> {
        let mut map: IndexMap<Arc<str>, Node> = IndexMap::new();
        // What is written here; what is merged may be written again without anybody being surprised.
        let mut own: BTreeMap<String, Range<usize>> = BTreeMap::new();
        let mut size = 1_usize;
        loop {
            let (event, at) = self.next()?;
            if event == EventData::MappingEnd {
                let node = Node::synthetic(NodeValue::Map(map));
                return Ok(self.collection(node, size, place.start..at.end, style == MappingStyle::Flow));
            }
            let name = self.piece(event, at)?;
            let (event, at) = self.next()?;
            let mut value = self.piece(event, at)?;
            size = size.saturating_add(value.size);
            if name.is_merge {
                self.merge(&mut map, &value)?;
                continue;
            }
            let key = match name.key {
                Some(Ok(key)) => key,
                Some(Err(message)) => return Err(self.fault(&name.place, message)),
                None => return Err(self.fault(&name.place, "a key is neither text nor number")),
            };
            if value.node.origin.is_none() {
                value.node.origin = self.span(&name.place);
            }
            if own.insert(key.clone(), name.place.clone()).is_some() {
                let message = format!("the key `{key}` stands twice in one map");
                self.repeated.push(self.fault(&name.place, message));
            }
            map.insert(key.into(), value.node);
        }
    }

    /// Takes over the entries of a map, or of several, of which the first that has a key counts. They replace what stands
    /// before the merge key (go-yaml 2, `decode.go`, `merge`), and what stands behind replaces them.
    fn merge(&self, map: &mut IndexMap<Arc<str>, Node>, value: &Piece) -> Result<(), Fault> {
        let sources = match &value.node.value {
            NodeValue::Map(_) => std::slice::from_ref(&value.node),
            NodeValue::List(items) => items,
            _ => &[],
        };
        let maps = sources.iter().map(Node::as_map).collect::<Option<Vec<_>>>().filter(|maps| !maps.is_empty());
        let maps =
            maps.ok_or_else(|| self.fault(&value.place, "what is merged (`<<`) is neither a map nor a list of maps"))?;
        for (key, node) in maps.into_iter().rev().flatten() {
            map.insert(Arc::clone(key), node.clone());
        }
        Ok(())
    }

    fn collection(&self, node: Node, size: usize, place: Range<usize>, is_flow: bool) -> Piece {
        let is_line = is_flow && !self.text.get(place.clone()).unwrap_or_default().contains(['\n', '\r']);
        Piece { node, size, place, is_line, key: None, is_merge: false }
    }
}
