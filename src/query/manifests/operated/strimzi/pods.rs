//! Pods of Strimzi: all are made alike, of a template that a resource may say.

use super::super::{copy, has_only, is_absent, list, map};
use crate::data::{Node, NodeValue};

/// What is copied into the spec of the pods as it is.
const OF_PODS: [&str; 7] = [
    "affinity",
    "priorityClassName",
    "schedulerName",
    "securityContext",
    "terminationGracePeriodSeconds",
    "tolerations",
    "topologySpreadConstraints",
];

/// What else of a template is read, or changes nothing about the room and the place of pods. `volumes` and `templatedVolumes` may be claims.
const OTHERS: [&str; 8] = [
    "metadata",
    "imagePullSecrets",
    "hostAliases",
    "dnsPolicy",
    "dnsConfig",
    "enableServiceLinks",
    "tmpDirSizeLimit",
    "hostUsers",
];

/// A pod, before what its template says.
pub(super) struct Pod<'a> {
    /// `template.pod` of the resource.
    pub(super) told: &'a Node,
    pub(super) labels: Node,
    /// Containers with what they say of their resources.
    pub(super) containers: Vec<(&'a str, &'a Node)>,
    /// The label of nodes that says in which rack a pod is: then it is only where there is one, and asks for it before it begins.
    pub(super) rack: Option<&'a str>,
    /// Whether a container that needs what the first one needs runs before it.
    pub(super) asks_first: bool,
    /// How many directories for temporary files there are, and what else it mounts.
    pub(super) temporary: usize,
    pub(super) volumes: Vec<Node>,
}

impl Pod<'_> {
    /// The template of the pod, with its metadata. None where something is said that is not read.
    pub(super) fn template(self) -> Option<Node> {
        let none = Node::map();
        let told = self.told;
        let own = told.get("metadata").filter(|node| !is_absent(node)).unwrap_or(&none);
        if !has_only(told, &[OF_PODS.as_slice(), &OTHERS].concat()) || !has_only(own, &["labels", "annotations"]) {
            return None;
        }
        let mut labels = self.labels.as_map()?.clone();
        labels.extend(own.get("labels").and_then(Node::as_map).cloned().unwrap_or_default());
        let mut metadata = map([("labels", Node::synthetic(NodeValue::Map(labels)))]);
        copy(own, &mut metadata, &["annotations"]);
        let mut containers = Vec::new();
        for (name, said) in &self.containers {
            containers.push(map([("name", Node::string(*name)), ("resources", resources(said)?)]));
        }
        let limit = told.get("tmpDirSizeLimit").filter(|node| !is_absent(node)).cloned();
        let limit = limit.unwrap_or_else(|| Node::string("5Mi"));
        let temporary = (0..self.temporary).map(|number| in_memory(&format!("strimzi-tmp-{number}"), limit.clone()));
        let mut volumes: Vec<Node> = temporary.chain(self.volumes).collect();
        let mut pod = map([("terminationGracePeriodSeconds", super::super::integer(30))]);
        copy(told, &mut pod, &OF_PODS);
        let fields = pod.as_map_mut()?;
        if let Some(rack) = self.rack {
            fields.insert("affinity".into(), with_rack(told.get("affinity"), rack)?);
        }
        if self.asks_first {
            let (_, said) = self.containers.first()?;
            let first = map([("name", Node::string("kafka-init")), ("resources", resources(said)?)]);
            fields.insert("initContainers".into(), list([first]));
            volumes.push(in_memory("rack-volume", Node::string("1Mi")));
        }
        fields.insert("containers".into(), list(containers));
        fields.insert("volumes".into(), list(volumes));
        Some(map([("metadata", metadata), ("spec", pod)]))
    }
}

/// A directory in memory of a size.
pub(super) fn in_memory(name: &str, limit: Node) -> Node {
    let directory = map([("medium", Node::string("Memory")), ("sizeLimit", limit)]);
    map([("name", Node::string(name)), ("emptyDir", directory)])
}

/// The resources that a part of a resource says.
fn resources(said: &Node) -> Option<Node> {
    match said.get("resources").filter(|node| !is_absent(node)) {
        Some(own) if has_only(own, &["requests", "limits"]) => Some(own.clone()),
        Some(_) => None,
        None => Some(Node::map()),
    }
}

/// The affinity with the demand that a node has a label (`affinityWithRackLabelSelector`). Terms of the author's own get it, too, and are not read.
fn with_rack(told: Option<&Node>, rack: &str) -> Option<Node> {
    let mut affinity = told.filter(|node| !is_absent(node)).cloned().unwrap_or_else(Node::map);
    let key = "requiredDuringSchedulingIgnoredDuringExecution";
    let nodes = affinity.as_map_mut()?.entry("nodeAffinity".into()).or_insert_with(Node::map);
    if is_absent(nodes) {
        *nodes = Node::map();
    }
    if nodes.get(key).is_some_and(|node| !is_absent(node)) {
        return None;
    }
    let exists = map([("key", Node::string(rack)), ("operator", Node::string("Exists"))]);
    let terms = list([map([("matchExpressions", list([exists]))])]);
    nodes.as_map_mut()?.insert(key.into(), map([("nodeSelectorTerms", terms)]));
    Some(affinity)
}

/// The label of `rack`. The outer option is none where it is told of otherwise.
pub(super) fn rack(spec: &Node) -> Option<Option<&str>> {
    let Some(rack) = spec.get("rack").filter(|node| !is_absent(node)) else { return Some(None) };
    let kind = rack.get("type").filter(|node| !is_absent(node)).map(Node::as_str);
    if !has_only(rack, &["type", "topologyKey"]) || kind.is_some_and(|kind| kind != Some("topology-label")) {
        return None;
    }
    Some(Some(rack.get("topologyKey")?.as_str()?))
}
