//! Mistakes that others have made, each with its number worked out by hand.

use super::fixture::{
    GB, HONOUR, Workload, alone, amount, disk, even, layers, node, objects, platform, proof, said, state, sum, verdict,
};
use crate::eval::model::Node;
use crate::fit::evidence::Shown;
use crate::fit::{Evidence, Ground, Reading, Scenario, Verdict, prove};

const GIB: i128 = 1 << 30;

fn workload<'a>(kind: &'a str, name: &'a str, replicas: i128, cpu: i128) -> Workload<'a> {
    Workload { kind, name, replicas, cpu, ..Workload::default() }
}

fn like(count: i128, cpu: i128) -> Vec<Node> {
    (0..count).map(|index| node(&format!("n{index}"), cpu, 64 * GB)).collect()
}

#[test]
fn a_gigabyte_is_less_than_a_gibibyte() {
    // 119 × 2^30 = 127_775_277_056 fits in 128 × 10^9; 120 × 2^30 = 128_849_018_880 does not.
    let of = |gib: i128| {
        let pod = Workload { memory: gib * GIB, ..Workload::default() };
        verdict(&proof(vec![node("host", 8000, 128 * GB)], &[pod.yaml()]), "S0")
    };
    assert_eq!(of(119), Verdict::Guaranteed);
    assert_eq!(of(120), Verdict::DoesNotFit);
}

#[test]
fn init_containers_and_sidecars_run_beside_what_started_before_them() {
    // Main 100m and sidecar 50m run together: 150m. The init container 300m runs beside the sidecar before it: 350m.
    let yaml = "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db, namespace: shop}, spec: {replicas: 2, template: \
                {metadata: {labels: {app: db}}, spec: {initContainers: [{name: proxy, restartPolicy: Always, resources: \
                {requests: {cpu: 50m, memory: 1}}}, {name: migrate, resources: {requests: {cpu: 300m, memory: 1}}}], \
                containers: [{name: main, resources: {requests: {cpu: 100m, memory: 1}}}]}}}}";
    let proof = proof(vec![node("host", 8000, GB)], &[yaml.to_owned()]);
    assert_eq!(sum(&proof, "S0", "cpu"), 2 * 350);
}

#[test]
fn resources_of_the_pod_replace_the_sum_of_its_containers() {
    let pod = Workload { cpu: 900, pod: "resources: {requests: {cpu: 500m}}", ..Workload::default() };
    let proof = proof(vec![node("host", 8000, GB)], &[pod.yaml()]);
    assert_eq!(sum(&proof, "S0", "cpu"), 500);
}

/// The state S0 of one pod on a host with a version of Kubernetes, and the CPU that it asks for where it fits.
fn on_version(version: Option<(u32, u32)>, pod: &str) -> (Verdict, Option<i128>) {
    let mut model = platform(vec![node("host", 8000, GB)]);
    model.hardware.as_mut().unwrap().kubernetes = version;
    let objects = objects(&[pod.to_owned()]);
    let proof = prove(&Reading::of(Scenario { model: &model, objects: &objects }, &[]));
    let verdict = verdict(&proof, "S0");
    (verdict, (verdict == Verdict::Guaranteed).then(|| sum(&proof, "S0", "cpu")))
}

#[test]
fn resources_of_the_pod_do_nothing_before_1_34_and_leave_everything_open_without_a_version() {
    let pod = Workload { cpu: 900, pod: "resources: {requests: {cpu: 500m}}", ..Workload::default() }.yaml();
    assert_eq!(on_version(Some((1, 34)), &pod), (Verdict::Guaranteed, Some(500)));
    assert_eq!(on_version(Some((1, 33)), &pod), (Verdict::Guaranteed, Some(900)));
    assert_eq!(on_version(None, &pod), (Verdict::Undecided, None));
}

#[test]
fn sidecars_are_undecided_before_1_29() {
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: one, namespace: shop}, spec: {initContainers: [{name: proxy, \
               restartPolicy: Always, resources: {requests: {cpu: 50m, memory: 1}}}], containers: [{name: main, resources: \
               {requests: {cpu: 100m, memory: 1}}}]}}";
    assert_eq!(on_version(Some((1, 28)), pod), (Verdict::Undecided, None));
    assert_eq!(on_version(Some((1, 29)), pod), (Verdict::Guaranteed, Some(150)));
    assert_eq!(on_version(None, pod), (Verdict::Guaranteed, Some(150)));
}

