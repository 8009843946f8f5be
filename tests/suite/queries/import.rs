//! `vaubanc import`: what is written builds to the objects that were read.

use std::collections::BTreeMap;

use vaubanc::data::{Node, NodeValue};
use vaubanc::objects::footprint::describe;
use vaubanc::objects::quantity::Quantity;
use vaubanc::objects::{Object, ObjectKey};
use vaubanc::query::import::{Imported, import};
use vaubanc::query::manifests::{Manifest, read};
use vaubanc::source::SourceMap;
use vaubanc::world::MemoryWorld;
use vaubanc::{Options, compile};

use super::{directory, path, vaubanc};

const WEB: &str = include_str!("import/web.yaml");
const STATEFUL: &str = include_str!("import/stateful.yaml");
const JOBS: &str = include_str!("import/jobs.yaml");
const CUSTOM: &str = include_str!("import/custom.yaml");
const LOOSE: &str = include_str!("import/loose.yaml");
const APPLIED: &str = include_str!("import/applied.yaml");
const DUMP: &str = include_str!("import/dump.yaml");

const NODE: &str = "---\napiVersion: v1\nkind: Node\nmetadata: { name: one, labels: { kubernetes.io/hostname: one, kubernetes.io/os: linux, \
                kubernetes.io/arch: amd64, tier: web } }\nspec: { taints: [ { key: odd, value: x, effect: PreferNoSchedule } ] }\nstatus: { allocatable: { cpu: 7500m, memory: \
                15076868Ki, pods: '110', ephemeral-storage: '18242267924' }, capacity: { cpu: '8', memory: 16093700Ki, pods: '110', \
                ephemeral-storage: 20959212Ki }, nodeInfo: { kubeletVersion: v1.33.1 } }\n";

fn objects(text: &str) -> Vec<Object> {
    let mut sources = SourceMap::default();
    let (objects, found) = read(vec![Manifest { name: "all.yaml".into(), text: text.into() }], &mut sources);
    assert!(!found.has_errors(), "{found:#?}");
    objects
}

fn imported(text: &str) -> Imported {
    import(objects(text), None, "shop")
}

/// The objects of the module that was written.
fn built(imported: &Imported) -> BTreeMap<ObjectKey, Object> {
    let all = imported.files.iter().map(|(name, text)| format!("// {name}\n{text}")).collect::<String>();
    let world = imported.files.iter().fold(MemoryWorld::new(), |world, (name, text)| world.with(name, text.as_str()));
    let compilation = compile(&world, &Options::default());
    assert!(!compilation.diagnostics.has_errors(), "{:#?}\n{all}", compilation.diagnostics);
    compilation.views[0].objects.iter().map(|object| (object.key(), object.clone())).collect()
}

/// Whether both say the same to the API server. What every emission is stamped with may stand beside.
fn same(read: &Node, built: &Node, path: &str, faults: &mut Vec<String>) {
    match (&read.value, &built.value) {
        (NodeValue::Map(left), NodeValue::Map(right)) => {
            for (key, value) in left {
                match right.get(key) {
                    Some(other) => same(value, other, &format!("{path}.{key}"), faults),
                    None if matches!(&value.value, NodeValue::Null) => {}
                    None => faults.push(format!("{path}.{key} is lost")),
                }
            }
            let is_stamp = |key: &str| {
                ["part-of", "name", "managed-by"].iter().any(|stamp| key == format!("app.kubernetes.io/{stamp}"))
                    || key == "argocd.argoproj.io/sync-wave"
                    || path == ".metadata" && ["labels", "annotations", "namespace"].contains(&key)
            };
            let added = right.keys().filter(|key| !left.contains_key(*key) && !is_stamp(key));
            faults.extend(added.map(|key| format!("{path}.{key} is new")));
        }
        (NodeValue::List(left), NodeValue::List(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                same(left, right, &format!("{path}[{index}]"), faults);
            }
        }
        _ => {
            let amounts = [read, built].map(|node| Quantity::of(node).map(|amount| (amount.milli(), amount.value())));
            if read != built && (amounts[0].is_none() || amounts[0] != amounts[1]) {
                faults.push(format!("{path}: {:?} became {:?}", read.value, built.value));
            }
        }
    }
}

