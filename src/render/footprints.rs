//! `reports/footprints-<environment>.yaml`: what operators are assumed to create, and what is injected into pods.
//!
//! The proof counts these objects; nobody applies them. They are assumptions, so they are written down where people and
//! other checkers can read them.

use crate::View;
use crate::data::yaml;
use crate::objects::Object;
use crate::objects::footprint::published;
use crate::objects::injection::Injector;
use crate::render::cite::Citations;
use crate::render::kustomization::HEADER;
use crate::render::{FileSet, environments};

/// Writes one file for each environment that has footprints.
pub(crate) fn render(views: &[View], citations: Citations<'_>, files: &mut FileSet) {
    for view in environments(views) {
        let documents: Vec<_> = view.objects.iter().filter_map(|object| document(view, object, citations)).collect();
        if !documents.is_empty() {
            let introduction = "# What operators are assumed to create. Proved, never applied.\n";
            let text = format!("{HEADER}{introduction}{}", documents.join("---\n"));
            files.insert(path(view), text);
        }
    }
}

/// Where the footprints of a view are.
pub(crate) fn path(view: &View) -> String {
    format!("reports/footprints-{}.yaml", crate::render::environment_name(view))
}

fn document(view: &View, object: &Object, citations: Citations<'_>) -> Option<String> {
    let (owner, body) = published(object)?;
    let instance = view.model.instance(object.instance);
    let place = citations.cite(instance.span);
    let by = if place.is_empty() { String::new() } else { format!(" ({}, {place})", instance.name) };
    let what = match Injector::of(object) {
        Some(injector) => format!("What {} adds to each pod that asks for it", injector.title()),
        None => format!("Stands for {owner}"),
    };
    Some(format!("# {what}{by}\n{}", yaml::document(&body)))
}
