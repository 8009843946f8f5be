//! Single points of failure: those of one cause in one message, with what it would take to end them.

use crate::analysis::Analysis;
use crate::analysis::failure::{Event, Hit, Spof};
use crate::diag::{Diagnostic, codes, few};
use crate::fit::diagnose::sums::names;

/// So many names are shown in a row.
const SHOWN: usize = 8;

/// Whether two of them differ in nothing but where it happens: what ends the one ends the other.
pub(crate) fn is_one_cause(one: &Spof, other: &Spof) -> bool {
    let is_alike = match (&one.event, &other.event) {
        (Event::Node { nodes }, Event::Node { nodes: others }) => nodes.min(others) > &1,
        (Event::Disk { nodes }, Event::Disk { nodes: others }) => nodes == others,
        (Event::Zone { .. }, Event::Zone { .. }) => true,
        _ => false,
    };
    let of = |hit: &Hit| (hit.instance.clone(), hit.group.clone(), hit.pods, hit.needed);
    is_alike
        && one.entries == other.entries
        && one.path == other.path
        && one.takes_down == other.takes_down
        && one.hits.iter().map(of).eq(other.hits.iter().map(of))
}

/// The message about single points of failure of one cause, of which there is one at least.
pub(crate) fn single_points(analysis: &Analysis, spofs: &[&Spof]) -> Diagnostic {
    let spof = spofs[0];
    let message = format!("losing {} takes {} down", what(spofs), names(&spof.entries));
    let place = match &spof.event {
        Event::Replica { pods: 1, .. } => "one pod, and nothing beside it".to_owned(),
        Event::Replica { pods, needed, .. } => format!("{pods} pods, of which {needed} must live"),
        Event::External => "nothing can stand in for it".to_owned(),
        Event::Zone { .. } => "in this zone".to_owned(),
        Event::Node { .. } | Event::Disk { .. } => "a single point of failure".to_owned(),
    };
    let mut diagnostic = Diagnostic::error(codes::SPOF, spof.span, message).at(place).of(spof.subject.as_str());
    diagnostic.also = spofs.iter().skip(1).map(|other| other.subject.clone()).collect();
    let elsewhere = spofs.iter().skip(1).filter(|other| other.span != spof.span);
    diagnostic = elsewhere.fold(diagnostic, |diagnostic, other| match &other.event {
        Event::Zone { zone } => diagnostic.label(other.span, format!("in the zone `{zone}`")),
        _ => diagnostic.label(other.span, "likewise"),
    });
    for step in spof.path.iter().skip(1).take(4) {
        diagnostic = diagnostic.label(step.span, format!("`{}` needs `{}`", step.from, step.to));
    }
    for note in notes(analysis, spofs) {
        diagnostic = diagnostic.note(note);
    }
    diagnostic.help(wanted(spof)).help(acceptances(spofs))
}

/// What is lost.
fn what(spofs: &[&Spof]) -> String {
    let spof = spofs[0];
    let subjects = || one_of(spofs.iter().map(|one| one.subject.as_str()));
    match &spof.event {
        Event::Node { nodes: 1 } => format!("the only node, `{}`,", spof.subject),
        Event::Node { .. } => format!("a node {}", subjects()),
        Event::Zone { .. } => {
            let zones = spofs.iter().filter_map(|one| match &one.event {
                Event::Zone { zone } => Some(zone.as_str()),
                _ => None,
            });
            format!("the zone {}", one_of(zones))
        }
        Event::Disk { .. } => format!("the disk {}", subjects()),
        Event::External => format!("`{}`, which is outside the cluster,", spof.subject),
        Event::Replica { pods: 1, .. } => format!("the only pod of `{}`", spof.subject),
        Event::Replica { pods, .. } => format!("any one of the {pods} pods of `{}`", spof.subject),
    }
}

/// Names of which any one is meant.
fn one_of<'a>(list: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<String> = list.map(|name| format!("`{name}`")).collect();
    match all.as_slice() {
        [head @ .., last] if !head.is_empty() && all.len() <= SHOWN => format!("{} or {last}", head.join(", ")),
        _ if all.len() > SHOWN => format!("{} or one of {} more", all[..SHOWN].join(", "), all.len() - SHOWN),
        _ => all.join(", "),
    }
}

