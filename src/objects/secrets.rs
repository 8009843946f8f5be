//! What must be sealed or stored outside: the only place where a secret arrives.

use crate::diag::{Diagnostic, codes};
use crate::eval::model::{Model, SecretKey, SecretRequest};
use crate::eval::{Evaluator, Value, ValueKind, template};

/// The Secret objects that the instances ask for with `secrets NAME = { KEY = … }`.
pub fn requests(evaluator: &mut Evaluator<'_>, model: &Model) -> Vec<SecretRequest> {
    let mut requests = Vec::new();
    for (id, instance) in model.ids() {
        let Some(secrets) = evaluator.for_instance(id, |evaluator| evaluator.secrets(id)) else { continue };
        for (name, (span, keys)) in secrets.as_record().into_iter().flatten() {
            let Some(record) = keys.as_record() else {
                if !keys.is_poison() {
                    evaluator.report(
                        Diagnostic::error(codes::TYPE_MISMATCH, keys.span, "`secrets` wants a record of keys")
                            .at("not a record"),
                    );
                }
                continue;
            };
            let mut wanted = Vec::new();
            for (key, (place, value)) in record {
                if let Some(template) = key_template(evaluator, value) {
                    // The library spreads records over keys; whoever has to fill the secret in looks for the author's line.
                    let places = [*place, value.span, *span];
                    let stated =
                        places.into_iter().find(|place| !place.is_none() && !evaluator.sources.is_library(*place));
                    wanted.push(SecretKey { name: key.to_string(), template, span: stated.unwrap_or(instance.span) });
                }
            }
            let name = format!("{}-{name}", instance.emitted_name);
            requests.push(SecretRequest {
                instance: id,
                namespace: instance.namespace.clone(),
                name,
                keys: wanted,
                span: *span,
            });
        }
    }
    requests
}

fn key_template(evaluator: &mut Evaluator<'_>, value: &Value) -> Option<String> {
    match &value.kind {
        ValueKind::Secret(parts) => Some(template(parts)),
        ValueKind::String(text) => Some(text.to_string()),
        ValueKind::None | ValueKind::Poison => None,
        _ => {
            let found = value.type_name();
            evaluator.report(
                Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    value.span,
                    format!("a key of a Secret wants a Secret or a String, found {found}"),
                )
                .at(format!("this is {found}")),
            );
            None
        }
    }
}
