//! How many pods there are in a state, and how they may come to lie on the nodes.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::nodes::{Class, HOSTNAME, NodeFacts};
use crate::verify::pods::{Repulsion, Spread};
use crate::verify::quantity::{add, ceil};
use crate::verify::value::Checked;
use crate::verify::workloads::{Kind, Source, Type};

/// Everything that evidence of an environment is held against.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) sources: Vec<Source>,
    pub(crate) nodes: Vec<NodeFacts>,
    pub(crate) classes: Vec<Class>,
    pub(crate) types: Vec<Type>,
    relations: Vec<Relations>,
}

/// What holds of a type whatever the numbers are.
#[derive(Debug, Default)]
struct Relations {
    is_alone_by_affinity: bool,
    /// A spread bounds how many come to one node.
    is_spread: bool,
    /// Every spread is by host and counts no pods of others.
    has_own_spreads: bool,
    /// Every host that the spreads count is eligible.
    has_no_empty_domain: bool,
    /// Why something else than eligibility and resources can refuse its pods.
    refusal: Option<String>,
    /// Two types mount a claim, and their nodes differ.
    has_torn_claim: bool,
}

/// The numbers of pods in one state, for each type.
#[derive(Debug, Clone)]
pub(crate) struct Situation {
    pub(crate) counts: Vec<i128>,
    rolls: Vec<bool>,
}

/// Whether a type's own required anti-affinity keeps its pods on different nodes.
fn keeps_apart(term: &Repulsion, one: &Type) -> bool {
    let is_home = term.namespaces.iter().all(|namespace| *namespace == one.namespace);
    let is_simple = term.topology == HOSTNAME && term.is_plain && !term.any_namespace && is_home;
    is_simple && term.selector.matches(&one.pod.labels)
}

