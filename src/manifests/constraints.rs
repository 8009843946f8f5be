//! What a specification of pods says of where they may be: selectors, tolerations, affinities, spreads.

use std::collections::BTreeMap;

use crate::manifests::document::{Checked, Reading, Value, refuse};
use crate::manifests::domains::{NodeLabels, Sure};
use crate::manifests::node::Taint;

pub(crate) type Labels = BTreeMap<String, String>;

/// Requirements of which all must hold.
pub(crate) type Rules = Vec<Requirement>;

pub(crate) const HOSTNAME: &str = "kubernetes.io/hostname";
pub(crate) const ZONE: &str = "topology.kubernetes.io/zone";

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

    fn holds(&self, label: Option<&str>) -> bool {
        let is_in = label.is_some_and(|label| self.values.iter().any(|value| value == label));
        let number = |text: &str| text.parse::<i64>().ok();
        let compared = label.and_then(number).zip(self.values.first().and_then(|value| number(value)));
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

/// Whether a node satisfies all of some requirements.
fn all(rules: &Rules, labels: &NodeLabels) -> Sure {
    rules.iter().map(|rule| labels.judge(&rule.key, |label| rule.holds(label))).min().unwrap_or(Sure::Surely)
}

/// Whether a node satisfies one of several terms; one without requirements it never does.
pub(crate) fn any(terms: &[Rules], labels: &NodeLabels) -> Sure {
    terms.iter().filter(|term| !term.is_empty()).map(|term| all(term, labels)).max().unwrap_or(Sure::Not)
}

/// The labels that must be there as they are.
fn exactly(value: &Value, path: &str) -> Checked<Rules> {
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
        let holds = |rule: &Requirement| rule.holds(labels.get(&rule.key).map(String::as_str));
        self.0.as_ref().is_some_and(|rules| rules.iter().all(holds))
    }
}

/// Whether a toleration tolerates a taint.
fn tolerates(toleration: &Value, taint: &Taint) -> Sure {
    let text = |key: &str| if toleration.at(key).is_null() { "" } else { toleration.at(key).as_str().unwrap_or("?") };
    let is_meant = ["", taint.key].contains(&text("key")) && ["", taint.effect].contains(&text("effect"));
    let holds: Sure = match text("operator") {
        "Exists" => is_meant.into(),
        "" | "Equal" => (is_meant && !text("key").is_empty() && text("value") == taint.value).into(),
        // Whether numbers are compared depends on a feature of the server.
        _ if is_meant => Sure::Perhaps,
        _ => Sure::Not,
    };
    // With an end it lets a pod come, and drives it out again.
    let is_brief = taint.effect == "NoExecute" && !toleration.at("tolerationSeconds").is_null();
    if is_brief { holds.min(Sure::Perhaps) } else { holds }
}

/// A required term of affinity or anti-affinity to pods.
#[derive(Debug)]
pub(crate) struct Repulsion<'a> {
    pub(crate) selector: Selector,
    pub(crate) key: &'a str,
    /// Whether it has keys of labels to match.
    pub(crate) is_keyed: bool,
    /// By host, and without keys of labels to match.
    pub(crate) is_plain: bool,
    pub(crate) namespaces: Vec<&'a str>,
    pub(crate) is_everywhere: bool,
}

/// A spread that is enforced.
#[derive(Debug)]
pub(crate) struct Spread {
    pub(crate) selector: Selector,
    pub(crate) skew: i128,
    /// By host, or by zone.
    pub(crate) is_plain: bool,
    pub(crate) is_zonal: bool,
    /// With fewer domains one of them counts as empty.
    pub(crate) least: i128,
    pub(crate) honours_affinity: bool,
    pub(crate) honours_taints: bool,
    /// Whether it tells revisions apart; nothing where it looks at other labels.
    pub(crate) is_keyed: Option<bool>,
}

impl<'a> Repulsion<'a> {
    fn read(term: &'a Value) -> Checked<Self> {
        let keys = [term.at("matchLabelKeys"), term.at("mismatchLabelKeys")];
        Ok(Self {
            selector: Selector::read(term.at("labelSelector"))?,
            key: term.text("topologyKey")?.unwrap_or(""),
            is_keyed: !keys.iter().all(|keys| keys.is_null()),
            is_plain: term.at("topologyKey") == HOSTNAME && keys.iter().all(|keys| keys.is_null()),
            namespaces: term.texts("namespaces")?,
            is_everywhere: !term.at("namespaceSelector").is_null(),
        })
    }
}

