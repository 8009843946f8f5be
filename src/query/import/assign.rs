//! Which objects belong together: each workload with what serves, scales, protects and configures it.

use std::collections::BTreeSet;

use crate::data::{Node, NodeValue};
use crate::objects::selector::{Labels, Selector, labels_of};
use crate::objects::{Object, ObjectKey};

/// What will be a component: positions among the objects, the workload first.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// As its workload is called; of the others, what they are.
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) objects: Vec<usize>,
}

/// The template of the pods of an object.
pub(super) fn template(object: &Object) -> Option<&Node> {
    match (object.group(), object.kind.as_str()) {
        ("", "ReplicationController") => object.body.at(&["spec", "template"]),
        _ => object.pod_template(),
    }
}

/// Kinds of what pods refer to, with the fields that do.
const REFERENCES: [(&str, &str, &str); 10] = [
    ("configMap", "name", "ConfigMap"),
    ("configMapRef", "name", "ConfigMap"),
    ("configMapKeyRef", "name", "ConfigMap"),
    ("secret", "secretName", "Secret"),
    ("secret", "name", "Secret"),
    ("secretRef", "name", "Secret"),
    ("secretKeyRef", "name", "Secret"),
    ("imagePullSecrets", "name", "Secret"),
    ("nodePublishSecretRef", "name", "Secret"),
    ("persistentVolumeClaim", "claimName", "PersistentVolumeClaim"),
];

/// What a pod refers to: kinds and names.
pub(super) fn references(node: &Node) -> BTreeSet<(&'static str, String)> {
    fn walk(node: &Node, found: &mut BTreeSet<(&'static str, String)>) {
        node.items().iter().for_each(|item| walk(item, found));
        for (key, inner) in node.as_map().into_iter().flatten() {
            let listed = std::slice::from_ref(inner).iter().chain(inner.items());
            for (_, field, kind) in REFERENCES.iter().filter(|(own, ..)| *own == key.as_ref()) {
                found.extend(listed.clone().filter_map(|one| Some((*kind, one.get(field)?.as_str()?.to_owned()))));
            }
            if key.as_ref() == "serviceAccountName" {
                found.extend(inner.as_str().map(|name| ("ServiceAccount", name.to_owned())));
            }
            walk(inner, found);
        }
    }
    let mut found = BTreeSet::new();
    walk(node, &mut found);
    found
}

/// Puts every object into one group. What belongs to several, or to none, is a group of its namespace or of the cluster.
pub(super) fn groups(objects: &[Object]) -> Vec<Group> {
    let mut assigner = Assigner { objects, groups: Vec::new(), of: vec![None; objects.len()] };
    let stood: BTreeSet<&ObjectKey> = objects.iter().filter_map(|object| object.stands_for.as_ref()).collect();
    for (index, object) in objects.iter().enumerate() {
        let is_main = template(object).is_some() || stood.contains(&object.key());
        if is_main && object.stands_for.is_none() {
            assigner.put_named(index, object.name.clone());
        }
    }
    // What stands for something goes with it, and what nothing else stands beside goes by itself.
    for (index, object) in objects.iter().enumerate() {
        let Some(owner) = &object.stands_for else { continue };
        match assigner.top(owner) {
            Some(group) => assigner.put(index, group),
            None => assigner.put_named(index, object.name.clone()),
        }
    }
    // Several times, because an account is known by its pods, a binding by its account, and a role by its binding.
    for _ in 0..3 {
        for (index, object) in objects.iter().enumerate() {
            if assigner.of[index].is_none()
                && let Some(group) = assigner.owner(object)
            {
                assigner.put(index, group);
            }
        }
    }
    for (index, object) in objects.iter().enumerate().filter(|(_, object)| object.kind != "Namespace") {
        if assigner.of[index].is_none() {
            let stem = object.namespace.as_deref().unwrap_or("cluster-wide");
            let name = if object.namespace.is_some() { format!("{stem}-objects") } else { stem.to_owned() };
            assigner.put_in(index, name, object.namespace.clone());
        }
    }
    assigner.groups
}

struct Assigner<'a> {
    objects: &'a [Object],
    groups: Vec<Group>,
    of: Vec<Option<usize>>,
}

