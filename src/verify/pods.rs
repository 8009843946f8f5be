//! What a template of pods asks for: amounts, ports, volumes and constraints.

use std::collections::BTreeSet;

use crate::verify::nodes::{Amounts, HOSTNAME, RESOURCES};
use crate::verify::quantity::{ceil, thousandths};
use crate::verify::selectors::{Affinity, NODE_AFFINITY, Selector};
use crate::verify::value::{Checked, Labels, Reading, Value};

/// What is stated of `cpu`, `memory` and `ephemeral-storage`, in thousandths of the unit.
pub(crate) type Stated = [Option<i128>; 3];

/// The three resources of a list of resources, and whether there is another.
pub(crate) fn amounts(holder: &Value, path: &str) -> Checked<(Stated, bool)> {
    let (mut stated, mut has_other) = ([None; 3], false);
    for (key, value) in holder.entries(path)? {
        match RESOURCES[..3].iter().position(|resource| *resource == key) {
            Some(index) => stated[index] = Some(thousandths(value, key)?),
            None => has_other = true,
        }
    }
    Ok((stated, has_other))
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
        let ((limit, one), (most, two)) = (amounts(item, "default")?, amounts(item, "max")?);
        let ((request, three), (least, four)) = (amounts(item, "defaultRequest")?, amounts(item, "min")?);
        for index in 0..3 {
            let bound = limit[index].or(most[index]);
            self.limits[index] = self.limits[index].or(bound);
            self.requests[index] = self.requests[index].or(request[index]).or(bound).or(least[index]);
        }
        self.has_other |= one || two || three || four;
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) struct Container<'a> {
    pub(crate) name: &'a str,
    pub(crate) requests: Stated,
    pub(crate) limits: Stated,
    is_init: bool,
    is_sidecar: bool,
}

/// A required anti-affinity term.
#[derive(Debug)]
pub(crate) struct Repulsion<'a> {
    pub(crate) selector: Selector<'a>,
    pub(crate) by_host: bool,
    pub(crate) namespaces: Vec<&'a str>,
    pub(crate) any_namespace: bool,
    /// Without keys of labels to match.
    pub(crate) is_plain: bool,
}

/// A spread that is enforced.
#[derive(Debug)]
pub(crate) struct Spread<'a> {
    pub(crate) selector: Selector<'a>,
    pub(crate) by_host: bool,
    pub(crate) has_least_domains: bool,
    pub(crate) skew: i128,
    pub(crate) honours_affinity: bool,
    pub(crate) honours_taints: bool,
    pub(crate) is_keyed: bool,
    /// Without keys of labels but the one that tells revisions apart.
    pub(crate) is_plain: bool,
}

#[derive(Debug)]
pub(crate) struct Pod<'a> {
    pub(crate) labels: Labels<'a>,
    pub(crate) affinity: Affinity<'a>,
    pub(crate) requests: Amounts,
    pub(crate) limits: Amounts,
    /// Whether some container may take as much memory as it likes.
    pub(crate) is_unlimited: bool,
    pub(crate) containers: Vec<Container<'a>>,
    /// Whether it states resources of the pod as a whole.
    pub(crate) is_whole: bool,
    pub(crate) repulsions: Vec<Repulsion<'a>>,
    pub(crate) spreads: Vec<Spread<'a>>,
    pub(crate) has_attraction: bool,
    pub(crate) ports: BTreeSet<(&'a str, i128)>,
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
    if !spec.is_object() {
        return Err("it has no specification of a pod".to_owned());
    }
    let is_host_network = spec.flag("hostNetwork")?;
    let (mut containers, mut ports, mut has_other) = (Vec::new(), BTreeSet::new(), defaults.has_other);
    for (key, is_init) in [("initContainers", true), ("containers", false)] {
        for value in spec.list(key)? {
            let (container, other) = container(value, defaults, is_init)?;
            has_other |= other;
            containers.push(container);
            for port in value.list("ports")? {
                let own = if is_host_network { port.integer("containerPort")? } else { None };
                let number = port.integer("hostPort")?.filter(|number| *number != 0).or(own);
                let protocol = port.text("protocol")?.unwrap_or("TCP");
                ports.extend(number.map(|number| (protocol, number)));
            }
        }
    }
    let (overhead, one) = amounts(spec, "overhead")?;
    let (mut requests, two) = amounts(spec.at("resources"), "requests")?;
    let (mut limits, three) = amounts(spec.at("resources"), "limits")?;
    // Kubernetes knows no ephemeral storage for a pod as a whole.
    has_other |= one || two || three || requests[2].is_some() || limits[2].is_some();
    if version.is_some_and(|version| version < (1, 34)) {
        (requests, limits) = ([None; 3], [None; 3]);
    }
    let mut totals = [[0, 0, 0, 1], [0; 4]];
    for index in 0..3 {
        let is_silent = containers.iter().all(|container| container.requests[index].is_none());
        let request = requests[index].or(limits[index].filter(|_| is_silent));
        let request = request.unwrap_or_else(|| aggregate(&containers, |container| container.requests[index]));
        let limit = limits[index].unwrap_or_else(|| aggregate(&containers, |container| container.limits[index]));
        let further = overhead[index].unwrap_or(0);
        for (row, amount) in [request + further, if limit > 0 { limit + further } else { 0 }].into_iter().enumerate() {
            totals[row][index] = if index == 0 { amount } else { ceil(amount, 1000) };
        }
    }
    let mut mounted = Vec::new();
    let mut has_strange_volume = false;
    for volume in spec.list("volumes")? {
        has_strange_volume |= volume.entries("")?.iter().any(|(key, _)| !VOLUMES.contains(key));
        if !volume.at("persistentVolumeClaim").is_null() {
            mounted.push(volume.needed("persistentVolumeClaim.claimName")?);
        }
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
        (version.is_none() && is_there("resources"), "what its resources mean depends on the version of Kubernetes"),
        (
            version.is_some_and(|version| version < (1, 29)) && containers.iter().any(|one| one.is_sidecar),
            "its sidecars need a later Kubernetes",
        ),
    ];
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let affinity = spec.at("affinity");
    let terms = affinity.at("podAntiAffinity").list(required)?;
    Ok(Pod {
        labels: template.labels("metadata.labels")?,
        affinity: Affinity::of(spec)?,
        requests: totals[0],
        limits: totals[1],
        is_unlimited: limits[1].is_none() && containers.iter().any(|container| container.limits[1].is_none()),
        is_whole: [requests, limits].iter().flatten().any(Option::is_some),
        containers,
        repulsions: terms.iter().map(repulsion).collect::<Checked<_>>()?,
        spreads: spreads(spec)?,
        has_attraction: !affinity.at("podAffinity").list(required)?.is_empty(),
        ports,
        mounted,
        murky: reasons.into_iter().find(|(holds, _)| *holds).map(|(_, reason)| reason),
    })
}

