//! What controllers, the scheduler and an autoscaler of nodes do to a cluster until nothing goes on any more.

use super::super::seed::Seed;
use super::cluster::{Cluster, Life, Pod};
use super::platform::{Form, Platform};

/// Which of the nodes that it may choose the scheduler chooses: its scores are configurable, so any is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    Random,
    /// The node with the least left.
    Full,
    /// The node with the most left.
    Empty,
    /// The node that then takes fewest pods of this workload.
    Against(usize),
}

/// In which order pods that wait are looked at.
#[derive(Debug, Clone)]
pub(super) enum Order {
    Random,
    /// Workloads by their place in this list.
    By(Vec<usize>),
}

/// How far a workload is rolled out: the sizes of its old and its new ReplicaSet, and whether it rolls.
#[derive(Debug, Clone, Copy, Default)]
struct Rollout {
    sizes: [usize; 2],
    rolls: bool,
    is_new: bool,
}

#[derive(Debug, Clone)]
pub(super) struct World<'a> {
    pub(super) cluster: Cluster<'a>,
    /// How many pods there shall be of each workload.
    pub(super) wanted: Vec<usize>,
    rollouts: Vec<Rollout>,
    /// Nodes that never come back.
    pub(super) gone: Vec<bool>,
    pub(super) pick: Pick,
    pub(super) order: Order,
}

/// Longer histories say nothing.
const MOST_ROUNDS: usize = 4000;

impl<'a> World<'a> {
    pub(super) fn new(platform: &'a Platform, at_peak: bool, pick: Pick, order: Order) -> Self {
        let wanted: Vec<usize> =
            platform.workloads.iter().map(|one| if at_peak { one.most } else { one.least }).collect();
        let cluster = Cluster::new(platform);
        Self {
            rollouts: wanted.iter().map(|number| Rollout { sizes: [*number, 0], ..Rollout::default() }).collect(),
            wanted,
            gone: vec![false; cluster.nodes()],
            cluster,
            pick,
            order,
        }
    }

