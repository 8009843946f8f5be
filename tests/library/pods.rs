//! The rules that every pod of the library keeps, whatever its kind.

use vaubanc::View;
use vaubanc::objects::{Node, NodeValue, Object};

use crate::modules;

/// The controllers that are applied, each with its pod template.
fn templates(view: &View) -> Vec<(&Object, &Node)> {
    let applied = view.objects.iter().filter(|object| !object.is_footprint());
    applied
        .filter_map(|object| {
            let template = match object.kind.as_str() {
                "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => object.body.at(&["spec", "template"]),
                "CronJob" => object.body.at(&["spec", "jobTemplate", "spec", "template"]),
                _ => None,
            };
            Some((object, template?))
        })
        .collect()
}

/// Runs a rule over all pods of all modules and fails with everything that breaks it.
fn every_pod(rule: impl Fn(&View, &Object, &Node) -> Vec<String>) {
    let mut faults = Vec::new();
    let mut pods = 0;
    for (name, compilation) in modules() {
        for view in &compilation.views {
            for (object, template) in templates(view) {
                pods += 1;
                let found = rule(view, object, template);
                faults
                    .extend(found.into_iter().map(|fault| format!("{name}: {} {}: {fault}", object.kind, object.name)));
            }
        }
    }
    assert!(pods > 30, "only {pods} pods: the modules no longer cover the library");
    assert!(faults.is_empty(), "{faults:#?}");
}

fn containers(template: &Node) -> impl Iterator<Item = &Node> {
    let list = |key| template.at(&["spec", key]).map(Node::items).unwrap_or_default();
    list("initContainers").iter().chain(list("containers"))
}

fn is(node: Option<&Node>, wanted: &NodeValue) -> bool {
    node.is_some_and(|node| *node == Node::synthetic(wanted.clone()))
}

/// Whether every label of a selector stands on the pod.
fn selects(selector: Option<&Node>, template: &Node) -> bool {
    let wanted = selector.and_then(Node::as_map);
    let labels = template.at(&["metadata", "labels"]);
    wanted.is_some_and(|wanted| {
        wanted.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    })
}

#[test]
fn no_container_takes_what_nobody_counted() {
    every_pod(|_, _, template| {
        let amounts = containers(template).flat_map(|container| {
            ["requests", "limits"].into_iter().flat_map(move |side| {
                ["cpu", "memory", "ephemeral-storage"].into_iter().filter_map(move |resource| {
                    let stated = container.at(&["resources", side, resource]).is_some();
                    (!stated).then(|| format!("no {side}.{resource}"))
                })
            })
        });
        amounts.collect()
    });
}

#[test]
fn no_container_can_escalate() {
    every_pod(|_, _, template| {
        let mut faults = Vec::new();
        if template.at(&["spec", "securityContext", "seccompProfile", "type"]).and_then(Node::as_str)
            != Some("RuntimeDefault")
        {
            faults.push("no seccomp profile".to_owned());
        }
        for container in containers(template) {
            let context = |key: &str| container.at(&["securityContext", key]);
            if !is(context("allowPrivilegeEscalation"), &NodeValue::Bool(false)) {
                faults.push("may escalate".to_owned());
            }
            let dropped =
                container.at(&["securityContext", "capabilities", "drop"]).map(Node::items).unwrap_or_default();
            if dropped.first().and_then(Node::as_str) != Some("ALL") {
                faults.push("keeps capabilities".to_owned());
            }
            if context("readOnlyRootFilesystem").is_none() || context("runAsNonRoot").is_none() {
                faults.push("leaves the root file system or the user open".to_owned());
            }
        }
        faults
    });
}

#[test]
fn a_pod_that_serves_is_watched_by_two_different_questions() {
    every_pod(|_, object, template| {
        if matches!(object.kind.as_str(), "Job" | "CronJob") {
            return Vec::new();
        }
        containers(template)
            .filter_map(|container| {
                let question = |probe: &str| {
                    let probe = container.get(probe)?;
                    ["httpGet", "exec", "tcpSocket"].into_iter().find_map(|way| probe.get(way))
                };
                match (question("livenessProbe"), question("readinessProbe")) {
                    (Some(liveness), Some(readiness)) if liveness != readiness => None,
                    (Some(_), Some(_)) => Some("liveness and readiness ask the same".to_owned()),
                    _ => Some("lacks a probe".to_owned()),
                }
            })
            .collect()
    });
}

