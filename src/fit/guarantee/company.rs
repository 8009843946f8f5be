//! Required affinity to other pods: who wants company finds it wherever it may be, once that is placed.

use std::collections::BTreeSet;

use crate::fit::evidence::reason::{Bound, Reason};
use crate::fit::guarantee::situation::Situation;
use crate::fit::read::constraints::Apart;
use crate::fit::read::entangled::reaches;
use crate::fit::read::pods::PodType;

/// Why a type that requires pods beside it may not find them, or not where it may go.
///
/// What is sought must be placed whatever this type does, so it seeks nobody itself; wherever it is, a node of the same
/// domain must be open to this type, and under a charge such a node has room.
pub(crate) fn alone(situation: &Situation<'_>, index: usize) -> Option<Reason> {
    let (platform, counts) = (situation.platform, situation.counts);
    let (one, number) = (&platform.types[index], counts.number[index]);
    let stuck = || Some(Reason::Bound { workload: one.name.clone(), bound: Bound::Company });
    let [term] = one.constraints.company.as_slice() else {
        return stuck();
    };
    if term.by_keys || term.by_added || !(term.on_nodes || term.on_zones) {
        return stuck();
    }
    let is_choosy = platform.is_spread(index) || platform.keeps_apart(index);
    let is_bound = one.per_node
        || one.has_claims() && situation.nodes[index] > 1
        || is_choosy && number > 1
        || platform.is_on_pool(index)
        || platform.denied(index, &counts.number, &situation.left).is_something();
    if is_bound {
        return stuck();
    }
    let is_sought = |other: &usize| {
        *other != index && reaches(term, one, &platform.types[*other]) && matches(term, &platform.types[*other])
    };
    let may_go_beside = |other: usize| covers(situation, term, index, other);
    let sought = situation.types.iter().copied().filter(is_sought);
    let is_steady = |other: &usize| {
        let beside = &platform.types[*other];
        let stays =
            situation.classes_of_all(*other).all(|class| situation.left[class] == platform.classes[class].size());
        is_certain(term, one, beside)
            && beside.steady >= 1
            && !beside.is_batch
            && !beside.is_bare
            && beside.constraints.company.is_empty()
            && (!beside.has_claims() || stays)
            && may_go_beside(*other)
    };
    if sought.clone().any(|other| is_steady(&other)) {
        return None;
    }
    // The first of those that seek their own kind is let in wherever the key is; the others go where it is.
    let is_whole = situation.left.iter().zip(&platform.classes).all(|(left, class)| *left == class.size());
    let has_key = |class: usize| term.on_nodes || platform.classes[class].zone.is_some();
    let seeks_itself = is_certain(term, one, one)
        && matches(term, one)
        && (is_whole || number <= 1)
        && situation.classes_of(index).all(has_key)
        && sought.clone().all(may_go_beside);
    if seeks_itself { None } else { stuck() }
}

fn matches(term: &Apart, other: &PodType) -> bool {
    term.selector.matches(&other.labels)
}

/// Whether a term looks at the namespace of a type for certain.
fn is_certain(term: &Apart, one: &PodType, other: &PodType) -> bool {
    let is_named = other.namespace.as_ref().is_some_and(|name| term.namespaces.contains(name));
    !term.everywhere && (is_named || term.namespaces.is_empty() && one.namespace == other.namespace)
}

/// Whether in every domain where pods of another type may be there is a node that a type may go to.
fn covers(situation: &Situation<'_>, term: &Apart, index: usize, other: usize) -> bool {
    let classes = &situation.platform.classes;
    let zones: BTreeSet<&String> =
        situation.classes_of(index).filter_map(|class| classes[class].zone.as_ref()).collect();
    let mut places = situation.classes_of(other);
    if term.on_nodes {
        return places.all(|class| classes[class].eligible[index]);
    }
    places.all(|class| classes[class].zone.as_ref().is_some_and(|zone| zones.contains(zone)))
}
