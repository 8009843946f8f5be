//! What the manifests refer to and do not hold: somebody else makes it, or it is there already.

use std::collections::{BTreeMap, BTreeSet};

use super::names::label;
use super::text::{key, quoted};
use super::{Writer, assign};
use crate::data::Node;
use crate::objects::Object;
use crate::objects::check::{comes_along, without_pods};
use crate::objects::schema::Catalog;

/// Labels of pods that something selects, with the name of the first that does.
type Groups = BTreeMap<Vec<(String, String)>, String>;

/// What is referred to and not there, by namespace; of the whole cluster under none.
pub(super) struct Elsewhere {
    /// API, kind and name.
    objects: BTreeMap<Option<String>, BTreeSet<(String, String, String)>>,
    pods: BTreeMap<Option<String>, Groups>,
}

impl Elsewhere {
    pub(super) fn of(objects: &[Object]) -> Self {
        let mut found = Self { objects: BTreeMap::new(), pods: BTreeMap::new() };
        let catalog = Catalog::kubernetes();
        for object in objects {
            for (api_version, kind, name) in referred(object, &catalog) {
                let namespace = if kind == "ClusterRole" { None } else { object.namespace.clone() };
                let is_there = |one: &&Object| one.kind == kind && one.name == name && one.namespace == namespace;
                let is_implied = kind == "ServiceAccount" && name == "default"
                    || comes_along(&kind, namespace.as_deref().unwrap_or("default"), &name);
                if !is_implied && !objects.iter().any(|one| is_there(&one)) {
                    found.objects.entry(namespace).or_default().insert((api_version, kind, name));
                }
            }
        }
        for object in without_pods(objects) {
            let groups = found.pods.entry(object.namespace.clone()).or_default();
            groups.entry(selected(object)).or_insert_with(|| object.name.clone());
        }
        found
    }

    /// What the author must know.
    pub(super) fn remark(&self) -> Option<String> {
        let objects: usize = self.objects.values().map(BTreeSet::len).sum();
        let pods: usize = self.pods.values().map(BTreeMap::len).sum();
        let counted = |count: usize, one: &str, several: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {several}")),
        };
        let parts = [counted(objects, "object", "objects"), counted(pods, "group of pods", "groups of pods")];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| {
            format!(
                "{} that the manifests refer to and do not hold, in the components `…-elsewhere`: somebody else makes them, or they are missing",
                parts.join(" and ")
            )
        })
    }
}

impl Writer<'_> {
    /// The component that says what is there without being part of this.
    pub(super) fn elsewhere(&mut self, elsewhere: &Elsewhere, namespace: Option<&str>) -> String {
        let place = namespace.map(str::to_owned);
        let (objects, pods) = (elsewhere.objects.get(&place), elsewhere.pods.get(&place));
        if objects.is_none() && pods.is_none() {
            return String::new();
        }
        let name = self.names.take(&[format!("{}-elsewhere", namespace.unwrap_or("cluster-wide"))]);
        let mut text =
            self.head(&name, namespace, "What is referred to and was not among the manifests: somebody else makes it.");
        let mut taken = BTreeSet::new();
        for (labels, selector) in pods.into_iter().flatten() {
            let wish = label(selector);
            let mut names = std::iter::once(wish.clone()).chain((2u32..).map(|number| format!("{wish}-{number}")));
            let Some(group) = names.find(|name| taken.insert(name.clone())) else { continue };
            let labels: Vec<String> =
                labels.iter().map(|(name, value)| format!("{} = {}", key(name), quoted(value))).collect();
            text.push_str(&format!("  pods {group} = {{ {} }}\n", labels.join(", ")));
        }
        for (api_version, kind, name) in objects.into_iter().flatten() {
            if kind == "PersistentVolumeClaim" {
                text.push_str(
                    "  // Say how large it is, and of which storage class, or nothing is proved of the disks.\n",
                );
            }
            text.push_str(&known_of((api_version, kind), name));
        }
        text.push_str("}\n");
        text
    }
}

/// Says of an object that it is there, and nothing else.
pub(super) fn known_of((api_version, kind): (&str, &str), name: &str) -> String {
    let rest = if is_scaled(kind) { ", spec.replicas = 0" } else { "" };
    let (api_version, label, name) = (quoted(api_version), label(name), quoted(name));
    format!("  footprint {api_version} {kind} {label} {{ metadata.name = {name}{rest} }}\n")
}

/// What an object refers to by name: API, kind and name.
fn referred(object: &Object, catalog: &Catalog) -> BTreeSet<(String, String, String)> {
    let mut found = BTreeSet::new();
    let mut note = |api_version: &str, kind: &str, name: Option<&str>| {
        let name = name.filter(|name| !name.is_empty());
        found.extend(name.map(|name| (api_version.to_owned(), kind.to_owned(), name.to_owned())));
    };
    let text = |path: &[&str]| object.body.at(path).and_then(Node::as_str);
    for (kind, name) in assign::template(object).map(assign::references).unwrap_or_default() {
        note("v1", kind, Some(&name));
    }
    match object.kind.as_str() {
        "StatefulSet" => note("v1", "Service", text(&["spec", "serviceName"])),
        "RoleBinding" | "ClusterRoleBinding" => {
            let kind = text(&["roleRef", "kind"]).filter(|kind| matches!(*kind, "Role" | "ClusterRole"));
            note("rbac.authorization.k8s.io/v1", kind.unwrap_or("ClusterRole"), text(&["roleRef", "name"]));
        }
        "Ingress" => {
            assign::services(&object.body).iter().for_each(|name| note("v1", "Service", Some(name)));
            for tls in object.body.at(&["spec", "tls"]).map(Node::items).unwrap_or_default() {
                note("v1", "Secret", tls.get("secretName").and_then(Node::as_str));
            }
        }
        // Of another kind nobody here knows what it looks like.
        "HorizontalPodAutoscaler" => {
            let target = |field: &str| text(&["spec", "scaleTargetRef", field]);
            if let (Some(api_version), Some(kind)) = (target("apiVersion"), target("kind"))
                && catalog.get(api_version, kind).is_some()
            {
                note(api_version, kind, target("name"));
            }
        }
        _ => {}
    }
    found
}

/// Kinds of which one without replicas is there and makes nothing.
fn is_scaled(kind: &str) -> bool {
    matches!(kind, "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController")
}

/// Labels that pods have which an object selects.
fn selected(object: &Object) -> Vec<(String, String)> {
    let Some(selector) = object.body.at(&["spec", "selector"]) else { return Vec::new() };
    let equal = if object.kind == "Service" { Some(selector) } else { selector.get("matchLabels") };
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in equal.and_then(Node::as_map).into_iter().flatten() {
        labels.extend(value.as_str().map(|value| (name.to_string(), value.to_owned())));
    }
    for one in selector.get("matchExpressions").map(Node::items).unwrap_or_default() {
        let text = |field: &str| one.get(field).and_then(Node::as_str);
        let value = match text("operator") {
            Some("In") => one.get("values").and_then(|values| values.items().first()?.as_str()),
            Some("Exists") => Some("true"),
            _ => None,
        };
        if let (Some(name), Some(value)) = (text("key"), value) {
            labels.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    labels.into_iter().collect()
}
