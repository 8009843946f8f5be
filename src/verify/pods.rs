//! What a template of pods asks for: amounts, ports, volumes and constraints.

use std::collections::BTreeSet;

use crate::manifests::constraints::{Constraints, Labels};
use crate::manifests::node::{Amounts, MOST_RESOURCES, RESOURCES, is_extended};
use crate::manifests::{Checked, Reading, Value, ceil, refuse, thousandths, times};
use crate::verify::counted::{self, Facts};

/// What is stated of `cpu`, `memory` and `ephemeral-storage`, in thousandths of the unit.
pub(crate) type Stated = [Option<i128>; 3];

/// The three resources of a list of resources, which has no other but those that are counted apart.
fn amounts(list: &Value, path: &str) -> Checked<Stated> {
    let mut stated = [None; 3];
    let is_whole = !list.at("containers").is_null();
    let has_others = path == "overhead" || path.starts_with("resources.") && !is_whole;
    let is_apart = |name: &str| has_others && is_extended(name);
    for (resource, amount) in list.entries(path)?.into_iter().filter(|(name, _)| !is_apart(name)) {
        let index = RESOURCES[..3].iter().position(|known| *known == resource);
        let index = index.ok_or_else(|| format!("it requests `{resource}`, which is not understood"))?;
        stated[index] = Some(thousandths(amount, resource)?);
    }
    Ok(stated)
}

/// What a namespace gives to containers that state nothing: requests and limits.
#[derive(Debug, Default)]
pub(crate) struct Defaults([Stated; 2]);

impl Defaults {
    /// Adds an item of a `LimitRange`, behind those that were added before.
    pub(crate) fn extend(&mut self, item: &Value) -> Checked<()> {
        let [limit, most, request, least] = ["default", "max", "defaultRequest", "min"].map(|key| amounts(item, key));
        let (limit, most, request, least) = (limit?, most?, request?, least?);
        for index in 0..3 {
            let bound = limit[index].or(most[index]);
            let further = [request[index].or(bound).or(least[index]), bound];
            for (known, new) in self.0.iter_mut().map(|row| &mut row[index]).zip(further) {
                *known = known.or(new);
                refuse(new.is_some() && *known != new, || "limit ranges give different defaults".to_owned())?;
            }
        }
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) struct Container<'a> {
    pub(crate) name: &'a str,
    /// Its requests and limits, with what the namespace gives.
    pub(crate) stated: [Stated; 2],
    /// Whether it ends before others begin.
    is_passing: bool,
}

impl Container<'_> {
    /// Gives it the most that a vertical autoscaler may.
    fn scale(&mut self, autoscaler: &Value) -> Checked<()> {
        let policies = autoscaler.list("spec.resourcePolicy.containerPolicies")?;
        let named = |name: &str| policies.iter().filter(|one| one.at("containerName") == name).collect::<Vec<_>>();
        let found = [named(self.name), named("*")].into_iter().find(|found| !found.is_empty()).unwrap_or_default();
        let [policy] = found[..] else { return Err("its vertical autoscaler has not one policy for it".to_owned()) };
        let (most, controlled) = (amounts(policy, "maxAllowed")?, policy.texts("controlledResources")?);
        let is_on = |index: &usize| controlled.is_empty() || controlled.contains(&RESOURCES[*index]);
        for index in (0..2).filter(|index| policy.at("mode") != "Off" && is_on(index)) {
            let most = most[index].ok_or("nothing bounds what its vertical autoscaler asks for")?;
            let before = self.stated[0][index].unwrap_or(0);
            let request = before.max(most);
            self.stated[0][index] = Some(request);
            if let Some(limit) = self.stated[1][index].filter(|_| policy.at("controlledValues") != "RequestsOnly") {
                refuse(before == 0, || "a limit grows with a request of nothing".to_owned())?;
                self.stated[1][index] = Some(ceil(times(limit, request), before));
            }
        }
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) struct Pod<'a> {
    pub(crate) labels: Labels,
    /// The init containers before the others.
    pub(crate) containers: Vec<Container<'a>>,
    pub(crate) requests: Amounts,
    pub(crate) limits: Amounts,
    /// What scopes of quotas tell it apart by.
    pub(crate) scope: Facts<'a>,
    /// What the server refuses of its extended resources.
    pub(crate) misfit: Option<String>,
    /// Whether some container may take as much memory as it likes.
    pub(crate) is_unlimited: bool,
    /// Whether it states resources of the pod as a whole.
    pub(crate) is_whole: bool,
    /// Host ports: protocol and number.
    pub(crate) ports: BTreeSet<(&'a str, i128)>,
    /// Names of claims that are objects of their own.
    pub(crate) mounted: Vec<&'a str>,
    /// Claims that are made for each pod and go with it, by the names of their volumes.
    pub(crate) made: Vec<(&'a str, &'a Value)>,
    pub(crate) constraints: Constraints<'a>,
}

