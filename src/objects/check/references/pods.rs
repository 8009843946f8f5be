//! What pods refer to: volumes, claims, ConfigMaps, Secrets, ServiceAccounts and priority classes.

use super::index::{Index, Pods};
use super::sources::{Keys, stated_keys};
use super::{dangling, namespace, title, with_candidates};
use crate::diag::Diagnostic;
use crate::objects::Node;

pub(super) fn check(index: &Index<'_>, pods: &Pods<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(account(index, pods));
    found.extend(priority(index, pods));
    found.extend(mounts(pods));
    for secret in list(pods.spec, "imagePullSecrets") {
        // The kubelet pulls without a Secret that is missing, but nobody names one for that.
        found.extend(reference(index, pods, "Secret", secret, "name"));
    }
    for volume in list(pods.spec, "volumes") {
        found.extend(volume_sources(index, pods, volume));
    }
    for container in pods.containers() {
        for source in list(container, "envFrom") {
            for (kind, field) in [("ConfigMap", "configMapRef"), ("Secret", "secretRef")] {
                found.extend(source.get(field).and_then(|node| reference(index, pods, kind, node, "name")));
            }
        }
        for source in list(container, "env").iter().filter_map(|variable| variable.get("valueFrom")) {
            for (kind, field) in [("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")] {
                if let Some(node) = source.get(field) {
                    found.extend(reference(index, pods, kind, node, "name"));
                    found.extend(node.get("key").and_then(|key| key_of(index, pods, kind, node, "name", key)));
                }
            }
        }
    }
    found
}

fn list<'a>(node: &'a Node, field: &str) -> &'a [Node] {
    node.get(field).map_or(&[], Node::items)
}

fn account(index: &Index<'_>, pods: &Pods<'_>) -> Option<Diagnostic> {
    let node = pods.spec.get("serviceAccountName")?;
    let (name, here) = (node.as_str()?, namespace(pods.object));
    // Every namespace has it.
    if name == "default" || index.find("ServiceAccount", here, name).is_some() {
        return None;
    }
    Some(missing(index, pods, "ServiceAccount", node, name))
}

fn priority(index: &Index<'_>, pods: &Pods<'_>) -> Option<Diagnostic> {
    let node = pods.spec.get("priorityClassName")?;
    let name = node.as_str()?;
    let built_in = matches!(name, "system-cluster-critical" | "system-node-critical" | "");
    if built_in || index.find_global("PriorityClass", name).is_some() {
        return None;
    }
    let message = format!("{} has the priority class `{name}`, which is not emitted", title(pods.object));
    let classes = index.objects.iter().filter(|object| object.kind == "PriorityClass");
    let diagnostic = dangling(pods.object, node, message).at("no PriorityClass of this name");
    let diagnostic = with_candidates(diagnostic, name, classes.map(|object| object.name.as_str()));
    Some(diagnostic.help(declare_priority_class(name)))
}

/// How to declare a priority class, to be pasted.
pub(crate) fn declare_priority_class(name: &str) -> String {
    format!(
        "declare the class in a component (or name one that exists):\nemit \"scheduling.k8s.io/v1\" PriorityClass {{\n  \
         metadata.name = \"{name}\"\n  value = 1000\n}}"
    )
}

/// Mounts of volumes that the pod does not have.
fn mounts(pods: &Pods<'_>) -> Vec<Diagnostic> {
    let volumes = list(pods.spec, "volumes").iter().filter_map(|volume| volume.get("name"));
    let templates = pods.object.body.at(&["spec", "volumeClaimTemplates"]).map_or(&[][..], Node::items);
    let claims = templates.iter().filter_map(|claim| claim.at(&["metadata", "name"]));
    let names: Vec<&str> = volumes.chain(claims).filter_map(Node::as_str).collect();
    let mut found = Vec::new();
    for container in pods.containers() {
        let owner = container.get("name").and_then(Node::as_str).unwrap_or("");
        for mount in list(container, "volumeMounts").iter().chain(list(container, "volumeDevices")) {
            let Some((node, name)) = mount.get("name").and_then(|node| Some((node, node.as_str()?))) else { continue };
            if !names.contains(&name) {
                let message = format!(
                    "container `{owner}` of {} mounts the volume `{name}`, which the pod does not have",
                    title(pods.object)
                );
                // A name that was the key of a map has no place of its own where nothing but the mount was written.
                let node = if node.span().is_none() { mount } else { node };
                let diagnostic = dangling(pods.object, node, message).at("no volume of this name");
                found.push(with_candidates(diagnostic, name, names.iter().copied()));
            }
        }
    }
    found
}