fn quota(hard: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: ResourceQuota, metadata: {{name: shop, namespace: shop}}, spec: {{hard: {{{hard}}}}}}}"
    )
}

#[test]
fn a_quota_refuses_pods_with_an_init_container_that_states_nothing() {
    let pod = Workload { cpu: 100, pod: "initContainers: [{name: wait}]", ..Workload::default() };
    let proof = proof(vec![node("host", 8000, GB)], &[pod.yaml(), quota("requests.cpu: 8")]);
    let expected = Evidence::MissingKey {
        name: "Deployment.apps shop/api".into(),
        container: "wait".into(),
        key: "requests.cpu".into(),
    };
    assert_eq!(state(&proof, "S7").evidence, Some(expected));
}

#[test]
fn a_default_limit_below_a_request_makes_the_pod_invalid() {
    let range = "{apiVersion: v1, kind: LimitRange, metadata: {name: d, namespace: shop}, spec: {limits: [{type: Container, \
                 default: {memory: 512Mi}}]}}";
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {containers: [{name: main, resources: \
               {requests: {memory: 1Gi}}}]}}";
    let proof = proof(vec![node("host", 8000, 8 * GB)], &[range.to_owned(), pod.to_owned()]);
    let expected = Evidence::InvalidPod {
        name: "Pod shop/p".into(),
        container: "main".into(),
        resource: "memory".into(),
        request: GIB,
        limit: GIB / 2,
    };
    assert_eq!(state(&proof, "S7").evidence, Some(expected));
}

#[test]
fn three_copies_with_the_default_surge_need_room_for_a_fourth() {
    // 25 % of 3: surge ⌈0.75⌉ = 1, unavailable ⌊0.75⌋ = 0. Four of 1000m do not fit into 3900m, and none may go before.
    let full = proof(vec![node("host", 3900, GB)], &[workload("Deployment", "api", 3, 1000).yaml()]);
    assert_eq!(verdict(&full, "S1"), Verdict::Guaranteed);
    let expected = Evidence::Count {
        name: "Deployment.apps shop/api".into(),
        count: 4,
        places: vec![("host".into(), 3)],
        total: 3,
        shown: Shown::Most(vec![("host".into(), 3)]),
    };
    assert_eq!(state(&full, "S2").evidence, Some(expected));
    let room = proof(vec![node("host", 4000, GB)], &[workload("Deployment", "api", 3, 1000).yaml()]);
    assert_eq!(verdict(&room, "S2"), Verdict::Guaranteed);
}

#[test]
fn a_rollout_that_may_take_one_down_makes_its_own_room_on_one_node() {
    // Four copies: surge 1, unavailable 1. 4000m hold four; one goes, the new one comes.
    let full = proof(vec![node("host", 4000, GB)], &[workload("Deployment", "api", 4, 1000).yaml()]);
    let rollout = state(&full, "S2");
    assert_eq!(rollout.verdict, Verdict::Guaranteed);
    assert_eq!(layers(&full, "S2").waits, ["Deployment.apps shop/api"]);
}

#[test]
fn a_rollout_without_surge_asks_for_nothing_more() {
    let spec = "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}";
    let pod = Workload { spec, ..workload("Deployment", "api", 3, 1000) };
    assert_eq!(verdict(&proof(vec![node("host", 3000, GB)], &[pod.yaml()]), "S2"), Verdict::Guaranteed);
    let recreate = Workload { spec: "strategy: {type: Recreate}", ..workload("Deployment", "api", 3, 1000) };
    assert_eq!(verdict(&proof(vec![node("host", 3000, GB)], &[recreate.yaml()]), "S2"), Verdict::Guaranteed);
}

