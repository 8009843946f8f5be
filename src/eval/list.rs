//! Functions on lists and records.

use std::cmp::Ordering;
use std::rc::Rc;

use super::context::Evaluator;
use super::operators::{equal, pair};
use super::value::{self, Record, SecretPart, Value, ValueKind};
use crate::diag::{Diagnostic, codes};
use crate::source::Span;
use crate::types::Amount;

/// Lists that `range` makes are at most this long.
const LONGEST_RANGE: i128 = 10_000;

impl<'a> Evaluator<'a> {
    pub(super) fn fold(&mut self, name: &str, values: &[Value], span: Span) -> Value {
        let Some((first, rest)) = values.split_first() else {
            return if name == "sum" {
                Value::whole(0, span)
            } else {
                self.fault(
                    Diagnostic::error(codes::ARGUMENTS, span, format!("`{name}` of nothing")).at("an empty list"),
                )
            };
        };
        let mut total = first.clone();
        for value in rest {
            let (one, two) = super::operators::pair(total, value.clone());
            let (ValueKind::Amount(left), ValueKind::Amount(right)) = (&one.kind, &two.kind) else {
                let wrong = if matches!(one.kind, ValueKind::Amount(_)) { &two } else { &one };
                return self.mismatch(&format!("`{name}` wants amounts"), wrong);
            };
            if left.unit != right.unit {
                return self.mismatch(&format!("`{name}` wants amounts of one unit"), &two);
            }
            total = match name {
                "sum" => match left.number.add(right.number) {
                    Some(number) => Value::new(ValueKind::Amount(Amount { unit: left.unit, number }), span),
                    None => {
                        return self.fault(
                            Diagnostic::error(codes::OVERFLOW, span, "the sum is too large")
                                .at("cannot be computed exactly"),
                        );
                    }
                },
                "min" => {
                    if left.number <= right.number {
                        one
                    } else {
                        two
                    }
                }
                _ => {
                    if left.number >= right.number {
                        one
                    } else {
                        two
                    }
                }
            };
        }
        match total.kind {
            ValueKind::Amount(_) => total,
            _ => self.mismatch(&format!("`{name}` wants amounts"), &total),
        }
    }

    pub(super) fn length(&mut self, value: &Value, span: Span) -> Value {
        let length = match &value.kind {
            ValueKind::List(items) => items.len(),
            ValueKind::Record(record) => record.values().filter(|(_, field)| !field.is_none()).count(),
            ValueKind::String(text) => text.chars().count(),
            _ => return self.mismatch("`len` wants a list, a record or a String", value),
        };
        Value::whole(i128::try_from(length).unwrap_or(i128::MAX), span)
    }

    pub(super) fn unpack(&mut self, name: &str, value: &Value, span: Span) -> Value {
        let Some(record) = value.as_record() else {
            return self.mismatch(&format!("`{name}` wants a record"), value);
        };
        let fields = record.iter().filter(|(_, (_, field))| !field.is_none());
        let items = fields.map(|(key, (place, field))| {
            let key = Value::string(key.clone(), *place);
            match name {
                "keys" => key,
                "values" => field.clone(),
                _ => {
                    let mut entry = Record::new();
                    entry.insert(Rc::from("key"), (*place, key));
                    entry.insert(Rc::from("value"), (*place, field.clone()));
                    Value::record(entry, *place)
                }
            }
        });
        Value::list(items.collect(), span)
    }

    pub(super) fn join(&mut self, list: &Value, separator: &Value, span: Span) -> Value {
        let (Some(items), Some(separator)) = (list.as_list(), separator.as_str()) else {
            return self.mismatch("`join` wants a list and a String", list);
        };
        let mut pieces: Vec<SecretPart> = Vec::new();
        let mut secret = false;
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                pieces.push(SecretPart::Text(Rc::from(separator)));
            }
            match &item.kind {
                ValueKind::Secret(parts) => {
                    secret = true;
                    pieces.extend(parts.iter().cloned());
                }
                ValueKind::Instance(id) => pieces.push(SecretPart::Text(self.emitted_name(*id))),
                _ => pieces.push(SecretPart::Text(Rc::from(value::display(item)))),
            }
        }
        if secret {
            return Value::new(ValueKind::Secret(Rc::from(pieces)), span);
        }
        Value::string(value::template(&pieces), span)
    }

    pub(super) fn count(&mut self, low: &Value, high: &Value, span: Span) -> Value {
        let (Some(first), Some(last)) = (low.as_whole(), high.as_whole()) else {
            return self.mismatch("`range` wants two whole numbers", if low.as_whole().is_some() { high } else { low });
        };
        if last - first > LONGEST_RANGE {
            return self.fault(
                Diagnostic::error(codes::OVERFLOW, span, format!("`range` makes at most {LONGEST_RANGE} numbers"))
                    .at("too many"),
            );
        }
        Value::list((first..last).map(|number| Value::whole(number, span)).collect(), span)
    }

    pub(super) fn list_of(
        &mut self,
        value: &Value,
        change: impl FnOnce(&[Value]) -> Vec<Value>,
    ) -> Result<Vec<Value>, Value> {
        match value.as_list() {
            Some(items) => Ok(change(items)),
            None => Err(self.mismatch("this function wants a list", value)),
        }
    }

    /// Amounts by size, texts by their letters.
    pub(super) fn sort(&mut self, list: &Value, span: Span) -> Value {
        let Some(items) = list.as_list() else {
            return self.mismatch("`sort` wants a list", list);
        };
        // Everything must compare with the first; then everything compares with everything.
        let strange = items.iter().find(|item| order(&items[0], item).is_none());
        if let Some(strange) = strange {
            if strange.is_poison() || items[0].is_poison() {
                return Value::poison(span);
            }
            return self.mismatch(
                &format!("`sort` wants amounts of one unit or texts, and begins with {}", items[0].type_name()),
                strange,
            );
        }
        let mut items = items.to_vec();
        items.sort_by(|one, two| order(one, two).unwrap_or(Ordering::Equal));
        Value::list(items, span)
    }
}

pub(super) fn flatten(items: &[Value]) -> Vec<Value> {
    let inner = |item: &Value| item.as_list().map_or_else(|| vec![item.clone()], <[Value]>::to_vec);
    items.iter().flat_map(inner).collect()
}

pub(super) fn unique(items: &[Value]) -> Vec<Value> {
    let mut seen: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        if !seen.iter().any(|other| equal(other, item) == Some(true)) {
            seen.push(item.clone());
        }
    }
    seen
}

/// The order of two elements; none when there is none.
fn order(one: &Value, two: &Value) -> Option<Ordering> {
    let (one, two) = pair(one.clone(), two.clone());
    match (&one.kind, &two.kind) {
        (ValueKind::Amount(left), ValueKind::Amount(right)) => {
            (left.unit == right.unit).then(|| left.number.cmp(&right.number))
        }
        (ValueKind::String(left), ValueKind::String(right)) | (ValueKind::Date(left), ValueKind::Date(right)) => {
            Some(left.cmp(right))
        }
        _ => None,
    }
}
