//! The functions that the compiler brings: pure, total, and few.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::context::{Evaluator, Scope};
use super::natural::natural;
use super::operators::equal;
use super::value::{self, Record, SecretPart, Value, ValueKind};
use crate::diag::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::Word;
use crate::types::{Amount, Rational};

/// Lists that `range` makes are at most this long.
const LONGEST_RANGE: i128 = 10_000;

impl<'a> Evaluator<'a> {
    pub(super) fn call_builtin(
        &mut self,
        scope: &Scope<'a>,
        function: &'a Word,
        mut values: Vec<Value>,
        span: Span,
    ) -> Value {
        if values.iter().any(Value::is_poison) {
            return Value::poison(span);
        }
        let name = function.text.as_str();
        let mut reads = values.iter().fold(None, |reads, value| value::union(&reads, &value.reads));
        if matches!(name, "join" | "yaml" | "json" | "hash" | "sum" | "min" | "max" | "contains") {
            // What was in the list or record goes into one scalar; elsewhere each element keeps its own.
            let mut deep = Vec::new();
            values.iter().for_each(|value| value.visit_reads(&mut |read| deep.push(read.clone())));
            if !deep.is_empty() {
                reads = value::union(&reads, &Some(Rc::new(deep)));
            }
        }
        let (least, most) = arity(name);
        if values.len() < least || values.len() > most {
            let wanted = if least == most { least.to_string() } else { format!("at least {least}") };
            let plural = if least == 1 && most == 1 { "" } else { "s" };
            return self.fault(Diagnostic::error(
                codes::ARGUMENTS,
                span,
                format!("`{name}` takes {wanted} argument{plural}, found {}", values.len()),
            ));
        }
        if matches!(name, "sum" | "min" | "max") {
            if let [Value { kind: ValueKind::List(items), .. }] = values.as_slice() {
                values = items.as_ref().clone();
            }
            return Value { reads, ..self.fold(name, &values, span) };
        }
        let result = match (name, values.as_slice()) {
            ("len", [one]) => self.length(one, span),
            ("keys" | "values" | "entries", [one]) => self.unpack(name, one, span),
            ("join", [list, separator]) => self.join(list, separator, span),
            ("range", [low, high]) => self.count(low, high, span),
            ("flatten", [list]) => {
                self.list_of(list, flatten).map_or_else(|fault| fault, |items| Value::list(items, span))
            }
            ("unique", [list]) => {
                self.list_of(list, unique).map_or_else(|fault| fault, |items| Value::list(items, span))
            }
            ("sort", [list]) => self.list_of(list, sorted).map_or_else(|fault| fault, |items| Value::list(items, span)),
            ("text", [one]) => self.as_text(one, span),
            ("yaml" | "json", [one]) => match self.no_secret(one, span) {
                Some(fault) => fault,
                None => Value::string(serialise(name, one), span),
            },
            ("hash", [one]) => match self.no_secret(one, span) {
                Some(fault) => fault,
                None => Value::string(digest(&serialise("json", one)), span),
            },
            ("ceil" | "floor" | "quorum", [one]) => self.round(name, one, span),
            ("secret", [one]) => self.secret(scope, one, span),
            ("read", [one]) => self.read(scope, one, span),
            (_, texts) => self.text_function(name, texts, span),
        };
        Value { reads, ..result }
    }

    fn fold(&mut self, name: &str, values: &[Value], span: Span) -> Value {
        let Some((first, rest)) = values.split_first() else {
            return if name == "sum" {
                Value::whole(0, span)
            } else {
                self.fault(
                    Diagnostic::error(codes::ARGUMENTS, span, format!("`{name}` of nothing")).at("an empty list"),
                )
            };
        };
        let mut total = first.clone();
        for value in rest {
            let (one, two) = super::operators::pair(total, value.clone());
            let (ValueKind::Amount(left), ValueKind::Amount(right)) = (&one.kind, &two.kind) else {
                let wrong = if matches!(one.kind, ValueKind::Amount(_)) { &two } else { &one };
                return self.mismatch(&format!("`{name}` wants amounts"), wrong);
            };
            if left.unit != right.unit {
                return self.mismatch(&format!("`{name}` wants amounts of one unit"), &two);
            }
            total = match name {
                "sum" => match left.number.add(right.number) {
                    Some(number) => Value::new(ValueKind::Amount(Amount { unit: left.unit, number }), span),
                    None => {
                        return self.fault(
                            Diagnostic::error(codes::OVERFLOW, span, "the sum is too large")
                                .at("cannot be computed exactly"),
                        );
                    }
                },
                "min" => {
                    if left.number <= right.number {
                        one
                    } else {
                        two
                    }
                }
                _ => {
                    if left.number >= right.number {
                        one
                    } else {
                        two
                    }
                }
            };
        }
        match total.kind {
            ValueKind::Amount(_) => total,
            _ => self.mismatch(&format!("`{name}` wants amounts"), &total),
        }
    }

