//! Where each object goes.
//!
//! A *unit* is the directory of one namespace, component or entry point. Units have the same directory in the base and
//! in every overlay, so that a difference between environments is found beside what it differs from.

use std::collections::{BTreeMap, BTreeSet};

use crate::View;
use crate::eval::model::{Instance, InstanceId, Model};
use crate::objects::{Object, ObjectKey};
use crate::syntax::ast::InstanceClass;

/// The directories of all units of all views.
#[derive(Debug)]
pub(crate) struct Layout {
    directories: BTreeMap<Identity, String>,
}

/// What makes an instance the same one in two environments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    /// The name in the source, which is unique over all classes.
    Name(String),
    /// An entry point is named after its host, which differs between environments; its first object need not.
    FirstObject(ObjectKey),
}

impl Identity {
    fn of(instance: &Instance, first: Option<&Object>) -> Self {
        match first.filter(|_| instance.class == InstanceClass::Expose) {
            Some(object) => Self::FirstObject(object.key()),
            None => Self::Name(instance.name.clone()),
        }
    }
}

/// What one instance applies to the cluster.
#[derive(Debug)]
pub(crate) struct Unit<'a> {
    /// The instance.
    pub instance: &'a Instance,
    /// Its directory, such as `api` or `namespaces/shop`.
    pub directory: &'a str,
    /// Name of file and object, sorted by file.
    pub files: BTreeMap<String, &'a Object>,
}

impl Layout {
    /// Gives every instance that may emit something a directory of its own.
    #[must_use]
    pub(crate) fn new(views: &[View]) -> Self {
        let mut directories = BTreeMap::new();
        // Lower-cased, because two directories that differ in case alone are one on some file systems.
        let mut taken = BTreeSet::from(["namespaces".to_owned()]);
        let instances = views.iter().flat_map(|view| {
            let objects = by_instance(view);
            let first = move |id| objects.get(&id).and_then(|objects| objects.first().copied());
            view.model.ids().map(move |(id, instance)| (instance, first(id)))
        });
        for (instance, first) in instances {
            let (parent, name) = match (instance.class, first) {
                (InstanceClass::Namespace, _) => ("namespaces/", &instance.name),
                (InstanceClass::Expose, Some(object)) => ("expose-", &object.name),
                (InstanceClass::Component | InstanceClass::Expose, _) => ("", &instance.name),
                _ => continue,
            };
            let identity = Identity::of(instance, first);
            if directories.contains_key(&identity) {
                continue;
            }
            let slug = slug(name);
            let candidates = (1..).map(|count| match count {
                1 => format!("{parent}{slug}"),
                _ => format!("{parent}{slug}-{count}"),
            });
            for candidate in candidates {
                if taken.insert(candidate.to_lowercase()) {
                    directories.insert(identity, candidate);
                    break;
                }
            }
        }
        Self { directories }
    }

    /// The units of a view that apply anything, sorted by directory. Footprints are never applied.
    #[must_use]
    pub(crate) fn units<'a>(&'a self, view: &'a View) -> Vec<Unit<'a>> {
        let mut units: Vec<_> = by_instance(view)
            .into_iter()
            .filter_map(|(id, objects)| {
                let instance = view.model.instance(id);
                let directory = self.directories.get(&Identity::of(instance, objects.first().copied()))?;
                Some(Unit { instance, directory, files: name_files(&objects) })
            })
            .collect();
        units.sort_by(|left, right| left.directory.cmp(right.directory));
        units
    }
}

/// What each instance applies, in the order of emission.
fn by_instance(view: &View) -> BTreeMap<InstanceId, Vec<&Object>> {
    let mut objects: BTreeMap<InstanceId, Vec<&Object>> = BTreeMap::new();
    for object in view.objects.iter().filter(|object| !object.is_footprint()) {
        objects.entry(object.instance).or_default().push(object);
    }
    objects
}

/// The objects of a view that belong to a GitOps controller and not to a component: those of applications and of the
/// system itself.
#[must_use]
pub(crate) fn controller_files(view: &View) -> BTreeMap<String, &Object> {
    let mut files = BTreeMap::new();
    for object in view.objects.iter().filter(|object| !object.is_footprint()) {
        let instance = view.model.instance(object.instance);
        if matches!(instance.class, InstanceClass::Application | InstanceClass::System) {
            place(&mut files, &format!("{}-{}", object.kind.to_lowercase(), slug(&object.name)), object);
        }
    }
    files
}

/// The application that each unit of a view is applied with: its directory in the overlay, by name of instance.
///
/// An entry point that no application names goes with the component that it leads to; what is left goes to a directory
/// named after the system, and namespaces, which everything else needs, to one of their own.
#[must_use]
pub(crate) fn applications(model: &Model) -> BTreeMap<String, String> {
    let mut homes: BTreeMap<String, String> = BTreeMap::new();
    for application in model.instances.iter().filter(|instance| instance.class == InstanceClass::Application) {
        for (member, _) in &application.members {
            homes.entry(member.clone()).or_insert_with(|| path_name(&application.emitted_name));
        }
    }
    for entry in &model.entries {
        let (name, to) = (&model.instance(entry.instance).name, &model.instance(entry.to).name);
        if let (false, Some(home)) = (homes.contains_key(name), homes.get(to).cloned()) {
            homes.insert(name.clone(), home);
        }
    }
    for instance in &model.instances {
        let home = match instance.class {
            InstanceClass::Namespace => "namespaces".to_owned(),
            _ => slug(&model.system),
        };
        homes.entry(instance.name.clone()).or_insert(home);
    }
    homes
}

