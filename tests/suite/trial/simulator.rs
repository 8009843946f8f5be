//! What a cluster may do: the filters of the scheduler, its preemption, and the controllers that make pods.
//!
//! It is written from how Kubernetes behaves and knows numbers only, so that it shares no mistake with the prover.

use super::instance::{Form, Instance, Selected, Workload};

/// How many pods of each revision of each workload are on each node, and what controllers remember.
pub(super) type State = Vec<u8>;

/// A pod that waits for a node: its workload, its revision, the only node that it may go to, and its ordinal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) workload: usize,
    pub(super) revision: usize,
    pub(super) node: Option<usize>,
    pub(super) ordinal: Option<usize>,
}

/// A cluster with how many pods are wanted of each workload.
pub(super) struct Simulator<'a> {
    pub(super) instance: &'a Instance,
    /// How many at first, and how many once the cluster has come to rest. For DaemonSets 1 on each node.
    first: Vec<u8>,
    at_rest: Vec<u8>,
    pub(super) nodes: usize,
    /// Whether Deployments and DaemonSets may roll.
    rolls: bool,
    /// Where the ordinals of a workload with claims begin in a state.
    ordinals_at: Vec<usize>,
    /// Where the sizes of the ReplicaSets of a workload are: old, new, and whether it rolls.
    sizes_at: Vec<usize>,
    gone_at: usize,
    /// Whether the node selector of a workload admits a node.
    selects: Vec<Vec<bool>>,
}

impl<'a> Simulator<'a> {
    pub(super) fn new(instance: &'a Instance, at_peak: bool, rolls: bool) -> Self {
        let nodes = instance.machines.len();
        let count = |one: &Workload| match one.form {
            Form::Job if !at_peak => 0,
            _ if at_peak => one.most,
            _ => one.least,
        };
        let selects = |one: &Workload| {
            instance
                .machines
                .iter()
                .map(|machine| one.tiers.as_ref().is_none_or(|all| all.contains(&machine.tier)))
                .collect()
        };
        let mut length = instance.workloads.len() * 2 * nodes;
        let (mut ordinals_at, mut sizes_at) = (Vec::new(), Vec::new());
        for one in &instance.workloads {
            ordinals_at.push(length);
            length += if one.has_claims() { usize::from(one.most) } else { 0 };
            sizes_at.push(length);
            length += 3;
        }
        let first: Vec<u8> = instance.workloads.iter().map(count).collect();
        Self {
            instance,
            at_rest: first.clone(),
            first,
            nodes,
            rolls,
            ordinals_at,
            sizes_at,
            gone_at: length,
            selects: instance.workloads.iter().map(selects).collect(),
        }
    }

    /// A cluster that first has its peak and its rollouts, and then comes to rest with these counts.
    pub(super) fn with_history(instance: &'a Instance, at_peak: bool) -> Self {
        let at_rest = Self::new(instance, at_peak, false).first;
        Self { at_rest, ..Self::new(instance, true, true) }
    }

    /// Nothing is placed yet.
    pub(super) fn empty(&self) -> State {
        let mut state = vec![0; self.gone_at + 2];
        for (index, at) in self.sizes_at.iter().enumerate() {
            state[*at] = self.first[index];
        }
        state
    }

    /// How many pods of a workload there shall be now.
    pub(super) fn wanted(&self, state: &[u8], workload: usize) -> u8 {
        if self.is_at_rest(state) { self.at_rest[workload] } else { self.first[workload] }
    }

    pub(super) fn is_at_rest(&self, state: &[u8]) -> bool {
        state[self.gone_at + 1] != 0
    }

