//! What a cluster may do: the filters of the scheduler, its preemption, and the controllers that make pods.
//!
//! It is written from how Kubernetes behaves and knows numbers only, so that it shares no mistake with the prover.

use std::collections::BTreeMap;

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

/// The claim of an ordinal lies on a node that is lost and was replaced.
pub(super) const LOST: u8 = u8::MAX;

/// When what rolls may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rolls {
    Never,
    AtOnce,
    /// A wave after another.
    ByWave,
    /// At once, and again once the cluster has come to rest.
    AtRest,
}

/// A cluster with how many pods are wanted of each workload.
pub(super) struct Simulator<'a> {
    pub(super) instance: &'a Instance,
    /// How many at first, and how many once the cluster has come to rest. For DaemonSets 1 on each node.
    pub(super) first: Vec<u8>,
    pub(super) at_rest: Vec<u8>,
    pub(super) nodes: usize,
    /// When Deployments and DaemonSets may roll.
    rolls: Rolls,
    /// Whether a lost node of a pool comes back.
    pub(super) replaces: bool,
    /// Where the ordinals of a workload with claims begin in a state.
    pub(super) ordinals_at: Vec<usize>,
    /// Where the sizes of the ReplicaSets of a workload are: old, new, and whether it rolls.
    pub(super) sizes_at: Vec<usize>,
    /// Where it is said which nodes are lost, whether the cluster has come to rest, which nodes of a pool are not there, and whether
    /// anything was lost.
    pub(super) gone_at: usize,
    /// Nodes that nothing tells apart.
    pub(super) alike: Vec<Vec<usize>>,
    /// Whether the node selector of a workload admits a node.
    selects: Vec<Vec<bool>>,
}

impl<'a> Simulator<'a> {
    pub(super) fn new(instance: &'a Instance, at_peak: bool, rolls: Rolls) -> Self {
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
        let mut alike: Vec<Vec<usize>> = Vec::new();
        for (node, machine) in instance.machines.iter().enumerate() {
            match alike.iter_mut().find(|group| instance.machines[group[0]] == *machine) {
                Some(group) => group.push(node),
                None => alike.push(vec![node]),
            }
        }
        Self {
            instance,
            at_rest: first.clone(),
            first,
            nodes,
            rolls,
            replaces: !at_peak,
            ordinals_at,
            sizes_at,
            gone_at: length,
            alike,
            selects: instance.workloads.iter().map(selects).collect(),
        }
    }

    /// A cluster that first has its peak and its rollouts, and then comes to rest with these counts.
    pub(super) fn with_history(instance: &'a Instance, at_peak: bool) -> Self {
        let at_rest = Self::new(instance, at_peak, Rolls::Never).first;
        Self { at_rest, replaces: !at_peak, ..Self::new(instance, true, Rolls::AtOnce) }
    }

    /// The same, which then rolls at rest.
    pub(super) fn rolling_at_rest(instance: &'a Instance) -> Self {
        Self { rolls: Rolls::AtRest, ..Self::with_history(instance, false) }
    }

    /// Nothing is placed yet.
    pub(super) fn empty(&self) -> State {
        let mut state = vec![0; self.gone_at + 4];
        for (index, at) in self.sizes_at.iter().enumerate() {
            state[*at] = self.first[index];
        }
        // Of a pool there are as many nodes as there always are.
        for (there, node) in self.pool().enumerate() {
            if there >= self.least_of_pool() {
                state[self.gone_at + 2] |= 1 << node;
            }
        }
        state
    }

    /// Nothing is placed yet, and a pool has as many nodes as it may have.
    pub(super) fn empty_at_most(&self) -> State {
        let mut state = self.empty();
        state[self.gone_at + 2] = 0;
        state
    }

    /// How many pods of a workload there shall be now.
    pub(super) fn wanted(&self, state: &[u8], workload: usize) -> u8 {
        if self.is_at_rest(state) { self.at_rest[workload] } else { self.first[workload] }
    }

    pub(super) fn is_at_rest(&self, state: &[u8]) -> bool {
        state[self.gone_at + 1] != 0
    }

    pub(super) fn rolls(&self) -> Rolls {
        self.rolls
    }

    pub(super) fn at(&self, workload: usize, revision: usize, node: usize) -> usize {
        (workload * 2 + revision) * self.nodes + node
    }

    pub(super) fn pods(&self, state: &[u8], workload: usize, revision: usize, node: usize) -> u8 {
        state[self.at(workload, revision, node)]
    }

    pub(super) fn placed(&self, state: &[u8], workload: usize, revision: usize) -> u8 {
        (0..self.nodes).map(|node| self.pods(state, workload, revision, node)).sum()
    }

