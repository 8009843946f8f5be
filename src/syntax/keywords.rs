//! The words of the language, shared with the evaluator and the editors' grammars.

/// Types that need no declaration.
pub const BUILTIN_TYPES: &[&str] = &[
    "Any", "Bool", "Bytes", "Cidr", "Cpu", "Cron", "Date", "Duration", "Host", "Image", "Int", "List", "Map", "Money", "Number", "Percent", "Port",
    "Range", "Rate", "Secret", "String", "Url",
];

/// Functions that need no declaration.
pub const BUILTIN_FUNCTIONS: &[&str] = &[
    "ceil", "contains", "ends-with", "entries", "flatten", "floor", "hash", "join", "json", "keys", "len", "lower", "max", "min", "quorum", "range",
    "read", "replace", "secret", "slug", "sort", "split", "starts-with", "sum", "text", "trim", "unique", "upper", "values", "yaml",
];
