//! Units as types: amounts of different units do not mix, and arithmetic on them is exact.

use super::Rational;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Nothing: a bare number.
    One,
    /// Cores.
    Cpu,
    /// Bytes.
    Bytes,
    /// Seconds.
    Duration,
    /// Hundredths.
    Percent,
    /// Events in a second.
    Rate,
    /// Bytes in a second.
    ByteRate,
    /// Euros in a month of 30 days.
    Euro,
    /// Dollars in a month of 30 days.
    Dollar,
}

/// A number with its unit, in the unit's base (cores, bytes, seconds, …).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    /// What it counts.
    pub unit: Unit,
    /// How many.
    pub number: Rational,
}

/// Why a number literal has no meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitError {
    /// The suffix does not exist.
    UnknownSuffix,
    /// The word behind `/` is not a duration.
    UnknownPeriod,
    /// A suffix that cannot stand before `/`, or money without a period.
    Mixed,
    /// Too large or too fine.
    Overflow,
}

/// Every suffix with its unit and factor. The one table: the editor grammar is tested against `syntax::keywords::UNITS`,
/// and that against this.
pub const SUFFIXES: &[(&str, Unit, i128, i128)] = &[
    ("m", Unit::Cpu, 1, 1000),
    ("k", Unit::Bytes, 1000, 1),
    ("K", Unit::Bytes, 1000, 1),
    ("KB", Unit::Bytes, 1000, 1),
    ("kB", Unit::Bytes, 1000, 1),
    ("M", Unit::Bytes, 1_000_000, 1),
    ("MB", Unit::Bytes, 1_000_000, 1),
    ("G", Unit::Bytes, 1_000_000_000, 1),
    ("GB", Unit::Bytes, 1_000_000_000, 1),
    ("T", Unit::Bytes, 1_000_000_000_000, 1),
    ("TB", Unit::Bytes, 1_000_000_000_000, 1),
    ("P", Unit::Bytes, 1_000_000_000_000_000, 1),
    ("PB", Unit::Bytes, 1_000_000_000_000_000, 1),
    ("Ki", Unit::Bytes, 1 << 10, 1),
    ("KiB", Unit::Bytes, 1 << 10, 1),
    ("Mi", Unit::Bytes, 1 << 20, 1),
    ("MiB", Unit::Bytes, 1 << 20, 1),
    ("Gi", Unit::Bytes, 1 << 30, 1),
    ("GiB", Unit::Bytes, 1 << 30, 1),
    ("Ti", Unit::Bytes, 1 << 40, 1),
    ("TiB", Unit::Bytes, 1 << 40, 1),
    ("Pi", Unit::Bytes, 1 << 50, 1),
    ("PiB", Unit::Bytes, 1 << 50, 1),
    ("ms", Unit::Duration, 1, 1000),
    ("s", Unit::Duration, 1, 1),
    ("min", Unit::Duration, 60, 1),
    ("h", Unit::Duration, 3600, 1),
    ("d", Unit::Duration, 86_400, 1),
    ("mo", Unit::Duration, 30 * 86_400, 1),
    ("y", Unit::Duration, 365 * 86_400, 1),
    ("%", Unit::Percent, 1, 1),
];

/// Words behind `/` that are no suffix.
const PERIODS: &[(&str, i128)] =
    &[("second", 1), ("minute", 60), ("hour", 3600), ("day", 86_400), ("month", 30 * 86_400), ("year", 365 * 86_400)];

impl Amount {
    /// A bare number.
    #[must_use]
    pub fn bare(number: Rational) -> Self {
        Self { unit: Unit::One, number }
    }