    fn length(&mut self, value: &Value, span: Span) -> Value {
        let length = match &value.kind {
            ValueKind::List(items) => items.len(),
            ValueKind::Record(record) => record.values().filter(|(_, field)| !field.is_none()).count(),
            ValueKind::String(text) => text.chars().count(),
            _ => return self.mismatch("`len` wants a list, a record or a String", value),
        };
        Value::whole(i128::try_from(length).unwrap_or(i128::MAX), span)
    }

    fn unpack(&mut self, name: &str, value: &Value, span: Span) -> Value {
        let Some(record) = value.as_record() else {
            return self.mismatch(&format!("`{name}` wants a record"), value);
        };
        let fields = record.iter().filter(|(_, (_, field))| !field.is_none());
        let items = fields.map(|(key, (place, field))| {
            let key = Value::string(key.clone(), *place);
            match name {
                "keys" => key,
                "values" => field.clone(),
                _ => {
                    let mut entry = Record::new();
                    entry.insert(Rc::from("key"), (*place, key));
                    entry.insert(Rc::from("value"), (*place, field.clone()));
                    Value::record(entry, *place)
                }
            }
        });
        Value::list(items.collect(), span)
    }

    fn join(&mut self, list: &Value, separator: &Value, span: Span) -> Value {
        let (Some(items), Some(separator)) = (list.as_list(), separator.as_str()) else {
            return self.mismatch("`join` wants a list and a String", list);
        };
        let mut pieces: Vec<SecretPart> = Vec::new();
        let mut secret = false;
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                pieces.push(SecretPart::Text(Rc::from(separator)));
            }
            match &item.kind {
                ValueKind::Secret(parts) => {
                    secret = true;
                    pieces.extend(parts.iter().cloned());
                }
                _ => pieces.push(SecretPart::Text(Rc::from(value::display(item)))),
            }
        }
        if secret {
            return Value::new(ValueKind::Secret(Rc::from(pieces)), span);
        }
        Value::string(value::template(&pieces), span)
    }

    fn count(&mut self, low: &Value, high: &Value, span: Span) -> Value {
        let (Some(first), Some(last)) = (low.as_whole(), high.as_whole()) else {
            return self.mismatch("`range` wants two whole numbers", if low.as_whole().is_some() { high } else { low });
        };
        if last - first > LONGEST_RANGE {
            return self.fault(
                Diagnostic::error(codes::OVERFLOW, span, format!("`range` makes at most {LONGEST_RANGE} numbers"))
                    .at("too many"),
            );
        }
        Value::list((first..last).map(|number| Value::whole(number, span)).collect(), span)
    }

    fn list_of(&mut self, value: &Value, change: impl FnOnce(&[Value]) -> Vec<Value>) -> Result<Vec<Value>, Value> {
        match value.as_list() {
            Some(items) => Ok(change(items)),
            None => Err(self.mismatch("this function wants a list", value)),
        }
    }

    fn as_text(&mut self, value: &Value, span: Span) -> Value {
        match &value.kind {
            ValueKind::Secret(_) => value.clone(),
            ValueKind::List(_) | ValueKind::Record(_) => {
                self.mismatch("`text` wants a scalar (`yaml` and `json` write the rest)", value)
            }
            ValueKind::Instance(id) => Value::string(self.emitted_name(*id), span),
            _ => Value::string(value::display(value), value.span),
        }
    }

    /// A secret inside a value that is about to become text.
    fn no_secret(&mut self, value: &Value, span: Span) -> Option<Value> {
        let inner = find_secret(value)?;
        Some(
            self.fault(
                Diagnostic::error(codes::SECRET_LEAK, span, "a secret would become plain text")
                    .at("written out here")
                    .label(inner, "this is a Secret")
                    .help("refer to an environment variable or a mounted file that holds it instead"),
            ),
        )
    }

    fn round(&mut self, name: &str, value: &Value, span: Span) -> Value {
        let ValueKind::Amount(amount) = value.kind else {
            return self.mismatch(&format!("`{name}` wants an amount"), value);
        };
        let whole = match name {
            "ceil" => amount.number.ceiling(),
            "floor" => amount.number.floor(),
            _ => amount.number.floor().div_euclid(2) + 1,
        };
        match Rational::whole(whole) {
            Some(number) => Value::new(ValueKind::Amount(Amount { unit: amount.unit, number }), span),
            None => Value::poison(span),
        }
    }

    fn secret(&mut self, scope: &Scope<'a>, value: &Value, span: Span) -> Value {
        let Some(name) = value.as_str() else {
            return self.mismatch("`secret` wants a name", value);
        };
        let owner = match scope.instance {
            Some(id) => self.instances[id.0 as usize].name.clone(),
            None => Rc::from("shared"),
        };
        let symbol = SecretPart::Symbol { owner, name: Rc::from(name) };
        Value::new(ValueKind::Secret(Rc::from(vec![symbol])), span)
    }

    fn read(&mut self, scope: &Scope<'a>, value: &Value, span: Span) -> Value {
        let Some(name) = value.as_str() else {
            return self.mismatch("`read` wants a path", value);
        };
        let module = self.program.files[scope.file].module;
        let path = crate::resolve::join_path(self.program.modules[module].path, name);
        match self.world.file(&path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Value::string(text, span),
                Err(_) => self.fault(Diagnostic::error(codes::ENCODING, value.span, format!("`{name}` is not UTF-8"))),
            },
            Err(error) => {
                let reason = match error {
                    crate::world::WorldError::Missing { .. } => "it does not exist".to_owned(),
                    crate::world::WorldError::TooLarge { size, .. } => format!("it has {size} bytes"),
                    crate::world::WorldError::Unreadable { reason, .. } => reason,
                };
                self.fault(
                    Diagnostic::error(codes::UNREADABLE, value.span, format!("`{name}` cannot be read: {reason}"))
                        .help("the path is relative to the module"),
                )
            }
        }
    }

    fn text_function(&mut self, name: &str, values: &[Value], span: Span) -> Value {
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            match &value.kind {
                ValueKind::String(text) => texts.push(text.as_ref()),
                ValueKind::List(items) if name == "contains" => {
                    let Some(wanted) = values.get(1) else { return Value::poison(span) };
                    return Value::bool(items.iter().any(|item| equal(item, wanted) == Some(true)), span);
                }
                ValueKind::Secret(_) => return self.no_secret(value, span).unwrap_or_else(|| Value::poison(span)),
                _ => return self.mismatch(&format!("`{name}` wants Strings"), value),
            }
        }
        match (name, texts.as_slice()) {
            ("lower", [text]) => Value::string(text.to_lowercase(), span),
            ("upper", [text]) => Value::string(text.to_uppercase(), span),
            ("trim", [text]) => Value::string(text.trim(), span),
            ("slug", [text]) => Value::string(slug(text), span),
            ("contains", [text, piece]) => Value::bool(text.contains(piece), span),
            ("starts-with", [text, piece]) => Value::bool(text.starts_with(piece), span),
            ("ends-with", [text, piece]) => Value::bool(text.ends_with(piece), span),
            ("split", [text, separator]) if !separator.is_empty() => {
                Value::list(text.split(separator).map(|piece| Value::string(piece, span)).collect(), span)
            }
            ("split", _) => {
                self.fault(Diagnostic::error(codes::ARGUMENTS, span, "`split` wants a separator that is not empty"))
            }
            ("replace", [text, from, to]) => Value::string(text.replace(from, to), span),
            _ => Value::poison(span),
        }
    }
}

