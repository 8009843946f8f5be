//! Autoscalers: the least and the most replicas of what they target.

use std::collections::BTreeSet;

use super::workload::Count;
use super::{Node, NodeValue, Object};
use crate::eval::model::InstanceId;
use crate::source::Span;

/// The range of one autoscaler.
#[derive(Debug, Clone)]
pub(super) struct Autoscaler {
    namespace: Option<String>,
    target_kind: String,
    target_name: String,
    pub(super) least: Count,
    pub(super) most: Count,
}

/// An autoscaler without a maximum.
#[derive(Debug, Clone)]
pub struct Unbounded {
    /// The position among the objects that were read.
    pub object: usize,
    pub instance: InstanceId,
    /// `HorizontalPodAutoscaler`.
    pub kind: String,
    pub name: String,
    /// The head of the emission.
    pub span: Span,
}

/// Where an autoscaler states its range, and what Kubernetes or KEDA take where it does not.
fn ends(object: &Object) -> Option<[(&'static str, Option<i128>); 2]> {
    match (object.group(), object.kind.as_str()) {
        ("autoscaling", "HorizontalPodAutoscaler") => Some([("minReplicas", Some(1)), ("maxReplicas", None)]),
        // KEDA's own defaults: down to nothing, up to a hundred.
        ("keda.sh", "ScaledObject") => Some([("minReplicaCount", Some(0)), ("maxReplicaCount", Some(100))]),
        _ => None,
    }
}

/// Whether an object moves the number of pods of others.
#[must_use]
pub fn is_autoscaler(object: &Object) -> bool {
    ends(object).is_some()
}

/// The least and the most replicas that an autoscaler states, or takes by default. None for what is no autoscaler.
#[must_use]
pub fn range(object: &Object) -> Option<(Option<i128>, Option<i128>)> {
    let [least, most] =
        ends(object)?.map(|(key, default)| object.body.at(&["spec", key]).and_then(Node::as_count).or(default));
    Some((least, most))
}

/// The namespace, kind and name of what an autoscaler moves. None where it names nothing.
fn target(autoscaler: &Object) -> Option<(Option<&str>, &str, &str)> {
    let says = |key: &str| autoscaler.body.at(&["spec", "scaleTargetRef", key]).and_then(Node::as_str);
    Some((autoscaler.namespace.as_deref(), says("kind").unwrap_or("Deployment"), says("name")?))
}

/// The targets of all autoscalers.
fn targets(objects: &[Object]) -> impl Iterator<Item = (Option<&str>, &str, &str)> {
    objects.iter().filter(|object| is_autoscaler(object)).filter_map(target)
}

/// An object that two autoscalers move, as `Deployment api`: they would work against each other.
#[must_use]
pub fn contested(objects: &[Object]) -> Option<String> {
    let mut seen = BTreeSet::new();
    targets(objects).find(|target| !seen.insert(*target)).map(|(_, kind, name)| format!("{kind} {name}"))
}

/// An autoscaler of something that an operator makes pods from, as a footprint says: how many is up to the operator.
#[must_use]
pub fn operated(objects: &[Object]) -> Option<String> {
    let owners: BTreeSet<_> = objects
        .iter()
        .filter_map(|object| object.stands_for.as_ref())
        .map(|owner| (owner.namespace.as_deref(), owner.kind.as_str(), owner.name.as_str()))
        .collect();
    targets(objects).find(|target| owners.contains(target)).map(|(_, kind, name)| format!("{kind} {name}"))
}

/// Multiplies both ends of every autoscaler's range by a factor in thousandths, rounded up.
pub fn scale(objects: &mut [Object], factor: i128) {
    for object in objects {
        let Some(ends) = ends(object) else { continue };
        let Some((least, most)) = range(object) else { continue };
        let Some(spec) = object.body.as_map_mut().and_then(|map| map.get_mut("spec")).and_then(Node::as_map_mut) else {
            continue;
        };
        for ((key, _), number) in ends.into_iter().zip([least, most]) {
            let Some(number) = number else { continue };
            let value = NodeValue::Integer(super::quantity::ceil_div(number.saturating_mul(factor), 1000));
            match spec.get_mut(key) {
                Some(node) => node.value = value,
                None => {
                    spec.insert(key.into(), Node::synthetic(value));
                }
            }
        }
    }
}

/// The `HorizontalPodAutoscaler`s of Kubernetes and the `ScaledObject`s of KEDA, which become such.
pub(super) fn read_autoscalers(objects: &[Object], unbounded: &mut Vec<Unbounded>) -> Vec<Autoscaler> {
    let mut found = Vec::new();
    for (position, object) in objects.iter().enumerate() {
        let horizontal = object.kind == "HorizontalPodAutoscaler" && object.group() == "autoscaling";
        let keda = object.kind == "ScaledObject" && object.group() == "keda.sh";
        if !horizontal && !keda {
            continue;
        }
        let Some(spec) = object.body.get("spec") else { continue };
        let number =
            |key: &str| spec.get(key).and_then(|node| Some(Count { value: node.as_count()?, span: node.span() }));
        let default = |value| Count { value, span: Span::NONE };
        let (least, most) = if horizontal {
            (number("minReplicas").unwrap_or(default(1)), number("maxReplicas"))
        } else {
            // KEDA's own defaults: down to nothing, up to a hundred.
            (number("minReplicaCount").unwrap_or(default(0)), number("maxReplicaCount").or(Some(default(100))))
        };
        let Some(most) = most else {
            let (kind, name) = (object.kind.clone(), object.name.clone());
            unbounded.push(Unbounded { object: position, instance: object.instance, kind, name, span: object.span });
            continue;
        };
        let target = |key: &str| spec.at(&["scaleTargetRef", key]).and_then(Node::as_str).map(str::to_owned);
        found.push(Autoscaler {
            namespace: object.namespace.clone(),
            target_kind: target("kind").unwrap_or_else(|| "Deployment".to_owned()),
            target_name: target("name").unwrap_or_default(),
            least,
            most,
        });
    }
    found
}

/// The autoscaler that targets an object.
pub(super) fn autoscaler_of<'a>(autoscalers: &'a [Autoscaler], object: &Object) -> Option<&'a Autoscaler> {
    let targets = |one: &&Autoscaler, kind: &str, name: &str| {
        one.namespace == object.namespace && one.target_kind == kind && one.target_name == name
    };
    autoscalers.iter().find(|one| targets(one, &object.kind, &object.name))
}
