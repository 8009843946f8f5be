//! What pods may have that this version cannot account for: a proof that passed it over would be none.

use crate::data::{Node, NodeValue};
use crate::fit::evidence::reason::Strange;
use crate::objects::Object;
use crate::objects::extended::is_extended;

/// Drivers of inline volumes that write files of secrets and certificates on any node, and hold no capacity:
/// the Secrets Store driver, cert-manager's own and that of SPIFFE.
const PLAIN_DRIVERS: [&str; 4] =
    ["secrets-store.csi.k8s.io", "csi.cert-manager.io", "spiffe.csi.cert-manager.io", "csi.spiffe.io"];

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key).and_then(Node::as_str)
}

fn filled(node: &Node, key: &str) -> bool {
    node.get(key).is_some_and(|list| !list.items().is_empty())
}

/// What this version cannot account for.
pub(crate) fn unknown(spec: &Node) -> Option<Strange> {
    if spec.get("nodeName").is_some_and(|node| node.as_str().is_some_and(|name| !name.is_empty())) {
        return Some(Strange::NodeName);
    }
    if text(spec, "schedulerName").is_some_and(|name| !name.is_empty() && name != "default-scheduler") {
        return Some(Strange::Scheduler);
    }
    for key in ["schedulingGates", "resourceClaims"] {
        if filled(spec, key) {
            return Some(Strange::Field(key));
        }
    }
    if text(spec, "runtimeClassName").is_some_and(|name| !name.is_empty()) {
        return Some(Strange::RuntimeClass);
    }
    if spec.get("priority").is_some_and(|node| node.as_integer().is_some()) {
        return Some(Strange::Priority);
    }
    let terms =
        spec.at(&["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"]);
    let terms = terms.map(Node::items).unwrap_or_default();
    if terms.iter().any(|term| !filled(term, "matchFields") && !filled(term, "matchExpressions")) {
        return Some(Strange::EmptyTerm);
    }
    if terms.iter().any(|term| filled(term, "matchFields")) {
        return Some(Strange::MatchFields);
    }
    let known = [
        "name",
        "configMap",
        "secret",
        "emptyDir",
        "projected",
        "downwardAPI",
        "hostPath",
        "persistentVolumeClaim",
        "csi",
        "ephemeral",
        // What needs no disk of the node, and no room that the scheduler counts: `NodeVolumeLimits` looks at claims and at
        // what is migrated to CSI, `VolumeRestrictions` at disks of clouds, iSCSI and RBD
        // (`pkg/scheduler/framework/plugins/{nodevolumelimits,volumerestrictions}`).
        "nfs",
        "image",
    ];
    for volume in spec.get("volumes").map(Node::items).unwrap_or_default() {
        let strange = volume.as_map().and_then(|map| map.keys().find(|key| !known.contains(&key.as_ref())));
        if let Some(kind) = strange {
            return Some(Strange::Volume(kind.to_string()));
        }
        let is_empty =
            |node: &Node| !matches!(node.value, NodeValue::Null) && node.get("volumeClaimTemplate").is_none();
        if volume.get("ephemeral").is_some_and(is_empty) {
            return Some(Strange::Volume("ephemeral".to_owned()));
        }
        let driver = volume.get("csi").filter(|node| !matches!(node.value, NodeValue::Null));
        let driver = driver.map(|csi| text(csi, "driver").unwrap_or_default());
        if let Some(driver) = driver.filter(|driver| !PLAIN_DRIVERS.contains(driver)) {
            return Some(Strange::Driver(driver.to_owned()));
        }
    }
    let lists = ["containers", "initContainers"].into_iter().filter_map(|list| spec.get(list)).flat_map(Node::items);
    for holder in lists.chain([spec]) {
        for part in ["requests", "limits"] {
            let stated = holder.at(&["resources", part]).and_then(Node::as_map);
            let counted = ["cpu", "memory", "ephemeral-storage"];
            // A pod as a whole states none that is extended; of huge pages later versions count it.
            let is_whole = std::ptr::eq(holder, spec);
            let is_counted = |key: &str| counted.contains(&key) || is_extended(key) && !is_whole;
            let strange = stated.and_then(|map| map.keys().find(|key| !is_counted(key)));
            if let Some(resource) = strange {
                return Some(Strange::Resource(resource.to_string()));
            }
            // The API server makes 0 of it, and no default fills it.
            let empty = stated.and_then(|map| map.iter().find(|(_, node)| matches!(node.value, NodeValue::Null)));
            if let Some((resource, _)) = empty {
                return Some(Strange::NullAmount { resource: resource.to_string(), part });
            }
        }
    }
    None
}

/// A label or a selector that is null, of which the API server makes an empty text.
pub(crate) fn null_label(node: &Node) -> Option<Strange> {
    let nested = node.items().iter().find_map(null_label);
    nested.or_else(|| {
        node.as_map().into_iter().flatten().find_map(|(key, value)| {
            let is_of_texts = ["labels", "matchLabels", "nodeSelector"].contains(&key.as_ref());
            let mut texts = value.as_map().into_iter().flatten().filter(|_| is_of_texts);
            let null = texts.find(|(_, text)| matches!(text.value, NodeValue::Null));
            null.map(|(label, _)| Strange::NullLabel { label: label.to_string(), key: key.to_string() })
                .or_else(|| null_label(value))
        })
    })
}

/// Whether a claim is bound to a volume that something else than a provisioner chooses.
pub(crate) fn strange_claim(spec: &Node) -> Option<&'static str> {
    let is_set = |key: &&str| spec.get(key).is_some_and(|node| !matches!(node.value, NodeValue::Null));
    ["volumeName", "selector", "dataSource", "dataSourceRef"].into_iter().find(is_set)
}

/// Whether only one pod at a time may mount a claim, so that a second one waits for ever.
pub(crate) fn exclusive_claim(spec: &Node) -> bool {
    let modes = spec.get("accessModes").map(Node::items).unwrap_or_default();
    modes.iter().any(|mode| mode.as_str() == Some("ReadWriteOncePod"))
}

/// The object that holds the metadata and the spec of the pods of an object.
pub(crate) fn template(object: &Object) -> Option<&Node> {
    match object.kind.as_str() {
        "Pod" => Some(&object.body),
        "CronJob" => object.body.at(&["spec", "jobTemplate", "spec", "template"]),
        _ => object.body.at(&["spec", "template"]),
    }
}