    /// Whether nothing is rolling, and nothing is there that shall go.
    pub(super) fn is_settled(&self, state: &[u8]) -> bool {
        (0..self.instance.workloads.len()).all(|workload| {
            let at = self.sizes_at[workload];
            if self.instance.workloads[workload].is_daemon() {
                let old = self.placed(state, workload, 0) > 0;
                return !self.is_rolling(state, workload) || !old;
            }
            let too_many = (0..2).any(|revision| self.placed(state, workload, revision) > state[at + revision]);
            !too_many && (!self.is_rolling(state, workload) || state[at] == 0)
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
            let revision = usize::from(after[*at] == 0 && after[*at + 1] > 0);
            after[*at + revision] = self.at_rest[workload];
        }
        Some(after)
    }

    fn at(&self, workload: usize, revision: usize, node: usize) -> usize {
        (workload * 2 + revision) * self.nodes + node
    }

    pub(super) fn pods(&self, state: &[u8], workload: usize, revision: usize, node: usize) -> u8 {
        state[self.at(workload, revision, node)]
    }

    pub(super) fn placed(&self, state: &[u8], workload: usize, revision: usize) -> u8 {
        (0..self.nodes).map(|node| self.pods(state, workload, revision, node)).sum()
    }

    /// Pods of all revisions on a node.
    fn on(&self, state: &[u8], workload: usize, node: usize) -> u8 {
        self.pods(state, workload, 0, node) + self.pods(state, workload, 1, node)
    }

    pub(super) fn is_gone(&self, state: &[u8], node: usize) -> bool {
        state[self.gone_at] & (1 << node) != 0
    }

    pub(super) fn any_gone(&self, state: &[u8]) -> bool {
        state[self.gone_at] != 0
    }

    fn tolerates(&self, workload: usize, node: usize) -> bool {
        !self.instance.machines[node].is_tainted || self.instance.workloads[workload].tolerates
    }

    /// Whether selectors and taints admit pods of a workload.
    pub(super) fn is_eligible(&self, workload: usize, node: usize) -> bool {
        self.selects[workload][node] && self.tolerates(workload, node)
    }

    /// Whether a selector in the pods of one workload matches those of another.
    fn matches(&self, of: usize, selected: Selected, other: usize) -> bool {
        match selected {
            Selected::Own => of == other,
            Selected::Group(group) => self.instance.workloads[other].group == Some(group),
        }
    }

    fn has_room(&self, state: &[u8], workload: usize, node: usize) -> bool {
        let (mut cpu, mut memory, mut slots) = (0, 0, 0);
        for (index, one) in self.instance.workloads.iter().enumerate() {
            let pods = i64::from(self.on(state, index, node));
            cpu += pods * one.cpu;
            memory += pods * one.memory;
            slots += pods;
        }
        let (one, machine) = (&self.instance.workloads[workload], &self.instance.machines[node]);
        (one.cpu == 0 || cpu + one.cpu <= machine.cpu)
            && (one.memory == 0 || memory + one.memory <= machine.memory)
            && slots < machine.slots
    }

    /// No two pods that keep apart, from the view of either, and no host port twice.
    fn keeps_apart(&self, state: &[u8], workload: usize, node: usize) -> bool {
        let one = &self.instance.workloads[workload];
        self.instance.workloads.iter().enumerate().filter(|(other, _)| self.on(state, *other, node) > 0).all(
            |(other, there)| {
                let refuses = one.apart.is_some_and(|apart| self.matches(workload, apart, other));
                let is_refused = there.apart.is_some_and(|apart| self.matches(other, apart, workload));
                let shares_port = one.port.is_some() && one.port == there.port;
                !refuses && !is_refused && !shares_port
            },
        )
    }

    /// Whether the hard spread of a workload lets one more of a revision onto a node.
    fn stays_even(&self, state: &[u8], workload: usize, revision: usize, node: usize) -> bool {
        let one = &self.instance.workloads[workload];
        let Some(spread) = one.spread else { return true };
        // Only the pods of Deployments have the label of their revision.
        let by_revision = spread.by_revision && matches!(one.form, Form::Deployment { .. });
        let pods_on = |node: usize| -> u8 {
            let others = (0..self.instance.workloads.len()).filter(|other| self.matches(workload, spread.over, *other));
            others
                .map(|other| match by_revision {
                    // Another workload has another hash.
                    true if other != workload => 0,
                    true => self.pods(state, other, revision, node),
                    false => self.on(state, other, node),
                })
                .sum()
        };
        // A node that is lost has the taint of an unreachable one.
        let is_domain = |node: &usize| {
            let affinity = !spread.honours_affinity || self.selects[workload][*node];
            let taints = !spread.honours_taints || self.tolerates(workload, *node) && !self.is_gone(state, *node);
            affinity && taints
        };
        let domains: Vec<usize> = (0..self.nodes).filter(is_domain).collect();
        let mut least = domains.iter().map(|node| pods_on(*node)).min().unwrap_or(0);
        if spread.least_domains.is_some_and(|wanted| domains.len() < usize::from(wanted)) {
            least = 0;
        }
        let itself = u8::from(self.matches(workload, spread.over, workload));
        pods_on(node) + itself <= least + spread.skew
    }

    /// Whether the scheduler may put a pod on a node.
    pub(super) fn admits(&self, state: &[u8], pod: Waiting, node: usize) -> bool {
        self.could_go(state, pod, node)
            && self.has_room(state, pod.workload, node)
            && self.keeps_apart(state, pod.workload, node)
            && self.stays_even(state, pod.workload, pod.revision, node)
    }

    /// What nobody's leaving changes: where the pod may be at all.
    fn could_go(&self, state: &[u8], pod: Waiting, node: usize) -> bool {
        let bound = pod.ordinal.and_then(|ordinal| self.bound(state, pod.workload, ordinal));
        self.is_eligible(pod.workload, node)
            && !self.is_gone(state, node)
            && pod.node.is_none_or(|only| only == node)
            && bound.is_none_or(|bound| bound == node)
    }

    /// The node on which the claim of an ordinal is bound.
    fn bound(&self, state: &[u8], workload: usize, ordinal: usize) -> Option<usize> {
        let code = state[self.ordinals_at[workload] + ordinal];
        (code > 0).then(|| usize::from((code - 1) / 2))
    }

    fn is_up(&self, state: &[u8], workload: usize, ordinal: usize) -> bool {
        let code = state[self.ordinals_at[workload] + ordinal];
        code > 0 && code.is_multiple_of(2)
    }

    /// Whether some claim of a workload was never bound.
    pub(super) fn is_binding(&self, state: &[u8], workload: usize) -> bool {
        let count = usize::from(self.wanted(state, workload));
        self.instance.workloads[workload].has_claims()
            && (0..count).any(|ordinal| self.bound(state, workload, ordinal).is_none())
    }

    /// Whether the controller of a set makes no pods because one of them lay on a lost node.
    pub(super) fn waits_for_lost(&self, state: &[u8], workload: usize) -> bool {
        let is_ordered = self.instance.workloads[workload].form == Form::StatefulSet { claims: true, parallel: false };
        let is_lost =
            |ordinal: usize| self.bound(state, workload, ordinal).is_some_and(|node| self.is_gone(state, node));
        is_ordered && (0..usize::from(self.wanted(state, workload))).any(is_lost)
    }

    pub(super) fn put(&self, state: &[u8], pod: Waiting, node: usize) -> State {
        let mut after = state.to_vec();
        after[self.at(pod.workload, pod.revision, node)] += 1;
        if let Some(ordinal) = pod.ordinal {
            after[self.ordinals_at[pod.workload] + ordinal] = u8::try_from(node * 2 + 2).unwrap_or_default();
        }
        after
    }

    /// All ways in which one pod of a revision of a workload leaves a node.
    pub(super) fn leave(&self, state: &[u8], workload: usize, revision: usize, node: usize) -> Vec<State> {
        if self.pods(state, workload, revision, node) == 0 {
            return Vec::new();
        }
        let mut after = state.to_vec();
        after[self.at(workload, revision, node)] -= 1;
        if !self.instance.workloads[workload].has_claims() {
            return vec![after];
        }
        let here = |ordinal: &usize| {
            self.is_up(state, workload, *ordinal) && self.bound(state, workload, *ordinal) == Some(node)
        };
        let ordinals = (0..usize::from(self.first[workload])).filter(here);
        ordinals
            .map(|ordinal| {
                let mut after = after.clone();
                after[self.ordinals_at[workload] + ordinal] -= 1;
                after
            })
            .collect()
    }

    /// A node is lost with all that is on it.
    pub(super) fn lose(&self, state: &[u8], node: usize) -> State {
        let mut after = state.to_vec();
        after[self.gone_at] |= 1 << node;
        for workload in 0..self.instance.workloads.len() {
            for revision in 0..2 {
                after[self.at(workload, revision, node)] = 0;
            }
            if self.instance.workloads[workload].has_claims() {
                for ordinal in 0..usize::from(self.first[workload]) {
                    if self.is_up(state, workload, ordinal) && self.bound(state, workload, ordinal) == Some(node) {
                        after[self.ordinals_at[workload] + ordinal] -= 1;
                    }
                }
            }
        }
        after
    }

    fn is_rolling(&self, state: &[u8], workload: usize) -> bool {
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
                        self.is_eligible(workload, *node) && !self.is_gone(state, *node) && misses(node)
                    });
                    nodes.for_each(|node| wait(usize::from(is_rolling), Some(node), None));
                }
                Form::StatefulSet { claims: true, parallel } => {
                    for ordinal in 0..usize::from(self.wanted(state, workload)) {
                        if self.is_up(state, workload, ordinal) {
                            continue;
                        }
                        // What lay on a lost node is lost; what waits for its turn behind it is, too.
                        let is_lost =
                            self.bound(state, workload, ordinal).is_some_and(|node| self.is_gone(state, node));
                        if !is_lost {
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

    /// Where a pod can go: nodes with room, else nodes on which pods of lower priority can make it. Empty: nowhere.
    pub(super) fn places(&self, state: &[u8], pod: Waiting) -> Vec<State> {
        let open = (0..self.nodes).filter(|node| self.admits(state, pod, *node));
        let placed: Vec<State> = open.map(|node| self.put(state, pod, node)).collect();
        if !placed.is_empty() || !self.instance.workloads[pod.workload].preempts {
            return placed;
        }
        let nodes = (0..self.nodes).filter(|node| self.could_go(state, pod, *node));
        nodes.flat_map(|node| self.preempt(state, pod, node)).collect()
    }

    /// All ways to drive out pods of lower priority from a node so that a pod finds room, none of them in vain.
    fn preempt(&self, state: &[u8], pod: Waiting, node: usize) -> Vec<State> {
        let own = self.instance.workloads[pod.workload].priority;
        let mut open = vec![state.to_vec()];
        let (mut seen, mut found) = (Vec::new(), Vec::new());
        while let Some(state) = open.pop() {
            if self.admits(&state, pod, node) {
                found.push(self.put(&state, pod, node));
                continue;
            }
            for (workload, one) in self.instance.workloads.iter().enumerate() {
                for revision in (0..2).filter(|_| one.priority < own) {
                    for after in self.leave(&state, workload, revision, node) {
                        if !seen.contains(&after) {
                            seen.push(after.clone());
                            open.push(after);
                        }
                    }
                }
            }
        }
        found
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
        for (workload, one) in self.instance.workloads.iter().enumerate() {
            let can = match one.form {
                Form::Deployment { recreates, .. } => !recreates && self.first[workload] > 0,
                Form::DaemonSet { surge } => surge > 0,
                Form::StatefulSet { .. } | Form::Job => false,
            };
            if self.rolls && can && !self.is_rolling(state, workload) && !self.is_at_rest(state) {
                let mut after = state.to_vec();
                after[self.sizes_at[workload] + 2] = 1;
                next.push(after);
            }
        }
        next
    }

    /// A state in words.
    pub(super) fn describe(&self, state: &[u8]) -> String {
        let mut parts = Vec::new();
        for node in 0..self.nodes {
            let mut pods = Vec::new();
            for workload in 0..self.first.len() {
                for (revision, name) in ["", "'"].iter().enumerate() {
                    let count = self.pods(state, workload, revision, node);
                    if count > 0 {
                        pods.push(format!("{count} t{workload}{name}"));
                    }
                }
            }
            let gone = if self.is_gone(state, node) { " (gone)" } else { "" };
            parts.push(format!("n{node}{gone}: {}", pods.join(" + ")));
        }
        parts.join("; ")
    }
}
