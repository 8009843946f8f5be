//! Prices for what nodes have, by which all pods together cost more than there is, wherever they go.

use super::game::Game;
use super::{greatest_common_divisor, minimal, names};
use crate::fit::evidence::{Evidence, Price};
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::WIDTH;
use crate::fit::states::placing::present;

/// More classes than this have too many prices.
const MOST_CLASSES: usize = 64;
/// One step is one type looked up in one class.
const MOST_STEPS: usize = 4_000_000;
/// How finely prices are rounded: the first with which they still refute is the easiest to read.
const GRAINS: [f64; 6] = [1.0, 10.0, 100.0, 1e4, 1e6, 1e9];
/// Larger prices are not written.
const LARGEST: f64 = 1e18;

/// For each class, the price of a unit of each resource.
type Prices = Vec<[i128; WIDTH]>;

/// A refusal by prices.
pub(super) fn farkas(platform: &Platform, counts: &Counts) -> Option<Evidence> {
    let types: Vec<usize> = present(counts).collect();
    let classes = platform.classes.len();
    if types.is_empty() || classes > MOST_CLASSES || types.len() * classes > MOST_STEPS / 100 {
        return None;
    }
    let market = Market::new(platform, counts, types);
    if market.goods.is_empty() {
        return None;
    }
    let rounds = (50 + 20 * market.goods.len()).min(MOST_STEPS / (market.types.len() * classes));
    // What is charged of a good is at least nothing, and what there is of it is 1 or nothing.
    let game = Game { prices: market.goods.len(), shift: 2.0, rounds };
    let prices = game.search(|prices| market.cheapest(prices), |prices| market.rounded(prices))?;
    let prices = market.fewer(prices);
    let (values, bound) = market.value(&prices)?;
    let written = market.goods.iter().filter(|good| prices[good.class][good.resource] > 0);
    let weights = written.map(|good| Price {
        class: platform.classes[good.class].name.clone(),
        resource: platform.resources[good.resource].clone(),
        weight: prices[good.class][good.resource],
    });
    Some(Evidence::Farkas { weights: weights.collect(), minimal: names(platform, minimal(&values, bound)) })
}

/// A resource of a class of nodes.
struct Good {
    class: usize,
    resource: usize,
    /// What there is of it on all nodes of the class; what is asked of it, where there is nothing. Priced in such
    /// parts, all goods are of one size, whatever their units.
    scale: f64,
}

struct Market<'a> {
    platform: &'a Platform,
    counts: &'a Counts,
    types: Vec<usize>,
    /// For each type its classes.
    places: Vec<Vec<usize>>,
    goods: Vec<Good>,
}

impl<'a> Market<'a> {
    fn new(platform: &'a Platform, counts: &'a Counts, types: Vec<usize>) -> Self {
        let places = types.iter().map(|index| {
            (0..platform.classes.len()).filter(|class| platform.classes[*class].eligible[*index]).collect()
        });
        let places = places.collect();
        let mut goods = Vec::new();
        for (class, one) in platform.classes.iter().enumerate() {
            for resource in 0..WIDTH {
                let here = types.iter().filter(|index| one.eligible[**index]);
                let asked: i128 =
                    here.map(|index| counts.number[*index] * platform.types[*index].requests[resource]).sum();
                let there = one.size() * one.allocatable[resource];
                if asked > 0 {
                    goods.push(Good { class, resource, scale: if there > 0 { there } else { asked } as f64 });
                }
            }
        }
        Self { platform, counts, types, places, goods }
    }

