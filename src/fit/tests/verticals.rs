//! Vertical autoscalers: what containers may come to request.

use super::fixture::{GB, Workload, node, proof, reason, state, sum, verdict};
use crate::fit::{EnvironmentProof, Evidence, Verdict};

/// An autoscaler of the Deployment `api` with these fields of its spec.
fn vertical(name: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: autoscaling.k8s.io/v1, kind: VerticalPodAutoscaler, metadata: {{name: {name}, namespace: shop}}, spec: {{targetRef: \
         {{apiVersion: apps/v1, kind: Deployment, name: api}}{spec}}}}}"
    )
}

/// The same with policies for containers.
fn policies(policies: &str) -> String {
    vertical("api", &format!(", resourcePolicy: {{containerPolicies: [{policies}]}}"))
}

/// Two pods of 100m, 1000 bytes, and a limit of 1000 bytes.
fn api() -> String {
    Workload { replicas: 2, cpu: 100, memory: 1000, ..Workload::default() }.yaml()
}

fn on(documents: &[String]) -> EnvironmentProof {
    proof(vec![node("host", 8000, 8 * GB)], documents)
}

/// CPU, memory and memory limits of both pods.
fn sums(documents: &[String]) -> (i128, i128, i128) {
    let proof = on(documents);
    let Some(Evidence::Limits(limits)) = &state(&proof, "S5").evidence else { panic!("{:?}", state(&proof, "S5")) };
    (sum(&proof, "S1", "cpu"), sum(&proof, "S1", "memory"), limits[0].sum)
}

#[test]
fn a_container_requests_what_it_may_come_to_and_its_limit_grows_with_it() {
    // 2 × 300m, 2 × 2500, and the limit grows by 2500/1000.
    let main = policies("{containerName: main, maxAllowed: {cpu: 300m, memory: 2500}}");
    assert_eq!(sums(&[api(), main]), (600, 5000, 5000));
    // What is above it already stays.
    let less = policies("{containerName: main, maxAllowed: {cpu: 50m, memory: 1500}}");
    assert_eq!(sums(&[api(), less]), (200, 3000, 3000));
    // Limits that do not follow stay, and then no pod of it is ever admitted: it requests 1500 and is limited to 1000.
    let fixed =
        policies("{containerName: main, maxAllowed: {cpu: 300m, memory: 1500}, controlledValues: RequestsOnly}");
    assert_eq!(sums(&[api(), fixed.clone()]), (600, 3000, 2000));
    assert_eq!(verdict(&on(&[api(), fixed]), "S7"), Verdict::DoesNotFit);
}

#[test]
fn a_limit_that_grows_is_rounded_up() {
    // 4 × 7/3 = 9.33… bytes, 10 of each pod.
    let uneven = api().replace("memory: 1000}, limits: {memory: 1000}", "memory: 3}, limits: {memory: 4}");
    let main = policies("{containerName: main, maxAllowed: {cpu: 100m, memory: 7}}");
    assert_eq!(sums(&[uneven, main]), (200, 14, 20));
}

#[test]
fn the_policy_of_a_container_goes_before_that_of_all() {
    let all = "{containerName: '*', maxAllowed: {cpu: 500m, memory: 1000}}";
    assert_eq!(sums(&[api(), policies(all)]).0, 1000);
    let own = format!("{all}, {{containerName: main, maxAllowed: {{cpu: 300m, memory: 1000}}}}");
    assert_eq!(sums(&[api(), policies(&own)]).0, 600);
    let off = format!("{all}, {{containerName: main, mode: 'Off'}}");
    assert_eq!(sums(&[api(), policies(&off)]).0, 200);
    // Only what it controls needs a bound.
    assert_eq!(
        sums(&[api(), policies("{containerName: main, controlledResources: [cpu], maxAllowed: {cpu: 300m}}")]),
        (600, 2000, 2000)
    );
}