    /// Reads the parts of a literal: `€ 850 / month`, `500 Gi`, `1000 / min`.
    ///
    /// # Errors
    /// When the suffix or the period does not exist, when they do not go together, or when the number does not fit.
    pub fn from_literal(
        currency: Option<&str>,
        digits: &str,
        suffix: Option<&str>,
        per: Option<&str>,
    ) -> Result<Self, UnitError> {
        let number = Rational::parse(digits).ok_or(UnitError::Overflow)?;
        let amount = match suffix {
            None => Self::bare(number),
            Some(suffix) => {
                let (_, unit, numerator, denominator) =
                    SUFFIXES.iter().find(|(word, ..)| *word == suffix).ok_or(UnitError::UnknownSuffix)?;
                let factor = Rational::fraction(*numerator, *denominator).ok_or(UnitError::Overflow)?;
                Self { unit: *unit, number: number.multiply(factor).ok_or(UnitError::Overflow)? }
            }
        };
        let period = match per {
            None => None,
            Some(word) => Some(period_in_seconds(word).ok_or(UnitError::UnknownPeriod)?),
        };
        match (currency, amount.unit, period) {
            (None, _, None) => Ok(amount),
            (None, Unit::One | Unit::Bytes, Some(seconds)) => {
                let unit = if amount.unit == Unit::One { Unit::Rate } else { Unit::ByteRate };
                Ok(Self { unit, number: amount.number.divide(seconds).ok_or(UnitError::Overflow)? })
            }
            (Some(currency), Unit::One, Some(seconds)) => {
                let unit = if matches!(currency, "€" | "EUR") { Unit::Euro } else { Unit::Dollar };
                let months =
                    Rational::whole(30 * 86_400).and_then(|month| month.divide(seconds)).ok_or(UnitError::Overflow)?;
                Ok(Self { unit, number: amount.number.multiply(months).ok_or(UnitError::Overflow)? })
            }
            _ => Err(UnitError::Mixed),
        }
    }

    /// The number in thousandths of a core, rounded up as Kubernetes rounds.
    #[must_use]
    pub fn to_milli(self) -> Option<i128> {
        Some(self.number.multiply(Rational::whole(1000)?)?.ceiling())
    }

    /// How messages and `text(…)` write it: in the largest unit that needs no fraction, as the author would.
    #[must_use]
    pub fn display(self) -> String {
        match self.unit {
            Unit::One => self.number.to_string(),
            Unit::Cpu => match self.number.to_whole() {
                Some(whole) => whole.to_string(),
                None => self.in_steps(&[("m", 1, 1000)]),
            },
            Unit::Bytes => self.quantity(),
            Unit::Duration => {
                self.in_steps(&[("d", 86_400, 1), ("h", 3600, 1), ("min", 60, 1), ("s", 1, 1), ("ms", 1, 1000)])
            }
            Unit::Percent => format!("{}%", self.number),
            Unit::Rate => self.per_period(Unit::One),
            Unit::ByteRate => self.per_period(Unit::Bytes),
            Unit::Euro => format!("€{}/month", self.number),
            Unit::Dollar => format!("${}/month", self.number),
        }
    }

    /// The Kubernetes quantity: the shortest of the decimal and binary texts, binary on a tie. Only CPU and bytes are
    /// quantities; a bare number is its digits.
    #[must_use]
    pub fn quantity(self) -> String {
        match self.unit {
            Unit::Cpu => self.display(),
            Unit::Bytes => {
                // Bytes finer than one are rounded up, as apimachinery's `Quantity.Value` does.
                let bytes = self.number.ceiling();
                let texts = BYTE_SUFFIXES.iter().filter(|(_, factor)| bytes % factor == 0);
                let shortest =
                    texts.map(|(suffix, factor)| format!("{}{suffix}", bytes / factor)).min_by_key(String::len);
                shortest.unwrap_or_else(|| bytes.to_string())
            }
            _ => self.number.to_string(),
        }
    }

