//! What the proofs of all states share: types, classes of nodes, claims, and what the constraints of each type allow.

use super::constraints::{Apart, Spread};
use super::nodes::{self, Class};
use super::pods::{self, PodType};
use crate::eval::model::Hardware;
use crate::objects::Object;
use crate::objects::quantity::ceil_div;
use crate::objects::workload::Workloads;

/// Claims of one kind.
#[derive(Debug, Clone)]
pub(super) struct ClaimUse {
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) storage_class: Option<String>,
    pub(super) each: i128,
    pub(super) count: i128,
    /// The types that mount it.
    pub(super) types: Vec<usize>,
    /// Whether it is an object of its own.
    pub(super) shared: bool,
}

/// What other types have to do with the constraints of one.
#[derive(Debug, Clone, Copy, Default)]
struct Entanglement {
    /// Anti-affinity with another type, in either direction.
    apart: bool,
    ports: bool,
    spread: bool,
}

/// Everything that runs on the same nodes.
#[derive(Debug, Clone)]
pub(super) struct Platform {
    pub(super) types: Vec<PodType>,
    pub(super) classes: Vec<Class>,
    pub(super) claims: Vec<ClaimUse>,
    entanglements: Vec<Entanglement>,
}

/// How many pods of each type there are in a state.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    /// For a DaemonSet, on each of its nodes.
    pub(super) number: Vec<i128>,
    pub(super) rolls: Vec<bool>,
}

impl Platform {
    /// Reads objects that are sorted.
    pub(super) fn read(
        objects: &[Object],
        workloads: &Workloads,
        hardware: Option<&Hardware>,
        default: Option<&str>,
    ) -> Self {
        let types = pods::read(objects, workloads);
        let classes = hardware.map(|hardware| nodes::classes(hardware, &types)).unwrap_or_default();
        let entanglements = (0..types.len()).map(|index| entanglement(&types, index)).collect();
        let mut platform = Self { types, classes, claims: Vec::new(), entanglements };
        platform.claims = platform.read_claims(workloads, default);
        platform
    }

    fn read_claims(&self, workloads: &Workloads, default: Option<&str>) -> Vec<ClaimUse> {
        let mut claims: Vec<ClaimUse> = Vec::new();
        for (index, claim) in workloads.claims.iter().enumerate() {
            let owner = self.types.iter().position(|one| one.own_claims.contains(&index));
            let users = self.types.iter().enumerate().filter(|(_, one)| one.shared_claims.contains(&index));
            let (name, types, count) = match owner {
                Some(owner) => {
                    let one = &self.types[owner];
                    let count = if one.per_node { self.nodes_of(owner) } else { claim.count.value };
                    (format!("{} {}", one.name, claim.name), vec![owner], count)
                }
                None => {
                    let namespace = claim.namespace.as_deref().map(|name| format!("{name}/")).unwrap_or_default();
                    (format!("{namespace}{}", claim.name), users.map(|(user, _)| user).collect(), 1)
                }
            };
            claims.push(ClaimUse {
                name,
                namespace: claim.namespace.clone(),
                storage_class: claim.storage_class.clone().or_else(|| default.map(str::to_owned)),
                each: claim.bytes,
                count,
                types,
                shared: owner.is_none(),
            });
        }
        claims.sort_by(|left, right| left.name.cmp(&right.name));
        claims
    }

    /// The number of nodes.
    pub(super) fn nodes(&self) -> i128 {
        self.classes.iter().map(Class::size).sum()
    }

    /// The number of nodes that a type may go to.
    pub(super) fn nodes_of(&self, index: usize) -> i128 {
        self.classes.iter().filter(|class| class.eligible[index]).map(Class::size).sum()
    }

    /// The number of pods of a type.
    pub(super) fn pods_of(&self, index: usize, counts: &Counts) -> i128 {
        if self.types[index].per_node { counts.number[index] * self.nodes_of(index) } else { counts.number[index] }
    }

    /// The waves in which something surges.
    pub(super) fn surging_waves(&self) -> Vec<i128> {
        let mut waves: Vec<i128> = self.types.iter().filter(|one| one.surge > 0).map(|one| one.wave).collect();
        waves.sort_unstable();
        waves.dedup();
        waves
    }

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
        let mut most = number;
        if self.is_alone(index) {
            most = most.min(1);
        }
        if let Some(spread) = self.even(index).filter(|_| nodes > 0 && !one.per_node) {
            let bound = if counts.rolls[index] && spread.by_revision && one.is_deployment {
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
        if entangled.apart || constraints.apart.iter().any(|term| !term.simple || !own_only(term, one)) {
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
        None
    }

    /// Whether a type has a hard spread.
    pub(super) fn is_spread(&self, index: usize) -> bool {
        !self.types[index].constraints.spreads.is_empty()
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

/// Whether the anti-affinity of one type refuses the pods of another.
fn repels(one: &PodType, other: &PodType) -> bool {
    one.constraints.apart.iter().any(|term| {
        let here = one.namespace == other.namespace || term.everywhere || !term.namespaces.is_empty();
        here && term.selector.matches(&other.labels)
    })
}

fn entanglement(types: &[PodType], index: usize) -> Entanglement {
    let one = &types[index];
    let mut found = Entanglement::default();
    for (_, other) in types.iter().enumerate().filter(|(other, _)| *other != index) {
        found.apart |= repels(one, other) || repels(other, one);
        found.ports |= !one.constraints.host_ports.is_disjoint(&other.constraints.host_ports);
        let same = one.namespace == other.namespace;
        found.spread |= same && one.constraints.spreads.iter().any(|spread| spread.selector.matches(&other.labels));
    }
    found
}
