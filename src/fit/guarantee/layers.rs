//! The layers of a guarantee: all types at once where that holds, else cut along strictly falling priorities.

use crate::fit::evidence::Layer;
use crate::fit::evidence::reason::Reason;
use crate::fit::guarantee::any_order::Competition;
use crate::fit::guarantee::charge::{Load, charge};
use crate::fit::guarantee::situation::Situation;
use crate::fit::read::priority::Priority;

/// Why a layer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Argument {
    Charge,
    AnyOrder,
}

/// The layers of a situation under the priorities of all types; an error says why no node may be left.
pub(crate) fn prove(situation: &Situation<'_>, priorities: &[Priority]) -> Result<Vec<Layer>, Reason> {
    let all = &situation.types;
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let mut load = Load::none(situation);
    load.add(situation, all);
    let stuck = match charge(situation, all, &load) {
        Ok(charge) => return Ok(vec![Layer::Charge(charge)]),
        Err(stuck) => stuck,
    };
    if let Ok(weights) = Competition::of(situation, all).weigh(all) {
        return Ok(vec![Layer::AnyOrder(weights)]);
    }
    cut(situation, priorities).ok_or(stuck)
}

/// The types of a situation by falling priority; those at or below one that pushes nobody out stay together.
fn ranks(situation: &Situation<'_>, priorities: &[Priority]) -> Vec<Vec<usize>> {
    let mut values: Vec<i128> = situation.types.iter().map(|index| priorities[*index].value).collect();
    values.sort_unstable_by(|left, right| right.cmp(left));
    values.dedup();
    let meek = situation.types.iter().filter(|index| !priorities[**index].preempts);
    let meek = meek.map(|index| priorities[*index].value).max();
    let mut ranks: Vec<Vec<usize>> = Vec::new();
    let mut is_last = false;
    for value in values {
        let own = situation.types.iter().copied().filter(|index| priorities[*index].value == value);
        match ranks.last_mut().filter(|_| is_last) {
            Some(last) => last.extend(own),
            None => ranks.push(own.collect()),
        }
        is_last |= meek.is_some_and(|meek| value <= meek);
    }
    ranks.iter_mut().for_each(|rank| rank.sort_unstable());
    ranks
}

fn cut(situation: &Situation<'_>, priorities: &[Priority]) -> Option<Vec<Layer>> {
    let ranks = ranks(situation, priorities);
    if ranks.len() < 2 {
        return None;
    }
    let mut layers: Vec<(Argument, Vec<usize>)> = Vec::new();
    let mut load = Load::none(situation);
    let mut above: Vec<usize> = Vec::new();
    for rank in ranks {
        load.add(situation, &rank);
        above.extend(&rank);
        let argument = if charge(situation, &rank, &load).is_ok() {
            Argument::Charge
        } else {
            Competition::of(situation, &above).weigh(&rank).ok()?;
            Argument::AnyOrder
        };
        // Charges that follow each other are one: what the lower is charged with, the higher is, too.
        match layers.last_mut().filter(|(last, _)| *last == Argument::Charge && argument == Argument::Charge) {
            Some((_, types)) => types.extend(rank),
            None => layers.push((argument, rank)),
        }
    }
    layers.iter_mut().for_each(|(_, types)| types.sort_unstable());
    // Nobody makes way for a pod that waits for company, so nothing may stand behind it.
    let seeks = |index: &usize| !situation.platform.types[*index].constraints.company.is_empty();
    let (_, early) = layers.split_last()?;
    if early.iter().any(|(_, types)| types.iter().any(seeks)) {
        return None;
    }
    write(situation, &layers)
}

/// The evidence of layers that hold.
fn write(situation: &Situation<'_>, layers: &[(Argument, Vec<usize>)]) -> Option<Vec<Layer>> {
    let mut load = Load::none(situation);
    let mut above: Vec<usize> = Vec::new();
    let one = |(argument, types): &(Argument, Vec<usize>)| {
        load.add(situation, types);
        above.extend(types);
        match argument {
            Argument::Charge => charge(situation, types, &load).ok().map(Layer::Charge),
            Argument::AnyOrder => Competition::of(situation, &above).weigh(types).ok().map(Layer::AnyOrder),
        }
    };
    layers.iter().map(one).collect()
}
