//! Selectors of labels, node affinity, taints and tolerations.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::verify::value::{Checked, Labels, Reading, Value};

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
        let label = labels.get(self.key.as_str()).copied();
        let is_in = label.is_some_and(|label| self.values.iter().any(|value| value == label));
        let number = |text: &str| text.parse::<i64>().ok();
        let compared = || Some((number(label?)?, number(self.values.first()?)?));
        match self.operator {
            Operator::In => is_in,
            Operator::NotIn => !is_in,
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::Gt => compared().is_some_and(|(label, value)| label > value),
            Operator::Lt => compared().is_some_and(|(label, value)| label < value),
        }
    }
}

/// A selector of pods. One that is absent matches nothing, an empty one everything.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Selector(Option<Rules>);

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Rules {
    match_labels: BTreeMap<String, String>,
    match_expressions: Vec<Requirement>,
}

impl Selector {
    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        self.0.as_ref().is_some_and(|rules| {
            let mut equal =
                rules.match_labels.iter().map(|(key, value)| labels.get(key.as_str()) == Some(&value.as_str()));
            equal.all(|is_equal| is_equal)
                && rules.match_expressions.iter().all(|requirement| requirement.holds(labels))
        })
    }

    /// Refuses what no template tells.
    pub(crate) fn check(&self) -> Checked<()> {
        let keys = self
            .0
            .iter()
            .flat_map(|rules| rules.match_labels.keys().chain(rules.match_expressions.iter().map(|one| &one.key)));
        match keys.into_iter().find(|key| ADDED.iter().any(|added| key.starts_with(added))) {
            Some(key) => Err(format!("a selector asks for `{key}`, which controllers add")),
            None => Ok(()),
        }
    }
}

/// A way in which a node can be right: by all of its requirements, of which there must be one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Term {
    #[serde(default, alias = "matchLabelExpressions")]
    match_expressions: Vec<Requirement>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Toleration {
    key: String,
    operator: String,
    value: String,
    effect: String,
}

/// Which nodes a pod may go to.
#[derive(Debug)]
pub(crate) struct Affinity<'a> {
    selector: Labels<'a>,
    terms: Option<Vec<Term>>,
    tolerations: Vec<Toleration>,
}

pub(crate) const NODE_AFFINITY: &str = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";

impl<'a> Affinity<'a> {
    /// Reads the specification of a pod.
    pub(crate) fn of(pod: &'a Value) -> Checked<Self> {
        let terms = pod.at(NODE_AFFINITY).parse("nodeSelectorTerms")?;
        let terms = (!pod.at(NODE_AFFINITY).is_null()).then_some(terms);
        Ok(Self { selector: pod.labels("nodeSelector")?, terms, tolerations: pod.parse("tolerations")? })
    }

    /// Whether labels satisfy the node selector and the required node affinity.
    pub(crate) fn selects(&self, labels: &Labels) -> bool {
        let mut equal = self.selector.iter().map(|(key, value)| labels.get(key) == Some(value));
        equal.all(|is_equal| is_equal) && self.terms.as_ref().is_none_or(|terms| any(terms, labels))
    }

    /// Whether all taints, given by their keys, are tolerated.
    pub(crate) fn tolerates(&self, taints: &[&str]) -> bool {
        let counts = |one: &Toleration, taint: &str| {
            let is_bare = ["", "Equal"].contains(&&*one.operator) && one.value.is_empty() && !one.key.is_empty();
            let is_meant = one.key == taint || one.key.is_empty();
            ["", "NoSchedule"].contains(&&*one.effect) && (one.operator == "Exists" || is_bare) && is_meant
        };
        taints.iter().all(|taint| self.tolerations.iter().any(|one| counts(one, taint)))
    }
}

/// Whether one of several terms is satisfied.
pub(crate) fn any(terms: &[Term], labels: &Labels) -> bool {
    let all = |term: &Term| term.match_expressions.iter().all(|requirement| requirement.holds(labels));
    terms.iter().any(|term| !term.match_expressions.is_empty() && all(term))
}
