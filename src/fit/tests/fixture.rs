//! A platform from YAML and a few machines.

use crate::data::Node as Tree;
use crate::data::yaml::read_all;
use crate::eval::model::{Amount, Disk, Hardware, Instance, InstanceId, Model, Node};
use crate::fit::evidence::{Layer, Layers};
use crate::fit::{EnvironmentProof, Evidence, Reading, Scenario, StateProof, Verdict, prove};
use crate::objects::injection::INJECTS;
use crate::objects::{Object, ObjectKey};
use crate::source::Span;
use crate::syntax::ast::InstanceClass;

pub(super) const GB: i128 = 1_000_000_000;

pub(super) fn amount(value: i128) -> Amount {
    Amount { value, span: Span::NONE }
}

/// A machine without disks, with 110 pod slots.
pub(super) fn node(name: &str, cpu: i128, memory: i128) -> Node {
    Node::bare(name, cpu, memory)
}

/// A disk of the class `local-path`.
pub(super) fn disk(name: &str, size: i128) -> Disk {
    Disk {
        name: name.to_owned(),
        size: amount(size),
        storage_class: Some("local-path".to_owned()),
        keep_free: None,
        ephemeral: None,
        span: Span::NONE,
    }
}

/// A workload of one container with these fields of the pod's spec, and these of the object's.
pub(super) struct Workload<'a> {
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) replicas: i128,
    pub(super) cpu: i128,
    pub(super) memory: i128,
    pub(super) pod: &'a str,
    pub(super) spec: &'a str,
}

impl Default for Workload<'_> {
    fn default() -> Self {
        Self { kind: "Deployment", name: "api", replicas: 1, cpu: 0, memory: 0, pod: "", spec: "" }
    }
}

impl Workload<'_> {
    pub(super) fn yaml(&self) -> String {
        let replicas = if self.kind == "DaemonSet" { String::new() } else { format!(", replicas: {}", self.replicas) };
        let comma = |text: &str| if text.is_empty() { String::new() } else { format!(", {text}") };
        format!(
            "{{apiVersion: apps/v1, kind: {}, metadata: {{name: {name}, namespace: shop}}, spec: {{template: {{metadata: \
             {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: main, resources: {{requests: {{cpu: {}m, memory: {}}}, \
             limits: {{memory: {}}}}}}}]{}}}}}{replicas}{}}}}}\n",
            self.kind,
            self.cpu,
            self.memory,
            self.memory,
            comma(self.pod),
            comma(self.spec),
            name = self.name,
        )
    }
}

/// `topologySpreadConstraints` that keep the pods of `name` even over the nodes.
pub(super) fn even(name: &str, more: &str) -> String {
    format!(
        "topologySpreadConstraints: [{{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, \
         labelSelector: {{matchLabels: {{app: {name}}}}}{more}}}]"
    )
}

pub(super) const HONOUR: &str = ", nodeTaintsPolicy: Honor";

/// Required anti-affinity of the pods of `name` against each other.
pub(super) fn alone(name: &str) -> String {
    format!(
        "podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: kubernetes.io/hostname, \
         labelSelector: {{matchLabels: {{app: {name}}}}}}}]}}"
    )
}

pub(super) fn platform(nodes: Vec<Node>) -> Model {
    let instance =
        Instance { namespace: Some("shop".to_owned()), ..Instance::bare(InstanceClass::Component, "api", Span::NONE) };
    let kubernetes = Some((1, 34));
    let hardware = (!nodes.is_empty()).then(|| Hardware {
        name: "rack".to_owned(),
        span: Span::NONE,
        kubernetes,
        nodes,
        storages: Vec::new(),
    });
    Model { system: "shop".to_owned(), hardware, instances: vec![instance], ..Model::default() }
}

/// The objects of some documents; templates of what is injected are footprints.
pub(super) fn objects(documents: &[String]) -> Vec<Object> {
    let bodies = documents.iter().flat_map(|text| read_all(text).unwrap_or_else(|error| panic!("{error:?}: {text}")));
    let object = |body: Tree| {
        let text = |path: &[&str]| body.at(path).and_then(Tree::as_str).map(str::to_owned);
        Object {
            api_version: text(&["apiVersion"]).expect("an API"),
            kind: text(&["kind"]).expect("a kind"),
            name: text(&["metadata", "name"]).expect("a name"),
            namespace: text(&["metadata", "namespace"]),
            instance: InstanceId(0),
            label: None,
            span: Span::NONE,
            stands_for: text(&["metadata", "annotations", INJECTS]).map(|name| ObjectKey {
                group: String::new(),
                kind: "Injector".to_owned(),
                namespace: None,
                name,
            }),
            body,
        }
    };
    bodies.map(object).collect()
}

/// The proof of some documents on some machines.
pub(super) fn proof(nodes: Vec<Node>, documents: &[String]) -> EnvironmentProof {
    let model = platform(nodes);
    let objects = objects(documents);
    prove(&Reading::of(Scenario { model: &model, objects: &objects }, &[]))
}

/// The first entry of a state.
pub(super) fn state<'a>(proof: &'a EnvironmentProof, name: &str) -> &'a StateProof {
    proof.states.iter().find(|state| state.state.key() == name).expect("every state is in the proof")
}

/// The layers of the first entry of a state.
pub(super) fn layers<'a>(proof: &'a EnvironmentProof, name: &str) -> &'a Layers {
    match &state(proof, name).evidence {
        Some(Evidence::Layers(layers)) => layers,
        other => panic!("{other:?}"),
    }
}

pub(super) fn verdict(proof: &EnvironmentProof, name: &str) -> Verdict {
    state(proof, name).verdict
}

/// The most on a node of the first class, of a resource.
pub(super) fn sum(proof: &EnvironmentProof, name: &str, resource: &str) -> i128 {
    match layers(proof, name).layers.as_slice() {
        [Layer::Charge(charge)] => {
            charge.sums.iter().find(|sum| sum.resource == resource).expect("every resource has a sum").sum
        }
        other => panic!("{other:?}"),
    }
}

/// Why a state is undecided.
pub(super) fn reason(proof: &EnvironmentProof, name: &str) -> String {
    assert_eq!(verdict(proof, name), Verdict::Undecided, "{:?}", state(proof, name));
    said(state(proof, name))
}

/// The reason of a state, in the names of the proof.
pub(super) fn said(state: &StateProof) -> String {
    state
        .reason
        .as_ref()
        .map(|reason| crate::fit::words::reason(reason, &crate::fit::Names::default()))
        .unwrap_or_default()
}
