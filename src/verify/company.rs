//! Required affinity to pods: what is sought is placed by itself, and wherever it is there is a node for who seeks it.

use std::collections::BTreeSet;

use crate::manifests::constraints::{HOSTNAME, Repulsion, ZONE};
use crate::manifests::{Checked, refuse};
use crate::verify::layers::Ground;
use crate::verify::workloads::Type;

/// Whether a type of a layer finds the pods that it must be near; one that seeks nobody does.
pub(crate) fn check(ground: &Ground, index: usize, is_last: bool) -> Checked<()> {
    let (world, counts, one) = (ground.world, &ground.situation.counts, &ground.world.types[index]);
    let attractions = &one.pod.constraints.attractions;
    let Some(term) = attractions.first() else { return Ok(()) };
    let enmities = &world.relations[index].enmities;
    let is_choosy = !one.pod.constraints.spreads.is_empty() || enmities.is_apart || enmities.is_apart_in_zones;
    let bound = one.is_daemon()
        || one.in_pool
        || one.has_claims() && ground.nodes[&index] > 1
        || is_choosy && counts[index] > 1
        || world.denied(counts, index, &ground.left).is_something();
    let is_known = attractions.len() == 1 && !term.is_keyed && [HOSTNAME, ZONE].contains(&term.key);
    let is_fit = is_last && is_known && !bound;
    refuse(!is_fit, || format!("the affinity of `{}` to pods is of a form that may refuse it", one.name))?;
    let sought = || ground.nodes.keys().copied().filter(|other| *other != index);
    let sought = || sought().filter(|other| term.is_about(one, &world.types[*other]));
    let is_whole = |class: usize| ground.left[class] == world.classes[class].size;
    let is_steady = |other: usize| {
        let beside = &world.types[other];
        let stays = !beside.has_claims() || world.homes(other).all(is_whole);
        let is_kept =
            ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet"].contains(&beside.kind);
        let is_free = beside.pod.constraints.attractions.is_empty();
        is_certain(term, one, beside) && is_kept && is_free && stays && beside.count.steady >= 1
    };
    let is_near = |other: usize| covers(ground, term.key, index, other);
    let mut first = world.homes(index).filter(|class| ground.left[*class] > 0);
    let mut classes = 0..world.classes.len();
    let is_own = is_certain(term, one, one)
        && term.selector.matches(&one.pod.labels)
        && (counts[index] <= 1 || classes.all(is_whole))
        && first.all(|class| zones(ground, class).iter().all(|zone| term.key == HOSTNAME || zone.is_some()))
        && sought().all(is_near);
    let finds = is_own || sought().any(|other| is_steady(other) && is_near(other));
    refuse(!finds, || format!("`{}` may not find the pods that it must be near", one.name))
}

/// Whether a term is about the namespace of a type for certain.
fn is_certain(term: &Repulsion, one: &Type, other: &Type) -> bool {
    let is_home = term.namespaces.is_empty() && one.namespace == other.namespace;
    !term.is_everywhere && (is_home || term.namespaces.contains(&other.namespace))
}

/// The zones of the nodes of a class.
fn zones<'g>(ground: &'g Ground, class: usize) -> BTreeSet<Option<&'g str>> {
    ground.world.classes[class].nodes.iter().map(|node| ground.world.nodes[*node].zone()).collect()
}

/// Whether in every domain where pods of another type may be there is a node for a type.
fn covers(ground: &Ground, key: &str, index: usize, other: usize) -> bool {
    let left = |index: usize| ground.world.homes(index).filter(|class| ground.left[*class] > 0);
    if key == HOSTNAME {
        return left(other).all(|class| ground.world.types[index].eligible[class]);
    }
    // A zone counts only where no node of it may be gone.
    let is_whole = |class: &usize| zones(ground, *class).len() == 1;
    let own: BTreeSet<Option<&str>> = left(index).filter(is_whole).flat_map(|class| zones(ground, class)).collect();
    left(other).flat_map(|class| zones(ground, class)).all(|zone| zone.is_some() && own.contains(&zone))
}
