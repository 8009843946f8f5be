//! Hardware: evaluated as a record, read into the model.

use super::context::{Evaluator, Scope};
use super::model::{Amount, Hardware};
use super::value::{self, Record, Value, ValueKind};
use crate::diag::{Diagnostic, codes, suggest};
use crate::resolve::ValueItem;
use crate::source::Span;
use crate::syntax::ast::{self, InstanceClass};
use crate::types::{Type, Unit};

/// Bases that lead deeper than this go in a circle.
const DEEPEST_BASE: usize = 32;

impl<'a> Evaluator<'a> {
    /// The hardware of this environment: its own, or the one that `system … on` names.
    pub(super) fn hardware(&mut self) -> Option<Hardware> {
        let on = self
            .environment
            .and_then(|environment| environment.on.as_ref())
            .or_else(|| self.program.system_hardware())?;
        self.hardware_named(&on.text, on.span)
    }

    /// The hardware of a name, for which `span` asks.
    pub fn hardware_named(&mut self, name: &str, span: Span) -> Option<Hardware> {
        if self.is_hardware_torn() {
            self.stumble();
        }
        let value = self.hardware_value(name, span, 0)?;
        let record = value.as_record()?.clone();
        self.refuse_unknown(&record, &["node", "kubernetes", "storage"], "hardware");
        let kubernetes = self.kubernetes(&record);
        let mut nodes = Vec::new();
        for (key, (place, node)) in record.get("node").and_then(|(_, nodes)| nodes.as_record()).into_iter().flatten() {
            nodes.extend(self.node(key, *place, node, kubernetes));
        }
        // A node with a fault has been told about.
        let stated = record.get("node").and_then(|(_, nodes)| nodes.as_record()).is_some_and(|nodes| !nodes.is_empty());
        if !stated {
            self.report(
                Diagnostic::error(codes::HARDWARE, span, format!("the hardware `{name}` has no node"))
                    .help("add `node host { cpu = 8, memory = 64GB }`"),
            );
        }
        let storages = self.storages(&record, &nodes);
        Some(Hardware { name: name.to_owned(), span: value.span, kubernetes, nodes, storages })
    }

    /// Whether a part of some hardware could not be read. One may start from another, so each counts.
    fn is_hardware_torn(&self) -> bool {
        let files = self.program.files.iter().filter(|file| !file.tree.broken.is_empty());
        let mut items = files.flat_map(|file| file.tree.items.iter().map(move |item| (file, item)));
        items.any(|(file, item)| match &item.kind {
            ast::ItemKind::Instance(instance) if instance.class == InstanceClass::Hardware => {
                file.tree.is_broken_in(instance.body.span)
            }
            _ => false,
        })
    }

    /// What an expression reads of a hardware: a record of its nodes by name, as they are written.
    pub(super) fn read_hardware(&mut self, name: &str, span: Span) -> Value {
        match self.hardware_read.get(name) {
            Some(Some(known)) => return Value { span, ..known.clone() },
            Some(None) => {
                return self.fault(
                    Diagnostic::error(
                        codes::VALUE_CYCLE,
                        span,
                        format!("the hardware `{name}` is computed from itself"),
                    )
                    .at("read here, inside of it")
                    .help("put what both need into a `let`"),
                );
            }
            None => {}
        }
        self.hardware_read.insert(name.to_owned(), None);
        let value = self.hardware_value(name, span, 0);
        let record = value.as_ref().and_then(Value::as_record);
        let nodes = record.and_then(|record| record.get("node")).and_then(|(_, nodes)| nodes.as_record()).cloned();
        let read = nodes.map_or_else(|| Value::poison(span), |nodes| Value::record(nodes, span));
        self.hardware_read.insert(name.to_owned(), Some(read.clone()));
        read
    }

    /// The version of Kubernetes, `MAJOR.MINOR`.
    fn kubernetes(&mut self, record: &Record) -> Option<(u32, u32)> {
        let (_, value) = record.get("kubernetes")?;
        let value = self.coerce(value.clone(), &Type::String, "`kubernetes`");
        let text = value.as_str()?;
        // `str::parse` takes a sign, and a leading zero would be another way to write the same version.
        let number = |text: &str| {
            let is_plain = text == "0" || text.starts_with(|first: char| ('1'..='9').contains(&first));
            text.parse::<u32>().ok().filter(|_| is_plain)
        };
        let version = text.split_once('.').and_then(|(major, minor)| Some((number(major)?, number(minor)?)));
        if version.is_none() {
            self.report(
                Diagnostic::error(codes::HARDWARE, value.span, format!("`{text}` is no version of Kubernetes"))
                    .at("not MAJOR.MINOR")
                    .help("write the major and the minor number that `kubectl version` shows, as in `kubernetes = \"1.34\"`"),
            );
        }
        version
    }

