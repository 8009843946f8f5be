//! Number literals.

use super::context::Evaluator;
use super::value::{Value, ValueKind};
use crate::diag::{Diagnostic, codes, suggest};
use crate::source::Span;
use crate::syntax::ast::NumberLiteral;
use crate::types::unit::SUFFIXES;
use crate::types::{Amount, unit::UnitError};

impl Evaluator<'_> {
    pub(super) fn number(&mut self, literal: &NumberLiteral, span: Span) -> Value {
        let suffix = literal.suffix.as_ref();
        let per = literal.per.as_ref();
        let amount = Amount::from_literal(
            literal.currency.as_deref(),
            &literal.digits,
            suffix.map(|word| word.text.as_str()),
            per.map(|word| word.text.as_str()),
        );
        let error = match amount {
            Ok(amount) => return Value::new(ValueKind::Amount(amount), span),
            Err(error) => error,
        };
        let diagnostic = match error {
            UnitError::Overflow => Diagnostic::error(codes::OVERFLOW, span, "a number is too large or too fine")
                .at("cannot be computed exactly"),
            UnitError::Mixed => Diagnostic::error(codes::UNKNOWN_UNIT, span, "these units do not go together")
                .help("write a rate as `1000/min` or `10MB/s`, money as `€850/month` or `0.12 EUR/h`"),
            UnitError::UnknownSuffix => {
                unknown_suffix(literal, suffix.map_or(span, |word| word.span), suffix.map_or("", |word| &word.text))
            }
            UnitError::UnknownPeriod => {
                let word = per.map_or("", |word| &word.text);
                let periods = ["s", "min", "h", "d", "month", "year"];
                let mut diagnostic = Diagnostic::error(
                    codes::UNKNOWN_UNIT,
                    per.map_or(span, |word| word.span),
                    format!("there is no period `{word}`"),
                );
                if word == "m" {
                    diagnostic = diagnostic
                        .help("`m` is a thousandth of a CPU; minutes are `min`")
                        .fix(diagnostic_span(per, span), "min");
                } else if let Some(close) = suggest::closest(word, periods) {
                    diagnostic =
                        diagnostic.help(format!("did you mean `{close}`?")).fix(diagnostic_span(per, span), close);
                }
                diagnostic
            }
        };
        self.fault(diagnostic)
    }
}

fn diagnostic_span(word: Option<&crate::syntax::ast::Word>, otherwise: Span) -> Span {
    word.map_or(otherwise, |word| word.span)
}

fn unknown_suffix(literal: &NumberLiteral, span: Span, suffix: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(codes::UNKNOWN_UNIT, span, format!("there is no unit `{suffix}`")).at("not a unit");
    let (digits, better) = (&literal.digits, closest_suffix(suffix));
    match better {
        Some(better) => diagnostic.help(format!("did you mean `{digits}{better}`?")).fix(span, better),
        None => diagnostic.help(
            "CPU: `m`; bytes: `Mi`, `Gi`, `GB`, `TB`; durations: `ms`, `s`, `min`, `h`, `d`, `mo`, `y`; shares: `%`",
        ),
    }
}

fn closest_suffix(suffix: &str) -> Option<&'static str> {
    // Words that people write, before the general search: the distance between `gb` and `d` is small, too.
    let spoken = [
        ("sec", "s"),
        ("secs", "s"),
        ("mins", "min"),
        ("hours", "h"),
        ("hour", "h"),
        ("days", "d"),
        ("day", "d"),
        ("months", "mo"),
        ("years", "y"),
        ("gb", "GB"),
        ("mb", "MB"),
        ("tb", "TB"),
        ("b", "k"),
    ];
    if let Some((_, better)) = spoken.iter().find(|(word, _)| *word == suffix) {
        return Some(better);
    }
    let same_letters = SUFFIXES.iter().find(|(word, ..)| word.eq_ignore_ascii_case(suffix));
    same_letters
        .map(|(word, ..)| *word)
        .or_else(|| suggest::closest(suffix, SUFFIXES.iter().map(|(word, ..)| *word).filter(|word| word.len() > 1)))
}
