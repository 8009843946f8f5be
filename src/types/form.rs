//! Texts that must have a form: hosts, images, schedules, addresses.

use std::net::IpAddr;

/// A text with a form of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    Cron,
    Cidr,
    Host,
    Url,
    Image,
}

impl Form {
    /// The type's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cron => "Cron",
            Self::Cidr => "Cidr",
            Self::Host => "Host",
            Self::Url => "Url",
            Self::Image => "Image",
        }
    }

    /// What is wrong with a text of this form, in words that follow "because"; nothing when it is right.
    #[must_use]
    pub fn problem(self, text: &str) -> Option<String> {
        match self {
            Self::Cron => cron_problem(text),
            Self::Cidr => cidr_problem(text),
            Self::Host => host_problem(text),
            Self::Url => url_problem(text),
            Self::Image => image_problem(text),
        }
    }
}

/// Five fields as `k8s.io/kubernetes/pkg/apis/batch/validation` accepts through `robfig/cron` `ParseStandard`, or `@daily` and its kin.
fn cron_problem(text: &str) -> Option<String> {
    if matches!(text, "@yearly" | "@annually" | "@monthly" | "@weekly" | "@daily" | "@midnight" | "@hourly") {
        return None;
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != 5 {
        return Some(format!("a schedule has five fields (minute hour day month weekday), this has {}", fields.len()));
    }
    let limits = [("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 6)];
    fields.iter().zip(limits).find_map(|(field, (name, low, high))| {
        let right = field.split(',').all(|part| cron_part_is_right(part, low, high));
        (!right).then(|| format!("`{field}` is no {name} between {low} and {high}"))
    })
}

fn cron_part_is_right(part: &str, low: u32, high: u32) -> bool {
    const NAMES: [&str; 19] = [
        "sun", "mon", "tue", "wed", "thu", "fri", "sat", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep",
        "oct", "nov", "dec",
    ];
    let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
    if step.is_some_and(|step| !step.parse::<u32>().is_ok_and(|step| step > 0)) {
        return false;
    }
    let number = |word: &str| {
        word.parse::<u32>().is_ok_and(|number| (low..=high).contains(&number))
            || (high <= 12 && NAMES.contains(&word.to_lowercase().as_str()))
    };
    range == "*"
        || range == "?"
        || range.split_once('-').map_or_else(|| number(range), |(first, last)| number(first) && number(last))
}

fn cidr_problem(text: &str) -> Option<String> {
    let Some((address, length)) = text.split_once('/') else {
        return Some("a network is written as address/length, such as `10.0.0.0/8`".to_owned());
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return Some(format!("`{address}` is no IP address"));
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    let right = length.parse::<u8>().is_ok_and(|length| length <= most);
    (!right).then(|| format!("the length is between 0 and {most}"))
}

/// RFC 1123 §2.1; a leading `*.` is a wildcard as Ingress rules take it.
fn host_problem(text: &str) -> Option<String> {
    let name = text.strip_prefix("*.").unwrap_or(text);
    if name.is_empty() || name.len() > 253 {
        return Some("a host name has between 1 and 253 characters".to_owned());
    }
    name.split('.').find_map(|label| {
        let edges = label.starts_with('-') || label.ends_with('-');
        let letters = label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let right = !label.is_empty() && label.len() <= 63 && letters && !edges;
        (!right).then(|| {
            format!("`{label}` is no label of a host name: lower-case letters, digits and inner `-`, at most 63")
        })
    })
}

fn url_problem(text: &str) -> Option<String> {
    let right = text.split_once("://").is_some_and(|(scheme, rest)| {
        !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte))
            && !rest.is_empty()
    });
    (!right || text.contains(char::is_whitespace)).then(|| "an address is written as scheme://host/path".to_owned())
}

/// `[registry/]path[:tag][@digest]` of the distribution reference grammar; a tag or a digest must be there, and `latest` is none.
fn image_problem(text: &str) -> Option<String> {
    let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
    let last = name.rsplit('/').next().unwrap_or(name);
    let tag = last.split_once(':').map(|(_, tag)| tag);
    let path = tag.map_or(name, |tag| &name[..name.len() - tag.len() - 1]);
    let path_is_right = !path.is_empty()
        && path.split('/').all(|part| !part.is_empty())
        && path.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/:".contains(&byte));
    if !path_is_right {
        return Some(format!("`{path}` is no image name: lower-case parts between `/`"));
    }
    match (tag, digest) {
        (_, Some(digest)) if !digest.starts_with("sha256:") || digest.len() != 71 => {
            Some("a digest is `sha256:` and 64 hexadecimal digits".to_owned())
        }
        (Some("latest"), None) => Some("the tag `latest` moves: what runs would not be what was proved".to_owned()),
        (None, None) => Some("it has neither tag nor digest, so it means `latest`, which moves".to_owned()),
        (Some(tag), _) if !tag_is_right(tag) => {
            Some(format!("`{tag}` is no tag: letters, digits, `_`, `.` and `-`, at most 128"))
        }
        _ => None,
    }
}

fn tag_is_right(tag: &str) -> bool {
    let first = tag.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && tag.len() <= 128
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn each_form_takes_the_right_and_refuses_the_wrong() {
        let right = [
            (Form::Cron, "0 2 * * *"),
            (Form::Cron, "*/15 0-6 1,15 * mon-fri"),
            (Form::Cron, "@daily"),
            (Form::Cidr, "10.0.0.0/8"),
            (Form::Cidr, "fd00::/8"),
            (Form::Host, "api.vauban.blog"),
            (Form::Host, "*.vauban.blog"),
            (Form::Url, "https://github.com/vauban/infra.git"),
            (Form::Image, "registry.vauban.blog:5000/api:v3f2a91c"),
            (Form::Image, "redis:7-alpine"),
        ];
        for (form, text) in right {
            assert_eq!(form.problem(text), None, "{text}");
        }
        let wrong = [
            (Form::Cron, "0 2 * *"),
            (Form::Cron, "61 * * * *"),
            (Form::Cron, "*/0 * * * *"),
            (Form::Cidr, "10.0.0.0"),
            (Form::Cidr, "10.0.0.0/33"),
            (Form::Host, "API.vauban.blog"),
            (Form::Host, "a..b"),
            (Form::Host, ""),
            (Form::Url, "github.com/vauban"),
            (Form::Image, "madara:latest"),
            (Form::Image, "madara"),
            (Form::Image, "Madara:1"),
            (Form::Image, "a@sha256:12"),
        ];
        for (form, text) in wrong {
            assert!(form.problem(text).is_some(), "{text}");
        }
    }
}
