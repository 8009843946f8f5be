//! What a quota counts beside the amounts of its pods: objects, and by its scopes only some pods.

use crate::data::{Node, NodeValue};
use crate::fit::read::pods::PodType;
use crate::objects::Object;
use crate::objects::footprint::describe;
use crate::objects::pod::{ContainerResource, PodResources};

/// What the scopes of quotas tell pods apart by: `podMatchesScopeFunc` of `pkg/quota/v1/evaluator/core/pods.go`.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScopeFacts {
    /// Whether the pod itself has a deadline.
    is_terminating: bool,
    is_best_effort: bool,
    class: Option<String>,
    /// Whether some affinity is about pods of other namespaces.
    crosses: bool,
}

impl ScopeFacts {
    pub(crate) fn read(spec: Option<&Node>, resources: &PodResources) -> Self {
        let is_set = |node: &Node| !matches!(node.value, NodeValue::Null);
        let part = |path: &[&str]| spec.and_then(|spec| spec.at(path)).filter(|node| is_set(node));
        let asks = [ContainerResource::Cpu, ContainerResource::Memory].map(|resource| {
            resources.containers.iter().any(|container| {
                let stated = [&container.requests, &container.limits].map(|amounts| amounts.get(resource));
                stated.into_iter().flatten().any(|stated| stated.milli() > 0)
            })
        });
        let mut crosses = false;
        for side in ["podAffinity", "podAntiAffinity"] {
            for list in
                ["requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"]
            {
                for term in part(&["affinity", side, list]).map(Node::items).unwrap_or_default() {
                    let term = term.get("podAffinityTerm").unwrap_or(term);
                    let has_names = term.get("namespaces").is_some_and(|names| !names.items().is_empty());
                    crosses |= has_names || term.get("namespaceSelector").is_some_and(is_set);
                }
            }
        }
        Self {
            is_terminating: part(&["activeDeadlineSeconds"]).is_some(),
            is_best_effort: !resources.pod_level && !asks[0] && !asks[1],
            class: part(&["priorityClassName"])
                .and_then(Node::as_str)
                .filter(|name| !name.is_empty())
                .map(str::to_owned),
            crosses,
        }
    }
}

/// A condition of a quota on pods: a scope, how it is meant, and the values that it names.
pub(crate) struct Scope {
    name: String,
    operator: String,
    values: Vec<String>,
}

/// The scopes of a quota, all of which must hold; nothing where one of them is not understood.
pub(crate) fn scopes(quota: &Object, objects: &[Object]) -> Option<Vec<Scope>> {
    let text = |node: &Node| node.as_str().map(str::to_owned);
    let exists = |node: &Node| Some(Scope { name: text(node)?, operator: "Exists".to_owned(), values: Vec::new() });
    let listed = quota.body.at(&["spec", "scopes"]).map(Node::items).unwrap_or_default();
    let mut found: Vec<Scope> = listed.iter().map(exists).collect::<Option<_>>()?;
    let terms = quota.body.at(&["spec", "scopeSelector", "matchExpressions"]).map(Node::items).unwrap_or_default();
    for term in terms {
        let values = term.get("values").map(Node::items).unwrap_or_default();
        found.push(Scope {
            name: text(term.get("scopeName")?)?,
            operator: text(term.get("operator")?)?,
            values: values.iter().map(text).collect::<Option<_>>()?,
        });
    }
    let has = |kind: &str| objects.iter().any(|object| object.kind == kind);
    let is_default = |object: &Object| {
        object.kind == "PriorityClass"
            && object.body.get("globalDefault").is_some_and(|flag| matches!(flag.value, NodeValue::Bool(true)))
    };
    let is_known = |scope: &Scope| match scope.name.as_str() {
        // What an autoscaler gives makes a pod another one.
        "BestEffort" | "NotBestEffort" => scope.operator == "Exists" && !has("VerticalPodAutoscaler"),
        "Terminating" | "NotTerminating" | "CrossNamespacePodAffinity" => scope.operator == "Exists",
        // The API server names the default class in pods that name none.
        "PriorityClass" => {
            ["In", "NotIn", "Exists", "DoesNotExist"].contains(&scope.operator.as_str())
                && !objects.iter().any(is_default)
        }
        _ => false,
    };
    found.iter().all(is_known).then_some(found)
}

impl Scope {
    pub(crate) fn holds(&self, one: &PodType) -> bool {
        let facts = &one.scope;
        match self.name.as_str() {
            "Terminating" => facts.is_terminating,
            "NotTerminating" => !facts.is_terminating,
            "BestEffort" => facts.is_best_effort,
            "NotBestEffort" => !facts.is_best_effort,
            "CrossNamespacePodAffinity" => facts.crosses,
            _ => {
                let is_among = facts.class.as_ref().is_some_and(|class| self.values.contains(class));
                match self.operator.as_str() {
                    "In" => is_among,
                    "NotIn" => !is_among,
                    "Exists" => facts.class.is_some(),
                    _ => facts.class.is_none(),
                }
            }
        }
    }

