//! Single points of failure, degradations and quorums.

use crate::analysis::Analysis;
use crate::analysis::degradation::{Degraded, Loss};
use crate::analysis::failure::{Event, Hit, Spof};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::fit::diagnose::sums::names;
use crate::syntax::ast::Strength;

pub(super) fn diagnose(analysis: &Analysis, out: &mut Diagnostics) {
    for spof in &analysis.failure.spofs {
        out.push(single_point(analysis, spof));
    }
    for one in &analysis.failure.degraded {
        out.push(degraded(one));
    }
    for one in &analysis.failure.quorums {
        let pods = if one.pods == 1 { "pod" } else { "pods" };
        let message = format!(
            "`{}` of `{}` needs {} pods to serve and has {} {pods} with the least replicas",
            one.group, one.instance, one.needed, one.pods
        );
        out.push(
            Diagnostic::error(codes::QUORUM, one.span, message)
                .at(format!("{} must live", one.needed))
                .label(one.count_span, format!("{} {pods}", one.pods))
                .help(format!("run at least {} pods, or ask for fewer in `serves {}`", one.needed, one.group))
                .of(one.instance.as_str()),
        );
    }
}

fn single_point(analysis: &Analysis, spof: &Spof) -> Diagnostic {
    let what = match &spof.event {
        Event::Node { nodes: 1 } => format!("the only node, `{}`,", spof.subject),
        Event::Node { .. } => format!("a node `{}`", spof.subject),
        Event::Zone { zone } => format!("the zone `{zone}`"),
        Event::Disk { .. } => format!("the disk `{}`", spof.subject),
        Event::External => format!("`{}`, which is outside the cluster,", spof.subject),
        Event::Replica { pods: 1, .. } => format!("the only pod of `{}`", spof.subject),
        Event::Replica { pods, .. } => format!("any one of the {pods} pods of `{}`", spof.subject),
    };
    let message = format!("losing {what} takes {} down", names(&spof.entries));
    let place = match &spof.event {
        Event::Replica { pods: 1, .. } => "one pod, and nothing beside it".to_owned(),
        Event::Replica { pods, needed, .. } => format!("{pods} pods, of which {needed} must live"),
        Event::External => "nothing can stand in for it".to_owned(),
        Event::Zone { .. } => "in this zone".to_owned(),
        Event::Node { .. } | Event::Disk { .. } => "a single point of failure".to_owned(),
    };
    let mut diagnostic = Diagnostic::error(codes::SPOF, spof.span, message).at(place).of(spof.subject.as_str());
    for step in spof.path.iter().skip(1).take(4) {
        diagnostic = diagnostic.label(step.span, format!("`{}` needs `{}`", step.from, step.to));
    }
    let mut chain: Vec<String> = spof.entries.first().map(|host| format!("`{host}`")).into_iter().collect();
    chain.extend(spof.path.iter().map(|step| format!("`{}`", step.to)));
    let hit = spof.hit.as_ref();
    let end = match (&spof.event, hit) {
        (Event::Node { .. } | Event::Zone { .. } | Event::Disk { .. }, Some(hit)) => {
            format!(", which may lose {} of {} pods at once and needs {}", hit.lost, hit.pods, hit.needed)
        }
        _ => String::new(),
    };
    diagnostic = diagnostic.note(format!("the way there: {}{end}", chain.join(" → ")));
    diagnostic = diagnostic.note(format!(
        "it takes down {} of {} components: {}",
        spof.takes_down.len(),
        analysis.failure.components,
        names(&spof.takes_down)
    ));
    if !spof.zones.is_empty() {
        let zones = if spof.zones.len() == 1 { "the zone" } else { "one of the zones" };
        diagnostic = diagnostic.note(format!("so does the loss of {zones} {}, which it is in", names(&spof.zones)));
    }
    let hit_name = hit.map_or(spof.subject.as_str(), |hit| hit.instance.as_str());
    let way_out = match &spof.event {
        Event::Node { nodes: 1 } => {
            "two nodes at least, and two pods on different nodes of everything on the way".to_owned()
        }
        Event::Node { .. } => apart(hit_name, hit, "node", "kubernetes.io/hostname"),
        Event::Zone { .. } => apart(hit_name, hit, "zone", "topology.kubernetes.io/zone"),
        Event::Disk { nodes: 1 } => format!("a second node with a disk of its own, and a copy of `{hit_name}` on it"),
        Event::Disk { .. } => format!("another copy of `{hit_name}` on the disk of another node"),
        Event::External => {
            format!("an alternative to it (`needs 1 of [{}, …]`), or `wants` where it can be missed", spof.subject)
        }
        Event::Replica { needed, .. } => format!("at least {} pods of `{}`", needed + 1, spof.subject),
    };
    diagnostic.help(way_out).help(format!("or `accept spof of {} \"why\"`", accept_subject(&spof.subject)))
}

