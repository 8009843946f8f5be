//! Every kind of reference once whole and once broken.

use crate::diag::Diagnostics;
use crate::eval::model::{Instance, InstanceId, Model, PodGroup, SecretKey, SecretRequest};
use crate::objects::Object;
use crate::objects::check::author::Author;
use crate::objects::check::testing::{messages, objects, with_footprint};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::InstanceClass;

fn check(model: &Model, objects: &[Object]) -> Diagnostics {
    super::check(Author { model, sources: &SourceMap::default() }, objects, &|_| true)
}

const NAMESPACE: &str = "{ apiVersion: v1, kind: Namespace, metadata: { name: blog } }";
const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: blog }
spec:
  selector: { matchLabels: { app: api }, matchExpressions: [{ key: app, operator: In, values: [api, web] }] }
  template:
    metadata: { labels: { app: api, tier: back } }
    spec:
      containers: [{ name: main, image: a, ports: [{ name: http, containerPort: 8080 }] }]
";

fn found(documents: &[&str]) -> Vec<String> {
    messages(check(&Model::default(), &objects(&[&[NAMESPACE][..], documents].concat())))
}

fn service(spec: &str) -> String {
    format!("{{ apiVersion: v1, kind: Service, metadata: {{ name: api, namespace: blog }}, spec: {spec} }}")
}

/// A Pod of this spec beside a ConfigMap `settings` with the key `level` and a Secret `keys` with the key `token`.
fn pod(spec: &str) -> Vec<String> {
    let pod = format!("{{ apiVersion: v1, kind: Pod, metadata: {{ name: p, namespace: blog }}, spec: {spec} }}");
    let map = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: settings, namespace: blog }, data: { level: x } }";
    let secret =
        "{ apiVersion: v1, kind: Secret, metadata: { name: keys, namespace: blog }, stringData: { token: x } }";
    found(&[map, secret, &pod])
}

#[test]
fn a_service_must_select_pods_and_name_their_ports() {
    let right = service("{ selector: { app: api }, ports: [{ port: 80, targetPort: http }] }");
    assert_eq!(found(&[DEPLOYMENT, &right]), [""; 0]);
    let port = service("{ selector: { app: api }, ports: [{ port: 80, targetPort: web }] }");
    assert_eq!(
        found(&[DEPLOYMENT, &port]),
        ["Service `api` targets the port `web`, which no container of its pods names"]
    );
    let wrong = service("{ selector: { app: ap1, tier: back }, ports: [{ port: 80 }] }");
    assert_eq!(found(&[DEPLOYMENT, &wrong]), ["Service `api` selects no pods in namespace `blog`"]);
    assert_eq!(found(&[&service("{ type: ExternalName, externalName: a.com }")]), [""; 0]);
}

#[test]
fn labels_that_controllers_give_to_pods_select_them() {
    let set = DEPLOYMENT.replace("kind: Deployment", "kind: StatefulSet");
    let of = |label: &str| {
        let service = service(&format!("{{ selector: {{ app: api, {label} }}, ports: [{{ port: 80 }}] }}"));
        messages(check(&Model::default(), &objects(&[NAMESPACE, &set, &service])))
    };
    assert_eq!(of("statefulset.kubernetes.io/pod-name: api-1"), [""; 0]);
    assert_eq!(of("apps.kubernetes.io/pod-index: '1'"), [""; 0]);
    for other in [
        "statefulset.kubernetes.io/pod-name: web-1",
        "statefulset.kubernetes.io/pod-name: api",
        "pod-template-hash: 5f",
    ] {
        assert_eq!(of(other), ["Service `api` selects no pods in namespace `blog`"], "{other}");
    }
}

#[test]
fn the_pods_that_come_closest_are_named() {
    let wrong = service("{ selector: { app: ap1, tier: back }, ports: [{ port: 80 }] }");
    let all: Vec<_> = check(&Model::default(), &objects(&[NAMESPACE, DEPLOYMENT, &wrong])).into_iter().collect();
    assert_eq!(all[0].notes, ["the pods of Deployment `api` come closest: they have `app` `api`, not `ap1`"]);
    assert_eq!(all[0].primary.text, "no pods are labelled app=ap1, tier=back");
}

#[test]
fn pods_of_operators_count_whether_footprints_or_groups_say_so() {
    let service = service("{ selector: { app: api }, ports: [{ port: 80, targetPort: sql }] }");
    let documents = [NAMESPACE, DEPLOYMENT, &service];
    assert_eq!(messages(check(&Model::default(), &with_footprint(&documents, 1))), [""; 0]);
    let group =
        PodGroup { name: "main".into(), labels: vec![("app".into(), "api".into())], needed: None, span: Span::NONE };
    let instance = Instance {
        class: InstanceClass::Component,
        name: "api".into(),
        emitted_name: "api".into(),
        kinds: vec![],
        namespace: Some("blog".into()),
        span: Span::NONE,
        docs: None,
        spec: None,
        external: false,
        groups: vec![group],
        listeners: vec![],
        members: vec![],
        wave: 0,
    };
    let model = Model { instances: vec![instance], ..Model::default() };
    assert_eq!(messages(check(&model, &objects(&[NAMESPACE, &service]))), [""; 0]);
    let wrong = DEPLOYMENT.replace("app: api", "app: web");
    let found = messages(check(&model, &objects(&[NAMESPACE, &wrong, &service])));
    assert_eq!(found, ["Service `api` selects no pods in namespace `blog`"]);
}

