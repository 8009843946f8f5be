//! The rows of evidence, and where those of the proof differ from those that the files give.

use crate::manifests::{Checked, NULL, Value, refuse};

/// A number of evidence. One that no proof can hold becomes a text, which no number equals.
pub(crate) fn int(number: i128) -> Value {
    i64::try_from(number).map_or_else(|_| Value::from(number.to_string()), Value::from)
}

/// The length of a list, to compute with.
pub(crate) fn size<T>(items: &[T]) -> i128 {
    i128::try_from(items.len()).unwrap_or(i128::MAX)
}

/// Holds what the proof says against what the files give, and names the first place where they differ. Nothing is null.
pub(crate) fn agree(path: &str, stated: &Value, derived: &Value) -> Checked<()> {
    // What is equal as a whole, as nearly everything is, needs no path.
    if stated == derived {
        return Ok(());
    }
    match (stated, derived) {
        (Value::Object(here), Value::Object(there)) => {
            let mut keys = there.keys().chain(here.keys());
            keys.try_for_each(|key| agree(&format!("{path}.{key}"), &stated[key], &derived[key]))
        }
        (Value::Array(here), Value::Array(there)) => (0..here.len().max(there.len())).try_for_each(|index| {
            agree(&format!("{path}[{index}]"), here.get(index).unwrap_or(&NULL), there.get(index).unwrap_or(&NULL))
        }),
        _ => refuse(stated != derived, || format!("`{path}`: the proof says {stated}, the files give {derived}")),
    }
}
