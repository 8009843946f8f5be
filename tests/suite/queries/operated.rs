//! What known operators make of custom resources among manifests.

use super::{directory, path, vaubanc};

const LAB: &str = "hardware lab { node box { cpu = 8, memory = 16GB, count = 3 } }\n";

const OPERATOR: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: operator, namespace: watch }\nspec:\n  \
    selector: { matchLabels: { app: operator } }\n  template:\n    metadata: { labels: { app: operator } }\n    \
    spec: { containers: [ { name: main, image: operator, args: [ARGS], \
    resources: { requests: { cpu: 100m, memory: 100Mi } } } ] }\n";

fn prometheus(more: &str) -> String {
    format!(
        "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {{ name: k8s, namespace: watch }}\n\
         spec: {{ replicas: 2, version: v3.13.2, resources: {{ requests: {{ cpu: 1, memory: 2Gi }} }}{more} }}\n"
    )
}

fn alertmanager(more: &str) -> String {
    format!(
        "apiVersion: monitoring.coreos.com/v1\nkind: Alertmanager\nmetadata: {{ name: main, namespace: watch }}\n\
         spec: {{ replicas: 3, version: 0.33.1{more} }}\n"
    )
}

/// What is said, the footprints that are written, and whether the checker agrees.
fn proved(text: &str) -> (u8, String, String) {
    let root = directory(&[("all/all.yaml", text), ("lab.vauban", LAB)]);
    let (all, lab, out) = (path(&root, "all"), path(&root, "lab.vauban"), path(&root, "out"));
    let (code, said, complaints) = vaubanc(&["prove", "--manifests", &all, "--hardware", &lab, "-o", &out]);
    let footprints = std::fs::read_to_string(format!("{out}/reports/footprints-base.yaml")).unwrap_or_default();
    let (checked, found, wrong) = vaubanc(&["verify", &format!("{out}/reports/proof.json"), "--manifests", &out]);
    assert_eq!(checked, code, "{said}{complaints}{found}{wrong}");
    (code, said + &complaints, footprints)
}

#[test]
fn a_prometheus_and_an_alertmanager_are_counted_with_their_reloaders() {
    let (code, said, footprints) = proved(&format!("{}---\n{}", prometheus(""), alertmanager("")));
    assert_eq!(code, 0, "{said}");
    let made = "`Prometheus.monitoring.coreos.com watch/k8s` makes `StatefulSet.apps watch/prometheus-k8s`";
    assert!(said.contains(made), "{said}");
    let made = "`Alertmanager.monitoring.coreos.com watch/main` makes `StatefulSet.apps watch/alertmanager-main`";
    assert!(said.contains(made), "{said}");
    // A reloader beside each, and one before it, with requests and limits.
    assert_eq!(footprints.matches("cpu: 10m").count(), 8, "{footprints}");
    // What nobody states for an Alertmanager, the operator does.
    assert_eq!(footprints.matches("memory: 200Mi").count(), 1, "{footprints}");
}

#[test]
fn shards_claims_and_constraints_are_those_of_the_object() {
    let more = ", shards: 2, podMetadata: { labels: { team: a } }, nodeSelector: { kubernetes.io/os: linux }, \
                storage: { volumeClaimTemplate: { spec: { resources: { requests: { storage: 5Gi } } } } }";
    let (_, said, footprints) = proved(&prometheus(more));
    assert!(said.contains("watch/prometheus-k8s-shard-1"), "{said}");
    for text in ["name: prometheus-k8s-db", "- ReadWriteOnce", "kubernetes.io/os: linux", "team: a"] {
        assert_eq!(footprints.matches(text).count(), 2, "{text}: {footprints}");
    }
}

#[test]
fn what_the_operator_is_told_of_reloaders_counts() {
    let operator = |args: &str| OPERATOR.replace("ARGS", args);
    let told =
        operator("--prometheus-config-reloader=x, --config-reloader-cpu-request=70m, --config-reloader-cpu-limit=0");
    let (code, said, footprints) = proved(&format!("{}---\n{told}", prometheus("")));
    assert_eq!((code, footprints.matches("cpu: 70m").count()), (0, 2), "{said}{footprints}");
    assert!(!footprints.contains("cpu: 10m"), "{footprints}");
    for args in [
        "--prometheus-config-reloader=x, --labels=a=b",
        "--prometheus-config-reloader=x, --config-reloader-cpu-request=$(A)",
    ] {
        let (code, said, _) = proved(&format!("{}---\n{}", prometheus(""), operator(args)));
        assert_eq!(code, 1, "{args}: {said}");
    }
}

