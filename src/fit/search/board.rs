//! Nodes while they are filled: like nodes that carry the same pods are one group, which a pod splits.

use super::OnNode;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::WIDTH;

/// Like nodes that carry the same pods.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) class: usize,
    pub(super) size: i128,
    pub(super) room: [i128; WIDTH],
    /// Type and number on each of the nodes, sorted.
    pub(super) pods: OnNode,
}

impl Group {
    pub(super) fn on_each(&self, index: usize) -> i128 {
        self.pods.binary_search_by_key(&index, |(other, _)| *other).map_or(0, |at| self.pods[at].1)
    }

    fn change(&mut self, requests: &[i128; WIDTH], index: usize, number: i128) {
        self.room.iter_mut().zip(requests).for_each(|(room, request)| *room -= number * request);
        match self.pods.binary_search_by_key(&index, |(other, _)| *other) {
            Ok(at) => {
                self.pods[at].1 += number;
                if self.pods[at].1 == 0 {
                    self.pods.remove(at);
                }
            }
            Err(at) => self.pods.insert(at, (index, number)),
        }
    }
}

/// What the search asks of the platform again and again.
pub(super) struct Rules<'a> {
    pub(super) platform: &'a Platform,
    pub(super) counts: &'a Counts,
    /// For each type, the other types with which it cannot share a node.
    enemies: Vec<Vec<usize>>,
    alone: Vec<bool>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(platform: &'a Platform, counts: &'a Counts, present: &[usize]) -> Self {
        let number = platform.types.len();
        let mut enemies = vec![Vec::new(); number];
        let is_rigid = |index: &usize| {
            let constraints = &platform.types[*index].constraints;
            !constraints.apart.is_empty() || !constraints.host_ports.is_empty()
        };
        for rigid in present.iter().copied().filter(is_rigid) {
            for other in present.iter().copied().filter(|other| *other != rigid) {
                if platform.conflict(rigid, other) {
                    enemies[rigid].push(other);
                    enemies[other].push(rigid);
                }
            }
        }
        let alone = (0..number).map(|index| platform.is_alone(index)).collect();
        Self { platform, counts, enemies, alone }
    }
}

/// All nodes.
#[derive(Clone)]
pub(super) struct Board<'a> {
    pub(super) rules: &'a Rules<'a>,
    pub(super) groups: Vec<Group>,
    /// How often a group was looked at.
    pub(super) steps: u64,
}

impl<'a> Board<'a> {
    /// Empty nodes but for what is on each of them; nothing when that does not fit.
    pub(super) fn new(rules: &'a Rules<'a>, present: &[usize]) -> Option<Self> {
        let classes = rules.platform.classes.iter().enumerate().filter(|(_, class)| class.size() > 0);
        let groups = classes.map(|(position, class)| Group {
            class: position,
            size: class.size(),
            room: class.allocatable,
            pods: Vec::new(),
        });
        let mut board = Self { rules, groups: groups.collect(), steps: 0 };
        for index in present.iter().copied().filter(|index| rules.platform.types[*index].per_node) {
            for group in 0..board.groups.len() {
                let number = rules.counts.number[index];
                if !board.is_open(group, index) {
                    continue;
                }
                if board.capacity(group, index) < number {
                    return None;
                }
                board.put(group, board.groups[group].size, index, number);
            }
        }
        Some(board)
    }

    /// Whether the nodes of a group are eligible for a type.
    pub(super) fn is_open(&self, group: usize, index: usize) -> bool {
        self.rules.platform.classes[self.groups[group].class].eligible[index]
    }

    /// How many more pods of a type each node of a group takes.
    pub(super) fn capacity(&mut self, group: usize, index: usize) -> i128 {
        self.steps += 1;
        if !self.is_open(group, index) {
            return 0;
        }
        let group = &self.groups[group];
        let requests = &self.rules.platform.types[index].requests;
        let by_room = requests.iter().zip(&group.room).filter(|(request, _)| **request > 0);
        let mut most = by_room.map(|(request, room)| room / request).min().unwrap_or(0).max(0);
        if most > 0 && self.rules.alone[index] {
            most = most.min(1 - group.on_each(index)).max(0);
        }
        if most > 0 && self.is_barred(group, index) {
            most = 0;
        }
        most
    }

    /// Whether the nodes of a group carry something beside which a type may not be.
    pub(super) fn is_barred(&self, group: &Group, index: usize) -> bool {
        self.rules.enemies[index].iter().any(|enemy| group.on_each(*enemy) > 0)
    }

    /// Puts pods on each of so many nodes of a group, and returns the group that they are then in.
    pub(super) fn put(&mut self, group: usize, nodes: i128, index: usize, number: i128) -> usize {
        let at = self.take(group, nodes);
        self.groups[at].change(&self.rules.platform.types[index].requests, index, number);
        at
    }

    /// So many nodes of a group as a group of their own, before the rest of it.
    pub(super) fn take(&mut self, group: usize, nodes: i128) -> usize {
        if nodes < self.groups[group].size {
            let own = Group { size: nodes, ..self.groups[group].clone() };
            self.groups[group].size -= nodes;
            self.groups.insert(group, own);
        }
        group
    }

    /// The pods on each node, in the order of classes.
    pub(super) fn witness(&self) -> Vec<OnNode> {
        let mut order: Vec<&Group> = self.groups.iter().collect();
        order.sort_by_key(|group| group.class);
        let copies = |group: &&Group| usize::try_from(group.size).unwrap_or(0);
        order.into_iter().flat_map(|group| std::iter::repeat_n(group.pods.clone(), copies(&group))).collect()
    }
}
