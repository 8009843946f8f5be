//! What a template of pods asks for: amounts, ports, volumes and constraints.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::verify::nodes::{Amounts, HOSTNAME, RESOURCES};
use crate::verify::quantity::{ceil, thousandths};
use crate::verify::selectors::{Affinity, NODE_AFFINITY, Selector};
use crate::verify::value::{Checked, Labels, Reading, Value};

/// What is stated of `cpu`, `memory` and `ephemeral-storage`, in thousandths of the unit.
pub(crate) type Stated = [Option<i128>; 3];

type Quantities = BTreeMap<String, Value>;

/// The three resources of a list of resources. Another is noted.
fn amounts(list: &Quantities, has_other: &mut bool) -> Checked<Stated> {
    *has_other |= list.keys().any(|key| !RESOURCES[..3].contains(&key.as_str()));
    let mut stated = [None; 3];
    for (index, resource) in RESOURCES[..3].iter().enumerate() {
        stated[index] = list.get(*resource).map(|value| thousandths(value, resource)).transpose()?;
    }
    Ok(stated)
}

/// What a namespace gives to containers that state nothing.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    requests: Stated,
    limits: Stated,
    has_other: bool,
}

impl Defaults {
    /// Adds an item of a `LimitRange`, behind those that were added before.
    pub(crate) fn extend(&mut self, item: &Value) -> Checked<()> {
        let mut part = |key: &str| amounts(&item.parse(key)?, &mut self.has_other);
        let (limit, most, request, least) = (part("default")?, part("max")?, part("defaultRequest")?, part("min")?);
        for index in 0..3 {
            let bound = limit[index].or(most[index]);
            self.limits[index] = self.limits[index].or(bound);
            self.requests[index] = self.requests[index].or(request[index]).or(bound).or(least[index]);
        }
        Ok(())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Resources {
    requests: Quantities,
    limits: Quantities,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Port {
    container_port: i64,
    host_port: Option<i64>,
    protocol: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Container {
    pub(crate) name: String,
    #[serde(default)]
    resources: Resources,
    #[serde(default)]
    ports: Vec<Port>,
    restart_policy: Option<String>,
    #[serde(skip)]
    pub(crate) requests: Stated,
    #[serde(skip)]
    pub(crate) limits: Stated,
    /// Whether it ends before others begin.
    #[serde(skip)]
    is_passing: bool,
}

/// A required anti-affinity term.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Repulsion {
    topology_key: String,
    #[serde(default)]
    pub(crate) label_selector: Selector,
    #[serde(default)]
    pub(crate) namespaces: Vec<String>,
    pub(crate) namespace_selector: Option<Value>,
    match_label_keys: Option<Vec<String>>,
    mismatch_label_keys: Option<Vec<String>>,
}

impl Repulsion {
    /// By host, and without keys of labels to match.
    pub(crate) fn is_plain(&self) -> bool {
        self.topology_key == HOSTNAME && self.match_label_keys.is_none() && self.mismatch_label_keys.is_none()
    }
}

/// A spread that is enforced.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spread {
    topology_key: String,
    #[serde(default)]
    pub(crate) label_selector: Selector,
    pub(crate) max_skew: i64,
    when_unsatisfiable: Option<String>,
    pub(crate) min_domains: Option<i64>,
    node_affinity_policy: Option<String>,
    node_taints_policy: Option<String>,
    #[serde(default)]
    match_label_keys: Vec<String>,
}

impl Spread {
    pub(crate) fn by_host(&self) -> bool {
        self.topology_key == HOSTNAME
    }

    pub(crate) fn honours_affinity(&self) -> bool {
        self.node_affinity_policy.as_ref().is_none_or(|policy| policy == "Honor")
    }

    pub(crate) fn honours_taints(&self) -> bool {
        self.node_taints_policy.as_ref().is_some_and(|policy| policy == "Honor")
    }

    /// Whether it tells revisions apart; nothing where it looks at other labels.
    pub(crate) fn is_keyed(&self) -> Option<bool> {
        let keys = &self.match_label_keys;
        (keys.is_empty() || keys == &["pod-template-hash"]).then_some(!keys.is_empty())
    }
}

#[derive(Debug)]
pub(crate) struct Pod<'a> {
    pub(crate) labels: Labels<'a>,
    pub(crate) affinity: Affinity<'a>,
    pub(crate) requests: Amounts,
    pub(crate) limits: Amounts,
    /// Whether some container may take as much memory as it likes.
    pub(crate) is_unlimited: bool,
    pub(crate) containers: Vec<Container>,
    /// Whether it states resources of the pod as a whole.
    pub(crate) is_whole: bool,
    pub(crate) repulsions: Vec<Repulsion>,
    pub(crate) spreads: Vec<Spread>,
    pub(crate) has_attraction: bool,
    /// Host ports: protocol and number.
    pub(crate) ports: BTreeSet<(String, i64)>,
    /// Names of claims that are objects of their own.
    pub(crate) mounted: Vec<&'a str>,
    /// Why nothing can be said of where its pods go.
    pub(crate) murky: Option<&'static str>,
}

const VOLUMES: [&str; 9] =
    ["name", "configMap", "secret", "emptyDir", "projected", "downwardAPI", "hostPath", "persistentVolumeClaim", "csi"];

/// Reads a template, of which `metadata` and `spec` are used.
pub(crate) fn read<'a>(template: &'a Value, defaults: &Defaults, version: Option<(u32, u32)>) -> Checked<Pod<'a>> {
    let spec = template.at("spec");
    let is_host_network = spec.flag("hostNetwork")?;
    let mut containers: Vec<Container> = spec.parse("initContainers")?;
    let (inits, mut ports, mut has_other) = (containers.len(), BTreeSet::new(), defaults.has_other);
    containers.extend(spec.parse::<Vec<Container>>("containers")?);
    for (position, one) in containers.iter_mut().enumerate() {
        one.is_passing = position < inits && one.restart_policy.as_deref() != Some("Always");
        let (request, limit) =
            (amounts(&one.resources.requests, &mut has_other)?, amounts(&one.resources.limits, &mut has_other)?);
        for index in 0..3 {
            one.requests[index] = request[index].or(limit[index]).or(defaults.requests[index]);
            one.limits[index] = limit[index].or(defaults.limits[index]);
        }
        // The scheduler sees no ports of containers that end before others begin.
        for port in one.ports.iter().filter(|_| !one.is_passing) {
            let number =
                port.host_port.filter(|number| *number != 0).or(is_host_network.then_some(port.container_port));
            ports.extend(number.map(|number| (port.protocol.clone().unwrap_or("TCP".to_owned()), number)));
        }
    }
    let whole: Resources = spec.parse("resources")?;
    let overhead = amounts(&spec.parse("overhead")?, &mut has_other)?;
    let mut whole = [amounts(&whole.requests, &mut has_other)?, amounts(&whole.limits, &mut has_other)?];
    // Kubernetes knows no ephemeral storage for a pod as a whole.
    has_other |= whole[0][2].is_some() || whole[1][2].is_some();
    if version.is_none() && whole.iter().flatten().any(Option::is_some) {
        return Err("what its resources mean depends on the version of Kubernetes, which is not known".to_owned());
    }
    if version.is_some_and(|version| version < (1, 29)) && containers[..inits].iter().any(|one| !one.is_passing) {
        return Err("its sidecars need a later Kubernetes".to_owned());
    }
    if version.is_some_and(|version| version < (1, 34)) {
        whole = [[None; 3]; 2];
    }
    let mut totals = [[0, 0, 0, 1], [0; 4]];
    for index in 0..3 {
        let is_silent = containers.iter().all(|container| container.requests[index].is_none());
        let request = whole[0][index].or(whole[1][index].filter(|_| is_silent));
        let request = request.unwrap_or_else(|| aggregate(&containers, |container| container.requests[index]));
        let limit = whole[1][index].unwrap_or_else(|| aggregate(&containers, |container| container.limits[index]));
        let further = overhead[index].unwrap_or(0);
        for (row, amount) in [request + further, if limit > 0 { limit + further } else { 0 }].into_iter().enumerate() {
            totals[row][index] = if index == 0 { amount } else { ceil(amount, 1000) };
        }
    }
    let (mut mounted, mut has_strange_volume) = (Vec::new(), false);
    for volume in spec.list("volumes")? {
        has_strange_volume |= volume.entries("")?.iter().any(|(key, _)| !VOLUMES.contains(key));
        mounted.extend(volume.text("persistentVolumeClaim.claimName")?);
    }
    let is_there = |key: &str| !spec.at(key).is_null();
    let is_odd = |term: &Value| term.at("matchExpressions").is_null() || !term.at("matchFields").is_null();
    let reasons = [
        (is_there("nodeName"), "it names its node"),
        (![None, Some("default-scheduler")].contains(&spec.text("schedulerName")?), "it has another scheduler"),
        (!spec.list("schedulingGates")?.is_empty(), "it has scheduling gates"),
        (!spec.list("resourceClaims")?.is_empty(), "it has resource claims"),
        // A runtime class adds overhead and selects nodes, which nothing in the template tells.
        (is_there("runtimeClassName"), "it has a runtime class"),
        (is_there("priority"), "it states its priority as a number"),
        (has_other, "it requests a resource that is not understood"),
        (has_strange_volume, "it has a volume of a kind that is not understood"),
        (spec.at(NODE_AFFINITY).list("nodeSelectorTerms")?.iter().any(is_odd), "its node affinity is not understood"),
    ];
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let repulsions: Vec<Repulsion> = spec.at("affinity.podAntiAffinity").parse(required)?;
    let mut spreads: Vec<Spread> = spec.parse("topologySpreadConstraints")?;
    spreads.retain(|spread| spread.when_unsatisfiable.as_deref() != Some("ScheduleAnyway"));
    let selectors =
        repulsions.iter().map(|term| &term.label_selector).chain(spreads.iter().map(|one| &one.label_selector));
    for selector in selectors {
        selector.check()?;
    }
    Ok(Pod {
        labels: template.labels("metadata.labels")?,
        affinity: Affinity::of(spec)?,
        requests: totals[0],
        limits: totals[1],
        is_unlimited: whole[1][1].is_none() && containers.iter().any(|container| container.limits[1].is_none()),
        is_whole: whole.iter().flatten().any(Option::is_some),
        containers,
        repulsions,
        spreads,
        has_attraction: !spec.at("affinity.podAffinity").list(required)?.is_empty(),
        ports,
        mounted,
        murky: reasons.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason),
    })
}

/// What all containers need of a resource at once: those that stay, or one that ends before others begin.
fn aggregate(containers: &[Container], amount: impl Fn(&Container) -> Option<i128>) -> i128 {
    let (mut staying, mut highest) = (0, 0);
    for container in containers {
        let amount = amount(container).unwrap_or(0);
        highest = highest.max(staying + amount);
        staying += if container.is_passing { 0 } else { amount };
    }
    highest
}
