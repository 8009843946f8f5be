//! What expressions evaluate to.

use std::rc::Rc;

use indexmap::IndexMap;

use super::model::InstanceId;
use crate::source::Span;
use crate::types::{Amount, KindId, Rational, Unit};

/// A value with the place of the digits that the author typed and the foreign outputs that it was computed from.
#[derive(Debug, Clone)]
pub struct Value {
    pub kind: ValueKind,
    /// The origin: a literal's own place, however many names it went through; an operation's place otherwise.
    pub span: Span,
    pub reads: Reads,
}

/// The content of a value.
#[derive(Debug, Clone)]
pub enum ValueKind {
    /// The result of a fault that has been reported. Everything computed from it is poison, and nothing more is said.
    Poison,
    /// Left out where it is emitted.
    None,
    Bool(bool),
    Amount(Amount),
    String(Rc<str>),
    Date(Rc<str>),
    Secret(Rc<[SecretPart]>),
    List(Rc<Vec<Value>>),
    Record(Rc<Record>),
    Range(Rc<RangeValue>),
    /// `1 of 3`.
    Of(Rc<(Value, Value)>),
    Instance(InstanceId),
    /// `db.pooled`.
    Listener(InstanceId, Rc<str>),
    Kind(KindId),
    /// `cluster`, with the members `api` and `dns`.
    Cluster,
    ClusterApi,
    ClusterDns,
    Internet,
}

/// A record: each field with the place of its key.
pub type Record = IndexMap<Rc<str>, (Span, Value)>;

/// `low..high`.
#[derive(Debug)]
pub struct RangeValue {
    pub low: Value,
    pub high: Option<Value>,
}

/// A piece of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretPart {
    /// Text that is no secret by itself.
    Text(Rc<str>),
    /// What must be provided: the instance that owns it and its name there.
    Symbol { owner: Rc<str>, name: Rc<str> },
}

/// A foreign output that went into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    pub instance: InstanceId,
    /// The listener that the output belongs to.
    pub listener: Option<Rc<str>>,
    /// Where it was read.
    pub span: Span,
}

/// The foreign outputs of a value; almost always none, and then free.
pub(super) type Reads = Option<Rc<Vec<Read>>>;

impl Value {
    /// A value that reads nothing.
    pub fn new(kind: ValueKind, span: Span) -> Self {
        Self { kind, span, reads: None }
    }

    /// The result of a reported fault.
    pub fn poison(span: Span) -> Self {
        Self::new(ValueKind::Poison, span)
    }

    /// The missing value.
    pub fn none(span: Span) -> Self {
        Self::new(ValueKind::None, span)
    }

    /// A text.
    pub fn string(text: impl Into<Rc<str>>, span: Span) -> Self {
        Self::new(ValueKind::String(text.into()), span)
    }

    /// A truth value.
    pub fn bool(truth: bool, span: Span) -> Self {
        Self::new(ValueKind::Bool(truth), span)
    }

    /// A bare number.
    pub fn whole(number: i128, span: Span) -> Self {
        match Rational::whole(number) {
            Some(number) => Self::new(ValueKind::Amount(Amount::bare(number)), span),
            None => Self::poison(span),
        }
    }

    /// A list.
    pub fn list(items: Vec<Value>, span: Span) -> Self {
        Self::new(ValueKind::List(Rc::new(items)), span)
    }

    /// A record.
    pub fn record(record: Record, span: Span) -> Self {
        Self::new(ValueKind::Record(Rc::new(record)), span)
    }

    /// Whether it is the result of a reported fault.
    pub fn is_poison(&self) -> bool {
        matches!(self.kind, ValueKind::Poison)
    }

    /// Whether a fault is anywhere in it.
    pub fn holds_poison(&self) -> bool {
        match &self.kind {
            ValueKind::Poison => true,
            ValueKind::List(items) => items.iter().any(Self::holds_poison),
            ValueKind::Record(record) => record.values().any(|(_, field)| field.holds_poison()),
            _ => false,
        }
    }

    /// Whether it is missing.
    pub fn is_none(&self) -> bool {
        matches!(self.kind, ValueKind::None)
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The record, if it is one.
    pub fn as_record(&self) -> Option<&Record> {
        match &self.kind {
            ValueKind::Record(record) => Some(record),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.kind {
            ValueKind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The whole bare number, if it is one.
    pub fn as_whole(&self) -> Option<i128> {
        match &self.kind {
            ValueKind::Amount(Amount { unit: Unit::One, number }) => number.to_whole(),
            _ => None,
        }
    }

    /// Takes over what another value has read.
    #[must_use]
    pub fn also_reading(mut self, reads: &Reads) -> Self {
        self.reads = union(&self.reads, reads);
        self
    }

    /// What the type of it is called in a message.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            ValueKind::Poison => "an unknown value",
            ValueKind::None => "none",
            ValueKind::Bool(_) => "a Bool",
            ValueKind::Amount(amount) => unit_name(amount.unit),
            ValueKind::String(_) => "a String",
            ValueKind::Date(_) => "a Date",
            ValueKind::Secret(_) => "a Secret",
            ValueKind::List(_) => "a list",
            ValueKind::Record(_) => "a record",
            ValueKind::Range(_) => "a range",
            ValueKind::Of(_) => "a share (`1 of n`)",
            ValueKind::Instance(_) => "an instance",
            ValueKind::Listener(..) => "a listener",
            ValueKind::Kind(_) => "a kind",
            ValueKind::Cluster | ValueKind::ClusterApi | ValueKind::ClusterDns => "the cluster",
            ValueKind::Internet => "the internet",
        }
    }

    /// Every foreign output in it, however deep. The visitor may see one several times.
    pub fn visit_reads(&self, visit: &mut impl FnMut(&Read)) {
        for read in self.reads.iter().flat_map(|reads| reads.iter()) {
            visit(read);
        }
        match &self.kind {
            ValueKind::List(items) => items.iter().for_each(|item| item.visit_reads(visit)),
            ValueKind::Record(record) => record.values().for_each(|(_, value)| value.visit_reads(visit)),
            ValueKind::Range(range) => {
                range.low.visit_reads(visit);
                if let Some(high) = &range.high {
                    high.visit_reads(visit);
                }
            }
            _ => {}
        }
    }
}

/// A unit as the type of its literals.
pub fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::One => "a Number",
        Unit::Cpu => "a Cpu",
        Unit::Bytes => "Bytes",
        Unit::Duration => "a Duration",
        Unit::Percent => "a Percent",
        Unit::Rate | Unit::ByteRate => "a Rate",
        Unit::Euro | Unit::Dollar => "Money",
    }
}

