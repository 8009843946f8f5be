//! Which objects make pods, how many, and on which nodes they may be.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::claims::{Claim, Storage};
use crate::verify::closed::{Source, pick};
use crate::verify::nodes::{Class, Node};
use crate::verify::pods::{self, Defaults, Pod};
use crate::verify::quantity::{share, times};
use crate::verify::selectors::{any, contains};
use crate::verify::value::{Checked, Reading, Value, json, refuse};

/// More types than these, on so many nodes, are too much work.
const MOST_TYPES: usize = 5_000;
const MOST_WORK: usize = 50_000_000;

/// A group of identical pods.
#[derive(Debug)]
pub(crate) struct Type<'a> {
    pub(crate) name: String,
    pub(crate) kind: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) is_own: bool,
    pub(crate) pod: Pod,
    /// The claims that it mounts: one for each pod from each template, and objects of their own.
    pub(crate) templates: Vec<Claim<'a>>,
    pub(crate) objects: Vec<Claim<'a>>,
    /// Whether a `StatefulSet` starts its pods one after another.
    pub(crate) is_ordered: bool,
    pub(crate) count: Count,
    pub(crate) wave: i128,
    pub(crate) priority: Priority,
    /// For each class, whether its nodes are eligible.
    pub(crate) eligible: Vec<bool>,
    /// How many nodes are eligible.
    pub(crate) nodes: i128,
    /// Whether a node that is not eligible satisfies selector and affinity, and whether one does that it tolerates, too.
    pub(crate) sees: (bool, bool),
    pub(crate) in_pool: bool,
    /// Why nothing can be said of where its pods go.
    pub(crate) murky: Option<String>,
}

/// Its value, and whether pods of lower priority make way.
pub(crate) type Priority = (i128, bool);

/// How many pods there are.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) steady: i128,
    pub(crate) peak: i128,
    pub(crate) surge: i128,
    pub(crate) unavailable: i128,
    /// Old pods may still be there when as many new ones are.
    pub(crate) doubles: bool,
    /// Why the number has no bound.
    pub(crate) unbounded: Option<&'static str>,
}

impl Type<'_> {
    pub(crate) fn is_daemon(&self) -> bool {
        self.kind == "DaemonSet"
    }

    pub(crate) fn claims(&self) -> impl Iterator<Item = &Claim<'_>> {
        self.templates.iter().chain(&self.objects)
    }

    pub(crate) fn has_claims(&self) -> bool {
        !(self.templates.is_empty() && self.pod.mounted.is_empty())
    }

    /// How many pods there are when there are `count`, which for a `DaemonSet` is meant for each node.
    pub(crate) fn pods(&self, count: i128) -> i128 {
        if self.is_daemon() { times(count, self.nodes) } else { count }
    }
}

/// What scales an object: the least, and the most if it is stated.
type Scaling = (i128, Option<i128>);

/// By namespace, kind and name of what is scaled.
fn scalers<'a>(sources: &[Source<'a>]) -> Checked<BTreeMap<[&'a str; 3], Scaling>> {
    let mut scalers = BTreeMap::new();
    for (group, kind, least, most, at_least, at_most, target) in [
        ("autoscaling", "HorizontalPodAutoscaler", "minReplicas", "maxReplicas", 1, None, ""),
        ("keda.sh", "ScaledObject", "minReplicaCount", "maxReplicaCount", 0, Some(100), "Deployment"),
    ] {
        for source in pick(sources, group, kind) {
            let spec = source.object.at("spec");
            let kind = spec.text("scaleTargetRef.kind")?.unwrap_or(target);
            let key = [source.identity.namespace.as_str(), kind, spec.needed("scaleTargetRef.name")?];
            let scaling = (spec.count(least)?.unwrap_or(at_least), spec.count(most)?.or(at_most));
            let other = scalers.insert(key, scaling);
            refuse(other.is_some(), || format!("`{kind} {}` has two autoscalers", key[2]))?;
        }
    }
    Ok(scalers)
}

/// The priorities by name; without a name that of the default class.
fn priorities<'a>(sources: &[Source<'a>]) -> Checked<BTreeMap<&'a str, Priority>> {
    let mut priorities = BTreeMap::from([
        ("system-cluster-critical", (2_000_000_000, true)),
        ("system-node-critical", (2_000_001_000, true)),
    ]);
    let mut defaults = Vec::new();
    for source in pick(sources, "scheduling.k8s.io", "PriorityClass") {
        let value = source.object.integer("value")?.ok_or("a priority class has no `value`")?;
        let priority = (value, source.object.text("preemptionPolicy")? != Some("Never"));
        priorities.entry(source.identity.name.as_str()).or_insert(priority);
        defaults.extend(source.object.flag("globalDefault")?.then_some(priority));
    }
    priorities.insert("", defaults.into_iter().min().unwrap_or((0, true)));
    Ok(priorities)
}

