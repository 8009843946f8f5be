//! What CloudNativePG makes of a `Cluster`: pods of its own with a claim each, one after the other, which as a footprint are a
//! StatefulSet, and a budget.
//!
//! Its jobs (`initdb`, `join`) prepare the claim of an instance that is not there before they have ended, with the resources of
//! that instance (`CreatePrimaryJob`), one at a time: they are in its place.
//!
//! The budgets are one for the primary and, from three instances on, one that lets go of one replica at a time. Who is the
//! primary moves away from a node that is drained, so that together they let go of one instance at a time, and of a single one
//! never.
//!
//! Databases, roles, catalogs of images and backups make nothing: an
//! instance does what they ask for.
//!
//! Sources, at version 1.30.0 of cloudnative-pg/cloudnative-pg: `pkg/specs/pods.go`, `containers.go`, `jobs.go`, `volumes.go`,
//! `poddisruptionbudget.go`; `internal/controller/backup_controller.go`; `pkg/reconciler/persistentvolumeclaim/build.go`; `docs/src/kubernetes_upgrade.md`.

mod pooler;

use super::{copy, has_only, integer, is_absent, list, made, map, mentions, nothing, number, stateful_set};
use crate::data::{Node, NodeValue};
use crate::objects::Object;

/// What is copied into the spec of the pods as it is.
const OF_PODS: [&str; 2] = ["priorityClassName", "schedulerName"];

/// What is read here.
const READ: [&str; 9] = [
    "affinity",
    "bootstrap",
    "enablePDB",
    "ephemeralVolumesSizeLimit",
    "instances",
    "resources",
    "stopDelay",
    "storage",
    "walStorage",
];

/// What changes images, settings, Secrets and probes alone.
const HARMLESS: [&str; 34] = [
    "backup",
    "certificates",
    "description",
    "enableSuperuserAccess",
    "env",
    "envFrom",
    "failoverDelay",
    "imageCatalogRef",
    "imageName",
    "imagePullPolicy",
    "imagePullSecrets",
    "livenessProbeTimeout",
    "logLevel",
    "managed",
    "maxSyncReplicas",
    "minSyncReplicas",
    "monitoring",
    "podSecurityContext",
    "postgresGID",
    "postgresUID",
    "postgresql",
    "primaryLease",
    "primaryUpdateMethod",
    "primaryUpdateStrategy",
    "probes",
    "replicationSlots",
    "seccompProfile",
    "securityContext",
    "serviceAccountName",
    "serviceAccountTemplate",
    "smartShutdownTimeout",
    "startDelay",
    "superuserSecret",
    "switchoverDelay",
];

const POSTGRESQL: [&str; 9] = [
    "enableAlterSystem",
    "ldap",
    "parameters",
    "pg_hba",
    "pg_ident",
    "promotionTimeout",
    "shared_preload_libraries",
    "syncReplicaElectionConstraint",
    "synchronous",
];

/// Constraints of the author's own (`additionalPodAntiAffinity`, spreads) do not count the pods of jobs as instances: what they
/// promise of instances would not hold of those.
const AFFINITY: [&str; 6] =
    ["enablePodAntiAffinity", "nodeAffinity", "nodeSelector", "podAntiAffinityType", "tolerations", "topologyKey"];

/// What comes of an object. None where it is none of CloudNativePG's, or says something that is not read.
pub(super) fn make(owner: &Object, objects: &[Object]) -> Option<Vec<Object>> {
    if owner.api_version != "postgresql.cnpg.io/v1" {
        return None;
    }
    match owner.kind.as_str() {
        "Cluster" => cluster(owner, objects),
        "Pooler" => pooler::make(owner),
        "ClusterImageCatalog" | "Database" | "DatabaseRole" | "ImageCatalog" | "Publication" | "Subscription" => {
            Some(vec![nothing(owner)])
        }
        "Backup" | "ScheduledBackup" => {
            // What a plugin does, nobody knows.
            let method = owner.body.at(&["spec", "method"]).filter(|node| !is_absent(node));
            let is_own = match method {
                Some(method) => matches!(method.as_str()?, "barmanObjectStore" | "volumeSnapshot"),
                None => true,
            };
            is_own.then(|| vec![nothing(owner)])
        }
        _ => None,
    }
}

