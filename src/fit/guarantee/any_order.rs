//! Whether a pod always finds a node with room, wherever all others lie: a full node weighs something, and all pods
//! together weigh less than all nodes that its own constraints leave it.

use std::collections::BTreeMap;

use crate::fit::evidence::Weighed;
use crate::fit::guarantee::apart::Denied;
use crate::fit::guarantee::situation::Situation;
use crate::fit::guarantee::ways::{Over, Way};
use crate::fit::guarantee::weights::{Filling, plain, searched};
use crate::fit::read::pods::WIDTH;
use crate::objects::quantity::ceil_div;

/// Weights are stated in parts of this.
pub(crate) const SCALE: i128 = 1_000_000_000_000;

/// What a unit of a resource weighs is stated in parts of this of a weight.
const FINE: i128 = 1_000_000_000;

type Amounts = [i128; WIDTH];

/// How many pods there are: in all, at most in a zone, and at most on a node.
#[derive(Debug, Clone, Copy, Default)]
struct Numbers {
    all: i128,
    in_zone: i128,
    on_node: i128,
}

impl Numbers {
    fn within(&self, over: Over) -> i128 {
        match over {
            Over::Nodes | Over::EmptyZones => self.all,
            Over::Zones => self.in_zone,
            Over::Hosts => self.on_node,
        }
    }
}

/// Pods that ask for the same on the same classes.
struct Competitor {
    requests: Amounts,
    classes: Vec<usize>,
    numbers: Numbers,
}

/// Nodes of which some are left to a type: for each class what is left of one, how many there are, and what a full one weighs.
type Domain = Vec<(usize, Amounts, i128, i128)>;

/// Everything that may stand in the way of the types of a layer.
pub(crate) struct Competition<'a> {
    situation: &'a Situation<'a>,
    /// What DaemonSets ask of each node of a class: it is theirs wherever they are.
    reserved: Vec<Amounts>,
    others: Vec<Competitor>,
}

impl<'a> Competition<'a> {
    /// `all` are the types of the layer and of those above it.
    pub(crate) fn of(situation: &'a Situation<'a>, all: &[usize]) -> Self {
        let mut reserved = vec![[0; WIDTH]; situation.left.len()];
        let mut others: BTreeMap<(Amounts, Vec<usize>), Numbers> = BTreeMap::new();
        for index in all {
            let (one, number) = (&situation.platform.types[*index], situation.counts.number[*index]);
            if one.per_node {
                for class in situation.classes_of(*index) {
                    reserved[class].iter_mut().zip(one.requests).for_each(|(sum, request)| *sum += number * request);
                }
            } else {
                let sum = others.entry((one.requests, situation.classes_of(*index).collect())).or_default();
                let own = numbers_of(situation, *index);
                sum.all += own.all;
                sum.in_zone += own.in_zone;
                sum.on_node += own.on_node;
            }
        }
        let others = others.into_iter();
        let others = others.map(|((requests, classes), numbers)| Competitor { requests, classes, numbers }).collect();
        Self { situation, reserved, others }
    }

    /// The weights of a layer; an error says for which type no node may be left.
    pub(crate) fn weigh(&self, layer: &[usize]) -> Result<Vec<Weighed>, String> {
        layer.iter().map(|index| self.one(*index)).collect()
    }

