//! The labels of a machine: those that the source declares, those that follow from them, and those of which nobody says what
//! they are although kubelets and clouds set them.
//!
//! A kubelet states the host name, the operating system and the architecture of its node, each under a stable and a beta key
//! (`initialNode` of `pkg/kubelet/kubelet_node_status.go`; `labelReconcileInfo` of
//! `pkg/controller/nodelifecycle/node_lifecycle_controller.go` keeps both alike). A cloud states the instance type, the zone
//! and the region, again under two keys each (`labelReconcileInfo` of
//! `k8s.io/cloud-provider/controllers/node/node_controller.go`). So a label of these that nobody declares is not absent.

use super::selector::{Labels, label};
use crate::eval::model::Node;
pub use crate::eval::model::{ARCHITECTURE, INSTANCE_TYPE, REGION, ZONE};

/// The label that names the host.
pub const HOSTNAME: &str = "kubernetes.io/hostname";
const SYSTEM: &str = "kubernetes.io/os";

/// What a node may be where nobody says so. Others exist, and are declared by whoever has one.
const ARCHITECTURES: [&str; 2] = ["amd64", "arm64"];

/// What every kubelet states, with the beta key of the same.
const OF_KUBELETS: [[&str; 2]; 2] = [[SYSTEM, "beta.kubernetes.io/os"], [ARCHITECTURE, "beta.kubernetes.io/arch"]];

/// What clouds state, with the beta key of the same.
const OF_CLOUDS: [[&str; 2]; 3] = [
    [INSTANCE_TYPE, "beta.kubernetes.io/instance-type"],
    [ZONE, "failure-domain.beta.kubernetes.io/zone"],
    [REGION, "failure-domain.beta.kubernetes.io/region"],
];

/// The provider of machines that no cloud labels.
pub const NO_PROVIDER: &str = "none";

/// Whether something holds, where labels may be unknown. In ascending order, so that the least of several is what all of them
/// together are, and the greatest what one of them is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    No,
    /// Nobody says.
    Open,
    Yes,
}

impl Truth {
    /// What can be told of what holds in some cases and not in others: nothing, where they differ.
    fn of_cases(mut cases: impl Iterator<Item = bool>) -> Self {
        let first = cases.next();
        match first {
            Some(first) if cases.all(|other| other == first) => Self::from(first),
            _ => Self::Open,
        }
    }

