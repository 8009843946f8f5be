//! An instance as the Kubernetes objects that a cluster would be given.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::instance::{Dress, Form, Instance, SIDECAR, Selected, Spread, Workload};

/// How the proof calls the pods of a workload.
pub(super) fn type_name(instance: &Instance, index: usize) -> String {
    let (api, kind) = kind(&instance.workloads[index]);
    format!("{kind}.{} shop/t{index}", api.trim_end_matches("/v1"))
}

/// The API and the kind of a workload.
fn kind(one: &Workload) -> (&'static str, &'static str) {
    match (one.form, one.dress) {
        (Form::Deployment { .. }, _) => ("apps/v1", "Deployment"),
        (Form::StatefulSet { .. }, _) => ("apps/v1", "StatefulSet"),
        (Form::DaemonSet { .. }, _) => ("apps/v1", "DaemonSet"),
        (Form::Job, Dress::Overlapping) => ("batch/v1", "CronJob"),
        (Form::Job, _) => ("batch/v1", "Job"),
    }
}

/// What may double the requests of the pods.
fn raiser(index: usize, one: &Workload) -> Value {
    let (name, (api, kind)) = (format!("t{index}"), kind(one));
    let most = json!({ "cpu": format!("{}m", one.cpu), "memory": one.memory.to_string() });
    json!({
        "apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler",
        "metadata": { "name": name, "namespace": "shop" },
        "spec": {
            "targetRef": { "apiVersion": api, "kind": kind, "name": name },
            "resourcePolicy": { "containerPolicies": [
                { "containerName": "*", "maxAllowed": most, "controlledValues": "RequestsOnly" },
            ] },
        },
    })
}

/// What is added to the pods that ask for it: a sidecar, and something that runs before the others.
fn proxy() -> Value {
    let requests = json!({ "cpu": format!("{}m", SIDECAR.0), "memory": SIDECAR.1.to_string() });
    let image = "example.org/proxy:1";
    json!({
        "apiVersion": "v1", "kind": "PodTemplate",
        "metadata": { "name": "proxy", "namespace": "shop", "annotations": { "vauban.dev/injects": "istio" } },
        "template": { "spec": { "containers": [], "initContainers": [
            { "name": "prepare", "image": image },
            { "name": "proxy", "image": image, "restartPolicy": "Always", "resources": {
                "requests": requests, "limits": { "memory": SIDECAR.1.to_string() },
            } },
        ] } },
    })
}

/// Runs of a job so that as many pods as these may be there at once.
fn runs(spec: &mut Value, pods: u8) {
    let job = spec.take();
    let (schedule, policy, at_once) = match pods {
        // The run of an hour ago takes nearly an hour, one came late, and in autumn the clocks repeat one.
        3 => ("@hourly", "Allow", 3),
        // What is replaced still terminates.
        _ if pods.is_multiple_of(2) => ("* * * * *", "Replace", 2),
        _ => ("* * * * *", "Forbid", 1),
    };
    *spec = json!({ "schedule": schedule, "concurrencyPolicy": policy, "jobTemplate": { "spec": job } });
    spec["jobTemplate"]["spec"]["parallelism"] = json!(pods / at_once);
    spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] = json!(3000);
}

/// All objects, each in one line.
pub(super) fn documents(instance: &Instance) -> Vec<String> {
    let mut all = Vec::new();
    let mut classes = BTreeSet::new();
    for (index, one) in instance.workloads.iter().enumerate() {
        all.push(workload(index, one));
        if one.dress == Dress::Raised {
            all.push(raiser(index, one));
        }
        if one.most > one.least {
            all.push(autoscaler(index, one));
        }
        if let Some(keeps) = one.keeps {
            all.push(json!({
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                "metadata": { "name": format!("t{index}"), "namespace": "shop" },
                "spec": { "minAvailable": keeps, "selector": { "matchLabels": { "app": format!("t{index}") } } },
            }));
        }
        if one.priority > 0 || !one.preempts {
            classes.insert((one.priority, one.preempts));
        }
    }
    if instance.workloads.iter().any(|one| one.dress == Dress::Injected) {
        all.push(proxy());
    }
    for (priority, preempts) in classes {
        let policy = if preempts { "PreemptLowerPriority" } else { "Never" };
        all.push(json!({
            "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
            "metadata": { "name": class_name(priority, preempts) },
            "value": i64::from(priority) * 100, "preemptionPolicy": policy,
        }));
    }
    all.iter().map(Value::to_string).collect()
}

fn class_name(priority: u8, preempts: bool) -> String {
    format!("level-{priority}{}", if preempts { "" } else { "-never" })
}

fn autoscaler(index: usize, one: &Workload) -> Value {
    let name = format!("t{index}");
    json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": { "name": name, "namespace": "shop" },
        "spec": {
            "minReplicas": one.least, "maxReplicas": one.most,
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": name },
        },
    })
}

fn selector(index: usize, selected: Selected) -> Value {
    match selected {
        Selected::Own => json!({ "matchLabels": { "app": format!("t{index}") } }),
        Selected::Group(group) => json!({ "matchLabels": { "group": format!("g{group}") } }),
    }
}

