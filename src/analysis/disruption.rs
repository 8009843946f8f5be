//! Disruption budgets that forbid every voluntary disruption.

use crate::fit::Scenario;
use crate::fit::read::demand::Demand;
use crate::objects::quantity::ceil_div;
use crate::objects::selector::Selector;
use crate::objects::{Node, NodeValue};
use crate::source::Span;

/// A `PodDisruptionBudget` with what it allows at the least replicas.
#[derive(Debug, Clone)]
pub struct DisruptionUse {
    pub instance: String,
    /// The name of the object.
    pub name: String,
    /// `minAvailable` or `maxUnavailable`.
    pub key: &'static str,
    /// As written: `2`, `50%`.
    pub text: String,
    /// The least pods that it covers.
    pub pods: i128,
    /// How many of them may be away at once.
    pub allowed: i128,
    pub span: Span,
    /// Where the least count is written.
    pub count_span: Span,
}

/// Every disruption budget that covers pods.
pub(crate) fn disruption_uses(scenario: &Scenario<'_>, demand: &Demand) -> Vec<DisruptionUse> {
    let mut uses = Vec::new();
    for object in scenario.objects {
        if object.kind != "PodDisruptionBudget" || object.group() != "policy" {
            continue;
        }
        let Some(spec) = object.body.get("spec") else { continue };
        let selector = Selector::read(spec.get("selector"));
        let covered = demand
            .own_loads()
            .filter(|load| load.workload.namespace == object.namespace && selector.matches(&load.workload.labels));
        let covered: Vec<_> = covered.collect();
        let pods: i128 = covered.iter().map(|load| load.count.steady).sum();
        let key = ["minAvailable", "maxUnavailable"].into_iter().find(|key| spec.get(key).is_some());
        let Some((key, number)) = key.and_then(|key| Some((key, spec.get(key)?))) else { continue };
        let Some(value) = resolve(number, pods).filter(|_| pods > 0) else { continue };
        let allowed = if key == "minAvailable" { pods - value } else { value.min(pods) };
        let count_span = covered.first().map_or(Span::NONE, |load| load.workload.scale.steady.span);
        uses.push(DisruptionUse {
            instance: scenario.model.instance(object.instance).name.clone(),
            name: object.name.clone(),
            key,
            text: text(number),
            pods,
            allowed: allowed.max(0),
            span: if number.span().is_none() { object.span } else { number.span() },
            count_span,
        });
    }
    uses
}

/// A number, or a percentage of the pods; the controller rounds both kinds of percentage up.
fn resolve(node: &Node, pods: i128) -> Option<i128> {
    match &node.value {
        NodeValue::Integer(number) => Some(*number),
        NodeValue::String(text) => {
            let percent: i128 = text.strip_suffix('%')?.parse().ok()?;
            Some(ceil_div(percent.checked_mul(pods)?, 100))
        }
        _ => None,
    }
}

fn text(node: &Node) -> String {
    match &node.value {
        NodeValue::Integer(number) => number.to_string(),
        NodeValue::String(text) => text.to_string(),
        _ => String::new(),
    }
}