#[test]
fn one_on_each_node_leaves_no_node_for_the_surge_nor_for_the_lost_one() {
    let pod = format!("affinity: {{{}}}", alone("api"));
    let apart = Workload { pod: &pod, ..workload("Deployment", "api", 3, 100) };
    let proof = proof(like(3, 8000), &[apart.yaml()]);
    assert_eq!(verdict(&proof, "S1"), Verdict::Guaranteed);
    // Three and one of surge on three nodes that take one each.
    let Some(Evidence::Count { count: 4, total: 3, .. }) = &state(&proof, "S2").evidence else { panic!("{proof:?}") };
    assert_eq!(verdict(&proof, "S3"), Verdict::Undecided);
    let reason = said(state(&proof, "S3"));
    assert!(reason.contains("more of it than nodes"), "{reason}");
}

#[test]
fn a_spread_that_ignores_taints_sees_an_empty_node_and_blocks() {
    let mut nodes = like(3, 8000);
    nodes[2].taints = vec![crate::eval::model::Taint::closing("platform")];
    let of = |policy: &str| {
        let pod = even("api", policy);
        proof(nodes.clone(), &[Workload { pod: &pod, ..workload("Deployment", "api", 4, 100) }.yaml()])
    };
    // The tainted node counts as a domain of none, so each of the two others takes one: 2 < 4.
    let blocked = of("");
    let Some(Evidence::Count { count: 4, total: 2, .. }) = &state(&blocked, "S0").evidence else {
        panic!("{blocked:?}")
    };
    // With it honoured there are two domains; of four and one of surge there may be ⌈5/2⌉ = 3 on one of them.
    let honoured = of(HONOUR);
    assert_eq!((verdict(&honoured, "S0"), sum(&honoured, "S0", "cpu")), (Verdict::Guaranteed, 300));
}

fn claims(name: &str, replicas: i128, size: &str, pod: &str) -> String {
    let spec = format!(
        "volumeClaimTemplates: [{{metadata: {{name: data}}, spec: {{storageClassName: local-path, resources: {{requests: {{storage: {size}}}}}}}}}]"
    );
    Workload { spec: &spec, pod, ..workload("StatefulSet", name, replicas, 100) }.yaml()
}

#[test]
fn two_claims_do_not_share_a_disk_that_holds_one() {
    // Two of 60 GB ask for 120 GB of 100 GB.
    let host = Node { disks: vec![disk("nvme", 100 * GB)], ..node("host", 8000, GB) };
    let full = proof(vec![host], &[claims("db", 2, "60G", "")]);
    let expected = Evidence::ClaimsSum { storage_class: "local-path".into(), demand: 120 * GB, usable: 100 * GB };
    assert_eq!(state(&full, "S6").evidence, Some(expected));
    // Two nodes have 200 GB in all, but nothing keeps both claims from the same one.
    let pair: Vec<Node> =
        like(2, 8000).into_iter().map(|one| Node { disks: vec![disk("nvme", 100 * GB)], ..one }).collect();
    assert_eq!(verdict(&proof(pair.clone(), &[claims("db", 2, "60G", "")]), "S6"), Verdict::Undecided);
    // A hard spread does: ⌈2/2⌉ = 1 on each.
    let kept = proof(pair, &[claims("db", 2, "60G", &even("db", HONOUR))]);
    assert_eq!(verdict(&kept, "S6"), Verdict::Guaranteed);
}

#[test]
fn a_provisioner_with_two_paths_may_pick_the_small_one() {
    // 60 GB fit on the large disk; the provisioner picks at random, and the small one has 50 GB.
    let disks = vec![disk("large", 100 * GB), disk("small", 50 * GB)];
    let host = Node { disks, ..node("host", 8000, GB) };
    assert_eq!(verdict(&proof(vec![host], &[claims("db", 1, "60G", "")]), "S6"), Verdict::Undecided);
}

#[test]
fn claims_stay_after_scaling_down_and_are_charged_for_the_most() {
    // The autoscaler allows 1 to 5: 5 × 30 GB = 150 GB are charged although one pod runs.
    let scaler = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: db, namespace: shop}, spec: \
                  {minReplicas: 1, maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: db}}}";
    let host = Node { disks: vec![disk("nvme", 100 * GB)], ..node("host", 8000, GB) };
    let proof = proof(vec![host], &[claims("db", 1, "30G", ""), scaler.to_owned()]);
    let expected = Evidence::ClaimsSum { storage_class: "local-path".into(), demand: 150 * GB, usable: 100 * GB };
    assert_eq!(state(&proof, "S6").evidence, Some(expected));
}

