//! What labels that nobody declares leave open: which pods may or may not come to which nodes.

use super::finding::Finding;
use super::fit::present;
use super::nodes::Class;
use super::platform::{Counts, Platform};
use super::reason::Reason;
use super::verdict::Verdict;
use crate::objects::node_labels::Truth;

/// Why a type with pods has nodes that nobody knows.
pub(super) fn unknown_nodes(platform: &Platform, counts: &Counts) -> Option<Reason> {
    present(counts).find_map(|index| platform.doubt(index).map(|class| unknown(platform, index, class)))
}

fn unknown(platform: &Platform, index: usize, class: &Class) -> Reason {
    let one = &platform.types[index];
    // Where no label is open, how a taint is tolerated is.
    let label = one.keys().into_iter().find(|key| class.open_labels.contains(*key)).map(str::to_owned);
    Reason::UnknownNodes { workload: one.name.clone(), node: class.source_name.clone(), label }
}

/// Why nobody knows what goes with a zone: some nodes state theirs, and others do not.
pub(super) fn unknown_zone(platform: &Platform) -> Option<Reason> {
    let is_zoned = platform.classes.iter().any(|class| class.zone.is_some());
    let open = platform.classes.iter().find(|class| class.has_open_zone).filter(|_| is_zoned)?;
    Some(Reason::UnknownZone { node: open.source_name.clone() })
}

/// What holds whatever the labels are that nobody declares: a guarantee where all pods are that may be there, a refusal where
/// only those are that must. `placed` are the pods of which it matters where they are.
pub(super) fn either_way(
    platform: &Platform,
    placed: Option<&Counts>,
    decide: impl Fn(&Platform) -> Finding,
) -> Finding {
    let found = decide(platform);
    match found.verdict {
        Verdict::Guaranteed => match placed.and_then(|counts| unknown_nodes(platform, counts)) {
            Some(unknown) => Finding::undecided(unknown),
            None => found,
        },
        Verdict::DoesNotFit if platform.has_doubts() => {
            let certain = decide(&platform.certain());
            if certain.verdict == Verdict::DoesNotFit {
                return certain;
            }
            let is_open = |index: usize| {
                let class = platform.classes.iter().find(|class| class.seen[index].contains(&Truth::Open))?;
                Some(unknown(platform, index, class))
            };
            // Where nothing is open both views are one.
            (0..platform.types.len()).find_map(is_open).map_or(certain, Finding::undecided)
        }
        _ => found,
    }
}
