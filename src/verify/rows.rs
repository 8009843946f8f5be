//! Rows of evidence: what the proof states against what was derived.

use indexmap::IndexMap;

use crate::verify::value::{Checked, Value};

/// A row that was derived.
pub(crate) fn row<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Map(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<IndexMap<_, _>>())
}

pub(crate) fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn describe(row: &Value) -> String {
    let word = |value: &Value| match value {
        Value::Text(text) => format!("`{text}`"),
        Value::Integer(number) => number.to_string(),
        Value::List(items) => format!("{} items", items.len()),
        _ => "another kind of value".to_owned(),
    };
    let fields =
        row.map().map(|map| map.iter().map(|(key, value)| format!("{key} {}", word(value))).collect::<Vec<_>>());
    fields.map_or_else(|| word(row), |fields| fields.join(", "))
}

/// Holds the rows of a list against those that were derived, of which `required` tells whether they may be missing.
/// `keys` are the fields that tell rows apart.
pub(crate) fn agree(
    stated: &Value,
    what: &str,
    derived: &[Value],
    keys: &[&str],
    required: impl Fn(&Value) -> bool,
) -> Checked<()> {
    let identity = |row: &Value| keys.iter().map(|key| describe(row.get(key))).collect::<Vec<_>>().join(", ");
    let mut open: IndexMap<String, &Value> = IndexMap::new();
    for row in derived {
        if open.insert(identity(row), row).is_some() {
            return Err(format!("`{what}` cannot tell two rows for {} apart", identity(row)));
        }
    }
    for row in stated.list(what)? {
        let name = identity(row);
        match open.swap_remove(&name) {
            None => return Err(format!("`{what}` has a row too many: {}", describe(row))),
            // The order of the fields says nothing, and the equality of maps does not look at it.
            Some(expected) if expected == row => {}
            Some(expected) => {
                return Err(format!("`{what}` states {}, but it is {}", describe(row), describe(expected)));
            }
        }
    }
    match open.values().find(|row| required(row)) {
        Some(row) => Err(format!("`{what}` lacks {}", describe(row))),
        None => Ok(()),
    }
}
