//! What a cluster gives back as manifests: everything counted once, with where it is.

use vaubanc::objects::Object;
use vaubanc::objects::footprint::describe;
use vaubanc::query::manifests::placed::loads;
use vaubanc::query::manifests::{Contents, Manifest, contents, prove};
use vaubanc::query::nodes;
use vaubanc::source::SourceMap;

use super::{directory, path, vaubanc};

/// The metadata of an object that an API server gave back.
fn meta(name: &str, owner: Option<(&str, &str, &str)>, more: &str) -> String {
    let owner = owner.map_or(String::new(), |(api, kind, of)| {
        format!("ownerReferences: [ {{ apiVersion: {api}, kind: {kind}, name: {of}, uid: u, controller: true }} ], ")
    });
    format!(
        "metadata: {{ name: {name}, namespace: shop, uid: {name}, resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z', \
         managedFields: [ {{ manager: kubectl }} ], {owner}{more} }}"
    )
}

fn containers(cpu: &str) -> String {
    format!("containers: [ {{ name: main, image: x, resources: {{ requests: {{ cpu: {cpu}, memory: 256Mi }} }} }} ]")
}

fn pod(name: &str, owner: Option<(&str, &str, &str)>, more: &str, node: &str, cpu: &str, phase: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\n{}\nspec: {{ nodeName: {node}, priority: 0, preemptionPolicy: PreemptLowerPriority, {} }}\n\
         status: {{ phase: {phase} }}\n",
        meta(name, owner, more),
        containers(cpu)
    )
}

fn workload(kind: &str, name: &str, owner: Option<(&str, &str, &str)>, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\n{}\nspec: {{ {spec} selector: {{ matchLabels: {{ app: {name} }} }}, template: {{ metadata: {{ \
         creationTimestamp: null, labels: {{ app: {name} }} }}, spec: {{ {} }} }} }}\nstatus: {{ replicas: 2 }}\n",
        meta(name, owner, "annotations: { deployment.kubernetes.io/revision: '3' }"),
        containers("500m")
    )
}

fn node(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Node\nmetadata: {{ name: {name}, uid: {name}, labels: {{ kubernetes.io/hostname: {name}, kubernetes.io/os: linux, \
         kubernetes.io/arch: amd64 }} }}\nspec: {{}}\nstatus: {{ allocatable: {{ cpu: '4', memory: 8Gi, pods: '110' }}, capacity: {{ cpu: '4', \
         memory: 8Gi, pods: '110' }}, nodeInfo: {{ kubeletVersion: v1.33.1 }} }}\n"
    )
}

