//! What the writer must never do, without asking other programs; `tests/yaml_readers.rs` asks `kubectl`.

use proptest::prelude::*;

use super::*;

fn map(entries: Vec<(&str, Node)>) -> Node {
    Node::synthetic(NodeValue::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect()))
}

fn list(items: Vec<Node>) -> Node {
    Node::synthetic(NodeValue::List(items))
}

#[test]
fn an_object_reads_like_one_that_a_person_wrote() {
    let container = map(vec![
        ("name", Node::string("api")),
        ("image", Node::string("ghcr.io/example/api:1.4.2")),
        ("args", list(vec![Node::string("--level=info"), Node::string("no")])),
        ("resources", map(vec![("limits", map(vec![("memory", Node::string("512Mi"))]))])),
    ]);
    let object = map(vec![
        ("spec", map(vec![("containers", list(vec![container])), ("volumes", list(vec![]))])),
        (
            "metadata",
            map(vec![
                ("annotations", map(vec![("argocd.argoproj.io/sync-wave", Node::string("3"))])),
                ("uid", Node::string("x")),
                ("name", Node::string("api")),
            ]),
        ),
        ("data", map(vec![("run.sh", Node::string("#!/bin/sh\n\necho hi\n")), ("on", Node::map())])),
        ("kind", Node::string("Pod")),
        ("apiVersion", Node::string("v1")),
    ]);
    let expected = "\
apiVersion: v1
kind: Pod
metadata:
  name: api
  annotations:
    argocd.argoproj.io/sync-wave: \"3\"
  uid: x
spec:
  containers:
  - name: api
    image: ghcr.io/example/api:1.4.2
    args:
    - \"--level=info\"
    - \"no\"
    resources:
      limits:
        memory: 512Mi
  volumes: []
data:
  run.sh: |
    #!/bin/sh

    echo hi
  \"on\": {}
";
    assert_eq!(document(&object), expected);
}

#[test]
fn scalars_alone_and_lists_of_lists_are_documents_too() {
    assert_eq!(document(&Node::string("a\nb")), "|-\n  a\n  b\n");
    assert_eq!(document(&Node::map()), "{}\n");
    let inner = list(vec![Node::synthetic(NodeValue::Integer(1)), Node::synthetic(NodeValue::Decimal("0.5".into()))]);
    assert_eq!(document(&list(vec![inner, Node::synthetic(NodeValue::Null)])), "- - 1\n  - 0.5\n- null\n");
}

#[test]
fn texts_that_a_block_would_change_are_quoted() {
    for text in
        [" a\nb", "\ta\nb", "\na", "a\n\n", "a\r\nb", "a\n \nb", "a\n\tb\n\t", "\n", "a\u{85}b\nc", "a\u{2028}\n"]
    {
        assert!(document(&Node::string(text)).starts_with('"'), "{text:?}");
    }
    for text in ["a\nb", "a\nb\n", "a\n\n\n  b \n", "a\n\tb\n"] {
        assert!(document(&Node::string(text)).starts_with('|'), "{text:?}");
    }
}

#[test]
fn control_characters_are_found_but_white_space_is_not() {
    assert_eq!(unrepresentable("a\tb\r\nc\u{e9}\u{2028}"), None);
    assert_eq!(unrepresentable("a\rb\u{0}"), Some('\u{0}'));
    assert_eq!(unrepresentable("a\u{85}\u{7f}"), Some('\u{85}'));
    assert_eq!(unrepresentable("\u{1b}[0m"), Some('\u{1b}'));
}

#[test]
fn several_documents_are_read_and_empty_ones_left_out() {
    let nodes = read_all("---\na: 1\n---\n---\n- x\n- 18446744073709551615\n- 0.25\n").expect("it is YAML");
    assert_eq!(nodes.len(), 2);
    assert_eq!(nodes[0].get("a").and_then(Node::as_integer), Some(1));
    assert_eq!(nodes[1].items()[1].as_integer(), Some(18_446_744_073_709_551_615));
    assert_eq!(nodes[1].items()[2], Node::synthetic(NodeValue::Decimal("0.25".into())));
    assert!(read_all("a: !secret x").is_err());
    assert!(read_all("a: [").is_err());
}

#[test]
fn a_key_longer_than_readers_search_for_its_colon_is_announced() {
    let key = "é".repeat(2000);
    let node = map(vec![(&key, map(vec![(&key, Node::string("a\nb"))])), ("next", list(vec![Node::map()]))]);
    assert_eq!(read_all(&document(&node)).expect("it is YAML"), [node]);
}

/// Texts that are rich in what YAML gives a meaning to.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::collection::vec(
            proptest::sample::select(
                " \t\n:-#'\"\\{}[],&*!|>%@`?=<~.+_0189eEnoyxaé\u{85}\u{2028}\u{feff}".chars().collect::<Vec<_>>()
            ),
            0..12,
        )
        .prop_map(String::from_iter),
        any::<String>(),
    ]
}

fn tree() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        text().prop_map(Node::string),
        any::<i64>().prop_map(|number| Node::synthetic(NodeValue::Integer(number.into()))),
        any::<bool>().prop_map(|flag| Node::synthetic(NodeValue::Bool(flag))),
        Just(Node::synthetic(NodeValue::Null)),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(list),
            proptest::collection::vec((text(), inner), 0..5).prop_map(|entries| {
                let entries = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
                Node::synthetic(NodeValue::Map(entries))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn every_tree_comes_back_as_it_was(node in tree()) {
        let written = document(&node);
        let read = read_all(&written).map_err(|error| TestCaseError::fail(format!("{error}\n{written}")))?;
        let expected = if matches!(node.value, NodeValue::Null) { vec![] } else { vec![node] };
        prop_assert_eq!(read, expected, "{}", written);
    }
}
