//! The emitted trees: what will be YAML, with the two places that each leaf comes from.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::source::Span;

/// A piece of an emitted object.
#[derive(Debug, Clone)]
pub struct Node {
    /// The content.
    pub value: NodeValue,
    /// The field in the `emit` that wrote it.
    pub emitted: Span,
    /// The digits that the author typed, wherever they are.
    pub origin: Span,
}

/// YAML's data model without floats, anchors and tags.
#[derive(Debug, Clone)]
pub enum NodeValue {
    /// `null`, only where a source says so.
    Null,
    Bool(bool),
    Integer(i128),
    /// A decimal fraction as exact text, such as `0.9`.
    Decimal(Arc<str>),
    String(Arc<str>),
    List(Vec<Node>),
    Map(IndexMap<Arc<str>, Node>),
}

impl Node {
    /// A node that no source states.
    #[must_use]
    pub fn synthetic(value: NodeValue) -> Self {
        Self { value, emitted: Span::NONE, origin: Span::NONE }
    }

    /// A string that no source states.
    #[must_use]
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Self::synthetic(NodeValue::String(text.into()))
    }

    /// An empty map that no source states.
    #[must_use]
    pub fn map() -> Self {
        Self::synthetic(NodeValue::Map(IndexMap::new()))
    }

    /// The node at a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The node under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            NodeValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, if it is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i128> {
        match self.value {
            NodeValue::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// How many there are of something, if it says so: no number below 0, and none above what the API server takes for a
    /// count, an `int32`; whoever checks objects refuses the others.
    #[must_use]
    pub fn as_count(&self) -> Option<i128> {
        Some(self.as_integer()?.clamp(0, i128::from(i32::MAX)))
    }

    /// The elements; none when it is no list.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.value {
            NodeValue::List(items) => items,
            _ => &[],
        }
    }

    /// The map, if it is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&IndexMap<Arc<str>, Node>> {
        match &self.value {
            NodeValue::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The map to change, if it is one.
    pub fn as_map_mut(&mut self) -> Option<&mut IndexMap<Arc<str>, Node>> {
        match &mut self.value {
            NodeValue::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The place to show: what the author typed where there is one, otherwise the emitting field.
    #[must_use]
    pub fn span(&self) -> Span {
        if self.origin.is_none() { self.emitted } else { self.origin }
    }
}

/// Equality of content; places do not matter, the order of keys does not either.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (NodeValue::Null, NodeValue::Null) => true,
            (NodeValue::Bool(left), NodeValue::Bool(right)) => left == right,
            (NodeValue::Integer(left), NodeValue::Integer(right)) => left == right,
            (NodeValue::Decimal(left), NodeValue::Decimal(right))
            | (NodeValue::String(left), NodeValue::String(right)) => left == right,
            (NodeValue::List(left), NodeValue::List(right)) => left == right,
            (NodeValue::Map(left), NodeValue::Map(right)) => left == right,
            _ => false,
        }
    }
}
