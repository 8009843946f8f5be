//! Pods that no node takes, or of which nobody says whether one does, with the label that is missing and the nearest one.

use crate::diag::suggest;
use crate::eval::model::{Hardware, Node};
use crate::fit::read::demand::{Demand, Load, representatives};
use crate::objects::node_labels::{NodeLabels, Truth, field_of};
use crate::source::Span;

/// A workload without a node. A DaemonSet has no pods then, and nobody else misses them.
#[derive(Debug, Clone)]
pub struct Nowhere {
    pub instance: String,
    pub label: String,
    pub span: Span,
    /// Whether it is a DaemonSet; of others the proof tells that they do not fit.
    pub per_node: bool,
    /// Whether a node may take it, for all that is known.
    pub is_open: bool,
    pub lack: Lack,
}

/// What the nodes have not.
#[derive(Debug, Clone)]
pub struct Lack {
    pub note: String,
    pub help: String,
}

/// Every workload with pods of which it is not certain that some node takes them.
pub(crate) fn nowhere(hardware: &Hardware, demand: &Demand) -> Vec<Nowhere> {
    let lost = demand.own_loads().filter(|load| {
        let is_wanted = load.workload.scale.per_node || load.count.peak > 0;
        is_wanted && truth(hardware, load) != Truth::Yes
    });
    lost.map(|load| Nowhere {
        instance: load.owner.name.clone(),
        label: load.label.clone(),
        span: load.workload.span,
        per_node: load.workload.scale.per_node,
        is_open: truth(hardware, load) == Truth::Open,
        lack: lack(hardware, load),
    })
    .collect()
}

/// Of each node type one machine in each of its zones.
fn machines(hardware: &Hardware) -> impl Iterator<Item = (&Node, u64)> {
    hardware.nodes.iter().flat_map(|node| representatives(node).map(move |(number, _)| (node, number)))
}

fn truth(hardware: &Hardware, load: &Load) -> Truth {
    let seen = machines(hardware)
        .map(|(node, number)| load.workload.eligibility.admits(&NodeLabels::of(node, number), &node.taints));
    seen.max().unwrap_or(Truth::No)
}

/// The first label that the pods ask for and no node is known to have.
pub(crate) fn lack(hardware: &Hardware, load: &Load) -> Lack {
    let labels: Vec<NodeLabels> = machines(hardware).map(|(node, number)| NodeLabels::of(node, number)).collect();
    let is_wanted = |values: &[String], value: &str| values.is_empty() || values.iter().any(|one| one == value);
    let has = |labels: &NodeLabels, key: &str, values: &[String]| {
        labels.judge(key, |value| value.is_some_and(|value| is_wanted(values, value))) == Truth::Yes
    };
    let wanted = load.workload.eligibility.wanted();
    let missing = wanted.into_iter().find(|(key, values)| !labels.iter().any(|labels| has(labels, key, values)));
    let Some((key, values)) = missing else {
        return Lack {
            note: "every node lacks a label that the pods select, or has a taint that they do not tolerate".to_owned(),
            help: "let the pods tolerate the taint of a node, or give one node all the labels".to_owned(),
        };
    };
    let label = match values {
        [] => format!("`{key}`"),
        values => format!("`{key}: {}`", values.join("` or `")),
    };
    if let Some(field) = field_of(key).filter(|_| labels.iter().any(|labels| labels.is_open(key))) {
        return Lack {
            note: format!("the pods ask for the label {label}, and the source does not say what it is on the nodes"),
            help: format!("declare it on the nodes, such as `{field}`"),
        };
    }
    let known = || labels.iter().flat_map(NodeLabels::known);
    let there: Vec<&str> = known().filter(|(own, _)| own == key).map(|(_, value)| value.as_str()).collect();
    let near = match (there.as_slice(), values.first()) {
        ([], _) => suggest::closest(key, known().map(|(own, _)| own.as_str())).map(str::to_owned),
        (there, Some(value)) => {
            let close = suggest::closest(value, there.iter().copied()).or(there.first().copied());
            close.map(|value| format!("{key}: {value}"))
        }
        _ => None,
    };
    let help = match near {
        Some(near) => format!("a node has `{near}`: select that, or give a node the label {label}"),
        None => format!("give a node the label {label}, or take the selector away"),
    };
    Lack { note: format!("no node has the label {label}, which the pods ask for"), help }
}
