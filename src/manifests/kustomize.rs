//! What `kubectl kustomize` makes of a directory, for the few forms that the output of the compiler has.
//!
//! Understood are `resources` and `patches`: strategic merge patches that hold nothing but identities, or identities and
//! `$patch: delete`, and JSON 6902 patches with a target. Everything else is refused, because a renderer that guesses
//! would check manifests that nobody applies.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::build::Files;
use crate::manifests::document::{Checked, Identity, Reading, Value, json, read_yaml, refuse};

/// Directories within directories, one for each call: more than any real tree. How many there are in all is bounded by the
/// files, because none is read twice.
const DEEPEST: usize = 64;

type Objects = BTreeMap<Identity, Value>;

/// The objects of the kustomization in a directory.
pub(crate) fn render(files: &dyn Files, directory: &str) -> Checked<Objects> {
    within(files, directory, 0, &mut BTreeSet::new())
}

/// As [`render`]. No directory is read twice: its objects would be there twice, and trees of such could grow without end.
fn within(files: &dyn Files, directory: &str, depth: usize, seen: &mut BTreeSet<String>) -> Checked<Objects> {
    refuse(!seen.insert(directory.to_owned()), || format!("`{directory}` is there twice"))?;
    refuse(depth > DEEPEST, || format!("`{directory}` lies in more than {DEEPEST} directories that name each other"))?;
    for other in ["kustomization.yml", "Kustomization"] {
        if files.read(&format!("{directory}/{other}")).is_some() {
            return Err(format!("`{directory}/{other}` is not understood beside `kustomization.yaml`"));
        }
    }
    let path = format!("{directory}/kustomization.yaml");
    let mut kustomization = json!({ "resources": [], "patches": [] });
    for (key, value) in single(&documents(files, &path)?)?.entries("")? {
        kustomization[key] = value.clone();
    }
    let (resources, patches) = (kustomization["resources"].take(), kustomization["patches"].take());
    let head = json!({ "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": null, "patches": null });
    refuse(kustomization != head, || format!("`{path}` has more than resources and patches"))?;
    let mut objects = Objects::new();
    let add = |objects: &mut Objects, (identity, object): (Identity, Value)| {
        let title = identity.title();
        objects.insert(identity, object).map_or(Ok(()), |_| Err(format!("`{title}` is there twice in `{path}`")))
    };
    for resource in json!({ "resources": resources }).texts("resources")? {
        let inner = join(directory, resource)?;
        if files.read(&format!("{inner}/kustomization.yaml")).is_some() {
            within(files, &inner, depth + 1, seen)?.into_iter().try_for_each(|entry| add(&mut objects, entry))?;
            continue;
        }
        for object in documents(files, &inside(directory, resource)?)? {
            let identity = Identity::of(&object).map_err(|fault| format!("`{inner}`: {fault}"))?;
            refuse(identity.kind.ends_with("List") && !object.at("items").is_null(), || {
                format!("`{inner}`: a list of objects is not understood")
            })?;
            let prefixes = ["config.kubernetes.io/", "internal.config.kubernetes.io/"];
            let directs = |key: &str| {
                prefixes.iter().any(|prefix| key.starts_with(prefix)) || key.contains(".kustomize.config.k8s.io")
            };
            let annotations = object.entries("metadata.annotations")?;
            if let Some((key, _)) = annotations.into_iter().find(|(key, _)| directs(key)) {
                return Err(format!("`{inner}`: Kustomize acts on the annotation `{key}`"));
            }
            add(&mut objects, (identity, object))?;
        }
    }
    for patch in json!({ "patches": patches }).list("patches")? {
        apply(files, directory, patch, &mut objects).map_err(|fault| format!("`{path}`: {fault}"))?;
    }
    Ok(objects)
}

fn documents(files: &dyn Files, path: &str) -> Checked<Vec<Value>> {
    let text = files.read(path).ok_or_else(|| format!("`{path}` cannot be read"))?;
    read_yaml(&text).map_err(|fault| format!("`{path}`: {fault}"))
}

fn single(documents: &[Value]) -> Checked<&Value> {
    if let [document] = documents { Ok(document) } else { Err("a file is not one document".to_owned()) }
}

