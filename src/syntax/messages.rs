//! From pest's expectations to a sentence.

mod words;

use std::ops::Range;

use super::grammar::Rule;
use super::keywords::{ITEM_KEYWORDS, STATEMENT_KEYWORDS};
use super::recover::Form;
use super::tokens::tokens;
use crate::diag::suggest::closest;
use crate::diag::{Code, codes};

/// What is known about a mistake.
pub(super) struct Complaint<'a> {
    pub(super) text: &'a str,
    /// The statement.
    pub(super) slice: Range<usize>,
    /// Where the grammar could not go on.
    pub(super) at: usize,
    /// What it would have taken there.
    pub(super) expected: &'a [Rule],
    pub(super) form: Form,
    /// Whether `name : Type` means something here.
    pub(super) declares: bool,
}

/// What is said about it.
pub(super) struct Verdict {
    pub(super) code: Code,
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) label: String,
    pub(super) help: Option<String>,
    pub(super) fix: Option<(Range<usize>, String)>,
}

impl Verdict {
    fn new(range: Range<usize>, message: impl Into<String>, label: impl Into<String>) -> Self {
        let (message, label) = (message.into(), label.into());
        Self { code: codes::SYNTAX, range, message, label, help: None, fix: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn fix(mut self, range: Range<usize>, replacement: &str) -> Self {
        self.fix = Some((range, replacement.to_owned()));
        self
    }

    fn code(mut self, code: Code) -> Self {
        self.code = code;
        self
    }
}

/// The place of a mistake between two tokens.
struct Place<'a> {
    complaint: &'a Complaint<'a>,
    /// The tokens of the statement.
    all: Vec<Range<usize>>,
    /// The last token before the mistake.
    previous: Option<Range<usize>>,
    /// The token that could not be read, if it stands on the same line.
    found: Option<Range<usize>>,
}

impl<'a> Place<'a> {
    fn new(complaint: &'a Complaint<'a>) -> Self {
        let Complaint { text, slice, at, .. } = complaint;
        let all = tokens(text, slice.clone(), *at);
        let previous = all.iter().rfind(|token| token.end <= *at).cloned();
        let from = previous.as_ref().map_or(slice.start, |token| token.end);
        let next = all.iter().find(|token| token.end > *at).cloned();
        let found = next.filter(|token| previous.is_none() || !text[from..token.start.max(from)].contains('\n'));
        Self { complaint, all, previous, found }
    }

    fn text(&self, token: Option<&Range<usize>>) -> &'a str {
        token.and_then(|token| self.complaint.text.get(token.clone())).unwrap_or("")
    }

    fn found_text(&self) -> &'a str {
        self.text(self.found.as_ref())
    }

    fn expects(&self, word: &str) -> bool {
        self.complaint.expected.iter().any(|rule| words::word(*rule) == word)
    }
}

/// Finds the words for a mistake: those of a common slip, or what was expected.
pub(super) fn complain(complaint: &Complaint<'_>) -> Verdict {
    let place = Place::new(complaint);
    misplaced(&place).or_else(|| slip(&place)).unwrap_or_else(|| expected(&place))
}

fn expected(place: &Place<'_>) -> Verdict {
    let list = words::list(place.complaint.expected);
    let list = if list.is_empty() { "something else".to_owned() } else { list };
    let message = match &place.previous {
        Some(_) => format!("expected {list} after {}", shown(place.text(place.previous.as_ref()))),
        None => format!("expected {list}"),
    };
    let verdict = match (&place.found, &place.previous) {
        (Some(found), _) => Verdict::new(found.clone(), message, format!("found {}", shown(place.found_text()))),
        // What is missing is missing behind the last token, not at the beginning of the next line.
        (None, Some(previous)) => Verdict::new(previous.end..previous.end, message, "the line ends here"),
        (None, None) => Verdict::new(place.complaint.at..place.complaint.at, message, "nothing is here"),
    };
    let next_line = place.all.iter().find(|token| token.start >= place.complaint.at);
    if list == "a new line" && place.complaint.form == Form::Entry {
        return verdict.help("a new line or `,` ends an attribute");
    }
    if place.expects("`{`") && place.found.is_none() && place.text(next_line) == "{" {
        return verdict.help("put the `{` on the line of its head");
    }
    if place.expects("`{`") && place.found.is_none() {
        return verdict.help("write `{ }`, with what belongs to it inside");
    }
    verdict
}

/// A token as a message shows it: long ones shortened.
fn shown(token: &str) -> String {
    const LONGEST: usize = 30;
    let line = token.lines().next().unwrap_or("");
    if line.chars().count() <= LONGEST && line.len() == token.len() {
        return format!("`{token}`");
    }
    if token.starts_with('"') {
        return "the string".to_owned();
    }
    format!("`{}…`", line.chars().take(LONGEST).collect::<String>())
}