    /// What is charged of each good beyond what there is, where every pod goes where it is cheapest.
    fn cheapest(&self, prices: &[f64]) -> Vec<f64> {
        let mut unit = vec![[0.0; WIDTH]; self.platform.classes.len()];
        for (good, price) in self.goods.iter().zip(prices) {
            unit[good.class][good.resource] = price / good.scale;
        }
        let mut charged = vec![[0.0; WIDTH]; self.platform.classes.len()];
        for (index, places) in self.types.iter().zip(&self.places) {
            let one = &self.platform.types[*index];
            let requests = one.requests.map(|request| request as f64);
            let cost =
                |class: &usize| requests.iter().zip(unit[*class]).map(|(request, price)| request * price).sum::<f64>();
            let number = self.counts.number[*index] as f64;
            let mut charge = |class: usize, pods: f64| {
                charged[class].iter_mut().zip(requests).for_each(|(sum, request)| *sum += pods * request);
            };
            if one.per_node {
                places.iter().for_each(|class| charge(*class, number * self.platform.classes[*class].size() as f64));
            } else if let Some(class) = places.iter().min_by(|left, right| cost(left).total_cmp(&cost(right))) {
                charge(*class, number);
            }
        }
        let beyond = |good: &Good| {
            let class = &self.platform.classes[good.class];
            let there = (class.size() * class.allocatable[good.resource]) as f64;
            (charged[good.class][good.resource] - there) / good.scale
        };
        self.goods.iter().map(beyond).collect()
    }

    /// What the pods of each type cost at least, and what all nodes are worth; nothing where a number is too large.
    fn value(&self, prices: &Prices) -> Option<(Vec<(usize, i128)>, i128)> {
        let worth = |amounts: &[i128; WIDTH], class: usize| {
            amounts
                .iter()
                .zip(&prices[class])
                .try_fold(0_i128, |sum, (amount, price)| sum.checked_add(amount.checked_mul(*price)?))
        };
        let mut values = Vec::new();
        for (index, places) in self.types.iter().zip(&self.places) {
            let one = &self.platform.types[*index];
            let costs: Option<Vec<i128>> = places.iter().map(|class| worth(&one.requests, *class)).collect();
            let of_one = if one.per_node {
                let sizes = places.iter().map(|class| self.platform.classes[*class].size());
                costs?
                    .into_iter()
                    .zip(sizes)
                    .try_fold(0_i128, |sum, (cost, size)| sum.checked_add(cost.checked_mul(size)?))?
            } else {
                costs?.into_iter().min().unwrap_or(0)
            };
            values.push((*index, of_one.checked_mul(self.counts.number[*index])?));
        }
        let mut bound: i128 = 0;
        for (position, class) in self.platform.classes.iter().enumerate() {
            bound = bound.checked_add(worth(&class.allocatable, position)?.checked_mul(class.size())?)?;
        }
        values.iter().try_fold(0_i128, |sum, (_, value)| sum.checked_add(*value))?;
        Some((values, bound))
    }

    fn refutes(&self, prices: &Prices) -> bool {
        self.value(prices).is_some_and(|(values, bound)| values.iter().map(|(_, value)| value).sum::<i128>() > bound)
    }

    /// Prices in whole numbers that refute.
    fn rounded(&self, prices: &[f64]) -> Option<Prices> {
        let used = || self.goods.iter().zip(prices).filter(|(_, price)| **price > 1e-9);
        let largest = used().map(|(good, _)| good.scale).fold(0.0, f64::max);
        let highest = used().map(|(_, price)| *price).fold(0.0, f64::max);
        let try_grain = |grain: f64| {
            let mut whole = vec![[0; WIDTH]; self.platform.classes.len()];
            for (good, price) in used() {
                let number = (price / highest * grain * (largest / good.scale)).round();
                if number > LARGEST {
                    return None;
                }
                whole[good.class][good.resource] = number as i128;
            }
            self.refutes(&whole).then_some(whole)
        };
        GRAINS.into_iter().find_map(try_grain)
    }

    /// Without the prices that are not needed, and in the least numbers.
    fn fewer(&self, mut prices: Prices) -> Prices {
        let total = |good: &Good, prices: &Prices| {
            let class = &self.platform.classes[good.class];
            prices[good.class][good.resource].saturating_mul(class.size() * class.allocatable[good.resource])
        };
        let mut ascending: Vec<&Good> = self.goods.iter().collect();
        ascending.sort_by_key(|good| (total(good, &prices), good.class, good.resource));
        for good in ascending {
            let price = std::mem::take(&mut prices[good.class][good.resource]);
            if price > 0 && !self.refutes(&prices) {
                prices[good.class][good.resource] = price;
            }
        }
        let divisor = prices.iter().flatten().copied().fold(0, greatest_common_divisor).max(1);
        prices.iter_mut().flatten().for_each(|price| *price /= divisor);
        prices
    }
}
