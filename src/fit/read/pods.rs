//! Groups of identical pods with their counts in every state, read from the objects.

use std::collections::{BTreeMap, BTreeSet};

use crate::data::{Node, NodeValue};
use crate::eval::model::{NetworkStorage, Taint};
use crate::fit::evidence::reason::Strange;
use crate::fit::read::constraints::{Constraints, HOSTNAME};
use crate::fit::read::mounts::{MountedClaims, StorageClasses, Volumes};
use crate::fit::read::priority::{Priority, PriorityClasses};
use crate::fit::read::understood::{null_label, template};
use crate::fit::states::quota_objects::ScopeFacts;
use crate::objects::node_labels::{NodeLabels, Truth};
use crate::objects::pod::{ContainerResource, PodResources};
use crate::objects::quantity::ceil_div;
use crate::objects::selector::{Labels, NodeEligibility};
use crate::objects::workload::{Workload, Workloads};
use crate::objects::{Object, ObjectKey};

/// What every node has of; the numbers of a pod and of a node are in this order, and behind them those of extended resources.
pub(crate) const RESOURCES: [&str; 4] = ["cpu", "memory", "ephemeral-storage", "pods"];
/// How many extended resources pods of one platform may request. What requests others is not understood.
pub(crate) const MOST_EXTENDED: usize = 6;
/// How many numbers a pod and a node have.
pub(crate) const WIDTH: usize = RESOURCES.len() + MOST_EXTENDED;
pub(crate) const CPU: usize = 0;
pub(crate) const MEMORY: usize = 1;
pub(crate) const EPHEMERAL: usize = 2;
pub(crate) const PODS: usize = 3;

/// Identical pods.
#[derive(Debug, Clone)]
pub(crate) struct PodType {
    /// `Deployment.apps shop/api`.
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) labels: Labels,
    pub(crate) requests: [i128; WIDTH],
    pub(crate) resources: PodResources,
    /// By what scopes of quotas know it.
    pub(crate) scope: ScopeFacts,
    pub(crate) steady: i128,
    pub(crate) peak: i128,
    /// How many more there are while it rolls.
    pub(crate) surge: i128,
    /// How many of a Deployment may be missing while it rolls.
    pub(crate) unavailable: i128,
    /// Of a Deployment that rolls, what both are computed from.
    rollout: Option<[Share; 2]>,
    pub(crate) per_node: bool,
    pub(crate) is_deployment: bool,
    pub(crate) is_stateful: bool,
    pub(crate) is_batch: bool,
    /// Whether no controller replaces its pods.
    pub(crate) is_bare: bool,
    /// Whether all old pods go before new ones come.
    pub(crate) recreates: bool,
    pub(crate) wave: i128,
    pub(crate) priority: Priority,
    /// The priority class that it names and nobody declares.
    pub(crate) missing_class: Option<String>,
    pub(crate) constraints: Constraints,
    pub(crate) eligibility: NodeEligibility,
    /// Of the classes of its claims: the terms on the labels of nodes, one of which must hold for each class.
    pub(crate) topologies: Vec<Vec<Topology>>,
    /// A storage class of its claims that binds them before the pod has a node.
    pub(crate) binds_early: Option<String>,
    /// Whether only one pod at a time may mount a claim of its that is an object of its own.
    pub(crate) has_exclusive_claim: bool,
    pub(crate) own_claims: Vec<usize>,
    pub(crate) shared_claims: Vec<usize>,
    pub(crate) volumes: Volumes,
    /// Of a StatefulSet: whether its pods come one after the other.
    pub(crate) ordered: bool,
    /// Whether several runs of a job may overlap: then it is no matter of replicas alone how many pods there are.
    pub(crate) overlaps: bool,
    /// Whether jobs may pile up without bound.
    pub(crate) piles_up: bool,
    /// Whether it is there, and nothing is known of its pods.
    pub(crate) is_left_out: bool,
}

/// Labels with the values that a node must have one of.
pub(crate) type Topology = Vec<(String, Vec<String>)>;

impl PodType {
    /// Lets there be no more replicas than these.
    pub(crate) fn limit_replicas(&mut self, replicas: i128) {
        self.peak = self.peak.min(replicas);
        self.steady = self.steady.min(replicas);
        if let Some(rollout) = self.rollout {
            (self.surge, self.unavailable) = surge_and_unavailable(rollout, self.peak);
        }
    }

    /// Whether a node with these labels and taints takes its pods and its volumes.
    pub(crate) fn admits(&self, labels: &NodeLabels, taints: &[Taint]) -> Truth {
        let is_in = |(key, values): &(String, Vec<String>)| {
            labels.judge(key, |value| value.is_some_and(|value| values.iter().any(|candidate| candidate == value)))
        };
        let holds = |topology: &Topology| topology.iter().map(is_in).min().unwrap_or(Truth::Yes);
        let one_holds = |terms: &Vec<Topology>| terms.iter().map(holds).max().unwrap_or(Truth::No);
        let volumes = self.topologies.iter().map(one_holds).min().unwrap_or(Truth::Yes);
        self.eligibility.admits(labels, taints).min(volumes)
    }

