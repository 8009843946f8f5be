//! Namespace quotas: what they forbid, what they demand of each container, and what they promise together.

use std::collections::BTreeMap;

use crate::eval::model::Hardware;
use crate::fit::Scenario;
use crate::fit::read::demand::{Demand, Load, Owner, PerState, Term};
use crate::fit::sums::capacity::supply;
use crate::fit::sums::disks::class_of;
use crate::fit::sums::usage::{Held, Measure, Usage};
use crate::objects::Object;
use crate::objects::pod::{Amounts, ContainerResource};
use crate::objects::quantity::Quantity;
use crate::source::Span;

/// One key of one `ResourceQuota`.
#[derive(Debug, Clone)]
pub struct QuotaUse {
    /// The instance that emits the quota.
    pub owner: String,
    pub namespace: String,
    /// The name of the quota object.
    pub quota: String,
    /// `requests.cpu`.
    pub key: String,
    pub usage: Usage,
}

/// A container without a key that its namespace's quota demands: the API server refuses its pods.
#[derive(Debug, Clone)]
pub struct MissingKey {
    pub instance: String,
    /// `db/db-pooler`.
    pub label: String,
    pub container: String,
    pub namespace: String,
    /// With the numbers in the quota that demand them.
    pub keys: Vec<(String, Span)>,
    pub span: Span,
}

/// What a key of a quota counts.
enum Counted<'a> {
    Request(ContainerResource),
    Limit(ContainerResource),
    Pods,
    Claims,
    Storage(Option<&'a str>),
}

fn counted(key: &str) -> Option<(Counted<'_>, Measure)> {
    use ContainerResource::{Cpu, EphemeralStorage, Memory};
    Some(match key {
        "cpu" | "requests.cpu" => (Counted::Request(Cpu), Measure::Cpu),
        "memory" | "requests.memory" => (Counted::Request(Memory), Measure::Memory),
        "limits.cpu" => (Counted::Limit(Cpu), Measure::CpuLimits),
        "limits.memory" => (Counted::Limit(Memory), Measure::MemoryLimits),
        "ephemeral-storage" | "requests.ephemeral-storage" => {
            (Counted::Request(EphemeralStorage), Measure::EphemeralStorage)
        }
        "limits.ephemeral-storage" => (Counted::Limit(EphemeralStorage), Measure::EphemeralStorageLimits),
        "pods" | "count/pods" => (Counted::Pods, Measure::Pods),
        "persistentvolumeclaims" | "count/persistentvolumeclaims" => (Counted::Claims, Measure::Claims),
        "requests.storage" => (Counted::Storage(None), Measure::Storage),
        _ => {
            let class = key.strip_suffix(".storageclass.storage.k8s.io/requests.storage")?;
            (Counted::Storage(Some(class)), Measure::Storage)
        }
    })
}

/// The keys and numbers of a quota, in the order of writing.
fn hard(object: &Object) -> Vec<(&str, Quantity, Span)> {
    let Some(map) = object.body.at(&["spec", "hard"]).and_then(crate::objects::Node::as_map) else { return Vec::new() };
    map.iter().filter_map(|(key, node)| Some((&**key, Quantity::of(node)?, node.span()))).collect()
}

fn quotas(objects: &[Object]) -> impl Iterator<Item = &Object> {
    // A quota with scopes counts some pods only; taking it for one that counts all would be wrong in both directions.
    objects.iter().filter(|object| {
        object.kind == "ResourceQuota"
            && object.group().is_empty()
            && object.body.at(&["spec", "scopes"]).is_none()
            && object.body.at(&["spec", "scopeSelector"]).is_none()
    })
}

fn amount(quantity: Quantity, measure: Measure) -> i128 {
    match measure {
        Measure::Cpu | Measure::CpuLimits => quantity.milli(),
        _ => quantity.value(),
    }
}

/// Every key of every quota with what is charged against it.
pub(crate) fn quota_uses(scenario: &Scenario<'_>, demand: &Demand, default: Option<&str>) -> Vec<QuotaUse> {
    let mut uses = Vec::new();
    for object in quotas(scenario.objects) {
        let Some(namespace) = object.namespace.as_deref() else { continue };
        let owner = &scenario.model.instance(object.instance).name;
        for (key, quantity, span) in hard(object) {
            let Some((counted, measure)) = counted(key) else { continue };
            let loads = demand.own_loads().filter(|load| load.workload.namespace.as_deref() == Some(namespace));
            let claims = demand.own_claims().filter(|claim| claim.claim.namespace.as_deref() == Some(namespace));
            let terms: Vec<Term> = match counted {
                Counted::Request(resource) => loads.map(|load| request(load, resource)).collect(),
                Counted::Limit(resource) => loads.map(|load| limit(load, resource)).collect(),
                Counted::Pods => loads.map(|load| load.term(1, Span::NONE)).collect(),
                Counted::Claims => claims.map(|claim| Term { each: 1, ..claim.term() }).collect(),
                Counted::Storage(None) => claims.map(crate::fit::read::demand::ClaimLoad::term).collect(),
                Counted::Storage(class) => claims
                    .filter(|claim| class_of(claim, default) == class)
                    .map(crate::fit::read::demand::ClaimLoad::term)
                    .collect(),
            };
            uses.push(QuotaUse {
                owner: owner.clone(),
                namespace: namespace.to_owned(),
                quota: object.name.clone(),
                key: key.to_owned(),
                usage: Usage::new(owner.as_str(), measure, (amount(quantity, measure), span), Vec::new(), terms),
            });
        }
    }
    uses
}

