//! The failure logic of a platform: what is still up when something is gone.
//!
//! Every gate is monotone: an instance is up when its own pods suffice, everything that it needs is up, and of each
//! choice enough are. Soft edges only degrade, and are no gates. Sixty-four failures are evaluated at once, one in each bit of a word.

use std::collections::BTreeMap;

use crate::eval::model::{Alternative, Model};
use crate::graph::{target, waves};
use crate::syntax::ast::Strength;

/// How many failures one evaluation judges.
pub(crate) const LANES: usize = 64;

/// The end of a hard edge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needed {
    /// The position of the instance.
    pub(crate) instance: usize,
    /// The position of the edge.
    pub(crate) edge: usize,
}

/// The gates of one model.
pub(crate) struct Gates {
    /// What each instance needs.
    needs: Vec<Vec<Needed>>,
    /// Of which instances how many must be up.
    choices: Vec<Vec<(usize, Vec<Needed>)>>,
    /// The positions of the soft edges of each instance.
    wants: Vec<Vec<usize>>,
    /// Instances with those that they need before them, as far as there is no circle.
    order: Vec<usize>,
}

impl Gates {
    /// Reads the edges of a model.
    pub(crate) fn new(model: &Model) -> Self {
        let count = model.instances.len();
        let mut needs = vec![Vec::new(); count];
        let mut groups: BTreeMap<u32, (usize, u64, Vec<Needed>)> = BTreeMap::new();
        for (position, edge) in model.edges.iter().enumerate().filter(|(_, edge)| edge.strength == Strength::Needs) {
            let from = edge.from.0 as usize;
            let to = target(edge).map(|to| Needed { instance: to.0 as usize, edge: position });
            match edge.alternative {
                None => needs[from].extend(to),
                Some(Alternative { group, needed }) => {
                    let (_, needed, members) = groups.entry(group).or_insert((from, needed, Vec::new()));
                    match to {
                        Some(to) => members.push(to),
                        // What is outside the model never fails in it, so it counts for the choice.
                        None => *needed = needed.saturating_sub(1),
                    }
                }
            }
        }
        let mut choices = vec![Vec::new(); count];
        for (from, needed, members) in groups.into_values() {
            let needed = usize::try_from(needed).unwrap_or(usize::MAX).min(members.len());
            choices[from].push((needed, members));
        }
        let mut wants = vec![Vec::new(); count];
        for (position, edge) in model.edges.iter().enumerate().filter(|(_, edge)| edge.strength == Strength::Wants) {
            wants[edge.from.0 as usize].push(position);
        }
        let waves = waves(model);
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|index| (waves[*index], *index));
        Self { needs, choices, wants, order }
    }

    /// For each instance, in which of up to 64 failures it is up. A failure is the list of instances whose own pods it
    /// takes away. The greatest fixpoint: what ran keeps running while all that it needs does.
    pub(crate) fn evaluate(&self, failures: &[Vec<usize>]) -> Vec<u64> {
        let mut own = vec![u64::MAX; self.needs.len()];
        for (lane, hit) in failures.iter().enumerate().take(LANES) {
            for instance in hit {
                own[*instance] &= !(1 << lane);
            }
        }
        let mut up = own;
        // One round settles everything outside circles; another one confirms it.
        loop {
            let mut changed = false;
            for index in &self.order {
                let before = up[*index];
                let needs = self.needs[*index].iter().fold(before, |word, needed| word & up[needed.instance]);
                let now = self.choices[*index].iter().fold(needs, |word, (needed, members)| {
                    word & at_least(*needed, members.iter().map(|member| up[member.instance]))
                });
                up[*index] = now;
                changed |= now != before;
            }
            if !changed {
                return up;
            }
        }
    }

    /// What an instance needs in any way.
    pub(crate) fn needed_by(&self, index: usize) -> impl Iterator<Item = Needed> {
        let choices = self.choices[index].iter().flat_map(|(_, members)| members.iter().copied());
        self.needs[index].iter().copied().chain(choices)
    }

    /// The edges of what an instance wants.
    pub(crate) fn wanted_by(&self, index: usize) -> impl Iterator<Item = usize> + Clone {
        self.wants[index].iter().copied()
    }

    /// The edges to what an instance wants and does not have. Of a choice, nothing is missed as long as enough are up.
    pub(crate) fn missed_by(&self, model: &Model, index: usize, down: impl Fn(usize) -> bool) -> Vec<usize> {
        let is_down = |edge: usize| target_of(model, edge).is_some_and(&down);
        let is_missed = |edge: &usize| {
            let Some(choice) = model.edges[*edge].alternative else { return true };
            let members = self.wanted_by(index).filter(|other| {
                model.edges[*other].alternative.is_some_and(|one| one.group == choice.group) && !is_down(*other)
            });
            (members.count() as u64) < choice.needed
        };
        self.wanted_by(index).filter(|edge| is_down(*edge)).filter(is_missed).collect()
    }
}

/// The instance at the end of an edge.
pub(crate) fn target_of(model: &Model, edge: usize) -> Option<usize> {
    target(&model.edges[edge]).map(|id| id.0 as usize)
}

/// In which lanes at least `needed` of the words have their bit set.
fn at_least(needed: usize, words: impl Iterator<Item = u64>) -> u64 {
    // `reached[k]` holds the lanes that have seen k set bits or more.
    let mut reached = vec![0_u64; needed + 1];
    reached[0] = u64::MAX;
    for word in words {
        for count in (1..=needed).rev() {
            reached[count] |= reached[count - 1] & word;
        }
    }
    reached[needed]
}
