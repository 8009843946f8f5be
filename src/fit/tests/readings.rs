//! How objects are read where a looser reading would prove too much.

use super::fixture::{GB, HONOUR, Workload, amount, disk, even, node, proof, state, verdict};
use crate::eval::model::Node;
use crate::fit::evidence::{OutOfBounds, Shown, Side};
use crate::fit::{EnvironmentProof, Evidence, Reading, Verdict};

fn host() -> Vec<Node> {
    vec![node("host", 8000, 8 * GB)]
}

fn api() -> String {
    Workload { cpu: 100, memory: 1000, ..Workload::default() }.yaml()
}

/// Why the steady state is undecided.
fn reason(proof: &EnvironmentProof) -> String {
    assert_eq!(verdict(proof, "S0"), Verdict::Undecided, "{:?}", state(proof, "S0"));
    super::fixture::said(state(proof, "S0"))
}

fn said(documents: &[String], words: &str) {
    let found = reason(&proof(host(), documents));
    assert!(found.contains(words), "{found}");
}

#[test]
fn a_group_without_a_dot_is_not_of_kubernetes_for_that() {
    said(&["{apiVersion: acme/v1, kind: Runner, metadata: {name: r, namespace: shop}}".into()], "Runner.acme shop/r");
}

#[test]
fn a_template_with_what_nobody_accounts_for_is_not_passed_over() {
    for field in
        ["runtimeClassName: gvisor", "priority: 7", "schedulerName: own", "volumes: [{name: a, ephemeral: {}}]"]
    {
        let pod = Workload { pod: field, ..Workload::default() };
        let key = field.split(':').next().expect("a field has a key");
        said(
            &[pod.yaml()],
            if key == "volumes" {
                "ephemeral"
            } else if key == "schedulerName" {
                "scheduler"
            } else {
                key
            },
        );
    }
}

#[test]
fn a_priority_class_that_nobody_declares_refuses_the_pods() {
    let pod = Workload { pod: "priorityClassName: gold", ..Workload::default() };
    said(&[pod.yaml()], "`gold`");
    let class = "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: gold}, value: 5}".to_owned();
    assert_eq!(verdict(&proof(host(), &[class, pod.yaml()]), "S0"), Verdict::Guaranteed);
}

fn job(fields: &str) -> String {
    format!(
        "{{apiVersion: batch/v1, kind: Job, metadata: {{name: once, namespace: shop}}, spec: {{{fields}, template: {{spec: \
         {{containers: [{{name: main, resources: {{requests: {{cpu: 1000m, memory: 1}}}}}}]}}}}}}}}"
    )
}

#[test]
fn a_job_has_no_more_pods_than_are_to_complete_and_none_while_suspended() {
    let fits = |fields: &str, cpu: i128| verdict(&proof(vec![node("host", cpu, GB)], &[job(fields)]), "S1");
    assert_eq!(fits("parallelism: 5, completions: 2", 2000), Verdict::Guaranteed);
    assert_eq!(fits("parallelism: 5", 4000), Verdict::DoesNotFit);
    assert_eq!(fits("parallelism: 5, suspend: true", 1), Verdict::Guaranteed);
}

fn bounded(bounds: &str) -> Verdict {
    let range = format!(
        "{{apiVersion: v1, kind: LimitRange, metadata: {{name: limits, namespace: shop}}, spec: {{limits: [{bounds}]}}}}"
    );
    verdict(&proof(host(), &[range, api()]), "S7")
}

