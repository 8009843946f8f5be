//! Records from bodies.

use std::rc::Rc;

use super::context::{Evaluator, Scope};
use super::value::{self, Record, Value, ValueKind};
use crate::diag::{Diagnostic, codes};
use crate::resolve::flatten;
use crate::source::Span;
use crate::syntax::ast::{Attribute, Body, Entry, EntryKind, Key, KeyKind};

impl<'a> Evaluator<'a> {
    /// Evaluates a body as a record: attributes, with `for` and `if` around them. Fields that are `none` stay, so that
    /// a merge can remove with them; who emits leaves them out.
    pub fn record(&mut self, scope: &Scope<'a>, body: &'a Body) -> Value {
        let mut result = Value::record(Record::new(), body.span);
        for located in flatten(body) {
            for inner in self.scopes_of_entry(scope, &located) {
                match &located.entry.kind {
                    EntryKind::Attribute(attribute) => self.insert(&inner, attribute, &mut result),
                    _ => self.misplaced(located.entry, "a record"),
                }
            }
        }
        result.span = body.span;
        result
    }

    fn insert(&mut self, scope: &Scope<'a>, attribute: &'a Attribute, result: &mut Value) {
        let Some(path) = self.path(scope, &attribute.path) else {
            return;
        };
        let value = self.eval(scope, &attribute.value);
        // The common case, without building a record to merge: one key that is not there yet.
        if let ([(key, span)], ValueKind::Record(record)) = (path.as_slice(), &mut result.kind)
            && !record.contains_key(key)
        {
            Rc::make_mut(record).insert(key.clone(), (*span, value));
            return;
        }
        let nested = value::nest(&path, value);
        if let Some((key, again, first)) = clash(result, &nested) {
            self.report(duplicate_key(&key, again, first, "one record"));
            return;
        }
        *result = value::merge(result, &nested);
    }

    /// The keys of a path; nothing when one is broken.
    pub(super) fn path(&mut self, scope: &Scope<'a>, keys: &'a [Key]) -> Option<Vec<(Rc<str>, Span)>> {
        let mut path = Vec::with_capacity(keys.len());
        for key in keys {
            path.push((self.key(scope, key)?, key.span));
        }
        Some(path)
    }

    fn key(&mut self, scope: &Scope<'a>, key: &'a Key) -> Option<Rc<str>> {
        match &key.kind {
            KeyKind::Name(name) => Some(Rc::from(name.as_str())),
            KeyKind::String(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        crate::syntax::ast::StringPart::Text(piece) => text.push_str(piece),
                        crate::syntax::ast::StringPart::Expression(inner) => {
                            let value = self.eval(scope, inner);
                            match &value.kind {
                                ValueKind::Poison => return None,
                                ValueKind::String(_)
                                | ValueKind::Amount(_)
                                | ValueKind::Bool(_)
                                | ValueKind::Date(_) => {
                                    text.push_str(&value::display(&value));
                                }
                                ValueKind::Instance(id) => text.push_str(&self.emitted_name(*id)),
                                _ => {
                                    self.mismatch("a key is made of texts", &value);
                                    return None;
                                }
                            }
                        }
                    }
                }
                Some(Rc::from(text))
            }
        }
    }

    /// Reports a statement that means nothing where it stands.
    pub(super) fn misplaced(&mut self, entry: &Entry, place: &str) {
        let what = entry_name(&entry.kind);
        self.report(
            Diagnostic::error(codes::MISPLACED, entry.span, format!("{what} means nothing in {place}"))
                .at("not expected here"),
        );
    }
}

/// The first key that two statements of one body set to different values. Saying the same thing twice is harmless, and a
/// `for` over several parts often does.
fn clash(below: &Value, above: &Value) -> Option<(Rc<str>, Span, Span)> {
    let (Some(below), Some(above)) = (below.as_record(), above.as_record()) else { return None };
    above.iter().find_map(|(key, (again, value))| {
        let (first, known) = below.get(key)?;
        match (&known.kind, &value.kind) {
            (ValueKind::Record(_), ValueKind::Record(_)) => clash(known, value),
            (ValueKind::Poison, _) | (_, ValueKind::Poison) => None,
            _ if super::operators::equal(known, value) == Some(true) => None,
            _ => Some((key.clone(), *again, *first)),
        }
    })
}

pub(super) fn duplicate_key(key: &str, span: Span, first: Span, place: &str) -> Diagnostic {
    Diagnostic::error(codes::DUPLICATE_NAME, span, format!("`{key}` is set twice in {place}"))
        .at("set again")
        .label(first, "first set here")
}

fn entry_name(kind: &EntryKind) -> &'static str {
    match kind {
        EntryKind::Attribute(_) => "an attribute",
        EntryKind::Parameter(_) => "a parameter",
        EntryKind::Let(_) => "`let`",
        EntryKind::Function(_) => "`fn`",
        EntryKind::Output(_) => "`output`",
        EntryKind::Emit(_) => "an emission",
        EntryKind::Without(_) => "`without`",
        EntryKind::Edge(_) => "an edge",
        EntryKind::Require(_) => "`require`",
        EntryKind::Accept(_) => "`accept`",
        EntryKind::Instance(_) => "an instance",
        EntryKind::For(_) => "`for`",
        EntryKind::If(_) => "`if`",
        EntryKind::Expect(_) => "`expect`",
        EntryKind::Given(_) => "`given`",
    }
}
