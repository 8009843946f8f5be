//! Whether an environment fits its nodes: sums with their terms, and the proof, state by state, with evidence that anyone
//! can check.
//!
//! It reads the objects that will be applied, the footprints of what operators create, and the hardware, once, as a
//! [`Reading`]; nothing else of the model. `docs/proof.md` defines what it hands over, so that a checker needs neither this
//! code nor its model.

pub mod changes;
pub(crate) mod diagnose;
pub mod evidence;
pub(crate) mod guarantee;
pub(crate) mod read;
mod refute;
mod search;
pub(crate) mod states;
pub mod sums;
#[cfg(test)]
mod tests;
pub mod words;

pub use changes::{Change, ChangeKind, Changes};
pub use diagnose::{Dialect, Names, diagnose, remedies};
pub use evidence::reason::Reason;
pub use evidence::{Evidence, canonical, json};
pub use read::Reading;
pub use read::accounted::unaccounted;
pub use read::demand::{Owner, PerState, Term};
pub use states::state::{At, Rolling, State};
pub use states::verdict::{Ground, StateProof, Verdict};
pub use sums::{Held, Measure, Sums, Unit, Usage};

use std::collections::BTreeMap;

use crate::data::Node;
use crate::eval::model::{Fit, Model};
use crate::objects::Object;
use crate::objects::footprint::{describe, published};
use crate::objects::injection::Injector;
use crate::syntax::ast::InstanceClass;

/// One environment: the model and everything that it emits, footprints included.
#[derive(Debug, Clone, Copy)]
pub struct Scenario<'a> {
    pub model: &'a Model,
    pub objects: &'a [Object],
}

/// Nodes that no pod tells apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeClass {
    pub name: String,
    pub nodes: Vec<String>,
    /// Whether the source leaves open how much ephemeral storage they have.
    pub assumes_ephemeral: bool,
}

/// How many nodes of a pool are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolNeed {
    /// The node type.
    pub name: String,
    /// How many there are always.
    pub least: u64,
    /// How many there may be.
    pub most: u64,
    /// With how many every required state is guaranteed, the other pools at their most; none when not even with the most.
    pub proved: Option<u64>,
}

/// Everything that is proved of one environment.
#[derive(Debug, Clone, Default)]
pub struct EnvironmentProof {
    /// The name, or `base` where the source declares no environment.
    pub environment: String,
    /// What every required state must be.
    pub demand: Fit,
    /// The directory whose rendering is what was proved.
    pub manifests: String,
    pub has_footprints: bool,
    /// The nodes as objects; empty where no hardware is declared.
    pub nodes: Vec<Node>,
    pub beside: Vec<String>,
    /// Of the manifests, the footprints and the nodes.
    pub digests: [Option<String>; 3],
    pub assumptions: Vec<String>,
    pub classes: Vec<NodeClass>,
    pub states: Vec<StateProof>,
    /// Everything that lets nothing be proved, the first of which is the reason of every state.
    pub obstacles: Vec<Reason>,
    /// What would make every required state have what is demanded of it.
    pub changes: Changes,
    pub pools: Vec<PoolNeed>,
}

impl EnvironmentProof {
    /// Whether a state has what is demanded of it.
    #[must_use]
    pub fn is_met(&self, state: &StateProof) -> bool {
        !state.required || state.verdict.meets(self.demand)
    }

    /// Where the footprints are, from the directory of the output.
    #[must_use]
    pub fn footprints_path(&self) -> String {
        format!("reports/footprints-{}.yaml", self.environment)
    }

    /// Where the nodes are, from the directory of the output.
    #[must_use]
    pub fn nodes_path(&self) -> String {
        format!("reports/nodes-{}.yaml", self.environment)
    }
}

/// The objects of a view that the cluster gets: all but footprints, and but what a GitOps controller reads.
#[must_use]
pub fn applied<'a>(model: &Model, objects: &'a [Object]) -> Vec<&'a Object> {
    objects.iter().filter(|object| is_applied(model, object)).collect()
}

pub(crate) fn is_applied(model: &Model, object: &Object) -> bool {
    let class = model.instance(object.instance).class;
    !object.is_footprint() && !matches!(class, InstanceClass::Application | InstanceClass::System)
}

/// Proves one environment.
#[must_use]
pub fn prove(reading: &Reading<'_>) -> EnvironmentProof {
    prove_and(true, reading)
}

/// The same for whoever only compares verdicts: what would make it fit is not looked for, which takes many times as long.
#[must_use]
pub fn verdicts(reading: &Reading<'_>) -> EnvironmentProof {
    prove_and(false, reading)
}