/// All types, sorted by name.
pub(crate) fn types<'a>(
    sources: &[Source<'a>],
    nodes: &[Node],
    classes: &[Class],
    storage: &Storage<'a>,
) -> Checked<Vec<Type<'a>>> {
    let mut defaults: BTreeMap<&str, Defaults> = BTreeMap::new();
    for source in pick(sources, "", "LimitRange") {
        for item in source.object.list("spec.limits")?.iter().filter(|item| item.at("type") == "Container") {
            defaults.entry(&source.identity.namespace).or_default().extend(item)?;
        }
    }
    let (none, scalers, priorities) = (Defaults::default(), scalers(sources)?, priorities(sources)?);
    let owners: BTreeMap<String, &Value> = sources.iter().map(|one| (one.identity.title(), one.object)).collect();
    let claims: BTreeMap<(&str, &str), Claim> = pick(sources, "", "PersistentVolumeClaim")
        .map(|claim| (claim.identity.namespace.as_str(), claim.identity.name.as_str(), claim.object.at("spec")))
        .map(|(namespace, name, spec)| ((namespace, name), Claim { name, spec }))
        .collect();
    let version = nodes.iter().map(|node| node.version).min().flatten();
    let read = |source: &Source<'a>, template: &'a Value| {
        let (identity, spec) = (source.identity, source.object.at("spec"));
        let pod = pods::read(template, defaults.get(identity.namespace.as_str()).unwrap_or(&none), version)?;
        let stated = if identity.kind == "StatefulSet" { spec.list("volumeClaimTemplates")? } else { &[] };
        let template =
            |template: &'a Value| Ok(Claim { name: template.needed("metadata.name")?, spec: template.at("spec") });
        let object = |name: &String| claims.get(&(identity.namespace.as_str(), name.as_str())).copied();
        let priority = priorities.get(&*pod.spec.priority_class_name);
        let priority = priority.ok_or_else(|| format!("no priority class `{}`", pod.spec.priority_class_name))?;
        let owner = source.stands_for()?.map_or(Some(source.object), |owner| owners.get(owner).copied());
        let scaling = scalers.get(&[&*identity.namespace, &*identity.kind, &*identity.name]).copied();
        let mut one = Type {
            name: identity.title(),
            kind: &identity.kind,
            namespace: &identity.namespace,
            is_own: source.is_own,
            templates: stated.iter().map(template).collect::<Checked<_>>()?,
            objects: pod.mounted.iter().filter_map(object).collect(),
            is_ordered: [None, Some("OrderedReady")].contains(&spec.text("podManagementPolicy")?),
            count: counted(&identity.kind, spec, scaling)?,
            wave: wave(owner)?,
            priority: (priority.0, priority.1 && pod.spec.preemption_policy != "Never"),
            eligible: Vec::new(),
            nodes: 0,
            sees: (false, false),
            in_pool: false,
            murky: pod.murky.clone(),
            pod,
        };
        let special = ["volumeName", "selector", "dataSource", "dataSourceRef"];
        if one.objects.len() < one.pod.mounted.len() {
            one.murky = Some("nothing describes a claim that it mounts".to_owned());
        } else if one.claims().any(|claim| special.iter().any(|key| !claim.spec.at(key).is_null())) {
            one.murky = Some("it mounts a claim that asks for a certain volume".to_owned());
        }
        place(&mut one, nodes, classes, storage)?;
        Ok(one)
    };
    let mut types = Vec::new();
    for source in sources {
        let Some(template) = source.template() else { continue };
        types.push(read(source, template).map_err(|fault: String| format!("`{}`: {fault}", source.identity.title()))?);
        let is_too_much = types.len() > MOST_TYPES || types.len().saturating_mul(nodes.len()) > MOST_WORK;
        refuse(is_too_much, || "there are too many workloads to check".to_owned())?;
    }
    types.sort_by(|one, other| one.name.cmp(&other.name));
    let mut mounts: BTreeMap<(&str, &str), BTreeSet<Vec<bool>>> = BTreeMap::new();
    for (one, claim) in types.iter().flat_map(|one| one.objects.iter().map(move |claim| (one, claim))) {
        mounts.entry((one.namespace, claim.name)).or_default().insert(one.eligible.clone());
    }
    for one in &mut types {
        if one.objects.iter().any(|claim| mounts[&(one.namespace, claim.name)].len() > 1) {
            one.murky = Some("another workload mounts its claim and has other nodes".to_owned());
        }
    }
    Ok(types)
}