fn shop() -> String {
    let replicaset = ("apps/v1", "ReplicaSet", "api-5f");
    let hash = "labels: { app: api, pod-template-hash: 5f }";
    let claim = |name: &str, number: u32| {
        format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\n{}\nspec: {{ accessModes: [ ReadWriteOnce ], volumeName: pvc-{number}, \
             storageClassName: fast, resources: {{ requests: {{ storage: 1Gi }} }} }}\nstatus: {{ phase: Bound }}\n",
            meta(
                name,
                None,
                "annotations: { pv.kubernetes.io/bind-completed: 'yes', pv.kubernetes.io/bound-by-controller: 'yes' }"
            )
        )
    };
    let job = |name: &str, owner, status: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\n{}\nspec: {{ template: {{ spec: {{ restartPolicy: Never, {} }} }} }}\nstatus: {{ {status} }}\n",
            meta(name, owner, ""),
            containers("100m")
        )
    };
    [
        node("one"),
        node("two"),
        "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, uid: shop }\nstatus: { phase: Active }\n".to_owned(),
        workload("Deployment", "api", None, "replicas: 2,"),
        workload("ReplicaSet", "api-5f", Some(("apps/v1", "Deployment", "api")), "replicas: 2,"),
        workload("ReplicaSet", "api-4e", Some(("apps/v1", "Deployment", "api")), "replicas: 0,"),
        pod("api-5f-a", Some(replicaset), hash, "one", "500m", "Running"),
        pod("api-5f-b", Some(replicaset), hash, "two", "500m", "Running"),
        pod("api-5f-c", Some(replicaset), hash, "two", "500m", "Failed"),
        workload(
            "StatefulSet",
            "db",
            None,
            "replicas: 1, serviceName: db, volumeClaimTemplates: [ { metadata: { name: data }, spec: { accessModes: [ ReadWriteOnce ], \
             storageClassName: fast, resources: { requests: { storage: 1Gi } } } } ],",
        ),
        claim("data-db-0", 0),
        claim("data-db-1", 1),
        format!(
            "apiVersion: batch/v1\nkind: CronJob\n{}\nspec: {{ schedule: '0 3 * * *', concurrencyPolicy: Forbid, jobTemplate: {{ spec: {{ template: {{ \
             spec: {{ restartPolicy: Never, {} }} }} }} }} }}\n",
            meta("nightly", None, ""),
            containers("200m")
        ),
        job("nightly-29", Some(("batch/v1", "CronJob", "nightly")), "active: 1"),
        pod("nightly-28-x", Some(("batch/v1", "Job", "nightly-28")), "", "one", "200m", "Running"),
        job("migrate", None, "conditions: [ { type: Complete, status: 'True' } ]"),
        pod("alone", None, "", "one", "50m", "Running"),
        format!("apiVersion: kafka.strimzi.io/v1\nkind: Kafka\n{}\nspec: {{}}\n", meta("events", None, "")),
        format!(
            "apiVersion: core.strimzi.io/v1\nkind: StrimziPodSet\n{}\nspec: {{}}\n",
            meta("events-kafka", Some(("kafka.strimzi.io/v1", "Kafka", "events")), "")
        ),
        pod("events-kafka-0", Some(("core.strimzi.io/v1", "StrimziPodSet", "events-kafka")), "", "two", "300m", "Running"),
        pod("proxy-one", Some(("v1", "Node", "one")), "annotations: { kubernetes.io/config.mirror: x }", "one", "100m", "Running"),
        pod("proxy-two", Some(("v1", "Node", "two")), "annotations: { kubernetes.io/config.mirror: x }", "two", "100m", "Running"),
        format!("apiVersion: v1\nkind: Event\n{}\ninvolvedObject: {{}}\nreason: Scheduled\n", meta("hm", None, "")),
    ]
    .join("---\n")
}

fn read(text: &str) -> Contents {
    let mut sources = SourceMap::default();
    let (contents, found) = contents(vec![Manifest { name: "dump.yaml".into(), text: text.into() }], &mut sources);
    assert!(found.is_empty(), "{found:#?}");
    contents
}

fn names(objects: &[Object]) -> Vec<String> {
    objects.iter().map(|object| describe(&object.key())).collect()
}

#[test]
fn everything_is_counted_once_through_its_owner_or_as_it_is() {
    let contents = read(&shop());
    assert_eq!(
        names(&contents.objects),
        [
            "Node one",
            "Node two",
            "Namespace shop",
            "Deployment.apps shop/api",
            "StatefulSet.apps shop/db",
            "PersistentVolumeClaim shop/data-db-1",
            "CronJob.batch shop/nightly",
            "Pod shop/alone",
            "Kafka.kafka.strimzi.io shop/events",
            "StrimziPodSet.core.strimzi.io shop/events-kafka",
            "Pod shop/events-kafka-0",
            "DaemonSet.apps shop/proxy",
        ]
    );
    let stood: Vec<String> =
        contents.objects.iter().filter_map(|object| object.stands_for.as_ref()).map(describe).collect();
    assert_eq!(
        stood,
        [
            "Kafka.kafka.strimzi.io shop/events",
            "StrimziPodSet.core.strimzi.io shop/events-kafka",
            "StaticPod shop/proxy"
        ]
    );
    let deployment = &contents.objects[3].body;
    assert!(deployment.get("status").is_none() && deployment.at(&["metadata", "managedFields"]).is_none());
    assert!(contents.objects[5].body.at(&["spec", "volumeName"]).is_none());
}

