//! Containers that something adds to pods.

use super::fixture::{GB, Workload, node, proof, reason, sum, verdict};
use crate::fit::{EnvironmentProof, Verdict};

const ISTIO: &str = "labels: {app: api, sidecar.istio.io/inject: 'true'}";
const LINKERD: &str = "labels: {app: api}, annotations: {linkerd.io/inject: enabled}";
const VAULT: &str = "labels: {app: api}, annotations: {vault.hashicorp.com/agent-inject: 'true'}";

/// Two pods of 100m with these metadata and these fields of the spec.
fn api(metadata: &str, pod: &str) -> String {
    let plain = Workload { replicas: 2, cpu: 100, memory: 1000, pod, ..Workload::default() };
    plain.yaml().replace("labels: {app: api}", metadata)
}

fn namespace(metadata: &str) -> String {
    format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: shop, {metadata}}}}}")
}

/// What an injector adds.
fn template(name: &str, injects: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: PodTemplate, metadata: {{name: {name}, namespace: mesh, annotations: {{vauban.dev/injects: {injects}}}}}, \
         template: {{spec: {{{spec}}}}}}}"
    )
}

fn container(name: &str, cpu: i128, further: &str) -> String {
    format!("{{name: {name}, resources: {{requests: {{cpu: {cpu}m, memory: 1}}, limits: {{memory: 1}}}}{further}}}")
}

fn proxy(injects: &str) -> String {
    template(injects, injects, &format!("containers: [{}]", container("proxy", 50, "")))
}

fn on(documents: &[String]) -> EnvironmentProof {
    proof(vec![node("host", 8000, 8 * GB)], documents)
}

#[test]
fn a_container_is_added_to_every_pod_that_asks_for_it() {
    // 2 × (100 + 50), and of memory 2 × (1000 + 1).
    for (metadata, injector) in [(ISTIO, "istio"), (LINKERD, "linkerd"), (VAULT, "vault")] {
        let proof = on(&[api(metadata, ""), proxy(injector)]);
        assert_eq!((sum(&proof, "S0", "cpu"), sum(&proof, "S0", "memory")), (300, 2002), "{injector}");
    }
    // Nobody asks for that of another, and nobody asks at all.
    assert_eq!(sum(&on(&[api("labels: {app: api}", ""), proxy("istio")]), "S0", "cpu"), 200);
    // Both of two.
    let both = "labels: {app: api, istio.io/rev: stable}, annotations: {vault.hashicorp.com/agent-inject: 'true'}";
    assert_eq!(sum(&on(&[api(both, ""), proxy("istio"), proxy("vault")]), "S0", "cpu"), 400);
}

#[test]
fn sidecars_come_before_and_other_init_containers_behind_those_of_the_pod() {
    // The own init container, 300, runs beside the sidecar, 50: 350. The other one, 320, comes last, beside it as well: 370. In the end
    // there are 100 + 50 + 20.
    let added = format!(
        "initContainers: [{}, {}], containers: [{}]",
        container("setup", 320, ""),
        container("proxy", 50, ", restartPolicy: Always"),
        container("agent", 20, "")
    );
    let own = format!("initContainers: [{}]", container("migrate", 300, ""));
    let with = |added: &str| sum(&on(&[api(ISTIO, &own), template("istio", "istio", added)]), "S0", "cpu");
    assert_eq!(with(&added), 2 * 370);
    assert_eq!(with(&added.replace("320m", "20m")), 2 * 350);
    assert_eq!(with(&added.replace("320m", "20m").replace("20m", "400m")), 2 * 550);
}

