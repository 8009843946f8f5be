//! Kubernetes quantities: read exactly as the API server reads them, and written for people.

use super::{Node, NodeValue};

const NANO: i128 = 1_000_000_000;
const KIBI: i128 = 1 << 10;
const MEBI: i128 = 1 << 20;
const GIBI: i128 = 1 << 30;
const TEBI: i128 = 1 << 40;
const KILO: i128 = 1_000;
const MEGA: i128 = 1_000_000;
const GIGA: i128 = 1_000_000_000;
const TERA: i128 = 1_000_000_000_000;

/// An exact quantity. The API server keeps nothing finer than a billionth, so neither does this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    nano: i128,
}

impl Quantity {
    /// Reads the text of a quantity, such as `500m`, `1.5Gi`, `128G` or `1e3`. Nothing when it is none, or when it is
    /// larger than the API server can hold. What is finer than a billionth is rounded away from zero, as there.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let length = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, suffix) = rest.split_at(length);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        let mut mantissa: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        let (binary, power) = scale(suffix)?;
        let power = power.checked_add(9)?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let scaled = mantissa.checked_mul(binary)?;
        let nano = if mantissa == 0 {
            0
        } else if power >= 0 {
            scaled.checked_mul(10_i128.checked_pow(power.unsigned_abs())?)?
        } else {
            // A divisor beyond an i128 leaves less than a billionth, which is rounded up to one.
            10_i128.checked_pow(power.unsigned_abs()).map_or(1, |divisor| ceil_div(scaled, divisor))
        };
        if nano > i128::from(i64::MAX) * NANO {
            return None;
        }
        Some(Self { nano: if negative { -nano } else { nano } })
    }

    /// Reads an emitted leaf: a string, an integer or a decimal fraction.
    #[must_use]
    pub fn of(node: &Node) -> Option<Self> {
        match &node.value {
            NodeValue::Integer(number) => number.checked_mul(NANO).map(|nano| Self { nano }),
            NodeValue::Decimal(text) | NodeValue::String(text) => Self::parse(text),
            _ => None,
        }
    }

    /// Whether it has no fraction.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.nano % NANO == 0
    }

    /// In thousandths, rounded up: the unit of CPU.
    #[must_use]
    pub fn milli(self) -> i128 {
        ceil_div(self.nano, MEGA)
    }

    /// In thousandths, rounded down, for what there is.
    #[must_use]
    pub fn milli_there(self) -> i128 {
        self.nano.div_euclid(MEGA)
    }

    /// In whole units, rounded down, for what there is.
    #[must_use]
    pub fn value_there(self) -> i128 {
        self.nano.div_euclid(NANO)
    }

    /// In whole units, rounded up: bytes, or a count.
    #[must_use]
    pub fn value(self) -> i128 {
        ceil_div(self.nano, NANO)
    }
}

/// The power of two and the power of ten of a suffix.
fn scale(suffix: &str) -> Option<(i128, i32)> {
    Some(match suffix {
        "" => (1, 0),
        "n" => (1, -9),
        "u" => (1, -6),
        "m" => (1, -3),
        "k" => (1, 3),
        "M" => (1, 6),
        "G" => (1, 9),
        "T" => (1, 12),
        "P" => (1, 15),
        "E" => (1, 18),
        "Ki" => (1 << 10, 0),
        "Mi" => (1 << 20, 0),
        "Gi" => (1 << 30, 0),
        "Ti" => (1 << 40, 0),
        "Pi" => (1 << 50, 0),
        "Ei" => (1 << 60, 0),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            (1, exponent.parse().ok()?)
        }
    })
}

/// Division that rounds towards positive infinity. The divisor is positive.
#[must_use]
pub fn ceil_div(dividend: i128, divisor: i128) -> i128 {
    dividend.div_euclid(divisor) + i128::from(dividend.rem_euclid(divisor) != 0)
}

/// Milli-cores for people: `10.75 CPU`.
#[must_use]
pub fn cpu_text(milli: i128) -> String {
    format!("{} CPU", decimal(milli, KILO, 3))
}

/// Bytes for people, in the system of units in which they are round, and in the other behind it: `16 GiB (17.2 GB)`.
/// Both are printed because the one is read for the other, which hides up to a tenth of the amount.
#[must_use]
pub fn bytes_text(bytes: i128) -> String {
    if bytes.abs() < KILO {
        return format!("{bytes} B");
    }
    if is_binary(bytes) {
        format!("{} ({})", bytes_short(bytes), decimal_bytes(bytes))
    } else {
        format!("{} ({})", bytes_short(bytes), binary_bytes(bytes))
    }
}

/// Bytes for people, only in the system of units in which they are round: `16 GiB`, `3.5 TB`.
#[must_use]
pub fn bytes_short(bytes: i128) -> String {
    if bytes.abs() < KILO {
        return format!("{bytes} B");
    }
    if is_binary(bytes) { binary_bytes(bytes) } else { decimal_bytes(bytes) }
}

