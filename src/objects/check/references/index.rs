//! What there is in one environment, by name.

use std::collections::{BTreeMap, BTreeSet};

use super::namespace;
use super::sources::{Keys, secrets};
use crate::eval::model::Model;
use crate::objects::{Node, Object};

/// The objects of one environment, found by what references say.
pub(super) struct Index<'a> {
    pub(super) model: &'a Model,
    pub(super) objects: &'a [Object],
    /// Everything that makes pods, footprints among it.
    pub(super) pods: Vec<Pods<'a>>,
    /// The templates with a label, by namespace, key and value: what makes selecting from many components cheap.
    labelled: BTreeMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    /// Namespace and name of every Secret that will exist, with its keys.
    pub(super) secrets: BTreeMap<(String, String), Keys>,
    by_name: BTreeMap<(&'a str, &'a str, &'a str), &'a Object>,
    /// Groups of pods that an operator makes: of instances that emit no pods themselves or have footprints of some,
    /// whose templates need not be labelled.
    operated: Vec<(&'a str, &'a [(String, String)])>,
}

/// A template of pods.
pub(in crate::objects::check) struct Pods<'a> {
    pub(in crate::objects::check) object: &'a Object,
    pub(super) labels: Vec<(&'a str, &'a str)>,
    pub(in crate::objects::check) spec: &'a Node,
}

impl<'a> Index<'a> {
    pub(super) fn new(model: &'a Model, objects: &'a [Object]) -> Self {
        let pods: Vec<Pods<'a>> = objects.iter().filter_map(Pods::of).collect();
        let emitting = |footprint: bool| -> BTreeSet<_> {
            let matching = pods.iter().filter(|pods| pods.object.is_footprint() == footprint);
            matching.map(|pods| pods.object.instance).collect()
        };
        let (own, operators) = (emitting(false), emitting(true));
        let operated = model
            .ids()
            .filter(|(id, instance)| !instance.external && (!own.contains(id) || operators.contains(id)))
            .flat_map(|(_, instance)| {
                let namespace = instance.namespace.as_deref().unwrap_or("default");
                instance.groups.iter().map(move |group| (namespace, group.labels.as_slice()))
            })
            .collect();
        // Knative has a Service too, which is none to those who refer to one.
        let foreign = |object: &&Object| object.kind == "Service" && !object.group().is_empty();
        let by_name = objects
            .iter()
            .filter(|object| !foreign(object))
            .map(|object| ((object.kind.as_str(), namespace(object), object.name.as_str()), object))
            .collect();
        let mut labelled: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (position, pods) in pods.iter().enumerate() {
            for (key, value) in &pods.labels {
                labelled.entry((namespace(pods.object), *key, *value)).or_default().push(position);
            }
        }
        Self { model, objects, pods, labelled, secrets: secrets(model, objects), by_name, operated }
    }

    /// The object of a kind in a namespace. The group is not compared: but for Service, none of the kinds that
    /// references name is used by two groups.
    pub(super) fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&'a Object> {
        self.by_name.get(&(kind, namespace, name)).copied()
    }

    /// A cluster-scoped object.
    pub(super) fn find_global(&self, kind: &str, name: &str) -> Option<&'a Object> {
        self.objects.iter().find(|object| object.kind == kind && object.name == name)
    }

    /// The names of a kind in a namespace.
    pub(super) fn names(&self, kind: &str, namespace: &str) -> Vec<&'a str> {
        let matches =
            self.by_name.keys().filter(|(a_kind, a_namespace, _)| (*a_kind, *a_namespace) == (kind, namespace));
        matches.map(|(_, _, name)| *name).collect()
    }

    /// A remark when the object exists, but in another namespace.
    pub(super) fn elsewhere(&self, kind: &str, name: &str) -> Option<String> {
        let (_, namespace, _) = self.by_name.keys().find(|(a_kind, _, a_name)| (*a_kind, *a_name) == (kind, name))?;
        Some(format!("the {kind} `{name}` lives in namespace `{namespace}`; references do not cross namespaces"))
    }

    /// The templates in a namespace that a selector selects.
    pub(super) fn selected(&self, namespace: &str, selector: &Selector<'_>) -> Vec<&Pods<'a>> {
        let stated = selector.equal.iter().filter(|(key, _)| !is_added(key));
        let buckets = stated.map(|(key, value)| match self.labelled.get(&(namespace, *key, *value)) {
            Some(positions) => positions.as_slice(),
            None => &[],
        });
        match buckets.min_by_key(|positions| positions.len()) {
            Some(fewest) => {
                let candidates = fewest.iter().map(|position| &self.pods[*position]);
                candidates.filter(|pods| selector.selects(pods)).collect()
            }
            None => {
                let here = self.pods.iter().filter(|pods| super::namespace(pods.object) == namespace);
                here.filter(|pods| selector.selects(pods)).collect()
            }
        }
    }

    /// Whether a selector selects any pods, those of operators included.
    pub(super) fn selects_any(&self, namespace: &str, selector: &Selector<'_>) -> bool {
        let by_operators = self.operated.iter().any(|(a_namespace, labels)| {
            let labels: Vec<(&str, &str)> = labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            *a_namespace == namespace && selector.matches(&labels)
        });
        by_operators || !self.selected(namespace, selector).is_empty()
    }
}