fn wave(owner: Option<&Value>) -> Checked<i128> {
    let wave = owner.map_or(Ok(None), |owner| owner.annotation("argocd.argoproj.io/sync-wave"))?.unwrap_or("0");
    wave.parse::<i32>().map(i128::from).map_err(|_| format!("the wave `{wave}` is no integer"))
}

fn counted(kind: &str, spec: &Value, scaling: Option<Scaling>) -> Checked<Count> {
    let mut count = Count { steady: 1, peak: 1, ..Count::default() };
    let job = |job: &Value| {
        let runs = job.count("parallelism")?.unwrap_or(1);
        let most = job.count("completions")?.unwrap_or(runs);
        Ok::<_, String>(if job.flag("suspend")? { 0 } else { runs.min(most) })
    };
    match kind {
        "Deployment" | "ReplicaSet" | "StatefulSet" => {
            let replicas = spec.count("replicas")?.unwrap_or(1);
            let (least, most) = scaling.unwrap_or((replicas, Some(replicas)));
            (count.steady, count.peak) = (least, most.unwrap_or(least).max(least));
            count.unbounded = most.is_none().then_some("its autoscaler has no maximum");
        }
        "DaemonSet" => {
            let surge = share(spec, "updateStrategy.rollingUpdate.maxSurge", 100, true)?;
            count.surge = i128::from(surge.is_some_and(|surge| surge > 0));
        }
        "Job" => (count.steady, count.peak) = (0, job(spec)?),
        "CronJob" => {
            (count.steady, count.peak) = (0, job(spec.at("jobTemplate.spec"))?);
            match spec.text("concurrencyPolicy")? {
                _ if spec.flag("suspend")? => count.peak = 0,
                Some("Forbid") => {}
                Some("Replace") => count.peak = times(count.peak, 2),
                // Even runs that end in time may overlap, as often as the schedule says.
                _ => count.unbounded = Some("its runs may overlap"),
            }
        }
        _ => {}
    }
    if kind == "Deployment" && spec.text("strategy.type")? != Some("Recreate") && count.peak > 0 {
        let update = json!({ "maxSurge": "25%", "maxUnavailable": "25%" });
        let part = |key: &str, up: bool| {
            let stated = share(spec.at("strategy.rollingUpdate"), key, count.peak, up)?;
            Ok::<_, String>(stated.or(share(&update, key, count.peak, up)?).unwrap_or(0))
        };
        (count.surge, count.unavailable) = (part("maxSurge", true)?, part("maxUnavailable", false)?);
        count.unavailable = if count.surge == 0 { count.unavailable.max(1) } else { count.unavailable };
        count.doubles = true;
    }
    Ok(count)
}

/// Finds the eligible nodes, and holds the classes to agree on them.
fn place<'a>(one: &mut Type<'a>, nodes: &[Node], classes: &[Class], storage: &Storage<'a>) -> Checked<()> {
    let topologies = one.claims().map(|claim| storage.topologies(claim)).collect::<Checked<Vec<_>>>()?;
    for class in classes {
        let mut members = 0;
        for node in class.nodes.iter().map(|index| &nodes[*index]) {
            let (spec, labels) = (&one.pod.spec, &node.labels);
            let terms = spec.affinity.node_affinity.required.as_ref();
            let is_selected = contains(labels, &spec.node_selector)
                && terms.is_none_or(|terms| any(&terms.node_selector_terms, labels));
            let is_tolerated = is_selected
                && node.taints.iter().all(|taint| spec.tolerations.iter().any(|one| one.tolerates(&taint.key)));
            let is_in = is_tolerated && topologies.iter().all(|terms| terms.is_empty() || any(terms, labels));
            members += i128::from(is_in);
            one.sees = (one.sees.0 || is_selected && !is_in, one.sees.1 || is_tolerated && !is_in);
            one.in_pool |= is_in && node.facts.pool.is_some();
        }
        let is_split = members != 0 && members != class.size;
        refuse(is_split, || format!("its pods may go to some nodes of the class `{}` only", class.name))?;
        one.eligible.push(members > 0);
        one.nodes += members;
    }
    Ok(())
}
