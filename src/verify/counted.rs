//! What quotas count beside amounts: only the pods of their scopes, and objects.

use crate::manifests::{Checked, Reading, Value, refuse, size};
use crate::verify::closed::{Source, pick};
use crate::verify::pods::Container;

/// What scopes tell pods apart by.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    has_deadline: bool,
    is_best_effort: bool,
    class: &'a str,
    is_crossing: bool,
}

pub(crate) fn facts<'a>(spec: &'a Value, containers: &[Container], is_whole: bool) -> Checked<Facts<'a>> {
    let asks = |one: &Container| one.stated.iter().any(|row| row[..2].iter().flatten().any(|amount| *amount > 0));
    let mut is_crossing = false;
    for side in ["podAffinity", "podAntiAffinity"] {
        for when in ["required", "preferred"] {
            for term in spec.list(&format!("affinity.{side}.{when}DuringSchedulingIgnoredDuringExecution"))? {
                let term = if when == "required" { term } else { term.at("podAffinityTerm") };
                is_crossing |= !term.list("namespaces")?.is_empty() || !term.at("namespaceSelector").is_null();
            }
        }
    }
    Ok(Facts {
        has_deadline: !spec.at("activeDeadlineSeconds").is_null(),
        is_best_effort: !is_whole && !containers.iter().any(asks),
        class: spec.text("priorityClassName")?.unwrap_or(""),
        is_crossing,
    })
}

/// The scopes of a quota: name, operator and values of each.
pub(crate) type Scopes<'a> = Vec<(&'a str, &'a str, Vec<&'a str>)>;

pub(crate) fn scopes<'a>(sources: &[Source<'a>], spec: &'a Value) -> Checked<Scopes<'a>> {
    let mut scopes: Scopes = spec.texts("scopes")?.into_iter().map(|name| (name, "Exists", Vec::new())).collect();
    for term in spec.list("scopeSelector.matchExpressions")? {
        scopes.push((term.needed("scopeName")?, term.needed("operator")?, term.texts("values")?));
    }
    let has_default =
        pick(sources, "scheduling.k8s.io", "PriorityClass").any(|one| one.object["globalDefault"] == true);
    let is_scaled = sources.iter().any(|one| one.identity.kind == "VerticalPodAutoscaler");
    for (name, operator, _) in &scopes {
        let is_known = match *name {
            "BestEffort" | "NotBestEffort" => *operator == "Exists" && !is_scaled,
            "Terminating" | "NotTerminating" | "CrossNamespacePodAffinity" => *operator == "Exists",
            "PriorityClass" => ["In", "NotIn", "Exists", "DoesNotExist"].contains(operator) && !has_default,
            _ => false,
        };
        refuse(!is_known, || format!("the scope `{name}` with `{operator}` is not understood"))?;
    }
    Ok(scopes)
}

/// Whether all scopes are about such pods.
pub(crate) fn is_meant(scopes: &Scopes, facts: &Facts) -> bool {
    scopes.iter().all(|(name, operator, values)| match (*name, *operator) {
        ("Terminating", _) => facts.has_deadline,
        ("NotTerminating", _) => !facts.has_deadline,
        ("BestEffort", _) => facts.is_best_effort,
        ("NotBestEffort", _) => !facts.is_best_effort,
        ("CrossNamespacePodAffinity", _) => facts.is_crossing,
        (_, "In") => values.contains(&facts.class),
        (_, "NotIn") => !values.contains(&facts.class),
        (_, "Exists") => !facts.class.is_empty(),
        _ => facts.class.is_empty(),
    })
}

