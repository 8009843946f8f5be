//! What pods request, and how many there are.

use serde_json::{Value as Json, json};

use super::{Case, charge, entry, node, state, sums, workload};

/// A case whose charge holds when the workloads of a manifest are these.
fn charged(id: &str, manifests: &[&str], types: Vec<Json>, values: [i64; 4]) -> Case {
    let evidence =
        if types.is_empty() { json!({ "kind": "layers", "layers": [] }) } else { charge(types, sums("a", values)) };
    Case::new(manifests, &[&node("a", "")]).with(state(id, "fits-guaranteed", evidence))
}

fn pod(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: once, namespace: shop}}\nspec:\n{spec}")
}

fn one(spec: &str, values: [i64; 3]) -> Case {
    let values = [values[0], values[1], values[2], 1];
    charged("S0", &[&pod(spec)], vec![entry("Pod shop/once", 1, 1, 1)], values)
}

#[test]
fn odd_quantities_are_rounded_up_once() {
    one("  containers: [{name: a, resources: {requests: {cpu: 0.1000001, memory: 100m}}}]\n", [101, 1, 0])
        .assert_confirmed();
    one("  containers: [{name: a, resources: {requests: {cpu: 1n, memory: 1e3}}}]\n", [1, 1000, 0]).assert_confirmed();
    one("  containers: [{name: a, resources: {requests: {cpu: 1500000u, memory: 0.5Ki}}}]\n", [1500, 512, 0])
        .assert_confirmed();
    one("  containers: [{name: a, resources: {requests: {cpu: '+1.', memory: 1E3}}}]\n", [1000, 1000, 0])
        .assert_confirmed();
    for wrong in ["1 Gi", "'-1'", "1KiB", "''", "1.2.3", "0x10Mi", "true"] {
        let spec = format!("  containers: [{{name: a, resources: {{requests: {{memory: {wrong}}}}}}}]\n");
        one(&spec, [0, 0, 0]).assert_refused("quantity");
    }
}

#[test]
fn limits_stand_in_for_requests() {
    one("  containers: [{name: a, resources: {limits: {cpu: '1'}}}]\n", [1000, 0, 0]).assert_confirmed();
    one("  containers: [{name: a, resources: {limits: {cpu: '1'}, requests: {cpu: '2'}}}]\n", [2000, 0, 0])
        .assert_confirmed();
}

#[test]
fn init_containers_count_where_they_are_larger_and_sidecars_in_any_case() {
    let main = "  containers: [{name: a, resources: {requests: {cpu: 1000m}}}]\n";
    let init = |inits: &str| format!("{main}  initContainers: [{inits}]\n");
    let plain = |cpu: i64| format!("{{name: i{cpu}, resources: {{requests: {{cpu: {cpu}m}}}}}}");
    let sidecar =
        |cpu: i64| format!("{{name: s{cpu}, restartPolicy: Always, resources: {{requests: {{cpu: {cpu}m}}}}}}");
    one(&init(&plain(900)), [1000, 0, 0]).assert_confirmed();
    one(&init(&plain(1100)), [1100, 0, 0]).assert_confirmed();
    one(&init(&sidecar(300)), [1300, 0, 0]).assert_confirmed();
    // The init container runs beside the sidecars that started before it, not beside those after it.
    one(&init(&format!("{}, {}", sidecar(300), plain(1100))), [1400, 0, 0]).assert_confirmed();
    one(&init(&format!("{}, {}", plain(1350), sidecar(300))), [1350, 0, 0]).assert_confirmed();
    one(&init(&sidecar(300)), [1000, 0, 0]).assert_refused("the files give");
}

