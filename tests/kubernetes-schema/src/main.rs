//! Prints the compact table of the built-in Kubernetes APIs.
//!
//! The OpenAPI document of Kubernetes weighs megabytes, most of it prose. The compiler needs field names, types and
//! which fields are required, for the kinds that platforms are made of. Run by hand:
//!
//! ```text
//! cargo run --manifest-path tests/kubernetes-schema/Cargo.toml > src/objects/schema/kubernetes-1.30.json
//! ```
//!
//! The notation of a type: `string`, `integer`, `number`, `boolean`, `quantity`, `intOrString`, `time`, `any`, `[T]` a
//! list, `{T}` a map, anything with a capital the definition of that name; a `!` behind it: the field is required.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::{
    admissionregistration, apps, autoscaling, batch, certificates, coordination, core, discovery, events, flowcontrol,
    networking, node, policy, rbac, scheduling, storage,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration;
use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope, Resource};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::Value;

/// The word of a scope; a trait because the bindings know scopes as types only.
trait ScopeWord {
    const WORD: &'static str;
}
impl ScopeWord for NamespaceResourceScope {
    const WORD: &'static str = "namespaced";
}
impl ScopeWord for ClusterResourceScope {
    const WORD: &'static str = "cluster";
}

struct Kinds {
    generator: SchemaGenerator,
    /// `apps/v1 Deployment` → scope and definition.
    roots: Vec<(String, &'static str, String)>,
}

impl Kinds {
    fn add<T>(&mut self)
    where
        T: Resource + JsonSchema,
        T::Scope: ScopeWord,
    {
        self.generator.subschema_for::<T>();
        let head = format!("{} {}", T::API_VERSION, T::KIND);
        self.roots.push((head, T::Scope::WORD, T::schema_name().into_owned()));
    }
}

fn main() {
    let generator = SchemaSettings::draft07().into_generator();
    let mut kinds = Kinds { generator, roots: Vec::new() };
    macro_rules! add {
        ($($path:path),* $(,)?) => { $( kinds.add::<$path>(); )* };
    }
    add!(
        core::v1::Namespace,
        core::v1::ResourceQuota,
        core::v1::LimitRange,
        core::v1::Pod,
        core::v1::PodTemplate,
        core::v1::Service,
        core::v1::ServiceAccount,
        core::v1::ConfigMap,
        core::v1::Secret,
        core::v1::PersistentVolumeClaim,
        core::v1::PersistentVolume,
        core::v1::Node,
        core::v1::Endpoints,
        core::v1::ReplicationController,
        core::v1::Event,
        apps::v1::Deployment,
        apps::v1::StatefulSet,
        apps::v1::DaemonSet,
        apps::v1::ReplicaSet,
        apps::v1::ControllerRevision,
        batch::v1::Job,
        batch::v1::CronJob,
        autoscaling::v1::HorizontalPodAutoscaler,
        autoscaling::v2::HorizontalPodAutoscaler,
        policy::v1::PodDisruptionBudget,
        networking::v1::NetworkPolicy,
        networking::v1::Ingress,
        networking::v1::IngressClass,
        rbac::v1::Role,
        rbac::v1::RoleBinding,
        rbac::v1::ClusterRole,
        rbac::v1::ClusterRoleBinding,
        storage::v1::StorageClass,
        storage::v1::CSIDriver,
        storage::v1::CSINode,
        storage::v1::CSIStorageCapacity,
        storage::v1::VolumeAttachment,
        node::v1::RuntimeClass,
        coordination::v1::Lease,
        certificates::v1::CertificateSigningRequest,
        events::v1::Event,
        flowcontrol::v1::FlowSchema,
        flowcontrol::v1::PriorityLevelConfiguration,
        scheduling::v1::PriorityClass,
        discovery::v1::EndpointSlice,
        admissionregistration::v1::ValidatingWebhookConfiguration,
        admissionregistration::v1::MutatingWebhookConfiguration,
        admissionregistration::v1::ValidatingAdmissionPolicy,
        admissionregistration::v1::ValidatingAdmissionPolicyBinding,
        apiextensions::v1::CustomResourceDefinition,
        apiregistration::v1::APIService,
    );
    let roots: BTreeSet<String> = kinds.roots.iter().map(|(_, _, definition)| definition.clone()).collect();
    let definitions: BTreeMap<String, Value> = kinds.generator.take_definitions(true).into_iter().collect();
    let names = short_names(definitions.keys().map(String::as_str));
    let types = reachable(&definitions, &roots, &names);

    println!("{{");
    println!("\"version\": \"1.30\",");
    println!("\"kinds\": {{");
    let lines: Vec<String> = kinds
        .roots
        .iter()
        .map(|(head, scope, definition)| format!("\"{head}\": [\"{scope}\", \"{}\"]", names[definition]))
        .collect();
    println!("{}\n}},", lines.join(",\n"));
    println!("\"types\": {{");
    let lines: Vec<String> = types
        .iter()
        .map(|(name, fields)| {
            let fields: Vec<String> = fields.iter().map(|(field, shape)| format!("\"{field}\":\"{shape}\"")).collect();
            format!("\"{name}\":{{{}}}", fields.join(","))
        })
        .collect();
    println!("{}\n}}\n}}", lines.join(",\n"));
}

/// `DeploymentSpec` for `io.k8s.api.apps.v1.DeploymentSpec`, with group and version in front where two share the name.
fn short_names<'a>(definitions: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let mut by_last: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for definition in definitions {
        let last = definition.rsplit('.').next().unwrap_or(definition);
        by_last.entry(last).or_default().push(definition);
    }
    let mut names = BTreeMap::new();
    for (last, full) in by_last {
        for definition in &full {
            let mut parts = definition.rsplitn(4, '.');
            let (_, version, group) = (parts.next(), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
            // The name must begin with a capital to be told from a scalar, so the qualifier goes behind it.
            let name = if full.len() == 1 { last.to_owned() } else { format!("{last}@{group}.{version}") };
            names.insert((*definition).to_owned(), name);
        }
    }
    names
}

