//! Values to emitted trees, guided by the schema of the API: the one place where an amount becomes a quantity, a map a
//! keyed list, and where a secret is kept out of plain text.

use std::sync::Arc;

use indexmap::IndexMap;

use super::schema::{ObjectSchema, Schema};
use super::{Node, NodeValue};
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::eval::{Read, Value, ValueKind, display};
use crate::source::Span;
use crate::types::{Amount, Unit};

/// Converts the body of one emission.
pub(super) struct Converter<'c> {
    /// `Deployment`, for messages.
    pub(super) object: &'c str,
    /// The emitted names of instances, by id.
    pub(super) names: &'c [String],
    pub(super) diagnostics: &'c mut Diagnostics,
    /// Every foreign output that went into the object.
    pub(super) reads: Vec<Read>,
    /// How many fields the present one lies in.
    pub(super) depth: usize,
    /// Whether something is missing because of a fault.
    pub(super) is_torn: bool,
}

/// Readers of YAML and JSON stop at 128 levels or so; no object of Kubernetes comes near.
const DEEPEST: usize = 100;

impl Converter<'_> {
    fn fault(&mut self, diagnostic: Diagnostic) {
        self.is_torn = true;
        self.diagnostics.push(diagnostic);
    }

    /// The node of a value; nothing where it is `none` or has been reported.
    pub(super) fn node(&mut self, value: &Value, schema: &Schema, emitted: Span, field: &str) -> Option<Node> {
        if self.depth == DEEPEST {
            let message = format!("`{field}` of a {} nests deeper than {DEEPEST} levels", self.object);
            self.fault(Diagnostic::error(codes::TOO_DEEP, emitted, message).at("no reader of YAML follows it down"));
            return None;
        }
        self.depth += 1;
        let node = self.content(value, schema, emitted, field);
        self.depth -= 1;
        node
    }

    fn content(&mut self, value: &Value, schema: &Schema, emitted: Span, field: &str) -> Option<Node> {
        if let Some(reads) = &value.reads {
            self.reads.extend(reads.iter().cloned());
        }
        let content = match (&value.kind, schema) {
            (ValueKind::None, _) => return None,
            (ValueKind::Poison, _) => {
                self.is_torn = true;
                return None;
            }
            (ValueKind::Secret(_), _) => return self.leak(value, emitted, field),
            (_, Schema::Any) => return self.anything(value, emitted, field),
            (ValueKind::Record(record), Schema::Object(object)) => {
                let mut map = IndexMap::with_capacity(record.len());
                for (key, (span, inner)) in record.iter() {
                    let Some(found) = object.field(key) else {
                        if !inner.is_none() {
                            self.unknown_field(object, key, *span);
                        }
                        continue;
                    };
                    if let Some(node) = self.node(inner, &found.schema, *span, key) {
                        map.insert(Arc::from(key.as_ref()), node);
                    }
                }
                NodeValue::Map(map)
            }
            (ValueKind::Record(record), Schema::Map(inner)) => {
                let fields = record.iter().filter_map(|(key, (span, field))| {
                    Some((Arc::from(key.as_ref()), self.node(field, inner, *span, key)?))
                });
                NodeValue::Map(fields.collect())
            }
            (ValueKind::Record(record), Schema::List(element)) => {
                let Some(path) = element_key(element) else {
                    return self.wrong(value, "a list", emitted, field);
                };
                let mut items = Vec::with_capacity(record.len());
                for (key, (span, item)) in record.iter() {
                    if let Some(mut node) = self.node(item, element, *span, field) {
                        insert_key(
                            &mut node,
                            path,
                            Node { value: NodeValue::String(Arc::from(key.as_ref())), emitted: *span, origin: *span },
                        );
                        items.push(node);
                    }
                }
                NodeValue::List(items)
            }
            (ValueKind::List(items), Schema::List(element)) => {
                NodeValue::List(items.iter().filter_map(|item| self.node(item, element, emitted, field)).collect())
            }
            _ => match self.scalar(value, schema) {
                Some(content) => content,
                None => return self.wrong(value, wanted(schema), emitted, field),
            },
        };
        Some(Node { value: content, emitted, origin: value.span })
    }

    fn scalar(&self, value: &Value, schema: &Schema) -> Option<NodeValue> {
        let text = |text: &str| Some(NodeValue::String(Arc::from(text)));
        match (&value.kind, schema) {
            (ValueKind::Bool(truth), Schema::Boolean) => Some(NodeValue::Bool(*truth)),
            (ValueKind::Amount(Amount { unit: Unit::One, number }), Schema::Integer | Schema::IntOrString) => {
                number.to_whole().map(NodeValue::Integer)
            }
            (ValueKind::Amount(Amount { unit: Unit::One, number }), Schema::Number) => match number.to_whole() {
                Some(whole) => Some(NodeValue::Integer(whole)),
                None => Some(NodeValue::Decimal(Arc::from(number.to_decimal()?))),
            },
            (ValueKind::Amount(amount), Schema::Quantity)
                if matches!(amount.unit, Unit::Cpu | Unit::Bytes | Unit::One) =>
            {
                text(&amount.quantity())
            }
            (ValueKind::Amount(amount), Schema::String) if matches!(amount.unit, Unit::Cpu | Unit::Bytes) => {
                text(&amount.quantity())
            }
            (ValueKind::Amount(amount), Schema::String | Schema::IntOrString) if amount.unit != Unit::One => {
                text(&amount.display())
            }
            (ValueKind::Date(date), Schema::String | Schema::DateTime) => text(date),
            (ValueKind::String(word), Schema::String | Schema::IntOrString | Schema::Quantity | Schema::DateTime) => {
                text(word)
            }
            (ValueKind::String(word), Schema::Choice(choices)) => {
                choices.iter().any(|choice| **choice == **word).then(|| NodeValue::String(Arc::from(word.as_ref())))
            }
            (ValueKind::Instance(id), Schema::String) => text(self.names.get(id.0 as usize)?),
            _ => None,
        }
    }

    /// A value where the schema says nothing: as plain data, secrets and references still looked at.
    fn anything(&mut self, value: &Value, emitted: Span, field: &str) -> Option<Node> {
        let content = match &value.kind {
            ValueKind::List(items) => {
                NodeValue::List(items.iter().filter_map(|item| self.node(item, &Schema::Any, emitted, field)).collect())
            }
            ValueKind::Record(record) => {
                let fields = record.iter().filter_map(|(key, (span, inner))| {
                    Some((Arc::from(key.as_ref()), self.node(inner, &Schema::Any, *span, key)?))
                });
                NodeValue::Map(fields.collect())
            }
            ValueKind::Instance(id) => NodeValue::String(Arc::from(self.names.get(id.0 as usize)?.as_str())),
            ValueKind::Bool(_) | ValueKind::Amount(_) | ValueKind::String(_) | ValueKind::Date(_) => {
                crate::eval::natural(value).value
            }
            _ => return self.wrong(value, "plain data", emitted, field),
        };
        Some(Node { value: content, emitted, origin: value.span })
    }

    fn leak(&mut self, value: &Value, emitted: Span, field: &str) -> Option<Node> {
        self.fault(
            Diagnostic::error(
                codes::SECRET_LEAK,
                emitted,
                format!("a secret would become plain text in `{field}` of a {}", self.object),
            )
            .at("would be readable here")
            .label(value.span, "this is a Secret")
            .help("ask for a Secret object with `secrets NAME = { KEY = … }` and refer to it by `secretKeyRef`"),
        );
        None
    }

    fn unknown_field(&mut self, object: &ObjectSchema, key: &str, span: Span) {
        let owner = if object.name.is_empty() { self.object } else { object.name.as_str() };
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_OBJECT_FIELD, span, format!("`{owner}` has no field `{key}`"))
                .at("the API server would refuse or drop it");
        if let Some(close) = suggest::closest(key, object.fields()) {
            diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(span, close);
        }
        self.fault(diagnostic);
    }

    fn wrong(&mut self, value: &Value, wanted: &str, emitted: Span, field: &str) -> Option<Node> {
        let found = value.type_name();
        let span = if value.span.is_none() { emitted } else { value.span };
        let mut diagnostic = Diagnostic::error(
            codes::OBJECT_FIELD_TYPE,
            span,
            format!("`{field}` of a {} wants {wanted}, found {found}", self.object),
        )
        .at(format!("this is {found}"));
        if emitted != span {
            diagnostic = diagnostic.label(emitted, "emitted here");
        }
        let shown = display(value);
        match &value.kind {
            ValueKind::Amount(amount) if amount.unit == Unit::One && wanted == "a string" => {
                diagnostic = diagnostic.help(format!("write `\"{shown}\"`, or `text(…)` around it"));
            }
            ValueKind::Amount(amount) if amount.unit == Unit::Duration && wanted == "an integer" => {
                diagnostic = diagnostic.help("divide by the unit that the API counts in, as in `delay / 1s`");
            }
            ValueKind::Bool(_) if wanted == "a string" => diagnostic = diagnostic.help(format!("write `\"{shown}\"`")),
            _ => {}
        }
        self.fault(diagnostic);
        None
    }
}

