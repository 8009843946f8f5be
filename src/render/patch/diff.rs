//! The operations that turn one tree into another.
//!
//! Every value that is replaced or removed is tested first: a patch whose base has changed underneath must stop
//! `kubectl apply -k`, not be applied to something that nobody has looked at.

use super::operation::{Action, Operation, escape};
use crate::data::{Node, NodeValue};

/// Aligning two lists costs the product of their lengths; above this it is cheaper to read the new list as a whole.
const LARGEST_ALIGNMENT: usize = 250_000;

/// The operations that turn `before` into `after`; none when they are equal.
#[must_use]
pub(crate) fn diff(before: &Node, after: &Node) -> Vec<Operation> {
    let mut operations = Vec::new();
    compare(before, after, "", &mut operations);
    operations
}

fn compare(before: &Node, after: &Node, path: &str, operations: &mut Vec<Operation>) {
    if before == after {
        return;
    }
    match (&before.value, &after.value) {
        (NodeValue::Map(old), NodeValue::Map(new)) => {
            for (key, value) in old {
                if !new.contains_key(key) {
                    remove(value, format!("{path}/{}", escape(key)), operations);
                }
            }
            for (key, value) in new {
                let path = format!("{path}/{}", escape(key));
                match old.get(key) {
                    Some(previous) => compare(previous, value, &path, operations),
                    None => operations.push(Operation { action: Action::Add(value.clone()), path }),
                }
            }
        }
        (NodeValue::List(old), NodeValue::List(new)) if old.len() * new.len() <= LARGEST_ALIGNMENT => {
            compare_lists(old, new, path, operations);
        }
        _ => {
            test(before, path, operations);
            operations.push(Operation { action: Action::Replace(after.clone()), path: path.to_owned() });
        }
    }
}

/// Elements that are the same thing keep their place and are compared inside; others are removed and inserted.
fn compare_lists(old: &[Node], new: &[Node], path: &str, operations: &mut Vec<Operation>) {
    let pairs = align(old, new);
    for (index, element) in old.iter().enumerate().rev() {
        if !pairs.iter().any(|(kept, _)| *kept == index) {
            remove(element, format!("{path}/{index}"), operations);
        }
    }
    // From here on the list holds the kept elements only, in order; each step makes one more index final.
    let mut kept = pairs.into_iter().peekable();
    for (index, element) in new.iter().enumerate() {
        let path = format!("{path}/{index}");
        let Some((before, _)) = kept.next_if(|(_, at)| *at == index) else {
            operations.push(Operation { action: Action::Add(element.clone()), path });
            continue;
        };
        let mut inside = Vec::new();
        compare(&old[before], element, &path, &mut inside);
        // An index says little about what stands there: make sure that it is the element that is meant.
        if let (false, Some(name)) = (inside.is_empty(), element.get("name").filter(|name| name.as_str().is_some())) {
            test(name, &format!("{path}/name"), operations);
        }
        operations.append(&mut inside);
    }
}

fn remove(value: &Node, path: String, operations: &mut Vec<Operation>) {
    test(value, &path, operations);
    operations.push(Operation { action: Action::Remove, path });
}

fn test(value: &Node, path: &str, operations: &mut Vec<Operation>) {
    // Implementations differ on whether a null equals an absent value; a test of it would prove nothing.
    if !matches!(value.value, NodeValue::Null) {
        operations.push(Operation { action: Action::Test(value.clone()), path: path.to_owned() });
    }
}

