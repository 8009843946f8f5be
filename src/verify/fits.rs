//! Evidence that everything finds its place: `charge`, `any-order`, `placement`, and `loss` of a node.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::nodes::RESOURCES;
use crate::verify::quantity::{add, ceil, share, times};
use crate::verify::rows::{agree, row, text};
use crate::verify::selectors::Selector;
use crate::verify::situation::{Situation, World};
use crate::verify::value::{Checked, Value};
use crate::verify::workloads::{Kind, Type};

/// What a type puts on each of the nodes that are left to it.
struct Load {
    index: usize,
    nodes: i128,
    per_node: i128,
}

/// Derives `types` and `sums`, holds the evidence against them, and every sum against what the nodes have.
fn sums(world: &World, evidence: &Value, situation: &Situation, loads: &[Load], left: &[bool]) -> Checked<()> {
    let types: Vec<Value> = loads
        .iter()
        .map(|load| {
            row([
                ("type", text(&world.types[load.index].name)),
                ("count", Value::Integer(situation.counts[load.index])),
                ("nodes", Value::Integer(load.nodes)),
                ("perNode", Value::Integer(load.per_node)),
            ])
        })
        .collect();
    agree(evidence.get("types"), "types", &types, &["type"], |_| true)?;
    let mut sums = Vec::new();
    for (class, facts) in world.classes.iter().enumerate() {
        let here: Vec<&Load> = loads.iter().filter(|load| world.types[load.index].eligible[class]).collect();
        if here.is_empty() || !left[class] {
            continue;
        }
        for (resource, name) in RESOURCES.iter().enumerate() {
            let mut sum = 0;
            for load in &here {
                let request = world.types[load.index].pod.requests[resource];
                sum = add(sum, times(load.per_node, request)?)?;
            }
            let allocatable = facts.allocatable[resource];
            if sum > allocatable {
                return Err(format!(
                    "on a node of `{}`, `{name}` adds up to {sum}, more than {allocatable}",
                    facts.name
                ));
            }
            sums.push(row([
                ("class", text(&facts.name)),
                ("resource", text(name)),
                ("sum", Value::Integer(sum)),
                ("allocatable", Value::Integer(allocatable)),
            ]));
        }
    }
    agree(evidence.get("sums"), "sums", &sums, &["class", "resource"], |_| true)
}

/// `charge`: at most so many of each type on every node, and they fit together.
pub(crate) fn charge(world: &World, state: &str, situation: &Situation, evidence: &Value) -> Checked<()> {
    let mut situation = situation.clone();
    for name in evidence.get("waits").texts("waits")? {
        let index = world.find(&name)?;
        let one = &world.types[index];
        let may_wait = one.kind == Kind::Deployment && one.unavailable >= 1 && situation.counts[index] > one.peak;
        if state != "S2" || world.nodes.len() != 1 || !may_wait {
            return Err(format!("the surge of `{name}` may not wait"));
        }
        situation.counts[index] = one.peak;
    }
    let mut loads = Vec::new();
    for index in world.present(&situation) {
        let nodes = world.types[index].nodes;
        if nodes < 1 {
            return Err(format!("`{}` has no eligible node", world.types[index].name));
        }
        world.free(&situation, index, nodes)?;
        loads.push(Load { index, nodes, per_node: world.most(&situation, index, nodes) });
    }
    sums(world, evidence, &situation, &loads, &vec![true; world.classes.len()])
}

/// The scale of weights in `any-order`.
const SCALE: i128 = 1_000_000_000_000;

/// `any-order`: all pods together are too light to block every node for any one of them.
pub(crate) fn any_order(world: &World, situation: &Situation, evidence: &Value) -> Checked<()> {
    let present = world.present(situation);
    let work = present.len().saturating_mul(present.len()).saturating_mul(world.classes.len());
    if work > 200_000_000 {
        return Err("there are too many workloads to weigh".to_owned());
    }
    let mut rows = Vec::new();
    for &index in &present {
        let one = &world.types[index];
        if one.nodes < 1 {
            return Err(format!("`{}` has no eligible node", one.name));
        }
        world.free(situation, index, one.nodes)?;
        let is_bound = world.is_alone(index) || !one.pod.spreads.is_empty();
        if one.has_claims() || is_bound && situation.counts[index] != 1 {
            return Err(format!("`{}` mounts claims, is alone on its nodes or is spread", one.name));
        }
        let own: Vec<usize> = (0..world.classes.len()).filter(|class| one.eligible[*class]).collect();
        // The pods of a daemon set each have one node of their own, and the nodes of a class are alike.
        let places: Vec<Vec<usize>> =
            if one.is_daemon() { own.iter().map(|class| vec![*class]).collect() } else { vec![own] };
        let (mut total, limit) = (0, times(if one.is_daemon() { 1 } else { one.nodes }, SCALE)?);
        for place in places {
            let weight = weight(world, situation, &present, index, &place)?;
            total = total.max(weight);
        }
        if total >= limit {
            return Err(format!("for `{}` the weights add up to {total}, not below {limit}", one.name));
        }
        let (total, limit) = (Value::Integer(total), Value::Integer(limit));
        rows.push(row([("type", text(&one.name)), ("total", total), ("limit", limit)]));
    }
    agree(evidence.get("types"), "types", &rows, &["type"], |_| true)
}

