//! How many pods disruption budgets keep.

use std::collections::BTreeMap;

use crate::data::{Node, NodeValue};
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

    /// How many pods the budgets of a type keep; nothing when none selects it.
    pub(crate) fn desired(&self, one: &PodType, number: i128) -> Option<i128> {
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
