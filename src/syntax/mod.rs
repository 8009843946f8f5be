//! From text to tree.
//!
//! [`parse`] never fails: what cannot be read leaves a diagnostic, and everything around it is in the tree. The way is
//! `scan` and `repair` (brackets balance, strings end), the grammar (`grammar/vauban.pest`), `lower` (pairs to tree),
//! and for slices that the grammar could not read `recover` and `messages`.

pub mod ast;
mod grammar;
pub mod keywords;
mod lower;
mod messages;
mod recover;
mod repair;
mod scan;
mod tokens;

use pest::Parser;

use crate::diag::{Diagnostic, Diagnostics, Severity, codes};
use crate::source::{SourceId, Span};
use ast::{Expression, File};
use grammar::{Grammar, Rule};
use lower::{Lowering, too_deep};
use recover::Form;
use repair::{Repaired, repair};

/// How deep brackets may nest. Deeper texts are refused before anything walks down into them.
pub const MAX_DEPTH: usize = 256;

/// How large a text may be, in bytes.
pub const MAX_SIZE: usize = 16 * 1024 * 1024;

/// How deep a tree may be: a bracket makes one level or two, an operator one.
const MAX_LEVELS: usize = 2 * MAX_DEPTH;

/// How deep a tree may be that is built on the stack of the caller, which may have 2 MiB and no optimiser.
const LEVELS_ON_CALLERS_STACK: usize = 48;

/// Enough for [`MAX_LEVELS`] without optimiser, with room to spare. Only the touched part is ever real memory.
const LARGE_STACK: usize = 64 * 1024 * 1024;

/// Parses one text, which has no byte order mark. Never fails.
#[must_use]
pub fn parse(id: SourceId, text: &str) -> (File, Diagnostics) {
    let mut file = File::empty(id);
    let mut diagnostics = Diagnostics::default();
    if text.len() > MAX_SIZE {
        diagnostics.push(too_large(id, text));
        file.broken.push(Span::new(id, 0, text.len()));
        return (file, diagnostics);
    }
    let mut repaired = repair(id, text, false);
    let mut result = with_stack(&repaired, |limit| lower_file(id, &repaired, limit));
    let faulty = !repaired.diagnostics.is_empty() || !matches!(&result, Some((_, found)) if found.is_empty());
    if faulty && repaired.suspicious {
        // Brackets that match by accident: one missing here, one too many there.
        repaired = repair(id, text, true);
        result = with_stack(&repaired, |limit| lower_file(id, &repaired, limit));
    }
    let mut found = repaired.diagnostics;
    match result {
        Some((lowered, more)) => {
            file = lowered;
            found.extend(more);
        }
        None => {
            file.broken.push(Span::new(id, 0, text.len()));
            found.push(too_deep(Span::new(id, 0, 0)));
        }
    }
    let faults = found.iter().filter(|one| one.severity == Severity::Error);
    file.broken.extend(faults.map(|one| one.primary.span));
    found.sort_by_key(|diagnostic| diagnostic.primary.span.start);
    diagnostics.extend(found);
    (file, diagnostics)
}

/// Parses one expression, such as the value of `--set name=value`.
#[must_use]
pub fn parse_expression(id: SourceId, text: &str) -> (Option<Expression>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    if text.len() > MAX_SIZE {
        diagnostics.push(too_large(id, text));
        return (None, diagnostics);
    }
    let repaired = repair(id, text, false);
    let result = with_stack(&repaired, |limit| lower_expression(id, &repaired, limit));
    let mended = !repaired.diagnostics.is_empty();
    diagnostics.extend(repaired.diagnostics);
    let Some((expression, found)) = result else {
        diagnostics.push(too_deep(Span::new(id, 0, text.len())));
        return (None, diagnostics);
    };
    if !mended {
        diagnostics.extend(found);
    }
    (expression, diagnostics)
}

fn too_large(id: SourceId, text: &str) -> Diagnostic {
    const MEBIBYTE: usize = 1024 * 1024;
    let message = format!(
        "a source of {} MiB is larger than the {} MiB that the compiler reads",
        text.len() / MEBIBYTE,
        MAX_SIZE / MEBIBYTE
    );
    Diagnostic::error(codes::TOO_LARGE, Span::new(id, 0, 0), message)
        .help("split it into several files of one directory")
}

/// One parse of a repaired text. Nothing: deeper than `limit`, which the caller may try again with more stack.
fn lower_file(id: SourceId, repaired: &Repaired<'_>, limit: usize) -> Option<(File, Diagnostics)> {
    let lowering = Lowering::new(id, repaired, limit);
    let mut file = File::empty(id);
    match Grammar::parse(Rule::file, &repaired.text) {
        Ok(mut pairs) => {
            if let Some(pair) = pairs.next() {
                file = lowering.file(pair);
            }
        }
        // The grammar takes every text that is in good repair, as long as there is stack.
        Err(error) => {
            lowering.report_error(&error, 0..repaired.text.len(), Form::Item);
        }
    }
    finish(lowering, file, limit)
}

fn lower_expression(id: SourceId, repaired: &Repaired<'_>, limit: usize) -> Option<(Option<Expression>, Diagnostics)> {
    let lowering = Lowering::new(id, repaired, limit);
    let mut expression = None;
    match Grammar::parse(Rule::only_expression, &repaired.text) {
        Ok(mut pairs) => expression = pairs.next().map(|pair| lowering.only_expression(pair)),
        Err(error) => {
            lowering.report_error(&error, 0..repaired.text.len(), Form::Expression);
        }
    }
    finish(lowering, expression, limit)
}

fn finish<T>(lowering: Lowering<'_>, lowered: T, limit: usize) -> Option<(T, Diagnostics)> {
    let (diagnostics, too_deep) = lowering.finish();
    (!too_deep || limit >= MAX_LEVELS).then_some((lowered, diagnostics))
}

/// Runs `lower` on the caller's stack when the text is shallow, and on a large one when it is not.
fn with_stack<T: Send>(repaired: &Repaired<'_>, lower: impl Fn(usize) -> Option<T> + Sync) -> Option<T> {
    if repaired.depth <= LEVELS_ON_CALLERS_STACK
        && let Some(result) = lower(LEVELS_ON_CALLERS_STACK)
    {
        return Some(result);
    }
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(LARGE_STACK);
        // A system that grants no thread refuses the text as too deep; a panic stays one.
        let thread = builder.spawn_scoped(scope, || lower(MAX_LEVELS)).ok()?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[cfg(test)]
mod tests;
