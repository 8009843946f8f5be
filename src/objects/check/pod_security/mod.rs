//! Pods that their namespace refuses: the admission of Pod Security accepts a Deployment and then none of its pods, so
//! nothing but an event in the namespace would tell.

mod standards;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use standards::{Level, Violation, violations};

use super::author::Author;
use super::references::Pods;
use super::{namespace, place, title};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::objects::injection::Injectors;
use crate::objects::{Node, Object};
use crate::source::Span;

/// The label of a namespace by which the API server decides.
const LABEL: &str = "pod-security.kubernetes.io/enforce";

/// Other places shown in one message; all of them are in its table.
const MOST_LABELS: usize = 4;

/// A namespace with the level that it enforces.
struct Enforced<'a> {
    object: &'a Object,
    node: &'a Node,
    level: Level,
}

/// Pods that operators make count, and what is injected into pods: they come to the same gate. Of a template alone nobody
/// makes any. What the same injector adds to several workloads of a namespace is said of the first of them.
pub(super) fn check(author: Author<'_>, objects: &[Object], is_known: &dyn Fn(&Object) -> bool) -> Diagnostics {
    let enforced: BTreeMap<&str, Enforced<'_>> = objects.iter().filter_map(enforced).collect();
    let mut found = Diagnostics::default();
    let (injectors, mut told) = (Injectors::read(objects), BTreeSet::new());
    let known = objects.iter().filter(|object| is_known(object));
    for pods in known.filter(|object| object.kind != "PodTemplate").filter_map(Pods::of) {
        let Some(enforced) = enforced.get(namespace(pods.object)) else { continue };
        let violations = violations(enforced.level, pods.spec);
        let refusal = refusal(author, pods.object, enforced, &violations);
        found.extend(refusal.map(|diagnostic| author.first(pods.object, diagnostic)));
        let template = pods.object.pod_template().unwrap_or(&pods.object.body);
        let Ok(Some(admitted)) = injectors.admit(pods.object.namespace.as_deref(), template, pods.spec) else {
            continue;
        };
        let known: BTreeSet<String> = violations.iter().map(Violation::fact).collect();
        let added = self::violations(enforced.level, &admitted.spec).into_iter();
        let added: Vec<Violation<'_>> = added.filter(|one| !known.contains(&one.fact())).collect();
        let is_new = told.insert((enforced.object.name.clone(), added.iter().map(Violation::fact).collect::<Vec<_>>()));
        let injected = self::refusal(author, pods.object, enforced, &added).filter(|_| is_new);
        found.extend(injected.map(|diagnostic| {
            author
                .first(pods.object, diagnostic)
                .note("what is injected into them has it: the footprint that `vauban.dev/injects` marks")
        }));
    }
    found
}

fn enforced(object: &Object) -> Option<(&str, Enforced<'_>)> {
    if object.kind != "Namespace" || !object.group().is_empty() {
        return None;
    }
    let node = object.body.at(&["metadata", "labels", LABEL])?;
    Some((object.name.as_str(), Enforced { object, node, level: Level::parse(node.as_str()?)? }))
}

/// One message for all pods of an object, as the API server's own.
fn refusal(
    author: Author<'_>,
    object: &Object,
    enforced: &Enforced<'_>,
    violations: &[Violation<'_>],
) -> Option<Diagnostic> {
    let (name, level) = (&enforced.object.name, enforced.level);
    // The author can change the own lines only, so one of those leads where there is any.
    let own = violations.iter().find(|violation| !author.sources.is_library(place_of(object, violation)));
    let first = own.or(violations.first())?;
    let others = match violations.len() {
        1 => String::new(),
        2 => ", and one more field".to_owned(),
        count => format!(", and {} more fields", count - 1),
    };
    let message = format!("namespace `{name}` refuses the pods of {}: {}{others}", title(object), first.fact());
    let mut diagnostic = Diagnostic::error(codes::POD_SECURITY, place_of(object, first), message)
        .at(format!("`{level}` wants {}", first.wanted));
    let mut shown: Vec<Span> = vec![diagnostic.primary.span];
    for violation in violations.iter().filter(|violation| violation.stated.is_some()) {
        let span = place_of(object, violation);
        if !shown.contains(&span) && shown.len() <= MOST_LABELS && !author.sources.is_library(span) {
            shown.push(span);
            diagnostic = diagnostic.label(span, format!("{}, `{level}` wants {}", violation.fact(), violation.wanted));
        }
    }
    let words = format!("this namespace enforces `{level}`");
    diagnostic = diagnostic.label(author.place(enforced.object, place(enforced.object, enforced.node)), words);
    if violations.len() > 1 {
        let lines = violations.iter().map(|one| format!("\n  {}, wanted {}", one.fact(), one.wanted));
        diagnostic = diagnostic.note(format!("in the spec of the pod:{}", lines.collect::<String>()));
    }
    if let Some(key) = &object.stands_for {
        diagnostic = diagnostic.note(format!("the controller of {} `{}` makes these pods", key.kind, key.name));
    }
    // The strictest level that lets them in.
    let weaker = if violations.iter().any(|one| one.level == Level::Baseline) { "privileged" } else { "baseline" };
    let repair = match first.wanted.starts_with('`') {
        true => format!("set `{}` to {} in the spec of the pod", first.path, first.wanted),
        false => format!("in the spec of the pod, `{}` wants {}", first.path, first.wanted),
    };
    let lower = format!(
        "or let such pods in: `pod-security = \"{weaker}\"` in the namespace `{name}`, which sets the label `{LABEL}`"
    );
    Some(diagnostic.help(repair).help(lower))
}

fn place_of(object: &Object, violation: &Violation<'_>) -> Span {
    place(object, violation.node)
}
