//! A module of plain objects on some hardware, and what the compiler proves of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use vaubanc::data::{Node, json, yaml};
use vaubanc::fit::{self, EnvironmentProof, Ground, Reading, Scenario, prove};
use vaubanc::objects::Object;
use vaubanc::render::render;
use vaubanc::verify::{Given, verify};
use vaubanc::world::MemoryWorld;
use vaubanc::{Options, compile};

/// The source of a value.
fn source(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${")),
        Value::Array(items) => format!("[{}]", items.iter().map(source).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let fields = map.iter().map(|(key, value)| format!("\"{key}\" = {}", source(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The text of a module with these machines and objects in the namespace `shop`, all of one component.
pub(super) fn text(machines: &str, objects: &[String]) -> String {
    let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}".to_owned();
    let emitted: Vec<String> =
        [namespace].iter().chain(objects).enumerate().map(|(index, one)| emission(index, one)).collect();
    let emitted = emitted.concat();
    format!(
        "{CUSTOM}hardware rack {{\n{machines}\n}}\nsystem trial on rack {{}}\nkind objects {{\n{emitted}}}\ncomponent objects : objects {{}}\n"
    )
}

/// The custom resources of which objects are emitted.
const CUSTOM: &str = "api \"autoscaling.k8s.io/v1\" VerticalPodAutoscaler { spec : Any }\n";

/// The same with a component for each object, and without the namespace.
pub(super) fn text_of_components(machines: &str, objects: &[(usize, String)]) -> String {
    let mut text = format!("hardware rack {{\n{machines}\n}}\nsystem trial on rack {{}}\n");
    for (number, object) in objects {
        let emitted = emission(*number, object);
        write!(text, "kind k{number} {{\n{emitted}}}\ncomponent c{number} : k{number} {{}}\n")
            .expect("writing to a string does not fail");
    }
    text
}

/// The statement that emits an object; what is injected into pods is a footprint.
fn emission(number: usize, document: &str) -> String {
    let tree = yaml::read_all(document).unwrap_or_else(|error| panic!("{error}: {document}")).remove(0);
    let Value::Object(mut body) = json::to_json(&tree) else { panic!("no object: {document}") };
    let [api, kind] = ["apiVersion", "kind"].map(|key| body.shift_remove(key).unwrap_or_default());
    let (api, kind) = (source(&api), kind.as_str().unwrap_or_default().to_owned());
    let verb = if body["metadata"]["annotations"]["vauban.dev/injects"].is_string() { "footprint" } else { "emit" };
    format!("  {verb} {api} {kind} \"o{number}\" {}\n", source(&Value::Object(body)))
}

/// The codes of all errors of a module.
pub(super) fn errors(text: &str) -> Vec<&'static str> {
    codes(text, vaubanc::diag::Severity::Error)
}

/// The codes of all warnings.
pub(super) fn warnings(text: &str) -> Vec<&'static str> {
    codes(text, vaubanc::diag::Severity::Warning)
}

fn codes(text: &str, severity: vaubanc::diag::Severity) -> Vec<&'static str> {
    let compilation = compile(&MemoryWorld::new().with("main.vauban", text), &Options::default());
    let found = compilation.diagnostics.iter().filter(|one| one.severity == severity);
    found.map(|one| one.code.number()).collect()
}

/// What is written about a module.
pub(super) struct Built {
    states: Vec<Value>,
    said: Said,
}

/// What the prover says beside the proof.
#[derive(Default)]
pub(super) struct Said {
    /// The ground of each state of the proof.
    grounds: Vec<Option<Ground>>,
    /// The verdict over a rollout of which all old pods still terminate.
    terminating: String,
}

impl Said {
    fn by(proof: &EnvironmentProof) -> Self {
        let written = proof.states.iter().filter(|state| !state.is_terminating());
        let terminating = proof.states.iter().find(|state| state.is_terminating());
        Self {
            grounds: written.map(|state| state.ground).collect(),
            terminating: terminating.map_or("", |state| state.verdict.key()).to_owned(),
        }
    }
}

/// All files that are written for a module.
pub(super) fn written(text: &str) -> BTreeMap<String, String> {
    compiled(text).0
}

/// All files that are written for a module, and the grounds of the states of its first environment.
fn compiled(text: &str) -> (BTreeMap<String, String>, Said) {
    let compilation = compile(&MemoryWorld::new().with("main.vauban", text), &Options::default());
    let said: Vec<_> =
        compilation.diagnostics.iter().map(|one| (one.code.number(), &one.message, &one.notes)).collect();
    assert!(!compilation.views.is_empty(), "{said:?}");
    let (files, _) = render(&compilation);
    assert!(files.get("reports/proof.json").is_some(), "there is no proof: {said:?}");
    let first = compilation.views.iter().find_map(|view| view.proof.as_ref());
    let said = first.map(Said::by).unwrap_or_default();
    (files.iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect(), said)
}

/// Compiles a module of these machines and objects. The checker must confirm whatever it claims.
pub(super) fn build(machines: &str, objects: &[String]) -> Built {
    let (files, said) = compiled(&text(machines, objects));
    let proof = &files["reports/proof.json"];
    let report = verify(proof, &files, &Given::default()).unwrap_or_else(|fault| panic!("{fault}"));
    assert!(report.holds(), "{:#?}\n{proof}", report.refusals());
    let proof: Value = serde_json::from_str(proof).expect("the proof is JSON");
    Built { states: proof["environments"][0]["states"].as_array().cloned().unwrap_or_default(), said }
}

/// What is proved of an object that the language does not emit, on these machines.
pub(super) fn prove_only(machines: &str, document: &str) -> Built {
    let pattern = "{apiVersion: v1, kind: ConfigMap, metadata: {name: pattern, namespace: shop}}".to_owned();
    let world = MemoryWorld::new().with("main.vauban", text(machines, &[pattern]));
    let view = compile(&world, &Options::default()).views.into_iter().next().expect("the pattern compiles");
    let body = yaml::read_all(document).expect("documents are YAML").remove(0);
    let at = |path: &[&str]| body.at(path).and_then(Node::as_str).map(str::to_owned);
    let object = Object {
        api_version: at(&["apiVersion"]).expect("an object has an API"),
        kind: at(&["kind"]).expect("an object has a kind"),
        name: at(&["metadata", "name"]).expect("an object has a name"),
        namespace: at(&["metadata", "namespace"]),
        body,
        ..view.objects.into_iter().next().expect("the pattern emits an object")
    };
    let proof = prove(&Reading::of(Scenario { model: &view.model, objects: &[object] }, &[]));
    let said = Said::by(&proof);
    let proof: Value = serde_json::from_str(&fit::json::document([&proof])).expect("the proof is JSON");
    Built { states: proof["environments"][0]["states"].as_array().cloned().unwrap_or_default(), said }
}

impl Built {
    /// The first entry of a state.
    pub(super) fn state(&self, state: &str) -> &Value {
        self.states.iter().find(|one| one["state"] == state).unwrap_or_else(|| panic!("{state} is not in the proof"))
    }

    /// The verdicts of all required entries of a state.
    pub(super) fn required(&self, state: &str) -> Vec<&str> {
        let entries = self.states.iter().filter(|one| one["state"] == state && one["required"] == true);
        entries.filter_map(|one| one["verdict"].as_str()).collect()
    }

    /// The entry of a rollout.
    pub(super) fn rolling(&self, rolling: &str) -> &Value {
        let wanted = |one: &&Value| one["state"] == "S2" && one["rolling"] == rolling;
        self.states.iter().find(wanted).unwrap_or_else(|| panic!("no rollout of {rolling}"))
    }

    pub(super) fn verdict(&self, state: &str) -> &str {
        self.state(state)["verdict"].as_str().unwrap_or_default()
    }

    /// Why the first entry of a state is guaranteed; nothing where it is not.
    pub(super) fn ground(&self, state: &str) -> &str {
        let position = self.states.iter().position(|one| one["state"] == state);
        position.and_then(|position| self.said.grounds[position]).map_or("", Ground::key)
    }

    /// What is said of a rollout of which all old pods still terminate.
    pub(super) fn terminating(&self) -> &str {
        &self.said.terminating
    }

    /// How much a node of each class carries at most of what does not fit.
    pub(super) fn places(&self, state: &str) -> Vec<i64> {
        let classes = self.evidence(state)["classes"].as_array().into_iter().flatten();
        classes.filter_map(|class| class["most"].as_i64()).collect()
    }

    pub(super) fn evidence(&self, state: &str) -> &Value {
        &self.state(state)["evidence"]
    }

    /// The reason of a state that is not proved.
    pub(super) fn reason(&self, state: &str) -> &str {
        self.state(state)["reason"].as_str().unwrap_or_default()
    }

    /// The largest sum of a resource over all classes of nodes and layers of a state.
    pub(super) fn sum(&self, state: &str, resource: &str) -> i64 {
        let mut open = vec![self.evidence(state)];
        let mut found = Vec::new();
        while let Some(value) = open.pop() {
            if value["resource"] == resource {
                found.extend(value["sum"].as_i64());
            }
            match value {
                Value::Array(items) => open.extend(items),
                Value::Object(map) => open.extend(map.values()),
                _ => {}
            }
        }
        found.into_iter().max().unwrap_or_else(|| panic!("no sum of {resource} in {}", self.state(state)))
    }
}

/// Like machines `n-1`, `n-2` …, or `n` where there is one, with further fields.
pub(super) fn like(count: u32, cpu: &str, further: &str) -> String {
    format!("  node n {{ count = {count}, cpu = {cpu}, memory = 64GB{further} }}")
}

/// A workload whose pods have one container of these resources; `pod` and `spec` are further fields.
pub(super) fn workload(kind: &str, name: &str, resources: &str, pod: &str, spec: &str) -> String {
    let comma = |text: &str| if text.is_empty() { String::new() } else { format!(", {text}") };
    format!(
        "{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: {name}, namespace: shop}}, spec: {{selector: {{matchLabels: {{app: \
         {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: main, image: 'example.org/x:1', \
         resources: {resources}}}]{}}}}}{}}}}}",
        comma(pod),
        comma(spec)
    )
}

/// A Deployment without surge.
pub(super) fn deployment(name: &str, replicas: u32, milli: u32, pod: &str) -> String {
    let spec = format!("replicas: {replicas}, strategy: {{rollingUpdate: {{maxSurge: 0, maxUnavailable: 1}}}}");
    workload("Deployment", name, &cpu(milli), pod, &spec)
}

/// A request of CPU.
pub(super) fn cpu(milli: u32) -> String {
    format!("{{requests: {{cpu: {milli}m, memory: '1000'}}, limits: {{memory: '1000'}}}}")
}

/// A hard spread over hosts that keeps the pods of a workload even.
pub(super) fn even(name: &str, further: &str) -> String {
    format!(
        "topologySpreadConstraints: [{{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: \
         {{matchLabels: {{app: {name}}}}}{further}}}]"
    )
}

/// What makes the spread see only nodes that the pods tolerate.
pub(super) const HONOR: &str = ", nodeTaintsPolicy: Honor";

/// Required anti-affinity on hosts among the pods of a workload.
pub(super) fn apart(name: &str) -> String {
    format!(
        "affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: kubernetes.io/hostname, \
         labelSelector: {{matchLabels: {{app: {name}}}}}}}]}}}}"
    )
}

/// A StatefulSet of which each pod has a claim of this size.
pub(super) fn bound(name: &str, replicas: u32, milli: u32, size: &str, pod: &str) -> String {
    let spec = format!(
        "serviceName: {name}, replicas: {replicas}, volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{accessModes: \
         [ReadWriteOnce], storageClassName: local-path, resources: {{requests: {{storage: {size}}}}}}}}}]"
    );
    workload("StatefulSet", name, &cpu(milli), pod, &spec)
}

/// A budget that keeps so many pods of a workload.
pub(super) fn budget(name: &str, least: u32) -> String {
    format!(
        "{{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{name: {name}, namespace: shop}}, spec: {{minAvailable: {least}, \
         selector: {{matchLabels: {{app: {name}}}}}}}}}"
    )
}
