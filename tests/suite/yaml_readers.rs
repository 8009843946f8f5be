//! What the YAML writer writes, read by the programs that will read it.
//!
//! Needs `kubectl`; without it the tests say that they were skipped, except where `CI=true` promises that it is there.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value;
use vaubanc::data::yaml::{document, unrepresentable};
use vaubanc::objects::{Node, NodeValue};

fn on_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// Whether `kubectl` can be asked.
fn has_kubectl() -> bool {
    let found =
        Command::new("kubectl").args(["version", "--client"]).output().is_ok_and(|output| output.status.success());
    assert!(found || !on_ci(), "CI promises kubectl, but it cannot be run");
    if !found {
        eprintln!("skipped: kubectl is not on PATH");
    }
    found
}

/// Strings that YAML writers get wrong, from beside the project, and strings that nobody thought of.
fn strings() -> Vec<String> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/yaml-strings.json");
    let mut strings: Vec<String> = match std::fs::read_to_string(&corpus) {
        Ok(text) => serde_json::from_str(&text).expect("the corpus is a list of strings"),
        Err(_) => {
            assert!(!on_ci(), "CI promises {}", corpus.display());
            eprintln!("skipped: no {}, only random strings are tested", corpus.display());
            Vec::new()
        }
    };
    let alphabet: Vec<char> =
        " \t\n:-#'\"\\{}[],&*!|>%@`?=<~.+_0123789xobeEinfanyNOT/é\u{7f}\u{2028}\u{feff}".chars().collect();
    let letters = proptest::collection::vec(proptest::sample::select(alphabet), 0..8);
    let mut runner = TestRunner::deterministic();
    for _ in 0..3000 {
        let tree = letters.new_tree(&mut runner).expect("the strategy rejects nothing");
        strings.push(String::from_iter(tree.current()));
    }
    // The emitter refuses these before the writer sees them.
    strings.retain(|text| unrepresentable(text).is_none());
    strings.sort();
    strings.dedup();
    strings
}

fn map(entries: impl IntoIterator<Item = (String, Node)>) -> Node {
    Node::synthetic(NodeValue::Map(entries.into_iter().map(|(key, value)| (Arc::from(key), value)).collect()))
}

fn config_map(name: &str, data: Node) -> Node {
    let text = |text: &str| Node::string(text);
    map([
        ("data".to_owned(), data),
        ("kind".to_owned(), text("ConfigMap")),
        ("apiVersion".to_owned(), text("v1")),
        ("metadata".to_owned(), map([("name".to_owned(), text(name))])),
    ])
}

/// Two objects that hold the strings once as values and once as keys.
fn manifests(strings: &[String]) -> String {
    let values = strings.iter().enumerate().map(|(index, text)| (format!("k{index}"), Node::string(text.as_str())));
    let keys = strings.iter().enumerate().map(|(index, text)| (text.clone(), Node::string(format!("v{index}"))));
    format!("{}---\n{}", document(&config_map("values", map(values))), document(&config_map("keys", map(keys))))
}

fn run(mut command: Command, input: &str) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kubectl answered a moment ago");
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // A program that fails closes its input; its exit code tells more than the broken pipe.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().expect("it was started");
    writer.join().expect("it does not panic");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("kubectl writes UTF-8")
}

/// The objects as `kubectl` understands them.
fn understood(yaml: &str) -> Vec<Value> {
    let mut command = Command::new("kubectl");
    command.args(["annotate", "--local", "-f", "-", "read=back", "-o", "json"]);
    let json = run(command, yaml);
    let documents: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&json).into_iter().collect();
    documents.expect("kubectl writes JSON")
}

fn assert_unchanged(strings: &[String], objects: &[Value]) {
    let data = |name: &str| {
        let object = objects.iter().find(|object| object["metadata"]["name"] == name);
        object.unwrap_or_else(|| panic!("no object {name}"))["data"].as_object().expect("it has data").clone()
    };
    let (values, keys) = (data("values"), data("keys"));
    assert_eq!((values.len(), keys.len()), (strings.len(), strings.len()));
    for (index, text) in strings.iter().enumerate() {
        assert_eq!(values[&format!("k{index}")], **text, "as a value: {text:?}");
        assert_eq!(keys.get(text), Some(&Value::String(format!("v{index}"))), "as a key: {text:?}");
    }
}

#[test]
fn kubectl_reads_every_string_as_that_string() {
    if !has_kubectl() {
        return;
    }
    let strings = strings();
    assert_unchanged(&strings, &understood(&manifests(&strings)));
}

#[test]
fn kustomize_carries_every_string_unchanged() {
    if !has_kubectl() {
        return;
    }
    let mut strings = strings();
    // Kustomize drops this key, quoted or not, because it takes it for a merge.
    strings.retain(|text| text != "<<");
    let directory = tempfile::tempdir().expect("there is room for a directory");
    let file = |name: &str| -> PathBuf { directory.path().join(name) };
    std::fs::write(file("objects.yaml"), manifests(&strings)).expect("the directory is ours");
    let kustomization = map([
        ("resources".to_owned(), Node::synthetic(NodeValue::List(vec![Node::string("objects.yaml")]))),
        ("kind".to_owned(), Node::string("Kustomization")),
        ("apiVersion".to_owned(), Node::string("kustomize.config.k8s.io/v1beta1")),
    ]);
    std::fs::write(file("kustomization.yaml"), document(&kustomization)).expect("the directory is ours");
    let mut command = Command::new("kubectl");
    command.arg("kustomize").arg(directory.path());
    assert_unchanged(&strings, &understood(&run(command, "")));
}
