//! What Strimzi makes of a `Kafka` with its `KafkaNodePool`s, of `KafkaConnect`, `KafkaMirrorMaker2` and `KafkaBridge`.
//!
//! Pods with an identity are those of `StrimziPodSet`s, which as a footprint are StatefulSets: all of them are made at once, and
//! `KafkaRoller` and `KafkaConnectRoller` restart them one by one. The entity operator, Cruise Control, the exporter and bridges
//! are Deployments. Each has its budget.
//!
//! Sources, at 1.2 of strimzi/strimzi-kafka-operator: `KafkaCluster.java`, `KafkaPool.java`, `EntityOperator.java`, `KafkaExporter.java`,
//! `CruiseControl.java`, `KafkaConnectCluster.java`, `KafkaBridgeCluster.java`, `WorkloadUtils.java`, `VolumeUtils.java`,
//! `PersistentVolumeClaimUtils.java`, `PodDisruptionBudgetUtils.java`, `ModelUtils.java`, all in `cluster-operator/src/main/java/io/strimzi/operator/cluster/model`,
//! and `operator-common/src/main/java/io/strimzi/operator/common/model/Labels.java`.

mod connect;
mod kafka;
mod pods;
mod storage;

use super::{has_only, is_absent, list, made, map, mentions, nothing, number};
use crate::data::{Node, NodeValue};
use crate::objects::Object;

/// Annotations that change nothing about pods: what old releases had to be told, which numbers nodes get, and how connectors are made.
const HARMLESS: [&str; 5] = [
    "strimzi.io/kraft",
    "strimzi.io/next-node-ids",
    "strimzi.io/node-pools",
    "strimzi.io/remove-node-ids",
    "strimzi.io/use-connector-resources",
];

/// What comes of an object. None where it is none of Strimzi's, or says something that is not read.
pub(super) fn make(owner: &Object, objects: &[Object]) -> Option<Vec<Object>> {
    if !matches!(owner.api_version.as_str(), "kafka.strimzi.io/v1" | "kafka.strimzi.io/v1beta2") {
        return None;
    }
    if is_told(owner) || objects.iter().any(decides) {
        return None;
    }
    match owner.kind.as_str() {
        "Kafka" => kafka::cluster(owner, objects),
        "KafkaNodePool" => kafka::pool(owner, objects),
        "KafkaConnect" | "KafkaMirrorMaker2" => connect::pods(owner),
        "KafkaBridge" => connect::bridge(owner),
        "KafkaConnector" | "KafkaRebalance" | "KafkaTopic" | "KafkaUser" => Some(vec![nothing(owner)]),
        _ => None,
    }
}

/// Whether annotations pause the operator, or change what it does.
fn is_told(owner: &Object) -> bool {
    let annotations = owner.body.at(&["metadata", "annotations"]).and_then(Node::as_map);
    annotations.is_some_and(|map| {
        map.iter().any(|(key, value)| {
            let is_off = key.ends_with("node-pools") && value.as_str() != Some("enabled");
            key.starts_with("strimzi.io/") && (is_off || !HARMLESS.contains(&key.as_ref()))
        })
    })
}

/// Whether an object decides what no footprint says: the operator where it makes no budgets or more labels, and whatever asks which pod it is.
fn decides(object: &Object) -> bool {
    let Some(pod) = object.pod_template() else {
        return object.kind == "PodDisruptionBudget" && mentions(&object.body, "strimzi.io/pod-name");
    };
    let containers = pod.at(&["spec", "containers"]).map(Node::items).unwrap_or_default();
    let variables = containers.iter().filter_map(|container| container.get("env")).flat_map(Node::items);
    let is_setting = |variable: &Node| {
        let name = variable.get("name").and_then(Node::as_str).unwrap_or_default();
        let value = variable.get("value").and_then(Node::as_str);
        name.starts_with("STRIMZI_CUSTOM_")
            || name == "STRIMZI_POD_DISRUPTION_BUDGET_GENERATION" && value != Some("true")
    };
    mentions(&object.body, "strimzi.io/pod-name") || variables.into_iter().any(is_setting)
}

