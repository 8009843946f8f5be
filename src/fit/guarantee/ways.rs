//! Where a pod of a type may always go, whatever its own spreads and anti-affinity say: at worst, these nodes are left.
//!
//! `docs/proof.md` has the arguments. The heart of them: what is on a node or in a zone is never less than nothing, so that one
//! without pods that a spread counts is never refused by it, whatever the least of all domains is, and which domains there are.

use std::collections::BTreeMap;

use crate::fit::evidence::reason::Bound;
use crate::fit::guarantee::apart::Denied;
use crate::fit::guarantee::rollouts::Rollout;
use crate::fit::read::constraints::Spread;
use crate::fit::read::nodes::Class;
use crate::fit::read::platform::{Counts, Platform};

/// Of which nodes it is certain that some are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// All nodes of the type, but those that its own pods close.
    Nodes,
    /// Of all zones, those without a pod of the type.
    EmptyZones,
    /// The zone that has the fewest of its pods.
    Zones,
    /// The node that has the fewest of its pods.
    Hosts,
}

impl Over {
    /// As `proof.json` has it; all nodes go without saying.
    pub(crate) fn text(self) -> Option<&'static str> {
        match self {
            Self::Nodes => None,
            Self::EmptyZones => Some("empty-zones"),
            Self::Zones => Some("zones"),
            Self::Hosts => Some("hosts"),
        }
    }
}

/// A way to be sure of some nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) over: Over,
    /// Other pods of the type that may be on these nodes.
    pub(crate) beside: i128,
    /// Those of them that its spreads count.
    pub(crate) counted: i128,
    /// How many that are counted close a node.
    pub(crate) skew: Option<i128>,
    /// What pods of other types close beside them.
    pub(crate) denied: Denied,
}

impl Way {
    /// How many of so many nodes its own pods may close; nothing where they and those of others may close all.
    pub(crate) fn closed(&self, nodes: i128) -> Option<i128> {
        let closed = self.skew.map_or(0, |skew| self.counted / skew.max(1));
        (closed < nodes - self.denied.nodes).then_some(closed)
    }

    /// Whether its own pods leave one of so many nodes.
    fn leaves_one(&self, nodes: i128) -> bool {
        self.closed(nodes).is_some() || self.beside < nodes - self.denied.nodes
    }
}

/// The most of some pods in one of several domains that a spread keeps within its skew.
pub(crate) fn level(pods: i128, skew: i128, domains: i128) -> i128 {
    match domains {
        ..1 => pods,
        _ => pods.min((pods + (domains - 1) * skew) / domains),
    }
}

impl Platform {
    /// Whether its own pods may keep apart by zone.
    pub(crate) fn is_apart_by_zone(&self, index: usize) -> bool {
        self.entanglements[index].own_in_zones
    }

    /// Whether its own pods may keep apart by node, be it certain or not.
    fn may_be_alone(&self, index: usize) -> bool {
        self.is_alone(index) || self.entanglements[index].own_on_nodes
    }

    /// Whether its own pods may keep apart, by node or by zone.
    pub(crate) fn keeps_apart(&self, index: usize) -> bool {
        self.may_be_alone(index) || self.is_apart_by_zone(index)
    }

    /// How many pods of a type close a node to the next of them.
    fn host_skew(&self, index: usize) -> Option<i128> {
        let spreads = self.types[index].constraints.spreads.iter();
        let least = spreads.filter(|spread| spread.on_nodes).map(|spread| spread.max_skew.max(1)).min();
        if self.may_be_alone(index) { Some(1) } else { least }
    }

    /// How many zones there are of a type on these nodes, with how many nodes; nothing where a node has no zone.
    pub(crate) fn zones_of(&self, index: usize, left: &[i128]) -> Option<BTreeMap<&String, i128>> {
        let mut zones = BTreeMap::new();
        for (class, left) in self.classes.iter().zip(left).filter(|(class, left)| class.eligible[index] && **left > 0) {
            *zones.entry(class.zone.as_ref()?).or_default() += left;
        }
        Some(zones)
    }

    /// Whether some zone of a type has only nodes of pools, which may all be gone.
    fn has_passing_zone(&self, index: usize, left: &[i128]) -> bool {
        let mut zones: BTreeMap<Option<&String>, bool> = BTreeMap::new();
        for (class, _) in self.classes.iter().zip(left).filter(|(class, left)| class.eligible[index] && **left > 0) {
            *zones.entry(class.zone.as_ref()).or_default() |= class.pool.is_none();
        }
        zones.values().any(|stays| !stays)
    }

    /// The most pods of a type in one zone: as many zones as there are now there are always, or nothing bounds it.
    pub(crate) fn most_in_zone(&self, index: usize, counts: &Counts, left: &[i128]) -> i128 {
        let (one, number) = (&self.types[index], counts.number[index]);
        if one.per_node || one.has_claims() || self.entanglements[index].spread || self.has_passing_zone(index, left) {
            return number;
        }
        let mut bounds =
            one.constraints.spreads.iter().filter(|spread| spread.on_zones && spread.counts(one)).peekable();
        let Some(zones) = bounds.peek().and_then(|_| self.zones_of(index, left)) else { return number };
        let zones = zones.len() as i128;
        let bounds = bounds.map(|spread| self.ever(index, counts, spread, zones));
        number.min(bounds.min().unwrap_or(number))
    }

