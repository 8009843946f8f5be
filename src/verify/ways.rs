//! Which nodes the pods of a type leave to the next of them at worst, by its own spreads and anti-affinity.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::constraints::Spread;
use crate::manifests::domains::Sure;
use crate::manifests::{Checked, refuse, times, total};
use crate::verify::apart::Denied;
use crate::verify::situation::{Situation, World};
use crate::verify::workloads::Type;

/// What evidence may name: all nodes, the zones without a pod, the zone with the fewest, the node with the fewest.
pub(crate) const WAYS: [&str; 4] = ["", "empty-zones", "zones", "hosts"];

/// Its own pods on the nodes in question: others at most, those of them that are counted, and how many of these close a node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub(crate) beside: i128,
    counted: i128,
    pub(crate) skew: Option<i128>,
    /// What pods of other types close beside them.
    pub(crate) denied: Denied,
}

impl Way {
    /// A node of its own for every pod of a daemon set.
    pub(crate) fn daemon(count: i128) -> Self {
        Self { beside: count - 1, counted: 0, skew: None, denied: Denied::default() }
    }

    /// How many of so many nodes are closed at most; none where all of them may be.
    pub(crate) fn closed(&self, nodes: i128) -> Option<i128> {
        let closed = self.skew.map_or(0, |skew| self.counted / skew);
        Some(closed).filter(|closed| *closed < nodes - self.denied.nodes)
    }

    fn is_open(&self, nodes: i128) -> bool {
        self.beside < nodes - self.denied.nodes || self.closed(nodes).is_some()
    }
}

/// The most of some pods that one of so many domains has, when each got its last while no other had fewer by more than the skew.
fn level(pods: i128, spread: &Spread, domains: i128) -> i128 {
    let all = pods.saturating_add(times(domains - 1, spread.skew));
    if domains < 1 { pods } else { pods.min(all / domains) }
}

impl Spread {
    /// Whether it counts the pods of its own type, all of them or those of one revision.
    fn is_of(&self, one: &Type) -> bool {
        self.is_keyed.is_some() && self.selector.matches(&one.pod.labels)
    }

    fn by_revision(&self, one: &Type) -> bool {
        self.is_keyed == Some(true) && one.kind == "Deployment"
    }
}

