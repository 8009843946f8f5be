//! What `kubectl kustomize` would make of a tree: the small part of Kustomize that the compiler writes.
//!
//! Every overlay is read back through this before anything is written. It is kept apart from the code that writes
//! overlays, reads their text and not their data, and is compared with `kubectl` itself by the test-suite.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::data::Node;
use crate::data::yaml;
use crate::objects::Object;
use crate::render::FileSet;
use crate::render::kustomization::unquote_pattern;
use crate::render::patch::{Operation, apply};
use crate::world::join;

/// Reads directories of a tree as Kustomize does. Files are parsed once, however many overlays use them.
#[derive(Debug)]
pub struct Kustomize<'a> {
    files: &'a FileSet,
    /// Shared, because every overlay brings most of the base as it is.
    parsed: BTreeMap<String, Vec<Arc<Node>>>,
}

impl<'a> Kustomize<'a> {
    /// A reader of this tree.
    #[must_use]
    pub fn new(files: &'a FileSet) -> Self {
        Self { files, parsed: BTreeMap::new() }
    }

    /// The objects that a directory with a kustomization gives.
    ///
    /// # Errors
    ///
    /// Whatever Kustomize would refuse, and what this part of it does not know, as a text.
    pub fn build(&mut self, directory: &str) -> Result<Vec<Arc<Node>>, String> {
        let path = join(directory, "kustomization.yaml");
        let kustomization = self.read(&path)?.into_iter().next().ok_or_else(|| format!("`{path}` is empty"))?;
        let known = ["apiVersion", "kind", "resources", "patches"];
        let fields = kustomization.as_map().ok_or_else(|| format!("`{path}` is not a map"))?;
        if let Some(field) = fields.keys().find(|field| !known.contains(&field.as_ref())) {
            return Err(format!("`{path}` has the unexpected field `{field}`"));
        }
        let mut objects = Objects::default();
        for resource in items(&kustomization, "resources") {
            let resource = resource.as_str().ok_or_else(|| format!("a resource in `{path}` is not a path"))?;
            let resource = join(directory, resource);
            let new = if resource.ends_with(".yaml") { self.read(&resource)? } else { self.build(&resource)? };
            for object in new {
                objects.add(object).map_err(|twin| format!("`{path}` brings {twin} twice"))?;
            }
        }
        if objects.by_identity.is_empty() {
            return Err(format!("`{path}` brings nothing, which Kustomize refuses"));
        }
        for patch in items(&kustomization, "patches") {
            let file =
                patch.get("path").and_then(Node::as_str).ok_or_else(|| format!("a patch in `{path}` has no path"))?;
            let file = join(directory, file);
            match patch.get("target") {
                Some(target) => self.json_patch(&file, target, &mut objects)?,
                None => self.strategic_patch(&file, &mut objects)?,
            }
        }
        Ok(objects.by_identity.into_values().collect())
    }

    fn read(&mut self, path: &str) -> Result<Vec<Arc<Node>>, String> {
        if let Some(documents) = self.parsed.get(path) {
            return Ok(documents.clone());
        }
        let text = self.files.get(path).ok_or_else(|| format!("`{path}` does not exist"))?;
        let documents = yaml::read_all(text).map_err(|error| format!("`{path}` is no YAML: {error}"))?;
        let documents: Vec<_> = documents.into_iter().map(Arc::new).collect();
        self.parsed.insert(path.to_owned(), documents.clone());
        Ok(documents)
    }

    fn json_patch(&mut self, file: &str, target: &Node, objects: &mut Objects) -> Result<(), String> {
        let document = self.read(file)?.into_iter().next().ok_or_else(|| format!("`{file}` is empty"))?;
        let operations: Option<Vec<Operation>> = document.items().iter().map(Operation::from_node).collect();
        let operations = operations.ok_or_else(|| format!("`{file}` is no JSON patch"))?;
        for key in objects.selected(target) {
            if let Some(object) = objects.by_identity.get_mut(&key) {
                apply(Arc::make_mut(object), &operations).map_err(|error| format!("`{file}`: {error}"))?;
            }
        }
        Ok(())
    }

    fn strategic_patch(&mut self, file: &str, objects: &mut Objects) -> Result<(), String> {
        for patch in self.read(file)? {
            let key = identity(&patch);
            if !objects.by_identity.contains_key(&key) {
                return Err(format!("`{file}` patches {}, which does not exist", describe(&patch)));
            }
            if patch.get("$patch").and_then(Node::as_str) == Some("delete") {
                objects.by_identity.remove(&key);
            } else if patch.as_map().is_some_and(|map| map.len() > 3) {
                return Err(format!("`{file}` is more than an identity"));
            }
        }
        Ok(())
    }
}

/// API version, kind, namespace and name.
type Identity = [String; 4];

