//! What is allowed rather than placed: limits of memory (S5), and quotas and bounds of namespaces (S7).

use std::cmp::Ordering::{Greater, Less};

use crate::manifests::node::{RESOURCES, is_extended};
use crate::manifests::{Checked, Reading, Value, agree, int, json, refuse, thousandths, times, total};
use crate::verify::claims::volumes;
use crate::verify::closed::pick;
use crate::verify::counted::{self, Scopes, is_meant};
use crate::verify::pods::{Container, Stated};
use crate::verify::situation::{Situation, World};
use crate::verify::workloads::Type;

/// `limits`: what all pods may take of the memory. Tells whether every node has as much.
pub(crate) fn limits(world: &World, peak: &Situation, evidence: &Value) -> Checked<bool> {
    let (mut sums, mut fits) = (Vec::new(), true);
    for (class, name) in world.classes.iter().enumerate().map(|(class, one)| (class, one.name)) {
        let (facts, mut sum) = (world.facts(class), 0_i128);
        let (cap, allocatable) = (facts.cap.unwrap_or(100), facts.allocatable[1]);
        for index in world.present(peak).filter(|index| world.types[*index].eligible[class]) {
            let one = &world.types[index];
            let limit = if one.pod.is_unlimited { allocatable } else { one.pod.limits[1] };
            sum = sum.saturating_add(times(world.most(peak, index, one.nodes), limit));
        }
        fits &= times(100, sum) <= times(cap, allocatable);
        sums.push(json!({ "class": name, "sum": int(sum), "allocatable": int(allocatable), "cap": int(cap) }));
    }
    agree("evidence", evidence, &json!({ "kind": "limits", "sums": sums }))?;
    Ok(fits)
}

/// Whether a container states what a key of a quota is about, as it must where that is CPU or memory.
fn states(stated: &[Stated; 2], key: &str) -> bool {
    let (part, name) = key.split_once('.').unwrap_or(("requests", key));
    let index = RESOURCES[..2].iter().position(|resource| *resource == name);
    index.is_none_or(|index| stated[usize::from(part == "limits")][index].is_some())
}

/// A key of a quota: namespace, quota, key, what is used and what may be.
type Key<'a> = (&'a str, String, &'a str, i128, i128, Scopes<'a>);

/// Every key of every quota, sorted by quota and key.
fn keys<'a>(world: &World<'a>, situation: &Situation, peak: &Situation) -> Checked<Vec<Key<'a>>> {
    let mut keys = Vec::new();
    for source in pick(&world.sources, "", "ResourceQuota").filter(|source| source.is_own) {
        let (namespace, quota) = (source.identity.namespace.as_str(), source.identity.place());
        let spec = source.object.at("spec");
        let scopes = counted::scopes(&world.sources, spec)?;
        let has = |name: &str| scopes.iter().any(|(scope, ..)| *scope == name);
        for (key, hard) in spec.entries("hard")? {
            let objects = counted::objects(&world.sources, namespace, key)?;
            // The server takes no quota that counts what its scopes are not about.
            let is_of_pods = objects.is_none() && !key.contains("storage") && !key.contains("persistentvolumeclaims");
            let is_known = scopes.is_empty() || is_of_pods && (!has("BestEffort") || key.ends_with("pods"));
            refuse(!is_known, || format!("`{key}` of the quota `{quota}` is not what its scopes are about"))?;
            let used = match objects {
                Some((number, _)) => Ok((number, false)),
                None => used(world, (situation, peak), (namespace, &scopes), key),
            };
            let (used, is_cpu) = used.map_err(|fault| format!("`{key}` of the quota `{quota}`: {fault}"))?;
            let hard = thousandths(hard, key)? / if is_cpu { 1 } else { 1000 };
            keys.push((namespace, quota.clone(), key, used, hard, scopes.clone()));
        }
    }
    keys.sort_by(|one, other| (&one.1, one.2).cmp(&(&other.1, other.2)));
    Ok(keys)
}

/// What a namespace uses of a key, and whether it is counted in thousandths.
fn used(
    world: &World,
    (situation, peak): (&Situation, &Situation),
    (namespace, scopes): (&str, &Scopes),
    key: &str,
) -> Checked<(i128, bool)> {
    let is_here = |one: &Type| one.namespace == namespace && is_meant(scopes, &one.pod.scope);
    let types = || world.types.iter().zip(&situation.counts).filter(|(one, _)| is_here(one));
    let name = ["limits.", "requests.", "count/"].iter().find_map(|prefix| key.strip_prefix(prefix)).unwrap_or(key);
    let is_counted = ["pods", "persistentvolumeclaims"].contains(&name);
    refuse(name != key && is_counted != key.starts_with("count/"), || "the key is not understood".to_owned())?;
    // Every pod requests one of the `pods`.
    let is_extended = is_extended(name) && (key.starts_with("requests.") || name == key && !name.contains('/'));
    let found = world.resources.iter().position(|known| known == name && (RESOURCES.contains(&name) || is_extended));
    if found.is_none() && is_extended {
        return Ok((0, false));
    }
    if let Some(index) = found {
        let unknown = types().find(|(one, _)| one.is_daemon() && world.nodes.is_empty()).map(|(one, _)| &one.name);
        refuse(unknown.is_some(), || format!("nothing says on how many nodes {unknown:?} is"))?;
        let amounts = |one: &Type| if key.starts_with("limits.") { one.pod.limits } else { one.pod.requests };
        return Ok((total(types().map(|(one, count)| times(one.pods(*count), amounts(one)[index]))), index == 0));
    }
    let class = key.strip_suffix(".storageclass.storage.k8s.io/requests.storage");
    let is_storage = key == "requests.storage" || class.is_some();
    refuse(!is_storage && name != "persistentvolumeclaims", || "the key is not understood".to_owned())?;
    let volumes = volumes(world, peak)?.into_iter();
    let here = volumes.filter(|one| one.namespace == namespace && class.is_none_or(|class| class == one.class));
    Ok((total(here.map(|one| times(one.count, if is_storage { one.each } else { 1 }))), false))
}

