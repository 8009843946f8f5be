//! Quantities and percentages of Kubernetes as exact integers.
//!
//! Sums and products saturate. Nothing that is added here is negative, and every bound that sums are held against is far
//! below the largest number, so a sum that saturates exceeds its bound as the true one does.

use crate::manifests::document::{Checked, Reading, Value};

/// The largest amount that any API of Kubernetes holds.
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
    let (times, over) = scale(suffix)?;
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?.checked_mul(over)?;
    let amount = ceil(mantissa.checked_mul(1000)?.checked_mul(times)?, scale);
    (amount <= LARGEST).then_some(amount)
}

/// What a suffix multiplies by, over what it divides by.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    let power = |base: i128, letters: &str, letter: &str| {
        let position = letters.find(letter).filter(|_| letter.len() == 1)?;
        Some(base.pow(u32::try_from(position).ok()? + 1))
    };
    match (suffix.strip_suffix('i'), suffix.strip_prefix(['e', 'E']).map(str::parse::<i32>)) {
        _ if suffix.is_empty() => Some((1, 1)),
        (Some(letter), _) => Some((power(1 << 10, "KMGTPE", letter)?, 1)),
        (_, Some(Ok(exponent))) if exponent < 0 => Some((1, 10_i128.checked_pow(exponent.unsigned_abs())?)),
        (_, Some(Ok(exponent))) => Some((10_i128.checked_pow(exponent.unsigned_abs())?, 1)),
        _ => power(1000, "kMGTPE", suffix).map(|by| (by, 1)).or(power(1000, "mun", suffix).map(|by| (1, by))),
    }
}

/// The quotient rounded up, of a number that is not negative by one above 0.
pub(crate) fn ceil(dividend: i128, divisor: i128) -> i128 {
    let quotient = dividend / divisor;
    quotient + i128::from(quotient * divisor < dividend)
}

pub(crate) fn times(one: i128, other: i128) -> i128 {
    one.saturating_mul(other)
}

pub(crate) fn total(numbers: impl IntoIterator<Item = i128>) -> i128 {
    numbers.into_iter().fold(0, i128::saturating_add)
}

/// An integer, or a percentage of `whole`; nothing where neither is stated.
pub(crate) fn share(value: &Value, path: &str, whole: i128, up: bool) -> Checked<Option<i128>> {
    let Value::String(text) = value.at(path) else { return value.count(path) };
    let percent = text.strip_suffix('%').and_then(|number| number.parse::<u32>().ok());
    let percent = percent.ok_or_else(|| format!("`{path}` is `{text}`, which is no percentage"))?;
    let hundredths = whole.saturating_mul(i128::from(percent));
    Ok(Some(if up { ceil(hundredths, 100) } else { hundredths / 100 }))
}

/// The length of a list, to compute with.
pub(crate) fn size<T>(items: &[T]) -> i128 {
    i128::try_from(items.len()).unwrap_or(i128::MAX)
}

/// A number as JSON has it. One that no API of Kubernetes holds becomes a text, which no number equals.
pub(crate) fn int(number: i128) -> Value {
    i64::try_from(number).map_or_else(|_| Value::from(number.to_string()), Value::from)
}
