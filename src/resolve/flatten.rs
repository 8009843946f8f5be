//! Bodies as flat lists: every entry with the `if`s and `for`s around it.
//!
//! Attributes under a condition must be found by name without evaluating the condition, since the condition may read
//! other attributes of the same body.

use crate::syntax::ast::{Body, Entry, EntryKind, Expression, ForEntry};

/// What stands around an entry.
#[derive(Debug, Clone, Copy)]
pub enum Guard<'a> {
    /// The entry counts when the condition has this value.
    If(&'a Expression, bool),
    /// The entry counts once for each element.
    For(&'a ForEntry),
}

/// An entry with its guards, outermost first.
#[derive(Debug, Clone)]
pub struct Located<'a> {
    pub guards: Vec<Guard<'a>>,
    pub entry: &'a Entry,
}

/// The entries of a body without `if` and `for`.
#[must_use]
pub fn flatten(body: &Body) -> Vec<Located<'_>> {
    let mut located = Vec::with_capacity(body.entries.len());
    collect(body, &mut Vec::new(), &mut located);
    located
}

fn collect<'a>(body: &'a Body, guards: &mut Vec<Guard<'a>>, located: &mut Vec<Located<'a>>) {
    for entry in &body.entries {
        match &entry.kind {
            EntryKind::If(branch) => {
                guards.push(Guard::If(&branch.condition, true));
                collect(&branch.then, guards, located);
                guards.pop();
                if let Some(otherwise) = &branch.otherwise {
                    guards.push(Guard::If(&branch.condition, false));
                    collect(otherwise, guards, located);
                    guards.pop();
                }
            }
            EntryKind::For(each) => {
                guards.push(Guard::For(each));
                collect(&each.body, guards, located);
                guards.pop();
            }
            _ => located.push(Located { guards: guards.clone(), entry }),
        }
    }
}
