//! Which objects make pods, and how many.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::nodes::{Class, NodeFacts};
use crate::verify::pods::{self, ClaimTemplate, Defaults, Pod};
use crate::verify::quantity::{share, times};
use crate::verify::value::{Checked, Identity, Value};

/// More types than these, on so many nodes, are too much work.
const MOST_TYPES: usize = 5_000;
const MOST_WORK: usize = 50_000_000;

/// An object, and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) identity: Identity,
    pub(crate) object: Value,
    pub(crate) is_footprint: bool,
    /// Whether it belongs to the environment itself and not to one beside it.
    pub(crate) is_own: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Pod,
    Job,
    CronJob,
}

/// A group of identical pods.
#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) namespace: String,
    pub(crate) is_own: bool,
    pub(crate) pod: Pod,
    pub(crate) templates: Vec<ClaimTemplate>,
    /// Whether a `StatefulSet` starts its pods one after another.
    pub(crate) is_ordered: bool,
    pub(crate) steady: i128,
    pub(crate) peak: i128,
    pub(crate) surge: i128,
    pub(crate) unavailable: i128,
    pub(crate) wave: i128,
    /// Why its number has no bound.
    pub(crate) unbounded: Option<String>,
    /// For each class, whether its nodes are eligible.
    pub(crate) eligible: Vec<bool>,
    /// How many nodes are eligible.
    pub(crate) nodes: i128,
    /// Whether a node that is not eligible satisfies selector and affinity: only its taints keep the pods away.
    pub(crate) has_tainted: bool,
}

impl Type {
    pub(crate) fn is_daemon(&self) -> bool {
        self.kind == Kind::DaemonSet
    }

    /// Whether its pods keep data on their nodes.
    pub(crate) fn has_claims(&self) -> bool {
        !(self.templates.is_empty() && self.pod.mounted.is_empty() && self.pod.ephemeral.is_empty())
    }

    /// How many pods there are when there are `count`, which for a `DaemonSet` is meant for each node.
    pub(crate) fn pods(&self, count: i128) -> Checked<i128> {
        if self.is_daemon() { times(count, self.nodes) } else { Ok(count) }
    }
}

fn kind(identity: &Identity) -> Option<Kind> {
    Some(match (identity.group.as_str(), identity.kind.as_str()) {
        ("apps", "Deployment") => Kind::Deployment,
        ("apps", "ReplicaSet") => Kind::ReplicaSet,
        ("apps", "StatefulSet") => Kind::StatefulSet,
        ("apps", "DaemonSet") => Kind::DaemonSet,
        ("batch", "Job") => Kind::Job,
        ("batch", "CronJob") => Kind::CronJob,
        ("", "Pod") => Kind::Pod,
        _ => return None,
    })
}

/// Whether objects of a kind are known to make no pods.
fn makes_none(identity: &Identity) -> bool {
    let kind = identity.kind.as_str();
    match identity.group.as_str() {
        "" => kind != "ReplicationController" && kind != "List",
        "apps" | "batch" | "autoscaling" | "policy" => true,
        // Of these groups, other kinds than the ones named make pods or jobs.
        "argoproj.io" => ["Application", "ApplicationSet", "AppProject"].contains(&kind),
        "keda.sh" => kind != "ScaledJob",
        "monitoring.coreos.com" => !["Prometheus", "Alertmanager", "ThanosRuler", "PrometheusAgent"].contains(&kind),
        "cert-manager.io"
        | "acme.cert-manager.io"
        | "kyverno.io"
        | "policies.kyverno.io"
        | "external-secrets.io"
        | "bitnami.com"
        | "cilium.io"
        | "traefik.io"
        | "networking.istio.io"
        | "security.istio.io" => true,
        group => group.ends_with(".k8s.io"),
    }
}

/// The name of the object that a footprint stands for.
pub(crate) fn stands_for(source: &Source) -> Checked<Option<&str>> {
    if !source.is_footprint {
        return Ok(None);
    }
    source.object.at("metadata.annotations").get("vauban.dev/stands-for").text("vauban.dev/stands-for")
}

/// Why nothing at all can be said of these objects.
pub(crate) fn closed_world(sources: &[Source]) -> Checked<()> {
    let mut seen = BTreeSet::new();
    let mut stood = BTreeSet::new();
    for source in sources {
        if !seen.insert(&source.identity) {
            return Err(format!("`{}` is there twice", source.identity.title()));
        }
        stood.extend(stands_for(source)?);
        let mode = source.object.at("spec.updatePolicy.updateMode");
        if source.identity.kind == "VerticalPodAutoscaler" && mode.text("updateMode")? != Some("Off") {
            return Err(format!("`{}` changes what pods request", source.identity.title()));
        }
    }
    for source in sources {
        let title = source.identity.title();
        if kind(&source.identity).is_none() && !makes_none(&source.identity) && !stood.contains(title.as_str()) {
            return Err(format!("`{title}` may make pods, and no footprint stands for it"));
        }
    }
    Ok(())
}

