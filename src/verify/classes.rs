//! The classes of nodes.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::constraints::HOSTNAME;
use crate::manifests::node::Node;
use crate::manifests::{Checked, Reading, Value, refuse, size};

/// Nodes that the evidence does not tell apart.
#[derive(Debug)]
pub(crate) struct Class<'a> {
    pub(crate) name: &'a str,
    /// Indices of its nodes.
    pub(crate) nodes: Vec<usize>,
    pub(crate) size: i128,
    /// The zone that all of them are in.
    pub(crate) zone: Option<String>,
}

/// The classes that the proof states: a partition of the nodes into nodes of which the same is true.
pub(crate) fn read<'a>(stated: &'a Value, nodes: &[Node]) -> Checked<Vec<Class<'a>>> {
    let hosts: BTreeSet<_> = nodes.iter().map(|node| node.labels.known.get(HOSTNAME)).collect();
    let mut open: BTreeMap<&str, usize> = nodes.iter().enumerate().map(|(index, node)| (node.name, index)).collect();
    let is_twice = hosts.len() < nodes.len() || open.len() < nodes.len();
    refuse(is_twice, || "two nodes have the same name or the same host name".to_owned())?;
    let mut classes = Vec::<Class>::new();
    for class in stated.list("classes")? {
        let name = class.needed("class")?;
        let members = class.texts("nodes")?.into_iter().map(|node| open.remove(node)).collect::<Option<Vec<_>>>();
        let members = members.ok_or_else(|| format!("the class `{name}` has what is no node, or is in another"))?;
        let is_new = !members.is_empty() && classes.iter().all(|other| other.name != name);
        refuse(!is_new, || format!("the class `{name}` has no node, or is there twice"))?;
        let is_alike = members.iter().all(|index| nodes[*index].facts == nodes[members[0]].facts);
        refuse(!is_alike, || format!("the nodes of the class `{name}` differ"))?;
        let zones: BTreeSet<Option<&str>> = members.iter().map(|index| nodes[*index].zone()).collect();
        let zone = zones.first().copied().flatten().filter(|_| zones.len() == 1).map(str::to_owned);
        classes.push(Class { name, size: size(&members), nodes: members, zone });
    }
    refuse(!open.is_empty(), || format!("the node {:?} is in no class", open.keys().next()))?;
    Ok(classes)
}