#[test]
fn a_squatter_on_the_node_of_a_volume_breaks_the_guarantee() {
    // The volume binds the pod of 600m to one of two nodes; two of 500m may lie there together: 600 + 1000 > 1500.
    let nodes: Vec<Node> =
        like(2, 1500).into_iter().map(|one| Node { disks: vec![disk("nvme", 100 * GB)], ..one }).collect();
    let db = claims("db", 1, "10G", "").replace("cpu: 100m", "cpu: 600m");
    let found = proof(nodes.clone(), &[db.clone(), workload("Deployment", "api", 2, 500).yaml()]);
    assert_eq!(verdict(&found, "S0"), Verdict::Possible);
    // Kept apart there is at most one beside it: 600 + 500 = 1100.
    let pod = even("api", HONOUR);
    let spec = "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}";
    let kept = proof(nodes, &[db, Workload { pod: &pod, spec, ..workload("Deployment", "api", 2, 500) }.yaml()]);
    assert_eq!((verdict(&kept, "S0"), sum(&kept, "S0", "cpu")), (Verdict::Guaranteed, 1100));
}

#[test]
fn pods_that_ask_for_nothing_still_take_slots() {
    let host = Node { pods: amount(10), ..node("host", 8000, GB) };
    let proof =
        proof(vec![host], &[workload("Deployment", "a", 6, 0).yaml(), workload("Deployment", "b", 5, 0).yaml()]);
    let Some(Evidence::Sum { resource, demand, allocatable, .. }) = &state(&proof, "S0").evidence else {
        panic!("{proof:?}")
    };
    assert_eq!((resource.as_str(), *demand, *allocatable), ("pods", 11, 10));
}

#[test]
fn the_surge_of_a_daemon_set_is_twice_on_each_node() {
    let spec = "updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    let agent = Workload { spec, ..workload("DaemonSet", "agent", 0, 600) };
    let tight = proof(like(2, 1000), &[agent.yaml()]);
    assert_eq!(verdict(&tight, "S1"), Verdict::Guaranteed);
    let Some(Evidence::Count { count: 2, total: 1, .. }) = &state(&tight, "S2").evidence else { panic!("{tight:?}") };
    assert_eq!(sum(&proof(like(2, 1200), &[agent.yaml()]), "S2", "cpu"), 1200);
}

#[test]
fn a_host_port_is_there_once_and_the_surge_has_none() {
    let edge = workload("Deployment", "edge", 1, 100).yaml();
    let edge = edge.replace("{name: main,", "{name: main, ports: [{containerPort: 80, hostPort: 80}],");
    let proof = proof(like(1, 8000), &[edge]);
    assert_eq!(verdict(&proof, "S1"), Verdict::Guaranteed);
    let Some(Evidence::Count { count: 2, total: 1, .. }) = &state(&proof, "S2").evidence else { panic!("{proof:?}") };
}

#[test]
fn the_sum_fits_and_the_pieces_do_not() {
    // Two nodes of 1000m and three pods of 600m: 1800 ≤ 2000, but each node takes ⌊1000/600⌋ = 1.
    let proof = proof(like(2, 1000), &[workload("Deployment", "api", 3, 600).yaml()]);
    let Some(Evidence::Count { count: 3, total: 2, .. }) = &state(&proof, "S0").evidence else { panic!("{proof:?}") };
}

#[test]
fn what_a_repack_would_save_is_no_guarantee_after_a_loss() {
    // Three nodes of 1000m. Four floating pods of 300m and one of 700m: without one node 1900 ≤ 2000, and 700 + 300 on one,
    // 3 × 300 on the other would hold all; the survivors stay where they are, 2 × 300 on each, and leave 400 for the 700.
    let pods = [workload("Deployment", "small", 4, 300).yaml(), workload("Deployment", "large", 1, 700).yaml()];
    assert_eq!(verdict(&proof(like(3, 1000), &pods), "S3"), Verdict::Undecided);
}

