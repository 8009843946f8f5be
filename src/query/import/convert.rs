//! The body of an object as a record of the language, guided by the schema of its API: amounts as amounts, lists that
//! Kubernetes keys as maps.

use super::text::{Entry, Value, key, quoted, text};
use crate::data::{Node, NodeValue};
use crate::eval::credential;
use crate::objects::schema::Schema;

/// Words in the name of an environment variable whose value is nobody's to write down.
const SECRET_WORDS: [&str; 7] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY", "API_KEY", "PRIVATE_KEY"];

/// Ends of the names of variables that say where a secret is, and not what.
const NAMING_ENDS: [&str; 6] = ["_NAME", "_NAMESPACE", "_FILE", "_PATH", "_DIR", "_REF"];

/// What becomes of an object beside its text.
#[derive(Debug, Default)]
pub(super) struct Losses {
    /// Fields that the schema does not know, as paths.
    pub(super) unknown: Vec<String>,
    /// Fields that hold credentials.
    pub(super) credentials: Vec<String>,
    /// Containers that state no request.
    pub(super) unstated: Vec<String>,
}

/// The fields of a body, without what the emission itself states.
pub(super) fn body(node: &Node, schema: &Schema, losses: &mut Losses) -> Vec<Entry> {
    let mut path = Vec::new();
    Converter { losses, path: &mut path }.record(node, schema, &["apiVersion", "kind"])
}

struct Converter<'a> {
    losses: &'a mut Losses,
    path: &'a mut Vec<String>,
}

