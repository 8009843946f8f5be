//! What pods of other types, and volumes, keep the pods of a type from, beside room.

use std::collections::BTreeSet;

use super::platform::{Counts, Platform};
use super::reason::Bound;

impl Platform {
    /// The other types that have pods among those with which one may not share a node or a zone.
    fn enemies(&self, index: usize, counts: &Counts) -> impl Iterator<Item = usize> {
        let entangled = &self.entanglements[index];
        let all = entangled.not_on_node.iter().chain(&entangled.not_in_zone).copied();
        all.filter(|other| counts.number[*other] > 0)
    }

    /// How many of its nodes the constraints may deny a type at worst: those where pods of its own may be that let in no
    /// other of it, those of pods that it may not be beside, and all nodes of the largest zones that it may not be in.
    pub(super) fn denied(&self, index: usize, counts: &Counts) -> i128 {
        let (entangled, number) = (&self.entanglements[index], counts.number[index]);
        let present = |other: &usize| counts.number[*other] > 0;
        let taken = |other: usize| {
            let common = self.classes.iter().filter(|class| class.eligible[index] && class.eligible[other]);
            let common: i128 = common.map(super::nodes::Class::size).sum();
            if self.types[other].per_node { common } else { common.min(counts.number[other]) }
        };
        let others: i128 = entangled.not_on_node.iter().copied().filter(present).map(taken).sum();
        let own = if self.is_alone(index) || entangled.own_apart { number - 1 } else { 0 };
        let zones_of = |other: usize| {
            let own = self.classes.iter().filter(|class| class.eligible[other]);
            i128::try_from(own.filter_map(|class| class.zone.as_ref()).collect::<BTreeSet<_>>().len())
                .unwrap_or(i128::MAX)
        };
        let zones = entangled.not_in_zone.iter().copied().filter(present).map(|other| {
            let all = zones_of(other);
            if self.types[other].per_node { all } else { all.min(counts.number[other]) }
        });
        let zones = zones.sum::<i128>() + if entangled.own_in_zones { number - 1 } else { 0 };
        others + own + if zones > 0 { self.largest_zones(index, zones) } else { 0 }
    }

    /// How many nodes of a type so many zones have at most. A node without a zone is in none that could be denied.
    fn largest_zones(&self, index: usize, number: i128) -> i128 {
        let mut zones: std::collections::BTreeMap<&String, i128> = std::collections::BTreeMap::new();
        for class in self.classes.iter().filter(|class| class.eligible[index]) {
            if let Some(zone) = &class.zone {
                *zones.entry(zone).or_default() += class.size();
            }
        }
        let mut sizes: Vec<i128> = zones.into_values().collect();
        sizes.sort_unstable_by(|left, right| right.cmp(left));
        sizes.into_iter().take(usize::try_from(number).unwrap_or(usize::MAX)).sum()
    }

    /// Why anti-affinity or a host port may refuse a pod of a type wherever there is room. Where they deny fewer nodes
    /// than there are, some node is left, and only what must be on a certain node may find it denied.
    pub(super) fn kept_away(&self, index: usize, counts: &Counts, nodes: i128) -> Option<Bound> {
        let (one, number, entangled) = (&self.types[index], counts.number[index], &self.entanglements[index]);
        if entangled.is_elsewhere {
            return Some(Bound::Apart);
        }
        let has_enemies = self.enemies(index, counts).next().is_some();
        let is_apart = entangled.own_apart && !self.is_alone(index) || entangled.own_in_zones;
        if !has_enemies && (!is_apart || number <= 1 && !one.per_node) {
            return None;
        }
        let shares_port =
            |other: usize| !one.constraints.host_ports.is_disjoint(&self.types[other].constraints.host_ports);
        let refused = if self.enemies(index, counts).any(shares_port) { Bound::HostPort } else { Bound::Apart };
        let is_certain = one.per_node
            || one.has_claims() && nodes > 1
            || self.is_spread(index) && number > 1
            || self.is_on_pool(index) && (entangled.own_in_zones || !entangled.not_in_zone.is_empty());
        (is_certain || nodes - self.denied(index, counts) < 1).then_some(refused)
    }

    /// Why a claim that is an object of its own may refuse a pod of a type. The first pod that mounts it is placed like
    /// any other and takes the volume with it; from then on all that mount it have the one node.
    pub(super) fn bound_by_volume(&self, index: usize, counts: &Counts, nodes: i128) -> Option<Bound> {
        let (one, number) = (&self.types[index], counts.number[index]);
        if one.shared_claims.is_empty() {
            return None;
        }
        let users = || self.mounted[index].iter().flat_map(|claim| &self.claims[*claim].types);
        if one.has_exclusive_claim {
            let all: BTreeSet<usize> = users().copied().collect();
            let pods: i128 = all.into_iter().map(|user| self.pods_of(user, counts)).sum();
            if pods > 1 {
                return Some(Bound::ExclusiveClaim);
            }
        }
        if nodes <= 1 {
            return None;
        }
        let is_even = users().all(|user| self.mounted[*user] == self.mounted[index]);
        let refuses = one.per_node || number > 1 && (self.is_alone(index) || self.is_spread(index));
        // Claims that others mount without each other may come to lie on different nodes, and a node of a pool may go.
        (refuses || !is_even || self.is_on_pool(index)).then_some(Bound::OneVolume)
    }
}
