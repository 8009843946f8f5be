//! What a template of pods asks for: amounts, ports, volumes and constraints.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::verify::nodes::{Amounts, HOSTNAME, RESOURCES};
use crate::verify::quantity::{ceil, thousandths};
use crate::verify::selectors::{Labels, Selector, Term, Toleration};
use crate::verify::value::{Checked, Reading, Value, refuse};

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

/// What a namespace gives to containers that state nothing: requests and limits.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    stated: [Stated; 2],
    has_other: bool,
}

impl Defaults {
    /// Adds an item of a `LimitRange`, behind those that were added before.
    pub(crate) fn extend(&mut self, item: &Value) -> Checked<()> {
        let mut part = |key: &str| amounts(&item.parse(key)?, &mut self.has_other);
        let (limit, most, request, least) = (part("default")?, part("max")?, part("defaultRequest")?, part("min")?);
        for index in 0..3 {
            let bound = limit[index].or(most[index]);
            let further = [request[index].or(bound).or(least[index]), bound];
            (0..2).for_each(|row| self.stated[row][index] = self.stated[row][index].or(further[row]));
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

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Container {
    pub(crate) name: String,
    resources: Resources,
    ports: Vec<Port>,
    restart_policy: String,
    /// Its requests and limits, with what the namespace gives.
    #[serde(skip)]
    pub(crate) stated: [Stated; 2],
    /// Whether it ends before others begin.
    #[serde(skip)]
    is_passing: bool,
}

/// A required anti-affinity term.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Repulsion {
    topology_key: String,
    pub(crate) label_selector: Selector,
    pub(crate) namespaces: Vec<String>,
    pub(crate) namespace_selector: Option<Value>,
    match_label_keys: Option<Value>,
    mismatch_label_keys: Option<Value>,
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
    pub(crate) topology_key: String,
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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Required<T: Default> {
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub(crate) required: T,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Terms {
    pub(crate) node_selector_terms: Vec<Term>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Affinity {
    pub(crate) node_affinity: Required<Option<Terms>>,
    pub(crate) pod_affinity: Required<Vec<Value>>,
    pub(crate) pod_anti_affinity: Required<Vec<Repulsion>>,
}

/// The fields of a pod that are understood, or whose presence is.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Spec {
    init_containers: Vec<Container>,
    pub(crate) containers: Vec<Container>,
    resources: Resources,
    overhead: Quantities,
    host_network: bool,
    volumes: Vec<BTreeMap<String, Value>>,
    pub(crate) node_selector: Labels,
    pub(crate) affinity: Affinity,
    pub(crate) tolerations: Vec<Toleration>,
    #[serde(rename = "topologySpreadConstraints")]
    pub(crate) spreads: Vec<Spread>,
    pub(crate) priority_class_name: String,
    pub(crate) preemption_policy: String,
    scheduler_name: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Pod {
    pub(crate) labels: Labels,
    /// As it is written, with the init containers before the others, and without spreads that are not enforced.
    pub(crate) spec: Spec,
    pub(crate) requests: Amounts,
    pub(crate) limits: Amounts,
    /// Whether some container may take as much memory as it likes.
    pub(crate) is_unlimited: bool,
    /// Whether it states resources of the pod as a whole.
    pub(crate) is_whole: bool,
    /// Host ports: protocol and number.
    pub(crate) ports: BTreeSet<(String, i64)>,
    /// Names of claims that are objects of their own.
    pub(crate) mounted: Vec<String>,
    /// Why nothing can be said of where its pods go.
    pub(crate) murky: Option<String>,
}

const VOLUMES: [&str; 9] =
    ["name", "configMap", "secret", "emptyDir", "projected", "downwardAPI", "hostPath", "persistentVolumeClaim", "csi"];

/// Fields that send pods elsewhere, or change what they request, by what no template tells.
const ODD: [&str; 5] = ["nodeName", "runtimeClassName", "priority", "schedulingGates", "resourceClaims"];

/// Reads a template, of which `metadata` and `spec` are used.
pub(crate) fn read(template: &Value, defaults: &Defaults, version: Option<(u32, u32)>) -> Checked<Pod> {
    let mut spec: Spec = template.parse("spec")?;
    let (mut has_other, mut ports) = (defaults.has_other, BTreeSet::new());
    spec.init_containers.iter_mut().for_each(|one| one.is_passing = one.restart_policy != "Always");
    let has_sidecar = spec.init_containers.iter().any(|one| !one.is_passing);
    let inits = std::mem::take(&mut spec.init_containers);
    spec.containers.splice(0..0, inits);
    for one in &mut spec.containers {
        let (request, limit) =
            (amounts(&one.resources.requests, &mut has_other)?, amounts(&one.resources.limits, &mut has_other)?);
        for index in 0..3 {
            one.stated[0][index] = request[index].or(limit[index]).or(defaults.stated[0][index]);
            one.stated[1][index] = limit[index].or(defaults.stated[1][index]);
        }
        // The scheduler sees no ports of containers that end before others begin.
        for port in one.ports.iter().filter(|_| !one.is_passing) {
            let number = port.host_port.filter(|number| *number != 0);
            let number = number.or(spec.host_network.then_some(port.container_port));
            ports.extend(number.map(|number| (port.protocol.clone().unwrap_or("TCP".to_owned()), number)));
        }
    }
    let overhead = amounts(&spec.overhead, &mut has_other)?;
    let (whole, limits) = (&spec.resources.requests, &spec.resources.limits);
    let mut whole = [amounts(whole, &mut has_other)?, amounts(limits, &mut has_other)?];
    // Kubernetes knows no ephemeral storage for a pod as a whole.
    has_other |= whole[0][2].is_some() || whole[1][2].is_some();
    refuse(version.is_none() && whole.iter().flatten().any(Option::is_some), || {
        "what its resources mean depends on the version of Kubernetes, which is not known".to_owned()
    })?;
    refuse(has_sidecar && version.is_some_and(|version| version < (1, 29)), || {
        "its sidecars need a later Kubernetes".to_owned()
    })?;
    if version.is_some_and(|version| version < (1, 34)) {
        whole = [[None; 3]; 2];
    }
    let mut totals = [[0, 0, 0, 1], [0; 4]];
    for (row, index) in (0..2).flat_map(|row| (0..3).map(move |index| (row, index))) {
        let is_silent = spec.containers.iter().all(|one| one.stated[0][index].is_none());
        let limit = whole[1][index].filter(|_| row == 0 && is_silent);
        let amount = whole[row][index].or(limit);
        let amount = amount.unwrap_or_else(|| aggregate(&spec.containers, |one| one.stated[row][index]));
        let amount = if row == 0 || amount > 0 { amount + overhead[index].unwrap_or(0) } else { 0 };
        totals[row][index] = if index == 0 { amount } else { ceil(amount, 1000) };
    }
    spec.spreads.retain(|spread| spread.when_unsatisfiable.as_deref() != Some("ScheduleAnyway"));
    let terms = spec.affinity.node_affinity.required.iter().flat_map(|terms| &terms.node_selector_terms);
    let is_foreign = spec.scheduler_name.as_ref().is_some_and(|name| name != "default-scheduler");
    let is_strange = spec.volumes.iter().flat_map(BTreeMap::keys).any(|key| !VOLUMES.contains(&key.as_str()));
    let odd = ODD.iter().find(|key| !template["spec"][**key].is_null()).map(|key| format!("it has `{key}`"));
    let reasons = [
        (is_foreign, "it has another scheduler"),
        (has_other, "it requests a resource that is not understood"),
        (is_strange, "it has a volume of a kind that is not understood"),
        (terms.into_iter().any(|term| !term.is_understood()), "its node affinity is not understood"),
    ];
    let reason = reasons.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason.to_owned());
    let claim = |volume: &BTreeMap<String, Value>| {
        volume.get("persistentVolumeClaim").map(|claim| claim.needed("claimName").map(str::to_owned))
    };
    spec.affinity.pod_anti_affinity.required.iter().try_for_each(|term| term.label_selector.check())?;
    spec.spreads.iter().try_for_each(|spread| spread.label_selector.check())?;
    Ok(Pod {
        labels: template.parse("metadata.labels")?,
        requests: totals[0],
        limits: totals[1],
        is_unlimited: whole[1][1].is_none() && spec.containers.iter().any(|one| one.stated[1][1].is_none()),
        is_whole: whole.iter().flatten().any(Option::is_some),
        ports,
        mounted: spec.volumes.iter().filter_map(claim).collect::<Checked<_>>()?,
        murky: odd.or(reason),
        spec,
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
