//! A `ThanosRuler`: one StatefulSet whose pods have a reloader beside the ruler, for the ConfigMaps of the rules that it selects.

use super::super::{copy, has_only, integer, is_absent, list, map, number, stateful_set};
use super::fields::{HARMLESS, OF_PODS, OF_RULER, OF_SETS, READ};
use super::{ask_for_memory, claim, container, metadata, reloader, selector};
use crate::data::{Node, NodeValue};
use crate::objects::Object;

/// The StatefulSet of a ruler. None where it says something that is not read.
pub(super) fn make(owner: &Object, objects: &[Object]) -> Option<Vec<Object>> {
    let spec = owner.body.get("spec")?;
    let known = [OF_PODS.as_slice(), &OF_SETS, &READ, &HARMLESS, &OF_RULER].concat();
    let is_no =
        |field: &str| spec.get(field).is_none_or(|node| matches!(node.value, NodeValue::Bool(false) | NodeValue::Null));
    let spreads = spec.get("topologySpreadConstraints").map(Node::items).unwrap_or_default();
    let adds = spreads.iter().any(|spread| spread.get("additionalLabelSelectors").is_some());
    let is_asked =
        ["queryConfig", "queryEndpoints"].iter().any(|field| spec.get(field).is_some_and(|node| !is_absent(node)));
    // Without anything to ask, the operator makes no ruler.
    if !has_only(spec, &known)
        || ["paused", "hostNetwork", "shards"].iter().any(|field| !is_no(field))
        || adds
        || !is_asked
    {
        return None;
    }
    let replicas = number(spec, "replicas", 1).filter(|number| *number >= 0)?;
    let base = format!("thanos-ruler-{}", owner.name);
    let volume = format!("{base}-data");
    let mut resources = match spec.get("resources").filter(|node| !is_absent(node)) {
        Some(own) if has_only(own, &["requests", "limits"]) => own.clone(),
        Some(_) => return None,
        None => Node::map(),
    };
    ask_for_memory(&mut resources)?;
    let claim = claim(spec, &volume)?;
    let scratch = || {
        map([
            ("name", Node::string(volume.as_str())),
            ("emptyDir", spec.at(&["storage", "emptyDir"]).cloned().unwrap_or_else(Node::map)),
        ])
    };
    let mut pod = map([
        ("terminationGracePeriodSeconds", integer(number(spec, "terminationGracePeriodSeconds", 120)?)),
        ("containers", list([container("thanos-ruler", resources), container("config-reloader", reloader(objects)?)])),
        ("volumes", list(claim.is_none().then(scratch))),
    ]);
    copy(spec, &mut pod, &OF_PODS);
    // The labels of the pods are those that it selects by, but for the version.
    let labels = selector("thanos-ruler", &owner.name, 0);
    let metadata = metadata(spec, &labels)?;
    let mut selected = metadata.get("labels")?.clone();
    selected.as_map_mut()?.shift_remove("app.kubernetes.io/version");
    let policy = spec.get("podManagementPolicy").cloned().unwrap_or_else(|| Node::string("Parallel"));
    let service = spec.get("serviceName").cloned().unwrap_or_else(|| Node::string("thanos-ruler-operated"));
    let mut set = map([
        ("replicas", integer(replicas)),
        ("podManagementPolicy", policy),
        ("serviceName", service),
        ("selector", map([("matchLabels", selected)])),
        ("template", map([("metadata", metadata), ("spec", pod)])),
    ]);
    copy(spec, &mut set, &OF_SETS);
    if let Some(claim) = claim {
        set.as_map_mut()?.insert("volumeClaimTemplates".into(), list([claim]));
    }
    Some(vec![stateful_set(owner, base, set)])
}
