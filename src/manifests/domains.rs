//! What the labels of a node say of where pods may be, where some labels are there and nobody states them.

use std::collections::BTreeMap;

use crate::manifests::constraints::Labels;

/// Whether something holds: certainly not, perhaps, certainly. The least of several is what all of them together are, and the
/// greatest what any of them is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sure {
    Not,
    Perhaps,
    Surely,
}

impl From<bool> for Sure {
    fn from(holds: bool) -> Self {
        if holds { Self::Surely } else { Self::Not }
    }
}

/// A kubelet states one of these of every node; of others it is declared.
const PROCESSORS: [&str; 2] = ["amd64", "arm64"];
const OF_PROCESSORS: [&str; 2] = ["kubernetes.io/arch", "beta.kubernetes.io/arch"];

/// A kubelet states the system of every node under both.
const OF_SYSTEMS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];

/// A cloud may state these of its nodes.
const OF_CLOUDS: [&str; 6] = [
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/region",
];

#[derive(Debug)]
pub(crate) struct NodeLabels {
    pub(crate) known: Labels,
    /// Whether no cloud states anything of it.
    is_bare: bool,
}

impl NodeLabels {
    pub(crate) fn new(known: BTreeMap<String, String>, is_bare: bool) -> Self {
        Self { known, is_bare }
    }

    /// Whether a label may be there that is not among those that are known.
    pub(crate) fn is_open(&self, key: &str) -> bool {
        let is_of_kubelet = OF_PROCESSORS.contains(&key) || OF_SYSTEMS.contains(&key);
        !self.known.contains_key(key) && (is_of_kubelet || !self.is_bare && OF_CLOUDS.contains(&key))
    }

    /// Whether a condition on a label holds, or on there being none.
    pub(crate) fn judge(&self, key: &str, holds: impl Fn(Option<&str>) -> bool) -> Sure {
        if !self.is_open(key) {
            return holds(self.known.get(key).map(String::as_str)).into();
        }
        let all = PROCESSORS.map(|one| holds(Some(one)));
        let is_same = OF_PROCESSORS.contains(&key) && all[0] == all[1];
        if is_same { all[0].into() } else { Sure::Perhaps }
    }
}
