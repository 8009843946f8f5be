//! Clusters of Kafka: pools of nodes, and what runs beside them.

use super::super::{has_only, is_absent, namespace, nothing};
use super::pods::{Pod, in_memory, rack};
use super::{budget, deployment, labels, pod_set, selector, storage};
use crate::data::Node;
use crate::objects::Object;

const CLUSTER: [&str; 7] =
    ["kafka", "entityOperator", "clusterCa", "clientsCa", "cruiseControl", "kafkaExporter", "maintenanceTimeWindows"];

/// What `spec.kafka` may say. In old releases it also had resources and storage, for clusters without pools.
const KAFKA: [&str; 18] = [
    "version",
    "metadataVersion",
    "image",
    "listeners",
    "config",
    "authorization",
    "rack",
    "brokerRackInitImage",
    "livenessProbe",
    "readinessProbe",
    "jvmOptions",
    "jmxOptions",
    "metricsConfig",
    "logging",
    "template",
    "tieredStorage",
    "quotas",
    "clusterRoleBinding",
];

/// What templates may say beside `pod`, `deployment` and `podDisruptionBudget`, which are read: Services, accounts, variables and the like.
const TEMPLATES: [&str; 23] = [
    "bootstrapService",
    "brokersService",
    "externalBootstrapService",
    "perPodService",
    "externalBootstrapRoute",
    "perPodRoute",
    "externalBootstrapIngress",
    "perPodIngress",
    "persistentVolumeClaim",
    "kafkaContainer",
    "initContainer",
    "clusterCaCert",
    "serviceAccount",
    "jmxSecret",
    "clusterRoleBinding",
    "podSet",
    "topicOperatorContainer",
    "userOperatorContainer",
    "entityOperatorRole",
    "topicOperatorRoleBinding",
    "userOperatorRoleBinding",
    "container",
    "cruiseControlContainer",
];

const OPERATOR: [&str; 10] = [
    "watchedNamespace",
    "image",
    "reconciliationIntervalMs",
    "secretPrefix",
    "startupProbe",
    "livenessProbe",
    "readinessProbe",
    "resources",
    "logging",
    "jvmOptions",
];

const EXPORTER: [&str; 12] = [
    "image",
    "groupRegex",
    "topicRegex",
    "groupExcludeRegex",
    "topicExcludeRegex",
    "resources",
    "logging",
    "livenessProbe",
    "readinessProbe",
    "enableSaramaLogging",
    "showAllOffsets",
    "template",
];

const CRUISE_CONTROL: [&str; 12] = [
    "image",
    "resources",
    "livenessProbe",
    "readinessProbe",
    "jvmOptions",
    "logging",
    "template",
    "brokerCapacity",
    "config",
    "metricsConfig",
    "apiUsers",
    "autoRebalance",
];

/// What runs beside the nodes of a cluster.
pub(super) fn cluster(owner: &Object, objects: &[Object]) -> Option<Vec<Object>> {
    let spec = read(owner)?;
    // Without a pool the operator makes nothing, and says so.
    if !objects.iter().any(|object| is_pool_of(object, owner)) {
        return None;
    }
    let mut some = Vec::new();
    if let Some(operators) = part(spec, "entityOperator") {
        if !has_only(operators, &["topicOperator", "userOperator", "template"]) {
            return None;
        }
        let both = ["topicOperator", "userOperator"].map(|which| part(operators, which));
        if both.iter().flatten().any(|operator| !has_only(operator, &OPERATOR)) {
            return None;
        }
        let names = ["topic-operator", "user-operator"];
        let containers: Vec<_> = names.into_iter().zip(both).filter_map(|(name, one)| Some((name, one?))).collect();
        if !containers.is_empty() {
            some.extend(beside(owner, operators, ("entity-operator", containers), true)?);
        }
    }
    for (field, program, known) in
        [("kafkaExporter", "kafka-exporter", EXPORTER), ("cruiseControl", "cruise-control", CRUISE_CONTROL)]
    {
        let Some(said) = part(spec, field) else { continue };
        if !has_only(said, &known) {
            return None;
        }
        some.extend(beside(owner, said, (program, vec![(program, said)]), false)?);
    }
    if some.is_empty() {
        some.push(nothing(owner));
    }
    Some(some)
}

/// The Deployment of one thing beside the nodes.
fn beside(
    owner: &Object,
    said: &Node,
    (program, containers): (&str, Vec<(&str, &Node)>),
    is_recreated: bool,
) -> Option<Vec<Object>> {
    let none = Node::map();
    let template = part(said, "template").unwrap_or(&none);
    if !is_template(template) {
        return None;
    }
    let name = format!("{}-{program}", owner.name);
    let pod = Pod {
        told: part(template, "pod").unwrap_or(&none),
        labels: labels(owner, &owner.name, &name, program),
        temporary: containers.len(),
        containers,
        rack: None,
        asks_first: false,
        volumes: Vec::new(),
    };
    deployment(owner, (name, 1), template, pod, is_recreated)
}

