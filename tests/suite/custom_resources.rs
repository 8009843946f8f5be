//! Reads the schemas of real custom resources, which lie beside the project and are not part of it.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::{Path, PathBuf};

use vaubanc::objects::schema::{Catalog, Schema, from_crd};

/// Group, kind, version and text of every schema.
fn schemas() -> Vec<(String, String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/schemas");
    if !root.exists() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI promises {}", root.display());
        eprintln!("skipped: no {}", root.display());
        return Vec::new();
    }
    let list = |directory: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(directory).expect("it is a directory");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it is readable").path()).collect();
        paths.sort();
        paths
    };
    let mut schemas = Vec::new();
    for group in list(&root).into_iter().filter(|path| path.is_dir()) {
        for file in
            list(&group).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        {
            let text =
                |name: Option<&std::ffi::OsStr>| name.and_then(|name| name.to_str()).expect("it is UTF-8").to_owned();
            let stem = text(file.file_stem());
            let (kind, version) = stem.rsplit_once('_').expect("files are called kind_version");
            let schema = std::fs::read_to_string(&file).expect("it is readable");
            schemas.push((text(group.file_name()), kind.to_owned(), version.to_owned(), schema));
        }
    }
    schemas
}

#[test]
fn the_definition_of_every_real_custom_resource_is_read() {
    let mut open = Vec::new();
    let schemas = schemas();
    for (group, kind, version, schema) in &schemas {
        // JSON is YAML, so the schema can stand in the definition as it is.
        let definition = format!(
            "{{\"kind\": \"CustomResourceDefinition\", \"spec\": {{\"group\": {group:?}, \"scope\": \"Namespaced\", \
             \"names\": {{\"kind\": {kind:?}}}, \"versions\": [{{\"name\": {version:?}, \
             \"schema\": {{\"openAPIV3Schema\": {schema}}}}}]}}}}"
        );
        let api_version = format!("{group}/{version}");
        let api = from_crd(&definition, &api_version, kind).unwrap_or_else(|error| panic!("{group} {kind}: {error}"));
        let mut catalog = Catalog::kubernetes();
        catalog.declare(&api_version, kind, api);
        let root = catalog.get(&api_version, kind).expect("it was declared").root;
        let Schema::Object(root) = root else { panic!("{group} {kind}: the root is no object") };
        assert!(root.field("metadata").is_some(), "{group} {kind}");
        if !root.fields().any(|field| !["apiVersion", "kind", "metadata"].contains(&field)) {
            open.push(kind.as_str());
        }
    }
    // A reader that takes everything for open would pass all of the above.
    assert!(open.len() * 10 <= schemas.len(), "open: {open:?}");
}
