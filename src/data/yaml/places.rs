//! Where the values of a document stand in its text, for messages about what somebody else wrote.
//!
//! The reader gives no places, so the text is scanned beside the tree that was read. A block is used only when every line of it
//! is understood and names a key of the tree, and a value gets a place only when the text there reads as that value. What is not
//! understood (a text over several lines, a tab, an alias) keeps the place of what is around it.

use std::collections::BTreeSet;

use serde_yaml::Value;

use crate::data::{Node, NodeValue};
use crate::source::{SourceId, Span};

/// A line that says something, without its indentation; behind a dash it may be the rest of one.
#[derive(Debug, Clone, Copy)]
struct Line<'t> {
    at: usize,
    indent: usize,
    text: &'t str,
}

impl Line<'_> {
    fn is_item(&self) -> bool {
        self.text == "-" || self.text.starts_with("- ")
    }

    fn span(&self, source: SourceId) -> Span {
        Span::new(source, self.at, self.at + self.text.len())
    }
}

/// Gives the values of a document, which begins at a byte of a text, their places there.
pub fn locate(text: &str, start: usize, source: SourceId, node: &mut Node) {
    let lines = lines(text, start);
    if !lines.is_empty() {
        block(node, &lines, source);
    }
}

fn lines(text: &str, start: usize) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut position = start;
    let mut has_begun = false;
    for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
        let at = position;
        position += line.len();
        let line = line.trim_end();
        let bare = line.trim_start_matches(' ');
        let indent = line.len() - bare.len();
        if line == "---" || line.starts_with("--- ") {
            if has_begun {
                break;
            }
            has_begun = true;
            // What stands behind the mark is no block.
            if line.trim_start_matches('-').trim_start().starts_with(|first| first != '#') {
                return Vec::new();
            }
        } else if line == "..." {
            break;
        } else if !bare.is_empty() && !bare.starts_with('#') && (has_begun || !line.starts_with('%')) {
            has_begun = true;
            lines.push(Line { at: at + indent, indent, text: bare });
        }
    }
    lines
}

