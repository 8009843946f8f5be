//! Other platforms that are proved again, and the walk to the nearest that is enough.

use super::attempts::Attempt;
use super::{ChangeKind, rewrites};
use crate::eval::model::Hardware;
use crate::fit::read::nodes;
use crate::fit::read::platform::Platform;
use crate::fit::states::required::{Required, STATES};
use crate::fit::states::state::State;
use crate::fit::sums::disks::default_class;
use crate::objects::Object;
use crate::objects::pod::ContainerResource;
use crate::objects::workload::Workloads;

/// So many more nodes are tried one by one.
pub(super) const NODES_ONE_BY_ONE: i128 = 3;

/// How far a number must move.
pub(super) struct Reach {
    pub(super) to: i128,
    /// Whether every required state is met then, and not only the one in question.
    pub(super) is_enough: bool,
}

pub(super) struct Trials<'a> {
    pub(super) platform: &'a Platform,
    pub(super) hardware: &'a Hardware,
    pub(super) required: &'a Required<'a>,
    /// The state in question, and those that must place all pods.
    pub(super) first: Vec<State>,
    /// All others.
    pub(super) then: Vec<State>,
    pub(super) left: usize,
}

/// What there would be.
struct Changed {
    platform: Platform,
    /// Where any is rewritten.
    objects: Option<Vec<Object>>,
}

