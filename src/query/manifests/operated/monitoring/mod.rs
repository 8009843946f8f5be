//! What the Prometheus operator makes of a `Prometheus`, an `Alertmanager` and a `ThanosRuler`.
//!
//! Sources, at version 0.93.0 of prometheus-operator/prometheus-operator: `pkg/prometheus/server/statefulset.go`,
//! `pkg/prometheus/common.go`, `pkg/alertmanager/statefulset.go`, `pkg/thanos/statefulset.go`; `cmd/operator/main.go` and `pkg/operator/config.go` for what
//! the reloaders need.

mod fields;
mod ruler;

use std::sync::Arc;

use fields::{HARMLESS, OF_ALERTMANAGER, OF_PODS, OF_PROMETHEUS, OF_SETS, OF_THANOS, READ};

use super::{copy, has_only, integer, is_absent, list, map, number, stateful_set, truth};
use crate::data::{Node, NodeValue};
use crate::objects::Object;

/// The StatefulSets of an object. None where it is none of these kinds, or says something that is not read.
pub(super) fn make(owner: &Object, objects: &[Object]) -> Option<Vec<Object>> {
    let is_prometheus = match (owner.api_version.as_str(), owner.kind.as_str()) {
        ("monitoring.coreos.com/v1", "Prometheus") => true,
        ("monitoring.coreos.com/v1", "Alertmanager") => false,
        ("monitoring.coreos.com/v1", "ThanosRuler") => return ruler::make(owner, objects),
        _ => return None,
    };
    let spec = owner.body.get("spec")?;
    let known = [OF_PODS.as_slice(), &OF_SETS, &READ, &HARMLESS];
    let known = known.concat();
    let own: &[&str] = if is_prometheus { &OF_PROMETHEUS } else { &OF_ALERTMANAGER };
    let is_no =
        |field: &str| spec.get(field).is_none_or(|node| matches!(node.value, NodeValue::Bool(false) | NodeValue::Null));
    // A paused object is left as it is, and nobody knows how that is.
    if !has_only(spec, &[known.as_slice(), own].concat()) || !is_no("paused") || !is_no("hostNetwork") {
        return None;
    }
    // Selectors that the operator adds to.
    let spreads = spec.get("topologySpreadConstraints").map(Node::items).unwrap_or_default();
    if spreads.iter().any(|spread| spread.get("additionalLabelSelectors").is_some()) {
        return None;
    }
    let reloader = reloader(objects)?;
    let replicas = number(spec, "replicas", 1)?;
    let replicas = match (is_prometheus, replicas) {
        (true, ..0) => 1,
        (false, ..0) => 0,
        (_, replicas) => replicas,
    };
    let program = if is_prometheus { "prometheus" } else { "alertmanager" };
    let base = format!("{program}-{}", owner.name);
    let shards = if is_prometheus { number(spec, "shards", 1)?.max(1) } else { number(spec, "shards", 1)? };
    // Each shard is a StatefulSet. As many as nobody has are not made one by one.
    if shards > 100 || (!is_prometheus && shards != 1) {
        return None;
    }
    let made = (0..shards).map(|shard| {
        let name = if shard == 0 { base.clone() } else { format!("{base}-shard-{shard}") };
        let labels = selector(program, &owner.name, shard);
        let pod = pod(spec, program, &base, &reloader)?;
        let mut set = map([
            ("replicas", integer(replicas)),
            (
                "podManagementPolicy",
                spec.get("podManagementPolicy").cloned().unwrap_or_else(|| Node::string("Parallel")),
            ),
            (
                "serviceName",
                spec.get("serviceName").cloned().unwrap_or_else(|| Node::string(format!("{program}-operated"))),
            ),
            ("selector", map([("matchLabels", labels.clone())])),
            ("template", map([("metadata", metadata(spec, &labels)?), ("spec", pod)])),
        ]);
        copy(spec, &mut set, &OF_SETS);
        if let Some(claim) = claim(spec, &format!("{base}-db"))? {
            set.as_map_mut()?.insert("volumeClaimTemplates".into(), list([claim]));
        }
        Some(stateful_set(owner, name, set))
    });
    made.collect()
}