#[test]
fn what_is_not_modelled_leaves_it_open() {
    for more in [
        ", containers: [{ name: more }]",
        ", thanos: { somethingNew: 1 }",
        ", paused: true",
        ", hostNetwork: true",
        ", shardingStrategy: { mode: Topology }",
        ", storage: { ephemeral: {} }",
        ", storage: { volumeClaimTemplate: {} }",
        ", queryLogFile: a.log",
        ", somethingNew: 1",
        ", topologySpreadConstraints: [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, \
           additionalLabelSelectors: OnResource }]",
    ] {
        let (code, said, footprints) = proved(&prometheus(more));
        assert_eq!((code, footprints.as_str()), (1, ""), "{more}: {said}");
        assert!(said.contains("nothing says which pods `Prometheus.monitoring.coreos.com watch/k8s` makes"), "{said}");
    }
    let empty = proved(&prometheus(", containers: [], hostNetwork: false, paused: false"));
    assert_eq!(empty.0, 0, "{}", empty.1);
}

#[test]
fn a_footprint_that_is_given_stays_the_only_one() {
    let given = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: none, namespace: watch, annotations: { \
                 vauban.dev/stands-for: Prometheus.monitoring.coreos.com watch/k8s } }\n";
    let (code, said, footprints) = proved(&format!("{}---\n{given}", prometheus("")));
    assert_eq!(code, 0, "{said}");
    assert!(!footprints.contains("StatefulSet"), "{footprints}");
}

fn cluster(instances: u32, more: &str) -> String {
    format!(
        "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {{ name: db, namespace: shop }}\n\
         spec: {{ instances: {instances}, storage: {{ size: 10Gi, storageClass: fast }}, \
         resources: {{ requests: {{ cpu: 1, memory: 2Gi }}, limits: {{ memory: 2Gi }} }}{more} }}\n"
    )
}

#[test]
fn a_cluster_of_postgres_is_its_instances_with_claims_and_a_budget() {
    let (_, said, footprints) = proved(&cluster(3, ", affinity: { podAntiAffinityType: required }"));
    let made = "`Cluster.postgresql.cnpg.io shop/db` makes `StatefulSet.apps shop/db`";
    assert!(said.contains(made), "{said}");
    for text in ["replicas: 3", "minAvailable: 2", "storage: 10Gi", "topologyKey: kubernetes.io/hostname"] {
        assert_eq!(footprints.matches(text).count(), 1, "{text}: {footprints}");
    }
    let (_, _, footprints) = proved(&cluster(3, ", walStorage: { size: 1Gi }, enablePDB: false"));
    assert!(footprints.contains("storage: 1Gi") && !footprints.contains("minAvailable"), "{footprints}");
}

#[test]
fn the_only_instance_is_never_let_go_of() {
    let (_, said, footprints) = proved(&cluster(1, ""));
    assert!(footprints.contains("minAvailable: 1"), "{footprints}");
    assert!(said.contains("S4"), "{said}");
}

#[test]
fn a_cluster_that_says_more_stays_open() {
    let budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: db, namespace: shop }\n\
                  spec: { minAvailable: 1, selector: { matchLabels: { cnpg.io/instanceRole: primary } } }\n";
    let hibernated = cluster(3, "").replace("name: db,", "name: db, annotations: { cnpg.io/hibernation: \"on\" },");
    let mut all = vec![hibernated, cluster(3, "") + budget, cluster(0, "")];
    for more in [
        ", bootstrap: { recovery: { source: other } }",
        ", plugins: [{ name: barman }]",
        ", tablespaces: [{ name: a, storage: { size: 1Gi } }]",
        ", affinity: { additionalPodAntiAffinity: {} }",
        ", topologySpreadConstraints: [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule }]",
        ", postgresql: { extensions: [{ name: a }] }",
        ", nodeMaintenanceWindow: { inProgress: true }",
        ", replica: { enabled: true }",
        ", somethingNew: 1",
    ] {
        all.push(cluster(3, more));
    }
    for text in all {
        let (code, said, footprints) = proved(&text);
        assert_eq!((code, footprints.as_str()), (1, ""), "{text}: {said}");
        assert!(said.contains("nothing says which pods `Cluster.postgresql.cnpg.io shop/db` makes"), "{text}: {said}");
    }
}

