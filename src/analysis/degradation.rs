//! What merely degrades an entry point: a single event that leaves it up and takes away something that it wants.
//!
//! An entry point is degraded when something that still runs, and that it reaches over `needs` and `wants`, wants
//! something that is gone. The way there leads through what runs up to that `wants`, and through what is down behind it.

use std::collections::VecDeque;

use super::failure::{Candidate, Event, Step};
use super::gates::{Gates, target_of};
use crate::eval::model::{Entry, Model};
use crate::source::Span;
use crate::syntax::ast::Strength;

/// An entry point with every single event that degrades it.
#[derive(Debug, Clone)]
pub struct Degraded {
    /// What users type.
    pub entry: String,
    /// Its declaration.
    pub span: Span,
    pub losses: Vec<Loss>,
}

/// A single event that an entry point survives, with less.
#[derive(Debug, Clone)]
pub struct Loss {
    pub event: Event,
    /// As the event is called where it is a single point of failure.
    pub subject: String,
    /// From the entry point to what the event hits directly.
    pub path: Vec<Step>,
}

/// An entry point while it is judged.
pub(super) struct Judge<'a> {
    entry: &'a Entry,
    /// What is wanted by anything that it needs or wants.
    wanted: Vec<usize>,
    losses: Vec<Loss>,
}

impl<'a> Judge<'a> {
    /// One judge for each entry point.
    pub(super) fn all(model: &'a Model, gates: &Gates) -> Vec<Self> {
        let judge = |entry: &'a Entry| {
            let mut seen = vec![false; model.instances.len()];
            let mut stack = roots(entry).to_vec();
            let mut wanted = Vec::new();
            while let Some(index) = stack.pop() {
                if !std::mem::replace(&mut seen[index], true) {
                    stack.extend(gates.needed_by(index).map(|needed| needed.instance));
                    let wants = gates.wanted_by(index).filter_map(|edge| target_of(model, edge));
                    wanted.extend(wants.clone());
                    stack.extend(wants);
                }
            }
            wanted.sort_unstable();
            wanted.dedup();
            Self { entry, wanted, losses: Vec::new() }
        };
        model.entries.iter().map(judge).collect()
    }

    /// Judges up to 64 events at once; `up` is what the gates say about them.
    pub(super) fn judge(&mut self, model: &Model, gates: &Gates, candidates: &[Candidate], up: &[u64]) {
        let stands = roots(self.entry).iter().fold(u64::MAX, |word, root| word & up[*root]);
        let misses = self.wanted.iter().fold(0, |word, wanted| word | !up[*wanted]);
        for (lane, candidate) in candidates.iter().enumerate() {
            let bit = 1 << lane;
            let is_known = |loss: &Loss| loss.subject == candidate.subject || candidate.within.contains(&loss.subject);
            if stands & misses & bit == 0 || self.losses.iter().any(is_known) {
                continue;
            }
            if let Some(path) = way(model, gates, self.entry, candidate, |index| up[index] & bit == 0) {
                self.losses.push(Loss { event: candidate.event.clone(), subject: candidate.subject.clone(), path });
            }
        }
    }

    /// The finding, where there is one.
    pub(super) fn finish(self, model: &Model) -> Option<Degraded> {
        let span = model.instance(self.entry.instance).span;
        (!self.losses.is_empty()).then(|| Degraded { entry: self.entry.host.clone(), span, losses: self.losses })
    }
}

fn roots(entry: &Entry) -> [usize; 3] {
    [entry.instance, entry.via, entry.to].map(|id| id.0 as usize)
}

/// The shortest way from an entry point that is up, over what is up and a `wants` to something that is down, to what the
/// event hits directly.
fn way(
    model: &Model,
    gates: &Gates,
    entry: &Entry,
    candidate: &Candidate,
    down: impl Fn(usize) -> bool,
) -> Option<Vec<Step>> {
    let [root, via, to] = roots(entry);
    let declared = model.instance(entry.instance).span;
    let mut reached: Vec<Option<(usize, Strength, Span)>> = vec![None; model.instances.len()];
    reached[root] = Some((root, Strength::Needs, declared));
    let mut queue = VecDeque::from([root]);
    while let Some(index) = queue.pop_front() {
        if candidate.hits.iter().any(|(instance, _)| *instance == index) {
            return Some(steps(model, &reached, root, index));
        }
        let beside: &[usize] = if index == root { &[via, to] } else { &[] };
        let beside = beside.iter().map(|next| (*next, Strength::Needs, declared));
        let needed = gates.needed_by(index).map(|needed| (needed.instance, needed.edge));
        let needed = needed.map(|(next, edge)| (next, Strength::Needs, model.edges[edge].span));
        let mut next: Vec<(usize, Strength, Span)> = beside.chain(needed).collect();
        if down(index) {
            // Behind the `wants`, only what is down explains why.
            next.retain(|(next, ..)| down(*next));
        } else {
            // What runs is not concerned by what it needs and does without: that is a choice with enough left.
            next.retain(|(next, ..)| !down(*next));
            let missed = gates.missed_by(model, index, &down);
            let wants = gates.wanted_by(index).filter_map(|edge| Some((target_of(model, edge)?, edge)));
            let wants = wants.filter(|(to, edge)| !down(*to) || missed.contains(edge));
            next.extend(wants.map(|(to, edge)| (to, Strength::Wants, model.edges[edge].span)));
        }
        for (to, strength, span) in next {
            if reached[to].is_none() {
                reached[to] = Some((index, strength, span));
                queue.push_back(to);
            }
        }
    }
    None
}

fn steps(model: &Model, reached: &[Option<(usize, Strength, Span)>], root: usize, end: usize) -> Vec<Step> {
    let name = |index: usize| model.instances[index].name.clone();
    let mut steps = Vec::new();
    let mut at = end;
    while let Some((from, strength, span)) = reached[at].filter(|_| at != root) {
        steps.push(Step { from: name(from), to: name(at), strength, span });
        at = from;
    }
    steps.reverse();
    steps
}
