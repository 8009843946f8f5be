//! Evidence that there is no placement: `no-node`, `oversize`, `count`, `sum`.

use std::collections::BTreeSet;

use crate::verify::claims::decide;
use crate::verify::nodes::{Class, RESOURCES};
use crate::verify::quantity::{add, times};
use crate::verify::rows::{agree, row, text};
use crate::verify::situation::{Situation, World};
use crate::verify::value::{Checked, Value};
use crate::verify::workloads::Type;

fn resource(value: &Value) -> Checked<usize> {
    let name = value.needed_text("resource")?;
    RESOURCES.iter().position(|resource| *resource == name).ok_or_else(|| format!("there is no resource `{name}`"))
}

/// The classes whose nodes are eligible.
fn homes<'a>(world: &'a World, one: &'a Type) -> impl Iterator<Item = &'a Class> {
    world.classes.iter().zip(&one.eligible).filter(|(_, is_eligible)| **is_eligible).map(|(class, _)| class)
}

pub(crate) fn refuse(world: &World, situation: &Situation, evidence: &Value) -> Checked<()> {
    let kind = evidence.get("kind").needed_text("kind")?;
    if kind == "sum" {
        return sum(world, situation, evidence);
    }
    let index = world.find(evidence.get("type").needed_text("type")?)?;
    let (one, count) = (&world.types[index], situation.counts[index]);
    if count < 1 {
        return Err(format!("`{}` has no pods in this state", one.name));
    }
    match kind {
        "no-node" => decide(one.nodes == 0, &format!("{} nodes are eligible for `{}`", one.nodes, one.name)),
        "oversize" => oversize(world, one, evidence),
        "count" => tally(world, situation, index, evidence),
        _ => Err(format!("the refusal `{kind}` is not known in this state")),
    }
}

fn oversize(world: &World, one: &Type, evidence: &Value) -> Checked<()> {
    let mut open: BTreeSet<&str> = homes(world, one).map(|class| class.name.as_str()).collect();
    if open.is_empty() {
        return Err(format!("no node is eligible for `{}`", one.name));
    }
    for place in evidence.get("places").list("places")? {
        let name = place.get("class").needed_text("places.class")?;
        if !open.remove(name) {
            return Err(format!("`{name}` has no eligible nodes, or is there twice"));
        }
        let (class, index) = (&world.classes[world.class(name)?], resource(place.get("resource"))?);
        let (request, allocatable) = (one.pod.requests[index], class.allocatable[index]);
        let stated = |key: &str| place.get(key).needed_integer(key);
        let agrees = stated("request")? == request && stated("allocatable")? == allocatable;
        decide(agrees && request > allocatable, &format!("one pod requests {request} of {allocatable} on `{name}`"))?;
    }
    match open.into_iter().next() {
        Some(class) => Err(format!("the evidence says nothing of `{class}`")),
        None => Ok(()),
    }
}

fn tally(world: &World, situation: &Situation, index: usize, evidence: &Value) -> Checked<()> {
    let (one, count) = (&world.types[index], situation.counts[index]);
    let skews = one.pod.spreads.iter().filter(|spread| {
        let is_own = spread.is_by_host() && spread.keys.is_empty() && spread.selector.matches(&one.pod.labels);
        is_own && spread.honours_taints != Some(true) && one.has_tainted
    });
    let skew = skews.map(|spread| spread.skew).min();
    let (mut rows, mut total) = (Vec::new(), 0);
    let stated = evidence.get("places").list("places")?;
    for class in homes(world, one) {
        // For a daemon set one class that is too small is enough.
        let is_stated = stated.iter().any(|place| place.get("class") == &text(&class.name));
        if one.is_daemon() && !is_stated {
            continue;
        }
        let pairs = one.pod.requests.iter().zip(&class.allocatable).filter(|(request, _)| **request > 0);
        let by_size = pairs.map(|(request, allocatable)| allocatable / request).min().unwrap_or(count);
        let alone = if world.is_alone(index) { 1 } else { by_size };
        let per_node = by_size.min(alone).min(skew.unwrap_or(by_size));
        total = add(total, times(per_node, if one.is_daemon() { 1 } else { class.size() })?)?;
        rows.push(row([("class", text(&class.name)), ("perNode", Value::Integer(per_node))]));
    }
    if one.is_daemon() && rows.len() != 1 {
        return Err(format!("for `{}` one class must be stated", one.name));
    }
    agree(evidence.get("places"), "places", &rows, &["class"], |_| true)?;
    let stated = |key: &str| evidence.get(key).needed_integer(key);
    let agrees = stated("count")? == count && stated("total")? == total;
    decide(agrees && total < count, &format!("there are {count} pods of `{}` and places for {total}", one.name))
}

fn sum(world: &World, situation: &Situation, evidence: &Value) -> Checked<()> {
    let index = resource(evidence.get("resource"))?;
    let mut classes = BTreeSet::new();
    for name in evidence.get("classes").texts("classes")? {
        classes.insert(world.class(&name)?);
    }
    let (mut demand, mut allocatable, mut seen) = (0, 0, BTreeSet::new());
    for name in evidence.get("types").texts("types")? {
        let found = world.find(&name)?;
        let one = &world.types[found];
        if !seen.insert(found) {
            return Err(format!("`{name}` is counted twice"));
        }
        let mut here = 0;
        for (class, facts) in world.classes.iter().enumerate().filter(|(class, _)| one.eligible[*class]) {
            if classes.contains(&class) {
                here = add(here, facts.size())?;
            } else if !one.is_daemon() {
                return Err(format!("`{name}` may also go to `{}`", facts.name));
            }
        }
        let count = situation.counts[found];
        let pods = if one.is_daemon() { times(count, here)? } else { count };
        demand = add(demand, times(pods, one.pod.requests[index])?)?;
    }
    for class in classes {
        let facts = &world.classes[class];
        allocatable = add(allocatable, times(facts.size(), facts.allocatable[index])?)?;
    }
    let stated = |key: &str| evidence.get(key).needed_integer(key);
    let agrees = stated("demand")? == demand && stated("allocatable")? == allocatable;
    decide(agrees && demand > allocatable, &format!("{demand} are demanded of {allocatable}"))
}
