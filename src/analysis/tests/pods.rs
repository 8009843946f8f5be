//! Effective requests and counts.

use crate::analysis::testing::{Fixture, GIB};
use crate::fit::{At, Measure};

/// The CPU sums of the node, steady and peak.
fn cpu(fixture: &Fixture) -> (i128, i128) {
    let analysis = fixture.analyse();
    let usage = analysis.sums.nodes.iter().find(|usage| usage.measure == Measure::Cpu).unwrap();
    (usage.total(At::Steady), usage.total(At::Peak))
}

fn pod(spec: &str) -> Fixture {
    let indented = spec.replace('\n', "\n  ");
    Fixture::on(64_000, 64 * GIB).object("x", &format!("kind: Pod\napiVersion: v1\nspec:\n  {indented}\n"))
}

#[test]
fn init_containers_and_sidecars_count_when_they_run() {
    // Main 500m beside the sidecar 100m is 600m. The first init container runs alone: 300m; the second beside the
    // sidecar: 700m + 100m = 800m, which is the most.
    let fixture = pod("containers: [{name: a, resources: {requests: {cpu: 500m, memory: 1}}}]\n\
         initContainers:\n\
         - {name: first, resources: {requests: {cpu: 300m, memory: 1}}}\n\
         - {name: side, restartPolicy: Always, resources: {requests: {cpu: 100m, memory: 1}}}\n\
         - {name: second, resources: {requests: {cpu: 700m, memory: 1}}}");
    assert_eq!(cpu(&fixture), (800, 800));
}

#[test]
fn a_limit_is_the_request_that_is_left_out_and_overhead_is_added() {
    let fixture = pod("overhead: {cpu: 50m}\ncontainers: [{name: a, resources: {limits: {cpu: 2, memory: 1Gi}}}]");
    assert_eq!(cpu(&fixture), (2050, 2050));
    assert_eq!(fixture.codes(), Vec::<&str>::new());
}

#[test]
fn resources_of_the_whole_pod_replace_the_sum() {
    // They are no maximum: two containers of 1 CPU in a pod of 1.5 CPU ask for 1.5 CPU.
    let fixture = pod("resources: {requests: {cpu: 1500m}}\ncontainers:\n\
         - {name: a, resources: {requests: {cpu: 1, memory: 1}}}\n- {name: b, resources: {requests: {cpu: 1, memory: 1}}}");
    assert_eq!(cpu(&fixture), (1500, 1500));
}

#[test]
fn a_container_without_requests_is_refused_unless_a_limit_range_fills_it_in() {
    let fixture = pod("containers: [{name: a, resources: {requests: {cpu: 1}}}]");
    assert_eq!(fixture.only("V0408").message, "container `a` of `x` requests no memory");
    let range = "kind: LimitRange\napiVersion: v1\nspec: {limits: [{type: Container, default: {memory: 2Gi}}]}";
    let fixture = fixture.object("ns", range);
    assert_eq!(fixture.codes(), Vec::<&str>::new());
    let analysis = fixture.analyse();
    assert_eq!(
        analysis.sums.nodes.iter().find(|usage| usage.measure == Measure::Memory).unwrap().total(At::Steady),
        2 * GIB
    );
}

fn scaler(bounds: &str) -> String {
    format!(
        "kind: HorizontalPodAutoscaler\napiVersion: autoscaling/v2\nspec: {{scaleTargetRef: {{kind: Deployment, name: api}}, {bounds}}}"
    )
}

#[test]
fn an_autoscaler_decides_over_the_replicas() {
    let fixture = Fixture::on(64_000, 64 * GIB).deployment("api", 9, "1", "1Gi");
    assert_eq!(cpu(&fixture), (9000, 9000));
    let fixture = fixture.object("api", &scaler("minReplicas: 2, maxReplicas: 5"));
    assert_eq!(cpu(&fixture), (2000, 5000));
}

#[test]
fn an_autoscaler_without_a_maximum_is_refused() {
    let fixture =
        Fixture::on(64_000, 64 * GIB).deployment("api", 1, "1", "1Gi").object("api", &scaler("minReplicas: 2"));
    assert_eq!(fixture.codes(), ["V0414"]);
}

#[test]
fn jobs_run_at_peak_and_twice_while_they_are_replaced() {
    let job = |policy: &str| {
        format!(
            "kind: CronJob\napiVersion: batch/v1\nspec:\n  concurrencyPolicy: {policy}\n  jobTemplate: {{spec: {{parallelism: 3, \
             template: {{spec: {{containers: [{{name: a, resources: {{requests: {{cpu: 1, memory: 1}}}}}}]}}}}}}}}\n"
        )
    };
    let run = |policy: &str| cpu(&Fixture::on(64_000, 64 * GIB).object("backup", &job(policy)));
    assert_eq!(run("Forbid"), (0, 3000));
    assert_eq!(run("Replace"), (0, 6000));
    assert_eq!(Fixture::on(64_000, GIB).object("backup", &job("Allow")).analyse().sums.overlaps.len(), 1);
}

#[test]
fn a_daemon_set_runs_once_on_each_node_that_takes_it() {
    let yaml = "kind: DaemonSet\nspec: {template: {spec: {containers: [{name: a, resources: {requests: {cpu: 1, memory: 1}}}]}}}";
    let mut fixture = Fixture::on(8000, GIB).object("agent", yaml);
    fixture.host().count = 3;
    let mut tainted = fixture.node("gpu", 8000, GIB);
    tainted.taints = vec![crate::eval::model::Taint::closing("nvidia.com/gpu")];
    fixture.model.hardware.as_mut().unwrap().nodes.push(tainted);
    assert_eq!(cpu(&fixture), (3000, 3000));
}
