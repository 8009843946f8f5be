//! Names, keys and small numbers that the API server refuses.
//!
//! The rules are those of `ValidateX` in `pkg/apis/*/validation/validation.go` of Kubernetes 1.36; the forms are in
//! `syntax`. What newer servers take and older ones refuse depends on the declared version.

use std::collections::BTreeMap;

use super::walk::{Place, walk};
use super::{enumerations, place, quantities, syntax, title};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::objects::schema::{Catalog, Schema};
use crate::objects::{Node, NodeValue, Object};
use crate::source::Span;

/// A minor version of Kubernetes.
type Version = (u32, u32);

/// `RelaxedServiceNameValidation` of `pkg/features/kube_features.go`: on by default since then.
const SERVICES_BEGIN_WITH_DIGITS_SINCE: Version = (1, 36);

/// `RelaxedEnvironmentVariableValidation`, likewise.
const VARIABLES_HAVE_ANY_NAME_SINCE: Version = (1, 32);

/// `version` is that of the declared hardware, if there is one.
pub(super) fn check(object: &Object, catalog: &Catalog, version: Option<Version>) -> Diagnostics {
    let mut found = Diagnostics::default();
    found.extend(identity(object, version));
    walk(object, catalog, &mut |at| {
        found.extend(texts(at, version));
        found.extend(numbers(at).or_else(|| beyond(at)));
        found.extend(repeated(at));
        found.extend(quantities::check(at));
        found.extend(enumerations::check(at));
    });
    found
}

/// A refusal of a value, which `what` calls.
pub(super) fn refusal(object: &Object, span: Span, what: &str, value: &str, problem: String) -> Diagnostic {
    let message = format!("Kubernetes refuses the {what} `{value}` of {}", title(object));
    Diagnostic::error(codes::INVALID_OBJECT_NAME, span, message).at(problem)
}

/// `metadata.name` and `metadata.namespace`.
fn identity(object: &Object, version: Option<Version>) -> Vec<Diagnostic> {
    let metadata = object.body.get("metadata");
    let span =
        |field: &str| metadata.and_then(|metadata| metadata.get(field)).map_or(object.span, |node| place(object, node));
    let mut found = Vec::new();
    if let Some(problem) = name_problem(object, version) {
        let diagnostic = refusal(object, span("name"), "name", &object.name, problem);
        let slug: String = object.name.to_lowercase().replace(['_', '.', ' '], "-");
        let better = Object { name: slug.clone(), ..object.clone() };
        let helps = slug != object.name && name_problem(&better, version).is_none();
        found.push(if helps { diagnostic.help(format!("call it `{slug}`")) } else { diagnostic });
    } else if let Some(problem) = stillborn(object) {
        let message = format!("the pods of {} can never be created", title(object));
        found.push(Diagnostic::error(codes::INVALID_OBJECT_NAME, span("name"), message).at(problem));
    }
    if let Some(namespace) = &object.namespace
        && let Some(problem) = syntax::dns_label(namespace)
    {
        found.push(refusal(object, span("namespace"), "namespace", namespace, problem));
    }
    found
}

/// What is wrong with the name for its kind.
fn name_problem(object: &Object, version: Option<Version>) -> Option<String> {
    let name = object.name.as_str();
    match (object.group(), object.kind.as_str()) {
        // core: ValidateServiceName, a label, was NameIsDNS1035Label before.
        ("", "Service") if version.is_some_and(|version| version >= SERVICES_BEGIN_WITH_DIGITS_SINCE) => {
            syntax::dns_label(name)
        }
        ("", "Service") => syntax::dns_1035_label(name),
        // core: ValidateNamespaceName is NameIsDNSLabel.
        ("", "Namespace") => syntax::dns_label(name),
        // rbac: ValidateRBACName is ValidatePathSegmentName; a budget has no rule of its own, so that only the one of
        // every object (rest.BeforeCreate) is left, the same.
        ("rbac.authorization.k8s.io", _) | ("policy", "PodDisruptionBudget") => syntax::path_segment(name),
        // batch: ValidateCronJobCreate leaves eleven characters for the time that is appended for its Jobs.
        ("batch", "CronJob") => syntax::dns_subdomain(name).or_else(|| {
            syntax::length(name, 52).map(|problem| format!("{problem} for a CronJob, whose Jobs append the time"))
        }),
        // batch: ValidateJob takes a subdomain, and the server makes the name the value of a label of the pods.
        ("batch", "Job") => syntax::dns_subdomain(name).or_else(|| syntax::length(name, 63)),
        // apps: ValidateStatefulSetName is NameIsDNSLabel; the other three of the group take a subdomain, and their
        // pods get what is left of a long name before the random end.
        ("apps", "StatefulSet") => syntax::dns_label(name),
        // apiextensions: ValidateCustomResourceDefinition.
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let text = |path: &[&str]| object.body.at(path).and_then(Node::as_str).unwrap_or("");
            let wanted = format!("{}.{}", text(&["spec", "names", "plural"]), text(&["spec", "group"]));
            (name != wanted)
                .then(|| format!("it must be `spec.names.plural`, a point and `spec.group`, here `{wanted}`"))
        }
        // Everything else, custom resources among it: NameIsDNSSubdomain.
        _ => syntax::dns_subdomain(name),
    }
}

