//! What the API server refuses: quotas that are too small, keys that a quota demands, requests above limits.

use std::collections::BTreeSet;

use crate::data::Node;
use crate::eval::model::{HUGE_PAGES, is_extended};
use crate::fit::evidence::reason::Reason;
use crate::fit::evidence::{Evidence, QuotaKey};
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::PodType;
use crate::fit::states::finding::Finding;
use crate::fit::states::limit_ranges;
use crate::fit::states::quota_objects::{Scope, counted, scopes};
use crate::fit::states::verdict::Ground;
use crate::objects::Object;
use crate::objects::pod::ContainerResource;
use crate::objects::quantity::Quantity;

/// The verdict over the quotas among some objects, and the `LimitRange`s among all. `own` names the objects of the
/// environment: what those beside it may not do is said there.
pub(crate) fn decide(
    platform: &Platform,
    counts: &Counts,
    quotas: &[&Object],
    objects: &[Object],
    own: &BTreeSet<String>,
) -> Finding {
    let namespaces: Vec<Option<&str>> = quotas.iter().map(|quota| quota.namespace.as_deref()).collect();
    if let Some(refusal) = platform.known_types().find_map(invalid) {
        return Finding::refused(refusal);
    }
    if let Some(misfit) = platform.known_types().filter(|one| own.contains(&one.name)).find_map(misfit) {
        return Finding::refused(misfit);
    }
    if let Some(finding) = limit_ranges::decide(platform, objects, own) {
        return finding;
    }
    let mut keys = Vec::new();
    for (quota, namespace) in quotas.iter().zip(&namespaces) {
        let name = format!("{}/{}", namespace.unwrap_or_default(), quota.name);
        let Some(scopes) = scopes(quota, objects) else {
            return Finding::undecided(Reason::ScopedQuota { quota: name });
        };
        let is_best_effort = scopes.iter().any(Scope::is_best_effort);
        let strange =
            |key: &str| Finding::undecided(Reason::StrangeQuotaKey { quota: name.clone(), key: key.to_owned() });
        let hard = quota.body.at(&["spec", "hard"]).and_then(Node::as_map);
        for (key, node) in hard.into_iter().flatten() {
            let of_objects = counted(objects, *namespace, key);
            let used = match &of_objects {
                Some(counted) => Some((counted.number, false)),
                None => used(platform, counts, (*namespace, &scopes), key),
            };
            let Some((used, is_milli)) = used else { return strange(key) };
            // The server takes no quota that counts what its scopes are not about.
            let is_of_pods =
                of_objects.is_none() && !key.contains("storage") && !key.contains("persistentvolumeclaims");
            if !scopes.is_empty() && (!is_of_pods || is_best_effort && !key.ends_with("pods")) {
                return strange(key);
            }
            let Some(amount) = Quantity::of(node) else {
                return Finding::undecided(Reason::BadQuotaAmount { quota: name, key: key.to_string() });
            };
            let hard = if is_milli { amount.milli() } else { amount.value() };
            let entry = QuotaKey { quota: name.clone(), key: key.to_string(), used, hard };
            if used > hard {
                return Finding::refused(Evidence::Quota(entry));
            }
            if let Some(maker) = of_objects.and_then(|counted| counted.maker) {
                return Finding::undecided(Reason::OpenCount { quota: name, key: key.to_string(), maker });
            }
            if let Some(missing) = missing(platform, (*namespace, &scopes), key) {
                return Finding::refused(missing);
            }
            keys.push(entry);
        }
    }
    keys.sort_by(|left, right| (&left.quota, &left.key).cmp(&(&right.quota, &right.key)));
    Finding::guaranteed(Ground::Sums, Evidence::Quotas(keys))
}

/// Whether a quota of a namespace with these scopes is about a type.
fn is_meant(one: &PodType, (namespace, scopes): (Option<&str>, &[Scope])) -> bool {
    one.namespace.as_deref() == namespace && scopes.iter().all(|scope| scope.holds(one))
}

