//! Extended resources and huge pages: whole things that a node has some of, and of which a pod requests what it is limited to.

use std::collections::BTreeMap;

use super::quantity::{Quantity, ceil_div};
use super::{Node, NodeValue};
pub use crate::eval::model::is_extended;

/// Why the API server refuses what a container states of such a resource (`ValidateResourceRequirements` and
/// `validateResourceQuantityValue` of `pkg/apis/core/validation/validation.go`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// It is no whole number.
    Broken,
    /// It is requested, and there is no limit of it.
    Unlimited,
    /// It is requested, and limited to something else.
    Uneven,
}

/// What a pod requests of each extended resource, in whole units, and what the API server refuses of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extended {
    pub requests: BTreeMap<String, i128>,
    /// A container, the resource, and what is wrong with it.
    pub misfit: Option<(String, String, Misfit)>,
}

impl Extended {
    /// Reads the spec of a pod.
    #[must_use]
    pub fn read(spec: &Node) -> Self {
        let mut found = Self::default();
        let list = |key: &str| spec.get(key).map(Node::items).unwrap_or_default();
        let containers = || list("initContainers").iter().chain(list("containers"));
        let names = |map: Option<&Node>| -> Vec<String> {
            let keys = map.and_then(Node::as_map).into_iter().flatten().map(|(key, _)| key.to_string());
            keys.filter(|key| is_extended(key)).collect()
        };
        let mut all: Vec<String> = names(spec.get("overhead"));
        for container in containers() {
            let own = ["limits", "requests"].map(|part| names(container.at(&["resources", part])));
            found.misfit = found.misfit.or_else(|| own.iter().flatten().find_map(|name| misfit(container, name)));
            all.extend(own.into_iter().flatten());
        }
        all.sort_unstable();
        all.dedup();
        for name in all {
            let (mut staying, mut most) = (0, 0);
            for container in containers() {
                let is_passing = list("initContainers").iter().any(|one| std::ptr::eq(one, container))
                    && container.get("restartPolicy").and_then(Node::as_str) != Some("Always");
                let own = stated(container, "requests", &name).or_else(|| stated(container, "limits", &name));
                most = most.max(staying + own.unwrap_or(0));
                staying += if is_passing { 0 } else { own.unwrap_or(0) };
            }
            let overhead = amount(spec.get("overhead"), &name).unwrap_or(0);
            found.requests.insert(name, ceil_div(most + overhead, 1000));
        }
        found.requests.retain(|_, amount| *amount > 0);
        found
    }
}

/// An amount in thousandths.
fn amount(map: Option<&Node>, name: &str) -> Option<i128> {
    let node = map?.get(name).filter(|node| !matches!(node.value, NodeValue::Null))?;
    Some(Quantity::of(node)?.milli())
}

fn stated(container: &Node, part: &str, name: &str) -> Option<i128> {
    amount(container.at(&["resources", part]), name)
}

fn misfit(container: &Node, name: &str) -> Option<(String, String, Misfit)> {
    let [limit, request] = ["limits", "requests"].map(|part| stated(container, part, name));
    let why = match (limit, request) {
        (None, Some(_)) => Misfit::Unlimited,
        (Some(limit), Some(request)) if limit != request => Misfit::Uneven,
        (Some(limit), _) if limit % 1000 != 0 => Misfit::Broken,
        _ => return None,
    };
    let container = container.get("name").and_then(Node::as_str).unwrap_or_default();
    Some((container.to_owned(), name.to_owned(), why))
}
