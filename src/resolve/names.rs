//! Every name that the author wrote, checked whether it will be evaluated or not.

mod lookup;

use super::program::Program;
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::source::Span;
use crate::syntax::ast::{
    self, Body, Entry, EntryKind, Expectation, Expression, ExpressionKind, ItemKind, KeyKind, StringPart,
    TypeExpression, TypeKind,
};
use crate::types::KindId;

/// Names that mean something everywhere.
const EVERYWHERE: [&str; 5] = ["cluster", "internet", "environment", "system", "components"];
/// Names that mean something in the body of a kind.
const IN_KINDS: [&str; 5] = ["self", "name", "inbound", "outbound", "wave"];

/// Checks all names of a module and reports what is imported or bound and never read.
#[must_use]
pub fn check_names(program: &Program<'_>, module: usize) -> Diagnostics {
    let mut checker = Checker::new(program);
    for (file, scope) in program.files.iter().enumerate() {
        if scope.module == module {
            checker.file = file;
            for item in &scope.tree.items {
                checker.item(item);
            }
        }
    }
    checker.unused(module);
    checker.diagnostics
}

/// Checks the names in values that the command line sets, which belong to no file.
#[must_use]
pub fn check_inputs<'a>(program: &Program<'a>, inputs: &'a [(String, Expression)]) -> Diagnostics {
    let mut checker = Checker::new(program);
    inputs.iter().for_each(|(_, value)| checker.expression(value));
    checker.diagnostics
}

struct Checker<'p, 'a> {
    program: &'p Program<'a>,
    file: usize,
    kind: Option<KindId>,
    /// `self` is in scope.
    in_instance: bool,
    /// The kind of the instance whose body this is.
    own: Option<KindId>,
    /// What is bound here, with the place.
    locals: Vec<(&'a str, Span)>,
    diagnostics: Diagnostics,
}

impl<'p, 'a> Checker<'p, 'a> {
    fn new(program: &'p Program<'a>) -> Self {
        Self {
            program,
            file: 0,
            kind: None,
            in_instance: false,
            own: None,
            locals: Vec::new(),
            diagnostics: Diagnostics::default(),
        }
    }

    fn item(&mut self, item: &'a ast::Item) {
        match &item.kind {
            ItemKind::Use(_) => {}
            ItemKind::Input(input) => {
                input.ty.iter().for_each(|ty| self.ty(ty));
                self.each(input.default.as_ref());
            }
            ItemKind::Let(item) => {
                item.ty.iter().for_each(|ty| self.ty(ty));
                self.expression(&item.value);
            }
            ItemKind::Function(function) => self.function(function),
            // Types are resolved where they are used; here only so that a type nobody uses is checked, too.
            ItemKind::Type(alias) => self.ty(&alias.ty),
            ItemKind::Api(_) => {}
            ItemKind::Kind(kind) => {
                self.kind = match self.program.find_type(self.file, &kind.name.text) {
                    Some(super::TypeItem::Kind(id)) => Some(id),
                    _ => None,
                };
                self.in_instance = true;
                self.body(&kind.body);
                (self.kind, self.in_instance) = (None, false);
            }
            ItemKind::Instance(instance) => self.instance(instance),
            ItemKind::Environment(environment) => self.body(&environment.body),
            ItemKind::Policy(policy) => {
                self.each(policy.description.as_ref());
                self.body(&policy.body);
            }
            ItemKind::Budget(budget) => self.body(&budget.body),
            ItemKind::Accept(accept) => self.accept(accept),
            ItemKind::Test(test) => self.test(test),
            ItemKind::For(each) => self.for_entry(each),
            ItemKind::If(branch) => self.if_entry(branch),
        }
    }

    fn accept(&mut self, accept: &'a ast::AcceptStatement) {
        if let Some(environment) = &accept.environment {
            self.environment(environment);
        }
        self.expression(&accept.reason);
    }

    fn test(&mut self, test: &'a ast::TestItem) {
        if let Some(environment) = &test.environment {
            self.environment(environment);
        }
        // The results of analyses have names that only tests know.
        let depth = self.locals.len();
        self.locals.extend([("fits", Span::NONE), ("spofs", Span::NONE)]);
        for entry in &test.body.entries {
            self.entry(entry);
        }
        self.locals.truncate(depth);
    }

    fn environment(&mut self, word: &'a ast::Word) {
        let items = self.program.files.iter().filter(|file| file.module == 0).flat_map(|file| &file.tree.items);
        let names: Vec<&str> = items
            .filter_map(|item| match &item.kind {
                ItemKind::Environment(environment) => Some(environment.name.text.as_str()),
                _ => None,
            })
            .collect();
        if !names.contains(&word.text.as_str()) {
            let mut diagnostic =
                Diagnostic::error(codes::UNKNOWN_NAME, word.span, format!("there is no environment `{}`", word.text))
                    .at("not declared");
            if let Some(close) = suggest::closest(&word.text, names) {
                diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(word.span, close);
            }
            self.diagnostics.push(diagnostic);
        }
    }

    fn function(&mut self, function: &'a ast::Function) {
        let depth = self.locals.len();
        for parameter in &function.parameters {
            parameter.ty.iter().for_each(|ty| self.ty(ty));
            self.each(parameter.default.as_ref());
            self.bind(&parameter.name);
        }
        function.result.iter().for_each(|ty| self.ty(ty));
        self.expression(&function.body);
        self.locals.truncate(depth);
    }

