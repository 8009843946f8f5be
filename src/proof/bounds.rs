//! What the constraints of a type allow: how many of its pods on one node, and whether anything but room refuses one.

use std::collections::BTreeSet;

use super::constraints::{Apart, Spread};
use super::entangled::repels;
use super::nodes::Class;
use super::obstacle::Obstacle;
use super::platform::{Counts, Platform};
use super::pods::PodType;
use crate::objects::quantity::ceil_div;

impl Platform {
    /// Whether required anti-affinity lets only one pod of a type on a node.
    fn is_apart(&self, index: usize) -> bool {
        let one = &self.types[index];
        one.constraints
            .apart
            .iter()
            .any(|term| term.simple && own_only(term, one) && term.selector.matches(&one.labels))
    }

    /// Whether only one pod of a type can be on a node.
    pub(super) fn is_alone(&self, index: usize) -> bool {
        self.is_apart(index) || !self.types[index].constraints.host_ports.is_empty()
    }

    /// Whether the selector and the affinity of a type admit a node outside those that it may go to.
    fn sees_more(&self, index: usize) -> bool {
        self.classes.iter().any(|class| class.selected[index] && !class.eligible[index])
    }

    /// Whether the storage classes of a type's claims keep it from nodes that its hard spread counts: the scheduler asks
    /// node selectors, affinity and taints there, and never volumes.
    fn is_kept_by_volumes(&self, index: usize) -> bool {
        self.classes.iter().any(|class| class.counted[index] && !class.eligible[index])
    }

    /// Whether a spread counts a node on which none of the type's pods can be.
    fn has_empty_domain(&self, index: usize, spread: &Spread) -> bool {
        if spread.honours_taints { self.is_kept_by_volumes(index) } else { self.sees_more(index) }
    }

    /// The one spread that keeps the pods of a type even over its nodes.
    fn even(&self, index: usize) -> Option<&Spread> {
        let one = &self.types[index];
        let [spread] = one.constraints.spreads.as_slice() else { return None };
        let holds = !one.per_node
            && spread.on_nodes
            && spread.max_skew == 1
            && spread.honours_affinity
            && !self.has_empty_domain(index, spread)
            && !spread.has_least_domains
            && !spread.by_other_keys
            && spread.selector.matches(&one.labels)
            && !self.entanglements[index].spread
            && !self.is_on_pool(index)
            && (!one.is_stateful || !one.has_claims() || one.ordered);
        holds.then_some(spread)
    }

    /// Whether a type is spread over zones of which the one with the fewest of its pods may always take one more.
    pub(super) fn is_over_zones(&self, index: usize) -> bool {
        let one = &self.types[index];
        let [spread] = one.constraints.spreads.as_slice() else { return false };
        let own = || self.classes.iter().filter(|class| class.eligible[index]);
        let zones: BTreeSet<&String> = own().filter_map(|class| class.zone.as_ref()).collect();
        let seen = |class: &&Class| if spread.honours_taints { class.counted[index] } else { class.selected[index] };
        let mut others = self.classes.iter().filter(seen).filter_map(|class| class.zone.as_ref());
        // With so few pods no zone ever has more than the skew, so that one that comes back to its volume is never too many.
        let returns = one.is_stateful
            && one.ordered
            && one.shared_claims.is_empty()
            && !self.is_on_pool(index)
            && one.peak < zones.len() as i128 + spread.max_skew;
        spread.on_zones
            && spread.honours_affinity
            && !spread.has_least_domains
            && !spread.by_other_keys
            && spread.selector.matches(&one.labels)
            && !self.entanglements[index].spread
            && !one.per_node
            && (!one.has_claims() || returns)
            && own().all(|class| class.zone.is_some())
            && others.all(|zone| zones.contains(zone))
    }

    /// Whether the pods of a StatefulSet have claims of their own.
    fn is_stateful_with_claims(&self, index: usize) -> bool {
        let one = &self.types[index];
        one.is_stateful && one.has_claims() && !one.own_claims.is_empty()
    }