/// The labels of all that belongs to a component: those of its object, and the operator's own.
fn labels(owner: &Object, cluster: &str, component: &str, program: &str) -> Node {
    let mut labels = owner.body.at(&["metadata", "labels"]).and_then(Node::as_map).cloned().unwrap_or_default();
    labels.retain(|key, _| !key.starts_with("app.kubernetes.io/"));
    let kind = if owner.kind == "KafkaNodePool" { "Kafka" } else { owner.kind.as_str() };
    let own = map([
        ("strimzi.io/cluster", Node::string(cluster)),
        ("strimzi.io/name", Node::string(component)),
        ("strimzi.io/kind", Node::string(kind)),
        ("strimzi.io/component-type", Node::string(program)),
        ("app.kubernetes.io/name", Node::string(program)),
        ("app.kubernetes.io/instance", Node::string(cluster)),
        ("app.kubernetes.io/part-of", Node::string(format!("strimzi-{cluster}"))),
        ("app.kubernetes.io/managed-by", Node::string("strimzi-cluster-operator")),
    ]);
    labels.extend(own.as_map().cloned().unwrap_or_default());
    Node::synthetic(NodeValue::Map(labels))
}

/// Those of the labels by which what belongs to a component is found.
fn selector(labels: &Node) -> Node {
    let mut selector = labels.as_map().cloned().unwrap_or_default();
    let keys = ["strimzi.io/cluster", "strimzi.io/name", "strimzi.io/kind", "strimzi.io/pool-name"];
    selector.retain(|key, _| keys.contains(&key.as_ref()));
    map([("matchLabels", Node::synthetic(NodeValue::Map(selector)))])
}

/// The budget of a component: at most so many of its pods are away, as its template says. Of pods that a controller of Strimzi's own makes the
/// API server cannot count how many there should be, so that of those it is said how many stay.
fn budget(owner: &Object, name: &str, selector: Node, template: &Node, of: Option<i128>) -> Option<Object> {
    let none = Node::map();
    let told = template.get("podDisruptionBudget").filter(|node| !is_absent(node)).unwrap_or(&none);
    if !has_only(told, &["metadata", "maxUnavailable"]) {
        return None;
    }
    let away = number(told, "maxUnavailable", 1)?;
    let amount = match of {
        Some(all) => ("minAvailable", super::integer((all - away).max(0))),
        None => ("maxUnavailable", super::integer(away)),
    };
    let spec = map([amount, ("selector", selector)]);
    Some(made(owner, ("policy/v1", "PodDisruptionBudget"), name.to_owned(), spec))
}

/// A Deployment of one component, with its budget.
fn deployment(
    owner: &Object,
    (name, replicas): (String, i128),
    template: &Node,
    pod: pods::Pod<'_>,
    is_recreated: bool,
) -> Option<Vec<Object>> {
    let none = Node::map();
    let told = template.get("deployment").filter(|node| !is_absent(node)).unwrap_or(&none);
    if !has_only(told, &["metadata", "deploymentStrategy"]) {
        return None;
    }
    let strategy = match told.get("deploymentStrategy").filter(|node| !is_absent(node)) {
        _ if is_recreated => "Recreate",
        Some(strategy) => strategy.as_str().filter(|text| matches!(*text, "Recreate" | "RollingUpdate"))?,
        None => "RollingUpdate",
    };
    let mut how = map([("type", Node::string(strategy))]);
    if strategy == "RollingUpdate" {
        let steps = map([("maxSurge", super::integer(1)), ("maxUnavailable", super::integer(0))]);
        how.as_map_mut()?.insert("rollingUpdate".into(), steps);
    }
    let selector = selector(&pod.labels);
    let spec = map([
        ("replicas", super::integer(replicas)),
        ("selector", selector.clone()),
        ("strategy", how),
        ("template", pod.template()?),
    ]);
    let budget = budget(owner, &name, selector, template, None)?;
    Some(vec![made(owner, ("apps/v1", "Deployment"), name, spec), budget])
}

/// The StatefulSet of a set of pods.
fn pod_set(owner: &Object, name: String, replicas: i128, pod: pods::Pod<'_>, claims: Vec<Node>) -> Option<Object> {
    let mut spec = map([
        ("replicas", super::integer(replicas)),
        ("podManagementPolicy", Node::string("Parallel")),
        ("serviceName", Node::string(name.as_str())),
        ("selector", selector(&pod.labels)),
        ("template", pod.template()?),
    ]);
    if !claims.is_empty() {
        spec.as_map_mut()?.insert("volumeClaimTemplates".into(), list(claims));
    }
    Some(super::stateful_set(owner, name, spec))
}