impl Trials<'_> {
    /// The platform as its objects would state it.
    fn rewritten(&self, attempt: &Attempt) -> Option<Changed> {
        let objects = rewrites::apply(self.required.objects, &attempt.rewrites);
        let workloads = Workloads::read(&objects, self.hardware.kubernetes);
        let default = default_class(self.hardware, &objects);
        let platform = Platform::read(&objects, &workloads, Some(self.hardware), default.as_deref());
        platform.torn_claim().is_none().then_some(Changed { platform, objects: Some(objects) })
    }

    /// The platform with another number; none where nobody could write it so.
    fn changed(&self, attempt: &Attempt, to: i128) -> Option<Changed> {
        let mut changed = self.platform.clone();
        match attempt.kind {
            _ if !attempt.rewrites.is_empty() => return self.rewritten(attempt),
            ChangeKind::Replicas => changed.limit_replicas(attempt.target, to),
            ChangeKind::Request(name) => {
                let one = &mut changed.types[attempt.target];
                let resource = ContainerResource::ALL.into_iter().find(|resource| resource.key() == name)?;
                let lowered = one.resources.lowered(resource, to)?;
                let index = resource as usize;
                one.requests[index] -= one.resources.requests[index] - lowered.requests[index];
                one.resources = lowered;
            }
            ChangeKind::Nodes | ChangeKind::Node(_) => {
                let mut hardware = self.hardware.clone();
                let node = &mut hardware.nodes[attempt.target];
                match attempt.kind {
                    ChangeKind::Nodes => node.count = u64::try_from(to).ok()?,
                    ChangeKind::Node("cpu") => node.cpu.value = to,
                    ChangeKind::Node("pods") => node.pods.value = to,
                    _ => node.memory.value = to,
                }
                // One more node may get the name that another type has.
                if nodes::clash(&hardware).is_some() {
                    return None;
                }
                changed.replace_classes(nodes::classes(&hardware, &changed.types));
            }
            // What is no amount is rewritten.
            _ => return None,
        }
        changed.torn_claim().is_none().then_some(Changed { platform: changed, objects: None })
    }

    /// Those of some states that are not met after a change, at most so many.
    fn unmet_of(&self, changed: &Changed, states: &[State], most: usize) -> Vec<State> {
        let Some(objects) = &changed.objects else {
            return self.required.unmet(&changed.platform, states).take(most).collect();
        };
        let quotas = self.required.quotas_among(objects);
        let required = Required { objects, quotas: &quotas, own: self.required.own, demand: self.required.demand };
        required.unmet(&changed.platform, states).take(most).collect()
    }

    /// Whether some states are met after a change; no, when enough was tried.
    fn meets(&mut self, attempt: &Attempt, to: i128, states: &[State]) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        self.changed(attempt, to).is_some_and(|changed| self.unmet_of(&changed, states, 1).is_empty())
    }

    /// What is not met after a change.
    pub(super) fn unmet(&self, attempt: &Attempt, to: i128) -> Vec<State> {
        let changed = self.changed(attempt, to);
        let mut unmet: Vec<State> =
            changed.map(|changed| self.unmet_of(&changed, &STATES, STATES.len())).unwrap_or_default();
        unmet.sort_unstable();
        unmet
    }

    /// The least change that is enough, or else the least that mends the state in question.
    pub(super) fn smallest(&mut self, attempt: &Attempt) -> Option<Reach> {
        if !attempt.rewrites.is_empty() {
            return self.once(attempt);
        }
        if attempt.kind == ChangeKind::Nodes {
            return self.fewest_nodes(attempt);
        }
        let grows = attempt.far > attempt.from;
        let mut mending = None;
        for step in attempt.steps.iter().filter(|step| grows || attempt.from >= 4 * **step || **step == 1) {
            let round_up = |amount: i128| (amount + step - 1) / step;
            let (far, today) = if grows {
                (attempt.far / step, attempt.from / step)
            } else {
                (round_up(attempt.far), round_up(attempt.from))
            };
            match self.in_steps(attempt, *step, far, today) {
                Some(reach) if reach.is_enough => return Some(reach),
                reach => mending = mending.or(reach),
            }
        }
        mending
    }

    fn in_steps(&mut self, attempt: &Attempt, step: i128, far: i128, today: i128) -> Option<Reach> {
        let (first, then) = (self.first.clone(), self.then.clone());
        if far == today || !self.meets(attempt, far * step, &first) {
            return None;
        }
        let near = self.last(attempt, step, (far, today), &first);
        if self.meets(attempt, near * step, &then) {
            return Some(Reach { to: near * step, is_enough: true });
        }
        // The farthest may be too far: one replica, of which a disruption budget keeps one.
        for further in [far, far + (near - far) / 2].into_iter().filter(|further| *further != near) {
            if self.meets(attempt, further * step, &STATES) {
                let to = self.last(attempt, step, (further, near), &STATES) * step;
                return Some(Reach { to, is_enough: true });
            }
        }
        Some(Reach { to: near * step, is_enough: false })
    }

    /// The number nearest to `bad`, which does not, with which some states are met as they are with `good`.
    fn last(&mut self, attempt: &Attempt, step: i128, (mut good, mut bad): (i128, i128), states: &[State]) -> i128 {
        while (good - bad).abs() > 1 {
            let middle = good + (bad - good) / 2;
            if self.meets(attempt, middle * step, states) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        good
    }

    /// What is rewritten is or is not.
    fn once(&mut self, attempt: &Attempt) -> Option<Reach> {
        let (first, then, to) = (self.first.clone(), self.then.clone(), attempt.far);
        if !self.meets(attempt, to, &first) {
            return None;
        }
        Some(Reach { to, is_enough: self.meets(attempt, to, &then) })
    }

    /// One after the other: they are few, and one more may break what held, because each brings its DaemonSets.
    fn fewest_nodes(&mut self, attempt: &Attempt) -> Option<Reach> {
        let (first, then) = (self.first.clone(), self.then.clone());
        let mut mending = None;
        for to in attempt.from + 1..=attempt.from + NODES_ONE_BY_ONE {
            if self.meets(attempt, to, &first) {
                if self.meets(attempt, to, &then) {
                    return Some(Reach { to, is_enough: true });
                }
                mending = mending.or(Some(Reach { to, is_enough: false }));
            }
        }
        mending.or_else(|| self.many_nodes(attempt))
    }

    /// Twice as many more each time, and from the first that is enough down by halves to one of which one fewer is not.
    fn many_nodes(&mut self, attempt: &Attempt) -> Option<Reach> {
        let all: Vec<State> = self.first.iter().chain(&self.then).copied().collect();
        let (mut bad, mut more) = (attempt.from + NODES_ONE_BY_ONE, 2 * NODES_ONE_BY_ONE);
        while bad < attempt.far {
            let to = (attempt.from + more).min(attempt.far);
            if self.meets(attempt, to, &all) {
                return Some(Reach { to: self.last(attempt, 1, (to, bad), &all), is_enough: true });
            }
            (bad, more) = (to, 2 * more);
        }
        None
    }
}