    /// The most pods of a type that there ever are in one of so many domains of a spread: a scale-down and the end of a rollout
    /// take pods from wherever they are.
    pub(crate) fn ever(&self, index: usize, counts: &Counts, spread: &Spread, domains: i128) -> i128 {
        let one = &self.types[index];
        let by_revision = one.is_deployment && spread.by_revision;
        let of = |pods: i128| level(pods, spread.max_skew.max(1), domains);
        let together = of(one.peak + if one.is_deployment && !by_revision { one.surge } else { 0 });
        match counts.rolls[index] {
            // Each revision is spread by itself.
            true if by_revision => 2 * of(one.peak),
            // The old pods are where they were even, and the new ones are even without them.
            true if counts.terminating && one.surges_on_terminating() => of(one.peak) + together,
            _ => together,
        }
    }

    /// Whether pods of two revisions of a type are there at once, of which its spreads count one each. It is so without a surge,
    /// too: then an old pod goes before a new one comes, and from wherever it is.
    fn is_mixed(&self, index: usize, counts: &Counts) -> bool {
        let one = &self.types[index];
        let by_revision = one.is_deployment && one.constraints.spreads.iter().all(|spread| spread.by_revision);
        by_revision && counts.rolls[index] && !self.may_be_alone(index) && !self.is_apart_by_zone(index)
    }

    /// Whether of all domains of the only spread over them one where the type may be has the fewest; `own` says which are its own.
    fn is_level(&self, index: usize, spread: &Spread, loses: bool, domains: i128) -> bool {
        spread.counts(&self.types[index])
            && spread.honours_affinity
            && spread.least_domains <= domains
            && (spread.honours_taints || !loses)
    }

    /// The ways to be sure of a node for the next pod of a type that mounts no claims and is no DaemonSet, when these nodes are
    /// left; `loses` where some were lost. An error where there is none. None at all where it is sure of one only in the end,
    /// which is enough where every node that is not denied has room.
    pub(crate) fn ways(&self, index: usize, counts: &Counts, left: &[i128], loses: bool) -> Result<Vec<Way>, Bound> {
        let ways = self.ways_at_once(index, counts, left, loses);
        if ways.is_err() && self.settles(index, counts, left) { Ok(Vec::new()) } else { ways }
    }

