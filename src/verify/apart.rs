//! What pods of other types may deny those of a type: nodes and zones, by anti-affinity or a host port.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::constraints::{HOSTNAME, Repulsion, ZONE};
use crate::manifests::{Checked, refuse, total};
use crate::verify::situation::{Situation, World};
use crate::verify::workloads::Type;

/// Which types keep each other away, and by what.
#[derive(Debug)]
pub(crate) struct Enmities {
    /// The other types with which it may not share a host, or a zone.
    hosts: Vec<usize>,
    zones: Vec<usize>,
    /// Whether its own pods may not share a host, or a zone; it may be that they may.
    pub(crate) is_apart: bool,
    pub(crate) is_apart_in_zones: bool,
    /// Whether anti-affinity over another key keeps pods from it.
    pub(crate) is_elsewhere: bool,
}

/// So many nodes wherever they are, and so many zones with all their nodes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Denied {
    pub(crate) nodes: i128,
    pub(crate) zones: i128,
}

impl Denied {
    pub(crate) fn is_something(self) -> bool {
        self.nodes > 0 || self.zones > 0
    }
}

impl Repulsion<'_> {
    /// Whether a term of one type may be about pods of another, or of the same.
    pub(crate) fn is_about(&self, one: &Type, other: &Type) -> bool {
        (other.namespace == one.namespace || !self.namespaces.is_empty() || self.is_everywhere)
            && self.selector.matches(&other.pod.labels)
    }
}

/// By what keys two types keep each other away.
fn keys<'t>(one: &'t Type, other: &'t Type) -> BTreeSet<&'t str> {
    let of = |from: &'t Type, to: &'t Type| {
        from.pod.constraints.repulsions.iter().filter(|term| term.is_about(from, to)).map(|term| term.key)
    };
    of(one, other).chain(of(other, one)).collect()
}

/// What a type has to do with all others.
pub(crate) fn enmities(types: &[Type], index: usize) -> Enmities {
    let one = &types[index];
    let between: Vec<BTreeSet<&str>> = types.iter().map(|other| keys(one, other)).collect();
    let others = |key: &str| {
        let is_other = |other: &usize| *other != index && between[*other].contains(key);
        (0..types.len()).filter(is_other).collect::<BTreeSet<_>>()
    };
    let has_port = |other: &usize| *other != index && !one.pod.ports.is_disjoint(&types[*other].pod.ports);
    let ports = (0..types.len()).filter(has_port);
    Enmities {
        hosts: others(HOSTNAME).into_iter().chain(ports).collect::<BTreeSet<_>>().into_iter().collect(),
        zones: others(ZONE).into_iter().collect(),
        is_apart: between[index].contains(HOSTNAME) || !one.pod.ports.is_empty(),
        is_apart_in_zones: between[index].contains(ZONE),
        is_elsewhere: between.iter().flatten().any(|key| ![HOSTNAME, ZONE].contains(key)),
    }
}

impl World<'_> {
    /// What others may deny a type at worst: every pod of theirs one, a daemon set all that both may go to.
    pub(crate) fn denied(&self, counts: &[i128], index: usize, left: &[i128]) -> Denied {
        let (one, enmities) = (&self.types[index], &self.relations[index].enmities);
        let present = |others: &[usize]| others.iter().copied().filter(|other| counts[*other] > 0).collect::<Vec<_>>();
        let fewer = |other: usize, all: i128| if self.types[other].is_daemon() { all } else { all.min(counts[other]) };
        let hosts = present(&enmities.hosts).into_iter().map(|other| {
            let common = self.homes(other).filter(|class| one.eligible[*class]);
            fewer(other, total(common.map(|class| left[class])))
        });
        let zones = present(&enmities.zones).into_iter().map(|other| {
            let nodes = self.homes(other).flat_map(|class| &self.classes[class].nodes);
            let named: BTreeSet<&str> = nodes.filter_map(|node| self.nodes[*node].zone()).collect();
            fewer(other, total(named.iter().map(|_| 1)))
        });
        Denied { nodes: total(hosts), zones: total(zones) }
    }

    /// Whether a type that may be where one of its pods is finds a node once nothing rolls: till then whoever has a pod placed gets
    /// on with its rollout, and the others wait.
    pub(crate) fn settles(&self, situation: &Situation, index: usize, left: &[i128]) -> bool {
        let (one, enmities) = (&self.types[index], &self.relations[index].enmities);
        let sticks = !one.is_daemon() && !one.has_claims() && !one.in_pool && one.pod.constraints.spreads.is_empty();
        let sticks = sticks && !enmities.is_apart && !enmities.is_apart_in_zones;
        let rest = situation.counts.iter().zip(&self.types).map(|(count, one)| one.count.peak.min(*count));
        let denied = self.denied(&rest.collect::<Vec<_>>(), index, left);
        let nodes = total(self.homes(index).map(|class| left[class]));
        let is_open = |zonal: i128| denied.nodes.saturating_add(zonal) < nodes;
        sticks && self.largest(index, denied.zones, left).is_ok_and(is_open)
    }

    /// How many of the nodes that are left to a type are in so many zones at most; a node without a zone is in none.
    pub(crate) fn largest(&self, index: usize, zones: i128, left: &[i128]) -> Checked<i128> {
        if zones < 1 {
            return Ok(0);
        }
        let is_uncertain =
            self.types[index].in_pool || self.nodes.iter().any(crate::manifests::node::Node::has_open_zone);
        refuse(is_uncertain, || format!("nobody knows what zones are left to `{}`", self.types[index].name))?;
        let mut sizes: BTreeMap<&str, i128> = BTreeMap::new();
        for class in self.homes(index) {
            let mut nodes = self.classes[class].nodes.iter();
            let is_mixed = self.zone(class).is_none() && nodes.any(|node| self.nodes[*node].zone().is_some());
            refuse(is_mixed, || format!("`{}` is in several zones", self.classes[class].name))?;
            self.zone(class).into_iter().for_each(|zone| *sizes.entry(zone).or_default() += left[class]);
        }
        let mut sizes: Vec<i128> = sizes.into_values().collect();
        sizes.sort_unstable_by(|one, other| other.cmp(one));
        Ok(total(sizes.into_iter().zip(0..zones).map(|(size, _)| size)))
    }
}
