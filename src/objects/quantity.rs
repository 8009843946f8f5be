//! Quantities as Kubernetes writes them, read exactly.

use crate::types::Rational;

/// The number that a quantity such as `128Mi`, `250m`, `1e3` or `0.5` means, after `ParseQuantity` of
/// `k8s.io/apimachinery/pkg/api/resource`. Nothing when it is none, or beyond what is computed exactly.
#[must_use]
pub fn parse(text: &str) -> Option<Rational> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(unsigned.len());
    let (digits, suffix) = unsigned.split_at(end);
    if digits.trim_matches('.').is_empty() || digits.matches('.').count() > 1 {
        return None;
    }
    let number = Rational::parse(digits)?.multiply(factor(suffix)?)?;
    Some(if text.starts_with('-') { number.negate() } else { number })
}

fn factor(suffix: &str) -> Option<Rational> {
    let binary = |power: u32| Rational::whole(1_i128 << (10 * power));
    let decimal = |power: i32| {
        let scale = 10_i128.checked_pow(power.unsigned_abs())?;
        if power < 0 { Rational::fraction(1, scale) } else { Rational::whole(scale) }
    };
    match suffix {
        "" => decimal(0),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        _ => decimal(suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_suffixes_are_exact() {
        let whole = |number| Rational::whole(number);
        assert_eq!(parse("128Mi"), whole(128 << 20));
        assert_eq!(parse("1.5Gi"), whole(3 << 29));
        assert_eq!(parse("4Ei"), whole(4 << 60));
        assert_eq!(parse("250m"), Rational::fraction(1, 4));
        assert_eq!(parse("0.1"), Rational::fraction(1, 10));
        assert_eq!(parse("1e3"), whole(1000));
        assert_eq!(parse("12E-2"), Rational::fraction(12, 100));
        assert_eq!(parse("-5k"), whole(-5000));
        assert_eq!(parse("2E"), whole(2_000_000_000_000_000_000));
        assert_eq!(parse(".5"), Rational::fraction(1, 2));
    }

    #[test]
    fn what_kubernetes_does_not_parse_is_nothing() {
        for text in ["", "Mi", "1 Gi", "1GB", "1mi", "1KB", "1.2.3", ".", "-", "1e", "1ee3", "0x10", "--1", "1K"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
