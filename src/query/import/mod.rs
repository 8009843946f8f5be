//! The way in: manifests, or what a cluster gives back, as sources of the language.
//!
//! Every object is emitted as it is, by a component for each workload with what belongs to it. What the compiler adds to
//! emissions (the namespace, the name of the component) is left out of them; what nobody may write down, and what needs the
//! author's word, is said in a comment.

mod assign;
mod convert;
mod elsewhere;
mod hardware;
mod leave;
mod names;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use assign::Group;
use convert::Losses;
use elsewhere::Elsewhere;
use names::Names;
use text::{Entry, entries, key, quoted};

use crate::data::Node;
use crate::eval::model::{Hardware, Instance, InstanceId, Model};
use crate::fit::{self, Reading, Scenario};
use crate::objects::footprint::describe;
use crate::objects::schema::{ApiSchema, Catalog, Creates, Schema, Scope};
use crate::objects::{Object, ObjectKey};
use crate::query::manifests::operated;
use crate::source::Span;
use crate::syntax::ast::InstanceClass;

/// The kinds of the library that what is written starts from.
const COMPONENT: &str = "existing";
const NAMESPACE: &str = "existing-namespace";

/// What was written.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// Names of files with their texts, the main one first.
    pub files: Vec<(String, String)>,
    /// What the author must know or do, a sentence each.
    pub remarks: Vec<String>,
}

/// Writes objects and nodes as a system of this name.
#[must_use]
pub fn import(objects: Vec<Object>, hardware: Option<&Hardware>, system: &str) -> Imported {
    let mut remarks = Vec::new();
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    let mut objects: Vec<Object> = objects
        .into_iter()
        .filter(|object| match leave::reason(object) {
            Some("becomes hardware") => false,
            Some(why) => {
                *left.entry(why).or_default() += 1;
                false
            }
            None => true,
        })
        .collect();
    // What operators make of these is counted in every proof, so it is written where people can see and change it.
    objects.extend(operated::footprints(&objects));
    for (why, count) in left {
        let objects = if count == 1 { "1 object is".to_owned() } else { format!("{count} objects are") };
        remarks.push(format!("{objects} left out, because such a one {why}"));
    }
    let mut writer = Writer::new(&objects, system);
    let mut files = Vec::new();
    let mut main = writer.main(hardware, &mut remarks);
    let mut of_namespaces: Vec<(Option<String>, String)> = Vec::new();
    for namespace in writer.namespaces.clone() {
        let text = writer.namespace(&namespace);
        of_namespaces.push((Some(namespace), text));
    }
    of_namespaces.push((None, String::new()));
    let groups = assign::groups(&objects);
    let silent = silent(&objects, &groups);
    for (group, is_silent) in groups.iter().zip(silent) {
        let text = writer.component(group, is_silent);
        if let Some((_, file)) = of_namespaces.iter_mut().find(|(namespace, _)| *namespace == group.namespace) {
            file.push_str(&text);
        }
    }
    let elsewhere = Elsewhere::of(&objects);
    for (namespace, file) in &mut of_namespaces {
        file.push_str(&writer.elsewhere(&elsewhere, namespace.as_deref()));
    }
    remarks.extend(elsewhere.remark());
    main.push_str(&writer.apis());
    files.push(("main.vauban".to_owned(), main));
    for (namespace, text) in of_namespaces.into_iter().filter(|(_, text)| !text.trim().is_empty()) {
        let kinds: Vec<&str> =
            [COMPONENT, NAMESPACE].into_iter().filter(|kind| text.contains(&format!(": {kind} {{"))).collect();
        let name = namespace.map_or_else(|| "cluster-wide".to_owned(), |name| names::file(&name));
        files.push((format!("{name}.vauban"), format!("use std {{ {} }}\n{text}", kinds.join(", "))));
    }
    remarks.extend(writer.remarks());
    Imported { files, remarks }
}

struct Writer<'a> {
    objects: &'a [Object],
    catalog: Catalog,
    names: Names,
    /// Objects of which nobody says whether they make pods.
    unaccounted: BTreeSet<ObjectKey>,
    system: String,
    /// Of all objects, in their order.
    namespaces: Vec<String>,
    losses: Losses,
    /// Where credentials and requests are missing, by component.
    secrets: usize,
    unstated: Vec<String>,
    credentials: Vec<String>,
    unknown: Vec<String>,
}

