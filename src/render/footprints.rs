//! `reports/footprints-<environment>.yaml`: what operators are assumed to create.
//!
//! The proof counts these objects; nobody applies them. They are assumptions, so they are written down where people and
//! other checkers can read them.

use crate::View;
use crate::data::Node;
use crate::data::yaml;
use crate::objects::{Object, ObjectKey};
use crate::render::cite::Citations;
use crate::render::kustomization::HEADER;
use crate::render::{FileSet, environments};

/// Names the object that a footprint stands for, for programs that read the file.
const STANDS_FOR: &str = "vauban.dev/stands-for";

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
    format!("reports/footprints-{}.yaml", view.model.environment.as_deref().unwrap_or("base"))
}

fn document(view: &View, object: &Object, citations: Citations<'_>) -> Option<String> {
    let owner = describe(object.stands_for.as_ref()?);
    let instance = view.model.instance(object.instance);
    let place = citations.cite(instance.span);
    let by = if place.is_empty() { String::new() } else { format!(" ({}, {place})", instance.name) };
    let mut body = object.body.clone();
    annotate(&mut body, &owner);
    Some(format!("# Stands for {owner}{by}\n{}", yaml::document(&body)))
}

fn annotate(body: &mut Node, owner: &str) -> Option<()> {
    let metadata = body.as_map_mut()?.entry("metadata".into()).or_insert_with(Node::map);
    let annotations = metadata.as_map_mut()?.entry("annotations".into()).or_insert_with(Node::map);
    annotations.as_map_mut()?.insert(STANDS_FOR.into(), Node::string(owner));
    Some(())
}

/// `postgresql.acid.zalan.do shop/db`, as `kubectl` names things.
fn describe(key: &ObjectKey) -> String {
    let group = if key.group.is_empty() { String::new() } else { format!(".{}", key.group) };
    let namespace = key.namespace.as_deref().map(|name| format!("{name}/")).unwrap_or_default();
    format!("{}{group} {namespace}{}", key.kind, key.name)
}
