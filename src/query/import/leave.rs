//! What of a cluster's objects nobody wrote: made by controllers, or filled in by the API server.

use crate::data::Node;
use crate::objects::Object;
use crate::query::manifests::dump::WRITTEN;

/// Labels and annotations that others write.
const NOTES: [&str; 9] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubernetes.io/metadata.name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "job-name",
    "vauban.dev/stands-for",
    "pv.kubernetes.io/bind-completed",
    "volume.kubernetes.io/selected-node",
];

/// Why an object is not written, in words that follow its kind; nothing where it is.
pub(super) fn reason(object: &Object) -> Option<&'static str> {
    let annotation = |key: &str| object.body.at(&["metadata", "annotations", key]).is_some();
    match (object.group(), object.kind.as_str()) {
        ("", "Node") => Some("becomes hardware"),
        ("", "ConfigMap") if object.name == "kube-root-ca.crt" => Some("is made in every namespace"),
        ("", "ServiceAccount") if object.name == "default" && !annotation("eks.amazonaws.com/role-arn") => {
            Some("is made in every namespace")
        }
        ("", "Endpoints" | "Event" | "PodTemplate") | ("events.k8s.io", _) | ("coordination.k8s.io", "Lease") => {
            Some("is made by controllers")
        }
        ("discovery.k8s.io", _) | ("apps", "ControllerRevision") | ("metrics.k8s.io", _) => {
            Some("is made by controllers")
        }
        ("", "PersistentVolume") if annotation("pv.kubernetes.io/provisioned-by") => Some("is made by a provisioner"),
        ("", "Service") if object.name == "kubernetes" && object.namespace.as_deref() == Some("default") => {
            Some("is made by the API server")
        }
        ("apiregistration.k8s.io", _) if object.body.at(&["spec", "service"]).is_none() => {
            Some("is made by the API server")
        }
        _ => None,
    }
}

/// The body without what an emission of this name in this namespace states, or somebody else fills in.
pub(super) fn body(object: &Object, name: &str, namespace: Option<&str>) -> Node {
    let mut body = object.body.clone();
    let Some(map) = body.as_map_mut() else { return body };
    map.shift_remove("status");
    let mut drop_metadata = false;
    if let Some(metadata) = map.get_mut("metadata").and_then(Node::as_map_mut) {
        WRITTEN.iter().for_each(|key| drop(metadata.shift_remove(*key)));
        if object.namespace.as_deref() == namespace || object.namespace.is_none() {
            metadata.shift_remove("namespace");
        }
        if object.name == name {
            metadata.shift_remove("name");
        }
        cut_notes(metadata);
        drop_metadata = metadata.is_empty();
    }
    if drop_metadata {
        map.shift_remove("metadata");
    }
    let Some(spec) = map.get_mut("spec").and_then(Node::as_map_mut) else { return body };
    match (object.kind.as_str(), object.api_version.as_str()) {
        ("Service", "v1") if spec.get("clusterIP").and_then(Node::as_str) != Some("None") => {
            ["clusterIP", "clusterIPs"].iter().for_each(|key| drop(spec.shift_remove(*key)));
        }
        ("Namespace", _) => drop(map.shift_remove("spec")),
        ("Job", _) => {
            let is_own =
                matches!(spec.get("manualSelector").map(|flag| &flag.value), Some(crate::data::NodeValue::Bool(true)));
            if !is_own {
                spec.shift_remove("selector");
            }
            if let Some(metadata) =
                spec.get_mut("template").and_then(|one| one.as_map_mut()?.get_mut("metadata")?.as_map_mut())
            {
                cut_notes(metadata);
            }
        }
        _ => {}
    }
    body
}

fn cut_notes(metadata: &mut indexmap::IndexMap<std::sync::Arc<str>, Node>) {
    for part in ["labels", "annotations"] {
        let Some(notes) = metadata.get_mut(part).and_then(Node::as_map_mut) else { continue };
        NOTES.iter().for_each(|key| drop(notes.shift_remove(*key)));
        if notes.is_empty() {
            metadata.shift_remove(part);
        }
    }
}