/// The pods of a cluster and their budget.
fn cluster(owner: &Object, objects: &[Object]) -> Option<Vec<Object>> {
    let spec = owner.body.get("spec")?;
    let has = |field: &str, known: &[&str]| spec.get(field).is_none_or(|node| is_absent(node) || has_only(node, known));
    let is_read = has_only(spec, &[OF_PODS.as_slice(), &READ, &HARMLESS].concat())
        && has("postgresql", &POSTGRESQL)
        && has("affinity", &AFFINITY)
        && has("resources", &["requests", "limits"])
        && has("ephemeralVolumesSizeLimit", &["shm", "temporaryData"])
        // Other ways to begin need other jobs, and other clusters.
        && has("bootstrap", &["initdb"])
        && spec.at(&["bootstrap", "initdb", "import"]).is_none();
    // Annotations hibernate a cluster, patch its pods, or stop the operator.
    let annotations = owner.body.at(&["metadata", "annotations"]).and_then(Node::as_map);
    let is_told = annotations.is_some_and(|map| map.keys().any(|key| key.contains("cnpg.io/")));
    // Which instance is the primary, and what each is called, no footprint says.
    let asks = |object: &Object| {
        let is_selecting = object.pod_template().is_some() || object.kind == "PodDisruptionBudget";
        is_selecting
            && (mentions(&object.body, "cnpg.io/instanceRole") || mentions(&object.body, "cnpg.io/instanceName"))
    };
    let instances = number(spec, "instances", 1)?;
    if !is_read || is_told || instances < 1 || objects.iter().any(asks) {
        return None;
    }
    let labels = map([
        ("cnpg.io/cluster", Node::string(owner.name.as_str())),
        ("cnpg.io/podRole", Node::string("instance")),
        ("app.kubernetes.io/name", Node::string("postgresql")),
        ("app.kubernetes.io/instance", Node::string(owner.name.as_str())),
        ("app.kubernetes.io/component", Node::string("database")),
        ("app.kubernetes.io/managed-by", Node::string("cloudnative-pg")),
    ]);
    let selector = map([(
        "matchLabels",
        map([("cnpg.io/cluster", Node::string(owner.name.as_str())), ("cnpg.io/podRole", Node::string("instance"))]),
    )]);
    let mut claims = vec![claim("pgdata", spec.get("storage")?)?];
    if let Some(storage) = spec.get("walStorage").filter(|node| !is_absent(node)) {
        claims.push(claim("pg-wal", storage)?);
    }
    let set = map([
        ("replicas", integer(instances)),
        ("serviceName", Node::string(format!("{}-rw", owner.name))),
        ("selector", selector.clone()),
        ("template", map([("metadata", map([("labels", labels)])), ("spec", pod(owner, spec)?)])),
        ("volumeClaimTemplates", list(claims)),
    ]);
    let mut some = vec![stateful_set(owner, owner.name.clone(), set)];
    match spec.get("enablePDB").map(|node| &node.value) {
        Some(NodeValue::Bool(false)) => {}
        None | Some(NodeValue::Null | NodeValue::Bool(true)) => {
            let budget = map([("minAvailable", integer((instances - 1).max(1))), ("selector", selector)]);
            some.push(made(owner, ("policy/v1", "PodDisruptionBudget"), owner.name.clone(), budget));
        }
        Some(_) => return None,
    }
    Some(some)
}

fn pod(owner: &Object, spec: &Node) -> Option<Node> {
    let resources = spec.get("resources").filter(|node| !is_absent(node)).cloned().unwrap_or_else(Node::map);
    let container = |name: &str| map([("name", Node::string(name)), ("resources", resources.clone())]);
    let scratch = |field: &str, mut volume: Node| {
        if let (Some(map), Some(size)) = (volume.as_map_mut(), spec.at(&["ephemeralVolumesSizeLimit", field])) {
            map.insert("sizeLimit".into(), size.clone());
        }
        volume
    };
    let memory = map([("medium", Node::string("Memory"))]);
    let volumes = [
        map([("name", Node::string("scratch-data")), ("emptyDir", scratch("temporaryData", Node::map()))]),
        map([("name", Node::string("shm")), ("emptyDir", scratch("shm", memory))]),
    ];
    let mut pod = map([
        ("terminationGracePeriodSeconds", integer(number(spec, "stopDelay", 1800)?)),
        ("initContainers", list([container("bootstrap-controller")])),
        ("containers", list([container("postgres")])),
        ("volumes", list(volumes)),
    ]);
    copy(spec, &mut pod, &OF_PODS);
    if let Some(told) = spec.get("affinity").filter(|node| !is_absent(node)) {
        copy(told, &mut pod, &["nodeSelector", "tolerations"]);
        pod.as_map_mut()?.insert("affinity".into(), affinity(&owner.name, told)?);
    }
    Some(pod)
}

/// `CreateAffinitySection`. What is merely preferred decides nothing and is left out of what the operator adds.
fn affinity(cluster: &str, told: &Node) -> Option<Node> {
    let mut affinity = Node::map();
    copy(told, &mut affinity, &["nodeAffinity"]);
    let is_off = match told.get("enablePodAntiAffinity").map(|node| &node.value) {
        None | Some(NodeValue::Null | NodeValue::Bool(true)) => false,
        Some(NodeValue::Bool(false)) => true,
        Some(_) => return None,
    };
    let is_required = match told.get("podAntiAffinityType").filter(|node| !is_absent(node)) {
        None => false,
        Some(kind) => match kind.as_str()? {
            "required" => true,
            "preferred" | "" => false,
            _ => return None,
        },
    };
    if is_required && !is_off {
        let told = told.get("topologyKey").and_then(Node::as_str).filter(|key| !key.is_empty());
        let expression = |key: &str, value: &str| {
            map([("key", Node::string(key)), ("operator", Node::string("In")), ("values", list([Node::string(value)]))])
        };
        let expressions = [expression("cnpg.io/cluster", cluster), expression("cnpg.io/podRole", "instance")];
        let term = map([
            ("labelSelector", map([("matchExpressions", list(expressions))])),
            ("topologyKey", Node::string(told.unwrap_or("kubernetes.io/hostname"))),
        ]);
        let key = "requiredDuringSchedulingIgnoredDuringExecution";
        affinity.as_map_mut()?.insert("podAntiAffinity".into(), map([(key, list([term]))]));
    }
    Some(affinity)
}

/// The claim of an instance. None where it is another one than of a size and a class.
fn claim(name: &str, storage: &Node) -> Option<Node> {
    if !has_only(storage, &["size", "storageClass", "resizeInUseVolumes"]) {
        return None;
    }
    let size = storage.get("size")?.clone();
    let mut claim = map([
        ("accessModes", list([Node::string("ReadWriteOnce")])),
        ("resources", map([("requests", map([("storage", size)]))])),
    ]);
    if let Some(class) = storage.get("storageClass").filter(|node| !is_absent(node)) {
        claim.as_map_mut()?.insert("storageClassName".into(), class.clone());
    }
    Some(map([("metadata", map([("name", Node::string(name))])), ("spec", claim)]))
}