/// The labels by which a StatefulSet finds its pods.
fn selector(program: &str, name: &str, shard: i128) -> Node {
    let mut labels = map([
        ("app.kubernetes.io/managed-by", Node::string("prometheus-operator")),
        ("app.kubernetes.io/name", Node::string(program)),
        ("app.kubernetes.io/instance", Node::string(name)),
        (program, Node::string(name)),
    ]);
    if let Some(labels) = labels.as_map_mut().filter(|_| program == "prometheus") {
        labels.insert("operator.prometheus.io/name".into(), Node::string(name));
        labels.insert("operator.prometheus.io/shard".into(), Node::string(shard.to_string()));
    }
    labels
}

/// Labels and annotations of the pods. Without a version they have a label that depends on the operator's own.
fn metadata(spec: &Node, selector: &Node) -> Option<Node> {
    let version = spec.get("version")?.as_str()?;
    let version = version.strip_prefix('v').unwrap_or(version);
    let mut labels = map([("app.kubernetes.io/version", Node::string(version))]);
    let mut metadata = Node::map();
    if let Some(own) = spec.get("podMetadata").filter(|node| !is_absent(node)) {
        if !has_only(own, &["labels", "annotations", "name"]) {
            return None;
        }
        copy(own, &mut metadata, &["annotations"]);
        let own = own.get("labels").and_then(Node::as_map).cloned().unwrap_or_default();
        labels.as_map_mut()?.extend(own);
    }
    labels.as_map_mut()?.extend(selector.as_map()?.clone());
    metadata.as_map_mut()?.insert("labels".into(), labels);
    Some(metadata)
}

fn pod(spec: &Node, program: &str, base: &str, reloader: &Node) -> Option<Node> {
    let mut resources = match spec.get("resources").filter(|node| !is_absent(node)) {
        Some(own) if has_only(own, &["requests", "limits"]) => own.clone(),
        Some(_) => return None,
        None => Node::map(),
    };
    let mut grace = 600;
    if program == "alertmanager" {
        grace = 120;
        ask_for_memory(&mut resources)?;
    }
    let memory = map([("medium", Node::string("Memory"))]);
    let mut volumes = vec![map([("name", Node::string("config-out")), ("emptyDir", memory)])];
    if claim(spec, &format!("{base}-db"))?.is_none() {
        let scratch = spec.at(&["storage", "emptyDir"]).cloned().unwrap_or_else(Node::map);
        volumes.push(map([("name", Node::string(format!("{base}-db"))), ("emptyDir", scratch)]));
    }
    let mut containers = vec![container(program, resources), container("config-reloader", reloader.clone())];
    if let Some(thanos) = spec.get("thanos").filter(|node| !is_absent(node)) {
        let none = Node::map();
        let resources = thanos.get("resources").filter(|node| !is_absent(node)).unwrap_or(&none);
        if !has_only(thanos, &OF_THANOS) || !has_only(resources, &["requests", "limits"]) {
            return None;
        }
        containers.push(container("thanos-sidecar", resources.clone()));
    }
    let mut pod = map([
        ("terminationGracePeriodSeconds", integer(number(spec, "terminationGracePeriodSeconds", grace)?)),
        ("initContainers", list([container("init-config-reloader", reloader.clone())])),
        ("containers", list(containers)),
        ("volumes", list(volumes)),
    ]);
    copy(spec, &mut pod, &OF_PODS);
    Some(pod)
}