/// Statements that are fine elsewhere, and words that are none.
fn misplaced(place: &Place<'_>) -> Option<Verdict> {
    let first = place.all.first()?;
    let word = place.text(Some(first));
    let second = place.text(place.all.get(1));
    match place.complaint.form {
        Form::Entry
            if ITEM_KEYWORDS.contains(&word) && !is_entry(word) && !matches!(second, "=" | ":" | "." | "{" | "") =>
        {
            let message = format!("`{word}` cannot stand inside a body");
            let verdict = Verdict::new(first.clone(), message, "an item of the top level").code(codes::MISPLACED);
            Some(verdict.help("move it out of the braces"))
        }
        Form::Item if STATEMENT_KEYWORDS.contains(&word) && !matches!(second, "=" | ":" | ".") => {
            let message = format!("`{word}` cannot stand at the top level");
            let verdict = Verdict::new(first.clone(), message, "a statement of a body").code(codes::MISPLACED);
            Some(verdict.help("move it into a component, a kind or a test"))
        }
        Form::Item if place.complaint.at <= first.start => Some(no_item(first, word, second)),
        _ => None,
    }
}

/// Whether an item keyword begins an entry as well.
fn is_entry(word: &str) -> bool {
    const ALSO_ENTRIES: &[&str] =
        &["let", "fn", "accept", "for", "if", "system", "hardware", "namespace", "component", "expose", "application"];
    ALSO_ENTRIES.contains(&word)
}

fn no_item(first: &Range<usize>, word: &str, second: &str) -> Verdict {
    let is_name = word.starts_with(|character: char| character.is_alphabetic() || character == '_');
    let message = format!("expected an item, found {}", shown(word));
    if !is_name {
        return Verdict::new(first.clone(), message, "no item begins so");
    }
    if second == "=" || second == ":" {
        let verdict = Verdict::new(first.clone(), message, "an attribute belongs into a body");
        return verdict.help(format!("write `let {word} {second} …` for a value of the module"));
    }
    let verdict = Verdict::new(first.clone(), message, "no item begins so");
    match closest(word, ITEM_KEYWORDS.iter().copied()) {
        Some(keyword) => verdict.help(format!("did you mean `{keyword}`?")).fix(first.clone(), keyword),
        None => verdict.help("items begin with a word such as `component`, `kind`, `let` or `use`"),
    }
}

/// What people write who come from other languages, or in a hurry.
fn slip(place: &Place<'_>) -> Option<Verdict> {
    let found = place.found.clone()?;
    let (previous, before) = (place.previous.clone(), place.text(place.previous.as_ref()));
    let named = || expected(place);
    let glued = place
        .text(previous.as_ref())
        .ends_with(|character: char| character.is_alphanumeric() || ")]}\"".contains(character));
    match place.found_text() {
        "==" if place.expects("`=`") && !place.expects("an operator") => {
            let message = format!("expected `=` after {}", shown(before));
            Some(
                Verdict::new(found.clone(), message, "`==` compares").help("write `=` to give a value").fix(found, "="),
            )
        }
        "=" if place.expects("`=>`") => Some(named().help("write `=>` behind a pattern").fix(found, "=>")),
        "=" if place.expects("an operator") => {
            let message = format!("expected an operator after {}", shown(before));
            Some(
                Verdict::new(found.clone(), message, "`=` gives a value")
                    .help("write `==` to compare")
                    .fix(found, "=="),
            )
        }
        "=" if before == "=" => Some(named().help("one `=` gives a value; `==` compares")),
        ":" if place.expects("`=`") => {
            let message = format!("expected `=` after {}", shown(before));
            Some(
                Verdict::new(found.clone(), message, "`:` gives a type")
                    .help("write `=` to give a value")
                    .fix(found, " ="),
            )
        }
        "-" | "/" if glued && place.expects("an operator") => {
            let sign = place.found_text();
            let message = format!("expected blanks around `{sign}`");
            let label = "without blanks it would belong to a name or a number";
            let spaced = if spaced_before(place, &found) { format!("{sign} ") } else { format!(" {sign} ") };
            Some(Verdict::new(found.clone(), message, label).help(format!("write `a {sign} b`")).fix(found, &spaced))
        }
        "%" if place.expects("an operator") => {
            Some(Verdict::new(found, "there is no operator `%`", "not an operator").help("`%` is a unit, as in `75%`"))
        }
        "?" if place.expects("an operator") => {
            Some(Verdict::new(found, "there is no operator `?`", "not an operator").help("write `if a then b else c`"))
        }
        "->" => Some(named().help("the type of the result stands behind `:`")),
        "'" => Some(named().help("strings stand in double quotes")),
        "{" if place.expects("an operator") && previous.is_some() && !place.expects("`{`") => {
            Some(named().help("a value has no name before its `{`; write `a with { … }` to change one"))
        }
        _ if is_value_with_colon(place) => {
            let colon = place.all[1].clone();
            let name = place.text(place.all.first());
            let message = format!("expected `=` after {}", shown(name));
            Some(
                Verdict::new(colon.clone(), message, "`:` gives a type")
                    .help("write `=` to give a value")
                    .fix(colon, " ="),
            )
        }
        _ => None,
    }
}

fn spaced_before(place: &Place<'_>, found: &Range<usize>) -> bool {
    place.complaint.text[..found.start].ends_with([' ', '\t'])
}

/// `replicas: 3`: no type, and no default behind one.
fn is_value_with_colon(place: &Place<'_>) -> bool {
    let before_error = |token: &&Range<usize>| token.start < place.complaint.at;
    place.complaint.form == Form::Entry
        && !place.complaint.declares
        && place.text(place.all.get(1)) == ":"
        && !place.all.iter().take_while(before_error).any(|token| place.text(Some(token)) == "=")
}
