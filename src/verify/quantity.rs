//! Quantities of Kubernetes as exact integers.
//!
//! Sums and products saturate. Nothing here is negative, and every bound that evidence is held against is far below the
//! largest number, so a sum that saturates exceeds its bound as the true one does.

use crate::verify::value::{Checked, Reading, Value};

/// The suffixes and what they multiply by, over what they divide by.
const SUFFIXES: [(&str, i128, i128); 16] = [
    ("", 1, 1),
    ("n", 1, 1_000_000_000),
    ("u", 1, 1_000_000),
    ("m", 1, 1000),
    ("k", 1000, 1),
    ("M", 1_000_000, 1),
    ("G", 1_000_000_000, 1),
    ("T", 1_000_000_000_000, 1),
    ("P", 1_000_000_000_000_000, 1),
    ("E", 1_000_000_000_000_000_000, 1),
    ("Ki", 1 << 10, 1),
    ("Mi", 1 << 20, 1),
    ("Gi", 1 << 30, 1),
    ("Ti", 1 << 40, 1),
    ("Pi", 1 << 50, 1),
    ("Ei", 1 << 60, 1),
];

/// The largest integer that the proof may hold.
const LARGEST: i128 = i64::MAX as i128;

/// A quantity in thousandths of its unit, rounded up. Negative ones are refused, as they promise what nobody has.
pub(crate) fn thousandths(value: &Value, what: &str) -> Checked<i128> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(format!("`{what}` is not a quantity")),
    };
    parse(&text).ok_or_else(|| format!("`{what}` is `{text}`, which is not a quantity that can be computed with"))
}

fn parse(text: &str) -> Option<i128> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(end)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    // More digits than these cannot be a sensible amount, and could overflow below.
    if digits.is_empty() || digits.len() > 30 || fraction.contains('.') {
        return None;
    }
    let mantissa: i128 = digits.parse().ok()?;
    let (times, over) = match SUFFIXES.iter().find(|(name, _, _)| *name == suffix) {
        Some((_, times, over)) => (*times, *over),
        None => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
            if exponent < 0 { (1, power) } else { (power, 1) }
        }
    };
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?.checked_mul(over)?;
    let amount = ceil(mantissa.checked_mul(1000)?.checked_mul(times)?, scale);
    (amount <= LARGEST).then_some(amount)
}

/// The quotient rounded up, of a number that is not negative by one above 0.
pub(crate) fn ceil(dividend: i128, divisor: i128) -> i128 {
    dividend / divisor + i128::from(dividend % divisor > 0)
}

pub(crate) fn times(one: i128, other: i128) -> i128 {
    one.saturating_mul(other)
}

pub(crate) fn total(numbers: impl IntoIterator<Item = i128>) -> i128 {
    numbers.into_iter().fold(0, i128::saturating_add)
}

pub(crate) fn size<T>(items: &[T]) -> i128 {
    i128::try_from(items.len()).unwrap_or(LARGEST)
}

/// A number of evidence. One that no proof can hold becomes a text, which no number equals.
pub(crate) fn int(number: i128) -> Value {
    i64::try_from(number).map_or_else(|_| Value::from(number.to_string()), Value::from)
}

/// An integer, or a percentage of `whole`; nothing where neither is stated.
pub(crate) fn share(value: &Value, path: &str, whole: i128, up: bool) -> Checked<Option<i128>> {
    let Value::String(text) = value.at(path) else { return value.count(path) };
    let percent = text.strip_suffix('%').and_then(|number| number.parse::<u32>().ok());
    let percent = percent.ok_or_else(|| format!("`{path}` is `{text}`, which is no percentage"))?;
    let hundredths = times(whole, i128::from(percent));
    Ok(Some(if up { ceil(hundredths, 100) } else { hundredths / 100 }))
}
