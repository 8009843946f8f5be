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
