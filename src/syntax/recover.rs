//! Recovery: what to do with a text that does not follow the grammar.

use std::borrow::Cow;
use std::ops::Range;

use pest::Parser;
use pest::error::InputLocation;

use super::grammar::{Grammar, Rule};
use super::lower::Lowering;
use crate::diag::{Diagnostic, codes};
use crate::source::{SourceId, Span};

/// What a broken slice was meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// At the top level.
    Item,
    /// In a body.
    Entry,
}

/// A text in which brackets balance and strings are closed.
pub(super) struct Repaired<'t> {
    pub(super) text: Cow<'t, str>,
}

impl Repaired<'_> {
    /// The place in the original of a range of the repaired text.
    pub(super) fn span(&self, source: SourceId, range: Range<usize>) -> Span {
        Span::new(source, range.start, range.end)
    }
}

impl Lowering<'_> {
    /// Reports what is wrong with slices that follow each other, and forgets them.
    pub(super) fn explain(&self, broken: &mut Vec<Range<usize>>, form: Form) {
        for range in broken.drain(..) {
            let rule = if form == Form::Item { Rule::only_item } else { Rule::only_entry };
            let slice = &self.text()[range.clone()];
            if let Err(error) = Grammar::parse(rule, slice) {
                let at = match error.location {
                    InputLocation::Pos(at) | InputLocation::Span((at, _)) => range.start + at,
                };
                self.report(Diagnostic::error(codes::SYNTAX, self.range(at..at), format!("{:?}", error.variant)));
            }
        }
    }
}