#[test]
fn what_a_pod_states_as_a_whole_replaces_its_parts_where_kubernetes_knows_it() {
    let main = "  containers: [{name: a, resources: {requests: {cpu: 1000m}}}]\n";
    let whole = format!("{main}  resources: {{requests: {{cpu: 1500m}}}}\n");
    one(&whole, [1500, 0, 0]).at_version("v1.34.0").assert_confirmed();
    one(&whole, [1000, 0, 0]).at_version("v1.33.2+k3s1").assert_confirmed();
    one(&whole, [1500, 0, 0]).assert_refused("depends on the version");
    let limits = format!("{main}  resources: {{limits: {{cpu: 1500m, memory: '7'}}}}\n");
    one(&limits, [1000, 7, 0]).at_version("v1.35.1").assert_confirmed();
    one(&format!("{main}  overhead: {{cpu: 50m, memory: '3'}}\n"), [1050, 3, 0]).assert_confirmed();
    let sidecar = format!("{main}  initContainers: [{{name: s, restartPolicy: Always}}]\n");
    one(&sidecar, [1000, 0, 0]).at_version("v1.29.0").assert_confirmed();
    one(&sidecar, [1000, 0, 0]).at_version("v1.28.9").assert_refused("sidecars");
}

#[test]
fn a_limit_range_gives_what_containers_leave_out() {
    let range = |limits: &str| {
        format!(
            "apiVersion: v1\nkind: LimitRange\nmetadata: {{name: r, namespace: shop}}\nspec: {{limits: [{limits}]}}\n"
        )
    };
    let bare = pod("  containers: [{name: a}]\n");
    let case = |limits: &str, cpu: i64| {
        charged("S0", &[&bare, &range(limits)], vec![entry("Pod shop/once", 1, 1, 1)], [cpu, 0, 0, 1])
    };
    case("{type: Container, default: {cpu: '2'}, defaultRequest: {cpu: '1'}}", 1000).assert_confirmed();
    case("{type: Container, default: {cpu: '2'}}", 2000).assert_confirmed();
    case("{type: Container, max: {cpu: '3'}, min: {cpu: '1'}}", 3000).assert_confirmed();
    case("{type: Container, min: {cpu: '1'}}", 1000).assert_confirmed();
    case("{type: Pod, default: {cpu: '2'}}", 0).assert_confirmed();
    // Nobody knows which of two the server takes.
    case("{type: Container, defaultRequest: {cpu: '1'}}, {type: Container, defaultRequest: {cpu: '2'}}", 1000)
        .assert_refused("different defaults");
    case("{type: Container, defaultRequest: {cpu: '1'}}, {type: Container, defaultRequest: {cpu: '1'}}", 1000)
        .assert_confirmed();
    case("{type: Container, defaultRequest: {gpu: '1'}}", 0).assert_refused("`gpu`, which is not understood");
}

fn api(spec: &str) -> String {
    workload("Deployment", "api", spec, "", "cpu: 100m")
}

fn counted(id: &str, manifests: &[&str], count: i64) -> Case {
    charged(id, manifests, vec![entry("Deployment.apps shop/api", count, 1, count)], [100 * count, 0, 0, count])
}

#[test]
fn autoscalers_decide_on_the_least_and_the_most() {
    let scaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api, namespace: shop}\nspec: {scaleTargetRef: {kind: Deployment, name: api}, minReplicas: 2, maxReplicas: 4}\n";
    let api = api("  replicas: 9\n");
    counted("S0", &[&api, scaler], 2).assert_confirmed();
    counted("S1", &[&api, scaler], 4).assert_confirmed();
    counted("S2", &[&api, scaler], 5).assert_confirmed();
    counted("S1", &[&api, scaler], 9).assert_refused("count`: the proof says 9, the files give 4");
    counted("S1", &[&api, &scaler.replace(", maxReplicas: 4", "")], 2).assert_refused("no maximum");
    counted("S0", &[&api, &scaler.replace("namespace: shop", "namespace: else")], 9).assert_confirmed();
    counted("S1", &[&api, scaler, &scaler.replace("name: api, namespace", "name: other, namespace")], 4)
        .assert_refused("two autoscalers");
    let keda = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: api, namespace: shop}\nspec: {scaleTargetRef: {name: api}, maxReplicaCount: 3}\n";
    charged("S0", &[&api, keda], vec![], [0; 4]).assert_confirmed();
    counted("S1", &[&api, keda], 3).assert_confirmed();
}

#[test]
fn surges_are_rounded_up_and_fall_away_where_nothing_rolls() {
    let rolling = |surge: &str| api(&format!("  replicas: 3\n  strategy: {{rollingUpdate: {{maxSurge: {surge}}}}}\n"));
    counted("S2", &[&rolling("34%")], 5).assert_confirmed();
    counted("S2", &[&rolling("0")], 3).assert_confirmed();
    counted("S2", &[&api("  replicas: 3\n")], 4).assert_confirmed();
    counted("S2", &[&api("  replicas: 3\n  strategy: {type: Recreate}\n")], 3).assert_confirmed();
    counted("S2", &[&rolling("many")], 3).assert_refused("percentage");
}