/// A longest common subsequence of pairs that are the same thing, as indices into both lists.
fn align(old: &[Node], new: &[Node]) -> Vec<(usize, usize)> {
    let columns = new.len() + 1;
    let mut lengths = vec![0u32; (old.len() + 1) * columns];
    for row in (0..old.len()).rev() {
        for column in (0..new.len()).rev() {
            lengths[row * columns + column] = if same_thing(&old[row], &new[column]) {
                lengths[(row + 1) * columns + column + 1] + 1
            } else {
                lengths[(row + 1) * columns + column].max(lengths[row * columns + column + 1])
            };
        }
    }
    let (mut row, mut column, mut pairs) = (0, 0, Vec::new());
    while row < old.len() && column < new.len() {
        if same_thing(&old[row], &new[column]) {
            pairs.push((row, column));
            row += 1;
            column += 1;
        } else if lengths[(row + 1) * columns + column] >= lengths[row * columns + column + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

/// Named elements are the same thing when their names are equal, whatever else differs; others when they are equal.
fn same_thing(left: &Node, right: &Node) -> bool {
    match (name_of(left), name_of(right)) {
        (Some(left), Some(right)) => left == right,
        (None, None) => left == right,
        _ => false,
    }
}

fn name_of(element: &Node) -> Option<&str> {
    element.get("name").or_else(|| element.at(&["metadata", "name"])).and_then(Node::as_str)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::apply;
    use super::*;

    fn tree() -> impl Strategy<Value = Node> {
        let leaf = prop_oneof![
            Just(NodeValue::Null),
            any::<bool>().prop_map(NodeValue::Bool),
            (-3..3i128).prop_map(NodeValue::Integer),
            "[ab/~]{0,3}".prop_map(|text| NodeValue::String(text.into())),
        ]
        .prop_map(Node::synthetic);
        leaf.prop_recursive(4, 40, 5, |inner| {
            let key = prop_oneof![Just("name".to_owned()), "[ab/~0]{0,2}"];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(NodeValue::List),
                prop::collection::vec((key, inner), 0..5).prop_map(|entries| {
                    NodeValue::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
                }),
            ]
            .prop_map(Node::synthetic)
        })
    }

    proptest! {
        #[test]
        fn applying_the_difference_gives_the_other_tree(before in tree(), after in tree()) {
            let mut patched = before.clone();
            let operations = diff(&before, &after);
            prop_assert_eq!(apply(&mut patched, &operations), Ok(()));
            prop_assert_eq!(patched, after);
        }

        #[test]
        fn equal_trees_have_no_difference(tree in tree()) {
            prop_assert!(diff(&tree, &tree).is_empty());
        }
    }

    fn parse(text: &str) -> Node {
        crate::data::yaml::read_all(text).expect("the test's own text is YAML").remove(0)
    }

    fn written(operations: &[Operation]) -> Vec<String> {
        let word = |action: &Action| match action {
            Action::Test(_) => "test",
            Action::Add(_) => "add",
            Action::Replace(_) => "replace",
            Action::Remove => "remove",
        };
        operations.iter().map(|operation| format!("{} {}", word(&operation.action), operation.path)).collect()
    }

    #[test]
    fn what_is_replaced_or_removed_is_tested_first() {
        let before = parse("{metadata: {labels: {app.kubernetes.io/name: x}}, spec: {replicas: 2}}");
        let after = parse("{metadata: {labels: {}}, spec: {replicas: 3, paused: true}}");
        let expected = [
            "test /metadata/labels/app.kubernetes.io~1name",
            "remove /metadata/labels/app.kubernetes.io~1name",
            "test /spec/replicas",
            "replace /spec/replicas",
            "add /spec/paused",
        ];
        assert_eq!(written(&diff(&before, &after)), expected);
    }

    #[test]
    fn a_variable_inserted_in_the_middle_moves_nothing_else() {
        let before = parse("[{name: A, value: '1'}, {name: C, value: '3'}]");
        let after = parse("[{name: A, value: '1'}, {name: B, value: '2'}, {name: C, value: '4'}]");
        assert_eq!(written(&diff(&before, &after)), ["add /1", "test /2/name", "test /2/value", "replace /2/value"]);
    }

    #[test]
    fn a_base_that_drifted_stops_the_patch() {
        let (before, after) = (parse("{spec: {replicas: 2}}"), parse("{spec: {replicas: 3}}"));
        let mut drifted = parse("{spec: {replicas: 5}}");
        let refusal = apply(&mut drifted, &diff(&before, &after)).expect_err("the test operation must fail");
        assert!(refusal.contains("/spec/replicas"), "{refusal}");
    }
}
