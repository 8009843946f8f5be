//! The habits of other languages: each gets its message and is rewritten, so that nothing else breaks.

use super::Scanner;
use crate::diag::{Diagnostic, codes};

impl Scanner<'_> {
    /// At one of the characters that no Vauban text needs outside strings.
    pub(super) fn habit(&mut self) {
        let at = self.at;
        match (self.byte(at), self.byte(at + 1)) {
            (b'/', b'*') => {
                let length = self.rest().find("*/").map_or_else(|| self.line_end(at) - at, |end| end + 2);
                self.comment(length);
            }
            (b'#', _) if self.begins_comment() => self.comment(self.line_end(at) - at),
            (b'\'', _) => self.single_quotes(),
            (b';', _) => self.semicolon(),
            (b'&', b'&') => self.operator(2, "and"),
            (b'|', b'|') => self.operator(2, "or"),
            (b'!', next) if next != b'=' => self.operator(1, "not"),
            _ => self.at += 1,
        }
    }

    /// `a = #fff` is a value that somebody forgot to quote; a `#` anywhere else begins a comment.
    fn begins_comment(&self) -> bool {
        !self.text[self.line..self.at].trim_end().ends_with(['=', ':', ',', '[', '(', '+'])
    }

    fn comment(&mut self, length: usize) {
        let (at, end) = (self.at, self.at + length);
        let sign = if self.byte(at) == b'#' { 1 } else { 2 };
        self.scan.diagnostics.push(
            Diagnostic::error(codes::SYNTAX, self.span(at, at + sign), "comments begin with `//`")
                .at("not a comment here")
                .help("write `//`"),
        );
        // A comment of several lines keeps its newlines, which end the entry before it.
        let blank: String = self.text[at..end].chars().filter(|character| *character == '\n').collect();
        self.edit(at..end, if blank.is_empty() { " ".to_owned() } else { blank });
        self.at = end;
    }

    fn single_quotes(&mut self) {
        let at = self.at;
        let line = &self.text[at + 1..self.line_end(at + 1).max(at + 1)];
        let Some(length) = line.find('\'').filter(|length| !line[..*length].contains('"')) else {
            self.at += 1;
            return;
        };
        let end = at + length + 2;
        let replacement = format!("\"{}\"", &line[..length]);
        self.scan.diagnostics.push(
            Diagnostic::error(codes::SYNTAX, self.span(at, end), "strings stand in double quotes")
                .at("single quotes")
                .help(format!("write `{replacement}`"))
                .fix(self.span(at, end), replacement),
        );
        // The inside goes unread: an escape or a `${` in it would be a second complaint about the same string.
        let inside: String =
            line[..length].chars().map(|character| if character.is_alphanumeric() { character } else { '_' }).collect();
        self.edit(at..end, format!("\"{inside}\""));
        self.at = end;
    }

    fn semicolon(&mut self) {
        let at = self.at;
        let follows = self.text[at + 1..self.line_end(at + 1).max(at + 1)].trim_start();
        let ends_line = follows.is_empty() || follows.starts_with("//") || follows.starts_with('}');
        let help = if ends_line {
            "remove it: a new line ends an attribute"
        } else {
            "write `,` between attributes on one line"
        };
        let replacement = if ends_line { "" } else { "," };
        self.scan.diagnostics.push(
            Diagnostic::error(codes::SYNTAX, self.span(at, at + 1), "`;` does not separate anything")
                .at("not needed")
                .help(help)
                .fix(self.span(at, at + 1), replacement),
        );
        self.edit(at..at + 1, if ends_line { " " } else { "\n" });
        self.at += 1;
    }

    fn operator(&mut self, length: usize, word: &str) {
        let (at, end) = (self.at, self.at + length);
        let shown = &self.text[at..end];
        let replacement = if word == "not" { "not " } else { word };
        self.scan.diagnostics.push(
            Diagnostic::error(codes::SYNTAX, self.span(at, end), format!("`{shown}` is written `{word}`"))
                .at("not an operator")
                .help(format!("write `{word}`"))
                .fix(self.span(at, end), replacement),
        );
        // Blanks around the word, because the sign needed none.
        self.edit(at..end, format!(" {word} "));
        self.at = end;
    }
}