/// `quotas`: no key is exceeded, and the server admits every pod and claim.
pub(crate) fn quotas(world: &World, situation: &Situation, peak: &Situation, evidence: &Value) -> Checked<()> {
    let offence = offence(world, situation, peak)?;
    offence.map_or(Ok(()), |offence| Err(format!("the server refuses a pod or a claim: {offence}")))?;
    let row = |(_, quota, key, used, hard, _): Key| json!({ "quota": quota, "key": key, "used": int(used), "hard": int(hard) });
    let keys = keys(world, situation, peak)?;
    for (namespace, quota, key, ..) in &keys {
        let maker = counted::objects(&world.sources, namespace, key)?.and_then(|(_, maker)| maker);
        refuse(maker.is_some(), || format!("{maker:?} may make more of `{key}` of the quota `{quota}`"))?;
    }
    let keys: Vec<Value> = keys.into_iter().map(row).collect();
    agree("evidence", evidence, &json!({ "kind": "quotas", "keys": keys }))
}

/// Something for which the server refuses a pod or a claim.
pub(crate) fn offence(world: &World, situation: &Situation, peak: &Situation) -> Checked<Option<String>> {
    let keys = keys(world, situation, peak)?;
    let excess = keys.iter().find(|(.., used, hard, _)| used > hard);
    let mut offence = excess.map(|(_, quota, key, used, hard, _)| format!("`{key}` of `{quota}` is {used} of {hard}"));
    for one in &world.types {
        let misfit = one.pod.misfit.as_ref().filter(|_| one.is_own);
        offence = offence.or(misfit.map(|misfit| format!("`{}`: {misfit}", one.name)));
        for Container { name, stated, .. } in &one.pod.containers {
            let missing = keys.iter().filter(|(space, .., scopes)| {
                *space == one.namespace && is_meant(scopes, &one.pod.scope) && !one.pod.is_whole
            });
            let missing = missing.map(|(_, _, key, ..)| key).find(|key| !states(stated, key));
            let is_more = |index: &usize| stated[1][*index].is_some_and(|limit| stated[0][*index] > Some(limit));
            let more = (0..3).find(is_more).filter(|_| one.is_own).map(|index| RESOURCES[index]);
            let missing = missing.map(|key| format!("`{name}` of `{}` states no `{key}`", one.name));
            let more =
                more.map(|resource| format!("`{name}` of `{}` requests more `{resource}` than its limit", one.name));
            offence = offence.or(missing).or(more);
        }
    }
    Ok(offence.or(bounds(world, peak)?))
}

/// What is bounded by a `LimitRange`: namespace, kind and name of it, and what it states as request and as limit.
type Bounded<'a> = (&'a str, &'a str, String, [Stated; 2]);

/// What the bounds of the `LimitRange`s refuse.
fn bounds(world: &World, peak: &Situation) -> Checked<Option<String>> {
    let mut bounded: Vec<Bounded> = Vec::new();
    for one in world.types.iter().filter(|one| one.is_own) {
        let inner = one.pod.containers.iter().map(|inner| (one.namespace, "Container", one.name.clone(), inner.stated));
        bounded.extend(inner);
        // Of a pod, nothing and 0 are the same.
        let scale = |index: usize| if index == 0 { 1 } else { 1000 };
        let whole = [one.pod.requests, one.pod.limits]
            .map(|all| [0, 1, 2].map(|index| Some(times(all[index], scale(index))).filter(|amount| *amount > 0)));
        bounded.push((one.namespace, "Pod", one.name.clone(), whole));
    }
    for one in volumes(world, peak)?.into_iter().filter(|one| one.is_own) {
        let stated = [None, Some(times(one.each, 1000)), None];
        bounded.push((one.namespace, "PersistentVolumeClaim", one.name, [stated; 2]));
    }
    for source in pick(&world.sources, "", "LimitRange") {
        let (namespace, range) = (source.identity.namespace.as_str(), source.identity.place());
        for item in source.object.list("spec.limits")? {
            let (kind, ratio) = (item.needed("type")?, item.entries("maxLimitRequestRatio")?);
            refuse(!ratio.is_empty(), || format!("`{range}` bounds a ratio, which is not understood"))?;
            for (row, bound) in ["min", "max"].into_iter().enumerate() {
                for (resource, allowed) in item.entries(bound)? {
                    // What claims ask for is where the memory of others is.
                    let known = if kind.ends_with("Claim") { &["", "storage"] } else { &RESOURCES[..3] };
                    let index = known.iter().position(|known| *known == resource);
                    let index = index.ok_or_else(|| format!("`{range}` bounds `{resource}` of what has none"))?;
                    let allowed = thousandths(allowed, resource)?;
                    let breaks = |(space, what, _, stated): &&Bounded| {
                        let order = stated[row][index].map(|stated| stated.cmp(&allowed));
                        [*space, *what] == [namespace, kind] && order.is_none_or(|order| order == [Less, Greater][row])
                    };
                    if let Some((.., of, _)) = bounded.iter().find(breaks) {
                        return Ok(Some(format!("`{bound}` of `{range}` and `{resource}` of `{of}`")));
                    }
                }
            }
        }
    }
    Ok(None)
}
