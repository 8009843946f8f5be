//! Which objects make pods, how many, and on which nodes they may be.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::constraints::any;
use crate::manifests::domains::Sure;
use crate::manifests::node::{MOST_RESOURCES, Node, RESOURCES, Taint, UNSCHEDULABLE, is_extended};
use crate::manifests::{Checked, NULL, Reading, Value, json, refuse, share, times};
use crate::verify::claims::{Claim, Storage};
use crate::verify::classes::Class;
use crate::verify::closed::{self, Source, pick};
use crate::verify::pods::{self, Defaults, Pod, Setting};

/// A group of identical pods.
#[derive(Debug)]
pub(crate) struct Type<'a> {
    pub(crate) name: String,
    pub(crate) kind: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) is_own: bool,
    pub(crate) pod: Pod<'a>,
    /// The claims that it mounts: one for each pod from each template, and objects of their own.
    pub(crate) templates: Vec<Claim<'a>>,
    pub(crate) objects: Vec<Claim<'a>>,
    /// One for each pod that comes and goes with it, and keeps it nowhere.
    pub(crate) made: Vec<Claim<'a>>,
    /// Where its volumes keep it, and what they take of a node.
    pub(crate) hold: Hold,
    /// Whether a `StatefulSet` starts its pods one after another.
    pub(crate) is_ordered: bool,
    pub(crate) count: Count,
    pub(crate) wave: i128,
    pub(crate) priority: Priority,
    /// For each class, whether its nodes are eligible, as far as the view of the world counts what nobody knows.
    pub(crate) eligible: Vec<bool>,
    /// Whether nobody knows of some node whether its pods may be there, where that matters for what fits.
    pub(crate) is_open: bool,
    /// How many nodes are eligible.
    pub(crate) nodes: i128,
    /// Whether a node that is not eligible satisfies selector and affinity, and whether one does that it tolerates, too.
    pub(crate) sees: (bool, bool),
    pub(crate) in_pool: bool,
}

/// What counts of what nobody knows: all that may be, or what must be, where pods keep others away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Possible,
    Certain,
}

impl View {
    fn least(self) -> Sure {
        if self == Self::Possible { Sure::Perhaps } else { Sure::Surely }
    }
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
}

/// What the claims of a pod are, by the storage of their classes.
#[derive(Debug, Default)]
pub(crate) struct Hold {
    /// Whether one lies on a disk of a node, and whether one stays in a zone.
    pub(crate) is_local: bool,
    pub(crate) is_zonal: bool,
    /// Whether an object of its own that is not local is attached to one node at a time.
    pub(crate) is_single: bool,
    /// How many count against what a node attaches.
    pub(crate) attached: i128,
}

impl<'a> Type<'a> {
    pub(crate) fn is_daemon(&self) -> bool {
        self.kind == "DaemonSet"
    }

    pub(crate) fn claims(&self) -> impl Iterator<Item = &Claim<'a>> {
        self.templates.iter().chain(&self.objects).chain(&self.made)
    }

    /// Whether its pods stay where their volumes are, on a node or in a zone.
    pub(crate) fn has_claims(&self) -> bool {
        self.hold.is_local || self.hold.is_zonal
    }

    /// How many pods there are when there are `count`, which for a `DaemonSet` is meant for each node.
    pub(crate) fn pods(&self, count: i128) -> i128 {
        if self.is_daemon() { times(count, self.nodes) } else { count }
    }
}

/// What scales workloads, by namespace, kind and name: the least and the most, and what makes pods larger.
#[derive(Default)]
struct Scalers<'a> {
    horizontal: BTreeMap<[&'a str; 3], (i128, i128)>,
    vertical: BTreeMap<[&'a str; 3], &'a Value>,
}

fn scalers<'a>(sources: &[Source<'a>]) -> Checked<Scalers<'a>> {
    let mut scalers = Scalers::default();
    for (group, kind, path, least, most) in [
        ("autoscaling", "HorizontalPodAutoscaler", "scaleTargetRef", ("minReplicas", 1), ("maxReplicas", None)),
        ("keda.sh", "ScaledObject", "scaleTargetRef", ("minReplicaCount", 0), ("maxReplicaCount", Some(100))),
        ("autoscaling.k8s.io", "VerticalPodAutoscaler", "targetRef", ("minReplicas", 0), ("maxReplicas", Some(0))),
    ] {
        let is_off = |one: &&Source| path == "targetRef" && one.object.at("spec.updatePolicy.updateMode") == "Off";
        for source in pick(sources, group, kind).filter(|one| !is_off(one)) {
            let spec = source.object.at("spec");
            let target = spec.at(path).text("kind")?.unwrap_or("Deployment");
            let key = [&*source.identity.namespace, target, spec.at(path).needed("name")?];
            let least = spec.count(least.0)?.unwrap_or(least.1);
            let most = spec.count(most.0)?.or(most.1).ok_or("an autoscaler has no maximum")?;
            let is_new = match kind {
                "VerticalPodAutoscaler" => scalers.vertical.insert(key, source.object).is_none(),
                _ => scalers.horizontal.insert(key, (least, most.max(least))).is_none(),
            };
            refuse(!is_new, || format!("`{target} {}` has two autoscalers", key[2]))?;
        }
    }
    Ok(scalers)
}

