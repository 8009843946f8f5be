//! Values as plain data, without a schema to guide them.

use std::sync::Arc;

use indexmap::IndexMap;

use super::value::{self, Value, ValueKind};
use crate::data::{Node, NodeValue};
use crate::types::{Amount, Unit};

/// What a value is as data: bare numbers are numbers, other amounts their text, `none` is left out. Secrets and
/// references must have been refused before; they become their names.
pub fn natural(value: &Value) -> Node {
    let content = match &value.kind {
        ValueKind::Bool(truth) => NodeValue::Bool(*truth),
        ValueKind::Amount(Amount { unit: Unit::One, number }) => match (number.to_whole(), number.to_decimal()) {
            (Some(whole), _) => NodeValue::Integer(whole),
            (None, Some(decimal)) => NodeValue::Decimal(Arc::from(decimal)),
            (None, None) => NodeValue::String(Arc::from(number.to_string())),
        },
        ValueKind::Amount(amount) if matches!(amount.unit, Unit::Cpu | Unit::Bytes) => {
            NodeValue::String(Arc::from(amount.quantity()))
        }
        ValueKind::List(items) => NodeValue::List(items.iter().filter(|item| !item.is_none()).map(natural).collect()),
        ValueKind::Record(record) => {
            let fields = record.iter().filter(|(_, (_, field))| !field.is_none());
            let fields =
                fields.map(|(key, (span, field))| (Arc::from(key.as_ref()), Node { emitted: *span, ..natural(field) }));
            NodeValue::Map(fields.collect::<IndexMap<_, _>>())
        }
        _ => NodeValue::String(Arc::from(value::display(value))),
    };
    Node { value: content, emitted: value.span, origin: value.span }
}
