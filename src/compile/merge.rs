//! The same fault found in several environments is told once.

use crate::diag::{Diagnostic, Diagnostics};

/// Merges messages that differ in their environment only. What the base shows, too, is a fact about the source and
/// names no environment; otherwise all environments are named, in the order of the source.
pub(super) fn merge(diagnostics: Diagnostics, order: &[&str]) -> Diagnostics {
    let mut groups: Vec<(Diagnostic, Vec<Option<String>>)> = Vec::new();
    let mut index: std::collections::HashMap<(&'static str, u32, u32, String), Vec<usize>> =
        std::collections::HashMap::new();
    for mut diagnostic in diagnostics {
        let environment = diagnostic.environment.take();
        let span = diagnostic.primary.span;
        let key = (diagnostic.code.number(), span.start, span.end, diagnostic.message.clone());
        let candidates = index.entry(key).or_default();
        match candidates.iter().copied().find(|position| groups[*position].0 == diagnostic) {
            Some(position) => groups[position].1.push(environment),
            None => {
                candidates.push(groups.len());
                groups.push((diagnostic, vec![environment]));
            }
        }
    }
    let mut merged = Diagnostics::default();
    for (mut diagnostic, environments) in groups {
        let everywhere = environments.contains(&None);
        if !everywhere {
            let named = order.iter().filter(|name| environments.iter().flatten().any(|other| other == *name));
            let names: Vec<&str> = named.copied().collect();
            diagnostic.environment = (!names.is_empty()).then(|| names.join(", "));
        }
        merged.push(diagnostic);
    }
    merged
}