/// The emitted name of an application as its directory. Applications say in their `path` where they lie, so a name that
/// Kubernetes takes is kept as it is.
fn path_name(name: &str) -> String {
    let plain =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || "-.".contains(character);
    if name.chars().all(plain) && name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        name.to_owned()
    } else {
        slug(name)
    }
}

/// A name as a directory or file: lower case, and nothing that a shell or a URL would have to quote.
#[must_use]
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars() {
        match character {
            'a'..='z' | '0'..='9' | '_' => slug.push(character),
            'A'..='Z' => slug.push(character.to_ascii_lowercase()),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "unnamed".to_owned() } else { slug.to_owned() }
}

/// A file is named after the kind; where there are several of one, after the object as well.
fn name_files<'a>(objects: &[&'a Object]) -> BTreeMap<String, &'a Object> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for object in objects {
        *counts.entry(&object.kind).or_default() += 1;
    }
    let mut files = BTreeMap::new();
    for object in objects {
        let kind = object.kind.to_lowercase();
        let named = format!("{kind}-{}", slug(&object.name));
        // `kustomization` is the one name in the directory that is not free.
        let alone = counts[object.kind.as_str()] == 1 && kind != "kustomization";
        place(&mut files, if alone { &kind } else { &named }, object);
    }
    files
}

/// Two objects of one kind and name differ in namespace or group; each is tried before a number is.
fn place<'a>(files: &mut BTreeMap<String, &'a Object>, stem: &str, object: &'a Object) {
    let spaced = format!("{stem}-{}", slug(object.namespace.as_deref().unwrap_or("cluster")));
    let grouped = format!("{spaced}-{}", slug(object.group()));
    let numbered = (2..).map(|count| format!("{grouped}-{count}"));
    for stem in [stem.to_owned(), spaced, grouped.clone()].into_iter().chain(numbered) {
        let name = format!("{stem}.yaml");
        if let std::collections::btree_map::Entry::Vacant(vacant) = files.entry(name) {
            vacant.insert(object);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::testing::{component, expose, namespace, object, view};

    #[test]
    fn hosts_and_odd_names_become_plain_directories() {
        assert_eq!(slug("api.vauban.blog"), "api-vauban-blog");
        assert_eq!(slug("*.Shop"), "shop");
        assert_eq!(slug("§"), "unnamed");
    }

    #[test]
    fn two_instances_never_share_a_directory() {
        let instances = vec![
            namespace("shop"),
            component("namespaces"),
            component("api-x-y"),
            expose("api.x.y"),
            component("API-x-y"),
        ];
        let view = view(None, instances, &[]);
        let layout = Layout::new(std::slice::from_ref(&view));
        let directory = |name: &str| layout.directories[&Identity::Name(name.to_owned())].as_str();
        assert_eq!(directory("shop"), "namespaces/shop");
        assert_eq!(directory("namespaces"), "namespaces-2");
        assert_eq!(directory("api-x-y"), "api-x-y");
        assert_eq!(directory("api.x.y"), "api-x-y-2");
        assert_eq!(directory("API-x-y"), "api-x-y-3");
    }

    #[test]
    fn files_are_named_by_kind_and_object_and_none_is_lost() {
        let mut labelled = object("v1", "Service", "api-metrics", Some("n"), 0);
        labelled.label = Some("metrics".to_owned());
        let objects = [
            object("apps/v1", "Deployment", "api", Some("n"), 0),
            labelled,
            object("v1", "ConfigMap", "extra", Some("n"), 0),
            object("v1", "Service", "api", Some("n"), 0),
            object("serving.knative.dev/v1", "Service", "api", Some("n"), 0),
            object("kustomize.config.k8s.io/v1beta1", "Kustomization", "api", None, 0),
        ];
        let files = name_files(&objects.iter().collect::<Vec<_>>());
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        let expected = [
            "configmap.yaml",
            "deployment.yaml",
            "kustomization-api.yaml",
            "service-api-metrics.yaml",
            "service-api-n.yaml",
            "service-api.yaml",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn an_entry_point_with_another_host_keeps_its_directory() {
        let ingress = |name: &str| object("networking.k8s.io/v1", "Ingress", name, Some("n"), 0);
        let base = view(None, vec![expose("api.shop.example")], &[ingress("api")]);
        let local = view(Some("local"), vec![expose("api.localhost")], &[ingress("api")]);
        let other = view(Some("other"), vec![expose("api.shop.example")], &[ingress("another")]);
        let views = [base, local, other];
        let layout = Layout::new(&views);
        let directories: Vec<_> = views.iter().map(|view| layout.units(view)[0].directory.to_owned()).collect();
        assert_eq!(directories, ["expose-api", "expose-api", "expose-another"]);
    }
}
