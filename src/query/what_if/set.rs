//! `--set api.replicas=4..40`: from a path to the patch that a test would write.

use super::{Fault, Question};
use crate::compile::is_text;
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::eval::model::{Hardware, Instance};
use crate::resolve::{self, Loaded};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{ExpressionKind, InstanceClass, ItemKind};
use crate::world::World;
use crate::{Compilation, Options, Patch, View, hardware};

type Pair = (String, String);

/// What the first word of a path may name.
enum Named {
    /// Without a default: the platform as it is needs a value, too.
    Input {
        is_needed: bool,
    },
    Let {
        is_text: bool,
    },
    Hardware,
}

/// Knows what the sources declare beside instances, which depend on the environment.
pub(super) struct Resolver<'q> {
    question: &'q Question,
    /// Name, what it is, and the source that declares it.
    names: Vec<(String, Named, String)>,
    sources: SourceMap,
    diagnostics: Diagnostics,
}

impl<'q> Resolver<'q> {
    pub(super) fn new(world: &dyn World, question: &'q Question) -> Result<Self, Box<Fault>> {
        let mut sources = SourceMap::default();
        let (loaded, diagnostics) = resolve::load(world, &mut sources);
        if diagnostics.has_errors() {
            return Err(Box::new(Fault { sources, diagnostics }));
        }
        let names = names(&loaded, &sources);
        Ok(Self { question, names, sources, diagnostics: Diagnostics::default() })
    }

    fn find(&self, name: &str) -> Option<&(String, Named, String)> {
        self.names.iter().find(|(known, ..)| known == name)
    }

    /// Values without which the platform cannot be compiled at all.
    pub(super) fn needed_inputs(&self) -> Vec<Pair> {
        let is_needed = |name: &str| matches!(self.find(name), Some((_, Named::Input { is_needed: true }, _)));
        self.question.set.iter().filter(|(name, _)| is_needed(name)).cloned().collect()
    }

    /// The patches and inputs of all changes.
    pub(super) fn patches(
        &mut self,
        world: &dyn World,
        before: &Compilation,
        options: &Options,
    ) -> Result<(Vec<Patch>, Vec<Pair>), Box<Fault>> {
        let (mut patches, mut inputs) = (Vec::new(), Vec::new());
        for (path, value) in &self.question.set {
            match self.patch(path, value, world, before, options) {
                Ok(Some(patch)) => patches.push(patch),
                Ok(None) => inputs.push((path.clone(), value.clone())),
                Err(refusal) => self.diagnostics.push(*refusal),
            }
        }
        if self.diagnostics.is_empty() {
            return Ok((patches, inputs));
        }
        let (sources, diagnostics) = (std::mem::take(&mut self.sources), std::mem::take(&mut self.diagnostics));
        Err(Box::new(Fault { sources, diagnostics }))
    }

    /// The patch of one change; none for an input, which has a way of its own.
    fn patch(
        &mut self,
        path: &str,
        value: &str,
        world: &dyn World,
        before: &Compilation,
        options: &Options,
    ) -> Result<Option<Patch>, Box<Diagnostic>> {
        let title = format!("--set {path}");
        let id = self.sources.add(title.as_str(), format!("{path}={value}"));
        let span = Span::new(id, 0, path.len());
        let all = || before.views.iter().chain(&before.neighbours);
        let everywhere = || all().map(|view| view.model.environment.clone()).collect();
        if let Some((instance, rest)) = instance(path, all()) {
            let class = instance.class.word();
            if rest.is_empty() {
                return Err(incomplete(span, &format!("`{path}` is a {class}"), &format!("{path}.replicas=4..40")));
            }
            let text = format!("{class} {} {{ {rest} = {value} }}", quoted_name(&instance.name));
            let has = |view: &&View| view.model.instances.iter().any(|other| other.name == instance.name);
            let environments = all().filter(has).map(|view| view.model.environment.clone()).collect();
            let beside = before.sources.get(instance.span.source).map(|source| source.name.clone());
            return Ok(Some(Patch { title, text, environments, beside }));
        }
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        let Some((name, named, source)) = self.names.iter().find(|(known, ..)| known == first) else {
            return Err(self.unknown(first, span, all()));
        };
        let beside = Some(source.clone());
        match named {
            Named::Input { .. } | Named::Let { .. } if !rest.is_empty() => {
                let message = format!("`{name}` is a value as a whole, without `{rest}`");
                Err(Box::new(
                    Diagnostic::error(codes::UNKNOWN_NAME, span, message).help(format!("write `--set {name}=…`")),
                ))
            }
            Named::Input { .. } => Ok(None),
            Named::Let { is_text } => {
                let value =
                    if *is_text && !value.trim_start().starts_with('"') { quoted(value) } else { value.to_owned() };
                Ok(Some(Patch { title, text: format!("let {name} = {value}"), environments: everywhere(), beside }))
            }
            Named::Hardware => {
                let rest = node_path(name, rest, span, &nodes(world, options, name))?;
                let text = format!("hardware {name} {{ node.{rest} = {value} }}");
                Ok(Some(Patch { title, text, environments: everywhere(), beside }))
            }
        }
    }