/// The priorities by name; without a name that of the default class.
fn priorities<'a>(sources: &[Source<'a>]) -> Checked<BTreeMap<&'a str, Priority>> {
    let system = [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];
    let mut priorities: BTreeMap<&str, Priority> = system.map(|(name, value)| (name, (value, true))).into();
    let mut defaults = Vec::new();
    for source in pick(sources, "scheduling.k8s.io", "PriorityClass") {
        let value = source.object.integer("value")?.ok_or("a priority class has no `value`")?;
        let priority = (value, source.object.text("preemptionPolicy")? != Some("Never"));
        priorities.entry(&source.identity.name).or_insert(priority);
        defaults.extend(source.object.flag("globalDefault")?.then_some(priority));
    }
    priorities.insert("", defaults.into_iter().min().unwrap_or((0, true)));
    Ok(priorities)
}

/// The extended resources that pods name, sorted.
pub(crate) fn extended(sources: &[Source]) -> Checked<Vec<String>> {
    let mut names = BTreeSet::new();
    let added = pick(sources, "", "PodTemplate").filter(|one| one.is_footprint).map(|one| one.object.at("template"));
    for template in sources.iter().filter_map(Source::template).chain(added) {
        let spec = template.at("spec");
        let holders = ["containers", "initContainers"].map(|list| spec.list(list));
        let mut maps = vec![spec.at("overhead")];
        for one in holders.into_iter().collect::<Checked<Vec<_>>>()?.into_iter().flatten() {
            maps.extend([one.at("resources.requests"), one.at("resources.limits")]);
        }
        for map in maps {
            names.extend(map.entries("")?.into_iter().filter(|one| is_extended(one.0)).map(|one| one.0.to_owned()));
        }
    }
    // What drivers of devices hand out is no number of a node.
    for class in pick(sources, "resource.k8s.io", "DeviceClass") {
        let name = class.object.text("spec.extendedResourceName")?.unwrap_or("");
        refuse(names.contains(name), || format!("`{name}` may be handed out by a driver"))?;
    }
    let is_few = names.len() + RESOURCES.len() <= MOST_RESOURCES;
    refuse(!is_few, || "pods name more extended resources than are understood".to_owned())?;
    Ok(names.into_iter().collect())
}

