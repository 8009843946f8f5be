//! The only writer of YAML; `read` has the reader of what others wrote.
//!
//! The writers that exist follow YAML 1.2, while `kubectl`, Kustomize and ArgoCD read YAML 1.1, where `no` is a boolean,
//! `1_000` a thousand and `12:30` may be seven hundred and fifty. So this one leaves a text bare only when it provably
//! is a string to every reader, and writes double-quoted JSON otherwise. Nothing is folded, anchored or tagged: a
//! changed word is a changed line.

mod compose;
mod read;
mod resolve;

use std::fmt::Write as _;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Node, NodeValue};
pub use read::{Document, Fault, Reading, Remark, read_all, read_documents};

/// One document without `---` in front, ending with a line feed. The keys of an object come in the order in which
/// people read them: `apiVersion`, `kind`, `metadata` (`name`, `namespace`, `labels`, `annotations`), `spec`, the rest
/// as it is in the map.
#[must_use]
pub fn document(node: &Node) -> String {
    let mut text = String::new();
    match &node.value {
        NodeValue::Map(map) if !map.is_empty() => {
            let is_object = map.contains_key("apiVersion") && map.contains_key("kind");
            let first: &[&str] = if is_object { &["apiVersion", "kind", "metadata", "spec"] } else { &[] };
            for (index, (key, value)) in ordered(map, first).into_iter().enumerate() {
                let separator = if index == 0 { "" } else { "\n" };
                text.push_str(separator);
                match &value.value {
                    NodeValue::Map(metadata) if is_object && &**key == "metadata" && !metadata.is_empty() => {
                        text.push_str("metadata:\n  ");
                        entries(&mut text, &ordered(metadata, &["name", "namespace", "labels", "annotations"]), 2);
                    }
                    _ => entry(&mut text, key, value, 0),
                }
            }
        }
        NodeValue::List(items) if !items.is_empty() => list(&mut text, items, 0),
        _ => scalar(&mut text, node, 2),
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// The first character that cannot be emitted, for the emitter to refuse before the writer sees it.
///
/// Kustomize fails on DEL, the C1 block and the two noncharacters even where they are escaped, and turns U+0085 into a
/// space. It carries escaped C0 characters, but no manifest means them, and neither environment variables nor terminals
/// bear them; only the white space among them stays, the carriage return because files from Windows hold it.
#[must_use]
pub fn unrepresentable(text: &str) -> Option<char> {
    let harmless = |letter: char| matches!(letter, '\n' | '\t' | '\r' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    text.chars().find(|letter| needs_escape(*letter) && !harmless(*letter))
}

type Entries<'a> = Vec<(&'a Arc<str>, &'a Node)>;

fn ordered<'a>(map: &'a IndexMap<Arc<str>, Node>, first: &[&str]) -> Entries<'a> {
    let mut all: Entries<'a> = map.iter().collect();
    // The sort is stable, so that the rest keeps the order of the map.
    all.sort_by_key(|(key, _)| first.iter().position(|name| *name == &***key).unwrap_or(first.len()));
    all
}

/// Writes entries at `indent`. The first one continues the current line.
fn entries(text: &mut String, entries: &[(&Arc<str>, &Node)], indent: usize) {
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 {
            line(text, indent);
        }
        entry(text, key, value, indent);
    }
}

fn entry(text: &mut String, key: &str, value: &Node, indent: usize) {
    /// Readers give up on a key whose colon is more than 1024 characters away, unless it is announced.
    const LONGEST_SIMPLE_KEY: usize = 1000;
    let key = if is_plain(key) && !key.contains(':') { key.to_owned() } else { quoted(key) };
    if key.len() > LONGEST_SIMPLE_KEY {
        text.push_str("? ");
        text.push_str(&key);
        line(text, indent);
    } else {
        text.push_str(&key);
    }
    text.push(':');
    match &value.value {
        NodeValue::Map(map) if !map.is_empty() => {
            line(text, indent + 2);
            entries(text, &ordered(map, &[]), indent + 2);
        }
        NodeValue::List(items) if !items.is_empty() => {
            line(text, indent);
            list(text, items, indent);
        }
        _ => {
            text.push(' ');
            scalar(text, value, indent + 2);
        }
    }
}

