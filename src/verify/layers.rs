//! Evidence that everything finds its place, whatever the scheduler does: layers of types by priority.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::node::{Amounts, MOST_RESOURCES};
use crate::manifests::{Checked, Reading, Value, agree, ceil, int, json, refuse, times, total};
use crate::verify::company;
use crate::verify::situation::{Situation, World};
use crate::verify::ways::Way;

/// The scale of weights in `any-order`, and that of what a unit of a resource weighs.
const SCALE: i128 = 1_000_000_000_000;
const FINE: i128 = 1_000_000_000;

/// What layers are held against: the numbers, the nodes of every type that is in a layer, and those left of each class.
pub(crate) struct Ground<'a> {
    pub(crate) world: &'a World<'a>,
    pub(crate) situation: &'a Situation,
    pub(crate) nodes: BTreeMap<usize, i128>,
    pub(crate) left: Vec<i128>,
    /// How many were lost of each class, whether or not they were replaced.
    pub(crate) lost: Vec<i128>,
}

/// `layers` in S0 to S2.
pub(crate) fn fit(world: &World, state: &str, situation: &Situation, evidence: &Value) -> Checked<()> {
    let (mut situation, waits) = (situation.clone(), evidence.texts("waits")?);
    for name in &waits {
        let index = world.find(name)?;
        let one = &world.types[index];
        let may_wait = one.kind == "Deployment" && one.count.unavailable >= 1;
        let waits = state == "S2" && may_wait && situation.counts[index] > one.count.peak;
        refuse(!waits, || format!("the surge of `{name}` may not wait"))?;
        situation.counts[index] = one.count.peak;
    }
    pools(world, &situation)?;
    let mut nodes = BTreeMap::new();
    for index in world.present(&situation) {
        let one = &world.types[index];
        refuse(one.nodes < 1 && !one.is_daemon(), || format!("`{}` has no eligible node", one.name))?;
        nodes.extend((one.nodes >= 1).then_some((index, one.nodes)));
    }
    let left: Vec<i128> = world.classes.iter().map(|class| class.size).collect();
    let ground = Ground { world, situation: &situation, nodes, lost: vec![0; left.len()], left };
    let layers = ground.layers(evidence.list("layers")?)?;
    let waits = (!waits.is_empty()).then(|| waits.into_iter().collect::<BTreeSet<&str>>());
    agree("evidence", evidence, &json!({ "kind": "layers", "layers": layers, "waits": waits }))
}

/// Whether every type fits an empty node of each pool that it may come to, so that more nodes make room for it.
pub(crate) fn pools(world: &World, situation: &Situation) -> Checked<()> {
    for class in (0..world.classes.len()).filter(|class| world.facts(*class).pool.is_some()) {
        let (counts, allocatable) = (&situation.counts, world.facts(class).allocatable);
        let taken = world.load(class, world.daemons(situation), |index| counts[index]);
        for index in world.present(situation).filter(|index| world.types[*index].eligible[class]) {
            let (one, name) = (&world.types[index], world.classes[class].name);
            let further = 1 - if one.is_daemon() { counts[index] } else { 0 };
            let requests = one.pod.requests;
            let fits =
                |index: usize| requests[index] == 0 || taken[index] + requests[index] * further <= allocatable[index];
            refuse(!(0..MOST_RESOURCES).all(fits), || {
                format!("`{}` does not fit an empty node of `{name}`", one.name)
            })?;
        }
    }
    Ok(())
}

