//! Values of YAML and JSON, their canonical text, and its digest.
//!
//! Readers are strict: what two readers of YAML could understand differently is refused, because the digest must stand
//! for one meaning only.

use std::fmt::Write as _;

use indexmap::IndexMap;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The outcome of a check: a value, or a sentence that says why there is none.
pub(crate) type Checked<T> = Result<T, String>;

/// What a document holds. Numbers with a fraction are kept as text, so that nothing is ever rounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Decimal(String),
    Text(String),
    List(Vec<Value>),
    Map(IndexMap<String, Value>),
}

static NULL: Value = Value::Null;

impl Value {
    /// The value behind a key; null where there is none, as Kubernetes treats both alike.
    pub(crate) fn get(&self, key: &str) -> &Value {
        self.map().and_then(|map| map.get(key)).unwrap_or(&NULL)
    }

    /// The value behind keys separated by `.`.
    pub(crate) fn at(&self, path: &str) -> &Value {
        path.split('.').fold(self, Value::get)
    }

    pub(crate) fn is_null(&self) -> bool {
        *self == Value::Null
    }

    pub(crate) fn map(&self) -> Option<&IndexMap<String, Value>> {
        if let Value::Map(map) = self { Some(map) } else { None }
    }

    /// The text, or nothing where it is absent; another kind of value is a fault.
    pub(crate) fn text(&self, what: &str) -> Checked<Option<&str>> {
        match self {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(format!("`{what}` is not a text")),
        }
    }

    /// The text, empty where it is absent.
    pub(crate) fn text_or_empty(&self, what: &str) -> Checked<&str> {
        Ok(self.text(what)?.unwrap_or(""))
    }

    pub(crate) fn needed_text(&self, what: &str) -> Checked<&str> {
        self.text(what)?.ok_or_else(|| format!("`{what}` is missing"))
    }

    pub(crate) fn list(&self, what: &str) -> Checked<&[Value]> {
        match self {
            Value::Null => Ok(&[]),
            Value::List(items) => Ok(items),
            _ => Err(format!("`{what}` is not a list")),
        }
    }

    /// The entries of a map, none where it is absent.
    pub(crate) fn entries(&self, what: &str) -> Checked<Vec<(&str, &Value)>> {
        match self {
            Value::Null => Ok(Vec::new()),
            Value::Map(map) => Ok(map.iter().map(|(key, value)| (key.as_str(), value)).collect()),
            _ => Err(format!("`{what}` is not a map")),
        }
    }

    pub(crate) fn integer(&self, what: &str) -> Checked<Option<i128>> {
        match self {
            Value::Null => Ok(None),
            Value::Integer(number) if (-LARGEST..=LARGEST).contains(number) => Ok(Some(*number)),
            _ => Err(format!("`{what}` is not an integer of 64 bits")),
        }
    }

    pub(crate) fn needed_integer(&self, what: &str) -> Checked<i128> {
        self.integer(what)?.ok_or_else(|| format!("`{what}` is missing"))
    }

    pub(crate) fn boolean(&self, what: &str) -> Checked<bool> {
        match self {
            Value::Null => Ok(false),
            Value::Bool(value) => Ok(*value),
            _ => Err(format!("`{what}` is neither true nor false")),
        }
    }

    /// Texts of a list, none where it is absent.
    pub(crate) fn texts(&self, what: &str) -> Checked<Vec<String>> {
        self.list(what)?.iter().map(|item| Ok(item.needed_text(what)?.to_owned())).collect()
    }

    /// A map from texts to texts, such as labels.
    pub(crate) fn text_map(&self, what: &str) -> Checked<IndexMap<String, String>> {
        let entries = self.entries(what)?.into_iter();
        entries.map(|(key, value)| Ok((key.to_owned(), value.needed_text(what)?.to_owned()))).collect()
    }

    fn canonical(&self, text: &mut String) {
        match self {
            Value::Null => text.push_str("null"),
            Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
            Value::Integer(number) => {
                let _ = write!(text, "{number}");
            }
            Value::Decimal(number) => text.push_str(number),
            Value::Text(inner) => quote(inner, text),
            Value::List(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    text.push_str(if index > 0 { "," } else { "" });
                    item.canonical(text);
                }
                text.push(']');
            }
            Value::Map(map) => {
                let mut keys: Vec<(&String, &Value)> = map.iter().collect();
                keys.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
                text.push('{');
                for (index, (key, value)) in keys.into_iter().enumerate() {
                    text.push_str(if index > 0 { "," } else { "" });
                    quote(key, text);
                    text.push(':');
                    value.canonical(text);
                }
                text.push('}');
            }
        }
    }
}

