//! `vauban.lock.json`: what was built from what, and which files are ours.
//!
//! It is written last. A build that was interrupted leaves an old lock or none, which `build --check` notices; the next
//! build removes exactly the files that this list names and that are no longer produced.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::Compilation;
use crate::render::FileSet;
use crate::render::cite::Citations;
use crate::render::layout::Layout;

/// The name of the lock in the output directory.
pub const NAME: &str = "vauban.lock.json";

/// Who wrote it. Directories with a lock of another generator are not ours to write to.
const GENERATOR: &str = "vaubanc";

/// The lock of a tree that is otherwise complete.
pub(crate) fn render(compilation: &Compilation, layout: &Layout, citations: Citations<'_>, files: &FileSet) -> String {
    let inputs: BTreeMap<_, _> =
        citations.inputs().map(|(name, text)| (name.to_owned(), hash(text.as_bytes()))).collect();
    let hashes: BTreeMap<_, _> = files.iter().map(|(path, text)| (path.to_owned(), hash(text.as_bytes()))).collect();
    let mut objects = Map::new();
    for view in &compilation.views {
        let mut origins: BTreeMap<String, Value> = BTreeMap::new();
        for unit in layout.units(view) {
            for object in unit.files.values() {
                let namespace = object.namespace.as_deref().map(|name| format!("{name}/")).unwrap_or_default();
                let name = format!("{} {} {namespace}{}", object.api_version, object.kind, object.name);
                let origin =
                    json!({ "instance": citations.cite(unit.instance.span), "emit": citations.cite(object.span) });
                origins.insert(name, origin);
            }
        }
        let name = crate::render::environment_name(view);
        objects.insert(name.to_owned(), json!(origins));
    }
    let lock = json!({
        "generator": GENERATOR,
        "version": env!("CARGO_PKG_VERSION"),
        "inputs": inputs,
        "files": hashes,
        "objects": objects,
    });
    text(&lock)
}

/// The lock of a tree that was made of no sources.
pub(crate) fn of_files(hashes: Map<String, Value>) -> String {
    text(&json!({
        "generator": GENERATOR,
        "version": env!("CARGO_PKG_VERSION"),
        "inputs": {},
        "files": hashes,
        "objects": {},
    }))
}

/// The files that a lock names, with their hashes; nothing when it is not one of ours.
#[must_use]
pub fn files(text: &str) -> Option<BTreeMap<String, String>> {
    let lock: Value = serde_json::from_str(text).ok()?;
    if lock.get("generator")?.as_str()? != GENERATOR {
        return None;
    }
    let entry = |(path, hash): (&String, &Value)| Some((path.clone(), hash.as_str()?.to_owned()));
    lock.get("files")?.as_object()?.iter().map(entry).collect()
}

/// A lock with further files: those of environments that this build has left alone.
#[must_use]
pub fn with_files(lock: &str, further: &BTreeMap<String, String>) -> String {
    let Some(mut all) = files(lock).filter(|_| !further.is_empty()) else { return lock.to_owned() };
    all.extend(further.iter().map(|(path, hash)| (path.clone(), hash.clone())));
    let Ok(mut value) = serde_json::from_str::<Value>(lock) else { return lock.to_owned() };
    value["files"] = json!(all);
    text(&value)
}

/// The SHA-256 of bytes, in hexadecimal.
#[must_use]
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(lock: &Value) -> String {
    // Values made of maps with string keys always serialise.
    let text = serde_json::to_string_pretty(lock).unwrap_or_default();
    format!("{text}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_of_somebody_else_names_no_files_of_ours() {
        assert_eq!(files("{}"), None);
        assert_eq!(files("not JSON"), None);
        assert_eq!(files(r#"{"generator": "other", "files": {"a": "b"}}"#), None);
        assert!(files(r#"{"generator": "vaubanc", "files": {"a": "b"}}"#).is_some());
    }

    #[test]
    fn further_files_are_added_in_order() {
        let lock = r#"{"generator": "vaubanc", "files": {"b": "2"}, "objects": {}}"#;
        let further = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
        let merged = with_files(lock, &further);
        assert_eq!(
            files(&merged).map(|files| files.into_keys().collect::<Vec<_>>()),
            Some(vec!["a".into(), "b".into()])
        );
        assert!(merged.find("\"a\"") < merged.find("\"b\""));
    }

    #[test]
    fn hashes_are_those_of_sha256sum() {
        assert_eq!(hash(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
