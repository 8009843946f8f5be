//! Values at parameters and signatures: the few conversions there are, and every check.

use std::rc::Rc;

use super::context::{Evaluator, Scope};
use super::expression::quoted;
use super::value::{self, RangeValue, Record, Value, ValueKind, unit_name};
use crate::diag::{Diagnostic, codes, suggest};
use crate::types::{Amount, Form, RecordType, Type, Unit};

impl<'a> Evaluator<'a> {
    /// Makes a value fit a type or reports why it does not. `what` names the place, in backticks.
    pub(super) fn coerce(&mut self, value: Value, ty: &Type<'a>, what: &str) -> Value {
        if value.is_poison() {
            return value;
        }
        match ty {
            Type::Any | Type::Unknown => value,
            Type::Optional(inner) => {
                if value.is_none() {
                    value
                } else {
                    self.coerce(value, inner, what)
                }
            }
            Type::Range(inner) => self.coerce_range(value, inner, what),
            Type::List(inner) => match &value.kind {
                ValueKind::List(items) => {
                    let items = items
                        .iter()
                        .map(|item| self.coerce(item.clone(), inner, &format!("an element of {what}")))
                        .collect();
                    Value { kind: ValueKind::List(Rc::new(items)), ..value }
                }
                _ => self.wrong_type(&value, "a list", what),
            },
            Type::Map(inner) => match &value.kind {
                ValueKind::Record(record) => {
                    let fields = record.iter().map(|(key, (span, field))| {
                        let field = if field.is_none() {
                            field.clone()
                        } else {
                            self.coerce(field.clone(), inner, &format!("`{key}`"))
                        };
                        (key.clone(), (*span, field))
                    });
                    let fields: Record = fields.collect();
                    Value { kind: ValueKind::Record(Rc::new(fields)), ..value }
                }
                _ => self.wrong_type(&value, "a record", what),
            },
            Type::Record(record) => self.coerce_record(value, record, what),
            Type::Amount(unit) => self.coerce_amount(value, *unit, what),
            Type::Int | Type::Port => self.coerce_whole(value, matches!(ty, Type::Port), what),
            Type::Instance(wanted) => match value.kind {
                ValueKind::Instance(id) => {
                    let state = &self.instances[id.0 as usize];
                    match state.kind {
                        Some(kind) if !self.program.is_a(kind, *wanted) => {
                            let (name, found) = (state.name.clone(), &self.program.kinds[kind.0].item.name.text);
                            let wanted = &self.program.kinds[wanted.0].item.name.text;
                            let declared = state.span;
                            let message =
                                format!("{what} wants {}, `{name}` is {}", indefinite(wanted), indefinite(found));
                            self.fault(
                                Diagnostic::error(codes::TYPE_MISMATCH, value.span, message)
                                    .at(format!("this is {}", indefinite(found)))
                                    .label(declared, "declared here"),
                            )
                        }
                        _ => value,
                    }
                }
                _ => {
                    let name = format!("a reference to {}", indefinite(&self.program.kinds[wanted.0].item.name.text));
                    self.wrong_type(&value, &name, what)
                }
            },
            Type::Choice(words) => self.coerce_choice(value, words, what),
            Type::Form(form) => self.coerce_form(value, *form, what),
            Type::Bool if matches!(value.kind, ValueKind::Bool(_)) => value,
            Type::String if matches!(value.kind, ValueKind::String(_)) => value,
            Type::Date if matches!(value.kind, ValueKind::Date(_)) => value,
            Type::Secret if matches!(value.kind, ValueKind::Secret(_)) => value,
            Type::Bool => self.wrong_type(&value, "a Bool", what),
            Type::String => self.wrong_type(&value, "a String", what),
            Type::Date => self.wrong_type(&value, "a Date", what),
            Type::Secret => self.wrong_type(&value, "a Secret", what),
        }
    }

    fn wrong_type(&mut self, value: &Value, wanted: &str, what: &str) -> Value {
        let found = value.type_name();
        let mut diagnostic =
            Diagnostic::error(codes::TYPE_MISMATCH, value.span, format!("{what} is {wanted}, found {found}"))
                .at(format!("this is {found}"));
        if matches!(value.kind, ValueKind::Secret(_)) {
            diagnostic = Diagnostic::error(codes::SECRET_LEAK, value.span, format!("{what} would make a secret plain text"))
                .at("this is a Secret")
                .help("give it to a parameter that takes secrets, such as `env`, where it becomes a reference to a Secret object");
        } else if matches!((wanted, &value.kind), ("a String", ValueKind::Amount(_) | ValueKind::Bool(_))) {
            let text = value::display(value);
            diagnostic = diagnostic.help(format!("write `\"{text}\"`")).fix(value.span, format!("\"{text}\""));
        } else if matches!(value.kind, ValueKind::None) {
            diagnostic = diagnostic.help("declare it as `T?` where it may be missing");
        }
        self.fault(diagnostic)
    }

