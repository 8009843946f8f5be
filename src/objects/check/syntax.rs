//! The forms of names in Kubernetes. Each function says what is wrong with a text, in words that follow "because", or
//! nothing. The rules are those of `k8s.io/apimachinery/pkg/util/validation/validation.go` unless another source is
//! named.

/// `IsDNS1123Label`: 63 lower-case letters, digits and hyphens.
pub(super) fn dns_label(text: &str) -> Option<String> {
    length(text, 63)
        .or_else(|| letters(text, "lower-case letters, digits and `-`", is_label_letter))
        .or_else(|| ends(text, |letter| letter != '-'))
}

/// `IsDNS1035Label`: a label that begins with a letter.
pub(super) fn dns_1035_label(text: &str) -> Option<String> {
    dns_label(text).or_else(|| {
        let starts = text.starts_with(|first: char| first.is_ascii_lowercase());
        (!starts).then(|| "it must begin with a letter".to_owned())
    })
}

/// `IsDNS1123Subdomain`: labels between points, 253 characters.
pub(super) fn dns_subdomain(text: &str) -> Option<String> {
    length(text, 253)
        .or_else(|| {
            letters(text, "lower-case letters, digits, `-` and `.`", |letter| is_label_letter(letter) || letter == '.')
        })
        .or_else(|| {
            text.split('.').find_map(|part| {
                if part.is_empty() {
                    Some("two points meet or a point stands at an end".into())
                } else {
                    ends(part, |letter| letter != '-')
                }
            })
        })
}

/// `IsValidPortName`: the name of a service at IANA, RFC 6335.
pub(super) fn port_name(text: &str) -> Option<String> {
    length(text, 15)
        .or_else(|| letters(text, "lower-case letters, digits and `-`", is_label_letter))
        .or_else(|| ends(text, |letter| letter != '-'))
        .or_else(|| text.contains("--").then(|| "two hyphens meet".to_owned()))
        .or_else(|| {
            (!text.contains(|letter: char| letter.is_ascii_lowercase())).then(|| "it holds no letter".to_owned())
        })
}

/// `IsQualifiedName`: the key of a label, `prefix/name`.
pub(super) fn label_key(text: &str) -> Option<String> {
    let name = match text.split_once('/') {
        None => text,
        Some((prefix, name)) => {
            if let Some(problem) = dns_subdomain(prefix) {
                return Some(format!("before the `/`, {problem}"));
            }
            name
        }
    };
    qualified_part(name)
}

/// `IsValidLabelValue`: empty or 63 letters, digits, `-`, `_` and `.`.
pub(super) fn label_value(text: &str) -> Option<String> {
    if text.is_empty() { None } else { qualified_part(text) }
}

fn qualified_part(text: &str) -> Option<String> {
    length(text, 63)
        .or_else(|| {
            letters(text, "letters, digits, `-`, `_` and `.`", |letter| {
                letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
            })
        })
        .or_else(|| ends(text, |letter| letter.is_ascii_alphanumeric()))
}

/// `IsRelaxedEnvVarName`: what can be printed in ASCII, but no `=`.
pub(super) fn relaxed_environment_variable(text: &str) -> Option<String> {
    letters(text, "what ASCII can print but `=`", |letter| matches!(letter, ' '..='~') && letter != '=')
}

/// `IsEnvVarName`, which servers enforce unless `RelaxedEnvironmentVariableValidation` is switched on.
pub(super) fn environment_variable(text: &str) -> Option<String> {
    letters(text, "letters, digits, `_`, `-` and `.`", |letter| {
        letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
    })
    .or_else(|| text.starts_with(|first: char| first.is_ascii_digit()).then(|| "it begins with a digit".to_owned()))
    .or_else(|| dots(text))
}

/// `IsConfigMapKey`, which Secrets use too: it becomes the name of a file.
pub(super) fn config_key(text: &str) -> Option<String> {
    length(text, 253)
        .or_else(|| {
            letters(text, "letters, digits, `-`, `_` and `.`", |letter| {
                letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
            })
        })
        .or_else(|| dots(text))
}

/// `ValidatePathSegmentName` of `k8s.io/apimachinery/pkg/api/validation/path/name.go`, of any length.
pub(super) fn path_segment(text: &str) -> Option<String> {
    if matches!(text, "." | "..") {
        return Some("it would be a path".to_owned());
    }
    letters(text, "anything but `/` and `%`", |letter| !matches!(letter, '/' | '%'))
}

fn is_label_letter(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'
}

pub(super) fn length(text: &str, most: usize) -> Option<String> {
    let count = text.chars().count();
    (count > most).then(|| format!("it has {count} characters, {most} are allowed"))
}

/// Refuses the empty text too: all of these forms do.
fn letters(text: &str, allowed: &str, is_allowed: impl Fn(char) -> bool) -> Option<String> {
    if text.is_empty() {
        return Some("it is empty".to_owned());
    }
    let letter = text.chars().find(|letter| !is_allowed(*letter))?;
    let shown = if letter == '`' { "a back-tick".to_owned() } else { format!("`{}`", letter.escape_debug()) };
    Some(format!("it holds {shown}; allowed are {allowed}"))
}

fn ends(text: &str, may_end: impl Fn(char) -> bool) -> Option<String> {
    let right = text.starts_with(&may_end) && text.ends_with(&may_end);
    (!right).then(|| "it must begin and end with a letter or digit".to_owned())
}

fn dots(text: &str) -> Option<String> {
    (text == "." || text.starts_with("..")).then(|| "it would be a path".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(form: fn(&str) -> Option<String>, right: &[&str], wrong: &[&str]) {
        for text in right {
            assert_eq!(form(text), None, "{text:?}");
        }
        for text in wrong {
            assert!(form(text).is_some(), "{text:?}");
        }
    }

    #[test]
    fn labels_of_both_standards() {
        let (longest, longer) = ("a".repeat(63), "a".repeat(64));
        accepts(dns_label, &["a", "1a", "a-b", &longest], &["", "A", "a_b", "a.b", "-a", "a-", "é", &longer]);
        accepts(dns_1035_label, &["a1"], &["1a"]);
    }

    #[test]
    fn subdomains() {
        let longer = "a".repeat(254);
        accepts(dns_subdomain, &["a.b", "a-b.1"], &["", "a..b", ".a", "a.", "a.-b", "a_b", &longer]);
    }

    #[test]
    fn port_names_are_short_and_hold_a_letter() {
        accepts(port_name, &["http", "http-metrics", "9p"], &["", "http-metrics-too-long", "80", "a--b", "-a", "HTTP"]);
    }

    #[test]
    fn label_keys_and_values() {
        accepts(label_key, &["app", "app.kubernetes.io/name", "A_b"], &["", "a/b/c", "/a", "A/b", "a/", "a b", "-a"]);
        accepts(label_value, &["", "1.27", "A_b-c"], &["a/b", "a:b", "-a", "a b", &"a".repeat(64)]);
    }

    #[test]
    fn environment_variables_and_keys_of_config_maps() {
        accepts(relaxed_environment_variable, &["1A", "A B", ".", "..a", "x/y"], &["", "A=B", "é", "\t"]);
        accepts(environment_variable, &["HOME", "_a", "a.b-c"], &["", "1A", "A B", "A=B", "..a", "."]);
        accepts(config_key, &["a", ".env", "1.yaml"], &["", ".", "..", "..a", "a/b", "<<"]);
        accepts(path_segment, &["system:node", "A b"], &["", ".", "..", "a/b", "a%b"]);
    }
}
