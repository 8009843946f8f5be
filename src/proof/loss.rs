//! The loss and the drain of a node: a condition over everything that the scheduler may have done before.

use std::collections::BTreeMap;

use super::evidence::{Charge, Charged, ClassSum, Evidence, LossCase};
use super::fit::{Finding, ground};
use super::platform::{Counts, Platform};
use super::pods::{PodType, RESOURCES};
use super::words::amount;
use crate::data::{Node, NodeValue};
use crate::objects::Object;
use crate::objects::quantity::ceil_div;
use crate::objects::selector::Selector;

/// More classes than this make more cases than anybody reads.
const MOST_CLASSES: usize = 64;

/// The verdict of the loss of any one node, or of its drain.
pub(super) fn decide(platform: &Platform, counts: &Counts, objects: &[Object], is_drain: bool) -> Finding {
    if platform.nodes() <= 1 {
        return Finding::empty("there is one node, and nothing is left without it");
    }
    if platform.classes.len() > MOST_CLASSES {
        return Finding::undecided("pods tell apart too many classes of nodes");
    }
    let budgets = Budgets::of(objects);
    if is_drain {
        for (index, one) in platform.types.iter().enumerate().filter(|(_, one)| !one.per_node) {
            let number = counts.number[index];
            if let Some(desired) = budgets.desired(one, number).filter(|desired| number > 0 && number <= *desired) {
                return Finding::undecided(format!(
                    "the disruption budget of `{}` keeps all {desired} of its pods, so that no node with one can be drained",
                    one.name
                ));
            }
        }
    }
    let mut cases = Vec::new();
    for lost in 0..platform.classes.len() {
        match case(platform, counts, &budgets, lost) {
            Ok(case) => cases.push(case),
            Err(reason) => {
                let class = &platform.classes[lost].name;
                return Finding::undecided(format!("when a node of `{class}` is gone, {reason}"));
            }
        }
    }
    Finding::guaranteed(ground(platform), Evidence::Loss(cases))
}

fn case(platform: &Platform, counts: &Counts, budgets: &Budgets<'_>, lost: usize) -> Result<LossCase, String> {
    let mut charge = Charge::default();
    let mut per_node = vec![0; platform.types.len()];
    for (index, one) in platform.types.iter().enumerate().filter(|(index, _)| counts.number[*index] > 0) {
        let hit = platform.classes[lost].eligible[index];
        let all = platform.nodes_of(index);
        let left = all - i128::from(hit);
        let number = counts.number[index];
        let stays = one.has_claims();
        let needed = budgets.desired(one, number).unwrap_or_else(|| i128::from(number > 0));
        if hit && stays && !one.per_node {
            let gone = platform.most(index, counts, all);
            if number - gone < needed {
                return Err(format!(
                    "`{}` may lose {gone} of {number} pods with their volumes, and {needed} must stay",
                    one.name
                ));
            }
        }
        if left == 0 {
            if !one.per_node && !stays && needed > 0 {
                return Err(format!("nothing else takes `{}`", one.name));
            }
            continue;
        }
        let nodes = if stays { all } else { left };
        if let Some(reason) = platform.bound(index, counts, nodes) {
            return Err(format!("of `{}`, {reason}", one.name));
        }
        per_node[index] = platform.most(index, counts, nodes);
        let (name, count) = (one.name.clone(), number);
        charge.types.push(Charged { name, count, nodes, per_node: per_node[index] });
    }
    for (position, class) in platform.classes.iter().enumerate() {
        let is_empty = position == lost && class.size() == 1;
        if is_empty || !(0..per_node.len()).any(|index| class.eligible[index] && per_node[index] > 0) {
            continue;
        }
        for (resource, name) in RESOURCES.iter().enumerate() {
            let here = (0..per_node.len()).filter(|index| class.eligible[*index]);
            let sum: i128 = here.map(|index| per_node[index] * platform.types[index].requests[resource]).sum();
            let allocatable = class.allocatable[resource];
            if sum > allocatable {
                return Err(format!(
                    "a node of `{}` may have to hold pods that ask for {} of {name} together, and it has {}",
                    class.name,
                    amount(name, sum),
                    amount(name, allocatable)
                ));
            }
            let resource = (*name).to_owned();
            charge.sums.push(ClassSum { class: class.name.clone(), resource, sum, allocatable });
        }
    }
    Ok(LossCase { class: platform.classes[lost].name.clone(), charge })
}

/// The disruption budgets of each namespace, gathered once: every pod type asks for those of its own.
struct Budgets<'a>(BTreeMap<Option<&'a str>, Vec<(Selector, &'a Object)>>);

impl<'a> Budgets<'a> {
    fn of(objects: &'a [Object]) -> Self {
        let mut budgets: BTreeMap<Option<&str>, Vec<(Selector, &Object)>> = BTreeMap::new();
        let is_budget = |object: &&Object| object.kind == "PodDisruptionBudget" && object.group() == "policy";
        for object in objects.iter().filter(is_budget) {
            let selector = Selector::read(object.body.at(&["spec", "selector"]));
            budgets.entry(object.namespace.as_deref()).or_default().push((selector, object));
        }
        Self(budgets)
    }

    /// How many pods the budgets of a type keep; nothing when none selects it.
    fn desired(&self, one: &PodType, number: i128) -> Option<i128> {
        let here = self.0.get(&one.namespace.as_deref()).into_iter().flatten();
        let kept = here.filter(|(selector, _)| selector.matches(&one.labels)).map(|(_, object)| {
            let at = |key: &str| object.body.at(&["spec", key]).and_then(|node| share(node, number));
            at("minAvailable").unwrap_or_else(|| at("maxUnavailable").map_or(0, |most| number - most)).max(0)
        });
        kept.max()
    }
}

/// A number, or a share that is rounded up, as the controller does.
fn share(node: &Node, of: i128) -> Option<i128> {
    match &node.value {
        NodeValue::Integer(number) => Some(*number),
        NodeValue::String(text) => {
            let number: i128 = text.strip_suffix('%')?.parse().ok()?;
            (0..=100).contains(&number).then(|| ceil_div(number * of, 100))
        }
        _ => None,
    }
}
