//! What the writer must never do, without asking other programs; `tests/yaml_readers.rs` asks `kubectl`.

use proptest::prelude::*;

use super::*;
use crate::source::SourceId;

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
    // `kubectl` takes a tag that it does not know for text.
    assert_eq!(read_all("a: !secret 1").expect("it is YAML")[0].get("a"), Some(&Node::string("1")));
    assert!(read_all("a: [").is_err());
}

/// What a scalar is to `kubectl label --local -f FILE -o json` of version 1.32.
fn scalar(text: &str) -> Result<NodeValue, String> {
    let mut nodes = read_all(&format!("a: {text}\n"))?;
    Ok(nodes.remove(0).get("a").expect("the key is there").value.clone())
}

#[test]
fn scalars_mean_what_kubectl_makes_of_them() {
    for (value, texts) in [
        (NodeValue::Bool(true), "y Y yes Yes YES on On ON true True TRUE"),
        (NodeValue::Bool(false), "n N no No NO off Off OFF false False FALSE"),
        (NodeValue::Null, "~ null Null NULL"),
    ] {
        for text in texts.split(' ') {
            assert_eq!(scalar(text).map(Node::synthetic), Ok(Node::synthetic(value.clone())), "{text}");
        }
    }
    for (text, number) in [
        ("0400", 256),
        ("010", 8),
        ("08", 8),
        ("0o2", 2),
        ("0O17", 15),
        ("0x10", 16),
        ("+0x10", 16),
        ("-0x1", -1),
        ("0b11", 3),
        ("-010", -8),
        ("1_000", 1000),
        ("1__0", 10),
        ("1_", 1),
        ("0x_1", 1),
        ("0_8", 8),
        ("00", 0),
        ("1e1", 10),
        ("1E3", 1000),
        ("3.0", 3),
        ("5.", 5),
        ("1.e+3", 1000),
        ("1_0e1", 100),
        ("-0.0", 0),
        ("1e20", 100_000_000_000_000_000_000),
        ("18446744073709551615", 18_446_744_073_709_551_615),
        ("-9223372036854775808", i128::from(i64::MIN)),
        ("!!int \"12\"", 12),
        ("!!float 3", 3),
    ] {
        assert_eq!(scalar(text).map(Node::synthetic), Ok(Node::synthetic(NodeValue::Integer(number))), "{text}");
    }
    for (text, number) in [
        ("0.5", "0.5"),
        (".5", "0.5"),
        ("+.5", "0.5"),
        (".5_0", "0.5"),
        ("1.10", "1.1"),
        ("0.0000001", "0.0000001"),
        ("1_0.5_0", "10.5"),
    ] {
        assert_eq!(scalar(text).map(Node::synthetic), Ok(Node::synthetic(NodeValue::Decimal(number.into()))), "{text}");
    }
    let strings = "yEs tRUE 12:30 190:20:30 2001-01-01 2001-12-14t21:59:43.10-05:00 _1 0x 0b 1e 1e+ 1e400 0x1p4 . .. .e1 ._5 \
                   .infinity = + -. 0-1 1,000 0400m 1_00m 500m 0.15Gi 1Ki";
    for text in strings.split_whitespace() {
        assert_eq!(scalar(text).map(Node::synthetic), Ok(Node::string(text)), "{text}");
    }
    for (text, string) in [("\"0400\"", "0400"), ("'no'", "no"), ("!!str 12", "12"), ("! 12", "12"), ("!x 012", "012")]
    {
        assert_eq!(scalar(text).map(Node::synthetic), Ok(Node::string(string)), "{text}");
    }
    for text in [".inf", "-.INF", "+.inf", ".nan", "!!int 3.0", "!!null x", "!!bool 1", "@a", "`a`", "%a", "*a"] {
        assert!(scalar(text).is_err(), "{text}");
    }
}