impl World {
    pub(crate) fn new(sources: Vec<Source>, nodes: Vec<NodeFacts>, classes: Vec<Class>, types: Vec<Type>) -> Self {
        let mut world = Self { sources, nodes, classes, types, relations: Vec::new() };
        let mut ports: BTreeMap<&(String, i128), usize> = BTreeMap::new();
        let mut mounts: BTreeMap<(&str, &str), BTreeSet<&[bool]>> = BTreeMap::new();
        let mut spaces: BTreeMap<&str, Vec<&Type>> = BTreeMap::new();
        for one in &world.types {
            spaces.entry(&one.namespace).or_default().push(one);
            for port in &one.pod.ports {
                *ports.entry(port).or_default() += 1;
            }
            for claim in &one.pod.mounted {
                mounts.entry((&one.namespace, claim)).or_default().insert(&one.eligible);
            }
        }
        let repelling: Vec<&Type> = world.types.iter().filter(|one| !one.pod.repulsions.is_empty()).collect();
        let relate = |one: &Type| {
            let siblings: &[&Type] = spaces.get(one.namespace.as_str()).map_or(&[], Vec::as_slice);
            let others = || siblings.iter().filter(|other| other.name != one.name);
            let counts_others = |spread: &Spread| others().any(|other| spread.selector.matches(&other.pod.labels));
            let is_repelled = repelling.iter().filter(|other| other.name != one.name).any(|other| {
                let reaches = |term: &&Repulsion| {
                    other.namespace == one.namespace || term.any_namespace || !term.namespaces.is_empty()
                };
                other.pod.repulsions.iter().filter(reaches).any(|term| term.selector.matches(&one.pod.labels))
            });
            let repulsions = &one.pod.repulsions;
            let repels = repulsions.iter().any(|term| others().any(|other| term.selector.matches(&other.pod.labels)));
            let reasons = [
                (one.pod.has_attraction, "it has a required affinity to pods"),
                (
                    !repulsions.iter().all(|term| keeps_apart(term, one)),
                    "its required anti-affinity is of another form",
                ),
                (repels, "its required anti-affinity matches another workload"),
                (is_repelled, "another workload's required anti-affinity matches it"),
                (one.pod.ports.iter().any(|port| ports.get(port) > Some(&1)), "another workload has its host port"),
            ];
            let spreads = &one.pod.spreads;
            let covers = |spread: &Spread| {
                let sees_affinity = spread.honours_affinity || i128::try_from(world.nodes.len()) == Ok(one.nodes);
                sees_affinity
                    && (spread.honours_taints == Some(true) || spread.honours_taints.is_none() && !one.has_tainted)
            };
            let bounds = |spread: &Spread| {
                let is_keyed = spread.keys.is_empty() || spread.keys == ["pod-template-hash"];
                spread.is_by_host()
                    && spread.skew == 1
                    && spread.honours_affinity
                    && covers(spread)
                    && spread.least_domains.is_none()
                    && is_keyed
                    && spread.selector.matches(&one.pod.labels)
                    && !counts_others(spread)
            };
            let is_steady = one.kind != Kind::StatefulSet || one.templates.is_empty() || one.is_ordered;
            let torn = |claim: &String| mounts.get(&(&*one.namespace, &**claim)).is_some_and(|nodes| nodes.len() > 1);
            Relations {
                is_alone_by_affinity: repulsions.iter().any(|term| keeps_apart(term, one)),
                is_spread: spreads.len() == 1 && spreads.iter().all(bounds) && is_steady,
                has_own_spreads: spreads.iter().all(|spread| spread.is_by_host() && !counts_others(spread)),
                has_no_empty_domain: spreads.iter().all(|spread| {
                    let is_covered = covers(spread) || spread.honours_affinity && !one.has_tainted;
                    is_covered && spread.least_domains.is_none_or(|least| least <= 1)
                }),
                refusal: reasons.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason.to_owned()),
                has_torn_claim: one.pod.mounted.iter().any(torn),
            }
        };
        let relations = world.types.iter().map(relate).collect();
        world.relations = relations;
        world
    }

    /// The numbers at a state of which `rolling` is `all` or names a wave.
    pub(crate) fn situation(&self, state: &str, at: &str, rolling: Option<&str>) -> Checked<Situation> {
        let mut situation = Situation { counts: Vec::new(), rolls: Vec::new() };
        for one in &self.types {
            let is_rolling = ["S2", "S7"].contains(&state);
            let rolls = is_rolling
                && rolling.is_some_and(|rolling| rolling == "all" || rolling == format!("wave {}", one.wave));
            let count = if at == "S0" { one.steady } else { one.peak };
            situation.counts.push(if rolls { add(count, one.surge)? } else { count });
            situation.rolls.push(rolls);
        }
        Ok(situation)
    }

    /// Whether no two pods of a type can be on one node.
    pub(crate) fn is_alone(&self, index: usize) -> bool {
        self.relations[index].is_alone_by_affinity || !self.types[index].pod.ports.is_empty()
    }

    /// How many pods of a type can be on one of `nodes` nodes.
    pub(crate) fn most(&self, situation: &Situation, index: usize, nodes: i128) -> i128 {
        let alone = if self.types[index].pod.ports.is_empty() { i128::MAX } else { 1 };
        self.most_by_rules(situation, index, nodes).min(alone)
    }

    /// As [`World::most`], bounded by anti-affinity and spread only, and not by host ports.
    pub(crate) fn most_by_rules(&self, situation: &Situation, index: usize, nodes: i128) -> i128 {
        let (one, relations, count) = (&self.types[index], &self.relations[index], situation.counts[index]);
        let alone = if relations.is_alone_by_affinity { 1 } else { count };
        let spread = if !relations.is_spread || nodes < 1 || one.is_daemon() {
            count
        } else if one.kind == Kind::Deployment && situation.rolls[index] && !one.pod.spreads[0].keys.is_empty() {
            // Every revision is spread by itself.
            2 * ceil(one.peak, nodes)
        } else {
            ceil(count, nodes)
        };
        count.min(alone).min(spread)
    }

    /// Whether nothing but eligibility and resources can refuse the pods of a type on `nodes` nodes.
    pub(crate) fn free(&self, situation: &Situation, index: usize, nodes: i128) -> Checked<()> {
        let (one, relations, count) = (&self.types[index], &self.relations[index], situation.counts[index]);
        let has_room = count <= if one.is_daemon() { 1 } else { nodes };
        let is_single = nodes == 1 && relations.has_no_empty_domain;
        let own = relations.has_own_spreads && (count <= 1 || is_single);
        let reasons = [
            (
                !relations.is_spread && !one.pod.spreads.is_empty() && !own,
                "its spread is of a form that may refuse pods",
            ),
            (self.is_alone(index) && !has_room, "there are more of its pods than nodes that take one each"),
            (!one.pod.mounted.is_empty() && nodes != 1, "it mounts a claim of its own on several nodes"),
            (relations.has_torn_claim, "another workload mounts its claim on other nodes"),
        ];
        let further = || reasons.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason.to_owned());
        match relations.refusal.clone().or_else(further) {
            Some(reason) => Err(format!("`{}` is not free to place: {reason}", one.name)),
            None => Ok(()),
        }
    }

    /// The indices of types that have pods.
    pub(crate) fn present(&self, situation: &Situation) -> Vec<usize> {
        (0..self.types.len()).filter(|index| situation.counts[*index] >= 1).collect()
    }

    pub(crate) fn find(&self, name: &str) -> Checked<usize> {
        let found = self.types.binary_search_by(|one| one.name.as_str().cmp(name));
        found.map_err(|_| format!("there is no workload `{name}`"))
    }

    pub(crate) fn class(&self, name: &str) -> Checked<usize> {
        let found = self.classes.iter().position(|class| class.name == name);
        found.ok_or_else(|| format!("there is no class `{name}`"))
    }
}

impl Situation {
    pub(crate) fn is_rolling(&self, index: usize) -> bool {
        self.rolls[index]
    }
}
