//! The forms of expressions.

use std::rc::Rc;

use super::context::{Evaluator, Scope};
use super::value::{self, RangeValue, Value, ValueKind};
use crate::diag::{Diagnostic, codes, list};
use crate::source::Span;
use crate::syntax::ast::{self, Expression, ExpressionKind, Literal};

impl<'a> Evaluator<'a> {
    /// Evaluates an expression. Faults are reported and become poison.
    pub fn eval(&mut self, scope: &Scope<'a>, expression: &'a Expression) -> Value {
        let value = self.nested(expression.span, |this| this.form(scope, expression));
        if value.is_poison() {
            self.stumble();
        }
        value
    }

    fn form(&mut self, scope: &Scope<'a>, expression: &'a Expression) -> Value {
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Literal(literal) => self.literal(literal, span),
            ExpressionKind::String(parts) => self.string(scope, parts, span),
            ExpressionKind::Name(name) => self.name(scope, name, span),
            ExpressionKind::Record(body) => self.record(scope, body),
            ExpressionKind::List(elements) => {
                let items =
                    elements.iter().map(|element| self.eval(scope, element)).filter(|item| !item.is_none()).collect();
                Value::list(items, span)
            }
            ExpressionKind::Comprehension { element, names, iterable, condition } => {
                let scopes = self.iterate(scope, names, iterable, condition.as_deref());
                let items =
                    scopes.iter().map(|inner| self.eval(inner, element)).filter(|item| !item.is_none()).collect();
                Value::list(items, span)
            }
            ExpressionKind::Field { base, name, optional } => {
                let base = self.eval(scope, base);
                if *optional && base.is_none() {
                    return base;
                }
                self.member(&base, name, span)
            }
            ExpressionKind::Call { function, arguments } => self.call(scope, function, arguments, span),
            ExpressionKind::Unary { operator, operand } => self.unary(scope, *operator, operand, span),
            ExpressionKind::Binary { operator, left, right } => self.binary(scope, *operator, left, right, span),
            ExpressionKind::Range { low, high } => {
                let low = self.eval(scope, low);
                let high = high.as_ref().map(|high| self.eval(scope, high));
                self.range(low, high, span)
            }
            ExpressionKind::With { base, patch } => {
                let base = self.eval(scope, base);
                let patch = self.record(scope, patch);
                if base.is_poison() {
                    return base;
                }
                if !matches!(base.kind, ValueKind::Record(_) | ValueKind::None) {
                    return self.mismatch("`with` merges into a record", &base);
                }
                value::merge(&base, &patch)
            }
            ExpressionKind::Is { operand, ty } => {
                let operand = self.eval(scope, operand);
                self.is_type(scope, &operand, ty, span)
            }
            ExpressionKind::If { condition, then, otherwise } => {
                let condition = self.eval(scope, condition);
                match self.truth(&condition) {
                    Some(truth) => {
                        self.eval(scope, if truth { then } else { otherwise }).also_reading(&condition.reads)
                    }
                    None => Value::poison(span),
                }
            }
            ExpressionKind::Match { subject, arms } => self.match_arms(scope, subject, arms, span),
        }
    }

    fn literal(&mut self, literal: &'a Literal, span: Span) -> Value {
        match literal {
            Literal::None => Value::none(span),
            Literal::Bool(truth) => Value::bool(*truth, span),
            Literal::Date(text) if super::text::is_date(text) => {
                Value::new(ValueKind::Date(Rc::from(text.as_str())), span)
            }
            Literal::Date(text) => self.fault(
                Diagnostic::error(codes::INVALID_FORM, span, format!("there is no date {text}"))
                    .at("not in the calendar"),
            ),
            Literal::Number(number) => self.number(number, span),
        }
    }

    fn range(&mut self, low: Value, high: Option<Value>, span: Span) -> Value {
        let reads = high.as_ref().map_or_else(|| low.reads.clone(), |high| value::union(&low.reads, &high.reads));
        let Some(high) = high else {
            let kind = ValueKind::Range(Rc::new(RangeValue { low, high: None }));
            return Value { kind, span, reads };
        };
        let (low, high) = super::operators::pair(low, high);
        match (&low.kind, &high.kind) {
            (ValueKind::Poison, _) | (_, ValueKind::Poison) => Value::poison(span),
            (ValueKind::Amount(one), ValueKind::Amount(two)) if one.unit == two.unit => {
                if one.number > two.number {
                    return self.fault(
                        Diagnostic::error(codes::UPSIDE_DOWN_RANGE, span, "a range ends before it begins")
                            .at(format!("{} is more than {}", one.display(), two.display()))
                            .help(format!("write `{}..{}`", two.display(), one.display()))
                            .correct(
                                span,
                                format!("{}..{}", one.display(), two.display()),
                                format!("{}..{}", two.display(), one.display()),
                            ),
                    );
                }
                Value { kind: ValueKind::Range(Rc::new(RangeValue { low, high: Some(high) })), span, reads }
            }
            (ValueKind::Amount(_), _) => self.mismatch("both ends of a range are amounts of the same unit", &high),
            _ => self.mismatch("both ends of a range are amounts of the same unit", &low),
        }
    }

    /// A condition; nothing when it is broken.
    pub(super) fn condition(&mut self, scope: &Scope<'a>, expression: &'a Expression) -> Option<bool> {
        let value = self.eval(scope, expression);
        self.truth(&value)
    }

    /// The truth of a value; nothing when it has none.
    pub(super) fn truth(&mut self, value: &Value) -> Option<bool> {
        match value.kind {
            ValueKind::Bool(truth) => Some(truth),
            ValueKind::Poison => None,
            _ => {
                self.mismatch("a condition is a Bool", value);
                None
            }
        }
    }

    pub(super) fn mismatch(&mut self, wanted: &str, found: &Value) -> Value {
        let what = found.type_name();
        self.fault(
            Diagnostic::error(codes::TYPE_MISMATCH, found.span, format!("{wanted}, found {what}"))
                .at(format!("this is {what}")),
        )
    }

    fn match_arms(
        &mut self,
        scope: &Scope<'a>,
        subject: &'a Expression,
        arms: &'a [ast::MatchArm],
        span: Span,
    ) -> Value {
        let subject = self.eval(scope, subject);
        if subject.is_poison() {
            return Value::poison(span);
        }
        for arm in arms {
            let Some(patterns) = &arm.patterns else {
                return self.eval(scope, &arm.value).also_reading(&subject.reads);
            };
            for pattern in patterns {
                let pattern = self.eval(scope, pattern);
                if super::operators::equal(&subject, &pattern) == Some(true) {
                    return self.eval(scope, &arm.value).also_reading(&subject.reads);
                }
            }
        }
        self.fault(
            Diagnostic::error(
                codes::UNKNOWN_CHOICE,
                subject.span,
                format!("`{}` matches no arm", value::display(&subject)),
            )
            .at("this value")
            .label(span, "matched here")
            .help("add an arm for it, or `_ => …` for all others"),
        )
    }

    /// The bindings of a `for` or a comprehension, one scope for each element.
    pub(super) fn iterate(
        &mut self,
        scope: &Scope<'a>,
        names: &'a [ast::Word],
        iterable: &'a Expression,
        condition: Option<&'a Expression>,
    ) -> Vec<Scope<'a>> {
        let subject = self.eval(scope, iterable);
        let mut scopes = Vec::new();
        match (&subject.kind, names) {
            (ValueKind::Poison | ValueKind::None, _) => {}
            (ValueKind::List(items), [name]) => {
                scopes.extend(items.iter().map(|item| scope.bind(&name.text, item.clone())));
            }
            (ValueKind::List(items), [index, name]) => {
                scopes.extend(items.iter().zip(0..).map(|(item, position)| {
                    scope.bind(&index.text, Value::whole(position, item.span)).bind(&name.text, item.clone())
                }));
            }
            (ValueKind::Record(record), [key, value]) => {
                scopes.extend(value::present(record).map(|(word, span, item)| {
                    scope.bind(&key.text, Value::string(word.clone(), span)).bind(&value.text, item.clone())
                }));
            }
            (ValueKind::Record(_), [name]) => {
                let word = &name.text;
                self.report(
                    Diagnostic::error(codes::TYPE_MISMATCH, name.span, "a record is walked with two names")
                        .at("one name")
                        .help(format!("write `for key, {word} in …`, or `for {word} in values(…)`")),
                );
            }
            _ => {
                self.mismatch("`for` walks a list or a record", &subject);
            }
        }
        if let Some(condition) = condition {
            scopes.retain(|inner| self.condition(inner, condition) == Some(true));
        }
        scopes
    }
}

/// `` `a`, `b` and `c` ``.
pub(super) fn quoted(words: &[&str]) -> String {
    let all: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    list(&all)
}
