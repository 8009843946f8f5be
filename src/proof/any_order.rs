//! Whether a pod always finds a node with room, wherever all others lie: a full node weighs something, and all pods
//! together weigh less than all nodes.

use std::collections::BTreeMap;

use super::evidence::Weighed;
use super::pods::RESOURCES;
use super::situation::Situation;
use super::weights::{Filling, plain, searched};
use crate::objects::quantity::ceil_div;

/// Weights are stated in parts of this.
pub(super) const SCALE: i128 = 1_000_000_000_000;

/// What a unit of a resource weighs is stated in parts of this of a weight.
const FINE: i128 = 1_000_000_000;

type Amounts = [i128; RESOURCES.len()];

/// Pods that ask for the same on the same classes.
struct Competitor {
    requests: Amounts,
    classes: Vec<usize>,
    count: i128,
}

/// Everything that may stand in the way of the types of a layer.
pub(super) struct Competition<'a> {
    situation: &'a Situation<'a>,
    /// What DaemonSets ask of each node of a class: it is theirs wherever they are.
    reserved: Vec<Amounts>,
    others: Vec<Competitor>,
}

impl<'a> Competition<'a> {
    /// `all` are the types of the layer and of those above it.
    pub(super) fn of(situation: &'a Situation<'a>, all: &[usize]) -> Self {
        let mut reserved = vec![[0; RESOURCES.len()]; situation.left.len()];
        let mut others: BTreeMap<(Amounts, Vec<usize>), i128> = BTreeMap::new();
        for index in all {
            let (one, number) = (&situation.platform.types[*index], situation.counts.number[*index]);
            if one.per_node {
                for class in situation.classes_of(*index) {
                    reserved[class].iter_mut().zip(one.requests).for_each(|(sum, request)| *sum += number * request);
                }
            } else {
                *others.entry((one.requests, situation.classes_of(*index).collect())).or_default() += number;
            }
        }
        let others = others.into_iter();
        let others = others.map(|((requests, classes), count)| Competitor { requests, classes, count }).collect();
        Self { situation, reserved, others }
    }

    /// The weights of a layer; an error says for which type no node may be left.
    pub(super) fn weigh(&self, layer: &[usize]) -> Result<Vec<Weighed>, String> {
        layer.iter().map(|index| self.one(*index)).collect()
    }

    fn one(&self, index: usize) -> Result<Weighed, String> {
        let (platform, counts) = (self.situation.platform, self.situation.counts);
        let (one, number) = (&platform.types[index], counts.number[index]);
        if one.has_claims() || !one.constraints.company.is_empty() || (platform.is_spread(index) && number > 1) {
            return Err(format!("`{}` is bound by more than room", one.name));
        }
        let rooms: Option<Vec<(usize, Amounts)>> =
            self.situation.classes_of(index).map(|class| Some((class, self.rooms(index, class)?))).collect();
        let Some(mut rooms) = rooms else {
            return Err(format!("`{}` has no room beside what is on each node", one.name));
        };
        // The search for weights stops at the first that are enough: the order of the nodes must not decide which.
        rooms.sort_by(|(left, _), (right, _)| platform.classes[*left].name.cmp(&platform.classes[*right].name));
        let full = |total: i128, limit: i128| {
            let share = (total * 100).checked_div(limit).unwrap_or(100);
            Err(format!(
                "other pods may leave no node for `{}` (their weight is {share} % of what they must not reach)",
                one.name
            ))
        };
        let name = one.name.clone();
        if one.per_node {
            // Every node of it must take it, so each is a world of its own.
            let totals = rooms.iter().map(|place| self.total(index, std::slice::from_ref(place), &[SCALE]));
            let Some(total) = totals.max() else { return Err(format!("`{name}` has no node")) };
            return if total < SCALE {
                Ok(Weighed { name, total, limit: SCALE, weights: Vec::new() })
            } else {
                full(total, SCALE)
            };
        }
        let amounts: Vec<Amounts> = rooms.iter().map(|(_, room)| *room).collect();
        let mut worst = (0, 0);
        // The search is for where no rule of thumb is enough.
        let plain = plain(&amounts, &one.requests).into_iter().map(Some);
        for (attempt, values) in plain.chain([None]).enumerate() {
            let Some(values) = values.or_else(|| self.searched(index, &rooms, &amounts)) else { break };
            let total = self.total(index, &rooms, &values);
            let limit = self.limit(index, &rooms, &values);
            if total < limit {
                let named = rooms.iter().zip(&values);
                let named = named.map(|((class, _), value)| (platform.classes[*class].name.clone(), *value));
                let mut weights: Vec<(String, i128)> = if attempt == 0 { Vec::new() } else { named.collect() };
                weights.sort();
                return Ok(Weighed { name, total, limit, weights });
            }
            if attempt == 0 {
                worst = (total, limit);
            }
        }
        full(worst.0, worst.1)
    }

