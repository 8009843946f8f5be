//! The closed world: nothing makes or changes pods but what is known to, or what a footprint stands for.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::value::{Checked, Identity, NULL, Reading, Value, refuse};

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
    sources.iter().filter(move |source| source.identity.group == group && source.identity.kind == kind)
}

/// Groups of which only these kinds make no pods, every kind (`*`), or every kind but these (`!`).
const POD_FREE: [(&str, &str); 18] = [
    ("", "! ReplicationController List"),
    ("apps", "*"),
    ("batch", "*"),
    ("autoscaling", "*"),
    ("policy", "*"),
    ("cert-manager.io", "*"),
    ("acme.cert-manager.io", "*"),
    ("kyverno.io", "*"),
    ("policies.kyverno.io", "*"),
    ("external-secrets.io", "*"),
    ("bitnami.com", "*"),
    ("cilium.io", "*"),
    ("traefik.io", "*"),
    ("networking.istio.io", "*"),
    ("security.istio.io", "*"),
    ("argoproj.io", "AppProject Application ApplicationSet"),
    ("keda.sh", "ClusterTriggerAuthentication ScaledObject TriggerAuthentication"),
    ("monitoring.coreos.com", "AlertmanagerConfig PodMonitor Probe PrometheusRule ScrapeConfig ServiceMonitor"),
];

/// Whether objects of a kind, which has no template of its own, are known to make no pods.
fn makes_none(identity: &Identity) -> bool {
    let kinds = POD_FREE.iter().find(|(group, _)| *group == identity.group).map(|(_, kinds)| *kinds);
    let is_listed = kinds.is_some_and(|kinds| kinds.split(' ').any(|kind| kind == identity.kind));
    match kinds {
        Some("*") => true,
        Some(kinds) => is_listed != kinds.starts_with('!'),
        None if identity.group == "gateway.networking.k8s.io" => identity.kind != "Gateway",
        None => identity.group.ends_with(".k8s.io"),
    }
}

/// Holds that what is there is all that makes pods.
pub(crate) fn check(sources: &[Source]) -> Checked<()> {
    let (mut seen, mut stood) = (BTreeSet::new(), BTreeSet::new());
    for source in sources {
        refuse(!seen.insert(source.identity), || format!("`{}` is there twice", source.identity.title()))?;
        stood.extend(source.stands_for()?);
    }
    let spaces = pick(sources, "", "Namespace").map(|space| (space.identity.name.as_str(), space.object));
    let spaces: BTreeMap<&str, &Value> = spaces.collect();
    for source in sources {
        let title = source.identity.title();
        let is_changing = source.object.at("spec.updatePolicy.updateMode") != "Off";
        refuse(source.identity.kind == "VerticalPodAutoscaler" && is_changing, || {
            format!("`{title}` changes what pods request")
        })?;
        let space = spaces.get(source.identity.namespace.as_str()).copied().unwrap_or(&NULL);
        let injector = source.template().and_then(|template| injected(template, space));
        refuse(injector.is_some(), || {
            format!("{injector:?} adds containers to the pods of `{title}`, which nothing describes")
        })?;
        let is_known = source.template().is_some() || makes_none(source.identity) || stood.contains(title.as_str());
        refuse(!is_known, || format!("`{title}` may make pods, and no footprint stands for it"))?;
    }
    Ok(())
}

/// The label or annotation for which something adds containers to the pods of a template.
fn injected(template: &Value, space: &Value) -> Option<&'static str> {
    const ISTIO: &str = "sidecar.istio.io/inject";
    const LINKERD: &str = "linkerd.io/inject";
    let says = |object: &Value, key: &str, values: &[&str]| {
        let texts = ["labels", "annotations"].map(|map| object["metadata"][map][key].as_str());
        texts.into_iter().flatten().any(|text| values.is_empty() || values.contains(&text))
    };
    // Where it may stand, the key, the values that count (any where there are none), and what turns it off.
    let injectors: [(&Value, &str, &[&str], &str); 7] = [
        (template, ISTIO, &["true"], ""),
        (template, "vault.hashicorp.com/agent-inject", &["true"], ""),
        (template, LINKERD, &["enabled", "ingress"], ""),
        (template, "istio.io/rev", &[], ISTIO),
        (space, "istio.io/rev", &[], ISTIO),
        (space, "istio-injection", &["enabled"], ISTIO),
        (space, LINKERD, &["enabled", "ingress"], LINKERD),
    ];
    let is_on = |(object, key, values, switch): &(&Value, &str, &[&str], &str)| {
        says(object, key, values) && !says(template, switch, &["false", "disabled"])
    };
    injectors.into_iter().find(is_on).map(|(_, key, ..)| key)
}
