//! What the constraints of a type allow: how many of its pods on one node, and whether anything but room refuses one.

use super::constraints::{Apart, Spread};
use super::entangled::repels;
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

    /// Whether a node outside those of a type is a domain of a spread that ignores taints.
    fn has_empty_domain(&self, index: usize) -> bool {
        self.classes.iter().any(|class| class.selected[index] && !class.eligible[index])
    }

    /// The one spread that keeps the pods of a type even over its nodes.
    fn even(&self, index: usize) -> Option<&Spread> {
        let one = &self.types[index];
        let [spread] = one.constraints.spreads.as_slice() else { return None };
        let holds = spread.on_nodes
            && spread.max_skew == 1
            && spread.honours_affinity
            && (spread.honours_taints || !self.has_empty_domain(index))
            && !spread.has_least_domains
            && !spread.by_other_keys
            && spread.selector.matches(&one.labels)
            && !self.entanglements[index].spread
            && !self.is_on_pool(index)
            && (!self.is_stateful_with_claims(index) || one.ordered);
        holds.then_some(spread)
    }

    fn is_stateful_with_claims(&self, index: usize) -> bool {
        let one = &self.types[index];
        !one.own_claims.is_empty() && !one.is_deployment && one.name.starts_with("StatefulSet.")
    }

    /// The most pods of a type that can be on one of so many nodes.
    pub(super) fn most(&self, index: usize, counts: &Counts, nodes: i128) -> i128 {
        let (one, number) = (&self.types[index], counts.number[index]);
        if counts.waits[index] {
            return number.min(self.most_of(index, number + one.surge, true, nodes));
        }
        self.most_of(index, number, counts.rolls[index], nodes)
    }

    /// The same with a number of pods of its own.
    fn most_of(&self, index: usize, number: i128, rolls: bool, nodes: i128) -> i128 {
        let one = &self.types[index];
        let mut most = number;
        if self.is_alone(index) {
            most = most.min(1);
        }
        if let Some(spread) = self.even(index).filter(|_| nodes > 0 && !one.per_node) {
            let bound = if rolls && spread.by_revision && one.is_deployment {
                2 * ceil_div(one.peak, nodes)
            } else {
                ceil_div(number, nodes)
            };
            most = most.min(bound);
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
        if self.even(index).is_some() && nodes > 0 && !one.per_node {
            most = most.min(ceil_div(counts.number[index], nodes));
        }
        most
    }

    /// Why something beside eligibility and resources may refuse a pod of a type; nothing when nothing can.
    pub(super) fn bound(&self, index: usize, counts: &Counts, nodes: i128) -> Option<&'static str> {
        let (one, number) = (&self.types[index], counts.number[index]);
        let entangled = self.entanglements[index];
        let constraints = &one.constraints;
        if constraints.wants_company {
            return Some("it requires other pods beside it");
        }
        let own = |term: &Apart| term.simple && own_only(term, one) && term.selector.matches(&one.labels);
        if entangled.apart || !constraints.apart.iter().all(own) {
            return Some("it refuses other pods by anti-affinity that is more than `one on each node`");
        }
        if entangled.ports {
            return Some("another workload uses the same host port");
        }
        if self.is_alone(index) {
            if number > if one.per_node { 1 } else { nodes } {
                return Some("there are more of it than nodes that take one each");
            }
            if self.is_stateful_with_claims(index) && !one.ordered && nodes > 1 {
                return Some("its pods come in parallel, and one may take the node of another's volume");
            }
        }
        if !constraints.spreads.is_empty() && number > 1 {
            if self.is_on_pool(index) {
                return Some("its hard spread counts nodes that come and go");
            }
            if one.per_node || self.is_kept_by_volumes(index) {
                return Some("its hard spread counts nodes on which it cannot be");
            }
            if counts.terminating
                && one.surges_on_terminating()
                && !constraints.spreads.iter().all(|one| one.by_revision)
            {
                return Some("its hard spread does not count pods that terminate");
            }
        }
        if !constraints.spreads.is_empty() && self.even(index).is_none() {
            let harmless = |spread: &Spread| {
                spread.on_nodes
                    && !spread.has_least_domains
                    && (number <= 1
                        || (spread.honours_affinity && (spread.honours_taints || !self.has_empty_domain(index))))
            };
            let few = number <= 1 || nodes <= 1;
            if !few || entangled.spread || !constraints.spreads.iter().all(harmless) {
                return Some("its hard spread is more than `even over its nodes`");
            }
        }
        if !one.shared_claims.is_empty() && nodes > 1 {
            return Some("it mounts a claim that binds it to one node");
        }
        if one.binds_early.is_some() && nodes > 1 {
            return Some("the storage class of its claims binds them before it has a node");
        }
        None
    }

    /// Whether a type has a hard spread.
    pub(super) fn is_spread(&self, index: usize) -> bool {
        !self.types[index].constraints.spreads.is_empty()
    }

    /// Whether the storage classes of a type's claims keep it from nodes that its hard spread counts: the scheduler asks
    /// node selectors, affinity and taints there, and never volumes.
    fn is_kept_by_volumes(&self, index: usize) -> bool {
        self.classes.iter().any(|class| class.counted[index] && !class.eligible[index])
    }

    /// Whether all hard spreads of a type leave out nodes with taints that it does not tolerate.
    pub(super) fn honours_taints(&self, index: usize) -> bool {
        self.types[index].constraints.spreads.iter().all(|spread| spread.honours_taints)
    }

    /// The most pods of a type on one node because of a spread that counts an empty node.
    pub(super) fn blocked_skew(&self, index: usize, counts: &Counts) -> Option<i128> {
        let one = &self.types[index];
        let blocked = one.constraints.spreads.iter().filter(|spread| {
            spread.on_nodes
                && spread.honours_affinity
                && !spread.honours_taints
                && !(spread.by_revision && counts.rolls[index])
                && !spread.by_other_keys
                && spread.selector.matches(&one.labels)
        });
        blocked.map(|spread| spread.max_skew).min().filter(|_| self.has_empty_domain(index))
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
        Some((least, spreads.iter().any(|spread| !spread.honours_taints) && self.has_empty_domain(index)))
    }
}

fn own_only(term: &Apart, one: &PodType) -> bool {
    !term.everywhere && term.namespaces.iter().all(|name| Some(name) == one.namespace.as_ref())
}
