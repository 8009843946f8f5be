//! Operators. Equal units only, exactly, and never silently.

use std::rc::Rc;

use super::context::{Evaluator, Scope};
use super::value::{self, Value, ValueKind, unit_name};
use crate::diag::{Diagnostic, codes};
use crate::resolve::TypeItem;
use crate::source::Span;
use crate::syntax::ast::{BinaryOperator, Expression, TypeExpression, TypeKind, UnaryOperator};
use crate::types::{Amount, Rational, Type, Unit};

impl<'a> Evaluator<'a> {
    pub(super) fn unary(
        &mut self,
        scope: &Scope<'a>,
        operator: UnaryOperator,
        operand: &'a Expression,
        span: Span,
    ) -> Value {
        match operator {
            UnaryOperator::Not => {
                let value = self.eval(scope, operand);
                match self.truth(&value) {
                    Some(truth) => Value::bool(!truth, span).also_reading(&value.reads),
                    None => Value::poison(span),
                }
            }
            UnaryOperator::Negate => {
                let value = self.eval(scope, operand);
                match value.kind {
                    ValueKind::Amount(amount) => {
                        let kind = ValueKind::Amount(Amount { number: amount.number.negate(), ..amount });
                        Value { kind, span, reads: value.reads }
                    }
                    ValueKind::Poison => value,
                    _ => self.mismatch("`-` wants an amount", &value),
                }
            }
        }
    }

    pub(super) fn binary(
        &mut self,
        scope: &Scope<'a>,
        operator: BinaryOperator,
        left: &'a Expression,
        right: &'a Expression,
        span: Span,
    ) -> Value {
        match operator {
            BinaryOperator::And | BinaryOperator::Or => return self.logical(scope, operator, left, right, span),
            BinaryOperator::Coalesce => {
                let value = self.eval(scope, left);
                return if value.is_none() { self.eval(scope, right).also_reading(&value.reads) } else { value };
            }
            _ => {}
        }
        let one = self.eval(scope, left);
        let two = self.eval(scope, right);
        let reads = value::union(&one.reads, &two.reads);
        if one.is_poison() || two.is_poison() {
            return Value::poison(span);
        }
        let (one, two) = match operator {
            // A factor stays a bare number.
            BinaryOperator::Multiply => (one, two),
            BinaryOperator::Divide if !matches!(two.kind, ValueKind::Amount(Amount { unit: Unit::Cpu, .. })) => {
                (one, two)
            }
            _ => pair(one, two),
        };
        let result = match operator {
            BinaryOperator::Of => Value::new(ValueKind::Of(Rc::new((one, two))), span),
            BinaryOperator::Equal | BinaryOperator::NotEqual => match equal(&one, &two) {
                Some(truth) => Value::bool(truth == (operator == BinaryOperator::Equal), span),
                None => self.incomparable(&one, &two, span),
            },
            BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual => self.compare(operator, &one, &two, span),
            BinaryOperator::In => self.contains(&one, &two, span),
            BinaryOperator::Add => self.add(&one, &two, span),
            _ => self.arithmetic(operator, &one, &two, span),
        };
        Value { reads, ..result }
    }

    fn logical(
        &mut self,
        scope: &Scope<'a>,
        operator: BinaryOperator,
        left: &'a Expression,
        right: &'a Expression,
        span: Span,
    ) -> Value {
        let settles = operator == BinaryOperator::Or;
        let first = self.eval(scope, left);
        match self.truth(&first) {
            None => Value::poison(span),
            Some(truth) if truth == settles => Value::bool(truth, span).also_reading(&first.reads),
            Some(_) => {
                let second = self.eval(scope, right);
                match self.truth(&second) {
                    Some(truth) => Value::bool(truth, span).also_reading(&first.reads).also_reading(&second.reads),
                    None => Value::poison(span),
                }
            }
        }
    }

