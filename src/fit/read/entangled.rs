//! What other types have to do with the constraints of one, found by labels instead of by comparing each with each.

use std::collections::{BTreeMap, BTreeSet};

use crate::fit::read::constraints::Apart;
use crate::fit::read::pods::PodType;
use crate::objects::selector::Selector;

/// What other types have to do with the constraints of one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entanglement {
    /// The other types with which it may not share a node: by anti-affinity in either direction, or by a host port.
    pub(crate) not_on_node: BTreeSet<usize>,
    /// The other types with which it may not share a zone.
    pub(crate) not_in_zone: BTreeSet<usize>,
    /// Whether its own pods may not share a node, or a zone.
    pub(crate) own_on_nodes: bool,
    pub(crate) own_in_zones: bool,
    /// Whether anti-affinity over something else than nodes and zones keeps pods from it, or is not understood.
    pub(crate) is_elsewhere: bool,
    /// A hard spread that counts the pods of another type.
    pub(crate) spread: bool,
}

/// Types by their labels.
struct Index<'a> {
    types: &'a [PodType],
    labelled: BTreeMap<(&'a str, &'a str), Vec<usize>>,
}

impl<'a> Index<'a> {
    fn of(types: &'a [PodType]) -> Self {
        let mut labelled: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (index, one) in types.iter().enumerate() {
            for (key, value) in &one.labels {
                labelled.entry((key, value)).or_default().push(index);
            }
        }
        Self { types, labelled }
    }

    /// The types whose labels a selector matches.
    fn matching(&self, selector: &Selector) -> Vec<usize> {
        if selector.is_absent() {
            return Vec::new();
        }
        let candidates: Vec<usize> = match selector.required() {
            Some((key, values)) => {
                let values: BTreeSet<&str> = values.iter().map(String::as_str).collect();
                values.into_iter().filter_map(|value| self.labelled.get(&(key, value))).flatten().copied().collect()
            }
            None => (0..self.types.len()).collect(),
        };
        candidates.into_iter().filter(|index| selector.matches(&self.types[*index].labels)).collect()
    }
}

/// Whether a term of one type may look at the namespace of another.
pub(crate) fn reaches(term: &Apart, one: &PodType, other: &PodType) -> bool {
    one.namespace == other.namespace || term.everywhere || !term.namespaces.is_empty()
}

/// Whether the anti-affinity of one type refuses the pods of another.
pub(crate) fn repels(one: &PodType, other: &PodType) -> bool {
    one.constraints.apart.iter().any(|term| reaches(term, one, other) && term.selector.matches(&other.labels))
}

/// Of each type.
pub(crate) fn entanglements(types: &[PodType]) -> Vec<Entanglement> {
    let index = Index::of(types);
    // No template tells whom a term is about that looks at what controllers add.
    let is_elsewhere = types.iter().flat_map(|one| &one.constraints.apart).any(|term| term.by_added);
    let mut found = vec![Entanglement { is_elsewhere, ..Entanglement::default() }; types.len()];
    let mut ports: BTreeMap<&(String, i128), Vec<usize>> = BTreeMap::new();
    for (own, one) in types.iter().enumerate() {
        one.constraints.host_ports.iter().for_each(|port| ports.entry(port).or_default().push(own));
        for term in &one.constraints.apart {
            for other in index.matching(&term.selector) {
                if !reaches(term, one, &types[other]) {
                    continue;
                }
                if !term.on_nodes && !term.on_zones {
                    found[own].is_elsewhere = true;
                    found[other].is_elsewhere = true;
                } else if other == own {
                    found[own].own_on_nodes |= term.on_nodes;
                    found[own].own_in_zones |= term.on_zones;
                } else if term.on_nodes {
                    found[own].not_on_node.insert(other);
                    found[other].not_on_node.insert(own);
                } else {
                    found[own].not_in_zone.insert(other);
                    found[other].not_in_zone.insert(own);
                }
            }
        }
        for spread in &one.constraints.spreads {
            let others = index.matching(&spread.selector).into_iter();
            found[own].spread |=
                others.into_iter().any(|other| other != own && types[other].namespace == one.namespace);
        }
    }
    for users in ports.into_values().filter(|users| users.len() > 1) {
        for user in &users {
            found[*user].not_on_node.extend(users.iter().filter(|other| *other != user));
        }
    }
    found
}
