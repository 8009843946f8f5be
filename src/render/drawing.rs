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

/// Who comes in by the entry points. Not the internet that components reach out to: one node for both would draw the
/// way in and the way out as a circle.
const USERS: &str = "users";

/// Targets that are no instances, as far as they are used.
fn outside(model: &Model) -> BTreeSet<&str> {
    let edges = model.edges.iter().filter(|edge| crate::graph::target(edge).is_none());
    edges.map(|edge| target_name(model, &edge.to)).collect()
}

/// Everything of one strength that flows between two nodes, as one line.
struct Flow<'a> {
    from: &'a str,
    to: &'a str,
    strength: Strength,
    /// The ports, in the order of the edges, each once.
    label: String,
}

fn flows(model: &Model) -> Vec<Flow<'_>> {
    let mut flows: Vec<(Flow<'_>, Vec<String>)> = Vec::new();
    let mut index: BTreeMap<(&str, &str, Strength), usize> = BTreeMap::new();
    for edge in &model.edges {
        let (from, to, strength) =
            (model.instance(edge.from).name.as_str(), target_name(model, &edge.to), edge.strength);
        let place = *index.entry((from, to, strength)).or_insert_with(|| {
            flows.push((Flow { from, to, strength, label: String::new() }, Vec::new()));
            flows.len() - 1
        });
        let label = ports(edge);
        let labels = &mut flows[place].1;
        if !label.is_empty() && !labels.contains(&label) {
            labels.push(label);
        }
    }
    flows.into_iter().map(|(flow, labels)| Flow { label: labels.join(", "), ..flow }).collect()
}

/// What a node is drawn as.
fn class(instance: &Instance) -> &'static str {
    match (instance.external, instance.class) {
        (true, _) => "outside",
        (false, InstanceClass::Expose) => "entry",
        _ => "inside",
    }
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

/// Fill and line of each class, the same in both forms.
const COLOURS: [(&str, &str, &str); 3] =
    [("inside", "#e8f0fe", "#4a6fa5"), ("entry", "#fff3c4", "#b8860b"), ("outside", "#f0f0f0", "#777777")];

/// The line around a single point of failure.
const FAILING: &str = "#c62828";

/// Graphviz: boxes for components, dashed ellipses for what is outside, tags for entry points; solid edges are needed,
/// dashed ones wanted, dotted ones merely reached; single points of failure have a red line. What is merely reached
/// pulls at no node: everybody reaches the API server, and nothing else would be seen for it.
#[must_use]
pub fn dot(model: &Model, analysis: Option<&Analysis>) -> String {
    let failing = failing(analysis);
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut out = format!("digraph {} {{\n{DOT_SETTINGS}", quoted(&model.system));
    for (index, (namespace, instances)) in by_namespace(&drawn(model)).into_iter().enumerate() {
        let indent = if namespace.is_some() { "    " } else { "  " };
        if let Some(namespace) = namespace {
            let _ = writeln!(out, "  subgraph cluster_{index} {{\n    label = {};", quoted(namespace));
        }
        for instance in instances {
            let shape = match class(instance) {
                "outside" => "shape = ellipse, style = \"filled,dashed\"",
                "entry" => "shape = cds",
                _ => "shape = box",
            };
            let (_, fill, line) = COLOURS.into_iter().find(|(name, ..)| *name == class(instance)).unwrap_or(COLOURS[0]);
            let line = match failing.contains(instance.name.as_str()) {
                true => format!("color = \"{FAILING}\", penwidth = 2.5"),
                false => format!("color = \"{line}\""),
            };
            let _ = writeln!(out, "{indent}{} [{shape}, fillcolor = \"{fill}\", {line}];", quoted(&instance.name));
        }
        if namespace.is_some() {
            out.push_str("  }\n");
        }
    }
    for name in outside(model) {
        let _ = writeln!(out, "  {} [shape = plaintext, style = \"\"];", quoted(name));
    }
    if !model.entries.is_empty() {
        let _ = writeln!(out, "  {{ rank = min; {} [shape = plaintext, style = \"\"]; }}", quoted(USERS));
    }
    for flow in flows(model) {
        let style = match flow.strength {
            Strength::Needs => "style = solid, color = \"#333333\"",
            Strength::Wants => "style = dashed, color = \"#666666\"",
            Strength::Reaches => "style = dotted, color = \"#999999\", weight = 0",
        };
        let label = if flow.label.is_empty() { String::new() } else { format!(", label = {}", quoted(&flow.label)) };
        let _ = writeln!(out, "  {} -> {} [{style}{label}];", quoted(flow.from), quoted(flow.to));
    }
    for (from, to) in entry_edges(model) {
        let _ = writeln!(out, "  {} -> {} [style = bold, color = \"#b8860b\", weight = 3];", quoted(from), quoted(to));
    }
    out.push_str("}\n");
    out
}