const VOLUMES: [&str; 12] = [
    "name",
    "configMap",
    "secret",
    "emptyDir",
    "projected",
    "downwardAPI",
    "hostPath",
    "persistentVolumeClaim",
    "csi",
    "ephemeral",
    "nfs",
    "image",
];

/// Drivers of inline volumes that are on every node and hold no capacity.
const DRIVERS: [&str; 4] =
    ["secrets-store.csi.k8s.io", "csi.cert-manager.io", "spiffe.csi.cert-manager.io", "csi.spiffe.io"];

/// Fields that send pods elsewhere, or change what they request, by what no template tells.
const ODD: [&str; 5] = ["nodeName", "runtimeClassName", "priority", "schedulingGates", "resourceClaims"];

/// What reading a template depends on beside itself.
pub(crate) struct Setting<'a> {
    pub(crate) version: Option<(u32, u32)>,
    /// The extended resources that pods name.
    pub(crate) extended: &'a [String],
    /// Specifications of which the containers are added, and what scales the others.
    pub(crate) injected: Vec<&'a Value>,
    pub(crate) autoscaler: Option<&'a Value>,
}

/// Reads a template, of which `metadata` and `spec` are used.
pub(crate) fn read<'a>(template: &'a Value, defaults: &Defaults, setting: &Setting<'a>) -> Checked<Pod<'a>> {
    let spec = template.at("spec");
    let odd = ODD.iter().find(|key| !spec.at(key).is_null());
    let odd = odd.or(spec.text("schedulerName")?.filter(|name| *name != "default-scheduler").map(|_| &"schedulerName"));
    refuse(odd.is_some(), || format!("its field `{}` is not understood", odd.unwrap_or(&"")))?;
    let (mut ordered, mut ports, mut mounted) = (Vec::new(), BTreeSet::new(), Vec::new());
    let mut made = Vec::new();
    for (position, spec) in [spec].into_iter().chain(setting.injected.iter().copied()).enumerate() {
        let is_added = position > 0;
        for one in spec.list("initContainers")? {
            let is_passing = one.at("restartPolicy") != "Always";
            ordered.push((if is_added { i32::from(is_passing) * 2 } else { 1 }, is_passing, is_added, one));
        }
        ordered.extend(spec.list("containers")?.iter().map(|one| (3, false, is_added, one)));
        let volumes = spec.list("volumes")?.iter().map(|one| one.entries(""));
        for (kind, volume) in volumes.collect::<Checked<Vec<_>>>()?.concat() {
            refuse(!VOLUMES.contains(&kind), || format!("a volume of the kind `{kind}` is not understood"))?;
            let is_plain = kind != "csi" || volume.is_null() || DRIVERS.contains(&volume.needed("driver")?);
            refuse(!is_plain, || "an inline volume of its driver is not understood".to_owned())?;
            mounted.extend((kind == "persistentVolumeClaim").then(|| volume.needed("claimName")).transpose()?);
        }
        for one in spec.list("volumes")?.iter().filter(|one| !one.at("ephemeral").is_null()) {
            let template = one.at("ephemeral.volumeClaimTemplate");
            refuse(template.is_null(), || "an ephemeral volume is of nothing".to_owned())?;
            made.push((one.text("name")?.unwrap_or(""), template));
        }
    }
    ordered.sort_by_key(|(place, ..)| *place);
    let (mut containers, mut is_silent, Defaults([requests, limits])) = (Vec::new(), [true; 3], defaults);
    for (place, is_passing, is_added, one) in &ordered {
        let (request, limit) = (amounts(one, "resources.requests")?, amounts(one, "resources.limits")?);
        let mut stated = [request, limit];
        for index in 0..3 {
            stated[0][index] = request[index].or(limit[index]).or(requests[index]);
            stated[1][index] = limit[index].or(limits[index]);
            is_silent[index] &= request[index].or(limit[index]).is_none();
        }
        let mut container = Container { name: one.text("name")?.unwrap_or(""), stated, is_passing: *is_passing };
        if let Some(autoscaler) = setting.autoscaler.filter(|_| *place == 3 && !is_added) {
            container.scale(autoscaler)?;
        }
        containers.push(container);
        // The scheduler sees no ports of containers that end before others begin.
        for port in one.list("ports")?.iter().filter(|_| !is_passing) {
            let whole = if spec.flag("hostNetwork")? { port.count("containerPort")? } else { None };
            let number = port.count("hostPort")?.filter(|number| *number != 0).or(whole);
            let protocol = port.text("protocol")?.unwrap_or("TCP");
            ports.extend(number.map(|number| (protocol, number)));
        }
    }
    let overhead = amounts(spec, "overhead")?;
    let mut whole = [amounts(spec, "resources.requests")?, amounts(spec, "resources.limits")?];
    let (version, is_whole) = (setting.version, whole.iter().flatten().any(Option::is_some));
    // Kubernetes knows no ephemeral storage for a pod as a whole.
    let is_known = whole[0][2].or(whole[1][2]).is_none() && (version.is_some() || !is_whole);
    refuse(!is_known, || "what it states as a whole means nothing, or depends on the version".to_owned())?;
    let has_sidecar = ordered.iter().any(|(place, is_passing, ..)| *place < 3 && !is_passing);
    let is_old = version.is_some_and(|version| version < (1, 29));
    refuse(has_sidecar && is_old, || "its sidecars need a later Kubernetes".to_owned())?;
    if version.is_some_and(|version| version < (1, 34)) {
        whole = [[None; 3]; 2];
    }
    let mut totals = [[0; MOST_RESOURCES]; 2];
    totals[0][3] = 1;
    for (row, index) in (0..2).flat_map(|row| (0..3).map(move |index| (row, index))) {
        // The server takes it before it gives defaults to containers.
        let limit = whole[1][index].filter(|_| row == 0 && is_silent[index]);
        let amount = whole[row][index].or(limit);
        let amount = amount.unwrap_or_else(|| aggregate(&containers, |one| one.stated[row][index]));
        let amount = if row == 0 || amount > 0 { amount + overhead[index].unwrap_or(0) } else { 0 };
        totals[row][index] = if index == 0 { amount } else { ceil(amount, 1000) };
    }
    let mut misfit = None;
    for (index, name) in setting.extended.iter().enumerate() {
        let (mut staying, mut highest) = (0, 0);
        for (_, is_passing, _, one) in &ordered {
            let stated = |part: &str| {
                let stated = &one["resources"][part][name];
                if stated.is_null() { Ok(None) } else { thousandths(stated, name).map(Some) }
            };
            let (request, limit) = (stated("requests")?, stated("limits")?);
            let is_right = request.is_none_or(|_| request == limit) && limit.is_none_or(|limit| limit % 1000 == 0);
            misfit = misfit.or((!is_right).then(|| format!("it wants `{name}` in parts, or not as much as its limit")));
            let amount = request.or(limit).unwrap_or(0);
            highest = highest.max(staying + amount);
            staying += if *is_passing { 0 } else { amount };
        }
        let above = &spec["overhead"][name];
        let above = if above.is_null() { 0 } else { thousandths(above, name)? };
        totals[0][RESOURCES.len() + index] = ceil(highest + above, 1000);
    }
    let is_whole = whole.iter().flatten().any(Option::is_some);
    Ok(Pod {
        scope: counted::facts(spec, &containers, is_whole)?,
        misfit,
        labels: template.labels("metadata.labels")?,
        requests: totals[0],
        limits: totals[1],
        // A limit of 0 is none.
        is_unlimited: whole[1][1].unwrap_or(0) == 0 && containers.iter().any(|one| one.stated[1][1].unwrap_or(0) == 0),
        is_whole,
        ports,
        mounted,
        made,
        constraints: Constraints::read(spec)?,
        containers,
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