/// The weight of all pods that may come to the nodes of some classes, seen from one more pod of a type. For a daemon
/// set the place is one node of the class.
fn weight(world: &World, situation: &Situation, present: &[usize], index: usize, place: &[usize]) -> Checked<i128> {
    let one = &world.types[index];
    let mut total = 0;
    for &other in present {
        let sibling = &world.types[other];
        let (mut heaviest, mut shared) = (None, 0);
        for &class in place.iter().filter(|class| sibling.eligible[**class]) {
            let facts = &world.classes[class];
            shared = add(shared, if one.is_daemon() { 1 } else { facts.size() })?;
            for resource in 0..RESOURCES.len() {
                let request = one.pod.requests[resource];
                let room = facts.allocatable[resource] - request;
                if request > 0 && room < 0 {
                    return Err(format!("a pod of `{}` is larger than a node of `{}`", one.name, facts.name));
                }
                if request > 0 {
                    let weight = ceil(times(sibling.pod.requests[resource], SCALE)?, room + 1);
                    heaviest = heaviest.max(Some(weight));
                }
            }
        }
        let count = situation.counts[other];
        let count = if sibling.is_daemon() { times(count, shared)? } else { count };
        let count = if other == index { count - 1 } else { count };
        total = add(total, times(count, heaviest.unwrap_or(0))?)?;
    }
    Ok(total)
}

/// `placement`: one way to place all pods, held against every constraint.
pub(crate) fn placement(world: &World, situation: &Situation, evidence: &Value) -> Checked<()> {
    let by_name: BTreeMap<&str, usize> =
        world.nodes.iter().enumerate().map(|(index, node)| (&*node.name, index)).collect();
    let mut class_of = vec![0; world.nodes.len()];
    for (class, facts) in world.classes.iter().enumerate() {
        facts.nodes.iter().for_each(|node| class_of[*node] = class);
    }
    // For each type its nodes and how many pods are there; for each node what is requested.
    let mut placed: Vec<BTreeMap<usize, i128>> = vec![BTreeMap::new(); world.types.len()];
    let mut used = vec![[0_i128; 4]; world.nodes.len()];
    let mut ports = BTreeSet::new();
    for pods in evidence.get("pods").list("pods")? {
        let name = pods.get("node").needed_text("pods.node")?;
        let node = *by_name.get(name).ok_or_else(|| format!("there is no node `{name}`"))?;
        let index = world.find(pods.get("type").needed_text("pods.type")?)?;
        let (one, count) = (&world.types[index], pods.get("count").needed_integer("pods.count")?);
        if count < 1 || placed[index].insert(node, count).is_some() {
            return Err(format!("the pods of `{}` on `{name}` are not one number above 0", one.name));
        }
        if !one.eligible[class_of[node]] {
            return Err(format!("`{name}` is not eligible for `{}`", one.name));
        }
        if world.is_alone(index) && count > 1 {
            return Err(format!("`{name}` has {count} pods of `{}`, which may have one", one.name));
        }
        if one.pod.ports.iter().any(|port| !ports.insert((node, port))) {
            return Err(format!("on `{name}` another pod has a host port of `{}`", one.name));
        }
        for (resource, sum) in used[node].iter_mut().enumerate() {
            *sum = add(*sum, times(count, one.pod.requests[resource])?)?;
        }
    }
    for (node, sums) in used.iter().enumerate() {
        let facts = &world.nodes[node];
        if let Some(resource) = (0..RESOURCES.len()).find(|resource| sums[*resource] > facts.allocatable[*resource]) {
            let (name, sum, most) = (RESOURCES[resource], sums[resource], facts.allocatable[resource]);
            return Err(format!("on `{}`, `{name}` adds up to {sum}, more than {most}", facts.name));
        }
    }
    let mut holders: BTreeMap<(&str, &str), BTreeSet<usize>> = BTreeMap::new();
    for (index, one) in world.types.iter().enumerate() {
        let count = situation.counts[index];
        let is_complete = if one.is_daemon() {
            placed[index].len() == usize::try_from(one.nodes).unwrap_or(0)
                && placed[index].values().all(|there| *there == count)
                || count == 0 && placed[index].is_empty()
        } else {
            placed[index].values().try_fold(0, |sum, there| add(sum, *there))? == count
        };
        if !is_complete {
            return Err(format!("not all {count} pods of `{}` are placed, or too many", one.name));
        }
        for claim in &one.pod.mounted {
            holders.entry((&one.namespace, claim)).or_default().extend(placed[index].keys());
        }
        if count > 0 {
            constraints(world, situation, &placed, index)?;
        }
    }
    match holders.into_iter().find(|(_, nodes)| nodes.len() > 1) {
        Some(((namespace, claim), _)) => Err(format!("the claim `{namespace}/{claim}` is mounted on several nodes")),
        None => Ok(()),
    }
}

