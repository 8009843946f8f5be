//! What is allowed rather than placed: limits of memory (S5), and quotas and bounds of namespaces (S7).

use crate::manifests::{Checked, Reading, Value, ceil, json, refuse, thousandths, times, total};
use crate::verify::claims::volumes;
use crate::verify::closed::pick;
use crate::verify::evidence::{agree, int};
use crate::verify::nodes::RESOURCES;
use crate::verify::situation::{Situation, World};
use crate::verify::workloads::Type;

/// `limits`: what all pods may take of the memory. Tells whether every node has as much.
pub(crate) fn limits(world: &World, peak: &Situation, evidence: &Value) -> Checked<bool> {
    let (mut sums, mut fits) = (Vec::new(), true);
    for (class, name) in world.classes.iter().enumerate().map(|(class, one)| (class, one.name)) {
        let (facts, mut sum, mut stated, mut unlimited) = (world.facts(class), 0_i128, 0_i128, Vec::new());
        let allocatable = facts.allocatable[1];
        for index in world.present(peak).filter(|index| world.types[*index].eligible[class]) {
            let one = &world.types[index];
            let limit = if one.pod.is_unlimited { allocatable } else { one.pod.limits[1] };
            unlimited.extend(one.pod.is_unlimited.then_some(&one.name));
            let part = times(world.most(peak, index, one.nodes), limit);
            sum = sum.saturating_add(part);
            stated = stated.saturating_add(if one.pod.is_unlimited { 0 } else { part });
        }
        let cap = facts.cap.unwrap_or(100);
        fits &= times(100, sum) <= times(cap, allocatable);
        sums.push(json!({ "class": name, "sum": int(sum), "stated": int(stated), "allocatable": int(allocatable), "cap": int(cap), "unlimited": unlimited }));
    }
    agree("evidence", evidence, &json!({ "kind": "limits", "sums": sums }))?;
    Ok(fits)
}

/// The keys of which every container must state something: the resource, and 1 for its limit.
const NEEDED: [(&str, usize, usize); 6] = [
    ("cpu", 0, 0),
    ("memory", 1, 0),
    ("requests.cpu", 0, 0),
    ("requests.memory", 1, 0),
    ("limits.cpu", 0, 1),
    ("limits.memory", 1, 1),
];

/// A number of thousandths in the unit of evidence.
fn unit(index: usize, amount: i128) -> Value {
    int(if index == 0 { amount } else { ceil(amount, 1000) })
}

/// Every key of every quota, with its namespace.
fn keys<'a>(world: &World<'a>, situation: &Situation, peak: &Situation) -> Checked<Vec<(&'a str, Value)>> {
    let mut keys = Vec::new();
    for source in pick(&world.sources, "", "ResourceQuota").filter(|source| source.is_own) {
        let (namespace, quota) = (source.identity.namespace.as_str(), source.identity.place());
        let spec = source.object.at("spec");
        refuse(!spec.list("scopes")?.is_empty() || !spec.at("scopeSelector").is_null(), || {
            format!("the quota `{quota}` has scopes, which are not understood")
        })?;
        for (key, hard) in spec.entries("hard")? {
            let (used, is_cpu) = used(world, situation, peak, namespace, key)
                .map_err(|fault| format!("`{key}` of the quota `{quota}`: {fault}"))?;
            let hard = thousandths(hard, key)? / if is_cpu { 1 } else { 1000 };
            keys.push((namespace, json!({ "quota": quota, "key": key, "used": int(used), "hard": int(hard) })));
        }
    }
    Ok(keys)
}

/// What a namespace uses of a key, and whether it is counted in thousandths.
fn used(world: &World, situation: &Situation, peak: &Situation, namespace: &str, key: &str) -> Checked<(i128, bool)> {
    let pods = |amount: &dyn Fn(&Type) -> i128| {
        let types = || world.types.iter().enumerate().filter(|(_, one)| one.namespace == namespace);
        match types().find(|(_, one)| one.is_daemon() && world.nodes.is_empty()) {
            Some((_, one)) => Err(format!("nothing says on how many nodes `{}` is", one.name)),
            None => Ok(total(types().map(|(index, one)| times(one.pods(situation.counts[index]), amount(one))))),
        }
    };
    let suffix = ".storageclass.storage.k8s.io/requests.storage";
    let is_limit = key.starts_with("limits.");
    let name = key.strip_prefix("limits.").or(key.strip_prefix("requests.")).unwrap_or(key);
    if let Some(index) = RESOURCES[..3].iter().position(|resource| *resource == name) {
        let amount = |one: &Type| if is_limit { one.pod.limits[index] } else { one.pod.requests[index] };
        return Ok((pods(&amount)?, index == 0));
    }
    let (is_storage, class) = (key == "requests.storage" || key.ends_with(suffix), key.strip_suffix(suffix));
    match key {
        "pods" | "count/pods" => return Ok((pods(&|_| 1)?, false)),
        "persistentvolumeclaims" | "count/persistentvolumeclaims" => {}
        _ if is_storage => {}
        _ => return Err("the key is not understood".to_owned()),
    }
    let volumes = volumes(world, peak)?.into_iter();
    let here = volumes.filter(|one| one.namespace == namespace && class.is_none_or(|class| class == one.class));
    Ok((total(here.map(|one| times(one.count, if is_storage { one.each } else { 1 }))), false))
}