#[test]
fn poolers_are_deployments_and_what_instances_do_makes_no_pods() {
    let others = "---\napiVersion: postgresql.cnpg.io/v1\nkind: ScheduledBackup\nmetadata: { name: nightly, namespace: shop }\n\
                  spec: { schedule: 0 0 0 * * *, cluster: { name: db } }\n---\n\
                  apiVersion: postgresql.cnpg.io/v1\nkind: Database\nmetadata: { name: orders, namespace: shop }\n\
                  spec: { name: orders, owner: app, cluster: { name: db } }\n---\n\
                  apiVersion: postgresql.cnpg.io/v1\nkind: Pooler\nmetadata: { name: pool, namespace: shop }\n\
                  spec: { instances: 2, cluster: { name: db }, pgbouncer: { poolMode: session }, MORE }\n";
    let template = |more: &str| {
        let container = "{ name: pgbouncer, resources: { requests: { cpu: 300m, memory: 64Mi } } }";
        others.replace("MORE", &format!("template: {{ spec: {{ containers: [{container}{more}] }} }}"))
    };
    let (_, said, footprints) = proved(&(cluster(3, "") + &template("")));
    assert!(!said.contains("nothing says which pods"), "{said}");
    assert!(said.contains("`Pooler.postgresql.cnpg.io shop/pool` makes `Deployment.apps shop/pool`"), "{said}");
    assert_eq!(footprints.matches("cpu: 300m").count(), 1, "{footprints}");
    assert_eq!(footprints.matches("cpu: 1").count(), 2, "{footprints}");
    let (_, said, _) = proved(&(cluster(3, "") + &template(", { name: more }")));
    assert!(said.contains("nothing says which pods `Pooler.postgresql.cnpg.io shop/pool` makes"), "{said}");
    let plugged = others.replace("MORE", "type: rw").replace("schedule:", "method: plugin, schedule:");
    let (_, said, _) = proved(&(cluster(3, "") + &plugged));
    assert!(said.contains("nothing says which pods `ScheduledBackup.postgresql.cnpg.io shop/nightly` makes"), "{said}");
}

#[test]
fn a_sidecar_of_thanos_is_counted() {
    let sidecar = ", thanos: { version: 0.41.0, resources: { requests: { cpu: 330m, memory: 256Mi } } }";
    let (code, said, footprints) = proved(&prometheus(sidecar));
    assert_eq!((code, footprints.matches("cpu: 330m").count()), (0, 1), "{said}{footprints}");
    let (code, said, footprints) = proved(&prometheus(", thanos: {}"));
    assert_eq!((code, footprints.matches("name: thanos-sidecar").count()), (0, 1), "{said}{footprints}");
}

const KAFKA: &str = "apiVersion: kafka.strimzi.io/v1\nkind: Kafka\nmetadata: { name: log, namespace: shop }\nspec:\n  \
    kafka: { version: 4.3.1, listeners: [ { name: plain, port: 9092, type: internal, tls: false } ]KAFKA }\n  \
    entityOperator: { topicOperator: { resources: { requests: { cpu: 200m } } }, userOperator: {} }MORE\n---\n";

fn pool(name: &str, role: &str, more: &str) -> String {
    format!(
        "apiVersion: kafka.strimzi.io/v1\nkind: KafkaNodePool\n\
         metadata: {{ name: {name}, namespace: shop, labels: {{ strimzi.io/cluster: log }} }}\n\
         spec: {{ replicas: 3, roles: [ {role} ], resources: {{ requests: {{ cpu: 500m, memory: 1Gi }} }}, \
         storage: {{ type: jbod, volumes: [ {{ id: 0, type: ephemeral, sizeLimit: 1Gi }} ] }}{more} }}\n---\n"
    )
}

fn kafka(of_kafka: &str, more: &str) -> String {
    KAFKA.replace("KAFKA", of_kafka).replace("MORE", more)
}

#[test]
fn a_cluster_of_kafka_is_its_pools_and_what_runs_beside_them() {
    let beside = ", kafkaExporter: {}\n".replace(", ", "\n  ");
    let all = kafka("", &beside) + &pool("controller", "controller", "") + &pool("broker", "broker", "");
    let (code, said, footprints) = proved(&all);
    assert_eq!(code, 0, "{said}");
    for made in ["log-controller", "log-broker"] {
        assert!(said.contains(&format!("makes `StatefulSet.apps shop/{made}`")), "{said}");
    }
    assert!(said.contains("shop/log-entity-operator") && said.contains("shop/log-kafka-exporter"), "{said}");
    assert_eq!(footprints.matches("cpu: 500m").count(), 2, "{footprints}");
    assert_eq!(footprints.matches("cpu: 200m").count(), 1, "{footprints}");
    // Pools keep all but one; the others let go of one.
    assert_eq!(footprints.matches("minAvailable: 2").count(), 2, "{footprints}");
    assert_eq!(footprints.matches("maxUnavailable: 1").count(), 2, "{footprints}");
    assert_eq!(footprints.matches("type: Recreate").count(), 1, "{footprints}");
}