#[test]
fn a_workload_must_select_its_own_pods() {
    let wrong = DEPLOYMENT.replace("matchLabels: { app: api }", "matchLabels: { app: web }");
    assert_eq!(found(&[&wrong]), ["the selector of Deployment `api` does not select its own pods"]);
    let wrong = DEPLOYMENT.replace("[api, web]", "[web]");
    assert_eq!(found(&[&wrong]), ["the selector of Deployment `api` does not select its own pods"]);
}

#[test]
fn budgets_and_autoscalers_must_have_a_target() {
    let budget = |label: &str| {
        format!(
            "{{ apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{ name: b, namespace: blog }}, spec: {{ selector: {{ matchLabels: {{ app: {label} }} }} }} }}"
        )
    };
    assert_eq!(found(&[DEPLOYMENT, &budget("api")]), [""; 0]);
    assert_eq!(found(&[DEPLOYMENT, &budget("web")]), ["PodDisruptionBudget `b` selects no pods in namespace `blog`"]);
    let scaler = |name: &str| {
        format!(
            "{{ apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {{ name: s, namespace: blog }}, spec: {{ scaleTargetRef: {{ kind: Deployment, name: {name} }} }} }}"
        )
    };
    assert_eq!(found(&[DEPLOYMENT, &scaler("api")]), [""; 0]);
    assert_eq!(
        found(&[DEPLOYMENT, &scaler("apo")]),
        ["HorizontalPodAutoscaler `s` scales the Deployment `apo`, which does not exist in namespace `blog`"]
    );
}

#[test]
fn mounts_name_volumes_or_claim_templates() {
    let spec = "{ containers: [{ name: m, volumeMounts: [{ name: data, mountPath: /d }] }], volumes: [{ name: date, emptyDir: {} }] }";
    assert_eq!(pod(spec), ["container `m` of Pod `p` mounts the volume `data`, which the pod does not have"]);
    let set = "
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, namespace: blog }
spec:
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { initContainers: [{ name: i, volumeMounts: [{ name: data, mountPath: /d }] }] }
  volumeClaimTemplates: [{ metadata: { name: data } }]
";
    assert_eq!(
        found(&[set]),
        ["StatefulSet `db` is governed by the Service `db`, which does not exist in namespace `blog`"]
    );
}

#[test]
fn config_maps_and_secrets_must_exist_with_their_keys_unless_optional() {
    let right = "
{ containers: [{ name: m, envFrom: [{ configMapRef: { name: settings } }, { secretRef: { name: gone, optional: true } }],
  env: [{ name: A, valueFrom: { configMapKeyRef: { name: settings, key: level } } },
        { name: B, valueFrom: { secretKeyRef: { name: keys, key: token } } }] }],
  volumes: [{ name: a, configMap: { name: kube-root-ca.crt } }, { name: b, secret: { secretName: keys } },
            { name: c, projected: { sources: [{ configMap: { name: settings, items: [{ key: level, path: l }] } }] } }] }";
    assert_eq!(pod(right), [""; 0]);
    let wrong = "
{ containers: [{ name: m, envFrom: [{ configMapRef: { name: setting } }],
  env: [{ name: A, valueFrom: { configMapKeyRef: { name: settings, key: levels } } },
        { name: B, valueFrom: { secretKeyRef: { name: keys, key: tokn } } }] }],
  volumes: [{ name: b, secret: { secretName: key } }, { name: c, persistentVolumeClaim: { claimName: disk } }],
  imagePullSecrets: [{ name: pull }], serviceAccountName: robot, priorityClassName: high }";
    assert_eq!(
        pod(wrong),
        [
            "Pod `p` refers to the ServiceAccount `robot`, which does not exist in namespace `blog`",
            "Pod `p` has the priority class `high`, which is not emitted",
            "Pod `p` refers to the Secret `pull`, which does not exist in namespace `blog`",
            "Pod `p` refers to the Secret `key`, which does not exist in namespace `blog`",
            "Pod `p` refers to the PersistentVolumeClaim `disk`, which does not exist in namespace `blog`",
            "Pod `p` refers to the ConfigMap `setting`, which does not exist in namespace `blog`",
            "Pod `p` reads the key `levels` of ConfigMap `settings`, which does not hold it",
            "Pod `p` reads the key `tokn` of Secret `keys`, which does not hold it",
        ]
    );
}

