//! Amounts of resources as people read them.

use crate::objects::quantity::{bytes_text, cpu_text};

/// An amount of a resource, or of a key of a quota: `0.5 CPU`, `2 GiB (2.1 GB)`, `3`.
#[must_use]
pub fn amount(resource: &str, amount: i128) -> String {
    if resource.ends_with("cpu") {
        cpu_text(amount)
    } else if resource.ends_with("pods") || resource.ends_with("persistentvolumeclaims") {
        amount.to_string()
    } else {
        bytes_text(amount)
    }
}