fn prove_and(finds_changes: bool, reading: &Reading<'_>) -> EnvironmentProof {
    let Reading { scenario, neighbours, .. } = reading;
    let model = scenario.model;
    let name = |one: &Scenario<'_>| one.model.environment.clone().unwrap_or_else(|| "base".to_owned());
    let environment = name(scenario);
    let manifests: Vec<&Node> = applied(model, scenario.objects).into_iter().map(|object| &object.body).collect();
    let footprints: Vec<Node> = scenario.objects.iter().filter_map(|object| Some(published(object)?.1)).collect();
    let states = states::prove(reading, finds_changes);
    let digest_of = |nodes: &[Node]| (!nodes.is_empty()).then(|| canonical::digest(nodes));
    EnvironmentProof {
        manifests: match &model.environment {
            None => "base".to_owned(),
            Some(environment) => format!("overlays/{environment}"),
        },
        has_footprints: !footprints.is_empty(),
        beside: neighbours.iter().map(name).collect(),
        digests: [Some(canonical::digest(manifests)), digest_of(&footprints), digest_of(&states.nodes)],
        assumptions: assumptions(reading, &states),
        demand: model.fit,
        environment,
        nodes: states.nodes,
        classes: states.classes,
        states: states.proofs,
        obstacles: states.obstacles,
        changes: states.changes,
        pools: states.pools,
    }
}

/// What is taken for granted, as sentences.
fn assumptions(Reading { scenario, demand, .. }: &Reading<'_>, states: &states::States) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(hardware) = &scenario.model.hardware {
        said.push(format!("the nodes of `{}` have what the source says, and nothing else runs on them", hardware.name));
        let assumed: Vec<&str> =
            hardware.nodes.iter().filter(|node| node.ephemeral().is_none()).map(|node| node.name.as_str()).collect();
        if assumed.len() == hardware.nodes.len() {
            said.push(
                "each node has room for the ephemeral storage that all pods that may come to it request".to_owned(),
            );
        } else if !assumed.is_empty() {
            let names: Vec<String> = assumed.iter().map(|name| format!("`{name}`")).collect();
            said.push(format!(
                "the nodes of {} have room for the ephemeral storage that all pods that may come to them request",
                names.join(", ")
            ));
        }
    }
    if states.assumes_architecture {
        said.push("a node of which the source does not say the architecture is `amd64` or `arm64`".to_owned());
    }
    if !states.pools.is_empty() {
        said.push(
            "the provider delivers a node of a pool when a pod finds none, up to the most that is declared".to_owned(),
        );
        said.push("a ReplicaSet takes ready pods away first from the node that has most of its Deployment".to_owned());
    }
    if states.has_claims {
        said.push("volumes are local to their node, and no provisioner enforces their size".to_owned());
    }
    if states.proofs.iter().any(|proof| matches!(proof.rolling, Some(Rolling::Wave(_)))) {
        said.push("workloads of one wave roll together, and those of two waves do not".to_owned());
    }
    said.push("terminating pods vanish in finite time, and two rollouts of one workload do not overlap".to_owned());
    let mut silent: Vec<String> = sums::unbudgeted(demand).iter().map(|one| format!("`{}`", one.label)).collect();
    silent.sort();
    silent.dedup();
    if !silent.is_empty() {
        said.push(format!(
            "containers that state no request use nothing of their node: those of {}",
            silent.join(", ")
        ));
    }
    said.extend(footprints(scenario.objects));
    said
}

/// One sentence for each object that makes pods or claims through an operator, and for each injector.
fn footprints(objects: &[Object]) -> Vec<String> {
    const COUNTED: [&str; 9] = [
        "Deployment",
        "StatefulSet",
        "ReplicaSet",
        "ReplicationController",
        "DaemonSet",
        "Job",
        "CronJob",
        "Pod",
        "PersistentVolumeClaim",
    ];
    let mut made: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut said: Vec<String> = objects.iter().filter_map(injection).collect();
    for object in objects.iter().filter(|object| Injector::of(object).is_none()) {
        if let Some(owner) = &object.stands_for {
            let made = made.entry(describe(owner)).or_default();
            made.extend(COUNTED.contains(&object.kind.as_str()).then(|| format!("`{}`", describe(&object.key()))));
        }
    }
    let sentence = |(owner, made): (String, Vec<String>)| match made.as_slice() {
        [] => format!("`{owner}` makes no pods"),
        made => format!("`{owner}` makes {}, and no other pods", made.join(" and ")),
    };
    said.extend(made.into_iter().map(sentence));
    said
}

/// What an injector adds to pods, where an object describes that.
fn injection(object: &Object) -> Option<String> {
    let title = Injector::of(object)?.title();
    let list = |key: &str| object.body.at(&["template", "spec", key]).map(Node::items).unwrap_or_default();
    let names = ["initContainers", "containers"].into_iter().flat_map(list).filter_map(|one| one.get("name")?.as_str());
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let added = if names.is_empty() { "no containers".to_owned() } else { names.join(" and ") };
    Some(format!("{title} adds {added} to each pod that asks for it, and nothing else"))
}
