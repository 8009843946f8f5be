//! Types that together want more of a resource than all nodes that any of them may go to.
//!
//! By Hall's theorem the sets of nodes that matter are unions of those of the types; all of them are too many, so unions
//! of two and of three are tried where there are few.

use std::collections::BTreeSet;

use super::{minimal, names};
use crate::fit::evidence::Evidence;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::WIDTH;
use crate::fit::states::placing::present;

/// Unions of two are tried below so many different sets of nodes, unions of three below so many.
const MOST_FOR_PAIRS: usize = 32;
const MOST_FOR_TRIPLES: usize = 12;
/// Of so many refusals the one with the fewest workloads is chosen.
const MOST_COMPARED: usize = 64;

/// Whether each class is in the set.
type Set = Vec<bool>;

/// The types that share their nodes, and what they want together.
struct Group {
    nodes: Set,
    demand: [i128; WIDTH],
}

/// Everything that a sum over some classes needs.
struct Sums<'a> {
    platform: &'a Platform,
    counts: &'a Counts,
    groups: Vec<Group>,
    /// For each class, what DaemonSets want on its nodes, and what these have.
    fixed: Vec<[i128; WIDTH]>,
    allocatable: Vec<[i128; WIDTH]>,
}

/// The refusal that names the fewest types, if there is any.
pub(super) fn too_much(platform: &Platform, counts: &Counts) -> Option<Evidence> {
    let sums = Sums::new(platform, counts);
    let short = sums.sets().into_iter().flat_map(|set| {
        let wanted = sums.wanted(&set);
        let short = (0..WIDTH).filter(|resource| wanted[*resource] > sums.has(&set, *resource));
        let short: Vec<usize> = short.collect();
        short.into_iter().map(move |resource| (set.clone(), resource))
    });
    let found = short.take(MOST_COMPARED).map(|(set, resource)| {
        let values = sums.values(&set, resource);
        let least = minimal(&values, sums.has(&set, resource));
        (set, resource, values, least)
    });
    let (set, resource, values, least) = found.min_by_key(|(_, _, _, least)| least.len())?;
    Some(Evidence::Sum {
        types: names(platform, values.iter().map(|(index, _)| *index)),
        minimal: names(platform, least),
        classes: members(&set).map(|class| platform.classes[class].name.clone()).collect(),
        resource: platform.resources[resource].clone(),
        demand: values.iter().map(|(_, value)| value).sum(),
        allocatable: sums.has(&set, resource),
    })
}

fn members(set: &[bool]) -> impl Iterator<Item = usize> {
    set.iter().enumerate().filter(|(_, inside)| **inside).map(|(class, _)| class)
}

fn add(sum: &mut [i128; WIDTH], more: &[i128; WIDTH]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}

fn is_within(inner: &[bool], outer: &[bool]) -> bool {
    inner.iter().zip(outer).all(|(inner, outer)| *outer || !*inner)
}

impl<'a> Sums<'a> {
    fn new(platform: &'a Platform, counts: &'a Counts) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let mut fixed = vec![[0; WIDTH]; platform.classes.len()];
        let scaled = |number: i128, amounts: &[i128; WIDTH]| amounts.map(|amount| number * amount);
        for index in present(counts) {
            let one = &platform.types[index];
            let more = scaled(counts.number[index], &one.requests);
            if one.per_node {
                for (class, sum) in platform.classes.iter().zip(&mut fixed).filter(|(class, _)| class.eligible[index]) {
                    add(sum, &scaled(class.size(), &more));
                }
                continue;
            }
            let nodes: Set = platform.classes.iter().map(|class| class.eligible[index]).collect();
            match groups.iter_mut().find(|group| group.nodes == nodes) {
                Some(group) => add(&mut group.demand, &more),
                None => groups.push(Group { nodes, demand: more }),
            }
        }
        let allocatable = platform.classes.iter().map(|class| scaled(class.size(), &class.allocatable)).collect();
        Self { platform, counts, groups, fixed, allocatable }
    }

    /// The sets of classes that are tried, each once.
    fn sets(&self) -> Vec<Set> {
        let classes = self.platform.classes.len();
        let own = || self.groups.iter().map(|group| &group.nodes);
        let mut sets: Vec<Set> = vec![vec![true; classes]];
        sets.extend(own().cloned());
        sets.extend((0..classes).map(|class| (0..classes).map(|other| other == class).collect()));
        let union =
            |left: &Set, right: &Set| left.iter().zip(right).map(|(left, right)| *left || *right).collect::<Set>();
        if self.groups.len() <= MOST_FOR_PAIRS {
            for (position, first) in own().enumerate() {
                for (second, other) in own().enumerate().skip(position + 1) {
                    let both = union(first, other);
                    if self.groups.len() <= MOST_FOR_TRIPLES {
                        sets.extend(own().skip(second + 1).map(|third| union(&both, third)));
                    }
                    sets.push(both);
                }
            }
        }
        let mut seen = BTreeSet::new();
        sets.retain(|set| seen.insert(set.clone()));
        sets
    }

    fn has(&self, set: &[bool], resource: usize) -> i128 {
        members(set).map(|class| self.allocatable[class][resource]).sum()
    }

    /// What must be on the nodes of a set, of each resource.
    fn wanted(&self, set: &[bool]) -> [i128; WIDTH] {
        let inside = self.groups.iter().filter(|group| is_within(&group.nodes, set)).map(|group| &group.demand);
        let mut wanted = [0; WIDTH];
        for demand in inside.chain(members(set).map(|class| &self.fixed[class])) {
            add(&mut wanted, demand);
        }
        wanted
    }

    /// What each type wants of the nodes of a set, for those that must be there and want any.
    fn values(&self, set: &[bool], resource: usize) -> Vec<(usize, i128)> {
        let value = |index: usize| {
            let one = &self.platform.types[index];
            let nodes =
                || members(set).map(|class| &self.platform.classes[class]).filter(|class| class.eligible[index]);
            let pods = if one.per_node {
                self.counts.number[index] * nodes().map(|class| class.size()).sum::<i128>()
            } else if (0..set.len()).all(|class| set[class] || !self.platform.classes[class].eligible[index]) {
                self.counts.number[index]
            } else {
                0
            };
            (index, pods * one.requests[resource])
        };
        present(self.counts).map(value).filter(|(_, value)| *value > 0).collect()
    }
}
