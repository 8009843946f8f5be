//! What the APIs of a cluster accept: the catalog that emitted objects are checked against.
//!
//! The built-in APIs come from a table that is generated once (`tests/kubernetes-schema`); custom ones are declared in
//! the language or read from a CustomResourceDefinition. Only names, types and required fields are kept: the rest of
//! what an API server validates is either checked elsewhere by name or not decidable without the server.

mod catalog;
mod crd;
mod table;

use std::sync::Arc;

use indexmap::IndexMap;

pub use catalog::Catalog;
pub use crd::from_crd;

/// Whether objects of an API live in a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `metadata.namespace` is meant.
    Namespaced,
    /// `metadata.namespace` is refused.
    Cluster,
}

/// What the controller of an API makes, as its declaration says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creates {
    /// Nobody says it.
    Unstated,
    /// Pods, so that a footprint must say which.
    Pods,
    /// Neither pods nor claims.
    Nothing,
}

/// One kind of object.
#[derive(Debug, Clone)]
pub struct ApiSchema {
    pub scope: Scope,
    /// Only custom APIs say so: the compiler knows what the built-in ones create.
    pub creates: Creates,
    /// The type of the whole object, `apiVersion`, `kind` and `metadata` included.
    pub root: Schema,
}

/// The type of a field.
#[derive(Debug, Clone)]
pub enum Schema {
    /// Anything, unchecked.
    Any,
    String,
    Integer,
    /// An integer or a decimal fraction.
    Number,
    Boolean,
    /// `128Mi`, `250m`: a string or an integer in YAML.
    Quantity,
    /// A number or a name, such as a port.
    IntOrString,
    /// RFC 3339.
    DateTime,
    List(Arc<Schema>),
    /// Free keys.
    Map(Arc<Schema>),
    Object(Arc<ObjectSchema>),
    /// One of these strings.
    Choice(Arc<[String]>),
}

impl Schema {
    /// The object type, if it is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Arc<ObjectSchema>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// How a message calls a value of this type, with its article.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Any => "anything".into(),
            Self::String => "a string".into(),
            Self::Integer => "an integer".into(),
            Self::Number => "a number".into(),
            Self::Boolean => "`true` or `false`".into(),
            Self::Quantity => "a quantity".into(),
            Self::IntOrString => "an integer or a string".into(),
            Self::DateTime => "a date with time".into(),
            Self::List(element) => match element.as_object() {
                Some(object) => format!("a list of {}", object.name),
                None => "a list".into(),
            },
            Self::Map(_) => "a map".into(),
            Self::Object(object) => format!("an object ({})", object.name),
            Self::Choice(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                format!("one of {}", quoted.join(", "))
            }
        }
    }
}

/// An object with known fields.
#[derive(Debug)]
pub struct ObjectSchema {
    /// `DeploymentSpec`.
    pub name: String,
    fields: Fields,
}

/// Definitions of the table refer to each other, some to themselves; so that none has to be built as a whole, a field
/// of the table becomes a [`Schema`] when somebody asks for it.
#[derive(Debug)]
enum Fields {
    Own(IndexMap<String, Field>),
    Table(&'static table::Definition),
}

/// A field of an object.
#[derive(Debug, Clone)]
pub struct Field {
    pub schema: Schema,
    /// The API server refuses an object without it.
    pub required: bool,
}

impl ObjectSchema {
    /// Whether Kubernetes itself defines it, so that the name tells what it is.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        matches!(self.fields, Fields::Table(_))
    }

    /// The field of a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Field> {
        match &self.fields {
            Fields::Own(fields) => fields.get(name).cloned(),
            Fields::Table(definition) => definition.field(name),
        }
    }

    /// The names of all fields, for suggestions.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let (own, table) = match &self.fields {
            Fields::Own(fields) => (Some(fields.keys().map(String::as_str)), None),
            Fields::Table(definition) => (None, Some(definition.names())),
        };
        own.into_iter().flatten().chain(table.into_iter().flatten())
    }

    /// Where the name of an element stands when a list of these is written as a map. The name of the field alone
    /// decides, as for `volumeMounts`, whose patch key is another: whoever mounts a volume twice writes a list.
    #[must_use]
    pub fn element_key(&self) -> Option<&'static [&'static str]> {
        if self.field("name").is_some() {
            Some(&["name"])
        } else if self.field("metadata").is_some() {
            Some(&["metadata", "name"])
        } else {
            None
        }
    }
}

/// An object type for a custom API.
#[must_use]
pub fn object_schema(name: &str, fields: Vec<(String, Field)>) -> Schema {
    let fields = Fields::Own(fields.into_iter().collect());
    Schema::Object(Arc::new(ObjectSchema { name: name.to_owned(), fields }))
}

/// The root of a custom API with what every root has. A root without known fields stays open.
fn with_type_meta(root: Schema) -> Schema {
    let Schema::Object(object) = &root else { return root };
    let Fields::Own(fields) = &object.fields else { return root };
    let implied = [("apiVersion", Schema::String), ("kind", Schema::String), ("metadata", table::object_meta())];
    let mut all: IndexMap<String, Field> =
        implied.into_iter().map(|(name, schema)| (name.to_owned(), Field { schema, required: false })).collect();
    for (name, field) in fields {
        // A CustomResourceDefinition may narrow `metadata.name`, but says nothing of the other fields.
        all.entry(name.clone()).or_insert_with(|| field.clone());
    }
    Schema::Object(Arc::new(ObjectSchema { name: object.name.clone(), fields: Fields::Own(all) }))
}
