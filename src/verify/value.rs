//! Values of YAML and JSON, their canonical text, its digest, and where two of them differ.
//!
//! Readers are strict: what two readers of YAML could understand differently is refused, because the digest must stand
//! for one meaning only.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
pub(crate) use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The outcome of a check: a value, or a sentence that says why there is none.
pub(crate) type Checked<T> = Result<T, String>;

pub(crate) type Labels<'a> = BTreeMap<&'a str, &'a str>;

static NULL: Value = Value::Null;

/// Typed access to what lies behind keys separated by `.`; nothing is there where a key is absent or null, as Kubernetes
/// treats both alike, and a value of another kind is a fault.
pub(crate) trait Reading {
    fn at(&self, path: &str) -> &Value;
    fn annotation(&self, key: &str) -> Checked<Option<&str>>;

    fn read<'a, T>(&'a self, path: &str, kind: &str, cast: impl FnOnce(&'a Value) -> Option<T>) -> Checked<Option<T>> {
        match self.at(path) {
            Value::Null => Ok(None),
            value => cast(value).map(Some).ok_or_else(|| format!("`{path}` is not {kind}")),
        }
    }

    fn text(&self, path: &str) -> Checked<Option<&str>> {
        self.read(path, "a text", Value::as_str)
    }

    fn needed(&self, path: &str) -> Checked<&str> {
        self.text(path)?.ok_or_else(|| format!("`{path}` is missing"))
    }

    fn flag(&self, path: &str) -> Checked<bool> {
        Ok(self.read(path, "true or false", Value::as_bool)?.unwrap_or(false))
    }

    fn integer(&self, path: &str) -> Checked<Option<i128>> {
        Ok(self.read(path, "an integer of 64 bits", Value::as_i64)?.map(i128::from))
    }

    /// An integer that counts something.
    fn count(&self, path: &str) -> Checked<Option<i128>> {
        let count = self.integer(path)?;
        if count.is_some_and(|count| count < 0) { Err(format!("`{path}` is negative")) } else { Ok(count) }
    }

    fn list(&self, path: &str) -> Checked<&[Value]> {
        Ok(self.read(path, "a list", Value::as_array)?.map_or(&[], Vec::as_slice))
    }

    fn texts(&self, path: &str) -> Checked<Vec<&str>> {
        let texts = self.list(path)?.iter().map(Value::as_str).collect::<Option<_>>();
        texts.ok_or_else(|| format!("`{path}` is not a list of texts"))
    }

    fn entries(&self, path: &str) -> Checked<Vec<(&str, &Value)>> {
        let map = self.read(path, "a map", Value::as_object)?;
        Ok(map.into_iter().flatten().map(|(key, value)| (key.as_str(), value)).collect())
    }

    fn labels(&self, path: &str) -> Checked<Labels<'_>> {
        let entries = self.entries(path)?.into_iter();
        let labels = entries.map(|(key, value)| Some((key, value.as_str()?))).collect::<Option<_>>();
        labels.ok_or_else(|| format!("`{path}` is not a map of texts"))
    }
}

impl Reading for Value {
    fn at(&self, path: &str) -> &Value {
        path.split('.').filter(|key| !key.is_empty()).fold(self, |value, key| value.get(key).unwrap_or(&NULL))
    }

    fn annotation(&self, key: &str) -> Checked<Option<&str>> {
        match self.at("metadata.annotations").get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| format!("the annotation `{key}` is not a text")),
        }
    }
}

/// Reads all documents of a YAML text. Empty documents are left out.
pub(crate) fn read_yaml(text: &str) -> Checked<Vec<Value>> {
    let mut values = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        match from_yaml(serde_yaml::Value::deserialize(document).map_err(|error| error.to_string())?)? {
            Value::Null => {}
            value => values.push(value),
        }
    }
    Ok(values)
}

fn from_yaml(value: serde_yaml::Value) -> Checked<Value> {
    use serde_yaml::Value as Yaml;
    Ok(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => {
            let text = number.to_string();
            serde_json::from_str(&text).map_err(|_| format!("the number {text} is not understood"))?
        }
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(from_yaml).collect::<Checked<_>>()?),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                // A merge key means different things to different readers.
                match key {
                    Yaml::String(key) if key != "<<" => map.insert(key, from_yaml(value)?),
                    other => return Err(format!("the key {other:?} of a YAML map is not a plain text")),
                };
            }
            Value::Object(map)
        }
        Yaml::Tagged(_) => return Err("a YAML tag is not understood".to_owned()),
    })
}

