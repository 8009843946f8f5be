//! What a scheduler can do, tried out in full: an independent model of small clusters, on numbers alone.

use std::collections::BTreeSet;

/// What keeps the pods of a type apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Floating,
    /// Hard spread over the nodes; each revision by itself when it rolls.
    Even,
    /// Required anti-affinity against its own kind.
    Alone,
    /// A host port that nobody else uses.
    Port,
    OnEach,
}

#[derive(Debug, Clone)]
pub(super) struct Kind {
    pub(super) shape: Shape,
    pub(super) cpu: i128,
    pub(super) memory: i128,
    /// At peak; on each node for [`Shape::OnEach`].
    pub(super) count: i128,
    pub(super) surge: i128,
    pub(super) nodes: Vec<bool>,
    /// Its priority: it pushes out what ranks lower.
    pub(super) rank: i128,
}

#[derive(Debug, Clone)]
pub(super) struct Cluster {
    /// CPU, memory, pod slots.
    pub(super) nodes: Vec<[i128; 3]>,
    pub(super) kinds: Vec<Kind>,
}

/// Pods of one revision of one kind on each node.
type Board = Vec<Vec<i128>>;

/// More states than this are not visited; the instance then shows nothing.
const MOST_STATES: usize = 20_000;

impl Cluster {
    fn room(&self, board: &Board, node: usize, kind: usize) -> bool {
        let mut used = [0; 3];
        for (row, pods) in board.iter().enumerate() {
            let one = &self.kinds[row / 2];
            for (sum, each) in used.iter_mut().zip([one.cpu, one.memory, 1]) {
                *sum += pods[node] * each;
            }
        }
        let one = &self.kinds[kind];
        let asked = [one.cpu, one.memory, 1];
        (0..3).all(|resource| asked[resource] == 0 || used[resource] + asked[resource] <= self.nodes[node][resource])
    }

    /// Whether the scheduler may put a pod of a revision (an even row is the old one) on a node. `gone` has no kubelet.
    fn admits(&self, board: &Board, row: usize, node: usize, gone: Option<usize>) -> bool {
        let kind = row / 2;
        let one = &self.kinds[kind];
        if !one.nodes[node] || gone == Some(node) || !self.room(board, node, kind) {
            return false;
        }
        let both = |node: usize| board[2 * kind][node] + board[2 * kind + 1][node];
        match one.shape {
            Shape::Floating => true,
            Shape::OnEach => both(node) < one.count + one.surge,
            Shape::Alone | Shape::Port => both(node) == 0,
            Shape::Even => {
                let domains = (0..self.nodes.len()).filter(|node| one.nodes[*node] && gone != Some(*node));
                let least = domains.map(|node| board[row][node]).min().unwrap_or(0);
                board[row][node] + 1 - least <= 1
            }
        }
    }

    /// Whether the scheduler finds such a node by pushing out all that ranks lower. What then is gone has gone before:
    /// that pods may go at any time is among the orders that are tried.
    fn admits_by_force(&self, board: &Board, row: usize, node: usize, gone: Option<usize>) -> bool {
        let mut cleared = board.clone();
        for (other, pods) in cleared.iter_mut().enumerate() {
            if self.kinds[other / 2].rank < self.kinds[row / 2].rank {
                pods[node] = 0;
            }
        }
        self.admits(&cleared, row, node, gone)
    }

    /// Whether a pod of a revision is wanted somewhere; for a kind on each node, on which nodes.
    fn missing(&self, board: &Board, row: usize, rolling: bool, gone: Option<usize>) -> Vec<Option<usize>> {
        let kind = row / 2;
        let one = &self.kinds[kind];
        let is_new = row % 2 == 1;
        if is_new && !rolling {
            return Vec::new();
        }
        let surge = if rolling && one.count > 0 { one.surge } else { 0 };
        if one.shape == Shape::OnEach {
            let wanted = |node: &usize| {
                one.nodes[*node]
                    && gone != Some(*node)
                    && board[row][*node] < one.count
                    && board[2 * kind][*node] + board[2 * kind + 1][*node] < one.count + surge
            };
            return (0..self.nodes.len()).filter(wanted).map(Some).collect();
        }
        // What no node is left for is gone with the node, and nothing is asked of it.
        if gone.is_some_and(|gone| one.nodes[gone] && one.nodes.iter().filter(|open| **open).count() == 1) {
            return Vec::new();
        }
        let (own, both): (i128, i128) =
            (board[row].iter().sum(), board[2 * kind].iter().sum::<i128>() + board[2 * kind + 1].iter().sum::<i128>());
        if own < one.count && both < one.count + surge { vec![None] } else { Vec::new() }
    }

