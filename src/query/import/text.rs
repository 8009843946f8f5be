//! How a record of the language is laid out: one line where it fits, blocks and dotted paths where it does not.

use crate::syntax::keywords::EXPRESSION_KEYWORDS;

/// Lines are not longer than this where it can be helped.
const WIDTH: usize = 110;
/// Keys that are longer than this are not lined up with others.
const LONGEST_ALIGNED: usize = 28;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A literal on one line.
    Plain(String),
    /// A text of several lines, already escaped.
    Lines(Vec<String>),
    List(Vec<Value>),
    Record(Vec<Entry>),
}

/// A line of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Field(String, Value),
    Comment(String),
}

/// The entries of a record, each on lines of its own.
pub(super) fn entries(entries: &[Entry], indent: usize, out: &mut String) {
    let widths = aligned(entries);
    for (item, width) in entries.iter().zip(widths) {
        match item {
            Entry::Comment(text) => line(out, indent, &format!("// {text}")),
            Entry::Field(key, value) => field(key, value, indent, width, out),
        }
    }
}

/// How wide the key of each entry is padded, so that the signs of equality of neighbours stand below each other.
fn aligned(entries: &[Entry]) -> Vec<usize> {
    let plain = |entry: &Entry| match entry {
        Entry::Field(key, value) => {
            let (key, value) = path(key, value);
            let is_short =
                matches!(value, Value::Plain(_)) || matches!(value, Value::List(_)) && inline(value).is_some();
            (is_short && !is_block(value) && key.len() <= LONGEST_ALIGNED && !key.contains('.')).then_some(key.len())
        }
        Entry::Comment(_) => None,
    };
    let lengths: Vec<Option<usize>> = entries.iter().map(plain).collect();
    let mut widths = vec![0; entries.len()];
    let mut start = 0;
    while start < lengths.len() {
        let end = (start..lengths.len()).find(|index| lengths[*index].is_none()).unwrap_or(lengths.len());
        let widest = lengths[start..end].iter().flatten().max().copied().unwrap_or(0);
        widths[start..end].fill(widest);
        start = end.max(start) + 1;
    }
    widths
}

fn is_block(value: &Value) -> bool {
    matches!(value, Value::Record(entries) if !entries.is_empty())
}

/// A record with one field is a step of a path.
fn path<'a>(key: &str, mut value: &'a Value) -> (String, &'a Value) {
    let mut key = key.to_owned();
    while let Value::Record(entries) = value {
        let [Entry::Field(inner, next)] = entries.as_slice() else { break };
        key = format!("{key}.{inner}");
        value = next;
    }
    (key, value)
}

fn field(key: &str, value: &Value, indent: usize, width: usize, out: &mut String) {
    let (key, value) = path(key, value);
    let fits = |text: &str| indent + text.chars().count() <= WIDTH;
    match value {
        Value::Record(inner) if !inner.is_empty() => {
            if let Some(text) = inline(value).map(|text| format!("{key} {text}")).filter(|text| fits(text)) {
                return line(out, indent, &text);
            }
            line(out, indent, &format!("{key} {{"));
            entries(inner, indent + 2, out);
            line(out, indent, "}");
        }
        Value::Record(_) => line(out, indent, &format!("{key:width$} = {{}}")),
        Value::Lines(lines) => {
            line(out, indent, &format!("{key} = \"\"\""));
            lines.iter().for_each(|one| line(out, indent + 2, one));
            line(out, indent + 2, "\"\"\"");
        }
        Value::Plain(text) => line(out, indent, &format!("{key:width$} = {text}")),
        Value::List(items) => {
            let text = inline(value).map(|text| format!("{key:width$} = {text}"));
            if let Some(text) = text.filter(|text| fits(text)) {
                return line(out, indent, &text);
            }
            line(out, indent, &format!("{key} = ["));
            items.iter().for_each(|item| element(item, indent + 2, out));
            line(out, indent, "]");
        }
    }
}

fn element(value: &Value, indent: usize, out: &mut String) {
    if let Some(text) = inline(value).filter(|text| indent + text.chars().count() < WIDTH || !is_block(value)) {
        return line(out, indent, &format!("{text},"));
    }
    match value {
        Value::Record(inner) => {
            line(out, indent, "{");
            entries(inner, indent + 2, out);
            line(out, indent, "},");
        }
        Value::List(items) => {
            line(out, indent, "[");
            items.iter().for_each(|item| element(item, indent + 2, out));
            line(out, indent, "],");
        }
        Value::Lines(lines) => {
            line(out, indent, "\"\"\"");
            lines.iter().for_each(|one| line(out, indent + 2, one));
            line(out, indent + 2, "\"\"\",");
        }
        Value::Plain(text) => line(out, indent, &format!("{text},")),
    }
}

/// On one line, where nothing in it needs several.
fn inline(value: &Value) -> Option<String> {
    match value {
        Value::Plain(text) => Some(text.clone()),
        Value::Lines(_) => None,
        Value::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(inline).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Value::Record(entries) if entries.is_empty() => Some("{}".to_owned()),
        Value::Record(entries) => {
            let one = |entry: &Entry| match entry {
                Entry::Comment(_) => None,
                Entry::Field(key, value) => {
                    let (key, value) = path(key, value);
                    let text = inline(value)?;
                    Some(if is_block(value) { format!("{key} {text}") } else { format!("{key} = {text}") })
                }
            };
            let entries: Option<Vec<String>> = entries.iter().map(one).collect();
            Some(format!("{{ {} }}", entries?.join(", ")))
        }
    }
}

fn line(out: &mut String, indent: usize, text: &str) {
    if !text.is_empty() {
        out.extend(std::iter::repeat_n(' ', indent));
        out.push_str(text);
    }
    out.push('\n');
}

/// A text in double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            letter if letter.is_control() || letter == '\u{feff}' => {
                out.push_str(&format!("\\u{{{:X}}}", u32::from(letter)));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out.replace("${", "$${")
}

/// A text as its author wrote it: on several lines where it has some.
pub(super) fn text(text: &str) -> Value {
    let is_odd = |letter: char| letter.is_control() && letter != '\n' && letter != '\t' || letter == '\u{feff}';
    let lines: Vec<&str> = text.split('\n').collect();
    // What all lines begin with would be taken for their indentation.
    let is_flush = lines.iter().any(|one| !one.is_empty() && !one.starts_with([' ', '\t']));
    let has_blank = lines.iter().any(|one| !one.is_empty() && one.trim().is_empty());
    if lines.len() < 2 || text.contains(is_odd) || !is_flush || has_blank {
        return Value::Plain(quoted(text));
    }
    let escape = |one: &str| one.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"").replace("${", "$${");
    Value::Lines(lines.into_iter().map(escape).collect())
}

/// A key: bare where it is a word that begins no statement.
pub(super) fn key(text: &str) -> String {
    let mut letters = text.chars();
    let is_word = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-');
    let is_reserved = EXPRESSION_KEYWORDS.contains(&text) || text == "given";
    if is_word && !is_reserved { text.to_owned() } else { quoted(text) }
}