    fn in_steps(self, steps: &[(&str, i128, i128)]) -> String {
        if self.number.is_zero() {
            return steps
                .iter()
                .find(|(_, numerator, denominator)| numerator == denominator)
                .map_or_else(|| "0".to_owned(), |(suffix, ..)| format!("0{suffix}"));
        }
        for (suffix, numerator, denominator) in steps {
            let whole = Rational::fraction(*numerator, *denominator)
                .and_then(|step| self.number.divide(step))
                .and_then(Rational::to_whole);
            if let Some(whole) = whole {
                return format!("{whole}{suffix}");
            }
        }
        let (suffix, ..) =
            steps.iter().find(|(_, numerator, denominator)| numerator == denominator).unwrap_or(&("", 1, 1));
        format!("{}{suffix}", self.number)
    }

    fn per_period(self, unit: Unit) -> String {
        for (word, seconds) in [("s", 1), ("min", 60), ("h", 3600), ("d", 86_400)] {
            let number = Rational::whole(seconds).and_then(|period| self.number.multiply(period));
            if let Some(number) = number.filter(|number| number.to_whole().is_some()) {
                return format!("{}/{word}", Self { unit, number }.display());
            }
        }
        format!("{}/s", self.number)
    }
}

/// Binary first, so that a tie goes to it.
const BYTE_SUFFIXES: &[(&str, i128)] = &[
    ("Pi", 1 << 50),
    ("Ti", 1 << 40),
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
    ("P", 1_000_000_000_000_000),
    ("T", 1_000_000_000_000),
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1000),
    ("", 1),
];

fn period_in_seconds(word: &str) -> Option<Rational> {
    let suffix = SUFFIXES.iter().find(|(suffix, unit, ..)| *suffix == word && *unit == Unit::Duration);
    if let Some((_, _, numerator, denominator)) = suffix {
        return Rational::fraction(*numerator, *denominator);
    }
    PERIODS.iter().find(|(period, _)| *period == word).and_then(|(_, seconds)| Rational::whole(*seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(digits: &str, suffix: &str) -> Amount {
        Amount::from_literal(None, digits, Some(suffix), None).unwrap()
    }

    #[test]
    fn giga_and_gibi_are_different_numbers() {
        assert_eq!(read("128", "GB").number.to_whole(), Some(128_000_000_000));
        assert_eq!(read("128", "Gi").number.to_whole(), Some(137_438_953_472));
    }

    #[test]
    fn quantities_are_written_as_an_author_would() {
        for (digits, suffix, text) in [
            ("512", "Mi", "512Mi"),
            ("1024", "Mi", "1Gi"),
            ("128", "GB", "128G"),
            ("3.5", "TB", "3500G"),
            ("1.5", "Gi", "1536Mi"),
            ("250", "m", "250m"),
            ("2000", "m", "2"),
        ] {
            assert_eq!(read(digits, suffix).quantity(), text);
        }
    }

    #[test]
    fn rates_money_and_durations_read_back_in_words() {
        let rate = Amount::from_literal(None, "1000", None, Some("min")).unwrap();
        assert_eq!(rate.display(), "1000/min");
        let money = Amount::from_literal(Some("EUR"), "0.12", None, Some("h")).unwrap();
        assert_eq!(money.display(), "€86.4/month");
        assert_eq!(read("90", "min").display(), "90min");
        assert_eq!(read("720", "h").display(), "30d");
        assert_eq!(Amount::from_literal(None, "5", Some("x"), None), Err(UnitError::UnknownSuffix));
        assert_eq!(Amount::from_literal(Some("€"), "5", None, None), Err(UnitError::Mixed));
    }

    proptest! {
        #[test]
        fn a_written_quantity_reads_back_as_the_same_bytes(bytes in 0_i128..i128::from(i64::MAX)) {
            let amount = Amount { unit: Unit::Bytes, number: Rational::whole(bytes).unwrap() };
            let text = amount.quantity();
            let split = text.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(text.len());
            let (digits, suffix) = text.split_at(split);
            let again = Amount::from_literal(None, digits, (!suffix.is_empty()).then_some(suffix), None).unwrap();
            prop_assert_eq!(again.number.to_whole(), Some(bytes));
        }
    }
}