/// Both sets of reads, each once.
pub(super) fn union(left: &Reads, right: &Reads) -> Reads {
    match (left, right) {
        (None, other) | (other, None) => other.clone(),
        (Some(one), Some(two)) if Rc::ptr_eq(one, two) => left.clone(),
        (Some(one), Some(two)) => {
            let mut all = one.as_ref().clone();
            for read in two.iter() {
                let known = all.iter().any(|seen| seen.instance == read.instance && seen.listener == read.listener);
                if !known {
                    all.push(read.clone());
                }
            }
            Some(Rc::new(all))
        }
    }
}

/// The fields of a record that are not `none`: the others are left out wherever anybody looks.
pub(super) fn present(record: &Record) -> impl Iterator<Item = (&Rc<str>, Span, &Value)> {
    record.iter().filter(|(_, (_, field))| !field.is_none()).map(|(key, (span, field))| (key, *span, field))
}

/// The one rule of merging: records merge, lists replace, the right side wins.
pub fn merge(left: &Value, right: &Value) -> Value {
    match (&left.kind, &right.kind) {
        (ValueKind::Record(base), ValueKind::Record(patch)) => {
            let mut merged = base.as_ref().clone();
            for (key, (span, value)) in patch.iter() {
                let value = match merged.get(key) {
                    Some((_, below)) => merge(below, value),
                    None => value.clone(),
                };
                merged.insert(key.clone(), (*span, value));
            }
            let span = if right.span.is_none() { left.span } else { right.span };
            Value { kind: ValueKind::Record(Rc::new(merged)), span, reads: union(&left.reads, &right.reads) }
        }
        _ => right.clone(),
    }
}

/// Nests a value under a path of keys: `a.b = 1` is `{ a = { b = 1 } }`.
pub(super) fn nest(path: &[(Rc<str>, Span)], value: Value) -> Value {
    path.iter().rev().fold(value, |inner, (key, span)| {
        let whole = inner.span;
        let mut record = Record::new();
        record.insert(key.clone(), (*span, inner));
        Value::record(record, whole)
    })
}

/// How a message or a string shows a value. Secrets show their symbols only.
pub fn display(value: &Value) -> String {
    match &value.kind {
        ValueKind::Poison => "?".to_owned(),
        ValueKind::None => "none".to_owned(),
        ValueKind::Bool(truth) => truth.to_string(),
        ValueKind::Amount(amount) => amount.display(),
        ValueKind::String(text) | ValueKind::Date(text) => text.to_string(),
        ValueKind::Secret(parts) => parts.iter().map(secret_part).collect(),
        ValueKind::List(items) => format!("[{}]", items.iter().map(display).collect::<Vec<_>>().join(", ")),
        ValueKind::Record(record) => {
            let fields: Vec<String> =
                record.iter().map(|(key, (_, value))| format!("{key} = {}", display(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        // A scalar that became a range is shown as it was written.
        ValueKind::Range(range)
            if range.high.as_ref().is_some_and(|high| super::operators::equal(&range.low, high) == Some(true)) =>
        {
            display(&range.low)
        }
        ValueKind::Range(range) => {
            format!("{}..{}", display(&range.low), range.high.as_ref().map(display).unwrap_or_default())
        }
        ValueKind::Of(share) => format!("{} of {}", display(&share.0), display(&share.1)),
        ValueKind::Instance(id) => format!("instance {}", id.0),
        ValueKind::Listener(_, name) => name.to_string(),
        ValueKind::Kind(_) => "kind".to_owned(),
        ValueKind::Cluster => "cluster".to_owned(),
        ValueKind::ClusterApi => "cluster.api".to_owned(),
        ValueKind::ClusterDns => "cluster.dns".to_owned(),
        ValueKind::Internet => "internet".to_owned(),
    }
}

fn secret_part(part: &SecretPart) -> String {
    match part {
        SecretPart::Text(text) => text.to_string(),
        SecretPart::Symbol { owner, name } => format!("<{owner}/{name}>"),
    }
}

/// The template of a secret, symbols in angle brackets.
pub fn template(parts: &[SecretPart]) -> String {
    parts.iter().map(secret_part).collect()
}
