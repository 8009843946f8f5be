//! How workloads select their own pods. The API server refuses those that do not, or that would select all of a namespace:
//! `ValidateDeploymentSpec`, `ValidateStatefulSetSpec`, `ValidateDaemonSetSpec` and `ValidateReplicaSetSpec` of
//! `pkg/apis/apps/validation/validation.go`. A Job makes its own selector.

use super::index::{Pods, Selector};
use super::{dangling, place, title};
use crate::diag::{Diagnostic, codes};
use crate::objects::{Node, NodeValue, Object};

/// What is wrong with a selector that is there.
pub(in crate::objects::check) fn check(object: &Object) -> Option<Diagnostic> {
    let (node, pods) = (stated(object)?, Pods::of(object)?);
    let selector = Selector::of(node);
    if selector.is_empty() {
        let message = format!("the selector of {} is empty", title(object));
        let diagnostic = Diagnostic::error(codes::MISSING_OBJECT_FIELD, place(object, node), message);
        return Some(advised(diagnostic.at("it would select every pod of the namespace"), &pods));
    }
    if selector.matches(&pods.labels) {
        return None;
    }
    let message = format!("the selector of {} does not select its own pods", title(object));
    let diagnostic = dangling(object, node, message).at(format!("wants pods labelled {}", selector.show()));
    let labels = object.body.at(&["spec", "template", "metadata", "labels"]);
    let diagnostic = match labels {
        Some(labels) => diagnostic.label(labels.span(), "the labels of the pods"),
        None => diagnostic,
    };
    Some(match selector.difference(&pods.labels) {
        Some((key, wanted, Some(value))) => diagnostic.note(format!("the pods have `{key}` `{value}`, not `{wanted}`")),
        Some((key, _, None)) => diagnostic.note(format!("the pods lack the label `{key}`")),
        None => diagnostic,
    })
}

/// A workload that somebody else wrote without one; what the compiler emits is held to its schema.
pub(in crate::objects::check) fn missing(object: &Object) -> Option<Diagnostic> {
    let is_workload = matches!(object.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet");
    if object.group() != "apps" || !is_workload || stated(object).is_some() {
        return None;
    }
    let message = format!("{} has no `spec.selector`", title(object));
    let diagnostic = Diagnostic::error(codes::MISSING_OBJECT_FIELD, object.span, message);
    let diagnostic = diagnostic.at("the API server refuses it");
    Some(Pods::of(object).map_or(diagnostic.clone(), |pods| advised(diagnostic, &pods)))
}

fn stated(object: &Object) -> Option<&Node> {
    object.body.at(&["spec", "selector"]).filter(|node| !matches!(node.value, NodeValue::Null))
}

/// A label of the pods is what such a selector names.
fn advised(diagnostic: Diagnostic, pods: &Pods<'_>) -> Diagnostic {
    match pods.labels.first() {
        Some((key, value)) => diagnostic.help(format!(
            "select them by a label of theirs that no other pods have, such as `matchLabels: {{ {key}: {value} }}`"
        )),
        None => diagnostic.help("give the pods a label in `spec.template.metadata.labels`, and select it"),
    }
}

#[cfg(test)]
mod tests {
    use crate::objects::check::check_foreign;
    use crate::objects::check::testing::{messages, objects};
    use crate::objects::schema::Catalog;

    fn workload(kind: &str, selector: &str, labels: &str) -> String {
        let group = if kind == "Job" { "batch/v1" } else { "apps/v1" };
        format!(
            "{{ apiVersion: {group}, kind: {kind}, metadata: {{ name: a }}, spec: {{ {selector}template: {{ metadata: \
             {{ labels: {labels} }}, spec: {{ restartPolicy: OnFailure, containers: [{{ name: a, image: x }}] }} }} }} }}"
        )
    }

    fn foreign(document: &str) -> Vec<String> {
        messages(check_foreign(&objects(&[document])[0], &Catalog::kubernetes()))
    }

    #[test]
    fn what_does_not_select_its_own_pods_is_refused_as_the_api_server_does() {
        for kind in ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"] {
            let found = |selector: &str| foreign(&workload(kind, selector, "{ app: a }"));
            assert_eq!(found(""), [format!("{kind} `a` has no `spec.selector`")]);
            assert_eq!(found("selector: null, "), [format!("{kind} `a` has no `spec.selector`")]);
            assert_eq!(found("selector: {}, "), [format!("the selector of {kind} `a` is empty")]);
            let empty = "selector: { matchLabels: {}, matchExpressions: [] }, ";
            assert_eq!(found(empty), [format!("the selector of {kind} `a` is empty")]);
            let other = "selector: { matchLabels: { app: b } }, ";
            assert_eq!(found(other), [format!("the selector of {kind} `a` does not select its own pods")]);
            let absent = "selector: { matchExpressions: [{ key: app, operator: DoesNotExist }] }, ";
            assert_eq!(found(absent), [format!("the selector of {kind} `a` does not select its own pods")]);
            assert_eq!(found("selector: { matchLabels: { app: a } }, "), Vec::<String>::new());
        }
        assert_eq!(foreign(&workload("Job", "", "{ app: a }")), Vec::<String>::new());
    }

    #[test]
    fn a_stand_in_need_not_select_anything() {
        let mut stand_in = objects(&[&workload("Deployment", "", "{}")]).remove(0);
        stand_in.stands_for = Some(stand_in.key());
        assert!(check_foreign(&stand_in, &Catalog::kubernetes()).is_empty());
    }
}