/// All types, sorted by name.
pub(crate) fn types<'a>(
    sources: &[Source<'a>],
    extended: &'a [String],
    nodes: &[Node],
    classes: &[Class],
    storage: &Storage<'a>,
    (view, without): (View, &[&str]),
) -> Checked<Vec<Type<'a>>> {
    let mut defaults: BTreeMap<&str, Defaults> = BTreeMap::new();
    for source in pick(sources, "", "LimitRange") {
        for item in source.object.list("spec.limits")?.iter().filter(|item| item.at("type") == "Container") {
            defaults.entry(&source.identity.namespace).or_default().extend(item)?;
        }
    }
    let (none, scalers, priorities) = (Defaults::default(), scalers(sources)?, priorities(sources)?);
    let spaces = pick(sources, "", "Namespace").map(|space| (&*space.identity.name, space.object));
    let spaces: BTreeMap<&str, &Value> = spaces.collect();
    let owners: BTreeMap<String, &Source> = sources.iter().map(|one| (one.identity.title(), one)).collect();
    let claims: BTreeMap<(&str, &str), &Value> = pick(sources, "", "PersistentVolumeClaim")
        .map(|claim| ((&*claim.identity.namespace, &*claim.identity.name), claim.object))
        .collect();
    let version = nodes.iter().map(|node| node.version).min().flatten();
    let read = |source: &Source<'a>, template: &'a Value| {
        let (identity, spec) = (source.identity, source.object.at("spec"));
        let (namespace, kind) = (&*identity.namespace, &*identity.kind);
        let owner = source.stands_for()?.map_or(Some(source), |owner| owners.get(owner).copied());
        let target = source.target();
        let (head, stood) = source.stands_for()?.and_then(|owner| owner.split_once(' ')).unwrap_or(("", ""));
        let is_owner = |[space, kind, name]: &[&str; 3]| {
            head.split('.').next() == Some(kind) && stood == format!("{space}/{name}").trim_start_matches('/')
        };
        let is_hidden = scalers.horizontal.keys().chain(scalers.vertical.keys()).any(is_owner);
        refuse(is_hidden, || "an autoscaler scales what it stands for".to_owned())?;
        let injected = closed::injected(sources, template, spaces.get(namespace).copied().unwrap_or(&NULL))?;
        let setting = Setting { version, extended, injected, autoscaler: scalers.vertical.get(&target).copied() };
        let pod = pods::read(template, defaults.get(namespace).unwrap_or(&none), &setting)?;
        let stated = if kind == "StatefulSet" { spec.list("volumeClaimTemplates")? } else { &[] };
        let claim = |claim: &'a Value| Claim::read(claim.needed("metadata.name")?, claim);
        let object = |name: &&'a str| claims.get(&(namespace, *name)).map(|object| Claim::read(name, object));
        let objects: Option<Vec<Checked<Claim>>> = pod.mounted.iter().map(object).collect();
        let objects = objects.ok_or("nothing describes a claim that it mounts")?.into_iter();
        let class = template.text("spec.priorityClassName")?.unwrap_or("");
        let priority = *priorities.get(class).ok_or_else(|| format!("there is no priority class `{class}`"))?;
        let wave = owner.map_or(Ok(None), |one| one.object.annotation("argocd.argoproj.io/sync-wave"))?.unwrap_or("0");
        let mut one = Type {
            name: identity.title(),
            kind,
            namespace,
            is_own: source.is_own,
            templates: stated.iter().map(claim).collect::<Checked<_>>()?,
            objects: objects.collect::<Checked<_>>()?,
            made: pod.made.iter().map(|(name, claim)| Claim::read(name, claim)).collect::<Checked<_>>()?,
            hold: Hold::default(),
            is_ordered: [None, Some("OrderedReady")].contains(&spec.text("podManagementPolicy")?),
            count: counted(kind, spec, scalers.horizontal.get(&target).copied())?,
            wave: wave.parse::<i32>().map_err(|_| format!("the wave `{wave}` is no integer"))?.into(),
            priority: (priority.0, priority.1 && template.at("spec.preemptionPolicy") != "Never"),
            eligible: Vec::new(),
            nodes: 0,
            is_open: false,
            sees: (false, false),
            in_pool: false,
            pod,
        };
        let special = ["volumeName", "selector", "dataSource", "dataSourceRef"];
        let is_special = one.claims().any(|claim| special.iter().any(|key| !claim.spec.at(key).is_null()));
        refuse(is_special, || "it mounts a claim that asks for a certain volume".to_owned())?;
        one.hold = hold(&one, storage)?;
        place(&mut one, nodes, classes, (storage, view))?;
        Ok(one)
    };
    let (mut types, mut left_out) = (Vec::new(), 0);
    for source in sources {
        let Some(template) = source.template() else { continue };
        if without.contains(&&*source.identity.title()) {
            left_out += 1;
            continue;
        }
        types.push(read(source, template).map_err(|fault: String| format!("`{}`: {fault}", source.identity.title()))?);
    }
    refuse(left_out != without.len(), || "it leaves out what is no workload".to_owned())?;
    types.sort_by(|one, other| one.name.cmp(&other.name));
    let mut mounts: BTreeMap<(&str, &str), BTreeSet<&[bool]>> = BTreeMap::new();
    for (one, claim) in types.iter().flat_map(|one| one.objects.iter().map(move |claim| (one, claim))) {
        mounts.entry((one.namespace, claim.name)).or_default().insert(&one.eligible);
    }
    let torn = mounts.into_iter().find(|(_, nodes)| nodes.len() > 1).map(|(claim, _)| claim);
    refuse(torn.is_some(), || format!("the workloads that mount {torn:?} may not be on the same nodes"))?;
    Ok(types)
}

