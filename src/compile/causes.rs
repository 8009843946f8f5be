//! Findings of one cause in one message: three zones of one node type are three things to accept and one thing to mend.
//!
//! It comes after the acceptances, so that each finding is accepted by itself and what is left is told together.

use super::View;
use crate::analysis::Analysis;
use crate::analysis::diagnostics::{is_one_cause, single_points};
use crate::analysis::failure::Spof;
use crate::diag::{Diagnostic, Diagnostics, codes};

/// Puts single points of failure that differ only in where they are into the first of them.
pub(super) fn join(diagnostics: Diagnostics, views: &[View]) -> Diagnostics {
    let mut joined = Diagnostics::default();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for diagnostic in diagnostics {
        let Some((analysis, spof)) = spof(&diagnostic, views) else {
            joined.push(diagnostic);
            continue;
        };
        let environment = diagnostic.environment.clone();
        let same = |group: &&mut Group<'_>| group.environment == environment && is_one_cause(group.spofs[0], spof);
        match groups.iter_mut().find(same) {
            Some(group) => group.spofs.push(spof),
            None => groups.push(Group { first: diagnostic, environment, analysis, spofs: vec![spof] }),
        }
    }
    joined.extend(groups.into_iter().map(Group::told));
    joined
}

/// Single points of failure of one cause.
struct Group<'a> {
    first: Diagnostic,
    environment: Option<String>,
    analysis: &'a Analysis,
    spofs: Vec<&'a Spof>,
}

impl Group<'_> {
    fn told(self) -> Diagnostic {
        match self.spofs.as_slice() {
            [_] => self.first,
            spofs => single_points(self.analysis, spofs).in_environment(self.environment.as_deref()),
        }
    }
}

/// What a message about a single point of failure is about, in the first of its environments.
fn spof<'a>(diagnostic: &Diagnostic, views: &'a [View]) -> Option<(&'a Analysis, &'a Spof)> {
    if diagnostic.code != codes::SPOF {
        return None;
    }
    let environment = diagnostic.environment.as_deref().and_then(|names| names.split(", ").next());
    let is_here = |view: &&View| view.model.environment.as_deref() == environment;
    let analysis = &views.iter().find(is_here)?.analysis;
    let spof = analysis.failure.spofs.iter().find(|spof| Some(&spof.subject) == diagnostic.subject.as_ref())?;
    Some((analysis, spof))
}
