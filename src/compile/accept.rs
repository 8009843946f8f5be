//! Acceptances against findings: what the author puts up with leaves the list, and nothing else does.

use super::{Accepted, Options, View};
use crate::diag::codes::Phase;
use crate::diag::{Diagnostic, Diagnostics, Severity, codes, suggest};
use crate::eval::model::Acceptance;

/// Moves accepted findings to `accepted` and reports acceptances that match nothing or have run out.
pub(super) fn apply(diagnostics: &mut Diagnostics, views: &[View], options: &Options, accepted: &mut Vec<Accepted>) {
    // The same statement is in the model of every environment.
    let mut acceptances: Vec<&Acceptance> = Vec::new();
    for acceptance in views.iter().flat_map(|view| &view.model.acceptances) {
        // Inside an instance whose name an environment decides, it has another subject in each.
        let same = |known: &&Acceptance| {
            known.span == acceptance.span
                && known.environment == acceptance.environment
                && known.subject == acceptance.subject
        };
        if !acceptances.iter().any(same) {
            acceptances.push(acceptance);
        }
    }
    let mut used = vec![false; acceptances.len()];
    let found = std::mem::take(diagnostics);
    // Where something is left out, or is no object that the API server takes, findings are missing that an acceptance would match.
    let complete = !found.iter().any(|found| found.leaves_a_hole() || is_refused(found));
    for diagnostic in found {
        match split(&diagnostic, &acceptances) {
            Some((position, rest)) => {
                used[position] = true;
                accepted.push(Accepted { acceptance: acceptances[position].clone(), finding: diagnostic });
                diagnostics.extend(rest);
            }
            None => diagnostics.push(diagnostic),
        }
    }
    for (position, acceptance) in acceptances.iter().enumerate() {
        // One statement is judged once, whatever it is about in the other environments.
        let is_same = |other: &Acceptance| other.span == acceptance.span && other.environment == acceptance.environment;
        if acceptances[..position].iter().any(|other| is_same(other)) {
            continue;
        }
        if let Some(expired) = expired(acceptance, options) {
            diagnostics.push(expired);
        }
        let used = acceptances.iter().zip(&used).any(|(other, used)| *used && is_same(other));
        let looked_at = acceptance.environment.is_none()
            || options.environment.is_none()
            || acceptance.environment == options.environment;
        if !used && complete && looked_at {
            diagnostics.push(unused(acceptance, views));
        }
    }
}

fn is_refused(found: &Diagnostic) -> bool {
    found.severity == Severity::Error && found.code.info().phase == Phase::Objects
}

/// The acceptance that covers a finding, and what is left of the finding in environments that it does not cover.
fn split(diagnostic: &Diagnostic, acceptances: &[&Acceptance]) -> Option<(usize, Option<Diagnostic>)> {
    let same = |acceptance: &&&Acceptance| {
        acceptance.finding == diagnostic.code.name() && acceptance.subject == diagnostic.subject
    };
    let environments: Vec<&str> = diagnostic.environment.iter().flat_map(|names| names.split(", ")).collect();
    let position = acceptances.iter().position(|acceptance| {
        same(&acceptance) && acceptance.environment.as_deref().is_none_or(|name| environments.contains(&name))
    })?;
    let covered: Vec<&str> = match &acceptances[position].environment {
        None => environments.clone(),
        Some(_) => {
            let named = acceptances.iter().filter(same).filter_map(|acceptance| acceptance.environment.as_deref());
            environments.iter().copied().filter(|name| named.clone().any(|other| other == *name)).collect()
        }
    };
    let rest: Vec<&str> = environments.into_iter().filter(|name| !covered.contains(name)).collect();
    let rest = (!rest.is_empty()).then(|| diagnostic.clone().in_environment(Some(&rest.join(", "))));
    Some((position, rest))
}

fn expired(acceptance: &Acceptance, options: &Options) -> Option<Diagnostic> {
    let (until, today) = (acceptance.until.as_ref()?, options.today.as_ref()?);
    // ISO dates compare as texts.
    if today <= until {
        return None;
    }
    Some(
        Diagnostic::warning(
            codes::EXPIRED_ACCEPTANCE,
            acceptance.span,
            format!("this acceptance of `{}` ran out on {until}", acceptance.finding),
        )
        .at(format!("today is {today}"))
        .help("repair the cause, or look at it again and set a later date"),
    )
}

fn unused(acceptance: &Acceptance, views: &[View]) -> Diagnostic {
    let subject = acceptance.subject.as_ref().map_or_else(String::new, |subject| format!(" of `{subject}`"));
    let message = format!("there is no finding `{}`{subject} to accept", acceptance.finding);
    let diagnostic = Diagnostic::warning(codes::UNUSED_ACCEPTANCE, acceptance.span, message).at("matches nothing");
    let names = || views.iter().flat_map(|view| &view.model.instances).map(|instance| instance.name.as_str());
    let wanted = acceptance.subject.as_deref().filter(|subject| !names().any(|name| name == *subject));
    match wanted.and_then(|subject| suggest::closest(subject, names())) {
        Some(close) => diagnostic.help(format!("did you mean `{close}`?")).fix(acceptance.subject_span, close),
        None => diagnostic.help("remove it: what it accepted is no longer there, or never was under this name"),
    }
}