#[test]
fn only_an_autoscaler_that_does_something_to_these_pods_counts() {
    let all = "resourcePolicy: {containerPolicies: [{containerName: '*', maxAllowed: {cpu: 500m, memory: 1000}}]}";
    assert_eq!(sums(&[api(), vertical("api", ", updatePolicy: {updateMode: 'Off'}")]).0, 200);
    assert_eq!(sums(&[api(), vertical("api", "").replace("name: api}", "name: web}")]).0, 200);
    assert_eq!(sums(&[api(), vertical("api", "").replace("kind: Deployment", "kind: StatefulSet")]).0, 200);
    let initial = format!(", updatePolicy: {{updateMode: Initial}}, {all}");
    assert_eq!(sums(&[api(), vertical("api", &initial)]).0, 1000);
    // One that only recommends is no second.
    let recommends = vertical("other", ", updatePolicy: {updateMode: 'Off'}");
    assert_eq!(sums(&[api(), vertical("api", &initial), recommends]).0, 1000);
}

#[test]
fn init_containers_and_injected_ones_stay_what_they_are() {
    let all = policies("{containerName: '*', maxAllowed: {cpu: 500m, memory: 1000}}");
    let pod = "initContainers: [{name: first, resources: {requests: {cpu: 50m, memory: 1}}}]";
    let injected = Workload { replicas: 2, cpu: 100, memory: 1000, pod, ..Workload::default() }.yaml();
    let injected = injected.replace("labels: {app: api}", "labels: {app: api, istio.io/rev: stable}");
    let template = "{apiVersion: v1, kind: PodTemplate, metadata: {name: istio, namespace: mesh, annotations: {vauban.dev/injects: istio}}, \
                    template: {spec: {containers: [{name: proxy, resources: {requests: {cpu: 20m, memory: 1}}}]}}}";
    assert_eq!(sum(&on(&[injected, all, template.to_owned()]), "S1", "cpu"), 2 * 520);
}

#[test]
fn a_limit_range_refuses_what_a_container_may_come_to() {
    let range = "{apiVersion: v1, kind: LimitRange, metadata: {name: limits, namespace: shop}, spec: {limits: [{type: Container, max: \
                 {memory: 2499}}]}}";
    let main = policies("{containerName: main, maxAllowed: {cpu: 300m, memory: 2500}}");
    assert_eq!(verdict(&on(&[api(), range.to_owned(), main]), "S7"), Verdict::DoesNotFit);
    assert_eq!(verdict(&on(&[api(), range.to_owned()]), "S7"), Verdict::Guaranteed);
}

#[test]
fn what_nothing_bounds_opens_every_state_and_what_to_type_is_said() {
    let said = |documents: &[String], words: &str| {
        let proof = on(documents);
        let found = reason(&proof, "S0");
        assert!(found.contains(words), "{found}");
        assert!(proof.states.iter().all(|state| state.verdict == Verdict::Undecided));
    };
    assert_eq!(
        reason(&on(&[api(), vertical("api", "")]), "S0"),
        "nothing bounds how much cpu `VerticalPodAutoscaler.autoscaling.k8s.io shop/api` lets the container `main` of \
         `Deployment.apps shop/api` request; set `resourcePolicy.containerPolicies[containerName=main].maxAllowed.cpu` of its spec, or \
         `updatePolicy.updateMode` to `\"Off\"`"
    );
    said(
        &[api(), policies("{containerName: main, maxAllowed: {cpu: 300m}}")],
        "[containerName=main].maxAllowed.memory",
    );
    said(&[api(), policies("{containerName: other, maxAllowed: {cpu: 300m, memory: 1}}")], "maxAllowed.cpu");
    let main = "{containerName: main, maxAllowed: {cpu: 300m, memory: 1000}}";
    said(&[api(), policies(main), vertical("other", "")], "both change the requests");
    said(&[api(), policies(&format!("{main}, {main}"))], "two policies");
    // A limit of 1000 over a request of 0 has no factor; without a limit nothing grows.
    let nothing = api().replace("memory: 1000}, limits", "memory: 0}, limits");
    said(&[nothing.clone(), policies(main)], "which is 0");
    let open = nothing.replace(", limits: {memory: 1000}", "");
    assert_eq!(sum(&on(&[open, policies(main)]), "S1", "memory"), 2000);
}