type Fields = Vec<(String, String)>;

/// The definitions that emitted objects can contain. `status` and the server's bookkeeping are left open: nobody emits
/// them, and they would be half of the table.
fn reachable(
    definitions: &BTreeMap<String, Value>,
    roots: &BTreeSet<String>,
    names: &BTreeMap<String, String>,
) -> BTreeMap<String, Fields> {
    let mut done = BTreeMap::new();
    let mut queue: Vec<String> = roots.iter().cloned().collect();
    let mut seen: BTreeSet<String> = roots.clone();
    while let Some(definition) = queue.pop() {
        let schema = &definitions[&definition];
        let required: BTreeSet<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut fields = Fields::new();
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let bookkeeping = (field == "status" && roots.contains(&definition)) || field == "managedFields";
            let mut shape = if bookkeeping {
                "any".to_owned()
            } else {
                shape(property, definitions, names, &mut |reference| {
                    if seen.insert(reference.to_owned()) {
                        queue.push(reference.to_owned());
                    }
                })
            };
            // Roots are checked for these by the compiler itself, which writes them.
            if required.contains(field.as_str()) && field != "metadata" {
                shape.push('!');
            }
            fields.push((field.clone(), shape));
        }
        // Resources of the pod as a whole are newer than these bindings. The compiler reads them by the version that the
        // nodes run, and refuses them where it is too old.
        if names[&definition] == "PodSpec" && !fields.iter().any(|(field, _)| field == "resources") {
            fields.push(("resources".to_owned(), "ResourceRequirements".to_owned()));
        }
        fields.sort();
        done.insert(names[&definition].clone(), fields);
    }
    done
}

/// The notation of one property; tells `refer` about the definitions that it mentions.
fn shape(
    property: &Value,
    definitions: &BTreeMap<String, Value>,
    names: &BTreeMap<String, String>,
    refer: &mut dyn FnMut(&str),
) -> String {
    let wrapped = property["allOf"].as_array().and_then(|all| all.first());
    if let Some(reference) = property["$ref"].as_str().or_else(|| wrapped.and_then(|first| first["$ref"].as_str())) {
        let definition = reference.rsplit('/').next().unwrap_or(reference);
        return match definition.rsplit('.').next().unwrap_or(definition) {
            "Quantity" => "quantity".into(),
            "IntOrString" => "intOrString".into(),
            "Time" | "MicroTime" => "time".into(),
            _ if definitions[definition]["properties"].is_object() => {
                refer(definition);
                names[definition].clone()
            }
            _ => match definitions[definition]["type"].as_str() {
                Some("string") => "string".into(),
                // `emptyDir: {}`-like definitions without any field do exist; everything else is open.
                _ => "any".into(),
            },
        };
    }
    match property["type"].as_str() {
        Some("string") if property["format"] == "date-time" => "time".into(),
        Some(scalar @ ("string" | "integer" | "number" | "boolean")) => scalar.into(),
        Some("array") => format!("[{}]", shape(&property["items"], definitions, names, refer)),
        Some("object") if property["additionalProperties"].is_object() => {
            format!("{{{}}}", shape(&property["additionalProperties"], definitions, names, refer))
        }
        _ => "any".into(),
    }
}
