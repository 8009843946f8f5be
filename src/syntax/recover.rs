//! Recovery: what to say about the slices that the grammar could not read.
//!
//! The grammar catches what it cannot read in `broken` slices, one for each line of equal depth. Here lines that
//! belong together are joined again, and each group is parsed once more by a strict rule, which tells where in it the
//! mistake is and what was expected there.

use std::ops::Range;

use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};

use super::grammar::{Grammar, Rule};
use super::lower::Lowering;
use super::messages::{Complaint, complain};
use crate::diag::{Diagnostic, codes};

/// What a broken slice was meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// At the top level.
    Item,
    /// In a body.
    Entry,
    /// A value on its own.
    Expression,
}

impl Form {
    fn strict(self) -> Rule {
        match self {
            Self::Item => Rule::only_item,
            Self::Entry => Rule::only_entry,
            Self::Expression => Rule::only_expression,
        }
    }
}

/// Statements whose braces hold a body even when what stands before them is broken.
const WITH_BODY: &[&str] = &[
    "kind",
    "system",
    "hardware",
    "namespace",
    "component",
    "expose",
    "application",
    "environment",
    "policy",
    "test",
    "for",
    "if",
    "emit",
    "footprint",
    "refine",
    "given",
];

impl Lowering<'_> {
    /// Reports what is wrong with slices between which nothing could be read, and forgets them.
    pub(super) fn explain(&self, broken: &mut Vec<Range<usize>>, form: Form) {
        let mut slices = broken.drain(..).peekable();
        while let Some(first) = slices.next() {
            let mut group = first.clone();
            while let Some(next) = slices.next_if(|next| self.continues(&first, next)) {
                group.end = next.end;
            }
            self.skip(group.clone());
            if !self.repaired().is_silent(&group, form == Form::Item) {
                self.explain_group(group, form);
            }
        }
    }

    /// Whether a broken line goes on with the one before it: it is indented deeper, or begins with no word, or with one
    /// that begins nothing.
    fn continues(&self, first: &Range<usize>, next: &Range<usize>) -> bool {
        const GOES_ON: &[&str] = &["then", "else", "and", "or", "where", "in", "is", "of", "with"];
        let indent = |at: usize| at - self.text()[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let slice = &self.text()[next.clone()];
        let begins_with_word =
            slice.starts_with(|character: char| character.is_alphabetic() || "_\"".contains(character));
        !begins_with_word || indent(next.start) > indent(first.start) || GOES_ON.contains(&first_word(slice))
    }

    fn explain_group(&self, group: Range<usize>, form: Form) {
        let slice = &self.text()[group.clone()];
        if let Err(error) = Grammar::parse(form.strict(), slice) {
            let at = self.report_error(&error, group.clone(), form);
            self.explain_body(group, at);
        } else {
            // Nothing is dropped without a word, whatever made the grammar refuse here what it takes alone.
            let end = group.start + slice.lines().next().unwrap_or("").trim_end().len();
            let message = "this cannot be read as a statement";
            self.report(Diagnostic::error(codes::SYNTAX, self.range(group.start..end), message).at("not a statement"));
        }
    }

    /// Reports pest's error about a slice; returns its place in the text.
    pub(super) fn report_error(&self, error: &Error<Rule>, slice: Range<usize>, form: Form) -> usize {
        let at = slice.start
            + match error.location {
                InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
            };
        match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => {
                let (text, declares) = (self.text(), self.declares());
                let complaint = complain(&Complaint { text, slice, at, expected: positives, form, declares });
                let mut diagnostic = Diagnostic::error(complaint.code, self.range(complaint.range), complaint.message)
                    .at(complaint.label);
                if let Some(help) = complaint.help {
                    diagnostic = diagnostic.help(help);
                }
                if let Some((range, replacement)) = complaint.fix {
                    diagnostic = diagnostic.fix(self.range(range), replacement);
                }
                self.report(diagnostic);
            }
            // Pest says so only when the stack runs out.
            ErrorVariant::CustomError { .. } => self.report_too_deep(self.range(at..at)),
        }
        at
    }

    /// A mistake in the head of a statement does not hide those in its body.
    fn explain_body(&self, group: Range<usize>, at: usize) {
        let slice = &self.text()[group.clone()];
        let word = first_word(slice);
        let trimmed = slice.trim_end();
        if !WITH_BODY.contains(&word) || !trimmed.ends_with('}') {
            return;
        }
        let Some(open) = opening_brace(trimmed) else { return };
        let start = group.start + open;
        if at > start {
            return;
        }
        if let Ok(mut pairs) = Grammar::parse(Rule::only_body, &trimmed[open..])
            && let Some(pair) = pairs.next()
        {
            self.only_body(pair, start);
        }
    }
}

fn first_word(slice: &str) -> &str {
    slice.split(|character: char| !character.is_alphanumeric() && !"_-".contains(character)).next().unwrap_or("")
}

/// The brace that the last character of a slice closes. Counting backwards would stumble over strings, so the last
/// brace at depth 0 is found from the front.
fn opening_brace(slice: &str) -> Option<usize> {
    let (mut depth, mut last, mut in_string, mut escaped) = (0_usize, None, false, false);
    for (at, character) in slice.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ if in_string => {}
            '{' | '[' | '(' => {
                if depth == 0 {
                    last = Some(at);
                }
                depth += 1;
            }
            '}' | ']' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    last.filter(|at| slice[*at..].starts_with('{'))
}