fn element_key(element: &Schema) -> Option<&'static [&'static str]> {
    match element {
        Schema::Object(object) => object.element_key(),
        _ => None,
    }
}

/// Puts the key of a map into the element that it becomes, at the front and unless the element states one itself.
fn insert_key(node: &mut Node, path: &[&str], key: Node) {
    let Some(map) = node.as_map_mut() else { return };
    match path {
        [last] => {
            if !map.contains_key(*last) {
                map.shift_insert(0, Arc::from(*last), key);
            }
        }
        [first, rest @ ..] => {
            if !map.contains_key(*first) {
                map.shift_insert(0, Arc::from(*first), Node::map());
            }
            if let Some(inner) = map.get_mut(*first) {
                insert_key(inner, rest, key);
            }
        }
        [] => {}
    }
}

fn wanted(schema: &Schema) -> &'static str {
    match schema {
        Schema::Any => "anything",
        Schema::String => "a string",
        Schema::Integer => "an integer",
        Schema::Number => "a number",
        Schema::Boolean => "a boolean",
        Schema::Quantity => "a quantity such as `250m` or `512Mi`",
        Schema::IntOrString => "an integer or a string",
        Schema::DateTime => "a time",
        Schema::List(_) => "a list",
        Schema::Map(_) | Schema::Object(_) => "a record",
        Schema::Choice(_) => "one of its choices",
    }
}
