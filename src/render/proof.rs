//! `reports/proof.json` and `reports/nodes-<environment>.yaml`: the proof and the nodes that it assumes.

use crate::View;
use crate::data::yaml;
use crate::proof::json;
use crate::render::FileSet;
use crate::render::kustomization::HEADER;

/// Writes the proofs of all views that have one.
pub(crate) fn render(views: &[View], files: &mut FileSet) {
    let proofs: Vec<_> = views.iter().filter_map(|view| view.proof.as_ref()).collect();
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
    files.insert("reports/proof.json", json::document(proofs.iter().copied()));
}
