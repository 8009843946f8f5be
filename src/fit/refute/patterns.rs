//! Weights of pods by which nothing that fits on a node weighs much: the sum fits, and the pieces do not.
//!
//! A pattern is what fits on one node together. The most that a node can carry is found by trying all patterns, so that
//! whoever checks the weights can do the same; that is why there are few types and few patterns, or no weights at all.

use super::game::Game;
use super::{greatest_common_divisor, minimal, names};
use crate::fit::evidence::Evidence;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::WIDTH;
use crate::fit::states::placing::present;

/// A checker takes no more types than these.
const MOST_TYPES: usize = 12;
/// So few patterns on a node of each class that a checker needs far less than its 1,000,000 steps, in whatever order it
/// tries them: each pattern has at most twelve prefixes, and each of these at most one that does not fit.
const MOST_PATTERNS: usize = 30_000;
/// One step is one pattern that is found or weighed; so many for all choices of types together.
const MOST_STEPS: usize = 300_000;
/// Different choices of types that are tried.
const MOST_CHOICES: usize = 12;
/// What the largest weight is rounded to: the first with which the weights still refute is the easiest to read.
const GRAINS: [i128; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 24, 60, 120, 1_000, 1_000_000];

/// A refusal by weights.
pub(super) fn patterns(platform: &Platform, counts: &Counts) -> Option<Evidence> {
    let floating: Vec<usize> = present(counts).filter(|index| !platform.types[*index].per_node).collect();
    if (0..platform.classes.len()).any(|class| room(platform, counts, class).iter().any(|amount| *amount < 0)) {
        return None;
    }
    let mut tried: Vec<Vec<usize>> = Vec::new();
    let mut left = MOST_STEPS;
    for choice in choices(platform, counts, &floating) {
        let Some(pieces) = Pieces::most_of(platform, counts, &choice, &mut left) else { continue };
        if !tried.contains(&pieces.types) {
            if let Some(weights) = pieces.weights(&mut left) {
                return Some(pieces.evidence(&weights));
            }
            tried.push(pieces.types);
        }
    }
    None
}

/// What a node of a class has beside its DaemonSets.
pub(super) fn room(platform: &Platform, counts: &Counts, class: usize) -> [i128; WIDTH] {
    let one = &platform.classes[class];
    let mut room = one.allocatable;
    for index in present(counts).filter(|index| platform.types[*index].per_node && one.eligible[*index]) {
        let requests = platform.types[index].requests;
        room.iter_mut().zip(requests).for_each(|(room, request)| *room -= counts.number[index] * request);
    }
    room
}

/// Orders of the types in which the first ones are worth weighing: the largest, the many that are larger than a half or a
/// third of a node, and the largest that share the same nodes.
fn choices(platform: &Platform, counts: &Counts, floating: &[usize]) -> Vec<Vec<usize>> {
    let rooms: Vec<[i128; WIDTH]> = (0..platform.classes.len()).map(|class| room(platform, counts, class)).collect();
    // In thousandths of the node on which it is the smallest.
    let size = |index: usize| {
        let requests = platform.types[index].requests;
        let own = (0..rooms.len()).filter(|class| platform.classes[*class].eligible[index]);
        let share = |class: usize| {
            let wanted = (0..WIDTH).filter(|resource| requests[*resource] > 0);
            wanted.map(|resource| requests[resource].saturating_mul(1000) / rooms[class][resource].max(1)).max()
        };
        own.filter_map(share).min().unwrap_or(0)
    };
    let mut largest: Vec<(usize, i128)> = floating.iter().map(|index| (*index, size(*index))).collect();
    largest.sort_by_key(|(index, size)| (std::cmp::Reverse(*size), *index));
    let order = |chosen: &dyn Fn(usize) -> bool| -> Vec<usize> {
        largest.iter().map(|(index, _)| *index).filter(|index| chosen(*index)).collect()
    };
    let mut choices = vec![order(&|_| true)];
    for least in [500, 333] {
        let mut many: Vec<usize> = largest.iter().filter(|(_, size)| *size >= least).map(|(index, _)| *index).collect();
        many.sort_by_key(|index| (std::cmp::Reverse(counts.number[*index]), *index));
        choices.push(many);
    }
    let mut seen: Vec<Vec<bool>> = Vec::new();
    for index in floating {
        let nodes: Vec<bool> = platform.classes.iter().map(|class| class.eligible[*index]).collect();
        if seen.len() < MOST_CHOICES && !seen.contains(&nodes) {
            choices.push(order(&|other| {
                platform.classes.iter().zip(&nodes).all(|(class, inside)| *inside || !class.eligible[other])
            }));
            seen.push(nodes);
        }
    }
    choices
}

