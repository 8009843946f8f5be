//! One operation of a JSON patch.

use crate::data::{Node, NodeValue};

/// What an operation does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Fails unless the value at the path equals this one.
    Test(Node),
    /// Sets a key of a map, or inserts into a list.
    Add(Node),
    /// Replaces what must exist.
    Replace(Node),
    /// Removes what must exist.
    Remove,
}

/// An action at a JSON pointer (RFC 6901).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operation {
    /// What to do.
    pub action: Action,
    /// Where, with `~` and `/` in keys escaped.
    pub path: String,
}

impl Operation {
    /// The operation as Kustomize reads it.
    #[must_use]
    pub(crate) fn to_node(&self) -> Node {
        let (word, value) = match &self.action {
            Action::Test(value) => ("test", Some(value)),
            Action::Add(value) => ("add", Some(value)),
            Action::Replace(value) => ("replace", Some(value)),
            Action::Remove => ("remove", None),
        };
        let mut node = Node::map();
        if let Some(map) = node.as_map_mut() {
            map.insert("op".into(), Node::string(word));
            map.insert("path".into(), Node::string(self.path.as_str()));
            if let Some(value) = value {
                map.insert("value".into(), value.clone());
            }
        }
        node
    }

    /// Reads what [`Self::to_node`] writes.
    #[must_use]
    pub(crate) fn from_node(node: &Node) -> Option<Self> {
        let path = node.get("path")?.as_str()?.to_owned();
        let value = || node.get("value").cloned();
        let action = match node.get("op")?.as_str()? {
            "test" => Action::Test(value()?),
            "add" => Action::Add(value()?),
            "replace" => Action::Replace(value()?),
            "remove" => Action::Remove,
            _ => return None,
        };
        Some(Self { action, path })
    }
}

/// All operations of a patch as one document.
#[must_use]
pub(crate) fn to_document(operations: &[Operation]) -> Node {
    Node::synthetic(NodeValue::List(operations.iter().map(Operation::to_node).collect()))
}

/// A key as a step of a JSON pointer.
#[must_use]
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A step of a JSON pointer as a key.
#[must_use]
pub(crate) fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_slashes_and_tildes_survive_a_pointer() {
        for key in ["app.kubernetes.io/name", "a~b", "~1", "/~0/", ""] {
            assert_eq!(unescape(&escape(key)), key);
            assert!(!escape(key).contains('/'));
        }
    }
}