impl<'a> Writer<'a> {
    fn new(objects: &'a [Object], system: &str) -> Self {
        let mut catalog = Catalog::kubernetes();
        for (api_version, kind) in custom(objects) {
            let root = Schema::Any;
            let is_cluster =
                objects.iter().any(|one| one.api_version == api_version && one.kind == kind && one.namespace.is_none());
            let scope = if is_cluster { Scope::Cluster } else { Scope::Namespaced };
            catalog.declare(api_version, kind, ApiSchema { scope, creates: Creates::Unstated, root });
        }
        let mut namespaces = Vec::new();
        let named = objects.iter().filter(|one| one.kind == "Namespace").map(|one| one.name.clone());
        for namespace in named.chain(objects.iter().filter_map(|object| object.namespace.clone())) {
            if !namespaces.contains(&namespace) {
                namespaces.push(namespace);
            }
        }
        let mut names = Names::default();
        for namespace in &namespaces {
            names.take(&[namespace.clone(), format!("{namespace}-namespace")]);
        }
        let system = names.take(&[system.to_owned(), format!("{system}-platform")]);
        let (losses, secrets) = (Losses::default(), 0);
        let (unstated, credentials, unknown) = (Vec::new(), Vec::new(), Vec::new());
        let unaccounted = fit::unaccounted(objects).into_iter().map(Object::key).collect();
        Self {
            objects,
            catalog,
            names,
            unaccounted,
            system,
            namespaces,
            losses,
            secrets,
            unstated,
            credentials,
            unknown,
        }
    }

    fn main(&mut self, nodes: Option<&Hardware>, remarks: &mut Vec<String>) -> String {
        let mut text = String::from(
            "// Written by `vaubanc import`: every object as it is, one component for each workload. From here, say what it is:\n\
             // - which component needs which (`needs db`), and what users reach (`expose`): then the failure analysis begins;\n\
             // - kinds of the library (`web`, `stateful`, `cron` …) in the place of `existing`, wherever they say the same.\n\n",
        );
        let Some(nodes) = nodes else {
            remarks.push(
                "no nodes were given, so nothing is proved to fit: declare `hardware`, or import again with `--nodes nodes.json`"
                    .to_owned(),
            );
            text.push_str(&format!(
                "// Declare the nodes, and write `system {} on nodes {{}}`:\n// hardware nodes {{\n//   node worker {{ count = 3, cpu = 4, memory = 15.5GB }}\n// }}\n\nsystem {} {{}}\n",
                self.system, self.system
            ));
            return text;
        };
        let name = self.names.take(&["nodes".to_owned(), "machines".to_owned()]);
        text.push_str(&hardware::text(nodes, &name));
        text.push_str(&format!("\nsystem {} on {name} {{}}\n", self.system));
        text
    }

    /// Declarations of the APIs that Kubernetes does not bring along.
    fn apis(&self) -> String {
        let mut text = String::new();
        for (api_version, kind) in custom(self.objects) {
            let own = || self.objects.iter().filter(|one| one.api_version == api_version && one.kind == kind);
            let mut lines: Vec<String> = Vec::new();
            if own().any(|one| one.namespace.is_none()) {
                lines.push("scope = \"cluster\"".to_owned());
            }
            lines.extend(assign::fields(own()).iter().map(|field| format!("{} : Any", key(field))));
            let body =
                if lines.is_empty() { "{ spec : Any }".to_owned() } else { format!("{{ {} }}", lines.join(", ")) };
            text.push_str(&format!("\napi {} {kind} {body}\n", quoted(api_version)));
        }
        text
    }

    fn namespace(&mut self, namespace: &str) -> String {
        let name = self.names.of_namespace(namespace);
        let object = self.objects.iter().find(|one| one.kind == "Namespace" && one.name == namespace);
        let head = format!("\nnamespace {name} : {NAMESPACE} ");
        let mut inner = String::new();
        if name != namespace {
            inner.push_str(&format!("  name = {}\n", quoted(namespace)));
        }
        let Some(object) = object else {
            return format!(
                "\n// Its own object was not among the manifests, so it is taken to be there; without `external` it is made.{head}{{\n{inner}  external = true\n  without \"v1\" Namespace\n}}\n"
            );
        };
        let fields = self.body(object, namespace, Some(namespace));
        if !fields.is_empty() {
            inner.push_str("  refine \"v1\" Namespace {\n");
            entries(&fields, 4, &mut inner);
            inner.push_str("  }\n");
        }
        if inner.is_empty() { format!("{head}{{}}\n") } else { format!("{head}{{\n{inner}}}\n") }
    }

