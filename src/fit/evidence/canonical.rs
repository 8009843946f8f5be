//! The text that stands for a list of objects, whoever wrote them down and in which order, and its digest.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::data::{Node, NodeValue};

/// `sha256:` and the digest of the canonical text.
#[must_use]
pub fn digest<'a>(objects: impl IntoIterator<Item = &'a Node>) -> String {
    let mut hash = "sha256:".to_owned();
    for byte in Sha256::digest(text(objects)) {
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}

/// The objects as JSON: sorted by group, kind, namespace and name, keys sorted, no white space.
#[must_use]
pub fn text<'a>(objects: impl IntoIterator<Item = &'a Node>) -> String {
    let mut sorted: Vec<(Identity<'a>, &'a Node)> =
        objects.into_iter().map(|object| (identity(object), object)).collect();
    sorted.sort_by_key(|(identity, _)| *identity);
    let mut text = "[".to_owned();
    for (index, (_, object)) in sorted.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write(&mut text, object);
    }
    text.push(']');
    text
}

type Identity<'a> = (&'a str, &'a str, &'a str, &'a str);

fn identity(object: &Node) -> Identity<'_> {
    let at = |path: &[&str]| object.at(path).and_then(Node::as_str).unwrap_or_default();
    let group = at(&["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
    (group, at(&["kind"]), at(&["metadata", "namespace"]), at(&["metadata", "name"]))
}

fn write(text: &mut String, node: &Node) {
    match &node.value {
        NodeValue::Null => text.push_str("null"),
        NodeValue::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        NodeValue::Integer(number) => {
            let _ = write!(text, "{number}");
        }
        NodeValue::Decimal(number) => text.push_str(number.trim_end_matches('0').trim_end_matches('.')),
        NodeValue::String(value) => string(text, value),
        NodeValue::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(text, item);
            }
            text.push(']');
        }
        NodeValue::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|(left, _), (right, _)| left.as_bytes().cmp(right.as_bytes()));
            text.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                string(text, key);
                text.push(':');
                write(text, value);
            }
            text.push('}');
        }
    }
}

fn string(text: &mut String, value: &str) {
    text.push('"');
    for letter in value.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            control if control < ' ' => {
                let _ = write!(text, "\\u{:04x}", u32::from(control));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::yaml::read_all;

    #[test]
    fn neither_the_order_of_objects_nor_that_of_keys_nor_quotes_change_the_text() {
        let one = read_all("kind: B\napiVersion: v1\nmetadata: {name: x}\nm: 1\n---\napiVersion: v1\nkind: A\nmetadata: {name: \"w\"}\n").unwrap();
        let other = read_all(
            "apiVersion: v1\nkind: A\nmetadata: {name: w}\n---\nmetadata: {name: x}\nm: 1\nkind: B\napiVersion: v1\n",
        )
        .unwrap();
        let expected = r#"[{"apiVersion":"v1","kind":"A","metadata":{"name":"w"}},{"apiVersion":"v1","kind":"B","m":1,"metadata":{"name":"x"}}]"#;
        assert_eq!(text(&one), expected);
        assert_eq!(text(&other), expected);
    }

    #[test]
    fn a_text_is_not_a_number_and_control_characters_are_written_out() {
        let nodes =
            read_all("apiVersion: v1\nkind: A\na: \"1\"\nb: 1\nc: 0.5\nd: \"tab\\there \\\"x\\\" \\\\\"\n").unwrap();
        let expected = r#"[{"a":"1","apiVersion":"v1","b":1,"c":0.5,"d":"tab\u0009here \"x\" \\","kind":"A"}]"#;
        assert_eq!(text(&nodes), expected);
    }

    #[test]
    fn the_digest_is_that_of_sha256sum() {
        // printf '[]' | sha256sum
        let expected = "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";
        assert_eq!(digest(&[]), expected);
    }
}
