//! Every object is one of which is known whether it makes pods: a proof about some of them would be none.

use std::collections::BTreeSet;

use crate::data::Node;
use crate::objects::Object;
use crate::objects::footprint::describe;

/// Groups of custom resources that make no pods that a proof would have to count.
const WITHOUT_PODS: [&str; 12] = [
    "argoproj.io",
    "cert-manager.io",
    "acme.cert-manager.io",
    "kyverno.io",
    "policies.kyverno.io",
    "external-secrets.io",
    "bitnami.com",
    "keda.sh",
    "cilium.io",
    "traefik.io",
    "networking.istio.io",
    "security.istio.io",
];

/// Kinds of the Prometheus operator that run pods.
const PROMETHEUS_PODS: [&str; 4] = ["Prometheus", "Alertmanager", "ThanosRuler", "PrometheusAgent"];

/// Why the objects cannot all be accounted for.
pub(super) fn obstacle(objects: &[Object]) -> Option<String> {
    let stood_for: BTreeSet<String> =
        objects.iter().filter_map(|object| object.stands_for.as_ref()).map(describe).collect();
    let mut seen = BTreeSet::new();
    for object in objects {
        let name = describe(&object.key());
        if !seen.insert(name.clone()) {
            return Some(format!("`{name}` exists twice on the same nodes"));
        }
        let mode = object.body.at(&["spec", "updatePolicy", "updateMode"]).and_then(Node::as_str).unwrap_or("Recreate");
        if object.kind == "VerticalPodAutoscaler" && mode != "Off" {
            return Some(format!("`{name}` changes requests"));
        }
        if !is_known(object) && !stood_for.contains(&name) {
            return Some(format!("nothing says which pods `{name}` makes; a footprint would"));
        }
    }
    None
}

fn is_known(object: &Object) -> bool {
    let group = object.group();
    let built_in = !group.contains('.') || group.ends_with(".k8s.io");
    (built_in && object.kind != "ReplicationController")
        || WITHOUT_PODS.contains(&group)
        || (group == "monitoring.coreos.com" && !PROMETHEUS_PODS.contains(&object.kind.as_str()))
}
