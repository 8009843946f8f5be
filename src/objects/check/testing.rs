//! Objects for tests, from YAML, with places that differ from object to object and node to node.

use crate::data::yaml::read_all;
use crate::diag::Diagnostics;
use crate::eval::model::{InstanceId, Model};
use crate::objects::schema::Catalog;
use crate::objects::{Node, NodeValue, Object, ObjectKey};
use crate::source::{SourceId, SourceMap, Span};

/// The objects of some documents, in order.
pub(in crate::objects) fn objects(documents: &[&str]) -> Vec<Object> {
    let nodes = documents.iter().flat_map(|text| read_all(text).expect("the test's YAML is right"));
    nodes.enumerate().map(|(index, node)| object(index, node)).collect()
}

/// The objects, the one at `index` being a footprint.
pub(in crate::objects) fn with_footprint(documents: &[&str], index: usize) -> Vec<Object> {
    let mut objects = objects(documents);
    let key = ObjectKey { group: "example.com".into(), kind: "Widget".into(), namespace: None, name: "w".into() };
    objects[index].stands_for = Some(key);
    objects
}

fn object(index: usize, mut body: Node) -> Object {
    let mut next = index * 1000;
    stamp(&mut body, &mut next);
    let text = |path: &[&str]| body.at(path).and_then(Node::as_str).map(str::to_owned);
    Object {
        api_version: text(&["apiVersion"]).expect("a test object has an API"),
        kind: text(&["kind"]).expect("a test object has a kind"),
        name: text(&["metadata", "name"]).expect("a test object has a name"),
        namespace: text(&["metadata", "namespace"]),
        instance: InstanceId(0),
        label: None,
        span: Span::new(SourceId(0), index * 1000, index * 1000 + 1),
        stands_for: None,
        body,
    }
}

fn stamp(node: &mut Node, next: &mut usize) {
    *next += 1;
    node.emitted = Span::new(SourceId(0), *next, *next + 1);
    match &mut node.value {
        NodeValue::List(items) => items.iter_mut().for_each(|item| stamp(item, next)),
        NodeValue::Map(map) => map.values_mut().for_each(|value| stamp(value, next)),
        _ => {}
    }
}

/// The headlines of a check of some documents without a model.
pub(super) fn headlines(documents: &[&str]) -> Vec<String> {
    messages(super::check(
        &Model::default(),
        &objects(documents),
        &|_| true,
        &Catalog::kubernetes(),
        &SourceMap::default(),
    ))
}

/// The headlines.
pub(super) fn messages(found: Diagnostics) -> Vec<String> {
    found.into_iter().map(|diagnostic| diagnostic.message).collect()
}
