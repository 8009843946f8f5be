//! What labels that nobody declares leave open: which pods may or may not come to which nodes, and what to declare.

use std::fmt::Write;

use super::finding::Finding;
use super::fit::present;
use super::nodes::Class;
use super::obstacle::{Obstacle, Stuck};
use super::platform::{Counts, Platform};
use super::verdict::Verdict;
use crate::objects::node_labels::{ZONE, field_of};

/// Why a type with pods has nodes that nobody knows.
pub(super) fn unknown_nodes(platform: &Platform, counts: &Counts) -> Option<Stuck> {
    present(counts).find_map(|index| platform.doubt(index).map(|class| stuck(platform, index, class)))
}

fn stuck(platform: &Platform, index: usize, class: &Class) -> Stuck {
    let one = &platform.types[index];
    // Keys that a field of the node states; others are open because of how a taint is tolerated.
    let key = one.keys().into_iter().find(|key| class.open_labels.iter().any(|open| open == key));
    let node = &class.source_name;
    let mut fact = format!("nobody says whether `{}` may go to `{node}`", one.name);
    match key.and_then(|key| Some((key, field_of(key)?))) {
        Some((key, field)) => {
            let _ = write!(fact, ": the label `{key}` is not declared");
            let hint = format!("declare it on `{node}`, such as `{field}`");
            Stuck::new(Obstacle::UnknownLabel, fact).with_hint(hint)
        }
        None => {
            let _ = write!(fact, ": it tolerates a taint of it for some time only");
            Stuck::new(Obstacle::UnknownLabel, fact).with_hint("leave `tolerationSeconds` out, or the toleration")
        }
    }
}

/// Why nobody knows what goes with a zone: some nodes state theirs, and others do not.
pub(super) fn unknown_zone(platform: &Platform) -> Option<Stuck> {
    let is_zoned = platform.classes.iter().any(|class| class.zone.is_some());
    let open = platform.classes.iter().find(|class| class.has_open_zone).filter(|_| is_zoned)?;
    let fact = format!("nobody says in which zone `{}` is: the label `{ZONE}` is not declared", open.source_name);
    let hint = format!("declare `zone` on `{0}`, or `provider = \"none\"` where `{0}` is in none", open.source_name);
    Some(Stuck::new(Obstacle::UnknownLabel, fact).with_hint(hint))
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
            Some(stuck) => Finding::undecided(stuck),
            None => found,
        },
        Verdict::DoesNotFit if platform.has_doubts() => {
            let certain = decide(&platform.certain());
            if certain.verdict == Verdict::DoesNotFit {
                return certain;
            }
            let any = (0..platform.types.len()).find_map(|index| {
                let is_open = |class: &&Class| class.seen[index][0] == crate::objects::node_labels::Truth::Open;
                platform.classes.iter().find(is_open).map(|class| stuck(platform, index, class))
            });
            Finding::undecided(any.unwrap_or_else(|| Stuck::from("nobody says which nodes take which pods")))
        }
        _ => found,
    }
}
