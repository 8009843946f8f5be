//! From YAML that somebody else wrote to objects.

use std::collections::BTreeMap;

use super::placed::Placed;
use super::{check, dump};
use crate::data::yaml::{self, Document};
use crate::data::{Node, NodeValue};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::eval::model::InstanceId;
use crate::objects::footprint::{STANDS_FOR, parse};
use crate::objects::injection::{INJECTS, Injector};
use crate::objects::schema::{Catalog, Scope};
use crate::objects::{Object, ObjectKey};
use crate::source::{SourceId, SourceMap, Span};

/// Where objects without a namespace live.
const DEFAULT_NAMESPACE: &str = "default";

/// One file.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// How messages call it.
    pub name: String,
    pub text: String,
}

/// What some files hold.
#[derive(Debug, Default)]
pub struct Contents {
    pub objects: Vec<Object>,
    /// The pods of a cluster, where it gave the objects back.
    pub placed: Vec<Placed>,
}

/// Reads all objects of some files and checks that a proof can read them as the API server does.
#[must_use]
pub fn read(files: Vec<Manifest>, sources: &mut SourceMap) -> (Vec<Object>, Diagnostics) {
    let (contents, found) = contents(files, sources);
    (contents.objects, found)
}

/// As [`read`], with where the pods of a cluster are.
#[must_use]
pub fn contents(files: Vec<Manifest>, sources: &mut SourceMap) -> (Contents, Diagnostics) {
    let mut found = Diagnostics::default();
    let Some(bodies) = bodies(files, sources, &mut found) else { return (Contents::default(), found) };
    let (bodies, placed) = dump::tidy(bodies);
    let catalog = Catalog::kubernetes();
    let scopes = declared_scopes(bodies.iter().map(|(body, _)| body));
    let mut objects = Vec::new();
    for (body, span) in bodies {
        objects.extend(object(body, span, &catalog, &scopes, &mut found));
    }
    let objects = once(objects);
    found.extend(check::check(&objects, &catalog));
    (Contents { objects, placed }, found)
}

/// What stands there twice in the same words is applied twice to the same effect, as releases that repeat their definitions are.
fn once(objects: Vec<Object>) -> Vec<Object> {
    let mut kept: Vec<Object> = Vec::new();
    let mut first: BTreeMap<ObjectKey, usize> = BTreeMap::new();
    for object in objects {
        let known = first.get(&object.key()).map(|position| &kept[*position]);
        if known.is_some_and(|known| known.api_version == object.api_version && known.body == object.body) {
            continue;
        }
        first.entry(object.key()).or_insert(kept.len());
        kept.push(object);
    }
    kept
}

/// All documents of some files, lists unfolded, each with its place. None where they are a chart, which must be rendered first.
pub(crate) fn bodies(
    files: Vec<Manifest>,
    sources: &mut SourceMap,
    found: &mut Diagnostics,
) -> Option<Vec<(Node, Span)>> {
    let mut bodies: Vec<(Node, Span)> = Vec::new();
    for file in files {
        let is_called = |name: &str| file.name.rsplit('/').next() == Some(name);
        if is_called("Chart.yaml") {
            let message = format!("`{}` belongs to a Helm chart, which is no manifest yet", file.name);
            let help = "render it: `helm template DIR | vaubanc prove --manifests - --hardware FILE.vauban`";
            found.push(Diagnostic::error(codes::MANIFEST, Span::NONE, message).help(help));
            // Its templates are no YAML, and every one would be complained about.
            return None;
        }
        let is_kustomization = is_called("kustomization.yaml") || is_called("kustomization.yml");
        let id = sources.add(file.name, file.text);
        let text = sources.get(id).map(|source| source.text.as_str()).unwrap_or_default();
        if is_kustomization {
            found.push(kustomization(Span::new(id, 0, 0)));
            continue;
        }
        let yaml::Reading { documents, faults, remarks } = yaml::read_documents(text, id);
        for (remark, fault) in remarks {
            let span = Span::new(id, fault.at, fault.at);
            let (label, help) = match remark {
                yaml::Remark::Repeated => (
                    "the last one counts",
                    "`kubectl` takes it without a word, and other readers refuse it; write one of them",
                ),
                yaml::Remark::Unread => (
                    "the document ends here",
                    "`kubectl` passes over it without a word; begin a document with `---` instead",
                ),
            };
            found.push(Diagnostic::warning(codes::MANIFEST, span, fault.message).at(label).help(help));
        }
        for fault in faults {
            let span = Span::new(id, fault.at, fault.at);
            let message = format!("this is no YAML: {}", fault.message);
            let help =
                "mend it there, or in what renders it; `kubectl apply --dry-run=client -f FILE` reads it the same way";
            found.push(Diagnostic::error(codes::MANIFEST, span, message).at("here").help(help));
        }
        for Document { start, node } in documents {
            unfold(node, head(id, text, start), &mut bodies);
        }
    }
    Some(bodies)
}

