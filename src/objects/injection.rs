//! Containers that meshes and secret stores add to pods while these are admitted, described by footprints.
//!
//! Nothing in a template says what an injector adds to it, only that it does. What it adds is stated once for all pods: by
//! a `PodTemplate` among the footprints whose annotation names the injector.

use std::collections::BTreeMap;

use super::pod::Doubt;
use super::{Node, NodeValue, Object};

/// The annotation of a footprint that names the injector whose containers it has.
pub const INJECTS: &str = "vauban.dev/injects";

/// Annotations that change what an injector adds to the pods of one template or namespace begin with one of these.
const OVERRIDES: [&str; 5] = [
    "sidecar.istio.io/proxy",
    "inject.istio.io/templates",
    "config.linkerd.io/proxy-",
    "vault.hashicorp.com/agent-requests",
    "vault.hashicorp.com/agent-limits",
];

/// What adds containers to pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Injector {
    Istio,
    Linkerd,
    Vault,
}

impl Injector {
    /// All that are known by what turns them on.
    pub const ALL: [Self; 3] = [Self::Istio, Self::Linkerd, Self::Vault];

    /// As [`INJECTS`] names it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Istio => "istio",
            Self::Linkerd => "linkerd",
            Self::Vault => "vault",
        }
    }

    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Istio => "Istio",
            Self::Linkerd => "Linkerd",
            Self::Vault => "Vault",
        }
    }

    /// Reads what [`Injector::key`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == text)
    }

    /// The injector whose containers a footprint describes.
    #[must_use]
    pub fn of(object: &Object) -> Option<Self> {
        let is_template = object.kind == "PodTemplate" && object.group().is_empty() && object.is_footprint();
        Self::parse(text(&object.body, "annotations", INJECTS)?).filter(|_| is_template)
    }
}

/// Why nobody knows what an injector adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// So many footprints describe it instead of one.
    Described(usize),
    /// An annotation of the template, or of its namespace, wants something else for these pods.
    Overridden(String),
    /// A label turns it on and an annotation off, or the other way round.
    Contradicted,
}

/// What is injected into which pods.
pub(in crate::objects) struct Injectors<'a> {
    namespaces: BTreeMap<&'a str, &'a Node>,
    described: BTreeMap<Injector, Vec<&'a Node>>,
}

/// The spec of a pod as it is admitted.
pub(super) struct Admitted {
    pub(super) spec: Node,
    /// How many of its containers, the last ones, are not its own.
    pub(super) injected: usize,
}

fn text<'a>(node: &'a Node, part: &str, key: &str) -> Option<&'a str> {
    node.at(&["metadata", part, key]).and_then(Node::as_str)
}

impl<'a> Injectors<'a> {
    pub(super) fn read(objects: &'a [Object]) -> Self {
        let is_namespace = |object: &&Object| object.kind == "Namespace" && object.group().is_empty();
        let namespaces = objects.iter().filter(is_namespace).map(|object| (object.name.as_str(), &object.body));
        let mut described: BTreeMap<Injector, Vec<&Node>> = BTreeMap::new();
        for object in objects {
            if let Some(injector) = Injector::of(object) {
                described.entry(injector).or_default().push(&object.body);
            }
        }
        Self { namespaces: namespaces.collect(), described }
    }

    /// The spec of the pods of a template with everything that is injected; nothing where nothing is.
    pub(super) fn admit(
        &self,
        namespace: Option<&str>,
        template: &Node,
        spec: &Node,
    ) -> Result<Option<Admitted>, Doubt> {
        let namespace = namespace.and_then(|name| self.namespaces.get(name)).copied();
        let mut found = Vec::new();
        for injector in Injector::ALL {
            let unknown = |why| Doubt::Injection { injector, why };
            if !is_on(injector, template, namespace).map_err(unknown)? {
                continue;
            }
            let described = self.described.get(&injector).map(Vec::as_slice).unwrap_or_default();
            let [one] = described else { return Err(unknown(Unknown::Described(described.len()))) };
            let annotated = [Some(template), namespace].into_iter().flatten();
            let mut keys =
                annotated.filter_map(|node| node.at(&["metadata", "annotations"])?.as_map()).flat_map(|map| map.keys());
            if let Some(key) = keys.find(|key| OVERRIDES.iter().any(|start| key.starts_with(start))) {
                return Err(unknown(Unknown::Overridden(key.to_string())));
            }
            found.extend(one.at(&["template", "spec"]));
        }
        Ok((!found.is_empty()).then(|| merge(spec, &found)))
    }
}

/// Whether an injector adds something to the pods of a template.
fn is_on(injector: Injector, template: &Node, namespace: Option<&Node>) -> Result<bool, Unknown> {
    let own = |part: &str, key: &str| text(template, part, key);
    let above = |part: &str, key: &str| text(namespace?, part, key);
    match injector {
        Injector::Istio => {
            let key = "sidecar.istio.io/inject";
            let says = |wanted: &str| ["labels", "annotations"].iter().any(|part| own(part, key) == Some(wanted));
            let revised = own("labels", "istio.io/rev").or_else(|| above("labels", "istio.io/rev"));
            match (says("true"), says("false")) {
                (true, true) => Err(Unknown::Contradicted),
                (_, true) => Ok(false),
                (is_asked, false) => {
                    Ok(is_asked || revised.is_some() || above("labels", "istio-injection") == Some("enabled"))
                }
            }
        }
        Injector::Linkerd => {
            let key = "linkerd.io/inject";
            let is_enabled = |value: Option<&str>| matches!(value, Some("enabled" | "ingress"));
            let own = own("annotations", key);
            Ok(is_enabled(own) || is_enabled(above("annotations", key)) && own != Some("disabled"))
        }
        Injector::Vault => Ok(own("annotations", "vault.hashicorp.com/agent-inject") == Some("true")),
    }
}

/// Sidecars come first, because the init containers of the pod need them; what else runs before the pod, behind these.
fn merge(spec: &Node, added: &[&Node]) -> Admitted {
    let items = |node: &Node, key: &str| node.get(key).map(Node::items).unwrap_or_default().to_vec();
    let all = |key: &str| added.iter().flat_map(|node| items(node, key)).collect::<Vec<Node>>();
    let is_sidecar = |node: &Node| node.get("restartPolicy").and_then(Node::as_str) == Some("Always");
    let (mut init, last): (Vec<Node>, Vec<Node>) = all("initContainers").into_iter().partition(is_sidecar);
    init.extend(items(spec, "initContainers"));
    init.extend(last);
    let behind = |key: &str| items(spec, key).into_iter().chain(all(key)).collect::<Vec<Node>>();
    let mut merged = spec.clone();
    if let Some(map) = merged.as_map_mut() {
        for (key, list) in
            [("initContainers", init), ("containers", behind("containers")), ("volumes", behind("volumes"))]
        {
            if !list.is_empty() {
                map.insert(key.into(), Node { value: NodeValue::List(list), ..spec.clone() });
            }
        }
    }
    Admitted { spec: merged, injected: all("containers").len() }
}