impl World<'_> {
    /// The most in one of so many domains of a spread, whatever was there before.
    fn ever(&self, situation: &Situation, index: usize, spread: &Spread, domains: i128) -> i128 {
        let (one, is_keyed) = (&self.types[index], spread.by_revision(&self.types[index]));
        let most = if is_keyed { one.count.peak } else { one.count.peak.saturating_add(one.count.surge) };
        let most = level(most, spread, domains);
        if is_keyed && situation.rolls[index] { times(2, most) } else { most }
    }

    /// How many pods of a type its spreads let come to one of `nodes` nodes.
    pub(crate) fn spread(&self, situation: &Situation, index: usize, nodes: i128, full: i128) -> i128 {
        let (one, relations) = (&self.types[index], &self.relations[index]);
        let is_settled = !one.has_claims() || relations.is_even && full <= nodes;
        if nodes < 1 || one.is_daemon() || one.in_pool || !relations.is_private || !is_settled {
            return full;
        }
        let spreads = one.pod.constraints.spreads.iter().filter(|spread| spread.is_plain && spread.is_of(one));
        spreads.map(|spread| self.ever(situation, index, spread, nodes)).min().map_or(full, |most| most.min(full))
    }

    /// How many pods of a type can be in one zone.
    pub(crate) fn in_zone(&self, situation: &Situation, index: usize, left: &[i128]) -> i128 {
        let (one, number) = (&self.types[index], situation.counts[index]);
        let is_free = one.is_daemon() || one.has_claims() || !self.relations[index].is_private;
        let is_free = is_free || self.zones_stay(index, left) < self.zones(index, left).map(|zones| zones.len());
        let zonal = |spread: &&Spread| spread.is_zonal && spread.is_of(one) && !is_free;
        let mut spreads = one.pod.constraints.spreads.iter().filter(zonal).peekable();
        let Some(zones) = spreads.peek().and_then(|_| self.zones(index, left)) else { return number };
        let most = spreads.map(|spread| self.ever(situation, index, spread, zones.len() as i128)).min();
        most.map_or(number, |most| most.min(number))
    }

    /// The zones of the nodes that are left to a type, with how many there are; nothing where one has no zone.
    fn zones(&self, index: usize, left: &[i128]) -> Option<BTreeMap<&str, i128>> {
        let mut zones = BTreeMap::new();
        for class in self.homes(index).filter(|class| left[*class] > 0) {
            *zones.entry(self.zone(class)?).or_default() += left[class];
        }
        Some(zones)
    }

    /// How many zones of a type have a node that no autoscaler takes away.
    fn zones_stay(&self, index: usize, left: &[i128]) -> Option<usize> {
        let stay = self.homes(index).filter(|class| left[*class] > 0 && self.facts(*class).pool.is_none());
        Some(stay.filter_map(|class| self.zone(class)).collect::<BTreeSet<_>>().len())
    }

    /// The zone of the nodes of a class, where they are in one.
    pub(crate) fn zone(&self, class: usize) -> Option<&str> {
        self.classes[class].zone.as_deref()
    }

    /// The most others on one of the nodes with the fewest of the new revision, where old pods are not even: a ReplicaSet
    /// takes them away first where most pods of the Deployment are.
    fn beside_old(&self, index: usize, number: i128, nodes: i128, skew: i128) -> i128 {
        let one = &self.types[index];
        let on_class = |class: usize| {
            let pairs = one.pod.requests.iter().zip(&self.facts(class).allocatable);
            pairs.filter(|(request, _)| **request > 0).map(|(request, has)| has / request).min()
        };
        let room = self.homes(index).map(|class| on_class(class).unwrap_or(number)).max().unwrap_or(number);
        let rounds = (one.count.peak.min(number) - 1) / nodes;
        let mut most = if rounds > 10_000 { number } else { 0 };
        for least in 0..=rounds.min(10_000) {
            let new = times(nodes, least + 1);
            let bound = room.min(number - new);
            let taken = new - one.count.surge;
            let halved = (number - new + one.count.surge + one.count.unavailable + least + skew) / 2;
            let old = if taken > 0 { bound.min(halved.max(room - taken)) } else { bound };
            most = most.max(least + old.max(0));
        }
        most.min(number - 1)
    }

    /// What is certain of some nodes for the next pod of a type that mounts nothing and is no daemon set; `is_hit` where a node
    /// was lost that it may go to.
    pub(crate) fn way(
        &self,
        situation: &Situation,
        index: usize,
        over: &str,
        (left, is_hit): (&[i128], bool),
    ) -> Checked<Way> {
        let (one, number) = (&self.types[index], situation.counts[index]);
        let (constraints, spreads) = (&one.pod.constraints, &one.pod.constraints.spreads);
        let none = |holds: bool| refuse(!holds, || format!("the spreads of `{}` may leave it no node", one.name));
        none(spreads.iter().all(|spread| spread.is_plain || spread.is_zonal))?;
        none(spreads.is_empty() || self.relations[index].is_private)?;
        let is_apart_by_zone = self.relations[index].enmities.is_apart_in_zones;
        let is_alone = self.is_alone(index) || self.relations[index].enmities.is_apart;
        let denied = self.denied(&situation.counts, index, left);
        let in_zones = self.largest(index, denied.zones, left)?;
        let is_mixed = situation.rolls[index] && !is_alone && !is_apart_by_zone;
        let is_mixed = is_mixed && one.kind == "Deployment" && spreads.iter().all(|spread| spread.by_revision(one));
        let same = if is_mixed { one.count.peak.min(number) } else { number };
        let hosts = spreads.iter().filter(|spread| spread.is_plain).map(|spread| spread.skew).min();
        let skew = if is_alone { Some(1) } else { hosts };
        let zones = self.zones(index, left);
        // Whether every zone that it counts is one of these: of nodes that it may go to, one in another zone is gone, and tainted.
        let homes: BTreeSet<usize> =
            self.homes(index).flat_map(|class| self.classes[class].nodes.iter().copied()).collect();
        let is_own = |spread: &Spread, zones: &BTreeMap<&str, i128>| {
            let mut seen = self.nodes.iter().enumerate().filter(|(node, seen)| {
                let is_tolerated = !homes.contains(node) && constraints.tolerates(seen.taints.iter()) > Sure::Not;
                constraints.selects(&seen.labels) > Sure::Not && (!spread.honours_taints || is_tolerated)
            });
            seen.all(|(_, node)| node.zone().map_or(!node.has_open_zone(), |zone| zones.contains_key(zone)))
        };
        // Whether the fewest of these domains are in one that it may go to, and which may take one more.
        let is_level = |spread: &Spread, domains: i128| {
            let sees = spread.honours_affinity && (spread.honours_taints || !is_hit);
            sees && spread.is_of(one) && spread.least <= domains
        };
        let nodes = total(self.homes(index).map(|class| left[class]));
        let number_of_zones = zones.as_ref().map_or(0, |zones| zones.len() as i128);
        let is_orderly = |spread: &Spread| {
            let is_own = || zones.as_ref().is_some_and(|zones| is_own(spread, zones));
            spread.is_zonal && is_level(spread, number_of_zones) && is_own()
        };
        // An only zone refuses none, and zones of one node each are like hosts.
        let felt: Vec<&Spread> = spreads.iter().filter(|spread| number_of_zones != 1 || !is_orderly(spread)).collect();
        let is_like_host = |spread: &Spread| number_of_zones == nodes && is_orderly(spread);
        let (zonal, by_host): (Vec<&Spread>, Vec<&Spread>) =
            felt.iter().partition(|spread| spread.is_zonal && !is_like_host(spread));
        let skew = skew.into_iter().chain(by_host.iter().map(|spread| spread.skew)).min();
        let is_zonal = is_apart_by_zone || !zonal.is_empty();
        // In a rollout all spreads must count the same pods.
        let keyed = spreads.iter().filter(|spread| spread.by_revision(one)).count();
        let is_uniform = !situation.rolls[index] || [0, spreads.len()].contains(&keyed);
        // Pods of the other revision are not counted.
        let further = |spread: &Spread, domains: i128| match is_mixed {
            true if one.in_pool => number - 1,
            true => level(one.count.peak, spread, domains).min(number - 1),
            false => 0,
        };
        let fewest = |domains: i128, further: i128, skew: Option<i128>| {
            // Whatever is of the other revision is not of this one.
            let beside = (same - 1).min(number - 1 - further) / domains.max(1) + further;
            Way { beside, counted: (same - 1) / domains.max(1), skew, denied }
        };
        if over.is_empty() || over == "hosts" {
            none(!is_zonal && nodes > 0)?;
            let denied = Denied { nodes: denied.nodes.saturating_add(in_zones), zones: 0 };
            let all = Way { beside: number - 1, counted: same - 1, skew, denied };
            if over.is_empty() {
                none(all.is_open(nodes))?;
                return Ok(all);
            }
            none(!is_alone && !denied.is_something() && !by_host.is_empty() && is_uniform)?;
            none(by_host.len() == 1 || nodes == 1 || by_host.iter().any(|spread| spread.is_zonal))?;
            let is_host_level = |spread: &Spread| is_level(spread, nodes) && spread.sees_no_other(one);
            none(by_host.iter().all(|spread| is_like_host(spread) || is_host_level(spread)))?;
            let mut way = Way { counted: 0, ..fewest(nodes, further(by_host[0], nodes), None) };
            if is_mixed && one.in_pool {
                way.beside = self.beside_old(index, number, nodes, by_host[0].skew);
            }
            return Ok(way);
        }
        let zones = zones.as_ref().ok_or_else(|| format!("`{}` may go to a node without a zone", one.name))?;
        if over == "empty-zones" {
            let mut sizes: Vec<i128> = zones.values().copied().collect();
            sizes.sort_unstable();
            // So many of the smallest zones have neither a pod of it nor one that denies them.
            let empty = sizes.into_iter().zip(0..number_of_zones - number + 1 - denied.zones);
            none(is_zonal && total(empty.map(|(size, _)| size)) > denied.nodes)?;
            return Ok(Way { beside: 0, counted: 0, skew: None, denied });
        }
        none(over == "zones" && is_zonal && number_of_zones > 0 && denied.zones == 0 && is_uniform)?;
        let least = zonal.iter().map(|spread| spread.skew).min();
        let is_left = least.is_some_and(|skew| (same - 1) / skew < number_of_zones);
        let is_fewest = zonal.len() == 1 && zonal.iter().all(|spread| is_orderly(spread));
        let is_left = if is_apart_by_zone { number <= number_of_zones } else { is_left || is_fewest };
        let further = zonal.first().map_or(0, |spread| further(spread, number_of_zones));
        let way = fewest(number_of_zones, further, skew);
        none(is_left && zones.values().all(|nodes| way.is_open(*nodes)))?;
        Ok(way)
    }
}