/// Writes the canonical text, which for texts is that of JSON with one form for every escape.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Null | Value::Bool(_) => text.push_str(&value.to_string()),
        Value::Number(number) => text.push_str(&decimal(&number.to_string())),
        Value::String(inner) => quote(inner, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                text.push(if index > 0 { ',' } else { '[' });
                canonical(item, text);
            }
            text.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            for (index, (key, value)) in sorted.into_iter().enumerate() {
                text.push(if index > 0 { ',' } else { '{' });
                quote(key, text);
                text.push(':');
                canonical(value, text);
            }
            text.push_str(if map.is_empty() { "{}" } else { "}" });
        }
    }
}

fn quote(inner: &str, text: &mut String) {
    text.push('"');
    for character in inner.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            low if low < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(low))),
            other => text.push(other),
        }
    }
    text.push('"');
}

/// A number as JSON prints it, without exponent and without zeros at the end of a fraction.
pub(crate) fn decimal(text: &str) -> String {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // JSON has no larger exponents than these.
    let exponent = exponent.parse::<i32>().unwrap_or(0).clamp(-400, 400);
    let zeros = "0".repeat(usize::try_from(exponent.unsigned_abs()).unwrap_or(0));
    let (digits, point) = if exponent < 0 {
        (format!("{zeros}{whole}{fraction}"), whole.len())
    } else {
        (format!("{whole}{fraction}{zeros}"), whole.len() + zeros.len())
    };
    let (whole, fraction) = digits.split_at(point);
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", if whole.is_empty() { "0" } else { whole })
}

/// Holds what the proof says against what the files give, and names the first place where they differ.
pub(crate) fn agree(path: &str, stated: &Value, derived: &Value) -> Checked<()> {
    match (stated, derived) {
        (Value::Object(stated), Value::Object(derived)) => {
            let further = stated.keys().filter(|key| !derived.contains_key(*key));
            derived
                .keys()
                .chain(further)
                .try_for_each(|key| both(&format!("{path}.{key}"), stated.get(key), derived.get(key)))
        }
        (Value::Array(stated), Value::Array(derived)) => (0..stated.len().max(derived.len()))
            .try_for_each(|index| both(&format!("{path}[{index}]"), stated.get(index), derived.get(index))),
        _ => both(path, Some(stated), Some(derived)),
    }
}

fn both(path: &str, stated: Option<&Value>, derived: Option<&Value>) -> Checked<()> {
    match (stated, derived) {
        (Some(stated), Some(derived)) if stated == derived => Ok(()),
        (Some(one), Some(other)) if one.is_object() && other.is_object() || one.is_array() && other.is_array() => {
            agree(path, one, other)
        }
        _ => {
            let word = |value: Option<&Value>| value.map_or("nothing".to_owned(), |value| value.to_string());
            Err(format!("`{path}`: the proof says {}, the files give {}", word(stated), word(derived)))
        }
    }
}

/// What identifies an object: API group, kind, namespace, name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Identity {
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Identity {
    pub(crate) fn of(object: &Value) -> Checked<Self> {
        Ok(Self {
            group: object.needed("apiVersion")?.split_once('/').map_or("", |(group, _)| group).to_owned(),
            kind: object.needed("kind")?.to_owned(),
            namespace: object.text("metadata.namespace")?.unwrap_or("").to_owned(),
            name: object.needed("metadata.name")?.to_owned(),
        })
    }

    /// `Kind.group namespace/name`, as evidence and annotations name objects.
    pub(crate) fn title(&self) -> String {
        let group = if self.group.is_empty() { String::new() } else { format!(".{}", self.group) };
        format!("{}{group} {}", self.kind, self.place())
    }

    /// `namespace/name`.
    pub(crate) fn place(&self) -> String {
        if self.namespace.is_empty() { self.name.clone() } else { format!("{}/{}", self.namespace, self.name) }
    }

    pub(crate) fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }
}

/// Objects with their identities, in the order of the canonical text.
pub(crate) fn sorted(objects: Vec<Value>) -> Checked<Vec<(Identity, Value)>> {
    let identified = objects.into_iter().map(|object| Ok((Identity::of(&object)?, object)));
    let mut objects = identified.collect::<Checked<Vec<_>>>()?;
    objects.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(objects)
}

/// The digest of objects that are in the order of the canonical text.
pub(crate) fn digest(objects: &[(Identity, Value)]) -> String {
    let mut text = String::from("[");
    for (index, (_, object)) in objects.iter().enumerate() {
        text.push_str(if index > 0 { "," } else { "" });
        canonical(object, &mut text);
    }
    text.push(']');
    let mut digest = String::from("sha256:");
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing into a text cannot fail.
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}