#[test]
fn every_pod_has_an_identity_of_its_own_and_no_token_that_it_does_not_need() {
    every_pod(|view, object, template| {
        let account = template.at(&["spec", "serviceAccountName"]).and_then(Node::as_str).unwrap_or("default");
        let known = view.objects.iter().any(|other| {
            other.kind == "ServiceAccount" && other.name == account && other.namespace == object.namespace
        });
        let mut faults = Vec::new();
        if account == "default" || !known {
            faults.push(format!("runs as {account}"));
        }
        let binds = |other: &&Object| {
            matches!(other.kind.as_str(), "RoleBinding" | "ClusterRoleBinding")
                && other.body.get("subjects").map(Node::items).unwrap_or_default().iter().any(|subject| {
                    subject.get("name").and_then(Node::as_str) == Some(account)
                        && subject.get("namespace").and_then(Node::as_str) == object.namespace.as_deref()
                })
        };
        let token = is(template.at(&["spec", "automountServiceAccountToken"]), &NodeValue::Bool(true));
        if token && view.objects.iter().find(binds).is_none() {
            faults.push("holds a token that nothing is allowed to".to_owned());
        }
        faults
    });
}

#[test]
fn nothing_flows_to_or_from_a_pod_that_no_policy_names() {
    every_pod(|view, object, template| {
        let policies =
            view.objects.iter().filter(|other| other.kind == "NetworkPolicy" && other.namespace == object.namespace);
        let closed = policies.filter(|policy| {
            let selector = policy.body.at(&["spec", "podSelector", "matchLabels"]);
            let kinds = policy.body.at(&["spec", "policyTypes"]).map(Node::items).unwrap_or_default();
            selects(selector, template) && kinds.len() == 2
        });
        if closed.count() == 1 {
            Vec::new()
        } else {
            vec!["wants one policy of its own for both directions".to_owned()]
        }
    });
}

#[test]
fn an_image_never_moves() {
    every_pod(|_, _, template| {
        let images = containers(template).filter_map(|container| container.get("image")?.as_str());
        let moving = images.filter(|image| {
            let name = image.rsplit('/').next().unwrap_or(image);
            !name.contains('@') && (!name.contains(':') || name.ends_with(":latest"))
        });
        moving.map(str::to_owned).collect()
    });
}

#[test]
fn a_drain_waits_for_replicas_and_never_for_ever() {
    every_pod(|view, object, template| {
        let replicas = object.body.at(&["spec", "replicas"]).and_then(Node::as_integer);
        let scaled = view.objects.iter().any(|other| {
            other.kind == "HorizontalPodAutoscaler"
                && other.body.at(&["spec", "scaleTargetRef", "name"]).and_then(Node::as_str) == Some(&object.name)
        });
        if scaled && replicas.is_some() {
            return vec!["states replicas that an autoscaler moves".to_owned()];
        }
        let several = scaled || replicas.is_some_and(|replicas| replicas >= 2);
        let budgets = view.objects.iter().filter(|other| {
            other.kind == "PodDisruptionBudget"
                && other.namespace == object.namespace
                && selects(other.body.at(&["spec", "selector", "matchLabels"]), template)
        });
        let budgets: Vec<&Object> = budgets.collect();
        match (several, budgets.as_slice()) {
            (false, []) => Vec::new(),
            (true, [budget]) => {
                let evicts = budget.body.at(&["spec", "unhealthyPodEvictionPolicy"]).and_then(Node::as_str);
                if evicts == Some("AlwaysAllow") {
                    Vec::new()
                } else {
                    vec!["a broken pod blocks its own drain".to_owned()]
                }
            }
            (_, budgets) => vec![format!("{} disruption budgets for {replicas:?} replicas", budgets.len())],
        }
    });
}

#[test]
fn a_stateful_set_has_the_headless_service_that_it_names() {
    every_pod(|view, object, template| {
        if object.kind != "StatefulSet" {
            return Vec::new();
        }
        let name = object.body.at(&["spec", "serviceName"]).and_then(Node::as_str);
        let service = view.objects.iter().find(|other| {
            other.kind == "Service" && Some(other.name.as_str()) == name && other.namespace == object.namespace
        });
        let Some(service) = service else { return vec![format!("no Service {name:?}")] };
        let headless = service.body.at(&["spec", "clusterIP"]).and_then(Node::as_str) == Some("None");
        if headless && selects(service.body.at(&["spec", "selector"]), template) {
            Vec::new()
        } else {
            vec!["its Service is not headless or leads elsewhere".to_owned()]
        }
    });
}