/// The objects that a kustomization has gathered, found without a search: platforms have thousands.
#[derive(Debug, Default)]
struct Objects {
    by_identity: BTreeMap<Identity, Arc<Node>>,
    /// By kind and name, which every target states.
    by_name: BTreeMap<(String, String), Vec<Identity>>,
}

impl Objects {
    /// Adds an object; one that is there already is the error.
    fn add(&mut self, object: Arc<Node>) -> Result<(), String> {
        let key = identity(&object);
        if self.by_identity.contains_key(&key) {
            return Err(describe(&object));
        }
        self.by_name.entry((key[1].clone(), key[3].clone())).or_default().push(key.clone());
        self.by_identity.insert(key, object);
        Ok(())
    }

    /// The identities that a target selects.
    fn selected(&self, target: &Node) -> Vec<Identity> {
        let key = (text(target, &["kind"]).to_owned(), unquote_pattern(text(target, &["name"])));
        let candidates = self.by_name.get(&key).map_or(&[][..], Vec::as_slice);
        candidates.iter().filter(|identity| selects(target, identity)).cloned().collect()
    }
}

/// Holds what a directory of the tree gives against the objects that the compiler has proved.
///
/// # Errors
///
/// The first difference, as a text.
pub fn verify(kustomize: &mut Kustomize<'_>, directory: &str, expected: &[&Object]) -> Result<(), String> {
    let built = if expected.is_empty() && !kustomize.files.contains(&join(directory, "kustomization.yaml")) {
        Vec::new()
    } else {
        kustomize.build(directory)?
    };
    same_objects(built.iter().map(AsRef::as_ref), expected.iter().map(|object| &object.body))
}

/// Whether two sets of objects are equal, object for object, in any order.
///
/// # Errors
///
/// The first difference, as a text.
pub fn same_objects<'n>(
    built: impl IntoIterator<Item = &'n Node>,
    expected: impl IntoIterator<Item = &'n Node>,
) -> Result<(), String> {
    let (built, expected): (Vec<_>, Vec<_>) = (built.into_iter().collect(), expected.into_iter().collect());
    let (left, right) = (index(&built), index(&expected));
    for (key, object) in &right {
        match left.get(key) {
            None => return Err(format!("{} is missing", describe(object))),
            Some(found) if !equivalent(found, object) => return Err(format!("{} differs", describe(object))),
            Some(_) => {}
        }
    }
    match left.iter().find(|(key, _)| !right.contains_key(*key)) {
        Some((_, extra)) => Err(format!("{} is too much", describe(extra))),
        None if built.len() != expected.len() => Err("an object is there twice".to_owned()),
        None => Ok(()),
    }
}

fn index<'n>(objects: &[&'n Node]) -> BTreeMap<Identity, &'n Node> {
    objects.iter().map(|object| (identity(object), *object)).collect()
}

/// Equality of content, in which `0.90` equals `0.9`: Kustomize passes numbers through JSON.
fn equivalent(left: &Node, right: &Node) -> bool {
    use crate::data::NodeValue as V;
    match (&left.value, &right.value) {
        (V::List(left), V::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equivalent(left, right))
        }
        (V::Map(left), V::Map(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| equivalent(value, other)))
        }
        (V::Decimal(left), V::Decimal(right)) => trimmed(left) == trimmed(right),
        (V::Decimal(decimal), V::Integer(integer)) | (V::Integer(integer), V::Decimal(decimal)) => {
            trimmed(decimal) == integer.to_string()
        }
        _ => left == right,
    }
}

fn trimmed(decimal: &str) -> &str {
    if decimal.contains('.') { decimal.trim_end_matches('0').trim_end_matches('.') } else { decimal }
}

fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).map_or(&[], Node::items)
}

fn text<'n>(node: &'n Node, path: &[&str]) -> &'n str {
    node.at(path).and_then(Node::as_str).unwrap_or("")
}

fn identity(object: &Node) -> Identity {
    let paths: [&[&str]; 4] = [&["apiVersion"], &["kind"], &["metadata", "namespace"], &["metadata", "name"]];
    paths.map(|path| text(object, path).to_owned())
}

fn describe(object: &Node) -> String {
    let [_, kind, namespace, name] = identity(object);
    if namespace.is_empty() { format!("{kind} `{name}`") } else { format!("{kind} `{namespace}/{name}`") }
}

/// A field that the target does not state selects anything.
fn selects(target: &Node, identity: &Identity) -> bool {
    let [api_version, kind, namespace, name] = identity;
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let matches = |key: &str, value: &str| {
        target.get(key).and_then(Node::as_str).is_none_or(|pattern| unquote_pattern(pattern) == value)
    };
    matches("group", group)
        && matches("version", version)
        && matches("kind", kind)
        && matches("name", name)
        && matches("namespace", namespace)
}