    /// Whether it is not known to be false.
    #[must_use]
    pub fn is_possible(self) -> bool {
        self != Self::No
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// The labels of one machine.
#[derive(Debug, Clone)]
pub struct NodeLabels {
    known: Labels,
    /// Whether what a cloud would state and nobody declares is absent.
    is_bare: bool,
}

impl NodeLabels {
    /// Of one of the like machines of a node type.
    #[must_use]
    pub fn of(node: &Node, number: u64) -> Self {
        let mut known = node.labels.clone();
        // Two machines of one host name are told of elsewhere; several of one type never have one.
        known.retain(|(key, _)| node.count == 1 || key != HOSTNAME);
        let mut add = |key: &str, value: Option<&str>| {
            let value = value.filter(|_| label(&known, key).is_none());
            known.extend(value.map(|value| (key.to_owned(), value.to_owned())));
        };
        add(HOSTNAME, Some(&node.host(number)));
        add(ZONE, node.zone(number));
        // Windows is declared by its label.
        add(SYSTEM, Some("linux"));
        let is_in_cloud = node.provider.as_ref().is_some_and(|provider| provider != NO_PROVIDER);
        let clouds = OF_CLOUDS.iter().filter(|_| is_in_cloud);
        for [stable, beta] in OF_KUBELETS.iter().chain(clouds) {
            for [from, to] in [[beta, stable], [stable, beta]] {
                if let (Some(value), None) = (label(&known, from).map(str::to_owned), label(&known, to)) {
                    known.push(((*to).to_owned(), value));
                }
            }
        }
        Self { known, is_bare: node.provider.as_deref() == Some(NO_PROVIDER) }
    }

    /// Those of which the value is known, declared ones first.
    #[must_use]
    pub fn known(&self) -> &Labels {
        &self.known
    }

    /// Whether a label may be there with a value that nobody states.
    #[must_use]
    pub fn is_open(&self, key: &str) -> bool {
        let is_stated = label(&self.known, key).is_some();
        let is_of = |pairs: &[[&str; 2]]| pairs.iter().flatten().any(|other| *other == key);
        !is_stated && (is_of(&OF_KUBELETS) || is_of(&OF_CLOUDS) && !self.is_bare)
    }

    /// Whether a condition on the value of a label holds, or on there being none.
    pub fn judge(&self, key: &str, holds: impl Fn(Option<&str>) -> bool) -> Truth {
        if !self.is_open(key) {
            return Truth::from(holds(label(&self.known, key)));
        }
        if is_architecture(key) {
            return Truth::of_cases(ARCHITECTURES.iter().map(|one| holds(Some(one))));
        }
        Truth::Open
    }
}

/// Whether a label states the architecture, under either key.
#[must_use]
pub fn is_architecture(key: &str) -> bool {
    OF_KUBELETS[1].contains(&key)
}

/// The unknown labels, for a message that asks for them: what to write in the source for each.
#[must_use]
pub fn field_of(key: &str) -> Option<&'static str> {
    let is = |pair: &[&str; 2]| pair.contains(&key);
    match key {
        _ if is_architecture(key) => Some("arch = \"amd64\""),
        _ if is(&OF_CLOUDS[0]) => Some("instance-type = \"m6i.xlarge\""),
        _ if is(&OF_CLOUDS[1]) => Some("zone = \"a\""),
        _ if is(&OF_CLOUDS[2]) => Some("region = \"eu-west-1\""),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> Node {
        Node { count: 4, ..Node::bare("n", 4000, 8 << 30) }
    }

    #[test]
    fn what_a_kubelet_states_is_known_or_one_of_few() {
        let labels = NodeLabels::of(&node(), 1);
        let is = |wanted: &'static str| move |value: Option<&str>| value == Some(wanted);
        assert_eq!(labels.judge("beta.kubernetes.io/os", is("linux")), Truth::Yes);
        assert_eq!(labels.judge(HOSTNAME, is("n-2")), Truth::Yes);
        assert_eq!(labels.judge(ARCHITECTURE, is("amd64")), Truth::Open);
        assert_eq!(labels.judge(ARCHITECTURE, is("s390x")), Truth::No);
        assert_eq!(labels.judge("beta.kubernetes.io/arch", |value| value.is_some()), Truth::Yes);
        assert_eq!(labels.judge("example.com/gpu", |value| value.is_some()), Truth::No);
    }

    #[test]
    fn what_a_cloud_states_is_open_unless_there_is_none() {
        let is_there = |value: Option<&str>| value.is_some();
        for key in OF_CLOUDS.iter().flatten() {
            assert_eq!(NodeLabels::of(&node(), 0).judge(key, is_there), Truth::Open, "{key}");
            let bare = Node { provider: Some("none".to_owned()), ..node() };
            assert_eq!(NodeLabels::of(&bare, 0).judge(key, is_there), Truth::No, "{key}");
        }
        let zoned = Node { zones: vec!["a".to_owned()], provider: Some("aws".to_owned()), ..node() };
        let labels = NodeLabels::of(&zoned, 0);
        assert_eq!(label(labels.known(), OF_CLOUDS[1][1]), Some("a"));
        let declared = Node { labels: vec![("beta.kubernetes.io/arch".to_owned(), "arm64".to_owned())], ..node() };
        assert_eq!(label(NodeLabels::of(&declared, 0).known(), ARCHITECTURE), Some("arm64"));
    }
}
