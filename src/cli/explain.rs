//! `vaubanc explain`.

use std::fmt::Write as _;

use crate::cli::arguments::Explain;
use crate::cli::output::{Output, Style};
use crate::cli::{CLEAN, FAILURE};
use crate::diag::codes::{ALL, Code, RETIRED};
use crate::diag::suggest::closest;

/// What the hundreds of the codes tell, in the order of the phases.
const PHASES: [(char, &str); 8] = [
    ('1', "syntax"),
    ('2', "names"),
    ('3', "values"),
    ('4', "capacity"),
    ('5', "edges and failure"),
    ('6', "objects"),
    ('7', "acceptances and policies"),
    ('9', "files"),
];

pub(crate) fn run(explain: &Explain, output: &mut Output<'_>) -> u8 {
    let Some(word) = &explain.code else {
        let text = list(output);
        output.result(&text);
        return CLEAN;
    };
    if let Some(code) = Code::find(word.trim()) {
        let page = code.info().page.trim_end();
        let acceptable = if code.info().acceptable {
            format!("Can be accepted: `accept {} of SUBJECT \"reason\"`.", code.name())
        } else {
            "Cannot be accepted.".to_owned()
        };
        output.result(&format!("{page}\n\n{acceptable}\n"));
        return CLEAN;
    }
    let is_asked = |(number, name, _): &&(&str, &str, &str)| {
        number.eq_ignore_ascii_case(word.trim()) || name.eq_ignore_ascii_case(word.trim())
    };
    if let Some((number, name, instead)) = RETIRED.iter().find(is_asked) {
        output.result(&format!("{number} {name} is retired: {instead} say what it said.\n"));
        return CLEAN;
    }
    let words = ALL.iter().flat_map(|code| [code.name(), code.number()]);
    let hint = match closest(word.trim(), words) {
        Some(closest) => format!("did you mean `{closest}`?"),
        None => "`vaubanc explain` without a code lists all of them".to_owned(),
    };
    output.complaint(&format!("error: there is no code `{word}`\n  {hint}\n"));
    FAILURE
}

fn list(output: &Output<'_>) -> String {
    let width = ALL.iter().map(|code| code.name().len()).max().unwrap_or(0);
    let mut text = String::new();
    for (digit, phase) in PHASES {
        let separator = if text.is_empty() { "" } else { "\n" };
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{separator}{}", output.paint(Style::Strong, phase));
        for code in ALL.iter().filter(|code| code.number().chars().nth(2) == Some(digit)) {
            let mark = if code.info().acceptable { " (can be accepted)" } else { "" };
            let _ = writeln!(text, "  {}  {:width$}  {}{mark}", code.number(), code.name(), code.info().summary);
        }
    }
    text.push_str("\n`vaubanc explain CODE` shows the page of one of them.\n");
    text
}