#[track_caller]
fn assert_equivalent(text: &str) {
    assert_built(text, &built(&imported(text)));
}

/// Whether exactly these objects are built. Values of Secrets are in no source.
#[track_caller]
fn assert_built(text: &str, built: &BTreeMap<ObjectKey, Object>) {
    let expected = objects(text);
    let mut faults = Vec::new();
    for object in expected.iter().filter(|object| object.kind != "Secret") {
        match built.get(&object.key()) {
            Some(other) => same(&object.body, &other.body, "", &mut faults),
            None => faults.push(format!("{} is lost", describe(&object.key()))),
        }
    }
    let expected: Vec<ObjectKey> = expected.iter().map(Object::key).collect();
    let new = built.values().filter(|object| !object.is_footprint() && !expected.contains(&object.key()));
    faults.extend(new.map(|one| format!("{} is new", describe(&one.key()))));
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_web_application_builds_to_the_same_objects() {
    assert_equivalent(WEB);
}

#[test]
fn a_database_with_its_claims_and_an_agent_on_every_node_build_to_the_same_objects() {
    assert_equivalent(STATEFUL);
}

#[test]
fn jobs_with_scripts_build_to_the_same_objects() {
    assert_equivalent(JOBS);
}

#[test]
fn definitions_and_custom_resources_build_to_the_same_objects() {
    assert_equivalent(CUSTOM);
}

#[test]
fn what_refers_to_what_others_make_builds_to_the_same_objects() {
    assert_equivalent(LOOSE);
    let imported = imported(LOOSE);
    let all: String = imported.files.iter().map(|(_, text)| text.as_str()).collect();
    for said in [
        "footprint \"v1\" Service server-headless",
        "footprint \"v1\" Service frontend",
        "footprint \"v1\" Secret shop-tls",
        "footprint \"v1\" Secret settings",
        "footprint \"v1\" PersistentVolumeClaim data",
        "footprint \"apps/v1\" Deployment frontend { metadata.name = \"frontend\", spec.replicas = 0 }",
        "footprint \"rbac.authorization.k8s.io/v1\" Role server",
        "footprint \"rbac.authorization.k8s.io/v1\" ClusterRole reader",
        "pods leader = { app = \"true\", role = \"leader\" }",
        "pods leader-2 = { role = \"leader\" }",
    ] {
        assert!(all.contains(said), "{said} in {all}");
    }
    // What every cluster has is not asked for, and each pod of a set has a label with its name.
    assert!(!all.contains("Role extension") && !all.contains("pods server-0"), "{all}");
    let remark = "8 objects and 2 groups of pods that the manifests refer to and do not hold";
    assert!(imported.remarks.iter().any(|one| one.starts_with(remark)), "{:?}", imported.remarks);
}

#[test]
fn what_a_cluster_gives_back_builds_to_what_was_applied() {
    assert_built(APPLIED, &built(&imported(DUMP)));
}

#[test]
fn what_operators_make_of_an_object_is_written_beside_it() {
    let watch = "{ apiVersion: monitoring.coreos.com/v1, kind: Prometheus, metadata: { name: k8s, namespace: watch }, spec: { replicas: 2, \
                 version: v3.13.2, resources: { requests: { cpu: 1, memory: 2Gi } } } }\n---\n{ apiVersion: v1, kind: Service, metadata: { name: \
                 prometheus, namespace: watch }, spec: { selector: { app.kubernetes.io/name: prometheus }, ports: [ { port: 9090 } ] } }\n";
    assert_equivalent(watch);
    let imported = imported(watch);
    let all: String = imported.files.iter().map(|(_, text)| text.as_str()).collect();
    let expected = "// made of Prometheus.monitoring.coreos.com watch/k8s, so it is counted and never applied\n  footprint \"apps/v1\" StatefulSet";
    assert!(all.contains(expected) && !all.contains("Say behind it"), "{all}");
}

#[test]
fn each_workload_is_a_component_with_what_belongs_to_it() {
    let imported = imported(WEB);
    let file = imported.files.iter().find(|(name, _)| name == "shop.vauban").map(|(_, text)| text.as_str());
    insta::assert_snapshot!(file.expect("the namespace has a file"));
}

#[test]
fn no_secret_is_written() {
    let imported = imported(WEB);
    let all: String = imported.files.iter().map(|(_, text)| text.as_str()).collect();
    assert!(all.contains("footprint \"v1\" Secret api-db") && all.contains("password"), "{all}");
    assert!(!all.contains("c2VjcmV0"), "{all}");
    assert!(
        imported.remarks.iter().any(|remark| remark.starts_with("no value of a Secret is written")),
        "{imported:?}"
    );
    let plain = WEB.replace(
        "{ name: LEVEL, value: info }",
        "{ name: ADMIN_TOKEN, value: hunter2 }\n        - { name: URL, value: \"postgres://u:p4ss@db/x\" }",
    );
    assert_ne!(plain, WEB);
    let imported = super::import::imported(&plain);
    let all: String = imported.files.iter().map(|(_, text)| text.as_str()).collect();
    assert!(!all.contains("hunter2") && !all.contains("p4ss"), "{all}");
    built(&imported);
}

#[test]
fn what_nobody_states_is_asked_for() {
    let silent =
        WEB.replace("resources: { requests: { cpu: 250m, memory: 256Mi }, limits: { memory: 512Mi } }", "stdin: false");
    assert_ne!(silent, WEB);
    let imported = imported(&silent);
    let all: String = imported.files.iter().map(|(_, text)| text.as_str()).collect();
    assert!(
        all.contains(
            "// nobody says what it needs: state it, as in `resources.requests { cpu = 100m, memory = 128Mi }`"
        )
    );
    assert!(
        imported.remarks.iter().any(|remark| remark.contains("`main` of Deployment.apps shop/api")),
        "{imported:?}"
    );
    // It is accepted until somebody states it, and no proof is silent about it.
    assert_equivalent(&silent);
    let root = directory(&[("all.yaml", &format!("{silent}{NODE}{}", NODE.replace("one", "two")))]);
    let sources = path(&root, "shop");
    let (code, _, stderr) = vaubanc(&["import", &path(&root, "all.yaml"), "-o", &sources]);
    assert_eq!(code, 0, "{stderr}");
    let (code, stdout, stderr) = vaubanc(&["build", &sources, "-o", &path(&root, "built")]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let (code, report, _) =
        vaubanc(&["verify", &path(&root, "built/reports/proof.json"), "--manifests", &path(&root, "built")]);
    assert_eq!(code, 0, "{report}");
    assert!(report.contains("containers that state no request use nothing of their node: those of `api`"), "{report}");
    let report = std::fs::read_to_string(root.path().join("built/reports/report.md")).expect("a report is written");
    assert!(report.contains("no requests were stated when this was imported"), "{report}");
}

#[test]
fn what_a_limit_range_fills_in_needs_no_acceptance() {
    let filled = WEB
        .replace("resources: { requests: { cpu: 250m, memory: 256Mi }, limits: { memory: 512Mi } }", "stdin: false")
        + "---\n{ apiVersion: v1, kind: LimitRange, metadata: { name: least, namespace: shop }, spec: { limits: [ { type: Container, \
           defaultRequest: { cpu: 100m, memory: 64Mi } } ] } }\n";
    let all: String = imported(&filled).files.iter().map(|(_, text)| text.as_str()).collect();
    assert!(!all.contains("accept unbudgeted"), "{all}");
    assert_equivalent(&filled);
}

#[test]
fn the_command_writes_a_module_that_is_proved_on_its_nodes() {
    let all = format!("{WEB}{NODE}{}", NODE.replace("one", "two"));
    let root = directory(&[("all.yaml", &all)]);
    let out = path(&root, "shop");
    let (code, stdout, stderr) = vaubanc(&["import", &path(&root, "all.yaml"), "-o", &out]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let (code, stdout, stderr) = vaubanc(&["check", &out]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains("on nodes"), "{stdout}");
    let (code, _, stderr) = vaubanc(&["import", &path(&root, "all.yaml"), "-o", &out]);
    assert!(code == 2 && stderr.contains("is not empty"), "{stderr}");
    let (code, stdout, _) = vaubanc(&["import", &path(&root, "all.yaml")]);
    assert!(code == 0 && stdout.contains("// ----- main.vauban") && stdout.contains("reserve.kubelet"), "{stdout}");
}
