//! Footprints as they are written down: objects that name what they stand for.

use std::sync::Arc;

use super::{Node, NodeValue, Object, ObjectKey};

/// The annotation that names the object that a footprint stands for, for programs that read the file.
pub const STANDS_FOR: &str = "vauban.dev/stands-for";

/// What a container of a footprint runs when somebody applies it as a stand-in: nothing. The API server demands an image,
/// and which one the operator takes is not what a footprint is about.
const STAND_IN_IMAGE: &str = "registry.k8s.io/pause:3.10";

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

/// The object of a footprint as it is published, and what it stands for. None for what is no footprint. What the API server
/// demands beyond what the proof reads is filled in, so that a real scheduler can be given the file.
#[must_use]
pub fn published(object: &Object) -> Option<(String, Node)> {
    let owner = describe(object.stands_for.as_ref()?);
    let mut body = object.body.clone();
    annotate(&mut body, &owner);
    complete(&mut body, &object.kind);
    Some((owner, body))
}

/// The footprint of an object of which nothing comes: one that needs no room, so that whoever checks a proof reads it where
/// everything else is said that operators make.
#[must_use]
pub fn of_nothing(owner: &Object, namespace: Option<&str>) -> Object {
    let map = |fields: Vec<(&str, Node)>| {
        let fields = fields.into_iter().map(|(key, node)| (Arc::from(key), node));
        Node::synthetic(NodeValue::Map(fields.collect()))
    };
    let name = format!("{}-{}-makes-no-pods", owner.kind.to_lowercase(), owner.name);
    let mut metadata = vec![("name", Node::string(name.clone()))];
    metadata.extend(namespace.map(|namespace| ("namespace", Node::string(namespace))));
    let body =
        vec![("apiVersion", Node::string("v1")), ("kind", Node::string("ConfigMap")), ("metadata", map(metadata))];
    Object {
        api_version: "v1".to_owned(),
        kind: "ConfigMap".to_owned(),
        name,
        namespace: namespace.map(str::to_owned),
        body: map(body),
        label: None,
        stands_for: Some(owner.key()),
        ..owner.clone()
    }
}

fn complete(body: &mut Node, kind: &str) -> Option<()> {
    let path: &[&str] = match kind {
        "Pod" => &["spec"],
        "PodTemplate" => &["template", "spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            &["spec", "template", "spec"]
        }
        _ => return None,
    };
    let mut spec = body;
    for key in path {
        spec = spec.as_map_mut()?.get_mut(*key)?;
    }
    let spec = spec.as_map_mut()?;
    for list in ["initContainers", "containers"] {
        let Some(NodeValue::List(containers)) = spec.get_mut(list).map(|node| &mut node.value) else { continue };
        for container in containers.iter_mut().filter_map(Node::as_map_mut) {
            container.entry("image".into()).or_insert_with(|| Node::string(STAND_IN_IMAGE));
        }
    }
    if matches!(kind, "Job" | "CronJob") {
        spec.entry("restartPolicy".into()).or_insert_with(|| Node::string("Never"));
    }
    Some(())
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
    use crate::objects::check::testing::with_footprint;

    fn published_text(document: &str) -> String {
        let (_, body) = published(&with_footprint(&[document], 0)[0]).expect("it is a footprint");
        crate::data::yaml::document(&body)
    }

    #[test]
    fn the_api_server_would_take_a_stand_in() {
        let text = published_text(
            "{ apiVersion: batch/v1, kind: Job, metadata: { name: a }, \
             spec: { template: { spec: { containers: [{ name: a }, { name: b, image: own }] } } } }",
        );
        assert_eq!(text.matches("image: registry.k8s.io/pause:3.10").count(), 1, "{text}");
        assert!(text.contains("image: own") && text.contains("restartPolicy: Never"), "{text}");
    }

    #[test]
    fn what_is_injected_is_published_with_its_annotation_and_an_image() {
        let text = published_text(
            "{ apiVersion: v1, kind: PodTemplate, metadata: { name: a, annotations: { vauban.dev/injects: istio } }, \
             template: { spec: { initContainers: [{ name: proxy, restartPolicy: Always }], containers: [{ name: agent }] } } }",
        );
        assert_eq!(text.matches("image: registry.k8s.io/pause:3.10").count(), 2, "{text}");
        assert!(text.contains("vauban.dev/injects: istio") && text.contains("vauban.dev/stands-for: "), "{text}");
    }

    #[test]
    fn what_makes_no_pods_is_left_alone() {
        let text = published_text("{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { b: c } }");
        assert!(!text.contains("image"), "{text}");
    }

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