/// Asks for the memory that the operator asks for where nothing is said.
fn ask_for_memory(resources: &mut Node) -> Option<()> {
    let requests = resources.as_map_mut()?.entry("requests".into()).or_insert_with(Node::map);
    if is_absent(requests) {
        *requests = Node::map();
    }
    requests.as_map_mut()?.entry("memory".into()).or_insert_with(|| Node::string("200Mi"));
    Some(())
}

fn container(name: &str, resources: Node) -> Node {
    let security = map([
        ("readOnlyRootFilesystem", truth(true)),
        ("allowPrivilegeEscalation", truth(false)),
        ("capabilities", map([("drop", list([Node::string("ALL")]))])),
    ]);
    map([("name", Node::string(name)), ("resources", resources), ("securityContext", security)])
}

/// The claim of each pod, where it has one. The outer option is none where the storage is something else.
fn claim(spec: &Node, name: &str) -> Option<Option<Node>> {
    let Some(storage) = spec.get("storage").filter(|node| !is_absent(node)) else { return Some(None) };
    if !has_only(storage, &["disableMountSubPath", "emptyDir", "volumeClaimTemplate"]) {
        return None;
    }
    if storage.get("emptyDir").is_some_and(|node| !is_absent(node)) {
        return Some(None);
    }
    let template = storage.get("volumeClaimTemplate")?;
    if !has_only(template, &["apiVersion", "kind", "metadata", "spec", "status"]) {
        return None;
    }
    let mut claim = template.get("spec")?.clone();
    claim.at(&["resources", "requests", "storage"])?;
    let modes = claim.as_map_mut()?.entry("accessModes".into()).or_insert_with(|| list([]));
    if is_absent(modes) {
        *modes = list([Node::string("ReadWriteOnce")]);
    }
    let mut metadata = map([("name", Node::string(name))]);
    if let Some(own) = template.get("metadata") {
        copy(own, &mut metadata, &["name", "labels", "annotations"]);
    }
    Some(Some(map([("metadata", metadata), ("spec", claim)])))
}

/// What the reloaders need: what the operator among the manifests is told, or else its defaults, requests and limits alike.
/// None where it is told something that is not read.
fn reloader(objects: &[Object]) -> Option<Node> {
    let mut amounts =
        [("cpu-request", "10m"), ("cpu-limit", "10m"), ("memory-request", "50Mi"), ("memory-limit", "50Mi")]
            .map(|(flag, amount)| (flag, amount.to_owned()));
    let mut operators = 0;
    for object in objects {
        let containers = object.pod_template().and_then(|pod| pod.at(&["spec", "containers"]));
        for container in containers.map(Node::items).unwrap_or_default() {
            let words = ["command", "args"].into_iter().filter_map(|key| container.get(key)).flat_map(Node::items);
            let flags: Vec<&str> = words.filter_map(Node::as_str).map(|word| word.trim_start_matches('-')).collect();
            if !flags.iter().any(|flag| flag.starts_with("prometheus-config-reloader")) {
                continue;
            }
            operators += 1;
            // Labels of all that the operator makes are in its selectors, too.
            if flags.iter().any(|flag| *flag == "labels" || flag.starts_with("labels=")) {
                return None;
            }
            for flag in flags.iter().filter_map(|flag| flag.strip_prefix("config-reloader-")) {
                let (name, amount) = flag.split_once('=')?;
                if amount.contains('$') {
                    return None;
                }
                amounts.iter_mut().find(|(known, _)| *known == name)?.1 = amount.to_owned();
            }
        }
    }
    if operators > 1 {
        return None;
    }
    let mut resources = map([("requests", Node::map()), ("limits", Node::map())]);
    for (flag, amount) in amounts.iter().filter(|(_, amount)| amount != "0") {
        let (resource, side) = flag.split_once('-')?;
        let side: &str = if side == "request" { "requests" } else { "limits" };
        resources.as_map_mut()?.get_mut(side)?.as_map_mut()?.insert(Arc::from(resource), Node::string(amount.as_str()));
    }
    Some(resources)
}
