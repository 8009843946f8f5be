//! The second phase: parameters, lets and outputs of instances, each computed at most once.

use std::collections::HashMap;
use std::rc::Rc;

use super::context::{Evaluator, Scope, Slot};
use super::declare::Layer;
use super::model::InstanceId;
use super::value::{self, Value, ValueKind};
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::resolve::Member;
use crate::source::Span;
use crate::syntax::ast::{self, EntryKind, KeyKind};
use crate::types::KindId;

/// Attributes that the compiler itself understands, beside the parameters of a kind.
pub(super) const RESERVED: [&str; 6] = ["name", "pods", "serves", "listens", "secrets", "external"];

impl<'a> Evaluator<'a> {
    /// Forces every parameter and output of every instance, so that faults show whether or not anybody reads them.
    pub(super) fn force_everything(&mut self) {
        for index in 0..self.instances.len() {
            let id = InstanceId(u32::try_from(index).unwrap_or(u32::MAX));
            match self.instances[index].kind {
                Some(kind) => self.for_instance(id, |this| this.force(id, kind)),
                // What it is made of is not known, or it would have been told which kind that is.
                None => {
                    self.faulty.insert(id);
                }
            }
        }
        let files: Vec<usize> =
            (0..self.program.files.len()).filter(|file| self.program.files[*file].module == 0).collect();
        for file in files {
            for item in &self.program.files[file].tree.items {
                let name = match &item.kind {
                    ast::ItemKind::Let(item) => &item.name,
                    ast::ItemKind::Input(item) => &item.name,
                    _ => continue,
                };
                self.name(&Scope::file(file), &name.text, name.span);
            }
        }
    }

    fn force(&mut self, id: InstanceId, kind: KindId) {
        if self.instances[id.0 as usize].layers.iter().any(|layer| layer.data.is_torn) {
            self.at_fault.insert(id);
            self.stumble();
        }
        self.refuse_unknown_attributes(id, kind);
        self.refuse_unknown_listeners(id, kind);
        let program = self.program;
        for (name, member) in &program.kinds[kind.0].members {
            if !matches!(member, Member::Let { .. }) {
                let span = self.instances[id.0 as usize].span;
                if self.instance_member(id, member, name, span).is_poison() {
                    self.stumble();
                }
            }
        }
        for reserved in ["pods", "serves", "listens", "external"] {
            if self.attribute(id, reserved).is_some_and(|value| value.is_poison()) {
                self.stumble();
            }
        }
    }

    fn refuse_unknown_attributes(&mut self, id: InstanceId, kind: KindId) {
        let layers = self.instances[id.0 as usize].layers.clone();
        for layer in &layers {
            self.refuse_duplicates(layer);
            for located in &layer.data.located {
                match &located.entry.kind {
                    EntryKind::Attribute(attribute) => self.refuse_unknown_attribute(id, kind, layer, attribute),
                    EntryKind::Parameter(_) | EntryKind::Let(_) | EntryKind::Output(_)
                        if layer.scope.kind.is_some() =>
                    {
                        if !located.guards.is_empty() {
                            self.misplaced(located.entry, "an `if` or `for` of a kind");
                        }
                    }
                    EntryKind::Emit(_) | EntryKind::Edge(_) | EntryKind::Require(_) => {}
                    EntryKind::Accept(_) if layer.scope.kind.is_none() => {}
                    EntryKind::Parameter(parameter) => {
                        let name = &parameter.name.text;
                        let class = self.instances[id.0 as usize].class.word();
                        self.report(
                            Diagnostic::error(
                                codes::MISPLACED,
                                parameter.name.span,
                                format!("a {class} does not declare parameters"),
                            )
                            .at("`:` gives a type")
                            .help(format!("write `{name} = …` to give a value")),
                        );
                    }
                    _ => {
                        let place = if layer.scope.kind.is_some() { "a kind" } else { "the body of an instance" };
                        self.misplaced(located.entry, place);
                    }
                }
            }
        }
    }

