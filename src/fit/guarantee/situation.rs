//! What a guarantee is about: the types with pods, the nodes that are left, and the most of each type on one of them.

use crate::fit::evidence::reason::Reason;
use crate::fit::guarantee::company;
use crate::fit::guarantee::ways::Way;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::WIDTH;
use crate::fit::states::openness::unknown_nodes;
use crate::fit::states::placing::present;

/// Types with pods over the nodes that are there.
#[derive(Debug)]
pub(crate) struct Situation<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) counts: &'a Counts,
    /// The types that must find a node, sorted by name.
    pub(crate) types: Vec<usize>,
    /// For each type of the platform, over how many nodes its pods are.
    pub(crate) nodes: Vec<i128>,
    /// For each type of the platform, the most of it on one node.
    pub(crate) per_node: Vec<i128>,
    /// How many nodes of each class are left.
    pub(crate) left: Vec<i128>,
    /// For each type of the platform, the ways to be sure of a node for the next of its pods; none for what mounts claims, and
    /// for DaemonSets.
    pub(crate) ways: Vec<Vec<Way>>,
}

impl<'a> Situation<'a> {
    /// All nodes are there. An error says what stands in the way of any guarantee.
    pub(crate) fn whole(platform: &'a Platform, counts: &'a Counts) -> Result<Self, Reason> {
        let none = vec![0; platform.classes.len()];
        Self::without(platform, counts, &none, &none)
    }

    /// So many nodes of each class were lost, and so many of them are gone and were not replaced. Volumes stay where they are, and
    /// with them the pods that mount them.
    pub(crate) fn without(
        platform: &'a Platform,
        counts: &'a Counts,
        lost: &[i128],
        gone: &[i128],
    ) -> Result<Self, Reason> {
        if let Some(unknown) = unknown_nodes(platform, counts) {
            return Err(unknown);
        }
        let left: Vec<i128> = platform.classes.iter().zip(gone).map(|(class, gone)| class.size() - gone).collect();
        let number = platform.types.len();
        let (nodes, per_node, ways) = (vec![0; number], vec![0; number], vec![Vec::new(); number]);
        let mut situation = Self { platform, counts, types: Vec::new(), nodes, per_node, left, ways };
        for index in present(counts) {
            let one = &platform.types[index];
            let left = situation.left_for(index);
            if left == 0 {
                if one.per_node || gone.iter().any(|gone| *gone > 0) {
                    continue;
                }
                return Err(Reason::NoNode { workload: one.name.clone() });
            }
            let nodes = if platform.stays(index, counts.number[index]) { platform.nodes_of(index) } else { left };
            let refused = |bound| Reason::Bound { workload: one.name.clone(), bound };
            if let Some(bound) = platform.bound(index, counts, nodes) {
                return Err(refused(bound));
            }
            let hit = platform.classes.iter().zip(lost).any(|(class, lost)| class.eligible[index] && *lost > 0);
            if one.has_claims() || one.per_node {
                if let Some(bound) = platform.bound_by_spread(index, counts, nodes, hit) {
                    return Err(refused(bound));
                }
            } else {
                situation.ways[index] = platform.ways(index, counts, &situation.left, hit).map_err(refused)?;
            }
            situation.nodes[index] = nodes;
            situation.per_node[index] = platform.most(index, counts, nodes);
            situation.types.push(index);
        }
        let seeking = situation.types.iter().filter(|index| !platform.types[**index].constraints.company.is_empty());
        if let Some(stuck) = seeking.copied().find_map(|index| company::alone(&situation, index)) {
            return Err(stuck);
        }
        situation.pools()?;
        situation.attaches()?;
        Ok(situation)
    }

    /// How many nodes that a type may go to are left.
    fn left_for(&self, index: usize) -> i128 {
        self.platform.nodes_among(index, &self.left)
    }

    /// Whether a type may be on a class of which a node is left.
    pub(crate) fn is_on(&self, index: usize, class: usize) -> bool {
        self.left[class] > 0 && self.platform.classes[class].eligible[index]
    }

    /// The classes of which a node is left and that a type may go to.
    pub(crate) fn classes_of(&self, index: usize) -> impl Iterator<Item = usize> {
        (0..self.left.len()).filter(move |class| self.is_on(index, *class))
    }

    /// The classes that a type may go to, whether or not nodes of them are left.
    pub(crate) fn classes_of_all(&self, index: usize) -> impl Iterator<Item = usize> {
        (0..self.left.len()).filter(move |class| self.platform.classes[*class].eligible[index])
    }

    /// A new node of a pool must be of use to whatever asked for it.
    fn pools(&self) -> Result<(), Reason> {
        for (class, position) in self.platform.classes.iter().zip(0..).filter(|(class, _)| class.pool.is_some()) {
            let here = || self.types.iter().copied().filter(|index| self.platform.classes[position].eligible[*index]);
            let everywhere = here().filter(|index| self.platform.types[*index].per_node);
            let mut held = [0; WIDTH];
            for index in everywhere {
                let requests = self.platform.types[index].requests;
                held.iter_mut().zip(requests).for_each(|(held, one)| *held += self.counts.number[index] * one);
            }
            for index in here() {
                let one = &self.platform.types[index];
                let own = if one.per_node { self.counts.number[index] } else { 0 };
                for (resource, name) in
                    self.platform.resources.iter().enumerate().filter(|(at, _)| one.requests[*at] > 0)
                {
                    let asked = held[resource] + (1 - own) * one.requests[resource];
                    if asked > class.allocatable[resource] {
                        return Err(Reason::PoolTooSmall {
                            class: class.name.clone(),
                            workload: one.name.clone(),
                            resource: name.clone(),
                            asked,
                            allocatable: class.allocatable[resource],
                        });
                    }
                }
            }
        }
        Ok(())
    }
}
