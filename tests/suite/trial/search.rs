//! All histories of a small cluster: every order of arrival, every choice of the scheduler, restarts, rollouts, losses.

use std::collections::HashSet;

use super::simulator::{Simulator, State, Waiting};

/// What the histories show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    No,
    /// With the state in words.
    Yes(String),
    /// There are too many states.
    Unknown,
}

/// What may happen besides what controllers and the scheduler do.
#[derive(Debug, Clone, Default)]
pub(super) struct Events {
    /// Any of these sets of nodes may be lost, one of them, once.
    pub(super) losses: Vec<Vec<usize>>,
    /// They are drained, which waits for what budgets keep; what is lost takes with it what nothing else takes.
    pub(super) is_drain: bool,
    /// A pod may wait as long as something else goes on.
    pub(super) may_wait: bool,
    /// Rollouts and peaks are history, and what counts is what comes once they are over.
    pub(super) after_all: bool,
    /// What counts is what comes while nothing rolls but this wave.
    pub(super) wave: Option<u8>,
}

/// Whether histories reach a state in which some pod waits for ever.
pub(super) fn gets_stuck(simulator: &Simulator<'_>, events: &Events, most: usize) -> Answer {
    let start = simulator.canonical(simulator.empty());
    let mut seen: HashSet<State> = HashSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        if seen.len() > most {
            return Answer::Unknown;
        }
        let mut next = simulator.controlled(&state);
        let mut without = Vec::new();
        for pod in simulator.waiting(&state) {
            let placed = simulator.places(&state, pod);
            if placed.is_empty() {
                without.push(pod);
            }
            next.extend(placed);
        }
        // Before the loss the state is that of another claim.
        let is_over =
            !events.after_all || simulator.is_at_rest(&state) && (events.may_wait || simulator.is_settled(&state));
        let counts = is_over
            && (events.losses.is_empty() || simulator.any_gone(&state))
            && events.wave.is_none_or(|wave| simulator.rolls_only(&state, wave));
        let delivered = simulator.deliver(&state, &without);
        // No new node helps a pod that must be on another.
        let stuck = without.iter().find(|pod| {
            (delivered.is_empty() || pod.node.is_some()) && !is_stranded(simulator, events, &state, pod.workload)
        });
        next.extend(delivered);
        if let Some(pod) = stuck
            && counts
            && (!events.may_wait || next.is_empty())
        {
            return Answer::Yes(told(simulator, &state, *pod));
        }
        if counts && let Some(workload) = too_few(simulator, events, &state) {
            return Answer::Yes(format!("too few of t{workload} can come back in {}", simulator.describe(&state)));
        }
        next.extend(restarts(simulator, &state));
        next.extend(simulator.take_away(&state));
        next.extend(simulator.rollouts(&state));
        if events.after_all {
            next.extend(simulator.rest(&state));
        }
        if is_over && !simulator.any_gone(&state) {
            for nodes in &events.losses {
                match lost(simulator, events, &state, nodes) {
                    Ok(after) => next.extend(after),
                    Err(said) => return Answer::Yes(said),
                }
            }
        }
        for state in next {
            let state = simulator.canonical(state);
            if !seen.contains(&state) {
                seen.insert(state.clone());
                open.push(state);
            }
        }
    }
    Answer::No
}

/// Whether a workload has lost all its nodes, and with them what is asked of it: all of a loss, and of a drain where no budget
/// keeps a pod.
fn is_stranded(simulator: &Simulator<'_>, events: &Events, state: &[u8], workload: usize) -> bool {
    let mut nodes = (0..simulator.nodes).filter(|node| simulator.is_eligible(workload, *node));
    simulator.any_gone(state)
        && (!events.is_drain || simulator.instance.workloads[workload].keeps.unwrap_or(0) == 0)
        && nodes.all(|node| simulator.is_gone(state, node))
}

fn told(simulator: &Simulator<'_>, state: &[u8], pod: Waiting) -> String {
    format!("{pod:?} has no node in {}", simulator.describe(state))
}