#[test]
fn a_limit_range_refuses_what_is_out_of_its_bounds() {
    // The pod requests 100m and states no limit of CPU; a `max` is the default of it.
    assert_eq!(bounded("{type: Container, max: {cpu: 200m}, min: {cpu: 100m}}"), Verdict::Guaranteed);
    assert_eq!(bounded("{type: Container, min: {cpu: 101m}}"), Verdict::DoesNotFit);
    assert_eq!(bounded("{type: Pod, min: {memory: 1000}}"), Verdict::Guaranteed);
    assert_eq!(bounded("{type: Pod, max: {memory: 999}}"), Verdict::DoesNotFit);
    assert_eq!(bounded("{type: Container, maxLimitRequestRatio: {memory: 2}}"), Verdict::Undecided);
    let range = "{apiVersion: v1, kind: LimitRange, metadata: {name: limits, namespace: shop}, spec: {limits: [{type: Pod, max: {memory: 999}}]}}";
    let expected = OutOfBounds {
        limit_range: "shop/limits".into(),
        kind: "Pod",
        of: "Deployment.apps shop/api".into(),
        container: None,
        resource: "memory".into(),
        side: Side::Most,
        stated: Some(1000),
        allowed: 999,
    };
    assert_eq!(state(&proof(host(), &[range.into(), api()]), "S7").evidence, Some(Evidence::Bound(expected)));
}

fn database(replicas: i128, pod: &str, claim: &str) -> String {
    let spec = format!(
        "volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{storageClassName: local-path, {claim}resources: {{requests: \
         {{storage: 1G}}}}}}}}]"
    );
    Workload { kind: "StatefulSet", name: "db", replicas, cpu: 100, memory: 1, pod, spec: &spec }.yaml()
}

fn storage_class(fields: &str) -> String {
    format!(
        "{{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {{name: local-path}}, provisioner: own{fields}}}"
    )
}

fn pair() -> Vec<Node> {
    ["a", "b"].map(|name| Node { disks: vec![disk("nvme", 100 * GB)], ..node(name, 1000, GB) }).into()
}

#[test]
fn a_storage_class_keeps_pods_from_nodes_that_its_volumes_may_not_be_on() {
    let allowed = "allowedTopologies: [{matchLabelExpressions: [{key: kubernetes.io/hostname, values: [b]}]}]";
    let class = storage_class(&format!(", volumeBindingMode: WaitForFirstConsumer, {allowed}"));
    // Ten pods of 100m fill b; an eleventh would go to a, where its volume cannot be.
    assert_eq!(verdict(&proof(pair(), &[class.clone(), database(10, "", "")]), "S0"), Verdict::Guaranteed);
    assert_eq!(verdict(&proof(pair(), &[class.clone(), database(11, "", "")]), "S0"), Verdict::DoesNotFit);
    // A hard spread asks labels and taints, never volumes: a stays empty, and b takes one.
    let spread = even("db", HONOUR);
    assert_eq!(verdict(&proof(pair(), &[class, database(2, &spread, "")]), "S1"), Verdict::Undecided);
}

#[test]
fn a_class_that_binds_before_there_is_a_node_guarantees_nothing() {
    let of = |mode: &str| verdict(&proof(pair(), &[storage_class(mode), database(2, "", "")]), "S0");
    assert_eq!(of(", volumeBindingMode: WaitForFirstConsumer"), Verdict::Guaranteed);
    assert_eq!(of(""), Verdict::Possible);
}

#[test]
fn a_claim_that_names_its_volume_is_not_understood() {
    said(&[database(1, "", "volumeName: old, ")], "volumeName");
}

#[test]
fn a_lost_node_is_counted_by_a_spread_that_does_not_honour_taints() {
    let of = |replicas: i128, policy: &str| {
        let pod = even("api", policy);
        let yaml = Workload { replicas, cpu: 100, pod: &pod, ..Workload::default() }.yaml();
        verdict(&proof(["a", "b", "c"].map(|name| node(name, 1000, GB)).into(), &[yaml]), "S3")
    };
    assert_eq!((of(2, HONOUR), of(3, HONOUR)), (Verdict::Guaranteed, Verdict::Guaranteed));
    // The lost node stays empty: the two others take one each, whatever it counts, and no third.
    assert_eq!((of(2, ""), of(3, "")), (Verdict::Guaranteed, Verdict::Undecided));
}

