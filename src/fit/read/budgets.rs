//! How many pods disruption budgets keep.

use std::collections::{BTreeMap, BTreeSet};

use crate::data::{Node, NodeValue};
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::PodType;
use crate::objects::Object;
use crate::objects::quantity::ceil_div;
use crate::objects::selector::Selector;

/// The disruption budgets of each namespace, gathered once: every pod type asks for those of its own.
pub(crate) struct Budgets<'a>(BTreeMap<Option<&'a str>, Vec<(Selector, &'a Object)>>);

impl<'a> Budgets<'a> {
    pub(crate) fn of(objects: &'a [Object]) -> Self {
        let mut budgets: BTreeMap<Option<&str>, Vec<(Selector, &Object)>> = BTreeMap::new();
        let is_budget = |object: &&Object| object.kind == "PodDisruptionBudget" && object.group() == "policy";
        for object in objects.iter().filter(is_budget) {
            let selector = Selector::read(object.body.at(&["spec", "selector"]));
            budgets.entry(object.namespace.as_deref()).or_default().push((selector, object));
        }
        Self(budgets)
    }

    /// How many budgets select a type. The API server evicts no pod of several.
    pub(crate) fn number(&self, one: &PodType) -> usize {
        let here = self.0.get(&one.namespace.as_deref()).into_iter().flatten();
        here.filter(|(selector, _)| selector.matches(&one.labels)).count()
    }

    /// How many pods of a type its budgets keep; nothing when none selects it. A budget of several types counts the pods of them all: of each it
    /// lets go of as many as of all together.
    pub(crate) fn desired(&self, platform: &Platform, counts: &Counts, index: usize) -> Option<i128> {
        let (one, number) = (&platform.types[index], counts.number[index]);
        let here = self.0.get(&one.namespace.as_deref()).into_iter().flatten();
        let kept = here.filter(|(selector, _)| selector.matches(&one.labels)).map(|(selector, object)| {
            let others: i128 = shared(platform, counts, index, selector).map(|other| counts.number[other]).sum();
            let all = number + others;
            let at = |key: &str| object.body.at(&["spec", key]).and_then(|node| share(node, all));
            let kept = at("minAvailable").unwrap_or_else(|| at("maxUnavailable").map_or(0, |most| all - most)).max(0);
            if others == 0 { kept } else { number - (all - kept).clamp(0, number) }
        });
        kept.max()
    }

    /// Which other types of several pods share a budget with a type.
    pub(crate) fn companions(&self, platform: &Platform, counts: &Counts, index: usize) -> BTreeSet<usize> {
        let one = &platform.types[index];
        let here = self.0.get(&one.namespace.as_deref()).into_iter().flatten();
        let own = here.filter(|(selector, _)| selector.matches(&one.labels));
        own.flat_map(|(selector, _)| shared(platform, counts, index, selector)).collect()
    }
}

/// The other types that a budget of a type selects and that have pods, no DaemonSets.
fn shared<'a>(
    platform: &'a Platform,
    counts: &'a Counts,
    index: usize,
    selector: &'a Selector,
) -> impl Iterator<Item = usize> + 'a {
    let one = &platform.types[index];
    let others = platform.types.iter().enumerate().filter(move |(other, _)| *other != index && !one.per_node);
    let others = others.filter(move |(other, with)| !with.per_node && counts.number[*other] > 0);
    others
        .filter(move |(_, with)| with.namespace == one.namespace && selector.matches(&with.labels))
        .map(|(other, _)| other)
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