/// A path relative to a directory, without `.` and `..`.
fn join(directory: &str, path: &str) -> Checked<String> {
    let refusal = || format!("the path `{path}` in `{directory}` is not understood");
    refuse(path.is_empty() || path.starts_with('/') || path.contains([':', '\\', '?']), refusal)?;
    let mut parts: Vec<&str> = directory.split('/').collect();
    for part in path.split('/').filter(|part| !["", "."].contains(part)) {
        match part {
            ".." => drop(parts.pop().ok_or_else(refusal)?),
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// As [`join`], for files, which Kustomize reads only below the directory.
fn inside(directory: &str, path: &str) -> Checked<String> {
    let is_inside = path.split('/').all(|part| part != "..");
    if is_inside { join(directory, path) } else { Err(format!("the file `{path}` lies outside of `{directory}`")) }
}

fn apply(files: &dyn Files, directory: &str, patch: &Value, objects: &mut Objects) -> Checked<()> {
    if let Some((key, _)) = patch.entries("")?.iter().find(|(key, _)| !["path", "target"].contains(key)) {
        return Err(format!("the field `{key}` of a patch is not understood"));
    }
    let documents = documents(files, &inside(directory, patch.needed("path")?)?)?;
    if patch.at("target").is_null() {
        return documents.iter().try_for_each(|document| merge(document, objects));
    }
    let operations = single(&documents)?.as_array().ok_or("a JSON 6902 patch is one list of operations")?;
    let mut found = false;
    for (identity, object) in objects.iter_mut() {
        if is_target(patch.at("target"), identity, object)? {
            found = true;
            operations.iter().try_for_each(|operation| operate(operation, object))?;
            refuse(Identity::of(object)? != *identity, || format!("`{}` is given another identity", identity.title()))?;
        }
    }
    if found { Ok(()) } else { Err(format!("the target {} is no object", patch.at("target"))) }
}

/// Strategic merge patches: identities, which must exist and change nothing, and deletions.
fn merge(document: &Value, objects: &mut Objects) -> Checked<()> {
    let identity = Identity::of(document)?;
    let existing = objects.get(&identity).ok_or_else(|| format!("there is no `{}` to patch", identity.title()))?;
    let mut expected = json!({ "apiVersion": existing.at("apiVersion"), "kind": identity.kind, "metadata": { "name": identity.name } });
    if !identity.namespace.is_empty() {
        expected["metadata"]["namespace"] = json!(identity.namespace);
    }
    let changes = *document != expected;
    expected["$patch"] = json!("delete");
    match changes {
        false => Ok(()),
        true if *document == expected => objects.remove(&identity).map(drop).ok_or_else(String::new),
        true => Err(format!("the merge patch of `{}` changes more than is understood", identity.title())),
    }
}

/// Whether an object is meant by a target. Its fields are expressions, of which only dots are understood.
fn is_target(target: &Value, identity: &Identity, object: &Value) -> Checked<bool> {
    let version = object.needed("apiVersion")?;
    let mut matches = true;
    for (key, _) in target.entries("")? {
        let text = match key {
            "group" => identity.group.as_str(),
            "version" => version.split_once('/').map_or(version, |(_, version)| version),
            "kind" => &identity.kind,
            "name" => &identity.name,
            "namespace" => &identity.namespace,
            _ => return Err(format!("the field `{key}` of a target is not understood")),
        };
        let pattern = target.needed(key)?;
        let is_plain = |one: char| one.is_ascii_alphanumeric() || "-._/".contains(one);
        // Kustomize puts words of its own where an object has no namespace. A dot stands for any character, `\\.` for one.
        let is_word = text.is_empty() && ["default", "_non_namespaceable_"].contains(&pattern);
        let plain = pattern.replace("\\.", "/");
        let is_known = !pattern.is_empty() && !pattern.contains('/') && plain.chars().all(is_plain) && !is_word;
        refuse(!is_known, || format!("the expression `{pattern}` of a target is not understood"))?;
        let alike = |(one, other): (char, char)| one == other || one == '.' || (one, other) == ('/', '.');
        matches &= plain.len() == text.len() && plain.chars().zip(text.chars()).all(alike);
    }
    Ok(matches)
}

/// One operation of RFC 6902.
fn operate(operation: &Value, object: &mut Value) -> Checked<()> {
    let (name, pointer) = (operation.needed("op")?, operation.needed("path")?);
    let nowhere =
        || format!("`{name}` of `{pointer}`: there is nothing at the path, or another value, or too much is said");
    refuse(operation.entries("")?.iter().any(|(key, _)| !["op", "path", "value"].contains(key)), nowhere)?;
    let value = operation.get("value");
    let needed = || value.cloned().ok_or_else(nowhere);
    let (parent, last) = pointer.rsplit_once('/').ok_or_else(nowhere)?;
    let key = last.replace("~1", "/").replace("~0", "~");
    let holds = value.is_some() && object.pointer(pointer) == value;
    match (name, object.pointer_mut(parent).ok_or_else(nowhere)?) {
        ("test", _) if holds => {}
        ("replace", _) => *object.pointer_mut(pointer).ok_or_else(nowhere)? = needed()?,
        ("add", Value::Object(map)) => drop(map.insert(key, needed()?)),
        ("add", Value::Array(items)) => {
            let index = if last == "-" { Some(items.len()) } else { last.parse().ok() };
            items.insert(index.filter(|index| *index <= items.len()).ok_or_else(nowhere)?, needed()?);
        }
        ("remove", Value::Object(map)) => drop(map.shift_remove(&key).ok_or_else(nowhere)?),
        ("remove", Value::Array(items)) => {
            let index = last.parse().ok().filter(|index| *index < items.len());
            drop(items.remove(index.ok_or_else(nowhere)?));
        }
        _ => return Err(nowhere()),
    }
    Ok(())
}