/// `quotas`: no key is exceeded, and the server admits every pod and claim.
pub(crate) fn quotas(world: &World, situation: &Situation, peak: &Situation, evidence: &Value) -> Checked<()> {
    let offences = offences(world, situation, peak)?;
    refuse(!offences.is_empty(), || format!("the server refuses a pod or a claim: {}", offences[0]))?;
    let keys: Vec<Value> = keys(world, situation, peak)?.into_iter().map(|(_, key)| key).collect();
    let (mut stated, mut derived) = (evidence.clone(), json!({ "kind": "quotas", "keys": keys }));
    // The order of a map says nothing.
    for keys in [&mut stated, &mut derived].into_iter().filter_map(|one| one.get_mut("keys")?.as_array_mut()) {
        keys.sort_by_key(|key| (key.at("quota").to_string(), key.at("key").to_string()));
    }
    agree("evidence", &stated, &derived)
}

/// Everything for which the server refuses a pod or a claim, in the words of evidence.
pub(crate) fn offences(world: &World, situation: &Situation, peak: &Situation) -> Checked<Vec<Value>> {
    let keys = keys(world, situation, peak)?;
    let mut offences = bounds(world, peak)?;
    for (_, key) in &keys {
        if key.integer("used")? > key.integer("hard")? {
            let mut offence = json!({ "kind": "quota" });
            key.entries("")?.into_iter().for_each(|(name, value)| offence[name] = value.clone());
            offences.push(offence);
        }
    }
    let containers = |one: usize| world.types[one].pod.containers.iter().map(move |container| (one, container));
    for (one, container) in (0..world.types.len()).flat_map(containers) {
        let one = &world.types[one];
        let asked = |name: &str| keys.iter().any(|(space, key)| *space == one.namespace && key.at("key") == name);
        for (key, index, row) in NEEDED {
            let is_missing = container.stated[row][index].is_none() && !one.pod.is_whole && asked(key);
            let offence = json!({ "kind": "missing-key", "type": one.name, "container": container.name, "key": key });
            offences.extend(is_missing.then_some(offence));
        }
        for (index, resource) in RESOURCES[..3].iter().enumerate().filter(|_| one.is_own) {
            let [request, limit] = container.stated.map(|stated| stated[index].unwrap_or(0));
            let is_bounded = container.stated[1][index].is_some();
            let offence = json!({ "kind": "invalid-pod", "type": one.name, "container": container.name,
                "resource": resource, "request": unit(index, request), "limit": unit(index, limit) });
            offences.extend((is_bounded && request > limit).then_some(offence));
        }
    }
    Ok(offences)
}

/// What the bounds of the `LimitRange`s refuse.
fn bounds(world: &World, peak: &Situation) -> Checked<Vec<Value>> {
    let mut offences = Vec::new();
    for source in pick(&world.sources, "", "LimitRange") {
        for item in source.object.list("spec.limits")? {
            let (kind, range) = (item.needed("type")?, source.identity.place());
            refuse(!item.entries("maxLimitRequestRatio")?.is_empty(), || {
                format!("`{range}` bounds a ratio, which is not understood")
            })?;
            // What is bounded: its name, its container, the resource, what it states as request and as limit.
            let mut bounded: Vec<(String, Value, usize, [Option<i128>; 2])> = Vec::new();
            let is_here = |namespace: &str, is_own: bool| is_own && namespace == source.identity.namespace;
            for one in world.types.iter().filter(|one| is_here(one.namespace, one.is_own)) {
                for index in 0..3 {
                    let scale = if index == 0 { 1 } else { 1000 };
                    let whole = [one.pod.requests, one.pod.limits]
                        .map(|all| Some(times(all[index], scale)).filter(|all| *all > 0));
                    let containers = one.pod.containers.iter().filter(|_| kind == "Container");
                    bounded.extend(
                        containers.map(|inner| {
                            (one.name.clone(), json!(inner.name), index, inner.stated.map(|all| all[index]))
                        }),
                    );
                    bounded.extend((kind == "Pod").then(|| (one.name.clone(), Value::Null, index, whole)));
                }
            }
            let mut resources = RESOURCES;
            if kind == "PersistentVolumeClaim" {
                resources[1] = "storage";
                let volumes = volumes(world, peak)?.into_iter().filter(|one| is_here(one.namespace, one.is_own));
                bounded.extend(volumes.map(|one| (one.name, Value::Null, 1, [Some(times(one.each, 1000)); 2])));
            }
            for (bound, row) in [("min", 0), ("max", 1)] {
                for (of, container, index, stated) in &bounded {
                    let Some(allowed) = item.at(bound).get(resources[*index]) else { continue };
                    let (allowed, stated) = (thousandths(allowed, resources[*index])?, stated[row]);
                    if stated.is_none_or(|stated| if row == 0 { stated < allowed } else { stated > allowed }) {
                        let stated = stated.map_or(Value::Null, |stated| unit(*index, stated));
                        offences.push(json!({ "kind": "bound", "limitRange": range, "type": kind, "of": of,
                            "container": container, "resource": resources[*index], "bound": bound, "stated": stated,
                            "allowed": unit(*index, allowed) }));
                    }
                }
            }
        }
    }
    Ok(offences)
}