    fn one(&self, index: usize) -> Result<Weighed, String> {
        let (platform, counts) = (self.situation.platform, self.situation.counts);
        let (one, number) = (&platform.types[index], counts.number[index]);
        if one.has_claims()
            || !one.constraints.company.is_empty()
            || one.per_node && platform.is_spread(index) && number > 1
        {
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
            let share = total.saturating_mul(100).checked_div(limit.max(0)).unwrap_or(100);
            Err(format!(
                "other pods may leave no node for `{}` (their weight is {share} % of what they must not reach)",
                one.name
            ))
        };
        let name = one.name.clone();
        if one.per_node {
            // Every node of it must take it, so each is a world of its own.
            let own = Way { over: Over::Hosts, beside: number - 1, counted: 0, skew: None, denied: Denied::default() };
            let nodes = rooms.iter().map(|(class, room)| vec![(*class, *room, 1, SCALE)]);
            let worst = nodes.map(|node| self.weighed(index, own, &node)).min_by_key(|(total, limit)| limit - total);
            let Some((total, limit)) = worst else { return Err(format!("`{name}` has no node")) };
            return if total < limit {
                Ok(Weighed { name, over: None, total, limit, weights: Vec::new() })
            } else {
                full(total, limit)
            };
        }
        let amounts: Vec<Amounts> = rooms.iter().map(|(_, room)| *room).collect();
        let mut worst = None;
        // The search is for where no rule of thumb is enough.
        let plain = plain(&amounts, &one.requests).into_iter().map(Some);
        for (attempt, values) in plain.chain([None]).enumerate() {
            let Some(values) = values.or_else(|| self.searched(index, &rooms, &amounts)) else { break };
            let all: Domain = rooms.iter().zip(&values).map(|(room, value)| self.valued(room, *value)).collect();
            for way in &self.situation.ways[index] {
                let (total, limit) = self.over(index, *way, &all);
                if total < limit {
                    let named = all.iter().map(|(class, .., value)| (platform.classes[*class].name.clone(), *value));
                    let mut weights: Vec<(String, i128)> = if attempt == 0 { Vec::new() } else { named.collect() };
                    weights.sort();
                    return Ok(Weighed { name, over: way.over.text(), total, limit, weights });
                }
                worst.get_or_insert((total, limit));
            }
        }
        let (total, limit) = worst.unwrap_or_default();
        full(total, limit)
    }

    fn valued(&self, (class, room): &(usize, Amounts), value: i128) -> (usize, Amounts, i128, i128) {
        (*class, *room, self.situation.left[*class], value)
    }

    /// What all pods but one of the type weigh at most, and what all the nodes do that they would have to fill, where the latter
    /// exceeds the former least.
    fn over(&self, index: usize, way: Way, all: &Domain) -> (i128, i128) {
        let mut zones: BTreeMap<Option<&String>, Domain> = BTreeMap::new();
        let domains = match way.over {
            Over::Nodes => vec![all.clone()],
            Over::Hosts => all.iter().map(|(class, room, _, value)| vec![(*class, *room, 1, *value)]).collect(),
            Over::Zones | Over::EmptyZones => {
                for one in all {
                    zones.entry(self.situation.platform.classes[one.0].zone.as_ref()).or_default().push(*one);
                }
                zones.into_values().collect()
            }
        };
        if way.over == Over::EmptyZones {
            let total = self.total(index, way, all, 0);
            let weight = |zone: &Domain| zone.iter().map(|(.., size, value)| size * value).sum::<i128>();
            let mut weights: Vec<i128> = domains.iter().map(weight).collect();
            weights.sort_unstable();
            // As many zones as there are less those that its other pods may be in.
            let empty = weights.len() as i128 - self.situation.counts.number[index] + 1 - way.denied.zones;
            let limit: i128 = weights.iter().zip(0..empty).map(|(weight, _)| weight).sum();
            // Of those nodes others may deny the ones that weigh most.
            let (mut denied, mut lost) = (way.denied.nodes, 0);
            let mut nodes: Vec<(i128, i128)> = all.iter().map(|(.., size, value)| (*value, *size)).collect();
            nodes.sort_unstable_by(|left, right| right.cmp(left));
            for (value, size) in nodes {
                let taken = denied.min(size);
                (denied, lost) = (denied - taken, lost + taken * value);
            }
            return (total, limit - lost);
        }
        let weighed = domains.iter().map(|domain| self.weighed(index, way, domain));
        weighed.min_by_key(|(total, limit)| limit - total).unwrap_or_default()
    }

