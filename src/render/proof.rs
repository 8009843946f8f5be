//! `reports/proof.json` and `reports/nodes-<environment>.yaml`: the proof and the nodes that it assumes.

use std::collections::BTreeSet;

use crate::View;
use crate::data::yaml;
use crate::fit::EnvironmentProof;
use crate::fit::evidence::json;
use crate::render::kustomization::HEADER;
use crate::render::{FileSet, applied};

/// Writes the proofs of all views that have one.
pub(crate) fn render(views: &[View], files: &mut FileSet) {
    let proofs = of_what_is_built(views);
    if proofs.is_empty() {
        return;
    }
    for proof in &proofs {
        if !proof.nodes.is_empty() {
            let introduction = "# The nodes that the proof assumes. Not for applying: the kubelets make them.\n";
            let documents: Vec<_> = proof.nodes.iter().map(yaml::document).collect();
            files.insert(proof.nodes_path(), format!("{HEADER}{introduction}{}", documents.join("---\n")));
        }
    }
    files.insert("reports/proof.json", json::document(&proofs));
}

/// The proofs of the environments that have manifests. An environment that emits nothing has no directory, so that nothing
/// could be compared with its proof; it has no pods either, and changes nothing for those beside it. One whose footprints
/// stand beside others stays: they are counted there.
fn of_what_is_built(views: &[View]) -> Vec<EnvironmentProof> {
    let all = || views.iter().filter_map(|view| Some((view, view.proof.as_ref()?)));
    let is_silent = |(view, proof): &(&View, &EnvironmentProof)| {
        applied(view).is_empty() && (proof.beside.is_empty() || !proof.has_footprints)
    };
    let silent: BTreeSet<&str> = all().filter(is_silent).map(|(_, proof)| proof.environment.as_str()).collect();
    let mut proofs: Vec<EnvironmentProof> =
        all().map(|(_, proof)| proof).filter(|proof| !silent.contains(proof.environment.as_str())).cloned().collect();
    for proof in &mut proofs {
        proof.beside.retain(|name| !silent.contains(name.as_str()));
    }
    proofs
}
