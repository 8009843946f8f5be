//! What would make a proof of manifests one about something else than what the API server gets.

use std::collections::BTreeMap;

use crate::data::Node;
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::objects::check::check_foreign;
use crate::objects::footprint::describe;
use crate::objects::schema::Catalog;
use crate::objects::{Object, ObjectKey};

/// How deep a pod is in the objects that make some.
const TEMPLATES: [(&str, &[&str]); 8] = [
    ("Deployment", &["spec", "template", "spec"]),
    ("StatefulSet", &["spec", "template", "spec"]),
    ("ReplicaSet", &["spec", "template", "spec"]),
    ("ReplicationController", &["spec", "template", "spec"]),
    ("DaemonSet", &["spec", "template", "spec"]),
    ("Job", &["spec", "template", "spec"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template", "spec"]),
    ("Pod", &["spec"]),
];

pub(super) fn check(objects: &[Object], catalog: &Catalog) -> Diagnostics {
    let mut found = Diagnostics::default();
    let mut seen: BTreeMap<ObjectKey, &Object> = BTreeMap::new();
    for object in objects {
        let key = object.key();
        match seen.get(&key) {
            Some(first) => found.push(
                Diagnostic::error(
                    codes::DUPLICATE_OBJECT,
                    object.span,
                    format!("there are two objects `{}`", describe(&key)),
                )
                .at("again here")
                .label(first.span, "first here")
                .help("keep one of them; whichever is applied last would overwrite the other"),
            ),
            None => {
                seen.insert(key, object);
            }
        }
        found.extend(unserved(object, catalog));
        found.extend(without_pod(object));
        found.extend(check_foreign(object, catalog));
    }
    found.extend(objects.iter().filter_map(|object| stray(object, &seen, catalog)));
    found
}

/// An API of Kubernetes itself that it does not serve: nobody would know what its objects do.
fn unserved(object: &Object, catalog: &Catalog) -> Option<Diagnostic> {
    let (api_version, kind) = (object.api_version.as_str(), object.kind.as_str());
    if object.group().contains('.') || catalog.get(api_version, kind).is_some() {
        return None;
    }
    let message = format!("Kubernetes serves no `{kind}` of `{api_version}`");
    let diagnostic = Diagnostic::error(codes::UNKNOWN_API, object.span, message).at("this object");
    let known: Vec<&str> = catalog.kinds().filter(|(_, other)| *other == kind).map(|(version, _)| version).collect();
    Some(match known.first() {
        Some(version) => diagnostic.help(format!("write `apiVersion: {version}`")),
        None => match suggest::closest(kind, catalog.kinds().map(|(_, kind)| kind)) {
            Some(close) => diagnostic.help(format!("did you mean `{close}`?")),
            None => diagnostic,
        },
    })
}

fn without_pod(object: &Object) -> Option<Diagnostic> {
    if !matches!(object.group(), "" | "apps" | "batch") {
        return None;
    }
    let (_, path) = TEMPLATES.iter().find(|(kind, _)| *kind == object.kind)?;
    let containers = object.body.at(path).and_then(|spec| spec.get("containers")).map(Node::items);
    if containers.is_some_and(|containers| !containers.is_empty()) {
        return None;
    }
    let message = format!("`{}` has no containers", describe(&object.key()));
    let missing = format!("`{}.containers` is missing or empty", path.join("."));
    Some(Diagnostic::error(codes::MISSING_OBJECT_FIELD, object.span, message).at(missing))
}

/// A footprint of something that is not there does not make up for anything.
fn stray(object: &Object, seen: &BTreeMap<ObjectKey, &Object>, catalog: &Catalog) -> Option<Diagnostic> {
    let owner = object.stands_for.as_ref().filter(|owner| !seen.contains_key(owner))?;
    // The compiler's own footprints stand for things outside the manifests, too, such as the pods of a distribution.
    if owner.group.is_empty() && catalog.kinds().all(|(_, kind)| kind != owner.kind) {
        return None;
    }
    let wanted = describe(owner);
    let names: Vec<String> = seen.keys().map(describe).collect();
    let message = format!("`{}` stands for `{wanted}`, which is not among the manifests", describe(&object.key()));
    let diagnostic = Diagnostic::warning(codes::MANIFEST, object.span, message).at("this footprint");
    Some(match suggest::closest(&wanted, names.iter().map(String::as_str)) {
        Some(close) => diagnostic.help(format!("did you mean `{close}`?")),
        None => diagnostic
            .help("write kind and group, a space, namespace and name, as in `postgresql.acid.zalan.do shop/db`"),
    })
}