    /// Outputs go through a listener that some statement of the instance declares, be it under a condition.
    fn refuse_unknown_listeners(&mut self, id: InstanceId, kind: KindId) {
        let mut names: Vec<&str> = Vec::new();
        for layer in &self.instances[id.0 as usize].layers {
            for index in layer.data.under("listens") {
                let EntryKind::Attribute(attribute) = &layer.data.located[*index].entry.kind else { continue };
                match attribute.path.get(1).map(|key| &key.kind) {
                    Some(KeyKind::Name(name)) => names.push(name),
                    // Computed names are known when they are computed.
                    _ => return,
                }
            }
        }
        let program = self.program;
        for member in program.kinds[kind.0].members.values() {
            let Member::Output { entry, .. } = member else { continue };
            let Some(via) = entry.via.as_ref().filter(|via| !names.contains(&via.text.as_str())) else { continue };
            let mut diagnostic =
                Diagnostic::error(codes::NO_LISTENER, via.span, format!("there is no listener `{}`", via.text))
                    .at("not declared");
            if let Some(close) = suggest::closest(&via.text, names.iter().copied()) {
                diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(via.span, close);
            }
            self.report(diagnostic);
        }
    }

    /// Two statements of one body about the same thing, of which the earlier would never count. Conditions may exclude
    /// each other, so only unconditional statements are held against each other.
    fn refuse_duplicates(&mut self, layer: &Layer<'a>) {
        let mut seen: HashMap<Vec<&str>, Span> = HashMap::new();
        for located in &layer.data.located {
            let EntryKind::Attribute(attribute) = &located.entry.kind else { continue };
            if attribute.also || !located.guards.is_empty() {
                continue;
            }
            let words = attribute.path.iter().map(|key| match &key.kind {
                KeyKind::Name(name) => Some(name.as_str()),
                KeyKind::String(_) => None,
            });
            let (Some(path), Some(last)) = (words.collect::<Option<Vec<&str>>>(), attribute.path.last()) else {
                continue;
            };
            // Records merge, so several of them may add to the same parameter.
            let is_record = matches!(attribute.value.kind, ast::ExpressionKind::Record(_));
            match seen.get(&path) {
                Some(first) if !is_record => {
                    let diagnostic = super::record::duplicate_key(&path.join("."), last.span, *first, "one body");
                    self.report(diagnostic);
                }
                _ => {
                    seen.insert(path, last.span);
                }
            }
        }
    }

