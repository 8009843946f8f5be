//! Groups of identical pods with their counts in every state, read from the objects.

use super::constraints::Constraints;
use crate::data::{Node, NodeValue};
use crate::objects::Object;
use crate::objects::pod::{ContainerResource, PodResources};
use crate::objects::quantity::ceil_div;
use crate::objects::selector::{Labels, NodeEligibility};
use crate::objects::workload::{Workload, Workloads};

/// What a node has of; the numbers of a pod and of a node are in this order.
pub(super) const RESOURCES: [&str; 4] = ["cpu", "memory", "ephemeral-storage", "pods"];
pub(super) const CPU: usize = 0;
pub(super) const MEMORY: usize = 1;
pub(super) const EPHEMERAL: usize = 2;
pub(super) const PODS: usize = 3;

/// Identical pods.
#[derive(Debug, Clone)]
pub(super) struct PodType {
    /// `Deployment.apps shop/api`.
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) labels: Labels,
    pub(super) requests: [i128; 4],
    pub(super) resources: PodResources,
    pub(super) steady: i128,
    pub(super) peak: i128,
    /// How many more there are while it rolls.
    pub(super) surge: i128,
    /// How many of a Deployment may be missing while it rolls.
    pub(super) unavailable: i128,
    pub(super) per_node: bool,
    pub(super) is_deployment: bool,
    pub(super) wave: i128,
    pub(super) constraints: Constraints,
    pub(super) eligibility: NodeEligibility,
    pub(super) own_claims: Vec<usize>,
    pub(super) shared_claims: Vec<usize>,
    /// Of a StatefulSet: whether its pods come one after the other.
    pub(super) ordered: bool,
    /// Whether jobs may pile up without bound.
    pub(super) piles_up: bool,
}

impl PodType {
    /// Lets there be no more replicas than these. What rolls beside them is at most what it was.
    pub(super) fn limit_replicas(&mut self, replicas: i128) {
        self.peak = self.peak.min(replicas);
        self.steady = self.steady.min(replicas);
    }

    pub(super) fn has_claims(&self) -> bool {
        !self.own_claims.is_empty() || !self.shared_claims.is_empty()
    }

    pub(super) fn memory_limit(&self) -> (i128, bool) {
        let memory = ContainerResource::Memory as usize;
        (self.resources.limits[memory], self.resources.unlimited[memory])
    }
}

/// `Deployment.apps shop/api`, as `kubectl` names things.
pub(super) fn name_of(object: &Object) -> String {
    crate::objects::footprint::describe(&object.key())
}

/// The types of some objects, sorted by name. `wave_of` tells the wave of an object.
pub(super) fn read(objects: &[Object], workloads: &Workloads) -> Vec<PodType> {
    let mut types: Vec<PodType> = workloads.workloads.iter().map(|workload| read_type(objects, workload)).collect();
    types.sort_by(|left, right| left.name.cmp(&right.name));
    types
}

fn read_type(objects: &[Object], workload: &Workload) -> PodType {
    let object = &objects[workload.object];
    let spec = pod_spec(object);
    let [cpu, memory, ephemeral] = workload.resources.requests;
    let peak = workload.scale.peak.value;
    let (surge, unavailable) = rollout(object, peak);
    PodType {
        name: name_of(object),
        namespace: workload.namespace.clone(),
        labels: workload.labels.clone(),
        requests: [cpu, memory, ephemeral, 1],
        resources: workload.resources.clone(),
        steady: workload.scale.steady.value,
        peak,
        surge,
        unavailable,
        per_node: workload.scale.per_node,
        is_deployment: object.kind == "Deployment",
        wave: wave(objects, object),
        constraints: spec.map(Constraints::read).unwrap_or_default(),
        eligibility: workload.eligibility.clone(),
        own_claims: workload.own_claims.clone(),
        shared_claims: workload.shared_claims.clone(),
        ordered: object.kind == "StatefulSet"
            && object
                .body
                .at(&["spec", "podManagementPolicy"])
                .is_none_or(|node| node.as_str() == Some("OrderedReady")),
        piles_up: workload.scale.unbounded_overlap,
    }
}

fn pod_spec(object: &Object) -> Option<&Node> {
    match object.kind.as_str() {
        "Pod" => object.body.get("spec"),
        "CronJob" => object.body.at(&["spec", "jobTemplate", "spec", "template", "spec"]),
        _ => object.body.at(&["spec", "template", "spec"]),
    }
}

/// The surge, and how many pods may be missing. For a DaemonSet the surge is that of one node.
fn rollout(object: &Object, peak: i128) -> (i128, i128) {
    let field = |path: &[&str]| object.body.at(path);
    match object.kind.as_str() {
        "Deployment" => {
            if field(&["spec", "strategy", "type"]).and_then(Node::as_str) == Some("Recreate") {
                return (0, 0);
            }
            let share = |key: &str, up: bool| {
                let node = field(&["spec", "strategy", "rollingUpdate", key]);
                node.and_then(|node| int_or_percent(node, peak, up)).unwrap_or_else(|| percent(25, peak, up))
            };
            let (surge, unavailable) = (share("maxSurge", true), share("maxUnavailable", false));
            (surge, if surge == 0 && unavailable == 0 { 1 } else { unavailable })
        }
        "DaemonSet" => {
            let node = field(&["spec", "updateStrategy", "rollingUpdate", "maxSurge"]);
            // On one node the share of the nodes does not matter: any of them may be the one that has two.
            let surges = node.and_then(|node| int_or_percent(node, 100, true)).is_some_and(|surge| surge > 0);
            (i128::from(surges), 0)
        }
        _ => (0, 0),
    }
}

fn int_or_percent(node: &Node, of: i128, up: bool) -> Option<i128> {
    match &node.value {
        NodeValue::Integer(number) => Some((*number).max(0)),
        NodeValue::String(text) => {
            let number: i128 = text.strip_suffix('%')?.parse().ok()?;
            (0..=1_000_000).contains(&number).then(|| percent(number, of, up))
        }
        _ => None,
    }
}

fn percent(number: i128, of: i128, up: bool) -> i128 {
    if up { ceil_div(number * of, 100) } else { number * of / 100 }
}

/// The wave of an object; a footprint goes with what it stands for.
fn wave(objects: &[Object], object: &Object) -> i128 {
    let source = match &object.stands_for {
        Some(key) => objects.iter().find(|other| !other.is_footprint() && other.key() == *key),
        None => Some(object),
    };
    let annotation =
        source.and_then(|source| source.body.at(&["metadata", "annotations", "argocd.argoproj.io/sync-wave"]));
    annotation.and_then(Node::as_str).and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}