    fn incomparable(&mut self, one: &Value, two: &Value, span: Span) -> Value {
        if one.holds_poison() || two.holds_poison() {
            return Value::poison(span);
        }
        let (left, right) = (one.type_name(), two.type_name());
        let words = if left == right { "what they hold is of different types" } else { "different types" };
        self.fault(
            Diagnostic::error(codes::TYPE_MISMATCH, span, format!("{left} and {right} cannot be compared"))
                .at(words)
                .label(one.span, format!("this is {left}"))
                .label(two.span, format!("this is {right}")),
        )
    }

    fn compare(&mut self, operator: BinaryOperator, one: &Value, two: &Value, span: Span) -> Value {
        let order = match (&one.kind, &two.kind) {
            (ValueKind::Amount(left), ValueKind::Amount(right)) if left.unit == right.unit => {
                left.number.cmp(&right.number)
            }
            (ValueKind::String(left), ValueKind::String(right)) | (ValueKind::Date(left), ValueKind::Date(right)) => {
                left.cmp(right)
            }
            _ => return self.incomparable(one, two, span),
        };
        let truth = match operator {
            BinaryOperator::Less => order.is_lt(),
            BinaryOperator::LessOrEqual => order.is_le(),
            BinaryOperator::Greater => order.is_gt(),
            _ => order.is_ge(),
        };
        Value::bool(truth, span)
    }

    fn contains(&mut self, one: &Value, two: &Value, span: Span) -> Value {
        match &two.kind {
            ValueKind::List(items) => Value::bool(items.iter().any(|item| equal(one, item) == Some(true)), span),
            ValueKind::Record(record) => {
                let found = one.as_str().and_then(|key| record.get(key)).is_some_and(|(_, field)| !field.is_none());
                Value::bool(found, span)
            }
            ValueKind::Range(range) => {
                let (low, value) = pair(range.low.clone(), one.clone());
                let above = self.compare(BinaryOperator::GreaterOrEqual, &value, &low, span);
                match &range.high {
                    Some(high) if matches!(above.kind, ValueKind::Bool(true)) => {
                        let (high, value) = pair(high.clone(), one.clone());
                        self.compare(BinaryOperator::LessOrEqual, &value, &high, span)
                    }
                    _ => above,
                }
            }
            ValueKind::String(text) => Value::bool(one.as_str().is_some_and(|piece| text.contains(piece)), span),
            _ => self.mismatch("`in` looks into a list, a record, a range or a String", two),
        }
    }

    fn add(&mut self, one: &Value, two: &Value, span: Span) -> Value {
        match (&one.kind, &two.kind) {
            (ValueKind::List(left), ValueKind::List(right)) => {
                Value::list(left.iter().chain(right.iter()).cloned().collect(), span)
            }
            (ValueKind::String(left), ValueKind::String(right)) => Value::string(format!("{left}{right}"), span),
            _ => self.arithmetic(BinaryOperator::Add, one, two, span),
        }
    }

