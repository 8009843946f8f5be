//! What must be refused, and what must not.

use super::check;
use crate::objects::check::testing::{messages, objects};
use crate::objects::schema::Catalog;

fn found(document: &str) -> Vec<String> {
    found_by(None, document)
}

/// What servers of that version refuse.
fn found_by(version: Option<(u32, u32)>, document: &str) -> Vec<String> {
    let objects = objects(&[document]);
    messages(check(&objects[0], &Catalog::kubernetes(), version))
}

fn named(api: &str, kind: &str, name: &str) -> usize {
    found(&format!("{{ apiVersion: {api}, kind: {kind}, metadata: {{ name: {name:?} }} }}")).len()
}

fn pod(spec: &str) -> Vec<String> {
    found(&format!("{{ apiVersion: v1, kind: Pod, metadata: {{ name: a }}, spec: {spec} }}"))
}

#[test]
fn each_kind_has_its_own_rule_for_names() {
    assert_eq!(named("v1", "Service", "1a"), 1);
    assert_eq!(named("v1", "Service", "a.b"), 1);
    assert_eq!(named("v1", "ConfigMap", "a.b"), 0);
    assert_eq!(named("v1", "ConfigMap", "A"), 1);
    assert_eq!(named("v1", "Namespace", "a.b"), 1);
    for kind in ["Deployment", "DaemonSet", "ReplicaSet"] {
        assert_eq!(named("apps/v1", kind, &"a".repeat(253)), 0);
        assert_eq!(named("apps/v1", kind, "a.b"), 0);
        assert_eq!(named("apps/v1", kind, &"a".repeat(254)), 1);
    }
    assert_eq!(named("batch/v1", "Job", "a.b"), 0);
    assert_eq!(named("batch/v1", "Job", &"a".repeat(64)), 1);
    assert_eq!(named("policy/v1", "PodDisruptionBudget", "A_b"), 0);
    assert_eq!(named("apps/v1", "StatefulSet", "a.b"), 1);
    assert_eq!(named("apps/v1", "StatefulSet", &"a".repeat(52)), 0);
    assert_eq!(named("apps/v1", "StatefulSet", &"a".repeat(53)), 1);
    assert_eq!(named("batch/v1", "CronJob", &"a".repeat(52)), 0);
    assert_eq!(named("batch/v1", "CronJob", &"a".repeat(53)), 1);
    assert_eq!(named("rbac.authorization.k8s.io/v1", "ClusterRole", "system:Node"), 0);
    assert_eq!(named("rbac.authorization.k8s.io/v1", "ClusterRole", "a/b"), 1);
    assert_eq!(named("example.com/v1", "Widget", "a.b"), 0);
    let crd = "{ apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: { name: widget.x.com }, \
               spec: { group: x.com, names: { plural: widgets } } }";
    assert_eq!(found(crd), ["Kubernetes refuses the name `widget.x.com` of CustomResourceDefinition `widget.x.com`"]);
}

#[test]
fn namespaces_labels_and_annotations_are_checked_wherever_they_stand() {
    let document = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: a, namespace: a.b, labels: { 'a b': x }, annotations: { example.com/CamelCase: anything at all } }
spec:
  selector: { matchLabels: { app: 'x y' } }
  template:
    metadata: { labels: { app: 'x/y' } }
";
    assert_eq!(
        found(document),
        [
            "Kubernetes refuses the namespace `a.b` of Deployment `a`",
            "Kubernetes refuses the label key `a b` of Deployment `a`",
            "Kubernetes refuses the label value `x y` of Deployment `a`",
            "Kubernetes refuses the label value `x/y` of Deployment `a`",
        ]
    );
}

#[test]
fn containers_ports_and_variables_have_forms() {
    let spec = "
{ containers: [{ name: Main, ports: [{ name: metrics-and-more-1, containerPort: 0 }, { name: web, containerPort: 65535 }],
  env: [{ name: 1=X }, { name: 1X }], livenessProbe: { httpGet: { port: '8080' }, periodSeconds: -1 } }],
  volumes: [{ name: a.b }] }";
    assert_eq!(
        pod(spec),
        [
            "Kubernetes refuses the container name `Main` of Pod `a`",
            "Kubernetes refuses the port name `metrics-and-more-1` of Pod `a`",
            "Kubernetes refuses the port `0` of Pod `a`",
            "Kubernetes refuses the environment variable `1=X` of Pod `a`",
            "Kubernetes refuses the port name `8080` of Pod `a`",
            "Kubernetes refuses the periodSeconds `-1` of Pod `a`",
            "Kubernetes refuses the volume name `a.b` of Pod `a`",
        ]
    );
}

