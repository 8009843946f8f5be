//! Label selectors, and which nodes a pod may go to.

use super::Node;
use super::node_labels::{NodeLabels, Truth};
use super::tolerance::{Toleration, tolerated};
use crate::eval::model::{Effect, Taint, UNSCHEDULABLE};

/// Labels, in the order of writing.
pub type Labels = Vec<(String, String)>;

/// The value of a label.
#[must_use]
pub fn label<'a>(labels: &'a [(String, String)], key: &str) -> Option<&'a str> {
    labels.iter().find(|(candidate, _)| candidate == key).map(|(_, value)| value.as_str())
}

/// Whether `labels` contain all of `wanted`.
#[must_use]
pub fn includes(labels: &[(String, String)], wanted: &[(String, String)]) -> bool {
    wanted.iter().all(|(key, value)| label(labels, key) == Some(value))
}

/// Reads a map of labels.
#[must_use]
pub fn labels_of(node: Option<&Node>) -> Labels {
    let Some(map) = node.and_then(Node::as_map) else { return Labels::new() };
    map.iter().filter_map(|(key, value)| Some((key.to_string(), value.as_str()?.to_owned()))).collect()
}

/// One condition on a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub key: String,
    pub operator: Operator,
    pub values: Vec<String>,
}

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

impl Condition {
    fn read(node: &Node) -> Option<Self> {
        let operator = match node.get("operator")?.as_str()? {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            "Gt" => Operator::GreaterThan,
            "Lt" => Operator::LessThan,
            _ => return None,
        };
        let values = node.get("values").map(Node::items).unwrap_or_default();
        let values = values.iter().filter_map(Node::as_str).map(str::to_owned).collect();
        Some(Self { key: node.get("key")?.as_str()?.to_owned(), operator, values })
    }

    fn holds(&self, labels: &[(String, String)]) -> bool {
        self.admits(label(labels, &self.key))
    }

    fn judge(&self, labels: &NodeLabels) -> Truth {
        labels.judge(&self.key, |value| self.admits(value))
    }

    fn admits(&self, value: Option<&str>) -> bool {
        let listed = |value: &str| self.values.iter().any(|candidate| candidate == value);
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
        let bound = number(self.values.first().map(String::as_str));
        match self.operator {
            Operator::In => value.is_some_and(listed),
            Operator::NotIn => !value.is_some_and(listed),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => number(value).zip(bound).is_some_and(|(value, bound)| value > bound),
            Operator::LessThan => number(value).zip(bound).is_some_and(|(value, bound)| value < bound),
        }
    }
}

/// A `LabelSelector`: all conditions hold. The empty selector matches everything, an absent one nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selector {
    conditions: Vec<Condition>,
    nothing: bool,
}

impl Selector {
    /// Reads a `LabelSelector`.
    #[must_use]
    pub fn read(node: Option<&Node>) -> Self {
        let Some(node) = node else { return Self { conditions: Vec::new(), nothing: true } };
        let equal = labels_of(node.get("matchLabels")).into_iter();
        let equal = equal.map(|(key, value)| Condition { key, operator: Operator::In, values: vec![value] });
        let listed = node.get("matchExpressions").map(Node::items).unwrap_or_default();
        Self { conditions: equal.chain(listed.iter().filter_map(Condition::read)).collect(), nothing: false }
    }

    /// A label that everything that matches has, with the values that it may have; none when there is no such label.
    #[must_use]
    pub fn required(&self) -> Option<(&str, &[String])> {
        let fixed = self.conditions.iter().filter(|one| one.operator == Operator::In);
        fixed.min_by_key(|one| one.values.len()).map(|one| (one.key.as_str(), one.values.as_slice()))
    }

    /// Whether it asks for a label whose key is one of some.
    #[must_use]
    pub fn asks_for(&self, is_one: impl Fn(&str) -> bool) -> bool {
        self.conditions.iter().any(|condition| is_one(&condition.key))
    }

    /// Whether it matches nothing, because it is absent.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.nothing
    }

    /// Whether labels match.
    #[must_use]
    pub fn matches(&self, labels: &[(String, String)]) -> bool {
        !self.nothing && self.conditions.iter().all(|condition| condition.holds(labels))
    }
}

/// Which nodes a pod may go to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeEligibility {
    selector: Labels,
    /// Terms of the required node affinity: one of them must hold. Empty when none is required.
    terms: Vec<Vec<Condition>>,
    tolerations: Vec<Toleration>,
}

impl NodeEligibility {
    /// Reads a pod's spec.
    #[must_use]
    pub fn read(spec: &Node) -> Self {
        let required =
            ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"];
        let conditions = |term: &Node| {
            let listed = term.get("matchExpressions").map(Node::items).unwrap_or_default();
            listed.iter().filter_map(Condition::read).collect()
        };
        let terms = spec.at(&required).map(Node::items).unwrap_or_default();
        let tolerations = spec.get("tolerations").map(Node::items).unwrap_or_default();
        Self {
            selector: labels_of(spec.get("nodeSelector")),
            terms: terms.iter().map(conditions).collect(),
            tolerations: tolerations.iter().map(Toleration::read).collect(),
        }
    }

    /// The same of the pods of a DaemonSet, which tolerate that a node is cordoned.
    #[must_use]
    pub fn of_daemons(mut self) -> Self {
        self.tolerations.push(Toleration::of(UNSCHEDULABLE, Effect::NoSchedule));
        self
    }

    /// Whether a label of the node decides.
    #[must_use]
    pub fn reads(&self, key: &str) -> bool {
        self.selector.iter().any(|(own, _)| own == key) || self.terms.iter().flatten().any(|one| one.key == key)
    }

    /// Whether selector and affinity want a node with these labels.
    #[must_use]
    pub fn selects(&self, labels: &NodeLabels) -> Truth {
        let equal = |(key, wanted): &(String, String)| labels.judge(key, |value| value == Some(wanted));
        let selector = self.selector.iter().map(equal).min().unwrap_or(Truth::Yes);
        let holds = |term: &Vec<Condition>| term.iter().map(|one| one.judge(labels)).min().unwrap_or(Truth::Yes);
        let affinity = if self.terms.is_empty() { Some(Truth::Yes) } else { self.terms.iter().map(holds).max() };
        selector.min(affinity.unwrap_or(Truth::No))
    }

    /// Whether a node with these labels and taints takes the pod.
    #[must_use]
    pub fn admits(&self, labels: &NodeLabels, taints: &[Taint]) -> Truth {
        self.selects(labels).min(tolerated(&self.tolerations, taints))
    }

    /// The labels that decide, in the order of writing.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        let own = self.selector.iter().map(|(key, _)| key.as_str());
        own.chain(self.terms.iter().flatten().map(|one| one.key.as_str())).collect()
    }

    /// The operator of a toleration of which not every cluster knows what it means.
    #[must_use]
    pub fn uncertain_operator(&self) -> Option<&str> {
        self.tolerations.iter().find_map(Toleration::uncertain_operator)
    }

    /// The keys that a node must have, each with the values that the pod asks for; none where any will do.
    #[must_use]
    pub fn wanted(&self) -> Vec<(&str, &[String])> {
        let own = self.selector.iter().map(|(key, value)| (key.as_str(), std::slice::from_ref(value)));
        let listed = self.terms.iter().flatten();
        let listed = listed.filter(|one| matches!(one.operator, Operator::In | Operator::Exists));
        own.chain(listed.map(|one| (one.key.as_str(), one.values.as_slice()))).collect()
    }
}
