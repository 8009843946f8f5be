//! How many pods there are in a state, and how they may come to lie on the nodes.

use std::collections::BTreeSet;

use crate::manifests::constraints::{HOSTNAME, Repulsion, Spread, ZONE};
use crate::manifests::node::{Amounts, Facts, MOST_RESOURCES, Node, RESOURCES};
use crate::manifests::{Checked, Reading, Value, times, total};
use crate::verify::apart::{Enmities, enmities};
use crate::verify::claims::{Claim, Storage};
use crate::verify::classes::{self, Class};
use crate::verify::closed::{self, Source};
use crate::verify::ways::WAYS;
use crate::verify::workloads::{self, Type, View};

/// How many nodes of each class are left, and whether a node was lost that a type may go to.
pub(crate) type Left<'a> = (&'a [i128], bool);

/// Everything that evidence of an environment is held against.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) sources: Vec<Source<'a>>,
    /// Whether there may be other pods than those of the types, whatever their labels are.
    pub(crate) is_partial: bool,
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) classes: Vec<Class<'a>>,
    pub(crate) storage: Storage<'a>,
    pub(crate) types: Vec<Type<'a>>,
    pub(crate) relations: Vec<Relations>,
    /// The names of the amounts of pods and nodes.
    pub(crate) resources: Vec<String>,
}

/// What holds of a type whatever the numbers are.
#[derive(Debug)]
pub(crate) struct Relations {
    pub(crate) is_alone_by_affinity: bool,
    pub(crate) is_alone_by_zone: bool,
    /// One spread by host keeps its pods, and the volumes that they mount, even.
    pub(crate) is_even: bool,
    /// No spread counts the pods of another type.
    pub(crate) is_private: bool,
    /// Every spread is by host and counts no pods of others.
    counts_no_other: bool,
    /// Every host that some spread counts is eligible.
    sees_no_other: bool,
    pub(crate) enmities: Enmities,
    /// The types that mount a claim object of its, itself among them, and whether one mounts another set of them.
    sharers: Vec<usize>,
    is_torn: bool,
}

/// The numbers of pods in one state, for each type.
#[derive(Debug, Clone)]
pub(crate) struct Situation {
    pub(crate) counts: Vec<i128>,
    /// The numbers with the surges that wait.
    full: Vec<i128>,
    pub(crate) rolls: Vec<bool>,
}

impl Spread {
    /// Whether every host that it counts is one where the pods of its type may be.
    pub(crate) fn sees_no_other(&self, one: &Type) -> bool {
        self.honours_affinity && !if self.honours_taints { one.sees.1 } else { one.sees.0 }
    }

    /// Whether it counts the pods of no other type.
    fn is_alone(&self, types: &[Type], one: &Type) -> bool {
        let is_other = |other: &&Type| other.namespace == one.namespace && self.selector.matches(&other.pod.labels);
        types.iter().filter(is_other).all(|other| other.name == one.name)
    }

    /// Whether it is by host whatever hosts there are, and counts the pods of no other type.
    pub(crate) fn is_own(&self, types: &[Type], one: &Type) -> bool {
        self.is_plain && self.least == 0 && self.is_alone(types, one)
    }
}

/// What holds of a type among the others.
fn relate(types: &[Type], index: usize) -> Relations {
    let one = &types[index];
    let (repulsions, spreads) = (&one.pod.constraints.repulsions, &one.pod.constraints.spreads);
    let is_own = |term: &Repulsion| {
        let is_home = !term.is_everywhere && term.namespaces.iter().all(|namespace| *namespace == one.namespace);
        !term.is_keyed && is_home && term.selector.matches(&one.pod.labels)
    };
    let objects = |one: &Type| one.objects.iter().map(|claim| claim.name.to_owned()).collect::<BTreeSet<_>>();
    let own = objects(one);
    let is_sharer =
        |other: &&Type| other.namespace == one.namespace && other.objects.iter().any(|claim| own.contains(claim.name));
    let bounds = |spread: &Spread| {
        let is_even = spread.skew == 1 && spread.is_keyed.is_some() && spread.sees_no_other(one);
        is_even && spread.selector.matches(&one.pod.labels) && spread.is_own(types, one)
    };
    let is_steady = !one.is_daemon() && (!one.has_claims() || one.is_ordered) && !one.in_pool;
    Relations {
        is_alone_by_affinity: repulsions.iter().any(|term| term.key == HOSTNAME && is_own(term)),
        is_alone_by_zone: repulsions.iter().any(|term| term.key == ZONE && is_own(term)),
        is_even: spreads.len() == 1 && spreads.iter().all(bounds) && is_steady,
        is_private: spreads.iter().all(|spread| spread.is_alone(types, one)),
        counts_no_other: spreads.iter().all(|spread| spread.is_own(types, one)),
        sees_no_other: spreads.iter().all(|spread| spread.sees_no_other(one)),
        enmities: enmities(types, index),
        sharers: (0..types.len()).filter(|other| is_sharer(&&types[*other])).collect(),
        is_torn: types.iter().filter(is_sharer).any(|other| objects(other) != own),
    }
}

