//! Namespaces, and what autoscalers, disruption budgets and role bindings point at.

use std::collections::BTreeSet;

use super::index::{Index, Selector};
use super::own;
use super::services::selects_nothing;
use super::{dangling, namespace, title, with_candidates};
use crate::diag::Diagnostic;
use crate::objects::Object;
use crate::syntax::ast::InstanceClass;

/// Namespaces that every cluster has.
const BUILT_IN: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// Namespaces that objects live in and nobody emits; each is reported once, at its first object.
pub(super) fn namespaces<'a>(index: &Index<'a>) -> Vec<(&'a Object, Diagnostic)> {
    let emitted = index.objects.iter().filter(|object| object.kind == "Namespace").map(|object| object.name.as_str());
    // One that lives outside is there already.
    let outside =
        index.model.instances.iter().filter(|instance| instance.class == InstanceClass::Namespace && instance.external);
    let known: BTreeSet<&str> =
        emitted.chain(outside.map(|instance| instance.emitted_name.as_str())).chain(BUILT_IN).collect();
    let mut reported = BTreeSet::new();
    let mut found = Vec::new();
    for object in index.objects {
        let Some(name) = object.namespace.as_deref() else { continue };
        if known.contains(name) || !reported.insert(name) {
            continue;
        }
        let all = index.objects.iter().filter(|other| other.namespace.as_deref() == Some(name)).count();
        let node = object.body.at(&["metadata", "namespace"]).unwrap_or(&object.body);
        let message = format!("{} lives in namespace `{name}`, which is not emitted", title(object));
        let diagnostic = dangling(object, node, message).at(if all == 1 {
            "no such namespace".to_owned()
        } else {
            format!("no such namespace; {all} objects live in it")
        });
        found.push((object, with_candidates(diagnostic, name, known.iter().copied())));
    }
    found
}

pub(super) fn check(index: &Index<'_>, object: &Object) -> Vec<Diagnostic> {
    let found = match (object.group(), object.kind.as_str()) {
        ("apps", _) => own::check(object),
        ("policy", "PodDisruptionBudget") => disruption_budget(index, object),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler(index, object),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => role(index, object),
        _ => None,
    };
    found.into_iter().collect()
}

pub(super) fn disruption_budget(index: &Index<'_>, object: &Object) -> Option<Diagnostic> {
    let node = object.body.at(&["spec", "selector"])?;
    let selector = Selector::of(node);
    let selects = index.selects_any(namespace(object), &selector);
    (!selects).then(|| selects_nothing(index, object, node, &selector))
}

fn autoscaler(index: &Index<'_>, object: &Object) -> Option<Diagnostic> {
    let target = object.body.at(&["spec", "scaleTargetRef"])?;
    let node = target.get("name")?;
    let (name, kind, here) = (node.as_str()?, target.get("kind")?.as_str()?, namespace(object));
    if index.find(kind, here, name).is_some() {
        return None;
    }
    let message = format!("{} scales the {kind} `{name}`, which does not exist in namespace `{here}`", title(object));
    let diagnostic = dangling(object, node, message).at(format!("no {kind} of this name"));
    Some(with_candidates(diagnostic, name, index.names(kind, here)))
}

/// Roles that the API server brings along: `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/{policy,namespace_policy}.go` of
/// kubernetes/kubernetes.
pub(crate) fn comes_along(kind: &str, namespace: &str, name: &str) -> bool {
    let is_system = name.starts_with("system:");
    match (kind, namespace) {
        ("ClusterRole", _) => is_system || matches!(name, "cluster-admin" | "admin" | "edit" | "view"),
        ("Role", "kube-system") => is_system || name == "extension-apiserver-authentication-reader",
        ("Role", "kube-public") => is_system,
        _ => false,
    }
}

fn role(index: &Index<'_>, object: &Object) -> Option<Diagnostic> {
    let target = object.body.get("roleRef")?;
    let node = target.get("name")?;
    let (name, kind) = (node.as_str()?, target.get("kind")?.as_str()?);
    let exists = match kind {
        "Role" => index.find(kind, namespace(object), name).is_some(),
        _ => index.find_global(kind, name).is_some(),
    };
    if comes_along(kind, namespace(object), name) || exists {
        return None;
    }
    let diagnostic =
        dangling(object, node, format!("{} grants the {kind} `{name}`, which is not emitted", title(object)));
    let names = index.objects.iter().filter(|other| other.kind == kind).map(|other| other.name.as_str());
    Some(with_candidates(diagnostic.at(format!("no {kind} of this name")), name, names))
}
