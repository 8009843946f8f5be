//! Footprints of custom resources whose operators are known, made out of the objects themselves.
//!
//! Each operator is read at its source, at the version that its module names. What changes pods in a way that is not modelled
//! leaves an object without a footprint: nobody is told about pods that will be others.

mod cnpg;
mod monitoring;
mod strimzi;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::data::{Node, NodeValue};
use crate::objects::check::check_foreign;
use crate::objects::footprint::of_nothing;
use crate::objects::schema::Catalog;
use crate::objects::{Object, ObjectKey};

/// Where `kubectl` puts what names no namespace.
const DEFAULT_NAMESPACE: &str = "default";

/// What known operators make of those objects for which no footprint is among the manifests.
#[must_use]
pub(in crate::query) fn footprints(objects: &[Object]) -> Vec<Object> {
    let stood: BTreeSet<&ObjectKey> = objects.iter().filter_map(|object| object.stands_for.as_ref()).collect();
    let mut taken: BTreeSet<ObjectKey> = objects.iter().map(Object::key).collect();
    let catalog = Catalog::kubernetes();
    let mut made = Vec::new();
    for owner in objects.iter().filter(|object| !object.is_footprint() && !stood.contains(&object.key())) {
        if counts_objects(objects, namespace(owner)) {
            continue;
        }
        let known = [monitoring::make, cnpg::make, strimzi::make];
        let some = known.iter().find_map(|make| make(owner, objects)).unwrap_or_default();
        // What the API server would refuse, or what is there already, is nothing that the operator makes.
        let is_right = |object: &Object| !taken.contains(&object.key()) && check_foreign(object, &catalog).is_empty();
        if some.iter().all(is_right) {
            taken.extend(some.iter().map(Object::key));
            made.extend(some);
        }
    }
    made
}

/// Whether a quota of a namespace counts objects: operators make Secrets and Services beside pods, which no footprint shows.
fn counts_objects(objects: &[Object], namespace: &str) -> bool {
    let quotas = objects.iter().filter(|object| object.group().is_empty() && object.kind == "ResourceQuota");
    quotas.filter(|quota| self::namespace(quota) == namespace).any(|quota| {
        let hard = quota.body.at(&["spec", "hard"]).and_then(Node::as_map);
        hard.is_some_and(|hard| {
            let names = ["secrets", "services", "configmaps"];
            hard.keys().any(|key| key.starts_with("count/") || names.contains(&key.as_ref()))
        })
    })
}

fn namespace(object: &Object) -> &str {
    object.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE)
}

/// The StatefulSet of a footprint.
fn stateful_set(owner: &Object, name: String, spec: Node) -> Object {
    made(owner, ("apps/v1", "StatefulSet"), name, spec)
}

/// The footprint of an object of which no pods come: one that needs no room.
fn nothing(owner: &Object) -> Object {
    of_nothing(owner, Some(namespace(owner)))
}

/// An object that an operator makes of another one, in its namespace.
fn made(owner: &Object, (api_version, kind): (&str, &str), name: String, spec: Node) -> Object {
    let namespace = namespace(owner).to_owned();
    let metadata = map([("name", Node::string(name.clone())), ("namespace", Node::string(namespace.clone()))]);
    let body = map([
        ("apiVersion", Node::string(api_version)),
        ("kind", Node::string(kind)),
        ("metadata", metadata),
        ("spec", spec),
    ]);
    let (api_version, kind) = (api_version.to_owned(), kind.to_owned());
    let (namespace, stands_for) = (Some(namespace), Some(owner.key()));
    Object { api_version, kind, name, namespace, body, label: None, stands_for, ..owner.clone() }
}

fn map<const COUNT: usize>(fields: [(&str, Node); COUNT]) -> Node {
    let fields = fields.into_iter().map(|(key, node)| (Arc::from(key), node));
    Node::synthetic(NodeValue::Map(fields.collect()))
}

fn list(items: impl IntoIterator<Item = Node>) -> Node {
    Node::synthetic(NodeValue::List(items.into_iter().collect()))
}

fn truth(is: bool) -> Node {
    Node::synthetic(NodeValue::Bool(is))
}

fn integer(number: i128) -> Node {
    Node::synthetic(NodeValue::Integer(number))
}

/// Copies those fields that are there.
fn copy(from: &Node, to: &mut Node, fields: &[&str]) {
    let Some(to) = to.as_map_mut() else { return };
    for field in fields {
        if let Some(node) = from.get(field).filter(|node| !is_absent(node)) {
            to.insert(Arc::from(*field), node.clone());
        }
    }
}

/// Whether a field says as little as if it were not there. An empty map may say something: `thanos: {}` asks for a sidecar.
fn is_absent(node: &Node) -> bool {
    match &node.value {
        NodeValue::Null => true,
        NodeValue::List(items) => items.is_empty(),
        _ => false,
    }
}

/// Whether a map has no fields but these.
fn has_only(node: &Node, known: &[&str]) -> bool {
    node.as_map().is_some_and(|map| map.iter().all(|(key, node)| is_absent(node) || known.contains(&key.as_ref())))
}

/// A number that a field says, or else what the operator takes. None where it says no number.
fn number(spec: &Node, field: &str, otherwise: i128) -> Option<i128> {
    match spec.get(field).filter(|node| !is_absent(node)) {
        Some(node) => node.as_integer(),
        None => Some(otherwise),
    }
}

/// Whether a text stands somewhere in a node, as a key or as a value.
fn mentions(node: &Node, text: &str) -> bool {
    match &node.value {
        NodeValue::String(own) => own.contains(text),
        NodeValue::List(items) => items.iter().any(|item| mentions(item, text)),
        NodeValue::Map(map) => map.iter().any(|(key, node)| key.contains(text) || mentions(node, text)),
        _ => false,
    }
}
