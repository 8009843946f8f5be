//! What a bare name means: bound names, members of the kind, built-in names, items of the module.

use super::context::{Evaluator, Phase, Scope, Slot};
use super::value::{Value, ValueKind};
use crate::diag::{Diagnostic, codes};
use crate::resolve::{TypeItem, ValueItem};
use crate::source::Span;
use crate::syntax::ast::{self, Expression, InstanceClass};
use crate::types::KindId;

impl<'a> Evaluator<'a> {
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
            Some(ValueItem::Instance(instance))
                if instance.class == InstanceClass::Hardware && self.phase > Phase::Declare =>
            {
                self.read_hardware(name, span)
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
    pub(super) fn absent_instance(&mut self, name: &str, span: Span) -> Value {
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

    pub(super) fn kind_name(
        &mut self,
        id: super::model::InstanceId,
        kind: KindId,
        name: &'a str,
        span: Span,
    ) -> Option<Value> {
        match name {
            "name" => return Some(Value::string(self.emitted_name(id), self.instances[id.0 as usize].span)),
            "inbound" | "outbound" | "wave" => return Some(self.flow_name(id, name, span)),
            _ => {}
        }
        let member = self.program.kinds[kind.0].members.get(name)?;
        Some(self.instance_member(id, member, name, span))
    }

    pub(super) fn global(
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

    pub(super) fn system(&mut self, span: Span) -> Value {
        let found = self.instances.iter().position(|state| state.class == ast::InstanceClass::System);
        match found.and_then(|index| u32::try_from(index).ok()) {
            Some(index) => Value::new(ValueKind::Instance(super::model::InstanceId(index)), span),
            None => self.fault(
                Diagnostic::error(codes::UNKNOWN_NAME, span, "no system is declared")
                    .help("add `system my-platform on my-hardware {}`"),
            ),
        }
    }

    pub(super) fn components(&mut self, span: Span) -> Value {
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
