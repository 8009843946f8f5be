//! Evidence on what is allowed rather than placed: `limits` of memory, and `quotas`.

use crate::verify::claims::{Claim, claims, decide};
use crate::verify::nodes::RESOURCES;
use crate::verify::pods::Container;
use crate::verify::quantity::{add, thousandths, times};
use crate::verify::rows::{agree, row, text};
use crate::verify::situation::{Situation, World};
use crate::verify::value::{Checked, Value};
use crate::verify::workloads::Type;

/// `limits`: what all pods may take of the memory. Tells whether every node has as much.
pub(crate) fn limits(world: &World, peak: &Situation, evidence: &Value) -> Checked<bool> {
    let (mut sums, mut fits) = (Vec::new(), true);
    for (class, facts) in world.classes.iter().enumerate() {
        let (mut sum, mut stated, mut unlimited, mut is_used) = (0, 0, Vec::new(), false);
        let cap = facts.memory_cap.unwrap_or(100);
        let allocatable = facts.allocatable[1];
        for index in world.present(peak).into_iter().filter(|index| world.types[*index].eligible[class]) {
            let one = &world.types[index];
            is_used = true;
            let limit = if one.pod.is_unlimited { allocatable } else { one.pod.limits[1] };
            if one.pod.is_unlimited {
                unlimited.push(text(&one.name));
            }
            let part = times(world.most(peak, index, one.nodes), limit)?;
            sum = add(sum, part)?;
            stated = if one.pod.is_unlimited { stated } else { add(stated, part)? };
        }
        fits &= times(sum, 100)? <= times(cap, allocatable)?;
        let row = row([
            ("class", text(&facts.name)),
            ("sum", Value::Integer(sum)),
            ("stated", Value::Integer(stated)),
            ("cap", Value::Integer(cap)),
            ("allocatable", Value::Integer(allocatable)),
            ("unlimited", Value::List(unlimited)),
        ]);
        sums.push((row, is_used));
    }
    let rows: Vec<Value> = sums.iter().map(|(row, _)| row.clone()).collect();
    let is_used = |row: &Value| sums.iter().any(|(other, is_used)| other == row && *is_used);
    agree(evidence.get("sums"), "sums", &rows, &["class"], is_used)?;
    Ok(fits)
}

/// One key of one quota: its names, what is used and what is allowed.
struct Key {
    quota: String,
    key: String,
    namespace: String,
    used: i128,
    hard: i128,
}

/// The keys of which every container must state something.
const NEEDED: [(&str, usize, bool); 6] = [
    ("cpu", 0, false),
    ("memory", 1, false),
    ("requests.cpu", 0, false),
    ("requests.memory", 1, false),
    ("limits.cpu", 0, true),
    ("limits.memory", 1, true),
];

fn keys(world: &World, situation: &Situation, peak: &Situation) -> Checked<Vec<Key>> {
    let mut keys = Vec::new();
    let mut volumes: Option<Vec<Claim>> = None;
    for source in &world.sources {
        if !source.is_own || !source.identity.group.is_empty() || source.identity.kind != "ResourceQuota" {
            continue;
        }
        let quota = format!("{}/{}", source.identity.namespace, source.identity.name);
        let spec = source.object.get("spec");
        if !spec.get("scopes").list("scopes")?.is_empty() || !spec.get("scopeSelector").is_null() {
            return Err(format!("the quota `{quota}` has scopes, which are not understood"));
        }
        for (key, hard) in spec.get("hard").entries("hard")? {
            let namespace = source.identity.namespace.clone();
            let (used, is_cpu) = used(world, situation, peak, &namespace, key, &mut volumes)
                .map_err(|fault| format!("`{key}` of the quota `{quota}`: {fault}"))?;
            let hard = thousandths(hard, key)?;
            let hard = if is_cpu { hard } else { hard / 1000 };
            keys.push(Key { quota: quota.clone(), key: key.to_owned(), namespace, used, hard });
        }
    }
    Ok(keys)
}

/// What a namespace uses of a key, and whether it is counted in thousandths.
fn used(
    world: &World,
    situation: &Situation,
    peak: &Situation,
    namespace: &str,
    key: &str,
    volumes: &mut Option<Vec<Claim>>,
) -> Checked<(i128, bool)> {
    let pods = |amount: &dyn Fn(&Type) -> i128| {
        world.types.iter().enumerate().filter(|(_, one)| one.namespace == namespace).try_fold(0, |sum, (index, one)| {
            if one.is_daemon() && world.nodes.is_empty() {
                return Err(format!("nothing says on how many nodes `{}` is", one.name));
            }
            add(sum, times(one.pods(situation.counts[index])?, amount(one))?)
        })
    };
    let resource = |name: &str| RESOURCES.iter().take(3).position(|resource| *resource == name);
    let (is_limit, name) = match (key.strip_prefix("limits."), key.strip_prefix("requests.")) {
        (Some(name), _) => (true, name),
        (_, Some(name)) => (false, name),
        _ => (false, key),
    };
    if let Some(index) = resource(name) {
        let amount = |one: &Type| if is_limit { one.pod.limits[index] } else { one.pod.requests[index] };
        return Ok((pods(&amount)?, index == 0));
    }
    if ["pods", "count/pods"].contains(&key) {
        return Ok((pods(&|_| 1)?, false));
    }
    let suffix = ".storageclass.storage.k8s.io/requests.storage";
    let (is_storage, class) = (key == "requests.storage" || key.ends_with(suffix), key.strip_suffix(suffix));
    if !is_storage && !["persistentvolumeclaims", "count/persistentvolumeclaims"].contains(&key) {
        return Err("the key is not understood".to_owned());
    }
    if volumes.is_none() {
        *volumes = Some(claims(world, peak)?);
    }
    let mut sum = 0;
    for claim in volumes.iter().flatten().filter(|claim| claim.namespace == namespace) {
        if class.is_none_or(|class| class == claim.class) {
            sum = add(sum, if is_storage { times(claim.total, claim.each)? } else { claim.total })?;
        }
    }
    Ok((sum, false))
}

