//! The changes after which everything was proved to fit, as the help of a message, with the lines to edit.

use super::cast::{Cast, amount_span};
use super::edits;
use super::refusal::request_span;
use super::when;
use crate::data::Node;
use crate::diag::{Choice, Remedies};
use crate::eval::model::Fit;
use crate::fit::sums::Measure;
use crate::fit::words::{change_of, remainder};
use crate::fit::{Change, ChangeKind, Changes, EnvironmentProof, Sums};
use crate::source::Span;

/// The changes that were found, one on each line; none where none was needed, tried or found. Those that are not enough say
/// what they leave.
pub(super) fn help(cast: &Cast<'_>) -> Option<Remedies> {
    let Changes::Tried(found) = &cast.proof.changes else { return None };
    let question = cast.proof.in_question()?;
    let lines: Vec<String> = found.iter().map(|change| line(cast, change)).collect();
    let fits = match cast.proof.demand {
        Fit::Guaranteed => "is guaranteed to fit",
        Fit::Possible => "fits",
    };
    let is_enough = found.iter().all(Change::is_enough);
    let place = if is_enough {
        "in every required state".to_owned()
    } else if question.state.is_placing() {
        "steady, at peak and in rollouts".to_owned()
    } else {
        when(question)
    };
    let but = if is_enough { "" } else { "no single change that was tried is enough; " };
    let words = match lines.as_slice() {
        [] => return None,
        [only] => format!("{but}with this everything {fits} {place} (proved again): {only}"),
        lines => {
            format!("{but}with any one of these everything {fits} {place} (each proved again):\n{}", lines.join("\n"))
        }
    };
    let choice = |(change, text): (&Change, String)| {
        let fixes = edits::of(cast, change);
        (!fixes.is_empty()).then(|| Choice { text, enough: change.is_enough(), fixes })
    };
    Some(Remedies { words, choices: found.iter().zip(lines).filter_map(choice).collect() })
}

/// Whether a sum of the analysis or a pod that is too large for every node brings the changes along.
pub(super) fn are_with_a_sum(proof: &EnvironmentProof, sums: &Sums) -> bool {
    if proof.asks_about_quotas() {
        return sums.quotas.iter().any(|one| one.usage.exceeded().is_some());
    }
    let exceeded = sums.nodes.iter().filter(|usage| usage.exceeded().is_some());
    exceeded.into_iter().any(|usage| usage.measure != Measure::MemoryLimits) || !sums.oversize.is_empty()
}

fn line(cast: &Cast<'_>, change: &Change) -> String {
    let load = cast.load(&change.what);
    let node = cast.node(&change.what);
    let span = match change.kind {
        ChangeKind::Replicas | ChangeKind::Least => load.map(|load| cast.count_span(load)),
        ChangeKind::InPlace
        | ChangeKind::Recreated
        | ChangeKind::OneAtATime
        | ChangeKind::Kept
        | ChangeKind::Spread
        | ChangeKind::Ordered => load.map(|load| cast.instance_span(load)),
        ChangeKind::Quota(key) => {
            let quota = cast.object_of("ResourceQuota", &change.what);
            quota.map(|quota| quota.body.at(&["spec", "hard", key]).map_or(quota.span, Node::span))
        }
        ChangeKind::Request(resource) => load.map(|load| request_span(load, resource)),
        ChangeKind::Nodes => node.map(|node| node.span),
        ChangeKind::Node(resource) => node.map(|node| amount_span(node, resource)),
    };
    let dialect = cast.names().dialect();
    let words = change_of(&load.map_or_else(|| change.what.clone(), |load| load.label.clone()), change, dialect);

    let beside = load.and_then(|load| load.owner.neighbour.as_ref());
    let beside = beside.map(|environment| format!(" in {environment}")).unwrap_or_default();
    // Nobody edits the library: what one of its defaults says is stated where its kind is used.
    let span = match span.filter(|span| cast.sources.is_library(*span)) {
        Some(_) => load.map(|load| cast.instance_span(load)),
        None => span,
    };
    match cast.sources.cite(span.unwrap_or(Span::NONE)) {
        place if place.is_empty() => format!("{words}{beside}{}", remainder(change)),
        place => format!("{words}{beside} ({place}){}", remainder(change)),
    }
}
