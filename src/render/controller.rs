//! `argocd-applications/`: what tells a GitOps controller to apply the overlays.
//!
//! It stays out of base and overlays, because it lives in the controller's cluster and points at them.

use crate::View;
use crate::render::base::object_text;
use crate::render::cite::Citations;
use crate::render::kustomization::Kustomization;
use crate::render::layout::controller_files;
use crate::render::{FileSet, environment_name, environments};

/// Writes the objects of applications and of the system, one directory for each environment. The base is no environment
/// unless it is the only one.
pub(crate) fn render(views: &[View], citations: Citations<'_>, files: &mut FileSet) {
    for view in environments(views) {
        let objects = controller_files(view);
        if objects.is_empty() {
            continue;
        }
        let directory = format!("argocd-applications/{}", environment_name(view));
        for (name, object) in &objects {
            let place = citations.cite(view.model.instance(object.instance).span);
            files.insert(format!("{directory}/{name}"), object_text(object, &place));
        }
        let kustomization = Kustomization { resources: objects.into_keys().collect(), patches: Vec::new() };
        files.insert(format!("{directory}/kustomization.yaml"), kustomization.text());
    }
}
