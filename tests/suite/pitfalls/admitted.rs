//! Pods that are more when they run than their objects say: injected containers, vertical autoscalers, runs that overlap.

use super::module::{Built, build, cpu, like, workload};

/// Two pods of 100m and 1000 bytes, with these labels beside their own.
fn api(labels: &str) -> String {
    let plain = workload("Deployment", "api", &cpu(100), "", "replicas: 2, strategy: {type: Recreate}");
    plain.replace("metadata: {labels: {app: api}}", &format!("metadata: {{labels: {{app: api{labels}}}}}"))
}

const INJECTED: &str = ", sidecar.istio.io/inject: 'true'";

/// What Istio adds.
fn proxy(spec: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: PodTemplate, metadata: {{name: proxy, namespace: shop, annotations: {{vauban.dev/injects: istio}}}}, \
         template: {{spec: {{{spec}}}}}}}"
    )
}

fn container(name: &str, milli: u32, further: &str) -> String {
    format!(
        "{{name: {name}, image: 'x:1'{further}, resources: {{requests: {{cpu: {milli}m, memory: '100'}}, limits: {{memory: '200'}}}}}}"
    )
}

/// A vertical autoscaler of `api` with these policies for its containers.
fn vertical(policies: &str) -> String {
    format!(
        "{{apiVersion: autoscaling.k8s.io/v1, kind: VerticalPodAutoscaler, metadata: {{name: api, namespace: shop}}, spec: {{targetRef: \
         {{apiVersion: apps/v1, kind: Deployment, name: api}}, resourcePolicy: {{containerPolicies: [{policies}]}}}}}}"
    )
}

fn on(milli: u32, objects: &[String]) -> Built {
    build(&like(1, &format!("{milli}m"), ""), objects)
}

/// The sums of CPU and memory at peak, and that of the memory limits.
fn sums(objects: &[String]) -> (i64, i64, i64) {
    let built = on(8000, objects);
    (
        built.sum("S1", "cpu"),
        built.sum("S1", "memory"),
        built.evidence("S5")["sums"][0]["sum"].as_i64().unwrap_or_default(),
    )
}

#[test]
fn a_sidecar_that_a_mesh_adds_takes_room_on_every_node() {
    let sidecar = proxy(&format!("initContainers: [{}]", container("istio-proxy", 50, ", restartPolicy: Always")));
    // 2 × (100 + 50), 2 × (1000 + 100), and of limits 2 × (1000 + 200).
    assert_eq!(sums(&[api(INJECTED), sidecar.clone()]), (300, 2200, 2400));
    assert_eq!(sums(&[api(""), sidecar.clone()]), (200, 2000, 2000));
    assert_eq!(on(300, &[api(INJECTED), sidecar.clone()]).verdict("S1"), "fits-guaranteed");
    assert_eq!(on(299, &[api(INJECTED), sidecar.clone()]).verdict("S1"), "does-not-fit");
    // Every container that runs before the pod runs beside it, so that one of 400 makes 2 × (50 + 400).
    let both = proxy(&format!(
        "initContainers: [{}, {}]",
        container("setup", 400, ""),
        container("istio-proxy", 50, ", restartPolicy: Always")
    ));
    assert_eq!(sums(&[api(INJECTED), both]).0, 900);
    // Quotas are charged with it: 2 × 150 of 299.
    let quota = "{apiVersion: v1, kind: ResourceQuota, metadata: {name: all, namespace: shop}, spec: {hard: {requests.cpu: 299m}}}".to_owned();
    let refused = on(8000, &[api(INJECTED), sidecar, quota]);
    assert!(refused.reason("S7").contains("0.3 CPU are asked for"), "{}", refused.reason("S7"));
}

#[test]
fn a_sidecar_that_nobody_describes_opens_everything() {
    let open = on(8000, &[api(INJECTED)]);
    assert!(["S0", "S1", "S2", "S3", "S5", "S6", "S7"].iter().all(|state| open.verdict(state) == "undecided"));
    assert!(open.reason("S1").contains("`vauban.dev/injects: istio`"), "{}", open.reason("S1"));
}

#[test]
fn a_pod_is_as_large_as_its_vertical_autoscaler_may_make_it() {
    // 2 × 300 and 2 × 2500; the limit of 1000 grows by 2500/1000.
    let main = vertical("{containerName: main, maxAllowed: {cpu: 300m, memory: '2500'}}");
    assert_eq!(sums(&[api(""), main.clone()]), (600, 5000, 5000));
    assert_eq!(on(599, &[api(""), main.clone()]).verdict("S1"), "does-not-fit");
    assert_eq!(on(600, &[api(""), main]).verdict("S1"), "fits-guaranteed");
    // 1000 × 1001/1000 = 1001, and 1000 × 999/1000 is nothing less.
    let little = vertical("{containerName: '*', maxAllowed: {cpu: 1m, memory: '1001'}}");
    assert_eq!(sums(&[api(""), little]), (200, 2002, 2002));
    let less = vertical("{containerName: '*', maxAllowed: {cpu: 1m, memory: '999'}}");
    assert_eq!(sums(&[api(""), less]), (200, 2000, 2000));
    // Of a container that it leaves alone nothing changes, and only what it controls needs a bound.
    let off = vertical("{containerName: '*', maxAllowed: {cpu: 2, memory: 1Gi}}, {containerName: main, mode: 'Off'}");
    assert_eq!(sums(&[api(""), off]), (200, 2000, 2000));
    let controlled = vertical("{containerName: main, controlledResources: [cpu], maxAllowed: {cpu: 300m}}");
    assert_eq!(sums(&[api(""), controlled]), (600, 2000, 2000));
    // What is injected is not its own.
    let sidecar = proxy(&format!("containers: [{}]", container("istio-proxy", 50, "")));
    let all = vertical("{containerName: '*', maxAllowed: {cpu: 300m, memory: '1000'}}");
    assert_eq!(sums(&[api(INJECTED), sidecar, all]).0, 2 * 350);
}