/// A class of nodes that takes some of the pieces, with its patterns: how many of each type, and nothing fits beside them.
struct Place {
    class: usize,
    patterns: Vec<Vec<i128>>,
}

/// A few types and all that fits of them on one node.
struct Pieces<'a> {
    platform: &'a Platform,
    counts: &'a Counts,
    types: Vec<usize>,
    places: Vec<Place>,
}

impl<'a> Pieces<'a> {
    /// The first types of an order, as many as have few patterns.
    fn most_of(platform: &'a Platform, counts: &'a Counts, order: &[usize], left: &mut usize) -> Option<Self> {
        let mut most = None;
        for number in 1..=order.len().min(MOST_TYPES) {
            let mut types = order[..number].to_vec();
            types.sort_unstable();
            let mut places = Vec::new();
            for class in 0..platform.classes.len() {
                if types.iter().any(|index| platform.classes[class].eligible[*index]) {
                    match Enumeration::of(platform, counts, &types, class, left) {
                        Some(patterns) => places.push(Place { class, patterns }),
                        None => return most,
                    }
                }
            }
            most = Some(Self { platform, counts, types, places });
        }
        most
    }

    fn number(&self, position: usize) -> i128 {
        self.counts.number[self.types[position]]
    }

    fn size(&self, place: &Place) -> i128 {
        self.platform.classes[place.class].size()
    }

    /// The most that one node of each class can carry.
    fn most(&self, weights: &[i128]) -> Vec<i128> {
        let weigh = |pattern: &Vec<i128>| pattern.iter().zip(weights).map(|(number, weight)| number * weight).sum();
        self.places.iter().map(|place| place.patterns.iter().map(weigh).max().unwrap_or(0)).collect()
    }

    /// What each type weighs, and what all nodes can carry.
    fn value(&self, weights: &[i128]) -> (Vec<(usize, i128)>, i128) {
        let values = weights.iter().enumerate().map(|(position, weight)| (position, self.number(position) * weight));
        let most = self.most(weights);
        (values.collect(), self.places.iter().zip(most).map(|(place, most)| self.size(place) * most).sum())
    }

    fn refutes(&self, weights: &[i128]) -> bool {
        let (values, bound) = self.value(weights);
        values.iter().map(|(_, value)| value).sum::<i128>() > bound
    }

    /// Weights in small numbers that refute.
    fn weights(&self, left: &mut usize) -> Option<Vec<i128>> {
        let like = vec![1; self.types.len()];
        if self.refutes(&like) {
            return Some(self.fewer(like));
        }
        let patterns: usize = self.places.iter().map(|place| place.patterns.len()).sum();
        let nodes: i128 = self.places.iter().map(|place| self.size(place)).sum();
        let game = Game {
            prices: self.types.len(),
            shift: nodes as f64 + 1.0,
            rounds: (50 + 20 * self.types.len()).min(*left / patterns.max(1)),
        };
        let heaviest = |shares: &[f64]| {
            *left = left.saturating_sub(patterns);
            self.heaviest(shares)
        };
        game.search(heaviest, |shares| self.rounded(shares)).map(|weights| self.fewer(weights))
    }

    /// What is missing of each type, in parts of all its pods, when every node carries the pattern that weighs most.
    fn heaviest(&self, shares: &[f64]) -> Vec<f64> {
        let numbers: Vec<f64> = (0..self.types.len()).map(|position| self.number(position) as f64).collect();
        let weigh = |pattern: &Vec<i128>| -> f64 {
            pattern.iter().zip(shares.iter().zip(&numbers)).map(|(own, (share, all))| *own as f64 * share / all).sum()
        };
        let mut missing = vec![1.0; self.types.len()];
        for place in &self.places {
            let heaviest = place.patterns.iter().max_by(|left, right| weigh(left).total_cmp(&weigh(right)));
            for (position, number) in heaviest.into_iter().flatten().enumerate() {
                missing[position] -= *number as f64 * self.size(place) as f64 / numbers[position];
            }
        }
        missing
    }