/// A name that is accepted and of which no pod can be made: the controller labels the pods of a StatefulSet
/// `controller-revision-hash: NAME-HASH`, and the value of a label ends at 63 (kubernetes/kubernetes#64023).
fn stillborn(object: &Object) -> Option<String> {
    if (object.group(), object.kind.as_str()) != ("apps", "StatefulSet") {
        return None;
    }
    let problem = syntax::length(&object.name, 52)?;
    Some(format!("{problem} for a StatefulSet, whose pods carry it with a hash as a label"))
}

type Form = fn(&str) -> Option<String>;

/// Texts with a form, told by the definition and field in which they stand.
fn texts(at: &Place<'_>, version: Option<Version>) -> Vec<Diagnostic> {
    let Some(owner) = at.builtin() else { return Vec::new() };
    let forms: Option<(&str, Form)> = match owner {
        ("Container" | "EphemeralContainer", "name") => Some(("container name", syntax::dns_label)),
        ("Volume", "name") => Some(("volume name", syntax::dns_label)),
        ("ContainerPort", "name") => Some(("port name", syntax::port_name)),
        // core: validateServicePort takes a label here, longer than the name of a container's port.
        ("ServicePort", "name") => Some(("port name", syntax::dns_label)),
        ("ServicePort", "targetPort") => Some(("target port", syntax::port_name)),
        ("HTTPGetAction" | "TCPSocketAction" | "NetworkPolicyPort", "port") => Some(("port name", syntax::port_name)),
        ("ServiceBackendPort", "name") => Some(("port name", syntax::port_name)),
        // Where no version is declared the newer rule holds, which every server of today has.
        ("EnvVar", "name") if version.is_some_and(|version| version < VARIABLES_HAVE_ANY_NAME_SINCE) => {
            Some(("environment variable", syntax::environment_variable))
        }
        ("EnvVar", "name") => Some(("environment variable", syntax::relaxed_environment_variable)),
        ("LabelSelectorRequirement" | "NodeSelectorRequirement", "key") => Some(("label key", syntax::label_key)),
        _ => None,
    };
    let one = |what: &str, form: Form, text: &str, node: &Node| {
        form(text).map(|problem| refusal(at.object, place(at.object, node), what, text, problem).note(whereabouts(at)))
    };
    // An empty name of a port is none, and nothing of a target port is the port itself.
    let may_be_empty = matches!(owner, ("ContainerPort" | "ServicePort", "name") | ("ServicePort", "targetPort"));
    if let (Some((what, form)), Some(text)) = (forms, at.node.as_str()) {
        if text.is_empty() && may_be_empty {
            return Vec::new();
        }
        return one(what, form, text, at.node).into_iter().collect();
    }
    // Maps are looked at as a whole, so not again at each of their values.
    let (Some(map), Schema::Map(_)) = (at.node.as_map(), at.schema) else { return Vec::new() };
    let (key, key_form, value_form): (&str, Form, Option<Form>) = match owner {
        ("ObjectMeta", "labels")
        | ("LabelSelector", "matchLabels")
        | ("ServiceSpec", "selector")
        | ("PodSpec", "nodeSelector") => ("label key", syntax::label_key, Some(syntax::label_value)),
        // apimachinery: ValidateAnnotations lowers the key before it looks.
        ("ObjectMeta", "annotations") => ("annotation key", |key| syntax::label_key(&key.to_lowercase()), None),
        ("ConfigMap" | "Secret", "data" | "binaryData" | "stringData") => ("key", syntax::config_key, None),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    for (name, value) in map {
        found.extend(one(key, key_form, name, value));
        if let (Some(form), Some(text)) = (value_form, value.as_str()) {
            found.extend(one("label value", form, text, value));
        }
    }
    // core: MaxSecretSize; apimachinery: TotalAnnotationSizeLimitB.
    let most = if owner == ("ObjectMeta", "annotations") { 256 * 1024 } else { 1024 * 1024 };
    let size: usize = map.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    if size > most {
        let message = format!("`{}` of {} is too large", at.path, title(at.object));
        let diagnostic = Diagnostic::error(codes::INVALID_OBJECT_NAME, place(at.object, at.node), message);
        found.push(diagnostic.at(format!("{size} bytes, {most} are allowed")));
    }
    found
}

fn whereabouts(at: &Place<'_>) -> String {
    format!("it stands at `{}`", at.path)
}

/// A number that no reader of the API has room for: whole numbers of JSON are read as an `int64`
/// (`k8s.io/apimachinery/pkg/util/json`), and what is larger as a fraction.
fn beyond(at: &Place<'_>) -> Option<Diagnostic> {
    let too_large = larger_than_64_bits(at)?;
    let number = too_large.as_integer()?;
    let problem = format!("whole numbers lie between {} and {}", i64::MIN, i64::MAX);
    let diagnostic = refusal(at.object, place(at.object, too_large), "number", &number.to_string(), problem);
    Some(diagnostic.note(whereabouts(at)))
}

/// The first such number: of what has no fields of its own in the schema, anywhere in it.
fn larger_than_64_bits<'a>(at: &Place<'a>) -> Option<&'a Node> {
    match at.schema {
        Schema::Object(_) | Schema::List(_) | Schema::Map(_) => None,
        _ => first_beyond(at.node),
    }
}