/// The facts: the way there, what else is hit, and what goes down.
fn notes(analysis: &Analysis, spofs: &[&Spof]) -> Vec<String> {
    let spof = spofs[0];
    let mut chain: Vec<String> = spof.entries.first().map(|host| format!("`{host}`")).into_iter().collect();
    chain.extend(spof.path.iter().map(|step| format!("`{}`", step.to)));
    let is_place = matches!(spof.event, Event::Node { .. } | Event::Zone { .. } | Event::Disk { .. });
    let lost = |hit: &Hit| {
        let same = |other: &&Hit| (&other.instance, &other.group) == (&hit.instance, &hit.group);
        spofs.iter().filter_map(|one| one.hits.iter().find(same)).map(|other| other.lost).max().unwrap_or(hit.lost)
    };
    let end = spof.hit.as_ref().filter(|_| is_place).map_or_else(String::new, |hit| {
        format!(", which may lose {} of {} pods at once and needs {}", lost(hit), hit.pods, hit.needed)
    });
    let mut notes = vec![format!("the way there: {}{end}", chain.join(" → "))];
    let others: Vec<String> = spof
        .hits
        .iter()
        .filter(|hit| Some(*hit) != spof.hit.as_ref())
        .take(SHOWN)
        .map(|hit| format!("`{}` may lose {} of {} and needs {}", hit.instance, lost(hit), hit.pods, hit.needed))
        .collect();
    if !others.is_empty() {
        notes.push(format!("likewise {}", others.join(", ")));
    }
    notes.push(format!(
        "it takes down {} of {} components: {}",
        spof.takes_down.len(),
        analysis.failure.components,
        names(&spof.takes_down)
    ));
    let mut zones: Vec<String> = spofs.iter().flat_map(|one| one.zones.iter().cloned()).collect();
    zones.dedup();
    if !zones.is_empty() {
        let which = if zones.len() == 1 { "the zone" } else { "one of the zones" };
        let they = if spofs.len() == 1 { "it is" } else { "they are" };
        notes.push(format!("so does the loss of {which} {}, which {they} in", names(&zones)));
    }
    notes
}

/// What it would take to end it. That is no advice yet: nobody has tried it.
fn wanted(spof: &Spof) -> String {
    let hit_name = spof.hit.as_ref().map_or(spof.subject.as_str(), |hit| hit.instance.as_str());
    let words = match &spof.event {
        Event::Node { nodes: 1 } => {
            "two nodes at least, and two pods on different nodes of everything on the way".to_owned()
        }
        Event::Node { .. } => apart(spof, "node", "kubernetes.io/hostname"),
        Event::Zone { .. } => apart(spof, "zone", "topology.kubernetes.io/zone"),
        Event::Disk { nodes: 1 } => format!("a second node with a disk of its own, and a copy of `{hit_name}` on it"),
        Event::Disk { .. } => format!("another copy of `{hit_name}` on the disk of another node"),
        Event::External => {
            format!("an alternative to it (`needs 1 of [{}, …]`), or `wants` where it can be missed", spof.subject)
        }
        Event::Replica { needed, .. } => format!("at least {} pods of `{}`", needed + 1, spof.subject),
    };
    format!("it would take {words}")
}

/// What keeps enough pods of everything that is hit away from any one of several nodes or zones.
fn apart(spof: &Spof, domain: &str, key: &str) -> String {
    let distinct = |hits: Vec<&Hit>| {
        let mut all: Vec<String> = hits.into_iter().map(|hit| format!("`{}`", hit.instance)).collect();
        all.dedup();
        few(&all, SHOWN)
    };
    let homeless: Vec<&Hit> = spof.hits.iter().filter(|hit| hit.homes < 2).collect();
    let homes = match homeless.is_empty() {
        true => String::new(),
        false => format!("two {domain}s at least that take {}, and ", distinct(homeless)),
    };
    let all = distinct(spof.hits.iter().collect());
    format!("{homes}a hard spread of {all} over `{key}`, with so many pods that enough stay when one {domain} is lost")
}

/// How to put up with them: each by itself, because each is a decision.
fn acceptances(spofs: &[&Spof]) -> String {
    let first = format!("or `accept spof of {} \"why\"`", accept_subject(&spofs[0].subject));
    let others: Vec<String> = spofs.iter().skip(1).map(|one| format!("`{}`", accept_subject(&one.subject))).collect();
    match others.as_slice() {
        [] => first,
        several => format!("{first}, and the same of {}", several.join(", ")),
    }
}

/// A host as the subject of an acceptance: dotted words as they are, anything else as a string.
pub(super) fn accept_subject(host: &str) -> String {
    let is_word = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part.chars().all(|one| one.is_ascii_alphanumeric() || one == '_' || one == '-')
    };
    if host.split('.').all(is_word) { host.to_owned() } else { format!("\"{host}\"") }
}
