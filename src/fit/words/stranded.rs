//! What is gone with a node or a zone because nothing else takes it, for people.

use indexmap::IndexMap;

use super::{short_name, together};
use crate::fit::evidence::{Evidence, Gone};
use crate::fit::states::state::State;
use crate::fit::states::verdict::StateProof;

/// ``nothing else takes `a` and `i` when the zone `a` is lost``: what the guaranteed loss asks nothing of, a line for all
/// events with the same.
#[must_use]
pub fn stranded(states: &[StateProof]) -> Vec<String> {
    let loss = states.iter().find(|one| one.state == State::S3 && one.required);
    let Some(Evidence::Loss(cases)) = loss.and_then(|one| one.evidence.as_ref()) else { return Vec::new() };
    let mut events: IndexMap<&[String], Vec<String>> = IndexMap::new();
    for case in cases.iter().filter(|case| !case.stranded.is_empty()) {
        events.entry(&case.stranded).or_default().push(match &case.gone {
            Gone::Class(class) => format!("a node of `{class}`"),
            Gone::Zone(zone) => format!("the zone `{zone}`"),
        });
    }
    let line = |(stranded, events): (&[String], Vec<String>)| {
        let names: Vec<String> = stranded.iter().map(|name| format!("`{}`", short_name(name))).collect();
        format!("nothing else takes {} when {} is lost", together(&names), events.join(" or "))
    };
    events.into_iter().map(line).collect()
}