    /// The labels of nodes that decide where its pods and its volumes may be.
    pub(crate) fn keys(&self) -> Vec<&str> {
        let of_volumes = self.topologies.iter().flatten().flatten().map(|(key, _)| key.as_str());
        self.eligibility.keys().into_iter().chain(of_volumes).collect()
    }

    /// Whether the name of a node decides whether it takes its pods.
    pub(crate) fn names_nodes(&self) -> bool {
        self.keys().contains(&HOSTNAME)
    }

    /// The most pods of it that there ever are, on each node where it has one on each.
    pub(crate) fn greatest(&self) -> i128 {
        let rolling = if self.peak > 0 { self.peak + self.surge } else { 0 };
        if self.surges_on_terminating() { rolling.max(2 * self.peak) } else { rolling }
    }

    /// Whether new pods come while all old ones may still terminate.
    pub(crate) fn surges_on_terminating(&self) -> bool {
        self.is_deployment && !self.recreates
    }

    /// Whether its pods stay where their volumes are: on a node, or in a zone.
    pub(crate) fn has_claims(&self) -> bool {
        self.volumes.local || self.volumes.zonal
    }

    pub(crate) fn memory_limit(&self) -> (i128, bool) {
        let memory = ContainerResource::Memory as usize;
        (self.resources.limits[memory], self.resources.unlimited[memory])
    }
}

/// `Deployment.apps shop/api`, as `kubectl` names things.
pub(crate) fn name_of(object: &Object) -> String {
    crate::objects::footprint::describe(&object.key())
}

/// What all types are read beside.
struct Beside<'a> {
    objects: &'a [Object],
    workloads: &'a Workloads,
    priorities: PriorityClasses<'a>,
    storage: StorageClasses<'a>,
    waves: BTreeMap<ObjectKey, &'a Object>,
    /// The names of all numbers.
    resources: Vec<String>,
    /// The resources that drivers of devices may hand out, whatever nodes count (`DRAExtendedResource`).
    devices: Vec<&'a str>,
}

impl Beside<'_> {
    /// The numbers of a pod in the order of their names.
    fn amounts(&self, known: [i128; RESOURCES.len()], extended: &BTreeMap<String, i128>) -> [i128; WIDTH] {
        let mut amounts = [0; WIDTH];
        amounts[..known.len()].copy_from_slice(&known);
        for (amount, name) in amounts.iter_mut().zip(&self.resources).skip(known.len()) {
            *amount = extended.get(name).copied().unwrap_or(0);
        }
        amounts
    }
}

/// The names of what pods request and nodes have, in the order of the numbers.
fn resources<'a>(pods: impl Iterator<Item = &'a PodResources>) -> Vec<String> {
    let extended: BTreeSet<&String> = pods.flat_map(|pod| pod.extended.requests.keys()).collect();
    let known = RESOURCES.into_iter().map(str::to_owned);
    known.chain(extended.into_iter().take(MOST_EXTENDED).cloned()).collect()
}

/// The same of types that were read.
pub(crate) fn resources_of(types: &[PodType]) -> Vec<String> {
    resources(types.iter().map(|one| &one.resources))
}

/// The types of some objects, sorted by name. `default` is the storage class of claims that name none.
pub(crate) fn read(
    objects: &[Object],
    workloads: &Workloads,
    default: Option<&str>,
    networks: &[NetworkStorage],
) -> Vec<PodType> {
    let beside = Beside {
        objects,
        workloads,
        priorities: PriorityClasses::read(objects),
        storage: StorageClasses::read(objects, default, networks),
        waves: objects.iter().filter(|object| !object.is_footprint()).map(|object| (object.key(), object)).collect(),
        resources: resources(workloads.workloads.iter().map(|workload| &workload.resources)),
        devices: objects
            .iter()
            .filter(|object| object.kind == "DeviceClass" && object.group() == "resource.k8s.io")
            .filter_map(|object| object.body.at(&["spec", "extendedResourceName"]).and_then(Node::as_str))
            .collect(),
    };
    let mut types: Vec<PodType> = workloads.workloads.iter().map(|workload| read_type(&beside, workload)).collect();
    types.sort_by(|left, right| left.name.cmp(&right.name));
    types
}

