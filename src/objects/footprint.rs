//! Footprints as they are written down: objects that name what they stand for.

use super::{Node, Object, ObjectKey};

/// The annotation that names the object that a footprint stands for, for programs that read the file.
pub const STANDS_FOR: &str = "vauban.dev/stands-for";

/// `postgresql.acid.zalan.do shop/db`, as `kubectl` names things.
#[must_use]
pub fn describe(key: &ObjectKey) -> String {
    let group = if key.group.is_empty() { String::new() } else { format!(".{}", key.group) };
    let namespace = key.namespace.as_deref().map(|name| format!("{name}/")).unwrap_or_default();
    format!("{}{group} {namespace}{}", key.kind, key.name)
}

/// Reads what [`describe`] writes. None when it is no such name.
#[must_use]
pub fn parse(text: &str) -> Option<ObjectKey> {
    let (head, rest) = text.split_once(' ')?;
    let (kind, group) = head.split_once('.').unwrap_or((head, ""));
    let (namespace, name) =
        rest.split_once('/').map_or((None, rest), |(namespace, name)| (Some(namespace.to_owned()), name));
    let is_word = |text: &str| !text.is_empty() && !text.contains([' ', '/']);
    if !is_word(kind) || !is_word(name) || namespace.as_deref().is_some_and(str::is_empty) {
        return None;
    }
    Some(ObjectKey { group: group.to_owned(), kind: kind.to_owned(), namespace, name: name.to_owned() })
}

/// The object of a footprint as it is published, and what it stands for. None for what is no footprint.
#[must_use]
pub fn published(object: &Object) -> Option<(String, Node)> {
    let owner = describe(object.stands_for.as_ref()?);
    let mut body = object.body.clone();
    annotate(&mut body, &owner);
    Some((owner, body))
}

fn annotate(body: &mut Node, owner: &str) -> Option<()> {
    let metadata = body.as_map_mut()?.entry("metadata".into()).or_insert_with(Node::map);
    let annotations = metadata.as_map_mut()?.entry("annotations".into()).or_insert_with(Node::map);
    annotations.as_map_mut()?.insert(STANDS_FOR.into(), Node::string(owner));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for text in ["postgresql.acid.zalan.do shop/db", "Pod shop/once", "Node worker", "Deployment.apps a/b"] {
            assert_eq!(parse(text).as_ref().map(describe).as_deref(), Some(text));
        }
        for text in ["", "db", "shop/db", "Pod ", "Pod /x", "Pod a/", "Pod a b", "Pod a/b/c"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
