//! What the constraints of a type allow: how many of its pods on one node, and whether anything but room refuses one.

use crate::fit::evidence::reason::Bound;
use crate::fit::read::constraints::{Apart, Spread};
use crate::fit::read::entangled::repels;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::PodType;
use crate::objects::quantity::ceil_div;

impl Platform {
    /// Whether required anti-affinity lets only one pod of a type on a node.
    pub(crate) fn is_apart(&self, index: usize) -> bool {
        let one = &self.types[index];
        one.constraints
            .apart
            .iter()
            .any(|term| term.simple && own_only(term, one) && term.selector.matches(&one.labels))
    }

    /// Whether required anti-affinity lets only one pod of a type into a zone.
    pub(crate) fn is_surely_apart_by_zone(&self, index: usize) -> bool {
        let one = &self.types[index];
        let is_plain = |term: &Apart| term.on_zones && !term.by_keys && own_only(term, one);
        one.constraints.apart.iter().any(|term| is_plain(term) && term.selector.matches(&one.labels))
    }

    /// Whether only one pod of a type can be on a node.
    pub(crate) fn is_alone(&self, index: usize) -> bool {
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
    pub(crate) fn has_empty_domain(&self, index: usize, spread: &Spread) -> bool {
        if spread.honours_taints { self.is_kept_by_volumes(index) } else { self.sees_more(index) }
    }

    /// The one spread that keeps the pods of a type, and the volumes that they mount, even over its nodes.
    fn even(&self, index: usize) -> Option<&Spread> {
        let one = &self.types[index];
        let [spread] = one.constraints.spreads.as_slice() else { return None };
        let holds = !one.per_node
            && spread.on_nodes
            && spread.max_skew == 1
            && spread.honours_affinity
            && !self.has_empty_domain(index, spread)
            && spread.least_domains == 0
            && spread.counts(one)
            && !self.entanglements[index].spread
            && !self.is_on_pool(index)
            && (!one.is_stateful || !one.has_claims() || one.ordered);
        holds.then_some(spread)
    }

    /// Whether the pods of a StatefulSet have claims of their own.
    pub(crate) fn is_stateful_with_claims(&self, index: usize) -> bool {
        let one = &self.types[index];
        one.is_stateful && one.has_claims() && !one.own_claims.is_empty()
    }

    /// Whether the pods of a type that has claims of its own come all at once, each to its volume.
    pub(crate) fn is_parallel(&self, index: usize) -> bool {
        self.is_stateful_with_claims(index) && !self.types[index].ordered
    }

    /// The most pods of a type that can be on one of so many nodes.
    pub(crate) fn most(&self, index: usize, counts: &Counts, nodes: i128) -> i128 {
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
        if nodes < 1 || one.per_node || self.entanglements[index].spread || self.is_on_pool(index) {
            return most;
        }
        let bounds = one.constraints.spreads.iter().filter(|spread| match one.has_claims() {
            // Volumes stay where the first pods were even, and those that come back go after them.
            true => all <= nodes && self.even(index).is_some(),
            false => spread.on_nodes && spread.counts(one),
        });
        bounds.fold(most, |most, spread| most.min(self.ever(index, counts, spread, nodes)))
    }

    /// The most claims of a type that can come to lie on one node: host ports do not bound them, because they stay.
    pub(crate) fn most_claims(&self, index: usize, counts: &Counts) -> i128 {
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

    /// Why something beside eligibility and resources may refuse a pod of a type; nothing when nothing can.
    pub(crate) fn bound(&self, index: usize, counts: &Counts, nodes: i128) -> Option<Bound> {
        let (one, number) = (&self.types[index], counts.number[index]);
        if self.is_alone(index) {
            if number > if one.per_node { 1 } else { nodes } {
                return Some(Bound::TooManyForEach);
            }
            if self.is_parallel(index) && nodes > 1 {
                return Some(Bound::Parallel);
            }
        }
        if let Some(reason) = self.kept_away(index, counts) {
            return Some(reason);
        }
        if let Some(reason) = self.bound_by_object(index, counts, nodes) {
            return Some(reason);
        }
        if let Some(bound) = self.bound_by_volumes(index, counts, nodes) {
            return Some(bound);
        }
        if one.binds_early.is_some() && nodes > 1 {
            return Some(Bound::BindsEarly);
        }
        None
    }

    /// Why a hard spread may refuse a pod of a type that mounts claims, or of a DaemonSet.
    pub(crate) fn bound_by_spread(&self, index: usize, counts: &Counts, nodes: i128, loses: bool) -> Option<Bound> {
        let (one, number) = (&self.types[index], counts.number[index]);
        let spreads = &one.constraints.spreads;
        // Whoever comes back to its volume is within the skew of its zone, whatever is counted elsewhere and whatever is gone.
        if self.zone_skew(index).is_some() {
            return None;
        }
        if spreads.is_empty() {
            return None;
        }
        if number > 1 {
            if self.is_on_pool(index) {
                return Some(Bound::SpreadOverPool);
            }
            if one.per_node || spreads.iter().any(|spread| spread.honours_taints) && self.is_kept_by_volumes(index) {
                return Some(Bound::SpreadOutside);
            }
            if number > nodes && nodes > 1 {
                return Some(Bound::SpreadAgainstVolumes);
            }
            if loses && spreads.iter().any(|spread| !spread.honours_taints) {
                return Some(Bound::SpreadOverGone);
            }
        }
        if self.even(index).is_some() {
            return None;
        }
        if number > 1 && nodes > 1 && self.is_parallel(index) {
            return Some(Bound::Parallel);
        }
        let harmless = |spread: &Spread| {
            spread.on_nodes
                && spread.least_domains == 0
                && (number <= 1 || spread.honours_affinity && !self.has_empty_domain(index, spread))
        };
        let few = number <= 1 || nodes <= 1;
        let is_free = few && !self.entanglements[index].spread && spreads.iter().all(harmless);
        (!is_free).then_some(Bound::Spread)
    }

    /// Whether a type has a hard spread.
    pub(crate) fn is_spread(&self, index: usize) -> bool {
        !self.types[index].constraints.spreads.is_empty()
    }

    /// The most pods of a type on one node because of a spread that counts an empty node.
    pub(crate) fn blocked_skew(&self, index: usize, counts: &Counts) -> Option<i128> {
        let one = &self.types[index];
        // Pods that terminate are not counted, and may lie anywhere; those of others may lie where this one is not.
        // Nor may those of which nobody knows the labels be seen by it.
        if counts.terminating || self.is_partial || self.entanglements[index].spread || !self.sees_more(index) {
            return None;
        }
        let blocked = one.constraints.spreads.iter().filter(|spread| {
            let counts_all = !spread.by_other_keys && (!spread.by_revision || !counts.rolls[index]);
            counts_all
                && spread.on_nodes
                && spread.least_domains == 0
                && !spread.honours_taints
                && spread.selector.matches(&one.labels)
        });
        blocked.map(|spread| spread.max_skew).min()
    }

    /// Whether two types may never share a node.
    pub(crate) fn conflict(&self, left: usize, right: usize) -> bool {
        let (one, other) = (&self.types[left], &self.types[right]);
        let ports = !one.constraints.host_ports.is_disjoint(&other.constraints.host_ports);
        ports || repels(one, other) || repels(other, one)
    }

    /// Whether the search for a placement understands all constraints of a type.
    pub(crate) fn is_searchable(&self, index: usize) -> bool {
        let one = &self.types[index];
        let plain = |term: &Apart| term.simple;
        let simple = |spread: &Spread| {
            spread.on_nodes
                && spread.honours_affinity
                && spread.least_domains == 0
                && !spread.by_other_keys
                && spread.selector.matches(&one.labels)
        };
        one.constraints.company.is_empty()
            && one.constraints.apart.iter().all(plain)
            && one.constraints.spreads.iter().all(simple)
            && !self.entanglements[index].spread
            && one.shared_claims.is_empty()
            && !(self.is_spread(index) && self.is_kept_by_volumes(index))
    }

    /// Whether an empty node outside those of a type counts for its spread.
    pub(crate) fn skew(&self, index: usize) -> Option<(i128, bool)> {
        let spreads = &self.types[index].constraints.spreads;
        let least = spreads.iter().map(|spread| spread.max_skew).min()?;
        Some((least, spreads.iter().any(|spread| !spread.honours_taints) && self.sees_more(index)))
    }
}

fn own_only(term: &Apart, one: &PodType) -> bool {
    !term.everywhere && term.namespaces.iter().all(|name| Some(name) == one.namespace.as_ref())
}