    fn coerce_range(&mut self, value: Value, inner: &Type<'a>, what: &str) -> Value {
        let (low, high) = match &value.kind {
            ValueKind::Range(range) => (range.low.clone(), range.high.clone()),
            ValueKind::Amount(_) => (value.clone(), Some(value.clone())),
            _ => return self.wrong_type(&value, "a range", what),
        };
        let low = self.coerce(low, inner, what);
        let high = match &value.kind {
            // A scalar is both ends; its faults have been told once.
            ValueKind::Amount(_) => Some(low.clone()),
            _ => high.map(|high| self.coerce(high, inner, what)),
        };
        if low.is_poison() || high.as_ref().is_some_and(Value::is_poison) {
            return Value::poison(value.span);
        }
        Value { kind: ValueKind::Range(Rc::new(RangeValue { low, high })), ..value }
    }

    fn coerce_amount(&mut self, value: Value, unit: Unit, what: &str) -> Value {
        match &value.kind {
            ValueKind::Amount(amount) if amount.unit == unit => self.not_negative(value, what),
            ValueKind::Amount(amount) if unit == Unit::Cpu && amount.unit == Unit::One => {
                let kind = ValueKind::Amount(Amount { unit, number: amount.number });
                self.not_negative(Value { kind, ..value }, what)
            }
            ValueKind::Amount(amount) if unit == Unit::Rate && amount.unit == Unit::ByteRate => value,
            ValueKind::Amount(amount) if unit == Unit::Euro && amount.unit == Unit::Dollar => value,
            ValueKind::Amount(amount)
                if unit == Unit::Duration && amount.unit == Unit::Cpu && self.is_milli(&value) =>
            {
                let (number, text) = (amount.number, self.sources.text(value.span).to_owned());
                let minutes = text.trim_end_matches('m').to_owned();
                let _ = number;
                self.fault(
                    Diagnostic::error(
                        codes::UNKNOWN_UNIT,
                        value.span,
                        format!("{what} is a Duration, `{text}` is a CPU"),
                    )
                    .at("`m` is a thousandth of a CPU")
                    .help(format!("minutes are `{minutes}min`"))
                    .fix(value.span, format!("{minutes}min")),
                )
            }
            ValueKind::Amount(amount) if unit == Unit::Bytes && amount.unit == Unit::Cpu && self.is_milli(&value) => {
                let text = self.sources.text(value.span).trim_end_matches('m').to_owned();
                self.fault(
                    Diagnostic::error(codes::UNKNOWN_UNIT, value.span, format!("{what} is Bytes, `{text}m` is a CPU"))
                        .at("`m` is a thousandth of a CPU; as a Kubernetes quantity it would be a thousandth of a byte")
                        .help(format!("mebibytes are `{text}Mi`"))
                        .fix(value.span, format!("{text}Mi")),
                )
            }
            ValueKind::Amount(amount) if amount.unit == Unit::One && unit != Unit::One => {
                let example = match unit {
                    Unit::Bytes => "512Mi",
                    Unit::Duration => "30s",
                    Unit::Percent => "75%",
                    Unit::Rate | Unit::ByteRate => "1000/min",
                    _ => "€850/month",
                };
                let number = amount.number;
                self.fault(
                    Diagnostic::error(
                        codes::TYPE_MISMATCH,
                        value.span,
                        format!("{what} is {}, `{number}` has no unit", unit_name(unit)),
                    )
                    .at("a bare number")
                    .help(format!("add a unit, as in `{example}`")),
                )
            }
            _ => self.wrong_type(&value, unit_name(unit), what),
        }
    }

    /// Whether a CPU was written with an `m`, which people take for minutes or mebibytes.
    fn is_milli(&self, value: &Value) -> bool {
        self.sources
            .text(value.span)
            .strip_suffix('m')
            .is_some_and(|digits| digits.ends_with(|last: char| last.is_ascii_digit()))
    }

    /// No amount of a platform is negative: no parameter takes one unless its constraint was written for it.
    fn not_negative(&mut self, value: Value, what: &str) -> Value {
        match &value.kind {
            ValueKind::Amount(amount) if amount.number.is_negative() => {
                let shown = amount.display();
                self.fault(
                    Diagnostic::error(codes::CONSTRAINT, value.span, format!("{what} cannot be negative"))
                        .at(format!("this is {shown}")),
                )
            }
            _ => value,
        }
    }

    fn coerce_whole(&mut self, value: Value, port: bool, what: &str) -> Value {
        let whole = match &value.kind {
            ValueKind::Amount(amount) if amount.unit == Unit::One => amount.number.to_whole(),
            ValueKind::Amount(_) => None,
            _ => return self.wrong_type(&value, if port { "a Port" } else { "an Int" }, what),
        };
        match whole {
            Some(number) if port && !(1..=65_535).contains(&number) => self.fault(
                Diagnostic::error(codes::INVALID_FORM, value.span, format!("{what} is a Port, {number} is none"))
                    .at("a port is between 1 and 65535"),
            ),
            Some(_) => self.not_negative(value, what),
            None => {
                let shown = value::display(&value);
                self.fault(
                    Diagnostic::error(
                        codes::TYPE_MISMATCH,
                        value.span,
                        format!("{what} is a whole number, found {shown}"),
                    )
                    .at("not a whole number"),
                )
            }
        }
    }

