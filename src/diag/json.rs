//! Diagnostics for machines: a stable form with lines and columns from one, described in `docs/diagnostics.md`.

use serde::Serialize;
use serde_json::Value;

use super::{Choice, Diagnostic, Fix, Label, Severity};
use crate::source::{SourceMap, Span};

/// Raised when a field is renamed, removed or changes its meaning; new fields do not raise it.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    diagnostics: Vec<Message<'a>>,
}

#[derive(Serialize)]
struct Message<'a> {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    message: &'a str,
    subject: Option<&'a str>,
    also: &'a [String],
    environment: Option<&'a str>,
    #[serde(flatten)]
    label: Remark<'a>,
    labels: Vec<Remark<'a>>,
    notes: &'a [String],
    help: &'a [String],
    fixes: Vec<Repair<'a>>,
    choices: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    text: &'a str,
    enough: bool,
    fixes: Vec<Repair<'a>>,
}

#[derive(Serialize)]
struct Remark<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct Repair<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    replacement: &'a str,
}

/// All fields are null where no source states the thing.
#[derive(Serialize)]
struct Place<'a> {
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
}

impl<'a> Place<'a> {
    fn new(span: Span, sources: &'a SourceMap) -> Self {
        let (start, end) = (sources.start(span), sources.end(span));
        Self {
            file: sources.get(span.source).map(|source| source.name.as_str()),
            line: start.map(|at| at.line),
            column: start.map(|at| at.column),
            end_line: end.map(|at| at.line),
            end_column: end.map(|at| at.column),
        }
    }
}

impl<'a> Remark<'a> {
    fn new(label: &'a Label, sources: &'a SourceMap) -> Self {
        Self { place: Place::new(label.span, sources), text: &label.text }
    }
}

impl<'a> Repair<'a> {
    fn new(fix: &'a Fix, sources: &'a SourceMap) -> Self {
        Self { place: Place::new(fix.span, sources), replacement: &fix.replacement }
    }
}

impl<'a> Change<'a> {
    fn new(choice: &'a Choice, sources: &'a SourceMap) -> Self {
        let fixes = choice.fixes.iter().map(|fix| Repair::new(fix, sources)).collect();
        Self { text: &choice.text, enough: choice.enough, fixes }
    }
}

impl<'a> Message<'a> {
    fn new(diagnostic: &'a Diagnostic, sources: &'a SourceMap) -> Self {
        Self {
            code: diagnostic.code.number(),
            name: diagnostic.code.name(),
            severity: match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: &diagnostic.message,
            subject: diagnostic.subject.as_deref(),
            also: &diagnostic.also,
            environment: diagnostic.environment.as_deref(),
            label: Remark::new(&diagnostic.primary, sources),
            labels: diagnostic.labels.iter().map(|label| Remark::new(label, sources)).collect(),
            notes: &diagnostic.notes,
            help: &diagnostic.help,
            fixes: diagnostic.fixes.iter().map(|fix| Repair::new(fix, sources)).collect(),
            choices: diagnostic.choices.iter().map(|choice| Change::new(choice, sources)).collect(),
        }
    }
}

/// All diagnostics as one JSON object `{ "format": 1, "diagnostics": [ … ] }`, in the given order.
pub fn to_json<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>, sources: &SourceMap) -> Value {
    let messages = diagnostics.into_iter().map(|diagnostic| Message::new(diagnostic, sources)).collect();
    // Only maps with keys that are not strings and failing implementations can fail, and there are none here.
    serde_json::to_value(Report { format: FORMAT, diagnostics: messages }).unwrap_or(Value::Null)
}

/// [`to_json`] as indented text that ends with a newline.
pub fn to_json_text<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>, sources: &SourceMap) -> String {
    format!("{:#}\n", to_json(diagnostics, sources))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::codes;

    #[test]
    fn positions_count_characters_from_one_and_strangers_have_none() {
        let mut sources = SourceMap::default();
        let source = sources.add("a.vauban", "// é\nlet é = 1 + 2s\n");
        let diagnostics = [
            Diagnostic::error(codes::TYPE_MISMATCH, Span::new(source, 19, 21), "`+` wants equal types")
                .at("a duration")
                .label(Span::new(source, 15, 16), "a number")
                .note("a fact")
                .help("write `2`")
                .fix(Span::new(source, 19, 21), "2")
                .of("é")
                .in_environment(Some("production")),
            Diagnostic::warning(codes::NO_HARDWARE, Span::NONE, "no hardware is described"),
        ];
        insta::assert_snapshot!(to_json_text(&diagnostics, &sources), @r#"
        {
          "format": 1,
          "diagnostics": [
            {
              "code": "V0301",
              "name": "type-mismatch",
              "severity": "error",
              "message": "`+` wants equal types",
              "subject": "é",
              "also": [],
              "environment": "production",
              "file": "a.vauban",
              "line": 2,
              "column": 13,
              "end_line": 2,
              "end_column": 15,
              "text": "a duration",
              "labels": [
                {
                  "file": "a.vauban",
                  "line": 2,
                  "column": 9,
                  "end_line": 2,
                  "end_column": 10,
                  "text": "a number"
                }
              ],
              "notes": [
                "a fact"
              ],
              "help": [
                "write `2`"
              ],
              "fixes": [
                {
                  "file": "a.vauban",
                  "line": 2,
                  "column": 13,
                  "end_line": 2,
                  "end_column": 15,
                  "replacement": "2"
                }
              ],
              "choices": []
            },
            {
              "code": "V0411",
              "name": "no-hardware",
              "severity": "warning",
              "message": "no hardware is described",
              "subject": null,
              "also": [],
              "environment": null,
              "file": null,
              "line": null,
              "column": null,
              "end_line": null,
              "end_column": null,
              "text": "",
              "labels": [],
              "notes": [],
              "help": [],
              "fixes": [],
              "choices": []
            }
          ]
        }
        "#);
    }
}
