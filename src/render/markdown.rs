//! Tables and texts in Markdown.

/// Text for a cell: a bar or a newline would end it.
pub(crate) fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text as code, whatever is in it.
pub(crate) fn code(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A table, or nothing when it would have no rows. Columns whose heading begins with `>` are aligned to the right.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let names: Vec<_> = headings.iter().map(|heading| heading.trim_start_matches('>')).collect();
    let rules: Vec<_> = headings.iter().map(|heading| if heading.starts_with('>') { "--:" } else { "---" }).collect();
    let mut text = format!("| {} |\n|{}|\n", names.join(" | "), rules.join("|"));
    for row in rows {
        let cells: Vec<_> = row.iter().map(|text| cell(text)).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cell_ends_it() {
        let text = table(&["A", ">B"], &[vec!["x|y".to_owned(), "1\n2".to_owned()]]);
        assert_eq!(text, "| A | B |\n|---|--:|\n| x\\|y | 1 2 |\n");
        assert_eq!(table(&["A"], &[]), "");
    }

    #[test]
    fn code_with_backticks_stays_code() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
    }
}