    fn coerce_choice(&mut self, value: Value, words: &'a [crate::syntax::ast::Word], what: &str) -> Value {
        let names: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        self.choose(value, &names, what)
    }

    /// A value that must be one of a few texts.
    pub(super) fn choose(&mut self, value: Value, names: &[&str], what: &str) -> Value {
        if value.is_poison() {
            return value;
        }
        let ValueKind::String(text) = &value.kind else {
            return self.wrong_type(&value, "one of a few Strings", what);
        };
        if names.contains(&&**text) {
            return value;
        }
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_CHOICE, value.span, format!("{what} cannot be `{text}`"))
            .at("not among the choices")
            .help(format!(
                "write {}",
                names.iter().map(|name| format!("`\"{name}\"`")).collect::<Vec<_>>().join(" or ")
            ));
        if let Some(close) = suggest::closest(text, names.iter().copied()) {
            diagnostic =
                diagnostic.help(format!("did you mean `\"{close}\"`?")).fix(value.span, format!("\"{close}\""));
        }
        self.fault(diagnostic)
    }

    fn coerce_form(&mut self, value: Value, form: Form, what: &str) -> Value {
        let ValueKind::String(text) = &value.kind else {
            return self.wrong_type(&value, &format!("a {} in quotes", form.name()), what);
        };
        match form.problem(text) {
            None => value,
            Some(problem) => {
                let message = format!("`{text}` is no {}", form.name());
                self.fault(Diagnostic::error(codes::INVALID_FORM, value.span, message).at(problem))
            }
        }
    }

    fn coerce_record(&mut self, value: Value, ty: &Rc<RecordType<'a>>, what: &str) -> Value {
        let ValueKind::Record(record) = &value.kind else {
            return self.wrong_type(&value, "a record", what);
        };
        let mut fields = Record::with_capacity(ty.fields.len());
        for (key, (span, _)) in record.iter() {
            if ty.field(key).is_none() {
                let names: Vec<&str> = ty.fields.iter().map(|field| field.declaration.name.text.as_str()).collect();
                let mut diagnostic =
                    Diagnostic::error(codes::UNKNOWN_FIELD, *span, format!("{what} has no field `{key}`"))
                        .at("not declared");
                diagnostic = match suggest::closest(key, names.iter().copied()) {
                    Some(close) => diagnostic.help(format!("did you mean `{close}`?")).fix(*span, close),
                    None => diagnostic.help(format!("there are {}", quoted(&names))),
                };
                self.report(diagnostic);
            }
        }
        for field in &ty.fields {
            let name = field.declaration.name.text.as_str();
            let place = format!("`{name}`");
            let given = record.get(name).filter(|(_, given)| !given.is_none());
            let (span, given) = match (given, &field.declaration.default) {
                (Some((span, given)), _) => (*span, given.clone()),
                (None, Some(default)) => (value.span, self.eval(&Scope::file(ty.file), default)),
                (None, None) if field.ty.is_optional() => (value.span, Value::none(value.span)),
                (None, None) => {
                    self.report(
                        Diagnostic::error(codes::MISSING_FIELD, value.span, format!("{what} lacks `{name}`"))
                            .at("not given here")
                            .label(field.declaration.name.span, "has no default"),
                    );
                    (value.span, Value::poison(value.span))
                }
            };
            let checked = self.coerce(given, &field.ty, &place);
            let checked = self.constrain(checked, field.declaration, &Scope::file(ty.file));
            fields.insert(Rc::from(name), (span, checked));
        }
        Value { kind: ValueKind::Record(Rc::new(fields)), span: value.span, reads: value.reads.clone() }
    }

    /// Checks the `where` of a parameter or field; the value is `it`.
    pub(super) fn constrain(
        &mut self,
        value: Value,
        declaration: &'a crate::syntax::ast::Parameter,
        scope: &Scope<'a>,
    ) -> Value {
        let Some(constraint) = &declaration.constraint else {
            return value;
        };
        if value.is_poison() || value.is_none() {
            return value;
        }
        let scope = scope.bind("it", value.clone());
        if self.condition(&scope, constraint) != Some(false) {
            return value;
        }
        let name = &declaration.name.text;
        let rule = self.sources.text(constraint.span).to_owned();
        let message = match &declaration.message {
            Some(message) => {
                let words = self.eval(&scope, message);
                format!("`{name}`: {}", value::display(&words))
            }
            None => format!("`{name}` must satisfy `{rule}`"),
        };
        let shown = value::display(&value);
        self.fault(
            Diagnostic::error(codes::CONSTRAINT, value.span, message)
                .at(format!("this is {shown}"))
                .label(constraint.span, "the constraint"),
        )
    }
}

/// `` a `web` `` or `` an `ingress` ``.
fn indefinite(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} `{word}`")
}