    /// Pods of all revisions on a node.
    pub(super) fn on(&self, state: &[u8], workload: usize, node: usize) -> u8 {
        self.pods(state, workload, 0, node) + self.pods(state, workload, 1, node)
    }

    pub(super) fn is_gone(&self, state: &[u8], node: usize) -> bool {
        state[self.gone_at] & (1 << node) != 0
    }

    pub(super) fn any_gone(&self, state: &[u8]) -> bool {
        state[self.gone_at + 3] != 0
    }

    /// Whether a node of a pool is not there, because nobody has asked for it yet, or asks no longer.
    pub(super) fn is_absent(&self, state: &[u8], node: usize) -> bool {
        state[self.gone_at + 2] & (1 << node) != 0
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
            affinity && taints && !self.is_absent(state, *node)
        };
        // A node without the label is no domain, and takes no pod of such a spread.
        let domain = |node: usize| match spread.over_zones {
            true => self.instance.machines[node].zone.map(usize::from),
            false => Some(node),
        };
        let Some(own) = domain(node) else { return false };
        let mut domains: BTreeMap<usize, u8> = BTreeMap::new();
        for node in (0..self.nodes).filter(is_domain) {
            if let Some(domain) = domain(node) {
                *domains.entry(domain).or_default() += pods_on(node);
            }
        }
        let mut least = domains.values().copied().min().unwrap_or(0);
        if spread.least_domains.is_some_and(|wanted| domains.len() < usize::from(wanted)) {
            least = 0;
        }
        let itself = u8::from(self.matches(workload, spread.over, workload));
        // A node that is no domain itself has nothing to compare with but its own pods.
        let there = domains.get(&own).copied().unwrap_or_else(|| pods_on(node));
        there + itself <= least + spread.skew
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
            && !self.is_absent(state, node)
            && pod.node.is_none_or(|only| only == node)
            && bound.is_none_or(|bound| bound == node)
    }

    /// The node on which the claim of an ordinal is bound.
    pub(super) fn bound(&self, state: &[u8], workload: usize, ordinal: usize) -> Option<usize> {
        let code = state[self.ordinals_at[workload] + ordinal];
        (1..LOST).contains(&code).then(|| usize::from((code - 1) / 2))
    }

    pub(super) fn is_up(&self, state: &[u8], workload: usize, ordinal: usize) -> bool {
        let code = state[self.ordinals_at[workload] + ordinal];
        code > 0 && code.is_multiple_of(2)
    }

    /// Whether the claim of an ordinal was on a lost node.
    pub(super) fn is_lost(&self, state: &[u8], workload: usize, ordinal: usize) -> bool {
        state[self.ordinals_at[workload] + ordinal] == LOST
            || self.bound(state, workload, ordinal).is_some_and(|node| self.is_gone(state, node))
    }

    /// Whether some claim of a workload was never bound.
    pub(super) fn is_binding(&self, state: &[u8], workload: usize) -> bool {
        let at = self.ordinals_at[workload];
        let count = usize::from(self.wanted(state, workload));
        self.instance.workloads[workload].has_claims() && state[at..at + count].contains(&0)
    }

    /// Whether the controller of a set makes no pods because one of them lay on a lost node.
    pub(super) fn waits_for_lost(&self, state: &[u8], workload: usize) -> bool {
        let is_ordered = self.instance.workloads[workload].form == Form::StatefulSet { claims: true, parallel: false };
        is_ordered
            && (0..usize::from(self.wanted(state, workload))).any(|ordinal| self.is_lost(state, workload, ordinal))
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

    /// A node is lost with all that is on it. One of a pool may be replaced, without what lay on its disks.
    pub(super) fn lose(&self, state: &[u8], node: usize) -> State {
        let mut after = state.to_vec();
        let returns = self.replaces && self.instance.machines[node].pool.is_some();
        after[self.gone_at + if returns { 2 } else { 0 }] |= 1 << node;
        after[self.gone_at + 3] = 1;
        for workload in 0..self.instance.workloads.len() {
            for revision in 0..2 {
                after[self.at(workload, revision, node)] = 0;
            }
            if self.instance.workloads[workload].has_claims() {
                for ordinal in 0..usize::from(self.first[workload]) {
                    if self.bound(state, workload, ordinal) == Some(node) {
                        let place = self.ordinals_at[workload] + ordinal;
                        after[place] =
                            if returns { LOST } else { after[place] - u8::from(after[place].is_multiple_of(2)) };
                    }
                }
            }
        }
        after
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
            let gone = match (self.is_gone(state, node), self.is_absent(state, node)) {
                (true, _) => " (gone)",
                (_, true) => " (not there)",
                _ => "",
            };
            parts.push(format!("n{node}{gone}: {}", pods.join(" + ")));
        }
        parts.join("; ")
    }
}