    /// Weights in whole numbers from the share of each type in the weight of all pods.
    fn rounded(&self, shares: &[f64]) -> Option<Vec<i128>> {
        let exact: Vec<f64> =
            shares.iter().enumerate().map(|(position, share)| share / self.number(position) as f64).collect();
        let largest = exact.iter().copied().fold(0.0, f64::max);
        let whole = |grain: i128| -> Vec<i128> {
            exact.iter().map(|weight| (weight / largest * grain as f64).round() as i128).collect()
        };
        GRAINS.into_iter().map(whole).find(|weights| self.refutes(weights))
    }

    /// Without the types that are not needed, the lightest first.
    fn fewer(&self, mut weights: Vec<i128>) -> Vec<i128> {
        let mut ascending: Vec<usize> = (0..weights.len()).collect();
        ascending.sort_by_key(|position| (weights[*position] * self.number(*position), *position));
        for position in ascending {
            let weight = std::mem::take(&mut weights[position]);
            if weight > 0 && !self.refutes(&weights) {
                weights[position] = weight;
            }
        }
        let divisor = weights.iter().copied().fold(0, greatest_common_divisor).max(1);
        weights.iter_mut().for_each(|weight| *weight /= divisor);
        weights
    }

    fn evidence(&self, weights: &[i128]) -> Evidence {
        let (values, bound) = self.value(weights);
        let used = |position: &usize| weights[*position] > 0;
        let places = self.places.iter().zip(self.most(weights)).filter(|(place, _)| {
            let here = |position: usize| self.platform.classes[place.class].eligible[self.types[position]];
            (0..weights.len()).filter(used).any(here)
        });
        let name = |position: usize| self.platform.types[self.types[position]].name.clone();
        let least = minimal(&values, bound).into_iter().map(|position| self.types[position]);
        Evidence::Weights {
            types: (0..weights.len()).filter(used).map(|position| (name(position), weights[position])).collect(),
            minimal: names(self.platform, least),
            classes: places.map(|(place, most)| (self.platform.classes[place.class].name.clone(), most)).collect(),
            total: values.iter().map(|(_, value)| value).sum(),
            limit: bound,
        }
    }
}

/// All patterns of a class, one after the other.
struct Enumeration<'a> {
    platform: &'a Platform,
    types: &'a [usize],
    most: Vec<i128>,
    seen: usize,
    limit: usize,
    patterns: Vec<Vec<i128>>,
}

impl<'a> Enumeration<'a> {
    /// The patterns to which nothing can be added; nothing where there are too many to try.
    fn of(
        platform: &'a Platform,
        counts: &Counts,
        types: &'a [usize],
        class: usize,
        left: &mut usize,
    ) -> Option<Vec<Vec<i128>>> {
        let most = types.iter().map(|index| match platform.classes[class].eligible[*index] {
            true if platform.is_alone(*index) => counts.number[*index].min(1),
            true => counts.number[*index],
            false => 0,
        });
        let limit = MOST_PATTERNS.min(*left);
        let mut all = Self { platform, types, most: most.collect(), seen: 0, limit, patterns: Vec::new() };
        let found = all.extend(&mut Vec::new(), &mut room(platform, counts, class));
        *left = left.saturating_sub(all.seen);
        found.map(|()| all.patterns)
    }

    fn fits(&self, position: usize, room: &[i128; WIDTH]) -> bool {
        let requests = &self.platform.types[self.types[position]].requests;
        requests.iter().zip(room).all(|(request, room)| *request == 0 || request <= room)
    }

    fn take(&self, position: usize, room: &mut [i128; WIDTH], number: i128) {
        let requests = &self.platform.types[self.types[position]].requests;
        room.iter_mut().zip(requests).for_each(|(room, request)| *room -= number * request);
    }

    fn extend(&mut self, pattern: &mut Vec<i128>, room: &mut [i128; WIDTH]) -> Option<()> {
        let position = pattern.len();
        if position == self.types.len() {
            self.seen += 1;
            let more = |position: usize| pattern[position] < self.most[position] && self.fits(position, room);
            if !(0..position).any(more) {
                self.patterns.push(pattern.clone());
            }
            return (self.seen < self.limit).then_some(());
        }
        let mut number = 0;
        loop {
            pattern.push(number);
            self.extend(pattern, room)?;
            pattern.pop();
            if number == self.most[position] || !self.fits(position, room) {
                break;
            }
            number += 1;
            self.take(position, room, 1);
        }
        self.take(position, room, -number);
        Some(())
    }
}
