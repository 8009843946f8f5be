//! Evidence that everything finds its place, whatever the scheduler does: layers of types by priority.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::{Checked, Reading, Value, ceil, json, refuse, times, total};
use crate::verify::evidence::{agree, int};
use crate::verify::nodes::{Amounts, RESOURCES};
use crate::verify::situation::{Situation, World};

/// The scale of weights in `any-order`.
const SCALE: i128 = 1_000_000_000_000;

/// What layers are held against: the numbers, the nodes of every type that is in a layer, and those left of each class.
pub(crate) struct Ground<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) situation: &'a Situation,
    pub(crate) nodes: BTreeMap<usize, i128>,
    pub(crate) left: Vec<i128>,
}

/// `layers` in S0 to S2.
pub(crate) fn fit(world: &World, state: &str, situation: &Situation, evidence: &Value) -> Checked<()> {
    let (mut situation, waits) = (situation.clone(), evidence.texts("waits")?);
    for name in &waits {
        let index = world.find(name)?;
        let one = &world.types[index];
        let may_wait = one.kind == "Deployment" && one.count.unavailable >= 1;
        refuse(state != "S2" || !may_wait || situation.counts[index] <= one.count.peak, || {
            format!("the surge of `{name}` may not wait")
        })?;
        situation.counts[index] = one.count.peak;
    }
    pools(world, &situation)?;
    let mut nodes = BTreeMap::new();
    for index in world.present(&situation) {
        let one = &world.types[index];
        refuse(one.nodes < 1 && !one.is_daemon(), || format!("`{}` has no eligible node", one.name))?;
        nodes.extend((one.nodes >= 1).then_some((index, one.nodes)));
    }
    let left = world.classes.iter().map(|class| class.size).collect();
    let ground = Ground { world, situation: &situation, nodes, left };
    let mut derived = json!({ "kind": "layers", "layers": ground.layers(evidence.list("layers")?)? });
    if !waits.is_empty() {
        let sorted: BTreeSet<&str> = waits.into_iter().collect();
        derived["waits"] = json!(sorted);
    }
    agree("evidence", evidence, &derived)
}

/// Whether every type fits an empty node of each pool that it may come to, so that more nodes make room for it.
pub(crate) fn pools(world: &World, situation: &Situation) -> Checked<()> {
    for class in (0..world.classes.len()).filter(|class| world.facts(*class).pool.is_some()) {
        let (counts, allocatable) = (&situation.counts, world.facts(class).allocatable);
        let taken = world.load(class, world.daemons(situation), |index| counts[index]);
        for index in world.present(situation).filter(|index| world.types[*index].eligible[class]) {
            let (one, name) = (&world.types[index], world.classes[class].name);
            let further = 1 - if one.is_daemon() { counts[index] } else { 0 };
            let mut requests = one.pod.requests.into_iter().zip(taken).zip(allocatable);
            let is_full =
                |((request, taken), most): ((i128, i128), i128)| request > 0 && taken + request * further > most;
            refuse(requests.any(is_full), || format!("`{}` does not fit an empty node of `{name}`", one.name))?;
        }
    }
    Ok(())
}

