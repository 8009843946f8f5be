//! The minimum for programs.

use serde_json::{Value, json};

use super::Minimum;

/// All environments.
#[must_use]
pub fn document(all: &[Minimum]) -> String {
    let value = json!({ "environments": all.iter().map(one).collect::<Vec<_>>() });
    // A value that was just made of strings and numbers is written without failure.
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}

fn number(number: i128) -> Value {
    Value::from(i64::try_from(number).unwrap_or(i64::MAX))
}

fn one(minimum: &Minimum) -> Value {
    let types = minimum.types.iter().map(
        |one| json!({ "name": one.name, "declared": one.declared, "minimum": one.minimum, "decides": one.decides }),
    );
    let fullness = minimum.fullness.iter().map(|full| {
        let pair = |(taken, there): (i128, i128)| json!({ "taken": number(taken), "capacity": number(there) });
        json!({
            "what": full.what,
            "measure": full.measure.words(),
            "declared": full.before.map(pair),
            "minimum": pair(full.after),
        })
    });
    json!({
        "name": minimum.environment,
        "hardware": minimum.hardware,
        "beside": minimum.beside,
        "found": minimum.is_found,
        "suffices": minimum.suffices,
        "types": types.collect::<Vec<_>>(),
        "costInCents": minimum.cost.map(|(declared, least)| json!({ "declared": number(declared), "minimum": number(least) })),
        "leftOut": minimum.left_out,
        "fullness": fullness.collect::<Vec<_>>(),
        "proofs": minimum.proofs,
        "caveat": minimum.caveat,
    })
}