#[test]
fn a_namespace_turns_an_injector_on_and_a_template_off() {
    let on_in = |metadata: &str, pods: &str, injector: &str| {
        sum(&on(&[namespace(metadata), api(pods, ""), proxy(injector)]), "S0", "cpu")
    };
    let plain = "labels: {app: api}";
    assert_eq!(on_in("labels: {istio-injection: enabled}", plain, "istio"), 300);
    assert_eq!(on_in("labels: {istio.io/rev: stable}", plain, "istio"), 300);
    assert_eq!(on_in("annotations: {linkerd.io/inject: ingress}", plain, "linkerd"), 300);
    let off = "labels: {app: api}, annotations: {sidecar.istio.io/inject: 'false', linkerd.io/inject: disabled}";
    assert_eq!(on_in("labels: {istio-injection: enabled}", off, "istio"), 200);
    assert_eq!(on_in("labels: {istio-injection: disabled}", plain, "istio"), 200);
    assert_eq!(on_in("annotations: {linkerd.io/inject: enabled}", off, "linkerd"), 200);
    // A label off turns off a revision of the template, too.
    let both = "labels: {app: api, sidecar.istio.io/inject: 'false', istio.io/rev: stable}";
    assert_eq!(on_in("labels: {istio-injection: enabled}", both, "istio"), 200);
}

#[test]
fn what_nobody_describes_or_two_do_opens_every_state() {
    let none = reason(&on(&[api(ISTIO, "")]), "S0");
    assert_eq!(
        none,
        "Istio adds containers to the pods of `Deployment.apps shop/api`, and no footprint says which; write a `footprint \"v1\" \
         PodTemplate` with them and the annotation `vauban.dev/injects: istio`"
    );
    // That of another injector says nothing about this one.
    assert_eq!(reason(&on(&[api(ISTIO, ""), proxy("vault")]), "S7"), none);
    let second = proxy("istio").replacen("name: istio", "name: other", 1);
    assert!(reason(&on(&[api(ISTIO, ""), proxy("istio"), second]), "S0").contains("2 footprints say which"));
}

#[test]
fn what_is_stated_otherwise_for_some_pods_opens_every_state() {
    for (metadata, key) in [
        (format!("{ISTIO}, annotations: {{sidecar.istio.io/proxyCPU: 1000m}}"), "sidecar.istio.io/proxyCPU"),
        (format!("{ISTIO}, annotations: {{inject.istio.io/templates: gateway}}"), "inject.istio.io/templates"),
    ] {
        assert!(reason(&on(&[api(&metadata, ""), proxy("istio")]), "S0").contains(key), "{key}");
    }
    let whole = "annotations: {linkerd.io/inject: enabled, config.linkerd.io/proxy-cpu-request: 200m}";
    let above = on(&[namespace(whole), api("labels: {app: api}", ""), proxy("linkerd")]);
    assert!(reason(&above, "S0").contains("config.linkerd.io/proxy-cpu-request"));
    let both = format!("{ISTIO}, annotations: {{sidecar.istio.io/inject: 'false'}}");
    assert!(reason(&on(&[api(&both, ""), proxy("istio")]), "S0").contains("contradict each other"));
}

#[test]
fn what_is_injected_is_admitted_like_everything_else() {
    let quota = "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q, namespace: shop}, spec: {hard: {requests.cpu: HARD}}}";
    let within = |hard: &str| verdict(&on(&[api(ISTIO, ""), proxy("istio"), quota.replace("HARD", hard)]), "S7");
    // 3 × 150 in a rollout.
    assert_eq!((within("450m"), within("449m")), (Verdict::Guaranteed, Verdict::DoesNotFit));
    // Its host port lets one of the two onto a node, and what nobody accounts for is not passed over.
    let port =
        template("istio", "istio", &format!("containers: [{}]", container("proxy", 50, ", ports: [{hostPort: 80}]")));
    assert_eq!(verdict(&on(&[api(ISTIO, ""), port]), "S0"), Verdict::DoesNotFit);
    let strange = template("istio", "istio", "volumes: [{name: v, ephemeral: {}}], containers: [{name: proxy}]");
    assert!(reason(&on(&[api(ISTIO, ""), strange]), "S0").contains("ephemeral"));
    // What else its template says is about no pod.
    let rest = template("istio", "istio", "hostNetwork: true, nodeSelector: {disk: fast}, containers: [{name: proxy}]");
    assert_eq!(sum(&on(&[api(ISTIO, ""), rest]), "S0", "cpu"), 200);
}
