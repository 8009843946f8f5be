//! Selectors of labels, terms of affinity, and tolerations.

use std::collections::BTreeMap;

use crate::manifests::document::{Checked, Reading, Value, refuse};

pub(crate) type Labels = BTreeMap<String, String>;

/// Requirements of which all must hold.
pub(crate) type Rules = Vec<Requirement>;

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

/// What a label must be.
#[derive(Debug)]
pub(crate) struct Requirement {
    key: String,
    operator: String,
    values: Vec<String>,
}

impl Requirement {
    fn read(value: &Value) -> Checked<Self> {
        let operator = value.text("operator")?.unwrap_or("In").to_owned();
        let is_known = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"].contains(&&*operator);
        refuse(!is_known, || format!("the operator `{operator}` is not understood"))?;
        let values = value.texts("values")?.into_iter().map(str::to_owned).collect();
        Ok(Self { key: value.needed("key")?.to_owned(), operator, values })
    }

    fn holds(&self, labels: &Labels) -> bool {
        let label = labels.get(&self.key);
        let is_in = label.is_some_and(|label| self.values.contains(label));
        let number = |text: &String| text.parse::<i64>().ok();
        let compared = label.and_then(number).zip(self.values.first().and_then(number));
        match &*self.operator {
            "In" => is_in,
            "NotIn" => !is_in,
            "Exists" => label.is_some(),
            "DoesNotExist" => label.is_none(),
            "Gt" => compared.is_some_and(|(label, value)| label > value),
            _ => compared.is_some_and(|(label, value)| label < value),
        }
    }
}

pub(crate) fn all(rules: &Rules, labels: &Labels) -> bool {
    rules.iter().all(|rule| rule.holds(labels))
}

/// Whether one of several terms is satisfied; one without requirements never is.
pub(crate) fn any(terms: &[Rules], labels: &Labels) -> bool {
    terms.iter().any(|term| !term.is_empty() && all(term, labels))
}

/// The labels that must be there as they are.
pub(crate) fn exactly(value: &Value, path: &str) -> Checked<Rules> {
    let rule = |(key, value)| Requirement { key, operator: "In".to_owned(), values: vec![value] };
    Ok(value.labels(path)?.into_iter().map(rule).collect())
}

/// The terms of a list, each of them under one key and nothing else.
pub(crate) fn terms(value: &Value, path: &str, key: &str) -> Checked<Vec<Rules>> {
    let term = |term: &Value| {
        let is_plain = term.entries("")?.into_iter().all(|(other, value)| other == key || value.is_null());
        refuse(!is_plain || term.at(key).is_null(), || format!("a term of `{path}` is not understood"))?;
        term.list(key)?.iter().map(Requirement::read).collect()
    };
    value.list(path)?.iter().map(term).collect()
}

/// A selector of pods. One that is absent matches nothing, an empty one everything.
#[derive(Debug)]
pub(crate) struct Selector(Option<Rules>);

impl Selector {
    pub(crate) fn read(value: &Value) -> Checked<Self> {
        if value.is_null() {
            return Ok(Self(None));
        }
        let mut rules = exactly(value, "matchLabels")?;
        for rule in value.list("matchExpressions")? {
            rules.push(Requirement::read(rule)?);
        }
        let mut keys = value.entries("")?.into_iter().map(|(key, _)| key);
        let is_known = keys.all(|key| ["matchLabels", "matchExpressions"].contains(&key));
        let added = rules.iter().find(|rule| ADDED.iter().any(|added| rule.key.starts_with(added)));
        refuse(!is_known || added.is_some(), || {
            format!("a selector asks for what controllers add, or is not understood: {value}")
        })?;
        Ok(Self(Some(rules)))
    }

    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        self.0.as_ref().is_some_and(|rules| all(rules, labels))
    }
}

/// Whether a toleration tolerates the taint of a key, which keeps pods from being scheduled.
pub(crate) fn tolerates(toleration: &Value, taint: &str) -> bool {
    let text = |key: &str| if toleration.at(key).is_null() { "" } else { toleration.at(key).as_str().unwrap_or("?") };
    let is_bare = ["", "Equal"].contains(&text("operator")) && text("value").is_empty() && !text("key").is_empty();
    let is_meant = ["", taint].contains(&text("key")) && ["", "NoSchedule"].contains(&text("effect"));
    is_meant && (text("operator") == "Exists" || is_bare)
}
