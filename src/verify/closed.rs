//! The closed world: nothing makes or changes pods but what is known to, or what a footprint stands for.

use std::collections::BTreeSet;

use crate::manifests::{Checked, Identity, Reading, Value, refuse};

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
            ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet")
            | ("batch", "Job")
            | ("", "ReplicationController") => Some(self.object.at("spec.template")),
            ("batch", "CronJob") => Some(self.object.at("spec.jobTemplate.spec.template")),
            ("", "Pod") => Some(self.object),
            _ => None,
        }
    }

    /// Its namespace, kind and name.
    pub(crate) fn target(&self) -> [&'a str; 3] {
        [&self.identity.namespace, &self.identity.kind, &self.identity.name]
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

/// Groups of which no kind makes pods but those with a template.
const POD_FREE: &str = "apps batch autoscaling policy cert-manager.io acme.cert-manager.io kyverno.io policies.kyverno.io \
                        external-secrets.io bitnami.com cilium.io traefik.io networking.istio.io security.istio.io \
                        karpenter.sh karpenter.k8s.aws";

/// Whether objects of a kind, which has no template of its own, are known to make no pods.
fn makes_none(Identity { group, kind, .. }: &Identity) -> bool {
    match (group.as_str(), kind.as_str()) {
        (_, kind) if kind.ends_with("List") => false,
        ("", _) => true,
        ("argoproj.io", kind) => ["AppProject", "Application", "ApplicationSet"].contains(&kind),
        ("keda.sh", kind) => ["ClusterTriggerAuthentication", "ScaledObject", "TriggerAuthentication"].contains(&kind),
        ("monitoring.coreos.com", "AlertmanagerConfig" | "PodMonitor" | "Probe") => true,
        ("monitoring.coreos.com", "PrometheusRule" | "ScrapeConfig" | "ServiceMonitor") => true,
        ("gateway.networking.k8s.io", kind) => kind != "Gateway",
        (group, _) => group.ends_with(".k8s.io") || POD_FREE.split(' ').any(|free| free == group),
    }
}

/// Images, and what they are told, of which it is known that they make pods of others.
const OPERATORS: [(&str, &str); 3] =
    [("longhorn-manager", "daemon"), ("longhorn-manager", "deploy-driver"), ("rook/ceph", "operator")];

fn makes_others(template: &Value) -> bool {
    let mut containers = template["spec"]["containers"].as_array().into_iter().flatten();
    containers.any(|container| {
        let image = container["image"].as_str().unwrap_or_default().split('@').next().unwrap_or_default();
        let path = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(image, |(path, _)| path);
        let words = ["command", "args"].into_iter().filter_map(|key| container[key].as_array()).flatten();
        let words: Vec<&str> = words.filter_map(Value::as_str).collect();
        let is_it = |end: &str| format!("/{path}").ends_with(&format!("/{end}"));
        OPERATORS.iter().any(|(end, word)| is_it(end) && words.contains(word))
    })
}

/// Holds that what is there is all that makes pods; where that is not claimed, that nothing is there twice.
pub(crate) fn check(sources: &[Source], is_partial: bool) -> Checked<()> {
    let stood = sources.iter().map(Source::stands_for).collect::<Checked<BTreeSet<_>>>()?;
    let mut seen = BTreeSet::new();
    for source in sources {
        let title = source.identity.title();
        refuse(!seen.insert(source.identity), || format!("`{title}` is there twice"))?;
        let is_known = source.template().is_some() || makes_none(source.identity) || stood.contains(&Some(&*title));
        refuse(!is_known && !is_partial, || format!("`{title}` may make pods, and no footprint stands for it"))?;
        let makes_others = source.template().is_some_and(makes_others) && !stood.contains(&Some(&*title));
        refuse(makes_others && !is_partial, || {
            format!("`{title}` makes pods of others, and no footprint stands for it")
        })?;
    }
    Ok(())
}

/// What turns an injector on: of the template or its namespace, labels or annotations, the key and its values, if any.
type Switch = (&'static str, bool, &'static [&'static str], &'static str, &'static [&'static str]);

const INJECTORS: [Switch; 7] = [
    ("istio", false, &["labels", "annotations"], ISTIO, &["true"]),
    ("istio", false, &["labels"], "istio.io/rev", &[]),
    ("istio", true, &["labels"], "istio.io/rev", &[]),
    ("istio", true, &["labels"], "istio-injection", &["enabled"]),
    ("linkerd", false, &["annotations"], LINKERD, &["enabled", "ingress"]),
    ("linkerd", true, &["annotations"], LINKERD, &["enabled", "ingress"]),
    ("vault", false, &["annotations"], "vault.hashicorp.com/agent-inject", &["true"]),
];
const ISTIO: &str = "sidecar.istio.io/inject";
const LINKERD: &str = "linkerd.io/inject";

/// Annotations by which a template has other containers added than everybody else begin with one of these.
const OWN_PROXIES: &str = "sidecar.istio.io/proxy inject.istio.io/templates config.linkerd.io/proxy- \
                           vault.hashicorp.com/agent-requests vault.hashicorp.com/agent-limits";

/// What injectors add to a template's pods in a namespace: of each the specification of pods that its footprint states.
pub(crate) fn injected<'a>(sources: &[Source<'a>], template: &Value, space: &Value) -> Checked<Vec<&'a Value>> {
    let says = |object: &Value, maps: &[&str], key: &str, values: &[&str]| {
        let mut texts = maps.iter().filter_map(|map| object["metadata"][map][key].as_str());
        texts.any(|text| values.is_empty() || values.contains(&text))
    };
    let istio = |value: &str| says(template, &["labels", "annotations"], ISTIO, &[value]);
    refuse(istio("true") && istio("false"), || format!("`{ISTIO}` is both true and false"))?;
    let is_on = |(name, is_above, maps, key, values): &&Switch| {
        let linkerd = says(template, &["annotations"], LINKERD, &["disabled"]);
        let is_off = *name == "istio" && istio("false") || *name == "linkerd" && linkerd;
        says(if *is_above { space } else { template }, maps, key, values) && !is_off
    };
    let names: BTreeSet<&str> = INJECTORS.iter().filter(is_on).map(|(name, ..)| *name).collect();
    let mut added = Vec::new();
    for name in &names {
        let describes = |one: &&Source| one.object.annotation("vauban.dev/injects") == Ok(Some(name));
        let described = pick(sources, "", "PodTemplate").filter(|one| one.is_footprint).filter(describes);
        let [one] = described.collect::<Vec<_>>()[..] else {
            return Err(format!("`{name}` adds containers to its pods, and not exactly one footprint says which"));
        };
        added.push(one.object.at("template.spec"));
    }
    for (key, _) in [template, space].map(|one| one.entries("metadata.annotations")).into_iter().flatten().flatten() {
        let is_own = !added.is_empty() && OWN_PROXIES.split(' ').any(|prefix| key.starts_with(prefix));
        refuse(is_own, || format!("the annotation `{key}` changes what is added to its pods"))?;
    }
    Ok(added)
}