/// Whether a container lacks what a quota asks of every container.
fn lacks(one: &Type, container: &Container, resource: usize, is_limit: bool) -> bool {
    let (requests, limits) = &one.pod.whole;
    let whole = limits[resource].or(if is_limit { None } else { requests[resource] });
    let stated = if is_limit { container.limits[resource] } else { container.requests[resource] };
    stated.is_none() && whole.is_none()
}

fn exceeds(container: &Container, resource: usize) -> bool {
    let (request, limit) = (container.requests[resource], container.limits[resource]);
    limit.is_some_and(|limit| request.is_some_and(|request| request > limit))
}

/// `quotas`: no key is exceeded, and the server admits every pod.
pub(crate) fn quotas(world: &World, situation: &Situation, peak: &Situation, evidence: &Value) -> Checked<()> {
    let keys = keys(world, situation, peak)?;
    let rows: Vec<Value> = keys
        .iter()
        .map(|key| {
            row([
                ("quota", text(&key.quota)),
                ("key", text(&key.key)),
                ("used", Value::Integer(key.used)),
                ("hard", Value::Integer(key.hard)),
            ])
        })
        .collect();
    agree(evidence.get("keys"), "keys", &rows, &["quota", "key"], |_| true)?;
    if let Some(key) = keys.iter().find(|key| key.used > key.hard) {
        return Err(format!(
            "`{}` of the quota `{}` is used with {}, more than {}",
            key.key, key.quota, key.used, key.hard
        ));
    }
    for one in &world.types {
        for container in &one.pod.containers {
            for (name, resource, is_limit) in NEEDED {
                let is_asked = keys.iter().any(|key| key.namespace == one.namespace && key.key == name);
                if is_asked && lacks(one, container, resource, is_limit) {
                    return Err(format!(
                        "`{}` of `{}` lacks `{name}`, which a quota asks for",
                        container.name, one.name
                    ));
                }
            }
            if let Some(resource) = (0..3).find(|resource| one.is_own && exceeds(container, *resource)) {
                let name = RESOURCES[resource];
                return Err(format!("`{}` of `{}` requests more `{name}` than its limit", container.name, one.name));
            }
        }
    }
    Ok(())
}

/// The refusals of S7: `quota`, `missing-key`, `invalid-pod`.
pub(crate) fn refuse(world: &World, situation: &Situation, peak: &Situation, evidence: &Value) -> Checked<()> {
    let word = |key: &str| evidence.get(key).needed_text(key);
    let stated = |key: &str| evidence.get(key).needed_integer(key);
    let kind = word("kind")?;
    if kind == "quota" {
        let (quota, name) = (word("quota")?, word("key")?);
        let keys = keys(world, situation, peak)?;
        let key = keys.iter().find(|key| key.quota == quota && key.key == name);
        let key = key.ok_or_else(|| format!("there is no `{name}` of a quota `{quota}`"))?;
        let agrees = stated("used")? == key.used && stated("hard")? == key.hard;
        return decide(agrees && key.used > key.hard, &format!("used are {} of {}", key.used, key.hard));
    }
    let one = &world.types[world.find(word("type")?)?];
    let name = word("container")?;
    let mut containers = one.pod.containers.iter().filter(|container| container.name == name);
    let container = containers.next().ok_or_else(|| format!("`{}` has no container `{name}`", one.name))?;
    if kind == "missing-key" {
        let key = word("key")?;
        let needed = NEEDED.iter().find(|(name, _, _)| *name == key);
        let (_, resource, is_limit) = needed.ok_or_else(|| format!("no container needs `{key}`"))?;
        let asks = world.sources.iter().any(|source| {
            let id = &source.identity;
            let is_quota = id.group.is_empty() && id.kind == "ResourceQuota" && id.namespace == one.namespace;
            is_quota && source.is_own && !source.object.at("spec.hard").get(key).is_null()
        });
        return decide(asks && lacks(one, container, *resource, *is_limit), &format!("`{name}` does not lack `{key}`"));
    }
    let resource = word("resource")?;
    let index = RESOURCES.iter().take(3).position(|name| *name == resource);
    let index = index.ok_or_else(|| format!("`{resource}` is no resource of containers"))?;
    let unit = |stated: Option<i128>| {
        let stated = stated.unwrap_or(0);
        if index == 0 { stated } else { crate::verify::quantity::ceil(stated, 1000) }
    };
    let (request, limit) = (unit(container.requests[index]), unit(container.limits[index]));
    let agrees = stated("request")? == request && stated("limit")? == limit;
    decide(agrees && exceeds(container, index), &format!("`{name}` requests {request} of {limit}"))
}