    fn component(&mut self, group: &Group, is_silent: bool) -> String {
        let objects: Vec<&Object> = group.objects.iter().map(|index| &self.objects[*index]).collect();
        let (secrets, others): (Vec<&Object>, Vec<&Object>) = objects.into_iter().partition(|object| is_secret(object));
        let mut text = String::new();
        if !others.is_empty() {
            let scope = group.namespace.as_deref().unwrap_or("cluster");
            let name = self.names.take(&[group.name.clone(), format!("{scope}-{}", group.name)]);
            text.push_str(&self.head(&name, group.namespace.as_deref(), &kinds(&others)));
            if is_silent {
                text.push_str("  accept unbudgeted \"no requests were stated when this was imported\"\n\n");
            }
            let mut labels = BTreeSet::new();
            for (index, object) in ordered(&others).into_iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "\n" });
                text.push_str(&self.emission(object, &name, group.namespace.as_deref(), &mut labels));
            }
            text.push_str("}\n");
        }
        if !secrets.is_empty() {
            let scope = group.namespace.as_deref().unwrap_or("cluster");
            let name = self.names.take(&[format!("{}-secrets", group.name), format!("{scope}-{}-secrets", group.name)]);
            self.secrets += secrets.len();
            text.push_str(&self.head(
                &name,
                group.namespace.as_deref(),
                "Secrets that are there. Their values are not written here: seal them, or keep them where they are.",
            ));
            for (index, object) in secrets.into_iter().enumerate() {
                let keys: BTreeSet<&str> = ["data", "stringData"]
                    .iter()
                    .filter_map(|part| object.body.get(part)?.as_map())
                    .flat_map(|map| map.keys().map(|key| key.as_ref()))
                    .collect();
                let keys: Vec<&str> = keys.into_iter().collect();
                let kind = object.body.get("type").and_then(Node::as_str).unwrap_or("Opaque");
                text.push_str(&format!(
                    "{}  // {kind} with {}\n",
                    if index == 0 { "" } else { "\n" },
                    if keys.is_empty() { "no keys".to_owned() } else { keys.join(", ") }
                ));
                text.push_str(&elsewhere::known_of(("v1", "Secret"), &object.name));
            }
            text.push_str("}\n");
        }
        text
    }

    fn head(&self, name: &str, namespace: Option<&str>, docs: &str) -> String {
        let mut text = format!("\n/// {docs}\ncomponent {name} : {COMPONENT} {{\n");
        if let Some(namespace) = namespace {
            text.push_str(&format!("  namespace = {}\n\n", self.names.of_namespace(namespace)));
        }
        text
    }

    fn emission(
        &mut self,
        object: &Object,
        component: &str,
        namespace: Option<&str>,
        labels: &mut BTreeSet<String>,
    ) -> String {
        let verb = if object.stands_for.is_some() { "footprint" } else { "emit" };
        let head = format!("{} {}", quoted(&object.api_version), object.kind);
        let suffix = object.name.strip_prefix(component).and_then(|rest| rest.strip_prefix('-'));
        let wanted = if object.name == component { None } else { Some(names::label(suffix.unwrap_or(&object.name))) };
        let mut candidates = std::iter::once(wanted.clone())
            .chain((2u32..).map(|number| Some(format!("{}-{number}", wanted.as_deref().unwrap_or("other")))));
        let is_free =
            |label: &Option<String>| !labels.contains(&format!("{head} {}", label.as_deref().unwrap_or_default()));
        let label = candidates.find(is_free).flatten();
        labels.insert(format!("{head} {}", label.as_deref().unwrap_or_default()));
        let default = label.as_ref().map_or_else(|| component.to_owned(), |label| format!("{component}-{label}"));
        let fields = self.body(object, &default, namespace);
        let label = label.map_or_else(String::new, |label| format!(" {label}"));
        let mut text = String::new();
        if let Some(owner) = &object.stands_for {
            text.push_str(&format!("  // made of {}, so it is counted and never applied\n", describe(owner)));
        }
        if self.unaccounted.contains(&object.key()) {
            text.push_str(
                "  // Say behind it which pods its operator makes, as `footprint \"apps/v1\" StatefulSet { … }`; where it makes none, as\n  \
                 // `footprint \"v1\" ConfigMap { metadata.name = \"no-pods\" }`.\n",
            );
        }
        text.push_str(&format!("  {verb} {head}{label} {{"));
        if fields.is_empty() {
            text.push_str("}\n");
            return text;
        }
        text.push('\n');
        entries(&fields, 4, &mut text);
        text.push_str("  }\n");
        text
    }

    /// The fields of an object; what is lost of it is noted.
    fn body(&mut self, object: &Object, default: &str, namespace: Option<&str>) -> Vec<Entry> {
        let body = leave::body(object, default, namespace);
        let schema = self.catalog.get(&object.api_version, &object.kind).map_or(Schema::Any, |api| api.root);
        self.losses = Losses::default();
        let fields = convert::body(&body, &schema, &mut self.losses);
        let losses = std::mem::take(&mut self.losses);
        let title = describe(&object.key());
        self.unknown.extend(losses.unknown.iter().map(|path| format!("`{path}` of {title}")));
        self.credentials.extend(losses.credentials.iter().map(|path| format!("`{path}` of {title}")));
        self.unstated.extend(losses.unstated.iter().map(|name| format!("`{name}` of {title}")));
        fields
    }

    fn remarks(&self) -> Vec<String> {
        let listed = |all: &[String]| {
            let more = if all.len() > 5 { format!(" and {} more", all.len() - 5) } else { String::new() };
            format!("{}{more}", all.iter().take(5).cloned().collect::<Vec<_>>().join(", "))
        };
        let mut remarks = Vec::new();
        if self.secrets > 0 {
            remarks.push(format!(
                "no value of a Secret is written ({} declared as being there): seal each, or keep it where it is",
                self.secrets
            ));
        }
        if !self.credentials.is_empty() {
            remarks.push(format!("left out, because it is a credential in plain text: {}", listed(&self.credentials)));
        }
        if !self.unstated.is_empty() {
            remarks.push(format!(
                "say what these containers need, or nothing is proved of them: {}",
                listed(&self.unstated)
            ));
        }
        if !self.unknown.is_empty() {
            remarks.push(format!("left out, because the schema does not know it: {}", listed(&self.unknown)));
        }
        remarks
    }
}

