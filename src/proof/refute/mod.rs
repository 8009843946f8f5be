//! Counting arguments that there is no placement.

use super::evidence::{Evidence, TooSmall};
use super::fit::present;
use super::nodes::Class;
use super::platform::{Counts, Platform};
use super::pods::RESOURCES;

/// A counting argument that there is no placement.
pub(super) fn refuse(platform: &Platform, counts: &Counts) -> Option<Evidence> {
    for index in present(counts) {
        let refusal = no_node(platform, index)
            .or_else(|| oversize(platform, index))
            .or_else(|| too_many(platform, counts, index));
        if refusal.is_some() {
            return refusal;
        }
    }
    too_much(platform, counts)
}

fn no_node(platform: &Platform, index: usize) -> Option<Evidence> {
    let one = &platform.types[index];
    // A DaemonSet without a node has no pods.
    (!one.per_node && platform.nodes_of(index) == 0).then(|| Evidence::NoNode { name: one.name.clone() })
}

fn oversize(platform: &Platform, index: usize) -> Option<Evidence> {
    let one = &platform.types[index];
    let mut places = Vec::new();
    let mut fits = false;
    for class in platform.classes.iter().filter(|class| class.eligible[index]) {
        let short = (0..RESOURCES.len()).find(|resource| one.requests[*resource] > class.allocatable[*resource]);
        match short {
            Some(resource) => places.push(TooSmall {
                class: class.name.clone(),
                resource: RESOURCES[resource].to_owned(),
                request: one.requests[resource],
                allocatable: class.allocatable[resource],
            }),
            None => fits = true,
        }
    }
    if one.per_node {
        // Every node of it must take it.
        places.truncate(1);
        fits = false;
    }
    (!fits && !places.is_empty()).then(|| Evidence::Oversize { name: one.name.clone(), places })
}

/// How many pods of a type one empty node takes.
fn floor(platform: &Platform, counts: &Counts, index: usize, class: usize) -> i128 {
    let one = &platform.types[index];
    let wanted = (0..RESOURCES.len()).filter(|resource| one.requests[*resource] > 0);
    let allocatable = &platform.classes[class].allocatable;
    let by_room = wanted.map(|resource| allocatable[resource] / one.requests[resource]).min().unwrap_or(0);
    let by_itself = if platform.is_alone(index) { 1 } else { by_room };
    platform.blocked_skew(index, counts).map_or(by_itself, |skew| by_itself.min(skew)).min(by_room)
}

fn too_many(platform: &Platform, counts: &Counts, index: usize) -> Option<Evidence> {
    let one = &platform.types[index];
    let name = one.name.clone();
    let eligible = (0..platform.classes.len()).filter(|class| platform.classes[*class].eligible[index]);
    let places: Vec<(usize, i128)> = eligible.map(|class| (class, floor(platform, counts, index, class))).collect();
    let named = |(class, floor): &(usize, i128)| (platform.classes[*class].name.clone(), *floor);
    let count = counts.number[index];
    if one.per_node {
        let short = places.iter().find(|(_, floor)| *floor < count)?;
        return Some(Evidence::Count { name, count, places: vec![named(short)], total: short.1 });
    }
    let total = places.iter().map(|(class, floor)| platform.classes[*class].size() * floor).sum();
    (total < count).then(|| Evidence::Count { name, count, places: places.iter().map(named).collect(), total })
}

/// A set of types that together want more than all nodes that any of them may go to.
fn too_much(platform: &Platform, counts: &Counts) -> Option<Evidence> {
    let mut sets: Vec<Vec<bool>> = vec![platform.classes.iter().map(|_| true).collect()];
    for index in present(counts).filter(|index| !platform.types[*index].per_node) {
        let own: Vec<bool> = platform.classes.iter().map(|class| class.eligible[index]).collect();
        if !sets.contains(&own) {
            sets.push(own);
        }
    }
    // One node of a class alone is judged for DaemonSets by the sum over the class, because its nodes are alike.
    for class in 0..platform.classes.len() {
        let own: Vec<bool> = (0..platform.classes.len()).map(|other| other == class).collect();
        if !sets.contains(&own) {
            sets.push(own);
        }
    }
    for set in sets {
        let classes = || platform.classes.iter().zip(&set).filter(|(_, inside)| **inside).map(|(class, _)| class);
        let within = |index: usize| {
            let inside = platform.classes.iter().zip(&set).all(|(class, inside)| *inside || !class.eligible[index]);
            let touches = classes().any(|class| class.eligible[index]);
            touches && (platform.types[index].per_node || inside)
        };
        let types: Vec<usize> = present(counts).filter(|index| within(*index)).collect();
        for (resource, name) in RESOURCES.iter().enumerate() {
            let allocatable: i128 = classes().map(|class| class.size() * class.allocatable[resource]).sum();
            let pods = |index: usize| {
                if platform.types[index].per_node {
                    let nodes = classes().filter(|class| class.eligible[index]);
                    counts.number[index] * nodes.map(Class::size).sum::<i128>()
                } else {
                    counts.number[index]
                }
            };
            let asking: Vec<usize> =
                types.iter().copied().filter(|index| platform.types[*index].requests[resource] > 0).collect();
            let demand = asking.iter().map(|index| pods(*index) * platform.types[*index].requests[resource]).sum();
            if demand > allocatable {
                return Some(Evidence::Sum {
                    types: asking.iter().map(|index| platform.types[*index].name.clone()).collect(),
                    classes: classes().map(|class| class.name.clone()).collect(),
                    resource: (*name).to_owned(),
                    demand,
                    allocatable,
                });
            }
        }
    }
    None
}
