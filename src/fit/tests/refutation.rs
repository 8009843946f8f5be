//! Refusals checked as a checker would, on the numbers of a small cluster alone.

use serde_json::Value;

use super::exhaustive::{Cluster, Kind, Shape};
use crate::fit::Evidence;
use crate::fit::evidence::{Price, json};

const RESOURCES: [&str; 3] = ["cpu", "memory", "pods"];

/// A cluster whose amounts of CPU and memory are in parts of `unit` of those of the evidence.
struct Numbers<'a> {
    cluster: &'a Cluster,
    unit: i128,
}

impl Numbers<'_> {
    fn kind(&self, name: &str) -> &Kind {
        let index = name.rsplit('t').next().and_then(|index| index.parse::<usize>().ok());
        &self.cluster.kinds[index.expect("types are called t0, t1")]
    }

    fn node(&self, class: &str) -> usize {
        class.trim_start_matches('n').parse().expect("classes of one node are called n0, n1")
    }

    fn nodes(&self) -> std::ops::Range<usize> {
        0..self.cluster.nodes.len()
    }

    fn ask(&self, kind: &Kind) -> [i128; 3] {
        [kind.cpu * self.unit, kind.memory * self.unit, 1]
    }

    fn has(&self, node: usize) -> [i128; 3] {
        let [cpu, memory, pods] = self.cluster.nodes[node];
        [cpu * self.unit, memory * self.unit, pods]
    }

    /// What a node has beside what is on each node.
    fn room(&self, node: usize) -> [i128; 3] {
        let mut room = self.has(node);
        for kind in self.cluster.kinds.iter().filter(|kind| kind.shape == Shape::OnEach && kind.nodes[node]) {
            room.iter_mut().zip(self.ask(kind)).for_each(|(room, ask)| *room -= kind.count * ask);
        }
        room
    }

    fn most(&self, kind: &Kind, node: usize) -> i128 {
        let each = self.ask(kind).into_iter().zip(self.has(node)).filter(|(ask, _)| *ask > 0);
        let by_room = each.map(|(ask, has)| has / ask).min().unwrap_or(0);
        if matches!(kind.shape, Shape::Alone | Shape::Port) { by_room.min(1) } else { by_room }
    }

    /// The most that fits on a node by weight, from this kind on, by trying all.
    fn heaviest(&self, weights: &[(&Kind, i128)], node: usize, room: [i128; 3]) -> i128 {
        let Some(((kind, weight), rest)) = weights.split_first() else { return 0 };
        let bound = match kind.shape {
            _ if !kind.nodes[node] => 0,
            Shape::Alone | Shape::Port => kind.count.min(1),
            _ => kind.count,
        };
        let after = |number: i128| {
            let mut room = room;
            room.iter_mut().zip(self.ask(kind)).for_each(|(room, ask)| *room -= number * ask);
            room
        };
        let fits =
            |number: &i128| self.ask(kind).into_iter().zip(after(*number)).all(|(ask, room)| ask == 0 || room >= 0);
        let all = (0..=bound).filter(|number| *number == 0 || fits(number));
        all.map(|number| number * weight + self.heaviest(rest, node, after(number))).max().unwrap_or(0)
    }
}

/// Whether some of the values exceed the bound, and do not without any one of them.
fn is_minimal(minimal: &[String], bound: i128, value: impl Fn(&String) -> i128) -> bool {
    let total: i128 = minimal.iter().map(&value).sum();
    minimal.is_sorted() && total > bound && minimal.iter().all(|name| total - value(name) <= bound)
}

/// Checks a refusal of the peak, as it was found and as it is written.
pub(super) fn refusal_holds(cluster: &Cluster, evidence: &Evidence, unit: i128) -> bool {
    let numbers = Numbers { cluster, unit };
    holds(&numbers, evidence) && written(&numbers, evidence).is_none_or(|written| holds(&numbers, &written))
}

/// A refusal as a reader of `proof.json` has it, where it is written as one of another kind.
fn written(numbers: &Numbers<'_>, evidence: &Evidence) -> Option<Evidence> {
    use Evidence::{Count, NoNode, Oversize, Sum};
    let is_rewritten = matches!(evidence, NoNode { .. } | Oversize { .. } | Count { .. } | Sum { .. });
    let value = is_rewritten.then(|| json::evidence(evidence).expect("a refusal of pods is written"))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| value.as_i64().map_or(-1, i128::from);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let minimal = list(&value["minimal"]).iter().map(text).collect();
    Some(match value["kind"].as_str() {
        Some("weights") => {
            let pairs = |key: &str, name: &str, of: &str| -> Vec<(String, i128)> {
                list(&value[key]).iter().map(|one| (text(&one[name]), number(&one[of]))).collect()
            };
            let (types, classes) = (pairs("types", "type", "weight"), pairs("classes", "class", "most"));
            let total = types.iter().map(|(name, weight)| numbers.kind(name).count * weight).sum();
            let limit = classes.iter().map(|(_, most)| most).sum();
            Evidence::Weights { types, minimal, classes, total, limit }
        }
        Some("farkas") => {
            let price = |one: &Value| Price {
                class: text(&one["class"]),
                resource: text(&one["resource"]),
                weight: number(&one["weight"]),
            };
            Evidence::Farkas { weights: list(&value["weights"]).iter().map(price).collect(), minimal }
        }
        other => panic!("{other:?} is no kind of refusal"),
    })
}

