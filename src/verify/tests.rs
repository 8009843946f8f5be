//! Proofs written by hand, and wrong variants of each, which must be refused.

mod apart;
mod domains;
mod edges;
mod environment;
mod extended;
mod layers;
mod network;
mod partial;
mod placement;
mod pods;
mod quotas;
mod refusals;
mod rules;
mod spreads;

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{Given, Outcome, Report, verify};
use crate::manifests::digest_of;

/// A build without environments, and what its proof says of the states that a test is about.
#[derive(Clone, Default)]
struct Case {
    manifests: String,
    nodes: String,
    footprints: String,
    states: Vec<Json>,
    classes: Json,
}

/// Every state, of which nothing is claimed.
const STATES: [(&str, &str, Option<&str>, bool); 10] = [
    ("S0", "S0", None, true),
    ("S1", "S1", None, true),
    ("S2", "S1", Some("all"), true),
    ("S3", "S0", None, true),
    ("S3", "S1", None, false),
    ("S4", "S0", None, true),
    ("S4", "S1", None, false),
    ("S5", "S1", None, false),
    ("S6", "S1", None, true),
    ("S7", "S1", Some("all"), true),
];

/// A state at its first place with a verdict.
fn state(id: &str, verdict: &str, evidence: Json) -> Json {
    let (_, at, rolling, required) = STATES.into_iter().find(|(state, ..)| *state == id).expect("the state exists");
    let reason = (verdict == "fits-possible" || evidence.is_null()).then_some("nobody looked for more");
    json!({ "state": id, "at": at, "rolling": rolling, "required": required, "verdict": verdict, "evidence": evidence, "reason": reason })
}

impl Case {
    /// Objects on nodes of one class each, or of the classes that are given later.
    fn new(manifests: &[&str], nodes: &[&str]) -> Self {
        let names = nodes.iter().map(|node| {
            let line = node.lines().find_map(|line| line.strip_prefix("metadata: {name: "));
            line.and_then(|line| line.split(',').next()).expect("nodes of tests have names").to_owned()
        });
        let classes: Vec<Json> = names.map(|name| json!({ "class": name, "nodes": [name] })).collect();
        let (manifests, nodes) = (manifests.join("---\n"), nodes.join("---\n"));
        Self { manifests, nodes, classes: Json::Array(classes), ..Self::default() }
    }

    fn with(mut self, state: Json) -> Self {
        self.states.push(state);
        self
    }

    fn files(&self) -> BTreeMap<String, String> {
        let kustomization =
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- all.yaml\n".to_owned();
        let mut files = BTreeMap::from([
            ("base/kustomization.yaml".to_owned(), kustomization),
            ("base/all.yaml".to_owned(), self.manifests.clone()),
        ]);
        if !self.nodes.is_empty() {
            files.insert("reports/nodes-base.yaml".to_owned(), self.nodes.clone());
        }
        if !self.footprints.is_empty() {
            files.insert("reports/footprints-base.yaml".to_owned(), self.footprints.clone());
        }
        files
    }

    fn proof(&self) -> Json {
        let mut states: Vec<Json> = Vec::new();
        for (id, at, rolling, required) in STATES {
            let stated = self
                .states
                .iter()
                .find(|state| state["state"] == id && state["at"] == at && state["rolling"] == json!(rolling));
            states.push(stated.cloned().unwrap_or_else(|| {
                json!({ "state": id, "at": at, "rolling": rolling, "required": required, "verdict": "undecided",
                        "evidence": null, "reason": "nobody looked" })
            }));
        }
        let has = |text: &str| !text.is_empty();
        let digest = |text: &str| if has(text) { json!(digest_of(text)) } else { Json::Null };
        let path = |text: &str, path: &str| if has(text) { json!(path) } else { Json::Null };
        json!({ "version": 3, "environments": [ {
            "name": "base", "manifests": "base", "beside": [], "demand": "guaranteed", "assumptions": ["the moon is round"],
            "footprints": path(&self.footprints, "reports/footprints-base.yaml"),
            "nodes": path(&self.nodes, "reports/nodes-base.yaml"),
            "digests": { "manifests": digest_of(&self.manifests), "footprints": digest(&self.footprints),
                         "nodes": digest(&self.nodes) },
            "classes": self.classes, "states": states } ] })
    }

