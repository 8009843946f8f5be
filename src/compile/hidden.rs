//! What a text that could not be read may have declared: that a name of it is not there is no second fault.

use std::collections::BTreeSet;

use crate::diag::codes::Phase;
use crate::diag::{Diagnostic, Severity, codes};
use crate::resolve::Loaded;
use crate::source::{SourceMap, Span};

/// The words of all texts that could not be read.
#[derive(Debug, Default)]
pub(super) struct Hidden<'a> {
    words: BTreeSet<&'a str>,
    /// Whether a whole file could not be read, so that it may declare anything.
    is_anything: bool,
    /// Whether anything could not be read.
    is_something: bool,
}

impl<'a> Hidden<'a> {
    /// Looks at all files that are not of the library. `unread` are the modules and files of which there is no text at all.
    pub(super) fn of(loaded: &Loaded, sources: &'a SourceMap, unread: bool) -> Self {
        let mut hidden = Self { is_anything: unread, is_something: unread, ..Self::default() };
        for file in loaded.modules.iter().filter(|module| !module.is_library).flat_map(|module| module.files.iter()) {
            hidden.is_something |= !file.broken.is_empty();
            for broken in &file.broken {
                hidden.words.extend(words(sources.text(*broken)));
            }
        }
        hidden
    }

    /// Whether a message may follow from what could not be read.
    pub(super) fn explains(&self, found: &Diagnostic, sources: &SourceMap) -> bool {
        if !self.is_something {
            return false;
        }
        let (code, place) = (found.code, found.primary.span);
        if code == codes::UNUSED {
            return true;
        }
        let is_hidden =
            |place: Span| self.is_anything || words(sources.text(place)).any(|word| self.words.contains(word));
        if code == codes::MISSING_FIELD || code == codes::REQUIREMENT {
            // Their labels are the declaration of what is missing, and what is required of it.
            return found.labels.iter().any(|label| is_hidden(label.span));
        }
        let is_of_a_name = code.info().phase == Phase::Names || code == codes::UNKNOWN_MEMBER;
        found.severity == Severity::Error && is_of_a_name && code != codes::MISSING_MODULE && is_hidden(place)
    }
}

/// The words of a text that may be names.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_inside = |character: char| character.is_alphanumeric() || character == '_' || character == '-';
    text.split(move |character| !is_inside(character))
        .filter(|word| word.starts_with(|first: char| first.is_alphabetic()))
}