/// Whether the lines are a map or a list in block style that says what the node does; then its values have places.
fn block(node: &mut Node, lines: &[Line<'_>], source: SourceId) -> bool {
    let Some(first) = lines.first() else { return false };
    match &mut node.value {
        NodeValue::Map(map) if !first.is_item() => {
            let Some(groups) = groups(lines, |line| line.indent == first.indent && !line.is_item()) else {
                return false;
            };
            let Some(entries) = groups.iter().map(|group| key(group[0])).collect::<Option<Vec<_>>>() else {
                return false;
            };
            let mut seen = BTreeSet::new();
            // A merge key is no part of what it has become.
            let is_of_it = |key: &str| key == "<<" || map.contains_key(key);
            if !entries.iter().all(|(key, _)| seen.insert(key.text) && is_of_it(key.text)) {
                return false;
            }
            for ((key, value), group) in entries.into_iter().zip(groups) {
                let Some(child) = map.get_mut(key.text) else { continue };
                if !is_open(value.text) {
                    leaf(child, value, source);
                } else if block(child, &group[1..], source) {
                    child.origin = key.span(source);
                }
            }
            true
        }
        NodeValue::List(items) if first.is_item() => {
            let groups = groups(lines, |line| line.indent == first.indent && line.is_item());
            let Some(groups) = groups.filter(|groups| groups.len() == items.len()) else { return false };
            for (child, group) in items.iter_mut().zip(groups) {
                item(child, group, source);
            }
            true
        }
        _ => false,
    }
}

/// One item of a list: what follows the dash, and the lines below it.
fn item(child: &mut Node, group: &[Line<'_>], source: SourceId) {
    let dash = group[0];
    let text = dash.text[1..].trim_start();
    let inset = dash.text.len() - text.len();
    let rest = Line { at: dash.at + inset, indent: dash.indent + inset, text };
    let is_inner = matches!(child.value, NodeValue::Map(_)) && key(rest).is_some()
        || matches!(child.value, NodeValue::List(_)) && rest.is_item();
    if is_open(text) {
        if block(child, &group[1..], source) {
            child.origin = dash.span(source);
        }
    } else if is_inner {
        let lines: Vec<Line<'_>> = std::iter::once(rest).chain(group[1..].iter().copied()).collect();
        if block(child, &lines, source) {
            child.origin = rest.span(source);
        }
    } else {
        leaf(child, rest, source);
    }
}

/// Lines with all that is below each; none where something stands farther out, or the first line begins none.
fn groups<'l, 't>(lines: &'l [Line<'t>], begins: impl Fn(&Line<'t>) -> bool) -> Option<Vec<&'l [Line<'t>]>> {
    let least = lines.first()?.indent;
    let is_inside = lines.iter().all(|line| line.indent >= least);
    let starts: Vec<usize> = (0..lines.len()).filter(|index| begins(&lines[*index])).collect();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    (is_inside && starts.first() == Some(&0))
        .then(|| starts.iter().zip(ends).map(|(start, end)| &lines[*start..end]).collect())
}

/// Whether the value stands on the lines below.
fn is_open(value: &str) -> bool {
    let is_anchor = value.starts_with('&') && !value.contains(' ');
    value.is_empty() || value.starts_with('#') || is_anchor
}

/// The key of a line and what stands behind its colon; none where it may be anything else.
fn key<'t>(line: Line<'t>) -> Option<(Line<'t>, Line<'t>)> {
    let text = line.text;
    let (begin, end, colon) = match text.chars().next()? {
        quote @ ('"' | '\'') => {
            let end = 1 + text[1..].find(quote)?;
            (1, end, end + 1)
        }
        first if "?[]{}&*!|>%@`,#\t".contains(first) || line.is_item() => return None,
        _ => {
            let is_end = |(at, _): &(usize, &str)| matches!(text.as_bytes().get(at + 1), None | Some(b' '));
            let colon = text.match_indices(':').find(is_end)?.0;
            (0, colon, colon)
        }
    };
    let name = text.get(begin..end)?.trim_end();
    let rest = text.get(colon..)?.strip_prefix(':').filter(|rest| rest.is_empty() || rest.starts_with(' '))?;
    if name.is_empty() || name.contains(['\\', '#']) {
        return None;
    }
    let value = rest.trim_start();
    let value = Line { at: line.at + text.len() - value.len(), indent: line.indent, text: value };
    Some((Line { at: line.at + begin, indent: line.indent, text: name }, value))
}

/// A value on one line. What is inside braces has the place of the braces.
fn leaf(child: &mut Node, value: Line<'_>, source: SourceId) {
    let text = match value.text.find(" #") {
        Some(comment) if !value.text.starts_with(['"', '\'']) => value.text[..comment].trim_end(),
        _ => value.text,
    };
    let reads = serde_yaml::from_str::<Value>(text).ok().and_then(|value| super::node(value).ok());
    if reads.as_ref() == Some(child) {
        fill(child, Line { text, ..value }.span(source));
    }
}

fn fill(node: &mut Node, span: Span) {
    node.origin = span;
    match &mut node.value {
        NodeValue::Map(map) => map.values_mut().for_each(|child| fill(child, span)),
        NodeValue::List(items) => items.iter_mut().for_each(|child| fill(child, span)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{document, read_documents};
    use super::*;

    /// The text at the place of what is at a path of keys and positions; `?` where it has none.
    fn at(text: &str, path: &str) -> String {
        let (documents, faults) = read_documents(text);
        assert!(faults.is_empty(), "{faults:?}");
        let last = documents.into_iter().last().expect("there is a document");
        let mut node = last.node;
        locate(text, last.start, SourceId(0), &mut node);
        let found = path.split('.').fold(&node, |node, step| match step.parse::<usize>() {
            Ok(index) => &node.items()[index],
            Err(_) => node.get(step).expect("the path exists"),
        });
        if found.origin.is_none() { "?".to_owned() } else { text[found.origin.range()].to_owned() }
    }

    const POD: &str = "# a pod\n---\nkind: Pod # of mine\nspec:\n  containers:\n  - name: a\n    resources:\n      requests:\n        memory: \
                       2Gi  # enough\n        \"cpu\": '1'\n    args: [x, 'y']\n  -\n    name: b\n    resources: {requests: {memory: 1Gi}}\n";

    #[test]
    fn values_in_blocks_stand_where_they_are_written() {
        assert_eq!(at(POD, "kind"), "Pod");
        assert_eq!(at(POD, "spec.containers.0.resources.requests.memory"), "2Gi");
        assert_eq!(at(POD, "spec.containers.0.resources.requests.cpu"), "'1'");
        assert_eq!(at(POD, "spec.containers.0.resources.requests"), "requests");
        assert_eq!(at(POD, "spec.containers.0"), "name: a");
        assert_eq!(at(POD, "spec.containers.0.args.1"), "[x, 'y']");
        assert_eq!(at(POD, "spec.containers.1.resources.requests.memory"), "{requests: {memory: 1Gi}}");
    }

    #[test]
    fn the_second_document_is_not_taken_for_the_first() {
        let text = "kind: A\nspec: {a: 1}\n---\nkind: B\nspec:\n  a: 2\n";
        assert_eq!((at(text, "kind").as_str(), at(text, "spec.a").as_str()), ("B", "2"));
    }

    #[test]
    fn what_a_text_holds_is_no_key() {
        // Lines of a block of text, of quotes and of braces look like keys, and are none.
        let text = "data:\n  text: |\n    cpu: 1\n  cpu: 2\n";
        assert_eq!((at(text, "data.cpu").as_str(), at(text, "data.text").as_str()), ("2", "?"));
        assert_eq!(at("a: \"x\nb: 1\"\nb: 1\n", "b"), "?");
        assert_eq!(at("a: [\nb: 1,\nc]\nb: 1\n", "b"), "?");
    }

    #[test]
    fn what_is_not_understood_has_no_place() {
        assert_eq!(at("{kind: A, spec: 1}\n", "spec"), "?");
        assert_eq!(at("--- {kind: A}\n", "kind"), "?");
        assert_eq!(at("? a\n: 1\nb: 2\n", "b"), "?");
        assert_eq!(at("a: &x 1\nb: *x\n", "b"), "?");
        // What is merged stands elsewhere, and what stands beside it here.
        let merged = "base: &base\n  cpu: 1\nown:\n  <<: *base\n  memory: 2\n";
        assert_eq!((at(merged, "own.memory").as_str(), at(merged, "own.cpu").as_str()), ("2", "?"));
    }

    fn tree() -> impl Strategy<Value = Node> {
        let text = prop_oneof!["[a-z]{0,3}", "[ -~]{0,6}", "[a-z\n: #-]{0,9}"];
        let leaf = prop_oneof![
            any::<i32>().prop_map(|number| NodeValue::Integer(number.into())),
            text.prop_map(|text| NodeValue::String(text.into())),
            Just(NodeValue::Bool(true)),
        ];
        leaf.prop_map(Node::synthetic).prop_recursive(4, 24, 4, |inner| {
            let key = prop_oneof!["[a-c]", "[a-c]/[a-c]", "[ -~]{1,4}"];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(NodeValue::List),
                proptest::collection::vec((key, inner), 0..4)
                    .prop_map(|pairs| NodeValue::Map(pairs.into_iter().map(|(key, one)| (key.into(), one)).collect())),
            ]
            .prop_map(Node::synthetic)
        })
    }

    /// What has the place of the braces around it is not asked again.
    fn check(node: &Node, around: Span, text: &str) {
        let is_scalar = !matches!(node.value, NodeValue::List(_) | NodeValue::Map(_));
        if is_scalar && !node.origin.is_none() && node.origin != around {
            let here = &text[node.origin.range()];
            let read = super::super::read_all(here).expect("a place holds YAML");
            assert_eq!(read.first(), Some(node), "{here:?} in {text}");
        }
        match &node.value {
            NodeValue::Map(map) => map.values().for_each(|child| check(child, node.origin, text)),
            NodeValue::List(items) => items.iter().for_each(|child| check(child, node.origin, text)),
            _ => {}
        }
    }

    proptest! {
        /// Whatever is written and read again, a place holds the value that it is said to be of.
        #[test]
        fn a_place_holds_its_value(tree in tree()) {
            let text = format!("kind: 1\nspec:\n  a:\n{}", document(&tree).lines().map(|line| format!("    {line}\n")).collect::<String>());
            let (documents, _) = read_documents(&text);
            for one in documents {
                let mut node = one.node;
                locate(&text, one.start, SourceId(0), &mut node);
                check(&node, Span::NONE, &text);
            }
        }
    }
}
