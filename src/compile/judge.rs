//! What is proved and found about one environment beside those that share its nodes.

use super::View;
use crate::analysis::{self, Analysis};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::fit::{self, EnvironmentProof, Reading, Scenario};
use crate::source::SourceMap;

/// An environment that has been looked at.
pub(super) struct Judgement {
    pub(super) analysis: Analysis,
    pub(super) proof: EnvironmentProof,
    pub(super) found: Diagnostics,
}

/// Analyses and proves a view. `neighbours` run on the same nodes at the same time.
pub(super) fn judge(view: &View, neighbours: &[Scenario<'_>], sources: &SourceMap) -> Judgement {
    let reading = Reading::of(Scenario { model: &view.model, objects: &view.objects }, neighbours);
    let analysis = analysis::analyse(&reading);
    let proof = fit::prove(&reading);
    let mut found = analysis::diagnose(&analysis, &view.model, sources);
    let decided = fit::diagnose(&proof, &reading, &analysis.sums, sources);
    // What both would tell is told once: by the proof.
    found.retain(|finding| !decided.outranks(finding));
    // A sum knows what it lacks; the proof has tried what is enough.
    let is_asked = |finding: &&mut Diagnostic| match proof.asks_about_quotas() {
        true => finding.code == codes::QUOTA_EXCEEDED,
        false => finding.code == codes::OVERFULL || finding.code == codes::OVERSIZE,
    };
    if let Some(finding) = found.iter_mut().find(is_asked)
        && let Some(help) = fit::remedies(&proof, &reading, sources)
    {
        finding.help = vec![help.words];
        finding.choices = help.choices;
    }
    found.extend(decided.found);
    Judgement { analysis, proof, found }
}

/// The other environments on the same hardware, unless one of them never runs beside another.
pub(super) fn neighbours<'v>(
    own: &View,
    others: impl IntoIterator<Item = &'v View>,
    exclusive: &[&str],
) -> Vec<Scenario<'v>> {
    let hardware = |view: &View| view.model.hardware.as_ref().map(|hardware| hardware.name.clone());
    let named = |view: &View| view.model.environment.clone();
    let alone = |view: &View| named(view).is_none_or(|name| exclusive.contains(&name.as_str()));
    if alone(own) || hardware(own).is_none() {
        return Vec::new();
    }
    let beside =
        others.into_iter().filter(|view| named(view) != named(own) && hardware(view) == hardware(own) && !alone(view));
    beside.map(|view| Scenario { model: &view.model, objects: &view.objects }).collect()
}
