//! What pods of other types, and volumes, keep the pods of a type from, beside room.

use std::collections::{BTreeMap, BTreeSet};

use crate::fit::evidence::reason::Bound;
use crate::fit::read::platform::{Counts, Platform};

/// What the pods of other types keep from those of a type at worst.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Denied {
    /// So many nodes, wherever they are.
    pub(crate) nodes: i128,
    /// So many zones with all their nodes.
    pub(crate) zones: i128,
}

impl Denied {
    pub(crate) fn is_something(self) -> bool {
        self.nodes > 0 || self.zones > 0
    }
}

impl Platform {
    /// How many nodes and zones other types may deny a type: each pod of theirs one, and a DaemonSet all that it may go to.
    pub(crate) fn denied(&self, index: usize, numbers: &[i128], left: &[i128]) -> Denied {
        let entangled = &self.entanglements[index];
        let present = |other: &&usize| numbers[**other] > 0;
        let fewer = |other: usize, all: i128| if self.types[other].per_node { all } else { all.min(numbers[other]) };
        let nodes = entangled.not_on_node.iter().filter(present).map(|other| {
            let common = self.classes.iter().zip(left);
            let common = common.filter(|(class, _)| class.eligible[index] && class.eligible[*other]);
            fewer(*other, common.map(|(_, left)| left).sum())
        });
        let zones = entangled.not_in_zone.iter().filter(present).map(|other| fewer(*other, self.zones_named(*other)));
        Denied { nodes: nodes.sum(), zones: zones.sum() }
    }

    /// In how many zones the pods of a type may be. A node without one is in none.
    fn zones_named(&self, index: usize) -> i128 {
        let own = self.classes.iter().filter(|class| class.eligible[index]);
        own.filter_map(|class| class.zone.as_ref()).collect::<BTreeSet<_>>().len() as i128
    }

    /// How many of the nodes of a type are in the largest zones of it. A node without a zone is in none that could be denied;
    /// nothing where a zone may be any, or a pool may grow in one of them and not in another.
    pub(crate) fn largest_zones(&self, index: usize, number: i128, left: &[i128]) -> Option<i128> {
        if number <= 0 {
            return Some(0);
        }
        if self.is_on_pool(index) || self.classes.iter().any(|class| class.has_open_zone) {
            return None;
        }
        let mut zones: BTreeMap<&String, i128> = BTreeMap::new();
        for (class, left) in self.classes.iter().zip(left).filter(|(class, _)| class.eligible[index]) {
            if let Some(zone) = &class.zone {
                *zones.entry(zone).or_default() += left;
            }
        }
        let mut sizes: Vec<i128> = zones.into_values().collect();
        sizes.sort_unstable_by(|left, right| right.cmp(left));
        Some(sizes.into_iter().zip(0..number).map(|(size, _)| size).sum())
    }

    /// Whether a pod finds a node that is not denied at the latest when all rollouts are over. Where a pod of the type is, the next
    /// may go, too, so whoever has one placed gets on with its rollout; and who has none waits for those that deny it nodes.
    pub(crate) fn settles(&self, index: usize, counts: &Counts, left: &[i128]) -> bool {
        if self.is_on_pool(index) || self.is_spread(index) || self.keeps_apart(index) {
            return false;
        }
        let at_rest: Vec<i128> =
            self.types.iter().zip(&counts.number).map(|(one, number)| one.peak.min(*number)).collect();
        let denied = self.denied(index, &at_rest, left);
        let nodes = self.classes.iter().zip(left).filter(|(class, _)| class.eligible[index]);
        let nodes: i128 = nodes.map(|(_, left)| left).sum();
        self.largest_zones(index, denied.zones, left).is_some_and(|in_zones| in_zones + denied.nodes < nodes)
    }

    /// What to blame where others deny a type nodes.
    pub(crate) fn denier(&self, index: usize, counts: &Counts) -> Bound {
        let ports = &self.types[index].constraints.host_ports;
        let mut others = self.entanglements[index].not_on_node.iter().filter(|other| counts.number[**other] > 0);
        let has_port = others.any(|other| !ports.is_disjoint(&self.types[*other].constraints.host_ports));
        if has_port { Bound::HostPort } else { Bound::Apart }
    }

    /// Why anti-affinity or a host port may refuse a pod of a type wherever there is room. That some node is left is enough for
    /// pods that may go to any, of which [`Platform::ways`] tells; what must be on a certain node may find it denied.
    pub(crate) fn kept_away(&self, index: usize, counts: &Counts) -> Option<Bound> {
        let (one, number, entangled) = (&self.types[index], counts.number[index], &self.entanglements[index]);
        if entangled.is_elsewhere {
            return Some(Bound::Apart);
        }
        if !one.per_node && !one.has_claims() {
            return None;
        }
        let all: Vec<i128> = self.classes.iter().map(crate::fit::read::nodes::Class::size).collect();
        if self.denied(index, &counts.number, &all).is_something() {
            return Some(self.denier(index, counts));
        }
        let is_several = number > 1 || one.per_node;
        if is_several && entangled.own_in_zones && self.zone_skew(index).is_none() {
            return Some(Bound::ApartByZone);
        }
        (is_several && entangled.own_on_nodes && !self.is_alone(index)).then_some(Bound::Apart)
    }

    /// Why a claim that is an object of its own may refuse a pod of a type, or a local volume of it. The first pod that mounts it is placed like
    /// any other and takes the volume with it; from then on all that mount it have the one node.
    pub(crate) fn bound_by_object(&self, index: usize, counts: &Counts, nodes: i128) -> Option<Bound> {
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
        if nodes <= 1 || !one.volumes.local {
            return None;
        }
        let is_even = users().all(|user| self.mounted[*user] == self.mounted[index]);
        let refuses = one.per_node || number > 1 && (self.is_alone(index) || self.is_spread(index));
        // Claims that others mount without each other may come to lie on different nodes, and a node of a pool may go.
        (refuses || !is_even || one.volumes.zonal || self.is_on_pool(index)).then_some(Bound::OneVolume)
    }
}
