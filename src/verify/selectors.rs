//! Selectors of labels, terms of affinity, and tolerations.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::verify::value::{Checked, refuse};

pub(crate) type Labels = BTreeMap<String, String>;

/// Labels that controllers add to pods, so that no template tells whether a selector matches them.
const ADDED: [&str; 8] = [
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/",
];

#[derive(Debug, Default, Deserialize)]
enum Operator {
    #[default]
    In,
    NotIn,
    Exists,
    DoesNotExist,
    Gt,
    Lt,
}

#[derive(Debug, Deserialize)]
struct Requirement {
    key: String,
    #[serde(default)]
    operator: Operator,
    #[serde(default)]
    values: Vec<String>,
}

impl Requirement {
    fn holds(&self, labels: &Labels) -> bool {
        let label = labels.get(&self.key);
        let is_in = label.is_some_and(|label| self.values.contains(label));
        let number = |text: &String| text.parse::<i64>().ok();
        let compared = label.and_then(number).zip(self.values.first().and_then(number));
        match self.operator {
            Operator::In => is_in,
            Operator::NotIn => !is_in,
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::Gt => compared.is_some_and(|(label, value)| label > value),
            Operator::Lt => compared.is_some_and(|(label, value)| label < value),
        }
    }
}

/// A selector of pods. One that is absent matches nothing, an empty one everything.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Selector(Option<Rules>);

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Rules {
    match_labels: Labels,
    match_expressions: Vec<Requirement>,
}

impl Selector {
    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        self.0.as_ref().is_some_and(|rules| {
            contains(labels, &rules.match_labels) && rules.match_expressions.iter().all(|one| one.holds(labels))
        })
    }

    /// Refuses what no template tells.
    pub(crate) fn check(&self) -> Checked<()> {
        let rules = self.0.iter();
        let mut keys =
            rules.flat_map(|one| one.match_labels.keys().chain(one.match_expressions.iter().map(|one| &one.key)));
        let added = keys.find(|key| ADDED.iter().any(|added| key.starts_with(added)));
        refuse(added.is_some(), || format!("a selector asks for {added:?}, which controllers add"))
    }
}

/// Whether all the labels of a selector are there.
pub(crate) fn contains(labels: &Labels, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// A way in which a node can be right: by all of its requirements, of which there must be one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Term {
    #[serde(alias = "matchLabelExpressions")]
    match_expressions: Option<Vec<Requirement>>,
    match_fields: Option<serde_json::Value>,
}

impl Term {
    pub(crate) fn is_understood(&self) -> bool {
        self.match_expressions.is_some() && self.match_fields.is_none()
    }
}

/// Whether one of several terms is satisfied.
pub(crate) fn any(terms: &[Term], labels: &Labels) -> bool {
    let all = |wanted: &Vec<Requirement>| !wanted.is_empty() && wanted.iter().all(|one| one.holds(labels));
    terms.iter().any(|term| term.match_expressions.as_ref().is_some_and(all))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Toleration {
    key: String,
    operator: String,
    value: String,
    effect: String,
}

impl Toleration {
    /// Whether it tolerates the taint of a key.
    pub(crate) fn tolerates(&self, taint: &str) -> bool {
        let is_bare = ["", "Equal"].contains(&&*self.operator) && self.value.is_empty() && !self.key.is_empty();
        let is_meant = self.key == taint || self.key.is_empty();
        ["", "NoSchedule"].contains(&&*self.effect) && (self.operator == "Exists" || is_bare) && is_meant
    }
}
