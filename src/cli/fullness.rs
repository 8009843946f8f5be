//! How full things are, before and after.

use std::fmt::Write as _;

use crate::cli::output::{Output, Style};
use crate::fit::words::portion as words;
use crate::fit::{Measure, Unit};
use crate::query::what_if::Fullness;

const BAR: i128 = 12;
/// How many resources are shown: those that change and the fullest.
const SHOWN: usize = 6;

/// The rows of what changes and of what is fullest.
pub(crate) fn table(all: &[Fullness], output: &Output<'_>, text: &mut String) {
    // Limits may exceed what there is, and are no sign of trouble by themselves.
    let is_shown = |one: &&Fullness| {
        !matches!(one.measure, Measure::MemoryLimits | Measure::CpuLimits | Measure::EphemeralStorageLimits)
    };
    let differs = |one: &Fullness| one.before != Some(one.after);
    let mut rows: Vec<&Fullness> = all.iter().filter(is_shown).collect();
    rows.sort_by_key(|one| !differs(one));
    rows.truncate(SHOWN);
    let width = rows.iter().map(|one| one.what.chars().count()).max().unwrap_or(0);
    for one in rows {
        let (taken, there) = one.after;
        let after = gauge(taken, there, output);
        let range = match one.before {
            Some(before) if before != one.after => {
                format!(
                    "{} → {after}  {} → {}",
                    gauge(before.0, before.1, output),
                    portion(one, before),
                    portion(one, one.after)
                )
            }
            Some(_) => format!("{after}  {}", portion(one, one.after)),
            None => format!("new → {after}  {}", portion(one, one.after)),
        };
        let _ = writeln!(text, "     {:width$}  {range}", one.what);
    }
}

fn gauge(taken: i128, there: i128, output: &Output<'_>) -> String {
    let percent = taken.saturating_mul(100).checked_div(there).unwrap_or(if taken > 0 { 1000 } else { 0 });
    let style = match percent {
        ..85 => Style::Good,
        85..=100 => Style::Tight,
        _ => Style::Bad,
    };
    let filled = (percent * BAR).div_euclid(100).clamp(i128::from(taken > 0), BAR);
    let cells = |letter: &str, count: i128| letter.repeat(usize::try_from(count).unwrap_or(0));
    let bar = output.paint(style, &format!("{}{}", cells("█", filled), cells("░", BAR - filled)));
    format!("{bar} {percent:>3} %")
}

fn portion(one: &Fullness, (taken, there): (i128, i128)) -> String {
    let key = match one.measure.unit() {
        Unit::MilliCores => "cpu",
        Unit::Bytes => "memory",
        Unit::Number => "pods",
    };
    words(key, taken, there)
}
