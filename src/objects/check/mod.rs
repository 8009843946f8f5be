//! What Kubernetes would refuse, or accept and never bring to life: found in the emitted objects before anything is
//! written. Every check is pure and reads the objects of one environment.

mod author;
mod duplicates;
mod enumerations;
mod names;
mod pod_security;
mod quantities;
mod references;
mod required;
mod syntax;
#[cfg(test)]
pub(super) mod testing;
mod types;
mod versions;
mod walk;

use author::Author;

pub(crate) use references::{comes_along, declare_priority_class};

use super::schema::Catalog;
use super::{Node, Object};
use crate::diag::Diagnostics;
use crate::eval::model::Model;
use crate::source::{SourceMap, Span};

/// Runs all checks over the objects of one environment, footprints among them. A footprint is the compiler's guess at
/// what an operator will create, so it is held to be there but not to be complete. So are the objects that are not known
/// as a whole: others may refer to them, and nothing is said of them.
#[must_use]
pub fn check(
    model: &Model,
    objects: &[Object],
    is_known: &dyn Fn(&Object) -> bool,
    catalog: &Catalog,
    sources: &SourceMap,
) -> Diagnostics {
    let author = Author { model, sources };
    let version = model.hardware.as_ref().and_then(|hardware| hardware.kubernetes);
    let mut found = Diagnostics::default();
    found.extend(duplicates::check(objects));
    for object in objects.iter().filter(|object| !object.is_footprint() && is_known(object)) {
        let own = required::check(object, catalog)
            .into_iter()
            .chain(names::check(object, catalog, version))
            .chain(versions::check(object, catalog, model.hardware.as_ref()));
        found.extend(own.map(|diagnostic| author.first(object, diagnostic)));
    }
    found.extend(references::check(author, objects, is_known));
    found.extend(pod_security::check(author, objects, is_known));
    let environment = model.environment.as_deref();
    let mut placed = Diagnostics::default();
    placed.extend(found.into_iter().map(|diagnostic| diagnostic.in_environment(environment)));
    placed
}

/// Services and disruption budgets that select no pods, footprints of pods counted.
#[must_use]
pub fn without_pods(objects: &[Object]) -> Vec<&Object> {
    references::without_pods(objects)
}

/// Checks an object that somebody else wrote for what a proof could not read as the API server does, and for what it refuses.
#[must_use]
pub fn check_foreign(object: &Object, catalog: &Catalog) -> Diagnostics {
    let mut found = types::check(object, catalog);
    if !object.is_footprint() {
        found.extend(references::own::missing(object));
        found.extend(references::own::check(object));
    }
    found
}

/// What is wrong with the name of an instance, in words that follow "because"; nothing when it is right. The name
/// becomes the name of a Service and a label, the two forms with the tightest rules, and a part of host names.
#[must_use]
pub fn instance_name_problem(name: &str) -> Option<String> {
    syntax::dns_label(name)
}

/// How messages call an object: `` Deployment `api` ``.
fn title(object: &Object) -> String {
    format!("{} `{}`", object.kind, object.name)
}

/// Where to point for a node: what the author typed, otherwise the emission.
fn place(object: &Object, node: &Node) -> Span {
    if node.span().is_none() { object.span } else { node.span() }
}

/// The namespace that an object without one lands in.
fn namespace(object: &Object) -> &str {
    object.namespace.as_deref().unwrap_or("default")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::check::testing::{headlines, objects, with_footprint};

    const BAD: &str =
        "{ apiVersion: v1, kind: Service, metadata: { name: A, namespace: x }, spec: { selector: { a: b } } }";

    #[test]
    fn every_check_runs_and_says_in_which_environment() {
        let expected = [
            "there are two objects Service `A` in namespace `x`",
            "Service `A` has no `spec.ports`",
            "Kubernetes refuses the name `A` of Service `A`",
            "Service `A` lives in namespace `x`, which is not emitted",
            "Service `A` selects no pods in namespace `x`",
        ];
        let found = headlines(&[BAD, BAD]);
        assert!(expected.iter().all(|message| found.iter().any(|other| other == message)), "{found:#?}");
        let model = Model { environment: Some("staging".into()), ..Model::default() };
        let found = check(&model, &objects(&[BAD]), &|_| true, &Catalog::kubernetes(), &SourceMap::default());
        assert!(!found.is_empty() && found.iter().all(|one| one.environment.as_deref() == Some("staging")));
    }

    #[test]
    fn a_footprint_need_not_be_complete() {
        let namespace = "{ apiVersion: v1, kind: Namespace, metadata: { name: x } }";
        let objects = with_footprint(&[namespace, BAD], 1);
        let found = check(&Model::default(), &objects, &|_| true, &Catalog::kubernetes(), &SourceMap::default());
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn names_of_instances_become_labels_and_services() {
        assert_eq!(instance_name_problem("web-2"), None);
        for name in ["Web", "a.b", "-a", "", "a_b", &"a".repeat(64)] {
            assert!(instance_name_problem(name).is_some(), "{name:?}");
        }
    }
}