#[test]
fn limits_that_stay_where_requests_grow_are_refused() {
    let fixed =
        vertical("{containerName: main, maxAllowed: {cpu: 300m, memory: '1500'}, controlledValues: RequestsOnly}");
    let refused = on(8000, &[api(""), fixed]);
    assert_eq!(refused.verdict("S7"), "does-not-fit");
    let reason = refused.reason("S7");
    assert!(reason.contains("(1.5 kB)") && reason.contains("(1 kB)"), "{reason}");
    // A bound of the namespace looks at what a container may come to.
    let range = "{apiVersion: v1, kind: LimitRange, metadata: {name: all, namespace: shop}, spec: {limits: [{type: Container, max: {memory: \
                 '2499'}}]}}"
        .to_owned();
    let main = vertical("{containerName: main, maxAllowed: {cpu: 300m, memory: '2500'}}");
    let bound = on(8000, &[api(""), range, main]);
    assert_eq!(bound.verdict("S7"), "does-not-fit");
    assert!(bound.reason("S7").contains("(2.5 kB)"), "{}", bound.reason("S7"));
}

#[test]
fn a_pod_that_nothing_bounds_opens_everything() {
    for policies in [
        "",
        "{containerName: other, maxAllowed: {cpu: 1, memory: '1000'}}",
        "{containerName: main, maxAllowed: {cpu: 1}}",
    ] {
        let open = on(8000, &[api(""), vertical(policies)]);
        assert!(
            ["S0", "S1", "S2", "S5", "S6", "S7"].iter().all(|state| open.verdict(state) == "undecided"),
            "{policies}"
        );
        assert!(open.reason("S0").contains("maxAllowed."), "{}", open.reason("S0"));
    }
    let off = vertical("").replace("spec: {targetRef", "spec: {updatePolicy: {updateMode: 'Off'}, targetRef");
    assert_eq!(on(8000, &[api(""), off]).verdict("S0"), "fits-guaranteed");
}

/// A job of one pod of 1000m every hour.
fn cron(fields: &str, job: &str) -> String {
    format!(
        "{{apiVersion: batch/v1, kind: CronJob, metadata: {{name: sweep, namespace: shop}}, spec: {{schedule: '0 * * * *'{fields}, \
         jobTemplate: {{spec: {{{job}template: {{spec: {{restartPolicy: Never, containers: [{{name: main, image: 'x:1', resources: \
         {{requests: {{cpu: 1000m, memory: '1000'}}, limits: {{memory: '1000'}}}}}}]}}}}}}}}}}}}"
    )
}

#[test]
fn runs_that_overlap_are_counted_as_far_as_a_deadline_lets_them() {
    let at = |milli: u32, fields: &str, job: &str| on(milli, &[cron(fields, job)]).verdict("S1").to_owned();
    // ⌊(7169 + 30)/3600⌋ + 2 runs, and one that the clocks repeat: 4. A second longer they are ⌊7200/3600⌋ + 3 = 5.
    assert_eq!(at(4000, "", "activeDeadlineSeconds: 7169, "), "fits-guaranteed");
    assert_eq!(at(3999, "", "activeDeadlineSeconds: 7169, "), "does-not-fit");
    assert_eq!(at(4000, "", "activeDeadlineSeconds: 7170, "), "does-not-fit");
    assert_eq!(at(5000, "", "activeDeadlineSeconds: 7170, "), "fits-guaranteed");
    // Half an hour is the least that clocks go back: ⌊(1769 + 30)/3600⌋ + 2 runs, and a second longer one more.
    assert_eq!(at(2000, "", "activeDeadlineSeconds: 1769, "), "fits-guaranteed");
    assert_eq!(at(2000, "", "activeDeadlineSeconds: 1770, "), "does-not-fit");
    // Whoever may not overlap does not, with or without one.
    assert_eq!(at(1000, ", concurrencyPolicy: Forbid", ""), "fits-guaranteed");
    assert_eq!(at(2000, ", concurrencyPolicy: Replace", ""), "fits-guaranteed");
    assert_eq!(at(1999, ", concurrencyPolicy: Replace", ""), "does-not-fit");
    assert_eq!(at(8000, "", ""), "undecided");
    assert_eq!(at(1000, ", suspend: true", ""), "fits-guaranteed");
}
