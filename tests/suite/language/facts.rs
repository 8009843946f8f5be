//! What a section states about a platform that compiles, each on a line of its own:
//!
//! ```text
//! // emits: ConfigMap x data.key = text           (`in production:`; without `= text`, that there is one)
//! // emits no: ConfigMap y
//! // edges of api: needs db.sql, wants cache, reaches internet
//! // wave of api: 2
//! // secret: db-main.URL = postgresql://<db/user>@db
//! // accepted: spof of db
//! ```

use vaubanc::data::{Node, NodeValue};
use vaubanc::eval::model::{Model, Target};
use vaubanc::{Compilation, View};

use super::section::Section;

/// Every value that is stated behind its line: file, line from 1, the wanted and the found text.
pub(super) fn values(section: &Section, compilation: &Compilation) -> Vec<(usize, usize, String, String)> {
    let mut all = Vec::new();
    for (file, source) in section.files.iter().enumerate() {
        for (index, line) in source.lines.iter().enumerate() {
            let Some((code, wanted)) = line.split_once("//=") else { continue };
            let key = code.split('=').next().unwrap_or_default().trim();
            let objects = compilation.views.first().into_iter().flat_map(|view| &view.objects);
            let maps = objects.filter(|object| object.kind == "ConfigMap");
            let found: Vec<String> = maps.filter_map(|object| Some(show(object.body.at(&["data", key])?))).collect();
            let found = if found.is_empty() { "nothing".to_owned() } else { found.join(" and ") };
            all.push((file, index + 1, wanted.trim().to_owned(), found));
        }
    }
    all
}

/// Checks the lines that state facts.
pub(super) fn check(section: &Section, compilation: &Compilation, text: &mut String) {
    for source in &section.files {
        for (index, line) in source.lines.iter().enumerate() {
            let Some((head, fact)) = line.trim_start().strip_prefix("// ").and_then(|rest| rest.split_once(": "))
            else {
                continue;
            };
            let (head, environment) = head.split_once(" in ").map_or((head, None), |(head, name)| (head, Some(name)));
            let view = compilation.views.iter().find(|view| view.model.environment.as_deref() == environment);
            let found = match (head.split_once(" of ").map_or((head, ""), |(word, of)| (word, of)), view) {
                (("accepted", _), _) => accepted(fact.trim(), compilation),
                (("emits" | "emits no" | "edges" | "wave" | "secret", _), None) => {
                    Err("there is no such view".to_owned())
                }
                (("emits", _), Some(view)) => emits(fact.trim(), view),
                (("emits no", _), Some(view)) => {
                    emits(fact.trim(), view).map_or(Ok(()), |()| Err("it does".to_owned()))
                }
                (("edges", of), Some(view)) => same(fact.trim(), &edges(of, &view.model)),
                (("wave", of), Some(view)) => same(fact.trim(), &wave(of, &view.model)),
                (("secret", _), Some(view)) => secret(fact.trim(), &view.model),
                _ => continue,
            };
            if let Err(found) = found {
                text.push_str(&format!(
                    "  line {}: wants {}\n    found {found}\n",
                    source.first + index + 1,
                    line.trim()
                ));
            }
        }
    }
}

fn same(wanted: &str, found: &str) -> Result<(), String> {
    if wanted == found { Ok(()) } else { Err(found.to_owned()) }
}

fn emits(fact: &str, view: &View) -> Result<(), String> {
    let (path, value) = fact.split_once(" = ").map_or((fact, None), |(path, value)| (path, Some(value)));
    let mut words = path.splitn(3, ' ');
    let (kind, name, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default(), words.next());
    let Some(object) = view.objects.iter().find(|object| object.kind == kind && object.name == name) else {
        let names: Vec<String> = view.objects.iter().map(|object| format!("{} {}", object.kind, object.name)).collect();
        return Err(format!("only {}", names.join(", ")));
    };
    let node = path.map_or(Some(&object.body), |path| find(&object.body, path.trim()));
    match (node, value) {
        (Some(_), None) => Ok(()),
        (Some(node), Some(value)) => same(value, &show(node)),
        (None, Some("nothing")) => Ok(()),
        (None, _) => Err(format!("no such field in {}", show(&object.body))),
    }
}

/// The node at a dotted path; keys may hold points, elements of lists are found by position or by their `name`.
fn find<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    if path.is_empty() {
        return Some(node);
    }
    let after = |key: &str| match path.strip_prefix(key)? {
        "" => Some(""),
        rest => rest.strip_prefix('.'),
    };
    match &node.value {
        NodeValue::Map(map) => map.iter().find_map(|(key, inner)| find(inner, after(key)?)),
        NodeValue::List(items) => items.iter().enumerate().find_map(|(index, item)| {
            let name = item.get("name").and_then(Node::as_str).unwrap_or_default();
            find(item, after(&index.to_string()).or_else(|| after(name))?)
        }),
        _ => None,
    }
}

fn show(node: &Node) -> String {
    match &node.value {
        NodeValue::Null => "null".to_owned(),
        NodeValue::Bool(truth) => truth.to_string(),
        NodeValue::Integer(number) => number.to_string(),
        NodeValue::Decimal(text) => text.to_string(),
        NodeValue::String(text) => text.replace('\n', "\\n"),
        NodeValue::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        NodeValue::Map(map) => {
            let fields: Vec<String> = map.iter().map(|(key, field)| format!("{key}: {}", show(field))).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

fn edges(of: &str, model: &Model) -> String {
    let own = model.edges.iter().filter(|edge| model.instance(edge.from).name == of);
    let texts = own.map(|edge| {
        let target = match &edge.to {
            Target::Instance(id) => model.instance(*id).name.clone(),
            Target::ClusterApi => "cluster.api".to_owned(),
            Target::ClusterDns => "cluster.dns".to_owned(),
            Target::Internet => "internet".to_owned(),
        };
        let listener = edge.listener.as_ref().map_or_else(String::new, |name| format!(".{name}"));
        let quorum = edge.alternative.map_or_else(String::new, |quorum| format!(" ({} of them)", quorum.needed));
        let read = if edge.implied { " (read)" } else { "" };
        format!("{} {target}{listener}{quorum}{read}", format!("{:?}", edge.strength).to_lowercase())
    });
    let texts: Vec<String> = texts.collect();
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}

fn wave(of: &str, model: &Model) -> String {
    model
        .instances
        .iter()
        .find(|instance| instance.name == of)
        .map_or_else(|| "no such instance".to_owned(), |instance| instance.wave.to_string())
}

fn secret(fact: &str, model: &Model) -> Result<(), String> {
    let keys = model.secrets.iter().flat_map(|request| {
        request.keys.iter().map(move |key| format!("{}.{} = {}", request.name, key.name, key.template))
    });
    let keys: Vec<String> = keys.collect();
    if keys.iter().any(|key| key == fact) { Ok(()) } else { Err(keys.join(", ")) }
}

fn accepted(fact: &str, compilation: &Compilation) -> Result<(), String> {
    let all = compilation.accepted.iter().map(|accepted| {
        let subject = accepted.acceptance.subject.as_ref().map_or_else(String::new, |subject| format!(" of {subject}"));
        format!("{}{subject}", accepted.acceptance.finding)
    });
    let all: Vec<String> = all.collect();
    if all.iter().any(|one| one == fact) { Ok(()) } else { Err(all.join(", ")) }
}
