//! What keeps a pod from a node beside resources: anti-affinity, spread, host ports, and what is not understood.

use std::collections::BTreeSet;

use crate::data::Node;
use crate::fit::evidence::reason::Strange;
use crate::fit::read::pods::PodType;
use crate::fit::read::understood::unknown;
use crate::objects::selector::Selector;

pub(crate) use crate::objects::node_labels::{HOSTNAME, ZONE};

const REVISION: &str = "pod-template-hash";

/// Labels that controllers add to pods, so that no template tells whether a selector matches them.
const ADDED: [&str; 8] = [
    REVISION,
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/",
];

/// A required term of affinity or anti-affinity to pods.
#[derive(Debug, Clone)]
pub(crate) struct Apart {
    pub(crate) selector: Selector,
    pub(crate) on_nodes: bool,
    pub(crate) on_zones: bool,
    /// Whether it has keys of labels to match, which narrow its selector.
    pub(crate) by_keys: bool,
    /// Whether its selector looks at labels that only controllers give.
    pub(crate) by_added: bool,
    /// On nodes, and by nothing but the selector.
    pub(crate) simple: bool,
    /// The namespaces that it names; none means its own, and everywhere is said by [`Apart::everywhere`].
    pub(crate) namespaces: Vec<String>,
    pub(crate) everywhere: bool,
}

/// A hard spread.
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    pub(crate) selector: Selector,
    pub(crate) on_nodes: bool,
    pub(crate) on_zones: bool,
    pub(crate) max_skew: i128,
    pub(crate) honours_affinity: bool,
    pub(crate) honours_taints: bool,
    /// With fewer domains than these the least of them counts as empty.
    pub(crate) least_domains: i128,
    /// Whether pods of another revision are not counted.
    pub(crate) by_revision: bool,
    /// Whether `matchLabelKeys` has anything but the revision.
    pub(crate) by_other_keys: bool,
}

impl Spread {
    /// Whether it counts the pods of the type that has it, all of them or each revision by itself.
    pub(crate) fn counts(&self, one: &PodType) -> bool {
        !self.by_other_keys && self.selector.matches(&one.labels)
    }
}

/// All constraints of a pod template.
#[derive(Debug, Clone, Default)]
pub(crate) struct Constraints {
    pub(crate) apart: Vec<Apart>,
    /// Required affinity to pods.
    pub(crate) company: Vec<Apart>,
    pub(crate) spreads: Vec<Spread>,
    /// Protocol and number.
    pub(crate) host_ports: BTreeSet<(String, i128)>,
    /// Whether its pods stay on a node that does not answer, or come back to one that is drained.
    pub(crate) clings: bool,
    /// What this version cannot account for.
    pub(crate) unknown: Option<Strange>,
}

impl Constraints {
    /// Reads a pod's spec.
    pub(crate) fn read(spec: &Node) -> Self {
        let list = |path: &[&str]| spec.at(path).map(Node::items).unwrap_or_default();
        let required = "requiredDuringSchedulingIgnoredDuringExecution";
        let spreads = list(&["topologySpreadConstraints"]).iter();
        let hard = spreads.filter(|one| text(one, "whenUnsatisfiable").is_none_or(|action| action == "DoNotSchedule"));
        Self {
            apart: list(&["affinity", "podAntiAffinity", required]).iter().map(read_apart).collect(),
            company: list(&["affinity", "podAffinity", required]).iter().map(read_apart).collect(),
            spreads: hard.map(read_spread).collect(),
            host_ports: host_ports(spec),
            clings: list(&["tolerations"]).iter().any(clings),
            unknown: unknown(spec),
        }
    }
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key).and_then(Node::as_str)
}

fn filled(node: &Node, key: &str) -> bool {
    node.get(key).is_some_and(|list| !list.items().is_empty())
}

/// Whether a toleration is one of the taints that a node has when it does not answer or is drained. One of the taint that
/// drives pods out counts where it is for ever.
fn clings(toleration: &Node) -> bool {
    let text = |key: &str| text(toleration, key).unwrap_or_default();
    let exists = text("operator") == "Exists" || !text("key").is_empty() && text("value").is_empty();
    let is_for = |taint: &str| exists && ["", taint].contains(&text("key"));
    let forever = toleration.get("tolerationSeconds").and_then(Node::as_integer).is_none();
    let unreachable = is_for("node.kubernetes.io/unreachable");
    match text("effect") {
        "" => unreachable || is_for("node.kubernetes.io/unschedulable"),
        "NoSchedule" => unreachable || is_for("node.kubernetes.io/unschedulable"),
        "NoExecute" => unreachable && forever,
        _ => false,
    }
}

fn read_apart(term: &Node) -> Apart {
    let namespaces = term.get("namespaces").map(Node::items).unwrap_or_default();
    let everywhere = term.get("namespaceSelector").is_some_and(|node| node.as_map().is_some());
    let by_keys = filled(term, "matchLabelKeys") || filled(term, "mismatchLabelKeys");
    let selector = Selector::read(term.get("labelSelector"));
    let on_nodes = text(term, "topologyKey") == Some(HOSTNAME);
    Apart {
        by_added: selector.asks_for(|key| ADDED.iter().any(|added| key.starts_with(added))),
        selector,
        on_nodes,
        on_zones: text(term, "topologyKey") == Some(ZONE),
        by_keys,
        simple: on_nodes && !everywhere && !by_keys,
        namespaces: namespaces.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
        everywhere,
    }
}

fn read_spread(one: &Node) -> Spread {
    let keys: Vec<&str> =
        one.get("matchLabelKeys").map(Node::items).unwrap_or_default().iter().filter_map(Node::as_str).collect();
    Spread {
        selector: Selector::read(one.get("labelSelector")),
        on_nodes: text(one, "topologyKey") == Some(HOSTNAME),
        on_zones: text(one, "topologyKey") == Some(ZONE),
        max_skew: one.get("maxSkew").and_then(Node::as_integer).unwrap_or(1),
        honours_affinity: text(one, "nodeAffinityPolicy").is_none_or(|policy| policy == "Honor"),
        honours_taints: text(one, "nodeTaintsPolicy") == Some("Honor"),
        least_domains: one.get("minDomains").and_then(Node::as_integer).unwrap_or(0),
        by_revision: keys == [REVISION],
        by_other_keys: !keys.is_empty() && keys != [REVISION],
    }
}

fn host_ports(spec: &Node) -> BTreeSet<(String, i128)> {
    let on_host = spec.get("hostNetwork").is_some_and(|node| matches!(node.value, crate::data::NodeValue::Bool(true)));
    // A sidecar holds its port as long as a main container does; of the other init containers the scheduler sees none.
    let list = |key: &str| spec.get(key).map(Node::items).unwrap_or_default().iter();
    let sidecars = list("initContainers").filter(|container| text(container, "restartPolicy") == Some("Always"));
    let holders = list("containers").chain(sidecars);
    let ports = holders.filter_map(|container| container.get("ports")).flat_map(Node::items);
    let held = ports.filter_map(|port| {
        let number = port.get("hostPort").and_then(Node::as_integer).filter(|number| *number > 0);
        let number = number.or_else(|| port.get("containerPort").and_then(Node::as_integer).filter(|_| on_host))?;
        Some((text(port, "protocol").unwrap_or("TCP").to_owned(), number))
    });
    held.collect()
}
