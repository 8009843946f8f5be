//! The closed world: nothing makes or changes pods but what is known to, or what a footprint stands for.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::value::{Checked, Identity, Reading, Value};

/// An object, and where it comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) object: &'a Value,
    pub(crate) is_footprint: bool,
    /// Whether it belongs to the environment itself and not to one beside it.
    pub(crate) is_own: bool,
}

impl<'a> Source<'a> {
    /// The template of its pods, where it makes any.
    pub(crate) fn template(&self) -> Option<&'a Value> {
        match (self.identity.group.as_str(), self.identity.kind.as_str()) {
            ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") | ("batch", "Job") => {
                Some(self.object.at("spec.template"))
            }
            ("batch", "CronJob") => Some(self.object.at("spec.jobTemplate.spec.template")),
            ("", "Pod") => Some(self.object),
            _ => None,
        }
    }

    /// The name of the object that it stands for, where it is a footprint.
    pub(crate) fn stands_for(&self) -> Checked<Option<&'a str>> {
        if self.is_footprint { self.object.annotation("vauban.dev/stands-for") } else { Ok(None) }
    }
}

/// The objects of a kind.
pub(crate) fn pick<'a, 's>(sources: &'s [Source<'a>], group: &str, kind: &str) -> impl Iterator<Item = &'s Source<'a>> {
    sources.iter().filter(move |source| source.identity.is(group, kind))
}

/// Whether objects of a kind, which has no template of its own, are known to make no pods.
fn makes_none(identity: &Identity) -> bool {
    let kind = identity.kind.as_str();
    match identity.group.as_str() {
        "" => !["ReplicationController", "List"].contains(&kind),
        "apps" | "batch" | "autoscaling" | "policy" => true,
        "cert-manager.io" | "acme.cert-manager.io" | "kyverno.io" | "policies.kyverno.io" => true,
        "external-secrets.io" | "bitnami.com" | "cilium.io" | "traefik.io" => true,
        "networking.istio.io" | "security.istio.io" => true,
        // Of these groups, other kinds than the ones named make pods or jobs.
        "argoproj.io" => ["AppProject", "Application", "ApplicationSet"].contains(&kind),
        "keda.sh" => ["ClusterTriggerAuthentication", "ScaledObject", "TriggerAuthentication"].contains(&kind),
        "monitoring.coreos.com" => {
            let kinds =
                ["AlertmanagerConfig", "PodMonitor", "Probe", "PrometheusRule", "ScrapeConfig", "ServiceMonitor"];
            kinds.contains(&kind)
        }
        "gateway.networking.k8s.io" => kind != "Gateway",
        group => group.ends_with(".k8s.io"),
    }
}

/// Holds that what is there is all that makes pods.
pub(crate) fn check(sources: &[Source]) -> Checked<()> {
    let (mut seen, mut stood) = (BTreeSet::new(), BTreeSet::new());
    let mut spaces = BTreeMap::new();
    for source in sources {
        if !seen.insert(source.identity) {
            return Err(format!("`{}` is there twice", source.identity.title()));
        }
        stood.extend(source.stands_for()?);
        if source.identity.is("", "Namespace") {
            spaces.insert(source.identity.name.as_str(), source.object);
        }
        let mode = source.object.at("spec.updatePolicy.updateMode");
        if source.identity.kind == "VerticalPodAutoscaler" && mode != "Off" {
            return Err(format!("`{}` changes what pods request", source.identity.title()));
        }
    }
    for source in sources {
        let title = source.identity.title();
        match source.template() {
            Some(template) => {
                if let Some(key) = injected(template, spaces.get(source.identity.namespace.as_str()).copied())? {
                    return Err(format!("`{key}` adds containers to the pods of `{title}`, which nothing describes"));
                }
            }
            None if makes_none(source.identity) || stood.contains(title.as_str()) => {}
            None => return Err(format!("`{title}` may make pods, and no footprint stands for it")),
        }
    }
    Ok(())
}

/// The label or annotation for which something adds containers to the pods of a template.
fn injected(template: &Value, space: Option<&Value>) -> Checked<Option<&'static str>> {
    const ISTIO: &str = "sidecar.istio.io/inject";
    const LINKERD: &str = "linkerd.io/inject";
    let all = |object: Option<&Value>, key: &str| -> Checked<Vec<String>> {
        let Some(object) = object else { return Ok(Vec::new()) };
        let label = object.labels("metadata.labels")?.get(key).map(|value| (*value).to_owned());
        Ok(label.into_iter().chain(object.annotation(key)?.map(str::to_owned)).collect())
    };
    let says = |object, key, values: &[&str]| {
        Ok::<_, String>(all(object, key)?.iter().any(|value| values.is_empty() || values.contains(&value.as_str())))
    };
    let pod = Some(template);
    let is_on = |key| says(pod, key, &["true", "enabled", "ingress"]);
    let is_off = |key| says(pod, key, &["false", "disabled"]);
    for key in [ISTIO, "vault.hashicorp.com/agent-inject", LINKERD] {
        if is_on(key)? {
            return Ok(Some(key));
        }
    }
    for (key, values, switch) in [
        ("istio.io/rev", &[][..], ISTIO),
        ("istio-injection", &["enabled"], ISTIO),
        (LINKERD, &["enabled", "ingress"], LINKERD),
    ] {
        let is_meant = says(space, key, values)? || key == "istio.io/rev" && says(pod, key, values)?;
        if is_meant && !is_off(switch)? {
            return Ok(Some(key));
        }
    }
    Ok(None)
}
