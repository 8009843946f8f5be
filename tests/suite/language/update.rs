//! Rewriting what is expected of sections that fail.

use std::fs;

use super::Failure;
use super::section::{Document, diagnostic, remark};

/// Rewrites the documents so that what occurred is what is expected. Expectations that were fulfilled stay as written.
pub(super) fn rewrite(documents: &[Document], failures: &[((usize, usize), Failure)]) {
    for (index, document) in documents.iter().enumerate() {
        if !failures.iter().any(|((of, _), _)| *of == index) {
            continue;
        }
        let mut text = document.common.clone();
        for (number, section) in document.sections.iter().enumerate() {
            let failure = failures.iter().find(|(place, _)| *place == (index, number)).map(|(_, failure)| failure);
            text.push_str(&format!("--- {}\n", section.name));
            for (position, file) in section.files.iter().enumerate() {
                if position > 0 || file.first != section.line {
                    text.push_str(&format!("// file: {}\n", file.path));
                }
                let last = position + 1 == section.files.len();
                let lines = match failure {
                    Some(Failure { occurred: Some(_), .. }) => rewritten(document, number, position, last, failure),
                    _ => file.lines.clone(),
                };
                for line in lines {
                    text.push_str(&line);
                    text.push('\n');
                }
            }
        }
        fs::write(&document.path, text).expect("the files of the suite are writable");
    }
}

fn rewritten(
    document: &Document,
    number: usize,
    position: usize,
    last: bool,
    failure: Option<&Failure>,
) -> Vec<String> {
    let section = &document.sections[number];
    let file = &section.files[position];
    let Some(Failure { occurred: Some(occurred), values, .. }) = failure else {
        return file.lines.clone();
    };
    let lines_of = |place: Option<(usize, usize)>, indent: &str| {
        let mut lines = Vec::new();
        for one in occurred.iter().filter(|one| one.place == place) {
            match one.expected {
                Some(expected) => lines.extend(section.expectations[expected].lines.iter().cloned()),
                None if place.is_none() => lines.push(format!("// {}", one.headline.replacen(": ", " elsewhere: ", 1))),
                None => lines.push(format!("{indent}// {}", one.headline)),
            }
        }
        lines
    };
    let mut out = Vec::new();
    let mut inside = false;
    for (index, line) in file.lines.iter().enumerate() {
        inside = diagnostic(line).is_some() || (inside && remark(line).is_some());
        if inside {
            continue;
        }
        let indent: String = line.chars().take_while(|character| *character == ' ').collect();
        out.extend(lines_of(Some((position, index + 1)), &indent));
        let value = values.iter().find(|(file, at, _)| (*file, *at) == (position, index + 1));
        match (value, line.split_once("//=")) {
            (Some((_, _, found)), Some((source, _))) => out.push(format!("{source}//= {found}")),
            _ => out.push(line.clone()),
        }
    }
    if last {
        while out.last().is_some_and(|line| line.trim().is_empty()) {
            out.pop();
        }
        out.extend(lines_of(None, ""));
        out.push(String::new());
    }
    out
}