fn first_beyond(node: &Node) -> Option<&Node> {
    match &node.value {
        NodeValue::Integer(number) => i64::try_from(*number).is_err().then_some(node),
        NodeValue::List(items) => items.iter().find_map(first_beyond),
        NodeValue::Map(map) => map.values().find_map(first_beyond),
        NodeValue::Null | NodeValue::Bool(_) | NodeValue::Decimal(_) | NodeValue::String(_) => None,
    }
}

/// Ports and counts.
fn numbers(at: &Place<'_>) -> Option<Diagnostic> {
    let (number, owner) = (at.node.as_integer()?, at.builtin()?);
    let (what, least, most) = match owner {
        // 0 is the same as nothing to the server: no port of the host, the port itself, any port of the nodes.
        ("ContainerPort", "hostPort") | ("ServicePort", "targetPort" | "nodePort") => ("port", 0, 65535),
        ("ContainerPort", "containerPort")
        | ("ServicePort", "port")
        | ("HTTPGetAction" | "TCPSocketAction" | "GRPCAction" | "NetworkPolicyPort", "port")
        | ("NetworkPolicyPort", "endPort")
        | ("ServiceBackendPort", "number") => ("port", 1, 65535),
        ("DeploymentSpec" | "StatefulSetSpec" | "ReplicaSetSpec" | "ReplicationControllerSpec", "replicas")
        | ("DeploymentSpec" | "StatefulSetSpec" | "DaemonSetSpec" | "ReplicaSetSpec", "minReadySeconds")
        | ("DeploymentSpec" | "DaemonSetSpec", "revisionHistoryLimit")
        | ("JobSpec", "parallelism" | "completions" | "backoffLimit" | "ttlSecondsAfterFinished")
        // core: SetDefaults_Probe puts its default in the place of 0.
        | (
            "Probe",
            "initialDelaySeconds" | "periodSeconds" | "timeoutSeconds" | "successThreshold" | "failureThreshold",
        ) => (at.field, 0, i128::from(i32::MAX)),
        ("HorizontalPodAutoscalerSpec", "minReplicas" | "maxReplicas") => (at.field, 1, i128::from(i32::MAX)),
        _ => return None,
    };
    if (least..=most).contains(&number) {
        return None;
    }
    let problem = if number < least { format!("at least {least}") } else { format!("at most {most}") };
    Some(refusal(at.object, place(at.object, at.node), what, &number.to_string(), problem).note(whereabouts(at)))
}

/// Elements of a list that must have different names.
fn repeated(at: &Place<'_>) -> Vec<Diagnostic> {
    let Schema::List(_) = at.schema else { return Vec::new() };
    let (what, field) = match at.builtin() {
        Some(("PodSpec", "containers" | "initContainers")) => ("container name", "name"),
        Some(("PodSpec", "volumes")) => ("volume name", "name"),
        Some(("Container", "ports") | ("ServiceSpec", "ports")) => ("port name", "name"),
        Some(("Container", "volumeMounts")) => ("mount path", "mountPath"),
        _ => return Vec::new(),
    };
    let mut found = Vec::new();
    let mut seen: BTreeMap<&str, &Node> = BTreeMap::new();
    for element in at.node.items() {
        let named = element.get(field).and_then(|node| Some((node, node.as_str()?)));
        let Some((node, name)) = named.filter(|(_, name)| !name.is_empty()) else {
            // core: validateServicePort; one port may do without a name.
            if at.builtin() == Some(("ServiceSpec", "ports")) && at.node.items().len() > 1 {
                let message = format!("a port of {} has no name", title(at.object));
                let diagnostic = Diagnostic::error(codes::MISSING_OBJECT_FIELD, place(at.object, element), message);
                found.push(diagnostic.at("a Service with several ports names each of them"));
            }
            continue;
        };
        if let Some(first) = seen.insert(name, node) {
            let diagnostic = refusal(at.object, place(at.object, node), what, name, "the second of that name".into());
            found.push(diagnostic.label(first.span(), "the first is here").note(whereabouts(at)));
        }
    }
    found
}

/// The text of a scalar, for messages.
pub(super) fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        NodeValue::String(text) | NodeValue::Decimal(text) => Some(text.to_string()),
        NodeValue::Integer(number) => Some(number.to_string()),
        NodeValue::Null | NodeValue::Bool(_) | NodeValue::List(_) | NodeValue::Map(_) => None,
    }
}

#[cfg(test)]
mod tests;
