//! `a.b`: fields of records and members of instances, whose outputs are noted as read.

use std::rc::Rc;

use super::context::Evaluator;
use super::expression::quoted;
use super::value::{self, Read, Value, ValueKind};
use crate::diag::{Diagnostic, codes, suggest};
use crate::resolve::Member;
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Evaluator<'a> {
    /// `base.name`.
    pub(super) fn member(&mut self, base: &Value, name: &'a ast::Word, span: Span) -> Value {
        let word = name.text.as_str();
        let result = match &base.kind {
            ValueKind::Poison => Value::poison(span),
            ValueKind::Record(record) => match record.get(word) {
                Some((_, value)) => value.clone(),
                None => {
                    let candidates: Vec<&str> = record.keys().map(AsRef::as_ref).collect();
                    self.unknown_member("the record", name, &candidates)
                }
            },
            ValueKind::Range(range) => match word {
                "min" => range.low.clone(),
                "max" => range.high.clone().unwrap_or_else(|| Value::none(span)),
                _ => self.unknown_member("a range", name, &["min", "max"]),
            },
            ValueKind::Of(share) => match word {
                "count" => share.0.clone(),
                "of" => share.1.clone(),
                _ => self.unknown_member("a share", name, &["count", "of"]),
            },
            ValueKind::Cluster => match word {
                "api" => Value::new(ValueKind::ClusterApi, span),
                "dns" => Value::new(ValueKind::ClusterDns, span),
                _ => self.unknown_member("`cluster`", name, &["api", "dns"]),
            },
            ValueKind::Instance(id) => self.member_of_instance(*id, name, span),
            ValueKind::None => self.fault(
                Diagnostic::error(codes::TYPE_MISMATCH, name.span, format!("`none` has no member `{word}`"))
                    .at("what stands before the point is missing")
                    .label(base.span, "missing here")
                    .help(format!("write `?.{word}` where it may be missing")),
            ),
            _ => {
                let what = base.type_name();
                self.fault(
                    Diagnostic::error(codes::UNKNOWN_MEMBER, name.span, format!("{what} has no members"))
                        .at("no such member")
                        .label(base.span, format!("this is {what}")),
                )
            }
        };
        result.also_reading(&base.reads)
    }

    pub(super) fn unknown_member(&mut self, what: &str, name: &ast::Word, candidates: &[&str]) -> Value {
        let word = &name.text;
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_MEMBER, name.span, format!("{what} has no member `{word}`"))
                .at("no such member");
        if let Some(close) = suggest::closest(word, candidates.iter().copied()) {
            diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(name.span, close);
        } else if !candidates.is_empty() && candidates.len() <= 12 {
            diagnostic = diagnostic.help(format!("there are {}", quoted(candidates)));
        }
        self.fault(diagnostic)
    }

    pub(super) fn member_of_instance(
        &mut self,
        id: super::model::InstanceId,
        name: &'a ast::Word,
        span: Span,
    ) -> Value {
        let word = name.text.as_str();
        let state = &self.instances[id.0 as usize];
        let (origin, kind) = (state.span, state.kind);
        match word {
            "name" => return Value::string(self.emitted_name(id), origin),
            "kind" => {
                if let Some(kind) = kind {
                    return Value::new(ValueKind::Kind(kind), span);
                }
            }
            "pods" => return self.attribute(id, "pods").unwrap_or_else(|| Value::record(value::Record::new(), span)),
            _ => {}
        }
        let Some(kind) = kind else {
            return Value::poison(span);
        };
        if let Some(member) = self.program.kinds[kind.0].members.get(word) {
            let own = matches!(member, Member::Output { .. }).then(|| self.via(member));
            let value = self.instance_member(id, member, word, span);
            return match own {
                // What an output was computed from is its owner's affair; the reader has read the output.
                Some(listener) => {
                    let listener = listener.or_else(|| self.first_listener(id));
                    Value { reads: Some(Rc::new(vec![Read { instance: id, listener, span }])), ..value }
                }
                None => value,
            };
        }
        if let Some(listens) = self.attribute(id, "listens")
            && listens.as_record().is_some_and(|listeners| listeners.contains_key(word))
        {
            return Value::new(ValueKind::Listener(id, Rc::from(word)), span);
        }
        let mut candidates: Vec<String> = self.program.kinds[kind.0].members.keys().map(ToString::to_string).collect();
        if let Some(listens) = self.attribute(id, "listens") {
            candidates.extend(listens.as_record().iter().flat_map(|record| record.keys()).map(ToString::to_string));
        }
        let what = format!("`{}`", self.instances[id.0 as usize].name);
        let candidates: Vec<&str> = candidates.iter().map(String::as_str).collect();
        self.unknown_member(&what, name, &candidates)
    }

    pub(super) fn via(&self, member: &Member<'a>) -> Option<Rc<str>> {
        match member {
            Member::Output { entry, .. } => entry.via.as_ref().map(|via| Rc::from(via.text.as_str())),
            _ => None,
        }
    }
}