    /// The most pods of a type that can be on one of so many nodes.
    pub(super) fn most(&self, index: usize, counts: &Counts, nodes: i128) -> i128 {
        let (one, number) = (&self.types[index], counts.number[index]);
        // What waits has no surge of its own, and its rollout goes on all the same.
        let all = if counts.waits[index] { number + one.surge } else { number };
        let mut most = number;
        if self.is_alone(index) {
            most = most.min(1);
        }
        if let Some(skew) = self.zone_skew(index) {
            most = most.min(skew);
        }
        // Volumes stay where the first pods were even, and those that come back go after them.
        let follows = !one.has_claims() || all <= nodes;
        if let Some(spread) = self.even(index).filter(|_| nodes > 0 && follows) {
            most = most.min(spread_over(one, spread, counts, counts.rolls[index], nodes));
        }
        most
    }

    /// The most claims of a type that can come to lie on one node: host ports do not bound them, because they stay.
    pub(super) fn most_claims(&self, index: usize, counts: &Counts) -> i128 {
        let one = &self.types[index];
        let nodes = self.nodes_of(index);
        let mut most = counts.number[index];
        if self.is_apart(index) && (one.ordered || !self.is_stateful_with_claims(index)) {
            most = most.min(1);
        }
        if let Some(skew) = self.zone_skew(index) {
            most = most.min(skew);
        }
        // A claim is bound once, when all pods before it run.
        if self.even(index).is_some() && nodes > 0 {
            most = most.min(ceil_div(one.peak, nodes));
        }
        most
    }

    /// Why something beside eligibility and resources may refuse a pod of a type; nothing when nothing can. Of which kind that is stands before it.
    pub(super) fn bound(&self, index: usize, counts: &Counts, nodes: i128) -> Option<(Obstacle, &'static str)> {
        let (one, number) = (&self.types[index], counts.number[index]);
        let entangled = self.entanglements[index];
        let constraints = &one.constraints;
        if constraints.wants_company {
            return Some((Obstacle::Company, "it requires other pods beside it"));
        }
        let own = |term: &Apart| term.simple && own_only(term, one) && term.selector.matches(&one.labels);
        if entangled.apart || !constraints.apart.iter().all(own) {
            return Some((Obstacle::Apart, "its anti-affinity may refuse pods although there is room"));
        }
        if entangled.ports {
            return Some((Obstacle::HostPort, "another workload uses the same host port"));
        }
        if self.is_alone(index) {
            if number > if one.per_node { 1 } else { nodes } {
                return Some((Obstacle::TooManyForEach, "there are more of it than nodes that take one each"));
            }
            if self.is_stateful_with_claims(index) && !one.ordered && nodes > 1 {
                return Some((
                    Obstacle::Parallel,
                    "its pods come in parallel, and one may take the node of another's volume",
                ));
            }
        }
        if let Some(reason) = self.bound_by_spread(index, counts, nodes) {
            return Some(reason);
        }
        if let Some(reason) = self.bound_by_volumes(index, counts, nodes) {
            return Some(reason);
        }
        if one.binds_early.is_some() && nodes > 1 {
            return Some((Obstacle::Other, "the storage class of its claims binds them before it has a node"));
        }
        None
    }

    /// Why a hard spread may refuse a pod of a type.
    fn bound_by_spread(&self, index: usize, counts: &Counts, nodes: i128) -> Option<(Obstacle, &'static str)> {
        let (one, number) = (&self.types[index], counts.number[index]);
        let spreads = &one.constraints.spreads;
        if spreads.is_empty() {
            return None;
        }
        if number > 1 {
            if self.is_on_pool(index) {
                return Some((Obstacle::SpreadOverPool, "its hard spread counts nodes that come and go"));
            }
            if one.per_node || spreads.iter().any(|spread| spread.honours_taints) && self.is_kept_by_volumes(index) {
                return Some((Obstacle::Other, "its hard spread counts nodes on which it cannot be"));
            }
            if one.has_claims() && number > nodes && nodes > 1 {
                return Some((
                    Obstacle::Other,
                    "its volumes keep its pods where its hard spread may want them no more",
                ));
            }
        }
        if self.even(index).is_some() {
            return None;
        }
        if counts.terminating && one.surges_on_terminating() {
            return Some((Obstacle::Other, "its hard spread does not count pods that terminate"));
        }
        // One on each node may fill the zone that is next.
        if self.is_over_zones(index) && !self.is_alone(index) {
            return None;
        }
        let harmless = |spread: &Spread| {
            spread.on_nodes
                && !spread.has_least_domains
                && (number <= 1 || spread.honours_affinity && !self.has_empty_domain(index, spread))
        };
        let few = number <= 1 || nodes <= 1;
        let is_free = few && !self.entanglements[index].spread && spreads.iter().all(harmless);
        (!is_free).then_some((Obstacle::Spread, "its hard spread may refuse pods although there is room"))
    }

