//! Objects as a cluster gives them back (`kubectl get … -A -o yaml`), as the ones that somebody applied.
//!
//! A controller's object stands for what it made: pods, ReplicaSets and Jobs whose owner is there are counted through it,
//! whatever else runs is counted as it is. What the API server and controllers wrote is taken away, as
//! `kubectl apply` would not send it.

use std::collections::{BTreeMap, BTreeSet};

use super::placed::Placed;
use crate::data::{Node, NodeValue};
use crate::objects::footprint::STANDS_FOR;
use crate::source::Span;

mod mirrors;

/// What only the API server writes into metadata.
pub(in crate::query) const WRITTEN: [&str; 7] =
    ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink", "ownerReferences"];

/// What `kubectl` and controllers note for themselves.
const NOTES: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deprecated.daemonset.template.generation",
    "pv.kubernetes.io/bind-completed",
    "pv.kubernetes.io/bound-by-controller",
    "autoscaling.alpha.kubernetes.io/conditions",
];

/// What makes pods by itself, or is made of them.
const WORKLOADS: [(&str, &str); 7] = [
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("apps", "ReplicaSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("", "Pod"),
];

/// What a controller makes of its own object beside these, and nobody applies.
const MADE: [(&str, &str); 4] =
    [("apps", "ReplicaSet"), ("apps", "ControllerRevision"), ("batch", "Job"), ("discovery.k8s.io", "EndpointSlice")];

/// Kind and place of an object: group, kind, namespace, name.
type Identity = [String; 4];

/// Makes of a dump what was applied, and says where its pods are. What no cluster gave back stays as it is.
pub(super) fn tidy(bodies: Vec<(Node, Span)>) -> (Vec<(Node, Span)>, Vec<Placed>) {
    let cluster = Cluster::new(&bodies);
    let mut placed = Vec::new();
    let mut mirrors = mirrors::Mirrors::default();
    let mut kept = Vec::new();
    for (mut body, span) in bodies {
        if !is_live(&body) {
            kept.push((body, span));
            continue;
        }
        let identity = identity(&body);
        let [group, kind, ..] = identity.each_ref().map(String::as_str);
        if kind == "Event" || is_over(group, kind, &body) {
            continue;
        }
        let is_pod = (group, kind) == ("", "Pod");
        if is_pod {
            placed.extend(Placed::read(&body, span));
        }
        if is_pod && mirrors.take(&body, span) {
            continue;
        }
        let owner = cluster.owner(&body);
        let is_counted = owner.as_ref().is_some_and(|owner| if is_pod { runs_pods(owner) } else { !is_custom(owner) });
        if is_counted && (is_pod || MADE.contains(&(group, kind))) || cluster.is_of_template(&body) {
            continue;
        }
        if let Some(owner) = owner.filter(|owner| is_custom(owner) && cluster.has_pods(&owner[2])) {
            // What an operator made is there to be counted: it stands for what the operator was told to make.
            if WORKLOADS.contains(&(group, kind)) || is_custom(&identity) {
                annotate(&mut body, &owner);
            }
        }
        clean(&mut body);
        kept.push((body, span));
    }
    kept.extend(mirrors.daemons());
    (kept, placed)
}

/// What is there.
struct Cluster {
    all: BTreeSet<Identity>,
    /// Where pods are, so that all of the namespace's may be taken to be there.
    namespaces: BTreeSet<String>,
    /// Of the claims of StatefulSets: namespace and name without number, with the number of pods.
    templates: BTreeMap<(String, String), i128>,
}

impl Cluster {
    fn new(bodies: &[(Node, Span)]) -> Self {
        let (mut namespaces, mut templates) = (BTreeSet::new(), BTreeMap::new());
        let mut all = BTreeSet::new();
        for (body, _) in bodies {
            let identity = identity(body);
            let [group, kind, namespace, name] = identity.each_ref().map(String::as_str);
            if (group, kind) == ("", "Pod") && is_live(body) {
                namespaces.insert(namespace.to_owned());
            }
            if (group, kind) == ("apps", "StatefulSet") {
                let number = |path: &[&str]| body.at(path).and_then(Node::as_integer);
                let end =
                    number(&["spec", "replicas"]).unwrap_or(1) + number(&["spec", "ordinals", "start"]).unwrap_or(0);
                let listed = body.at(&["spec", "volumeClaimTemplates"]).map(Node::items).unwrap_or_default();
                for template in listed.iter().filter_map(|one| text(one, &["metadata", "name"])) {
                    templates.insert((namespace.to_owned(), format!("{template}-{name}")), end);
                }
            }
            all.insert(identity);
        }
        Self { all, namespaces, templates }
    }

    fn has_pods(&self, namespace: &str) -> bool {
        self.namespaces.contains(namespace)
    }

    /// The object that made another, if it is there. A ReplicaSet or Job that is not there may have been made by one that is.
    fn owner(&self, body: &Node) -> Option<Identity> {
        let reference = controller(body)?;
        let field = |key: &str| reference.get(key).and_then(Node::as_str).unwrap_or_default();
        let group = field("apiVersion").split_once('/').map_or("", |(group, _)| group);
        let namespace = text(body, &["metadata", "namespace"]).unwrap_or_default();
        let (kind, name) = (field("kind"), field("name"));
        let look = |group: &str, kind: &str, name: &str| {
            let found = [namespace, ""].map(|namespace| [group, kind, namespace, name].map(str::to_owned));
            found.into_iter().find(|identity| self.all.contains(identity))
        };
        let above = || match kind {
            "ReplicaSet" => {
                let hash = text(body, &["metadata", "labels", "pod-template-hash"])?;
                look("apps", "Deployment", name.strip_suffix(hash)?.strip_suffix('-')?)
            }
            "Job" => {
                let (stem, number) = name.rsplit_once('-')?;
                let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
                look("batch", "CronJob", stem).filter(|_| is_number)
            }
            _ => None,
        };
        // Through an object that is there and made by another, everything goes to the top anyway: both are counted once.
        look(group, kind, name).or_else(above)
    }

    /// Whether a claim was made from a template of a StatefulSet that is there, and is counted through it.
    fn is_of_template(&self, body: &Node) -> bool {
        if text(body, &["kind"]) != Some("PersistentVolumeClaim") {
            return false;
        }
        let namespace = text(body, &["metadata", "namespace"]).unwrap_or_default();
        let parts = text(body, &["metadata", "name"]).and_then(|name| name.rsplit_once('-'));
        let Some((stem, number)) = parts else { return false };
        let end = self.templates.get(&(namespace.to_owned(), stem.to_owned()));
        // What a larger StatefulSet left behind still takes its place on a disk.
        number.parse::<i128>().is_ok_and(|number| end.is_some_and(|end| number < *end))
    }
}

fn text<'a>(body: &'a Node, path: &[&str]) -> Option<&'a str> {
    body.at(path).and_then(Node::as_str)
}