/// One warning for each entry point: what it can miss is a list, and the author decides about the entry point.
fn degraded(one: &Degraded) -> Diagnostic {
    const SHOWN: usize = 16;
    let entry = &one.entry;
    let message = match one.losses.as_slice() {
        [only] => format!("`{entry}` is degraded by the loss of `{}`", only.subject),
        several => format!("`{entry}` is degraded by the loss of any one of {} things", several.len()),
    };
    let mut lines =
        vec!["each line ends with what fails; what stands behind the last ⇢ (`wants`) goes down with it".to_owned()];
    lines.extend(one.losses.iter().take(SHOWN).map(|loss| format!("  {}", way_text(entry, loss))));
    if let Some(more @ 1..) = one.losses.len().checked_sub(SHOWN) {
        lines.push(format!("  and {more} more"));
    }
    let inside = one.losses.iter().filter(|loss| matches!(loss.event, Event::Replica { .. }));
    let inside: Vec<String> = inside.map(|loss| loss.subject.clone()).collect();
    let mut diagnostic = Diagnostic::warning(codes::DEGRADED, one.span, message)
        .at("stays up, and serves less")
        .note(lines.join("\n"))
        .of(entry.as_str());
    if !inside.is_empty() {
        diagnostic = diagnostic.help(format!("run one more pod of {}", names(&inside)));
    }
    diagnostic.help(format!("or `accept degraded of {} \"why\"`", accept_subject(entry)))
}

/// `shop → api ⇢ search`, and what of the last one fails where it is not the whole of it.
pub(crate) fn way_text(entry: &str, loss: &Loss) -> String {
    let mut text = entry.to_owned();
    for step in &loss.path {
        let arrow = if step.strength == Strength::Wants { "⇢" } else { "→" };
        text.push_str(&format!(" {arrow} {}", step.to));
    }
    let last = loss.path.last().map_or(entry, |step| &step.to);
    match &loss.event {
        Event::Node { .. } | Event::Disk { .. } => text.push_str(&format!(", on `{}`", loss.subject)),
        Event::Zone { zone } => text.push_str(&format!(", in the zone `{zone}`")),
        Event::Replica { .. } if loss.subject != last => text.push_str(&format!(" (`{}`)", loss.subject)),
        Event::Replica { .. } | Event::External => {}
    }
    text
}

/// A host as the subject of an acceptance: dotted words as they are, anything else as a string.
fn accept_subject(host: &str) -> String {
    let is_word = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part.chars().all(|one| one.is_ascii_alphanumeric() || one == '_' || one == '-')
    };
    if host.split('.').all(is_word) { host.to_owned() } else { format!("\"{host}\"") }
}

/// What keeps enough pods away from any one of several nodes or zones.
fn apart(name: &str, hit: Option<&Hit>, domain: &str, key: &str) -> String {
    let (pods, needed, homes) = hit.map_or((1, 1, 1), |hit| (hit.pods, hit.needed, hit.homes));
    let parameter = if domain == "zone" { "zone-spread" } else { "spread" };
    let typed = match hit.is_some_and(|hit| hit.has_spreads) {
        true => format!(" (`{parameter} = \"hard\"`)"),
        false => String::new(),
    };
    let rule = format!("a hard spread over `{key}`{typed}, so that no {domain} holds too many of its pods");
    // An even spread puts so many on one of them at most.
    let stay = |pods: i128, homes: i128| pods - (pods + homes - 1) / homes;
    let enough = (pods..).find(|pods| stay(*pods, homes.max(2)) >= needed).unwrap_or(pods);
    let give = match enough == pods {
        true => format!("`{name}` {rule}"),
        false => format!("{enough} pods of `{name}`, and {rule}"),
    };
    match (homes < 2, enough == pods) {
        (true, true) => format!("two {domain}s at least that take `{name}`, and {rule}"),
        (true, false) => format!("two {domain}s at least that take {give}"),
        (false, true) => format!("give {give}"),
        (false, false) => format!("run at least {give}"),
    }
}
