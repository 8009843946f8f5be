//! Evidence that there is no placement.

use std::collections::BTreeSet;

use crate::manifests::node::{Amounts, MOST_RESOURCES};
use crate::manifests::{Checked, Reading, Value, agree, int, json, refuse, times, total};
use crate::verify::situation::{Situation, World};

/// The types and the steps of one search that `weights` may ask for.
const MOST_WEIGHED: usize = 12;
const MOST_STEPS: usize = 1_000_000;

fn decide(holds: bool, otherwise: impl FnOnce() -> String) -> Checked<()> {
    if holds { Ok(()) } else { Err(format!("the evidence of a refusal does not hold: {}", otherwise())) }
}

fn resource(world: &World, value: &Value) -> Checked<usize> {
    world.resources.iter().position(|resource| value == resource).ok_or_else(|| format!("there is no resource {value}"))
}

/// Holds that all types, and the least of them that it takes, are worth more than there is.
fn least(world: &World, evidence: &Value, value: &dyn Fn(usize) -> i128, all: &[usize], bound: i128) -> Checked<()> {
    let worth = total(all.iter().map(|index| value(*index)));
    decide(worth > bound, || format!("{worth} are needed and {bound} there"))?;
    let mut minimal = BTreeSet::new();
    for name in evidence.texts("minimal")? {
        let index = world.find(name)?;
        let is_next = minimal.last().is_none_or(|last| *last < index);
        decide(is_next && all.contains(&index), || format!("`{name}` is not in order, or not counted"))?;
        minimal.insert(index);
    }
    let worth = total(minimal.iter().map(|index| value(*index)));
    decide(worth > bound, || format!("those that are called minimal need {worth}, and {bound} are there"))?;
    let is_least = minimal.iter().all(|index| worth - value(*index) <= bound);
    decide(is_least, || "without one of those that are called minimal it is still too much".to_owned())
}

/// Prices on what nodes have, at which all pods together cost more than there is.
pub(crate) fn farkas(world: &World, situation: &Situation, evidence: &Value) -> Checked<()> {
    let mut prices = vec![[0_i128; MOST_RESOURCES]; world.classes.len()];
    for row in evidence.list("weights")? {
        let (class, resource) = (world.class(row.needed("class")?)?, resource(world, row.at("resource"))?);
        let price = row.integer("weight")?.unwrap_or(0);
        decide(price >= 1 && prices[class][resource] == 0, || "a price is not one number above 0".to_owned())?;
        prices[class][resource] = price;
    }
    let cost = |class: usize, amounts: &Amounts| {
        total(amounts.iter().zip(prices[class]).map(|(amount, price)| times(*amount, price)))
    };
    let value = |index: usize| {
        let one = &world.types[index];
        let costs = world.homes(index).map(|class| (world.classes[class].size, cost(class, &one.pod.requests)));
        let each = match one.is_daemon() {
            true => total(costs.map(|(size, cost)| times(size, cost))),
            false => costs.map(|(_, cost)| cost).min().unwrap_or(0),
        };
        times(situation.counts[index], each)
    };
    let there = (0..world.classes.len())
        .map(|class| times(world.classes[class].size, cost(class, &world.facts(class).allocatable)));
    let all: Vec<usize> = world.present(situation).collect();
    least(world, evidence, &value, &all, total(there))
}

