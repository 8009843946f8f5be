//! What `kubectl kustomize` makes of a directory, for the few forms that the output of the compiler has.
//!
//! Understood are `resources` and `patches`: strategic merge patches that hold nothing but identities, or identities and
//! `$patch: delete`, and JSON 6902 patches with a target. Everything else is refused, because a renderer that guesses
//! would check manifests that nobody applies.

use indexmap::IndexMap;

use crate::verify::Files;
use crate::verify::value::{Checked, Identity, Value, read_yaml};

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
        for (key, value) in kustomization.entries(&path)? {
            let expected = match key {
                "resources" | "patches" => continue,
                "apiVersion" => "kustomize.config.k8s.io/v1beta1",
                "kind" => "Kustomization",
                _ => return Err(format!("the field `{key}` of `{path}` is not understood")),
            };
            if value.text(key)? != Some(expected) {
                return Err(format!("`{key}` of `{path}` is not `{expected}`"));
            }
        }
        let mut objects = Objects::new();
        for resource in kustomization.get("resources").texts("resources")? {
            for (identity, object) in self.resource(directory, &resource, depth)? {
                let title = identity.title();
                if objects.insert(identity, object).is_some() {
                    return Err(format!("`{title}` is there twice in `{path}`"));
                }
            }
        }
        for patch in kustomization.get("patches").list("patches")? {
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
            if identity.kind.ends_with("List") && !object.get("items").is_null() {
                return Err(format!("`{path}`: a list of objects is not understood"));
            }
            let annotations = object.at("metadata.annotations").entries("annotations")?;
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
        if let Some((key, _)) = patch.entries("patches")?.iter().find(|(key, _)| !["path", "target"].contains(key)) {
            return Err(format!("the field `{key}` of a patch is not understood"));
        }
        let path = inside(directory, patch.get("path").needed_text("patches.path")?)?;
        let documents = self.documents(&path)?;
        let mut work = || match patch.get("target") {
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
                        for operation in operations.list("operations")? {
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
        for (key, value) in document.entries("patch")? {
            match key {
                "apiVersion" | "kind" => {}
                "metadata" => {
                    if value.entries(key)?.iter().any(|(key, _)| !["name", "namespace"].contains(key)) {
                        return Err(format!("the patch of `{}` changes its metadata", identity.title()));
                    }
                }
                "$patch" if value.text(key)? == Some("delete") => is_deletion = true,
                _ => return Err(format!("the field `{key}` of a merge patch is not understood")),
            }
        }
        let existing = objects.get(&identity);
        let existing = existing.ok_or_else(|| format!("there is no `{}` to patch", identity.title()))?;
        if existing.get("apiVersion") != document.get("apiVersion") {
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
    let version = object.get("apiVersion").needed_text("apiVersion")?;
    let version = version.split_once('/').map_or(version, |(_, version)| version);
    let mut matches = true;
    for (key, pattern) in target.entries("target")? {
        let pattern = pattern.needed_text(key)?;
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
    let name = operation.get("op").needed_text("op")?.to_owned();
    let pointer = operation.get("path").needed_text("path")?;
    let refusal = |why: &str| format!("`{name}` of `{pointer}`: {why}");
    if let Some((key, _)) =
        operation.entries("operation")?.iter().find(|(key, _)| !["op", "path", "value"].contains(key))
    {
        return Err(refusal(&format!("the field `{key}` is not understood")));
    }
    let mut steps: Vec<String> = pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    if steps.len() < 2 || !pointer.starts_with('/') {
        return Err(refusal("the path does not lead into the object"));
    }
    let last = steps.pop().unwrap_or_default();
    let mut place = object;
    for step in steps.iter().skip(1) {
        let next = match place {
            Value::Map(map) => map.get_mut(step),
            Value::List(items) => index(step).and_then(|index| items.get_mut(index)),
            _ => None,
        };
        place = next.ok_or_else(|| refusal("the path leads nowhere"))?;
    }
    let value = operation.map().and_then(|map| map.get("value"));
    let needed = || value.cloned().ok_or_else(|| refusal("there is no value"));
    let nowhere = || refusal("there is nothing at the path");
    match (name.as_str(), place) {
        ("test", Value::Map(map)) => {
            let same = map.get(&last).is_some_and(|found| Some(found) == value);
            if same { Ok(()) } else { Err(refusal("the value is another")) }
        }
        ("test", Value::List(items)) => {
            let same = index(&last).and_then(|index| items.get(index)).is_some_and(|found| Some(found) == value);
            if same { Ok(()) } else { Err(refusal("the value is another")) }
        }
        ("add", Value::Map(map)) => {
            map.insert(last, needed()?);
            Ok(())
        }
        ("add", Value::List(items)) => {
            let index = if last == "-" { Some(items.len()) } else { index(&last) };
            let index = index.filter(|index| *index <= items.len()).ok_or_else(nowhere)?;
            items.insert(index, needed()?);
            Ok(())
        }
        ("replace", Value::Map(map)) => {
            *map.get_mut(&last).ok_or_else(nowhere)? = needed()?;
            Ok(())
        }
        ("replace", Value::List(items)) => {
            let found = index(&last).and_then(|index| items.get_mut(index)).ok_or_else(nowhere)?;
            *found = needed()?;
            Ok(())
        }
        ("remove", Value::Map(map)) => map.shift_remove(&last).map(drop).ok_or_else(nowhere),
        ("remove", Value::List(items)) => {
            let index = index(&last).filter(|index| *index < items.len()).ok_or_else(nowhere)?;
            items.remove(index);
            Ok(())
        }
        _ => Err(refusal("the operation is not understood here")),
    }
}

fn index(step: &str) -> Option<usize> {
    let is_canonical = step == "0" || !step.starts_with(['0', '+']);
    step.parse().ok().filter(|_| is_canonical)
}
