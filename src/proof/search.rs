//! A placement of all pods of a state: quick orders first, then every possibility where there are few.

use std::collections::BTreeMap;

use super::evidence::Pattern;
use super::platform::{Counts, Platform};
use super::pods::RESOURCES;

/// Quick orders are not tried on instances with more visits of nodes than this.
const MOST_VISITS: i128 = 20_000_000;
/// Steps of the search through every possibility.
const MOST_STEPS: u64 = 300_000;
/// More pods than this are not searched through.
const MOST_PODS: usize = 40;

/// What the search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Placed(Vec<Pattern>),
    /// Every possibility was tried.
    Exhausted,
    /// The quick orders failed, and there are too many possibilities.
    NotFound,
    NotTried(String),
}

/// Looks for a placement.
pub(super) fn place(platform: &Platform, counts: &Counts) -> Outcome {
    let present: Vec<usize> = (0..platform.types.len()).filter(|index| counts.number[*index] > 0).collect();
    if let Some(strange) = present.iter().find(|index| !platform.is_searchable(**index)) {
        let name = &platform.types[*strange].name;
        return Outcome::NotTried(format!("`{name}` has constraints that no placement is looked for under"));
    }
    let pods: i128 = present.iter().map(|index| platform.pods_of(*index, counts)).sum();
    if pods.saturating_mul(platform.nodes()) > MOST_VISITS {
        return Outcome::NotTried("the platform is too large to look for a placement".to_owned());
    }
    for by_room in [false, true] {
        let mut board = Board::new(platform, counts, &present);
        if board.quick(by_room) {
            return Outcome::Placed(board.witness());
        }
    }
    let mut board = Board::new(platform, counts, &present);
    let sequence = board.sequence();
    if sequence.len() > MOST_PODS {
        return Outcome::NotFound;
    }
    let mut steps = 0;
    match board.every(&sequence, 0, &mut steps) {
        Some(true) => Outcome::Placed(board.witness()),
        Some(false) => Outcome::Exhausted,
        None => Outcome::NotFound,
    }
}

/// Whether a quick order finds a placement.
pub(super) fn place_quickly(platform: &Platform, counts: &Counts) -> bool {
    let present: Vec<usize> = (0..platform.types.len()).filter(|index| counts.number[*index] > 0).collect();
    let pods: i128 = present.iter().map(|index| platform.pods_of(*index, counts)).sum();
    present.iter().all(|index| platform.is_searchable(*index))
        && pods.saturating_mul(platform.nodes()) <= MOST_VISITS
        && [false, true].into_iter().any(|by_room| Board::new(platform, counts, &present).quick(by_room))
}

/// Nodes while they are filled.
struct Board<'a> {
    platform: &'a Platform,
    counts: &'a Counts,
    /// In the order of placing: the rigid first, then the large.
    order: Vec<usize>,
    /// For each node its class.
    nodes: Vec<usize>,
    room: Vec<[i128; 4]>,
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
                (0..RESOURCES.len()).map(part).max().unwrap_or(0)
            });
            parts.unwrap_or(0)
        };
        order.sort_by_key(|index| {
            let one = &platform.types[*index];
            let rigid = platform.is_alone(*index) || platform.is_spread(*index);
            (!one.per_node, platform.nodes_of(*index), !rigid, std::cmp::Reverse(share(*index)), *index)
        });
        let placed = vec![vec![0; nodes.len()]; platform.types.len()];
        Self { platform, counts, order, room, placed, enemies: enemies.collect(), nodes }
    }

    fn fits(&self, index: usize, node: usize) -> bool {
        let one = &self.platform.types[index];
        self.platform.classes[self.nodes[node]].eligible[index]
            && (0..RESOURCES.len())
                .all(|resource| one.requests[resource] == 0 || one.requests[resource] <= self.room[node][resource])
            && self.enemies[index].iter().all(|enemy| self.placed[*enemy][node] == 0)
    }

    fn put(&mut self, index: usize, node: usize, number: i128) {
        for resource in 0..RESOURCES.len() {
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

    fn quick(&mut self, by_room: bool) -> bool {
        for index in self.order.clone() {
            if self.platform.types[index].per_node {
                for node in 0..self.nodes.len() {
                    if !self.platform.classes[self.nodes[node]].eligible[index] {
                        continue;
                    }
                    for _ in 0..self.counts.number[index] {
                        if !self.fits(index, node) {
                            return false;
                        }
                        self.put(index, node, 1);
                    }
                }
                continue;
            }
            let spread = self.platform.is_spread(index);
            for _ in 0..self.counts.number[index] {
                let fitting = (0..self.nodes.len()).filter(|node| self.fits(index, *node));
                let node = if spread {
                    fitting.min_by_key(|node| (self.placed[index][*node], *node))
                } else if by_room {
                    fitting.max_by_key(|node| (self.room[*node][0], self.room[*node][1], std::cmp::Reverse(*node)))
                } else {
                    fitting.min_by_key(|node| *node)
                };
                let Some(node) = node else { return false };
                self.put(index, node, 1);
            }
            if !self.is_even(index) {
                return false;
            }
        }
        true
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
        *steps += 1;
        if *steps > MOST_STEPS {
            return None;
        }
        let Some(((index, bound), rest)) = sequence.split_first() else { return Some(true) };
        let nodes = bound.map_or(from..self.nodes.len(), |node| node..node + 1);
        let last = rest.first().is_none_or(|(next, _)| next != index);
        for node in nodes {
            if !self.fits(*index, node) {
                continue;
            }
            self.put(*index, node, 1);
            // Like pods are placed in the order of nodes, because exchanging them changes nothing.
            let next = if last || bound.is_some() { 0 } else { node };
            let found = if last && !self.is_even(*index) { Some(false) } else { self.every(rest, next, steps) };
            if found != Some(false) {
                return found;
            }
            self.put(*index, node, -1);
        }
        Some(false)
    }

    fn witness(&self) -> Vec<Pattern> {
        let names: Vec<&String> = self.platform.classes.iter().flat_map(|class| &class.nodes).collect();
        let mut patterns: Vec<Pattern> = Vec::new();
        let mut known: BTreeMap<Vec<(String, i128)>, usize> = BTreeMap::new();
        for (node, name) in names.into_iter().enumerate() {
            let here = self.placed.iter().zip(&self.platform.types).filter(|(placed, _)| placed[node] > 0);
            let pods: Vec<(String, i128)> = here.map(|(placed, one)| (one.name.clone(), placed[node])).collect();
            if pods.is_empty() {
                continue;
            }
            let at = *known.entry(pods.clone()).or_insert(patterns.len());
            if at == patterns.len() {
                patterns.push(Pattern { nodes: Vec::new(), pods });
            }
            patterns[at].nodes.push(name.clone());
        }
        patterns
    }
}
