//! The graph as Graphviz, as Mermaid and as JSON. The same model gives the same bytes.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::analysis::Analysis;
use crate::eval::model::{Edge, Instance, InstanceId, Model, Target};
use crate::syntax::ast::{InstanceClass, Strength};

/// What is drawn: components, entry points, and whatever else has an edge.
fn drawn(model: &Model) -> Vec<(InstanceId, &Instance)> {
    let mut touched: BTreeSet<InstanceId> = BTreeSet::new();
    for edge in &model.edges {
        touched.insert(edge.from);
        touched.extend(crate::graph::target(edge));
    }
    let wanted = |id: InstanceId, instance: &Instance| {
        matches!(instance.class, InstanceClass::Component | InstanceClass::Expose) || touched.contains(&id)
    };
    model.ids().filter(|(id, instance)| wanted(*id, instance)).collect()
}

fn target_name<'a>(model: &'a Model, target: &Target) -> &'a str {
    match target {
        Target::Instance(id) => &model.instance(*id).name,
        Target::ClusterApi => "cluster.api",
        Target::ClusterDns => "cluster.dns",
        Target::Internet => "internet",
    }
}

/// Targets that are no instances, as far as they are used.
fn outside(model: &Model) -> BTreeSet<&str> {
    let edges = model.edges.iter().filter(|edge| crate::graph::target(edge).is_none());
    let mut names: BTreeSet<&str> = edges.map(|edge| target_name(model, &edge.to)).collect();
    if !model.entries.is_empty() {
        names.insert("internet");
    }
    names
}

fn ports(edge: &Edge) -> String {
    let ports = edge.ports.iter().map(|port| match port.protocol.as_str() {
        "TCP" => port.port.to_string(),
        protocol => format!("{}/{protocol}", port.port),
    });
    let mut text = ports.collect::<Vec<_>>().join(", ");
    if let Some(choice) = edge.alternative {
        let separator = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{separator}{} of choice {}", choice.needed, choice.group);
    }
    text
}

fn word(strength: Strength) -> &'static str {
    match strength {
        Strength::Needs => "needs",
        Strength::Wants => "wants",
        Strength::Reaches => "reaches",
    }
}

/// Instances that are a single point of failure, or have one among their pods.
fn failing(analysis: Option<&Analysis>) -> BTreeSet<&str> {
    let spofs = analysis.map(|analysis| analysis.failure.spofs.as_slice()).unwrap_or_default();
    spofs.iter().filter_map(|spof| spof.instance.as_deref()).collect()
}

/// Instances by namespace, those without one last in the order of names.
fn by_namespace<'a>(nodes: &[(InstanceId, &'a Instance)]) -> BTreeMap<Option<&'a str>, Vec<&'a Instance>> {
    let mut groups: BTreeMap<Option<&str>, Vec<&Instance>> = BTreeMap::new();
    for (_, instance) in nodes {
        groups.entry(instance.namespace.as_deref()).or_default().push(instance);
    }
    groups
}

/// Graphviz: boxes for components, dashed ellipses for what is outside, houses for entry points; solid edges are needed,
/// dashed ones wanted, dotted ones merely reached; single points of failure are red.
#[must_use]
pub fn dot(model: &Model, analysis: Option<&Analysis>) -> String {
    let failing = failing(analysis);
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut out =
        format!("digraph {} {{\n  rankdir = LR;\n  node [fontname = \"sans-serif\"];\n", quoted(&model.system));
    for (index, (namespace, instances)) in by_namespace(&drawn(model)).into_iter().enumerate() {
        let indent = if namespace.is_some() { "    " } else { "  " };
        if let Some(namespace) = namespace {
            let _ = writeln!(out, "  subgraph cluster_{index} {{\n    label = {};", quoted(namespace));
        }
        for instance in instances {
            let shape = match (instance.external, instance.class) {
                (true, _) => "shape = ellipse, style = dashed",
                (false, InstanceClass::Expose) => "shape = house",
                _ => "shape = box",
            };
            let color = if failing.contains(instance.name.as_str()) { ", color = red" } else { "" };
            let _ = writeln!(out, "{indent}{} [{shape}{color}];", quoted(&instance.name));
        }
        if namespace.is_some() {
            out.push_str("  }\n");
        }
    }
    for name in outside(model) {
        let _ = writeln!(out, "  {} [shape = plaintext];", quoted(name));
    }
    for edge in &model.edges {
        let style = match edge.strength {
            Strength::Needs => "solid",
            Strength::Wants => "dashed",
            Strength::Reaches => "dotted",
        };
        let label = ports(edge);
        let label = if label.is_empty() { label } else { format!(", label = {}", quoted(&label)) };
        let (from, to) = (quoted(&model.instance(edge.from).name), quoted(target_name(model, &edge.to)));
        let _ = writeln!(out, "  {from} -> {to} [style = {style}{label}];");
    }
    for (from, to) in entry_edges(model) {
        let _ = writeln!(out, "  {} -> {} [style = bold];", quoted(from), quoted(to));
    }
    out.push_str("}\n");
    out
}