    fn report(&self) -> Report {
        verify(&self.proof().to_string(), &self.files(), &Given::default()).expect("the proof can be looked at")
    }

    /// What became of the first state that the test is about.
    #[track_caller]
    fn outcome(&self) -> Outcome {
        let report = self.report();
        let environment = &report.environments[0];
        assert_eq!(environment.faults, [""; 0]);
        let index = STATES.iter().position(|(id, at, rolling, _)| {
            let state = &self.states[0];
            state["state"] == *id && state["at"] == *at && state["rolling"] == json!(rolling)
        });
        environment.states[index.expect("the state exists")].outcome.clone()
    }

    #[track_caller]
    fn assert_confirmed(&self) {
        assert_eq!(self.outcome(), Outcome::Confirmed);
    }

    #[track_caller]
    fn assert_refused(&self, word: &str) {
        match self.outcome() {
            Outcome::Refused(reason) => assert!(reason.contains(word), "{reason}"),
            other => panic!("{other:?} and not refused for `{word}`"),
        }
    }

    /// The case with a text of its evidence replaced.
    #[track_caller]
    fn changed(&self, from: &str, to: &str) -> Self {
        let mut case = self.clone();
        let text = case.states[0].to_string();
        assert!(text.contains(from), "{text}");
        case.states[0] = serde_json::from_str(&text.replacen(from, to, 1)).expect("the variant is JSON");
        case
    }

    /// The case on nodes with a version of Kubernetes.
    fn at_version(&self, version: &str) -> Self {
        let status = format!("status:\n  nodeInfo: {{kubeletVersion: {version}}}\n");
        Self { nodes: self.nodes.replace("status:\n", &status), ..self.clone() }
    }

    /// The case with a text of its manifests replaced, and digests that say so.
    #[track_caller]
    fn with_manifests(&self, from: &str, to: &str) -> Self {
        assert!(self.manifests.contains(from), "{}", self.manifests);
        Self { manifests: self.manifests.replace(from, to), ..self.clone() }
    }
}

/// A node of four cores, 8000 bytes of memory and of ephemeral storage, and ten pods.
fn node(name: &str, further: &str) -> String {
    node_of(name, further, "")
}

fn node_of(name: &str, further: &str, annotations: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{kubernetes.io/hostname: {name}, \
         kubernetes.io/os: linux}}, annotations: {{vauban.dev/class: x, vauban.dev/assumed: \
         ephemeral-storage{annotations}}}}}\n{further}status:\n  capacity: \
         {{cpu: '4', memory: '8000', ephemeral-storage: '8000', pods: '10'}}\n  allocatable: {{cpu: '4', memory: '8000', \
         ephemeral-storage: '8000', pods: '10'}}\n"
    )
}

/// A workload with one container that requests as stated.
fn workload(kind: &str, name: &str, spec: &str, pod: &str, requests: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n{spec}  template:\n    \
         metadata: {{labels: {{app: {name}}}}}\n    spec:\n{pod}      containers:\n      - name: main\n        resources: \
         {{requests: {{{requests}}}}}\n"
    )
}

fn entry(name: &str, count: i64, nodes: i64, per_node: i64) -> Json {
    json!({ "type": name, "count": count, "nodes": nodes, "perNode": per_node })
}

/// The evidence of one layer that is charged.
fn charge(types: Vec<Json>, sums: Vec<Json>) -> Json {
    json!({ "kind": "layers", "layers": [{ "ground": "charge", "types": types, "sums": sums }] })
}

/// The sums of a class of [`node`]s that are not 0.
fn sums(class: &str, values: [i64; 4]) -> Vec<Json> {
    let rows = [("cpu", 4000), ("memory", 8000), ("ephemeral-storage", 8000), ("pods", 10)];
    let rows = rows.into_iter().zip(values).filter(|(_, value)| *value > 0);
    rows.map(|((resource, most), sum)| json!({ "class": class, "resource": resource, "sum": sum, "allocatable": most }))
        .collect()
}
