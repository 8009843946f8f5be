//! Names of instances: unique over all of them, and none that means something else.

use std::collections::{BTreeMap, BTreeSet};

use crate::syntax::keywords::{BUILTIN_FUNCTIONS, EXPRESSION_KEYWORDS};

/// Names that are in scope everywhere.
const TAKEN: [&str; 12] = [
    "cluster",
    "internet",
    "self",
    "name",
    "environment",
    "system",
    "components",
    "inbound",
    "outbound",
    "wave",
    "it",
    "spec",
];

/// Those that are given.
#[derive(Debug, Default)]
pub(super) struct Names {
    given: BTreeSet<String>,
    /// The first wish for each, which for a namespace is its name.
    of: BTreeMap<String, String>,
}

impl Names {
    /// The first of some wishes that is free, or the last with a number.
    pub(super) fn take(&mut self, wishes: &[String]) -> String {
        let last = wishes.last().cloned().unwrap_or_default();
        let numbered = (2u32..).map(|number| format!("{last}-{number}"));
        let is_free = |name: &String| !self.given.contains(name) && !is_reserved(name);
        let name = wishes.iter().cloned().chain(numbered).map(|wish| word(&wish)).find(is_free).unwrap_or_default();
        self.given.insert(name.clone());
        if let Some(first) = wishes.first() {
            self.of.entry(first.clone()).or_insert_with(|| name.clone());
        }
        name
    }

    /// How the instance of a namespace is called.
    pub(super) fn of_namespace(&self, namespace: &str) -> String {
        self.of.get(namespace).cloned().unwrap_or_else(|| word(namespace))
    }
}

fn is_reserved(name: &str) -> bool {
    TAKEN.contains(&name) || [EXPRESSION_KEYWORDS, BUILTIN_FUNCTIONS].iter().any(|list| list.contains(&name))
}

/// A label of DNS that is a word of the language as well.
fn word(text: &str) -> String {
    let mut word = label(text);
    // A Service may be named after it.
    word.truncate(63);
    word.trim_end_matches('-').to_owned()
}

/// A word of letters, digits and dashes that begins with a letter.
pub(super) fn label(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let plain: String = lower.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let plain = plain.trim_matches('-');
    if plain.starts_with(|first: char| first.is_ascii_alphabetic()) { plain.to_owned() } else { format!("n-{plain}") }
}

/// The name of a file.
pub(super) fn file(namespace: &str) -> String {
    let name = label(namespace);
    if name == "main" || name == "cluster-wide" { format!("{name}-namespace") } else { name }
}