/// Bytes in powers of two, to a tenth: `119.2 GiB`.
#[must_use]
pub fn binary_bytes(bytes: i128) -> String {
    let size = bytes.abs();
    let tenths = |unit: i128| size * 10 % unit == 0;
    if size >= TEBI && tenths(TEBI) {
        format!("{} TiB", decimal(bytes, TEBI, 1))
    } else if size >= 4 * GIBI || (size >= GIBI && (tenths(GIBI) || size % MEBI != 0)) {
        // Below that, a whole number of the smaller unit says more than a rounded number of this one.
        format!("{} GiB", decimal(bytes, GIBI, 1))
    } else if size >= MEBI {
        format!("{} MiB", decimal(bytes, MEBI, 1))
    } else {
        format!("{} KiB", decimal(bytes, KIBI, 1))
    }
}

/// Bytes in powers of ten, to a tenth: `128 GB`.
#[must_use]
pub fn decimal_bytes(bytes: i128) -> String {
    let size = bytes.abs();
    if size >= TERA && size * 10 % TERA == 0 {
        format!("{} TB", decimal(bytes, TERA, 1))
    } else if size >= GIGA {
        format!("{} GB", decimal(bytes, GIGA, 1))
    } else if size >= MEGA {
        format!("{} MB", decimal(bytes, MEGA, 1))
    } else {
        format!("{} kB", decimal(bytes, KILO, 1))
    }
}

/// Whether an amount was most likely written in powers of two.
fn is_binary(bytes: i128) -> bool {
    let decimal_places = |mut number: i128| {
        let mut places = 0;
        while number != 0 && number % 10 == 0 {
            number /= 10;
            places += 1;
        }
        places
    };
    let places = decimal_places(bytes);
    places < 6 || (bytes % MEBI == 0 && places < 8)
}

/// `number / unit` with at most `places` decimals, rounded half away from zero, without trailing zeros.
fn decimal(number: i128, unit: i128, places: u32) -> String {
    let power = 10_i128.pow(places);
    let scaled = (number.abs() * power * 2 + unit) / (unit * 2);
    let (whole, fraction) = (scaled / power, scaled % power);
    let sign = if number < 0 && scaled != 0 { "-" } else { "" };
    let width = places as usize;
    let text = format!("{sign}{whole}.{fraction:0width$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> Option<i128> {
        Quantity::parse(text).map(Quantity::value)
    }

    #[test]
    fn suffixes_mean_what_the_api_server_means() {
        assert_eq!(Quantity::parse("500m").map(Quantity::milli), Some(500));
        assert_eq!(value("1.5Gi"), Some(1_610_612_736));
        assert_eq!(value("128G"), Some(128_000_000_000));
        assert_eq!(value("128Gi"), Some(137_438_953_472));
        assert_eq!(value("1e3"), Some(1000));
        assert_eq!(value("1E3"), Some(1000));
        assert_eq!(value("1E"), Some(1_000_000_000_000_000_000));
        assert_eq!(value("1Ei"), Some(1 << 60));
        assert_eq!(value("0.5Ki"), Some(512));
        assert_eq!(value("-2k"), Some(-2000));
        assert_eq!(value(".5k"), Some(500));
        assert_eq!(value("2."), Some(2));
    }

    #[test]
    fn milli_bytes_are_thousandths_and_round_up() {
        // `128m` of memory is 0.128 byte, not 128 MiB; the scheduler charges one byte.
        assert_eq!(value("128m"), Some(1));
        assert_eq!(Quantity::parse("0.0001").map(Quantity::milli), Some(1));
        assert_eq!(value("1e-400"), Some(1));
        assert_eq!(value("0e400"), Some(0));
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", "m", "1K", "1GB", "1 Gi", "1.2.3", "1e", "1e+", "e3", "--1", "9e18k", "1ee3", "NaN"] {
            assert_eq!(value(text), None, "{text}");
        }
    }

    #[test]
    fn people_see_both_systems_of_units() {
        assert_eq!(cpu_text(10_750), "10.75 CPU");
        assert_eq!(cpu_text(8000), "8 CPU");
        assert_eq!(cpu_text(-250), "-0.25 CPU");
        assert_eq!(bytes_text(16 * GIBI), "16 GiB (17.2 GB)");
        assert_eq!(bytes_text(128 * GIGA), "128 GB (119.2 GiB)");
        assert_eq!(bytes_text(3_500 * GIGA), "3.5 TB (3259.6 GiB)");
        assert_eq!(bytes_text(512 * MEBI), "512 MiB (536.9 MB)");
        assert_eq!(bytes_text(1536 * MEBI), "1.5 GiB (1.6 GB)");
        assert_eq!(bytes_text(8 * GIGA), "8 GB (7.5 GiB)");
        assert_eq!(bytes_text(0), "0 B");
        assert_eq!(bytes_text(500 * GIGA), "500 GB (465.7 GiB)");
    }

    proptest! {
        #[test]
        fn rounding_never_loses_demand(whole in 0_i128..1_000_000, fraction in 0_u32..1_000_000) {
            // ceil(x) is at least x and less than x + 1, in thousandths and in units.
            let text = format!("{whole}.{fraction:06}");
            let quantity = Quantity::parse(&text).unwrap();
            let micro = whole * 1_000_000 + i128::from(fraction);
            prop_assert!(quantity.milli() * 1000 >= micro && (quantity.milli() - 1) * 1000 < micro);
            prop_assert!(quantity.value() * 1_000_000 >= micro && (quantity.value() - 1) * 1_000_000 < micro);
        }

        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,12}") {
            let _ = Quantity::parse(&text);
        }
    }
}
