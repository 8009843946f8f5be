//! Acceptances: of the module, of environments and of components.

use super::context::{Evaluator, Scope};
use super::model::{Acceptance, Model};
use crate::diag::{Code, Diagnostic, codes, suggest};
use crate::syntax::ast::{AcceptStatement, EntryKind, ItemKind};

impl<'a> Evaluator<'a> {
    pub(super) fn acceptances(&mut self, model: &mut Model) {
        for file in 0..self.program.files.len() {
            if self.program.files[file].module != 0 {
                continue;
            }
            for item in &self.program.files[file].tree.items {
                match &item.kind {
                    ItemKind::Accept(accept) => self.acceptance(&Scope::file(file), accept, None, model),
                    ItemKind::Environment(environment)
                        if self.environment.is_some_and(|own| std::ptr::eq(own, environment)) =>
                    {
                        for entry in &environment.body.entries {
                            if let EntryKind::Accept(accept) = &entry.kind {
                                let before = model.acceptances.len();
                                self.acceptance(&Scope::file(file), accept, None, model);
                                for acceptance in &mut model.acceptances[before..] {
                                    acceptance.environment.get_or_insert_with(|| environment.name.text.clone());
                                }
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        for index in 0..self.instances.len() {
            let (name, layers) = (self.instances[index].name.to_string(), self.instances[index].layers.clone());
            for layer in layers {
                for located in &layer.data.located {
                    if let EntryKind::Accept(accept) = &located.entry.kind {
                        self.acceptance(&layer.scope, accept, Some(&name), model);
                    }
                }
            }
        }
    }

    fn acceptance(&mut self, scope: &Scope<'a>, accept: &'a AcceptStatement, inside: Option<&str>, model: &mut Model) {
        let finding = &accept.finding;
        match Code::find(&finding.text) {
            None => {
                let names = codes::ALL.iter().filter(|code| code.info().acceptable).map(|code| code.name());
                let mut diagnostic = Diagnostic::error(
                    codes::UNKNOWN_FINDING,
                    finding.span,
                    format!("there is no finding `{}`", finding.text),
                )
                .at("not a finding");
                if let Some(close) = suggest::closest(&finding.text, names) {
                    diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(finding.span, close);
                }
                self.report(diagnostic);
                return;
            }
            Some(code) if !code.info().acceptable => {
                self.report(
                    Diagnostic::error(
                        codes::UNACCEPTABLE,
                        finding.span,
                        format!("`{}` cannot be accepted", code.name()),
                    )
                    .at(code.info().summary)
                    .help("errors of syntax, names, types, schema, secrets and fit must be repaired"),
                );
                return;
            }
            Some(_) => {}
        }
        if let Some(until) = accept.until.as_ref().filter(|until| !super::text::is_date(&until.text)) {
            self.report(
                Diagnostic::error(codes::INVALID_FORM, until.span, format!("there is no date {}", until.text))
                    .at("not in the calendar"),
            );
            return;
        }
        let reason = self.eval(scope, &accept.reason);
        let Some(reason) = reason.as_str().map(str::to_owned) else {
            if !reason.is_poison() {
                self.mismatch("the reason of an acceptance is a String", &reason);
            }
            return;
        };
        if reason.trim().is_empty() {
            self.report(
                Diagnostic::error(codes::CONSTRAINT, accept.reason.span, "an acceptance without a reason")
                    .help("say why it is acceptable: whoever reads the report will ask"),
            );
            return;
        }
        let subject = match (&accept.subject, inside) {
            // A host that is no chain of words is written as a string.
            (Some(subject), _) => Some(subject.text.replace('"', "")),
            (None, Some(owner)) => Some(owner.to_owned()),
            (None, None) => None,
        };
        model.acceptances.push(Acceptance {
            finding: Code::find(&finding.text).map_or_else(|| finding.text.clone(), |code| code.name().to_owned()),
            finding_span: finding.span,
            subject,
            subject_span: accept.subject.as_ref().map_or(finding.span, |subject| subject.span),
            environment: accept.environment.as_ref().map(|word| word.text.clone()),
            reason,
            until: accept.until.as_ref().map(|word| word.text.clone()),
            span: accept.span,
        });
    }
}