/// `newrank` lets nodes of different clusters stand in one column; without it large platforms fail to be laid out.
const DOT_SETTINGS: &str =
    "  graph [rankdir = LR, newrank = true, ranksep = 1.2, nodesep = 0.3, fontname = \"sans-serif\"];
  graph [style = \"rounded,filled\", fillcolor = \"#f8f9fb\", color = \"#c5ccd6\", labeljust = l];
  node [fontname = \"sans-serif\", style = filled];
  edge [fontname = \"sans-serif\", fontsize = 9, fontcolor = \"#666666\", arrowsize = 0.7];
";

/// `users → entry → via → to`, as far as the model's edges do not say it.
fn entry_edges(model: &Model) -> Vec<(&str, &str)> {
    let mut edges = Vec::new();
    for entry in &model.entries {
        let names = [entry.instance, entry.via, entry.to].map(|id| model.instance(id).name.as_str());
        edges.extend([(USERS, names[0]), (names[0], names[1]), (names[1], names[2])]);
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
    if !model.entries.is_empty() {
        ids.insert(USERS, "users".to_owned());
    }
    let mut out = String::from("flowchart LR\n");
    // First, so that it stands at the left.
    if !model.entries.is_empty() {
        let _ = writeln!(out, "  users((\"{USERS}\"))");
    }
    for (index, (namespace, instances)) in by_namespace(&nodes).into_iter().enumerate() {
        let indent = if namespace.is_some() { "    " } else { "  " };
        if let Some(namespace) = namespace {
            let _ = writeln!(out, "  subgraph s{index} [\"{}\"]", text(namespace));
        }
        for instance in instances {
            let (open, close) = match class(instance) {
                "outside" => ("([", "])"),
                "entry" => (">", "]"),
                _ => ("[", "]"),
            };
            let spof = if failing.contains(instance.name.as_str()) { "Spof" } else { "" };
            let class = format!(":::{}{spof}", class(instance));
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
    for flow in flows(model) {
        let arrow = match flow.strength {
            Strength::Needs => "-->",
            Strength::Wants => "-.->",
            Strength::Reaches => "--o",
        };
        let label = if flow.label.is_empty() { String::new() } else { format!("|\"{}\"|", text(&flow.label)) };
        let _ = writeln!(out, "  {} {arrow}{label} {}", ids[flow.from], ids[flow.to]);
    }
    for (from, to) in entry_edges(model) {
        let _ = writeln!(out, "  {} ==> {}", ids[from], ids[to]);
    }
    for (name, fill, line) in COLOURS {
        let dashes = if name == "outside" { ",stroke-dasharray:4" } else { "" };
        let _ = writeln!(out, "  classDef {name} fill:{fill},stroke:{line}{dashes}");
        if !failing.is_empty() {
            let _ = writeln!(out, "  classDef {name}Spof fill:{fill},stroke:{FAILING},stroke-width:3px{dashes}");
        }
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