#[test]
fn secrets_come_from_requests_sealed_and_external_secrets_and_certificates() {
    let key = SecretKey { name: "url".into(), template: "<a/b>".into(), span: Span::NONE };
    let request = SecretRequest {
        instance: InstanceId(0),
        namespace: Some("blog".into()),
        name: "asked".into(),
        keys: vec![key],
        span: Span::NONE,
    };
    let model = Model { secrets: vec![request], ..Model::default() };
    let meta = |name: &str| format!("metadata: {{ name: {name}, namespace: blog }}");
    let sealed = format!(
        "{{ apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, {}, spec: {{ encryptedData: {{ k: x }} }} }}",
        meta("sealed")
    );
    let external = format!(
        "{{ apiVersion: external-secrets.io/v1beta1, kind: ExternalSecret, {}, spec: {{ target: {{ name: outer }}, data: [{{ secretKey: k }}] }} }}",
        meta("other")
    );
    let certificate = format!(
        "{{ apiVersion: cert-manager.io/v1, kind: Certificate, {}, spec: {{ secretName: tls }} }}",
        meta("certificate")
    );
    let read = |name: &str, key: &str| {
        let pod = format!(
            "{{ apiVersion: v1, kind: Pod, {}, spec: {{ containers: [{{ name: m, env: [{{ name: A, valueFrom: {{ secretKeyRef: {{ name: {name}, key: {key} }} }} }}] }}] }} }}",
            meta("p")
        );
        messages(check(&model, &objects(&[NAMESPACE, &sealed, &external, &certificate, &pod]))).len()
    };
    for (name, key) in [("asked", "url"), ("sealed", "k"), ("outer", "k"), ("tls", "tls.crt")] {
        assert_eq!(read(name, key), 0, "{name}");
    }
    for (name, key) in [("asked", "uri"), ("sealed", "x"), ("outer", "x"), ("other", "k"), ("gone", "k")] {
        assert_eq!(read(name, key), 1, "{name}");
    }
}

#[test]
fn an_ingress_must_lead_to_a_service_and_its_port() {
    let service = service("{ selector: { app: api }, ports: [{ name: http, port: 80 }] }");
    let ingress = |annotation: &str, name: &str, port: &str| {
        format!(
            "{{ apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{ name: i, namespace: blog, annotations: {{ {annotation}: x }} }}, \
             spec: {{ tls: [{{ secretName: tls }}], rules: [{{ http: {{ paths: [{{ backend: {{ service: {{ name: {name}, port: {port} }} }} }}] }} }}] }} }}"
        )
    };
    let issuer = "cert-manager.io/cluster-issuer";
    let found = |annotation, name, port| found(&[DEPLOYMENT, &service, &ingress(annotation, name, port)]);
    assert_eq!(found(issuer, "api", "{ number: 80 }"), [""; 0]);
    assert_eq!(found(issuer, "api", "{ name: http }"), [""; 0]);
    assert_eq!(
        found(issuer, "api", "{ number: 81 }"),
        ["Ingress `i` sends to the port `81` of Service `api`, which has no such port"]
    );
    assert_eq!(
        found(issuer, "web", "{ number: 80 }"),
        ["Ingress `i` sends to the Service `web`, which does not exist in namespace `blog`"]
    );
    assert_eq!(
        found("other", "api", "{ number: 80 }"),
        ["Ingress `i` refers to the Secret `tls`, which does not exist in namespace `blog`"]
    );
}

#[test]
fn roles_and_namespaces_must_exist() {
    let binding = |kind: &str, name: &str| {
        format!(
            "{{ apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {{ name: b, namespace: blog }}, roleRef: {{ kind: {kind}, name: {name} }} }}"
        )
    };
    assert_eq!(found(&[&binding("ClusterRole", "view")]), [""; 0]);
    assert_eq!(
        found(&[&binding("Role", "reader")]),
        ["RoleBinding `b` grants the Role `reader`, which is not emitted"]
    );
    // A Role that every cluster has is in one namespace.
    let reader = binding("Role", "extension-apiserver-authentication-reader");
    assert_eq!(found(&[&reader.replace("namespace: blog", "namespace: kube-system")]), [""; 0]);
    assert_eq!(
        found(&[&reader]),
        ["RoleBinding `b` grants the Role `extension-apiserver-authentication-reader`, which is not emitted"]
    );
    let lost = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: blig } }";
    let system = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: kube-system } }";
    let all: Vec<_> = check(&Model::default(), &objects(&[NAMESPACE, lost, lost, system])).into_iter().collect();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].message, "ConfigMap `a` lives in namespace `blig`, which is not emitted");
    assert_eq!(all[0].help, ["did you mean `blog`?"]);
    assert_eq!(all[0].primary.text, "no such namespace; 2 objects live in it");
}
