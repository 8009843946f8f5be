//! Every possibility, where there are few: what is not found here does not exist.

use super::OnNode;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::WIDTH;

/// Steps of the search through every possibility.
const MOST_STEPS: u64 = 3_000_000;
/// More pods than this are not searched through.
const MOST_PODS: usize = 40;

/// The pods on each node; `None` when every possibility was tried. An error when there are too many.
pub(super) fn place(platform: &Platform, counts: &Counts, present: &[usize]) -> Result<Option<Vec<OnNode>>, ()> {
    let pods: i128 = present.iter().map(|index| platform.pods_of(*index, counts)).sum();
    if pods > MOST_PODS as i128 {
        return Err(());
    }
    let mut board = Board::new(platform, counts, present);
    let sequence = board.sequence();
    let mut steps = 0;
    match board.every(&sequence, 0, &mut steps) {
        Some(true) => Ok(Some(board.witness())),
        Some(false) => Ok(None),
        None => Err(()),
    }
}

/// Nodes while they are filled.
struct Board<'a> {
    platform: &'a Platform,
    counts: &'a Counts,
    /// In the order of placing: the rigid first, then the large.
    order: Vec<usize>,
    /// For each node its class.
    nodes: Vec<usize>,
    room: Vec<[i128; WIDTH]>,
    /// The pods that were put on each node by choice.
    chosen: Vec<i128>,
    /// For each type, the pods on each node.
    placed: Vec<Vec<i128>>,
    /// For each type, the types with which it cannot share a node; itself among them when it is alone.
    enemies: Vec<Vec<usize>>,
}

impl<'a> Board<'a> {
    fn new(platform: &'a Platform, counts: &'a Counts, present: &[usize]) -> Self {
        let nodes: Vec<usize> =
            platform.classes.iter().enumerate().flat_map(|(class, one)| one.nodes.iter().map(move |_| class)).collect();
        let room = nodes.iter().map(|class| platform.classes[*class].allocatable).collect();
        let enemies = (0..platform.types.len()).map(|index| {
            let others = present.iter().copied();
            let enemy = |other: &usize| {
                if *other == index { platform.is_alone(index) } else { platform.conflict(index, *other) }
            };
            others.filter(enemy).collect()
        });
        let mut order = present.to_vec();
        let share = |index: usize| {
            let class = platform.classes.iter().find(|class| class.eligible[index]);
            let parts = class.map(|class| {
                let part = |resource: usize| {
                    platform.types[index].requests[resource].saturating_mul(1_000_000)
                        / class.allocatable[resource].max(1)
                };
                (0..WIDTH).map(part).max().unwrap_or(0)
            });
            parts.unwrap_or(0)
        };
        order.sort_by_key(|index| {
            let one = &platform.types[*index];
            let rigid = platform.is_alone(*index) || platform.is_spread(*index);
            (!one.per_node, platform.nodes_of(*index), !rigid, std::cmp::Reverse(share(*index)), *index)
        });
        let placed = vec![vec![0; nodes.len()]; platform.types.len()];
        Self { platform, counts, order, chosen: vec![0; nodes.len()], room, placed, enemies: enemies.collect(), nodes }
    }

    fn fits(&self, index: usize, node: usize) -> bool {
        let one = &self.platform.types[index];
        self.platform.classes[self.nodes[node]].eligible[index]
            && (0..WIDTH)
                .all(|resource| one.requests[resource] == 0 || one.requests[resource] <= self.room[node][resource])
            && self.enemies[index].iter().all(|enemy| self.placed[*enemy][node] == 0)
    }

    fn put(&mut self, index: usize, node: usize, number: i128) {
        for resource in 0..WIDTH {
            self.room[node][resource] -= number * self.platform.types[index].requests[resource];
        }
        self.placed[index][node] += number;
    }

    /// Whether the pods of a type lie as evenly as its spread demands.
    fn is_even(&self, index: usize) -> bool {
        let Some((skew, empty)) = self.platform.skew(index) else { return true };
        let own = (0..self.nodes.len()).filter(|node| self.platform.classes[self.nodes[*node]].eligible[index]);
        let pods: Vec<i128> = own.map(|node| self.placed[index][node]).collect();
        let least = if empty { 0 } else { pods.iter().copied().min().unwrap_or(0) };
        pods.into_iter().max().unwrap_or(0) - least <= skew
    }

    /// One entry for each pod; those of a DaemonSet with their node.
    fn sequence(&self) -> Vec<(usize, Option<usize>)> {
        let mut sequence = Vec::new();
        for index in &self.order {
            let number = usize::try_from(self.counts.number[*index]).unwrap_or(usize::MAX).min(MOST_PODS + 1);
            if self.platform.types[*index].per_node {
                let own =
                    (0..self.nodes.len()).filter(|node| self.platform.classes[self.nodes[*node]].eligible[*index]);
                sequence.extend(own.flat_map(|node| std::iter::repeat_n((*index, Some(node)), number)));
            } else {
                sequence.extend(std::iter::repeat_n((*index, None), number));
            }
        }
        sequence
    }

    /// Tries every possibility; nothing when there are too many.
    fn every(&mut self, sequence: &[(usize, Option<usize>)], from: usize, steps: &mut u64) -> Option<bool> {
        let Some(((index, bound), rest)) = sequence.split_first() else { return Some(true) };
        let nodes = bound.map_or(from..self.nodes.len(), |node| node..node + 1);
        let last = rest.first().is_none_or(|(next, _)| next != index);
        let mut fresh = None;
        for node in nodes {
            *steps += 1;
            if *steps > MOST_STEPS {
                return None;
            }
            // Of like nodes that nobody chose yet, one stands for all.
            let class = self.nodes[node];
            if bound.is_none() && self.chosen[node] == 0 && fresh.replace(class) == Some(class) {
                continue;
            }
            if !self.fits(*index, node) {
                continue;
            }
            self.put(*index, node, 1);
            self.chosen[node] += i128::from(bound.is_none());
            // Like pods are placed in the order of nodes, because exchanging them changes nothing.
            let next = if last || bound.is_some() { 0 } else { node };
            let found = if last && !self.is_even(*index) { Some(false) } else { self.every(rest, next, steps) };
            if found != Some(false) {
                return found;
            }
            self.put(*index, node, -1);
            self.chosen[node] -= i128::from(bound.is_none());
        }
        Some(false)
    }

    /// The pods on each node, in the order of nodes.
    fn witness(&self) -> Vec<OnNode> {
        let on = |node: usize| {
            let here = self.placed.iter().enumerate().filter(move |(_, placed)| placed[node] > 0);
            here.map(|(index, placed)| (index, placed[node])).collect()
        };
        (0..self.nodes.len()).map(on).collect()
    }
}