impl Ground<'_> {
    /// What layers of these types must say, or why they prove nothing.
    pub(crate) fn layers(&self, stated: &[Value]) -> Checked<Value> {
        let mut open: BTreeSet<usize> = self.nodes.keys().copied().collect();
        let (mut above, mut lowest) = (Vec::new(), i128::MAX);
        let mut derived = Vec::new();
        for (position, layer) in stated.iter().enumerate() {
            let mut own = BTreeMap::new();
            for row in layer.list("types")? {
                let name = row.needed("type")?;
                let index = self.world.find(name)?;
                refuse(!open.remove(&index), || format!("`{name}` is in two layers, or has no pods or nodes here"))?;
                own.insert(index, row);
            }
            let bar = lowest;
            for (value, preempts) in own.keys().map(|index| self.world.types[*index].priority) {
                refuse(value >= bar || position + 1 < stated.len() && !preempts, || {
                    format!("the types of layer {position} do not take the place of those behind it")
                })?;
                lowest = lowest.min(value);
            }
            above.extend(own.keys().copied());
            derived.push(match layer.needed("ground")? {
                "charge" => self.charge(&own, &above)?,
                "any-order" => self.any_order(&own, &above)?,
                other => return Err(format!("the ground `{other}` of a layer is not known")),
            });
        }
        match open.first() {
            Some(index) => Err(format!("`{}` is in no layer", self.world.types[*index].name)),
            None => Ok(Value::Array(derived)),
        }
    }

    /// `charge`: at most so many of each type on every node, and they fit together.
    fn charge(&self, own: &BTreeMap<usize, &Value>, above: &[usize]) -> Checked<Value> {
        let (world, situation) = (self.world, self.situation);
        let per_node = |index: usize| world.most(situation, index, self.nodes[&index]);
        let (mut types, mut sums) = (Vec::new(), Vec::new());
        for &index in own.keys() {
            let nodes = self.nodes[&index];
            world.free(situation, index, nodes)?;
            types.push(json!({ "type": world.types[index].name, "count": int(situation.counts[index]),
                               "nodes": int(nodes), "perNode": int(per_node(index)) }));
        }
        for (class, name) in world.classes.iter().enumerate().map(|(class, one)| (class, one.name)) {
            let load = world.load(class, above.iter().copied(), per_node);
            let asked = world.load(class, own.keys().copied(), |_| 1);
            for resource in (0..4).filter(|resource| self.left[class] > 0 && asked[*resource] > 0) {
                let (sum, most, what) = (load[resource], world.facts(class).allocatable[resource], RESOURCES[resource]);
                refuse(sum > most, || format!("on a node of `{name}`, `{what}` adds up to {sum}, more than {most}"))?;
                sums.push(json!({ "class": name, "resource": what, "sum": int(sum), "allocatable": int(most) }));
            }
        }
        Ok(json!({ "ground": "charge", "types": types, "sums": sums }))
    }

    /// `any-order`: all pods together are too light to block every node for any one of them.
    fn any_order(&self, own: &BTreeMap<usize, &Value>, above: &[usize]) -> Checked<Value> {
        let (world, counts) = (self.world, &self.situation.counts);
        let daemons = || above.iter().copied().filter(|index| world.types[*index].is_daemon());
        let taken = (0..world.classes.len()).map(|class| world.load(class, daemons(), |index| counts[index]));
        let taken: Vec<Amounts> = taken.collect();
        // Which of the types that stand in the way may go to the same classes.
        let mut homes_of: Vec<&[bool]> = above.iter().map(|index| &*world.types[*index].eligible).collect();
        homes_of.sort_unstable();
        homes_of.dedup();
        let place_of = |index: usize| homes_of.partition_point(|homes| *homes < &*world.types[index].eligible);
        let rivals: Vec<(usize, usize)> = above.iter().map(|index| (*index, place_of(*index))).collect();
        let mut types = Vec::new();
        for (&index, row) in own {
            let one = &world.types[index];
            world.free(self.situation, index, self.nodes[&index])?;
            refuse(one.has_claims() || !one.pod.spreads.is_empty() && counts[index] != 1, || {
                format!("`{}` mounts claims or is spread, and may not come in any order", one.name)
            })?;
            let homes: Vec<usize> = world.homes(index).filter(|class| self.left[*class] > 0).collect();
            let mut weights = vec![SCALE; world.classes.len()];
            for stated in row.list("weights")? {
                let (class, weight) = (world.class(stated.needed("class")?)?, stated.integer("weight")?.unwrap_or(0));
                let is_known = one.eligible[class] && (1..=SCALE).contains(&weight);
                refuse(!is_known, || format!("a weight of a class for `{}` is not understood", one.name))?;
                weights[class] = weight;
            }
            // What is left of a node when one more pod is wanted there, and one more, which is what blocks it.
            let mut blocking = vec![[0; 4]; world.classes.len()];
            for (class, resource) in homes.iter().flat_map(|class| (0..4).map(move |resource| (*class, resource))) {
                let request = one.pod.requests[resource];
                let itself = if one.is_daemon() { times(counts[index], request) } else { 0 };
                let room = world.facts(class).allocatable[resource] - (taken[class][resource] - itself) - request;
                let name = world.classes[class].name;
                refuse(request > 0 && room < 0, || {
                    format!("a pod of `{}` has no room on a node of `{name}`", one.name)
                })?;
                blocking[class][resource] = if request > 0 { room + 1 } else { 0 };
            }
            // The pods of a daemon set each have one node of their own, and the nodes of a class are alike.
            let places = if one.is_daemon() { homes.chunks(1).collect() } else { vec![&homes[..]] };
            let weighed =
                places.into_iter().map(|place| self.weigh(index, place, (&rivals, &homes_of), &weights, &blocking));
            let (total, limit) = weighed.min_by_key(|(total, limit)| limit - total).unwrap_or((0, 0));
            refuse(total >= limit, || format!("for `{}` the weights add up to {total}, not below {limit}", one.name))?;
            types.push(
                json!({ "type": one.name, "total": int(total), "limit": int(limit), "weights": row.at("weights") }),
            );
        }
        Ok(json!({ "ground": "any-order", "types": types }))
    }

    /// What all pods weigh that may stand in the way of a type, and what they would have to weigh.
    fn weigh(
        &self,
        index: usize,
        place: &[usize],
        (rivals, homes_of): (&[(usize, usize)], &[&[bool]]),
        weights: &[i128],
        blocking: &[Amounts],
    ) -> (i128, i128) {
        let (world, counts) = (self.world, &self.situation.counts);
        let is_alone = world.is_alone(index);
        // Where a unit of each resource weighs most, for all types that may go to the same classes.
        let heaviest = |eligible: &&[bool]| {
            let mut rates = [(0, 1); 4];
            for class in place.iter().filter(|class| eligible[**class]) {
                for (rate, room) in rates.iter_mut().zip(blocking[*class]).filter(|(_, room)| *room > 0) {
                    if times(weights[*class], rate.1) > times(rate.0, room) {
                        *rate = (weights[*class], room);
                    }
                }
            }
            rates
        };
        let heaviest: Vec<[(i128, i128); 4]> = homes_of.iter().map(heaviest).collect();
        let mut sum = 0_i128;
        for &(other, homes) in rivals {
            let (sibling, rates) = (&world.types[other], &heaviest[homes]);
            if other != index && sibling.is_daemon() || other == index && is_alone {
                continue;
            }
            // Rounding up keeps the order, so the largest quotient is found by products and divided once.
            let quotients =
                sibling.pod.requests.iter().zip(rates).map(|(request, rate)| (times(*request, rate.0), rate.1));
            let (part, whole) = quotients.reduce(larger).unwrap_or((0, 1));
            let weight = ceil(part, whole);
            sum = sum.saturating_add(times(counts[other] - i128::from(other == index), weight));
        }
        let size = |class: usize| if world.types[index].is_daemon() { 1 } else { self.left[class] };
        let mut nodes: Vec<(i128, i128)> = place.iter().map(|class| (weights[*class], size(*class))).collect();
        nodes.sort_unstable();
        let all = total(nodes.iter().map(|(_, size)| *size));
        let mut open = if is_alone { all - counts[index] + 1 } else { all };
        let mut limit = 0;
        for (weight, size) in nodes {
            let taken = size.min(open.max(0));
            (limit, open) = (limit + times(taken, weight), open - taken);
        }
        (sum, limit)
    }
}

/// The larger of two quotients of what is not negative by what is above 0.
fn larger(one: (i128, i128), other: (i128, i128)) -> (i128, i128) {
    let is_larger = match (other.0.checked_mul(one.1), one.0.checked_mul(other.1)) {
        (Some(other), Some(one)) => other > one,
        _ => ceil(other.0, other.1) > ceil(one.0, one.1),
    };
    if is_larger { other } else { one }
}
