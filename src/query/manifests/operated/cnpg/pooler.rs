//! Poolers of connections to a cluster: Deployments with the template that they say.
//!
//! Source, at version 1.30.0 of cloudnative-pg/cloudnative-pg: `pkg/specs/pgbouncer/deployments.go`.

use super::super::{copy, has_only, integer, is_absent, list, made, map, number};
use crate::data::{Node, NodeValue};
use crate::objects::Object;

/// The Deployment of a pooler.
pub(super) fn make(owner: &Object) -> Option<Vec<Object>> {
    let spec = owner.body.get("spec")?;
    let known = ["cluster", "deploymentStrategy", "instances", "monitoring", "pgbouncer", "serviceAccountName"];
    let annotations = owner.body.at(&["metadata", "annotations"]).and_then(Node::as_map);
    let is_told = annotations.is_some_and(|map| map.keys().any(|key| key.contains("cnpg.io/")));
    if is_told || !has_only(spec, &[known.as_slice(), &["serviceTemplate", "template", "type"]].concat()) {
        return None;
    }
    let none = Node::map();
    let template = spec.get("template").filter(|node| !is_absent(node)).unwrap_or(&none);
    let empty = |of: &'static str| template.get(of).filter(|node| !is_absent(node)).unwrap_or(&none);
    let (own, told) = (empty("metadata"), empty("spec"));
    let constraints = ["affinity", "tolerations", "nodeSelector", "priorityClassName", "topologySpreadConstraints"];
    let is_read = has_only(template, &["metadata", "spec"])
        && has_only(own, &["labels", "annotations"])
        && has_only(told, &[constraints.as_slice(), &["containers", "securityContext"]].concat());
    let containers = told.get("containers").map(Node::items).unwrap_or_default();
    let resources = match containers {
        [] => Node::map(),
        [one] if one.get("name").and_then(Node::as_str) == Some("pgbouncer") => {
            if !has_only(one, &["name", "image", "imagePullPolicy", "resources", "env", "readinessProbe"]) {
                return None;
            }
            one.get("resources").filter(|node| !is_absent(node)).cloned().unwrap_or_else(Node::map)
        }
        _ => return None,
    };
    if !is_read || !has_only(&resources, &["requests", "limits"]) {
        return None;
    }
    let cluster = spec.at(&["cluster", "name"])?.as_str()?;
    let mut labels = own.get("labels").and_then(Node::as_map).cloned().unwrap_or_default();
    let added = map([
        ("cnpg.io/poolerName", Node::string(owner.name.as_str())),
        ("cnpg.io/cluster", Node::string(cluster)),
        ("cnpg.io/podRole", Node::string("pooler")),
        ("app.kubernetes.io/name", Node::string("postgresql")),
        ("app.kubernetes.io/instance", Node::string(cluster)),
        ("app.kubernetes.io/component", Node::string("pooler")),
        ("app.kubernetes.io/managed-by", Node::string("cloudnative-pg")),
    ]);
    labels.extend(added.as_map()?.clone());
    let mut metadata = map([("labels", Node::synthetic(NodeValue::Map(labels)))]);
    copy(own, &mut metadata, &["annotations"]);
    // What the first container needs is what the template says of pods as a whole, and that is not read.
    let mut pod = map([
        ("initContainers", list([map([("name", Node::string("bootstrap-controller"))])])),
        ("containers", list([map([("name", Node::string("pgbouncer")), ("resources", resources)])])),
        ("volumes", list([map([("name", Node::string("scratch-data")), ("emptyDir", Node::map())])])),
    ]);
    copy(told, &mut pod, &constraints);
    let selector = map([("matchLabels", map([("cnpg.io/poolerName", Node::string(owner.name.as_str()))]))]);
    let mut deployment = map([
        ("replicas", integer(number(spec, "instances", 1)?)),
        ("selector", selector),
        ("template", map([("metadata", metadata), ("spec", pod)])),
    ]);
    if let Some(strategy) = spec.get("deploymentStrategy").filter(|node| !is_absent(node)) {
        deployment.as_map_mut()?.insert("strategy".into(), strategy.clone());
    }
    Some(vec![made(owner, ("apps/v1", "Deployment"), owner.name.clone(), deployment)])
}