/// What scales an object: the least, and the most if it is stated.
type Scaling = (i128, Option<i128>);

fn scalers(sources: &[Source]) -> Checked<BTreeMap<(String, String, String), Scaling>> {
    let mut scalers = BTreeMap::new();
    for source in sources {
        let spec = source.object.get("spec");
        let number = |key: &str| spec.get(key).integer(key);
        let scaling = match (source.identity.group.as_str(), source.identity.kind.as_str()) {
            ("autoscaling", "HorizontalPodAutoscaler") => (number("minReplicas")?.unwrap_or(1), number("maxReplicas")?),
            ("keda.sh", "ScaledObject") => {
                (number("minReplicaCount")?.unwrap_or(0), Some(number("maxReplicaCount")?.unwrap_or(100)))
            }
            _ => continue,
        };
        let title = source.identity.title();
        if scaling.0 < 0 || scaling.1.is_some_and(|most| most < 0) {
            return Err(format!("`{title}` scales below 0"));
        }
        let target = spec.get("scaleTargetRef");
        let kind = target.get("kind").text("scaleTargetRef.kind")?;
        let kind = if source.identity.group == "keda.sh" { kind.or(Some("Deployment")) } else { kind };
        let kind = kind.ok_or_else(|| format!("`{title}` does not say what it scales"))?;
        let name = target.get("name").needed_text("scaleTargetRef.name")?;
        let key = (source.identity.namespace.clone(), kind.to_owned(), name.to_owned());
        if scalers.insert(key, scaling).is_some() {
            return Err(format!("`{kind} {name}` has two autoscalers, `{title}` among them"));
        }
    }
    Ok(scalers)
}

/// All types, sorted by name.
pub(crate) fn types(sources: &[Source], nodes: &[NodeFacts], classes: &[Class]) -> Checked<Vec<Type>> {
    let mut defaults: BTreeMap<String, Defaults> = BTreeMap::new();
    let mut by_title: BTreeMap<String, &Value> = BTreeMap::new();
    for source in sources {
        by_title.insert(source.identity.title(), &source.object);
        if source.identity.group.is_empty() && source.identity.kind == "LimitRange" {
            defaults.entry(source.identity.namespace.clone()).or_default().extend(&source.object)?;
        }
    }
    // All nodes have the same version, or nobody knows which one reads the pods.
    let version = nodes.first().and_then(|node| node.version);
    if nodes.iter().any(|node| node.version != version) {
        return Err("the nodes have several versions of Kubernetes".to_owned());
    }
    let scalers = scalers(sources)?;
    let mut types = Vec::new();
    for source in sources {
        let Some(kind) = kind(&source.identity) else { continue };
        let title = source.identity.title();
        let owner = stands_for(source)?.map_or(Some(&source.object), |owner| by_title.get(owner).copied());
        let read = || {
            let template = match kind {
                Kind::Pod => &source.object,
                Kind::CronJob => source.object.at("spec.jobTemplate.spec.template"),
                _ => source.object.at("spec.template"),
            };
            let pod = pods::read(template, &defaults, &source.identity.namespace, version)?;
            let id = &source.identity;
            let scaling = scalers.get(&(id.namespace.clone(), id.kind.clone(), id.name.clone())).copied();
            let mut one = counted(kind, &source.object, scaling, pod)?;
            one.wave = wave(owner)?;
            one.name.clone_from(&title);
            one.namespace.clone_from(&id.namespace);
            one.is_own = source.is_own;
            place(&mut one, nodes, classes)?;
            Ok(one)
        };
        types.push(read().map_err(|fault: String| format!("`{title}`: {fault}"))?);
        if types.len() > MOST_TYPES || types.len().saturating_mul(nodes.len()) > MOST_WORK {
            return Err("there are too many workloads to check".to_owned());
        }
    }
    types.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(types)
}

fn wave(owner: Option<&Value>) -> Checked<i128> {
    let annotations = owner.map(|owner| owner.at("metadata.annotations"));
    let key = "argocd.argoproj.io/sync-wave";
    let text = annotations.map_or(Ok(None), |annotations| annotations.get(key).text(key))?;
    text.map_or(Ok(0), |text| {
        text.parse::<i32>().map(i128::from).map_err(|_| format!("the wave `{text}` is no integer"))
    })
}