    fn platform(&self) -> &'a Platform {
        self.cluster.platform
    }

    /// All nodes of pools are there.
    pub(super) fn fill_pools(&mut self) {
        self.cluster.life.fill(Life::Up);
    }

    /// All that may roll has as many pods as its rollout ever has, at once.
    pub(super) fn surge(&mut self) {
        for (workload, one) in self.platform().workloads.iter().enumerate() {
            self.rollouts[workload].sizes[1] = one.surge();
            if one.form == (Form::DaemonSet { surge: true }) {
                let eligible = |node: &usize| self.cluster.is_eligible(workload, *node);
                let nodes: Vec<usize> = (0..self.cluster.nodes()).filter(eligible).collect();
                for node in nodes {
                    self.cluster.pods.push(Pod { workload, revision: 1, ordinal: 0, only: Some(node), node: None });
                }
            }
        }
    }

    pub(super) fn roll(&mut self) {
        self.rollouts.iter_mut().for_each(|one| one.rolls = true);
    }

    /// Fewer pods are wanted; any may go.
    pub(super) fn rest(&mut self, seed: &mut Seed) {
        for (workload, one) in self.platform().workloads.iter().enumerate() {
            if one.most > one.least {
                self.wanted[workload] = one.least;
                let revision = usize::from(self.rollouts[workload].is_new);
                self.shrink(workload, revision, one.least, seed);
            }
        }
    }

    fn count(&self, workload: usize, revision: usize) -> usize {
        self.cluster.pods.iter().filter(|pod| pod.workload == workload && pod.revision == revision).count()
    }

    /// A ReplicaSet takes away what waits first, then what stands together with most of its Deployment: `getPodsRankedByRelatedPodsOnSameNode`
    /// of `pkg/controller/replicaset/replica_set.go`; where no pool is, any may be unready and go.
    fn shrink(&mut self, workload: usize, revision: usize, size: usize, seed: &mut Seed) {
        self.rollouts[workload].sizes[revision] = size;
        let has_pool = (0..self.cluster.nodes()).any(|node| self.cluster.is_pooled(node));
        let ranked = has_pool || seed.chance(50);
        while self.count(workload, revision) > size {
            let pods = &self.cluster.pods;
            let mine = (0..pods.len()).filter(|at| pods[*at].workload == workload && pods[*at].revision == revision);
            let rank = |at: &usize| match pods[*at].node {
                None => usize::MAX,
                Some(node) if ranked => self.cluster.on(workload, node),
                Some(_) => 0,
            };
            let mine: Vec<usize> = mine.collect();
            let most = mine.iter().map(rank).max().unwrap_or_default();
            let first: Vec<usize> = mine.into_iter().filter(|at| rank(at) == most).collect();
            self.cluster.remove(first[choose(seed, first.len())]);
        }
    }

    /// Controllers make the pods that are missing.
    fn create(&mut self) {
        for (workload, one) in self.platform().workloads.iter().enumerate() {
            let new = |revision, ordinal, only| Pod { workload, revision, ordinal, only, node: None };
            let rollout = self.rollouts[workload];
            let revision = usize::from(rollout.is_new);
            match one.form {
                Form::Deployment { .. } => {
                    for revision in 0..2 {
                        for _ in self.count(workload, revision)..rollout.sizes[revision] {
                            self.cluster.pods.push(new(revision, 0, None));
                        }
                    }
                }
                Form::StatefulSet { parallel } => {
                    for ordinal in 0..self.wanted[workload] {
                        let is_it = |pod: &&Pod| pod.workload == workload && pod.ordinal == ordinal;
                        let found = self.cluster.pods.iter().find(is_it).map(|pod| pod.node.is_some());
                        if found.is_none() {
                            self.cluster.pods.push(new(revision, ordinal, None));
                        }
                        // `monotonic` of `pkg/controller/statefulset/stateful_set_control.go`.
                        if found != Some(true) && !parallel {
                            break;
                        }
                    }
                }
                Form::DaemonSet { .. } => {
                    let misses = |node: usize| {
                        !self.cluster.pods.iter().any(|pod| pod.workload == workload && pod.only == Some(node))
                    };
                    let is_due = |node: &usize| {
                        let node = *node;
                        self.cluster.life[node] == Life::Up && self.cluster.is_eligible(workload, node) && misses(node)
                    };
                    let nodes: Vec<usize> = (0..self.cluster.nodes()).filter(is_due).collect();
                    self.cluster.pods.extend(nodes.into_iter().map(|node| new(revision, 0, Some(node))));
                }
            }
        }
    }

    /// One step of a rollout. Whether there was one.
    fn roll_on(&mut self, workload: usize, seed: &mut Seed) -> bool {
        let rollout = self.rollouts[workload];
        if !rollout.rolls {
            return false;
        }
        let wanted = self.wanted[workload];
        let is_mine = |pod: &&Pod| pod.workload == workload;
        let all_up = self.cluster.pods.iter().filter(is_mine).all(|pod| pod.node.is_some());
        let old: Vec<usize> = (0..self.cluster.pods.len())
            .filter(|at| self.cluster.pods[*at].workload == workload && self.cluster.pods[*at].revision == 0)
            .collect();
        match self.platform().workloads[workload].form {
            Form::Deployment { recreates: true, .. } => {
                if rollout.sizes[0] > 0 {
                    self.shrink(workload, 0, 0, seed);
                }
                self.finish(workload, [0, wanted])
            }
            Form::Deployment { surge, unavailable, .. } => {
                if self.roll_deployment(workload, surge, unavailable, seed) {
                    return true;
                }
                let done = self.rollouts[workload].sizes == [0, wanted] && all_up;
                done && self.finish(workload, [0, wanted])
            }
            _ if old.is_empty() => all_up && self.finish(workload, [0, 0]),
            Form::StatefulSet { .. } => {
                let last = old.into_iter().max_by_key(|at| self.cluster.pods[*at].ordinal);
                let Some(last) = last.filter(|_| all_up) else { return false };
                self.replace(last);
                true
            }
            Form::DaemonSet { surge: false } => {
                if all_up {
                    self.replace(old[choose(seed, old.len())]);
                }
                all_up
            }
            Form::DaemonSet { surge: true } => {
                if !all_up {
                    return false;
                }
                let replaced = |at: &&usize| {
                    let only = self.cluster.pods[**at].only;
                    let mut pods = self.cluster.pods.iter();
                    pods.any(|pod| pod.workload == workload && pod.revision == 1 && pod.only == only)
                };
                match old.iter().find(replaced) {
                    Some(done) => self.cluster.remove(*done),
                    None => {
                        let next = self.cluster.pods[old[choose(seed, old.len())]];
                        self.cluster.pods.push(Pod { revision: 1, node: None, ..next });
                    }
                }
                true
            }
        }
    }

    fn finish(&mut self, workload: usize, sizes: [usize; 2]) -> bool {
        self.rollouts[workload] = Rollout { sizes, rolls: false, is_new: true };
        true
    }

    /// A pod goes, and one of the new revision comes.
    fn replace(&mut self, at: usize) {
        let pod = self.cluster.pods[at];
        self.cluster.remove(at);
        self.cluster.pods.push(Pod { revision: 1, node: None, ..pod });
    }

    /// `reconcileNewReplicaSet` and `reconcileOldReplicaSets` of `pkg/controller/deployment/rolling.go`.
    fn roll_deployment(&mut self, workload: usize, surge: usize, unavailable: usize, seed: &mut Seed) -> bool {
        let unavailable = if surge == 0 { unavailable.max(1) } else { unavailable };
        let (wanted, [old, new]) = (self.wanted[workload], self.rollouts[workload].sizes);
        let grow = (wanted + surge).saturating_sub(old + new).min(wanted.saturating_sub(new));
        if grow > 0 {
            self.rollouts[workload].sizes[1] += grow;
            return true;
        }
        let up = |revision: usize| -> usize {
            let is_up = |pod: &&Pod| pod.workload == workload && pod.revision == revision && pod.node.is_some();
            self.cluster.pods.iter().filter(is_up).count()
        };
        let (old_up, new_up) = (up(0), up(1));
        let least = wanted.saturating_sub(unavailable);
        let most_down = (old + new).saturating_sub(least + (new - new_up.min(new)));
        if old == 0 || most_down == 0 {
            return false;
        }
        // What waits goes first, and costs nobody.
        let waiting = (old - old_up.min(old)).min(most_down);
        let ready = (old_up + new_up).saturating_sub(least).min(old_up).min(most_down - waiting);
        if waiting + ready > 0 {
            self.shrink(workload, 0, old - waiting - ready, seed);
        }
        waiting + ready > 0
    }

    /// Which node the scheduler takes for a pod.
    fn choice(&self, pod: Pod, seed: &mut Seed) -> Option<usize> {
        let nodes: Vec<usize> = (0..self.cluster.nodes()).filter(|node| self.cluster.admits(pod, *node)).collect();
        let score = |node: &usize| match self.pick {
            Pick::Random => 0,
            Pick::Full => -self.left(*node),
            Pick::Empty => self.left(*node),
            Pick::Against(target) => {
                let one = &self.platform().workloads[pod.workload];
                let more = [one.cpu, one.memory, 1, one.gpus];
                let harm = self.takes(target, *node, [0; 4]) - self.takes(target, *node, more);
                if self.cluster.is_eligible(target, *node) { harm * 1_000_000 - self.left(*node) / 100 } else { -1 }
            }
        };
        let best = nodes.iter().map(score).max()?;
        let best: Vec<usize> = nodes.into_iter().filter(|node| score(node) == best).collect();
        Some(best[choose(seed, best.len())])
    }

    /// How many thousandths of what is scarcest on a node are left.
    fn left(&self, node: usize) -> i64 {
        let (used, capacity) = (self.cluster.used(node), self.cluster.capacity(node));
        (0..2).map(|at| (capacity[at] - used[at]) * 1000 / capacity[at].max(1)).min().unwrap_or_default()
    }

    /// How many pods of a workload a node has room for beside what is there and this.
    fn takes(&self, workload: usize, node: usize, more: [i64; 4]) -> i64 {
        let one = &self.platform().workloads[workload];
        let asked = [one.cpu, one.memory, 1, one.gpus];
        let (used, capacity) = (self.cluster.used(node), self.cluster.capacity(node));
        let of = |at: usize| (capacity[at] - used[at] - more[at]).max(0) / asked[at];
        (0..4).filter(|at| asked[*at] > 0).map(of).min().unwrap_or_default()
    }

    /// A pod that found no node drives out pods of lower priority from one, as few as it can: `SelectVictimsOnNode` of
    /// `plugins/defaultpreemption/default_preemption.go`.
    fn preempt(&mut self, at: usize, seed: &mut Seed) -> bool {
        let pod = self.cluster.pods[at];
        let platform = self.platform();
        let priority = |workload: usize| platform.workloads[workload].priority;
        let mut nodes: Vec<usize> =
            (0..self.cluster.nodes()).filter(|node| self.cluster.could_go(pod, *node)).collect();
        seed.shuffle(&mut nodes);
        for node in nodes {
            let lower = |at: &usize| {
                let other = self.cluster.pods[*at];
                other.node == Some(node) && priority(other.workload) < priority(pod.workload)
            };
            let mut victims: Vec<usize> = (0..self.cluster.pods.len()).filter(lower).collect();
            if victims.is_empty() {
                continue;
            }
            seed.shuffle(&mut victims);
            for victim in &victims {
                self.cluster.lift(*victim);
            }
            if !self.cluster.admits(pod, node) {
                for victim in &victims {
                    self.cluster.put(*victim, node);
                }
                continue;
            }
            for victim in victims {
                self.cluster.put(victim, node);
                if !self.cluster.admits(pod, node) {
                    self.cluster.lift(victim);
                }
            }
            self.cluster.put(at, node);
            // What was driven out of a DaemonSet or a set waits as it is; others are made anew by their controllers, which is the same.
            return true;
        }
        false
    }

    /// Where pods wait, the provider brings a node of a pool.
    fn deliver(&mut self, seed: &mut Seed) -> bool {
        let is_absent = |node: &usize| self.cluster.life[*node] == Life::Absent && !self.gone[*node];
        let absent: Vec<usize> = (0..self.cluster.nodes()).filter(is_absent).collect();
        if absent.is_empty() {
            return false;
        }
        self.cluster.life[absent[choose(seed, absent.len())]] = Life::Up;
        true
    }

    /// An empty node of a pool goes, if there are more than always.
    pub(super) fn scale_in(&mut self, seed: &mut Seed) {
        let mut nodes: Vec<usize> = (0..self.cluster.nodes()).collect();
        seed.shuffle(&mut nodes);
        for node in nodes {
            let group = self.cluster.groups[node];
            let Some(least) = self.platform().machines[group].least else { continue };
            let up = (0..self.cluster.nodes())
                .filter(|other| self.cluster.groups[*other] == group && self.cluster.life[*other] == Life::Up)
                .count();
            if self.cluster.life[node] == Life::Up && up > least && self.cluster.is_empty(node) && seed.chance(50) {
                self.clear(node);
                self.cluster.life[node] = Life::Absent;
            }
        }
    }

    /// All pods of a node end.
    pub(super) fn clear(&mut self, node: usize) {
        while let Some(at) = self.cluster.pods.iter().position(|pod| pod.node == Some(node)) {
            self.cluster.remove(at);
        }
        self.cluster.pods.retain(|pod| pod.only != Some(node));
    }

    /// Some pods end, and come again.
    pub(super) fn restart(&mut self, seed: &mut Seed) {
        let percent = [5, 20, 50, 100][choose(seed, 4)];
        for at in (0..self.cluster.pods.len()).rev() {
            if seed.chance(percent) {
                self.cluster.remove(at);
            }
        }
    }

    /// Goes on until nothing does. Whether every pod is placed, and every rollout is done.
    pub(super) fn settle(&mut self, seed: &mut Seed) -> bool {
        for _ in 0..MOST_ROUNDS {
            self.create();
            let mut waiting: Vec<usize> =
                (0..self.cluster.pods.len()).filter(|at| self.cluster.pods[*at].node.is_none()).collect();
            seed.shuffle(&mut waiting);
            if let Order::By(order) = &self.order {
                let place = |at: &usize| order.iter().position(|workload| *workload == self.cluster.pods[*at].workload);
                waiting.sort_by_key(place);
            }
            let mut progress = false;
            // A controller may be faster than the scheduler, and the other way round.
            let most = if seed.chance(50) { waiting.len() } else { 1 + choose(seed, waiting.len()) };
            for at in waiting.iter().copied() {
                if let Some(node) = self.choice(self.cluster.pods[at], seed) {
                    self.cluster.put(at, node);
                    progress = true;
                    if waiting.iter().position(|other| *other == at) >= Some(most) {
                        break;
                    }
                }
            }
            if !progress || seed.chance(30) {
                let mut workloads: Vec<usize> = (0..self.wanted.len()).collect();
                seed.shuffle(&mut workloads);
                for workload in workloads {
                    if self.roll_on(workload, seed) {
                        progress = true;
                        break;
                    }
                }
            }
            if progress {
                continue;
            }
            if waiting.is_empty() {
                return self.rollouts.iter().all(|one| !one.rolls);
            }
            let preempts = waiting.into_iter().any(|at| self.preempt(at, seed));
            if !preempts && !self.deliver(seed) {
                return false;
            }
        }
        false
    }
}

fn choose(seed: &mut Seed, number: usize) -> usize {
    usize::try_from(seed.below(number as u64)).unwrap_or_default()
}
