//! What `kubectl kustomize` makes of a directory, for the few forms that the output of the compiler has.
//!
//! Understood are `resources` and `patches`: strategic merge patches that hold nothing but identities, or identities and
//! `$patch: delete`, and JSON 6902 patches with a target. Everything else is refused, because a renderer that guesses
//! would check manifests that nobody applies.

use indexmap::IndexMap;

use crate::verify::Files;
use crate::verify::value::{Checked, Identity, Reading, Value, read_yaml};

/// Kustomizations within kustomizations, and files in all: more than any real tree, and a bound on the work.
const DEEPEST: usize = 16;
const MOST_FILES: usize = 100_000;

/// The objects of the kustomization in a directory.
pub(crate) fn render(files: &dyn Files, directory: &str) -> Checked<Vec<Value>> {
    let mut renderer = Renderer { files, read: 0 };
    Ok(renderer.directory(directory, 0)?.into_values().collect())
}

struct Renderer<'a> {
    files: &'a dyn Files,
    read: usize,
}

type Objects = IndexMap<Identity, Value>;

impl Renderer<'_> {
    fn documents(&mut self, path: &str) -> Checked<Vec<Value>> {
        self.read += 1;
        if self.read > MOST_FILES {
            return Err(format!("more than {MOST_FILES} files are read"));
        }
        let text = self.files.read(path).ok_or_else(|| format!("`{path}` cannot be read"))?;
        read_yaml(&text).map_err(|fault| format!("`{path}`: {fault}"))
    }

    fn directory(&mut self, directory: &str, depth: usize) -> Checked<Objects> {
        if depth > DEEPEST {
            return Err(format!("`{directory}` is nested too deeply"));
        }
        for other in ["kustomization.yml", "Kustomization"] {
            if self.files.read(&format!("{directory}/{other}")).is_some() {
                return Err(format!("`{directory}/{other}` is not understood beside `kustomization.yaml`"));
            }
        }
        let path = format!("{directory}/kustomization.yaml");
        let documents = self.documents(&path)?;
        let [kustomization] = documents.as_slice() else { return Err(format!("`{path}` is not one document")) };
        for (key, value) in kustomization.entries("")? {
            let expected = match key {
                "resources" | "patches" => continue,
                "apiVersion" => "kustomize.config.k8s.io/v1beta1",
                "kind" => "Kustomization",
                _ => return Err(format!("the field `{key}` of `{path}` is not understood")),
            };
            if value != expected {
                return Err(format!("`{key}` of `{path}` is not `{expected}`"));
            }
        }
        let mut objects = Objects::new();
        for resource in kustomization.texts("resources")? {
            for (identity, object) in self.resource(directory, resource, depth)? {
                let title = identity.title();
                if objects.insert(identity, object).is_some() {
                    return Err(format!("`{title}` is there twice in `{path}`"));
                }
            }
        }
        for patch in kustomization.list("patches")? {
            self.patch(directory, patch, &mut objects).map_err(|fault| format!("`{path}`: {fault}"))?;
        }
        Ok(objects)
    }

    fn resource(&mut self, directory: &str, resource: &str, depth: usize) -> Checked<Objects> {
        let path = join(directory, resource)?;
        if self.files.read(&format!("{path}/kustomization.yaml")).is_some() {
            return self.directory(&path, depth + 1);
        }
        let mut objects = Objects::new();
        for object in self.documents(&inside(directory, resource)?)? {
            let identity = Identity::of(&object).map_err(|fault| format!("`{path}`: {fault}"))?;
            if identity.kind.ends_with("List") && !object.at("items").is_null() {
                return Err(format!("`{path}`: a list of objects is not understood"));
            }
            let annotations = object.entries("metadata.annotations")?;
            let directs =
                |key: &str| key.starts_with("config.kubernetes.io/") || key.contains(".kustomize.config.k8s.io");
            let directs = |key: &str| directs(key) || key.starts_with("internal.config.kubernetes.io/");
            if let Some((key, _)) = annotations.into_iter().find(|(key, _)| directs(key)) {
                return Err(format!("`{path}`: Kustomize acts on the annotation `{key}`"));
            }
            if objects.insert(identity.clone(), object).is_some() {
                return Err(format!("`{}` is there twice in `{path}`", identity.title()));
            }
        }
        Ok(objects)
    }

    fn patch(&mut self, directory: &str, patch: &Value, objects: &mut Objects) -> Checked<()> {
        if let Some((key, _)) = patch.entries("")?.iter().find(|(key, _)| !["path", "target"].contains(key)) {
            return Err(format!("the field `{key}` of a patch is not understood"));
        }
        let path = inside(directory, patch.needed("path")?)?;
        let documents = self.documents(&path)?;
        let mut work = || match patch.at("target") {
            Value::Null => merge(&documents, objects),
            target => {
                let [operations] = documents.as_slice() else {
                    return Err("a JSON 6902 patch is one list of operations".to_owned());
                };
                let identities: Vec<Identity> = objects.keys().cloned().collect();
                let mut found = false;
                for identity in identities {
                    if let Some(object) = objects.get_mut(&identity)
                        && is_target(target, &identity, object)?
                    {
                        found = true;
                        for operation in operations.as_array().ok_or("the operations are not a list")? {
                            operate(operation, object)?;
                        }
                        if Identity::of(object)? != identity {
                            return Err(format!("`{}` is given another identity", identity.title()));
                        }
                    }
                }
                if found { Ok(()) } else { Err("the target is no object".to_owned()) }
            }
        };
        work().map_err(|fault| format!("`{path}`: {fault}"))
    }
}

