//! Reads a CustomResourceDefinition: names, types and required fields of one version.

use std::sync::Arc;

use serde::Deserialize;
use serde_yaml::Value;

use super::{ApiSchema, Creates, Field, Schema, Scope, object_schema, with_type_meta};

/// The schema of `kind` in `version` (`v1`, or `example.com/v1` to have the group compared too), from a text of one or
/// several YAML documents of which one is the CustomResourceDefinition.
///
/// # Errors
/// When the text is no YAML or does not define the kind in that version.
pub fn from_crd(yaml: &str, version: &str, kind: &str) -> Result<ApiSchema, String> {
    let (group, version) = match version.rsplit_once('/') {
        Some((group, version)) => (Some(group), version),
        None => (None, version),
    };
    let mut others = Vec::new();
    for document in serde_yaml::Deserializer::from_str(yaml) {
        let document = Value::deserialize(document).map_err(|error| error.to_string())?;
        if text(&document, "kind") != Some("CustomResourceDefinition") {
            continue;
        }
        let spec = &document["spec"];
        let found = text(&spec["names"], "kind").unwrap_or("");
        if found != kind || group.is_some_and(|group| text(spec, "group") != Some(group)) {
            others.push(format!("`{found}` of `{}`", text(spec, "group").unwrap_or("")));
            continue;
        }
        return one(spec, version, kind);
    }
    let wanted = group.map_or_else(String::new, |group| format!(" of `{group}`"));
    Err(match others.as_slice() {
        [] => format!("it holds no CustomResourceDefinition of `{kind}`{wanted}"),
        others => format!("it defines {}, but not `{kind}`{wanted}", others.join(", ")),
    })
}