    /// The record of a hardware item, merged onto its base.
    fn hardware_value(&mut self, word: &str, asked: Span, depth: usize) -> Option<Value> {
        let found = self.program.modules[0].values.get(word);
        let Some(ValueItem::Instance(instance)) = found else {
            let names = self.program.modules[0].values.iter().filter(
                |(_, item)| matches!(item, ValueItem::Instance(instance) if instance.class == InstanceClass::Hardware),
            );
            let mut diagnostic =
                Diagnostic::error(codes::UNKNOWN_NAME, asked, format!("there is no hardware `{word}`"))
                    .at("not declared");
            if let Some(close) = suggest::closest(word, names.map(|(name, _)| *name)) {
                diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(asked, close);
            }
            self.report(diagnostic);
            return None;
        };
        let instance: &'a ast::Instance = instance;
        if depth > DEEPEST_BASE {
            self.report(Diagnostic::error(
                codes::VALUE_CYCLE,
                asked,
                format!("the hardware `{word}` starts from itself"),
            ));
            return None;
        }
        let file = self.file_of(instance.name.span.source).unwrap_or(0);
        let mut own = self.record(&Scope::file(file), &instance.body);
        let is_meant =
            |patch: &ast::Instance| matches!(&patch.name.kind, ast::ExpressionKind::Name(name) if name == word);
        let patches: Vec<_> = self.hardware_patches.iter().copied().filter(|(_, patch)| is_meant(patch)).collect();
        for (file, patch) in patches {
            let changed = self.record(&Scope::file(file), &patch.body);
            own = value::merge(&own, &changed);
        }
        let span = instance.name.span;
        match &instance.kind {
            Some(base) => {
                let base = self.hardware_value(&base.text, base.span, depth + 1)?;
                Some(Value { span, ..value::merge(&base, &own) })
            }
            None => Some(Value { span, ..own }),
        }
    }

    pub(super) fn file_of(&self, source: crate::source::SourceId) -> Option<usize> {
        self.program.files.iter().position(|file| file.tree.source == source)
    }

    pub(super) fn refuse_unknown(&mut self, record: &Record, known: &[&str], what: &str) {
        for (key, (span, _)) in record {
            if known.contains(&key.as_ref()) {
                continue;
            }
            let mut diagnostic =
                Diagnostic::error(codes::UNKNOWN_FIELD, *span, format!("{what} has no `{key}`")).at("not known");
            diagnostic = match suggest::closest(key, known.iter().copied()) {
                Some(close) => diagnostic.help(format!("did you mean `{close}`?")).fix(*span, close),
                None => diagnostic.help(format!("there are {}", super::expression::quoted(known))),
            };
            self.report(diagnostic);
        }
    }

    pub(super) fn required(
        &mut self,
        record: &Record,
        key: &str,
        unit: Unit,
        span: Span,
        name: &str,
    ) -> Option<Amount> {
        if !record.contains_key(key) {
            self.report(
                Diagnostic::error(codes::MISSING_FIELD, span, format!("`{name}` lacks `{key}`"))
                    .at(format!("`{key}` is not given")),
            );
        }
        self.amount_of(record, key, unit)
    }

    /// Milli-cores for CPU; rounded down to whole bytes otherwise, since a part of a byte holds nothing.
    pub(super) fn amount_of(&mut self, record: &Record, key: &str, unit: Unit) -> Option<Amount> {
        let (_, value) = record.get(key)?;
        let value = self.coerce(value.clone(), &Type::Amount(unit), &format!("`{key}`"));
        match value.kind {
            ValueKind::Amount(amount) => {
                let number = if unit == Unit::Cpu { amount.to_milli()? } else { amount.number.floor() };
                Some(Amount { value: number, span: value.span })
            }
            _ => None,
        }
    }

    pub(super) fn count_of(&mut self, record: &Record, key: &str) -> Option<Amount> {
        let (_, value) = record.get(key)?;
        let value = self.coerce(value.clone(), &Type::Int, &format!("`{key}`"));
        value.as_whole().map(|number| Amount { value: number, span: value.span })
    }
}