#[test]
fn what_is_nothing_to_the_server_is_not_refused() {
    let spec = "
{ containers: [{ name: a, ports: [{ name: '', containerPort: 1, hostPort: 0 }, { name: '', containerPort: 2 }],
  livenessProbe: { tcpSocket: { port: 1 }, periodSeconds: 0, timeoutSeconds: 0, successThreshold: 0, failureThreshold: 0 } }] }";
    assert_eq!(pod(spec), [""; 0]);
    let service = |ports: &str| {
        found(&format!("{{ apiVersion: v1, kind: Service, metadata: {{ name: a }}, spec: {{ ports: {ports} }} }}"))
    };
    assert_eq!(service("[{ port: 1, name: '', targetPort: 0, nodePort: 0 }]"), [""; 0]);
    assert_eq!(service("[{ port: 1, targetPort: '' }]"), [""; 0]);
    assert_eq!(service("[{ port: 1, name: '' }, { port: 2, name: b }]"), ["a port of Service `a` has no name"]);
    assert_eq!(service("[{ port: 0 }]"), ["Kubernetes refuses the port `0` of Service `a`"]);
}

#[test]
fn older_servers_take_fewer_names() {
    let service = "{ apiVersion: v1, kind: Service, metadata: { name: 1a } }";
    assert_eq!(found_by(Some((1, 36)), service), [""; 0]);
    assert_eq!(found_by(Some((1, 35)), service), ["Kubernetes refuses the name `1a` of Service `1a`"]);
    let variable = "{ apiVersion: v1, kind: Pod, metadata: { name: a }, spec: { containers: [{ name: a, env: [{ name: 1X }] }] } }";
    assert_eq!(found_by(Some((1, 32)), variable), [""; 0]);
    assert_eq!(found_by(Some((1, 31)), variable), ["Kubernetes refuses the environment variable `1X` of Pod `a`"]);
}

#[test]
fn a_name_of_which_no_pod_can_be_made_is_said_to_be_accepted() {
    let document = format!("{{ apiVersion: apps/v1, kind: StatefulSet, metadata: {{ name: {} }} }}", "a".repeat(53));
    let name = "a".repeat(53);
    assert_eq!(found(&document), [format!("the pods of StatefulSet `{name}` can never be created")]);
}

#[test]
fn names_that_must_differ_do() {
    let spec = "{ containers: [{ name: a, volumeMounts: [{ name: v, mountPath: /x }, { name: w, mountPath: /x }] }, { name: a }] }";
    assert_eq!(
        pod(spec),
        ["Kubernetes refuses the container name `a` of Pod `a`", "Kubernetes refuses the mount path `/x` of Pod `a`"]
    );
    let service = "{ apiVersion: v1, kind: Service, metadata: { name: a }, spec: { ports: [{ port: 1 }, { port: 70000, name: b }] } }";
    assert_eq!(
        found(service),
        ["a port of Service `a` has no name", "Kubernetes refuses the port `70000` of Service `a`"]
    );
}

#[test]
fn quantities_are_read_and_parts_of_bytes_noticed() {
    let resources = |text: &str| pod(&format!("{{ containers: [{{ name: a, resources: {text} }}] }}"));
    assert_eq!(resources("{ limits: { memory: 128m } }"), ["the memory `128m` of Pod `a` is no whole number of bytes"]);
    assert_eq!(resources("{ limits: { cpu: 128m, memory: 128Mi, ephemeral-storage: 1.5Gi } }"), [""; 0]);
    assert_eq!(resources("{ limits: { memory: 1GB } }"), ["Kubernetes refuses the memory `1GB` of Pod `a`"]);
    assert_eq!(resources("{ limits: { cpu: -1 } }"), ["Kubernetes refuses the cpu `-1` of Pod `a`"]);
    assert_eq!(
        resources("{ limits: { cpu: 500m }, requests: { cpu: 0.6 } }"),
        ["Kubernetes refuses the request of cpu `0.6` of Pod `a`"]
    );
    assert_eq!(resources("{ limits: { cpu: 500m }, requests: { cpu: 0.5 } }"), [""; 0]);
}

#[test]
fn counts_below_zero_and_keys_that_are_no_file_names_are_refused() {
    let deployment = "{ apiVersion: apps/v1, kind: Deployment, metadata: { name: a }, spec: { replicas: -1 } }";
    assert_eq!(found(deployment), ["Kubernetes refuses the replicas `-1` of Deployment `a`"]);
    let config = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { a/b: x, ok.yaml: x } }";
    assert_eq!(found(config), ["Kubernetes refuses the key `a/b` of ConfigMap `a`"]);
    let large = format!(
        "{{ apiVersion: v1, kind: ConfigMap, metadata: {{ name: a }}, data: {{ k: {} }} }}",
        "x".repeat(1 << 20)
    );
    assert_eq!(found(&large), ["`data` of ConfigMap `a` is too large"]);
}

#[test]
fn a_near_miss_comes_with_the_name_to_type() {
    let objects = objects(&["{ apiVersion: v1, kind: Service, metadata: { name: My_Api } }"]);
    let found: Vec<_> = check(&objects[0], &Catalog::kubernetes(), None).into_iter().collect();
    assert_eq!(found[0].help, ["call it `my-api`"]);
    assert_eq!(found[0].primary.text, "it holds `M`; allowed are lower-case letters, digits and `-`");
}