fn counted(kind: Kind, object: &Value, scaling: Option<Scaling>, pod: Pod) -> Checked<Type> {
    let spec = object.get("spec");
    let count = |value: &Value, default: i128, what: &str| match value.integer(what)?.unwrap_or(default) {
        number if number < 0 => Err(format!("`{what}` is negative")),
        number => Ok(number),
    };
    let (mut steady, mut peak, mut surge, mut unavailable, mut unbounded) = (1, 1, 0, 0, None);
    match kind {
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet => {
            steady = count(spec.get("replicas"), 1, "replicas")?;
            peak = steady;
            if let Some((least, most)) = scaling {
                (steady, peak) = (least, most.unwrap_or(least).max(least));
                unbounded = most.is_none().then(|| "its autoscaler has no maximum".to_owned());
            }
        }
        Kind::DaemonSet => {
            let update = spec.get("updateStrategy");
            let rolls = update.get("type").text("updateStrategy.type")?.is_none_or(|kind| kind == "RollingUpdate");
            let value = update.at("rollingUpdate.maxSurge");
            let is_above = !value.is_null() && share(value, 100, true, "maxSurge")? > 0;
            surge = i128::from(rolls && is_above);
        }
        Kind::Pod => {}
        Kind::Job => (steady, peak) = (0, count(spec.get("parallelism"), 1, "parallelism")?),
        Kind::CronJob => {
            let job = spec.at("jobTemplate.spec");
            (steady, peak) = (0, count(job.get("parallelism"), 1, "parallelism")?);
            match spec.get("concurrencyPolicy").text("concurrencyPolicy")? {
                Some("Forbid") => {}
                Some("Replace") => peak = times(peak, 2)?,
                // Even runs that end in time may overlap, as often as the schedule says.
                None | Some("Allow") => unbounded = Some("its runs may overlap".to_owned()),
                Some(other) => return Err(format!("the concurrency policy `{other}` is not understood")),
            }
        }
    }
    if kind == Kind::Deployment {
        match spec.at("strategy.type").text("strategy.type")? {
            Some("Recreate") => {}
            None | Some("RollingUpdate") => {
                let quarter = Value::Text("25%".to_owned());
                let part = |key: &str, up: bool| {
                    let value = spec.at("strategy.rollingUpdate").get(key);
                    share(if value.is_null() { &quarter } else { value }, peak, up, key)
                };
                (surge, unavailable) = (part("maxSurge", true)?, part("maxUnavailable", false)?);
                if surge == 0 && unavailable == 0 {
                    unavailable = 1;
                }
            }
            Some(other) => return Err(format!("the strategy `{other}` is not understood")),
        }
    }
    let mut templates = Vec::new();
    if kind == Kind::StatefulSet {
        for template in spec.get("volumeClaimTemplates").list("volumeClaimTemplates")? {
            let name = template.at("metadata.name").needed_text("volumeClaimTemplates.metadata.name")?;
            templates.push(ClaimTemplate::of(name, template.get("spec"))?);
        }
    }
    let is_ordered =
        [None, Some("OrderedReady")].contains(&spec.get("podManagementPolicy").text("podManagementPolicy")?);
    Ok(Type {
        name: String::new(),
        kind,
        namespace: String::new(),
        is_own: true,
        pod,
        templates,
        is_ordered,
        steady,
        peak,
        surge,
        unavailable,
        wave: 0,
        unbounded,
        eligible: Vec::new(),
        nodes: 0,
        has_tainted: false,
    })
}

/// Finds the eligible nodes, and holds the classes to agree on them.
fn place(one: &mut Type, nodes: &[NodeFacts], classes: &[Class]) -> Checked<()> {
    for class in classes {
        let mut verdicts = BTreeSet::new();
        for node in class.nodes.iter().filter_map(|index| nodes.get(*index)) {
            let is_selected = one.pod.affinity.selects(&node.labels);
            let is_tolerated = one.pod.affinity.tolerates(&node.taints);
            one.has_tainted |= is_selected && !is_tolerated;
            verdicts.insert(is_selected && is_tolerated);
        }
        if verdicts.len() > 1 {
            return Err(format!("its pods may go to some nodes of the class `{}` only", class.name));
        }
        let is_eligible = verdicts.contains(&true);
        one.eligible.push(is_eligible);
        one.nodes += if is_eligible { class.size() } else { 0 };
    }
    Ok(())
}
