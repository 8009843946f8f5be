//! The fourth phase: running the bodies of `emit`, `refine` and `footprint`.

use std::sync::Arc;

use super::convert::Converter;
use super::footprint::of_nothing;
use super::schema::{ApiSchema, Catalog, Creates, Scope as ApiScope};
use super::{Node, NodeValue, Object, ObjectKey};
use crate::diag::{Diagnostic, codes, suggest};
use crate::eval::model::{InstanceId, Model, Target};
use crate::eval::{Evaluator, Record, Scope, Value, merge};
use crate::source::Span;
use crate::syntax::ast::{Body, EmitStatement, EmitVerb, EntryKind, InstanceClass};

/// Runs every emission of a frozen model. Objects come in the order of instances and of their statements.
pub fn emit(evaluator: &mut Evaluator<'_>, model: &Model, catalog: &Catalog) -> Vec<Object> {
    let names: Vec<String> = model.instances.iter().map(|instance| instance.emitted_name.clone()).collect();
    let mut objects = Vec::new();
    for (id, _) in model.ids() {
        let emissions = evaluator.for_instance(id, |evaluator| collect(evaluator, id));
        let mut last: Option<ObjectKey> = None;
        for (position, emission) in emissions.iter().enumerate() {
            let Some(api) = catalog.get(&emission.version, &emission.kind) else {
                evaluator.for_instance(id, |evaluator| evaluator.report(unknown_api(emission, catalog)));
                evaluator.has_missing_objects = true;
                continue;
            };
            let followed = emissions[position + 1..].iter().take_while(|next| next.footprint).next().is_some();
            if api.creates == Creates::Pods && !emission.footprint && !followed {
                evaluator.for_instance(id, |evaluator| evaluator.report(no_footprint(emission)));
            }
            let stands_for = emission.footprint.then(|| last.clone().unwrap_or_else(|| outside(model, id)));
            let object =
                evaluator.for_instance(id, |evaluator| run(evaluator, model, id, emission, &api, &names, stands_for));
            evaluator.has_missing_objects |= object.is_none();
            if let Some(object) = object {
                if !object.is_footprint() {
                    last = Some(object.key());
                }
                let makes_nothing = api.creates == Creates::Nothing && !object.is_footprint() && !followed;
                objects.extend(makes_nothing.then(|| of_nothing(&object, object.namespace.as_deref())));
                objects.push(object);
            }
        }
    }
    objects
}

/// One object to be, with the bodies that make it, in the order in which they merge.
struct Emission<'a> {
    footprint: bool,
    version: String,
    kind: String,
    label: Option<String>,
    /// `"apps/v1" Deployment`.
    head: Span,
    /// The places of the version and of the kind alone.
    places: (Span, Span),
    parts: Vec<(Scope<'a>, &'a Body)>,
}

fn collect<'a>(evaluator: &mut Evaluator<'a>, id: InstanceId) -> Vec<Emission<'a>> {
    let mut emissions: Vec<Emission<'a>> = Vec::new();
    for layer in evaluator.layers(id) {
        let scope = Scope { instance: Some(id), ..layer.scope.clone() };
        for located in &layer.data.located {
            let EntryKind::Emit(statement) = &located.entry.kind else { continue };
            let scopes = evaluator.scopes_of_entry(&scope, located);
            apply(evaluator, statement, &scopes, &mut emissions);
        }
    }
    emissions
}

fn apply<'a>(
    evaluator: &mut Evaluator<'a>,
    statement: &'a EmitStatement,
    scopes: &[Scope<'a>],
    emissions: &mut Vec<Emission<'a>>,
) {
    let label = statement.label.as_ref().map(|word| word.text.clone());
    let head = statement.version.span.to(statement.label.as_ref().unwrap_or(&statement.kind).span);
    let matches = |emission: &Emission<'_>| {
        emission.version == statement.version.text && emission.kind == statement.kind.text && emission.label == label
    };
    match (statement.verb, &statement.body) {
        (EmitVerb::Emit | EmitVerb::Footprint, Some(body)) => {
            for scope in scopes {
                emissions.push(Emission {
                    footprint: statement.verb == EmitVerb::Footprint,
                    version: statement.version.text.clone(),
                    kind: statement.kind.text.clone(),
                    label: label.clone(),
                    head,
                    places: (statement.version.span, statement.kind.span),
                    parts: vec![(scope.clone(), body)],
                });
            }
        }
        (EmitVerb::Refine, Some(body)) if !scopes.is_empty() => {
            let mut found = false;
            for emission in emissions.iter_mut().filter(|emission| matches(emission)) {
                found = true;
                emission.parts.extend(scopes.iter().map(|scope| (scope.clone(), body)));
            }
            if !found {
                evaluator.report(nothing_there(statement, head, emissions));
            }
        }
        (EmitVerb::Without, _) if !scopes.is_empty() => {
            let before = emissions.len();
            emissions.retain(|emission| !matches(emission));
            if emissions.len() == before {
                evaluator.report(nothing_there(statement, head, emissions));
            }
        }
        _ => {}
    }
}

