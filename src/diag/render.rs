//! Diagnostics for people.

mod snippet;
#[cfg(test)]
mod tests;

use super::{Diagnostic, Fix, Severity, list};
use crate::source::SourceMap;

/// How the terminal wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to write ANSI colours.
    pub color: bool,
    /// The columns at which prose is wrapped; 0 never wraps. Excerpts of sources and tables are never wrapped.
    pub width: usize,
    /// Whether to draw with box characters, or with ASCII.
    pub unicode: bool,
}

impl Style {
    /// For files, tests and pipes: no colours, 100 columns, box characters.
    pub const PLAIN: Self = Self { color: false, width: 100, unicode: true };

    fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// One diagnostic: headline, excerpts, notes, help. Ends with a newline.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, style: &Style) -> String {
    let environments = [diagnostic.environment.as_deref()];
    render_in(diagnostic, &environments, sources, style)
}

/// Several diagnostics with an empty line between them. Neighbours that differ only in the environment become one, so that a
/// fault in the base is not told again for every environment.
pub fn render_all<'a>(
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
    sources: &SourceMap,
    style: &Style,
) -> String {
    let mut groups: Vec<(&Diagnostic, Vec<Option<&str>>)> = Vec::new();
    for diagnostic in diagnostics {
        match groups.last_mut() {
            Some((first, environments)) if same_but_environment(first, diagnostic) => {
                environments.push(diagnostic.environment.as_deref());
            }
            _ => groups.push((diagnostic, vec![diagnostic.environment.as_deref()])),
        }
    }
    let rendered: Vec<String> =
        groups.iter().map(|(diagnostic, environments)| render_in(diagnostic, environments, sources, style)).collect();
    rendered.join("\n")
}

/// One line, `file:line:column: error[V0401]: message`, for editors and logs. Ends with a newline.
#[must_use]
pub fn render_short(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let span = diagnostic.primary.span;
    let place = match (sources.get(span.source), sources.start(span)) {
        (Some(source), Some(at)) => format!("{}:{}:{}: ", source.name, at.line, at.column),
        _ => String::new(),
    };
    let environment = of_environments(&[diagnostic.environment.as_deref()]);
    let (word, code) = (word(diagnostic.severity), diagnostic.code.number());
    let message = diagnostic.message.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{place}{word}[{code}]{environment}: {message}\n")
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn same_but_environment(left: &Diagnostic, right: &Diagnostic) -> bool {
    left.environment != right.environment
        && *left == Diagnostic { environment: left.environment.clone(), ..right.clone() }
}

/// ` in production`, ` in the base, production and staging`, or nothing for the base alone.
fn of_environments(environments: &[Option<&str>]) -> String {
    let names: Vec<&str> = environments.iter().map(|environment| environment.unwrap_or("the base")).collect();
    match names.as_slice() {
        [] => String::new(),
        [_] if environments == [None] => String::new(),
        names => format!(" in {}", list(names)),
    }
}

fn render_in(diagnostic: &Diagnostic, environments: &[Option<&str>], sources: &SourceMap, style: &Style) -> String {
    let color = if diagnostic.severity == Severity::Error { "1;31" } else { "1;33" };
    let code = format!("{}[{} {}]", word(diagnostic.severity), diagnostic.code.number(), diagnostic.code.name());
    let environment = of_environments(environments);
    let indent = code.chars().count() + environment.chars().count() + 2;
    let message = wrapped(&diagnostic.message, indent, "  ", style.width);
    let mut text = format!(
        "{}{environment}: {}\n{}",
        style.paint(color, &code),
        style.paint("1", &message),
        snippet::snippets(diagnostic, sources, style)
    );
    for note in &diagnostic.notes {
        remark(&mut text, "note", note, style);
    }
    for help in &diagnostic.help {
        remark(&mut text, "help", help, style);
    }
    for fix in &diagnostic.fixes {
        if !diagnostic.help.iter().any(|help| says(help, &fix.replacement)) {
            remark(&mut text, "help", &repair(fix, diagnostic, sources), style);
        }
    }
    if style.color {
        return text;
    }
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// Whether a help already states the replacement, so that it is not said twice.
fn says(help: &str, replacement: &str) -> bool {
    let bare = replacement.trim().trim_matches(['"', '\'']);
    !bare.is_empty() && (help.contains(&format!("{bare}`")) || help.contains(&format!("{}`", replacement.trim())))
}

/// A fix in words. The place is told where it is not the primary one.
fn repair(fix: &Fix, diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let replaced = sources.text(fix.span).trim();
    let place = if fix.span == diagnostic.primary.span || sources.get(fix.span.source).is_none() {
        String::new()
    } else {
        format!(" at {}", sources.cite(fix.span))
    };
    let replacement = fix.replacement.trim();
    match (replacement.contains('\n'), replacement.is_empty(), replaced.is_empty() || replaced.contains('\n')) {
        (_, true, true) => format!("remove this{place}"),
        (_, true, false) => format!("remove `{replaced}`{place}"),
        (true, ..) => format!("write{place}\n{replacement}"),
        (false, false, true) => format!("write `{replacement}`{place}"),
        (false, false, false) if fix.span == diagnostic.primary.span => format!("write `{replacement}`"),
        (false, false, false) => format!("write `{replacement}` instead of `{replaced}`{place}"),
    }
}

/// `  note: text`, further lines aligned below the text.
fn remark(out: &mut String, title: &str, text: &str, style: &Style) {
    let first = format!("  {title}: ");
    let rest = " ".repeat(first.chars().count());
    out.push_str(&format!("  {}: ", style.paint("36", title)));
    for (index, line) in text.trim_end().lines().enumerate() {
        if index > 0 {
            out.push_str(&rest);
        }
        out.push_str(&wrapped(line.trim_end(), rest.len(), &rest, style.width));
        out.push('\n');
    }
}

/// Wraps prose that begins at column `begin`, continuing behind `rest`. Lines with columns in them (two blanks in a row behind
/// the first word) are tables and stay whole.
fn wrapped(text: &str, begin: usize, rest: &str, width: usize) -> String {
    if width == 0 || text.trim_start().contains("  ") || text.contains('\n') {
        return text.replace('\n', &format!("\n{rest}"));
    }
    let indent: String = text.chars().take_while(|character| *character == ' ').collect();
    let mut out = indent.clone();
    let mut column = begin + indent.len();
    let mut first = true;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if !first && column + 1 + length > width {
            out.push('\n');
            out.push_str(rest);
            out.push_str(&indent);
            column = rest.len() + indent.len();
        } else if !first {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
        first = false;
    }
    out
}
