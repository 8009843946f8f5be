//! The words of the language, for everybody who must know them: the grammar's test, suggestions, the editors.

/// Words that begin an item at the top level.
pub const ITEM_KEYWORDS: &[&str] = &[
    "use",
    "input",
    "let",
    "fn",
    "type",
    "api",
    "kind",
    "system",
    "hardware",
    "namespace",
    "component",
    "expose",
    "application",
    "environment",
    "policy",
    "budget",
    "accept",
    "test",
    "for",
    "if",
];

/// Words that begin a statement in a body and are no items.
pub const STATEMENT_KEYWORDS: &[&str] = &[
    "also",
    "output",
    "emit",
    "footprint",
    "refine",
    "without",
    "needs",
    "wants",
    "reaches",
    "require",
    "expect",
    "given",
];

/// Words that begin a clause inside an item or a statement.
pub const CLAUSE_KEYWORDS: &[&str] = &["as", "from", "on", "via", "until", "finding"];

/// Words that an expression cannot use as names; `if` and `for` are items as well.
pub const EXPRESSION_KEYWORDS: &[&str] = &[
    "if", "then", "else", "match", "for", "in", "is", "and", "or", "not", "of", "where", "with", "true", "false",
    "none",
];

/// Every suffix that a number may have.
pub const UNITS: &[&str] = &[
    "m", "Ki", "Mi", "Gi", "Ti", "Pi", "KiB", "MiB", "GiB", "TiB", "PiB", "k", "K", "M", "G", "T", "P", "kB", "KB",
    "MB", "GB", "TB", "PB", "ms", "s", "min", "h", "d", "mo", "y", "%",
];

/// The types that need no declaration.
pub const BUILTIN_TYPES: &[&str] = &[
    "Int", "Number", "Bool", "String", "Cpu", "Bytes", "Duration", "Percent", "Rate", "Money", "Date", "Port", "Cron",
    "Cidr", "Host", "Url", "Image", "Secret", "Any", "Range", "List", "Map",
];

/// The functions that need no declaration.
pub const BUILTIN_FUNCTIONS: &[&str] = &[
    "sum",
    "min",
    "max",
    "len",
    "join",
    "lower",
    "upper",
    "keys",
    "values",
    "entries",
    "flatten",
    "sort",
    "unique",
    "contains",
    "starts-with",
    "ends-with",
    "split",
    "replace",
    "trim",
    "slug",
    "text",
    "hash",
    "yaml",
    "json",
    "read",
    "range",
    "ceil",
    "floor",
    "quorum",
    "secret",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_keyword_has_a_rule_and_every_rule_a_keyword() {
        let grammar = include_str!("../../grammar/vauban.pest");
        let rules: BTreeSet<&str> = grammar
            .lines()
            .filter_map(|line| line.strip_prefix("kw_")?.split_once('='))
            .map(|(name, definition)| {
                let name = name.trim();
                assert_eq!(definition.trim(), format!("@{{ \"{name}\" ~ !name_character }}"));
                name
            })
            .collect();
        let words: BTreeSet<&str> = [ITEM_KEYWORDS, STATEMENT_KEYWORDS, CLAUSE_KEYWORDS, EXPRESSION_KEYWORDS]
            .into_iter()
            .flatten()
            .copied()
            .collect();
        assert_eq!(rules, words);
    }

    #[test]
    fn the_reference_names_every_builtin() {
        let reference = include_str!("../../docs/language.md");
        for word in BUILTIN_FUNCTIONS.iter().chain(BUILTIN_TYPES) {
            assert!(reference.contains(word), "{word}");
        }
    }
}
