//! What a template of pods asks for: amounts, ports, volumes and constraints.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::nodes::{Amounts, HOSTNAME, RESOURCES};
use crate::verify::quantity::{add, ceil, thousandths};
use crate::verify::selectors::{Affinity, Labels, Selector};
use crate::verify::value::{Checked, LARGEST, Value};

/// What is stated of `cpu`, `memory` and `ephemeral-storage`, in thousandths of the unit.
pub(crate) type Stated = [Option<i128>; 3];

/// What a namespace gives to containers that state nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Defaults {
    request: Stated,
    limit: Stated,
    /// A resource that is given beside the three.
    other: Option<String>,
}

impl Defaults {
    /// Adds a `LimitRange`, behind those that were added before.
    pub(crate) fn extend(&mut self, range: &Value) -> Checked<()> {
        for item in range.at("spec.limits").list("spec.limits")? {
            if item.get("type").text("type")? != Some("Container") {
                continue;
            }
            let part = |key: &str| amounts(item.get(key), key);
            let (limit, most, request, least) = (part("default")?, part("max")?, part("defaultRequest")?, part("min")?);
            for index in 0..3 {
                let bound = limit.0[index].or(most.0[index]);
                self.limit[index] = self.limit[index].or(bound);
                self.request[index] = self.request[index].or(request.0[index]).or(bound).or(least.0[index]);
            }
            self.other = self.other.take().or(limit.1).or(most.1).or(request.1).or(least.1);
        }
        Ok(())
    }
}

/// The three resources of a list of resources, and one that is none of them.
fn amounts(list: &Value, what: &str) -> Checked<(Stated, Option<String>)> {
    let (mut stated, mut other) = ([None; 3], None);
    for (key, value) in list.entries(what)? {
        match RESOURCES.iter().take(3).position(|resource| *resource == key) {
            Some(index) => stated[index] = Some(thousandths(value, key)?),
            None => other = Some(key.to_owned()),
        }
    }
    Ok((stated, other))
}

#[derive(Debug, Clone)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) requests: Stated,
    pub(crate) limits: Stated,
}

/// A required anti-affinity term.
#[derive(Debug, Clone)]
pub(crate) struct Repulsion {
    pub(crate) selector: Selector,
    pub(crate) topology: String,
    pub(crate) namespaces: Vec<String>,
    pub(crate) any_namespace: bool,
    /// Without keys of labels to match.
    pub(crate) is_plain: bool,
}

/// A spread that is enforced.
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    pub(crate) selector: Selector,
    pub(crate) topology: String,
    pub(crate) skew: i128,
    pub(crate) least_domains: Option<i128>,
    pub(crate) honours_affinity: bool,
    /// None where the template does not say.
    pub(crate) honours_taints: Option<bool>,
    pub(crate) keys: Vec<String>,
}

impl Spread {
    pub(crate) fn is_by_host(&self) -> bool {
        self.topology == HOSTNAME
    }
}

/// A claim that comes with the pods of a type.
#[derive(Debug, Clone)]
pub(crate) struct ClaimTemplate {
    pub(crate) name: String,
    pub(crate) each: i128,
    pub(crate) class: Option<String>,
}

