//! Emitted custom resources against the schemas of the real ones, which lie beside the project and are not part of it.

use std::collections::BTreeSet;
use std::path::Path;

use vaubanc::objects::schema::{Field, Schema, from_crd};
use vaubanc::objects::{Node, NodeValue, Object};

use crate::modules;

/// The schema of an object's API; nothing where the collection has none, as for the built-in ones.
fn real(root: &Path, object: &Object) -> Option<Schema> {
    let (group, version) = object.api_version.split_once('/')?;
    let file = root.join(group).join(format!("{}_{version}.json", object.kind.to_lowercase()));
    let schema = std::fs::read_to_string(file).ok()?;
    let (kind, api_version) = (&object.kind, &object.api_version);
    // JSON is YAML, so the schema can stand in a definition as it is.
    let definition = format!(
        "{{\"kind\": \"CustomResourceDefinition\", \"spec\": {{\"group\": {group:?}, \"scope\": \"Namespaced\", \
         \"names\": {{\"kind\": {kind:?}}}, \"versions\": [{{\"name\": {version:?}, \
         \"schema\": {{\"openAPIV3Schema\": {schema}}}}}]}}}}"
    );
    let api = from_crd(&definition, api_version, kind).unwrap_or_else(|error| panic!("{api_version} {kind}: {error}"));
    Some(api.root)
}

fn check(node: &Node, schema: &Schema, path: &str, faults: &mut Vec<String>) {
    let fits = match (&node.value, schema) {
        (_, Schema::Any) => true,
        (NodeValue::Map(map), Schema::Object(object)) => {
            for (key, inner) in map {
                match object.field(key) {
                    Some(field) => check(inner, &field.schema, &format!("{path}.{key}"), faults),
                    None => faults.push(format!("{path} has no field {key}")),
                }
            }
            let names: Vec<String> = object.fields().map(str::to_owned).collect();
            for name in names {
                if let Some(Field { required: true, .. }) = object.field(&name)
                    && !map.contains_key(name.as_str())
                {
                    faults.push(format!("{path} lacks {name}"));
                }
            }
            true
        }
        (NodeValue::Map(map), Schema::Map(inner)) => {
            for (key, value) in map {
                check(value, inner, &format!("{path}.{key}"), faults);
            }
            true
        }
        (NodeValue::List(items), Schema::List(element)) => {
            for (position, item) in items.iter().enumerate() {
                check(item, element, &format!("{path}[{position}]"), faults);
            }
            true
        }
        (NodeValue::String(text), Schema::Choice(choices)) => choices.iter().any(|choice| **choice == **text),
        (NodeValue::String(_), Schema::String | Schema::Quantity | Schema::IntOrString | Schema::DateTime)
        | (NodeValue::Integer(_), Schema::Integer | Schema::Number | Schema::Quantity | Schema::IntOrString)
        | (NodeValue::Decimal(_), Schema::Number | Schema::Quantity)
        | (NodeValue::Bool(_), Schema::Boolean) => true,
        _ => false,
    };
    if !fits {
        faults.push(format!("{path} wants {}, found {:?}", schema.describe(), node.value));
    }
}

#[test]
fn the_api_server_would_take_every_emitted_custom_resource() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/schemas");
    if !root.exists() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI promises {}", root.display());
        eprintln!("skipped: no {}", root.display());
        return;
    }
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, compilation) in modules() {
        for object in compilation.views.iter().flat_map(|view| &view.objects) {
            let Some(schema) = real(&root, object) else { continue };
            seen.insert(object.kind.clone());
            check(&object.body, &schema, &format!("{name}: {} {}", object.kind, object.name), &mut faults);
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    let promised = [
        "Application",
        "AppProject",
        "Certificate",
        "ClusterIssuer",
        "Elasticsearch",
        "PrometheusRule",
        "ServiceMonitor",
        "ValidatingPolicy",
        "postgresql",
    ];
    for kind in promised {
        assert!(seen.contains(kind), "no module emits a {kind}, so nothing checks it; seen: {seen:?}");
    }
}
