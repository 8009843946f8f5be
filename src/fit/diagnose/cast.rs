//! Who is meant by the names in a proof: workloads and claims with their places in the source, and nodes with their numbers.

use crate::eval::model::{Hardware, Node};
use crate::fit::read::demand::{ClaimLoad, Load};
use crate::fit::read::platform::Platform;
use crate::fit::read::pods::{self, PodType};
use crate::fit::{At, EnvironmentProof, Reading, Scenario, StateProof};
use crate::objects::Object;
use crate::objects::footprint::describe;
use crate::objects::selector::Selector;
use crate::source::{SourceMap, Span};

use super::names::{Names, Owned, label_of, name_of};

/// Everything that a message may have to point at.
pub(super) struct Cast<'a> {
    pub(super) proof: &'a EnvironmentProof,
    pub(super) hardware: &'a Hardware,
    pub(super) sources: &'a SourceMap,
    scenario: Scenario<'a>,
    names: Names,
    /// By the name in the proof, the longest first, so that no name is taken for the beginning of another.
    loads: Vec<(String, &'a Load)>,
    claims: Vec<(String, &'a ClaimLoad)>,
    objects: &'a [Object],
    platform: &'a Platform,
}

impl<'a> Cast<'a> {
    pub(super) fn gather(
        proof: &'a EnvironmentProof,
        reading: &'a Reading<'a>,
        hardware: &'a Hardware,
        sources: &'a SourceMap,
    ) -> Self {
        let Reading { scenario, demand, platform, .. } = reading;
        let names = Names::of(reading);
        let claims: Vec<(String, &'a ClaimLoad)> =
            demand.claims.iter().map(|claim| (Owned::of(claim, &demand.loads).name, claim)).collect();
        let mut loads: Vec<(String, &'a Load)> = demand.loads.iter().map(|load| (name_of(load), load)).collect();
        loads.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self {
            proof,
            hardware,
            sources,
            scenario: *scenario,
            names,
            loads,
            claims,
            objects: &reading.objects,
            platform,
        }
    }

    pub(super) fn environment(&self) -> Option<&'a str> {
        self.scenario.model.environment.as_deref()
    }

    pub(super) fn system(&self) -> &'a str {
        &self.scenario.model.system
    }

    pub(super) fn objects(&self) -> &'a [Object] {
        self.scenario.objects
    }

    pub(super) fn loads(&self) -> impl Iterator<Item = &Load> {
        self.loads.iter().map(|(_, load)| *load)
    }

    pub(super) fn load(&self, name: &str) -> Option<&Load> {
        self.loads.iter().find(|(known, _)| known == name).map(|(_, load)| *load)
    }

    /// The name in the proof.
    pub(super) fn name(&self, load: &Load) -> String {
        name_of(load)
    }

    /// The workloads of a namespace of this environment.
    pub(super) fn loads_in(&self, namespace: &str) -> impl Iterator<Item = &Load> {
        let here =
            move |load: &&Load| load.owner.neighbour.is_none() && load.workload.namespace.as_deref() == Some(namespace);
        self.loads.iter().map(|(_, load)| *load).filter(here)
    }

    pub(super) fn claim(&self, name: &str) -> Option<&ClaimLoad> {
        self.claims.iter().find(|(known, _)| known == name).map(|(_, claim)| *claim)
    }

    pub(super) fn pods(&self, name: &str) -> Option<&PodType> {
        self.platform.types.iter().find(|one| one.name == name)
    }

    /// `` `api` ``, or `` `api` (in staging) ``.
    pub(super) fn label_of(&self, load: &Load) -> String {
        label_of(load)
    }

    /// What the source calls things.
    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    /// The object of this environment with a name in the proof, workload or not.
    pub(super) fn object(&self, name: &str) -> Option<&'a Object> {
        self.scenario.objects.iter().find(|object| describe(&object.key()) == name)
    }

    /// The object of this environment of a kind, by `namespace/name`.
    pub(super) fn object_of(&self, kind: &str, name: &str) -> Option<&'a Object> {
        let is_named = |object: &&Object| {
            object.kind == kind
                && format!("{}/{}", object.namespace.as_deref().unwrap_or_default(), object.name) == name
        };
        self.scenario.objects.iter().find(is_named)
    }

    /// The disruption budgets of this environment that select the pods of a workload of it.
    pub(super) fn budgets_of(&self, load: &Load) -> Vec<&'a Object> {
        let selects = |object: &&Object| {
            object.kind == "PodDisruptionBudget"
                && object.namespace == load.workload.namespace
                && Selector::read(object.body.at(&["spec", "selector"])).matches(&load.workload.labels)
        };
        let own = load.owner.neighbour.is_none();
        self.scenario.objects.iter().filter(|_| own).filter(selects).collect()
    }

    /// The object of a workload of this environment itself.
    pub(super) fn object_of_load(&self, load: &Load) -> Option<&'a Object> {
        let own = load.owner.neighbour.is_none();
        own.then(|| self.objects.get(load.workload.object)).flatten()
    }

    /// Whether a workload is the main one of a component of one of these kinds of the library.
    pub(super) fn is_of(&self, load: &Load, kinds: &[&str]) -> bool {
        let instance = self.scenario.model.instance(load.owner.instance);
        let is_kind = |kind: &String| kinds.contains(&kind.as_str());
        let main = self.object_of_load(load).is_some_and(|object| object.name == instance.emitted_name);
        main && instance.kinds.iter().any(is_kind) && instance.kinds.iter().any(|kind| kind == "workload")
    }

    /// The name in the source of what an object belongs to.
    pub(super) fn owner(&self, object: &Object) -> &'a str {
        &self.scenario.model.instance(object.instance).name
    }

    /// Whether this environment has two objects of one identity, which is said before anything is proved.
    pub(super) fn has_twice(&self, name: &str) -> bool {
        self.scenario.objects.iter().filter(|object| describe(&object.key()) == name).count() > 1
    }

    /// Where too much of a resource may come together on one node of a class: the workload that may go there, adds most to
    /// it, and that nothing spreads.
    pub(super) fn crowd(&self, class: &str, resource: &str) -> Option<&Load> {
        let resource = pods::resources_of(&self.platform.types).iter().position(|name| name == resource)?;
        let class = self.platform.classes.iter().find(|one| one.name == class)?;
        let weight = |load: &Load| {
            let (position, one) = self.platform.types.iter().enumerate().find(|(_, one)| one.name == name_of(load))?;
            if !class.eligible[position] {
                return None;
            }
            let crowds = load.workload.separations.is_empty() && !load.workload.scale.per_node && one.peak > 1;
            crowds.then(|| one.peak * one.requests[resource])
        };
        let weighed = self.loads.iter().filter_map(|(name, load)| Some((weight(load)?, name, *load)));
        // What this environment states itself can be changed in it.
        let order = |(weight, name, load): &(i128, &String, &Load)| {
            (load.owner.neighbour.is_none(), *weight, std::cmp::Reverse((*name).clone()))
        };
        weighed.max_by_key(order).map(|(_, _, load)| load)
    }

    /// The node type of a class: a class that pods tell apart from others of its type has a number behind its name.
    pub(super) fn node(&self, class: &str) -> Option<&'a Node> {
        let named = |node: &&Node| class == node.name || class.starts_with(&format!("{} (", node.name));
        self.hardware.nodes.iter().find(named)
    }

    /// Where the component of a workload of this environment is declared, or else the workload is emitted.
    pub(super) fn instance_span(&self, load: &Load) -> Span {
        match load.owner.neighbour {
            None => self.scenario.model.instance(load.owner.instance).span,
            Some(_) => load.workload.span,
        }
    }

    /// Where the count of a workload is written, or the workload itself.
    pub(super) fn count_span(&self, load: &Load) -> Span {
        let span = load.workload.scale.peak.span;
        if span.is_none() { load.workload.span } else { span }
    }

    /// How many pods there are of a type in a state; for a DaemonSet on each of its nodes.
    pub(super) fn count(&self, one: &PodType, state: &StateProof) -> i128 {
        let rolls = state.rolling.is_some_and(|rolling| rolling.includes(one.wave));
        let count = match state.at {
            At::Steady => one.steady,
            At::Peak => one.peak,
        };
        if rolls && count > 0 { count + one.surge } else { count }
    }
}

/// Where a node says how much it has of a resource.
pub(super) fn amount_span(node: &Node, resource: &str) -> Span {
    let span = match resource {
        "cpu" => node.cpu.span,
        "memory" => node.memory.span,
        "pods" => node.pods.span,
        "ephemeral-storage" => node.ephemeral().map_or(Span::NONE, |amount| amount.span),
        _ => Span::NONE,
    };
    if span.is_none() { node.span } else { span }
}
