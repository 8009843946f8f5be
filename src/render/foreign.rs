//! The tree of manifests that no source describes: what was proved, in one file, with the proof beside it.

use serde_json::json;

use super::kustomization::{HEADER, Kustomization};
use super::{FileSet, applied, lock, proof};
use crate::View;
use crate::data::yaml;
use crate::objects::footprint::published;

/// Renders a view whose objects were read and not emitted.
#[must_use]
pub fn render_foreign(view: &View) -> FileSet {
    let mut files = FileSet::new();
    let manifests: Vec<String> = applied(view).into_iter().map(|object| yaml::document(&object.body)).collect();
    let resources = if manifests.is_empty() { Vec::new() } else { vec!["manifests.yaml".to_owned()] };
    let kustomization = Kustomization { resources, ..Kustomization::default() };
    files.insert("base/kustomization.yaml", kustomization.text());
    if !manifests.is_empty() {
        files.insert("base/manifests.yaml", format!("{HEADER}{}", manifests.join("---\n")));
    }
    let footprints: Vec<String> =
        view.objects.iter().filter_map(|object| Some(yaml::document(&published(object)?.1))).collect();
    if !footprints.is_empty() {
        let introduction = "# What operators are assumed to create. Proved, never applied.\n";
        files.insert("reports/footprints-base.yaml", format!("{HEADER}{introduction}{}", footprints.join("---\n")));
    }
    proof::render(std::slice::from_ref(view), &mut files);
    let hashes: serde_json::Map<_, _> =
        files.iter().map(|(path, text)| (path.to_owned(), json!(lock::hash(text.as_bytes())))).collect();
    files.insert(lock::NAME, lock::of_files(hashes));
    files
}
