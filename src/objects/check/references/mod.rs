//! References between the objects of one environment that lead nowhere.
//!
//! Kubernetes accepts them all: the Service without pods, the pod that waits for a ConfigMap for ever. What an operator
//! creates counts when a footprint says so; a footprint's own references are not followed, because it need not be
//! complete.

mod index;
pub(super) mod own;
mod pods;
mod rules;
mod services;
mod sources;

use index::Index;
pub(super) use index::Pods;
pub(crate) use pods::declare_priority_class;
pub(crate) use rules::comes_along;

use super::author::Author;
use super::{namespace, place, title};
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::eval::model::Model;
use crate::objects::{Node, Object};

pub(super) fn check(author: Author<'_>, objects: &[Object], is_known: &dyn Fn(&Object) -> bool) -> Diagnostics {
    let index = Index::new(author.model, objects);
    let mut found = Diagnostics::default();
    let namespaces = rules::namespaces(&index).into_iter().filter(|(object, _)| is_known(object));
    found.extend(namespaces.map(|(object, diagnostic)| author.first(object, diagnostic)));
    for object in objects.iter().filter(|object| !object.is_footprint() && is_known(object)) {
        let own = services::check(&index, object).into_iter().chain(rules::check(&index, object));
        found.extend(own.map(|diagnostic| author.first(object, diagnostic)));
    }
    for pods in index.pods.iter().filter(|pods| !pods.object.is_footprint() && is_known(pods.object)) {
        let own = pods::check(&index, pods).into_iter();
        found.extend(own.map(|diagnostic| author.first(pods.object, diagnostic)));
    }
    found
}

/// Services and disruption budgets whose selectors select no pods at all.
pub(super) fn without_pods(objects: &[Object]) -> Vec<&Object> {
    let model = Model::default();
    let index = Index::new(&model, objects);
    objects.iter().filter(|object| !object.is_footprint() && selects_none(&index, object)).collect()
}

fn selects_none(index: &Index<'_>, object: &Object) -> bool {
    let found = match (object.group(), object.kind.as_str()) {
        ("", "Service") => services::without_pods(index, object),
        ("policy", "PodDisruptionBudget") => rules::disruption_budget(index, object),
        _ => None,
    };
    found.is_some()
}

/// A dangling reference at a node.
fn dangling(object: &Object, node: &Node, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(codes::DANGLING_REFERENCE, place(object, node), message)
}

/// Adds what the author most likely meant, or what there is.
fn with_candidates<'a>(
    diagnostic: Diagnostic,
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    const MOST: usize = 8;
    let mut candidates: Vec<&str> = candidates.into_iter().collect();
    candidates.sort_unstable();
    candidates.dedup();
    if let Some(closest) = suggest::closest(name, candidates.iter().copied()) {
        let place = diagnostic.primary.span;
        return diagnostic.help(format!("did you mean `{closest}`?")).correct(place, name, closest);
    }
    if candidates.is_empty() {
        return diagnostic.note("there is none");
    }
    let shown: Vec<String> = candidates.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = if candidates.len() > MOST { format!(" and {} more", candidates.len() - MOST) } else { String::new() };
    diagnostic.note(format!("there is {}{more}", shown.join(", ")))
}

#[cfg(test)]
mod tests;