#[test]
fn racks_claims_and_templates_of_kafka_are_those_of_its_objects() {
    let rack = kafka(", rack: { topologyKey: topology.kubernetes.io/zone }", "");
    let (_, _, footprints) = proved(&(rack + &pool("broker", "broker", "")));
    assert_eq!(footprints.matches("key: topology.kubernetes.io/zone").count(), 1, "{footprints}");
    assert_eq!(footprints.matches("cpu: 500m").count(), 2, "{footprints}");
    let claim = "id: 3, type: persistent-claim, size: 7Gi, class: fast";
    let told = pool("broker", "broker", ", template: { pod: { priorityClassName: high } }");
    let told = told.replace("id: 0, type: ephemeral, sizeLimit: 1Gi", claim);
    let (_, _, footprints) = proved(&(kafka("", "") + &told));
    for text in ["name: data-3", "storage: 7Gi", "storageClassName: fast", "priorityClassName: high"] {
        assert!(footprints.contains(text), "{text}: {footprints}");
    }
}

#[test]
fn what_is_not_modelled_of_strimzi_leaves_it_open() {
    let broker = pool("broker", "broker", "");
    let paused =
        kafka("", "").replace("name: log,", "name: log, annotations: { strimzi.io/pause-reconciliation: 'true' },");
    let all = [
        kafka("", ""),
        broker.clone(),
        paused + &broker,
        kafka(", somethingNew: 1", "") + &broker,
        kafka(", storage: { type: ephemeral }", "") + &broker,
        kafka(", rack: { type: env-var, name: RACK }", "") + &broker,
        kafka("", "") + &pool("broker", "broker", ", template: { pod: { volumes: [ { name: a } ] } }"),
        kafka("", "") + &broker.replace("sizeLimit: 1Gi", "overrides: []").replace("overrides: []", "somethingNew: 1"),
        kafka("", "")
            + &broker
            + &OPERATOR.replace("args: [ARGS]", "env: [ { name: STRIMZI_CUSTOM_KAFKA_LABELS, value: a=b } ]"),
    ];
    for text in all {
        let (code, said, _) = proved(&text);
        assert_eq!(code, 1, "{text}: {said}");
        assert!(said.contains("nothing says which pods `Kafka"), "{text}: {said}");
    }
}

#[test]
fn connect_bridges_topics_and_users_of_strimzi_are_known() {
    let object = |kind: &str, spec: &str| {
        format!(
            "apiVersion: kafka.strimzi.io/v1beta2\nkind: {kind}\nmetadata: {{ name: one, namespace: shop }}\nspec: {spec}\n---\n"
        )
    };
    let all = object("KafkaConnect", "{ replicas: 2, bootstrapServers: a, resources: { requests: { cpu: 300m } } }")
        + &object("KafkaMirrorMaker2", "{ connectCluster: a }")
        + &object("KafkaBridge", "{ bootstrapServers: a, http: { port: 8080 } }")
        + &object("KafkaTopic", "{ partitions: 1 }")
        + &object("KafkaUser", "{}");
    let (code, said, footprints) = proved(&all);
    assert_eq!(code, 0, "{said}");
    for made in [
        "StatefulSet.apps shop/one-connect",
        "StatefulSet.apps shop/one-mirrormaker2",
        "Deployment.apps shop/one-bridge",
    ] {
        assert!(said.contains(made), "{made}: {said}");
    }
    // Connect says two, MirrorMaker nothing: three.
    assert_eq!((footprints.matches("minAvailable: 1").count(), footprints.matches("minAvailable: 2").count()), (1, 1));
    let (code, said, _) = proved(&object("KafkaConnect", "{ bootstrapServers: a, build: { output: {} } }"));
    assert_eq!(code, 1, "{said}");
}

#[test]
fn a_thanos_ruler_is_counted_with_its_reloader_where_it_has_something_to_ask() {
    let ruler = |more: &str| {
        format!(
            "apiVersion: monitoring.coreos.com/v1\nkind: ThanosRuler\nmetadata: {{ name: rules, namespace: watch }}\n\
             spec: {{ replicas: 2, version: v0.39.2, resources: {{ requests: {{ cpu: 300m }} }}{more} }}\n"
        )
    };
    let (code, said, footprints) = proved(&ruler(", queryEndpoints: [ a ], podMetadata: { labels: { team: a } }"));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("makes `StatefulSet.apps watch/thanos-ruler-rules`"), "{said}");
    for (text, times) in [("cpu: 300m", 1), ("memory: 200Mi", 1), ("cpu: 10m", 2), ("team: a", 2)] {
        assert_eq!(footprints.matches(text).count(), times, "{text}: {footprints}");
    }
    for more in ["", ", queryEndpoints: [ a ], containers: [ { name: a } ]", ", queryEndpoints: [ a ], paused: true"] {
        let (code, said, footprints) = proved(&ruler(more));
        assert_eq!((code, footprints.as_str()), (1, ""), "{more}: {said}");
    }
}
