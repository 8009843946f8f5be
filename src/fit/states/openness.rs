//! What labels that nobody declares leave open: which pods may or may not come to which nodes.

use crate::fit::evidence::reason::{Reason, Unsaid};
use crate::fit::read::nodes::Class;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::states::finding::Finding;
use crate::fit::states::placing::{self, present};
use crate::fit::states::verdict::Verdict;
use crate::objects::node_labels::Truth;

/// Why a type with pods has nodes that nobody knows.
pub(crate) fn unknown_nodes(platform: &Platform, counts: &Counts) -> Option<Reason> {
    present(counts).find_map(|index| platform.doubt(index).map(|class| unknown(platform, index, class)))
}

fn unknown(platform: &Platform, index: usize, class: &Class) -> Reason {
    let one = &platform.types[index];
    let label = one.keys().into_iter().find(|key| class.open_labels.contains(*key));
    // Where no label is open, how a taint is tolerated is.
    let unsaid = match (label, one.eligibility.uncertain_operator()) {
        (Some(label), _) => Unsaid::Label(label.to_owned()),
        (None, Some(operator)) => Unsaid::Operator(operator.to_owned()),
        (None, None) => Unsaid::Time,
    };
    Reason::UnknownNodes { workload: one.name.clone(), node: class.source_name.clone(), unsaid }
}

/// Why nobody knows what goes with a zone: some nodes state theirs, and others do not.
pub(crate) fn unknown_zone(platform: &Platform) -> Option<Reason> {
    let is_zoned = platform.classes.iter().any(|class| class.zone.is_some());
    let open = platform.classes.iter().find(|class| class.has_open_zone).filter(|_| is_zoned)?;
    Some(Reason::UnknownZone { node: open.source_name.clone() })
}

/// What holds whatever the labels are that nobody declares: a guarantee where all pods are that may be there, a refusal where
/// only those are that must. `placed` are the pods of which it matters where they are.
pub(crate) fn either_way(
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
            // Where nothing is open both views are one.
            first_open(platform, |_| true).map_or(certain, Finding::undecided)
        }
        _ => found,
    }
}

/// Why a state is open that would be guaranteed without the pods of DaemonSets of which nobody knows whether a node takes them.
pub(crate) fn unknown_daemons(platform: &Platform, counts: &Counts) -> Option<Reason> {
    let is_daemon = |index: usize| counts.number[index] > 0 && platform.types[index].per_node;
    let unknown = first_open(platform, is_daemon)?;
    let certain = platform.certain();
    let mut fewer = counts.clone();
    for index in (0..platform.types.len()).filter(|index| is_daemon(*index)) {
        // As many on each node as before, over those that must take them.
        let (may, must) = (platform.nodes_of(index).max(1), certain.nodes_of(index));
        fewer.number[index] = fewer.number[index] / may * must;
    }
    placing::guarantee(&certain, &fewer).is_ok().then_some(unknown)
}

/// The first of some types of which nobody knows whether a node takes it.
fn first_open(platform: &Platform, is_asked: impl Fn(usize) -> bool) -> Option<Reason> {
    (0..platform.types.len()).filter(|index| is_asked(*index)).find_map(|index| {
        let class = platform.classes.iter().find(|class| class.seen[index].contains(&Truth::Open))?;
        Some(unknown(platform, index, class))
    })
}