/// A workload with claims that waits for a lost pod to come back before it starts others, and has too few.
fn too_few(simulator: &Simulator<'_>, events: &Events, state: &[u8]) -> Option<usize> {
    let workloads = &simulator.instance.workloads;
    (0..workloads.len()).find(|index| {
        let wanted = simulator.wanted(state, *index);
        let desired = wanted.min(workloads[*index].keeps.unwrap_or(u8::from(wanted > 1)));
        simulator.waits_for_lost(state, *index)
            && simulator.placed(state, *index, 0) < desired
            && !is_stranded(simulator, events, state, *index)
    })
}

/// Any pod may end at any time; those of a set with claims only once all of its claims are
/// bound, and while none of them is lost.
fn restarts(simulator: &Simulator<'_>, state: &[u8]) -> Vec<State> {
    let mut next = Vec::new();
    let workloads = &simulator.instance.workloads;
    let may_end =
        |workload: &usize| !simulator.is_binding(state, *workload) && !simulator.waits_for_lost(state, *workload);
    for workload in (0..workloads.len()).filter(may_end) {
        for revision in 0..2 {
            next.extend((0..simulator.nodes).flat_map(|node| simulator.leave(state, workload, revision, node)));
        }
    }
    next
}

/// What is left after a loss. What has claims is looked at only where all of it was there before.
fn lost(simulator: &Simulator<'_>, events: &Events, state: &[u8], nodes: &[usize]) -> Result<Option<State>, String> {
    let workloads = &simulator.instance.workloads;
    let bound = |index: &usize| workloads[*index].has_claims();
    let with_claims: Vec<usize> = (0..workloads.len()).filter(bound).collect();
    if with_claims.iter().any(|index| simulator.placed(state, *index, 0) < simulator.wanted(state, *index)) {
        return Ok(None);
    }
    let mut after = state.to_vec();
    for node in nodes {
        after = simulator.lose(&after, *node);
    }
    for index in with_claims {
        let (left, all) = (simulator.placed(&after, index, 0), simulator.wanted(state, index));
        // Of what is single by its volume nobody asked for more.
        let desired = if all == 0 { 0 } else { workloads[index].keeps.unwrap_or(u8::from(all > 1)) };
        if left < desired && !is_stranded(simulator, events, &after, index) {
            return Err(format!("{left} of t{index} are left, {desired} are wanted: {}", simulator.describe(&after)));
        }
    }
    Ok(Some(after))
}

/// Whether the scheduler can place all pods that are wanted, if it chooses well. Nothing leaves.
pub(super) fn can_be_placed(simulator: &Simulator<'_>, most: usize) -> Answer {
    let start = simulator.canonical(simulator.empty_at_most());
    let mut seen: HashSet<State> = HashSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        if seen.len() > most {
            return Answer::Unknown;
        }
        let waiting = simulator.waiting(&state);
        if waiting.is_empty() {
            return Answer::Yes(simulator.describe(&state));
        }
        for pod in waiting {
            for node in (0..simulator.nodes).filter(|node| simulator.admits(&state, pod, *node)) {
                let after = simulator.canonical(simulator.put(&state, pod, node));
                if !seen.contains(&after) {
                    seen.insert(after.clone());
                    open.push(after);
                }
            }
        }
    }
    Answer::No
}

/// What may be lost: each node alone, and each zone.
pub(super) fn losses(simulator: &Simulator<'_>) -> Vec<Vec<usize>> {
    let machines = &simulator.instance.machines;
    let mut all: Vec<Vec<usize>> = (0..machines.len()).map(|node| vec![node]).collect();
    let mut zones: Vec<u8> = machines.iter().filter_map(|machine| machine.zone).collect();
    zones.sort_unstable();
    zones.dedup();
    if zones.len() > 1 {
        let of = |zone: &u8| (0..machines.len()).filter(|node| machines[*node].zone == Some(*zone)).collect();
        all.extend(zones.iter().map(of));
    }
    all
}
