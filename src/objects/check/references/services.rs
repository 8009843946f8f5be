//! What Services, Ingresses and StatefulSets say of each other.

use super::index::{Index, Pods, Selector};
use super::{dangling, namespace, title, with_candidates};
use crate::diag::Diagnostic;
use crate::objects::{Node, Object};

pub(super) fn check(index: &Index<'_>, object: &Object) -> Vec<Diagnostic> {
    match (object.group(), object.kind.as_str()) {
        ("", "Service") => service(index, object),
        ("networking.k8s.io", "Ingress") => ingress(index, object),
        ("apps", "StatefulSet") => governing_service(index, object).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn service(index: &Index<'_>, object: &Object) -> Vec<Diagnostic> {
    if let Some(found) = without_pods(index, object) {
        return vec![found];
    }
    let Some(node) = selector(object) else { return Vec::new() };
    let pods = index.selected(namespace(object), &Selector::of_labels(node));
    let ports = object.body.at(&["spec", "ports"]).map_or(&[][..], Node::items);
    ports.iter().filter_map(|port| target_port(object, &pods, port)).collect()
}

/// The selector of a Service. Without one somebody else writes the endpoints; an external name has none.
fn selector(object: &Object) -> Option<&Node> {
    let external = object.body.at(&["spec", "type"]).and_then(Node::as_str) == Some("ExternalName");
    let node = object.body.at(&["spec", "selector"])?;
    (!external && node.as_map().is_some_and(|map| !map.is_empty())).then_some(node)
}

pub(super) fn without_pods(index: &Index<'_>, object: &Object) -> Option<Diagnostic> {
    let node = selector(object)?;
    let selector = Selector::of_labels(node);
    let selects = index.selects_any(namespace(object), &selector);
    (!selects).then(|| selects_nothing(index, object, node, &selector))
}

/// Pods that are nearly selected are the best explanation.
pub(super) fn selects_nothing(index: &Index<'_>, object: &Object, node: &Node, selector: &Selector<'_>) -> Diagnostic {
    let here = namespace(object);
    let diagnostic = dangling(object, node, format!("{} selects no pods in namespace `{here}`", title(object)))
        .at(format!("no pods are labelled {}", selector.show()));
    let candidates = index.pods.iter().filter(|pods| selector.agreement(&pods.labels) > 0);
    // The first of the best, so that the message does not depend on anything but the order of the source.
    let Some(closest) =
        candidates.rev().max_by_key(|pods| (namespace(pods.object) == here, selector.agreement(&pods.labels)))
    else {
        return diagnostic;
    };
    let name = title(closest.object);
    if selector.matches(&closest.labels) {
        return diagnostic.note(format!(
            "the pods of {name} are so labelled, but live in namespace `{}`",
            namespace(closest.object)
        ));
    }
    match selector.difference(&closest.labels) {
        Some((key, wanted, Some(value))) => {
            diagnostic.note(format!("the pods of {name} come closest: they have `{key}` `{value}`, not `{wanted}`"))
        }
        Some((key, _, None)) => {
            diagnostic.note(format!("the pods of {name} come closest: they lack the label `{key}`"))
        }
        None => diagnostic,
    }
}

/// A named port that none of the selected pods has. Pods of footprints need not list their ports.
fn target_port(object: &Object, pods: &[&Pods<'_>], port: &Node) -> Option<Diagnostic> {
    let node = port.get("targetPort")?;
    let name = node.as_str()?;
    let complete = pods.iter().all(|pods| !pods.object.is_footprint()) && !pods.is_empty();
    let ports = pods
        .iter()
        .flat_map(|pods| pods.containers())
        .flat_map(|container| container.get("ports").map_or(&[][..], Node::items));
    let names: Vec<&str> = ports.filter_map(|port| port.get("name")?.as_str()).collect();
    if !complete || names.contains(&name) {
        return None;
    }
    let message = format!("{} targets the port `{name}`, which no container of its pods names", title(object));
    let mut diagnostic = dangling(object, node, message).at("no container port of this name");
    for pods in pods {
        diagnostic = diagnostic.label(pods.object.span, format!("selects the pods of {}", title(pods.object)));
    }
    Some(with_candidates(diagnostic, name, names))
}

fn ingress(index: &Index<'_>, object: &Object) -> Vec<Diagnostic> {
    let Some(spec) = object.body.get("spec") else { return Vec::new() };
    let rules = spec.get("rules").map_or(&[][..], Node::items);
    let paths = rules.iter().flat_map(|rule| rule.at(&["http", "paths"]).map_or(&[][..], Node::items));
    let backends = paths.filter_map(|path| path.get("backend")).chain(spec.get("defaultBackend"));
    let mut found: Vec<Diagnostic> = backends
        .filter_map(|backend| backend.get("service"))
        .filter_map(|service| backend(index, object, service))
        .collect();
    let here = namespace(object);
    for tls in spec.get("tls").map_or(&[][..], Node::items) {
        let Some((node, name)) = tls.get("secretName").and_then(|node| Some((node, node.as_str()?))) else { continue };
        if !index.secrets.contains_key(&(here.to_owned(), name.to_owned())) {
            let message =
                format!("{} refers to the Secret `{name}`, which does not exist in namespace `{here}`", title(object));
            let diagnostic = dangling(object, node, message).at("no Secret of this name");
            let names = index.secrets.keys().filter(|(namespace, _)| namespace == here).map(|(_, name)| name.as_str());
            found.push(
                with_candidates(diagnostic, name, names)
                    .help("with the annotation `cert-manager.io/cluster-issuer`, cert-manager creates it"),
            );
        }
    }
    found
}

fn backend(index: &Index<'_>, object: &Object, service: &Node) -> Option<Diagnostic> {
    let node = service.get("name")?;
    let (name, here) = (node.as_str()?, namespace(object));
    let Some(target) = index.find("Service", here, name) else {
        return Some(no_service(index, object, node, name, "sends to"));
    };
    let ports = target.body.at(&["spec", "ports"]).map_or(&[][..], Node::items);
    if target.is_footprint() && ports.is_empty() {
        return None;
    }
    let port = service.get("port")?;
    let number = port.get("number").filter(|number| !ports.iter().any(|port| port.get("port") == Some(number)));
    let word = port.get("name").filter(|name| !ports.iter().any(|port| port.get("name") == Some(name)));
    let (node, shown) = match (number, word) {
        (Some(node), _) => (node, node.as_integer()?.to_string()),
        (None, Some(node)) => (node, node.as_str()?.to_owned()),
        (None, None) => return None,
    };
    let message = format!("{} sends to the port `{shown}` of Service `{name}`, which has no such port", title(object));
    let diagnostic = dangling(object, node, message).at("no such port").label(target.span, "the Service");
    let names: Vec<String> = ports
        .iter()
        .filter_map(|port| {
            Some(format!(
                "{} ({})",
                port.get("name").and_then(Node::as_str).unwrap_or("unnamed"),
                port.get("port")?.as_integer()?
            ))
        })
        .collect();
    Some(diagnostic.note(format!("it has {}", if names.is_empty() { "none".to_owned() } else { names.join(", ") })))
}

fn governing_service(index: &Index<'_>, object: &Object) -> Option<Diagnostic> {
    let node = object.body.at(&["spec", "serviceName"])?;
    let name = node.as_str().filter(|name| !name.is_empty())?;
    let exists = index.find("Service", namespace(object), name).is_some();
    (!exists).then(|| no_service(index, object, node, name, "is governed by"))
}

fn no_service(index: &Index<'_>, object: &Object, node: &Node, name: &str, verb: &str) -> Diagnostic {
    let here = namespace(object);
    let message = format!("{} {verb} the Service `{name}`, which does not exist in namespace `{here}`", title(object));
    let diagnostic = dangling(object, node, message).at("no Service of this name");
    let diagnostic = with_candidates(diagnostic, name, index.names("Service", here));
    match index.elsewhere("Service", name) {
        Some(note) => diagnostic.note(note),
        None => diagnostic,
    }
}
