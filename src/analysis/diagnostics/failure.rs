//! Degradations and quorums, and single points of failure one by one.

use super::spof::{accept_subject, single_points};
use crate::analysis::Analysis;
use crate::analysis::degradation::{Degraded, Loss};
use crate::analysis::failure::Event;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::fit::diagnose::sums::names;
use crate::syntax::ast::Strength;

pub(super) fn diagnose(analysis: &Analysis, out: &mut Diagnostics) {
    for spof in &analysis.failure.spofs {
        out.push(single_points(analysis, &[spof]));
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
