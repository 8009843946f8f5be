//! An ordinary platform as the Kubernetes objects that a cluster would be given.

use serde_json::{Value, json};

use super::platform::{Form, Key, Platform, Spread, Term, Volume, Workload};

/// All objects, each in one line.
pub(super) fn documents(platform: &Platform) -> Vec<String> {
    let mut all = Vec::new();
    for (index, one) in platform.workloads.iter().enumerate() {
        all.push(workload(index, one));
        if one.most > one.least {
            all.push(autoscaler(index, one));
        }
        if one.has_object() {
            all.push(claim(index, one));
        }
        if let Some(lets_go) = one.lets_go {
            all.push(json!({
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata(index),
                "spec": { "maxUnavailable": lets_go, "selector": labels(index) },
            }));
        }
    }
    for priority in 1..=2 {
        if platform.workloads.iter().any(|one| one.priority == priority) {
            all.push(json!({
                "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
                "metadata": { "name": format!("level-{priority}") }, "value": i64::from(priority) * 100,
            }));
        }
    }
    all.iter().map(Value::to_string).collect()
}

fn metadata(index: usize) -> Value {
    json!({ "name": format!("t{index}"), "namespace": "shop" })
}

fn labels(index: usize) -> Value {
    json!({ "matchLabels": { "app": format!("t{index}") } })
}

fn key(key: Key) -> &'static str {
    match key {
        Key::Host => "kubernetes.io/hostname",
        Key::Zone => "topology.kubernetes.io/zone",
    }
}

fn storage_class(volume: Volume) -> &'static str {
    match volume {
        Volume::Zonal => "gp3",
        Volume::Free => "files",
        Volume::Local => "local-path",
    }
}

fn autoscaler(index: usize, one: &Workload) -> Value {
    json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata(index),
        "spec": {
            "minReplicas": one.least, "maxReplicas": one.most,
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": format!("t{index}") },
        },
    })
}

/// A volume of several pods on several nodes is one that many nodes may mount.
fn claim(index: usize, one: &Workload) -> Value {
    let mode = if one.most + one.surge() > 1 { "ReadWriteMany" } else { "ReadWriteOnce" };
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata(index), "spec": volume(one, mode),
    })
}

fn volume(one: &Workload, mode: &str) -> Value {
    json!({
        "accessModes": [mode], "storageClassName": one.volume.map(storage_class),
        "resources": { "requests": { "storage": "1Gi" } },
    })
}

fn spread(index: usize, one: Spread) -> Value {
    let mut all = json!({
        "maxSkew": one.skew, "topologyKey": key(one.key), "whenUnsatisfiable": "DoNotSchedule", "labelSelector": labels(index),
    });
    if one.honours_taints {
        all["nodeTaintsPolicy"] = json!("Honor");
    }
    if let Some(least) = one.least_domains {
        all["minDomains"] = json!(least);
    }
    if one.by_revision {
        all["matchLabelKeys"] = json!(["pod-template-hash"]);
    }
    all
}

fn term(one: &Term) -> Value {
    json!({ "topologyKey": key(one.key), "labelSelector": labels(one.to) })
}

fn template(index: usize, one: &Workload) -> Value {
    let memory = one.memory.to_string();
    let mut container = json!({
        "name": "main", "image": "example.org/main:1",
        "resources": { "requests": { "cpu": format!("{}m", one.cpu), "memory": memory }, "limits": { "memory": memory } },
    });
    if one.gpus > 0 {
        container["resources"]["limits"]["nvidia.com/gpu"] = json!(one.gpus.to_string());
    }
    if one.volume.is_some() {
        container["volumeMounts"] = json!([{ "name": "data", "mountPath": "/data" }]);
    }
    let mut spec = json!({ "containers": [container] });
    match one.priority {
        0 => {}
        3 => spec["priorityClassName"] = json!("system-node-critical"),
        level => spec["priorityClassName"] = json!(format!("level-{level}")),
    }
    if one.tolerates {
        spec["tolerations"] = json!([{ "key": "dedicated", "operator": "Exists" }]);
    }
    if let Some(tier) = one.tier {
        spec["nodeSelector"] = json!({ "tier": tier.to_string() });
    }
    if let Some(zones) = &one.zones {
        let zones: Vec<String> = zones.iter().map(|zone| format!("z{zone}")).collect();
        let within = json!([{ "key": "topology.kubernetes.io/zone", "operator": "In", "values": zones }]);
        spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!({ "nodeSelectorTerms": [{ "matchExpressions": within }] });
    }
    if !one.apart.is_empty() {
        spec["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            one.apart.iter().map(term).collect();
    }
    if let Some(company) = &one.company {
        spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = json!([term(company)]);
    }
    let mut spreads: Vec<Value> = one.spreads.iter().map(|hard| spread(index, *hard)).collect();
    if one.has_soft_spread {
        spreads.push(json!({
            "maxSkew": 1, "topologyKey": "topology.kubernetes.io/region", "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": labels(index),
        }));
    }
    if !spreads.is_empty() {
        spec["topologySpreadConstraints"] = json!(spreads);
    }
    if one.has_object() {
        spec["volumes"] = json!([{ "name": "data", "persistentVolumeClaim": { "claimName": format!("t{index}") } }]);
    }
    json!({ "metadata": { "labels": { "app": format!("t{index}") } }, "spec": spec })
}

fn workload(index: usize, one: &Workload) -> Value {
    let mut spec = json!({ "template": template(index, one), "selector": labels(index) });
    let kind = match one.form {
        Form::Deployment { surge, unavailable, recreates } => {
            let rolling = json!({ "maxSurge": surge, "maxUnavailable": unavailable });
            spec["strategy"] = match recreates {
                true => json!({ "type": "Recreate" }),
                false => json!({ "type": "RollingUpdate", "rollingUpdate": rolling }),
            };
            "Deployment"
        }
        Form::StatefulSet { parallel } => {
            spec["serviceName"] = json!(format!("t{index}"));
            if parallel {
                spec["podManagementPolicy"] = json!("Parallel");
            }
            if one.volume.is_some() {
                spec["volumeClaimTemplates"] =
                    json!([{ "metadata": { "name": "data" }, "spec": volume(one, "ReadWriteOnce") }]);
            }
            "StatefulSet"
        }
        Form::DaemonSet { surge } => {
            let (surge, unavailable) = (u8::from(surge), u8::from(!surge));
            spec["updateStrategy"] = json!({ "rollingUpdate": { "maxSurge": surge, "maxUnavailable": unavailable } });
            "DaemonSet"
        }
    };
    // What has an autoscaler says no replicas.
    if !one.is_daemon() && one.most == one.least {
        spec["replicas"] = json!(one.least);
    }
    json!({ "apiVersion": "apps/v1", "kind": kind, "metadata": metadata(index), "spec": spec })
}