fn read_type(beside: &Beside<'_>, workload: &Workload) -> PodType {
    let objects = beside.objects;
    let object = &objects[workload.object];
    let template = template(object);
    let spec = workload.admitted.as_ref().or_else(|| template.and_then(|template| template.get("spec")));
    let priority = spec.map_or(Ok(beside.priorities.default()), |spec| beside.priorities.of(spec));
    let mut constraints = spec.map(Constraints::read).unwrap_or_default();
    let claims = MountedClaims::read(&beside.storage, objects, beside.workloads, spec, workload);
    let is_open = |name: &&String| !beside.resources.contains(name) || beside.devices.contains(&name.as_str());
    let uncounted = workload.resources.extended.requests.keys().find(is_open);
    let uncounted = uncounted.map(|name| Strange::Resource(name.clone()));
    constraints.unknown =
        constraints.unknown.or(uncounted).or(claims.unknown).or_else(|| template.and_then(null_label));
    let [cpu, memory, ephemeral] = workload.resources.requests;
    let peak = workload.scale.peak.value;
    let rollout = rollout(object);
    let (surge, unavailable) = match rollout {
        Some(rollout) => surge_and_unavailable(rollout, peak),
        None => (surge_on_each_node(object), 0),
    };
    PodType {
        name: name_of(object),
        namespace: workload.namespace.clone(),
        labels: workload.labels.clone(),
        requests: beside.amounts([cpu, memory, ephemeral, 1], &workload.resources.extended.requests),
        scope: ScopeFacts::read(spec, &workload.resources),
        resources: workload.resources.clone(),
        steady: workload.scale.steady.value,
        peak,
        surge,
        unavailable,
        rollout,
        per_node: workload.scale.per_node,
        is_deployment: object.kind == "Deployment",
        is_stateful: object.kind == "StatefulSet",
        is_bare: object.kind == "Pod",
        is_batch: matches!(object.kind.as_str(), "Job" | "CronJob"),
        recreates: is_recreated(object),
        wave: wave(&beside.waves, object),
        priority: priority.unwrap_or(beside.priorities.default()),
        missing_class: priority.err().map(str::to_owned),
        constraints,
        eligibility: workload.eligibility.clone(),
        topologies: claims.topologies,
        binds_early: claims.binds_early,
        has_exclusive_claim: claims.is_exclusive,
        own_claims: workload.own_claims.clone(),
        shared_claims: workload.shared_claims.clone(),
        volumes: claims.volumes,
        ordered: object.kind == "StatefulSet"
            && object
                .body
                .at(&["spec", "podManagementPolicy"])
                .is_none_or(|node| node.as_str() == Some("OrderedReady")),
        overlaps: workload.scale.runs > 1,
        piles_up: workload.scale.unbounded_overlap,
        is_left_out: false,
    }
}

fn is_recreated(object: &Object) -> bool {
    object.body.at(&["spec", "strategy", "type"]).and_then(Node::as_str) == Some("Recreate")
}

/// A number of pods, or a percentage of all.
#[derive(Debug, Clone, Copy)]
enum Share {
    Number(i128),
    Percent(i128),
}

impl Share {
    fn read(node: &Node) -> Option<Self> {
        match &node.value {
            NodeValue::Integer(number) => Some(Self::Number((*number).max(0))),
            NodeValue::String(text) => {
                let number: i128 = text.strip_suffix('%')?.parse().ok()?;
                (0..=1_000_000).contains(&number).then_some(Self::Percent(number))
            }
            _ => None,
        }
    }

    fn of(self, all: i128, up: bool) -> i128 {
        match self {
            Self::Number(number) => number,
            Self::Percent(number) if up => ceil_div(number * all, 100),
            Self::Percent(number) => number * all / 100,
        }
    }
}

/// The most more and the most fewer pods of a Deployment that does not take all down first.
fn rollout(object: &Object) -> Option<[Share; 2]> {
    let share = |key: &str| {
        let node = object.body.at(&["spec", "strategy", "rollingUpdate", key]);
        node.and_then(Share::read).unwrap_or(Share::Percent(25))
    };
    (object.kind == "Deployment" && !is_recreated(object)).then(|| [share("maxSurge"), share("maxUnavailable")])
}

fn surge_and_unavailable([surge, unavailable]: [Share; 2], peak: i128) -> (i128, i128) {
    let (surge, unavailable) = (surge.of(peak, true), unavailable.of(peak, false));
    (surge, if surge == 0 && unavailable == 0 { 1 } else { unavailable })
}

/// How many more pods of a DaemonSet there are on a node that rolls. What share of the nodes does so at a time does not
/// matter: any of them may be the one that has two.
fn surge_on_each_node(object: &Object) -> i128 {
    let node = object.body.at(&["spec", "updateStrategy", "rollingUpdate", "maxSurge"]);
    let surges = node.and_then(Share::read).is_some_and(|share| share.of(100, true) > 0);
    i128::from(surges && object.kind == "DaemonSet")
}

/// The wave of an object; a footprint goes with what it stands for.
fn wave(applied: &BTreeMap<ObjectKey, &Object>, object: &Object) -> i128 {
    let source = object.stands_for.as_ref().map_or(Some(object), |key| applied.get(key).copied());
    let annotation =
        source.and_then(|source| source.body.at(&["metadata", "annotations", "argocd.argoproj.io/sync-wave"]));
    annotation.and_then(Node::as_str).and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}
