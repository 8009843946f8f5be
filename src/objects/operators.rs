//! Workloads that make pods of others which no object shows: programs that are known to, by their image and what they are told.
//!
//! An operator that makes pods of a custom resource is no such one: its resources are there to be counted. These make them of
//! nothing but their own settings.
//!
//! Sources: `deploy/longhorn.yaml` of longhorn/longhorn (`longhorn-manager daemon` is given the images of what it starts on each
//! node, `deploy-driver` those of the CSI driver); `deploy/examples/operator.yaml` of rook/rook (the operator starts CSI drivers
//! and the discovery daemon by its ConfigMap).

use super::{Node, Object};

/// The end of the image's repository, the word of its command or arguments, and what it makes.
const OPERATORS: [(&str, &str, &str); 3] = [
    ("longhorn-manager", "daemon", "instance managers, engine images, share managers and backing images on the nodes"),
    (
        "longhorn-manager",
        "deploy-driver",
        "the attacher, provisioner, resizer, snapshotter and plugin of its CSI driver",
    ),
    ("rook/ceph", "operator", "the provisioners and plugins of its CSI drivers"),
];

/// What a workload is known to make beside its own pods.
#[must_use]
pub fn makes(object: &Object) -> Option<&'static str> {
    let containers = object.pod_template()?.at(&["spec", "containers"]).map(Node::items).unwrap_or_default();
    containers.iter().find_map(|container| {
        let image = container.get("image").and_then(Node::as_str)?;
        let words = ["command", "args"].into_iter().filter_map(|key| container.get(key)).flat_map(Node::items);
        let words: Vec<&str> = words.filter_map(Node::as_str).collect();
        let known = OPERATORS.iter().find(|(end, word, _)| {
            let before = repository(image).strip_suffix(end);
            before.is_some_and(|before| before.is_empty() || before.ends_with('/')) && words.contains(word)
        });
        known.map(|(.., what)| *what)
    })
}

/// An image without its tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_or_a_digest_is_no_part_of_a_repository() {
        for image in ["docker.io/longhornio/longhorn-manager:v1.9.0", "longhornio/longhorn-manager@sha256:ab"] {
            assert!(repository(image).ends_with("longhornio/longhorn-manager"), "{image}");
        }
        assert_eq!(repository("registry:5000/rook/ceph"), "registry:5000/rook/ceph");
    }
}
