//! The same data as JSON.

use serde_json::{Map, Number, Value};

use super::{Node, NodeValue};

/// The node as a JSON value, keys in their order. Whole numbers beyond 64 bits become texts, which JSON readers
/// would round otherwise.
#[must_use]
pub fn to_json(node: &Node) -> Value {
    match &node.value {
        NodeValue::Null => Value::Null,
        NodeValue::Bool(truth) => Value::Bool(*truth),
        NodeValue::Integer(number) => match (i64::try_from(*number), u64::try_from(*number)) {
            (Ok(number), _) => Value::Number(number.into()),
            (_, Ok(number)) => Value::Number(number.into()),
            _ => Value::String(number.to_string()),
        },
        NodeValue::Decimal(text) => {
            let number = text.parse::<f64>().ok().and_then(Number::from_f64);
            number.map_or_else(|| Value::String(text.to_string()), Value::Number)
        }
        NodeValue::String(text) => Value::String(text.to_string()),
        NodeValue::List(items) => Value::Array(items.iter().map(to_json).collect()),
        NodeValue::Map(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.to_string(), to_json(value))).collect::<Map<_, _>>())
        }
    }
}