/// Weights of types of which no node carries as much as it would have to.
pub(crate) fn weights(world: &World, situation: &Situation, evidence: &Value) -> Checked<()> {
    let mut weights: Vec<(usize, i128)> = Vec::new();
    for row in evidence.list("types")? {
        let (index, weight) = (world.find(row.needed("type")?)?, row.integer("weight")?.unwrap_or(0));
        let is_new = weights.iter().all(|(other, _)| *other != index) && !world.types[index].is_daemon();
        let is_known = is_new && weight >= 1 && weights.len() < MOST_WEIGHED;
        decide(is_known, || format!("`{}` has no weight that is understood", world.types[index].name))?;
        weights.push((index, weight));
    }
    let (mut classes, mut there) = (Vec::new(), 0_i128);
    for (class, name, size) in world.classes.iter().enumerate().map(|(class, one)| (class, one.name, one.size)) {
        let taken = world.load(class, world.daemons(situation), |index| situation.counts[index]);
        let mut room = world.facts(class).allocatable;
        room.iter_mut().zip(taken).for_each(|(room, taken)| *room = room.saturating_sub(taken));
        let here = weights.iter().filter(|(index, _)| world.types[*index].eligible[class]);
        let most = |index: usize| situation.counts[index].min(ceiling(world, situation, index));
        let here = here.map(|(index, weight)| (*weight, most(*index), &world.types[*index].pod.requests));
        let here: Vec<_> = here.collect();
        if !here.is_empty() {
            let most = heaviest(&here, room, &mut 0)?;
            there = there.saturating_add(times(size, most));
            classes.push(json!({ "class": name, "most": int(most) }));
        }
    }
    let value = |index: usize| {
        total(weights.iter().filter(|one| one.0 == index).map(|one| times(situation.counts[index], one.1)))
    };
    let all: Vec<usize> = weights.iter().map(|(index, _)| *index).collect();
    least(world, evidence, &value, &all, there)?;
    agree("evidence.classes", evidence.at("classes"), &json!(classes))
}

/// A DaemonSet of which each node must carry several pods and carries one.
pub(crate) fn alone(world: &World, situation: &Situation, evidence: &Value) -> Checked<()> {
    let index = world.find(evidence.needed("type")?)?;
    let (one, count) = (&world.types[index], situation.counts[index]);
    let holds = one.is_daemon() && one.nodes >= 1 && count > 1 && world.is_alone(index);
    decide(holds, || format!("{count} pods of `{}` on each node may be together", one.name))?;
    agree("evidence", evidence, &json!({ "kind": "alone", "type": one.name, "count": int(count) }))
}

/// How many pods of a type a node carries at most, whatever it has.
fn ceiling(world: &World, situation: &Situation, index: usize) -> i128 {
    let one = &world.types[index];
    // A host that it counts and may not use has none, so that no other may have more than the skew. Pods of another
    // revision are not counted.
    let skews = one.pod.constraints.spreads.iter().filter(|spread| {
        let counts_all = spread.is_keyed.is_some_and(|is_keyed| !(is_keyed && situation.rolls[index]));
        let is_own = spread.is_own(&world.types, one) && spread.selector.matches(&one.pod.labels);
        counts_all && is_own && !world.is_partial && !spread.honours_taints && one.sees.0
    });
    let skew = skews.map(|spread| spread.skew).min().unwrap_or(i128::MAX);
    if world.is_alone(index) { skew.min(1) } else { skew }
}

/// The heaviest that fits into a room, found by trying all: of each type its weight, its number and what it requests.
fn heaviest(types: &[(i128, i128, &Amounts)], room: Amounts, steps: &mut usize) -> Checked<i128> {
    let Some(((weight, most, requests), rest)) = types.split_first() else { return Ok(0) };
    let fits =
        requests.iter().zip(room).filter(|(request, _)| **request > 0).map(|(request, room)| room.max(0) / request);
    let most = fits.min().unwrap_or(0).min(*most);
    let mut best = 0;
    // The last type is taken as often as it fits.
    for number in if rest.is_empty() { most..=most } else { 0..=most } {
        *steps += 1;
        refuse(*steps > MOST_STEPS, || format!("more than {MOST_STEPS} steps find no heaviest of a node"))?;
        let mut left = room;
        left.iter_mut().zip(*requests).for_each(|(left, request)| *left -= times(number, *request));
        best = best.max(times(number, *weight).saturating_add(heaviest(rest, left, steps)?));
    }
    Ok(best)
}
