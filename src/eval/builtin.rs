//! The functions that the compiler brings: pure, total, and few.

use std::fmt::Write as _;
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::context::{Evaluator, Scope};
use super::natural::natural;
use super::operators::equal;
use super::value::{self, SecretPart, Value, ValueKind};
use crate::diag::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::Word;
use crate::types::{Amount, Rational};

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
            if values.iter().any(Value::holds_poison) {
                return Value::poison(span);
            }
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
                self.list_of(list, super::list::flatten).map_or_else(|fault| fault, |items| Value::list(items, span))
            }
            ("unique", [list]) => {
                self.list_of(list, super::list::unique).map_or_else(|fault| fault, |items| Value::list(items, span))
            }
            ("sort", [list]) => self.sort(list, span),
            ("text", [one]) => self.as_text(one, span),
            ("yaml" | "json" | "hash", [one]) => match self.no_secret(one, span).or_else(|| self.no_data(one)) {
                Some(fault) => fault,
                None => {
                    let named = self.named(one);
                    let text = serialise(if name == "yaml" { "yaml" } else { "json" }, &named);
                    Value::string(if name == "hash" { digest(&text) } else { text }, span)
                }
            },
            ("ceil" | "floor" | "quorum", [one]) => self.round(name, one, span),
            ("secret", [one]) => self.secret(scope, one, span),
            ("read", [one]) => self.read(scope, one, span),
            (_, texts) => self.text_function(name, texts, span),
        };
        Value { reads, ..result }
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

    /// The same value with references as the names that they have in the cluster.
    fn named(&mut self, value: &Value) -> Value {
        match &value.kind {
            ValueKind::Instance(id) => Value::string(self.emitted_name(*id), value.span),
            ValueKind::List(items) => Value::list(items.iter().map(|item| self.named(item)).collect(), value.span),
            ValueKind::Record(record) => {
                let fields = record.iter().map(|(key, (span, field))| (key.clone(), (*span, self.named(field))));
                Value::record(fields.collect(), value.span)
            }
            _ => value.clone(),
        }
    }

    /// What a document cannot hold.
    fn no_data(&mut self, value: &Value) -> Option<Value> {
        match &value.kind {
            ValueKind::List(items) => items.iter().find_map(|item| self.no_data(item)),
            ValueKind::Record(record) => record.values().find_map(|(_, field)| self.no_data(field)),
            ValueKind::Kind(_)
            | ValueKind::Listener(..)
            | ValueKind::Cluster
            | ValueKind::ClusterApi
            | ValueKind::ClusterDns
            | ValueKind::Internet => Some(self.mismatch("a document holds plain data", value)),
            _ => None,
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
