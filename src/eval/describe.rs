//! The model of what has been forced: instances, hardware, budgets, acceptances, restatements.

use std::rc::Rc;

use super::context::{Evaluator, Scope};
use super::model::{self, InstanceId, Model, Needed, PodGroup, Statement};
use super::value::{self, Value, ValueKind};
use crate::diag::{Diagnostic, codes, suggest};
use crate::resolve::Member;
use crate::source::Span;
use crate::syntax::ast::{EntryKind, InstanceClass, KeyKind};

impl<'a> Evaluator<'a> {
    pub(super) fn describe(&mut self) -> Model {
        let (hardware, is_sound) = self.watched(Self::hardware);
        self.has_faulty_hardware = !is_sound;
        let mut model = Model {
            environment: self.environment.map(|environment| environment.name.text.clone()),
            system: "platform".to_owned(),
            hardware,
            fit: self.fit(),
            ..Model::default()
        };
        for index in 0..self.instances.len() {
            let id = InstanceId(u32::try_from(index).unwrap_or(u32::MAX));
            let instance = self.for_instance(id, |this| this.describe_instance(id));
            if instance.class == InstanceClass::System {
                model.system.clone_from(&instance.emitted_name);
            }
            model.instances.push(instance);
            self.for_instance(id, |this| this.restatements(id, &mut model));
        }
        for index in 0..self.instances.len() {
            let id = InstanceId(u32::try_from(index).unwrap_or(u32::MAX));
            self.for_instance(id, |this| this.entry(id, &mut model));
        }
        self.budgets(&mut model);
        self.acceptances(&mut model);
        model
    }

    /// What the environment demands, else what the system does.
    fn fit(&mut self) -> model::Fit {
        let choices = [model::Fit::Guaranteed, model::Fit::Possible];
        let stated = match self.fit {
            Some((file, expression)) => {
                let value = self.eval(&Scope::file(file), expression);
                self.choose(value, &choices.map(model::Fit::key), "`fit`")
            }
            None => {
                let system = self.instances.iter().position(|state| state.class == InstanceClass::System);
                let value = system.and_then(|index| u32::try_from(index).ok());
                match value.and_then(|index| self.parameter(InstanceId(index), "fit")) {
                    Some(value) => value,
                    None => return model::Fit::default(),
                }
            }
        };
        choices.into_iter().find(|choice| stated.as_str() == Some(choice.key())).unwrap_or_default()
    }

    fn describe_instance(&mut self, id: InstanceId) -> model::Instance {
        let index = id.0 as usize;
        let state = &self.instances[index];
        let (class, name, span, docs, kind) =
            (state.class, state.name.to_string(), state.span, state.docs.map(str::to_owned), state.kind);
        let kinds = kind.map_or_else(Vec::new, |kind| {
            let chain = self.program.kinds[kind.0].chain.iter().rev();
            chain.map(|kind| self.program.kinds[kind.0].item.name.text.clone()).collect()
        });
        let namespace = match class {
            InstanceClass::Namespace => Some(self.emitted_name(id).to_string()),
            _ => self.namespace_of(id),
        };
        let spec = self.parameter(id, "spec").and_then(|value| value.as_str().map(str::to_owned));
        let external = self.attribute(id, "external").is_some_and(|value| matches!(value.kind, ValueKind::Bool(true)));
        let groups = self.groups(id);
        let listeners = self.listeners(id, &groups);
        let members = self.members(id, class);
        let emitted_name = match class {
            // The name of an entry point in the source is its host, which no object may have.
            InstanceClass::Expose => super::builtin::slug(&self.emitted_name(id)),
            _ => self.emitted_name(id).to_string(),
        };
        model::Instance {
            class,
            name,
            emitted_name,
            kinds,
            namespace,
            span,
            docs,
            spec,
            external,
            groups,
            listeners,
            members,
            wave: 0,
        }
    }

    /// A parameter of an instance, where its kind declares one of that name.
    pub(super) fn parameter(&mut self, id: InstanceId, name: &'static str) -> Option<Value> {
        let kind = self.instances[id.0 as usize].kind?;
        let member = self.program.kinds[kind.0].members.get(name)?;
        let span = self.instances[id.0 as usize].span;
        let value = self.instance_member(id, member, name, span);
        (!value.is_poison() && !value.is_none()).then_some(value)
    }

