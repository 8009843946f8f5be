//! Which numbers of nodes are tried, and in which order.

use super::trial::{Matter, Trial, Unmet};
use crate::eval::model::Hardware;
use crate::fit::State;

/// Up to so many nodes of a type every count is tried; above, halves are.
const EVERY: u64 = 64;
/// No more nodes of a type than this are tried beyond the declared ones.
const MOST: u64 = 4096;
/// How many combinations of several types are tried.
const COMBINATIONS: usize = 400;

const BY_HALVES: &str = "searched by halves: counts between the minimum and the declared one were not all tried";
const ONE_BY_ONE: &str = "there are too many combinations to try all: nodes were taken away one at a time, and another mixture may be cheaper";

/// The smallest numbers of nodes.
pub(super) struct Sought {
    pub(super) counts: Vec<u64>,
    pub(super) left_out: Vec<String>,
    pub(super) caveat: Option<&'static str>,
    pub(super) is_found: bool,
}

pub(super) struct Search<'a> {
    trial: &'a Trial<'a>,
    declared: Vec<u64>,
    /// In cents, or 1 for each node where some type states no cost.
    prices: Vec<i128>,
    /// What no count that was tried brings about.
    hopeless: Vec<Matter>,
    /// How many pods there are at most: with more nodes than that, more of them make no difference to a spread.
    pods: u64,
    caveat: Option<&'static str>,
}

impl<'a> Search<'a> {
    pub(super) fn new(trial: &'a Trial<'a>, hardware: &Hardware, pods: u64) -> Self {
        let prices: Option<Vec<i128>> = hardware.nodes.iter().map(|node| Some(node.cost?.value)).collect();
        Self {
            trial,
            declared: hardware.nodes.iter().map(|node| node.count).collect(),
            prices: prices.unwrap_or_else(|| vec![1; hardware.nodes.len()]),
            hopeless: Vec::new(),
            pods,
            caveat: None,
        }
    }

    pub(super) fn run(&mut self) -> Sought {
        let (enough, left_out) = self.enough();
        // Where the pods do not even find a place, fewer nodes are no answer to anything.
        let is_without_place = |matter: &Matter| matches!(matter, Matter::State(State::S0 | State::S1, _));
        if self.hopeless.iter().any(is_without_place) {
            return Sought { counts: self.declared.clone(), left_out, caveat: None, is_found: false };
        }
        let counts = if self.declared.len() == 1 { vec![self.fewest(&enough, 0, 1)] } else { self.cheapest(&enough) };
        Sought { counts, left_out, caveat: self.caveat, is_found: true }
    }

    /// Whether everything is what it must be on the declared nodes.
    pub(super) fn declared_suffices(&self) -> bool {
        self.trial.unmet(&self.declared).is_empty()
    }

    /// What fails with one node fewer of a type.
    pub(super) fn decides(&self, counts: &[u64], index: usize) -> String {
        let others: u64 = counts.iter().sum::<u64>() - counts[index];
        if counts[index] == 0 {
            return "none is needed".to_owned();
        }
        if counts[index] == 1 && others == 0 {
            return "one node is the least that there can be".to_owned();
        }
        let fewer = with(counts, index, counts[index] - 1);
        self.obstacle(&fewer).map_or_else(|| "nothing fails with one fewer".to_owned(), |unmet| unmet.why)
    }

    /// The first thing that is wrong on so many nodes, beside what is wrong on any.
    fn obstacle(&self, counts: &[u64]) -> Option<Unmet> {
        self.trial.unmet(counts).into_iter().find(|unmet| !self.hopeless.contains(&unmet.matter))
    }

    fn holds(&self, counts: &[u64]) -> bool {
        self.obstacle(counts).is_none()
    }