fn kustomization(span: Span) -> Diagnostic {
    Diagnostic::error(codes::MANIFEST, span, "a kustomization is no manifest yet")
        .at("asks Kustomize to make some")
        .help("render it: `kubectl kustomize DIR | vaubanc prove --manifests - --hardware FILE.vauban`")
}

/// The first line of a document that says something.
fn head(id: SourceId, text: &str, start: usize) -> Span {
    let mut position = start;
    for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
        let is_mark = line.trim().is_empty() || line.starts_with(['#', '%']) || line.trim_end() == "---";
        if !is_mark && !line.starts_with("--- #") {
            return Span::new(id, position, position + line.trim_end().len());
        }
        position += line.len();
    }
    Span::new(id, start, start)
}

/// A list is its items.
fn unfold(node: Node, span: Span, bodies: &mut Vec<(Node, Span)>) {
    let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let Some(element) = kind.strip_suffix("List").filter(|_| node.get("items").is_some()) else {
        bodies.push((node, span));
        return;
    };
    for item in node.get("items").map(Node::items).unwrap_or_default() {
        let mut item = item.clone();
        // The items of a `DeploymentList` need not say what they are.
        if let Some(map) = item.as_map_mut().filter(|_| !element.is_empty()) {
            map.entry("apiVersion".into()).or_insert_with(|| Node::string(api_version.clone()));
            map.entry("kind".into()).or_insert_with(|| Node::string(element.to_owned()));
        }
        // Each item begins somewhere else.
        let span = if item.origin.is_none() { span } else { item.origin };
        unfold(item, span, bodies);
    }
}

/// The scopes of the custom resources that the manifests define, by group and kind.
fn declared_scopes<'a>(bodies: impl Iterator<Item = &'a Node>) -> BTreeMap<(String, String), Scope> {
    let definitions = bodies.filter(|body| body.get("kind").and_then(Node::as_str) == Some("CustomResourceDefinition"));
    let scope = |body: &Node| {
        let text = |path: &[&str]| body.at(path).and_then(Node::as_str);
        let scope = if text(&["spec", "scope"])? == "Cluster" { Scope::Cluster } else { Scope::Namespaced };
        Some(((text(&["spec", "group"])?.to_owned(), text(&["spec", "names", "kind"])?.to_owned()), scope))
    };
    definitions.filter_map(scope).collect()
}