impl Converter<'_> {
    fn record(&mut self, node: &Node, schema: &Schema, without: &[&str]) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (name, inner) in node.as_map().into_iter().flatten().filter(|(name, _)| !without.contains(&name.as_ref())) {
            let schema = match schema {
                Schema::Object(object) => match object.field(name) {
                    Some(field) => field.schema,
                    None => {
                        self.losses.unknown.push(self.at(name));
                        entries.push(Entry::Comment(format!(
                            "left out: `{name}`, which the schema of this API does not know"
                        )));
                        continue;
                    }
                },
                Schema::Map(inner) => Schema::clone(inner),
                _ => Schema::Any,
            };
            self.path.push(name.to_string());
            self.entry(name, inner, &schema, &mut entries);
            self.path.pop();
        }
        entries
    }

    fn entry(&mut self, name: &str, node: &Node, schema: &Schema, entries: &mut Vec<Entry>) {
        if let NodeValue::String(held) = &node.value
            && let Some(what) = credential(held)
        {
            self.losses.credentials.push(self.path.join("."));
            entries.push(Entry::Comment(format!(
                "left out: `{name}`, which holds {what} in plain text; make it a secret"
            )));
            return;
        }
        let value = self.value(node, schema);
        entries.extend(value.map(|value| Entry::Field(key(name), value)));
    }

    fn value(&mut self, node: &Node, schema: &Schema) -> Option<Value> {
        Some(match &node.value {
            NodeValue::Null => return None,
            NodeValue::Bool(truth) => Value::Plain(truth.to_string()),
            NodeValue::Integer(number) => Value::Plain(number.to_string()),
            NodeValue::Decimal(number) => Value::Plain(number.to_string()),
            NodeValue::String(held) if matches!(schema, Schema::Quantity) && is_amount(held) => {
                Value::Plain(held.to_string())
            }
            NodeValue::String(held) => text(held),
            NodeValue::Map(_) => Value::Record(self.record(node, schema, &[])),
            NodeValue::List(items) => match schema {
                Schema::List(element) => self.keyed(items, element).unwrap_or_else(|| self.list(items, element)),
                _ => self.list(items, &Schema::Any),
            },
        })
    }

    fn list(&mut self, items: &[Node], schema: &Schema) -> Value {
        let element = |item: &Node| match &item.value {
            NodeValue::String(held) if credential(held).is_some() => {
                self.losses.credentials.push(self.path.join("."));
                Some(Value::Plain(quoted("<credential>")))
            }
            _ => self.value(item, schema),
        };
        Value::List(items.iter().filter_map(element).collect())
    }

    /// A list of things with different names as a map, in the order of writing.
    fn keyed(&mut self, items: &[Node], schema: &Schema) -> Option<Value> {
        let object = schema.as_object()?;
        let place = object.element_key()?;
        let name =
            |item: &Node| item.at(place).and_then(Node::as_str).filter(|name| !name.is_empty()).map(str::to_owned);
        let names: Option<Vec<String>> = items.iter().map(name).collect();
        let names = names.filter(|names| !names.is_empty())?;
        if (1..names.len()).any(|index| names[..index].contains(&names[index])) {
            return None;
        }
        let mut entries = Vec::new();
        for (item, name) in items.iter().zip(&names) {
            self.path.push(name.clone());
            let item = without(item, place);
            let mut fields = self.record(&item, schema, &[]);
            match object.name.as_str() {
                "Container" => self.note_requests(&item, name, &mut fields),
                "EnvVar" => self.hide(name, &mut fields),
                _ => {}
            }
            entries.push(Entry::Field(key(name), Value::Record(fields)));
            self.path.pop();
        }
        Some(Value::Record(entries))
    }

    /// Says where the author's word is needed: what nobody states, the scheduler counts as nothing.
    fn note_requests(&mut self, container: &Node, name: &str, fields: &mut Vec<Entry>) {
        let states = |part: &str, resource: &str| container.at(&["resources", part, resource]).is_some();
        let is_stated = |resource: &&&str| states("requests", resource) || states("limits", resource);
        let missing: Vec<&str> = [("cpu", "cpu = 100m"), ("memory", "memory = 128Mi")]
            .iter()
            .filter(|(one, _)| !is_stated(&one))
            .map(|(_, text)| *text)
            .collect();
        if !missing.is_empty() {
            self.losses.unstated.push(name.to_owned());
            let asked =
                format!("nobody says what it needs: state it, as in `resources.requests {{ {} }}`", missing.join(", "));
            fields.insert(0, Entry::Comment(asked));
        }
    }

    /// Takes the value of a variable away that by its name is a secret.
    fn hide(&mut self, name: &str, fields: &mut [Entry]) {
        let upper = name.to_ascii_uppercase();
        let is_about = NAMING_ENDS.iter().any(|end| upper.ends_with(end));
        let is_secret = !is_about && SECRET_WORDS.iter().any(|word| upper.contains(word));
        let is_held = |entry: &Entry| match entry {
            Entry::Field(key, Value::Plain(value)) => key == "value" && is_secret && !is_harmless(value),
            Entry::Field(key, Value::Lines(_)) => key == "value" && is_secret,
            _ => false,
        };
        for entry in fields.iter_mut().filter(|entry| is_held(entry)) {
            self.losses.credentials.push(self.path.join("."));
            let said = "left out: its value, which by its name is a secret; read it with `valueFrom.secretKeyRef`";
            *entry = Entry::Comment(said.to_owned());
        }
    }

    fn at(&self, name: &str) -> String {
        self.path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".")
    }
}

/// A number, a switch, a path or a reference to another variable is no secret.
fn is_harmless(quoted: &str) -> bool {
    let text = quoted.trim_matches('"');
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_number || matches!(text, "true" | "false") || text.starts_with(['/', '$'])
}

/// An element without the name that its key states.
fn without(item: &Node, place: &[&str]) -> Node {
    let mut item = item.clone();
    fn cut(node: &mut Node, place: &[&str]) {
        let Some(map) = node.as_map_mut() else { return };
        match place {
            [last] => drop(map.shift_remove(*last)),
            [first, rest @ ..] => {
                if let Some(inner) = map.get_mut(*first) {
                    cut(inner, rest);
                    if inner.as_map().is_some_and(indexmap::IndexMap::is_empty) {
                        map.shift_remove(*first);
                    }
                }
            }
            [] => {}
        }
    }
    cut(&mut item, place);
    item
}

/// Whether a quantity is a literal of the language as well.
fn is_amount(text: &str) -> bool {
    const UNITS: [&str; 12] = ["", "m", "k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "Pi"];
    let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, unit) = text.split_at(digits);
    let is_number = number.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && number.bytes().last().is_some_and(|byte| byte.is_ascii_digit())
        && number.matches('.').count() <= 1
        && (number == "0" || !number.starts_with('0') || number.starts_with("0."));
    is_number && UNITS.contains(&unit)
}
