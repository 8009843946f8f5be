//! Counting arguments that there is no placement.

mod farkas;
mod game;
mod patterns;
mod sums;

use crate::fit::evidence::{Evidence, Shown, TooSmall};
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::{RESOURCES, WIDTH};
use crate::fit::states::placing::present;

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
    sums::too_much(platform, counts)
}

/// An argument that takes longer to find, for where no placement is known: prices first, which know no pieces, then
/// weights, which do.
pub(super) fn refuse_at_length(platform: &Platform, counts: &Counts) -> Option<Evidence> {
    farkas::farkas(platform, counts).or_else(|| patterns::patterns(platform, counts))
}

fn no_node(platform: &Platform, index: usize) -> Option<Evidence> {
    let one = &platform.types[index];
    // A DaemonSet without a node has no pods.
    if one.per_node || platform.nodes_of(index) > 0 {
        return None;
    }
    let name = one.name.clone();
    let wanted = (RESOURCES.len()..platform.resources.len()).filter(|resource| one.requests[*resource] > 0);
    let short = wanted.map(|resource| {
        let here = platform.classes.iter().filter(|class| class.counted[index]);
        (resource, here.map(|class| class.allocatable[resource]).max())
    });
    let mut short = short.filter_map(|(resource, most)| Some((resource, most?)));
    Some(match short.find(|(resource, most)| one.requests[*resource] > *most) {
        Some((resource, most)) => {
            let (resource, request) = (platform.resources[resource].clone(), one.requests[resource]);
            Evidence::Undeclared { name, resource, request, most }
        }
        None => Evidence::NoNode { name },
    })
}

fn oversize(platform: &Platform, index: usize) -> Option<Evidence> {
    let one = &platform.types[index];
    // Every node of a DaemonSet must take it, which is counted.
    if one.per_node {
        return None;
    }
    let mut places = Vec::new();
    let mut fits = false;
    for class in platform.classes.iter().filter(|class| class.eligible[index]) {
        let short = (0..WIDTH).find(|resource| one.requests[*resource] > class.allocatable[*resource]);
        match short {
            Some(resource) => places.push(TooSmall {
                class: class.name.clone(),
                resource: platform.resources[resource].clone(),
                request: one.requests[resource],
                allocatable: class.allocatable[resource],
            }),
            None => fits = true,
        }
    }
    (!fits && !places.is_empty()).then(|| Evidence::Oversize { name: one.name.clone(), places })
}

/// How many pods of a type a node takes of which so much is free.
fn floor(platform: &Platform, counts: &Counts, index: usize, free: &[i128; WIDTH]) -> i128 {
    let one = &platform.types[index];
    let wanted = (0..WIDTH).filter(|resource| one.requests[*resource] > 0);
    let by_room = wanted.map(|resource| free[resource].max(0) / one.requests[resource]).min().unwrap_or(0);
    let by_itself = if platform.is_alone(index) { 1 } else { by_room };
    platform.blocked_skew(index, counts).map_or(by_itself, |skew| by_itself.min(skew)).min(by_room)
}

fn too_many(platform: &Platform, counts: &Counts, index: usize) -> Option<Evidence> {
    let one = &platform.types[index];
    let (name, count) = (one.name.clone(), counts.number[index]);
    let eligible = || (0..platform.classes.len()).filter(|class| platform.classes[*class].eligible[index]);
    let empty = |class: &usize| floor(platform, counts, index, &platform.classes[*class].allocatable);
    let named = |class: usize, number: i128| (platform.classes[class].name.clone(), number);
    if one.per_node {
        // The new pod waits for the node, and the old one for the new one.
        if count > 1 && platform.is_alone(index) && eligible().any(|class| platform.classes[class].size() > 0) {
            return Some(Evidence::Alone { name, count });
        }
        let short = |class: &usize| {
            let free = &platform.classes[*class].allocatable;
            (0..WIDTH).find(|resource| count * one.requests[*resource] > free[*resource])
        };
        // The order of the nodes must not decide which of them is named.
        let small = eligible().filter_map(|class| Some((class, short(&class)?)));
        let (class, resource) = small.min_by_key(|(class, _)| &platform.classes[*class].name)?;
        let total = empty(&class);
        let shown = Shown::Scarce {
            class: platform.classes[class].name.clone(),
            resource: platform.resources[resource].clone(),
        };
        return Some(Evidence::Count { name, count, places: vec![named(class, total)], total, shown });
    }
    let total = eligible().map(|class| platform.classes[class].size() * empty(&class)).sum();
    let most = |class: usize| floor(platform, counts, index, &patterns::room(platform, counts, class)).min(count);
    (total < count).then(|| Evidence::Count {
        name,
        count,
        places: eligible().map(|class| named(class, empty(&class))).collect(),
        total,
        shown: Shown::Most(eligible().map(|class| named(class, most(class))).collect()),
    })
}

/// Of types with values whose sum exceeds a bound, the fewest that exceed it alone: without any one of them they do not.
fn minimal(values: &[(usize, i128)], bound: i128) -> Vec<usize> {
    let mut ascending = values.to_vec();
    ascending.sort_by_key(|(index, value)| (*value, *index));
    let mut total: i128 = values.iter().map(|(_, value)| value).sum();
    let mut kept = Vec::new();
    // What cannot be left out of a larger sum cannot be left out of a smaller one, so that one pass is enough.
    for (index, value) in ascending {
        if total - value > bound {
            total -= value;
        } else {
            kept.push(index);
        }
    }
    kept.sort_unstable();
    kept
}

/// The names of types.
fn names(platform: &Platform, types: impl IntoIterator<Item = usize>) -> Vec<String> {
    types.into_iter().map(|index| platform.types[index].name.clone()).collect()
}

fn greatest_common_divisor(left: i128, right: i128) -> i128 {
    if right == 0 { left } else { greatest_common_divisor(right, left % right) }
}

#[cfg(test)]
mod tests {
    use super::minimal;

    #[test]
    fn the_least_that_exceeds_a_bound_keeps_the_largest() {
        // 5 + 4 + 3 + 2 = 14 > 8: without 2 it is 12, without 3 as well 9, and neither 4 nor 5 alone is above 8.
        assert_eq!(minimal(&[(0, 3), (1, 5), (2, 2), (3, 4)], 8), [1, 3]);
        assert_eq!(minimal(&[(0, 9), (1, 5), (2, 0)], 8), [0]);
        // 3 + 3 + 3 = 9 > 8, and every two are 6.
        assert_eq!(minimal(&[(0, 3), (1, 3), (2, 3)], 8), [0, 1, 2]);
    }
}
