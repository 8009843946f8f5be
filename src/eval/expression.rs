//! The forms of expressions.

use std::rc::Rc;

use super::context::{Evaluator, Phase, Scope, Slot};
use super::value::{self, RangeValue, Read, SecretPart, Value, ValueKind};
use crate::diag::{Diagnostic, codes, suggest};
use crate::resolve::{Member, TypeItem, ValueItem};
use crate::source::Span;
use crate::syntax::ast::{self, Expression, ExpressionKind, Literal, StringPart};
use crate::types::KindId;

/// A text that is put together is at most this many bytes long: a few lines that double each other would fill the memory.
const LONGEST_TEXT: usize = 4 << 20;

impl<'a> Evaluator<'a> {
    /// Evaluates an expression. Faults are reported and become poison.
    pub fn eval(&mut self, scope: &Scope<'a>, expression: &'a Expression) -> Value {
        self.nested(expression.span, |this| this.form(scope, expression))
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

    fn string(&mut self, scope: &Scope<'a>, parts: &'a [StringPart], span: Span) -> Value {
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
    fn refuse_credential(&mut self, text: &str, span: Span) {
        if let Some(what) = super::text::credential(text) {
            self.report(
                Diagnostic::error(codes::PLAINTEXT_CREDENTIAL, span, format!("a string holds {what} in plain text"))
                    .at("would be readable in the repository")
                    .help("read it from the component that provides it, as in `db.url`, or write `${secret(\"password\")}` in its place"),
            );
        }
    }

    /// Looks a name up: bound names, members of the kind, built-in names, the file's and the module's items.
    pub(super) fn name(&mut self, scope: &Scope<'a>, name: &'a str, span: Span) -> Value {
        if let Some(value) = scope.local(name) {
            return value.clone();
        }
        if let (Some(id), Some(kind)) = (scope.instance, scope.kind)
            && let Some(value) = self.kind_name(id, kind, name, span)
        {
            return value;
        }
        match name {
            "cluster" => return Value::new(ValueKind::Cluster, span),
            "internet" => return Value::new(ValueKind::Internet, span),
            "self" if scope.instance.is_some() => {
                return scope
                    .instance
                    .map_or_else(|| Value::poison(span), |id| Value::new(ValueKind::Instance(id), span));
            }
            "environment" => {
                let name = self.environment.map_or("base", |environment| environment.name.text.as_str());
                return Value::string(name, span);
            }
            "system" => return self.system(span),
            "components" => return self.components(span),
            _ => {}
        }
        match self.program.find_value(scope.file, name) {
            Some(ValueItem::Input(file, input)) => {
                let (file, input) = (*file, *input);
                self.global(file, &input.name, input.ty.as_ref(), input.default.as_ref(), span)
            }
            Some(ValueItem::Let(file, item, _)) => {
                let (file, item) = (*file, *item);
                self.global(file, &item.name, item.ty.as_ref(), Some(&item.value), span)
            }
            Some(ValueItem::Function(_, function)) => {
                let word = &function.name.text;
                self.fault(
                    Diagnostic::error(codes::TYPE_MISMATCH, span, format!("the function `{word}` is not called"))
                        .help(format!("write `{word}(…)`")),
                )
            }
            Some(ValueItem::Instance(_)) => match self.by_name.get(name).filter(|_| self.phase > Phase::Declare) {
                Some(id) => Value::new(ValueKind::Instance(*id), span),
                None => self.absent_instance(name, span),
            },
            None => match self.by_name.get(name) {
                // Ids are fixed, and members final, only once the environment has patched.
                Some(_) if self.phase == Phase::Declare => self.absent_instance(name, span),
                Some(id) if self.program.files[scope.file].module == 0 => Value::new(ValueKind::Instance(*id), span),
                _ => match self.program.find_type(scope.file, name) {
                    Some(TypeItem::Kind(kind)) => Value::new(ValueKind::Kind(kind), span),
                    // `check_names` has reported it.
                    _ => Value::poison(span),
                },
            },
        }
    }

    /// An instance that exists in the source but not in this environment.
    fn absent_instance(&mut self, name: &str, span: Span) -> Value {
        if self.phase == Phase::Declare {
            return self.fault(
                Diagnostic::error(codes::PHASE, span, format!("`{name}` is read before the set of instances is fixed"))
                    .help("names and conditions of instances may read inputs and lets only"),
            );
        }
        let place = self.environment.map_or("the base", |environment| environment.name.text.as_str());
        self.fault(
            Diagnostic::error(codes::UNKNOWN_NAME, span, format!("`{name}` does not exist in {place}"))
                .at("taken away by `without` or a condition")
                .help(format!("patch what reads it there too, or keep `{name}`")),
        )
    }

    fn kind_name(&mut self, id: super::model::InstanceId, kind: KindId, name: &'a str, span: Span) -> Option<Value> {
        match name {
            "name" => return Some(Value::string(self.emitted_name(id), self.instances[id.0 as usize].span)),
            "inbound" | "outbound" | "wave" => return Some(self.flow_name(id, name, span)),
            _ => {}
        }
        let member = self.program.kinds[kind.0].members.get(name)?;
        Some(self.instance_member(id, member, name, span))
    }

    fn global(
        &mut self,
        file: usize,
        word: &'a ast::Word,
        ty: Option<&'a ast::TypeExpression>,
        default: Option<&'a Expression>,
        span: Span,
    ) -> Value {
        let module = self.program.files[file].module;
        let key = (module, word.text.as_str());
        match self.globals.get(&key) {
            Some(Slot::Done(value)) => return value.clone(),
            Some(Slot::Running) => return self.circle(&word.text, span),
            None => {}
        }
        self.globals.insert(key, Slot::Running);
        let replaced = if module == 0 { self.overrides.get(word.text.as_str()).copied() } else { None };
        let value = self.within(word.text.clone(), span, |this| {
            let value = match (replaced, default) {
                (Some(replaced), _) => this.eval(&Scope::file(replaced.file), replaced.value),
                (None, Some(default)) => this.eval(&Scope::file(file), default),
                (None, None) => this.fault(
                    Diagnostic::error(
                        codes::MISSING_FIELD,
                        word.span,
                        format!("the input `{}` is not given", word.text),
                    )
                    .at("has no default")
                    .help(format!("give it: `vaubanc build --set {}=…`", word.text)),
                ),
            };
            match ty {
                Some(ty) => {
                    let mut diagnostics = std::mem::take(&mut this.diagnostics);
                    let ty = this.program.resolve_type(file, ty, &mut diagnostics);
                    this.diagnostics = diagnostics;
                    this.coerce(value, &ty, &format!("`{}`", word.text))
                }
                None => value,
            }
        });
        self.globals.insert(key, Slot::Done(value.clone()));
        value
    }

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

    fn member_of_instance(&mut self, id: super::model::InstanceId, name: &'a ast::Word, span: Span) -> Value {
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

    fn via(&self, member: &Member<'a>) -> Option<Rc<str>> {
        match member {
            Member::Output { entry, .. } => entry.via.as_ref().map(|via| Rc::from(via.text.as_str())),
            _ => None,
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
                            .help(format!("write `{}..{}`", two.display(), one.display())),
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

    fn system(&mut self, span: Span) -> Value {
        let found = self.instances.iter().position(|state| state.class == ast::InstanceClass::System);
        match found.and_then(|index| u32::try_from(index).ok()) {
            Some(index) => Value::new(ValueKind::Instance(super::model::InstanceId(index)), span),
            None => self.fault(
                Diagnostic::error(codes::UNKNOWN_NAME, span, "no system is declared")
                    .help("add `system my-platform on my-hardware {}`"),
            ),
        }
    }

    fn components(&mut self, span: Span) -> Value {
        if self.phase < Phase::Edges {
            return self.fault(
                Diagnostic::error(codes::PHASE, span, "`components` is read before all of them are known")
                    .at("readable in edges, policies and emissions")
                    .help("parameters, outputs and names of instances cannot depend on the list of all components"),
            );
        }
        let ids = self.instances.iter().enumerate().filter(|(_, state)| state.class == ast::InstanceClass::Component);
        let items = ids.filter_map(|(index, _)| u32::try_from(index).ok());
        let items = items.map(|index| Value::new(ValueKind::Instance(super::model::InstanceId(index)), span)).collect();
        Value::list(items, span)
    }
}

/// `` `a`, `b` and `c` ``.
pub(super) fn quoted(words: &[&str]) -> String {
    let all: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