fn run<'a>(
    evaluator: &mut Evaluator<'a>,
    model: &Model,
    id: InstanceId,
    emission: &Emission<'a>,
    api: &ApiSchema,
    names: &[String],
    stands_for: Option<ObjectKey>,
) -> Option<Object> {
    let mut value = Value::record(Record::new(), emission.head);
    for (scope, body) in &emission.parts {
        let part = evaluator.record(scope, body);
        value = merge(&value, &part);
    }
    let mut diagnostics = std::mem::take(&mut evaluator.diagnostics);
    let mut converter = Converter {
        object: &emission.kind,
        names,
        diagnostics: &mut diagnostics,
        reads: Vec::new(),
        depth: 0,
        is_torn: false,
    };
    let node = converter.node(&value, &api.root, emission.head, &emission.kind);
    let (reads, is_torn) = (std::mem::take(&mut converter.reads), converter.is_torn);
    evaluator.diagnostics = diagnostics;
    if is_torn {
        evaluator.stumble();
    }
    // Of a faulty instance not all edges may be known.
    let reads = if evaluator.faulty.contains(&id) { Vec::new() } else { reads };
    for read in reads {
        let target = Target::Instance(read.instance);
        let drawn = read.instance == id || model.edges.iter().any(|edge| edge.from == id && edge.to == target);
        if !drawn {
            let (own, other) = (&model.instance(id).name, &model.instance(read.instance).name);
            evaluator.report(
                Diagnostic::error(
                    codes::PHASE,
                    read.span,
                    format!("an emission of `{own}` reads `{other}` without an edge to it"),
                )
                .at("read after the graph was frozen")
                .help(format!("add `needs {other}`, `wants {other}` or `reaches {other}`")),
            );
        }
    }
    let mut body = node?;
    let instance = model.instance(id);
    let default_name = match &emission.label {
        Some(label) => format!("{}-{label}", instance.emitted_name),
        None => instance.emitted_name.clone(),
    };
    let namespace = match api.scope {
        ApiScope::Namespaced => instance.namespace.clone(),
        ApiScope::Cluster => None,
    };
    stamp(&mut body, emission, model, id, &default_name, namespace.as_deref());
    let text = |path: &[&str]| body.at(path).and_then(Node::as_str).map(str::to_owned);
    let name = text(&["metadata", "name"]).unwrap_or(default_name);
    let namespace = text(&["metadata", "namespace"]);
    let (api_version, kind, label) = (emission.version.clone(), emission.kind.clone(), emission.label.clone());
    Some(Object { api_version, kind, name, namespace, body, instance: id, label, span: emission.head, stands_for })
}

/// Adds what every object carries; what the body says wins.
fn stamp(body: &mut Node, emission: &Emission<'_>, model: &Model, id: InstanceId, name: &str, namespace: Option<&str>) {
    let instance = model.instance(id);
    let origin = instance.span;
    let text = |word: &str| Node { value: NodeValue::String(Arc::from(word)), emitted: emission.head, origin };
    let map = |fields: Vec<(&str, Node)>| {
        let fields = fields.into_iter().map(|(key, node)| (Arc::from(key), node));
        Node { value: NodeValue::Map(fields.collect()), emitted: emission.head, origin }
    };
    let mut metadata = vec![("name", text(name))];
    metadata.extend(namespace.map(|namespace| ("namespace", text(namespace))));
    let mut labels = vec![
        ("app.kubernetes.io/name", text(&instance.emitted_name)),
        ("app.kubernetes.io/part-of", text(&model.system)),
        ("app.kubernetes.io/managed-by", text("vaubanc")),
    ];
    if instance.class == InstanceClass::System {
        labels.remove(1);
    }
    metadata.push(("labels", map(labels)));
    if !emission.footprint && matches!(instance.class, InstanceClass::Component | InstanceClass::Expose) {
        metadata.push(("annotations", map(vec![("argocd.argoproj.io/sync-wave", text(&instance.wave.to_string()))])));
    }
    let mut stamped =
        map(vec![("apiVersion", text(&emission.version)), ("kind", text(&emission.kind)), ("metadata", map(metadata))]);
    overlay(&mut stamped, std::mem::replace(body, Node::map()));
    *body = stamped;
}

