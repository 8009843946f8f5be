//! The nodes of a cluster that runs, as `kubectl get nodes -o json` prints them, as a hardware.
//!
//! What pods may take of a node is its `allocatable`, and all its labels are there: nothing of them is unknown. Like nodes
//! become one type of node, as somebody would have declared them.

mod group;
mod machine;
mod storages;

use std::collections::BTreeSet;

use crate::data::{Node as Tree, NodeValue};
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::eval::model::Hardware;
use crate::objects::Object;
use crate::query::manifests::Manifest;
use crate::query::manifests::read::bodies;
use crate::source::{SourceMap, Span};
use machine::Machine;

/// The version from which sidecars exist, and the one from which pods state resources as a whole. Nodes on both sides of
/// one read pods differently, so that no version can be said to be theirs.
const WATERSHEDS: [(u32, u32); 2] = [(1, 29), (1, 34)];

/// Reads the nodes of some files. `objects` are what is to be proved on them: nodes are alike where nothing of it tells them
/// apart.
#[must_use]
pub fn read(files: Vec<Manifest>, objects: &[Object], sources: &mut SourceMap) -> (Option<Hardware>, Diagnostics) {
    let mut found = Diagnostics::default();
    let bodies = bodies(files, sources, &mut found).unwrap_or_default();
    let nodes: Vec<&(Tree, Span)> = bodies.iter().filter(|(body, _)| is_node(body)).collect();
    if nodes.is_empty() && !found.has_errors() {
        found.push(none(bodies.first()));
    }
    let hardware = of_nodes(nodes.into_iter().map(|(body, span)| (body, *span)), objects, &mut found);
    (hardware.filter(|_| !found.has_errors()), found)
}

/// The hardware that some `Node` objects describe; none where one of them has a fault, or there are none.
#[must_use]
pub fn of_nodes<'a>(
    nodes: impl IntoIterator<Item = (&'a Tree, Span)>,
    objects: &[Object],
    found: &mut Diagnostics,
) -> Option<Hardware> {
    let mut machines: Vec<Machine> = Vec::new();
    let mut is_whole = true;
    for (body, span) in nodes {
        match Machine::read(body, span, found) {
            Ok(machine) => machines.push(machine),
            Err(fault) => {
                is_whole = false;
                found.push(*fault);
            }
        }
    }
    for (index, machine) in machines.iter().enumerate() {
        if let Some(first) = machines[..index].iter().find(|other| other.name == machine.name) {
            is_whole = false;
            let message = format!("there are two nodes `{}`", machine.name);
            let twice = Diagnostic::error(codes::HARDWARE, machine.span, message).at("again here");
            found.push(twice.label(first.span, "first here").help("give each node once"));
        }
    }
    if !is_whole || machines.is_empty() {
        return None;
    }
    let kubernetes = version(&machines);
    let storages = storages::read(objects, found);
    let keys: BTreeSet<&str> = machines.iter().flat_map(|one| one.labels.iter().map(|(key, _)| key.as_str())).collect();
    let mentioned = mentioned(objects, &keys);
    let span = machines[0].span;
    let nodes = group::types(machines, &mentioned);
    Some(Hardware { name: "cluster".to_owned(), span, kubernetes, nodes, storages })
}

fn is_node(body: &Tree) -> bool {
    let is = |key: &str, wanted: &str| body.get(key).and_then(Tree::as_str) == Some(wanted);
    is("apiVersion", "v1") && is("kind", "Node")
}

fn none(first: Option<&(Tree, Span)>) -> Diagnostic {
    let kind = first.and_then(|(body, _)| body.get("kind").and_then(Tree::as_str));
    let message = match kind {
        Some(kind) if suggest::closest(kind, ["Node"]).is_none() => format!("no node is there, but a `{kind}`"),
        _ => "no node is there".to_owned(),
    };
    let span = first.map_or(Span::NONE, |(_, span)| *span);
    Diagnostic::error(codes::HARDWARE, span, message)
        .help("write what the cluster has: `kubectl get nodes -o json > nodes.json`")
}

/// The version of all nodes; of several the lowest, which understands what all understand.
fn version(machines: &[Machine]) -> Option<(u32, u32)> {
    let all: Option<BTreeSet<(u32, u32)>> = machines.iter().map(|machine| machine.version).collect();
    let all = all?;
    let (least, most) = (*all.first()?, *all.last()?);
    let is_split = WATERSHEDS.iter().any(|mark| least < *mark && most >= *mark);
    (!is_split).then_some(least)
}

/// Which of some keys of labels the objects name anywhere.
fn mentioned(objects: &[Object], keys: &BTreeSet<&str>) -> BTreeSet<String> {
    fn walk(node: &Tree, keys: &BTreeSet<&str>, found: &mut BTreeSet<String>) {
        let mut note = |text: &str| {
            if keys.contains(text) {
                found.insert(text.to_owned());
            }
        };
        match &node.value {
            NodeValue::String(text) => note(text),
            NodeValue::List(items) => items.iter().for_each(|item| walk(item, keys, found)),
            NodeValue::Map(map) => map.iter().for_each(|(key, value)| {
                if keys.contains(key.as_ref()) {
                    found.insert(key.to_string());
                }
                walk(value, keys, found);
            }),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for object in objects.iter().filter(|object| !is_node(&object.body)) {
        walk(&object.body, keys, &mut found);
    }
    found
}