    fn arithmetic(&mut self, operator: BinaryOperator, one: &Value, two: &Value, span: Span) -> Value {
        let (ValueKind::Amount(left), ValueKind::Amount(right)) = (&one.kind, &two.kind) else {
            let wrong = if matches!(one.kind, ValueKind::Amount(_)) { two } else { one };
            return self.mismatch(&format!("`{}` wants amounts", symbol(operator)), wrong);
        };
        let Some(unit) = result_unit(operator, left.unit, right.unit) else {
            let (first, second) = (unit_name(left.unit), unit_name(right.unit));
            return self.fault(
                Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    span,
                    format!("`{}` does not combine {first} and {second}", symbol(operator)),
                )
                .at("different units")
                .label(one.span, format!("this is {first}"))
                .label(two.span, format!("this is {second}")),
            );
        };
        if operator == BinaryOperator::Divide && right.number.is_zero() {
            return self.fault(
                Diagnostic::error(codes::DIVISION_BY_ZERO, span, "a number is divided by zero")
                    .label(two.span, "this is zero"),
            );
        }
        // A percentage scales: `8 * 50%` is 4.
        let share = |amount: &Amount| match amount.unit {
            Unit::Percent if left.unit != right.unit && unit != Unit::Percent => {
                Rational::whole(100).and_then(|hundred| amount.number.divide(hundred))
            }
            _ => Some(amount.number),
        };
        let number = share(left).zip(share(right)).and_then(|(first, second)| match operator {
            BinaryOperator::Add => first.add(second),
            BinaryOperator::Subtract => first.subtract(second),
            BinaryOperator::Multiply => first.multiply(second),
            _ => first.divide(second),
        });
        match number {
            Some(number) => Value::new(ValueKind::Amount(Amount { unit, number }), span),
            None => self.fault(
                Diagnostic::error(codes::OVERFLOW, span, "the result is too large or too fine")
                    .at("cannot be computed exactly"),
            ),
        }
    }

    pub(super) fn is_type(&mut self, scope: &Scope<'a>, operand: &Value, ty: &'a TypeExpression, span: Span) -> Value {
        if operand.is_poison() {
            return Value::poison(span);
        }
        if let TypeKind::Named { name, .. } = &ty.kind
            && let Some(TypeItem::Kind(wanted)) = self.program.find_type(scope.file, name)
        {
            let kind = match operand.kind {
                ValueKind::Instance(id) | ValueKind::Listener(id, _) => self.instances[id.0 as usize].kind,
                ValueKind::Kind(kind) => Some(kind),
                _ => None,
            };
            return Value::bool(kind.is_some_and(|kind| self.program.is_a(kind, wanted)), span);
        }
        let mut diagnostics = std::mem::take(&mut self.diagnostics);
        let ty = self.program.resolve_type(scope.file, ty, &mut diagnostics);
        self.diagnostics = diagnostics;
        Value::bool(self.has_type(operand, &ty), span)
    }

    /// Whether a value has a type as it stands, without conversion.
    fn has_type(&self, value: &Value, ty: &Type<'a>) -> bool {
        match (ty, &value.kind) {
            (Type::Any, _)
            | (Type::Bool, ValueKind::Bool(_))
            | (Type::Date, ValueKind::Date(_))
            | (Type::Secret, ValueKind::Secret(_)) => true,
            (Type::Optional(inner), _) => value.is_none() || self.has_type(value, inner),
            (Type::Int | Type::Port, ValueKind::Amount(amount)) => {
                amount.unit == Unit::One && amount.number.to_whole().is_some()
            }
            (Type::Amount(unit), ValueKind::Amount(amount)) => *unit == amount.unit,
            (Type::String, ValueKind::String(_)) => true,
            (Type::Map(inner), ValueKind::Record(record)) => {
                value::present(record).all(|(_, _, field)| self.has_type(field, inner))
            }
            (Type::Record(wanted), ValueKind::Record(record)) => {
                let known = value::present(record).all(|(key, ..)| wanted.field(key).is_some());
                let given = |name: &str| record.get(name).map(|(_, field)| field).filter(|field| !field.is_none());
                known
                    && wanted.fields.iter().all(|field| match given(&field.declaration.name.text) {
                        Some(value) => self.has_type(value, &field.ty),
                        None => field.ty.is_optional() || field.declaration.default.is_some(),
                    })
            }
            (Type::Form(form), ValueKind::String(text)) => form.problem(text).is_none(),
            (Type::Choice(words), ValueKind::String(text)) => words.iter().any(|word| word.text == **text),
            (Type::Range(inner), ValueKind::Range(range)) => {
                self.has_type(&range.low, inner) && range.high.as_ref().is_none_or(|high| self.has_type(high, inner))
            }
            (Type::List(inner), ValueKind::List(items)) => items.iter().all(|item| self.has_type(item, inner)),
            (Type::Instance(wanted), ValueKind::Instance(id)) => {
                self.instances[id.0 as usize].kind.is_some_and(|kind| self.program.is_a(kind, *wanted))
            }
            _ => false,
        }
    }
}

