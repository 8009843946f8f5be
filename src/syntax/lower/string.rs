//! Strings: escapes, interpolation, the indentation of multi-line ones.

use pest::iterators::Pair;

use super::{Lowering, only};
use crate::diag::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{Expression, ExpressionKind, StringPart, Word};
use crate::syntax::grammar::Rule;

/// A piece of a string before indentation is stripped: only newlines and blanks that the author typed as such count.
enum Piece {
    Raw(String),
    Escaped(String),
    Expression(Expression),
}

impl Lowering<'_> {
    /// Lowers a `string` to an expression.
    pub(super) fn string(&self, pair: Pair<'_, Rule>) -> Expression {
        Expression { span: self.span(&pair), kind: ExpressionKind::String(self.string_parts(pair)) }
    }

    /// Lowers a `string`.
    pub(super) fn string_parts(&self, pair: Pair<'_, Rule>) -> Vec<StringPart> {
        let span = self.span(&pair);
        let mut multi_line = false;
        let mut pieces = Vec::new();
        for piece in pair.into_inner() {
            match piece.as_rule() {
                Rule::multi_open => multi_line = true,
                Rule::escape => pieces.push(Piece::Escaped(self.escape(&piece))),
                Rule::interpolation => pieces.push(Piece::Expression(self.expression(only(piece)))),
                _ => pieces.push(Piece::Raw(piece.as_str().replace("\r\n", "\n"))),
            }
        }
        if multi_line {
            self.strip_indentation(&mut pieces, span);
        }
        join(pieces)
    }

    /// Lowers a `fixed_text`, in which nothing may interpolate. The span includes the quotes.
    pub(super) fn fixed_text(&self, pair: Pair<'_, Rule>) -> Word {
        let span = self.span(&pair);
        let mut text = String::new();
        for part in self.string_parts(only(pair)) {
            match part {
                StringPart::Text(part) => text.push_str(&part),
                StringPart::Expression(expression) => self.report(
                    Diagnostic::error(codes::SYNTAX, expression.span, "this string cannot interpolate")
                        .at("not allowed here")
                        .help("write the text itself"),
                ),
            }
        }
        Word { text, span }
    }

    fn escape(&self, pair: &Pair<'_, Rule>) -> String {
        let written = pair.as_str();
        let simple = match written {
            "$${" => "${",
            "\\n" => "\n",
            "\\t" => "\t",
            "\\r" => "\r",
            "\\\"" => "\"",
            "\\\\" => "\\",
            "\\$" => "$",
            _ => "",
        };
        if !simple.is_empty() {
            return simple.to_owned();
        }
        let code_point = written.strip_prefix("\\u{").and_then(|rest| rest.strip_suffix('}'));
        let digits =
            code_point.filter(|digits| digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let character = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        if let Some(character) = character {
            return character.to_string();
        }
        let shown = written.trim_end();
        let error = Diagnostic::error(codes::UNKNOWN_ESCAPE, self.span(pair), format!("unknown escape `{shown}`"));
        self.report(match code_point {
            Some(_) => {
                error.at("not a character of Unicode").help("write one to six hexadecimal digits, such as `\\u{1F600}`")
            }
            None => error
                .at("no such escape")
                .help(r#"the escapes are `\n \t \r \" \\ \$ \u{1F600}`; write `\\` for a backslash"#),
        });
        written.to_owned()
    }

    /// Drops the newline behind the opening quotes, the common indentation, and the newline before the closing ones.
    fn strip_indentation(&self, pieces: &mut [Piece], span: Span) {
        let starts_on_next_line = match pieces.first_mut() {
            None => return,
            Some(Piece::Raw(text)) => match text.split_once('\n') {
                Some((before, after)) if before.trim().is_empty() => {
                    *text = after.to_owned();
                    true
                }
                _ => false,
            },
            Some(_) => false,
        };
        if !starts_on_next_line {
            let help = "put a line break behind the opening `\"\"\"`, or use a plain string";
            self.report(
                Diagnostic::error(codes::SYNTAX, span, "the text of a multi-line string starts on the next line")
                    .at("text on the line of the opening quotes")
                    .help(help),
            );
            return;
        }
        let indentation = common_indentation(pieces);
        let last = pieces.len() - 1;
        let mut at_line_start = true;
        for (index, piece) in pieces.iter_mut().enumerate() {
            if let Piece::Raw(text) = piece {
                let mut stripped = strip_lines(text, &indentation, at_line_start);
                if index == last {
                    drop_closing_line(&mut stripped, at_line_start);
                }
                *text = stripped;
            }
            at_line_start = false;
        }
    }
}

/// The longest run of blanks that all lines with content begin with.
fn common_indentation(pieces: &[Piece]) -> String {
    let mut common: Option<String> = None;
    let mut at_line_start = true;
    for (index, piece) in pieces.iter().enumerate() {
        if let Piece::Raw(text) = piece {
            for (number, line) in text.split('\n').enumerate() {
                let content = line.trim_start_matches([' ', '\t']);
                // Blanks alone are content when an interpolation or an escape continues the line.
                let continued = number == text.matches('\n').count() && index + 1 < pieces.len();
                if (number > 0 || at_line_start) && (!content.is_empty() || continued) {
                    let blanks = &line[..line.len() - content.len()];
                    common = Some(common.map_or_else(|| blanks.to_owned(), |common| shared_prefix(&common, blanks)));
                }
            }
        } else if at_line_start {
            return String::new();
        }
        at_line_start = false;
    }
    common.unwrap_or_default()
}

fn shared_prefix(left: &str, right: &str) -> String {
    left.chars().zip(right.chars()).take_while(|(left, right)| left == right).map(|(character, _)| character).collect()
}

fn strip_lines(text: &str, indentation: &str, at_line_start: bool) -> String {
    let strip = |(number, line): (usize, &str)| {
        if number == 0 && !at_line_start {
            return line.to_owned();
        }
        // A blank line may be shorter than the indentation.
        line.strip_prefix(indentation).unwrap_or_else(|| line.trim_start_matches([' ', '\t'])).to_owned()
    };
    text.split('\n').enumerate().map(strip).collect::<Vec<_>>().join("\n")
}

/// The line of the closing quotes holds nothing but blanks: it and the newline before it are not text.
fn drop_closing_line(text: &mut String, at_line_start: bool) {
    match text.rfind('\n') {
        Some(newline) if text[newline..].trim().is_empty() => text.truncate(newline),
        None if at_line_start && text.trim().is_empty() => text.clear(),
        _ => {}
    }
}

fn join(pieces: Vec<Piece>) -> Vec<StringPart> {
    let mut parts: Vec<StringPart> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Expression(expression) => parts.push(StringPart::Expression(expression)),
            Piece::Raw(text) | Piece::Escaped(text) => match parts.last_mut() {
                _ if text.is_empty() => {}
                Some(StringPart::Text(before)) => before.push_str(&text),
                _ => parts.push(StringPart::Text(text)),
            },
        }
    }
    parts
}
