//! What nodes of Kafka keep their data on.

use super::super::{has_only, is_absent, list, map};
use crate::data::Node;

/// Templates of claims, and directories that go with the pod.
pub(super) struct Storage {
    pub(super) claims: Vec<Node>,
    pub(super) volumes: Vec<Node>,
}

/// What a storage makes for each pod. None where it says something that is not read, such as one class for each broker.
pub(super) fn read(storage: &Node) -> Option<Storage> {
    let mut found = Storage { claims: Vec::new(), volumes: Vec::new() };
    match storage.get("type")?.as_str()? {
        "jbod" => {
            if !has_only(storage, &["type", "volumes"]) {
                return None;
            }
            for volume in storage.get("volumes")?.items() {
                found.add(volume, &format!("data-{}", volume.get("id")?.as_integer()?))?;
            }
        }
        _ => found.add(storage, "data")?,
    }
    Some(found)
}

impl Storage {
    fn add(&mut self, volume: &Node, name: &str) -> Option<()> {
        let field = |field: &str| volume.get(field).filter(|node| !is_absent(node)).cloned();
        match volume.get("type")?.as_str()? {
            "ephemeral" => {
                if !has_only(volume, &["id", "type", "sizeLimit", "kraftMetadata"]) {
                    return None;
                }
                let limit = field("sizeLimit").map(|limit| ("sizeLimit".into(), limit));
                let mut directory = Node::map();
                directory.as_map_mut()?.extend(limit);
                self.volumes.push(map([("name", Node::string(name)), ("emptyDir", directory)]));
            }
            "persistent-claim" => {
                let known = [
                    "id",
                    "type",
                    "size",
                    "kraftMetadata",
                    "class",
                    "volumeAttributesClass",
                    "selector",
                    "deleteClaim",
                ];
                if !has_only(volume, &known) {
                    return None;
                }
                let size = map([("requests", map([("storage", field("size")?)]))]);
                let mut spec = map([("accessModes", list([Node::string("ReadWriteOnce")])), ("resources", size)]);
                let spec_of = spec.as_map_mut()?;
                spec_of.extend(field("class").map(|class| ("storageClassName".into(), class)));
                spec_of.extend(field("volumeAttributesClass").map(|class| ("volumeAttributesClassName".into(), class)));
                let chosen = field("selector").filter(|labels| labels.as_map().is_none_or(|labels| !labels.is_empty()));
                spec_of.extend(chosen.map(|labels| ("selector".into(), map([("matchLabels", labels)]))));
                self.claims.push(map([("metadata", map([("name", Node::string(name))])), ("spec", spec)]));
            }
            _ => return None,
        }
        Some(())
    }
}