#[test]
fn a_rollout_with_all_old_pods_still_there_is_reported_beside_what_is_required() {
    // Two of 1000m with a surge of one fit into 3000m; with both old ones still there they are four.
    let yaml = Workload { replicas: 2, cpu: 1000, ..Workload::default() }.yaml();
    let proof = proof(vec![Node { pods: amount(10), ..node("host", 3000, GB) }], &[yaml]);
    let rollouts: Vec<_> = proof.states.iter().filter(|state| state.state.key() == "S2").collect();
    let [all, terminating] = rollouts.as_slice() else { panic!("{rollouts:?}") };
    assert!(all.required && all.verdict == Verdict::Guaranteed);
    assert_eq!(terminating.rolling, Some(crate::fit::Rolling::Terminating));
    assert!(!terminating.required && terminating.verdict == Verdict::DoesNotFit);
}

#[test]
fn of_the_init_containers_only_sidecars_hold_a_host_port() {
    let of = |restart: &str| {
        let pod = format!(
            "initContainers: [{{name: proxy{restart}, ports: [{{containerPort: 80, hostPort: 80}}], resources: {{requests: \
             {{cpu: 1m, memory: 1}}}}}}]"
        );
        verdict(&proof(host(), &[Workload { replicas: 2, pod: &pod, ..Workload::default() }.yaml()]), "S1")
    };
    assert_eq!(of(""), Verdict::Guaranteed);
    // Two on a host that has the port once.
    assert_eq!(of(", restartPolicy: Always"), Verdict::DoesNotFit);
}

#[test]
fn a_daemon_set_that_is_too_large_is_counted() {
    let agent = Workload { kind: "DaemonSet", name: "agent", cpu: 9000, ..Workload::default() };
    let expected = Evidence::Count {
        name: "DaemonSet.apps shop/agent".into(),
        count: 1,
        places: vec![("host".into(), 0)],
        total: 0,
        shown: Shown::Scarce { class: "host".into(), resource: "cpu".into() },
    };
    assert_eq!(state(&proof(host(), &[agent.yaml()]), "S0").evidence, Some(expected));
}

#[test]
fn a_budget_of_what_is_on_each_node_does_not_keep_it_from_a_drain() {
    let budget = "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: agent, namespace: shop}, spec: \
                  {maxUnavailable: 0, selector: {matchLabels: {app: agent}}}}";
    let agent = Workload { kind: "DaemonSet", name: "agent", cpu: 100, ..Workload::default() };
    let found = proof(["a", "b"].map(|name| node(name, 1000, GB)).into(), &[agent.yaml(), budget.to_owned()]);
    assert_eq!((verdict(&found, "S3"), verdict(&found, "S4")), (Verdict::Guaranteed, Verdict::Guaranteed));
}

fn claim(name: &str, fields: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: {name}, namespace: shop}}, spec: {{{fields}resources: \
         {{requests: {{storage: 60G}}}}}}}}"
    )
}

fn mounting(name: &str, more: &str) -> String {
    let pod = format!("volumes: [{{name: data, persistentVolumeClaim: {{claimName: shared}}}}]{more}");
    Workload { name, cpu: 100, pod: &pod, ..Workload::default() }.yaml()
}

#[test]
fn a_claim_that_is_not_there_or_comes_from_elsewhere_is_not_understood() {
    said(&[mounting("api", "")], "a claim that no object states");
    said(&[mounting("api", ""), claim("shared", "dataSourceRef: {kind: Snapshot, name: old}, ")], "dataSourceRef");
}

#[test]
fn a_claim_of_workloads_that_may_not_go_to_the_same_nodes_leaves_everything_open() {
    let on_a = ", nodeSelector: {kubernetes.io/hostname: a}";
    let torn = proof(pair(), &[claim("shared", ""), mounting("one", on_a), mounting("two", "")]);
    for state in torn.states.iter().filter(|state| state.state.key() != "S7") {
        assert_eq!(state.verdict, Verdict::Undecided, "{state:?}");
    }
    assert!(reason(&torn).contains("`shop/shared`"), "{}", reason(&torn));
    let together = proof(pair(), &[claim("shared", ""), mounting("one", on_a), mounting("two", on_a)]);
    assert_eq!((verdict(&together, "S0"), verdict(&together, "S6")), (Verdict::Guaranteed, Verdict::Guaranteed));
}

