//! What a scalar means to `kubectl`, and with it to the API server.
//!
//! `kubectl` turns YAML into JSON with `sigs.k8s.io/yaml` (`yaml.go`, `convertToJSONableObject`), which reads with version
//! 2 of go-yaml (`resolve.go`): the words of YAML 1.1 are booleans, numbers have the prefixes of Go, a leading zero means
//! octal, and a fraction that is whole is an integer, because JSON prints both alike.

use crate::data::NodeValue;

/// What the tag of a scalar asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// There is none, and the text stands without quotes.
    Plain,
    Text,
    Integer,
    Float,
    Boolean,
    Null,
}

/// The value of a scalar.
///
/// # Errors
/// Says what is wrong where its tag promises another one, or where JSON has none of the kind.
pub(super) fn resolve(text: &str, wanted: Wanted) -> Result<NodeValue, String> {
    if wanted == Wanted::Text {
        return Ok(NodeValue::String(text.into()));
    }
    let value = plain(text)?;
    let fits = match (wanted, &value) {
        (Wanted::Plain, _)
        | (Wanted::Float, NodeValue::Integer(_) | NodeValue::Decimal(_))
        | (Wanted::Boolean, NodeValue::Bool(_))
        | (Wanted::Null, NodeValue::Null) => true,
        // A whole fraction is a fraction to the tag, although it is an integer to what comes behind.
        (Wanted::Integer, NodeValue::Integer(_)) => integer(&text.replace('_', "")).is_some(),
        _ => false,
    };
    if fits { Ok(value) } else { Err(format!("`{text}` is not what its tag says")) }
}

fn plain(text: &str) -> Result<NodeValue, String> {
    let string = || NodeValue::String(text.into());
    Ok(match text.as_bytes().first() {
        None => NodeValue::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(text).unwrap_or_else(string)
        }
        Some(b'.') if is_without_number(text) => return Err(without_number(text)),
        Some(b'.') => between_digits(text).and_then(|digits| float(&digits)).unwrap_or_else(string),
        Some(b'+' | b'-') if is_without_number(&text[1..]) && !text[1..].eq_ignore_ascii_case(".nan") => {
            return Err(without_number(text));
        }
        Some(b'0'..=b'9' | b'+' | b'-') => {
            let digits = text.replace('_', "");
            // A date is text to whoever reads JSON, and so is everything that is no number.
            integer(&digits).map(NodeValue::Integer).or_else(|| float(&digits)).unwrap_or_else(string)
        }
        Some(_) => string(),
    })
}

fn word(text: &str) -> Option<NodeValue> {
    // Only these three spellings count: `yEs` is text.
    const SPELLED: [fn(&str) -> String; 3] = [str::to_lowercase, capitalised, str::to_uppercase];
    const WORDS: [(&str, NodeValue); 9] = [
        ("y", NodeValue::Bool(true)),
        ("yes", NodeValue::Bool(true)),
        ("on", NodeValue::Bool(true)),
        ("true", NodeValue::Bool(true)),
        ("n", NodeValue::Bool(false)),
        ("no", NodeValue::Bool(false)),
        ("off", NodeValue::Bool(false)),
        ("false", NodeValue::Bool(false)),
        ("null", NodeValue::Null),
    ];
    if text == "~" {
        return Some(NodeValue::Null);
    }
    let found = WORDS.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    found.filter(|(word, _)| SPELLED.iter().any(|spell| spell(word) == text)).map(|(_, value)| value)
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// `.inf` and `.nan`, which JSON cannot hold.
fn is_without_number(text: &str) -> bool {
    [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(&text)
}

fn without_number(text: &str) -> String {
    format!("`{text}` is no number that JSON has")
}

/// An integer of 64 bits, with or without a sign, as `strconv.ParseInt` reads it for the base 0.
fn integer(text: &str) -> Option<i128> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let based = |prefix: [&str; 2], radix: u32| {
        let digits = prefix.into_iter().find_map(|prefix| digits.strip_prefix(prefix))?;
        Some((digits, radix)).filter(|(digits, _)| !digits.is_empty())
    };
    let prefixed = based(["0x", "0X"], 16).or_else(|| based(["0o", "0O"], 8)).or_else(|| based(["0b", "0B"], 2));
    let (digits, radix) = match prefixed {
        Some(prefixed) => prefixed,
        None if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        None => (digits, 10),
    };
    // `from_str_radix` takes a sign, of which there was one already.
    if digits.is_empty() || !digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    let number = i128::from(u64::from_str_radix(digits, radix).ok()?);
    let number = if is_negative { -number } else { number };
    (number >= i128::from(i64::MIN)).then_some(number)
}

/// The text without underscores, where each stands between digits.
fn between_digits(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit = |index: Option<usize>| index.and_then(|index| bytes.get(index)).is_some_and(u8::is_ascii_digit);
    let fits = |(index, _): (usize, &str)| is_digit(index.checked_sub(1)) && is_digit(Some(index + 1));
    text.match_indices('_').all(fits).then(|| text.replace('_', ""))
}

/// A number with a point or an exponent, or too large for an integer: as exact as 64 bits of floating point, which is
/// what `kubectl` sends on.
fn float(text: &str) -> Option<NodeValue> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(one, two)| (one, Some(two)));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_number = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|power| {
            let power = power.strip_prefix(['+', '-']).unwrap_or(power);
            !power.is_empty() && digits(power)
        });
    let number: f64 = text.parse().ok().filter(|number: &f64| is_number && number.is_finite())?;
    /// From here on JSON is written with an exponent, which no integer of Kubernetes is read from.
    const EXPONENT: f64 = 1e21;
    Some(if number.fract() == 0.0 && number.abs() < EXPONENT {
        // Whole and below 2^70, so nothing is lost.
        #[allow(clippy::cast_possible_truncation)]
        NodeValue::Integer(number as i128)
    } else {
        NodeValue::Decimal(number.to_string().into())
    })
}

/// The text that a key becomes which is none: `8080`, `true`.
///
/// # Errors
/// Where there is no such text.
pub(super) fn key(text: &str, wanted: Wanted) -> Result<String, String> {
    Ok(match resolve(text, wanted)? {
        NodeValue::String(text) => text.to_string(),
        NodeValue::Bool(flag) => flag.to_string(),
        // A fraction that is whole is still written like one.
        NodeValue::Integer(number) => match integer(&text.replace('_', "")) {
            Some(number) => number.to_string(),
            #[allow(clippy::cast_precision_loss)]
            None => short(number as f64),
        },
        NodeValue::Decimal(number) => short(number.parse().unwrap_or_default()),
        NodeValue::Null | NodeValue::List(_) | NodeValue::Map(_) => return Err("a key is null".to_owned()),
    })
}

/// A fraction as a key: the fewest digits of 32 bits, with an exponent where Go's verb `g` has one.
#[allow(clippy::cast_possible_truncation)]
fn short(number: f64) -> String {
    let scientific = format!("{:e}", number as f32);
    match scientific.split_once('e').map(|(mantissa, power)| (mantissa, power.parse::<i32>().unwrap_or(0))) {
        Some((mantissa, power)) if !(-4..6).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", power.unsigned_abs())
        }
        _ => (number as f32).to_string(),
    }
}
