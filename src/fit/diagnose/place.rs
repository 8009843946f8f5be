//! Where in the source that is which a reason is about.

use super::cast::{Cast, amount_span};
use crate::data::Node;
use crate::diag::{Code, Diagnostic};
use crate::fit::evidence::reason::Subject;
use crate::fit::read::demand::Load;
use crate::objects::Object;
use crate::source::Span;

/// A message at what it is about; none where that is not in the source.
pub(super) fn primary(cast: &Cast<'_>, code: Code, subject: Subject<'_>, message: &str) -> Option<Diagnostic> {
    match subject {
        Subject::Workload(name) => Some(match cast.load(name) {
            Some(load) => at_load(cast, code, load, message),
            None => at_object(cast, code, cast.object(name)?, message),
        }),
        Subject::Priority { workload } => {
            let load = cast.load(workload)?;
            let span = cast.object_of_load(load).and_then(priority_class);
            Some(match span {
                Some(span) => Diagnostic::error(code, span, message)
                    .at(format!("of the pods of {}", cast.label_of(load)))
                    .of(load.owner.name.as_str()),
                None => at_load(cast, code, load, message),
            })
        }
        Subject::Object(name) => Some(at_object(cast, code, cast.object(name)?, message)),
        Subject::Named { kind, name } => Some(at_object(cast, code, cast.object_of(kind, name)?, message)),
        Subject::Claim(name) => {
            let claim = cast.claim(name)?;
            Some(Diagnostic::error(code, claim.claim.span, message).at("this claim").of(claim.owner.name.as_str()))
        }
        Subject::Room { class, resource } => Some(at_load(cast, code, cast.crowd(class, resource)?, message)),
        Subject::Class(_) => None,
    }
}

/// The line of a node that is meant, and what to say there.
pub(super) fn node(cast: &Cast<'_>, subject: Subject<'_>) -> Option<(Span, String)> {
    let (node, span) = match subject {
        Subject::Class(class) => {
            let node = cast.node(class)?;
            (node, node.span)
        }
        Subject::Room { class, resource } => {
            let node = cast.node(class)?;
            (node, amount_span(node, resource))
        }
        Subject::Workload(_)
        | Subject::Priority { .. }
        | Subject::Object(_)
        | Subject::Named { .. }
        | Subject::Claim(_) => return None,
    };
    Some((span, format!("what `{}` has", node.name)))
}

fn at_load(cast: &Cast<'_>, code: Code, load: &Load, message: &str) -> Diagnostic {
    let words = if load.workload.scale.peak.value > 1 {
        format!("up to {} pods of {}", load.workload.scale.peak.value, cast.label_of(load))
    } else {
        format!("the pod of {}", cast.label_of(load))
    };
    Diagnostic::error(code, cast.count_span(load), message).at(words).of(load.owner.name.as_str())
}

fn at_object(cast: &Cast<'_>, code: Code, object: &Object, message: &str) -> Diagnostic {
    Diagnostic::error(code, object.span, message).at("emitted here").of(cast.owner(object))
}

/// Where the pods of an object name their priority class.
fn priority_class(object: &Object) -> Option<Span> {
    let paths: [&[&str]; 3] = [
        &["spec", "template", "spec", "priorityClassName"],
        &["spec", "jobTemplate", "spec", "template", "spec", "priorityClassName"],
        &["spec", "priorityClassName"],
    ];
    let span = paths.iter().find_map(|path| object.body.at(path)).map(Node::span)?;
    (!span.is_none()).then_some(span)
}