    /// Weights that were searched for a type.
    fn searched(&self, index: usize, rooms: &[(usize, Amounts)], amounts: &[Amounts]) -> Option<Vec<i128>> {
        let fillings = self.others.iter().map(|other| Filling {
            count: other.count,
            requests: other.requests,
            is_here: rooms.iter().map(|(class, _)| other.classes.contains(class)).collect(),
        });
        let fillings: Vec<Filling> = fillings.filter(|one| one.is_here.contains(&true)).collect();
        let sizes: Vec<i128> = rooms.iter().map(|(class, _)| self.situation.left[*class]).collect();
        searched(amounts, &sizes, &self.situation.platform.types[index].requests, &fillings)
    }

    /// For each resource that a type asks for, how much others must hold of an otherwise empty node before it has no
    /// room for one more pod; nothing where it never has.
    fn rooms(&self, index: usize, class: usize) -> Option<Amounts> {
        let one = &self.situation.platform.types[index];
        let own = if one.per_node { self.situation.counts.number[index] } else { 0 };
        let mut rooms = [0; RESOURCES.len()];
        for resource in (0..RESOURCES.len()).filter(|resource| one.requests[*resource] > 0) {
            let request = one.requests[resource];
            let reserved = self.reserved[class][resource] - own * request;
            rooms[resource] = self.situation.platform.classes[class].allocatable[resource] - reserved - request + 1;
            if rooms[resource] <= 0 {
                return None;
            }
        }
        Some(rooms)
    }

    /// What all pods but one of the type weigh at most.
    fn total(&self, index: usize, rooms: &[(usize, Amounts)], values: &[i128]) -> i128 {
        // What a unit of each resource weighs on the class where it weighs most, so that pods are weighed by products.
        let weight = |requests: &Amounts, classes: Option<&[usize]>| {
            let mut prices = [0; RESOURCES.len()];
            for ((class, rooms), value) in rooms.iter().zip(values) {
                if classes.is_none_or(|classes| classes.contains(class)) {
                    for (price, room) in prices.iter_mut().zip(rooms).filter(|(_, room)| **room > 0) {
                        *price = ceil_div(value * FINE, *room).max(*price);
                    }
                }
            }
            requests.iter().zip(prices).map(|(request, price)| request * price).max().unwrap_or(0)
        };
        let others = self.others.iter().map(|other| other.count * weight(&other.requests, Some(&other.classes)));
        let others: i128 = others.sum();
        let (one, number) = (&self.situation.platform.types[index], self.situation.counts.number[index]);
        let own = weight(&one.requests, None);
        // Of its own kind the pod that looks for a node is not in its way, and no pod is where it may not join one.
        let weights = match (one.per_node, self.situation.platform.is_alone(index)) {
            (false, false) => others - own,
            (false, true) => others - number * own,
            (true, false) => others + (number - 1) * own,
            (true, true) => others,
        };
        ceil_div(weights, FINE)
    }

    fn limit(&self, index: usize, rooms: &[(usize, Amounts)], values: &[i128]) -> i128 {
        let sizes = rooms.iter().map(|(class, _)| self.situation.left[*class]);
        let mut nodes: Vec<(i128, i128)> = values.iter().copied().zip(sizes).collect();
        let denied = self.situation.platform.denied(index, self.situation.counts);
        if denied == 0 {
            return nodes.into_iter().map(|(value, size)| value * size).sum();
        }
        // What it may not be beside may hold the nodes that weigh most.
        nodes.sort_unstable();
        let mut open = self.situation.nodes[index] - denied;
        let mut limit = 0;
        for (value, size) in nodes {
            let taken = size.min(open.max(0));
            limit += taken * value;
            open -= taken;
        }
        limit
    }
}
