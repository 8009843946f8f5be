//! Strings: interpolation, secrets inside, and credentials that do not belong there.

use std::rc::Rc;

use super::context::{Evaluator, Scope};
use super::value::{self, SecretPart, Value, ValueKind};
use crate::diag::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::StringPart;

/// A text that is put together is at most this many bytes long: a few lines that double each other would fill the memory.
const LONGEST_TEXT: usize = 4 << 20;

impl<'a> Evaluator<'a> {
    pub(super) fn string(&mut self, scope: &Scope<'a>, parts: &'a [StringPart], span: Span) -> Value {
        if let [StringPart::Text(text)] = parts {
            self.refuse_credential(text, span);
            return Value::string(text.as_str(), span);
        }
        let literal = parts.iter().map(|part| match part {
            StringPart::Text(text) => text.as_str(),
            // Stands for something that is neither empty nor a password in plain text.
            StringPart::Expression(_) => "$",
        });
        self.refuse_credential(&literal.collect::<String>(), span);
        let mut pieces: Vec<SecretPart> = Vec::new();
        let (mut reads, mut poisoned, mut text) = (None, false, String::new());
        for part in parts {
            match part {
                StringPart::Text(piece) => text.push_str(piece),
                StringPart::Expression(inner) => {
                    let value = self.eval(scope, inner);
                    reads = value::union(&reads, &value.reads);
                    match &value.kind {
                        ValueKind::Poison => poisoned = true,
                        ValueKind::Secret(secret) => {
                            pieces.push(SecretPart::Text(Rc::from(std::mem::take(&mut text))));
                            pieces.extend(secret.iter().cloned());
                        }
                        ValueKind::Bool(_)
                        | ValueKind::Amount(_)
                        | ValueKind::String(_)
                        | ValueKind::Date(_)
                        | ValueKind::Range(_) => {
                            text.push_str(&value::display(&value));
                        }
                        ValueKind::Instance(id) => text.push_str(&self.emitted_name(*id)),
                        _ => {
                            let what = value.type_name();
                            self.report(
                                Diagnostic::error(
                                    codes::TYPE_MISMATCH,
                                    inner.span,
                                    format!("{what} cannot stand in a string"),
                                )
                                .at(format!("this is {what}"))
                                .help("write `${join(list, \",\")}`, `${yaml(record)}` or one of its members"),
                            );
                            poisoned = true;
                        }
                    }
                }
            }
        }
        if poisoned {
            return Value::poison(span);
        }
        if text.len() > LONGEST_TEXT {
            self.report(Diagnostic::error(codes::OVERFLOW, span, "a text is longer than 4 MiB").at("too long"));
            return Value::poison(span);
        }
        let kind = if pieces.is_empty() {
            ValueKind::String(Rc::from(text))
        } else {
            pieces.push(SecretPart::Text(Rc::from(text)));
            pieces.retain(|piece| !matches!(piece, SecretPart::Text(text) if text.is_empty()));
            ValueKind::Secret(Rc::from(pieces))
        };
        Value { kind, span, reads }
    }

    /// A plaintext credential in a string is refused wherever the string goes.
    pub(super) fn refuse_credential(&mut self, text: &str, span: Span) {
        if let Some(what) = super::text::credential(text) {
            self.report(
                Diagnostic::error(codes::PLAINTEXT_CREDENTIAL, span, format!("a string holds {what} in plain text"))
                    .at("would be readable in the repository")
                    .help("read it from the component that provides it, as in `db.url`, or write `${secret(\"password\")}` in its place"),
            );
        }
    }
}
