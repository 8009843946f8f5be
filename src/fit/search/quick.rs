//! Quick orders of placing: what is bound first, then what floats, pod by pod or node by node, and last a repair that
//! pushes small pods out of the way of large ones.

use super::OnNode;
use super::board::{Board, Rules};
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::WIDTH;

/// Groups looked at in all attempts together.
const MOST_STEPS: u64 = 12_000_000;
/// Orders with shuffled sizes after the plain ones.
const SHUFFLES: u64 = 12;

/// How floating pods are placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// On the first node that takes them.
    First,
    /// On the node that has most room.
    Roomiest,
    /// Node by node, always what matches the room that is left.
    Match,
}

/// The pods on each node; nothing when no order finds them a place.
pub(super) fn place(platform: &Platform, counts: &Counts, present: &[usize]) -> Option<Vec<OnNode>> {
    let rules = Rules::new(platform, counts, present);
    let start = Board::new(&rules, present)?;
    let mut spent = 0;
    for seed in 0..=SHUFFLES {
        let plan = Plan::new(platform, counts, present, seed);
        for mode in [Mode::First, Mode::Match, Mode::Roomiest] {
            if seed > 0 && mode == Mode::Roomiest {
                continue;
            }
            let mut board = start.clone();
            let limit = MOST_STEPS.saturating_sub(spent);
            let found = plan.run(&mut board, mode, limit);
            spent += board.steps;
            if found {
                return Some(board.witness());
            }
            if spent >= MOST_STEPS {
                return None;
            }
        }
    }
    None
}

/// An order of types.
struct Plan<'a> {
    platform: &'a Platform,
    counts: &'a Counts,
    /// Types with a spread or of which only one is on a node.
    rigid: Vec<usize>,
    /// All others but DaemonSets, the large first.
    floating: Vec<usize>,
    /// For each type, how large it is taken for.
    size: Vec<f64>,
    /// What each resource counts: the scarcer it is, the more.
    scarcity: [f64; WIDTH],
}

#[allow(clippy::cast_precision_loss, reason = "how good a place looks is no part of the proof")]
fn share(part: i128, of: i128) -> f64 {
    if of > 0 { part as f64 / of as f64 } else { 0.0 }
}