/// A term of a load's requests.
pub(crate) fn request(load: &Load, resource: ContainerResource) -> Term {
    let index = resource as usize;
    load.term(load.workload.resources.requests[index], load.workload.resources.request_spans[index])
}

/// A term of a load's limits.
pub(crate) fn limit(load: &Load, resource: ContainerResource) -> Term {
    let index = resource as usize;
    load.term(load.workload.resources.limits[index], load.workload.resources.limit_spans[index])
}

/// Containers that the API server will refuse because a quota counts what they do not state.
pub(crate) fn missing_keys(scenario: &Scenario<'_>, demand: &Demand) -> Vec<MissingKey> {
    use ContainerResource::{Cpu, Memory};
    let mut wanted: BTreeMap<&str, Vec<(&str, Span)>> = BTreeMap::new();
    for object in quotas(scenario.objects) {
        let Some(namespace) = object.namespace.as_deref() else { continue };
        let keys = wanted.entry(namespace).or_default();
        for (key, _, span) in hard(object) {
            if !keys.iter().any(|(known, _)| *known == key) {
                keys.push((key, span));
            }
        }
    }
    let lacks = |requests: &Amounts, limits: &Amounts, key: &str| match key {
        "cpu" | "requests.cpu" => requests.get(Cpu).is_none(),
        "memory" | "requests.memory" => requests.get(Memory).is_none(),
        "limits.cpu" => limits.get(Cpu).is_none(),
        "limits.memory" => limits.get(Memory).is_none(),
        _ => false,
    };
    let mut missing = Vec::new();
    for load in demand.own_loads().filter(|load| !load.workload.resources.pod_level) {
        let Some(namespace) = load.workload.namespace.as_deref() else { continue };
        let Some(keys) = wanted.get(namespace) else { continue };
        for container in &load.workload.resources.containers {
            let lacking = keys.iter().filter(|(key, _)| lacks(&container.requests, &container.limits, key));
            let lacking: Vec<_> = lacking.map(|(key, span)| ((*key).to_owned(), *span)).collect();
            if !lacking.is_empty() {
                missing.push(MissingKey {
                    instance: load.owner.name.clone(),
                    label: load.label.clone(),
                    container: container.name.clone(),
                    namespace: namespace.to_owned(),
                    keys: lacking,
                    span: container.span,
                });
            }
        }
    }
    missing
}

/// All quotas of one key against the hardware. Of several quotas in one namespace the smallest counts.
pub(crate) fn quota_sums(
    scenario: &Scenario<'_>,
    neighbours: &[Scenario<'_>],
    hardware: &Hardware,
    disks: &[crate::fit::sums::disks::DiskUse],
) -> Vec<Usage> {
    let families: [(&[&str], Measure); 4] = [
        (&["requests.cpu", "cpu"], Measure::Cpu),
        (&["requests.memory", "memory"], Measure::Memory),
        (&["limits.memory"], Measure::MemoryLimits),
        (&["requests.storage"], Measure::Storage),
    ];
    let all = || {
        let named = |one: &Scenario<'_>| one.model.environment.clone().unwrap_or_else(|| "base".to_owned());
        let others = neighbours.iter().map(move |one| (*one, Some(named(one))));
        std::iter::once((*scenario, None)).chain(others)
    };
    let mut sums = Vec::new();
    for (keys, measure) in families {
        let mut least: BTreeMap<(Option<String>, String), Term> = BTreeMap::new();
        for (one, neighbour) in all() {
            for object in quotas(one.objects) {
                let name = one.model.instance(object.instance).name.clone();
                for (_, quantity, span) in hard(object).into_iter().filter(|(key, ..)| keys.contains(key)) {
                    let owner = Owner { instance: object.instance, name: name.clone(), neighbour: neighbour.clone() };
                    let each = amount(quantity, measure);
                    let once = PerState { steady: 1, peak: 1 };
                    let nowhere = PerState { steady: Span::NONE, peak: Span::NONE };
                    let label = name.clone();
                    let term = Term { owner, label, count: once, each, span, count_span: nowhere, countable: false };
                    let namespace = object.namespace.clone().unwrap_or_default();
                    let entry = least.entry((neighbour.clone(), namespace)).or_insert_with(|| term.clone());
                    if each < entry.each {
                        *entry = term;
                    }
                }
            }
        }
        if least.is_empty() {
            continue;
        }
        let (capacity, span, held) = match measure {
            Measure::Storage => storage_supply(disks),
            _ => supply(hardware, measure),
        };
        let subject = crate::fit::sums::capacity::subject(hardware);
        let usage = Usage::new(subject, measure, (capacity, span), held, least.into_values().collect());
        sums.push(Usage { cap: crate::fit::sums::capacity::cap(hardware, measure), ..usage });
    }
    sums
}

fn storage_supply(disks: &[crate::fit::sums::disks::DiskUse]) -> (i128, Span, Vec<Held>) {
    let reachable = || disks.iter().filter(|disk| disk.storage_class.is_some()).map(|disk| &disk.usage);
    let span = reachable().next().map_or(Span::NONE, |usage| usage.capacity_span);
    (reachable().map(|usage| usage.capacity).sum(), span, reachable().flat_map(|usage| usage.held.clone()).collect())
}
