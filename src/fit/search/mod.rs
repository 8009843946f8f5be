//! A placement of all pods of a state: quick orders first, then every possibility where there are few.

mod board;
mod exact;
mod quick;

use std::collections::BTreeMap;

use crate::fit::evidence::Pattern;
use crate::fit::evidence::reason::Reason;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::states::placing::present;

/// The pods of one node: type and number, sorted.
type OnNode = Vec<(usize, i128)>;

/// What the search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Placed(Vec<Pattern>),
    /// Every possibility was tried.
    Exhausted,
    /// The quick orders failed, and there are too many possibilities.
    NotFound,
    /// What keeps it from looking: constraints of a workload that it does not understand, or volumes that it does not count.
    NotTried(Reason),
}

/// Looks for a placement.
pub(super) fn place(platform: &Platform, counts: &Counts) -> Outcome {
    let present: Vec<usize> = present(counts).collect();
    if let Some(strange) = present.iter().find(|index| !platform.is_searchable(**index)) {
        return Outcome::NotTried(Reason::NotSearched { workload: platform.types[*strange].name.clone() });
    }
    if let Some(crowded) = platform.crowded_anywhere(counts) {
        return Outcome::NotTried(crowded);
    }
    if let Some(nodes) = quick::place(platform, counts, &present) {
        return Outcome::Placed(patterns(platform, &nodes));
    }
    match exact::place(platform, counts, &present) {
        Ok(Some(nodes)) => Outcome::Placed(patterns(platform, &nodes)),
        Ok(None) => Outcome::Exhausted,
        Err(()) => Outcome::NotFound,
    }
}

/// Whether a quick order finds a placement.
pub(super) fn place_quickly(platform: &Platform, counts: &Counts) -> bool {
    let present: Vec<usize> = present(counts).collect();
    let is_searchable = present.iter().all(|index| platform.is_searchable(*index));
    is_searchable && platform.crowded_anywhere(counts).is_none() && quick::place(platform, counts, &present).is_some()
}

/// Nodes that carry the same pods, from the pods on each node in the order of classes.
fn patterns(platform: &Platform, nodes: &[OnNode]) -> Vec<Pattern> {
    let names = platform.classes.iter().flat_map(|class| &class.nodes);
    let mut patterns: Vec<Pattern> = Vec::new();
    let mut known: BTreeMap<&OnNode, usize> = BTreeMap::new();
    for (name, pods) in names.zip(nodes).filter(|(_, pods)| !pods.is_empty()) {
        let at = *known.entry(pods).or_insert(patterns.len());
        if at == patterns.len() {
            // Types are sorted by name, so that their order is that of their names.
            let pods = pods.iter().map(|(index, count)| (platform.types[*index].name.clone(), *count));
            patterns.push(Pattern { nodes: Vec::new(), pods: pods.collect() });
        }
        patterns[at].nodes.push(name.clone());
    }
    patterns
}