/// The object of a document. What is in no namespace although it must be in one is put where `kubectl` puts it.
fn object(
    mut body: Node,
    span: Span,
    catalog: &Catalog,
    scopes: &BTreeMap<(String, String), Scope>,
    found: &mut Diagnostics,
) -> Option<Object> {
    let text = |path: &[&str]| body.at(path).and_then(Node::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let fields = (text(&["apiVersion"]), text(&["kind"]), text(&["metadata", "name"]));
    let (Some(api_version), Some(kind), Some(name)) = fields else {
        found.push(not_an_object(&body, span, &fields));
        return None;
    };
    let mut namespace = text(&["metadata", "namespace"]);
    let owner = text(&["metadata", "annotations", STANDS_FOR]);
    let injects = text(&["metadata", "annotations", INJECTS]);
    let group = api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
    if group == "kustomize.config.k8s.io" {
        found.push(kustomization(span));
        return None;
    }
    let scope = catalog.get(&api_version, &kind).map(|api| api.scope);
    let scope = scope.or_else(|| scopes.get(&(group, kind.clone())).copied());
    if namespace.is_none() && scope == Some(Scope::Namespaced) {
        namespace = Some(DEFAULT_NAMESPACE.to_owned());
        if let Some(metadata) = body.as_map_mut().and_then(|map| map.get_mut("metadata")).and_then(Node::as_map_mut) {
            metadata.insert("namespace".into(), Node::string(DEFAULT_NAMESPACE));
        }
    }
    let stands_for: Option<ObjectKey> = match &owner {
        None => match &injects {
            None => None,
            Some(injects) => Some(injector((&api_version, &kind), injects, span, found)?),
        },
        Some(owner) => {
            let key = parse(owner);
            if key.is_none() {
                let message = format!("the annotation `{STANDS_FOR}` does not name an object: {owner:?}");
                let help =
                    "write kind and group, a space, namespace and name, such as `postgresql.acid.zalan.do shop/db`";
                found.push(Diagnostic::error(codes::MANIFEST, span, message).at("in this object").help(help));
            }
            Some(key?)
        }
    };
    Some(Object { api_version, kind, name, namespace, body, instance: InstanceId(0), label: None, span, stands_for })
}

/// What a template of injected containers stands for: nothing in a cluster, but it is proved and never applied.
fn injector(
    (api_version, kind): (&str, &str),
    injects: &str,
    span: Span,
    found: &mut Diagnostics,
) -> Option<ObjectKey> {
    let mut refuse = |message: String, help: &str| {
        found.push(Diagnostic::error(codes::MANIFEST, span, message).at("in this object").help(help));
        None
    };
    if (api_version, kind) != ("v1", "PodTemplate") {
        let message = format!("the annotation `{INJECTS}` belongs to a `PodTemplate`, and this is a `{kind}`");
        return refuse(message, "put the containers that are added into the template of a `PodTemplate` of `v1`");
    }
    let Some(injector) = Injector::parse(injects) else {
        let message = format!("the annotation `{INJECTS}` names no injector that is known: {injects:?}");
        return refuse(message, "write `istio`, `linkerd` or `vault`");
    };
    let (kind, name) = ("Injector".to_owned(), injector.key().to_owned());
    Some(ObjectKey { group: String::new(), kind, namespace: None, name })
}

fn not_an_object(
    body: &Node,
    span: Span,
    (api_version, kind, name): &(Option<String>, Option<String>, Option<String>),
) -> Diagnostic {
    let error = |message: String| Diagnostic::error(codes::MANIFEST, span, message);
    if !matches!(body.value, NodeValue::Map(_)) {
        return error("a document is no object of Kubernetes".to_owned())
            .at("this is no map")
            .help("`--manifests` takes what `kubectl apply` takes; a platform in `.vauban` files is proved by `vaubanc prove PATH`");
    }
    let missing = match (api_version, kind, name) {
        (None, ..) => "apiVersion",
        (_, None, _) => "kind",
        _ => "metadata.name",
    };
    let diagnostic =
        error(format!("a document is no object of Kubernetes: it has no `{missing}`")).at("in this document");
    if missing == "metadata.name" && body.at(&["metadata", "generateName"]).is_some() {
        return diagnostic.help("give it a name: what `generateName` makes cannot be told apart from a second one");
    }
    diagnostic.help("`--manifests` takes what `kubectl apply` takes; keep values and other files elsewhere")
}