#[test]
fn jobs_run_at_the_peak_only_and_overlap_only_where_they_may() {
    let cron = |policy: &str, deadline: &str| {
        format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: c, namespace: shop}}\nspec: {{{policy}jobTemplate: {{spec: {{{deadline}parallelism: 2, template: {{spec: {{containers: [{{name: a}}]}}}}}}}}}}\n"
        )
    };
    let case = |id: &str, cron: &str, count: i64| {
        charged(id, &[cron], vec![entry("CronJob.batch shop/c", count, 1, count)], [0, 0, 0, count])
    };
    case("S1", &cron("concurrencyPolicy: Forbid, ", ""), 2).assert_confirmed();
    case("S1", &cron("concurrencyPolicy: Replace, ", ""), 4).assert_confirmed();
    case("S1", &cron("", ""), 2).assert_refused("overlap");
    charged("S0", &[&cron("concurrencyPolicy: Forbid, ", "")], vec![], [0; 4]).assert_confirmed();
    charged("S1", &[&cron("suspend: true, ", "")], vec![], [0; 4]).assert_confirmed();
    // Two pods of each run: those of ⌊(deadline + 30) / gap⌋ + 2 runs, and of one more that clocks repeat from half an hour on.
    for (schedule, deadline, runs) in [
        ("'0 3 * * *'", 1769, 2),
        ("'0 3 * * *'", 3600, 3),
        ("'0 3 * * *'", 82_770, 4),
        ("'@hourly'", 3569, 3),
        ("'5 * * * *'", 3570, 4),
        ("'*/5 3 * * *'", 29, 2),
        ("'*/5 3 * * *'", 30, 3),
    ] {
        let cron = cron(&format!("schedule: {schedule}, "), &format!("activeDeadlineSeconds: {deadline}, "));
        case("S1", &cron, 2 * runs).assert_confirmed();
    }
}

const SCALER: &str = "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: v, namespace: shop}\nspec: {targetRef: {kind: Pod, name: once}, updatePolicy: {updateMode: Auto}, resourcePolicy: {containerPolicies: [{containerName: a, maxAllowed: {cpu: '2', memory: '30'}}]}}\n";

#[test]
fn a_vertical_autoscaler_asks_for_as_much_as_it_may() {
    let one = |resources: &str, scaler: &str, sums: [i64; 3]| {
        let pod = pod(&format!("  containers: [{{name: a, resources: {{{resources}}}}}]\n"));
        charged("S0", &[&pod, scaler], vec![entry("Pod shop/once", 1, 1, 1)], [sums[0], sums[1], sums[2], 1])
    };
    let requests = "requests: {cpu: 500m, memory: '40'}";
    // What is stated is more than it may ask for, so that stays.
    one(requests, SCALER, [2000, 40, 0]).assert_confirmed();
    one(requests, &SCALER.replace("Auto", "'Off'"), [500, 40, 0]).assert_confirmed();
    one(requests, &SCALER.replace("name: once", "name: other"), [500, 40, 0]).assert_confirmed();
    one(requests, &SCALER.replace("containerName: a", "containerName: '*'"), [2000, 40, 0]).assert_confirmed();
    one(requests, &SCALER.replace("containerName: a", "containerName: b"), [2000, 40, 0])
        .assert_refused("not one policy");
    one(requests, &SCALER.replace(", memory: '30'", ""), [2000, 40, 0]).assert_refused("nothing bounds");
    let cpu =
        SCALER.replace("maxAllowed: {cpu: '2', memory: '30'}", "controlledResources: [cpu], maxAllowed: {cpu: '2'}");
    one(requests, &cpu, [2000, 40, 0]).assert_confirmed();
    one(requests, &SCALER.replace("maxAllowed", "mode: 'Off', maxAllowed"), [500, 40, 0]).assert_confirmed();
    let other = SCALER.replace("name: v,", "name: w,");
    one(requests, &format!("{SCALER}---\n{other}"), [2000, 40, 0]).assert_refused("two autoscalers");
    one("limits: {cpu: '1'}, requests: {cpu: '0'}", SCALER, [2000, 30, 0]).assert_refused("request of nothing");
}

