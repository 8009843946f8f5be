//! Exact numbers.
//!
//! A [`Rational`] is a fraction of two `i128`. Every operation is checked: a result that does not fit is an error that
//! the author sees (`V0307`), never a wrong number.

use num_rational::Ratio;
use num_traits::{CheckedAdd, CheckedDiv, CheckedMul, CheckedSub, Signed, Zero};

/// An exact number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rational(Ratio<i128>);

/// Numerators and denominators stay below this, so that comparing two numbers (which multiplies them crosswise)
/// cannot overflow.
const BOUND: i128 = 1 << 62;

impl Rational {
    /// Zero.
    #[must_use]
    pub fn zero() -> Self {
        Self(Ratio::zero())
    }

    /// A whole number; none when it is beyond the bound.
    #[must_use]
    pub fn whole(number: i128) -> Option<Self> {
        Self::bounded(Ratio::from_integer(number))
    }

    /// A fraction; none when the denominator is zero or a part is beyond the bound.
    #[must_use]
    pub fn fraction(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        Self::bounded(Ratio::new(numerator, denominator))
    }

    /// Reads `12`, `0.5`, `3.5`: digits with at most one point.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let joined: i128 = format!("{whole}{fraction}").parse().ok()?;
        Self::fraction(joined, scale)
    }

    fn bounded(ratio: Ratio<i128>) -> Option<Self> {
        let fits = ratio.numer().abs() <= BOUND * 4096 && *ratio.denom() <= BOUND;
        fits.then_some(Self(ratio))
    }

    /// The sum.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "the trait could not say that a sum may be too large")]
    pub fn add(self, other: Self) -> Option<Self> {
        self.0.checked_add(&other.0).and_then(Self::bounded)
    }

    /// The difference.
    #[must_use]
    pub fn subtract(self, other: Self) -> Option<Self> {
        self.0.checked_sub(&other.0).and_then(Self::bounded)
    }

    /// The product.
    #[must_use]
    pub fn multiply(self, other: Self) -> Option<Self> {
        self.0.checked_mul(&other.0).and_then(Self::bounded)
    }

    /// The quotient; none when `other` is zero.
    #[must_use]
    pub fn divide(self, other: Self) -> Option<Self> {
        if other.0.is_zero() {
            return None;
        }
        self.0.checked_div(&other.0).and_then(Self::bounded)
    }

    /// The opposite.
    #[must_use]
    pub fn negate(self) -> Self {
        Self(-self.0)
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0.is_negative()
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The whole number that it is, if it is one.
    #[must_use]
    pub fn to_whole(self) -> Option<i128> {
        self.0.is_integer().then(|| *self.0.numer())
    }

    /// The least whole number that is not below it.
    #[must_use]
    pub fn ceiling(self) -> i128 {
        *self.0.ceil().numer()
    }

    /// The greatest whole number that is not above it.
    #[must_use]
    pub fn floor(self) -> i128 {
        *self.0.floor().numer()
    }

    /// The decimal text if it ends within 18 places, such as `0.25`.
    #[must_use]
    pub fn to_decimal(self) -> Option<String> {
        if let Some(whole) = self.to_whole() {
            return Some(whole.to_string());
        }
        let mut scaled = self.0;
        for places in 1..=18_usize {
            scaled = scaled.checked_mul(&Ratio::from_integer(10))?;
            if scaled.is_integer() {
                let sign = if scaled.is_negative() { "-" } else { "" };
                let digits = format!("{:0>width$}", scaled.numer().abs(), width = places + 1);
                let (whole, fraction) = digits.split_at(digits.len() - places);
                return Some(format!("{sign}{whole}.{fraction}"));
            }
        }
        None
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

/// The decimal text, or a fraction where that does not end.
impl std::fmt::Display for Rational {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.to_decimal() {
            Some(text) => formatter.write_str(&text),
            None => write!(formatter, "{}/{}", self.0.numer(), self.0.denom()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rational;
    use proptest::prelude::*;

    #[test]
    fn three_and_a_half_terabytes_are_exact() {
        let terabyte = Rational::whole(1_000_000_000_000).unwrap();
        let product = Rational::parse("3.5").unwrap().multiply(terabyte).unwrap();
        assert_eq!(product.to_whole(), Some(3_500_000_000_000));
    }

    #[test]
    fn a_tenth_thrice_is_three_tenths_unlike_floats() {
        let tenth = Rational::parse("0.1").unwrap();
        let sum = tenth.add(tenth).unwrap().add(tenth).unwrap();
        assert_eq!(sum, Rational::parse("0.3").unwrap());
        assert_eq!(sum.to_string(), "0.3");
    }

    #[test]
    fn what_does_not_fit_is_refused_and_not_wrapped() {
        assert_eq!(Rational::parse("99999999999999999999999999999999999999999"), None);
        let large = Rational::whole(1 << 73).unwrap();
        assert_eq!(large.multiply(large), None);
        assert_eq!(large.divide(Rational::zero()), None);
    }

    proptest! {
        #[test]
        fn decimal_text_reads_back_as_the_same_number(numerator in -1_000_000_000_i128..1_000_000_000, places in 0_u32..9) {
            let number = Rational::fraction(numerator, 10_i128.pow(places)).unwrap();
            let text = number.to_decimal().unwrap();
            let magnitude = Rational::parse(text.trim_start_matches('-')).unwrap();
            prop_assert_eq!(if text.starts_with('-') { magnitude.negate() } else { magnitude }, number);
        }

        #[test]
        fn rounding_brackets_the_number(numerator in -1_000_000_i128..1_000_000, denominator in 1_i128..1000) {
            let number = Rational::fraction(numerator, denominator).unwrap();
            let (floor, ceiling) = (Rational::whole(number.floor()).unwrap(), Rational::whole(number.ceiling()).unwrap());
            prop_assert!(floor <= number && number <= ceiling);
            prop_assert!(number.ceiling() - number.floor() <= 1);
        }
    }
}