    fn unknown<'a>(&self, first: &str, span: Span, views: impl Iterator<Item = &'a View>) -> Box<Diagnostic> {
        let span = Span::new(span.source, 0, first.len());
        let message = format!("there is no component, namespace, let, input or hardware `{first}`");
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, span, message).at("not declared");
        let instances: Vec<&str> =
            views.flat_map(|view| &view.model.instances).map(|instance| instance.name.as_str()).collect();
        let others = self.names.iter().map(|(name, ..)| name.as_str());
        let close = suggest::closest(first, instances.into_iter().chain(others));
        Box::new(match close {
            Some(close) => diagnostic.help(format!("did you mean `{close}`?")).fix(span, close),
            None => diagnostic.help("the first word names what is changed, as in `--set api.replicas=4..40`"),
        })
    }
}

fn incomplete(span: Span, what: &str, example: &str) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, span, format!("{what}; say what of it is changed"));
    Box::new(diagnostic.at("something is missing behind this").help(format!("such as `--set {example}`")))
}

fn names(loaded: &Loaded, sources: &SourceMap) -> Vec<(String, Named, String)> {
    let mut names = Vec::new();
    for file in loaded.modules.first().into_iter().flat_map(|module| module.files.iter()) {
        let source = sources.get(file.source).map(|source| source.name.clone()).unwrap_or_default();
        for item in &file.items {
            let (name, named) = match &item.kind {
                ItemKind::Input(input) => (&input.name.text, Named::Input { is_needed: input.default.is_none() }),
                ItemKind::Let(item) => {
                    (&item.name.text, Named::Let { is_text: is_text(item.ty.as_ref(), Some(&item.value)) })
                }
                ItemKind::Instance(instance) if instance.class == InstanceClass::Hardware => {
                    match &instance.name.kind {
                        ExpressionKind::Name(name) => (name, Named::Hardware),
                        _ => continue,
                    }
                }
                _ => continue,
            };
            names.push((name.clone(), named, source.clone()));
        }
    }
    names
}

/// The instance that a path begins with, and what is behind it. Hosts have dots in their names, so the longest counts.
fn instance<'a, 'p>(path: &'p str, views: impl Iterator<Item = &'a View>) -> Option<(&'a Instance, &'p str)> {
    let behind = |instance: &'a Instance| {
        let rest = path.strip_prefix(instance.name.as_str())?;
        let rest = if rest.is_empty() { Some("") } else { rest.strip_prefix('.') };
        Some((instance, rest?))
    };
    let mut found: Vec<(&Instance, &str)> = views.flat_map(|view| &view.model.instances).filter_map(behind).collect();
    found.sort_by_key(|(instance, _)| std::cmp::Reverse(instance.name.len()));
    found.first().copied()
}

/// The hardware as it is, for its names.
fn nodes(world: &dyn World, options: &Options, name: &str) -> Option<Hardware> {
    let options = Options { inputs: options.inputs.clone(), ..Options::default() };
    hardware(world, &options, Some(name), &mut SourceMap::default()).0
}

/// `host.memory`, or `host.disk.nvme.size` for `host.nvme`, as budgets write it.
fn node_path(name: &str, rest: &str, span: Span, hardware: &Option<Hardware>) -> Result<String, Box<Diagnostic>> {
    let Some((node, attribute)) = rest.split_once('.').filter(|(_, attribute)| !attribute.is_empty()) else {
        let node = hardware.as_ref().and_then(|hardware| hardware.nodes.first()).map_or("host", |node| &node.name);
        return Err(incomplete(span, &format!("`{name}` is hardware"), &format!("{name}.{node}.memory=256GB")));
    };
    // Hardware with faults is told about by the compilation.
    let Some(hardware) = hardware else { return Ok(rest.to_owned()) };
    let Some(found) = hardware.nodes.iter().find(|other| other.name == node) else {
        let message = format!("the hardware `{name}` has no node `{node}`");
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, span, message).at("not declared");
        let names = || hardware.nodes.iter().map(|node| node.name.as_str());
        return Err(Box::new(match suggest::closest(node, names()) {
            Some(close) => diagnostic.help(format!("did you mean `{name}.{close}.{attribute}`?")),
            None => diagnostic.help(format!("there is {}", names().collect::<Vec<_>>().join(", "))),
        }));
    };
    if found.disks.iter().any(|disk| disk.name == attribute) {
        return Ok(format!("{node}.disk.{attribute}.size"));
    }
    Ok(rest.to_owned())
}

fn quoted_name(name: &str) -> String {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if starts && name.chars().all(is_word) { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
