//! Where an instance enters the prover and what comes out: objects and machines in, `proof.json` out.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;
use vaubanc::data::yaml;
use vaubanc::eval::model::{Model, Node};
use vaubanc::fit::evidence::json;
use vaubanc::fit::{Ground, Reading, Scenario, prove};
use vaubanc::objects::footprint::published;
use vaubanc::objects::{Object, ObjectKey};
use vaubanc::verify::{Given, Report, verify};
use vaubanc::world::MemoryWorld;
use vaubanc::{Options, compile};

use super::documents::documents;
use super::instance::{Instance, Machine};
use super::seed::Seed;

/// A platform of one machine and one object, of which every instance is a variation.
static PATTERN: LazyLock<(Model, Object)> = LazyLock::new(|| pattern(""));

/// The same, with network storages if they are wished.
pub(super) fn pattern(storages: &str) -> (Model, Object) {
    let text = format!(
        "
        hardware rack {{
          node n {{ cpu = 1, memory = 1GB, disk nvme {{ size = 1TB, storage-class = \"local-path\" }} }}
          {storages}
        }}
        system trial on rack {{}}
        kind objects {{ emit \"v1\" ConfigMap {{ data {{ a = \"b\" }} }} }}
        component objects : objects {{}}
    "
    );
    let compilation = compile(&MemoryWorld::new().with("main.vauban", text), &Options::default());
    let said = compilation.diagnostics.iter().map(|one| one.message.as_str()).collect::<Vec<_>>();
    let view = compilation.views.into_iter().next().unwrap_or_else(|| panic!("the pattern compiles: {said:?}"));
    let object = view.objects.into_iter().next().expect("the pattern emits an object");
    (view.model, object)
}

fn machine(pattern: &Node, index: usize, count: usize, machine: &Machine) -> Node {
    let mut node = pattern.clone();
    node.name = format!("n{index}");
    node.count = count as u64;
    node.least = machine.pool.map(u64::from);
    node.cpu.value = machine.cpu.into();
    node.memory.value = machine.memory.into();
    node.pods.value = machine.slots.into();
    node.labels = vec![("tier".to_owned(), machine.tier.to_string())];
    node.labels.extend(machine.zone.map(|zone| ("topology.kubernetes.io/zone".to_owned(), format!("z{zone}"))));
    node.taints = if machine.is_tainted { vec![vaubanc::eval::model::Taint::closing("dedicated")] } else { Vec::new() };
    node
}

/// What a document says, as an object of the pattern.
pub(super) fn object(pattern: &Object, text: &str) -> Object {
    let body = yaml::read_all(text).expect("documents are YAML").remove(0);
    let at = |path: &[&str]| body.at(path).and_then(vaubanc::data::Node::as_str).map(str::to_owned);
    Object {
        api_version: at(&["apiVersion"]).expect("an object has an API"),
        kind: at(&["kind"]).expect("an object has a kind"),
        name: at(&["metadata", "name"]).expect("an object has a name"),
        namespace: at(&["metadata", "namespace"]),
        stands_for: at(&["metadata", "annotations", "vauban.dev/injects"]).map(|name| ObjectKey {
            group: String::new(),
            kind: "Injector".to_owned(),
            namespace: None,
            name,
        }),
        body,
        ..pattern.clone()
    }
}

/// What is proved of some objects on some machines, as it would lie on the disk.
#[derive(Debug, Clone)]
pub(super) struct Proved {
    pub(super) proof: String,
    pub(super) manifests: String,
    pub(super) nodes: String,
    pub(super) footprints: Option<String>,
    /// The states of the proof, each with its `ground`, which the prover says beside it.
    pub(super) states: Vec<Value>,
}

impl Proved {
    pub(super) fn of(instance: &Instance) -> Self {
        Self::prove(instance, &documents(instance), &instance.runs())
    }

    /// The same where objects, and if that is wished machines, are in another order.
    pub(super) fn in_order(instance: &Instance, seed: &mut Seed, moves_nodes: bool) -> Self {
        let (mut documents, mut runs) = (documents(instance), instance.runs());
        seed.shuffle(&mut documents);
        if moves_nodes {
            seed.shuffle(&mut runs);
        }
        Self::prove(instance, &documents, &runs)
    }

    fn prove(instance: &Instance, documents: &[String], runs: &[(usize, usize)]) -> Self {
        let (pattern, one) = &*PATTERN;
        let mut model = pattern.clone();
        let hardware = model.hardware.as_mut().expect("the pattern has hardware");
        let host = hardware.nodes.remove(0);
        let of = |(first, count): &(usize, usize)| machine(&host, *first, *count, &instance.machines[*first]);
        hardware.nodes = runs.iter().map(of).collect();
        let objects: Vec<Object> = documents.iter().map(|text| object(one, text)).collect();
        Self::on(&model, &objects, documents)
    }

    /// What is proved of these objects, whose texts these are, on the hardware of a model.
    pub(super) fn on(model: &Model, objects: &[Object], documents: &[String]) -> Self {
        let proof = prove(&Reading::of(Scenario { model, objects }, &[]));
        let written = json::document([&proof]);
        let read: Value = serde_json::from_str(&written).expect("the proof is JSON");
        let mut states = read["environments"][0]["states"].as_array().cloned().unwrap_or_default();
        for (state, one) in states.iter_mut().zip(proof.states.iter().filter(|one| !one.is_terminating())) {
            state["ground"] = one.ground.map(Ground::key).into();
        }
        let (footprints, applied): (Vec<_>, Vec<_>) =
            objects.iter().zip(documents).partition(|(object, _)| object.is_footprint());
        let footprints: Vec<String> =
            footprints.iter().filter_map(|(object, _)| Some(yaml::document(&published(object)?.1))).collect();
        Self {
            states,
            manifests: applied.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n---\n"),
            footprints: (!footprints.is_empty()).then(|| footprints.join("---\n")),
            nodes: proof.nodes.iter().map(yaml::document).collect::<Vec<_>>().join("---\n"),
            proof: written,
        }
    }

    pub(super) fn states(&self) -> &[Value] {
        &self.states
    }

    /// The entry of a state; of a rollout that of everything at once.
    pub(super) fn state(&self, state: &str, at: &str) -> &Value {
        let wanted = |one: &&Value| {
            one["state"] == state
                && one["at"] == at
                && one["rolling"].as_str().is_none_or(|rolling| !rolling.contains(','))
        };
        self.states.iter().find(wanted).unwrap_or_else(|| panic!("{state} is not in the proof"))
    }

    pub(super) fn verdict(&self, state: &str, at: &str) -> String {
        self.state(state, at)["verdict"].as_str().unwrap_or_default().to_owned()
    }

    /// What the checker says.
    pub(super) fn check(&self) -> Result<Report, String> {
        let given = Given {
            manifests: Some(self.manifests.clone()),
            nodes: Some(self.nodes.clone()),
            footprints: self.footprints.clone(),
            ..Given::default()
        };
        verify(&self.proof, &BTreeMap::<String, String>::new(), &given)
    }

    /// Why the checker refuses, one sentence each; none where it confirms.
    pub(super) fn refusals(&self) -> Vec<String> {
        match self.check() {
            Ok(report) => report.refusals(),
            Err(fault) => vec![fault],
        }
    }
}