/// A path relative to a directory, without `.` and `..`.
fn join(directory: &str, path: &str) -> Checked<String> {
    let refusal = || format!("the path `{path}` in `{directory}` is not understood");
    if path.is_empty() || path.starts_with('/') || path.contains([':', '\\', '?']) {
        return Err(refusal());
    }
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop().ok_or_else(refusal)?),
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// As [`join`], for files, which Kustomize reads only below the directory.
fn inside(directory: &str, path: &str) -> Checked<String> {
    let joined = join(directory, path)?;
    let is_inside = path.split('/').all(|part| part != "..");
    if is_inside { Ok(joined) } else { Err(format!("the file `{path}` lies outside of `{directory}`")) }
}

/// Strategic merge patches: identities, which must exist and change nothing, and deletions.
fn merge(documents: &[Value], objects: &mut Objects) -> Checked<()> {
    for document in documents {
        let identity = Identity::of(document)?;
        let mut is_deletion = false;
        for (key, value) in document.entries("")? {
            match key {
                "apiVersion" | "kind" => {}
                "metadata" => {
                    if value.entries("")?.iter().any(|(key, _)| !["name", "namespace"].contains(key)) {
                        return Err(format!("the patch of `{}` changes its metadata", identity.title()));
                    }
                }
                "$patch" if value == "delete" => is_deletion = true,
                _ => return Err(format!("the field `{key}` of a merge patch is not understood")),
            }
        }
        let existing = objects.get(&identity);
        let existing = existing.ok_or_else(|| format!("there is no `{}` to patch", identity.title()))?;
        if existing.at("apiVersion") != document.at("apiVersion") {
            return Err(format!("`{}` has another version than its patch", identity.title()));
        }
        if is_deletion {
            objects.shift_remove(&identity);
        }
    }
    Ok(())
}

/// Whether an object is meant by a target. Its fields are expressions, of which only the dot is understood.
fn is_target(target: &Value, identity: &Identity, object: &Value) -> Checked<bool> {
    let version = object.needed("apiVersion")?;
    let version = version.split_once('/').map_or(version, |(_, version)| version);
    let mut matches = true;
    for (key, _) in target.entries("")? {
        let pattern = target.needed(key)?;
        let plain = |character: char| character.is_ascii_alphanumeric() || "-._".contains(character);
        if pattern.is_empty() || !pattern.chars().all(plain) {
            return Err(format!("the expression `{pattern}` of a target is not understood"));
        }
        let text = match key {
            "group" => identity.group.as_str(),
            "version" => version,
            "kind" => &identity.kind,
            "name" => &identity.name,
            // Kustomize puts words of its own where an object has no namespace.
            "namespace" if identity.namespace.is_empty() && ["default", "_non_namespaceable_"].contains(&pattern) => {
                return Err(format!("the namespace `{pattern}` of a target is not understood"));
            }
            "namespace" => &identity.namespace,
            _ => return Err(format!("the field `{key}` of a target is not understood")),
        };
        let alike = |(one, other): (char, char)| one == other || one == '.';
        matches &= pattern.chars().count() == text.chars().count() && pattern.chars().zip(text.chars()).all(alike);
    }
    Ok(matches)
}

/// One operation of RFC 6902.
fn operate(operation: &Value, object: &mut Value) -> Checked<()> {
    let (name, pointer) = (operation.needed("op")?, operation.needed("path")?);
    let refusal = |why: &str| format!("`{name}` of `{pointer}`: {why}");
    if let Some((key, _)) = operation.entries("")?.iter().find(|(key, _)| !["op", "path", "value"].contains(key)) {
        return Err(refusal(&format!("the field `{key}` is not understood")));
    }
    let nowhere = || refusal("there is nothing at the path");
    let needed = || operation.get("value").cloned().ok_or_else(|| refusal("there is no value"));
    let (parent, last) = pointer.rsplit_once('/').ok_or_else(nowhere)?;
    match (name, object.pointer_mut(parent).ok_or_else(nowhere)?) {
        ("test", _) => match object.pointer(pointer) {
            found if found.is_some() && found == operation.get("value") => {}
            _ => return Err(refusal("the value is another")),
        },
        ("replace", _) => *object.pointer_mut(pointer).ok_or_else(nowhere)? = needed()?,
        ("add", Value::Object(map)) => drop(map.insert(last.replace("~1", "/").replace("~0", "~"), needed()?)),
        ("add", Value::Array(items)) => {
            let index = if last == "-" { Some(items.len()) } else { last.parse().ok() };
            items.insert(index.filter(|index| *index <= items.len()).ok_or_else(nowhere)?, needed()?);
        }
        ("remove", Value::Object(map)) => {
            map.shift_remove(&last.replace("~1", "/").replace("~0", "~")).ok_or_else(nowhere)?;
        }
        ("remove", Value::Array(items)) => {
            let index = last.parse().ok().filter(|index| *index < items.len());
            items.remove(index.ok_or_else(nowhere)?);
        }
        _ => return Err(refusal("the operation is not understood here")),
    }
    Ok(())
}