    fn namespace_of(&mut self, id: InstanceId) -> Option<String> {
        let value = self.parameter(id, "namespace")?;
        match value.kind {
            ValueKind::Instance(namespace) => Some(self.emitted_name(namespace).to_string()),
            ValueKind::String(text) => Some(text.to_string()),
            _ => None,
        }
    }

    fn groups(&mut self, id: InstanceId) -> Vec<PodGroup> {
        let serves = self.attribute(id, "serves");
        let pods = self.attribute(id, "pods");
        let mut groups = Vec::new();
        for (name, (span, labels)) in pods.as_ref().and_then(Value::as_record).into_iter().flatten() {
            let Some(labels) = labels.as_record() else {
                if !labels.is_poison() {
                    self.mismatch("a group of pods is named by a record of labels", labels);
                }
                continue;
            };
            let labels = labels
                .iter()
                .filter_map(|(key, (_, value))| Some((key.to_string(), value.as_str()?.to_owned())))
                .collect();
            let share = serves.as_ref().and_then(Value::as_record).and_then(|record| record.get(name));
            let needed = share.and_then(|(_, share)| self.needed(share));
            groups.push(PodGroup { name: name.to_string(), labels, needed, span: *span });
        }
        let served = serves.as_ref().and_then(Value::as_record).into_iter().flatten();
        for (name, (span, _)) in served {
            if !groups.iter().any(|group| group.name == **name) {
                self.unknown_group(name, *span, &groups);
            }
        }
        groups
    }