    fn refuse_unknown_attribute(
        &mut self,
        id: InstanceId,
        kind: KindId,
        layer: &Layer<'a>,
        attribute: &'a ast::Attribute,
    ) {
        let Some(key) = attribute.path.first() else { return };
        let KeyKind::Name(name) = &key.kind else {
            self.report(
                Diagnostic::error(codes::UNKNOWN_FIELD, key.span, "a quoted key is no parameter")
                    .help("parameters are set by their bare names"),
            );
            return;
        };
        let info = &self.program.kinds[kind.0];
        // A kind's own attributes may set the parameters of its ancestors; a stranger's are checked against the whole chain.
        let visible = layer.scope.kind.map_or(&info.members, |kind| &self.program.kinds[kind.0].members);
        let known =
            matches!(visible.get(name.as_str()), Some(Member::Parameter { .. })) || RESERVED.contains(&name.as_str());
        if known {
            return;
        }
        let kind_name = &info.item.name.text;
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_FIELD, key.span, format!("`{kind_name}` has no parameter `{name}`"))
                .at("not declared by the kind");
        let parameters =
            visible.iter().filter(|(_, member)| matches!(member, Member::Parameter { .. })).map(|(name, _)| *name);
        if matches!(visible.get(name.as_str()), Some(Member::Output { .. } | Member::Let { .. })) {
            diagnostic = diagnostic
                .help(format!("the kind computes `{name}` itself; set the parameters that it is computed from"));
        } else if let Some(close) = suggest::closest(name, parameters.chain(RESERVED)) {
            diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(key.span, close);
        } else {
            let own = self.instances[id.0 as usize].span;
            diagnostic = diagnostic.label(own, format!("of kind `{kind_name}`"));
        }
        self.report(diagnostic);
    }

    /// The name in the cluster.
    pub(super) fn emitted_name(&mut self, id: InstanceId) -> Rc<str> {
        let fallback = self.instances[id.0 as usize].name.clone();
        match self.attribute(id, "name") {
            Some(Value { kind: ValueKind::String(name), .. }) => name,
            Some(value) if !value.is_poison() => {
                self.mismatch("`name` is a String", &value);
                fallback
            }
            _ => fallback,
        }
    }

    /// What the layers say under one of the reserved keys, merged; nothing where none says anything.
    pub(super) fn attribute(&mut self, id: InstanceId, key: &'static str) -> Option<Value> {
        let name = || format!("{}.{key}", self.instances[id.0 as usize].name);
        let span = self.instances[id.0 as usize].span;
        match self.instances[id.0 as usize].attributes.get(key) {
            Some(Some(known)) => return known.clone(),
            // It is being computed further up.
            Some(None) => {
                let name = name();
                return Some(self.circle(&name, span));
            }
            None => {}
        }
        let name = name();
        self.instances[id.0 as usize].attributes.insert(key, None);
        let mut result = None;
        self.within(name, span, |this| {
            result = this.stated(id, key);
            Value::none(span)
        });
        self.instances[id.0 as usize].attributes.insert(key, Some(result.clone()));
        result
    }

    /// A parameter, let or output of an instance.
    pub(super) fn instance_member(&mut self, id: InstanceId, member: &Member<'a>, name: &'a str, span: Span) -> Value {
        let index = id.0 as usize;
        match self.instances[index].slots.get(name) {
            Some(Slot::Done(value)) => return value.clone(),
            Some(Slot::Running) => {
                let shown = format!("{}.{name}", self.instances[index].name);
                return self.circle(&shown, span);
            }
            None => {}
        }
        self.instances[index].slots.insert(name, Slot::Running);
        let shown = format!("{}.{name}", self.instances[index].name);
        self.at.push(id);
        let value = self.within(shown, span, |this| this.compute_member(id, member, name));
        self.at.pop();
        self.instances[index].slots.insert(name, Slot::Done(value.clone()));
        value
    }

    fn compute_member(&mut self, id: InstanceId, member: &Member<'a>, name: &str) -> Value {
        match member {
            Member::Parameter { kind, declaration, ty } => {
                let scope = self.kind_scope(id, *kind);
                let stated = self.stated(id, name);
                let missing = stated.as_ref().is_none_or(Value::is_none);
                let value = match (stated, &declaration.default) {
                    (Some(value), Some(default)) if matches!(value.kind, ValueKind::Record(_)) => {
                        value::merge(&self.eval(&scope, default), &value)
                    }
                    // `none` takes a default away where the type allows it.
                    (Some(value), _) if !missing || ty.is_optional() => value,
                    (_, Some(default)) => self.eval(&scope, default),
                    (_, None) if ty.is_optional() => Value::none(self.instances[id.0 as usize].span),
                    (_, None) => return self.missing_parameter(id, declaration),
                };
                let before = std::mem::take(&mut self.diagnostics);
                let value = self.coerce(value, ty, &format!("`{name}`"));
                let value = self.constrain(value, declaration, &scope);
                let found = std::mem::replace(&mut self.diagnostics, before);
                if !found.is_empty() {
                    self.report_at_statement(id, name, found);
                }
                value
            }
            Member::Let { kind, item } => {
                let scope = self.kind_scope(id, *kind);
                let value = self.eval(&scope, &item.value);
                match &item.ty {
                    Some(ty) => {
                        let mut diagnostics = std::mem::take(&mut self.diagnostics);
                        let ty = self.program.resolve_type(scope.file, ty, &mut diagnostics);
                        self.diagnostics = diagnostics;
                        self.coerce(value, &ty, &format!("`{name}`"))
                    }
                    None => value,
                }
            }
            Member::Output { kind, entry, ty } => {
                let scope = self.kind_scope(id, *kind);
                let value = self.eval(&scope, &entry.value);
                self.coerce(value, ty, &format!("the output `{name}`"))
            }
        }
    }

    /// Reports what is wrong with a value, and where it is given to the instance when it comes from elsewhere.
    fn report_at_statement(&mut self, id: InstanceId, name: &str, found: Diagnostics) {
        let given = self.statement(id, name).map(|(attribute, _)| attribute.value.span);
        let owner = self.instances[id.0 as usize].name.clone();
        for diagnostic in found {
            let guilty = diagnostic.primary.span;
            let diagnostic = match given {
                Some(given) if given.to(guilty) != given => diagnostic.label(given, format!("given to `{owner}` here")),
                _ => diagnostic,
            };
            self.report(diagnostic);
        }
    }

    pub(super) fn kind_scope(&self, id: InstanceId, kind: KindId) -> Scope<'a> {
        Scope { file: self.program.kinds[kind.0].file, instance: Some(id), kind: Some(kind), locals: None }
    }

    fn missing_parameter(&mut self, id: InstanceId, declaration: &'a ast::Parameter) -> Value {
        let state = &self.instances[id.0 as usize];
        let (class, owner, span) = (state.class.title(), state.name.clone(), state.span);
        let name = &declaration.name.text;
        let message = if matches!(name.as_str(), "cpu" | "memory") {
            format!("the {class} `{owner}` states no `{name}`, so nothing can be proved about it")
        } else {
            format!("the {class} `{owner}` lacks `{name}`")
        };
        let example = match name.as_str() {
            "cpu" => "cpu = 250m..1".to_owned(),
            "memory" => "memory = 256Mi..1Gi".to_owned(),
            name => format!("{name} = …"),
        };
        let mut help = format!("add `{example}`");
        if let Some(docs) = &declaration.docs {
            help = format!("{help}: {}", docs.lines().next().unwrap_or_default().trim_end_matches('.'));
        }
        self.fault(
            Diagnostic::error(codes::MISSING_FIELD, span, message)
                .at(format!("`{name}` is not given"))
                .label(declaration.name.span, "has no default")
                .help(help),
        )
    }

    /// What the layers state for a key, the later on top: records merge downwards until something else stands in the way.
    fn stated(&mut self, id: InstanceId, key: &str) -> Option<Value> {
        let mut result: Option<Value> = None;
        for position in (0..self.instances[id.0 as usize].layers.len()).rev() {
            let layer = &self.instances[id.0 as usize].layers[position];
            if layer.data.under(key).is_empty() {
                continue;
            }
            let layer = layer.clone();
            let scope = Scope { instance: Some(id), ..layer.scope.clone() };
            for index in layer.data.under(key).iter().rev() {
                let located = &layer.data.located[*index];
                let EntryKind::Attribute(attribute) = &located.entry.kind else { continue };
                if attribute.also {
                    continue;
                }
                for inner in self.scopes_of_entry(&scope, located).iter().rev() {
                    if result.as_ref().is_some_and(|value| !matches!(value.kind, ValueKind::Record(_))) {
                        return result;
                    }
                    let Some(path) = self.path(inner, &attribute.path[1..]) else { continue };
                    let value = value::nest(&path, self.eval(inner, &attribute.value));
                    result = Some(match result {
                        Some(above) => value::merge(&value, &above),
                        None => value,
                    });
                }
            }
        }
        result
    }

    /// The statement that won for a key: its place and the `@` behind it.
    pub(super) fn statement(&self, id: InstanceId, key: &str) -> Option<(&'a ast::Attribute, Layer<'a>)> {
        let state = &self.instances[id.0 as usize];
        for layer in state.layers.iter().rev() {
            for index in layer.data.under(key).iter().rev() {
                if let EntryKind::Attribute(attribute) = &layer.data.located[*index].entry.kind
                    && !attribute.also
                {
                    return Some((attribute, layer.clone()));
                }
            }
        }
        None
    }

    /// The name of the listener that an edge to an instance goes to unless it says otherwise.
    pub(super) fn first_listener(&mut self, id: InstanceId) -> Option<Rc<str>> {
        let listens = self.attribute(id, "listens")?;
        listens.as_record()?.keys().next().cloned()
    }
}