/// Whether an API server gave it back.
fn is_live(body: &Node) -> bool {
    text(body, &["metadata", "uid"]).is_some_and(|uid| !uid.is_empty())
}

fn identity(body: &Node) -> Identity {
    let field = |path: &[&str]| text(body, path).unwrap_or_default();
    let group = field(&["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
    [group, field(&["kind"]), field(&["metadata", "namespace"]), field(&["metadata", "name"])].map(str::to_owned)
}

/// The reference to what controls an object.
fn controller(body: &Node) -> Option<&Node> {
    let references = body.at(&["metadata", "ownerReferences"]).map(Node::items).unwrap_or_default();
    let is_controller =
        |one: &&Node| matches!(one.get("controller").map(|flag| &flag.value), Some(NodeValue::Bool(true)));
    references.iter().find(is_controller).or(references.first())
}

/// Whether somebody else's controller looks after it.
fn is_custom([group, ..]: &Identity) -> bool {
    group.contains('.') && !group.ends_with(".k8s.io")
}

/// Whether the controllers of Kubernetes make its pods.
fn runs_pods([group, kind, ..]: &Identity) -> bool {
    let pair = (group.as_str(), kind.as_str());
    WORKLOADS.contains(&pair) || pair == ("", "ReplicationController")
}

/// Whether it has ended and takes nothing any more.
fn is_over(group: &str, kind: &str, body: &Node) -> bool {
    match (group, kind) {
        ("", "Pod") => matches!(text(body, &["status", "phase"]), Some("Succeeded" | "Failed")),
        ("batch", "Job") => {
            let conditions = body.at(&["status", "conditions"]).map(Node::items).unwrap_or_default();
            let is =
                |one: &Node, key: &str, wanted: &[&str]| text(one, &[key]).is_some_and(|text| wanted.contains(&text));
            conditions.iter().any(|one| is(one, "type", &["Complete", "Failed"]) && is(one, "status", &["True"]))
        }
        _ => false,
    }
}

fn annotate(body: &mut Node, [group, kind, namespace, name]: &Identity) {
    let place = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
    let owner = format!("{kind}.{group} {place}{name}");
    let metadata = body.as_map_mut().and_then(|map| map.get_mut("metadata")).and_then(Node::as_map_mut);
    let Some(metadata) = metadata else { return };
    let annotations = metadata.entry("annotations".into()).or_insert_with(Node::map);
    if let Some(annotations) = annotations.as_map_mut() {
        annotations.entry(STANDS_FOR.into()).or_insert_with(|| Node::string(owner));
    }
}

/// Takes away what nobody applied.
fn clean(body: &mut Node) {
    let kind = text(body, &["kind"]).unwrap_or_default().to_owned();
    let is_bound = text(body, &["metadata", "annotations", "pv.kubernetes.io/bound-by-controller"]).is_some();
    let Some(map) = body.as_map_mut() else { return };
    if kind != "Node" {
        map.shift_remove("status");
    }
    if let Some(metadata) = map.get_mut("metadata").and_then(Node::as_map_mut) {
        WRITTEN.iter().for_each(|key| drop(metadata.shift_remove(*key)));
        if let Some(notes) = metadata.get_mut("annotations").and_then(Node::as_map_mut) {
            NOTES.iter().for_each(|key| drop(notes.shift_remove(*key)));
            if notes.is_empty() {
                metadata.shift_remove("annotations");
            }
        }
    }
    let Some(spec) = map.get_mut("spec").and_then(Node::as_map_mut) else { return };
    match kind.as_str() {
        // The scheduler and an admission plugin wrote these.
        "Pod" => ["nodeName", "priority"].iter().for_each(|key| drop(spec.shift_remove(*key))),
        // The claim asked for any volume, and a controller chose this one.
        "PersistentVolumeClaim" if is_bound => drop(spec.shift_remove("volumeName")),
        _ => {}
    }
    if let Some(template) = spec.get_mut("template").and_then(Node::as_map_mut)
        && let Some(metadata) = template.get_mut("metadata").and_then(Node::as_map_mut)
    {
        metadata.shift_remove("creationTimestamp");
    }
}