    /// Whether in some state that pods coming and going can lead to, a wanted pod has no node. None when there are too
    /// many states. With `lose`, any one node may be lost at any time.
    pub(super) fn can_get_stuck(&self, rolling: bool, lose: bool) -> Option<bool> {
        let empty: Board = vec![vec![0; self.nodes.len()]; self.kinds.len() * 2];
        let mut seen: BTreeSet<(Option<usize>, Board)> = BTreeSet::from([(None, empty.clone())]);
        let mut open = vec![(None, empty)];
        while let Some((gone, board)) = open.pop() {
            if seen.len() > MOST_STATES {
                return None;
            }
            let mut next: Vec<(Option<usize>, Board)> = Vec::new();
            for row in 0..board.len() {
                for place in self.missing(&board, row, rolling, gone) {
                    let nodes: Vec<usize> = place.map_or((0..self.nodes.len()).collect(), |node| vec![node]);
                    let open: Vec<usize> =
                        nodes.iter().copied().filter(|node| self.admits(&board, row, *node, gone)).collect();
                    let is_stuck =
                        || open.is_empty() && !nodes.iter().any(|node| self.admits_by_force(&board, row, *node, gone));
                    // Before the loss every pod finds its place, or the state is not claimed at all.
                    if (!lose || gone.is_some()) && is_stuck() {
                        return Some(true);
                    }
                    for node in open {
                        let mut after = board.clone();
                        after[row][node] += 1;
                        next.push((gone, after));
                    }
                }
                for node in 0..self.nodes.len() {
                    if board[row][node] > 0 {
                        let mut after = board.clone();
                        after[row][node] -= 1;
                        next.push((gone, after));
                    }
                }
            }
            if lose && gone.is_none() {
                for node in 0..self.nodes.len() {
                    let mut after = board.clone();
                    after.iter_mut().for_each(|row| row[node] = 0);
                    next.push((Some(node), after));
                }
            }
            for state in next {
                if seen.insert(state.clone()) {
                    open.push(state);
                }
            }
        }
        Some(false)
    }

    /// Whether there is a placement of all pods of the peak, evenly where a spread wants it.
    pub(super) fn has_placement(&self) -> bool {
        let empty: Board = vec![vec![0; self.nodes.len()]; self.kinds.len() * 2];
        self.place(&mut empty.clone(), 0, 0, 0)
    }

    fn place(&self, board: &mut Board, kind: usize, node: usize, placed: i128) -> bool {
        let Some(one) = self.kinds.get(kind) else { return true };
        if node == self.nodes.len() {
            let eligible = (0..self.nodes.len()).filter(|node| one.nodes[*node]);
            let pods: Vec<i128> = eligible.map(|node| board[2 * kind][node]).collect();
            let uneven = pods.iter().max().unwrap_or(&0) - pods.iter().min().unwrap_or(&0) > 1;
            let done = one.shape == Shape::OnEach || placed == one.count;
            return done && !(one.shape == Shape::Even && uneven) && self.place(board, kind + 1, 0, 0);
        }
        let range = match one.shape {
            Shape::OnEach if one.nodes[node] => one.count..=one.count,
            Shape::OnEach => 0..=0,
            _ if !one.nodes[node] => 0..=0,
            Shape::Alone | Shape::Port => 0..=1.min(one.count - placed),
            _ => 0..=one.count - placed,
        };
        for number in range {
            // Pods come one by one, because a pod that asks for nothing of a resource ignores how much is used of it.
            let before = board.clone();
            let fits = (0..number).all(|_| {
                let fits = self.room(board, node, kind);
                board[2 * kind][node] += i128::from(fits);
                fits
            });
            if fits && self.place(board, kind, node + 1, placed + number) {
                return true;
            }
            *board = before;
        }
        false
    }
}
