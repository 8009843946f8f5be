//! Documents of YAML and JSON: typed access, where two differ, what identifies an object, its canonical text and the
//! digest of that.
//!
//! Readers are strict: what two readers of YAML could understand differently is refused, because the digest must stand
//! for one meaning only.

use std::collections::BTreeMap;

use serde::Deserialize;
pub(crate) use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The outcome of a check: a value, or a sentence that says why there is none.
pub(crate) type Checked<T> = Result<T, String>;

/// Says what is wrong where a condition holds.
pub(crate) fn refuse(is_wrong: bool, why: impl FnOnce() -> String) -> Checked<()> {
    if is_wrong { Err(why()) } else { Ok(()) }
}

pub(crate) static NULL: Value = Value::Null;

/// Typed access to what lies behind keys separated by `.`; nothing is there where a key is absent or null, as Kubernetes
/// treats both alike, and a value of another kind is a fault.
pub(crate) trait Reading {
    fn at(&self, path: &str) -> &Value;

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
        Ok(self.read(path, "a count of 63 bits", |value| value.as_i64().filter(|count| *count >= 0))?.map(i128::from))
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
    /// A map of texts, such as labels. The server makes an empty text of null, which is therefore not as good as absent.
    fn labels(&self, path: &str) -> Checked<BTreeMap<String, String>> {
        let stated = self.entries(path)?.into_iter();
        let texts = stated.map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned())));
        texts.collect::<Option<_>>().ok_or_else(|| format!("`{path}` is not a map of texts"))
    }
    fn annotation(&self, key: &str) -> Checked<Option<&str>> {
        match self.at("metadata.annotations").get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| format!("the annotation `{key}` is not a text")),
        }
    }
}

impl Reading for Value {
    fn at(&self, path: &str) -> &Value {
        let keys = path.split('.').filter(|key| !key.is_empty());
        keys.fold(self, |value, key| value.get(key).unwrap_or(&NULL))
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

/// The canonical text, which is that of JSON with one form for every escape and for every number.
fn canonical(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(_) => value.to_string(),
        Value::Number(number) => decimal(&number.to_string()),
        Value::String(text) => quote(text),
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            let entry = |(key, value): (&String, &Value)| format!("{}:{}", quote(key), canonical(value));
            format!("{{{}}}", sorted.into_iter().map(entry).collect::<Vec<_>>().join(","))
        }
    }
}

fn quote(inner: &str) -> String {
    let mut text = String::from("\"");
    for character in inner.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            low if low < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(low))),
            other => text.push(other),
        }
    }
    text + "\""
}

/// A number as JSON prints it, without exponent and without zeros at the end of a fraction.
pub(crate) fn decimal(text: &str) -> String {
    if !text.contains(['.', 'e']) {
        return text.to_owned();
    }
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // Beyond what any JSON number has, so that the point always stands between digits.
    let zeros = "0".repeat(400);
    let digits = format!("{zeros}{whole}{fraction}{zeros}");
    let point = (zeros.len() + whole.len()).saturating_add_signed(exponent.parse().unwrap_or(0));
    let (whole, fraction) = digits.split_at(point.min(digits.len()));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let (whole, point) = (if whole.is_empty() { "0" } else { whole }, if fraction.is_empty() { "" } else { "." });
    format!("{sign}{whole}{point}{fraction}")
}

/// Holds what the proof says against what the files give, and names the first place where they differ. Nothing is null.
pub(crate) fn agree(path: &str, stated: &Value, derived: &Value) -> Checked<()> {
    // What is equal as a whole, as nearly everything is, needs no path.
    if stated == derived {
        return Ok(());
    }
    match (stated, derived) {
        (Value::Object(here), Value::Object(there)) => {
            let mut keys = there.keys().chain(here.keys());
            keys.try_for_each(|key| agree(&format!("{path}.{key}"), &stated[key], &derived[key]))
        }
        (Value::Array(here), Value::Array(there)) => (0..here.len().max(there.len())).try_for_each(|index| {
            agree(&format!("{path}[{index}]"), here.get(index).unwrap_or(&NULL), there.get(index).unwrap_or(&NULL))
        }),
        _ => refuse(stated != derived, || format!("`{path}`: the proof says {stated}, the files give {derived}")),
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
    let texts: Vec<String> = objects.iter().map(|(_, object)| canonical(object)).collect();
    let digest = Sha256::digest(format!("[{}]", texts.join(",")).as_bytes());
    digest.iter().fold("sha256:".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}