    fn unknown_group(&mut self, name: &str, span: Span, groups: &[PodGroup]) {
        let diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, span, format!("there is no group of pods `{name}`"))
            .at("not declared");
        self.report(match suggest::closest(name, groups.iter().map(|group| group.name.as_str())) {
            Some(close) => diagnostic.help(format!("did you mean `{close}`?")).correct(span, name, close),
            None => diagnostic.help("declare it: `pods NAME = { label = \"value\" }`"),
        });
    }

    fn needed(&mut self, share: &Value) -> Option<Needed> {
        let ValueKind::Of(parts) = &share.kind else {
            if !share.is_poison() {
                self.mismatch("`serves` wants a share such as `1 of replicas`", share);
            }
            return None;
        };
        let of = match &parts.1.kind {
            ValueKind::Range(range) => range.low.as_whole(),
            _ => parts.1.as_whole(),
        };
        let (count, of) = (u64::try_from(parts.0.as_whole()?).ok()?, u64::try_from(of?).ok()?);
        Some(Needed { count, of, span: share.span })
    }

    fn listeners(&mut self, id: InstanceId, groups: &[PodGroup]) -> Vec<model::Listener> {
        let Some(listens) = self.attribute(id, "listens") else { return Vec::new() };
        let mut listeners = Vec::new();
        for (name, (span, listener)) in listens.as_record().into_iter().flatten() {
            let Some(fields) = listener.as_record() else {
                if !listener.is_poison() {
                    self.mismatch("a listener is written `{ port = 8080, pods = \"main\" }`", listener);
                }
                continue;
            };
            let text = |key: &str| fields.get(key).and_then(|(_, value)| value.as_str());
            for (key, (place, _)) in fields {
                if !matches!(key.as_ref(), "port" | "pods" | "protocol") {
                    self.report(
                        Diagnostic::error(codes::UNKNOWN_FIELD, *place, format!("a listener has no field `{key}`"))
                            .help("there are `port`, `pods` and `protocol`"),
                    );
                }
            }
            let pods = text("pods")
                .map_or_else(|| groups.first().map_or_else(String::new, |group| group.name.clone()), str::to_owned);
            if let Some((place, wrong)) = fields.get("pods").and_then(|(_, value)| Some((value.span, value.as_str()?)))
                && !groups.iter().any(|group| group.name == wrong)
            {
                self.unknown_group(wrong, place, groups);
            }
            let protocol = text("protocol").unwrap_or("TCP").to_owned();
            let port =
                fields.get("port").and_then(|(_, value)| value.as_whole()).and_then(|port| u16::try_from(port).ok());
            let Some(port) = port.filter(|port| *port > 0) else {
                let broken = fields.get("port").is_some_and(|(_, value)| value.is_poison());
                if !broken {
                    self.report(
                        Diagnostic::error(
                            codes::INVALID_FORM,
                            *span,
                            format!("the listener `{name}` has no port between 1 and 65535"),
                        )
                        .at("needs `port`"),
                    );
                }
                continue;
            };
            listeners.push(model::Listener { name: name.to_string(), port, protocol, pods, span: *span });
        }
        listeners
    }

    fn members(&mut self, id: InstanceId, class: InstanceClass) -> Vec<(String, crate::source::Span)> {
        if class != InstanceClass::Application {
            return Vec::new();
        }
        let Some(list) = self.parameter(id, "components") else { return Vec::new() };
        let items = list.as_list().into_iter().flatten();
        let ids: Vec<(InstanceId, crate::source::Span)> = items
            .filter_map(|item| match item.kind {
                ValueKind::Instance(id) => Some((id, item.span)),
                _ => None,
            })
            .collect();
        ids.into_iter().map(|(id, span)| (self.instances[id.0 as usize].name.to_string(), span)).collect()
    }

    fn entry(&mut self, id: InstanceId, model: &mut Model) {
        if self.instances[id.0 as usize].class != InstanceClass::Expose {
            return;
        }
        let reference = |value: Option<Value>| match value {
            Some(Value { kind: ValueKind::Instance(id), .. }) => Some(id),
            Some(Value { kind: ValueKind::Listener(id, _), .. }) => Some(id),
            _ => None,
        };
        let to = reference(self.parameter(id, "to"));
        let via = reference(self.parameter(id, "via"));
        if let (Some(to), Some(via)) = (to, via) {
            let host = self.instances[id.0 as usize].name.to_string();
            model.entries.push(model::Entry { instance: id, host, to, via });
        }
    }

    /// A value as its author wrote it, where that is short: `0.2/min` and not the `12/h` that it is kept as.
    fn as_written(&self, value: &Value) -> String {
        const SHORT: usize = 24;
        let written = self.sources.text(value.span);
        // A name or a computation says less than what came of it.
        let literal = written.starts_with(|first: char| first.is_ascii_digit() || first == '"');
        let plain =
            !written.contains(['\n', '+', '*', '(', '$']) && !written.contains(" - ") && !written.contains(" / ");
        match value.as_str() {
            _ if literal && plain && written.chars().count() <= SHORT => written.to_owned(),
            Some(text) => format!("\"{text}\""),
            None => value::display(value),
        }
    }

    /// `also` statements, held against the value that counts.
    fn restatements(&mut self, id: InstanceId, model: &mut Model) {
        let layers = self.instances[id.0 as usize].layers.clone();
        for layer in layers {
            let data = layer.data.clone();
            for located in &data.located {
                let EntryKind::Attribute(attribute) = &located.entry.kind else { continue };
                let Some(KeyKind::Name(key)) = attribute.path.first().map(|key| &key.kind).filter(|_| attribute.also)
                else {
                    continue;
                };
                let Some(kind) = self.instances[id.0 as usize].kind else { continue };
                let Some(member) = self.program.kinds[kind.0].members.get(key.as_str()) else { continue };
                let scope = Scope { instance: Some(id), ..layer.scope.clone() };
                let span = located.entry.span;
                let mut first = self.instance_member(id, member, key, span);
                let keys: Vec<Rc<str>> = self
                    .path(&scope, &attribute.path[1..])
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(key, _)| key)
                    .collect();
                for step in &keys {
                    first = first
                        .as_record()
                        .and_then(|record| record.get(step))
                        .map_or_else(|| Value::none(span), |(_, value)| value.clone());
                }
                let raw = self.eval(&scope, &attribute.value);
                let second = match (member, keys.is_empty()) {
                    (Member::Parameter { ty, .. }, true) => self.coerce(raw, ty, &format!("`{key}`")),
                    _ => raw,
                };
                if first.is_poison() || second.is_poison() {
                    continue;
                }
                let origin = self
                    .statement(id, key)
                    .and_then(|(attribute, _)| attribute.origin.as_ref())
                    .map(|word| word.text.clone());
                let path = std::iter::once(key.clone())
                    .chain(keys.iter().map(ToString::to_string))
                    .collect::<Vec<_>>()
                    .join(".");
                model.restated.push(model::Restated {
                    instance: id,
                    path,
                    equal: super::operators::equal(&first, &second).unwrap_or(false),
                    first: Statement { text: self.as_written(&first), span: first.span, origin },
                    second: Statement {
                        text: self.as_written(&second),
                        span: second.span,
                        origin: attribute.origin.as_ref().map(|word| word.text.clone()),
                    },
                });
            }
        }
    }
}
