//! Brackets and strings that do not match.

use super::{Edit, Frame, FrameKind, Mode, Scanner, starts_item};
use crate::diag::{Diagnostic, codes};
use crate::syntax::MAX_DEPTH;
use crate::syntax::lower::too_deep;

/// No rule of the grammar takes this character, so that what is closed by guess is dropped and not misread.
const POISON: char = '\0';

fn closer_of(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::Bracket(b'[') => "]",
        FrameKind::Bracket(b'(') => ")",
        FrameKind::Bracket(_) | FrameKind::Interpolation => "}",
        FrameKind::Text => "\"",
        FrameKind::MultiLineText => "\"\"\"",
    }
}

fn is_text(frame: &Frame) -> bool {
    matches!(frame.kind, FrameKind::Text | FrameKind::MultiLineText)
}

impl Scanner<'_> {
    pub(super) fn push(&mut self, kind: FrameKind) {
        let frame = Frame { kind, at: self.at, line: self.line, indent: self.indent };
        self.stack.push(frame);
        if is_text(&frame) {
            return;
        }
        self.depth += 1;
        self.scan.depth = self.scan.depth.max(self.depth);
        if self.depth > MAX_DEPTH {
            self.give_up_too_deep();
        }
    }

    /// Drops everything above `index`.
    fn truncate(&mut self, index: usize) {
        self.depth -= self.stack[index..].iter().filter(|frame| !is_text(frame)).count();
        self.stack.truncate(index);
    }

    pub(super) fn close(&mut self, closer: u8) {
        let at = self.at;
        let text = self.stack.iter().rposition(is_text).map_or(0, |index| index + 1);
        let matches = |frame: &Frame| closer_of(frame.kind).as_bytes() == [closer];
        let nearest = self.stack[text..].iter().rposition(matches).map(|index| text + index);
        let Some(mut opener) = nearest else {
            self.stray(closer);
            return;
        };
        let first_on_line = self.text[self.line..at].trim().is_empty();
        let innermost = self.stack.len() - 1;
        if opener < innermost && self.stack[innermost].line == self.line && self.stack[opener].line != self.line {
            // `[1, 2}`: a bracket of this line is closed by the wrong sign, rather than one of a line before.
            self.unclosed(innermost, at, "this closes something else");
            self.mend(at..at + 1, " ");
            self.truncate(innermost);
            self.at += 1;
            return;
        }
        // A closing bracket that begins its line closes the one whose line is indented alike.
        if self.mode == Mode::Indentation && first_on_line && self.stack[opener].indent != self.indent {
            let aligned = |frame: &Frame| matches(frame) && frame.indent == self.indent;
            match self.stack[text..].iter().rposition(aligned) {
                Some(index) => opener = text + index,
                None if self.stack[opener].indent < self.indent => {
                    self.stray(closer);
                    return;
                }
                None => {}
            }
        }
        if opener + 1 < self.stack.len() {
            self.unclosed(opener + 1, at, "this closes something else");
        }
        self.truncate(opener);
        self.at += 1;
    }

    fn stray(&mut self, closer: u8) {
        let at = self.at;
        let shown = char::from(closer);
        self.scan.strays += 1;
        self.scan.diagnostics.push(
            Diagnostic::error(codes::SYNTAX, self.span(at, at + 1), format!("`{shown}` closes nothing"))
                .at("nothing is open here")
                .help(format!("remove it, or write the bracket that this `{shown}` closes")),
        );
        self.mend(at..at + 1, " ");
        self.at += 1;
        self.broken();
    }

    /// A line that is indented no deeper than the line of an open bracket is not inside that bracket.
    pub(super) fn close_by_indentation(&mut self) {
        if matches!(self.byte(self.at), b'}' | b']' | b')') {
            return;
        }
        let outside = |frame: &Frame| !is_text(frame) && frame.line != self.line && frame.indent >= self.indent;
        let kept = self.stack.iter().rposition(|frame| !outside(frame)).map_or(0, |index| index + 1);
        if kept < self.stack.len() {
            self.unclosed(kept, self.at, "this is indented like the line of the opening bracket");
            self.mend(self.at..self.at, "\n");
            self.truncate(kept);
        }
    }

    /// Reports the brackets from `index` up as one mistake, and closes them at `at`.
    fn unclosed(&mut self, index: usize, at: usize, why: &str) {
        let frames: Vec<Frame> = self.stack[index..].to_vec();
        let Some(innermost) = frames.last() else { return };
        let shown = |frame: &Frame| if frame.kind == FrameKind::Interpolation { "${" } else { opener_of(frame.kind) };
        let length = |frame: &Frame| shown(frame).len();
        let mut diagnostic = Diagnostic::error(
            codes::UNTERMINATED,
            self.span(innermost.at, innermost.at + length(innermost)),
            format!("`{}` is never closed", shown(innermost)),
        )
        .at("opened here");
        for outer in frames.iter().rev().skip(1) {
            diagnostic = diagnostic.label(self.span(outer.at, outer.at + length(outer)), "and here");
        }
        if let Some(character) = self.text[at..].chars().next() {
            diagnostic = diagnostic.label(self.span(at, at + character.len_utf8()), why);
        }
        let closers: Vec<&str> = frames.iter().rev().map(|frame| closer_of(frame.kind)).collect();
        self.scan.diagnostics.push(diagnostic.help(format!("write `{}`", closers.join(" "))));
        let mut inserted = String::new();
        for frame in frames.iter().rev() {
            if frame.kind != FrameKind::Bracket(b'{') {
                inserted.push(POISON);
            }
            inserted.push_str(closer_of(frame.kind));
        }
        self.mend(at..at, inserted);
        self.broken();
    }

    /// Ends the string whose line ends here, keeping the brackets behind it as well as can be guessed.
    pub(super) fn unclosed_text(&mut self) {
        let Some(index) = self.stack.iter().position(|frame| frame.kind == FrameKind::Text) else { return };
        let frame = self.stack[index];
        let interpolation = self.stack.get(index + 1).copied();
        let (start, end, shown, help) = match interpolation {
            Some(open) if open.kind == FrameKind::Interpolation => {
                (open.at, open.at + 2, "${", "write `}` behind the expression; for the characters `${` write `$${`")
            }
            _ => (
                frame.at,
                frame.at + 1,
                "\"",
                "write `\"` behind the text; a text of several lines stands between `\"\"\"`",
            ),
        };
        self.scan.diagnostics.push(
            Diagnostic::error(codes::UNTERMINATED, self.span(start, end), format!("`{shown}` is never closed"))
                .at("opened here")
                .help(help),
        );
        self.truncate(index);
        let end = self.guess_end(frame.at + 1);
        self.mend(frame.at..end, format!("\"\"{POISON}"));
        self.at = end;
        self.broken();
    }

    /// Where a string that begins before `start` was probably meant to end on its line: before an opening brace at the
    /// end, or before the closing brackets at the end that match what the line has opened.
    fn guess_end(&self, start: usize) -> usize {
        let end = self.line_end(start).max(start);
        let rest = &self.text[start..end];
        let trailing = rest.trim_end_matches(['}', ']', ')', ' ', '\t', ',']).len();
        if let Some(before) = rest.strip_suffix(['{', '[', '(']) {
            return start + before.trim_end().len();
        }
        let opened = self.stack.iter().rev().take_while(|frame| frame.line == self.line && !is_text(frame));
        let opened: Vec<&str> = opened.map(|frame| closer_of(frame.kind)).collect();
        for (offset, _) in rest[trailing..].char_indices() {
            let tail = rest[trailing + offset..].chars().filter(|character| "}])".contains(*character));
            let tail: Vec<String> = tail.map(String::from).collect();
            if !tail.is_empty()
                && tail.len() <= opened.len()
                && tail.iter().zip(&opened).all(|(left, right)| left == right)
            {
                return start + trailing + offset;
            }
        }
        end
    }

    /// A multi-line string that never ends would swallow the rest of the file: it ends before the next item.
    fn unclosed_multi_line_text(&mut self, index: usize) {
        let frame = self.stack[index];
        self.scan.diagnostics.push(
            Diagnostic::error(codes::UNTERMINATED, self.span(frame.at, frame.at + 3), "`\"\"\"` is never closed")
                .at("opened here")
                .help("write `\"\"\"` behind the text"),
        );
        self.truncate(index);
        let end = self.next_item(frame.at);
        self.mend(frame.at..end, format!("\"\"{POISON}\n"));
        self.at = end;
        self.broken();
        if end < self.text.len() && self.mode != Mode::Whole {
            self.finish(end);
        }
    }

    /// The next line that begins with an item keyword in column 0, whatever stands around it.
    fn next_item(&self, from: usize) -> usize {
        let newlines = self.text[from..].match_indices('\n').map(|(offset, _)| from + offset + 1);
        newlines.into_iter().find(|line| starts_item(&self.text[*line..])).unwrap_or(self.text.len())
    }

    fn give_up_too_deep(&mut self) {
        let end = self.next_item(self.at);
        self.scan.diagnostics = vec![too_deep(self.span(self.at, self.at + 1))];
        self.scan.edits = vec![Edit { range: self.start..end, text: "\n".to_owned(), silences: true }];
        self.stack.clear();
        self.broken();
        self.stop(end);
    }

    /// Ends the scan at `end`, where everything must be closed.
    pub(super) fn finish(&mut self, end: usize) {
        if self.stack.iter().any(|frame| frame.kind == FrameKind::Text) {
            return self.unclosed_text();
        }
        if let Some(index) = self.stack.iter().position(is_text) {
            return self.unclosed_multi_line_text(index);
        }
        if !self.stack.is_empty() {
            self.mend(end..end, "\n");
            self.unclosed(0, end, "the next item begins here");
            self.mend(end..end, "\n");
        }
        self.stop(end);
    }

    fn stop(&mut self, end: usize) {
        self.scan.end = end;
        self.done = true;
    }

    /// Something does not balance. A scan of the whole text leaves the repair to a closer look.
    fn broken(&mut self) {
        self.scan.broken = true;
        if self.mode == Mode::Whole {
            self.stop(self.at);
        }
    }
}

fn opener_of(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::Bracket(b'[') => "[",
        FrameKind::Bracket(b'(') => "(",
        _ => "{",
    }
}
