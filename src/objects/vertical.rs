//! Vertical autoscalers: what containers may come to request, and by how much their limits grow with it.

use std::collections::BTreeMap;

use super::footprint::describe;
use super::pod::{Container, ContainerResource, Doubt, Stated};
use super::quantity::{Quantity, ceil_div};
use super::{Node, NodeValue, Object};

/// Why nobody knows what a vertical autoscaler makes of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unbounded {
    /// Nothing says how much of a resource a container may come to request.
    Request { container: String, resource: String },
    /// A limit grows by the factor by which a request does, and the request is 0.
    Factor { container: String, resource: String },
    /// A container has two policies.
    Policies { container: String },
    /// Another autoscaler changes the same pods.
    Contested { other: String },
    /// It names what an operator makes the pods from, and which of them it changes is up to the operator.
    Operated { owner: String },
}

/// The vertical autoscalers that change pods, by namespace, kind and name of what they target.
pub(super) struct VerticalAutoscalers<'a> {
    targets: BTreeMap<(Option<&'a str>, &'a str, &'a str), Vec<&'a Object>>,
}

impl<'a> VerticalAutoscalers<'a> {
    pub(super) fn read(objects: &'a [Object]) -> Self {
        let mut targets: BTreeMap<_, Vec<&Object>> = BTreeMap::new();
        for object in objects.iter().filter(|object| changes_pods(object)) {
            let target = |key: &str| object.body.at(&["spec", "targetRef", key]).and_then(Node::as_str);
            if let (Some(kind), Some(name)) = (target("kind"), target("name")) {
                targets.entry((object.namespace.as_deref(), kind, name)).or_default().push(object);
            }
        }
        Self { targets }
    }

    /// Raises the requests and limits of the containers of an object, which are its own and no init containers, to the
    /// most that they may become.
    pub(super) fn raise(&self, object: &Object, containers: &mut [Container]) -> Result<(), Doubt> {
        let doubt = |autoscaler: &Object, why| Doubt::Vertical { autoscaler: describe(&autoscaler.key()), why };
        let of = |namespace: Option<&str>, kind: &str, name: &str| -> Vec<&Object> {
            self.targets.get(&(namespace, kind, name)).cloned().unwrap_or_default()
        };
        if let Some(owner) = &object.stands_for
            && let Some(one) = of(owner.namespace.as_deref(), &owner.kind, &owner.name).first()
        {
            return Err(doubt(one, Unbounded::Operated { owner: describe(owner) }));
        }
        match of(object.namespace.as_deref(), &object.kind, &object.name).as_slice() {
            [] => Ok(()),
            [one] => {
                containers.iter_mut().try_for_each(|container| raise(one, container)).map_err(|why| doubt(one, why))
            }
            [first, second, ..] => Err(doubt(first, Unbounded::Contested { other: describe(&second.key()) })),
        }
    }
}

/// Whether an object is a vertical autoscaler that does more than recommend.
fn changes_pods(object: &Object) -> bool {
    let mode = object.body.at(&["spec", "updatePolicy", "updateMode"]).and_then(Node::as_str);
    object.kind == "VerticalPodAutoscaler" && object.group() == "autoscaling.k8s.io" && mode != Some("Off")
}

fn raise(autoscaler: &Object, container: &mut Container) -> Result<(), Unbounded> {
    let policies = autoscaler.body.at(&["spec", "resourcePolicy", "containerPolicies"]);
    let policies = policies.map(Node::items).unwrap_or_default();
    let named = |name: &str| -> Vec<&Node> {
        policies.iter().filter(|policy| policy.get("containerName").and_then(Node::as_str) == Some(name)).collect()
    };
    let own = named(&container.name);
    let policy = match if own.is_empty() { named("*") } else { own }.as_slice() {
        [] => None,
        [one] => Some(*one),
        _ => return Err(Unbounded::Policies { container: container.name.clone() }),
    };
    let says = |key: &str, value: &str| policy.and_then(|policy| policy.get(key)).and_then(Node::as_str) == Some(value);
    if says("mode", "Off") {
        return Ok(());
    }
    let controlled = policy
        .and_then(|policy| policy.get("controlledResources"))
        .filter(|node| matches!(node.value, NodeValue::List(_)));
    let controlled: Vec<&str> = match controlled {
        Some(list) => list.items().iter().filter_map(Node::as_str).collect(),
        None => vec!["cpu", "memory"],
    };
    let grows = !says("controlledValues", "RequestsOnly");
    for key in controlled {
        let most = policy.and_then(|policy| policy.at(&["maxAllowed", key]));
        let most = most.and_then(|node| Some(Stated::new(Quantity::of(node)?.milli(), node.span())));
        let resource = ContainerResource::ALL.into_iter().find(|resource| resource.key() == key);
        let (Some(most), Some(resource)) = (most, resource) else {
            return Err(Unbounded::Request { container: container.name.clone(), resource: key.to_owned() });
        };
        let before = container.requests.get(resource).map_or(0, |stated| stated.milli());
        let after = most.milli().max(before);
        if let Some(limit) = container.limits.get(resource).filter(|_| grows) {
            if before == 0 {
                return Err(Unbounded::Factor { container: container.name.clone(), resource: key.to_owned() });
            }
            let grown = ceil_div(limit.milli() * after, before);
            container.limits.set(resource, Stated::new(grown, limit.span));
        }
        if after > before || container.requests.get(resource).is_none() {
            container.requests.set(resource, most);
        }
    }
    Ok(())
}