fn one(spec: &Value, version: &str, kind: &str) -> Result<ApiSchema, String> {
    let versions = spec["versions"].as_sequence().map_or(&[][..], Vec::as_slice);
    let named = |candidate: &&Value| text(candidate, "name") == Some(version);
    let Some(found) = versions.iter().find(named) else {
        let names: Vec<String> =
            versions.iter().filter_map(|version| text(version, "name")).map(|name| format!("`{name}`")).collect();
        return Err(format!("`{kind}` has no version `{version}`, only {}", names.join(", ")));
    };
    let scope = if text(spec, "scope") == Some("Cluster") { Scope::Cluster } else { Scope::Namespaced };
    let root = with_type_meta(schema(&found["schema"]["openAPIV3Schema"], kind));
    Ok(ApiSchema { scope, creates: Creates::Unstated, root })
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The type that a structural schema describes. `name` is what an object there is called.
fn schema(value: &Value, name: &str) -> Schema {
    if text(value, "pattern").is_some_and(is_quantity_pattern) {
        return Schema::Quantity;
    }
    if flag(value, "x-kubernetes-int-or-string") || text(value, "format") == Some("int-or-string") {
        return Schema::IntOrString;
    }
    if flag(value, "x-kubernetes-preserve-unknown-fields") || flag(value, "x-kubernetes-embedded-resource") {
        return Schema::Any;
    }
    match text(value, "type") {
        Some("string") => string(value),
        Some("integer") => Schema::Integer,
        Some("number") => Schema::Number,
        Some("boolean") => Schema::Boolean,
        Some("array") => Schema::List(Arc::new(schema(&value["items"], name.strip_suffix('s').unwrap_or(name)))),
        Some("object") => object(value, name),
        _ => Schema::Any,
    }
}

fn string(value: &Value) -> Schema {
    let words: Option<Vec<String>> =
        value["enum"].as_sequence().map(|words| words.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    match words {
        Some(words) if !words.is_empty() => Schema::Choice(words.into()),
        _ if text(value, "format") == Some("date-time") => Schema::DateTime,
        _ => Schema::String,
    }
}

fn object(value: &Value, name: &str) -> Schema {
    let Some(properties) = value["properties"].as_mapping().filter(|properties| !properties.is_empty()) else {
        return match &value["additionalProperties"] {
            element @ Value::Mapping(_) => Schema::Map(Arc::new(schema(element, name))),
            _ => Schema::Any,
        };
    };
    let required = value["required"].as_sequence().map_or(&[][..], Vec::as_slice);
    let fields = properties.iter().filter_map(|(key, property)| {
        let key = key.as_str()?;
        // The server fills in a default before it looks whether the field is there.
        let required = required.iter().any(|word| word.as_str() == Some(key)) && property.get("default").is_none();
        let field = Field { schema: schema(property, &format!("{name}{}", capitalised(key))), required };
        Some((key.to_owned(), field))
    });
    object_schema(name, fields.collect())
}

/// `Widget` and `spec` make `WidgetSpec`, as the type is called in Go.
fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Whether a pattern is one by which definitions describe quantities: that of controller-gen, or the suffixes of
/// memory or the milli of CPU between brackets, as older operators write them.
fn is_quantity_pattern(pattern: &str) -> bool {
    const MARKS: [&str; 4] = ["[KMGTPE]i", "[EPTGMK]i", "[numkMGTPE]", r"(\d+m|\d+(\.\d{1,3})?)"];
    MARKS.iter().any(|mark| pattern.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDGET: &str = r#"
apiVersion: v1
kind: Namespace
metadata: { name: widgets }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Cluster
  names: { kind: Widget, plural: widgets }
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          apiVersion: { type: string }
          kind: { type: string }
          metadata: { type: object }
          spec:
            type: object
            required: [size, mode]
            properties:
              size: { type: integer, format: int32 }
              mode: { type: string, enum: [fast, safe], default: safe }
              since: { type: string, format: date-time }
              port: { anyOf: [{ type: integer }, { type: string }], x-kubernetes-int-or-string: true }
              memory:
                anyOf: [{ type: integer }, { type: string }]
                pattern: ^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$
                x-kubernetes-int-or-string: true
              ratio: { type: number }
              parameters: { type: object, additionalProperties: { type: string } }
              parts:
                type: array
                items: { type: object, properties: { name: { type: string } } }
              open: { type: object, x-kubernetes-preserve-unknown-fields: true, properties: { a: { type: string } } }
              bare: { type: object }
"#;

    #[test]
    fn a_definition_among_other_documents_is_read_with_all_its_types() {
        let api = from_crd(WIDGET, "example.com/v1", "Widget").expect("it is defined");
        assert_eq!(api.scope, Scope::Cluster);
        let root = api.root.as_object().expect("it has fields").clone();
        let meta = root.field("metadata").expect("every root has it").schema;
        assert!(meta.as_object().is_some_and(|meta| meta.name == "ObjectMeta"));
        let spec = root.field("spec").expect("it is defined").schema;
        let spec = spec.as_object().expect("it has fields");
        assert_eq!(spec.name, "WidgetSpec");
        let field = |name: &str| spec.field(name).expect("it is defined");
        assert!(matches!(field("size"), Field { schema: Schema::Integer, required: true }));
        let Field { schema: Schema::Choice(words), required: false } = field("mode") else { panic!("a choice") };
        assert_eq!(*words, ["fast".to_owned(), "safe".to_owned()]);
        assert!(matches!(field("since").schema, Schema::DateTime));
        assert!(matches!(field("port").schema, Schema::IntOrString));
        assert!(matches!(field("memory").schema, Schema::Quantity));
        assert!(matches!(field("ratio").schema, Schema::Number));
        assert!(matches!(field("parameters").schema, Schema::Map(element) if matches!(*element, Schema::String)));
        let Schema::List(part) = field("parts").schema else { panic!("a list") };
        assert_eq!(part.as_object().and_then(|part| part.element_key()), Some(&["name"][..]));
        assert!(matches!(field("open").schema, Schema::Any));
        assert!(matches!(field("bare").schema, Schema::Any));
        assert!(spec.field("sise").is_none());
    }

    #[test]
    fn what_is_not_defined_is_said_with_what_is() {
        let wrong = |version, kind| from_crd(WIDGET, version, kind).expect_err("it is not defined");
        assert_eq!(wrong("v2", "Widget"), "`Widget` has no version `v2`, only `v1`");
        assert_eq!(wrong("v1", "Gadget"), "it defines `Widget` of `example.com`, but not `Gadget`");
        assert!(wrong("other.com/v1", "Widget").contains("not `Widget` of `other.com`"));
        assert!(from_crd("a: [", "v1", "Widget").is_err());
        assert!(from_crd("", "v1", "Widget").is_err());
    }
}