/// What is charged against a key, and whether in thousandths.
fn used(
    platform: &Platform,
    counts: &Counts,
    (namespace, scopes): (Option<&str>, &[Scope]),
    key: &str,
) -> Option<(i128, bool)> {
    use ContainerResource::{Cpu, EphemeralStorage, Memory};
    let types = || platform.types.iter().enumerate().filter(|(_, one)| is_meant(one, (namespace, scopes)));
    let claims = || platform.claims.iter().filter(|claim| claim.namespace.as_deref() == namespace);
    let request = |resource: ContainerResource| {
        types().map(|(index, one)| platform.pods_of(index, counts) * one.resources.requests[resource as usize]).sum()
    };
    let limit = |resource: ContainerResource| {
        types().map(|(index, one)| platform.pods_of(index, counts) * one.resources.limits[resource as usize]).sum()
    };
    Some(match key {
        "cpu" | "requests.cpu" => (request(Cpu), true),
        "memory" | "requests.memory" => (request(Memory), false),
        "ephemeral-storage" | "requests.ephemeral-storage" => (request(EphemeralStorage), false),
        "limits.cpu" => (limit(Cpu), true),
        "limits.memory" => (limit(Memory), false),
        "limits.ephemeral-storage" => (limit(EphemeralStorage), false),
        "pods" | "count/pods" => (types().map(|(index, _)| platform.pods_of(index, counts)).sum(), false),
        "persistentvolumeclaims" | "count/persistentvolumeclaims" => (claims().map(|claim| claim.count).sum(), false),
        "requests.storage" => (claims().map(|claim| claim.count * claim.each).sum(), false),
        _ if extended_key(key).is_some() => {
            let name = extended_key(key)?;
            let of = |one: &PodType| one.resources.extended.requests.get(name).copied().unwrap_or(0);
            (types().map(|(index, one)| platform.pods_of(index, counts) * of(one)).sum(), false)
        }
        _ => {
            let class = key.strip_suffix(".storageclass.storage.k8s.io/requests.storage")?;
            let own = claims().filter(|claim| claim.storage_class.as_deref() == Some(class));
            (own.map(|claim| claim.count * claim.each).sum(), false)
        }
    })
}

/// The extended resource that a key of a quota counts the requests of: `podComputeUsageHelper` of
/// `pkg/quota/v1/evaluator/core/pods.go` counts it under `requests.` only, and huge pages under both names.
fn extended_key(key: &str) -> Option<&str> {
    let name = key.strip_prefix("requests.").or(Some(key).filter(|key| key.starts_with(HUGE_PAGES)))?;
    is_extended(name).then_some(name)
}

/// A container without a key that a quota of its namespace counts.
fn missing(platform: &Platform, (namespace, scopes): (Option<&str>, &[Scope]), key: &str) -> Option<Evidence> {
    use ContainerResource::{Cpu, Memory};
    let (resource, of_requests) = match key {
        "cpu" | "requests.cpu" => (Cpu, true),
        "memory" | "requests.memory" => (Memory, true),
        "limits.cpu" => (Cpu, false),
        "limits.memory" => (Memory, false),
        _ => return None,
    };
    let mut types = platform.known_types().filter(|one| is_meant(one, (namespace, scopes)) && !one.resources.pod_level);
    types.find_map(|one| {
        let lacks = one.resources.containers.iter().find(|container| {
            let amounts = if of_requests { &container.requests } else { &container.limits };
            amounts.get(resource).is_none()
        })?;
        Some(Evidence::MissingKey { name: one.name.clone(), container: lacks.name.clone(), key: key.to_owned() })
    })
}

/// A container that requests a part of a whole thing, or something else than its limit of it.
fn misfit(one: &PodType) -> Option<Evidence> {
    let (container, resource, why) = one.resources.extended.misfit.clone()?;
    Some(Evidence::Misfit { name: one.name.clone(), container, resource, why })
}

/// A container that requests more than its limit: no pod of it is ever admitted.
fn invalid(one: &PodType) -> Option<Evidence> {
    one.resources.containers.iter().find_map(|container| {
        ContainerResource::ALL.into_iter().find_map(|resource| {
            let request = container.requests.get(resource)?.milli();
            let limit = container.limits.get(resource)?.milli();
            let unit = |milli: i128| {
                if resource == ContainerResource::Cpu { milli } else { crate::objects::quantity::ceil_div(milli, 1000) }
            };
            (request > limit).then(|| Evidence::InvalidPod {
                name: one.name.clone(),
                container: container.name.clone(),
                resource: resource.key().to_owned(),
                request: unit(request),
                limit: unit(limit),
            })
        })
    })
}