impl Spread {
    fn read(value: &Value) -> Checked<Self> {
        Ok(Self {
            selector: Selector::read(value.at("labelSelector"))?,
            skew: value.count("maxSkew")?.filter(|skew| *skew > 0).ok_or("a spread has no `maxSkew`")?,
            is_plain: value.at("topologyKey") == HOSTNAME,
            is_zonal: value.at("topologyKey") == ZONE,
            least: value.count("minDomains")?.unwrap_or(0),
            honours_affinity: value.text("nodeAffinityPolicy")?.unwrap_or("Honor") == "Honor",
            honours_taints: value.at("nodeTaintsPolicy") == "Honor",
            is_keyed: match value.texts("matchLabelKeys")?[..] {
                [] => Some(false),
                ["pod-template-hash"] => Some(true),
                _ => None,
            },
        })
    }
}

/// Everything that is required of the nodes of some pods, and of the pods beside them.
#[derive(Debug)]
pub(crate) struct Constraints<'a> {
    selected: Rules,
    terms: Option<Vec<Rules>>,
    tolerations: &'a [Value],
    /// Near which pods it must be.
    pub(crate) attractions: Vec<Repulsion<'a>>,
    pub(crate) repulsions: Vec<Repulsion<'a>>,
    pub(crate) spreads: Vec<Spread>,
}

impl<'a> Constraints<'a> {
    pub(crate) fn read(spec: &'a Value) -> Checked<Self> {
        let required = |kind: &str| format!("affinity.{kind}.requiredDuringSchedulingIgnoredDuringExecution");
        let nodes = spec.at(&required("nodeAffinity"));
        let nodes = (!nodes.is_null()).then(|| terms(nodes, "nodeSelectorTerms", "matchExpressions"));
        let pods = spec.list(&required("podAntiAffinity"))?.iter().map(Repulsion::read);
        let near = spec.list(&required("podAffinity"))?.iter().map(Repulsion::read);
        let spreads = spec.list("topologySpreadConstraints")?.iter();
        let spreads = spreads.filter(|one| one.at("whenUnsatisfiable") != "ScheduleAnyway").map(Spread::read);
        Ok(Self {
            selected: exactly(spec, "nodeSelector")?,
            terms: nodes.transpose()?,
            tolerations: spec.list("tolerations")?,
            attractions: near.collect::<Checked<_>>()?,
            repulsions: pods.collect::<Checked<_>>()?,
            spreads: spreads.collect::<Checked<_>>()?,
        })
    }

    /// Whether selector and affinity want a node of these labels.
    pub(crate) fn selects(&self, labels: &NodeLabels) -> Sure {
        let terms = self.terms.as_ref().map(|terms| any(terms, labels));
        all(&self.selected, labels).min(terms.unwrap_or(Sure::Surely))
    }

    /// Whether all taints of a node are tolerated that keep pods away.
    pub(crate) fn tolerates<'t>(&self, taints: impl Iterator<Item = &'t Taint<'t>>) -> Sure {
        let kept = taints.filter(|taint| taint.effect != "PreferNoSchedule");
        let best = |taint| self.tolerations.iter().map(|one| tolerates(one, taint)).max().unwrap_or(Sure::Not);
        kept.map(best).min().unwrap_or(Sure::Surely)
    }

    /// Whether its pods stay on a node that does not answer, or may come to one, or to one that is being drained.
    pub(crate) fn clings(&self) -> bool {
        let gone = [("unreachable", "NoExecute"), ("unreachable", "NoSchedule"), ("unschedulable", "NoSchedule")];
        let stays = |one: &Value, what: &str, effect: &str| {
            let taint = Taint { key: &format!("node.kubernetes.io/{what}"), value: "", effect };
            let is_brief = effect == "NoExecute" && !one.at("tolerationSeconds").is_null();
            !is_brief && tolerates(one, &taint) > Sure::Not
        };
        self.tolerations.iter().any(|one| gone.iter().any(|(what, effect)| stays(one, what, effect)))
    }
}
