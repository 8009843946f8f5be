//! From text to tree.
//!
//! [`parse`] never fails: what cannot be read leaves a diagnostic, and everything around it is in the tree.

pub mod ast;
mod grammar;
pub mod keywords;
mod lower;
mod recover;

use std::borrow::Cow;

use pest::Parser;

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::source::{SourceId, Span};
use ast::{Expression, File};
use grammar::{Grammar, Rule};
use lower::Lowering;
use recover::Repaired;

/// How deep brackets and operators may nest. Deeper texts are refused before they can exhaust the stack.
pub const MAX_DEPTH: usize = 256;

/// Parses one text, which has no byte order mark. Never fails.
#[must_use]
pub fn parse(id: SourceId, text: &str) -> (File, Diagnostics) {
    let repaired = Repaired { text: Cow::Borrowed(text) };
    let lowering = Lowering::new(id, &repaired);
    let mut file = File { source: id, items: Vec::new() };
    match Grammar::parse(Rule::file, &repaired.text) {
        Ok(mut pairs) => {
            if let Some(pair) = pairs.next() {
                file = lowering.file(pair);
            }
        }
        Err(error) => {
            lowering.report(Diagnostic::error(codes::SYNTAX, Span::new(id, 0, 0), format!("{error}")));
        }
    }
    (file, lowering.into_diagnostics())
}

/// Parses one expression, such as the value of `--set name=value`.
#[must_use]
pub fn parse_expression(id: SourceId, text: &str) -> (Option<Expression>, Diagnostics) {
    let repaired = Repaired { text: Cow::Borrowed(text) };
    let lowering = Lowering::new(id, &repaired);
    let mut expression = None;
    match Grammar::parse(Rule::only_expression, &repaired.text) {
        Ok(mut pairs) => expression = pairs.next().map(|pair| lowering.only_expression(pair)),
        Err(error) => {
            lowering.report(Diagnostic::error(codes::SYNTAX, Span::new(id, 0, 0), format!("{error}")));
        }
    }
    (expression, lowering.into_diagnostics())
}

#[cfg(test)]
mod tests;