/// The constraints of a type between pods, in a placement.
fn constraints(world: &World, situation: &Situation, placed: &[BTreeMap<usize, i128>], index: usize) -> Checked<()> {
    let one = &world.types[index];
    if one.pod.has_attraction {
        return Err(format!("the affinity of `{}` to other pods is not verified", one.name));
    }
    for term in &one.pod.repulsions {
        if !term.is_plain {
            return Err(format!("an anti-affinity of `{}` by keys of labels is not verified", one.name));
        }
        let reaches = |other: &Type| {
            let is_home = term.namespaces.is_empty() && other.namespace == one.namespace;
            (term.any_namespace || is_home || term.namespaces.contains(&other.namespace))
                && term.selector.matches(&other.pod.labels)
        };
        let domain = |node: &usize| world.nodes[*node].labels.get(&term.topology);
        let mut there: BTreeMap<&String, i128> = BTreeMap::new();
        for (_, nodes) in placed.iter().enumerate().filter(|(other, _)| reaches(&world.types[*other])) {
            for (node, count) in nodes {
                if let Some(domain) = domain(node) {
                    let sum = there.entry(domain).or_default();
                    *sum = add(*sum, *count)?;
                }
            }
        }
        // A pod does not repel itself.
        let itself = i128::from(reaches(one));
        for node in placed[index].keys() {
            if let Some(name) = domain(node).filter(|domain| there.get(domain).is_some_and(|sum| *sum > itself)) {
                return Err(format!("in `{name}` there is a pod that `{}` keeps away", one.name));
            }
        }
    }
    for spread in &one.pod.spreads {
        let is_mixed = !spread.keys.is_empty() && situation.counts[index] > 1 && situation.is_rolling(index);
        if is_mixed || !spread.keys.is_empty() && spread.keys != ["pod-template-hash"] {
            return Err(format!("the spread of `{}` by keys of labels is not verified", one.name));
        }
        let mut domains: BTreeMap<&String, i128> = BTreeMap::new();
        let mut counted = vec![false; world.nodes.len()];
        for (node, facts) in world.nodes.iter().enumerate() {
            let is_selected = !spread.honours_affinity || one.pod.affinity.selects(&facts.labels);
            let is_tolerated = spread.honours_taints != Some(true) || one.pod.affinity.tolerates(&facts.taints);
            if let Some(domain) = facts.labels.get(&spread.topology).filter(|_| is_selected && is_tolerated) {
                domains.entry(domain).or_default();
                counted[node] = true;
            }
        }
        if placed[index].keys().any(|node| !counted[*node]) {
            return Err(format!("a pod of `{}` is on a node without `{}`", one.name, spread.topology));
        }
        let matching = |other: &Type| other.namespace == one.namespace && spread.selector.matches(&other.pod.labels);
        for (_, nodes) in placed.iter().enumerate().filter(|(other, _)| matching(&world.types[*other])) {
            for (node, count) in nodes.iter().filter(|(node, _)| counted[**node]) {
                if let Some(sum) =
                    world.nodes[*node].labels.get(&spread.topology).and_then(|domain| domains.get_mut(domain))
                {
                    *sum = add(*sum, *count)?;
                }
            }
        }
        let is_short =
            spread.least_domains.is_some_and(|least| i128::try_from(domains.len()).is_ok_and(|there| there < least));
        let least = if is_short { 0 } else { domains.values().copied().min().unwrap_or(0) };
        let most = domains.values().copied().max().unwrap_or(0);
        if most - least > spread.skew {
            return Err(format!("`{}` is spread with {most} here and {least} there", one.name));
        }
    }
    Ok(())
}