#[test]
fn where_pods_are_is_told_beside_what_is_guaranteed_and_the_checker_confirms() {
    let root = directory(&[("dump.yaml", &shop())]);
    let (dump, out) = (path(&root, "dump.yaml"), path(&root, "out"));
    let (_, stdout, stderr) = vaubanc(&["prove", "--manifests", &dump, "--nodes", &dump, "-o", &out]);
    assert!(stdout.contains("S0 steady                           guaranteed"), "{stdout}{stderr}");
    let placed: Vec<&str> = stdout.lines().skip_while(|line| !line.contains("placed now")).take(3).collect();
    assert_eq!(
        placed,
        [
            "  as the pods are placed now (requested of allocatable; the proof holds wherever they go)",
            "    two   23 %  0.9 of 4 CPU  768 MiB of 8 GiB  3 of 110 pods",
            "    one   22 %  0.85 of 4 CPU  1 GiB of 8 GiB  4 of 110 pods",
        ],
        "{stdout}"
    );
    let (_, stdout, stderr) = vaubanc(&["verify", &format!("{out}/reports/proof.json"), "--manifests", &out]);
    let steady = stdout.lines().find(|line| line.contains("S0")).unwrap_or_default();
    assert!(steady.contains("confirmed"), "{stdout}{stderr}");
}

#[test]
fn a_custom_resource_stays_open_where_no_pods_of_its_namespace_were_given() {
    let without: Vec<String> =
        shop().split("---\n").filter(|one| !one.contains("kind: Pod\n")).map(str::to_owned).collect();
    let mut sources = SourceMap::default();
    let nodes = vec![Manifest { name: "n".into(), text: format!("{}---\n{}", node("one"), node("two")) }];
    let objects = read(&without.join("---\n")).objects;
    let (hardware, _) = nodes::read(nodes, &objects, &mut sources);
    let foreign = prove(objects, hardware.expect("the nodes are right"));
    assert_eq!(
        foreign.unaccounted,
        ["Kafka.kafka.strimzi.io shop/events", "StrimziPodSet.core.strimzi.io shop/events-kafka"]
    );
}

#[test]
fn pods_on_unknown_nodes_are_named() {
    let contents = read(&shop());
    let mut sources = SourceMap::default();
    let (hardware, _) =
        nodes::read(vec![Manifest { name: "n".into(), text: node("one") }], &contents.objects, &mut sources);
    let (loads, elsewhere) = loads(&contents.placed, &hardware.expect("the node is right"));
    assert_eq!((loads.len(), loads[0].pods, loads[0].cpu), (1, 4, [850, 4000]));
    let mut names: Vec<&str> = elsewhere.iter().map(|pod| pod.pod.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["shop/api-5f-b", "shop/events-kafka-0", "shop/proxy-two"]);
}

#[test]
fn storage_classes_of_a_cloud_are_network_storage_with_what_their_drivers_attach() {
    let class = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: { name: fast }\nprovisioner: ebs.csi.aws.com\nvolumeBindingMode: WaitForFirstConsumer\n";
    let csi = "apiVersion: storage.k8s.io/v1\nkind: CSINode\nmetadata: { name: one }\nspec: { drivers: [ { name: ebs.csi.aws.com, nodeID: i-1, topologyKeys: [], allocatable: { count: 25 } } ] }\n";
    let read_on = |text: &str| {
        let mut sources = SourceMap::default();
        let objects = read(text).objects;
        let (hardware, found) =
            nodes::read(vec![Manifest { name: "n".into(), text: node("one") }], &objects, &mut sources);
        let said: Vec<String> = found.iter().map(|one| one.message.clone()).collect();
        (hardware.expect("the node is right"), said)
    };
    let (hardware, said) = read_on(&format!("{class}---\n{csi}"));
    assert!(said.is_empty(), "{said:?}");
    let [storage] = hardware.storages.as_slice() else { panic!("{hardware:?}") };
    assert_eq!((storage.storage_class.as_str(), storage.zonal), ("fast", true));
    assert_eq!(storage.attach_limit.map(|limit| limit.value), Some(25));
    let (_, said) = read_on(class);
    assert_eq!(said, ["nothing says how many volumes of `fast` a node attaches, so no limit is counted"]);
    let (hardware, _) = read_on(&class.replace("ebs.csi.aws.com", "rancher.io/local-path"));
    assert!(hardware.storages.is_empty());
}
