//! Histories of a cluster: arrivals, restarts, a rollout, a time of rest, and what is lost or drained after each, with schedulers that
//! choose well, at random, or against one of the workloads.

use std::collections::BTreeMap;

use super::super::seed::Seed;
use super::cluster::{Life, Place};
use super::platform::{Platform, Workload};
use super::world::{Order, Pick, World};

/// What some histories show of a state.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    pub(super) fits: usize,
    /// What went wrong first.
    pub(super) fails: Vec<String>,
}

/// By the name of the state and, for losses, where it is from: `S0`, `S3 at S1`.
pub(super) type Seen = BTreeMap<&'static str, Shown>;

fn note(seen: &mut Seen, state: &'static str, result: Result<(), String>) -> bool {
    let shown = seen.entry(state).or_default();
    match result {
        Ok(()) => shown.fits += 1,
        Err(said) => {
            shown.fails.push(said);
            return false;
        }
    }
    true
}

/// Tries so many histories.
pub(super) fn histories(platform: &Platform, seed: u64, number: usize) -> Seen {
    let mut seen = Seen::new();
    for index in 0..number {
        let mut seed = Seed::new(seed ^ (index as u64 + 1) << 40);
        let (pick, order) = manner(platform, index, &mut seed);
        let pools = seed.chance(30);
        if index % 3 == 0 {
            let mut world = World::new(platform, false, pick, order);
            if pools {
                world.fill_pools();
            }
            still(&mut world, "S0", &mut seen, &mut seed);
            continue;
        }
        let mut world = World::new(platform, true, pick, order);
        if pools {
            world.fill_pools();
        }
        if !still(&mut world, "S1", &mut seen, &mut seed) {
            continue;
        }
        world.roll();
        let rolled = settled(&mut world, &mut seed);
        if !note(&mut seen, "S2", rolled) {
            continue;
        }
        if seed.chance(30) && !still(&mut world, "S1", &mut seen, &mut seed) {
            continue;
        }
        world.rest(&mut seed);
        still(&mut world, "S0", &mut seen, &mut seed);
    }
    seen
}

/// How the scheduler of a history chooses, and in what order: well, at random, and against each workload in turn.
fn manner(platform: &Platform, index: usize, seed: &mut Seed) -> (Pick, Order) {
    let mut order: Vec<usize> = (0..platform.workloads.len()).collect();
    seed.shuffle(&mut order);
    let size = |one: &usize| {
        let one = &platform.workloads[*one];
        (one.cpu, one.memory)
    };
    match index % 8 {
        0 | 1 => {
            // What is hard to place comes first.
            let is_easy = |one: &usize| {
                let one: &Workload = &platform.workloads[*one];
                !one.is_daemon() && one.spreads.is_empty() && one.apart.is_empty() && one.tier.is_none()
            };
            order.sort_by_key(|one| std::cmp::Reverse(size(one)));
            order.sort_by_key(is_easy);
            (if index % 16 < 8 { Pick::Full } else { Pick::Empty }, Order::By(order))
        }
        2 => (Pick::Random, Order::Random),
        3 => {
            // Small ones on every node, so that large ones find none.
            order.sort_by_key(size);
            (Pick::Empty, Order::By(order))
        }
        4 => (Pick::Empty, Order::Random),
        _ => {
            let target = order[0];
            order.rotate_left(1);
            (Pick::Against(target), if seed.chance(80) { Order::By(order) } else { Order::Random })
        }
    }
}

fn settled(world: &mut World<'_>, seed: &mut Seed) -> Result<(), String> {
    if world.settle(seed) { Ok(()) } else { Err(world.cluster.describe()) }
}

/// Arrivals and restarts, and then what is lost. Whether nothing waited for ever.
fn still(world: &mut World<'_>, state: &'static str, seen: &mut Seen, seed: &mut Seed) -> bool {
    let first = settled(world, seed);
    if !note(seen, state, first) {
        return false;
    }
    for _ in 0..3 {
        world.restart(seed);
        world.scale_in(seed);
        let again = settled(world, seed);
        if !note(seen, state, again) {
            return false;
        }
    }
    if world.cluster.nodes() > 1 {
        let at_peak = state == "S1";
        losses(world, at_peak, seen, seed);
    }
    true
}

/// Loses some nodes and zones of a cluster at rest, and drains some, each from the same situation.
fn losses(world: &World<'_>, at_peak: bool, seen: &mut Seen, seed: &mut Seed) {
    let up = |node: &usize| world.cluster.life[*node] == Life::Up;
    let mut nodes: Vec<usize> = (0..world.cluster.nodes()).filter(up).collect();
    seed.shuffle(&mut nodes);
    let mut cases: Vec<Vec<usize>> = nodes.iter().take(3).map(|node| vec![*node]).collect();
    let mut zones: Vec<u8> = world.platform_zones();
    if zones.len() > 1 {
        seed.shuffle(&mut zones);
        let in_zone = |node: &usize| world.cluster.zone(*node) == Some(zones[0]);
        cases.push((0..world.cluster.nodes()).filter(in_zone).collect());
    }
    let (lost, drained) = if at_peak { ("S3 at S1", "S4 at S1") } else { ("S3 at S0", "S4 at S0") };
    for case in cases {
        let result = lose(world.clone(), &case, at_peak, seed);
        note(seen, lost, result);
    }
    for node in nodes.into_iter().take(3) {
        let result = drain(world.clone(), node, at_peak, seed);
        note(seen, drained, result);
    }
}