impl ClaimTemplate {
    pub(crate) fn of(name: &str, spec: &Value) -> Checked<Self> {
        let each = ceil(thousandths(spec.at("resources.requests.storage"), "resources.requests.storage")?, 1000);
        Ok(Self {
            name: name.to_owned(),
            each,
            class: spec.get("storageClassName").text("storageClassName")?.map(str::to_owned),
        })
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Pod {
    pub(crate) labels: Labels,
    pub(crate) affinity: Affinity,
    pub(crate) requests: Amounts,
    pub(crate) limits: Amounts,
    /// Whether some container may take as much memory as it likes.
    pub(crate) is_unlimited: bool,
    pub(crate) containers: Vec<Container>,
    /// Requests and limits that are stated of the pod as a whole.
    pub(crate) whole: (Stated, Stated),
    pub(crate) repulsions: Vec<Repulsion>,
    pub(crate) spreads: Vec<Spread>,
    pub(crate) has_attraction: bool,
    pub(crate) ports: BTreeSet<(String, i128)>,
    /// Names of claims that are objects of their own.
    pub(crate) mounted: Vec<String>,
    pub(crate) ephemeral: Vec<ClaimTemplate>,
    /// Why nothing can be said of where its pods go.
    pub(crate) murky: Option<String>,
}

const VOLUMES: [&str; 9] = [
    "configMap",
    "secret",
    "emptyDir",
    "projected",
    "downwardAPI",
    "hostPath",
    "persistentVolumeClaim",
    "ephemeral",
    "csi",
];

/// Reads a template, of which `metadata` and `spec` are used.
pub(crate) fn read(
    template: &Value,
    defaults: &BTreeMap<String, Defaults>,
    namespace: &str,
    version: Option<(u32, u32)>,
) -> Checked<Pod> {
    let spec = template.get("spec");
    if spec.map().is_none() {
        return Err("it has no specification of a pod".to_owned());
    }
    let none = Defaults::default();
    let defaults = defaults.get(namespace).unwrap_or(&none);
    let mut murky = defaults.other.as_ref().map(|other| format!("its namespace gives it `{other}`"));
    let mut note = |condition: bool, why: &str| {
        if condition && murky.is_none() {
            murky = Some(why.to_owned());
        }
    };
    note(!spec.get("nodeName").is_null(), "it names its node");
    let scheduler = spec.get("schedulerName").text_or_empty("schedulerName")?;
    note(!["", "default-scheduler"].contains(&scheduler), "it has another scheduler");
    for (key, why) in [("schedulingGates", "it has scheduling gates"), ("resourceClaims", "it has resource claims")] {
        note(!spec.get(key).list(key)?.is_empty(), why);
    }
    // A runtime class adds overhead and selects nodes, which nothing in the template tells.
    note(!spec.get("runtimeClassName").is_null(), "it has a runtime class");

    let mut containers = Vec::new();
    let (mut mains, mut sidecars, mut highest) = ([[0; 3]; 2], [[0; 3]; 2], [[0; 3]; 2]);
    let is_host_network = spec.get("hostNetwork").boolean("hostNetwork")?;
    let mut ports = BTreeSet::new();
    let mut no_container_requests = [true; 3];
    let mut has_sidecar = false;
    for (key, is_init) in [("containers", false), ("initContainers", true)] {
        for value in spec.get(key).list(key)? {
            let (container, other) = container(value, defaults)?;
            note(other.is_some(), "it requests a resource that is not understood");
            let sums = [container.requests, container.limits].map(|stated| stated.map(Option::unwrap_or_default));
            let is_sidecar = match value.get("restartPolicy").text("restartPolicy")? {
                None => false,
                Some("Always") if is_init => true,
                Some(_) => return Err(format!("the restart policy of `{}` is not understood", container.name)),
            };
            has_sidecar |= is_sidecar;
            for (row, amounts) in sums.iter().enumerate() {
                for (column, amount) in amounts.iter().enumerate() {
                    let total = if is_init { &mut sidecars } else { &mut mains };
                    if !is_init || is_sidecar {
                        total[row][column] = add(total[row][column], *amount)?;
                    }
                    if is_init {
                        let beside = if is_sidecar { 0 } else { *amount };
                        highest[row][column] = highest[row][column].max(add(sidecars[row][column], beside)?);
                    }
                }
            }
            for (column, request) in container.requests.iter().enumerate() {
                no_container_requests[column] &= request.is_none();
            }
            for port in value.get("ports").list("ports")? {
                let number = match port.get("hostPort").integer("hostPort")? {
                    None | Some(0) if is_host_network => port.get("containerPort").integer("containerPort")?,
                    stated => stated.filter(|number| *number != 0),
                };
                let protocol = port.get("protocol").text("protocol")?.unwrap_or("TCP");
                ports.extend(number.map(|number| (protocol.to_owned(), number)));
            }
            containers.push(container);
        }
    }
    let (mut whole, others) = pod_level(spec.get("resources"))?;
    if version.is_some_and(|version| version < (1, 34)) {
        whole = Whole::default();
    }
    note(version.is_none() && whole != Whole::default(), "its resources as a whole count in some versions only");
    note(version < Some((1, 29)) && version.is_some() && has_sidecar, "its version of Kubernetes has no sidecars");
    let (overhead, other) = amounts(spec.get("overhead"), "overhead")?;
    note(others || other.is_some(), "it requests a resource that is not understood");
    let mut totals = [[0; 4]; 2];
    for column in 0..3 {
        let aggregate =
            |row: usize| Ok::<_, String>(add(mains[row][column], sidecars[row][column])?.max(highest[row][column]));
        let own = whole.1[column].filter(|_| no_container_requests[column]);
        let request = whole.0[column].or(own).map_or_else(|| aggregate(0), Ok)?;
        let limit = whole.1[column].map_or_else(|| aggregate(1), Ok)?;
        let further = overhead[column].unwrap_or(0);
        let limit = if limit > 0 { add(limit, further)? } else { 0 };
        for (row, amount) in [add(request, further)?, limit].into_iter().enumerate() {
            totals[row][column] = if column == 0 { amount } else { ceil(amount, 1000) };
            if totals[row][column] > LARGEST {
                return Err("it asks for more than can be counted".to_owned());
            }
        }
    }
    totals[0][3] = 1;

    let (mut mounted, mut ephemeral) = (Vec::new(), Vec::new());
    for volume in spec.get("volumes").list("volumes")? {
        for (key, value) in volume.entries("volumes")? {
            note(key != "name" && !VOLUMES.contains(&key), "it has a volume of a kind that is not understood");
            match key {
                "persistentVolumeClaim" => mounted.push(value.get("claimName").needed_text("claimName")?.to_owned()),
                "ephemeral" => {
                    let name = volume.get("name").needed_text("volumes.name")?;
                    ephemeral.push(ClaimTemplate::of(name, value.at("volumeClaimTemplate.spec"))?);
                }
                _ => {}
            }
        }
    }
    let node_affinity = spec.at("affinity.nodeAffinity");
    note(mentions(node_affinity, "matchFields"), "its node affinity has `matchFields`");
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let has_attraction = !spec.at("affinity.podAffinity").get(required).list(required)?.is_empty();
    let terms = spec.at("affinity.podAntiAffinity").get(required).list(required)?;
    Ok(Pod {
        labels: template.at("metadata.labels").text_map("metadata.labels")?,
        affinity: Affinity::of(spec)?,
        requests: totals[0],
        limits: totals[1],
        is_unlimited: whole.1[1].is_none() && containers.iter().any(|container| container.limits[1].is_none()),
        containers,
        whole,
        repulsions: terms.iter().map(repulsion).collect::<Checked<_>>()?,
        spreads: spreads(spec)?,
        has_attraction,
        ports,
        mounted,
        ephemeral,
        murky,
    })
}

fn container(value: &Value, defaults: &Defaults) -> Checked<(Container, Option<String>)> {
    let name = value.get("name").needed_text("containers.name")?.to_owned();
    let (requests, one) = amounts(value.at("resources.requests"), "resources.requests")?;
    let (limits, other) = amounts(value.at("resources.limits"), "resources.limits")?;
    let mut container = Container { name, requests: [None; 3], limits: [None; 3] };
    for index in 0..3 {
        container.limits[index] = limits[index].or(defaults.limit[index]);
        container.requests[index] = requests[index].or(limits[index]).or(defaults.request[index]);
    }
    Ok((container, one.or(other)))
}

type Whole = (Stated, Stated);

/// The resources of the pod as a whole, and whether there are some that are not understood.
fn pod_level(resources: &Value) -> Checked<(Whole, bool)> {
    let (requests, one) = amounts(resources.get("requests"), "resources.requests")?;
    let (limits, other) = amounts(resources.get("limits"), "resources.limits")?;
    // Kubernetes knows no ephemeral storage for a pod as a whole.
    let is_unknown = one.is_some() || other.is_some() || requests[2].is_some() || limits[2].is_some();
    Ok(((requests, limits), is_unknown))
}

fn mentions(value: &Value, word: &str) -> bool {
    match value {
        Value::List(items) => items.iter().any(|item| mentions(item, word)),
        Value::Map(map) => map.iter().any(|(key, inner)| key == word || mentions(inner, word)),
        _ => false,
    }
}

fn repulsion(term: &Value) -> Checked<Repulsion> {
    let empty = |key: &str| Ok::<_, String>(term.get(key).list(key)?.is_empty());
    Ok(Repulsion {
        selector: Selector::of(term.get("labelSelector"))?,
        topology: term.get("topologyKey").needed_text("topologyKey")?.to_owned(),
        namespaces: term.get("namespaces").texts("namespaces")?,
        any_namespace: !term.get("namespaceSelector").is_null(),
        is_plain: empty("matchLabelKeys")? && empty("mismatchLabelKeys")?,
    })
}

fn spreads(spec: &Value) -> Checked<Vec<Spread>> {
    let mut spreads = Vec::new();
    for one in spec.get("topologySpreadConstraints").list("topologySpreadConstraints")? {
        match one.get("whenUnsatisfiable").text("whenUnsatisfiable")? {
            None | Some("DoNotSchedule") => {}
            Some("ScheduleAnyway") => continue,
            Some(other) => return Err(format!("`whenUnsatisfiable: {other}` is not understood")),
        }
        let policy = |key: &str| match one.get(key).text(key)? {
            None => Ok(None),
            Some("Honor") => Ok(Some(true)),
            Some("Ignore") => Ok(Some(false)),
            Some(other) => Err(format!("`{key}: {other}` is not understood")),
        };
        let skew = one.get("maxSkew").needed_integer("maxSkew")?;
        if skew < 1 {
            return Err("a spread has a `maxSkew` below 1".to_owned());
        }
        spreads.push(Spread {
            selector: Selector::of(one.get("labelSelector"))?,
            topology: one.get("topologyKey").needed_text("topologyKey")?.to_owned(),
            skew,
            least_domains: one.get("minDomains").integer("minDomains")?,
            honours_affinity: policy("nodeAffinityPolicy")?.unwrap_or(true),
            honours_taints: policy("nodeTaintsPolicy")?,
            keys: one.get("matchLabelKeys").texts("matchLabelKeys")?,
        });
    }
    Ok(spreads)
}
