//! Changes as edits of the sources: what to replace by what, so that a tool can make them and a test can hold their promise.

use super::cast::{Cast, amount_span};
use super::refusal::request_span;
use crate::data::Node;
use crate::diag::Fix;
use crate::fit::read::demand::Load;
use crate::fit::words::typed_amount;
use crate::fit::{Change, ChangeKind};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{
    Attribute, Body, Entry, EntryKind, Environment, Expression, ExpressionKind, File, Instance, ItemKind, KeyKind,
    StringPart,
};

/// The replacements that make a change, which belong together; none where no text states what changes as it is: an amount
/// that is computed, a workload of another environment, an object that a library writes.
pub(super) fn of(cast: &Cast<'_>, change: &Change) -> Vec<Fix> {
    made(cast, change).unwrap_or_default()
}

fn made(cast: &Cast<'_>, change: &Change) -> Option<Vec<Fix>> {
    let text = change.to.to_string();
    let load = cast.load(&change.what).filter(|load| load.owner.neighbour.is_none());
    let literal = |span: Span, text: String| Literals { cast }.replaced(span, text).map(|fix| vec![fix]);
    match change.kind {
        ChangeKind::Replicas => {
            let load = load?;
            let scale = &load.workload.scale;
            if cast.sources.is_library(scale.peak.span) {
                return replicas(cast, load, &text);
            }
            // Both ends are one line where the range would end before it begins.
            let least = (scale.autoscaled && scale.steady.value > change.to).then_some(scale.steady.span);
            let mut fixes = literal(scale.peak.span, text.clone())?;
            if let Some(least) = least {
                fixes.extend(literal(least, text)?);
            }
            Some(fixes)
        }
        ChangeKind::Least => match load?.workload.scale.steady.span {
            span if cast.sources.is_library(span) => replicas(cast, load?, &text),
            span => literal(span, text),
        },
        ChangeKind::Request(resource) => literal(request_span(load?, resource), typed_amount(resource, change.to)),
        ChangeKind::Quota(key) => {
            let quota = cast.object_of("ResourceQuota", &change.what)?;
            literal(quota.body.at(&["spec", "hard", key]).map(Node::span)?, typed_amount(key, change.to))
        }
        ChangeKind::Node(resource) => {
            let node = cast.node(&change.what)?;
            let (span, amount) = (amount_span(node, resource), typed_amount(resource, change.to));
            if span != node.span {
                return literal(span, amount);
            }
            Files::read(cast.sources).stated(cast, node.span, &[(resource, &amount)])
        }
        ChangeKind::Nodes => Files::read(cast.sources).stated(cast, cast.node(&change.what)?.span, &[("count", &text)]),
        ChangeKind::InPlace => {
            let files = Files::read(cast.sources);
            let mut fixes = Vec::new();
            for name in std::iter::once(&change.what).chain(&change.also) {
                let load = cast.load(name).filter(|load| load.owner.neighbour.is_none())?;
                // Kinds of their own say it in their own words.
                let is_known = name.starts_with("Deployment") && cast.is_of(load, &["web"]);
                let parameters: &[(&str, &str)] = &[("surge", "0"), ("unavailable", "1")];
                fixes.extend(files.stated(cast, cast.instance_span(load), is_known.then_some(parameters)?)?);
            }
            Some(fixes)
        }
        ChangeKind::Spread | ChangeKind::Ordered => {
            let load = load.filter(|load| cast.is_of(load, &["web", "stateful"]))?;
            let parameter =
                if change.kind == ChangeKind::Spread { ("spread", "\"hard\"") } else { ("ordered", "true") };
            Files::read(cast.sources).stated(cast, cast.instance_span(load), &[parameter])
        }
        ChangeKind::OneAtATime | ChangeKind::Kept => {
            let load = load.filter(|load| cast.is_of(load, &["web", "stateful"]))?;
            let kept = if change.kind == ChangeKind::Kept { text.as_str() } else { "none" };
            let parameters = [("min-available", kept), ("max-unavailable", "1")];
            let parameters = if change.kind == ChangeKind::Kept { &parameters[..1] } else { &parameters };
            Files::read(cast.sources).stated(cast, cast.instance_span(load), parameters)
        }
        // No kind of the library has a parameter for it.
        ChangeKind::Recreated => None,
    }
}

/// Another count of pods than the default of a kind of the library, stated where the kind is used.
fn replicas(cast: &Cast<'_>, load: &Load, count: &str) -> Option<Vec<Fix>> {
    // Where it is scaled, a default is one end of a range that the kind makes itself.
    let is_known = !load.workload.scale.autoscaled && cast.is_of(load, &["web", "stateful"]);
    let parameter = is_known.then_some(("replicas", count))?;
    Files::read(cast.sources).stated(cast, cast.instance_span(load), &[parameter])
}