/// Writes items with their dashes at `indent`, as `kubectl` does: level with the key that holds the list.
fn list(text: &mut String, items: &[Node], indent: usize) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            line(text, indent);
        }
        text.push_str("- ");
        match &item.value {
            NodeValue::Map(map) if !map.is_empty() => entries(text, &ordered(map, &[]), indent + 2),
            NodeValue::List(items) if !items.is_empty() => list(text, items, indent + 2),
            _ => scalar(text, item, indent + 2),
        }
    }
}

fn line(text: &mut String, indent: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', indent));
}

/// Writes what stands behind a key or dash; the lines of a literal block at `indent`.
fn scalar(text: &mut String, node: &Node, indent: usize) {
    match &node.value {
        NodeValue::Null => text.push_str("null"),
        NodeValue::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        NodeValue::Integer(number) => {
            // Writing into a String cannot fail.
            let _ = write!(text, "{number}");
        }
        NodeValue::Decimal(number) if is_decimal(number) => text.push_str(number),
        NodeValue::Decimal(number) => text.push_str(&quoted(number)),
        NodeValue::String(content) if is_plain(content) => text.push_str(content),
        NodeValue::String(content) if is_literal(content) => literal(text, content, indent),
        NodeValue::String(content) => text.push_str(&quoted(content)),
        NodeValue::List(_) => text.push_str("[]"),
        NodeValue::Map(_) => text.push_str("{}"),
    }
}

/// `0.9`: a decimal fraction that every reader takes for a number and none for a date or an octal.
fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    unsigned.split_once('.').is_some_and(|(whole, fraction)| digits(whole) && digits(fraction))
}

/// Whether a text is a string to every reader without quotes.
///
/// Numbers, dates and times of all versions begin with a digit, a sign or a point, and the indicators are punctuation.
/// So a text that begins with a letter and holds none but harmless marks can only be mistaken for one of the words.
fn is_plain(text: &str) -> bool {
    let starts = text.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '_' | '/'));
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"_./-:@".contains(&byte);
    // A colon is an indicator only where white space or the end follows; there is no white space here.
    let bare = starts && text.bytes().all(harmless) && !text.ends_with(':');
    (bare && !is_reserved(text)) || is_quantity(text)
}

/// The words that some reader takes for something else than a string. The readers know three spellings of each; the
/// others are quoted too, for the reader's sake.
fn is_reserved(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// `512Mi`, `250m`, `1.5Gi`: no notation for numbers ends like this. `E` is missing because `1E` nearly is an exponent.
fn is_quantity(text: &str) -> bool {
    const SUFFIXES: [&str; 11] = ["Ki", "Mi", "Gi", "Ti", "Pi", "m", "k", "M", "G", "T", "P"];
    let number = SUFFIXES.iter().find_map(|suffix| text.strip_suffix(suffix));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    number.is_some_and(|number| match number.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(number),
    })
}

/// Whether a literal block carries a text unchanged through every reader.
fn is_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    text.contains('\n')
        // The first line tells the indentation, so it must not begin with white space or be empty.
        && !body.starts_with([' ', '\t', '\n'])
        && !body.is_empty()
        // More than one line feed at the end would need a third kind of block.
        && !body.ends_with('\n')
        && !text.chars().any(|letter| needs_escape(letter) && !matches!(letter, '\n' | '\t'))
        && body.split('\n').all(|line| line.is_empty() || !line.chars().all(|letter| matches!(letter, ' ' | '\t')))
}

fn literal(text: &mut String, content: &str, indent: usize) {
    text.push_str(if content.ends_with('\n') { "|" } else { "|-" });
    for content_line in content.lines() {
        if content_line.is_empty() {
            text.push('\n');
        } else {
            line(text, indent);
            text.push_str(content_line);
        }
    }
}

/// What readers refuse raw, take for a line break, or cannot show.
fn needs_escape(letter: char) -> bool {
    matches!(letter, '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Double quotes with the escapes that JSON and YAML share.
fn quoted(content: &str) -> String {
    let mut text = String::with_capacity(content.len() + 2);
    text.push('"');
    for letter in content.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            letter if needs_escape(letter) => {
                // Writing into a String cannot fail, and everything to be escaped has four digits.
                let _ = write!(text, "\\u{:04x}", u32::from(letter));
            }
            letter => text.push(letter),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests;