fn arity(name: &str) -> (usize, usize) {
    match name {
        "sum" | "min" | "max" => (1, usize::MAX),
        "join" | "range" | "contains" | "starts-with" | "ends-with" | "split" => (2, 2),
        "replace" => (3, 3),
        _ => (1, 1),
    }
}

/// Lower-case letters, digits and single `-`, as a Kubernetes name wants them.
pub fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for character in text.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

fn flatten(items: &[Value]) -> Vec<Value> {
    let inner = |item: &Value| item.as_list().map_or_else(|| vec![item.clone()], <[Value]>::to_vec);
    items.iter().flat_map(inner).collect()
}

fn unique(items: &[Value]) -> Vec<Value> {
    let mut seen: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        if !seen.iter().any(|other| equal(other, item) == Some(true)) {
            seen.push(item.clone());
        }
    }
    seen
}

/// Amounts by size, everything else by its text; what cannot be compared keeps its place.
fn sorted(items: &[Value]) -> Vec<Value> {
    let mut items = items.to_vec();
    items.sort_by(|one, two| match (&one.kind, &two.kind) {
        (ValueKind::Amount(left), ValueKind::Amount(right)) if left.unit == right.unit => {
            left.number.cmp(&right.number)
        }
        (ValueKind::String(left), ValueKind::String(right)) => left.cmp(right),
        _ => Ordering::Equal,
    });
    items
}

fn find_secret(value: &Value) -> Option<Span> {
    match &value.kind {
        ValueKind::Secret(_) => Some(value.span),
        ValueKind::List(items) => items.iter().find_map(find_secret),
        ValueKind::Record(record) => record.values().find_map(|(_, field)| find_secret(field)),
        _ => None,
    }
}

/// The first 16 hexadecimal digits of the SHA-256.
fn digest(text: &str) -> String {
    let mut digits = String::with_capacity(16);
    for byte in &Sha256::digest(text.as_bytes())[..8] {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// A value as the text of a configuration file. YAML 1.2 is a superset of JSON, but people read it: block style.
fn serialise(format: &str, value: &Value) -> String {
    if format == "yaml" {
        return crate::data::yaml::document(&natural(value));
    }
    crate::data::json::to_json(&natural(value)).to_string()
}