/// A bare number beside a CPU is a CPU: `500m..2`.
pub(super) fn pair(one: Value, two: Value) -> (Value, Value) {
    let unit = |value: &Value| match &value.kind {
        ValueKind::Amount(amount) => Some(amount.unit),
        _ => None,
    };
    let as_cpu = |value: Value| match value.kind {
        ValueKind::Amount(amount) => Value { kind: ValueKind::Amount(Amount { unit: Unit::Cpu, ..amount }), ..value },
        _ => value,
    };
    match (unit(&one), unit(&two)) {
        (Some(Unit::Cpu), Some(Unit::One)) => (one, as_cpu(two)),
        (Some(Unit::One), Some(Unit::Cpu)) => (as_cpu(one), two),
        _ => (one, two),
    }
}

/// Equality; nothing where the types differ. `none` compares with everything.
pub(super) fn equal(one: &Value, two: &Value) -> Option<bool> {
    match (&one.kind, &two.kind) {
        (ValueKind::None, ValueKind::None) => Some(true),
        (ValueKind::None, _) | (_, ValueKind::None) => Some(false),
        (ValueKind::Bool(left), ValueKind::Bool(right)) => Some(left == right),
        (ValueKind::Amount(left), ValueKind::Amount(right)) => {
            (left.unit == right.unit).then(|| left.number == right.number)
        }
        (ValueKind::String(left), ValueKind::String(right)) | (ValueKind::Date(left), ValueKind::Date(right)) => {
            Some(left == right)
        }
        (ValueKind::Instance(left), ValueKind::Instance(right)) => Some(left == right),
        (ValueKind::Listener(left, name), ValueKind::Listener(right, other)) => Some(left == right && name == other),
        (ValueKind::Kind(left), ValueKind::Kind(right)) => Some(left == right),
        (ValueKind::Secret(left), ValueKind::Secret(right)) => Some(left == right),
        (ValueKind::List(left), ValueKind::List(right)) => {
            if left.len() != right.len() {
                return Some(false);
            }
            left.iter().zip(right.iter()).try_fold(true, |all, (first, second)| Some(all && equal(first, second)?))
        }
        (ValueKind::Record(left), ValueKind::Record(right)) => {
            if value::present(left).count() != value::present(right).count() {
                return Some(false);
            }
            value::present(left).try_fold(true, |all, (key, _, first)| match right.get(key) {
                Some((_, second)) => Some(all && equal(first, second)?),
                None => Some(false),
            })
        }
        (ValueKind::Range(left), ValueKind::Range(right)) => {
            let highs = match (&left.high, &right.high) {
                (Some(first), Some(second)) => equal(first, second)?,
                (first, second) => first.is_none() && second.is_none(),
            };
            Some(equal(&left.low, &right.low)? && highs)
        }
        (ValueKind::ClusterApi, ValueKind::ClusterApi)
        | (ValueKind::ClusterDns, ValueKind::ClusterDns)
        | (ValueKind::Internet, ValueKind::Internet)
        | (ValueKind::Cluster, ValueKind::Cluster) => Some(true),
        _ => None,
    }
}

fn result_unit(operator: BinaryOperator, left: Unit, right: Unit) -> Option<Unit> {
    match (operator, left, right) {
        (BinaryOperator::Add | BinaryOperator::Subtract, ..) => (left == right).then_some(left),
        (BinaryOperator::Multiply, unit, Unit::One | Unit::Percent) if unit != Unit::Percent || right == Unit::One => {
            Some(unit)
        }
        (BinaryOperator::Multiply, Unit::One | Unit::Percent, unit) => Some(unit),
        (BinaryOperator::Multiply, Unit::Rate | Unit::ByteRate, Unit::Duration) => {
            Some(if left == Unit::Rate { Unit::One } else { Unit::Bytes })
        }
        (BinaryOperator::Divide, _, Unit::One) => Some(left),
        (BinaryOperator::Divide, ..) if left == right => Some(Unit::One),
        _ => None,
    }
}

fn symbol(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Of => "of",
        BinaryOperator::Coalesce => "??",
        BinaryOperator::Or => "or",
        BinaryOperator::And => "and",
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::In => "in",
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
    }
}
