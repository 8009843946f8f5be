//! A sum against what there is: the one form of every proof by adding up, be it of a node, a disk, a quota or a share.

use crate::fit::At;
use crate::fit::read::demand::Term;
use crate::source::Span;

/// What is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    Cpu,
    Memory,
    CpuLimits,
    MemoryLimits,
    EphemeralStorage,
    EphemeralStorageLimits,
    Pods,
    Storage,
    Claims,
}

/// How an amount is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    MilliCores,
    Bytes,
    Number,
}

impl Measure {
    /// The unit of its amounts.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::Cpu | Self::CpuLimits => Unit::MilliCores,
            Self::Pods | Self::Claims => Unit::Number,
            _ => Unit::Bytes,
        }
    }

    /// As a message calls it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Memory => "memory",
            Self::CpuLimits => "CPU limits",
            Self::MemoryLimits => "memory limits",
            Self::EphemeralStorage => "ephemeral storage",
            Self::EphemeralStorageLimits => "ephemeral storage limits",
            Self::Pods => "pods",
            Self::Storage => "storage",
            Self::Claims => "claims",
        }
    }
}

/// What is taken before any pod comes: a reserve, or space that must stay free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub name: String,
    pub amount: i128,
    pub span: Span,
}

/// A sum with its terms against a capacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// `datacenter.host`, `datacenter.host.nvme`, a namespace.
    pub subject: String,
    pub measure: Measure,
    pub capacity: i128,
    /// The number that states the capacity.
    pub capacity_span: Span,
    pub held: Vec<Held>,
    /// What may be asked for where that is declared to be something else than what is left: the overcommit of limits.
    pub cap: Option<i128>,
    /// The largest first.
    pub terms: Vec<Term>,
}

impl Usage {
    /// Sorts the terms and drops those that add nothing in any state.
    #[must_use]
    pub fn new(
        subject: impl Into<String>,
        measure: Measure,
        capacity: (i128, Span),
        held: Vec<Held>,
        terms: Vec<Term>,
    ) -> Self {
        let mut terms: Vec<Term> = terms.into_iter().filter(|term| term.amount(At::Peak) > 0).collect();
        terms.sort_by_key(|term| std::cmp::Reverse((term.amount(At::Peak), term.amount(At::Steady))));
        let (capacity, capacity_span) = capacity;
        Self { subject: subject.into(), measure, capacity, capacity_span, held, cap: None, terms }
    }

    /// What is taken before any pod comes.
    #[must_use]
    pub fn reserved(&self) -> i128 {
        self.held.iter().map(|held| held.amount).sum()
    }

    /// What is left for pods.
    #[must_use]
    pub fn allocatable(&self) -> i128 {
        (self.capacity - self.reserved()).max(0)
    }

    /// What may be asked for; below zero where more is held than there is.
    fn most(&self) -> i128 {
        self.cap.unwrap_or(self.capacity - self.reserved())
    }

    /// What may be asked for.
    #[must_use]
    pub fn allowed(&self) -> i128 {
        self.most().max(0)
    }

    /// What is asked for.
    #[must_use]
    pub fn total(&self, state: At) -> i128 {
        self.terms.iter().map(|term| term.amount(state)).sum()
    }

    /// By how much too much is asked for; zero or less when it fits.
    #[must_use]
    pub fn shortfall(&self, state: At) -> i128 {
        self.total(state) - self.most()
    }

    /// The smallest state that does not fit.
    #[must_use]
    pub fn exceeded(&self) -> Option<At> {
        At::ALL.into_iter().find(|state| self.shortfall(*state) > 0)
    }
}

/// A single change after which the sum fits in every state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// So much more capacity.
    MoreCapacity(i128),
    /// At most so many of a term.
    AtMost { label: String, count: i128, span: Span },
    /// At most so much for each of a term.
    Smaller { label: String, each: i128, span: Span },
    /// No single term is enough, but all of these together.
    Without(Vec<String>),
}

/// More terms than these are no advice.
const MOST_WITHOUT: usize = 4;

impl Usage {
    /// The smallest single changes that make the sum fit, each of them tried. Only what the scenario itself states is
    /// changed.
    #[must_use]
    pub fn remedies(&self) -> Vec<Remedy> {
        let short = At::ALL.map(|state| self.shortfall(state)).into_iter().max().unwrap_or(0);
        if short <= 0 {
            return Vec::new();
        }
        let mut remedies = vec![Remedy::MoreCapacity(short)];
        for (index, term) in self.terms.iter().enumerate().filter(|(_, term)| term.owner.neighbour.is_none()).take(4) {
            if let Some(count) = self.fewer(index) {
                let span = if term.count.peak > count { term.count_span.peak } else { term.count_span.steady };
                remedies.push(Remedy::AtMost { label: term.label.clone(), count, span });
            }
            if let Some(each) = self.smaller(index) {
                remedies.push(Remedy::Smaller { label: term.label.clone(), each, span: term.span });
            }
        }
        if remedies.len() == 1 {
            remedies.extend(self.without());
        }
        remedies
    }

    /// The fewest terms without which everything fits: the largest ones.
    fn without(&self) -> Option<Remedy> {
        let mut changed = self.clone();
        let mut labels: Vec<String> = Vec::new();
        while changed.exceeded().is_some() {
            let own = changed.terms.iter().position(|term| term.owner.neighbour.is_none())?;
            labels.push(changed.terms.remove(own).label);
        }
        (!changed.terms.is_empty() && labels.len() <= MOST_WITHOUT).then_some(Remedy::Without(labels))
    }

    /// The largest count of one term, at least one, under which everything fits.
    fn fewer(&self, index: usize) -> Option<i128> {
        let term = &self.terms[index];
        let most = At::ALL.map(|state| self.room(index, state)).into_iter().min()?.div_euclid(term.each.max(1));
        let count = most.min(term.count.peak - 1);
        let mut changed = self.clone();
        let counts = &mut changed.terms[index].count;
        (counts.steady, counts.peak) = (counts.steady.min(count), counts.peak.min(count));
        (term.countable && count >= 1 && changed.exceeded().is_none()).then_some(count)
    }

    /// The largest round amount for each of one term, at least half of what it is, under which everything fits.
    fn smaller(&self, index: usize) -> Option<i128> {
        let term = &self.terms[index];
        let each = At::ALL
            .into_iter()
            .filter(|state| term.count.get(*state) > 0)
            .map(|state| self.room(index, state).div_euclid(term.count.get(state)))
            .min()?;
        // A round number in the system of units that the author thinks in.
        let decimal = term.each % 1_000_000 == 0;
        let step = match self.measure.unit() {
            Unit::MilliCores => 50,
            Unit::Bytes if decimal && each >= 8_000_000_000 => 1_000_000_000,
            Unit::Bytes if decimal => 50_000_000,
            Unit::Bytes if each >= 8 << 30 => 1 << 30,
            Unit::Bytes => 64 << 20,
            Unit::Number => return None,
        };
        let each = each.div_euclid(step) * step;
        let mut changed = self.clone();
        changed.terms[index].each = each;
        (each > 0 && each * 2 >= term.each && changed.exceeded().is_none()).then_some(each)
    }

    /// What the others leave for one term.
    fn room(&self, index: usize, state: At) -> i128 {
        self.most() - (self.total(state) - self.terms[index].amount(state))
    }
}
