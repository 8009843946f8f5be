//! Static pods: the kubelet of a node runs each from a file, past the scheduler, and shows it as a mirror pod.
//!
//! Like a DaemonSet's, they are one on each of their nodes, stay there when it is drained, and are nowhere else when it is
//! lost. So the like ones of several nodes are counted as a DaemonSet of these nodes.

use std::collections::BTreeMap;

use super::text;
use crate::data::{Node, NodeValue};
use crate::objects::footprint::STANDS_FOR;
use crate::objects::node_labels::HOSTNAME;
use crate::source::Span;

/// The annotation by which a kubelet marks what it shows (`kubetypes.ConfigMirrorAnnotationKey`).
const MIRROR: &str = "kubernetes.io/config.mirror";

/// Like static pods, by namespace, name without the node, and spec.
#[derive(Default)]
pub(super) struct Mirrors(BTreeMap<[String; 3], Group>);

struct Group {
    spec: Node,
    labels: Option<Node>,
    nodes: Vec<String>,
    span: Span,
}

impl Mirrors {
    /// Takes a pod that is one.
    pub(super) fn take(&mut self, body: &Node, span: Span) -> bool {
        let Some(node) = text(body, &["spec", "nodeName"]) else { return false };
        let is_mirror = body.at(&["metadata", "annotations", MIRROR]).is_some();
        let (Some(name), Some(spec), true) = (text(body, &["metadata", "name"]), body.get("spec"), is_mirror) else {
            return false;
        };
        let stem = name.strip_suffix(node).and_then(|stem| stem.strip_suffix('-')).unwrap_or(name);
        let namespace = text(body, &["metadata", "namespace"]).unwrap_or("default");
        let spec = bare(spec);
        let key = [namespace.to_owned(), stem.to_owned(), crate::data::yaml::document(&demand(&spec))];
        let labels = body.at(&["metadata", "labels"]).cloned();
        let group = self.0.entry(key).or_insert(Group { spec, labels, nodes: Vec::new(), span });
        group.nodes.push(node.to_owned());
        true
    }

    /// A DaemonSet of each, which stands for them: proved, never applied.
    pub(super) fn daemons(self) -> impl Iterator<Item = (Node, Span)> {
        let mut seen: BTreeMap<[String; 2], usize> = BTreeMap::new();
        self.0.into_iter().map(move |([namespace, stem, _], group)| {
            let number = seen.entry([namespace.clone(), stem.clone()]).or_default();
            *number += 1;
            let name = if *number == 1 { stem.clone() } else { format!("{stem}-{number}") };
            (daemon(&namespace, &name, &group), group.span)
        })
    }
}

/// What a pod asks for, by which static pods are told apart: their commands differ by node.
fn demand(spec: &Node) -> Node {
    let resources = |list: &str| {
        let items = spec.get(list).map(Node::items).unwrap_or_default();
        let read = |one: &Node| {
            let kept = ["name", "resources", "restartPolicy", "ports"];
            map(kept.iter().filter_map(|key| Some((*key, one.get(key)?.clone()))))
        };
        Node::synthetic(NodeValue::List(items.iter().map(read).collect()))
    };
    let others = ["overhead", "priorityClassName", "hostNetwork"].iter();
    let others = others.filter_map(|key| Some((*key, spec.get(key)?.clone())));
    map([("containers", resources("containers")), ("initContainers", resources("initContainers"))]
        .into_iter()
        .chain(others))
}

/// The spec without what ties it to its node.
fn bare(spec: &Node) -> Node {
    let mut spec = spec.clone();
    if let Some(map) = spec.as_map_mut() {
        let gone = ["nodeName", "priority", "nodeSelector", "affinity", "tolerations", "topologySpreadConstraints"];
        gone.iter().for_each(|key| drop(map.shift_remove(*key)));
    }
    spec
}

fn daemon(namespace: &str, name: &str, group: &Group) -> Node {
    let list = |items: Vec<Node>| Node::synthetic(NodeValue::List(items));
    let hosts = group.nodes.iter().map(|node| Node::string(node.clone())).collect();
    let wanted = map([("key", Node::string(HOSTNAME)), ("operator", Node::string("In")), ("values", list(hosts))]);
    let term = map([("matchExpressions", list(vec![wanted]))]);
    let required = map([("nodeSelectorTerms", list(vec![term]))]);
    let affinity = map([("nodeAffinity", map([("requiredDuringSchedulingIgnoredDuringExecution", required)]))]);
    let mut spec = group.spec.clone();
    if let Some(fields) = spec.as_map_mut() {
        fields.insert("affinity".into(), affinity);
        fields.insert("tolerations".into(), list(vec![map([("operator", Node::string("Exists"))])]));
    }
    let own = || map([("vauban.dev/static-pod", Node::string(name))]);
    let labels = group.labels.clone().unwrap_or_else(own);
    let stands_for = Node::string(format!("StaticPod {namespace}/{name}"));
    let metadata = map([
        ("name", Node::string(name)),
        ("namespace", Node::string(namespace)),
        ("annotations", map([(STANDS_FOR, stands_for)])),
    ]);
    let template = map([("metadata", map([("labels", labels.clone())])), ("spec", spec)]);
    let spec = map([("selector", map([("matchLabels", labels)])), ("template", template)]);
    map([
        ("apiVersion", Node::string("apps/v1")),
        ("kind", Node::string("DaemonSet")),
        ("metadata", metadata),
        ("spec", spec),
    ])
}

fn map<'a>(fields: impl IntoIterator<Item = (&'a str, Node)>) -> Node {
    Node::synthetic(NodeValue::Map(fields.into_iter().map(|(key, value)| (key.into(), value)).collect()))
}
