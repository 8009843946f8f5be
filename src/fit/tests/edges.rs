//! What the API server and the controllers make of manifests that seem to say something else.

use super::fixture::{GB, Workload, node, objects, platform, proof, reason, state, sum, verdict};
use crate::fit::{EnvironmentProof, Evidence, Reading, Scenario, Verdict, prove};
use crate::objects::ObjectKey;

fn api(pod: &str) -> String {
    Workload { replicas: 2, cpu: 100, memory: 1000, pod, ..Workload::default() }.yaml()
}

fn on_two(documents: &[String]) -> EnvironmentProof {
    proof(vec![node("one", 8000, 8 * GB), node("two", 8000, 8 * GB)], documents)
}

#[test]
fn a_pod_is_not_pushed_beside_one_that_keeps_it_away() {
    // Each node has one of `t2`, which no other pod of the group may be beside: making room among `t1` helps nobody.
    let grouped =
        |yaml: &str, name: &str| yaml.replace(&format!("{{app: {name}}}"), &format!("{{app: {name}, group: g}}"));
    let apart = "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {group: g}}}]}}";
    let of =
        |name, replicas, cpu, memory, pod| Workload { name, replicas, cpu, memory, pod, ..Workload::default() }.yaml();
    let documents = [
        grouped(&of("t0", 1, 200, 3000, ""), "t0"),
        of("t1", 3, 300, 2000, ""),
        grouped(&of("t2", 2, 200, 3000, apart), "t2"),
    ];
    let found = proof(vec![node("one", 900, 10_000), node("two", 1200, 11_000)], &documents);
    assert_ne!(verdict(&found, "S0"), Verdict::Possible, "{:?}", state(&found, "S0").evidence);
}

#[test]
fn a_pod_of_two_budgets_is_never_evicted() {
    let budget = |name: &str, app: &str| {
        format!(
            "{{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{name: {name}, namespace: shop}}, spec: {{maxUnavailable: 1, \
             selector: {{matchLabels: {{app: {app}}}}}}}}}"
        )
    };
    assert_eq!(verdict(&on_two(&[api(""), budget("a", "api")]), "S4"), Verdict::Guaranteed);
    assert_eq!(verdict(&on_two(&[api(""), budget("a", "api"), budget("b", "web")]), "S4"), Verdict::Guaranteed);
    let both = on_two(&[api(""), budget("a", "api"), budget("b", "api")]);
    assert!(
        matches!(&state(&both, "S4").evidence, Some(Evidence::Locked { budgets: 2, .. })),
        "{:?}",
        state(&both, "S4")
    );
    assert_eq!(verdict(&both, "S3"), Verdict::Guaranteed);
}

#[test]
fn what_tolerates_everything_stays_on_a_node_that_is_gone() {
    let of = |toleration: &str| on_two(&[api(&format!("tolerations: [{{{toleration}}}]"))]);
    let key = "key: node.kubernetes.io/unreachable, operator: Exists";
    for harmless in ["key: gpu, operator: Exists", &format!("{key}, effect: NoExecute, tolerationSeconds: 30")] {
        assert_eq!(verdict(&of(harmless), "S3"), Verdict::Guaranteed, "{harmless}");
    }
    for clinging in [
        "operator: Exists",
        "operator: Exists, effect: NoExecute",
        &format!("{key}, effect: NoExecute"),
        "key: node.kubernetes.io/unschedulable, effect: NoSchedule",
    ] {
        assert!(reason(&of(clinging), "S3").contains("nothing drives"), "{clinging}");
    }
}

#[test]
fn a_claim_for_one_pod_at_a_time_has_one_pod() {
    let claim = |mode: &str| {
        format!(
            "{{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: data, namespace: shop}}, spec: {{accessModes: [{mode}], \
             resources: {{requests: {{storage: 1Gi}}}}}}}}"
        )
    };
    let pod = "volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]";
    let of = |mode: &str| proof(vec![node("one", 8000, 8 * GB)], &[api(pod), claim(mode)]);
    assert_eq!(verdict(&of("ReadWriteOnce"), "S0"), Verdict::Guaranteed);
    assert!(reason(&of("ReadWriteOncePod"), "S0").contains("no placement is looked for"));
}

#[test]
fn a_memory_limit_of_nothing_is_none() {
    let unlimited =
        api("").replace("requests: {cpu: 100m, memory: 1000}, limits: {memory: 1000}", "limits: {memory: 0}");
    let found = proof(vec![node("one", 8000, 8 * GB)], &[unlimited]);
    let Some(Evidence::Limits(limits)) = &state(&found, "S5").evidence else { panic!("{found:?}") };
    assert_eq!(limits[0].sum, 16 * GB);
}

#[test]
fn a_pods_own_limit_stands_in_before_a_namespace_gives_requests() {
    let range = "{apiVersion: v1, kind: LimitRange, metadata: {name: r, namespace: shop}, spec: {limits: [{type: Container, defaultRequest: {cpu: 100m}}]}}";
    let whole = api("resources: {limits: {cpu: 2}}").replace("cpu: 100m, ", "");
    let found = proof(vec![node("one", 8000, 8 * GB)], &[whole, range.to_owned()]);
    assert_eq!(sum(&found, "S0", "cpu"), 4000);
}

#[test]
fn null_is_not_passed_over_where_the_server_does_not() {
    for pod in [
        "nodeSelector: {disk: null}",
        "topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: null}}}]",
        "initContainers: [{name: init, resources: {requests: {cpu: null}}}]",
    ] {
        let found = reason(&on_two(&[api(pod)]), "S0");
        assert!(found.contains("null"), "{pod}: {found}");
    }
}

#[test]
fn an_autoscaler_of_what_a_footprint_stands_for_leaves_its_pods_open() {
    let scaler = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h, namespace: shop}, spec: {scaleTargetRef: {kind: Database, name: db}, maxReplicas: 9}}";
    let mut objects = objects(&[api(""), scaler.to_owned()]);
    let owner = |name: &str| ObjectKey {
        group: "example.org".to_owned(),
        kind: "Database".to_owned(),
        namespace: Some("shop".to_owned()),
        name: name.to_owned(),
    };
    let model = platform(vec![node("one", 8000, 8 * GB)]);
    objects[0].stands_for = Some(owner("other"));
    assert_eq!(
        verdict(&prove(&Reading::of(Scenario { model: &model, objects: &objects }, &[])), "S0"),
        Verdict::Guaranteed
    );
    objects[0].stands_for = Some(owner("db"));
    let found = prove(&Reading::of(Scenario { model: &model, objects: &objects }, &[]));
    assert!(reason(&found, "S0").contains("`Database db`"), "{}", reason(&found, "S0"));
}

#[test]
fn limit_ranges_that_give_different_defaults_leave_everything_open() {
    let range = |name: &str, cpu: &str| {
        format!(
            "{{apiVersion: v1, kind: LimitRange, metadata: {{name: {name}, namespace: shop}}, spec: {{limits: [{{type: Container, \
             defaultRequest: {{cpu: {cpu}}}}}]}}}}"
        )
    };
    let alike = on_two(&[api(""), range("a", "100m"), range("b", "0.1")]);
    assert_eq!(verdict(&alike, "S0"), Verdict::Guaranteed);
    let torn = on_two(&[api(""), range("a", "100m"), range("b", "200m")]);
    assert_eq!(verdict(&torn, "S7"), Verdict::Undecided);
    assert!(reason(&torn, "S0").contains("namespace `shop` give containers different defaults"), "{torn:?}");
}