impl Ground<'_> {
    /// What layers of these types must say, or why they prove nothing.
    pub(crate) fn layers(&self, stated: &[Value]) -> Checked<Value> {
        let per_node =
            |index: usize| self.nodes.get(&index).map_or(0, |nodes| self.world.most(self.situation, index, *nodes));
        self.world.attaches(&self.left, &per_node)?;
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
                let takes = value < bar && (preempts || position + 1 == stated.len());
                refuse(!takes, || format!("the types of layer {position} do not take the place of those behind it"))?;
                lowest = lowest.min(value);
            }
            above.extend(own.keys().copied());
            derived.push(match layer.needed("ground")? {
                "charge" => self.charge(&own, &above, position + 1 == stated.len())?,
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
    fn charge(&self, own: &BTreeMap<usize, &Value>, above: &[usize], is_last: bool) -> Checked<Value> {
        let (world, situation) = (self.world, self.situation);
        let per_node = |index: usize| world.most(situation, index, self.nodes[&index]);
        let (mut types, mut sums) = (Vec::new(), Vec::new());
        for &index in own.keys() {
            let nodes = self.nodes[&index];
            world.free(situation, index, nodes, self.seen(index))?;
            company::check(self, index, is_last)?;
            types.push(json!({ "type": world.types[index].name, "count": int(situation.counts[index]),
                               "nodes": int(nodes), "perNode": int(per_node(index)) }));
        }
        for (class, name) in world.classes.iter().enumerate().map(|(class, one)| (class, one.name)) {
            let load = world.load(class, above.iter().copied(), per_node);
            let asked = world.load(class, own.keys().copied(), |_| 1);
            for resource in (0..world.resources.len()).filter(|resource| self.left[class] > 0 && asked[*resource] > 0) {
                let (sum, most, what) =
                    (load[resource], world.facts(class).allocatable[resource], &world.resources[resource]);
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
        let (taken, mut types): (Vec<Amounts>, _) = (taken.collect(), Vec::new());
        for (&index, row) in own {
            let one = &world.types[index];
            world.free(self.situation, index, self.nodes[&index], self.seen(index))?;
            let is_bound = one.has_claims() || !one.pod.constraints.attractions.is_empty();
            refuse(is_bound, || {
                format!("`{}` mounts claims or must be near pods, and may not come in any order", one.name)
            })?;
            let over = row.text("over")?;
            let way = match (one.is_daemon(), over) {
                (true, None) => Way::daemon(counts[index]),
                _ => world.way(self.situation, index, over.unwrap_or(""), self.seen(index))?,
            };
            let mut weights = vec![SCALE; world.classes.len()];
            for stated in row.list("weights")? {
                let (class, weight) = (world.class(stated.needed("class")?)?, stated.integer("weight")?.unwrap_or(0));
                let is_known = one.eligible[class] && (1..=SCALE).contains(&weight);
                refuse(!is_known, || format!("a weight of a class for `{}` is not understood", one.name))?;
                weights[class] = weight;
            }
            let homes: Vec<usize> = world.homes(index).filter(|class| self.left[*class] > 0).collect();
            let mut prices = vec![[0; MOST_RESOURCES]; world.classes.len()];
            for (class, resource) in
                homes.iter().flat_map(|class| (0..MOST_RESOURCES).map(move |resource| (*class, resource)))
            {
                let request = one.pod.requests[resource];
                let itself = if one.is_daemon() { times(counts[index], request) } else { 0 };
                // What is left of a node when one more pod is wanted there, and one more, which is what blocks it.
                let room = world.facts(class).allocatable[resource] - (taken[class][resource] - itself) - request + 1;
                let has_room = request == 0 || room > 0;
                refuse(!has_room, || format!("`{}` has no room on `{}`", one.name, world.classes[class].name))?;
                prices[class][resource] = if request > 0 { ceil(weights[class] * FINE, room) } else { 0 };
            }
            // The pods of a daemon set each have one node of their own, and the nodes of a class are alike.
            let by_zone = |class: &usize| world.zone(*class);
            let mut places: BTreeMap<(usize, Option<&str>), Vec<usize>> = BTreeMap::new();
            for class in &homes {
                let key = match over {
                    None if !one.is_daemon() => (0, None),
                    Some("zones" | "empty-zones") => (0, by_zone(class)),
                    _ => (*class, None),
                };
                places.entry(key).or_default().push(*class);
            }
            let scale =
                Scale { index, way, over: if one.is_daemon() { Some("hosts") } else { over }, weights: &weights };
            let (total, limit) = if over == Some("empty-zones") {
                let value = |place: &Vec<usize>| total(place.iter().map(|at| times(weights[*at], self.left[*at])));
                let mut zones: Vec<i128> = places.values().map(value).collect();
                zones.sort_unstable();
                let empty = zones.len() as i128 - counts[index] + 1 - way.denied.zones;
                let mut nodes: Vec<(i128, i128)> = homes.iter().map(|at| (weights[*at], self.left[*at])).collect();
                nodes.sort_unstable_by(|one, other| other.cmp(one));
                // Others may deny the heaviest nodes of them.
                let lost = first(&nodes, way.denied.nodes);
                let limit = total(zones.into_iter().zip(0..empty).map(|one| one.0)) - lost;
                (self.heavy(&scale, &prices, &homes, above, 0), limit)
            } else {
                let weighed = places.values().map(|place| self.weigh(&scale, &prices, place, above));
                weighed.min_by_key(|(total, limit)| limit - total).unwrap_or((0, 0))
            };
            refuse(total >= limit, || format!("for `{}` the weights add up to {total}, not below {limit}", one.name))?;
            let (total, limit) = (int(total), int(limit));
            types.push(
                json!({ "type": one.name, "over": over, "total": total, "limit": limit, "weights": row.at("weights") }),
            );
        }
        Ok(json!({ "ground": "any-order", "types": types }))
    }

    /// What is left to a type.
    fn seen(&self, index: usize) -> (&[i128], bool) {
        (&self.left, self.world.homes(index).any(|class| self.lost[class] > 0))
    }

    /// What all pods weigh that may stand in the way of a type on these nodes, and what they would have to weigh: the better of what
    /// its own pods fill and close, and of what is left without any node that has one of them.
    fn weigh(&self, scale: &Scale, prices: &[Amounts], place: &[usize], above: &[usize]) -> (i128, i128) {
        let (Scale { way, weights, .. }, is_one) = (scale, scale.over == Some("hosts"));
        let size = |class: usize| if is_one { 1 } else { self.left[class] };
        let mut nodes: Vec<(i128, i128)> = place.iter().map(|class| (weights[*class], size(*class))).collect();
        nodes.sort_unstable();
        let whole = total(nodes.iter().map(|(_, size)| *size));
        let (all, least) = (whole - way.denied.nodes, |open: i128| first(&nodes, open));
        let requests = &self.world.types[scale.index].pod.requests;
        let own = dearest(place.iter().map(|class| prices[*class]), requests);
        let filling = way.closed(whole).map(|most| {
            // A node is closed where the pods that close it would weigh less; others deny the heaviest.
            let skew = way.skew.unwrap_or(0);
            let heavier = nodes.iter().filter(|(weight, _)| times(*weight, FINE) > times(skew, own));
            let closed = most.min((total(heavier.map(|(_, size)| *size)) - way.denied.nodes).max(0));
            (self.heavy(scale, prices, place, above, way.beside - skew * closed), least(all - closed))
        });
        let apart = (way.beside < all).then(|| (self.heavy(scale, prices, place, above, 0), least(all - way.beside)));
        match (filling, apart) {
            (Some(one), Some(other)) if other.1 - other.0 > one.1 - one.0 => other,
            (one, other) => one.or(other).unwrap_or((0, 0)),
        }
    }

    /// What the pods of others weigh on these nodes, and so many of its own.
    fn heavy(&self, scale: &Scale, prices: &[Amounts], place: &[usize], above: &[usize], own: i128) -> i128 {
        let world = self.world;
        // What a unit of each resource weighs most, for all types that may go to the same classes.
        let mut known: BTreeMap<&[bool], Amounts> = BTreeMap::new();
        let mut sum = 0_i128;
        for &other in above {
            let sibling = &world.types[other];
            if other != scale.index && sibling.is_daemon() {
                continue;
            }
            let most = known.entry(&sibling.eligible).or_insert_with(|| {
                let here = place.iter().filter(|class| sibling.eligible[**class]).map(|class| prices[*class]);
                let dearer = |one: Amounts, other: Amounts| std::array::from_fn(|index| one[index].max(other[index]));
                here.fold([0; MOST_RESOURCES], dearer)
            });
            let count = match scale.over {
                _ if other == scale.index => own,
                Some("hosts") => world.most(self.situation, other, self.nodes[&other]),
                Some("zones") => world.in_zone(self.situation, other, &self.left),
                _ => self.situation.counts[other],
            };
            sum = sum.saturating_add(times(count, dearest([*most].into_iter(), &sibling.pod.requests)));
        }
        ceil(sum, FINE)
    }
}

/// What so many nodes of these, with how many there are of each weight, add up to, beginning with the first.
fn first(nodes: &[(i128, i128)], mut open: i128) -> i128 {
    let mut sum = 0;
    for (weight, size) in nodes {
        let taken = *size.min(&open.max(0));
        (sum, open) = (sum + times(taken, *weight), open - taken);
    }
    sum
}

/// How a type is weighed.
struct Scale<'a> {
    index: usize,
    way: Way,
    over: Option<&'a str>,
    weights: &'a [i128],
}

/// What a pod weighs where its requests are dearest.
fn dearest(prices: impl Iterator<Item = Amounts>, requests: &Amounts) -> i128 {
    let weights =
        prices.flat_map(|prices| prices.into_iter().zip(requests).map(|(price, request)| times(price, *request)));
    weights.max().unwrap_or(0)
}
