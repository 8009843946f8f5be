//! What controllers do: they make pods, take pods away, and roll them out.

use super::instance::Form;
use super::simulator::{Rolls, Simulator, State, Waiting};

impl Simulator<'_> {
    /// Whether nothing is rolling, and nothing is there that shall go.
    pub(super) fn is_settled(&self, state: &[u8]) -> bool {
        (0..self.instance.workloads.len()).all(|workload| {
            let at = self.sizes_at[workload];
            let too_many = (0..2).any(|revision| self.placed(state, workload, revision) > state[at + revision]);
            !self.is_rolling(state, workload) && (self.instance.workloads[workload].is_daemon() || !too_many)
        })
    }

    /// Autoscalers go down to their least, and jobs are done.
    pub(super) fn rest(&self, state: &[u8]) -> Option<State> {
        if self.is_at_rest(state) || !self.is_settled(state) || self.any_gone(state) {
            return None;
        }
        let mut after = state.to_vec();
        after[self.gone_at + 1] = 1;
        for (workload, at) in self.sizes_at.iter().enumerate() {
            after[*at] = self.at_rest[workload];
        }
        Some(after)
    }

    /// A rollout of which nothing is left to do is over, and the next may come.
    pub(super) fn finish(&self, state: &mut State) {
        for (workload, at) in self.sizes_at.iter().copied().enumerate() {
            let is_over = self.placed(state, workload, 0) == 0
                && (self.instance.workloads[workload].is_daemon()
                    || state[at] == 0 && state[at + 1] == self.wanted(state, workload));
            if self.is_rolling(state, workload) && is_over {
                for node in 0..self.nodes {
                    state.swap(self.at(workload, 0, node), self.at(workload, 1, node));
                }
                if !self.instance.workloads[workload].is_daemon() {
                    state.swap(at, at + 1);
                }
                state[at + 2] = 0;
            }
        }
    }

    /// Whether everything that is rolling belongs to a wave.
    pub(super) fn rolls_only(&self, state: &[u8], wave: u8) -> bool {
        let mut workloads = self.instance.workloads.iter().enumerate();
        workloads.all(|(workload, one)| one.wave == wave || !self.is_rolling(state, workload))
    }

    pub(super) fn is_rolling(&self, state: &[u8], workload: usize) -> bool {
        state[self.sizes_at[workload] + 2] != 0
    }

    /// The pods that controllers have made and that have no node yet.
    pub(super) fn waiting(&self, state: &[u8]) -> Vec<Waiting> {
        let mut all = Vec::new();
        for (workload, one) in self.instance.workloads.iter().enumerate() {
            let mut wait = |revision, node, ordinal| all.push(Waiting { workload, revision, node, ordinal });
            match one.form {
                Form::DaemonSet { .. } => {
                    let is_rolling = self.is_rolling(state, workload);
                    let misses = |node: &usize| {
                        let new = self.pods(state, workload, 1, *node);
                        let old = self.pods(state, workload, 0, *node);
                        if is_rolling { new == 0 } else { old == 0 }
                    };
                    let nodes = (0..self.nodes).filter(|node| {
                        self.is_eligible(workload, *node)
                            && !self.is_gone(state, *node)
                            && !self.is_absent(state, *node)
                            && misses(node)
                    });
                    nodes.for_each(|node| wait(usize::from(is_rolling), Some(node), None));
                }
                Form::StatefulSet { claims: true, parallel } => {
                    for ordinal in 0..usize::from(self.wanted(state, workload)) {
                        if self.is_up(state, workload, ordinal) {
                            continue;
                        }
                        // What lay on a lost node is lost; what waits for its turn behind it is, too.
                        if !self.is_lost(state, workload, ordinal) {
                            wait(0, None, Some(ordinal));
                        }
                        if !parallel {
                            break;
                        }
                    }
                }
                _ => {
                    let at = self.sizes_at[workload];
                    for revision in 0..2 {
                        if self.placed(state, workload, revision) < state[at + revision] {
                            wait(revision, None, None);
                        }
                    }
                }
            }
        }
        all
    }

    /// What controllers do next in a rollout; ReplicaSets take away what is too many.
    pub(super) fn controlled(&self, state: &[u8]) -> Vec<State> {
        let mut next = Vec::new();
        for (workload, one) in self.instance.workloads.iter().enumerate() {
            match one.form {
                Form::Deployment { surge, unavailable, recreates: false } => {
                    self.replica_sets(state, workload, &mut next);
                    if self.is_rolling(state, workload) {
                        let unavailable = if surge == 0 { unavailable.max(1) } else { unavailable };
                        self.roll(state, workload, surge, unavailable, &mut next);
                    }
                }
                Form::DaemonSet { surge } if surge > 0 && self.is_rolling(state, workload) => {
                    let both = |node: &usize| {
                        self.pods(state, workload, 0, *node) > 0 && self.pods(state, workload, 1, *node) > 0
                    };
                    let nodes = (0..self.nodes).filter(both);
                    next.extend(nodes.flat_map(|node| self.leave(state, workload, 0, node)));
                }
                Form::DaemonSet { .. } => {}
                // The highest ordinal goes first.
                Form::StatefulSet { claims: true, .. } => {
                    let too_many = usize::from(self.wanted(state, workload))..usize::from(self.first[workload]);
                    let last = too_many.rev().find(|ordinal| self.is_up(state, workload, *ordinal));
                    next.extend(last.and_then(|ordinal| self.stop(state, workload, ordinal)));
                }
                _ => self.replica_sets(state, workload, &mut next),
            }
        }
        next
    }

    /// The pod of an ordinal leaves.
    fn stop(&self, state: &[u8], workload: usize, ordinal: usize) -> Option<State> {
        let node = self.bound(state, workload, ordinal)?;
        let mut after = state.to_vec();
        after[self.at(workload, 0, node)] -= 1;
        after[self.ordinals_at[workload] + ordinal] -= 1;
        Some(after)
    }

    fn replica_sets(&self, state: &[u8], workload: usize, next: &mut Vec<State>) {
        for revision in 0..2 {
            if self.placed(state, workload, revision) > state[self.sizes_at[workload] + revision] {
                next.extend((0..self.nodes).flat_map(|node| self.leave(state, workload, revision, node)));
            }
        }
    }

    /// The steps of the Deployment's controller: the new ReplicaSet up to the surge, the old one down to what must be available.
    fn roll(&self, state: &[u8], workload: usize, surge: u8, unavailable: u8, next: &mut Vec<State>) {
        let at = self.sizes_at[workload];
        let [old, new] = [state[at], state[at + 1]].map(i64::from);
        let count = i64::from(self.wanted(state, workload));
        let room = (count + i64::from(surge) - old - new).min(count - new);
        // What the old ReplicaSet has too many of is gone before anything else happens.
        let mut resize = |old: i64, new: i64| {
            let mut after = state.to_vec();
            after[at] = u8::try_from(old).unwrap_or_default();
            after[at + 1] = u8::try_from(new).unwrap_or_default();
            let mut open = vec![after];
            while let Some(state) = open.pop() {
                if self.placed(&state, workload, 0) > state[at] {
                    open.extend((0..self.nodes).flat_map(|node| self.leave(&state, workload, 0, node)));
                } else {
                    next.push(state);
                }
            }
        };
        if room > 0 {
            resize(old, new + room);
        }
        let there = |revision| i64::from(self.placed(state, workload, revision));
        let least = (count - i64::from(unavailable)).max(0);
        let (old_there, new_there) = (there(0).min(old), there(1).min(new));
        let most_down = old + new - least - (new - new_there);
        if old > 0 && most_down > 0 {
            // First what is not there anyway, then as many as may be missed.
            let unhealthy = (old - old_there).min(most_down);
            let healthy = (old_there + new_there - least).clamp(0, old - unhealthy);
            if unhealthy + healthy > 0 {
                resize(old - unhealthy - healthy, new);
            }
        }
    }

    /// Everything that may begin to roll.
    pub(super) fn rollouts(&self, state: &[u8]) -> Vec<State> {
        let mut next = Vec::new();
        let may_begin = match self.rolls() {
            Rolls::Never => false,
            Rolls::AtOnce | Rolls::ByWave => !self.is_at_rest(state),
            Rolls::AtRest => true,
        };
        for (workload, one) in self.instance.workloads.iter().enumerate().filter(|_| may_begin) {
            let can = match one.form {
                Form::Deployment { recreates, .. } => !recreates && self.wanted(state, workload) > 0,
                Form::DaemonSet { surge } => surge > 0,
                Form::StatefulSet { .. } | Form::Job => false,
            };
            let is_turn = self.rolls() != Rolls::ByWave || self.rolls_only(state, one.wave);
            if can && is_turn && !self.is_rolling(state, workload) {
                let mut after = state.to_vec();
                after[self.sizes_at[workload] + 2] = 1;
                next.push(after);
            }
        }
        next
    }
}
