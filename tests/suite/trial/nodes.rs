//! Nodes that come and go with a pool, and nodes that nothing tells apart.

use super::simulator::{Simulator, State, Waiting};

impl Simulator<'_> {
    /// The nodes of the pool.
    pub(super) fn pool(&self) -> impl Iterator<Item = usize> {
        (0..self.nodes).filter(|node| self.instance.machines[*node].pool.is_some())
    }

    /// How many of them there are always.
    pub(super) fn least_of_pool(&self) -> usize {
        self.pool().find_map(|node| self.instance.machines[node].pool).map_or(0, usize::from)
    }

    fn is_there(&self, state: &[u8], node: usize) -> bool {
        !self.is_gone(state, node) && !self.is_absent(state, node)
    }

    /// The provider makes a node where there are too few, or for a pod that has none and would fit an empty one beside its DaemonSets.
    pub(super) fn deliver(&self, state: &[u8], without: &[Waiting]) -> Vec<State> {
        let too_few = self.pool().filter(|node| self.is_there(state, *node)).count() < self.least_of_pool();
        let mut next = Vec::new();
        for node in self.pool().filter(|node| self.is_absent(state, *node) && !self.is_gone(state, *node)) {
            if too_few || without.iter().any(|pod| self.fits_empty(pod, node)) {
                let mut after = state.to_vec();
                after[self.gone_at + 2] &= !(1 << node);
                next.push(after);
            }
        }
        next
    }

    fn fits_empty(&self, pod: &Waiting, node: usize) -> bool {
        let (one, machine) = (&self.instance.workloads[pod.workload], &self.instance.machines[node]);
        let daemons = self.instance.workloads.iter().enumerate();
        let daemons = daemons.filter(|(other, daemon)| daemon.is_daemon() && self.is_eligible(*other, node));
        let (mut cpu, mut memory, mut slots) = (one.cpu, one.memory, 1);
        for (_, daemon) in daemons {
            (cpu, memory, slots) = (cpu + daemon.cpu, memory + daemon.memory, slots + 1);
        }
        pod.node.is_none()
            && self.is_eligible(pod.workload, node)
            && (one.cpu == 0 || cpu <= machine.cpu)
            && (one.memory == 0 || memory <= machine.memory)
            && slots <= machine.slots
    }

    /// The provider takes away nodes that carry nothing but DaemonSets and on whose disks nothing lies.
    pub(super) fn take_away(&self, state: &[u8]) -> Vec<State> {
        let there: Vec<usize> = self.pool().filter(|node| self.is_there(state, *node)).collect();
        if there.len() <= self.least_of_pool() {
            return Vec::new();
        }
        let workloads = &self.instance.workloads;
        let is_idle = |node: &usize| {
            workloads.iter().enumerate().all(|(index, one)| {
                let is_empty = one.is_daemon() || self.on(state, index, *node) == 0;
                let ordinals = if one.has_claims() { usize::from(one.most) } else { 0 };
                is_empty && (0..ordinals).all(|ordinal| self.bound(state, index, ordinal) != Some(*node))
            })
        };
        let without = |node: usize| {
            let mut after = state.to_vec();
            after[self.gone_at + 2] |= 1 << node;
            for workload in 0..workloads.len() {
                for revision in 0..2 {
                    after[self.at(workload, revision, node)] = 0;
                }
            }
            after
        };
        there.into_iter().filter(is_idle).map(without).collect()
    }

    /// The same state where nodes that nothing tells apart are in the order of what they carry, so that it is looked at once.
    pub(super) fn canonical(&self, mut state: State) -> State {
        self.finish(&mut state);
        for group in self.alike.iter().filter(|group| group.len() > 1) {
            let mut order: Vec<(Vec<u8>, usize)> = group.iter().map(|node| (self.key(&state, *node), *node)).collect();
            if order.is_sorted_by(|left, right| left.0 <= right.0) {
                continue;
            }
            order.sort();
            let before = state.clone();
            for (to, from) in group.iter().copied().zip(order.into_iter().map(|(_, from)| from)) {
                for workload in 0..self.instance.workloads.len() {
                    for revision in 0..2 {
                        state[self.at(workload, revision, to)] = before[self.at(workload, revision, from)];
                    }
                    for place in self.ordinals(workload).filter(|place| self.lies_on(&before, *place, from)) {
                        state[place] = u8::try_from(to * 2 + 1).unwrap_or_default() + (before[place] + 1) % 2;
                    }
                }
                for mask in [self.gone_at, self.gone_at + 2] {
                    let bit = before[mask] >> from & 1;
                    state[mask] = state[mask] & !(1 << to) | bit << to;
                }
            }
        }
        state
    }

    /// Where the ordinals of a workload are in a state.
    fn ordinals(&self, workload: usize) -> std::ops::Range<usize> {
        self.ordinals_at[workload]..self.sizes_at[workload]
    }

    /// Whether the claim of an ordinal lies on a node.
    fn lies_on(&self, state: &[u8], place: usize, node: usize) -> bool {
        state[place] > 0 && state[place] != super::simulator::LOST && usize::from((state[place] - 1) / 2) == node
    }

    /// What a node carries.
    fn key(&self, state: &[u8], node: usize) -> Vec<u8> {
        let mut key = vec![u8::from(self.is_gone(state, node)), u8::from(self.is_absent(state, node))];
        for workload in 0..self.instance.workloads.len() {
            key.extend((0..2).map(|revision| self.pods(state, workload, revision, node)));
            key.extend(
                self.ordinals(workload).map(
                    |place| {
                        if self.lies_on(state, place, node) { state[place] % 2 + 1 } else { 0 }
                    },
                ),
            );
        }
        key
    }
}
