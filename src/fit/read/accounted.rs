//! Every object is one of which is known whether it makes pods: a proof about some of them would be none.

use std::collections::BTreeSet;

use crate::data::Node;
use crate::fit::evidence::reason::Reason;
use crate::objects::footprint::describe;
use crate::objects::pod::ContainerResource;
use crate::objects::workload::defaults_of;
use crate::objects::{Object, operators};

/// Groups of custom resources that make no pods that a proof would have to count.
const WITHOUT_PODS: [&str; 12] = [
    "cert-manager.io",
    "acme.cert-manager.io",
    "kyverno.io",
    "policies.kyverno.io",
    "external-secrets.io",
    "bitnami.com",
    "cilium.io",
    "traefik.io",
    "networking.istio.io",
    "security.istio.io",
    "karpenter.sh",
    "karpenter.k8s.aws",
];

/// Kinds without pods in groups that have others with pods.
const KINDS_WITHOUT_PODS: [(&str, &[&str]); 3] = [
    ("argoproj.io", &["AppProject", "Application", "ApplicationSet"]),
    ("keda.sh", &["ClusterTriggerAuthentication", "ScaledObject", "TriggerAuthentication"]),
    (
        "monitoring.coreos.com",
        &["AlertmanagerConfig", "PodMonitor", "Probe", "PrometheusRule", "ScrapeConfig", "ServiceMonitor"],
    ),
];

/// Groups of Kubernetes itself that have no dot in their name; any other group without one is somebody's own.
const OWN_GROUPS: [&str; 5] = ["", "apps", "batch", "autoscaling", "policy"];

/// Kinds with pods in groups that Kubernetes itself or its projects define: some controllers run a proxy for a Gateway.
const KINDS_WITH_PODS: [(&str, &str); 1] = [("gateway.networking.k8s.io", "Gateway")];

/// Why the objects cannot all be accounted for: every object that is not, in their order.
pub(crate) fn obstacles(objects: &[Object]) -> Vec<Reason> {
    let stood_for = stood_for(objects);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for object in objects {
        let name = describe(&object.key());
        if !seen.insert(name.clone()) {
            found.push(Reason::Twice { object: name });
        } else if !is_known(object) && !stood_for.contains(&name) {
            found.push(Reason::Unaccounted { object: name });
        } else if let Some(what) = operators::makes(object).filter(|_| !stood_for.contains(&name)) {
            found.push(Reason::MakesOthers { object: name, what });
        }
    }
    let ranges = || objects.iter().filter(|object| object.kind == "LimitRange" && object.group().is_empty());
    let namespaces: BTreeSet<Option<&str>> = ranges().map(|range| range.namespace.as_deref()).collect();
    let contested = namespaces.into_iter().filter(|namespace| defaults_of(objects, *namespace).is_contested);
    found.extend(contested.map(|namespace| Reason::ContestedDefaults { namespace: namespace.map(str::to_owned) }));
    for range in ranges() {
        found.extend(strange_default(range).map(|resource| Reason::StrangeRange {
            limit_range: format!("{}/{}", range.namespace.as_deref().unwrap_or_default(), range.name),
            resource,
            kind: "Container".to_owned(),
        }));
    }
    found
}

/// A resource that a `LimitRange` may give to containers, and of which the proof does not know what they then ask for.
fn strange_default(range: &Object) -> Option<String> {
    let items = range.body.at(&["spec", "limits"]).map(Node::items).unwrap_or_default();
    let items = items.iter().filter(|item| item.get("type").and_then(Node::as_str) == Some("Container"));
    let maps = items.flat_map(|item| ["default", "defaultRequest", "max", "min"].map(|key| item.get(key)));
    let mut keys = maps.flatten().filter_map(Node::as_map).flat_map(|map| map.keys());
    keys.find(|key| ContainerResource::ALL.iter().all(|one| one.key() != &***key)).map(|key| key.to_string())
}

/// The objects of which nobody says whether they make pods, by name, in the order in which they stand.
#[must_use]
pub fn unaccounted(objects: &[Object]) -> Vec<&Object> {
    let stood_for = stood_for(objects);
    objects.iter().filter(|object| !is_accounted(object) && !stood_for.contains(&describe(&object.key()))).collect()
}

/// The names of the objects that footprints stand for.
fn stood_for(objects: &[Object]) -> BTreeSet<String> {
    objects.iter().filter_map(|object| object.stands_for.as_ref()).map(describe).collect()
}

/// Whether all pods that it makes are known without a footprint.
fn is_accounted(object: &Object) -> bool {
    is_known(object) && operators::makes(object).is_none()
}

fn is_known(object: &Object) -> bool {
    let (group, kind) = (object.group(), object.kind.as_str());
    // `kubectl` applies what is in a list, of whatever group.
    if KINDS_WITH_PODS.contains(&(group, kind)) || kind.ends_with("List") {
        return false;
    }
    let named = KINDS_WITHOUT_PODS.iter().any(|(other, kinds)| *other == group && kinds.contains(&kind));
    OWN_GROUPS.contains(&group) || group.ends_with(".k8s.io") || WITHOUT_PODS.contains(&group) || named
}
