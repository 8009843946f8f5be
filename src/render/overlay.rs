//! `overlays/<environment>/`: how an environment differs from the base, one directory for each application.
//!
//! Where the source declares no environment, the base is what runs, and its overlay refers to it without a patch: what
//! is applied has the same path in every platform.
//!
//! An application is one sync policy, so it must be applicable alone. A difference is written in the way that fails
//! loudest when the base is no longer what it was: JSON patches test what they replace, and are accompanied by a
//! strategic-merge patch that names the object and changes nothing, because Kustomize ignores a JSON patch whose target
//! does not exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::View;
use crate::data::yaml;
use crate::objects::{Object, ObjectKey};
use crate::render::base::{header, object_text};
use crate::render::cite::Citations;
use crate::render::kustomization::{Kustomization, Patch, deletion, identity, target, target_selects};
use crate::render::layout::{Layout, Unit, applications};
use crate::render::patch::{diff, to_document};
use crate::render::{FileSet, environment_name};

/// Writes the overlay of an environment against the base.
pub(crate) fn render(layout: &Layout, base: &View, view: &View, citations: Citations<'_>, files: &mut FileSet) {
    let environment = environment_name(view);
    let base_units = layout.units(base);
    let by_directory: BTreeMap<&str, &Unit<'_>> = base_units.iter().map(|unit| (unit.directory, unit)).collect();
    let homes = applications(&view.model);
    let mut by_home: BTreeMap<&str, Vec<Unit<'_>>> = BTreeMap::new();
    for unit in layout.units(view) {
        let home = homes.get(&unit.instance.name).map_or(unit.directory, String::as_str);
        by_home.entry(home).or_default().push(unit);
    }
    let everything = by_name(base.objects.iter().chain(&view.objects));
    let mut all = Kustomization::default();
    for (home, units) in by_home {
        let directory = format!("overlays/{environment}/{home}");
        let mut application = Application {
            directory,
            kustomization: Kustomization::default(),
            present: Vec::new(),
            citations,
            files: &mut *files,
        };
        application.render(&units, &by_directory, &everything);
        all.resources.push(home.to_owned());
    }
    if !all.resources.is_empty() {
        files.insert(format!("overlays/{environment}/kustomization.yaml"), all.text());
    }
}

/// Objects by kind and name.
type ByName<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Object>>;

fn by_name<'a>(objects: impl Iterator<Item = &'a Object>) -> ByName<'a> {
    let mut names = ByName::new();
    for object in objects.filter(|object| !object.is_footprint()) {
        names.entry((&object.kind, &object.name)).or_default().push(object);
    }
    names
}

struct Application<'a> {
    directory: String,
    kustomization: Kustomization,
    /// The identities of the objects that JSON patches expect in the base.
    present: Vec<String>,
    citations: Citations<'a>,
    files: &'a mut FileSet,
}

impl Application<'_> {
    fn render(&mut self, units: &[Unit<'_>], base: &BTreeMap<&str, &Unit<'_>>, everything: &ByName<'_>) {
        let brought = units.iter().flat_map(|unit| unit.files.values().map(|object| object.key())).collect();
        for unit in units {
            match base.get(unit.directory).filter(|base| can_patch(base, unit, &brought, everything)) {
                Some(base) => self.patched(base, unit),
                None => self.whole(unit),
            }
        }
        if !self.present.is_empty() {
            let text = format!(
                "# The objects that the patches beside this file expect in the base. It changes nothing, and fails\n\
                 # when one of them is missing.\n{}{}",
                super::kustomization::HEADER,
                self.present.join("---\n")
            );
            self.files.insert(format!("{}/expected.yaml", self.directory), text);
            self.kustomization.patches.insert(0, Patch { path: "expected.yaml".to_owned(), target: None });
        }
        self.files.insert(format!("{}/kustomization.yaml", self.directory), self.kustomization.text());
    }

    /// A unit that shares nothing with the base.
    fn whole(&mut self, unit: &Unit<'_>) {
        for (name, object) in &unit.files {
            self.added(unit, name, object);
        }
    }

    fn patched(&mut self, base: &Unit<'_>, unit: &Unit<'_>) {
        self.kustomization.resources.push(format!("../../../base/{}", unit.directory));
        let before: BTreeMap<ObjectKey, (&str, &Object)> =
            base.files.iter().map(|(name, object)| (object.key(), (name.as_str(), *object))).collect();
        let mut kept = BTreeSet::new();
        for (name, object) in &unit.files {
            match before.get(&object.key()) {
                Some((base_name, previous)) => {
                    kept.insert(object.key());
                    self.changed(unit, base_name, previous, object);
                }
                None => self.added(unit, name, object),
            }
        }
        for (key, (name, object)) in before {
            if !kept.contains(&key) {
                self.removed(unit, name, object);
            }
        }
    }

    fn added(&mut self, unit: &Unit<'_>, name: &str, object: &Object) {
        let path = format!("{}/{name}", unit.directory);
        let text = object_text(object, &self.citations.cite(unit.instance.span));
        self.files.insert(format!("{}/{path}", self.directory), text);
        self.kustomization.resources.push(path);
    }

    fn changed(&mut self, unit: &Unit<'_>, name: &str, before: &Object, after: &Object) {
        let operations = diff(&before.body, &after.body);
        if operations.is_empty() {
            return;
        }
        let place = self.citations.cite(unit.instance.span);
        let path = patch_path(unit, name, "patch");
        let text = format!("{}{}", header(&place), yaml::document(&to_document(&operations)));
        self.files.insert(format!("{}/{path}", self.directory), text);
        self.present.push(yaml::document(&identity(before)));
        self.kustomization.patches.push(Patch { path, target: Some(target(before)) });
    }

    fn removed(&mut self, unit: &Unit<'_>, name: &str, object: &Object) {
        let path = patch_path(unit, name, "delete");
        let place = self.citations.cite(unit.instance.span);
        let text = format!("{}{}", header(&place), yaml::document(&deletion(object)));
        self.files.insert(format!("{}/{path}", self.directory), text);
        self.kustomization.patches.push(Patch { path, target: None });
    }
}

fn patch_path(unit: &Unit<'_>, name: &str, what: &str) -> String {
    let stem = name.strip_suffix(".yaml").unwrap_or(name);
    format!("{}/{stem}.{what}.yaml", unit.directory)
}

/// Whether a unit can be written as a difference. Otherwise it is written whole, which is always right: when nothing of
/// the base is left; when another unit of the application now brings what this one has lost, which Kustomize would
/// refuse as a duplicate before it applies a patch; and when the target of a patch would select two objects.
fn can_patch(base: &Unit<'_>, unit: &Unit<'_>, brought: &BTreeSet<ObjectKey>, everything: &ByName<'_>) -> bool {
    // Nothing is selected where nothing is patched.
    let same = |(before, after): (&&Object, &&Object)| before.key() == after.key() && before.body == after.body;
    if base.files.len() == unit.files.len() && base.files.values().zip(unit.files.values()).all(same) {
        return true;
    }
    let keys: BTreeSet<ObjectKey> = unit.files.values().map(|object| object.key()).collect();
    let survives = base.files.values().any(|object| keys.contains(&object.key()));
    let moved = base.files.values().any(|object| !keys.contains(&object.key()) && brought.contains(&object.key()));
    let ambiguous = base.files.values().any(|object| {
        let namesakes = everything.get(&(object.kind.as_str(), object.name.as_str())).map_or(&[][..], Vec::as_slice);
        namesakes.iter().any(|other| target_selects(object, other) && other.key() != object.key())
    });
    survives && !moved && !ambiguous
}
