//! Hardware: evaluated as a record, read into the model.

use super::context::{Evaluator, Scope};
use super::model::{self, Amount, Disk, Hardware, Reserve};
use super::value::{self, Record, Value, ValueKind};
use crate::diag::{Diagnostic, codes, suggest};
use crate::resolve::ValueItem;
use crate::source::Span;
use crate::syntax::ast::{self, InstanceClass};
use crate::types::{Type, Unit};

/// Bases that lead deeper than this go in a circle.
const DEEPEST_BASE: usize = 32;
/// `maxPods` of the kubelet, `pkg/kubelet/apis/config/v1beta1/defaults.go`.
const DEFAULT_PODS: i128 = 110;

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
        let value = self.hardware_value(name, span, 0)?;
        let record = value.as_record()?.clone();
        self.refuse_unknown(&record, &["node"], "hardware");
        let mut nodes = Vec::new();
        for (key, (place, node)) in record.get("node").and_then(|(_, nodes)| nodes.as_record()).into_iter().flatten() {
            nodes.extend(self.node(key, *place, node));
        }
        // A node with a fault has been told about.
        let stated = record.get("node").and_then(|(_, nodes)| nodes.as_record()).is_some_and(|nodes| !nodes.is_empty());
        if !stated {
            self.report(
                Diagnostic::error(codes::HARDWARE, span, format!("the hardware `{name}` has no node"))
                    .help("add `node host { cpu = 8, memory = 64GB }`"),
            );
        }
        Some(Hardware { name: name.to_owned(), span: value.span, nodes })
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

    fn node(&mut self, name: &str, span: Span, node: &Value) -> Option<model::Node> {
        let record = match node.as_record() {
            Some(record) => record,
            None => {
                self.mismatch("a node is a record", node);
                return None;
            }
        };
        let known = ["cpu", "memory", "pods", "count", "labels", "taints", "disk", "reserve", "keep-free"];
        self.refuse_unknown(record, &known, "a node");
        let cpu = self.required(record, "cpu", Unit::Cpu, span, name);
        let memory = self.required(record, "memory", Unit::Bytes, span, name);
        let pods = self.count_of(record, "pods").unwrap_or(Amount { value: DEFAULT_PODS, span: Span::NONE });
        let count = self.count_of(record, "count").map_or(1, |count| u64::try_from(count.value).unwrap_or(1));
        let labels = self.labels(record);
        let taints = record.get("taints").and_then(|(_, taints)| taints.as_list()).into_iter().flatten();
        let taints = taints.filter_map(|taint| taint.as_str().map(str::to_owned)).collect();
        let keep_free = record.get("keep-free").map(|(_, value)| value.clone());
        let mut disks = Vec::new();
        for (disk, (place, value)) in record.get("disk").and_then(|(_, disks)| disks.as_record()).into_iter().flatten()
        {
            disks.extend(self.disk(disk, *place, value, keep_free.as_ref()));
        }
        self.refuse_strange_disks(keep_free.as_ref(), &disks, &[]);
        let mut reserves = Vec::new();
        for (reserve, (place, value)) in
            record.get("reserve").and_then(|(_, reserves)| reserves.as_record()).into_iter().flatten()
        {
            reserves.extend(self.reserve(reserve, *place, value, &disks));
        }
        Some(model::Node {
            name: name.to_owned(),
            span,
            count,
            cpu: cpu?,
            memory: memory?,
            pods,
            disks,
            reserves,
            labels,
            taints,
        })
    }

    fn labels(&self, record: &Record) -> Vec<(String, String)> {
        let labels = record.get("labels").and_then(|(_, labels)| labels.as_record()).into_iter().flatten();
        labels.filter_map(|(key, (_, value))| Some((key.to_string(), value.as_str()?.to_owned()))).collect()
    }

    fn disk(&mut self, name: &str, span: Span, value: &Value, keep_free: Option<&Value>) -> Option<Disk> {
        let Some(record) = value.as_record() else {
            self.mismatch("a disk is a record", value);
            return None;
        };
        self.refuse_unknown(record, &["size", "storage-class"], "a disk");
        let size = self.required(record, "size", Unit::Bytes, span, name)?;
        let storage_class = record.get("storage-class").and_then(|(_, class)| class.as_str()).map(str::to_owned);
        let free =
            keep_free.and_then(Value::as_record).and_then(|record| record.get(name)).map(|(_, free)| free.clone());
        let keep_free = free.and_then(|free| match &free.kind {
            ValueKind::Amount(amount) if amount.unit == Unit::Percent => {
                let share = crate::types::Rational::whole(size.value)?.multiply(amount.number)?;
                let share = share.divide(crate::types::Rational::whole(100)?)?;
                Some(Amount { value: share.ceiling(), span: free.span })
            }
            ValueKind::Amount(amount) if amount.unit == Unit::Bytes => {
                Some(Amount { value: amount.number.ceiling(), span: free.span })
            }
            _ => {
                self.mismatch("`keep-free` is a Percent or Bytes", &free);
                None
            }
        });
        Some(Disk { name: name.to_owned(), size, storage_class, keep_free, span })
    }

    fn reserve(&mut self, name: &str, span: Span, value: &Value, disks: &[Disk]) -> Option<Reserve> {
        let Some(record) = value.as_record() else {
            self.mismatch("a reserve is a record", value);
            return None;
        };
        let cpu = self.amount_of(record, "cpu", Unit::Cpu);
        let memory = self.amount_of(record, "memory", Unit::Bytes);
        self.refuse_strange_disks(Some(value), disks, &["cpu", "memory"]);
        let on_disks = disks
            .iter()
            .filter_map(|disk| Some((disk.name.clone(), self.amount_of(record, &disk.name, Unit::Bytes)?)))
            .collect();
        Some(Reserve { name: name.to_owned(), cpu, memory, disks: on_disks, span })
    }

    fn refuse_strange_disks(&mut self, value: Option<&Value>, disks: &[Disk], others: &[&str]) {
        let keys: Vec<&str> = others.iter().copied().chain(disks.iter().map(|disk| disk.name.as_str())).collect();
        if let Some(record) = value.and_then(Value::as_record) {
            self.refuse_unknown(record, &keys, "the node");
        }
    }

    fn refuse_unknown(&mut self, record: &Record, known: &[&str], what: &str) {
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

    fn required(&mut self, record: &Record, key: &str, unit: Unit, span: Span, name: &str) -> Option<Amount> {
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

    fn count_of(&mut self, record: &Record, key: &str) -> Option<Amount> {
        let (_, value) = record.get(key)?;
        let value = self.coerce(value.clone(), &Type::Int, &format!("`{key}`"));
        value.as_whole().map(|number| Amount { value: number, span: value.span })
    }
}