    /// Whether a type has a hard spread.
    pub(super) fn is_spread(&self, index: usize) -> bool {
        !self.types[index].constraints.spreads.is_empty()
    }

    /// Whether all hard spreads of a type leave out nodes with taints that it does not tolerate.
    pub(super) fn honours_taints(&self, index: usize) -> bool {
        self.types[index].constraints.spreads.iter().all(|spread| spread.honours_taints)
    }

    /// The most pods of a type on one node because of a spread that counts an empty node.
    pub(super) fn blocked_skew(&self, index: usize, counts: &Counts) -> Option<i128> {
        let one = &self.types[index];
        // Pods that terminate are not counted, and may lie anywhere; those of others may lie where this one is not.
        if counts.terminating || self.entanglements[index].spread || !self.sees_more(index) {
            return None;
        }
        let blocked = one.constraints.spreads.iter().filter(|spread| {
            let counts_all = !spread.by_other_keys && (!spread.by_revision || !counts.rolls[index]);
            counts_all
                && spread.on_nodes
                && !spread.has_least_domains
                && !spread.honours_taints
                && spread.selector.matches(&one.labels)
        });
        blocked.map(|spread| spread.max_skew).min()
    }

    /// Whether two types may never share a node.
    pub(super) fn conflict(&self, left: usize, right: usize) -> bool {
        let (one, other) = (&self.types[left], &self.types[right]);
        let ports = !one.constraints.host_ports.is_disjoint(&other.constraints.host_ports);
        ports || repels(one, other) || repels(other, one)
    }

    /// Whether the search for a placement understands all constraints of a type.
    pub(super) fn is_searchable(&self, index: usize) -> bool {
        let one = &self.types[index];
        let plain = |term: &Apart| term.simple;
        let simple = |spread: &Spread| {
            spread.on_nodes
                && spread.honours_affinity
                && !spread.has_least_domains
                && !spread.by_other_keys
                && spread.selector.matches(&one.labels)
        };
        !one.constraints.wants_company
            && one.constraints.apart.iter().all(plain)
            && one.constraints.spreads.iter().all(simple)
            && !self.entanglements[index].spread
            && one.shared_claims.is_empty()
            && !(self.is_spread(index) && self.is_kept_by_volumes(index))
    }

    /// Whether an empty node outside those of a type counts for its spread.
    pub(super) fn skew(&self, index: usize) -> Option<(i128, bool)> {
        let spreads = &self.types[index].constraints.spreads;
        let least = spreads.iter().map(|spread| spread.max_skew).min()?;
        Some((least, spreads.iter().any(|spread| !spread.honours_taints) && self.sees_more(index)))
    }
}

/// How many pods of a type a spread lets come to one of so many nodes. What counts is the most that there ever are: a
/// scale-down and the end of a rollout take pods from wherever they are.
fn spread_over(one: &PodType, spread: &Spread, counts: &Counts, rolls: bool, nodes: i128) -> i128 {
    let each_revision = one.is_deployment && spread.by_revision;
    let all = |number: i128| ceil_div(number, nodes);
    if counts.terminating && rolls && one.surges_on_terminating() && !each_revision {
        // The old pods are where they were even, and the new ones are even without them.
        all(one.peak) + all(one.peak + one.surge)
    } else if each_revision && rolls {
        2 * all(one.peak)
    } else if one.is_deployment && !each_revision {
        all(one.peak + one.surge)
    } else {
        all(one.peak)
    }
}

fn own_only(term: &Apart, one: &PodType) -> bool {
    !term.everywhere && term.namespaces.iter().all(|name| Some(name) == one.namespace.as_ref())
}
