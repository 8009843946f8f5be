//! The one diagnostic type.

use super::{Choice, Code, Fix, Remedies};
use crate::source::{SourceMap, Span};

/// How bad it is. Warnings alone leave the exit code at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// Worth a look; everything is written.
    Warning,
}

/// A remark at a place in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place. The primary label's is the guilty value itself.
    pub span: Span,
    /// A few words, readable without the headline.
    pub text: String,
}

/// One message. The headline stands alone: lower case, names in backticks, no full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code with its name and page.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// The headline.
    pub message: String,
    /// The guilty value.
    pub primary: Label,
    /// Other places that belong to it, in any file.
    pub labels: Vec<Label>,
    /// Facts: the terms of a sum, the path of a cycle. Each may have several lines.
    pub notes: Vec<String>,
    /// What to type.
    pub help: Vec<String>,
    /// Machine-applicable repairs, which belong together.
    pub fixes: Vec<Fix>,
    /// Changes of which any one keeps its promise, as far as texts state what changes.
    pub choices: Vec<Choice>,
    /// For findings that can be accepted: the subject, as `accept NAME of SUBJECT` writes it.
    pub subject: Option<String>,
    /// Further subjects of one cause, of which the same message tells. Each is accepted by itself.
    pub also: Vec<String>,
    /// The environment in which it was found; nothing for the base and for facts about the source itself.
    pub environment: Option<String>,
}

impl Diagnostic {
    /// An error without words at its place yet.
    #[must_use]
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message.into())
    }

    /// A warning without words at its place yet.
    #[must_use]
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message.into())
    }

    fn new(severity: Severity, code: Code, span: Span, message: String) -> Self {
        let primary = Label { span, text: String::new() };
        Self {
            code,
            severity,
            message,
            primary,
            labels: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            fixes: Vec::new(),
            choices: Vec::new(),
            subject: None,
            also: Vec::new(),
            environment: None,
        }
    }

    /// Whether something is missing where it was found, so that what follows is not known.
    #[must_use]
    pub fn leaves_a_hole(&self) -> bool {
        self.severity == Severity::Error && self.code.info().leaves_a_hole
    }

    /// The words at the primary place.
    #[must_use]
    pub fn at(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Another place. Places that no source states are left out.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        if !span.is_none() {
            self.labels.push(Label { span, text: text.into() });
        }
        self
    }

    /// A fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// What to type.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// What was proved to help, in words and as edits.
    #[must_use]
    pub fn remedied(mut self, remedies: Remedies) -> Self {
        self.help.push(remedies.words);
        self.choices = remedies.choices;
        self
    }

    /// A machine-applicable repair.
    #[must_use]
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fixes.push(Fix { span, replacement: replacement.into(), word: None });
        self
    }

    /// A machine-applicable repair of a word, if it stands at the place as it is, be it in quotes.
    #[must_use]
    pub fn correct(mut self, span: Span, word: impl Into<String>, replacement: impl Into<String>) -> Self {
        self.fixes.push(Fix { span, replacement: replacement.into(), word: Some(word.into()) });
        self
    }

    /// The repair that a name of the library be imported in the file of a place.
    #[must_use]
    pub fn import(self, place: Span, name: &str) -> Self {
        self.fix(Span::new(place.source, 0, 0), format!("use std {{ {name} }}\n"))
    }

    /// The subject by which the finding can be accepted.
    #[must_use]
    pub fn of(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The environment in which it was found.
    #[must_use]
    pub fn in_environment(mut self, environment: Option<&str>) -> Self {
        self.environment = environment.map(str::to_owned);
        self
    }
}

/// A collection of messages. Phases return one beside their result and never stop at the first error.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Takes over all of another phase's.
    pub fn extend(&mut self, other: impl IntoIterator<Item = Diagnostic>) {
        self.list.extend(other);
    }

    /// Whether anything forbids writing.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// In the order of [`Self::sort`] or of discovery.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// In the same order, to add what a later phase knows better.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Diagnostic> {
        self.list.iter_mut()
    }

    /// Keeps those that the predicate wants.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.list.retain(keep);
    }

    /// Orders by file, place and code, and drops exact repetitions (the same fault found in several environments
    /// differs in its environment and stays). Repairs of words that nobody typed are dropped.
    pub fn sort(&mut self, sources: &SourceMap) {
        for diagnostic in &mut self.list {
            let fixes = std::mem::take(&mut diagnostic.fixes);
            diagnostic.fixes = fixes.into_iter().filter_map(|fix| fix.settled(sources)).collect();
        }
        let name =
            |diagnostic: &Diagnostic| sources.get(diagnostic.primary.span.source).map(|source| source.name.clone());
        self.list.sort_by_cached_key(|diagnostic| {
            let span = diagnostic.primary.span;
            (
                name(diagnostic),
                span.start,
                diagnostic.code.number(),
                diagnostic.message.clone(),
                diagnostic.environment.clone(),
            )
        });
        self.list.dedup();
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}
