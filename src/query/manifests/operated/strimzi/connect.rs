//! Kafka Connect, MirrorMaker and the HTTP bridge.

use super::super::{has_only, number};
use super::kafka::part;
use super::pods::{Pod, rack};
use super::{budget, deployment, labels, pod_set, selector};
use crate::data::Node;
use crate::objects::Object;

/// What all of them may say: `replicas`, `resources`, `rack` and `template` are read, the rest changes settings and images alone. What has a
/// `build` makes a pod that builds an image, and `plugins` mount images.
const COMMON: [&str; 14] = [
    "replicas",
    "version",
    "image",
    "resources",
    "livenessProbe",
    "readinessProbe",
    "jvmOptions",
    "jmxOptions",
    "logging",
    "clientRackInitImage",
    "rack",
    "metricsConfig",
    "tracing",
    "template",
];

const CONNECT: [&str; 9] = [
    "bootstrapServers",
    "groupId",
    "configStorageTopic",
    "statusStorageTopic",
    "offsetStorageTopic",
    "tls",
    "authentication",
    "config",
    "externalConfiguration",
];

const MIRROR_MAKER: [&str; 5] = ["target", "mirrors", "clusters", "connectCluster", "config"];

const BRIDGE: [&str; 9] = [
    "bootstrapServers",
    "tls",
    "authentication",
    "http",
    "adminClient",
    "consumer",
    "producer",
    "config",
    "enableMetrics",
];

const TEMPLATE: [&str; 12] = [
    "pod",
    "podDisruptionBudget",
    "deployment",
    "podSet",
    "apiService",
    "headlessService",
    "connectContainer",
    "bridgeContainer",
    "initContainer",
    "serviceAccount",
    "clusterRoleBinding",
    "jmxSecret",
];

/// The pods of Kafka Connect or MirrorMaker, one after the other, and their budget.
pub(super) fn pods(owner: &Object) -> Option<Vec<Object>> {
    let is_connect = owner.kind == "KafkaConnect";
    let (end, program) =
        if is_connect { ("connect", "kafka-connect") } else { ("mirrormaker2", "kafka-mirror-maker-2") };
    let known: &[&str] = if is_connect { &CONNECT } else { &MIRROR_MAKER };
    let none = Node::map();
    let (spec, template) = read(owner, known, &none)?;
    let name = format!("{}-{end}", owner.name);
    let number = number(spec, "replicas", 3)?;
    let pod = pod(owner, (spec, template), (&name, program), &none)?;
    let budget = budget(owner, &name, selector(&pod.labels), template, Some(number))?;
    Some(vec![pod_set(owner, name.clone(), number, pod, Vec::new())?, budget])
}

/// The Deployment of a bridge, and its budget.
pub(super) fn bridge(owner: &Object) -> Option<Vec<Object>> {
    let none = Node::map();
    let (spec, template) = read(owner, &BRIDGE, &none)?;
    let name = format!("{}-bridge", owner.name);
    let number = number(spec, "replicas", 1)?;
    let pod = pod(owner, (spec, template), (&name, "kafka-bridge"), &none)?;
    deployment(owner, (name.clone(), number), template, pod, false)
}

/// The spec and its template, where all of both is read.
fn read<'a>(owner: &'a Object, known: &[&str], none: &'a Node) -> Option<(&'a Node, &'a Node)> {
    let spec = owner.body.get("spec")?;
    let template = part(spec, "template").unwrap_or(none);
    let is_read = has_only(spec, &[COMMON.as_slice(), known].concat()) && has_only(template, &TEMPLATE);
    (is_read && super::number(spec, "replicas", 1)? >= 0).then_some((spec, template))
}

fn pod<'a>(
    owner: &Object,
    (spec, template): (&'a Node, &'a Node),
    (name, program): (&'a str, &str),
    none: &'a Node,
) -> Option<Pod<'a>> {
    let rack = rack(spec)?;
    Some(Pod {
        told: part(template, "pod").unwrap_or(none),
        labels: labels(owner, &owner.name, name, program),
        containers: vec![(name, spec)],
        rack,
        asks_first: rack.is_some(),
        temporary: 1,
        volumes: Vec::new(),
    })
}