#[test]
fn a_budget_that_keeps_all_pods_drains_no_node() {
    let budget = "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: api, namespace: shop}, spec: {minAvailable: 2, \
                  selector: {matchLabels: {app: api}}}}";
    let pod = even("api", HONOUR);
    let api = Workload { pod: &pod, ..workload("Deployment", "api", 2, 100) }.yaml();
    let proof = proof(like(3, 8000), &[api, budget.to_owned()]);
    assert_eq!(verdict(&proof, "S3"), Verdict::Guaranteed);
    assert_eq!(verdict(&proof, "S4"), Verdict::DoesNotFit);
}

#[test]
fn a_rollout_of_spread_pods_may_have_two_revisions_on_a_node() {
    // Six over three nodes, two on each; each revision is spread by itself, so up to 2 × ⌈6/3⌉ = 4 of 100m on a node.
    let pod = even("api", &format!("{HONOUR}, matchLabelKeys: [pod-template-hash]"));
    let api = Workload { pod: &pod, ..workload("Deployment", "api", 6, 100) };
    let proof = proof(like(3, 8000), &[api.yaml()]);
    assert_eq!((sum(&proof, "S1", "cpu"), sum(&proof, "S2", "cpu")), (200, 400));
    assert_eq!(state(&proof, "S1").ground, Some(Ground::Balanced));
}

#[test]
fn a_limit_is_the_request_that_is_left_out() {
    let yaml = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: api, namespace: shop}, spec: {template: {spec: \
                {containers: [{name: main, resources: {limits: {cpu: 300m, memory: 2}}}]}}}}";
    let proof = proof(vec![node("host", 8000, GB)], &[yaml.to_owned()]);
    assert_eq!((sum(&proof, "S0", "cpu"), sum(&proof, "S0", "memory")), (300, 2));
}

#[test]
fn an_object_that_may_make_pods_is_not_passed_over() {
    let custom = "{apiVersion: example.com/v1, kind: Database, metadata: {name: db, namespace: shop}}".to_owned();
    let found = proof(like(1, 8000), &[custom]);
    assert!(found.states.iter().all(|state| state.verdict == Verdict::Undecided));
    let reason = said(state(&found, "S0"));
    assert!(reason.contains("Database.example.com shop/db"), "{reason}");
}

#[test]
fn environments_on_the_same_nodes_are_added_and_must_not_collide() {
    let model = platform(vec![node("host", 1000, GB)]);
    let own = super::fixture::objects(&[workload("Deployment", "api", 1, 600).yaml()]);
    let other = super::fixture::objects(&[workload("Deployment", "web", 1, 600).yaml()]);
    let scenario = Scenario { model: &model, objects: &own };
    let beside = |objects| prove(&Reading::of(scenario, &[Scenario { model: &model, objects }]));
    // 600 + 600 > 1000.
    assert_eq!(verdict(&beside(&other), "S0"), Verdict::DoesNotFit);
    assert_eq!(verdict(&prove(&Reading::of(scenario, &[])), "S0"), Verdict::Guaranteed);
    assert_eq!(verdict(&beside(&own), "S0"), Verdict::Undecided);
}

#[test]
fn waves_that_roll_one_after_the_other_are_proved_one_by_one() {
    // Two of 1000m in two waves, a surge of 1000m each: all at once 4000 > 3500, each wave alone 3000.
    let in_wave = |name: &str, wave: i128| {
        let yaml = workload("Deployment", name, 1, 1000).yaml();
        let annotation =
            format!("name: {name}, namespace: shop, annotations: {{argocd.argoproj.io/sync-wave: \"{wave}\"}}");
        yaml.replace(&format!("name: {name}, namespace: shop"), &annotation)
    };
    let proof = proof(vec![node("host", 3500, GB)], &[in_wave("a", 0), in_wave("b", 1)]);
    let rollouts: Vec<_> = proof.states.iter().filter(|state| state.state.key() == "S2" && state.required).collect();
    let names: Vec<_> =
        rollouts.iter().map(|state| state.rolling.map(crate::fit::Rolling::key).unwrap_or_default()).collect();
    assert_eq!(names, ["wave 0", "wave 1"]);
    assert!(rollouts.iter().all(|state| state.verdict == Verdict::Guaranteed));
}
