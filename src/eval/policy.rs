//! Policies: the author's own rules over all components.

use super::context::{Evaluator, Scope};
use super::model::Model;
use super::value::{self, ValueKind};
use crate::diag::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{Body, EntryKind, ItemKind, Policy, RequireStatement};

impl<'a> Evaluator<'a> {
    pub(super) fn run_policies(&mut self, _model: &mut Model) {
        for file in 0..self.program.files.len() {
            if self.program.files[file].module != 0 {
                continue;
            }
            for item in &self.program.files[file].tree.items {
                if let ItemKind::Policy(policy) = &item.kind {
                    self.policy(file, policy);
                }
            }
        }
    }

    fn policy(&mut self, file: usize, policy: &'a Policy) {
        let scope = Scope::file(file);
        let title = match &policy.description {
            Some(words) => value::display(&self.eval(&scope, words)),
            None => policy.name.text.clone(),
        };
        self.rules(scope, policy, &title, &policy.body);
    }

    /// The statements of a body in order: a `let` is seen by what stands behind it.
    fn rules(&mut self, mut scope: Scope<'a>, policy: &'a Policy, title: &str, body: &'a Body) {
        for entry in &body.entries {
            match &entry.kind {
                EntryKind::Let(item) => {
                    let value = self.eval(&scope, &item.value);
                    scope = scope.bind(&item.name.text, value);
                }
                EntryKind::Require(require) => self.rule(&scope, policy, title, require),
                EntryKind::For(each) => {
                    for inner in self.iterate(&scope, &each.names, &each.iterable, each.condition.as_ref()) {
                        self.rules(inner, policy, title, &each.body);
                    }
                }
                EntryKind::If(branch) => match (self.condition(&scope, &branch.condition), &branch.otherwise) {
                    (Some(true), _) => self.rules(scope.clone(), policy, title, &branch.then),
                    (Some(false), Some(otherwise)) => self.rules(scope.clone(), policy, title, otherwise),
                    _ => {}
                },
                _ => self.misplaced(entry, "a policy"),
            }
        }
    }

    fn rule(&mut self, scope: &Scope<'a>, policy: &'a Policy, title: &str, require: &'a RequireStatement) {
        if self.condition(scope, &require.condition) != Some(false) {
            return;
        }
        let words = match &require.otherwise {
            Some(words) => value::display(&self.eval(scope, words)),
            None => format!("`{}` does not hold", self.sources.text(require.condition.span)),
        };
        let subject = self.subject_of(scope);
        let about = subject.as_ref().map_or_else(String::new, |(name, _)| format!("`{name}` "));
        let span = subject.as_ref().map_or(require.condition.span, |(_, span)| *span);
        let mut diagnostic =
            Diagnostic::error(codes::POLICY, span, format!("policy `{}`: {about}{words}", policy.name.text))
                .label(require.condition.span, "the rule")
                .note(title.to_owned())
                .in_environment(self.environment.map(|environment| environment.name.text.as_str()));
        diagnostic = match subject {
            Some((name, _)) => diagnostic.of(name).at("breaks the policy"),
            None => diagnostic.of(policy.name.text.clone()),
        };
        self.report(diagnostic);
    }

    /// The instance that the innermost `for` stands at.
    fn subject_of(&self, scope: &Scope<'a>) -> Option<(String, Span)> {
        let mut current = scope.locals.as_deref();
        while let Some(local) = current {
            if let ValueKind::Instance(id) = local.value.kind {
                let state = &self.instances[id.0 as usize];
                return Some((state.name.to_string(), state.span));
            }
            current = local.next.as_deref();
        }
        None
    }
}
