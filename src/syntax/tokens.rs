//! A rough split of a statement into tokens, for messages only: what stands before a mistake, and what after it.

use std::ops::Range;

/// The tokens of `slice`. The string that holds `at` is taken apart, because the mistake is in one of its `${…}`.
pub(super) fn tokens(text: &str, slice: Range<usize>, at: usize) -> Vec<Range<usize>> {
    let mut tokens = Vec::new();
    let mut from = slice.start;
    while let Some(start) = next_start(text, from, slice.end) {
        let length = token_length(&text[start..slice.end]).max(1);
        let end = start + length;
        if text[start..].starts_with('"') && start < at && at < end {
            // Only what follows the last `${` before the mistake.
            let open = text[start..at].rfind("${").map_or(start + 1, |offset| start + offset + 2);
            from = open;
            continue;
        }
        tokens.push(start..end);
        from = end;
    }
    tokens
}

/// Where the next token begins, blanks and comments skipped.
fn next_start(text: &str, mut from: usize, end: usize) -> Option<usize> {
    loop {
        let rest = text.get(from..end)?;
        let trimmed = rest.trim_start_matches(|character: char| character.is_whitespace() || character == '\0');
        from += rest.len() - trimmed.len();
        if trimmed.is_empty() {
            return None;
        }
        if !trimmed.starts_with("//") {
            return Some(from);
        }
        from += trimmed.find('\n')?;
    }
}

fn token_length(rest: &str) -> usize {
    const LONG_SIGNS: &[&str] = &["==", "!=", "<=", ">=", "=>", "->", "??", "?.", "..", "&&", "||", "${"];
    let first = rest.chars().next().unwrap_or(' ');
    if first == '"' {
        return string_length(rest);
    }
    if first.is_ascii_digit() {
        return number_length(rest);
    }
    if first.is_alphabetic() || first == '_' {
        return rest
            .find(|character: char| !character.is_alphanumeric() && !"_-".contains(character))
            .unwrap_or(rest.len());
    }
    LONG_SIGNS.iter().find(|sign| rest.starts_with(**sign)).map_or(first.len_utf8(), |sign| sign.len())
}

/// Digits with a suffix and a rate, as in `10MB/s`, or a date.
fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let mut end = 0;
    loop {
        let (here, next) = (at(end), at(end + 1));
        let joins = here.is_ascii_alphanumeric()
            || matches!(here, b'_' | b'%')
            || here == b'.' && next.is_ascii_digit()
            || here == b'/' && next.is_ascii_alphabetic()
            || here == b'-' && next.is_ascii_digit() && matches!(end, 4 | 7);
        if !joins {
            return end;
        }
        end += 1;
    }
}

/// A string with its interpolations, in which strings may nest.
fn string_length(rest: &str) -> usize {
    let quotes = if rest.starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
    let mut end = quotes.len();
    // How many braces are open in each interpolation that is being skipped.
    let mut braces = 0_usize;
    while let Some(inside) = rest.get(end..) {
        let Some(first) = inside.chars().next() else { break };
        end += if braces > 0 {
            match first {
                '{' => braces += 1,
                '}' => braces -= 1,
                _ => {}
            }
            if first == '"' { string_length(inside) } else { first.len_utf8() }
        } else if inside.starts_with(quotes) {
            return end + quotes.len();
        } else if inside.starts_with("$${") {
            3
        } else if inside.starts_with("${") {
            braces = 1;
            2
        } else if first == '\\' {
            1 + inside[1..].chars().next().map_or(0, char::len_utf8)
        } else {
            first.len_utf8()
        };
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn strings_numbers_and_signs_are_whole_tokens() {
        let text = r#"a-b = "x ${f("}", { y })}" // c
 10MB/s .. 2026-12-31 5-3 99.9%"#;
        let split: Vec<&str> = tokens(text, 0..text.len(), 0).into_iter().map(|range| &text[range]).collect();
        let expected = ["a-b", "=", r#""x ${f("}", { y })}""#, "10MB/s", "..", "2026-12-31", "5", "-", "3", "99.9%"];
        assert_eq!(split, expected);
    }

    #[test]
    fn a_string_with_a_mistake_in_it_is_taken_apart() {
        let text = r#"x = "a ${b c} d""#;
        let at = text.find('c').unwrap_or(0);
        let split: Vec<&str> = tokens(text, 0..text.len(), at).into_iter().map(|range| &text[range]).collect();
        assert_eq!(split[..4], ["x", "=", "b", "c"]);
    }
}