/// Which groups have containers that do not say what they need, as the compiler will find: what a LimitRange fills in is said.
fn silent(objects: &[Object], groups: &[Group]) -> Vec<bool> {
    // Objects name an instance, so there must be one.
    if groups.is_empty() {
        return Vec::new();
    }
    let mut objects = objects.to_vec();
    let mut instances = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let mut instance = Instance::bare(InstanceClass::Component, &index.to_string(), Span::NONE);
        instance.namespace.clone_from(&group.namespace);
        instances.push(instance);
        let id = InstanceId(u32::try_from(index).unwrap_or(u32::MAX));
        group.objects.iter().for_each(|object| objects[*object].instance = id);
    }
    let model = Model { instances, ..Model::default() };
    let reading = Reading::of(Scenario { model: &model, objects: &objects }, &[]);
    let found: BTreeSet<String> = fit::sums::sums(&reading).unbudgeted.into_iter().map(|one| one.instance).collect();
    (0..groups.len()).map(|index| found.contains(&index.to_string())).collect()
}

/// The APIs that Kubernetes does not bring along, with their kinds.
fn custom(objects: &[Object]) -> BTreeSet<(&str, &str)> {
    let catalog = Catalog::kubernetes();
    let all = objects.iter().map(|object| (object.api_version.as_str(), object.kind.as_str()));
    all.filter(|(api_version, kind)| catalog.get(api_version, kind).is_none()).collect()
}

fn is_secret(object: &Object) -> bool {
    object.kind == "Secret" && object.group().is_empty()
}

/// `Deployment, Service and Ingress`
fn kinds(objects: &[&Object]) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for object in objects {
        if !kinds.contains(&object.kind.as_str()) {
            kinds.push(&object.kind);
        }
    }
    match kinds.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Footprints behind what they stand for, else in the order of the group.
fn ordered<'o>(objects: &[&'o Object]) -> Vec<&'o Object> {
    let mut all: Vec<&Object> = Vec::new();
    for object in objects.iter().filter(|object| object.stands_for.is_none()) {
        all.push(object);
        let mut open = vec![object.key()];
        while let Some(owner) = open.pop() {
            for made in objects.iter().filter(|one| one.stands_for.as_ref() == Some(&owner)) {
                if !all.iter().any(|one| one.key() == made.key()) {
                    all.push(made);
                    open.push(made.key());
                }
            }
        }
    }
    let rest = objects.iter().filter(|object| !all.iter().any(|one| one.key() == object.key())).collect::<Vec<_>>();
    // What stands for nothing that is here comes first: behind an emission it would stand for that.
    rest.into_iter().copied().chain(all.clone()).collect()
}