/// A number from 0 to 1 that depends on nothing but its arguments.
fn noise(seed: u64, index: usize) -> f64 {
    let mut bits = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (index as u64).wrapping_mul(0xD1B5_4A32_D192_ED03);
    for shift in [30, 27, 31] {
        bits = (bits ^ (bits >> shift)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    }
    share(i128::from(bits >> 11), 1 << 53)
}

impl<'a> Plan<'a> {
    fn new(platform: &'a Platform, counts: &'a Counts, present: &[usize], seed: u64) -> Self {
        let mut capacity = [0; WIDTH];
        let mut demand = [0; WIDTH];
        for class in &platform.classes {
            let size = class.size();
            capacity.iter_mut().zip(class.allocatable).for_each(|(sum, one)| *sum += size * one);
        }
        for index in present {
            let pods = platform.pods_of(*index, counts);
            demand.iter_mut().zip(platform.types[*index].requests).for_each(|(sum, one)| *sum += pods * one);
        }
        let mut scarcity = [0.0; WIDTH];
        for (weight, (demand, capacity)) in scarcity.iter_mut().zip(demand.into_iter().zip(capacity)) {
            // What is nearly used up decides; what there is plenty of hardly counts.
            *weight = share(demand, capacity).powi(4);
        }
        let nodes = platform.nodes();
        let size: Vec<f64> = (0..platform.types.len())
            .map(|index| {
                let requests = platform.types[index].requests;
                let parts = (0..WIDTH).map(|at| scarcity[at] * share(requests[at] * nodes, capacity[at]));
                let size: f64 = if seed.is_multiple_of(2) { parts.sum() } else { parts.fold(0.0, f64::max) };
                if seed == 0 { size } else { size * (0.75 + noise(seed, index) / 2.0) }
            })
            .collect();
        let bound = |index: &usize| platform.is_spread(*index) || platform.is_alone(*index);
        let pods = present.iter().copied().filter(|index| !platform.types[*index].per_node);
        let (mut rigid, mut floating): (Vec<usize>, Vec<usize>) = pods.partition(bound);
        let larger = |left: &usize, right: &usize| size[*right].total_cmp(&size[*left]).then(left.cmp(right));
        rigid.sort_by(|left, right| {
            platform.nodes_of(*left).cmp(&platform.nodes_of(*right)).then_with(|| larger(left, right))
        });
        floating.sort_by(|left, right| {
            platform.nodes_of(*left).cmp(&platform.nodes_of(*right)).then_with(|| larger(left, right))
        });
        Self { platform, counts, rigid, floating, size, scarcity }
    }

    fn run(&self, board: &mut Board<'_>, mode: Mode, limit: u64) -> bool {
        for index in &self.rigid {
            let placed =
                if self.platform.is_spread(*index) { self.evenly(board, *index) } else { self.apart(board, *index) };
            if !placed {
                return false;
            }
        }
        let mut missing: Vec<(usize, i128)> =
            self.floating.iter().map(|index| (*index, self.counts.number[*index])).collect();
        match mode {
            Mode::First => missing.iter_mut().for_each(|(index, left)| *left = first(board, *index, *left)),
            Mode::Roomiest => {
                missing.iter_mut().for_each(|(index, left)| *left = self.roomiest(board, *index, *left, 1));
            }
            Mode::Match => self.matching(board, &mut missing, limit),
        }
        missing.retain(|(_, left)| *left > 0);
        self.repair(board, missing, limit)
    }

    /// How much room a group has, in parts of what its nodes have.
    fn roominess(&self, board: &Board<'_>, group: usize) -> f64 {
        let group = &board.groups[group];
        let has = self.platform.classes[group.class].allocatable;
        (0..WIDTH).map(|at| self.scarcity[at] * share(group.room[at], has[at])).sum()
    }

    /// Puts pods one after the other where most room is, at most so many on a node; returns how many found none.
    fn roomiest(&self, board: &mut Board<'_>, index: usize, mut left: i128, step: i128) -> i128 {
        while left > 0 {
            let mut best: Option<(f64, usize)> = None;
            for group in 0..board.groups.len() {
                let roominess = self.roominess(board, group);
                if best.is_none_or(|(most, _)| roominess > most) && board.capacity(group, index) > 0 {
                    best = Some((roominess, group));
                }
            }
            let Some((_, group)) = best else { return left };
            let nodes = left.min(board.groups[group].size);
            board.put(group, nodes, index, step.min(left));
            left -= nodes;
        }
        0
    }

    /// At most one on a node.
    fn apart(&self, board: &mut Board<'_>, index: usize) -> bool {
        self.roomiest(board, index, self.counts.number[index], 1) == 0
    }

    /// The pods of a spread: as many on each node as the least may be, then the rest where room is.
    fn evenly(&self, board: &mut Board<'_>, index: usize) -> bool {
        let Some((skew, is_blocked)) = self.platform.skew(index) else { return false };
        let number = self.counts.number[index];
        let nodes = self.platform.nodes_of(index);
        let open: Vec<usize> = (0..board.groups.len()).filter(|group| board.is_open(*group, index)).collect();
        if open.is_empty() {
            return number == 0;
        }
        let capacities: Vec<i128> = open.iter().map(|group| board.capacity(*group, index)).collect();
        let least_capacity = capacities.iter().copied().min().unwrap_or(0);
        let least = if is_blocked { 0 } else { (number / nodes).min(least_capacity) };
        let most = least + skew;
        let rest = number - least * nodes;
        if rest < 0 {
            return false;
        }
        if least > 0 {
            for group in &open {
                board.put(*group, board.groups[*group].size, index, least);
            }
        }
        self.topped_up(board, index, rest, most)
    }

    /// Adds pods where room is, up to so many on each node.
    fn topped_up(&self, board: &mut Board<'_>, index: usize, mut left: i128, most: i128) -> bool {
        while left > 0 {
            let mut best: Option<((i128, f64), usize)> = None;
            for group in 0..board.groups.len() {
                let here = board.groups[group].on_each(index);
                if here >= most || board.capacity(group, index) == 0 {
                    continue;
                }
                let rank = (-here, self.roominess(board, group));
                if best.is_none_or(|(other, _)| rank > other) {
                    best = Some((rank, group));
                }
            }
            let Some((_, group)) = best else { return false };
            let nodes = left.min(board.groups[group].size);
            board.put(group, nodes, index, 1);
            left -= nodes;
        }
        true
    }

    /// Fills node by node with what matches the room that is left, and as many nodes alike as pods allow.
    fn matching(&self, board: &mut Board<'_>, missing: &mut [(usize, i128)], limit: u64) {
        let mut group = 0;
        while group < board.groups.len() && board.steps < limit {
            let mut chosen: Vec<i128> = vec![0; missing.len()];
            let whole = board.groups[group].size;
            let at = board.take(group, 1);
            loop {
                let mut best: Option<(f64, usize)> = None;
                for (position, (index, left)) in missing.iter().enumerate() {
                    if *left <= chosen[position] || board.capacity(at, *index) == 0 {
                        continue;
                    }
                    let score = self.score(board, at, *index);
                    if best.is_none_or(|(most, _)| score > most) {
                        best = Some((score, position));
                    }
                }
                let Some((_, position)) = best else { break };
                board.put(at, 1, missing[position].0, 1);
                chosen[position] += 1;
            }
            let used = || missing.iter().zip(&chosen).filter(|(_, chosen)| **chosen > 0);
            let copies = used().map(|((_, left), chosen)| left / chosen).min().unwrap_or(whole).clamp(1, whole);
            for ((_, left), chosen) in missing.iter_mut().zip(&chosen) {
                *left -= chosen * copies;
            }
            // The node that was filled stands for all that are filled like it.
            board.groups[at].size = copies;
            if whole > 1 {
                board.groups[at + 1].size = whole - copies;
                if whole == copies {
                    board.groups.remove(at + 1);
                }
            }
            group = at + 1;
        }
    }

    /// How well a pod matches what a node has left: large pods in the proportions of the room.
    fn score(&self, board: &Board<'_>, group: usize, index: usize) -> f64 {
        let group = &board.groups[group];
        let has = self.platform.classes[group.class].allocatable;
        let requests = self.platform.types[index].requests;
        let parts =
            (0..WIDTH).map(|at| self.scarcity[at] * share(requests[at], has[at]) * share(group.room[at], has[at]));
        let match_: f64 = parts.sum();
        // What may go to few nodes only comes first there.
        let elsewhere = share(self.platform.nodes_of(index), self.platform.nodes());
        match_ * (1.0 + self.size[index] / (1.0 + self.size[index])) / elsewhere.max(0.01)
    }

    /// Finds a place for what is left by pushing smaller pods out of its way, which then look for theirs.
    fn repair(&self, board: &mut Board<'_>, mut missing: Vec<(usize, i128)>, limit: u64) -> bool {
        while let Some((index, left)) = missing.pop() {
            if board.steps > limit {
                return false;
            }
            let mut left = first(board, index, left);
            while left > 0 {
                let Some((group, other, number)) = self.way(board, index, limit) else { return false };
                let at = board.put(group, 1, other, -number);
                board.put(at, 1, index, 1);
                left -= 1;
                missing.push((other, number));
                // The largest of what is missing comes first.
                missing.sort_by(|one, two| self.size[one.0].total_cmp(&self.size[two.0]));
            }
        }
        true
    }

    /// A node on which leaving out some pods of one smaller type makes room for one of a type.
    fn way(&self, board: &mut Board<'_>, index: usize, limit: u64) -> Option<(usize, usize, i128)> {
        let requests = self.platform.types[index].requests;
        let mut best: Option<(f64, (usize, usize, i128))> = None;
        for group in 0..board.groups.len() {
            if board.steps > limit {
                return None;
            }
            // Room is made for it, and not peace with what it may not be beside.
            if !board.is_open(group, index) || board.is_barred(&board.groups[group], index) {
                continue;
            }
            let candidates = board.groups[group].pods.clone();
            for (other, there) in candidates {
                board.steps += 1;
                let one = &self.platform.types[other];
                let moves = self.floating.contains(&other) && self.size[other] < self.size[index];
                if !moves || one.requests.iter().all(|request| *request == 0) {
                    continue;
                }
                let room = board.groups[group].room;
                let number = (0..WIDTH).filter(|at| requests[*at] > room[*at]).map(|at| {
                    let short = requests[at] - room[at];
                    if one.requests[at] > 0 {
                        short.div_euclid(one.requests[at]) + i128::from(short % one.requests[at] > 0)
                    } else {
                        i128::MAX
                    }
                });
                let number = number.max().unwrap_or(0);
                let freed = share(number, 1) * self.size[other];
                if number == 0 || number > there || freed >= self.size[index] {
                    continue;
                }
                if best.is_none_or(|(least, _)| freed < least) {
                    best = Some((freed, (group, other, number)));
                }
            }
        }
        best.map(|(_, way)| way)
    }
}

/// Puts pods on the first nodes that take them; returns how many found none.
fn first(board: &mut Board<'_>, index: usize, mut left: i128) -> i128 {
    let mut group = 0;
    while left > 0 && group < board.groups.len() {
        let capacity = board.capacity(group, index);
        if capacity == 0 {
            group += 1;
            continue;
        }
        let full = (left / capacity).min(board.groups[group].size);
        if full > 0 {
            group = board.put(group, full, index, capacity);
            left -= full * capacity;
        } else {
            group = board.put(group, 1, index, left);
            left = 0;
        }
        group += 1;
    }
    left
}
