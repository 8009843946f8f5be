//! From data to messages: the only place where findings of the analyses become diagnostics.

mod capacity;
mod failure;
mod quotas;
mod sums;
mod table;
mod workloads;

pub(crate) use failure::way_text;
pub(crate) use table::{amount_text, sum_table};

use super::Analysis;
use crate::diag::Diagnostics;
use crate::eval::model::Model;
use crate::source::SourceMap;

/// Turns what was found into messages.
#[must_use]
pub fn diagnose(analysis: &Analysis, model: &Model, sources: &SourceMap) -> Diagnostics {
    let mut found = Diagnostics::default();
    capacity::diagnose(analysis, model, sources, &mut found);
    quotas::diagnose(analysis, sources, &mut found);
    failure::diagnose(analysis, &mut found);
    workloads::diagnose(analysis, model, &mut found);
    let environment = analysis.environment.as_deref();
    let mut all = Diagnostics::default();
    all.extend(found.into_iter().map(|diagnostic| diagnostic.in_environment(environment)));
    all
}