impl<'a> World<'a> {
    pub(crate) fn new(
        entry: &'a Value,
        sources: Vec<Source<'a>>,
        nodes: Vec<Node<'a>>,
        extended: &'a Checked<Vec<String>>,
        (view, without): (View, Option<&[&str]>),
    ) -> Checked<Self> {
        closed::check(&sources, without.is_some())?;
        let extended = extended.as_ref().map_err(Clone::clone)?;
        let classes = classes::read(entry, &nodes)?;
        let storage = Storage::of(&sources, &nodes)?;
        let types = workloads::types(&sources, extended, &nodes, &classes, &storage, (view, without.unwrap_or(&[])))?;
        let relations = (0..types.len()).map(|index| relate(&types, index)).collect();
        let resources = RESOURCES.into_iter().map(str::to_owned).chain(extended.iter().cloned()).collect();
        Ok(Self { sources, is_partial: without.is_some(), nodes, classes, storage, types, relations, resources })
    }

    /// The numbers at a state of which `rolling` says what rolls.
    pub(crate) fn situation(&self, at: &str, rolling: Option<&str>) -> Situation {
        let rolls = |one: &Type| rolling.is_some_and(|what| what == "all" || what == format!("wave {}", one.wave));
        let rolls: Vec<bool> = self.types.iter().map(rolls).collect();
        let count = |(Type { count, .. }, rolls): (&Type, &bool)| {
            let number = if at == "S0" { count.steady } else { count.peak };
            number.saturating_add(if *rolls { count.surge } else { 0 })
        };
        let counts: Vec<i128> = self.types.iter().zip(&rolls).map(count).collect();
        Situation { full: counts.clone(), counts, rolls }
    }

    /// Whether no two pods of a type can be on one node.
    pub(crate) fn is_alone(&self, index: usize) -> bool {
        self.relations[index].is_alone_by_affinity || !self.types[index].pod.ports.is_empty()
    }

    /// How many pods of a type can be on one of `nodes` nodes.
    pub(crate) fn most(&self, situation: &Situation, index: usize, nodes: i128) -> i128 {
        let alone = if self.is_alone(index) { 1 } else { self.zone_skew(index).unwrap_or(i128::MAX) };
        self.spread(situation, index, nodes, situation.full[index]).min(alone).min(situation.counts[index])
    }