/// The largest integer that the proof may hold.
pub(crate) const LARGEST: i128 = i64::MAX as i128;

fn quote(inner: &str, text: &mut String) {
    text.push('"');
    for character in inner.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            low if low < ' ' => {
                let _ = write!(text, "\\u{:04x}", u32::from(low));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

/// Reads all documents of a YAML text. Empty documents are left out.
pub(crate) fn read_yaml(text: &str) -> Checked<Vec<Value>> {
    let mut values = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        use serde_yaml::Value as Yaml;
        let read = Yaml::deserialize(document).map_err(|error| error.to_string())?;
        if !matches!(read, Yaml::Null) {
            values.push(from_yaml(read)?);
        }
    }
    Ok(values)
}

fn from_yaml(value: serde_yaml::Value) -> Checked<Value> {
    use serde_yaml::Value as Yaml;
    Ok(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => number_of(&number.to_string())?,
        Yaml::String(text) => Value::Text(text),
        Yaml::Sequence(items) => Value::List(items.into_iter().map(from_yaml).collect::<Checked<_>>()?),
        Yaml::Mapping(entries) => {
            let mut map = IndexMap::new();
            for (key, value) in entries {
                // A merge key means different things to different readers.
                match key {
                    Yaml::String(key) if key != "<<" => map.insert(key, from_yaml(value)?),
                    other => return Err(format!("the key {other:?} of a YAML map is not a plain text")),
                };
            }
            Value::Map(map)
        }
        Yaml::Tagged(_) => return Err("a YAML tag is not understood".to_owned()),
    })
}

/// Reads one JSON text.
pub(crate) fn read_json(text: &str) -> Checked<Value> {
    from_json(serde_json::from_str(text).map_err(|error| error.to_string())?)
}

fn from_json(value: serde_json::Value) -> Checked<Value> {
    use serde_json::Value as Json;
    Ok(match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => number_of(&number.to_string())?,
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(items.into_iter().map(from_json).collect::<Checked<_>>()?),
        Json::Object(entries) => {
            Value::Map(entries.into_iter().map(|(key, value)| Ok((key, from_json(value)?))).collect::<Checked<_>>()?)
        }
    })
}

/// A number from its text: without exponent, without zeros at the end of a fraction.
fn number_of(text: &str) -> Checked<Value> {
    let refusal = || format!("the number {text} is not understood");
    if let Ok(number) = text.parse::<i128>() {
        return Ok(Value::Integer(number));
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().map_err(|_| refusal())?;
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return Err(refusal());
    }
    if !(-400..=400).contains(&exponent) {
        return Err(refusal());
    }
    let zeros = "0".repeat(usize::try_from(exponent.unsigned_abs()).unwrap_or(0));
    let digits = if exponent < 0 { format!("{zeros}{whole}{fraction}") } else { format!("{whole}{fraction}{zeros}") };
    // With a negative exponent the point moves left by as many digits as zeros were put in front.
    let point = if exponent < 0 { whole.len() } else { whole.len() + zeros.len() };
    let (whole, fraction) = digits.split_at_checked(point).ok_or_else(refusal)?;
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    if fraction.is_empty() {
        let number = format!("{sign}{whole}").parse::<i128>();
        return Ok(number.map_or_else(|_| Value::Decimal(format!("{sign}{whole}")), Value::Integer));
    }
    Ok(Value::Decimal(format!("{sign}{whole}.{fraction}")))
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
        let version = object.get("apiVersion").needed_text("apiVersion")?;
        let metadata = object.get("metadata");
        Ok(Self {
            group: version.split_once('/').map_or("", |(group, _)| group).to_owned(),
            kind: object.get("kind").needed_text("kind")?.to_owned(),
            namespace: metadata.get("namespace").text_or_empty("metadata.namespace")?.to_owned(),
            name: metadata.get("name").needed_text("metadata.name")?.to_owned(),
        })
    }

    /// `Kind.group namespace/name`, as evidence and annotations name objects.
    pub(crate) fn title(&self) -> String {
        let group = if self.group.is_empty() { String::new() } else { format!(".{}", self.group) };
        let namespace = if self.namespace.is_empty() { String::new() } else { format!("{}/", self.namespace) };
        format!("{}{group} {namespace}{}", self.kind, self.name)
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
        object.canonical(&mut text);
    }
    text.push(']');
    let mut digest = String::from("sha256:");
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}
