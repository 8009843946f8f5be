//! Repairs that a tool can apply as they are.

use crate::source::{SourceMap, Span};

/// A replacement that would settle the matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What to replace.
    pub span: Span,
    /// By what.
    pub replacement: String,
    /// The word that is wrong, where whoever found it knows a value and not what was typed: it may have been computed. Such
    /// a repair stays when the word itself stands at the place.
    pub word: Option<String>,
}

/// One of several changes, each of which was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The change in words, a line of the help.
    pub text: String,
    /// Whether everything fits after it in every required state, or only the state in question.
    pub enough: bool,
    /// The replacements that make it, which belong together.
    pub fixes: Vec<Fix>,
}

/// What was proved to help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedies {
    /// All of it, for people.
    pub words: String,
    /// What of it texts state.
    pub choices: Vec<Choice>,
}

impl Fix {
    /// The repair as it can be applied; none where the place does not state the word, or belongs to the library.
    pub(super) fn settled(self, sources: &SourceMap) -> Option<Self> {
        let Some(word) = &self.word else { return Some(self) };
        if self.span.is_none() || sources.is_library(self.span) {
            return None;
        }
        let typed = sources.text(self.span);
        let quote = ["\"", "'", ""].into_iter().find(|quote| *typed == format!("{quote}{word}{quote}"))?;
        let replacement = format!("{quote}{}{quote}", self.replacement);
        Some(Self { span: self.span, replacement, word: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_replaced_where_it_was_typed_and_left_where_it_was_computed() {
        let mut sources = SourceMap::default();
        let source = sources.add("a.vauban", "a = \"wbe\"\nb = wbe\nc = \"${x}be\"\n");
        let library = sources.add("<std/a.vauban>", "\"wbe\"");
        let at = |source, start, end| {
            let fix = Fix {
                span: Span::new(source, start, end),
                replacement: "web".to_owned(),
                word: Some("wbe".to_owned()),
            };
            fix.settled(&sources).map(|fix| fix.replacement)
        };
        assert_eq!(at(source, 4, 9).as_deref(), Some("\"web\""));
        assert_eq!(at(source, 14, 17).as_deref(), Some("web"));
        assert_eq!(at(source, 22, 30), None);
        assert_eq!(at(library, 0, 5), None);
    }
}