    fn ways_at_once(&self, index: usize, counts: &Counts, left: &[i128], loses: bool) -> Result<Vec<Way>, Bound> {
        let (one, number) = (&self.types[index], counts.number[index]);
        let spreads = &one.constraints.spreads;
        let nodes = self.classes.iter().zip(left).filter(|(class, _)| class.eligible[index]);
        let nodes: i128 = nodes.map(|(_, left)| left).sum();
        let (is_mixed, skew) = (self.is_mixed(index, counts), self.host_skew(index));
        let counted = if is_mixed { number.min(one.peak) } else { number };
        if spreads.iter().any(|spread| !spread.on_nodes && !spread.on_zones)
            || !spreads.is_empty() && self.entanglements[index].spread
        {
            return Err(Bound::Spread);
        }
        let denied = self.denied(index, &counts.number, left);
        let none = if denied.is_something() { self.denier(index, counts) } else { self.own_bound(index) };
        let Some(in_zones) = self.largest_zones(index, denied.zones, left) else { return Err(none) };
        // Pods of the other revision, and those that terminate, may be anywhere.
        let further = |spread: &Spread, domains: i128| match is_mixed {
            _ if counts.terminating && counts.rolls[index] => number - 1,
            true if self.is_on_pool(index) => number - 1,
            true => level(one.peak, spread.max_skew.max(1), domains).min(number - 1),
            false => 0,
        };
        // How many others there are in the one of so many domains that has the fewest that are counted. The more of them are
        // spread already, the fewer there are of the other revision.
        let beside = |further: i128, domains: i128| (counted - 1).min(number - 1 - further) / domains + further;
        let sizes = self.zones_of(index, left);
        let number_of_zones = sizes.as_ref().map_or(0, |sizes| sizes.len() as i128);
        let is_plain = |spread: &Spread| {
            spread.on_zones
                && self.is_level(index, spread, loses, number_of_zones)
                && sizes.as_ref().is_some_and(|sizes| !self.has_empty_zone(index, spread, sizes))
        };
        // The only zone that is left has as few of its pods as any, and where each has one node, zones are hosts.
        let spreads: Vec<&Spread> = spreads.iter().filter(|spread| number_of_zones != 1 || !is_plain(spread)).collect();
        let (hosts, over_zones): (Vec<&Spread>, Vec<&Spread>) =
            spreads.iter().partition(|spread| spread.on_nodes || number_of_zones == nodes && is_plain(spread));
        let skew = skew.into_iter().chain(hosts.iter().map(|spread| spread.max_skew.max(1))).min();
        let is_zonal = self.is_apart_by_zone(index) || !over_zones.is_empty();
        // While something rolls, what one spread counts and another does not may be anywhere.
        let is_uniform = !one.is_deployment
            || !counts.rolls[index]
            || one.constraints.spreads.windows(2).all(|two| two[0].by_revision == two[1].by_revision);
        let mut ways = Vec::new();
        if !is_zonal {
            let denied = Denied { nodes: denied.nodes + in_zones, zones: 0 };
            let all = Way { over: Over::Nodes, beside: number - 1, counted: counted - 1, skew, denied };
            ways.extend(all.leaves_one(nodes).then_some(all));
            let is_level = |spread: &&Spread| {
                is_plain(spread) || !self.has_empty_domain(index, spread) && self.is_level(index, spread, loses, nodes)
            };
            if let Some(spread) = hosts.first()
                && !self.may_be_alone(index)
                && !denied.is_something()
                && nodes > 0
                && is_uniform
                && (hosts.len() == 1 || nodes == 1 || hosts.iter().any(|spread| spread.on_zones))
                && hosts.iter().all(is_level)
            {
                let beside = beside(further(spread, nodes), nodes);
                let is_old_anywhere = is_mixed && self.is_on_pool(index) && !counts.terminating;
                let beside =
                    if is_old_anywhere { self.rollout(index, spread, (number, nodes)).beside() } else { beside };
                ways.push(Way { over: Over::Hosts, beside, counted: 0, skew: None, denied });
            }
            return if ways.is_empty() { Err(none) } else { Ok(ways) };
        }
        let Some(sizes) = sizes else {
            return Err(Bound::WithoutZone);
        };
        let zones = sizes.len() as i128;
        // Whatever zones are without its own pods and without those that deny it a zone, they have so many nodes.
        let empty = zones - number + 1 - denied.zones;
        let mut nodes_of: Vec<i128> = sizes.values().copied().collect();
        nodes_of.sort_unstable();
        if nodes_of.iter().zip(0..empty).map(|(nodes, _)| nodes).sum::<i128>() > denied.nodes {
            ways.push(Way { over: Over::EmptyZones, beside: 0, counted: 0, skew: None, denied });
        }
        let may_close = over_zones.iter().map(|spread| spread.max_skew.max(1)).min();
        let is_left = match over_zones.as_slice() {
            _ if self.is_apart_by_zone(index) => number <= zones,
            _ if may_close.is_some_and(|skew| (counted - 1) / skew < zones) => true,
            [spread] => self.is_level(index, spread, loses, zones) && !self.has_empty_zone(index, spread, &sizes),
            _ => false,
        };
        if is_left && zones > 0 && denied.zones == 0 && is_uniform {
            let beside = beside(over_zones.first().map_or(0, |spread| further(spread, zones)), zones);
            let fewest = Way { over: Over::Zones, beside, counted: (counted - 1) / zones, skew, denied };
            ways.extend(sizes.values().all(|nodes| fewest.leaves_one(*nodes)).then_some(fewest));
        }
        if ways.is_empty() { Err(none) } else { Ok(ways) }
    }

    /// A rollout of a type whose old pods may be anywhere.
    fn rollout(&self, index: usize, spread: &Spread, (number, nodes): (i128, i128)) -> Rollout {
        let one = &self.types[index];
        let fits = |class: &Class| {
            let each = one.requests.iter().zip(class.allocatable).filter(|(request, _)| **request > 0);
            each.map(|(request, has)| has / request).min().unwrap_or(number)
        };
        Rollout {
            number,
            peak: one.peak,
            surge: one.surge,
            unavailable: one.unavailable,
            skew: spread.max_skew.max(1),
            nodes,
            fits: self.classes.iter().filter(|class| class.eligible[index]).map(fits).max().unwrap_or(number),
        }
    }

    /// What to blame where a type's own pods may leave it no node.
    fn own_bound(&self, index: usize) -> Bound {
        let is_spread = !self.types[index].constraints.spreads.is_empty();
        if is_spread || self.is_alone(index) { Bound::Spread } else { Bound::Apart }
    }

    /// Whether a spread over zones counts one in which no pod of the type can be.
    pub(crate) fn has_empty_zone(&self, index: usize, spread: &Spread, own: &BTreeMap<&String, i128>) -> bool {
        let seen = self.classes.iter().filter(|class| match spread.honours_taints {
            true => class.counted[index],
            false => class.selected[index],
        });
        // A zone that was lost with all its nodes is none where taints are honoured.
        let mut seen = seen.filter(|class| !class.eligible[index] || !spread.honours_taints);
        seen.any(|class| class.zone.as_ref().map_or(class.has_open_zone, |zone| !own.contains_key(zone)))
    }
}
