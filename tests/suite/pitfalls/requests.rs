//! What one pod asks for.

use super::module::{build, cpu, errors, like, prove_only, text, warnings, workload};

const GIB: i64 = 1 << 30;

fn one(resources: &str, pod: &str) -> String {
    workload("Deployment", "api", resources, pod, "replicas: 1, strategy: {type: Recreate}")
}

fn memory(amount: &str) -> String {
    one(&format!("{{requests: {{memory: {amount}}}, limits: {{memory: {amount}}}}}"), "")
}

#[test]
fn pitfall_01_a_gigabyte_is_less_than_a_gibibyte_and_a_thousandth_of_a_byte_is_noticed() {
    // 128 GB are 128 × 10^9 bytes: 119 × 2^30 = 127 775 277 056 fit, 120 × 2^30 = 128 849 018 880 do not.
    let node = "  node n { cpu = 8, memory = 128GB }";
    let fits = build(node, &[memory("119Gi")]);
    assert_eq!((fits.verdict("S1"), fits.sum("S1", "memory")), ("fits-guaranteed", 127_775_277_056));
    let refused = build(node, &[memory("120Gi")]);
    assert_eq!(refused.verdict("S1"), "does-not-fit");
    // Of one of them none is on the node.
    assert_eq!(refused.places("S1"), [0]);
    // 128m of memory are 0.128 bytes: the server takes them, and warns.
    assert!(!errors(&text(node, &[memory("128m")])).contains(&"V0604"));
    assert!(warnings(&text(node, &[memory("128m")])).contains(&"V0604"));
}

#[test]
fn pitfall_02_init_containers_and_sidecars_run_beside_the_sidecars_before_them() {
    // Together at the end: main 100 + both sidecars 50 + 70 = 220. While `migrate` runs: 300 + the sidecar before it 50 = 350.
    // `late` comes after it and is not there yet.
    let pod = "initContainers: [{name: early, image: 'x:1', restartPolicy: Always, resources: {requests: {cpu: 50m}}}, {name: migrate, \
               image: 'x:1', resources: {requests: {cpu: 300m}}}, {name: late, image: 'x:1', restartPolicy: Always, resources: {requests: \
               {cpu: 70m}}}]";
    let built = build(&like(1, "8", ""), &[one("{requests: {cpu: 100m}}", pod)]);
    assert_eq!(built.sum("S1", "cpu"), 350);
    // With 100m less to migrate the end counts: 200 + 50 = 250 > 220; with 200m less it does not: 150 < 220.
    let less = pod.replace("300m", "100m");
    assert_eq!(build(&like(1, "8", ""), &[one("{requests: {cpu: 100m}}", &less)]).sum("S1", "cpu"), 220);
}

#[test]
fn pitfall_03_resources_of_the_pod_replace_those_of_its_containers_where_the_version_knows_them() {
    let node = like(1, "8", "");
    // The containers ask for 900, the pod as a whole for 500.
    let pod = one("{requests: {cpu: 900m}}", "resources: {requests: {cpu: 500m}}");
    // On a declared version that drops the field nobody emits it unawares; manifests of others may have it.
    let old = format!("  kubernetes = \"1.33\"\n{node}");
    assert!(errors(&text(&old, std::slice::from_ref(&pod))).contains(&"V0602"));
    let on = |version: &str| prove_only(&format!("{version}\n{node}"), &pod);
    assert_eq!(on("  kubernetes = \"1.34\"").sum("S1", "cpu"), 500);
    assert_eq!(on("  kubernetes = \"1.33\"").sum("S1", "cpu"), 900);
    // It replaces in both directions.
    let more = one("{requests: {cpu: 100m}}", "resources: {requests: {cpu: 500m}}");
    assert_eq!(prove_only(&format!("  kubernetes = \"1.34\"\n{node}"), &more).sum("S1", "cpu"), 500);
    // Which of them holds, nobody knows where no version is stated.
    assert_eq!(on("").verdict("S1"), "undecided");
}

#[test]
fn pitfall_04_a_quota_on_requests_refuses_pods_with_an_init_container_that_has_none() {
    let quota = "{apiVersion: v1, kind: ResourceQuota, metadata: {name: all, namespace: shop}, spec: {hard: {requests.cpu: '8'}}}";
    let pod = |resources: &str| {
        let init = format!("initContainers: [{{name: wait, image: 'x:1'{resources}}}]");
        build(&like(1, "8", ""), &[one("{requests: {cpu: 100m}}", &init), quota.to_owned()])
    };
    let refused = pod("");
    assert_eq!(refused.verdict("S7"), "does-not-fit");
    let reason = refused.reason("S7");
    assert!(reason.contains("`requests.cpu`") && reason.contains("`wait`"), "{reason}");
    // A request of nothing is one.
    assert_eq!(pod(", resources: {requests: {cpu: '0'}}").verdict("S7"), "fits-guaranteed");
}

#[test]
fn pitfall_05_a_default_limit_below_the_request_makes_the_pod_invalid() {
    let range = |limit: &str| {
        format!(
            "{{apiVersion: v1, kind: LimitRange, metadata: {{name: defaults, namespace: shop}}, spec: {{limits: [{{type: Container, \
             default: {{memory: {limit}}}}}]}}}}"
        )
    };
    let pod = one("{requests: {memory: 1Gi}}", "");
    let refused = build(&like(1, "8", ""), &[range("512Mi"), pod.clone()]);
    assert_eq!(refused.verdict("S7"), "does-not-fit");
    let reason = refused.reason("S7");
    assert!(reason.contains("requests 1 GiB") && reason.contains("limited to 512 MiB"), "{reason}");
    assert_eq!(build(&like(1, "8", ""), &[range("1Gi"), pod]).verdict("S7"), "fits-guaranteed");
}

#[test]
fn pitfall_13_pods_that_ask_for_nothing_use_up_the_slots() {
    let spec = |replicas: u32| format!("replicas: {replicas}, strategy: {{type: Recreate}}");
    let pods = |count: u32| workload("Deployment", "idle", "{}", "", &spec(count));
    // 3 + 8 > 10.
    let beside = workload("Deployment", "api", &cpu(100), "", &spec(3));
    let refused = build(&like(1, "8", ", pods = 10"), &[pods(8), beside.clone()]);
    assert_eq!(refused.verdict("S1"), "does-not-fit");
    assert_eq!(refused.evidence("S1")["weights"][0]["resource"], "pods");
    assert_eq!(build(&like(1, "8", ", pods = 10"), &[pods(7), beside]).sum("S1", "pods"), 10);
}

#[test]
fn pitfall_22_a_limit_is_the_request_that_is_left_out() {
    let built = build(&like(1, "8", ""), &[one("{limits: {cpu: 300m, memory: 2Gi}}", "")]);
    assert_eq!((built.sum("S1", "cpu"), built.sum("S1", "memory")), (300, 2 * GIB));
}