#[test]
fn a_claim_without_a_node_is_on_no_disk() {
    // 60 GB fit on both disks, but the pods have no node.
    let none = database(1, "nodeSelector: {disk: fast}", "");
    assert_eq!(verdict(&proof(pair(), &[none]), "S6"), Verdict::Undecided);
    assert_eq!(verdict(&proof(pair(), &[database(0, "nodeSelector: {disk: fast}", "")]), "S6"), Verdict::Guaranteed);
}

#[test]
fn of_several_default_classes_none_is() {
    let default = |name: &str| {
        format!(
            "{{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {{name: {name}, annotations: \
             {{storageclass.kubernetes.io/is-default-class: \"true\"}}}}, provisioner: own, volumeBindingMode: WaitForFirstConsumer}}"
        )
    };
    let of = |classes: &[&str]| {
        let mut documents: Vec<String> = classes.iter().map(|name| default(name)).collect();
        documents.push(claim("shared", ""));
        verdict(&proof(pair(), &documents), "S6")
    };
    assert_eq!(of(&[]), Verdict::Guaranteed);
    assert_eq!(of(&["local-path"]), Verdict::Guaranteed);
    assert_ne!(of(&["local-path", "other"]), Verdict::Guaranteed);
}

#[test]
fn two_nodes_of_one_name_are_not_told_apart() {
    let labelled = |name: &str, host: &str| {
        let labels = vec![("kubernetes.io/hostname".to_owned(), host.to_owned())];
        Node { labels, ..node(name, 1000, GB) }
    };
    let of = |other: Node| proof(vec![labelled("a", "first"), other], &[api()]);
    assert_eq!(verdict(&of(labelled("b", "second")), "S7"), Verdict::Guaranteed);
    let clash = of(labelled("b", "first"));
    assert!(clash.states.iter().all(|state| state.verdict == Verdict::Undecided));
    assert!(reason(&clash).contains("kubernetes.io/hostname: first"), "{}", reason(&clash));
    // The second of two machines `a` has the name of the machine `a-2`.
    let named = proof(vec![Node { count: 2, ..node("a", 1000, GB) }, node("a-2", 1000, GB)], &[api()]);
    assert_eq!(verdict(&named, "S0"), Verdict::Undecided);
}

#[test]
fn two_autoscalers_of_one_object_leave_everything_open() {
    let scaler = |name: &str, target: &str| {
        format!(
            "{{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {{name: {name}, namespace: shop}}, spec: \
             {{maxReplicas: 3, scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {target}}}}}}}"
        )
    };
    assert_eq!(verdict(&proof(host(), &[api(), scaler("a", "api"), scaler("b", "web")]), "S1"), Verdict::Guaranteed);
    let both = proof(host(), &[api(), scaler("a", "api"), scaler("b", "api")]);
    assert!(both.states.iter().all(|state| state.verdict == Verdict::Undecided));
    assert!(reason(&both).contains("`Deployment api`"), "{}", reason(&both));
}

#[test]
fn limit_ranges_refuse_what_the_environment_itself_would_apply() {
    let range = "{apiVersion: v1, kind: LimitRange, metadata: {name: limits, namespace: shop}, spec: {limits: [{type: Pod, \
                 max: {memory: 1500}}]}}";
    let model = super::fixture::platform(host());
    let own = super::fixture::objects(&[range.to_owned(), api()]);
    let large = Workload { name: "large", memory: 2000, ..Workload::default() }.yaml();
    let other = super::fixture::objects(&[large]);
    let scenario = |objects| crate::fit::Scenario { model: &model, objects };
    // What lies beside it in the same namespace is refused there, and not here.
    let here = crate::fit::prove(&Reading::of(scenario(&own), &[scenario(&other)]));
    assert_eq!(verdict(&here, "S7"), Verdict::Guaranteed);
    let there = crate::fit::prove(&Reading::of(scenario(&other), &[scenario(&own)]));
    assert_eq!(verdict(&there, "S7"), Verdict::DoesNotFit);
}
