//! Selectors of labels, node affinity, taints and tolerations.

use indexmap::IndexMap;

use crate::verify::value::{Checked, Value};

pub(crate) type Labels = IndexMap<String, String>;

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

/// A selector of labels. One that is absent matches nothing, an empty one everything.
#[derive(Debug, Clone)]
pub(crate) struct Selector(Option<Vec<Requirement>>);

#[derive(Debug, Clone)]
struct Requirement {
    key: String,
    operator: String,
    values: Vec<String>,
}

impl Requirement {
    fn of(value: &Value) -> Checked<Self> {
        let operator = value.get("operator").needed_text("operator")?.to_owned();
        let values = value.get("values").texts("values")?;
        let is_known = match operator.as_str() {
            "In" | "NotIn" => !values.is_empty(),
            "Exists" | "DoesNotExist" => values.is_empty(),
            "Gt" | "Lt" => values.len() == 1,
            _ => false,
        };
        if !is_known {
            return Err(format!("the requirement `{operator}` of a selector is not understood"));
        }
        Ok(Self { key: value.get("key").needed_text("key")?.to_owned(), operator, values })
    }

    fn holds(&self, labels: &Labels) -> bool {
        let label = labels.get(&self.key);
        let number = |text: &String| text.parse::<i64>().ok();
        let compared = || Some((number(label?)?, number(self.values.first()?)?));
        match self.operator.as_str() {
            "In" => label.is_some_and(|label| self.values.contains(label)),
            "NotIn" => label.is_none_or(|label| !self.values.contains(label)),
            "Exists" => label.is_some(),
            "DoesNotExist" => label.is_none(),
            "Gt" => compared().is_some_and(|(label, value)| label > value),
            _ => compared().is_some_and(|(label, value)| label < value),
        }
    }
}

fn equals(value: &Value) -> Checked<Vec<Requirement>> {
    let labels = value.text_map("matchLabels")?.into_iter();
    let equal = |(key, value)| Requirement { key, operator: "In".to_owned(), values: vec![value] };
    Ok(labels.map(equal).collect())
}

impl Selector {
    pub(crate) fn of(value: &Value) -> Checked<Self> {
        if value.is_null() {
            return Ok(Self(None));
        }
        let mut requirements = Vec::new();
        for (key, inner) in value.entries("selector")? {
            match key {
                "matchLabels" => requirements.extend(equals(inner)?),
                "matchExpressions" => {
                    for expression in inner.list(key)? {
                        requirements.push(Requirement::of(expression)?);
                    }
                }
                _ => return Err(format!("the field `{key}` of a selector is not understood")),
            }
        }
        for requirement in &requirements {
            if ADDED.iter().any(|added| requirement.key.starts_with(added)) {
                return Err(format!("a selector asks for `{}`, which controllers add", requirement.key));
            }
            if ["Gt", "Lt"].contains(&requirement.operator.as_str()) {
                return Err("a selector of pods compares numbers".to_owned());
            }
        }
        Ok(Self(Some(requirements)))
    }

    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        self.0.as_ref().is_some_and(|requirements| requirements.iter().all(|requirement| requirement.holds(labels)))
    }
}

/// Which nodes a pod may go to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Affinity {
    selector: Vec<Requirement>,
    /// One of these must hold, each by all of its requirements; nothing is asked for where there is none.
    terms: Option<Vec<Vec<Requirement>>>,
    tolerations: Vec<Toleration>,
}

#[derive(Debug, Clone)]
struct Toleration {
    /// Without a key every taint is tolerated.
    key: Option<String>,
}

impl Affinity {
    /// Reads the specification of a pod.
    pub(crate) fn of(pod: &Value) -> Checked<Self> {
        let required = pod.at("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
        let terms = if required.is_null() {
            None
        } else {
            let mut terms = Vec::new();
            for term in required.get("nodeSelectorTerms").list("nodeSelectorTerms")? {
                let expressions = term.get("matchExpressions").list("matchExpressions")?;
                let term = expressions.iter().map(Requirement::of).collect::<Checked<Vec<_>>>()?;
                // A term without requirements matches no node.
                if !term.is_empty() {
                    terms.push(term);
                }
            }
            Some(terms)
        };
        let mut tolerations = Vec::new();
        for toleration in pod.get("tolerations").list("tolerations")? {
            let text = |key: &str| toleration.get(key).text_or_empty(key);
            let exists = text("operator")? == "Exists";
            let is_equal = ["", "Equal"].contains(&text("operator")?) && text("value")?.is_empty();
            let key = text("key")?;
            let counts = ["", "NoSchedule"].contains(&text("effect")?);
            if counts && (exists || is_equal && !key.is_empty()) {
                tolerations.push(Toleration { key: (!key.is_empty()).then(|| key.to_owned()) });
            }
        }
        Ok(Self { selector: equals(pod.get("nodeSelector"))?, terms, tolerations })
    }

    /// Whether labels satisfy the node selector and the required node affinity.
    pub(crate) fn selects(&self, labels: &Labels) -> bool {
        let all = |term: &[Requirement]| term.iter().all(|requirement| requirement.holds(labels));
        all(&self.selector) && self.terms.as_ref().is_none_or(|terms| terms.iter().any(|term| all(term)))
    }

    /// Whether all taints, given by their keys, are tolerated.
    pub(crate) fn tolerates(&self, taints: &[String]) -> bool {
        let counts =
            |taint: &String| self.tolerations.iter().any(|one| one.key.as_ref().is_none_or(|key| key == taint));
        taints.iter().all(counts)
    }
}
