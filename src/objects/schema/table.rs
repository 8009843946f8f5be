//! The table of the built-in Kubernetes APIs, parsed once.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::{ApiSchema, Creates, Field, Fields, ObjectSchema, Schema, Scope};

/// Written by `tests/kubernetes-schema`, where the notation of the types is explained.
const SOURCE: &str = include_str!("kubernetes-1.30.json");

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The table is part of the program and covered by a test; nothing that a user does reaches this.
    serde_json::from_str(SOURCE).expect("the embedded table of APIs is well-formed")
});

#[derive(Debug, Deserialize)]
struct Table {
    /// `apps/v1 Deployment` → scope and definition.
    kinds: BTreeMap<String, (TableScope, String)>,
    types: BTreeMap<String, Definition>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TableScope {
    Namespaced,
    Cluster,
}

/// The fields of one definition in the notation of the table.
#[derive(Debug, Deserialize)]
pub(super) struct Definition(BTreeMap<String, String>);

impl Definition {
    pub(super) fn field(&self, name: &str) -> Option<Field> {
        let shape = self.0.get(name)?;
        let (shape, required) = shape.strip_suffix('!').map_or((shape.as_str(), false), |shape| (shape, true));
        Some(Field { schema: schema(shape), required })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The built-in API of an API version and kind.
pub(super) fn api(api_version: &str, kind: &str) -> Option<ApiSchema> {
    let (scope, definition) = TABLE.kinds.get(&format!("{api_version} {kind}"))?;
    let scope = match scope {
        TableScope::Namespaced => Scope::Namespaced,
        TableScope::Cluster => Scope::Cluster,
    };
    Some(ApiSchema { scope, creates: Creates::Unstated, root: schema(definition) })
}

/// All built-in API versions and kinds.
pub(super) fn kinds<'a>() -> impl Iterator<Item = (&'a str, &'a str)> {
    TABLE.kinds.keys().filter_map(|head| head.split_once(' '))
}

/// `ObjectMeta`, which every object has.
pub(super) fn object_meta() -> Schema {
    schema("ObjectMeta")
}

/// Reads the notation. What the table does not define is open, never a panic.
fn schema(shape: &str) -> Schema {
    let inner = |open: char, close: char| shape.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    if let Some(element) = inner('[', ']') {
        return Schema::List(Arc::new(schema(element)));
    }
    if let Some(element) = inner('{', '}') {
        return Schema::Map(Arc::new(schema(element)));
    }
    match shape {
        "string" => Schema::String,
        "integer" => Schema::Integer,
        "number" => Schema::Number,
        "boolean" => Schema::Boolean,
        "quantity" => Schema::Quantity,
        "intOrString" => Schema::IntOrString,
        "time" => Schema::DateTime,
        _ => TABLE.types.get(shape).map_or(Schema::Any, |definition| {
            // `EndpointPort@discovery.v1`: two groups have the name, the message needs only one.
            let name = shape.split('@').next().unwrap_or(shape).to_owned();
            Schema::Object(Arc::new(ObjectSchema { name, fields: Fields::Table(definition) }))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(shape: &str) -> Option<&str> {
        let name = shape.trim_matches(|mark| "[]{}!".contains(mark));
        name.starts_with(char::is_uppercase).then_some(name)
    }

    #[test]
    fn every_reference_of_the_table_is_defined_and_every_shape_is_known() {
        let scalars = ["string", "integer", "number", "boolean", "quantity", "intOrString", "time", "any"];
        for (name, definition) in &TABLE.types {
            for (field, shape) in &definition.0 {
                let known = match references(shape) {
                    Some(reference) => TABLE.types.contains_key(reference),
                    None => scalars.contains(&shape.trim_matches(|mark| "[]{}!".contains(mark))),
                };
                assert!(known, "{name}.{field}: {shape}");
            }
        }
        assert!(TABLE.kinds.values().all(|(_, definition)| TABLE.types.contains_key(definition)));
    }

    #[test]
    fn every_root_has_the_type_and_object_meta() {
        for (api_version, kind) in kinds() {
            let api = api(api_version, kind).expect("it is listed");
            let Schema::Object(root) = &api.root else { panic!("{kind} is no object") };
            for field in ["apiVersion", "kind", "metadata"] {
                assert!(root.field(field).is_some(), "{kind}.{field}");
            }
        }
    }
}
