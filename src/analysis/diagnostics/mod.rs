//! From data to messages: the only place where findings of the analyses become diagnostics.

mod budgets;
mod disruption;
mod failure;
mod spof;

pub(crate) use failure::way_text;
pub(crate) use spof::{is_one_cause, single_points};

use super::Analysis;
use crate::diag::Diagnostics;
use crate::eval::model::Model;
use crate::fit;
use crate::source::SourceMap;

/// Turns what was found into messages.
#[must_use]
pub fn diagnose(analysis: &Analysis, model: &Model, sources: &SourceMap) -> Diagnostics {
    let mut found = fit::diagnose::sums::diagnose(&analysis.sums, model, sources);
    budgets::diagnose(analysis, sources, &mut found);
    failure::diagnose(analysis, &mut found);
    disruption::diagnose(analysis, model, &mut found);
    let environment = analysis.environment.as_deref();
    let mut all = Diagnostics::default();
    all.extend(found.into_iter().map(|diagnostic| diagnostic.in_environment(environment)));
    all
}