/// `loss`: without any one node the rest still fits, and enough is left of what cannot move.
pub(crate) fn loss(world: &World, state: &str, situation: &Situation, evidence: &Value) -> Checked<()> {
    let wanted = desired(world, situation)?;
    if state == "S4" {
        for index in world.present(situation) {
            if let Some(desired) = wanted[index].filter(|desired| situation.counts[index] - desired < 1) {
                let (name, count) = (&world.types[index].name, situation.counts[index]);
                return Err(format!(
                    "the budgets want {desired} of the {count} pods of `{name}`, so none can be evicted"
                ));
            }
        }
    }
    let mut cases: BTreeMap<&str, &Value> = BTreeMap::new();
    for case in evidence.get("cases").list("cases")? {
        let name = case.get("class").needed_text("cases.class")?;
        world.class(name)?;
        if cases.insert(name, case).is_some() {
            return Err(format!("there are two cases for `{name}`"));
        }
    }
    for (lost, facts) in world.classes.iter().enumerate() {
        let case = cases.get(facts.name.as_str()).ok_or_else(|| format!("there is no case for `{}`", facts.name))?;
        lose(world, situation, case, lost, &wanted)
            .map_err(|fault| format!("without a node of `{}`: {fault}", facts.name))?;
    }
    Ok(())
}

fn lose(world: &World, situation: &Situation, case: &Value, lost: usize, wanted: &[Option<i128>]) -> Checked<()> {
    let mut loads = Vec::new();
    for index in world.present(situation) {
        let (one, count) = (&world.types[index], situation.counts[index]);
        let is_hit = one.eligible[lost];
        let left = one.nodes - i128::from(is_hit);
        let before = world.most(situation, index, one.nodes);
        let desired = wanted[index].unwrap_or(1);
        if one.nodes < 1 {
            return Err(format!("`{}` has no eligible node", one.name));
        }
        if is_hit && one.has_claims() && !one.is_daemon() && count - before < desired {
            return Err(format!("`{}` keeps {} of {desired} pods that are wanted", one.name, count - before));
        }
        if left < 1 {
            if !one.has_claims() && !one.is_daemon() && desired > 0 {
                return Err(format!("`{}` keeps no node, and {desired} pods are wanted", one.name));
            }
            continue;
        }
        let (nodes, per_node) =
            if one.has_claims() { (one.nodes, before) } else { (left, world.most(situation, index, left)) };
        world.free(situation, index, nodes)?;
        loads.push(Load { index, nodes, per_node });
    }
    let left: Vec<bool> =
        world.classes.iter().enumerate().map(|(class, facts)| class != lost || facts.size() > 1).collect();
    sums(world, case, situation, &loads, &left)
}

/// How many pods of each type its disruption budgets want; none where no budget selects it.
fn desired(world: &World, situation: &Situation) -> Checked<Vec<Option<i128>>> {
    let mut wanted = vec![None; world.types.len()];
    for source in &world.sources {
        if source.identity.group != "policy" || source.identity.kind != "PodDisruptionBudget" {
            continue;
        }
        let spec = source.object.get("spec");
        let selector = Selector::of(spec.get("selector"))?;
        for (index, one) in world.types.iter().enumerate() {
            if one.namespace != source.identity.namespace || !selector.matches(&one.pod.labels) {
                continue;
            }
            let count = situation.counts[index];
            let (least, most) = (spec.get("minAvailable"), spec.get("maxUnavailable"));
            let desired = match (least.is_null(), most.is_null()) {
                (false, true) => share(least, count, true, "minAvailable")?,
                (true, false) => (count - share(most, count, true, "maxUnavailable")?).max(0),
                _ => return Err(format!("`{}` does not say what it wants", source.identity.title())),
            };
            let desired = if count == 0 { 0 } else { desired };
            wanted[index] = wanted[index].max(Some(desired));
        }
    }
    Ok(wanted)
}