impl World<'_> {
    fn platform_zones(&self) -> Vec<u8> {
        let mut zones: Vec<u8> = (0..self.cluster.nodes()).filter_map(|node| self.cluster.zone(node)).collect();
        zones.sort_unstable();
        zones.dedup();
        zones
    }

    /// A node goes; one of a pool is replaced at rest, without what lay on its disks.
    fn take_out(&mut self, node: usize, life: Life, at_peak: bool) {
        let returns = self.cluster.is_pooled(node) && !at_peak;
        self.cluster.life[node] = if returns { Life::Absent } else { life };
        self.gone[node] = !returns;
        if returns {
            for volume in self.cluster.volumes.iter_mut().flatten() {
                if *volume == Some(Place::Node(node)) {
                    *volume = Some(Place::Node(usize::MAX));
                }
            }
        }
    }

    /// How many pods of a workload its budget keeps; without one, one of several.
    fn desired(&self, workload: usize) -> usize {
        let (one, wanted) = (&self.cluster.platform.workloads[workload], self.wanted[workload]);
        match one.lets_go {
            Some(lets_go) => wanted.saturating_sub(lets_go),
            None => usize::from(wanted > 1 && !one.has_object()),
        }
    }

    /// Whether what is left is enough: everything but what has no home any more, and of that with volumes what is desired.
    fn is_enough(&self, is_drain: bool) -> Result<(), String> {
        let cluster = &self.cluster;
        let said = || Err(cluster.describe());
        for (workload, one) in cluster.platform.workloads.iter().enumerate().filter(|(_, one)| !one.is_daemon()) {
            let mut mine = cluster.pods.iter().filter(|pod| pod.workload == workload);
            if !one.stays(workload) && mine.any(|pod| pod.node.is_none() && cluster.has_home(*pod)) {
                return said();
            }
            let is_stranded =
                !(0..cluster.nodes()).any(|node| cluster.life[node] == Life::Up && cluster.is_eligible(workload, node));
            let placed = cluster.placed(workload);
            let is_kept = one.volume.is_some();
            if placed < self.wanted[workload] && is_stranded && !is_drain {
                continue;
            }
            if is_kept && placed < self.desired(workload) {
                return said();
            }
        }
        Ok(())
    }
}

fn lose(mut world: World<'_>, nodes: &[usize], at_peak: bool, seed: &mut Seed) -> Result<(), String> {
    let life = if seed.chance(50) { Life::Tainted } else { Life::Absent };
    let all = |world: &World<'_>, said| format!("without {nodes:?}: {said}; before: {}", world.cluster.describe());
    let before = world.clone();
    for node in nodes {
        world.clear(*node);
        world.take_out(*node, life, at_peak);
    }
    for round in 0..2 {
        world.settle(seed);
        world.is_enough(false).map_err(|said| all(&before, said))?;
        if round == 0 && !world.cluster.pods.iter().any(|pod| pod.node.is_none()) {
            world.restart(seed);
        } else {
            break;
        }
    }
    Ok(())
}

/// `kubectl drain`: evicts what the budgets let go, one after the other, until only DaemonSets are left.
fn drain(mut world: World<'_>, node: usize, at_peak: bool, seed: &mut Seed) -> Result<(), String> {
    let before = world.cluster.describe();
    world.cluster.life[node] = Life::Tainted;
    let mut is_settled = true;
    loop {
        let is_due = |at: &usize| {
            let pod = world.cluster.pods[*at];
            pod.node == Some(node) && !world.platform_of(pod.workload).is_daemon()
        };
        let mut due: Vec<usize> = (0..world.cluster.pods.len()).filter(is_due).collect();
        if due.is_empty() {
            break;
        }
        seed.shuffle(&mut due);
        let may_go = |at: &usize| {
            let workload = world.cluster.pods[*at].workload;
            match world.platform_of(workload).lets_go {
                Some(lets_go) => world.cluster.placed(workload) + lets_go > world.wanted[workload],
                None => true,
            }
        };
        // What was evicted before may not be back yet.
        let next = due.iter().copied().find(may_go);
        let Some(next) = next else {
            if !is_settled {
                world.settle(seed);
                is_settled = true;
                continue;
            }
            return Err(format!("draining {node} waits: {}; before: {before}", world.cluster.describe()));
        };
        world.cluster.remove(next);
        is_settled = seed.chance(70);
        if is_settled {
            world.settle(seed);
        }
    }
    world.clear(node);
    world.take_out(node, Life::Tainted, at_peak);
    world.settle(seed);
    world.is_enough(true).map_err(|said| format!("draining {node}: {said}; before: {before}"))
}

impl World<'_> {
    fn platform_of(&self, workload: usize) -> &Workload {
        &self.cluster.platform.workloads[workload]
    }
}

/// Whether all pods of a state, with all surges at once, find a place in one of so many tries.
pub(super) fn all_at_once(
    platform: &Platform,
    at_peak: bool,
    surges: bool,
    seed: u64,
    number: usize,
) -> Option<String> {
    for index in 0..number {
        let mut seed = Seed::new(seed ^ (index as u64 + 1) << 41);
        let (pick, order) = manner(platform, [0, 8, 2, 4][index % 4], &mut seed);
        let mut world = World::new(platform, at_peak, pick, order);
        world.fill_pools();
        if surges {
            world.surge();
        }
        if world.settle(&mut seed) {
            return Some(world.cluster.describe());
        }
    }
    None
}