    /// Whether nothing but eligibility and resources can refuse the pods of a type on `nodes` nodes, of those that are `left`.
    pub(crate) fn free(&self, situation: &Situation, index: usize, nodes: i128, (left, is_hit): Left) -> Checked<()> {
        let (one, relations, number) = (&self.types[index], &self.relations[index], situation.counts[index]);
        let (is_alone, spreads) = (self.is_alone(index), &one.pod.constraints.spreads);
        let (is_daemon, has_several) = (one.is_daemon(), nodes != 1);
        let is_late = |claim| self.storage.class(claim).is_ok_and(|class| self.storage.is_late(&class));
        let is_hasty = has_several && one.has_claims() && !one.templates.is_empty() && !one.is_ordered;
        let is_shut = one.hold.is_zonal && !one.objects.is_empty();
        let is_held = number > 1 && (is_alone || !spreads.is_empty());
        let most = if is_daemon { 1 } else { nodes };
        let has_objects = has_several && !one.objects.is_empty() && one.hold.is_local;
        let is_for_one = |claim: &Claim| claim.spec.at("accessModes").to_string().contains("ReadWriteOncePod");
        let users = total(relations.sharers.iter().map(|user| self.types[*user].pods(situation.counts[*user])));
        let is_parting = is_daemon || number > 1 && (is_alone || !spreads.is_empty());
        let reasons = [
            (relations.enmities.is_elsewhere, "anti-affinity of another form concerns it"),
            (one.objects.iter().any(is_for_one) && users > 1, "more than one pod wants a claim that one may mount"),
            (has_objects && is_parting, "its pods must share a node and may not"),
            (has_objects && relations.is_torn, "its claims may come to lie on different nodes"),
            (has_objects && one.hold.is_zonal, "its claims are bound to a node and to a zone"),
            (has_objects && one.in_pool, "its claim may lie on a node of a pool"),
            (is_alone && number > most, "there are more of its pods than nodes that take one each"),
            (has_several && self.is_contended(index, number), "several pods want a volume that is attached once"),
            (
                has_several && one.hold.is_zonal && self.is_zoneless(index),
                "its volumes stay in a zone, and nodes have none",
            ),
            (
                has_several && is_shut && (is_daemon || is_held || one.claims().count() > 1),
                "a volume binds it to one zone",
            ),
            (is_hasty && is_alone, "its pods start at once, and their volumes may be torn apart"),
            (has_several && !one.claims().all(is_late), "its volumes are bound before its pods are placed"),
        ];
        // What may go to some nodes only, or must be on all of them.
        let bound = || {
            let is_few = relations.counts_no_other && (number <= 1 || !has_several && relations.sees_no_other);
            let counts_gone = is_hit && spreads.iter().any(|spread| !spread.honours_taints);
            let sizes: Vec<i128> = self.classes.iter().map(|class| class.size).collect();
            let is_denied = self.denied(&situation.counts, index, &sizes).is_something();
            // What goes back to its zone finds it as its own constraints want it.
            let returns = self.zone_skew(index).is_some();
            let enmities = &relations.enmities;
            let is_apart = enmities.is_apart && !is_alone || enmities.is_apart_in_zones && !returns;
            [
                (is_denied, "anti-affinity or a host port of another workload may deny it its node"),
                (is_apart && (number > 1 || is_daemon), "its own anti-affinity may deny it its node"),
                (
                    !spreads.is_empty() && !returns && !relations.is_even && !is_few,
                    "its spread is of a form that may refuse pods",
                ),
                (
                    !spreads.is_empty() && !returns && number > 1 && (one.in_pool || is_daemon),
                    "its nodes are not its own choice",
                ),
                (
                    !spreads.is_empty() && !returns && number > nodes && has_several,
                    "its pods stay where their volumes are",
                ),
                (number > 1 && counts_gone && !returns, "its spread counts the nodes that are gone"),
            ]
        };
        let mut reason = reasons.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason);
        if reason.is_none() && (is_daemon || one.has_claims()) {
            reason = bound().into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason);
        } else if reason.is_none() && !one.has_claims() {
            let is_open = WAYS.iter().any(|over| self.way(situation, index, over, (left, is_hit)).is_ok());
            let is_open = is_open || self.settles(situation, index, left);
            reason = (!is_open).then_some("its spread, anti-affinity or a host port may leave it no node");
        }
        reason.map_or(Ok(()), |reason| Err(format!("`{}` is not free to place: {reason}", one.name)))
    }

    /// The indices of types that have pods.
    pub(crate) fn present(&self, situation: &Situation) -> impl Iterator<Item = usize> {
        (0..self.types.len()).filter(|index| situation.counts[*index] >= 1)
    }

    pub(crate) fn daemons(&self, situation: &Situation) -> impl Iterator<Item = usize> {
        self.present(situation).filter(|index| self.types[*index].is_daemon())
    }

    /// What types request of a node of a class, with so many pods of each.
    pub(crate) fn load(&self, class: usize, of: impl Iterator<Item = usize>, count: impl Fn(usize) -> i128) -> Amounts {
        let mut sums = [0_i128; MOST_RESOURCES];
        for index in of.filter(|index| self.types[*index].eligible[class]) {
            for (sum, request) in sums.iter_mut().zip(self.types[index].pod.requests) {
                *sum = sum.saturating_add(times(count(index), request));
            }
        }
        sums
    }

    pub(crate) fn find(&self, name: &str) -> Checked<usize> {
        self.types.binary_search_by(|one| (*one.name).cmp(name)).map_err(|_| format!("there is no workload `{name}`"))
    }

    pub(crate) fn class(&self, name: &str) -> Checked<usize> {
        self.classes.iter().position(|class| class.name == name).ok_or_else(|| format!("there is no class `{name}`"))
    }

    /// What the nodes of a class have in common.
    pub(crate) fn facts(&self, class: usize) -> &Facts {
        &self.nodes[self.classes[class].nodes[0]].facts
    }

    /// The classes whose nodes are eligible for a type.
    pub(crate) fn homes(&self, index: usize) -> impl Iterator<Item = usize> {
        (0..self.classes.len()).filter(move |class| self.types[index].eligible[*class])
    }
}