impl Assigner<'_> {
    fn put(&mut self, index: usize, group: usize) {
        self.of[index] = Some(group);
        self.groups[group].objects.push(index);
    }

    fn put_named(&mut self, index: usize, name: String) {
        self.put_in(index, name, self.objects[index].namespace.clone());
    }

    fn put_in(&mut self, index: usize, name: String, namespace: Option<String>) {
        let known = self.groups.iter().position(|group| group.name == name && group.namespace == namespace);
        let group = known.unwrap_or_else(|| {
            self.groups.push(Group { name, namespace, objects: Vec::new() });
            self.groups.len() - 1
        });
        self.put(index, group);
    }

    /// The group of what a footprint stands for, through whatever that stands for itself.
    fn top(&self, owner: &ObjectKey) -> Option<usize> {
        let mut owner = owner.clone();
        for _ in 0..8 {
            let index = self.objects.iter().position(|object| object.key() == owner)?;
            match (&self.objects[index].stands_for, self.of[index]) {
                (_, Some(group)) => return Some(group),
                (Some(next), None) => owner = next.clone(),
                (None, None) => return None,
            }
        }
        None
    }

    /// The only group of all that something holds for.
    fn only(&self, holds: impl Fn(&Object, &Group) -> bool) -> Option<usize> {
        let here = |(index, group): (usize, &Group)| {
            group.objects.iter().any(|object| holds(&self.objects[*object], group)).then_some(index)
        };
        let mut found = self.groups.iter().enumerate().filter_map(here);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    fn owner(&self, object: &Object) -> Option<usize> {
        let here = |other: &Object| other.namespace == object.namespace;
        let text = |path: &[&str]| object.body.at(path).and_then(Node::as_str);
        let by_name =
            |kind: &str, name: &str| self.only(|other, _| here(other) && other.kind == kind && other.name == name);
        let by_labels = |matches: &dyn Fn(&Labels) -> bool| {
            self.only(|other, _| {
                here(other) && template(other).is_some_and(|pods| matches(&labels_of(pods.at(&["metadata", "labels"]))))
            })
        };
        let found = match object.kind.as_str() {
            "HorizontalPodAutoscaler" | "ScaledObject" => by_name(
                text(&["spec", "scaleTargetRef", "kind"]).unwrap_or("Deployment"),
                text(&["spec", "scaleTargetRef", "name"])?,
            ),
            "VerticalPodAutoscaler" => {
                by_name(text(&["spec", "targetRef", "kind"])?, text(&["spec", "targetRef", "name"])?)
            }
            "Service" => {
                let wanted = labels_of(object.body.at(&["spec", "selector"]));
                let matches = |labels: &Labels| !wanted.is_empty() && wanted.iter().all(|pair| labels.contains(pair));
                by_labels(&matches)
            }
            "PodDisruptionBudget" | "NetworkPolicy" => {
                let field = if object.kind == "NetworkPolicy" { "podSelector" } else { "selector" };
                let selector = Selector::read(object.body.at(&["spec", field]));
                let is_wide = selector.required().is_none();
                by_labels(&|labels: &Labels| !is_wide && selector.matches(labels))
            }
            "Ingress" => {
                let services = services(&object.body);
                self.only(|other, _| here(other) && other.kind == "Service" && services.contains(&other.name))
            }
            "ConfigMap" | "Secret" | "PersistentVolumeClaim" | "ServiceAccount" => self.only(|other, _| {
                let names = |kind: &str, name: &str| kind == object.kind && name == object.name;
                here(other)
                    && template(other).is_some_and(|pods| references(pods).iter().any(|(kind, name)| names(kind, name)))
            }),
            "RoleBinding" | "ClusterRoleBinding" => {
                let accounts = subjects(object);
                self.only(|other, _| {
                    let namespace = other.namespace.clone().unwrap_or_default();
                    other.kind == "ServiceAccount" && accounts.contains(&(namespace, other.name.clone()))
                })
            }
            "Role" | "ClusterRole" => self.only(|other, _| {
                let is =
                    |key: &str, wanted: &str| other.body.at(&["roleRef", key]).and_then(Node::as_str) == Some(wanted);
                let is_near = object.namespace.is_none() || here(other);
                is_near && is("kind", &object.kind) && is("name", &object.name)
            }),
            _ => None,
        };
        found.or_else(|| self.namesake(object))
    }

    /// The group of the same name, as charts name things.
    fn namesake(&self, object: &Object) -> Option<usize> {
        let is_near =
            |group: &&Group| group.namespace == object.namespace && template(&self.objects[group.objects[0]]).is_some();
        let fits = |group: &&Group| {
            object.name == group.name || object.name.strip_prefix(&group.name).is_some_and(|rest| rest.starts_with('-'))
        };
        let best = self.groups.iter().filter(is_near).filter(fits).max_by_key(|group| group.name.len())?;
        self.groups.iter().position(|group| std::ptr::eq(group, best))
    }
}

/// The Services that an Ingress leads to.
pub(super) fn services(node: &Node) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = node.items().iter().flat_map(services).collect();
    for (key, inner) in node.as_map().into_iter().flatten() {
        if key.as_ref() == "service" {
            found.extend(inner.get("name").and_then(Node::as_str).map(str::to_owned));
        }
        found.extend(services(inner));
    }
    found
}

fn subjects(binding: &Object) -> BTreeSet<(String, String)> {
    let listed = binding.body.get("subjects").map(Node::items).unwrap_or_default();
    let read = |one: &Node| {
        let text = |key: &str| one.get(key).and_then(Node::as_str).map(str::to_owned);
        let namespace = text("namespace").or_else(|| binding.namespace.clone()).unwrap_or_default();
        (text("kind")? == "ServiceAccount").then_some((namespace, text("name")?))
    };
    listed.iter().filter_map(read).collect()
}

/// The top-level fields of some objects beside what every object has.
pub(super) fn fields<'a>(objects: impl Iterator<Item = &'a Object>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (key, node) in objects.flat_map(|object| object.body.as_map().into_iter().flatten()) {
        let is_own = !["apiVersion", "kind", "metadata", "status"].contains(&key.as_ref());
        if is_own && !matches!(node.value, NodeValue::Null) {
            found.insert(key.to_string());
        }
    }
    found
}