/// Merges `top` into `base`: maps merge, everything else replaces.
fn overlay(base: &mut Node, top: Node) {
    let Node { value, emitted, origin } = top;
    match (&mut base.value, value) {
        (NodeValue::Map(below), NodeValue::Map(above)) => {
            for (key, node) in above {
                match below.get_mut(&key) {
                    Some(known) => overlay(known, node),
                    None => {
                        below.insert(key, node);
                    }
                }
            }
        }
        (_, value) => *base = Node { value, emitted, origin },
    }
}

/// What a footprint without an emission stands for: the instance itself, which something else installs.
fn outside(model: &Model, id: InstanceId) -> ObjectKey {
    let instance = model.instance(id);
    let kind = instance.kinds.first().cloned().unwrap_or_default();
    ObjectKey { group: String::new(), kind, namespace: instance.namespace.clone(), name: instance.emitted_name.clone() }
}

fn unknown_api(emission: &Emission<'_>, catalog: &Catalog) -> Diagnostic {
    let (version, kind) = (&emission.version, &emission.kind);
    let diagnostic =
        Diagnostic::error(codes::UNKNOWN_API, emission.head, format!("there is no API `{version}` `{kind}`"))
            .at("not declared");
    let versions: Vec<&str> =
        catalog.kinds().filter(|(_, name)| *name == kind.as_str()).map(|(version, _)| version).collect();
    if let Some(right) = versions.first() {
        return diagnostic
            .help(format!("`{kind}` belongs to `{right}`"))
            .fix(emission.places.0, format!("\"{right}\""));
    }
    let here = catalog.kinds().filter(|(group, _)| *group == version.as_str()).map(|(_, name)| name);
    match suggest::closest(kind, here) {
        Some(close) => diagnostic.help(format!("did you mean `{close}`?")).fix(emission.places.1, close),
        None => diagnostic.help(format!("declare it: `api \"{version}\" {kind} {{ spec : Any }}`")),
    }
}

fn no_footprint(emission: &Emission<'_>) -> Diagnostic {
    let kind = &emission.kind;
    Diagnostic::error(
        codes::NO_FOOTPRINT,
        emission.head,
        format!("the controller of `{kind}` creates pods, but no footprint says which"),
    )
    .at("no `footprint` follows")
    .help("write what the operator makes of it: `footprint \"apps/v1\" StatefulSet { … }` behind the emission")
}

fn nothing_there(statement: &EmitStatement, head: Span, emissions: &[Emission<'_>]) -> Diagnostic {
    let verb = if statement.verb == EmitVerb::Refine { "refine" } else { "remove" };
    let label = statement.label.as_ref().map_or_else(String::new, |word| format!(" {}", word.text));
    let wanted = format!("`{}` `{}`{label}", statement.version.text, statement.kind.text);
    let known: Vec<String> = emissions
        .iter()
        .map(|emission| {
            let label = emission.label.as_ref().map_or_else(String::new, |label| format!(" {label}"));
            format!("\"{}\" {}{label}", emission.version, emission.kind)
        })
        .collect();
    let diagnostic = Diagnostic::error(codes::NO_EMISSION, head, format!("there is no emission of {wanted} to {verb}"))
        .at("matches nothing");
    match suggest::closest(&wanted.replace('`', "\""), known.iter().map(String::as_str)) {
        Some(close) => diagnostic.help(format!("did you mean `{close}`?")).fix(head, close),
        None if known.is_empty() => diagnostic,
        None => diagnostic.help(format!("the kind emits {}", known.join(", "))),
    }
}
