//! Calls: functions of the language, and the arguments of those that the compiler brings.

use super::context::{Evaluator, Scope};
use super::value::Value;
use crate::diag::{Diagnostic, codes, suggest};
use crate::resolve::ValueItem;
use crate::source::Span;
use crate::syntax::ast::{Argument, Function, Word};
use crate::syntax::keywords::BUILTIN_FUNCTIONS;

impl<'a> Evaluator<'a> {
    pub(super) fn call(
        &mut self,
        scope: &Scope<'a>,
        function: &'a Word,
        arguments: &'a [Argument],
        span: Span,
    ) -> Value {
        match self.program.find_value(scope.file, &function.text) {
            Some(ValueItem::Function(file, item)) => {
                let (file, item) = (*file, *item);
                self.call_function(scope, file, item, arguments, span)
            }
            Some(_) => self.fault(
                Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    function.span,
                    format!("`{}` is not a function", function.text),
                )
                .at("called here"),
            ),
            None if BUILTIN_FUNCTIONS.contains(&function.text.as_str()) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    if let Some(name) = &argument.name {
                        let message = format!("`{}` takes its arguments by position", function.text);
                        return self.fault(Diagnostic::error(codes::ARGUMENTS, name.span, message).at("named"));
                    }
                    values.push(self.eval(scope, &argument.value));
                }
                self.call_builtin(scope, function, values, span)
            }
            // `check_names` has reported it.
            None => Value::poison(span),
        }
    }

    fn call_function(
        &mut self,
        scope: &Scope<'a>,
        file: usize,
        function: &'a Function,
        arguments: &'a [Argument],
        span: Span,
    ) -> Value {
        let address: *const Function = function;
        if self.calls.contains(&address) {
            let name = &function.name.text;
            return self.fault(
                Diagnostic::error(codes::RECURSION, span, format!("`{name}` calls itself"))
                    .at("called again here")
                    .label(function.name.span, "declared here")
                    .help("write it with a comprehension over a list"),
            );
        }
        let Some(bound) = self.bind_arguments(scope, function, arguments, span) else {
            return Value::poison(span);
        };
        let mut inner = Scope::file(file);
        let mut diagnostics = std::mem::take(&mut self.diagnostics);
        let types: Vec<_> = function
            .parameters
            .iter()
            .map(|parameter| parameter.ty.as_ref().map(|ty| self.program.resolve_type(file, ty, &mut diagnostics)))
            .collect();
        let result = function.result.as_ref().map(|ty| self.program.resolve_type(file, ty, &mut diagnostics));
        self.diagnostics = diagnostics;
        for ((parameter, value), ty) in function.parameters.iter().zip(bound).zip(types) {
            let value = match (value, &parameter.default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.eval(&inner, default),
                (None, None) => Value::poison(span),
            };
            let value = match ty {
                Some(ty) => self.coerce(value, &ty, &format!("`{}` of `{}`", parameter.name.text, function.name.text)),
                None => value,
            };
            inner = inner.bind(&parameter.name.text, value);
        }
        self.calls.push(address);
        let value = self.eval(&inner, &function.body);
        self.calls.pop();
        match result {
            Some(ty) => self.coerce(value, &ty, &format!("the result of `{}`", function.name.text)),
            None => value,
        }
    }

    /// One slot for each parameter; nothing when the call does not match the signature.
    fn bind_arguments(
        &mut self,
        scope: &Scope<'a>,
        function: &'a Function,
        arguments: &'a [Argument],
        span: Span,
    ) -> Option<Vec<Option<Value>>> {
        let mut bound: Vec<Option<Value>> = vec![None; function.parameters.len()];
        let name = &function.name.text;
        let mut right = true;
        for (position, argument) in arguments.iter().enumerate() {
            let slot = match &argument.name {
                Some(word) => function.parameters.iter().position(|parameter| parameter.name.text == word.text),
                None => (position < bound.len()).then_some(position),
            };
            let value = self.eval(scope, &argument.value);
            match (slot, &argument.name) {
                (Some(slot), _) if bound[slot].is_none() => bound[slot] = Some(value),
                (Some(slot), _) => {
                    let parameter = &function.parameters[slot].name.text;
                    self.report(Diagnostic::error(
                        codes::ARGUMENTS,
                        argument.value.span,
                        format!("`{parameter}` of `{name}` is given twice"),
                    ));
                    right = false;
                }
                (None, Some(word)) => {
                    let names = function.parameters.iter().map(|parameter| parameter.name.text.as_str());
                    let mut diagnostic = Diagnostic::error(
                        codes::ARGUMENTS,
                        word.span,
                        format!("`{name}` has no parameter `{}`", word.text),
                    )
                    .at("not declared");
                    if let Some(close) = suggest::closest(&word.text, names) {
                        diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(word.span, close);
                    }
                    self.report(diagnostic);
                    right = false;
                }
                (None, None) => {
                    let most = function.parameters.len();
                    self.report(
                        Diagnostic::error(
                            codes::ARGUMENTS,
                            argument.value.span,
                            format!("`{name}` takes {most} arguments"),
                        )
                        .at("one too many")
                        .label(function.name.span, "declared here"),
                    );
                    right = false;
                }
            }
        }
        let missing = function
            .parameters
            .iter()
            .zip(&bound)
            .find(|(parameter, value)| value.is_none() && parameter.default.is_none());
        if let (true, Some((parameter, _))) = (right, missing) {
            self.report(
                Diagnostic::error(
                    codes::ARGUMENTS,
                    span,
                    format!("`{name}` lacks the argument `{}`", parameter.name.text),
                )
                .at("called here")
                .label(parameter.name.span, "has no default"),
            );
            return None;
        }
        right.then_some(bound)
    }
}