    /// The same of some nodes: its own pods either fill nodes like others, and close those where there are too many of them, or
    /// every node with one of them is written off.
    fn weighed(&self, index: usize, way: Way, domain: &Domain) -> (i128, i128) {
        let mut nodes: Vec<(i128, i128)> = domain.iter().map(|(.., size, value)| (*value, *size)).collect();
        nodes.sort_unstable();
        let whole: i128 = nodes.iter().map(|(_, size)| size).sum();
        let all = whole - way.denied.nodes;
        let least = |number: i128| {
            let (mut open, mut sum) = (number, 0);
            for (value, size) in &nodes {
                let taken = open.min(*size);
                (open, sum) = (open - taken, sum + taken * value);
            }
            sum
        };
        let filling = way.closed(whole).map(|most| {
            let skew = way.skew.unwrap_or(0);
            let own = self.weight(&self.situation.platform.types[index].requests, None, domain);
            // What it takes to close a node is better spent on filling others where these weigh less.
            let worthwhile = nodes.iter().filter(|(value, _)| value * FINE > skew * own).map(|(_, size)| size);
            // Those that others deny are the heaviest of them.
            let closed = most.min((worthwhile.sum::<i128>() - way.denied.nodes).max(0));
            (self.total(index, way, domain, way.beside - skew * closed), least(all - closed))
        });
        let apart = (way.beside < all).then(|| (self.total(index, way, domain, 0), least(all - way.beside)));
        let both = [filling, apart].into_iter().flatten();
        // Of two that leave as much the first counts.
        both.rev().max_by_key(|(total, limit)| limit - total).unwrap_or_default()
    }

    /// Weights that were searched for a type.
    fn searched(&self, index: usize, rooms: &[(usize, Amounts)], amounts: &[Amounts]) -> Option<Vec<i128>> {
        let fillings = self.others.iter().map(|other| Filling {
            count: other.numbers.all,
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
        let mut rooms = [0; WIDTH];
        for resource in (0..WIDTH).filter(|resource| one.requests[*resource] > 0) {
            let request = one.requests[resource];
            let reserved = self.reserved[class][resource] - own * request;
            rooms[resource] = self.situation.platform.classes[class].allocatable[resource] - reserved - request + 1;
            if rooms[resource] <= 0 {
                return None;
            }
        }
        Some(rooms)
    }

    /// What a pod weighs on the nodes of these classes, where it weighs most.
    fn weight(&self, requests: &Amounts, classes: Option<&[usize]>, domain: &Domain) -> i128 {
        let mut prices = [0; WIDTH];
        for (class, rooms, _, value) in domain {
            if classes.is_none_or(|classes| classes.contains(class)) {
                for (price, room) in prices.iter_mut().zip(rooms).filter(|(_, room)| **room > 0) {
                    *price = ceil_div(value.saturating_mul(FINE), *room).max(*price);
                }
            }
        }
        requests.iter().zip(prices).map(|(request, price)| request.saturating_mul(price)).max().unwrap_or(0)
    }

    /// What all pods of others weigh at most, and so many of its own; more than any limit where no number holds it.
    fn total(&self, index: usize, way: Way, domain: &Domain, own: i128) -> i128 {
        let one = &self.situation.platform.types[index];
        // DaemonSets are not among them.
        let itself = if one.per_node { 0 } else { numbers_of(self.situation, index).within(way.over) };
        let own = (own - itself).checked_mul(self.weight(&one.requests, None, domain));
        let others = self.others.iter().try_fold(own, |sum, other| {
            let weight = self.weight(&other.requests, Some(&other.classes), domain);
            let weight = other.numbers.within(way.over).checked_mul(weight);
            Some(sum.zip(weight).and_then(|(sum, weight)| sum.checked_add(weight)))
        });
        others.flatten().map_or(i128::MAX, |total| ceil_div(total, FINE))
    }
}

/// How many pods of a type there are.
fn numbers_of(situation: &Situation<'_>, index: usize) -> Numbers {
    let all = situation.counts.number[index];
    let in_zone = situation.platform.most_in_zone(index, situation.counts, &situation.left);
    Numbers { all, in_zone, on_node: situation.per_node[index] }
}
