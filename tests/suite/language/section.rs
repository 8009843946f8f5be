//! Reading the files of the suite.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the suite.
pub(super) struct Document {
    pub path: PathBuf,
    /// What stands before the first section: a file of each of them.
    pub common: String,
    pub sections: Vec<Section>,
}

/// One case.
#[derive(Default)]
pub(super) struct Section {
    pub name: String,
    /// Where it begins in the document, from 1.
    pub line: usize,
    pub files: Vec<SectionFile>,
    pub expectations: Vec<Expectation>,
    pub inputs: Vec<(String, String)>,
    pub today: Option<String>,
    pub environment: Option<String>,
}

/// One source of a case.
pub(super) struct SectionFile {
    pub path: String,
    pub lines: Vec<String>,
    /// The line of the document before its first one, so that `first + line` is a line of the document.
    pub first: usize,
}

/// A diagnostic that must occur.
pub(super) struct Expectation {
    /// The file and the line from 1; none for places outside of the section.
    pub place: Option<(usize, usize)>,
    /// `error[V0301] in production`.
    pub head: String,
    /// Part of the headline.
    pub part: String,
    /// `help`, `note` or `label` with a part of it.
    pub remarks: Vec<(String, String)>,
    /// The lines as they are written.
    pub lines: Vec<String>,
}

impl Document {
    pub(super) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("the files of the suite are readable");
        let mut common = String::new();
        let mut sections: Vec<Section> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if let Some(name) = line.strip_prefix("--- ") {
                sections.push(Section { name: name.trim().to_owned(), line: index + 1, ..Section::default() });
            } else if let Some(section) = sections.last_mut() {
                section.line(line, index);
            } else {
                common.push_str(line);
                common.push('\n');
            }
        }
        for section in &mut sections {
            section.expectations = expectations(section);
        }
        Self { path: path.to_owned(), common, sections }
    }
}

impl Section {
    fn line(&mut self, line: &str, index: usize) {
        let comment = |key: &str| {
            line.strip_prefix("// ").and_then(|rest| rest.strip_prefix(key)).map(|rest| rest.trim().to_owned())
        };
        if let Some(path) = comment("file:") {
            self.files.push(SectionFile { path, lines: Vec::new(), first: index + 1 });
            return;
        }
        if let Some(input) = comment("set:") {
            let (name, value) = input.split_once('=').expect("`// set: name=value`");
            self.inputs.push((name.to_owned(), value.to_owned()));
        }
        self.today = comment("today:").or(self.today.take());
        self.environment = comment("only:").or(self.environment.take());
        if self.files.is_empty() {
            self.files.push(SectionFile { path: "main.vauban".to_owned(), lines: Vec::new(), first: index });
        }
        if let Some(file) = self.files.last_mut() {
            file.lines.push(line.to_owned());
        }
    }
}

fn expectations(section: &Section) -> Vec<Expectation> {
    let mut all: Vec<Expectation> = Vec::new();
    for (file, source) in section.files.iter().enumerate() {
        // Expectations stack above the line that they concern.
        let mut waiting = all.len();
        for (index, line) in source.lines.iter().enumerate() {
            if let Some((head, part)) = diagnostic(line) {
                let head = head.trim_end_matches(" elsewhere").to_owned();
                all.push(Expectation { place: None, head, part, remarks: Vec::new(), lines: vec![line.clone()] });
            } else if let (Some(remark), true) = (remark(line), all.len() > waiting) {
                let last = all.last_mut().expect("there is one behind `waiting`");
                last.remarks.push(remark);
                last.lines.push(line.clone());
            } else {
                for expectation in &mut all[waiting..] {
                    if !expectation.lines[0].contains("] elsewhere: ") {
                        expectation.place = Some((file, index + 1));
                    }
                }
                waiting = all.len();
            }
        }
    }
    all
}

/// `// error[V0301] in production: part` as head and part.
pub(super) fn diagnostic(line: &str) -> Option<(String, String)> {
    let text = line.trim_start().strip_prefix("// ")?;
    if !text.starts_with("error[V") && !text.starts_with("warning[V") {
        return None;
    }
    let (head, part) = text.split_once(": ").unwrap_or((text.trim_end_matches(':'), ""));
    Some((head.to_owned(), part.trim_end().to_owned()))
}

/// `// help: part`.
pub(super) fn remark(line: &str) -> Option<(String, String)> {
    let (kind, part) = line.trim_start().strip_prefix("// ")?.split_once(": ")?;
    matches!(kind, "help" | "note" | "label").then(|| (kind.to_owned(), part.trim_end().to_owned()))
}
