//! Policies: the author's own rules over all components.

use super::context::{Evaluator, Scope};
use super::model::Model;
use super::value::{self, ValueKind};
use crate::diag::{Diagnostic, codes};
use crate::resolve::flatten;
use crate::source::Span;
use crate::syntax::ast::{EntryKind, ItemKind, Policy, RequireStatement};

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
        let mut scope = Scope::file(file);
        let title = match &policy.description {
            Some(words) => value::display(&self.eval(&scope, words)),
            None => policy.name.text.clone(),
        };
        for located in flatten(&policy.body) {
            if let EntryKind::Let(item) = &located.entry.kind {
                let value = self.eval(&scope, &item.value);
                scope = scope.bind(&item.name.text, value);
                continue;
            }
            for inner in self.scopes_of_entry(&scope, &located) {
                match &located.entry.kind {
                    EntryKind::Require(require) => self.rule(&inner, policy, &title, require),
                    EntryKind::Let(_) => {}
                    _ => self.misplaced(located.entry, "a policy"),
                }
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
        let mut diagnostic = Diagnostic::error(codes::POLICY, span, format!("policy `{}`: {about}{words}", policy.name.text))
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