/// The nodes of a pool, which belongs to the cluster of its label. One budget lets go of so many nodes of all pools together; each pool has it
/// for its own here, which lets go of a node whenever the common one does once the others are back.
pub(super) fn pool(owner: &Object, objects: &[Object]) -> Option<Vec<Object>> {
    let mut clusters = objects.iter().filter(|object| is_pool_of(owner, object));
    let (cluster, None) = (clusters.next()?, clusters.next()) else { return None };
    // A cluster that says more than is read may say it of its nodes.
    let kafka = read(cluster)?.get("kafka")?;
    let spec = owner.body.get("spec")?;
    if !has_only(spec, &["replicas", "storage", "roles", "resources", "jvmOptions", "template"]) {
        return None;
    }
    let number = replicas(owner)?;
    if number == 0 {
        return Some(vec![nothing(owner)]);
    }
    let roles: Vec<&str> = spec.get("roles")?.items().iter().filter_map(Node::as_str).collect();
    let is_broker = roles.contains(&"broker");
    let none = Node::map();
    let own = part(spec, "template").unwrap_or(&none);
    let common = part(kafka, "template").unwrap_or(&none);
    if !is_template(own) || !is_template(common) {
        return None;
    }
    let listeners = kafka.get("listeners").map(Node::items).unwrap_or_default();
    let is_node_port = |listener: &Node| listener.get("type").and_then(Node::as_str) == Some("nodeport");
    let rack = rack(kafka)?.filter(|_| is_broker);
    let found = storage::read(part(spec, "storage")?)?;
    let mut volumes = found.volumes;
    volumes.push(in_memory("ready-files", Node::string("1Ki")));
    let mut labels = labels(owner, &cluster.name, &format!("{}-kafka", cluster.name), "kafka");
    let truth = |is: bool| Node::string(if is { "true" } else { "false" });
    labels.as_map_mut()?.extend([
        ("strimzi.io/pool-name".into(), Node::string(owner.name.as_str())),
        ("strimzi.io/broker-role".into(), truth(is_broker)),
        ("strimzi.io/controller-role".into(), truth(roles.contains(&"controller"))),
    ]);
    let pod = Pod {
        told: part(own, "pod").or_else(|| part(common, "pod")).unwrap_or(&none),
        labels,
        containers: vec![("kafka", spec)],
        rack,
        asks_first: is_broker && (rack.is_some() || listeners.iter().any(is_node_port)),
        temporary: 1,
        volumes,
    };
    let name = format!("{}-{}", cluster.name, owner.name);
    let budget = budget(owner, &name, selector(&pod.labels), common, Some(number))?;
    Some(vec![pod_set(owner, name, number, pod, found.claims)?, budget])
}

/// The spec of a cluster, where all of it is read.
fn read(owner: &Object) -> Option<&Node> {
    let spec = owner.body.get("spec")?;
    let kafka = spec.get("kafka")?;
    let template = part(kafka, "template");
    let is_read = has_only(spec, &CLUSTER) && has_only(kafka, &KAFKA) && template.is_none_or(is_template);
    (is_read && !super::is_told(owner)).then_some(spec)
}

fn is_template(template: &Node) -> bool {
    has_only(template, &[TEMPLATES.as_slice(), &["pod", "deployment", "podDisruptionBudget", "apiService"]].concat())
}

/// Whether the first is a pool of the second.
fn is_pool_of(pool: &Object, cluster: &Object) -> bool {
    let label = pool.body.at(&["metadata", "labels", "strimzi.io/cluster"]).and_then(Node::as_str);
    let is_strimzi = [pool, cluster].iter().all(|object| object.group() == "kafka.strimzi.io");
    is_strimzi
        && (pool.kind.as_str(), cluster.kind.as_str()) == ("KafkaNodePool", "Kafka")
        && namespace(pool) == namespace(cluster)
        && label == Some(cluster.name.as_str())
}

/// How many nodes a pool has, which it has to say.
fn replicas(pool: &Object) -> Option<i128> {
    pool.body.at(&["spec", "replicas"])?.as_integer().filter(|number| *number >= 0)
}

/// What a field says, where it says something.
pub(super) fn part<'a>(node: &'a Node, field: &str) -> Option<&'a Node> {
    node.get(field).filter(|node| !is_absent(node))
}
