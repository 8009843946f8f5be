//! Fields without which the API server refuses an object.

use super::walk::{Place, walk};
use super::{place, title};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::objects::schema::{Catalog, Schema};
use crate::objects::{Node, NodeValue, Object};

pub(super) fn check(object: &Object, catalog: &Catalog) -> Diagnostics {
    let mut found = Diagnostics::default();
    walk(object, catalog, &mut |at| {
        let Schema::Object(schema) = at.schema else { return };
        if at.node.as_map().is_none() {
            return;
        }
        for field in schema.fields().filter(|field| !is_present(at.node, field)) {
            // scheduling: the value of a class that states none is 0, whatever its schema says.
            let has_a_default = schema.is_builtin() && schema.name == "PriorityClass" && field == "value";
            if schema.field(field).is_some_and(|field| field.required) && !has_a_default {
                found.push(missing(at, field));
            }
        }
        if schema.is_builtin() {
            found.extend(beyond_the_schema(at, &schema.name));
        }
    });
    found
}

/// A `null` is the same as nothing to Kubernetes.
fn is_present(node: &Node, field: &str) -> bool {
    node.get(field).is_some_and(|node| !matches!(node.value, NodeValue::Null))
}

/// What the published schema calls optional and `ValidateX` of `pkg/apis/*/validation/validation.go` demands all the
/// same.
fn beyond_the_schema(at: &Place<'_>, definition: &str) -> Vec<Diagnostic> {
    let node = at.node;
    let text = |field: &str| node.get(field).and_then(Node::as_str);
    let mut fields: Vec<&str> = Vec::new();
    match definition {
        // apps, batch: each validates `spec.template` of an empty `spec`, too, and finds neither selector nor containers.
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "CronJob" | "Pod" | "PodTemplateSpec" => {
            fields.push("spec");
        }
        // core: validateContainerCommon.
        "Container" | "EphemeralContainer" => fields.push("image"),
        // core: ValidatePersistentVolumeClaimSpec.
        "PersistentVolumeClaimSpec" => {
            fields.push("accessModes");
            if node.at(&["resources", "requests", "storage"]).is_none() {
                return [missing_all(at, &fields), vec![missing(at, "resources.requests.storage")]].concat();
            }
        }
        // core: ValidateService; a headless Service may have none.
        "ServiceSpec" if text("type") == Some("ExternalName") => fields.push("externalName"),
        "ServiceSpec" if text("clusterIP") != Some("None") => fields.push("ports"),
        // batch: validateJobSpec refuses the default, `Always`.
        "JobSpec" if node.at(&["template", "spec"]).is_some_and(|pod| !is_present(pod, "restartPolicy")) => {
            return vec![
                missing(at, "template.spec.restartPolicy")
                    .help("the pods of a Job have `restartPolicy` `\"OnFailure\"` or `\"Never\"`"),
            ];
        }
        // networking: ValidateIngressSpec.
        "IngressSpec" if !is_present(node, "defaultBackend") => fields.push("rules"),
        // core: validateHandler.
        "Probe" => {
            let handlers = ["exec", "httpGet", "tcpSocket", "grpc"];
            if !handlers.iter().any(|handler| is_present(node, handler)) {
                let diagnostic = missing(at, "httpGet");
                return vec![diagnostic.help("a probe has one of `exec`, `httpGet`, `tcpSocket` and `grpc`")];
            }
        }
        _ => {}
    }
    let mut found = missing_all(at, &fields);
    // core: validateContainers wants at least one.
    if definition == "PodSpec" && node.get("containers").is_some_and(|containers| containers.items().is_empty()) {
        found.push(missing(at, "containers").note("the list is empty"));
    }
    found
}

fn missing_all(at: &Place<'_>, fields: &[&str]) -> Vec<Diagnostic> {
    fields.iter().filter(|field| !is_present(at.node, field)).map(|field| missing(at, field)).collect()
}

/// `field` may be a path below the node.
fn missing(at: &Place<'_>, field: &str) -> Diagnostic {
    let start = if at.path.depth() == 0 { String::new() } else { format!("{}.", at.path) };
    let full = format!("{start}{field}");
    let message = format!("{} has no `{full}`", title(at.object));
    let span = if at.node.emitted.is_none() { place(at.object, at.node) } else { at.node.emitted };
    Diagnostic::error(codes::MISSING_OBJECT_FIELD, span, message)
        .at(format!("`{field}` is missing here"))
        .help(format!("write `{full} = …` in the emission"))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::objects::check::testing::{messages, objects};
    use crate::objects::schema::Catalog;

    fn found(document: &str) -> Vec<String> {
        let objects = objects(&[document]);
        messages(check(&objects[0], &Catalog::kubernetes()))
    }

    #[test]
    fn a_deployment_without_selector_and_a_container_without_image_are_refused() {
        let deployment = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: blog }
spec:
  template:
    spec:
      containers:
      - name: main
        readinessProbe: { periodSeconds: 5 }
        env: [{ value: x }]
";
        assert_eq!(
            found(deployment),
            [
                "Deployment `api` has no `spec.selector`",
                "Deployment `api` has no `spec.template.spec.containers.main.image`",
                "Deployment `api` has no `spec.template.spec.containers.main.readinessProbe.httpGet`",
                "Deployment `api` has no `spec.template.spec.containers.main.env.[0].name`",
            ]
        );
    }

    #[test]
    fn what_the_schema_calls_optional_but_the_server_demands_is_found() {
        let service =
            |spec: &str| found(&format!("{{ apiVersion: v1, kind: Service, metadata: {{ name: a }}, spec: {spec} }}"));
        assert_eq!(service("{ selector: { app: a } }"), ["Service `a` has no `spec.ports`"]);
        assert_eq!(service("{ clusterIP: None }"), Vec::<String>::new());
        assert_eq!(service("{ type: ExternalName }"), ["Service `a` has no `spec.externalName`"]);
        let claim = "{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: a }, spec: {} }";
        assert_eq!(
            found(claim),
            [
                "PersistentVolumeClaim `a` has no `spec.accessModes`",
                "PersistentVolumeClaim `a` has no `spec.resources.requests.storage`"
            ]
        );
        let job = "{ apiVersion: batch/v1, kind: Job, metadata: { name: a }, spec: { template: { spec: { containers: [] } } } }";
        assert_eq!(
            found(job),
            ["Job `a` has no `spec.template.spec.restartPolicy`", "Job `a` has no `spec.template.spec.containers`"]
        );
        let ingress = "{ apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: { name: a }, spec: {} }";
        assert_eq!(found(ingress), ["Ingress `a` has no `spec.rules`"]);
    }

    #[test]
    fn a_complete_object_and_an_unknown_api_are_left_alone() {
        assert_eq!(
            found("{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { k: v } }"),
            Vec::<String>::new()
        );
        assert_eq!(found("{ apiVersion: example.com/v1, kind: Widget, metadata: { name: a } }"), Vec::<String>::new());
    }
}