    /// Counts with which everything holds that can: the declared ones, or the first found above them. What fails on the
    /// most that are tried is left out from then on.
    fn enough(&mut self) -> (Vec<u64>, Vec<String>) {
        let more = |extra: u64| -> Vec<u64> { self.declared.iter().map(|count| count.saturating_add(extra)).collect() };
        if self.holds(&self.declared) {
            return (self.declared.clone(), Vec::new());
        }
        let largest = self.declared.iter().copied().max().unwrap_or(1);
        // Of as many nodes as pods each pod finds one without any, and some more hold what is on others.
        let bound =
            largest.saturating_mul(3).max(self.pods.saturating_mul(2)).saturating_add(16).min(MOST.max(largest));
        let steps: Vec<u64> =
            std::iter::successors(Some(1_u64), |step| step.checked_mul(2)).take_while(|step| *step < bound).collect();
        let tried: Vec<Vec<u64>> = steps.into_iter().chain([bound]).map(more).collect();
        let all = || std::iter::once(&self.declared).chain(&tried);
        let unmet = self.trial.unmet(&self.declared);
        let fails =
            |matter: Matter, counts: &[u64]| self.trial.unmet(counts).iter().any(|other| other.matter == matter);
        // What a quota counts only grows with the nodes, so that what it refuses without any it always refuses.
        let nothing = vec![0; self.declared.len()];
        let is_certain = |unmet: &Unmet| {
            unmet.is_certain || matches!(unmet.matter, Matter::State(State::S7, _)) && fails(unmet.matter, &nothing)
        };
        let certain: Vec<Matter> = unmet.iter().filter(|unmet| is_certain(unmet)).map(|unmet| unmet.matter).collect();
        self.hopeless.clone_from(&certain);
        let mut enough = all().find(|counts| self.holds(counts));
        if enough.is_none() {
            // What fails everywhere is no question of how many nodes there are.
            let everywhere = unmet.iter().filter(|unmet| all().all(|counts| fails(unmet.matter, counts)));
            self.hopeless.extend(everywhere.map(|unmet| unmet.matter));
            enough = all().find(|counts| self.holds(counts));
        }
        if enough.is_none() {
            // Something fails on each, though not the same: the declared nodes are shown as they are.
            self.hopeless.extend(unmet.iter().map(|unmet| unmet.matter));
        }
        // What still fails on the most nodes that were tried says why more do not help.
        let why = |unmet: &Unmet| {
            if certain.contains(&unmet.matter) {
                return format!("no number of nodes helps: {}", unmet.why);
            }
            let most = more(bound);
            let there = self.trial.unmet(&most).into_iter().find(|other| other.matter == unmet.matter);
            let why = there.map_or_else(|| unmet.why.clone(), |other| other.why);
            format!("more nodes are not shown to help: with {} {why}", most.iter().sum::<u64>())
        };
        let left_out = unmet.iter().filter(|unmet| self.hopeless.contains(&unmet.matter)).map(why).collect();
        (enough.unwrap_or(&self.declared).clone(), left_out)
    }

    /// The smallest count of a type from which on everything holds, up to where it does.
    fn fewest(&mut self, enough: &[u64], index: usize, floor: u64) -> u64 {
        let mut good = enough[index];
        if good <= EVERY {
            while good > floor && self.holds(&with(enough, index, good - 1)) {
                good -= 1;
            }
            return good;
        }
        self.caveat = Some(BY_HALVES);
        if self.holds(&with(enough, index, floor)) {
            return floor;
        }
        let mut bad = floor;
        while good - bad > 1 {
            let middle = bad + (good - bad) / 2;
            if self.holds(&with(enough, index, middle)) { good = middle } else { bad = middle }
        }
        good
    }

    /// The cheapest combination that holds; of equal ones that with the fewest nodes, then the fewest of the first type.
    fn cheapest(&mut self, enough: &[u64]) -> Vec<u64> {
        // With fewer of a type than this, not even all others are enough.
        let least: Vec<u64> = (0..enough.len()).map(|index| self.fewest(enough, index, 0)).collect();
        let mut all = vec![Vec::new()];
        for (low, high) in least.iter().zip(enough) {
            let longer = all.iter().flat_map(|head: &Vec<u64>| {
                (*low..=*high).map(move |count| head.iter().copied().chain([count]).collect::<Vec<u64>>())
            });
            all = longer.take(COMBINATIONS + 1).collect();
        }
        if all.len() > COMBINATIONS {
            self.caveat = Some(ONE_BY_ONE);
            return self.lighter(enough);
        }
        all.retain(|counts| counts.iter().any(|count| *count > 0));
        all.sort_by_key(|counts| (self.price(counts), counts.iter().sum::<u64>(), counts.clone()));
        all.into_iter().find(|counts| self.holds(counts)).unwrap_or_else(|| enough.to_vec())
    }

    fn price(&self, counts: &[u64]) -> i128 {
        self.prices.iter().zip(counts).map(|(price, count)| price * i128::from(*count)).sum()
    }

    /// Takes nodes away, of the dearest type first, as long as everything holds.
    fn lighter(&mut self, enough: &[u64]) -> Vec<u64> {
        let mut order: Vec<usize> = (0..enough.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(self.prices[*index]));
        let mut counts = enough.to_vec();
        for index in order {
            let floor = u64::from(counts.iter().sum::<u64>() == counts[index]);
            counts[index] = self.fewest(&counts, index, floor);
        }
        self.caveat = Some(ONE_BY_ONE);
        counts
    }
}

fn with(counts: &[u64], index: usize, count: u64) -> Vec<u64> {
    let mut changed = counts.to_vec();
    changed[index] = count;
    changed
}