fn holds(numbers: &Numbers<'_>, evidence: &Evidence) -> bool {
    let cluster = numbers.cluster;
    match evidence {
        Evidence::NoNode { name, .. } => {
            let kind = numbers.kind(name);
            kind.shape != Shape::OnEach && !kind.nodes.contains(&true)
        }
        Evidence::Oversize { name, places, .. } => {
            let kind = numbers.kind(name);
            let short = |class: &str| {
                let has = numbers.has(numbers.node(class));
                numbers.ask(kind).into_iter().zip(has).any(|(ask, has)| ask > has)
            };
            let all = kind.nodes.iter().filter(|yes| **yes).count() == places.len();
            (all || kind.shape == Shape::OnEach) && places.iter().all(|place| short(&place.class))
        }
        Evidence::Count { name, count, places, total, .. } => {
            let kind = numbers.kind(name);
            let sum: i128 = if kind.shape == Shape::OnEach {
                places.iter().map(|(class, _)| numbers.most(kind, numbers.node(class))).sum()
            } else {
                numbers.nodes().filter(|node| kind.nodes[*node]).map(|node| numbers.most(kind, node)).sum()
            };
            let nodes: Vec<usize> = places.iter().map(|(class, _)| numbers.node(class)).collect();
            let all: Vec<usize> = numbers.nodes().filter(|node| kind.nodes[*node]).collect();
            let stated = places.iter().all(|(class, most)| numbers.most(kind, numbers.node(class)) == *most);
            let listed = if kind.shape == Shape::OnEach { nodes.len() == 1 } else { nodes == all };
            stated && listed && sum == *total && sum < *count && *count <= kind.count + kind.surge
        }
        Evidence::Sum { types, minimal, classes, resource, demand, allocatable } => {
            let inside: Vec<usize> = classes.iter().map(|class| numbers.node(class)).collect();
            // What no pod of the model asks for is not short either.
            let Some(resource) = RESOURCES.iter().position(|name| name == resource) else { return false };
            let asked = |name: &String| {
                let kind = numbers.kind(name);
                let here = inside.iter().filter(|node| kind.nodes[**node]).count() as i128;
                let outside = numbers.nodes().any(|node| kind.nodes[node] && !inside.contains(&node));
                assert!(kind.shape == Shape::OnEach || !outside, "a type may go elsewhere");
                let count = if kind.shape == Shape::OnEach { kind.count * here } else { kind.count };
                count * numbers.ask(kind)[resource]
            };
            let there: i128 = inside.iter().map(|node| numbers.has(*node)[resource]).sum();
            let sum: i128 = types.iter().map(asked).sum();
            let named = minimal.iter().all(|name| types.contains(name));
            sum == *demand && there == *allocatable && sum > there && named && is_minimal(minimal, there, asked)
        }
        Evidence::Farkas { weights, minimal } => {
            let worth = |node: usize, amounts: [i128; 3]| -> i128 {
                let here = weights.iter().filter(|one| numbers.node(&one.class) == node);
                let at = |resource: &str| RESOURCES.iter().position(|name| *name == resource).map(|at| amounts[at]);
                here.map(|one| at(&one.resource).expect("what has a price is asked for") * one.weight).sum()
            };
            let value = |kind: &Kind| -> i128 {
                let own = numbers.nodes().filter(|node| kind.nodes[*node]).map(|node| worth(node, numbers.ask(kind)));
                kind.count * if kind.shape == Shape::OnEach { own.sum() } else { own.min().unwrap_or(0) }
            };
            let bound = numbers.nodes().map(|node| worth(node, numbers.has(node))).sum();
            let total: i128 = cluster.kinds.iter().map(value).sum();
            let positive = weights.iter().all(|one| one.weight > 0);
            positive && total > bound && is_minimal(minimal, bound, |name| value(numbers.kind(name)))
        }
        Evidence::Weights { types, minimal, classes, total, limit } => {
            let weights: Vec<(&Kind, i128)> =
                types.iter().map(|(name, weight)| (numbers.kind(name), *weight)).collect();
            let reached = numbers.nodes().filter(|node| weights.iter().any(|(kind, _)| kind.nodes[*node]));
            let most: Vec<(usize, i128)> =
                reached.map(|node| (node, numbers.heaviest(&weights, node, numbers.room(node)))).collect();
            let stated: Vec<(usize, i128)> = classes.iter().map(|(class, most)| (numbers.node(class), *most)).collect();
            let value = |name: &String| {
                let own = types.iter().find(|(other, _)| other == name);
                own.map_or(0, |(name, weight)| numbers.kind(name).count * weight)
            };
            let bound: i128 = most.iter().map(|(_, most)| most).sum();
            let sum: i128 = types.iter().map(|(name, _)| value(name)).sum();
            let lawful = types.len() <= 12
                && weights.iter().all(|(kind, weight)| *weight > 0 && kind.shape != Shape::OnEach)
                && (sum, bound) == (*total, *limit);
            lawful && most == stated && sum > bound && is_minimal(minimal, bound, value)
        }
        _ => false,
    }
}
