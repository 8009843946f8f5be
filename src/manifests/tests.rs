//! YAML, canonical texts and overlays.

use std::collections::BTreeMap;

use super::digest_of;
use super::document::{decimal, digest, read_yaml};
use super::kustomize::render;

#[test]
fn the_digest_is_that_of_the_canonical_text() {
    // printf '%s' '[{"apiVersion":"v1","data":{"a":"x\u000ay\"\\é","b":[1,-2.5,true,null,"007"]},"kind":"ConfigMap","metadata":{"name":"c"}}]' | sha256sum
    let text = "kind: ConfigMap\nmetadata: {name: c}\napiVersion: v1\ndata: {b: [1, -2.50, true, null, '007'], a: \"x\\ny\\\"\\\\é\"}\n";
    assert_eq!(digest_of(text), "sha256:d4bd5e8429f2fb9abf949e9e9c3eda4a85dc36511f7c4f819c217fdd5c087524");
    assert_eq!(digest_of(""), "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945");
}

#[test]
fn the_order_of_objects_and_keys_changes_nothing_and_everything_else_does() {
    let one = "apiVersion: v1\nkind: A\nmetadata: {name: x}\n";
    let other = "kind: B\nmetadata: {name: a}\napiVersion: v1\n";
    assert_eq!(digest_of(&format!("{one}---\n{other}")), digest_of(&format!("{other}---\n{one}")));
    assert_ne!(digest_of(one), digest_of(&one.replace("name: x", "name: 'y'")));
}

#[test]
fn numbers_keep_their_value_without_exponent() {
    for (text, expected) in [
        ("1e3", "1000"),
        ("1.50", "1.5"),
        ("-2.5e-3", "-0.0025"),
        ("2.0", "2"),
        ("0.0", "0"),
        ("1e+22", "10000000000000000000000"),
        ("12.5e1", "125"),
    ] {
        assert_eq!(decimal(text), expected);
    }
}

#[test]
fn yaml_that_readers_understand_differently_is_refused() {
    for wrong in ["a: !tag 1\n", "a: {<<: {b: 1}}\n", "1: a\n", "a: 1\na: 2\n", "a: .inf\n", "a: [\n", "? [a]\n: b\n"] {
        assert!(read_yaml(wrong).is_err(), "{wrong}");
    }
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    assert!(read_yaml(&deep).is_err());
}

const HEAD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
const MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: n}\ndata: {a: '1', b.c/d: x}\nlist: [1, 2, 3]\n";

fn overlay(patches: &str, patch: &str) -> BTreeMap<String, String> {
    let file = |path: &str, text: String| (path.to_owned(), text);
    BTreeMap::from([
        file("base/kustomization.yaml", format!("{HEAD}resources: [m.yaml]\n")),
        file("base/m.yaml", MAP.to_owned()),
        file("overlays/x/kustomization.yaml", format!("{HEAD}resources: [../../base]\n{patches}")),
        file("overlays/x/p.yaml", patch.to_owned()),
    ])
}

const TARGET: &str = "patches: [{path: p.yaml, target: {version: v1, kind: ConfigMap, name: m, namespace: n}}]\n";

#[track_caller]
fn assert_patched(operations: &str, expected: &str) {
    let objects = render(&overlay(TARGET, operations), "overlays/x").expect("the overlay is understood");
    assert_eq!(digest(&objects.into_iter().collect::<Vec<_>>()), digest_of(expected));
}

#[test]
fn patches_of_both_kinds_are_applied() {
    let data = "data: {a: '1', b.c/d: x}";
    assert_patched(
        "[{op: test, path: /data/a, value: '1'}, {op: replace, path: /data/a, value: '2'}]",
        &MAP.replace("'1'", "'2'"),
    );
    assert_patched("[{op: remove, path: /data/b.c~1d}]", &MAP.replace(data, "data: {a: '1'}"));
    assert_patched(
        "[{op: add, path: /list/1, value: 9}, {op: add, path: /list/-, value: 4}, {op: remove, path: /list/0}]",
        &MAP.replace("[1, 2, 3]", "[9, 2, 3, 4]"),
    );
    let identity = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: n}\n";
    let merge = "patches: [{path: p.yaml}]\n";
    assert_eq!(render(&overlay(merge, identity), "overlays/x").map(|objects| objects.len()), Ok(1));
    let delete = format!("{identity}$patch: delete\n");
    assert_eq!(render(&overlay(merge, &delete), "overlays/x").map(|objects| objects.len()), Ok(0));
}

