//! The answer for programs.

use serde_json::{Value, json};

use crate::fit::{Names, words};

use super::{Answer, EnvironmentChange, Finding, Growth, LoadChange};

/// The whole answer.
#[must_use]
pub fn document(answer: &Answer) -> String {
    let findings = |found: &[Finding]| -> Vec<Value> { found.iter().map(finding).collect() };
    let value = json!({
        "fits": answer.fits,
        "environments": answer.environments.iter().map(environment).collect::<Vec<_>>(),
        "appeared": findings(&answer.appeared),
        "disappeared": findings(&answer.disappeared),
    });
    // A value that was just made of strings and numbers is written without failure.
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}

fn number(number: i128) -> Value {
    Value::from(i64::try_from(number).unwrap_or(i64::MAX))
}

fn finding(one: &Finding) -> Value {
    json!({
        "code": one.code,
        "name": one.name,
        "severity": if one.is_error { "error" } else { "warning" },
        "environment": one.environment,
        "message": one.message,
    })
}

fn environment(one: &EnvironmentChange) -> Value {
    let states = one.states.iter().map(|state| {
        json!({
            "state": state.after.state.key(),
            "at": state.after.at.key(),
            "required": state.after.required,
            "before": state.before.map(crate::fit::Verdict::key),
            "after": state.after.verdict.key(),
            "reason": state.why.clone().or_else(|| {
                let reason = state.after.reason.as_ref()?;
                Some(words::reason(reason, &Names::default()))
            }),
        })
    });
    let fullness = one.fullness.iter().map(|full| {
        let pair = |(taken, there): (i128, i128)| json!({ "taken": number(taken), "capacity": number(there) });
        json!({
            "what": full.what,
            "measure": full.measure.words(),
            "before": full.before.map(pair),
            "after": pair(full.after),
        })
    });
    json!({
        "name": one.name,
        "hardware": one.hardware,
        "states": states.collect::<Vec<_>>(),
        "fullness": fullness.collect::<Vec<_>>(),
        "objects": { "changed": one.objects.changed, "added": one.objects.added, "removed": one.objects.removed },
        "load": one.load.as_ref().map(load),
    })
}

fn load(one: &LoadChange) -> Value {
    let range = |(least, most): (i128, i128)| json!([number(least), number(most)]);
    let grows = one.grows.iter().map(
        |Growth { name, before, after }| json!({ "name": name, "before": range(*before), "after": range(*after) }),
    );
    json!({
        "factor": one.factor.to_string(),
        "grows": grows.collect::<Vec<_>>(),
        "stays": one.stays,
        "guaranteedUpTo": one.guaranteed.map(|factor| factor.to_string()),
        "searchEnded": one.is_open,
        "then": one.then,
    })
}