#[test]
fn keys_that_are_no_texts_become_some() {
    let read = read_all(
        "{on: a, off: b, 1: c, 010: d, 1.5: e, 3.0: f, 0x10: g, 2001-01-01: h, 1234567.5: i, 1e20: j, 0.00001: k, no!: l}\n",
    );
    let node = read.expect("it is YAML").remove(0);
    let keys: Vec<&str> = node.as_map().expect("it is a map").keys().map(|key| &**key).collect();
    assert_eq!(
        keys,
        ["true", "false", "1", "8", "1.5", "3", "16", "2001-01-01", "1.2345675e+06", "1e+20", "1e-05", "no!"]
    );
    for wrong in ["~: a\n", "[a]: a\n", "{a: b}: c\n", "v: {{ .Values.x }}\n"] {
        assert!(read_all(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_is_merged_replaces_what_stands_before_it_and_the_first_of_a_list_counts() {
    for (text, expected) in [
        ("<<: {a: 1, b: 2}\nb: 3\n", "{a: 1, b: 3}"),
        ("b: 3\n<<: {a: 1, b: 2}\n", "{a: 1, b: 2}"),
        ("<<: [{a: 1}, {a: 2, b: 2}]\n", "{a: 1, b: 2}"),
        ("\"<<\": {a: 1}\n", "{\"<<\": {a: 1}}"),
    ] {
        assert_eq!(read_all(text), read_all(expected), "{text}");
    }
    for wrong in ["<<: 3\n", "<<:\na: 1\n", "<<: [1]\n"] {
        assert!(read_all(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn documents_are_cut_where_kubectl_cuts_them() {
    let count = |text: &str| {
        let read = read_documents(text, SourceId(0));
        (read.documents.len(), read.faults.len(), read.remarks.len())
    };
    for (text, expected) in [
        ("\u{feff}a: 1\n", (1, 0, 0)),
        ("\u{feff}---\na: 1\n---\n\u{feff}b: 2\n", (2, 0, 0)),
        ("a: 1\n--- # next\nb: 2\n---# next\nc: 3", (3, 0, 0)),
        ("a: 1\r\n---\r\nb: 2\r\n", (2, 0, 0)),
        ("---\n---\n# nothing\n---\nnull\n---\na: 1\n", (1, 0, 0)),
        ("a: |\n  b\n---\nc: 1\n", (2, 0, 0)),
        ("--- {a: 1}\n", (0, 1, 0)),
        ("a: 1\n----\nb: 1\n", (2, 1, 0)),
        ("a: 1\n...\nb: 2\n", (1, 0, 1)),
        ("a: 1\na: 2\n", (1, 0, 1)),
        ("a:\n\tb: 1\n---\nc: 1\n", (1, 1, 0)),
        ("%YAML 1.2\n---\na: 1\n", (1, 1, 0)),
        // JSON is read as JSON, which knows escapes that YAML does not, and needs no marks.
        ("{\"a\": \"\\ud83d\\ude00\\/\"}\n{\"b\": 3.0}", (2, 0, 0)),
        ("{\"a\":\n\t1\n}\n", (1, 0, 0)),
    ] {
        assert_eq!(count(text), expected, "{text:?}");
    }
    let read = read_documents("{\"a\": 1}{\"b\": 3.0}", SourceId(0));
    assert_eq!(read.documents[1].node.get("b").and_then(Node::as_integer), Some(3));
    let message = |text: &str| read_documents(text, SourceId(0)).faults.remove(0).message;
    assert_eq!(message("a:\n\tb: 1\n"), "a tab indents this line, and YAML wants spaces");
}

#[test]
fn aliases_stand_for_what_they_name_and_no_bomb_goes_off() {
    let read = read_all("a: &x [010]\nb: *x\n").expect("it is YAML").remove(0);
    assert_eq!(read.get("b").map(|list| list.items()[0].as_integer()), Some(Some(8)));
    assert!(read_all("a: &x [*x]\n").is_err());
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", [before.as_str(); 9].join(", ")));
    }
    assert!(read_all(&bomb).is_err());
}

/// The text at the place of what is at a path of keys and positions; `?` where it has none.
fn at(text: &str, path: &str) -> String {
    let read = read_documents(text, SourceId(0));
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    let node = read.documents.into_iter().last().expect("there is a document").node;
    let found = path.split('.').fold(&node, |node, step| match step.parse::<usize>() {
        Ok(index) => &node.items()[index],
        Err(_) => node.get(step).expect("the path exists"),
    });
    if found.origin.is_none() { "?".to_owned() } else { text[found.origin.range()].to_owned() }
}

const POD: &str = "# a pod\n---\nkind: Pod # of mine\nspec:\n  containers:\n  - name: a\n    resources:\n      requests:\n        memory: \
                   2Gi  # enough\n        \"cpu\": '1'\n    args: [x, 'y']\n  -\n    name: b\n    resources: {requests: {memory: 1Gi}}\n";

#[test]
fn values_stand_where_they_are_written() {
    for (path, expected) in [
        ("kind", "Pod"),
        ("spec.containers.0.resources.requests.memory", "2Gi"),
        ("spec.containers.0.resources.requests.cpu", "'1'"),
        ("spec.containers.0.resources.requests", "requests"),
        ("spec.containers.0", "name: a"),
        ("spec.containers.0.args.1", "'y'"),
        ("spec.containers.0.args", "[x, 'y']"),
        ("spec.containers.1.resources.requests.memory", "1Gi"),
        ("spec.containers.1.resources.requests", "{memory: 1Gi}"),
    ] {
        assert_eq!(at(POD, path), expected, "{path}");
    }
    let text = "data:\n  text: |\n    cpu: 1\n  ümlaut: \"é!,\"\n  cpu: 2\n  none:\n";
    assert_eq!((at(text, "data.cpu").as_str(), at(text, "data.text").as_str()), ("2", "text"));
    assert_eq!((at(text, "data.ümlaut").as_str(), at(text, "data.none").as_str()), ("\"é!,\"", "none"));
    assert_eq!(at("a: \"x\n  b: 1\"\nb: 1\n", "a"), "a");
    assert_eq!(at("a: [\n {b: 1},\nc]\nb: 1\n", "a.0.b"), "1");
    // What is merged or stands for something else was typed elsewhere.
    let merged = "base: &base\n  cpu: 1\nown:\n  <<: *base\n  memory: 2\nsame: *base\n";
    assert_eq!(["own.memory", "own.cpu", "same.cpu"].map(|path| at(merged, path)), ["2", "1", "1"]);
}

#[test]
fn an_exclamation_mark_is_no_tag_wherever_it_stands() {
    let text = "a: \"hello!, you\"\nb: x!%41,\nc: |\n  !a, b\nd: [\"!x,\", y]\n";
    let node = read_all(text).expect("it is YAML").remove(0);
    let texts = ["a", "b", "c"].map(|key| node.get(key).and_then(Node::as_str).unwrap_or_default());
    assert_eq!(texts, ["hello!, you", "x!%41,", "!a, b\n"]);
    assert_eq!(node.get("d").map(|list| list.items()[0].as_str()), Some(Some("!x,")));
    for tag in ["[!x, a]", "{a: !x, b: 1}", "!e%41 a", "!<a%zz> b"] {
        assert!(read_all(tag).is_err(), "{tag}");
    }
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

    /// Whatever is written and read again, a place holds the value that it is said to be of.
    #[test]
    fn a_place_holds_its_value(tree in tree()) {
        let text = document(&tree);
        for one in read_documents(&text, SourceId(0)).documents {
            check_places(&one.node, &text);
        }
    }

    /// Nothing that anybody types stops the reader.
    #[test]
    fn any_text_is_read_or_refused(text in text(), marks in "[-!&*|>%#?:,\\[\\]{}'\" \n\tax0]{0,30}") {
        let _ = read_documents(&format!("{marks}{text}"), SourceId(0));
    }
}

fn check_places(node: &Node, text: &str) {
    if !matches!(node.value, NodeValue::List(_) | NodeValue::Map(_)) && !node.origin.is_none() {
        let here = &text[node.origin.range()];
        let read = read_all(here).unwrap_or_default();
        // What stands on several lines, or nowhere, has the place of its key.
        let is_key = text[node.origin.range().end..].starts_with(':') || here.starts_with(['|', '?']);
        assert!(is_key || read.first() == Some(node) || matches!(node.value, NodeValue::Null), "{here:?} in {text}");
    }
    match &node.value {
        NodeValue::Map(map) => map.values().for_each(|child| check_places(child, text)),
        NodeValue::List(items) => items.iter().for_each(|child| check_places(child, text)),
        _ => {}
    }
}