fn constraint(index: usize, spread: Spread) -> Value {
    let policy = |honours: bool| if honours { "Honor" } else { "Ignore" };
    let key = if spread.over_zones { "topology.kubernetes.io/zone" } else { "kubernetes.io/hostname" };
    let mut all = json!({
        "maxSkew": spread.skew, "topologyKey": key, "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": selector(index, spread.over),
        "nodeTaintsPolicy": policy(spread.honours_taints), "nodeAffinityPolicy": policy(spread.honours_affinity),
    });
    if let Some(least) = spread.least_domains {
        all["minDomains"] = json!(least);
    }
    if spread.by_revision {
        all["matchLabelKeys"] = json!(["pod-template-hash"]);
    }
    all
}

fn template(index: usize, one: &Workload) -> Value {
    let name = format!("t{index}");
    let mut labels = json!({ "app": name });
    if let Some(group) = one.group {
        labels["group"] = json!(format!("g{group}"));
    }
    let (cpu, memory) = match one.dress {
        Dress::Raised => (one.cpu / 2, one.memory / 2),
        Dress::Injected => (one.cpu - SIDECAR.0, one.memory - SIDECAR.1),
        Dress::Plain | Dress::Overlapping => (one.cpu, one.memory),
    };
    if one.dress == Dress::Injected {
        labels["sidecar.istio.io/inject"] = json!("true");
    }
    let mut container = json!({
        "name": "main", "image": "example.org/main:1",
        "resources": {
            "requests": { "cpu": format!("{cpu}m"), "memory": memory.to_string() },
            "limits": { "memory": one.memory.max(1000).to_string() },
        },
    });
    if let Some(port) = one.port {
        container["ports"] = json!([{ "containerPort": port, "hostPort": port }]);
    }
    if one.has_claims() {
        container["volumeMounts"] = json!([{ "name": "data", "mountPath": "/data" }]);
    }
    let mut spec = json!({ "containers": [container] });
    if one.priority > 0 || !one.preempts {
        spec["priorityClassName"] = json!(class_name(one.priority, one.preempts));
    }
    if one.tolerates {
        spec["tolerations"] = json!([{ "key": "dedicated", "operator": "Exists" }]);
    }
    if let Some(tiers) = &one.tiers {
        let tiers: Vec<String> = tiers.iter().map(u8::to_string).collect();
        if let [tier] = tiers.as_slice() {
            spec["nodeSelector"] = json!({ "tier": tier });
        } else {
            let terms = json!([{ "matchExpressions": [{ "key": "tier", "operator": "In", "values": tiers }] }]);
            spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
                json!({ "nodeSelectorTerms": terms });
        }
    }
    if let Some(apart) = one.apart {
        spec["affinity"]["podAntiAffinity"] = json!({ "requiredDuringSchedulingIgnoredDuringExecution": [
            { "topologyKey": "kubernetes.io/hostname", "labelSelector": selector(index, apart) },
        ] });
    }
    if let Some(spread) = one.spread {
        spec["topologySpreadConstraints"] = json!([constraint(index, spread)]);
    }
    if one.form == Form::Job {
        spec["restartPolicy"] = json!("Never");
    }
    json!({ "metadata": { "labels": labels }, "spec": spec })
}

fn workload(index: usize, one: &Workload) -> Value {
    let name = format!("t{index}");
    let mut spec = json!({ "template": template(index, one) });
    let selector = json!({ "matchLabels": { "app": name } });
    let (api, kind) = kind(one);
    match one.form {
        Form::Deployment { surge, unavailable, recreates } => {
            let rolling = json!({ "maxSurge": surge, "maxUnavailable": unavailable });
            spec["strategy"] = if recreates {
                json!({ "type": "Recreate" })
            } else {
                json!({ "type": "RollingUpdate", "rollingUpdate": rolling })
            };
        }
        Form::StatefulSet { claims, parallel } => {
            spec["serviceName"] = json!(name);
            if parallel {
                spec["podManagementPolicy"] = json!("Parallel");
            }
            if claims {
                spec["volumeClaimTemplates"] = json!([{
                    "metadata": { "name": "data" },
                    "spec": {
                        "accessModes": ["ReadWriteOnce"], "storageClassName": "local-path",
                        "resources": { "requests": { "storage": "1000" } },
                    },
                }]);
            }
        }
        Form::DaemonSet { surge } => {
            let unavailable = u8::from(surge == 0);
            spec["updateStrategy"] = json!({ "rollingUpdate": { "maxSurge": surge, "maxUnavailable": unavailable } });
        }
        Form::Job if one.dress == Dress::Overlapping => runs(&mut spec, one.most),
        Form::Job => {
            spec["parallelism"] = json!(one.most);
        }
    }
    match one.form {
        Form::Deployment { .. } | Form::StatefulSet { .. } => {
            // What has an autoscaler says no replicas.
            if one.most == one.least {
                spec["replicas"] = json!(one.least);
            }
            spec["selector"] = selector;
        }
        Form::DaemonSet { .. } => spec["selector"] = selector,
        Form::Job => {}
    }
    let mut metadata = json!({ "name": name, "namespace": "shop" });
    if one.wave > 0 {
        metadata["annotations"] = json!({ "argocd.argoproj.io/sync-wave": one.wave.to_string() });
    }
    json!({ "apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec })
}