#[test]
fn what_an_injector_adds_is_what_its_footprint_says() {
    let template = "apiVersion: v1\nkind: PodTemplate\nmetadata: {name: proxy, namespace: mesh, annotations: {vauban.dev/injects: istio}}\ntemplate: {spec: {initContainers: [{name: i, resources: {requests: {cpu: 300m}}}, {name: s, restartPolicy: Always, resources: {requests: {cpu: 100m}}}], containers: [{name: p, resources: {requests: {cpu: 50m}}}]}}\n";
    let own = "  initContainers: [{name: o, resources: {requests: {cpu: 500m}}}]\n  containers: [{name: a, resources: {requests: {cpu: 200m}}}]\n";
    let case = |on: &str, footprint: &str, cpu: i64| {
        let pod = pod(own).replace("namespace: shop}", &format!("namespace: shop{on}}}"));
        let mut case = charged("S0", &[&pod], vec![entry("Pod shop/once", 1, 1, 1)], [cpu, 0, 0, 1]);
        case.footprints = footprint.to_owned();
        case
    };
    let on = ", labels: {sidecar.istio.io/inject: 'true'}";
    // The sidecar is there before the pod's own init container: 100 + 500 are more than 200 + 50 + 100 that stay.
    case(on, template, 600).assert_confirmed();
    case("", template, 500).assert_confirmed();
    case(on, "", 600).assert_refused("not exactly one footprint");
    let other = template.replace("name: proxy", "name: other");
    case(on, &format!("{template}---\n{other}"), 600).assert_refused("not exactly one footprint");
    case(on, &template.replace("injects: istio", "injects: linkerd"), 600).assert_refused("`istio` adds");
    let proxy = ", labels: {sidecar.istio.io/inject: 'true'}, annotations: {sidecar.istio.io/proxyCPU: '1'}";
    case(proxy, template, 600).assert_refused("changes what is added");
    let above = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n";
    let space = |on: &str, cpu: i64| {
        let mut case = case(on, template, cpu);
        case.manifests = format!("{}---\n{above}", case.manifests);
        case
    };
    space("", 600).assert_confirmed();
    space(", annotations: {sidecar.istio.io/inject: 'false'}", 500).assert_confirmed();
}

#[test]
fn templates_that_are_not_understood_prove_nothing() {
    for (spec, word) in [
        ("      nodeName: a\n", "nodeName"),
        ("      schedulerName: mine\n", "schedulerName"),
        ("      runtimeClassName: kata\n", "runtimeClassName"),
        ("      volumes: [{name: v, iscsi: {}}]\n", "volume"),
        ("      schedulingGates: [{name: g}]\n", "schedulingGates"),
    ] {
        let manifest = workload("Deployment", "api", "", spec, "cpu: 100m");
        counted("S0", &[&manifest], 1).assert_refused(word);
    }
    counted("S0", &[&api("").replace("cpu: 100m", "cpu: 100m, gpu: 1")], 1).assert_refused("gpu");
}

#[test]
fn host_ports_and_affinities_between_pods_are_not_free_to_place() {
    let ported = api("  replicas: 2\n")
        .replace("- name: main", "- name: main\n        ports: [{containerPort: 80, hostPort: 80}]");
    counted("S0", &[&ported], 2).assert_refused("take one each");
    counted("S0", &[&ported.replace("hostPort: 80", "hostPort: 0")], 2).assert_confirmed();
    let near =
        "      affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone}]}}\n";
    counted("S0", &[&workload("Deployment", "api", "", near, "cpu: 100m")], 1).assert_refused("affinity");
    let other = "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: api}}}]}}\n";
    let none = workload("Deployment", "zoo", "  replicas: 0\n", other, "");
    counted("S0", &[&api(""), &none], 1).assert_confirmed();
    let other = workload("Deployment", "zoo", "  replicas: 1\n", other, "");
    counted("S0", &[&api(""), &other], 1).assert_refused("a host port may leave it no node");
}