impl<'a> Pods<'a> {
    /// The template in an object, if its kind has one.
    pub(in crate::objects::check) fn of(object: &'a Object) -> Option<Self> {
        let template = match (object.group(), object.kind.as_str()) {
            ("", "Pod") => &object.body,
            ("", "PodTemplate") => object.body.get("template")?,
            ("apps", _) | ("batch", "Job") => object.body.at(&["spec", "template"])?,
            ("batch", "CronJob") => object.body.at(&["spec", "jobTemplate", "spec", "template"])?,
            _ => return None,
        };
        let labels = template.at(&["metadata", "labels"]).map(pairs).unwrap_or_default();
        Some(Self { object, labels, spec: template.get("spec")? })
    }

    /// Whether its controller gives pods this label, which no template shows.
    fn is_given(&self, key: &str, value: &str) -> bool {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_own = |text: &str| {
            let ordinal = text.strip_prefix(self.object.name.as_str()).and_then(|rest| rest.strip_prefix('-'));
            ordinal.is_some_and(is_number)
        };
        match (self.object.kind.as_str(), key) {
            ("StatefulSet", "statefulset.kubernetes.io/pod-name") => is_own(value),
            ("StatefulSet", "apps.kubernetes.io/pod-index") => is_number(value),
            ("StatefulSet" | "DaemonSet", "controller-revision-hash") => true,
            ("Deployment" | "ReplicaSet", "pod-template-hash") => true,
            ("Job", "job-name" | "batch.kubernetes.io/job-name") => value == self.object.name,
            _ => false,
        }
    }

    /// All containers, those that run first among them.
    pub(super) fn containers(&self) -> impl Iterator<Item = &'a Node> {
        let list = |field: &str| self.spec.get(field).map_or(&[][..], Node::items);
        list("initContainers").iter().chain(list("containers"))
    }
}

/// The texts of a map of texts.
pub(super) fn pairs(node: &Node) -> Vec<(&str, &str)> {
    let entries = node.as_map().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((&**key, value.as_str()?))).collect()
}

/// What picks pods by their labels.
pub(super) struct Selector<'a> {
    equal: Vec<(&'a str, &'a str)>,
    expressions: &'a [Node],
}

impl<'a> Selector<'a> {
    /// A plain map of labels, as a Service has.
    pub(super) fn of_labels(node: &'a Node) -> Self {
        Self { equal: pairs(node), expressions: &[] }
    }

    /// A `LabelSelector`.
    pub(super) fn of(node: &'a Node) -> Self {
        let equal = node.get("matchLabels").map(pairs).unwrap_or_default();
        Self { equal, expressions: node.get("matchExpressions").map_or(&[], Node::items) }
    }

    /// Whether it asks for nothing, and with that selects everything.
    pub(super) fn is_empty(&self) -> bool {
        self.equal.is_empty() && self.expressions.is_empty()
    }

    pub(super) fn matches(&self, labels: &[(&str, &str)]) -> bool {
        self.equal.iter().all(|pair| labels.contains(pair)) && self.expressions.iter().all(|one| holds(one, labels))
    }

    /// Whether pods of a template have these labels, of those that controllers give no template shows the value.
    fn selects(&self, pods: &Pods<'_>) -> bool {
        let has = |(key, value): &(&str, &str)| pods.labels.contains(&(key, value)) || pods.is_given(key, value);
        let holds = |one: &Node| {
            let key = one.get("key").and_then(Node::as_str).unwrap_or("");
            is_added(key) || holds(one, &pods.labels)
        };
        self.equal.iter().all(has) && self.expressions.iter().all(holds)
    }

    /// The first label that a template lacks or has with another value, and that value.
    pub(super) fn difference<'b>(&self, labels: &[(&'b str, &'b str)]) -> Option<(&'a str, &'a str, Option<&'b str>)> {
        let (key, value) = self.equal.iter().find(|pair| !labels.contains(pair))?;
        Some((key, value, labels.iter().find(|(name, _)| name == key).map(|(_, other)| *other)))
    }

    /// How many of the labels a template has.
    pub(super) fn agreement(&self, labels: &[(&str, &str)]) -> usize {
        self.equal.iter().filter(|pair| labels.contains(pair)).count()
    }

    /// As a message shows it.
    pub(super) fn show(&self) -> String {
        let equal = self.equal.iter().map(|(key, value)| format!("{key}={value}"));
        let expressions = self.expressions.iter().filter_map(|one| {
            let text = |field: &str| one.get(field).and_then(Node::as_str);
            Some(format!("{} {}", text("key")?, text("operator")?))
        });
        let all: Vec<String> = equal.chain(expressions).collect();
        if all.is_empty() { "in any way".to_owned() } else { all.join(", ") }
    }
}

/// Labels that controllers give to pods.
fn is_added(key: &str) -> bool {
    const ADDED: [&str; 6] = [
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "controller-revision-hash",
        "pod-template-hash",
        "job-name",
        "batch.kubernetes.io/job-name",
    ];
    ADDED.contains(&key)
}

/// One of `matchExpressions`. An operator that does not exist is a matter of the schema; it excludes nothing here.
fn holds(expression: &Node, labels: &[(&str, &str)]) -> bool {
    let key = expression.get("key").and_then(Node::as_str).unwrap_or("");
    let value = labels.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
    let listed = || {
        let values = expression.get("values").map_or(&[][..], Node::items);
        value.is_some_and(|value| values.iter().any(|one| one.as_str() == Some(value)))
    };
    match expression.get("operator").and_then(Node::as_str) {
        Some("In") => listed(),
        Some("NotIn") => !listed(),
        Some("Exists") => value.is_some(),
        Some("DoesNotExist") => value.is_none(),
        _ => true,
    }
}