fn volume_sources(index: &Index<'_>, pods: &Pods<'_>, volume: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(node) = volume.at(&["persistentVolumeClaim", "claimName"])
        && let Some(name) = node.as_str()
        && index.find("PersistentVolumeClaim", namespace(pods.object), name).is_none()
    {
        found.push(missing(index, pods, "PersistentVolumeClaim", node, name));
    }
    let mut sources: Vec<(&str, &str, Option<&Node>)> =
        vec![("ConfigMap", "name", volume.get("configMap")), ("Secret", "secretName", volume.get("secret"))];
    for source in volume.get("projected").map_or(&[][..], |projected| list(projected, "sources")) {
        sources.push(("ConfigMap", "name", source.get("configMap")));
        sources.push(("Secret", "name", source.get("secret")));
    }
    for (kind, field, source) in sources {
        let Some(source) = source else { continue };
        found.extend(reference(index, pods, kind, source, field));
        let keys = list(source, "items").iter().filter_map(|item| item.get("key"));
        found.extend(keys.filter_map(|key| key_of(index, pods, kind, source, field, key)));
    }
    found
}

fn is_optional(node: &Node) -> bool {
    matches!(node.get("optional").map(|node| &node.value), Some(crate::objects::NodeValue::Bool(true)))
}

/// Keys of the ConfigMap or Secret; the outer none where there is no such object.
fn keys(index: &Index<'_>, pods: &Pods<'_>, kind: &str, name: &str) -> Option<Keys> {
    let here = namespace(pods.object);
    match kind {
        // The controller manager puts this one into every namespace.
        "ConfigMap" if name == "kube-root-ca.crt" => Some(None),
        "ConfigMap" => index.find(kind, here, name).map(|object| stated_keys(object, &["data", "binaryData"])),
        _ => index.secrets.get(&(here.to_owned(), name.to_owned())).cloned(),
    }
}

/// A ConfigMap or Secret that does not exist.
fn reference(index: &Index<'_>, pods: &Pods<'_>, kind: &str, node: &Node, field: &str) -> Option<Diagnostic> {
    let at = node.get(field)?;
    let name = at.as_str()?;
    if is_optional(node) || keys(index, pods, kind, name).is_some() {
        return None;
    }
    Some(missing(index, pods, kind, if at.span().is_none() { node } else { at }, name))
}

/// A key that the ConfigMap or Secret does not hold.
fn key_of(index: &Index<'_>, pods: &Pods<'_>, kind: &str, node: &Node, field: &str, key: &Node) -> Option<Diagnostic> {
    let (name, word) = (node.get(field)?.as_str()?, key.as_str()?);
    let stated = keys(index, pods, kind, name)??;
    if is_optional(node) || stated.contains(word) {
        return None;
    }
    let message = format!("{} reads the key `{word}` of {kind} `{name}`, which does not hold it", title(pods.object));
    let diagnostic = dangling(pods.object, key, message).at("no such key");
    Some(with_candidates(diagnostic, word, stated.iter().map(String::as_str)))
}

fn missing(index: &Index<'_>, pods: &Pods<'_>, kind: &str, node: &Node, name: &str) -> Diagnostic {
    let here = namespace(pods.object);
    let message =
        format!("{} refers to the {kind} `{name}`, which does not exist in namespace `{here}`", title(pods.object));
    let diagnostic = dangling(pods.object, node, message).at(format!("no {kind} of this name"));
    if kind == "Secret" {
        let names = index.secrets.keys().filter(|(namespace, _)| namespace == here).map(|(_, name)| name.as_str());
        let elsewhere = index.secrets.keys().find(|(_, a_name)| a_name == name);
        let diagnostic = with_candidates(diagnostic, name, names);
        return match elsewhere {
            Some((namespace, _)) => diagnostic.note(format!("the Secret `{name}` lives in namespace `{namespace}`; references do not cross namespaces")),
            None => diagnostic.help(
                "ask for it with `secrets NAME = { … }`, or state `footprint \"v1\" Secret` behind the emission whose operator creates it",
            ),
        };
    }
    let diagnostic = with_candidates(diagnostic, name, index.names(kind, here));
    match index.elsewhere(kind, name) {
        Some(note) => diagnostic.note(note),
        None => diagnostic,
    }
}
