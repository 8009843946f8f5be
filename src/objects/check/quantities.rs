//! Quantities that the API server refuses, and `128m` of memory, of which it only warns: it is an eighth of a byte.

use super::names::{refusal, scalar};
use super::walk::Place;
use super::{place, title};
use crate::diag::{Diagnostic, codes};
use crate::objects::Node;
use crate::objects::quantity::Quantity;
use crate::objects::schema::Schema;

pub(super) fn check(at: &Place<'_>) -> Vec<Diagnostic> {
    match at.schema {
        Schema::Quantity => one(at).into_iter().collect(),
        Schema::Object(schema) if schema.is_builtin() && schema.name.ends_with("ResourceRequirements") => {
            requests_above_limits(at)
        }
        _ => Vec::new(),
    }
}

fn one(at: &Place<'_>) -> Option<Diagnostic> {
    let text = scalar(at.node)?;
    let counts_bytes = ["memory", "storage", "sizeLimit", "limits.memory", "requests.memory", "requests.storage"]
        .contains(&at.key())
        || at.key().ends_with("ephemeral-storage");
    let problem = match Quantity::parse(&text) {
        None => {
            "it is no quantity; write a number with one of n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei".into()
        }
        // core: ValidateNonnegativeQuantity.
        Some(number) if number.value() < 0 || text.starts_with('-') => "it must not be negative".to_owned(),
        Some(number) if counts_bytes && !number.is_whole() => return Some(part_of_a_byte(at, &text, number)),
        Some(_) => return None,
    };
    let diagnostic = refusal(at.object, place(at.object, at.node), at.key(), &text, problem);
    Some(diagnostic.note(format!("it stands at `{}`", at.path)))
}

/// The API server takes a part of a byte (`warningsForOverhead` and `warningsForPodSpec` of `pkg/api/pod/warnings.go` say so
/// of pods, `warningsForPersistentVolumeClaimSpec` of claims), and whoever counts rounds it up (`Quantity.Value`).
fn part_of_a_byte(at: &Place<'_>, text: &str, number: Quantity) -> Diagnostic {
    let message = format!("the {} `{text}` of {} is no whole number of bytes", at.key(), title(at.object));
    let label = format!("counted as {} B", number.value());
    let diagnostic = Diagnostic::warning(codes::INVALID_OBJECT_NAME, place(at.object, at.node), message).at(label);
    let diagnostic = diagnostic.note(format!("it stands at `{}`", at.path));
    match text.strip_suffix('m') {
        Some(number) => diagnostic.help(format!("`m` is a thousandth; for mebibytes write `{number}Mi`")).correct(
            place(at.object, at.node),
            text,
            format!("{number}Mi"),
        ),
        None => diagnostic,
    }
}

/// core: ValidateContainerResourceRequirements refuses a request above its limit.
fn requests_above_limits(at: &Place<'_>) -> Vec<Diagnostic> {
    let Some(requests) = at.node.get("requests").and_then(Node::as_map) else { return Vec::new() };
    let amount = |node: &Node| scalar(node).and_then(|text| Some((Quantity::parse(&text)?, text)));
    let mut found = Vec::new();
    for (resource, request) in requests {
        let Some(limit) = at.node.at(&["limits", resource]) else { continue };
        if let (Some((requested, text)), Some((limited, most))) = (amount(request), amount(limit))
            && requested > limited
        {
            let what = format!("request of {resource}");
            let span = place(at.object, request);
            let diagnostic = refusal(at.object, span, &what, &text, format!("the limit is only `{most}`"));
            found.push(diagnostic.label(limit.span(), "the limit").note(format!("it stands at `{}`", at.path)));
        }
    }
    found
}