    fn instance(&mut self, instance: &'a ast::Instance) {
        if !matches!(instance.name.kind, ExpressionKind::Name(_)) {
            self.expression(&instance.name);
        }
        let outer = (self.kind.take(), self.in_instance, self.own);
        // Hardware has no members that anything could read before it is whole.
        self.in_instance = instance.class != ast::InstanceClass::Hardware;
        // Marks the import as used; an unknown kind is reported by the evaluator, with the instance.
        let word = instance.kind.as_ref().filter(|_| instance.class != ast::InstanceClass::Hardware);
        self.own = match word.and_then(|kind| self.program.find_type(self.file, &kind.text)) {
            Some(super::TypeItem::Kind(kind)) => Some(kind),
            _ => None,
        };
        self.body(&instance.body);
        (self.kind, self.in_instance, self.own) = outer;
    }

    fn body(&mut self, body: &'a Body) {
        let depth = self.locals.len();
        for entry in &body.entries {
            self.entry(entry);
        }
        self.locals.truncate(depth);
    }

    fn entry(&mut self, entry: &'a Entry) {
        match &entry.kind {
            EntryKind::Attribute(attribute) => {
                for key in &attribute.path {
                    if let KeyKind::String(parts) = &key.kind {
                        self.string(parts);
                    }
                }
                self.expression(&attribute.value);
            }
            EntryKind::Parameter(parameter) => self.parameter(parameter),
            EntryKind::Let(item) => {
                self.expression(&item.value);
                // Lets of kinds are members; those of policies are local.
                if self.kind.is_none() {
                    self.bind(&item.name);
                }
            }
            EntryKind::Function(function) => self.function(function),
            EntryKind::Output(output) => self.expression(&output.value),
            EntryKind::Emit(emit) => {
                if let Some(body) = &emit.body {
                    self.body(body);
                }
            }
            EntryKind::Without(_) => {}
            EntryKind::Edge(edge) => {
                self.each(edge.quorum.as_ref());
                edge.targets.iter().for_each(|target| self.expression(target));
                if let Some(attributes) = &edge.attributes {
                    self.body(attributes);
                }
            }
            EntryKind::Require(require) => {
                self.expression(&require.condition);
                self.each(require.otherwise.as_ref());
            }
            EntryKind::Accept(accept) => self.accept(accept),
            EntryKind::Instance(instance) => self.instance(instance),
            EntryKind::For(each) => self.for_entry(each),
            EntryKind::If(branch) => self.if_entry(branch),
            EntryKind::Expect(Expectation::Holds(expression)) => self.expression(expression),
            EntryKind::Expect(Expectation::Finding { .. }) => {}
            EntryKind::Given(given) => self.body(&given.body),
        }
    }

    fn parameter(&mut self, parameter: &'a ast::Parameter) {
        self.each(parameter.default.as_ref());
        self.locals.push(("it", parameter.name.span));
        self.each(parameter.constraint.as_ref());
        self.each(parameter.message.as_ref());
        self.locals.pop();
    }

    fn for_entry(&mut self, each: &'a ast::ForEntry) {
        self.expression(&each.iterable);
        let depth = self.locals.len();
        each.names.iter().for_each(|name| self.bind(name));
        self.each(each.condition.as_ref());
        self.body(&each.body);
        self.locals.truncate(depth);
    }

    fn if_entry(&mut self, branch: &'a ast::IfEntry) {
        self.expression(&branch.condition);
        self.body(&branch.then);
        if let Some(otherwise) = &branch.otherwise {
            self.body(otherwise);
        }
    }

    fn each<'e>(&mut self, expressions: impl IntoIterator<Item = &'e Expression>)
    where
        'e: 'a,
    {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &'a Expression) {
        match &expression.kind {
            ExpressionKind::Literal(_) => {}
            ExpressionKind::String(parts) => self.string(parts),
            ExpressionKind::Name(name) => self.name(name, expression.span),
            ExpressionKind::Record(body) => self.body(body),
            ExpressionKind::List(elements) => self.each(elements),
            ExpressionKind::Comprehension { element, names, iterable, condition } => {
                self.expression(iterable);
                let depth = self.locals.len();
                names.iter().for_each(|name| self.bind(name));
                self.each(condition.as_deref());
                self.expression(element);
                self.locals.truncate(depth);
            }
            ExpressionKind::Field { base, .. } => self.expression(base),
            ExpressionKind::Call { function, arguments } => {
                self.callee(function);
                arguments.iter().for_each(|argument| self.expression(&argument.value));
            }
            ExpressionKind::Unary { operand, .. } => self.expression(operand),
            ExpressionKind::Binary { left, right, .. } => {
                self.expression(left);
                self.expression(right);
            }
            ExpressionKind::Range { low, high } => {
                self.expression(low);
                self.each(high.as_deref());
            }
            ExpressionKind::With { base, patch } => {
                self.expression(base);
                self.body(patch);
            }
            ExpressionKind::Is { operand, ty } => {
                self.expression(operand);
                self.ty(ty);
            }
            ExpressionKind::If { condition, then, otherwise } => {
                self.expression(condition);
                self.expression(then);
                self.expression(otherwise);
            }
            ExpressionKind::Match { subject, arms } => {
                self.expression(subject);
                for arm in arms {
                    self.each(arm.patterns.iter().flatten());
                    self.expression(&arm.value);
                }
            }
        }
    }

    fn string(&mut self, parts: &'a [StringPart]) {
        for part in parts {
            if let StringPart::Expression(expression) = part {
                self.expression(expression);
            }
        }
    }

    /// Resolves a type for its faults, and looks at the defaults inside it.
    fn ty(&mut self, ty: &'a TypeExpression) {
        // The type itself is of no interest here.
        let _ = self.program.resolve_type(self.file, ty, &mut self.diagnostics);
        if let TypeKind::Record(fields) = &ty.kind {
            fields.iter().for_each(|field| self.parameter(field));
        }
    }
}