/// `internet → entry → via → to`, as far as the model's edges do not say it.
fn entry_edges(model: &Model) -> Vec<(&str, &str)> {
    let mut edges = Vec::new();
    for entry in &model.entries {
        let names = [entry.instance, entry.via, entry.to].map(|id| model.instance(id).name.as_str());
        edges.extend([("internet", names[0]), (names[0], names[1]), (names[1], names[2])]);
    }
    let known: BTreeSet<(&str, &str)> = model
        .edges
        .iter()
        .map(|edge| (model.instance(edge.from).name.as_str(), target_name(model, &edge.to)))
        .collect();
    let mut seen = BTreeSet::new();
    edges.retain(|edge| !known.contains(edge) && seen.insert(*edge));
    edges
}

/// Mermaid, for Markdown pages: rectangles for components, stadiums for what is outside, flags for entry points.
#[must_use]
pub fn mermaid(model: &Model, analysis: Option<&Analysis>) -> String {
    let failing = failing(analysis);
    let text = |name: &str| name.replace('"', "#quot;");
    let nodes = drawn(model);
    let mut ids: BTreeMap<&str, String> = BTreeMap::new();
    for (id, instance) in &nodes {
        ids.insert(&instance.name, format!("n{}", id.0));
    }
    for (index, name) in outside(model).into_iter().enumerate() {
        ids.insert(name, format!("o{index}"));
    }
    let mut out = String::from("flowchart LR\n");
    for (index, (namespace, instances)) in by_namespace(&nodes).into_iter().enumerate() {
        let indent = if namespace.is_some() { "    " } else { "  " };
        if let Some(namespace) = namespace {
            let _ = writeln!(out, "  subgraph s{index} [\"{}\"]", text(namespace));
        }
        for instance in instances {
            let (open, close) = match (instance.external, instance.class) {
                (true, _) => ("([", "])"),
                (false, InstanceClass::Expose) => (">", "]"),
                _ => ("[", "]"),
            };
            let class = if failing.contains(instance.name.as_str()) { ":::spof" } else { "" };
            let id = &ids[instance.name.as_str()];
            let _ = writeln!(out, "{indent}{id}{open}\"{}\"{close}{class}", text(&instance.name));
        }
        if namespace.is_some() {
            out.push_str("  end\n");
        }
    }
    for name in outside(model) {
        let _ = writeln!(out, "  {}((\"{}\"))", ids[name], text(name));
    }
    for edge in &model.edges {
        let arrow = match edge.strength {
            Strength::Needs => "-->",
            Strength::Wants => "-.->",
            Strength::Reaches => "--o",
        };
        let label = ports(edge);
        let label = if label.is_empty() { label } else { format!("|\"{label}\"|") };
        let (from, to) = (&ids[model.instance(edge.from).name.as_str()], &ids[target_name(model, &edge.to)]);
        let _ = writeln!(out, "  {from} {arrow}{label} {to}");
    }
    for (from, to) in entry_edges(model) {
        let _ = writeln!(out, "  {} ==> {}", ids[from], ids[to]);
    }
    if !failing.is_empty() {
        out.push_str("  classDef spof stroke:#c00,stroke-width:3px\n");
    }
    out
}

/// JSON for other programs.
#[must_use]
pub fn json(model: &Model, analysis: Option<&Analysis>) -> String {
    let name = |id: InstanceId| Value::from(model.instance(id).name.as_str());
    let instances = drawn(model).into_iter().map(|(_, instance)| {
        json!({
            "name": instance.name,
            "class": instance.class.word(),
            "kind": instance.kinds.first(),
            "namespace": instance.namespace,
            "external": instance.external,
            "wave": i64::try_from(instance.wave).unwrap_or(i64::MAX),
        })
    });
    let edges = model.edges.iter().map(|edge| {
        let ports = edge.ports.iter().map(|port| json!({ "port": port.port, "protocol": port.protocol }));
        json!({
            "from": name(edge.from),
            "to": target_name(model, &edge.to),
            "strength": word(edge.strength),
            "listener": edge.listener,
            "ports": ports.collect::<Vec<_>>(),
            "choice": edge.alternative.map(|choice| json!({ "group": choice.group, "needed": choice.needed })),
            "implied": edge.implied,
        })
    });
    let entries = model.entries.iter().map(|entry| {
        json!({ "name": name(entry.instance), "host": entry.host, "to": name(entry.to), "via": name(entry.via) })
    });
    let mut document = json!({
        "system": model.system,
        "environment": model.environment,
        "instances": instances.collect::<Vec<_>>(),
        "edges": edges.collect::<Vec<_>>(),
        "entries": entries.collect::<Vec<_>>(),
    });
    if let Some(analysis) = analysis {
        let spofs = analysis
            .failure
            .spofs
            .iter()
            .map(|spof| json!({ "subject": spof.subject, "entries": spof.entries, "takes-down": spof.takes_down }));
        document["spofs"] = Value::Array(spofs.collect());
        document["unreached"] = json!(analysis.failure.unreached);
    }
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