/// Amounts that are replaced where they stand.
struct Literals<'a> {
    cast: &'a Cast<'a>,
}

impl Literals<'_> {
    fn replaced(&self, span: Span, text: String) -> Option<Fix> {
        let sources = self.cast.sources;
        if span.is_none() || sources.is_library(span) {
            return None;
        }
        let typed = sources.text(span);
        let quote = if typed.starts_with('"') { "\"" } else { "" };
        let bare = typed.trim_matches('"');
        let is_amount = bare.starts_with(|first: char| first.is_ascii_digit())
            && bare.chars().all(|one| one.is_ascii_alphanumeric() || one == '.')
            && !bare.contains("..");
        is_amount.then(|| Fix { span, replacement: format!("{quote}{text}{quote}"), word: None })
    }
}

/// The sources of the author, parsed.
struct Files {
    files: Vec<File>,
}

impl Files {
    fn read(sources: &SourceMap) -> Self {
        let own = sources.iter().filter(|(_, source)| !source.name.starts_with("<std/"));
        Self { files: own.map(|(id, source)| crate::syntax::parse(id, &source.text).0).collect() }
    }

    /// Attributes of what is declared at a place: replaced where they are stated, in the environment first, or else added.
    fn stated(&self, cast: &Cast<'_>, place: Span, attributes: &[(&str, &str)]) -> Option<Vec<Fix>> {
        let file = self.files.iter().find(|file| file.source == place.source)?;
        let bodies = file.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Instance(instance) => Some(instance),
            _ => None,
        });
        let body = bodies.filter_map(|instance| within(instance, place)).next()?;
        let name = cast.sources.text(place).trim_matches('"').to_owned();
        let patches = self.patches(cast.environment(), &name);
        let mut added = Vec::new();
        let mut fixes = Vec::new();
        for (key, value) in attributes {
            let stated = patches.iter().copied().chain([body]).find_map(|body| attribute(body, key));
            match stated {
                Some(stated) => {
                    fixes.push(Fix { span: stated.value.span, replacement: (*value).to_owned(), word: None });
                }
                None => added.push(format!("{key} = {value}")),
            }
        }
        if !added.is_empty() {
            let at = body.span.start as usize + 1;
            let separator = if body.entries.is_empty() { " " } else { "," };
            let replacement = format!(" {}{separator}", added.join(", "));
            fixes.push(Fix { span: Span::new(body.span.source, at, at), replacement, word: None });
        }
        Some(fixes)
    }

    /// What an environment says of an instance.
    fn patches(&self, environment: Option<&str>, name: &str) -> Vec<&Body> {
        let meant =
            |item: &ItemKind| matches!(item, ItemKind::Environment(one) if Some(one.name.text.as_str()) == environment);
        let environments = self.files.iter().flat_map(|file| &file.items).filter(|item| meant(&item.kind));
        let entries = environments.flat_map(|item| match &item.kind {
            ItemKind::Environment(Environment { body, .. }) => body.entries.as_slice(),
            _ => &[],
        });
        let reopened = entries.filter_map(|entry| match &entry.kind {
            EntryKind::Instance(instance) if is_called(&instance.name, name) => Some(&instance.body),
            _ => None,
        });
        reopened.collect()
    }
}

fn is_called(expression: &Expression, name: &str) -> bool {
    match &expression.kind {
        ExpressionKind::Name(word) => word == name,
        ExpressionKind::String(parts) => matches!(parts.as_slice(), [StringPart::Text(text, ..)] if text == name),
        _ => false,
    }
}

/// The body of what is called at a place: an instance, or a node type of it.
fn within(instance: &Instance, place: Span) -> Option<&Body> {
    if instance.name.span == place {
        return Some(&instance.body);
    }
    let nested = |entry: &Entry| match &entry.kind {
        EntryKind::Attribute(one) => one.path.iter().any(|key| key.span == place),
        _ => false,
    };
    instance.body.entries.iter().filter(|entry| nested(entry)).find_map(|entry| match &entry.kind {
        EntryKind::Attribute(Attribute { value: Expression { kind: ExpressionKind::Record(body), .. }, .. }) => {
            Some(body)
        }
        _ => None,
    })
}

fn attribute<'a>(body: &'a Body, key: &str) -> Option<&'a Attribute> {
    body.entries.iter().find_map(|entry| match &entry.kind {
        EntryKind::Attribute(one) if !one.also => {
            let is_it =
                matches!(one.path.as_slice(), [only] if matches!(&only.kind, KeyKind::Name(name) if name == key));
            is_it.then_some(one)
        }
        _ => None,
    })
}
