//! A proof without what may differ from one order of the input to another.

use serde_json::Value;

/// Sorts all lists. A placement is one of many that would do, and so is the reason that a verdict tells first.
pub(super) fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(map) if map.get("kind").is_some_and(|kind| kind == "placement") => Value::from("a placement"),
        Value::Object(map) if map.contains_key("verdict") && !map["reason"].is_null() => {
            let mut map = map.clone();
            map["reason"] = Value::Null;
            sorted(&Value::Object(map))
        }
        Value::Object(map) => map.iter().map(|(key, one)| (key.clone(), sorted(one))).collect(),
        other => other.clone(),
    }
}