/// What all containers need of a resource at once: those that stay, or a container that comes before them.
fn aggregate(containers: &[Container], amount: impl Fn(&Container) -> Option<i128>) -> i128 {
    let (mut staying, mut highest) = (0, 0);
    for container in containers {
        let amount = amount(container).unwrap_or(0);
        highest = highest.max(staying + amount);
        staying += if container.is_init && !container.is_sidecar { 0 } else { amount };
    }
    highest.max(staying)
}

fn container<'a>(value: &'a Value, defaults: &Defaults, is_init: bool) -> Checked<(Container<'a>, bool)> {
    let name = value.needed("name")?;
    let (mut requests, one) = amounts(value.at("resources"), "requests")?;
    let (mut limits, other) = amounts(value.at("resources"), "limits")?;
    for index in 0..3 {
        requests[index] = requests[index].or(limits[index]).or(defaults.requests[index]);
        limits[index] = limits[index].or(defaults.limits[index]);
    }
    let is_sidecar = match value.text("restartPolicy")? {
        None => false,
        Some("Always") if is_init => true,
        Some(_) => return Err(format!("the restart policy of `{name}` is not understood")),
    };
    Ok((Container { name, requests, limits, is_init, is_sidecar }, one || other))
}

fn repulsion(term: &Value) -> Checked<Repulsion<'_>> {
    Ok(Repulsion {
        selector: Selector::of(term.at("labelSelector"))?,
        by_host: term.needed("topologyKey")? == HOSTNAME,
        namespaces: term.texts("namespaces")?,
        any_namespace: !term.at("namespaceSelector").is_null(),
        is_plain: term.list("matchLabelKeys")?.is_empty() && term.list("mismatchLabelKeys")?.is_empty(),
    })
}

fn spreads(spec: &Value) -> Checked<Vec<Spread<'_>>> {
    let mut spreads = Vec::new();
    for one in spec.list("topologySpreadConstraints")? {
        // Whatever is not known is read as the form that bounds least and refuses most.
        if one.text("whenUnsatisfiable")? == Some("ScheduleAnyway") {
            continue;
        }
        let keys = one.texts("matchLabelKeys")?;
        spreads.push(Spread {
            selector: Selector::of(one.at("labelSelector"))?,
            by_host: one.needed("topologyKey")? == HOSTNAME,
            has_least_domains: !one.at("minDomains").is_null(),
            skew: one.integer("maxSkew")?.filter(|skew| *skew >= 1).ok_or("a spread has no `maxSkew`")?,
            honours_affinity: [None, Some("Honor")].contains(&one.text("nodeAffinityPolicy")?),
            honours_taints: one.text("nodeTaintsPolicy")? == Some("Honor"),
            is_keyed: !keys.is_empty(),
            is_plain: keys.is_empty() || keys == ["pod-template-hash"],
        });
    }
    Ok(spreads)
}
