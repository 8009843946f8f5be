//! Which names a Rust source mentions, as far as the rules need to know: no parser, only words and braces.

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn first_word(text: &str) -> &str {
    text.split(|character| !is_word(character)).next().unwrap_or_default()
}

fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// The first words behind a path: one of `a::b`, all of `{a, b::c, d::{e, f}}`.
fn heads(rest: &str) -> Vec<String> {
    let Some(group) = rest.strip_prefix('{') else { return vec![first_word(rest).to_owned()] };
    let (mut depth, mut heads, mut is_head) = (0_usize, Vec::new(), true);
    for (offset, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => is_head = true,
            other if depth == 0 && is_head && is_word(other) => {
                heads.push(first_word(&group[offset..]).to_owned());
                is_head = false;
            }
            _ => {}
        }
    }
    heads
}

/// Every `crate::NAME` with its line.
pub(super) fn crate_names(text: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for (offset, prefix) in text.match_indices("crate::") {
        // `$crate::` of a macro is the same crate; `pub(in crate::x)` is, too.
        if text[..offset].ends_with(is_word) {
            continue;
        }
        let rest = &text[offset + prefix.len()..];
        names.extend(heads(rest).into_iter().map(|name| (line_of(text, offset), name)));
    }
    names
}

/// The lines that mention a crate or one of `std`'s modules by its path, in groups such as `std::{env, fs}`, too.
pub(super) fn mentions(text: &str, path: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    for (offset, _) in text.match_indices(path) {
        let (before, after) = (&text[..offset], &text[offset + path.len()..]);
        let is_path = after.starts_with("::") || (before.ends_with("use ") && !after.starts_with(is_word));
        if !before.ends_with(is_word) && is_path {
            lines.push(line_of(text, offset));
        }
    }
    if let Some((library, module)) = path.split_once("::") {
        let opening = format!("{library}::{{");
        for (offset, _) in text.match_indices(&opening) {
            let group = &text[offset + library.len() + 2..];
            if !text[..offset].ends_with(is_word) && heads(group).iter().any(|head| head == module) {
                lines.push(line_of(text, offset));
            }
        }
    }
    lines
}
