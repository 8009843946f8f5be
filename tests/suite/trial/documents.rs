//! An instance as the Kubernetes objects that a cluster would be given.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::instance::{Form, Instance, Selected, Spread, Workload};

/// How the proof calls the pods of a workload.
pub(super) fn type_name(instance: &Instance, index: usize) -> String {
    let kind = match instance.workloads[index].form {
        Form::Deployment { .. } => "Deployment.apps",
        Form::StatefulSet { .. } => "StatefulSet.apps",
        Form::DaemonSet { .. } => "DaemonSet.apps",
        Form::Job => "Job.batch",
    };
    format!("{kind} shop/t{index}")
}

/// All objects, each in one line.
pub(super) fn documents(instance: &Instance) -> Vec<String> {
    let mut all = Vec::new();
    let mut classes = BTreeSet::new();
    for (index, one) in instance.workloads.iter().enumerate() {
        all.push(workload(index, one));
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
    let mut container = json!({
        "name": "main", "image": "example.org/main:1",
        "resources": {
            "requests": { "cpu": format!("{}m", one.cpu), "memory": one.memory.to_string() },
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
    let (api, kind) = match one.form {
        Form::Deployment { .. } => ("apps/v1", "Deployment"),
        Form::StatefulSet { .. } => ("apps/v1", "StatefulSet"),
        Form::DaemonSet { .. } => ("apps/v1", "DaemonSet"),
        Form::Job => ("batch/v1", "Job"),
    };
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