    /// Whether it is about pods of which nothing but the number can be counted.
    pub(crate) fn is_best_effort(&self) -> bool {
        self.name == "BestEffort"
    }
}

/// The kinds of which a quota may count the objects and nobody but their authors makes any: resource, group, kind.
const COUNTED: [(&str, &str, &str); 13] = [
    ("services", "", "Service"),
    ("configmaps", "", "ConfigMap"),
    ("secrets", "", "Secret"),
    ("resourcequotas", "", "ResourceQuota"),
    ("replicationcontrollers", "", "ReplicationController"),
    ("serviceaccounts", "", "ServiceAccount"),
    ("deployments", "apps", "Deployment"),
    ("statefulsets", "apps", "StatefulSet"),
    ("daemonsets", "apps", "DaemonSet"),
    ("cronjobs", "batch", "CronJob"),
    ("ingresses", "networking.k8s.io", "Ingress"),
    ("networkpolicies", "networking.k8s.io", "NetworkPolicy"),
    ("poddisruptionbudgets", "policy", "PodDisruptionBudget"),
];
/// Those that have a name of their own in quotas, beside `count/…`.
const PLAIN: [&str; 5] = ["services", "configmaps", "secrets", "resourcequotas", "replicationcontrollers"];

/// How many objects there are of what a key counts, and what may make more of them.
pub(crate) struct Counted {
    pub(crate) number: i128,
    pub(crate) maker: Option<String>,
}

/// What a key counts of the objects of a namespace, where it counts objects. Controllers of Kubernetes make a ConfigMap and a
/// ServiceAccount in every namespace (`pkg/controller/certificates/rootcacertpublisher`, `pkg/controller/serviceaccount`), and
/// the API server a Service in `default`.
pub(crate) fn counted(objects: &[Object], namespace: Option<&str>, key: &str) -> Option<Counted> {
    let name = key.strip_prefix("count/").unwrap_or(key);
    let part = name.strip_prefix("services.").filter(|_| name == key);
    let (resource, group, kind) = COUNTED.into_iter().find(|(resource, group, _)| match part {
        Some(part) => *resource == "services" && ["loadbalancers", "nodeports"].contains(&part),
        None if name == key => PLAIN.contains(resource) && *resource == name,
        None if group.is_empty() => *resource == name,
        None => format!("{resource}.{group}") == name,
    })?;
    let here =
        objects.iter().filter(|one| one.kind == kind && one.group() == group && one.namespace.as_deref() == namespace);
    let number: i128 = here.map(|one| part.map_or(1, |part| of_service(&one.body, part))).sum();
    let own = match kind {
        "ConfigMap" | "ServiceAccount" => 1,
        "Service" if part.is_none() && namespace == Some("default") => 1,
        _ => 0,
    };
    let maker = objects.iter().find(|one| makes(one, resource, group)).map(|one| describe(&one.key()));
    Some(Counted { number: number + own, maker })
}

/// `pkg/quota/v1/evaluator/core/services.go`.
fn of_service(service: &Node, part: &str) -> i128 {
    let spec = |key: &str| service.at(&["spec", key]);
    let kind = spec("type").and_then(Node::as_str).unwrap_or("ClusterIP");
    let ports = spec("ports").map(Node::items).unwrap_or_default();
    let is_off = spec("allocateLoadBalancerNodePorts").is_some_and(|flag| matches!(flag.value, NodeValue::Bool(false)));
    let stated =
        ports.iter().filter(|port| port.get("nodePort").and_then(Node::as_integer).is_some_and(|one| one != 0));
    match (part, kind) {
        ("loadbalancers", "LoadBalancer") => 1,
        ("nodeports", "LoadBalancer") if is_off => stated.count() as i128,
        ("nodeports", "NodePort" | "LoadBalancer") => ports.len() as i128,
        _ => 0,
    }
}

/// Whether something behind an object may make more of a resource: an operator, or whoever has the right to.
fn makes(object: &Object, resource: &str, group: &str) -> bool {
    let own = object.group();
    if object.is_footprint() || is_custom(own) {
        return true;
    }
    if own != "rbac.authorization.k8s.io" || !["Role", "ClusterRole"].contains(&object.kind.as_str()) {
        return false;
    }
    object.body.get("rules").map(Node::items).unwrap_or_default().iter().any(|rule| {
        let names = |key: &str, wanted: &str| {
            let items = rule.get(key).map(Node::items).unwrap_or_default();
            items.iter().filter_map(Node::as_str).any(|item| item == "*" || item == wanted)
        };
        names("verbs", "create") && names("resources", resource) && names("apiGroups", group)
    })
}

/// Whether objects of a group are the business of an operator.
fn is_custom(group: &str) -> bool {
    let is_own = ["", "apps", "batch", "autoscaling", "policy"].contains(&group);
    let is_extra = ["gateway.networking.k8s.io", "autoscaling.k8s.io", "snapshot.storage.k8s.io"].contains(&group);
    !is_own && (is_extra || !group.ends_with(".k8s.io"))
}