#[test]
fn what_kustomize_would_do_otherwise_is_refused() {
    let refused = |patches: &str, patch: &str| render(&overlay(patches, patch), "overlays/x").is_err();
    let test = "[{op: test, path: /data/a, value: '1'}]";
    assert!(!refused(TARGET, test));
    for field in
        ["namePrefix: p-\n", "images: []\n", "namespace: q\n", "commonLabels: {}\n", "configMapGenerator: []\n"]
    {
        assert!(refused(field, test), "{field}");
    }
    for operations in [
        "[{op: test, path: /data/a, value: '2'}]",
        "[{op: replace, path: /data/z, value: '2'}]",
        "[{op: remove, path: /list/3}]",
        "[{op: remove, path: /list/-1}]",
        "[{op: move, from: /data/a, path: /data/z}]",
        "[{op: add, path: /data/z}]",
        "[{op: replace, path: /metadata/name, value: z}]",
        "[{op: add, path: data, value: 1}]",
    ] {
        assert!(refused(TARGET, operations), "{operations}");
    }
    assert!(refused(&TARGET.replace("name: m", "name: z"), test));
    assert!(refused(&TARGET.replace("name: m", "name: m.*"), test));
    assert!(refused(&TARGET.replace("name: m", "labelSelector: m"), test));
    assert!(refused(&TARGET.replace("p.yaml", "../x/p.yaml"), test));
    assert!(refused(&TARGET.replace("p.yaml", "/p.yaml"), test));
    let merge = "patches: [{path: p.yaml}]\n";
    let identity = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: n}\n";
    assert!(refused(merge, &format!("{identity}data: {{a: '2'}}\n")));
    assert!(refused(merge, &identity.replace("name: m", "name: z")));
    assert!(refused(merge, &identity.replace("namespace: n", "namespace: n, labels: {a: b}")));
    assert!(refused("resources: [../../base, ../../base]\n", test));
}

#[test]
fn a_circle_of_directories_ends() {
    let mut files = overlay("", "");
    files.insert("base/kustomization.yaml".to_owned(), format!("{HEAD}resources: [../overlays/x]\n"));
    assert!(render(&files, "overlays/x").is_err());
}

#[test]
fn a_tree_of_directories_that_doubles_at_every_level_is_not_walked() {
    let level = |index: usize| {
        let resources = if index < 30 { format!("[../d{0}, ../../d/d{0}]", index + 1) } else { "[]".to_owned() };
        (format!("d/d{index}/kustomization.yaml"), format!("{HEAD}resources: {resources}\n"))
    };
    let files: BTreeMap<String, String> = (0..=30).map(level).collect();
    assert!(render(&files, "d/d0").is_err_and(|fault| fault.contains("there twice")));
}

/// A chain of directories, each of which names the next.
fn chain(length: usize) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for number in 0..length {
        let next = if number + 1 < length { "next" } else { "m.yaml" };
        let directory = format!("d{}", "/next".repeat(number));
        files.insert(format!("{directory}/kustomization.yaml"), format!("{HEAD}resources: [{next}]\n"));
        files.insert(format!("{directory}/m.yaml"), MAP.to_owned());
    }
    files
}

#[test]
fn a_thousand_directories_are_read_and_a_circle_or_a_chain_without_end_is_not() {
    let mut files = BTreeMap::new();
    let mut resources = String::new();
    for number in 0..1000 {
        resources.push_str(&format!("- c{number}\n"));
        files.insert(format!("base/c{number}/kustomization.yaml"), format!("{HEAD}resources: [m.yaml]\n"));
        files.insert(format!("base/c{number}/m.yaml"), MAP.replace("name: m,", &format!("name: m{number},")));
    }
    files.insert("base/kustomization.yaml".to_owned(), format!("{HEAD}resources:\n{resources}"));
    assert_eq!(render(&files, "base").map(|objects| objects.len()), Ok(1000));
    files.insert("base/c7/kustomization.yaml".to_owned(), format!("{HEAD}resources: [../c8]\n"));
    assert!(render(&files, "base").is_err(), "two directories name one");
    assert!(render(&chain(60), "d").is_ok());
    assert!(render(&chain(70), "d").is_err());
}
