//! Selectors of labels, node affinity, taints and tolerations.

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

#[derive(Debug)]
struct Requirement<'a> {
    key: &'a str,
    operator: &'a str,
    values: Vec<&'a str>,
}

impl<'a> Requirement<'a> {
    fn of(value: &'a Value) -> Checked<Self> {
        let (operator, values) = (value.needed("operator")?, value.texts("values")?);
        let is_known = match operator {
            "In" | "NotIn" => !values.is_empty(),
            "Exists" | "DoesNotExist" => values.is_empty(),
            "Gt" | "Lt" => values.len() == 1,
            _ => false,
        };
        let requirement = Self { key: value.needed("key")?, operator, values };
        if is_known {
            Ok(requirement)
        } else {
            Err(format!("the requirement `{operator}` of a selector is not understood"))
        }
    }

    fn holds(&self, labels: &Labels) -> bool {
        let label = labels.get(self.key);
        let number = |text: &&str| text.parse::<i64>().ok();
        let compared = || Some((number(label?)?, number(self.values.first()?)?));
        match self.operator {
            "In" => label.is_some_and(|label| self.values.contains(label)),
            "NotIn" => label.is_none_or(|label| !self.values.contains(label)),
            "Exists" => label.is_some(),
            "DoesNotExist" => label.is_none(),
            "Gt" => compared().is_some_and(|(label, value)| label > value),
            _ => compared().is_some_and(|(label, value)| label < value),
        }
    }
}

fn equal<'a>((key, value): (&'a str, &'a str)) -> Requirement<'a> {
    Requirement { key, operator: "In", values: vec![value] }
}

/// A selector of pods. One that is absent matches nothing, an empty one everything.
#[derive(Debug)]
pub(crate) struct Selector<'a>(Option<Vec<Requirement<'a>>>);

impl<'a> Selector<'a> {
    pub(crate) fn of(value: &'a Value) -> Checked<Self> {
        if value.is_null() {
            return Ok(Self(None));
        }
        let mut requirements: Vec<_> = value.labels("matchLabels")?.into_iter().map(equal).collect();
        for expression in value.list("matchExpressions")? {
            requirements.push(Requirement::of(expression)?);
        }
        match requirements
            .iter()
            .find(|one| ["Gt", "Lt"].contains(&one.operator) || ADDED.iter().any(|added| one.key.starts_with(added)))
        {
            Some(one) => Err(format!("a selector compares numbers, or asks for `{}`, which controllers add", one.key)),
            None => Ok(Self(Some(requirements))),
        }
    }

    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        self.0.as_ref().is_some_and(|all| all.iter().all(|requirement| requirement.holds(labels)))
    }
}

/// Which nodes a pod may go to.
#[derive(Debug)]
pub(crate) struct Affinity<'a> {
    selector: Vec<Requirement<'a>>,
    /// One of these must hold, each by all of its requirements; nothing is asked for where there is none.
    terms: Option<Vec<Vec<Requirement<'a>>>>,
    /// The keys of taints that are tolerated. Without a key every taint is.
    tolerated: Vec<Option<&'a str>>,
}

pub(crate) const NODE_AFFINITY: &str = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";

impl<'a> Affinity<'a> {
    /// Reads the specification of a pod.
    pub(crate) fn of(pod: &'a Value) -> Checked<Self> {
        let terms = pod
            .at(NODE_AFFINITY)
            .list("nodeSelectorTerms")?
            .iter()
            .map(|term| term.list("matchExpressions")?.iter().map(Requirement::of).collect::<Checked<Vec<_>>>());
        let terms = terms.collect::<Checked<_>>()?;
        let mut tolerated = Vec::new();
        for toleration in pod.list("tolerations")? {
            let word = |key: &str| Ok::<_, String>(toleration.text(key)?.unwrap_or(""));
            let (key, operator, exists) = (word("key")?, word("operator")?, word("operator")? == "Exists");
            let is_bare = ["", "Equal"].contains(&operator) && word("value")?.is_empty() && !key.is_empty();
            if ["", "NoSchedule"].contains(&word("effect")?) && (exists || is_bare) {
                tolerated.push(toleration.text("key")?.filter(|key| !key.is_empty()));
            }
        }
        Ok(Self {
            selector: pod.labels("nodeSelector")?.into_iter().map(equal).collect(),
            terms: (!pod.at(NODE_AFFINITY).is_null()).then_some(terms),
            tolerated,
        })
    }

    /// The nodes that the topologies of a storage class allow.
    pub(crate) fn within(topologies: &'a [Value]) -> Checked<Self> {
        let value =
            |one: &'a Value| Ok(Requirement { key: one.needed("key")?, operator: "In", values: one.texts("values")? });
        let term = |term: &'a Value| term.list("matchLabelExpressions")?.iter().map(value).collect::<Checked<Vec<_>>>();
        let terms = topologies.iter().map(term).collect::<Checked<_>>()?;
        Ok(Self { selector: Vec::new(), terms: Some(terms), tolerated: Vec::new() })
    }

    /// Whether labels satisfy the node selector and the required node affinity.
    pub(crate) fn selects(&self, labels: &Labels) -> bool {
        // A term without requirements matches no node.
        let all = |term: &[Requirement]| term.iter().all(|requirement| requirement.holds(labels));
        let any = |terms: &Vec<Vec<_>>| terms.iter().any(|term| !term.is_empty() && all(term));
        all(&self.selector) && self.terms.as_ref().is_none_or(any)
    }

    /// Whether all taints, given by their keys, are tolerated.
    pub(crate) fn tolerates(&self, taints: &[&str]) -> bool {
        taints.iter().all(|taint| self.tolerated.iter().any(|key| key.is_none_or(|key| key == *taint)))
    }
}