fn counted(kind: &str, spec: &Value, scaling: Option<(i128, i128)>) -> Checked<Count> {
    let mut count = Count { steady: 1, peak: 1, ..Count::default() };
    let job = |job: &Value| {
        let runs = job.count("parallelism")?.unwrap_or(1);
        let most = job.count("completions")?.unwrap_or(runs);
        Ok::<_, String>(if job.flag("suspend")? { 0 } else { runs.min(most) })
    };
    match kind {
        "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet" => {
            let replicas = spec.count("replicas")?.unwrap_or(1);
            (count.steady, count.peak) = scaling.unwrap_or((replicas, replicas));
        }
        "DaemonSet" => {
            let surge = share(spec, "updateStrategy.rollingUpdate.maxSurge", 100, true)?;
            count.surge = i128::from(surge.is_some_and(|surge| surge > 0));
        }
        "Job" => (count.steady, count.peak) = (0, job(spec)?),
        "CronJob" if spec.flag("suspend")? => (count.steady, count.peak) = (0, 0),
        "CronJob" => {
            let inner = spec.at("jobTemplate.spec");
            (count.steady, count.peak) = (0, times(job(inner)?, overlap(spec, inner)?));
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
    }
    Ok(count)
}

/// How many runs of a `CronJob` there may be at once.
fn overlap(spec: &Value, job: &Value) -> Checked<i128> {
    let policies = [("Forbid", 1), ("Replace", 2)];
    if let Some((_, runs)) = policies.into_iter().find(|(policy, _)| spec.at("concurrencyPolicy") == *policy) {
        return Ok(runs);
    }
    let deadline = job.count("activeDeadlineSeconds")?.ok_or("its runs overlap, and nothing bounds how many")?;
    let grace = job.count("template.spec.terminationGracePeriodSeconds")?.unwrap_or(30);
    let (schedule, taken) = (spec.needed("schedule")?, deadline.saturating_add(grace));
    refuse(schedule.contains("@every"), || "nothing says how far apart its runs are".to_owned())?;
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let is_number = |field: &str| !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit());
    let apart = match fields[..] {
        ["@daily" | "@midnight" | "@weekly" | "@monthly" | "@yearly" | "@annually"] => 82_800,
        ["@hourly"] => 3600,
        // A day in spring has 23 hours.
        [minute, hour, _, _, _] if is_number(minute) && is_number(hour) => 82_800,
        [minute, _, _, _, _] if is_number(minute) => 3600,
        _ => 60,
    };
    // One run may have come late, and one more when clocks go back.
    Ok(taken / apart + 2 + i128::from(apart > 60 && taken >= 1800))
}

fn hold(one: &Type, storage: &Storage) -> Checked<Hold> {
    let mut hold = Hold::default();
    for claim in one.claims() {
        let class = storage.class(claim)?;
        let network = storage.network(&class);
        let is_kept = !one.made.iter().any(|made| std::ptr::eq(made, claim));
        hold.is_local |= is_kept && network.is_none();
        hold.is_zonal |= is_kept && network.is_some_and(|network| network.is_zonal);
        hold.attached += i128::from(network.is_some_and(|network| network.limit.is_some()));
    }
    for claim in &one.objects {
        let modes = claim.spec.texts("accessModes")?;
        let is_attached = storage.network(&storage.class(claim)?).is_some();
        hold.is_single |= is_attached && !modes.iter().any(|mode| ["ReadWriteMany", "ReadOnlyMany"].contains(mode));
    }
    Ok(hold)
}

/// Finds the eligible nodes, and holds the classes to agree on them.
fn place<'a>(
    one: &mut Type<'a>,
    nodes: &[Node],
    classes: &[Class],
    (storage, view): (&Storage<'a>, View),
) -> Checked<()> {
    let topologies = one.claims().map(|claim| storage.topologies(claim)).collect::<Checked<Vec<_>>>()?;
    for class in classes {
        let (mut members, mut doubted) = (0, 0);
        for node in class.nodes.iter().map(|index| &nodes[*index]) {
            let (constraints, labels) = (&one.pod.constraints, &node.labels);
            let selected = constraints.selects(labels);
            let is_tolerated = |taint: &&Taint| one.is_daemon() && taint.key == UNSCHEDULABLE;
            let tolerated = selected.min(constraints.tolerates(node.taints.iter().filter(|one| !is_tolerated(one))));
            let served = topologies.iter().filter(|terms| !terms.is_empty()).map(|terms| any(terms, labels)).min();
            let inside = tolerated.min(served.unwrap_or(Sure::Surely));
            // What asks for more of an extended resource than there is never comes.
            let mut extended = one.pod.requests.iter().zip(node.facts.allocatable).skip(RESOURCES.len());
            let lacks = !one.is_daemon() && extended.any(|(request, has)| *request > has);
            let inside = if lacks { Sure::Not } else { inside };
            let is_in = inside >= if one.is_daemon() { view.least() } else { Sure::Perhaps };
            members += i128::from(is_in);
            doubted += i128::from(inside == Sure::Perhaps);
            let sees = |what: Sure| what >= view.least() && !is_in;
            one.sees = (one.sees.0 || sees(selected), one.sees.1 || sees(tolerated));
            one.in_pool |= is_in && node.facts.pool.is_some();
        }
        one.is_open |= doubted > 0 && (!one.is_daemon() || one.has_claims());
        let is_split = [members, doubted].iter().any(|some| *some != 0 && *some != class.size);
        refuse(is_split, || format!("its pods may go to some nodes of the class `{}` only", class.name))?;
        one.eligible.push(members > 0);
        one.nodes += members;
    }
    Ok(())
}