/// What a key of a quota counts: of objects of which group and kind which part, and by which name rights are given to it.
fn meant(key: &str) -> Option<(&'static str, &'static str, &'static str, &str)> {
    const PLAIN: [(&str, &str); 6] = [
        ("services", "Service"),
        ("configmaps", "ConfigMap"),
        ("secrets", "Secret"),
        ("resourcequotas", "ResourceQuota"),
        ("replicationcontrollers", "ReplicationController"),
        ("serviceaccounts", "ServiceAccount"),
    ];
    const GROUPED: [(&str, &str, &str, &str); 7] = [
        ("deployments.apps", "deployments", "apps", "Deployment"),
        ("statefulsets.apps", "statefulsets", "apps", "StatefulSet"),
        ("daemonsets.apps", "daemonsets", "apps", "DaemonSet"),
        ("cronjobs.batch", "cronjobs", "batch", "CronJob"),
        ("ingresses.networking.k8s.io", "ingresses", "networking.k8s.io", "Ingress"),
        ("networkpolicies.networking.k8s.io", "networkpolicies", "networking.k8s.io", "NetworkPolicy"),
        ("poddisruptionbudgets.policy", "poddisruptionbudgets", "policy", "PodDisruptionBudget"),
    ];
    if let part @ ("services.loadbalancers" | "services.nodeports") = key {
        return Some(("services", "", "Service", &part["services.".len()..]));
    }
    let name = key.strip_prefix("count/");
    let plain = PLAIN.iter().find(|(plural, _)| *plural == name.unwrap_or(key));
    let plain = plain.filter(|(plural, _)| name.is_some() || *plural != "serviceaccounts");
    let grouped = GROUPED.iter().find(|(whole, ..)| name == Some(*whole));
    let grouped = grouped.map(|(_, plural, group, kind)| (*plural, *group, *kind, ""));
    plain.map(|(plural, kind)| (*plural, "", *kind, "")).or(grouped)
}

/// How many objects a key counts in a namespace, and what may make more of them; nothing where it counts no objects.
pub(crate) fn objects(sources: &[Source], namespace: &str, key: &str) -> Checked<Option<(i128, Option<String>)>> {
    let Some((plural, group, kind, part)) = meant(key) else { return Ok(None) };
    let mut number = match (kind, part) {
        ("ConfigMap" | "ServiceAccount", _) => 1,
        ("Service", "") => i128::from(namespace == "default"),
        _ => 0,
    };
    for source in pick(sources, group, kind).filter(|one| one.identity.namespace == namespace) {
        number += if part.is_empty() { 1 } else { of_service(source.object.at("spec"), part)? };
    }
    let maker = sources.iter().find(|one| makes(one, plural, group)).map(|one| one.identity.title());
    Ok(Some((number, maker)))
}

fn of_service(spec: &Value, part: &str) -> Checked<i128> {
    let (kind, ports) = (spec.text("type")?.unwrap_or("ClusterIP"), spec.list("ports")?);
    let is_stated = |port: &&Value| port["nodePort"].as_i64().is_some_and(|number| number != 0);
    Ok(match (part, kind) {
        ("loadbalancers", "LoadBalancer") => 1,
        ("nodeports", "LoadBalancer") if spec["allocateLoadBalancerNodePorts"] == false => {
            size(&ports.iter().filter(is_stated).collect::<Vec<_>>())
        }
        ("nodeports", "LoadBalancer" | "NodePort") => size(ports),
        _ => 0,
    })
}

/// Whether an operator, or somebody with the right to, may stand behind an object and make more.
fn makes(source: &Source, plural: &str, group: &str) -> bool {
    let own = source.identity.group.as_str();
    let is_kubernetes = ["", "apps", "batch", "autoscaling", "policy"].contains(&own) || own.ends_with(".k8s.io");
    let is_extra = ["gateway.networking.k8s.io", "autoscaling.k8s.io", "snapshot.storage.k8s.io"].contains(&own);
    let has_rules = own == "rbac.authorization.k8s.io" && ["Role", "ClusterRole"].contains(&&*source.identity.kind);
    let allows = |rule: &Value, key: &str, wanted: &str| {
        rule[key].as_array().is_some_and(|items| items.iter().any(|item| item == "*" || item == wanted))
    };
    let is_allowed = |rule: &Value| {
        allows(rule, "verbs", "create") && allows(rule, "resources", plural) && allows(rule, "apiGroups", group)
    };
    let rules = source.object["rules"].as_array().filter(|_| has_rules);
    source.is_footprint || !is_kubernetes || is_extra || rules.is_some_and(|rules| rules.iter().any(is_allowed))
}
