//! Walks an object beside its schema.

use std::borrow::Cow;
use std::fmt;

use crate::objects::schema::{Catalog, ObjectSchema, Schema};
use crate::objects::{Node, NodeValue, Object};

/// A node with what its schema says about it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) object: &'a Object,
    /// The definition whose field this is, or holds it in a list or map. None for the root.
    pub(super) owner: Option<&'a ObjectSchema>,
    /// The name of that field.
    pub(super) field: &'a str,
    pub(super) schema: &'a Schema,
    pub(super) node: &'a Node,
    pub(super) path: &'a Path<'a>,
}

impl Place<'_> {
    /// The definition and field, if it is one of Kubernetes itself: a custom resource may call something else alike.
    pub(super) fn builtin(&self) -> Option<(&str, &str)> {
        self.owner.filter(|owner| owner.is_builtin()).map(|owner| (owner.name.as_str(), self.field))
    }

    /// The last key on the way: that of the field or, inside a map, the one in the map.
    pub(super) fn key(&self) -> &str {
        &self.path.segment
    }
}

/// The way from the root to a node, written as the author would: elements of lists by their name where they have one.
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Cow<'a, str>,
}

impl Path<'_> {
    /// How many steps it is from the root.
    pub(super) fn depth(&self) -> usize {
        self.parent.map_or(0, |parent| parent.depth() + 1)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parent) = self.parent else { return Ok(()) };
        if parent.parent.is_some() {
            write!(formatter, "{parent}.")?;
        }
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '[' | ']');
        if !self.segment.is_empty() && self.segment.chars().all(is_word) {
            formatter.write_str(&self.segment)
        } else {
            write!(formatter, "{:?}", self.segment)
        }
    }
}

/// Calls `visit` for every node whose schema is known, parents first. Unknown fields are reported where objects are
/// emitted and are passed over here.
pub(super) fn walk(object: &Object, catalog: &Catalog, visit: &mut dyn FnMut(&Place<'_>)) {
    let Some(api) = catalog.get(&object.api_version, &object.kind) else { return };
    let path = Path { parent: None, segment: Cow::Borrowed("") };
    let root = Place { object, owner: None, field: "", schema: &api.root, node: &object.body, path: &path };
    descend(&root, visit);
}

fn descend(place: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>)) {
    visit(place);
    match (place.schema, &place.node.value) {
        (Schema::Object(owner), NodeValue::Map(map)) => {
            for (key, node) in map {
                if let Some(field) = owner.field(key).filter(|_| !matches!(node.value, NodeValue::Null)) {
                    let path = Path { parent: Some(place.path), segment: Cow::Borrowed(key) };
                    let owner = Some(&**owner);
                    descend(&Place { owner, field: key, schema: &field.schema, node, path: &path, ..*place }, visit);
                }
            }
        }
        (Schema::List(schema), NodeValue::List(items)) => {
            for (index, node) in items.iter().enumerate() {
                let name = node.get("name").or_else(|| node.at(&["metadata", "name"])).and_then(Node::as_str);
                let segment = name.map_or_else(|| Cow::Owned(format!("[{index}]")), Cow::Borrowed);
                let path = Path { parent: Some(place.path), segment };
                descend(&Place { schema, node, path: &path, ..*place }, visit);
            }
        }
        (Schema::Map(schema), NodeValue::Map(map)) => {
            for (key, node) in map {
                let path = Path { parent: Some(place.path), segment: Cow::Borrowed(key) };
                descend(&Place { schema, node, path: &path, ..*place }, visit);
            }
        }
        _ => {}
    }
}
