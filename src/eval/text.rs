//! Credentials in plain text.

/// What kind of credential a text holds, if it looks like one: a password in an address, or a key with a well-known
/// shape. Deliberately narrow: a false alarm cannot be switched off.
#[must_use]
pub fn credential(text: &str) -> Option<&'static str> {
    if password_in_address(text) {
        return Some("a password");
    }
    let prefixes = [
        ("AKIA", 20, "an AWS access key"),
        ("ghp_", 40, "a GitHub token"),
        ("github_pat_", 30, "a GitHub token"),
        ("glpat-", 20, "a GitLab token"),
        ("xoxb-", 30, "a Slack token"),
        ("xoxp-", 30, "a Slack token"),
        ("sk_live_", 24, "a Stripe key"),
    ];
    for word in
        text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_' || character == '-'))
    {
        if let Some((_, _, what)) =
            prefixes.iter().find(|(prefix, least, _)| word.starts_with(prefix) && word.len() >= *least)
        {
            return Some(what);
        }
    }
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    None
}

/// `scheme://user:password@host`, RFC 3986 §3.2.1.
fn password_in_address(text: &str) -> bool {
    text.match_indices("://").any(|(position, _)| {
        let authority = text[position + 3..].split(['/', '?', '#', ' ', '"', '\n']).next().unwrap_or("");
        let Some((user, host)) = authority.rsplit_once('@') else {
            return false;
        };
        let password = user.split_once(':').map_or("", |(_, password)| password);
        // A placeholder that somebody else fills in (`$(PASSWORD)`, `<password>`, `{{ … }}`) is no password.
        !password.is_empty() && !host.is_empty() && !password.starts_with(['$', '<', '{'])
    })
}

/// Whether `YYYY-MM-DD` is a day of the Gregorian calendar. The lexer has seen to the digits.
pub(super) fn is_date(text: &str) -> bool {
    let mut parts = text.split('-').map(|part| part.parse::<u32>().unwrap_or(0));
    let (year, month, day) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::{credential, is_date};

    #[test]
    fn february_has_the_right_length() {
        assert!(is_date("2024-02-29") && is_date("2000-02-29") && is_date("2026-12-31"));
        assert!(!is_date("2026-02-29") && !is_date("1900-02-29") && !is_date("2026-13-01") && !is_date("2026-04-00"));
    }

    #[test]
    fn passwords_and_keys_are_seen_and_lookalikes_are_not() {
        assert_eq!(credential("postgresql://user:pass@postgres-primary:5432/vauban"), Some("a password"));
        assert_eq!(credential("AKIAIOSFODNN7EXAMPLE"), Some("an AWS access key"));
        assert_eq!(credential("-----BEGIN RSA PRIVATE KEY-----"), Some("a private key"));
        assert_eq!(credential("redis://cache:6379/0"), None);
        assert_eq!(credential("postgresql://app:$(PASSWORD)@db/app"), None);
        assert_eq!(credential("https://example.com/@user:name"), None);
        assert_eq!(credential("mailto:admin@vauban.tech"), None);
    }
}
