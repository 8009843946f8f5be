//! The smallest changes after which everything fits, with numbers worked out by hand.

use proptest::prelude::*;

use super::fixture::{GB, HONOUR, Workload, alone, even, node, proof, verdict};
use crate::eval::model::Node;
use crate::fit::words::change;
use crate::fit::{Change, ChangeKind, Changes, Dialect, EnvironmentProof, Verdict};

const GIB: i128 = 1 << 30;
/// Rolls without more pods than at peak, and without fewer, as far as the proof is concerned.
const IN_PLACE: &str = "strategy: {type: Recreate}";

fn workload(name: &str, replicas: i128, cpu: i128, memory: i128) -> String {
    Workload { name, replicas, cpu, memory, spec: IN_PLACE, ..Workload::default() }.yaml()
}

fn named(proof: &EnvironmentProof) -> Vec<String> {
    match &proof.changes {
        Changes::Tried(found) => found.iter().map(|one| change(one, Dialect::Manifests)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_fits_needs_no_change() {
    let found = proof(vec![node("host", 1000, GB)], &[workload("api", 1, 500, GB / 2)]);
    assert_eq!(found.changes, Changes::NotNeeded);
}

#[test]
fn a_sum_on_one_node_has_its_ways_out() {
    // 16 + 3 × 5 = 31 GiB on 28: three too much. A node of 31 is a ninth more, `db` on 13 three sixteenths less, `api` on 4 each
    // (12 + 16 = 28) a fifth less, two of `api` (10 + 16 = 26) a third less.
    let pods = [workload("api", 3, 100, 5 * GIB), workload("db", 1, 100, 16 * GIB)];
    let found = proof(vec![node("host", 8000, 28 * GIB)], &pods);
    let named = named(&found);
    assert_eq!(
        named[..4],
        ["`host` with 31Gi", "`db` on 13Gi", "`api` on 4Gi", "`api` at most 2 replicas"],
        "{named:?}"
    );
}

#[test]
fn pieces_that_do_not_fit_get_a_node_or_get_smaller() {
    // Two nodes of 1000m take one pod of 600m each, and either may be lost. So one pod may stay, three on one node have 333m
    // each, three nodes are not enough but four are, and of 2000m one takes all three.
    let nodes = vec![Node { count: 2, ..node("worker", 1000, 64 * GB) }];
    let found = proof(nodes, &[workload("api", 3, 600, GB)]);
    let named = named(&found);
    assert_eq!(
        named,
        ["`api` on 0.3 CPU", "`api` at most 1 replica", "2 more nodes of `worker`", "`worker` with 2 CPU"]
    );
}

#[test]
fn the_loss_of_a_node_gets_its_ways_out_where_all_else_fits() {
    // One pod of 600m on each of two nodes, and a lost one has no room on the other: 2 × 500m have, and 2 × 600m on 2000m.
    let nodes = vec![Node { count: 2, ..node("worker", 1000, 64 * GB) }];
    let found = proof(nodes, &[workload("api", 2, 600, GB)]);
    assert_eq!(
        named(&found),
        ["`api` on 0.5 CPU", "`api` at most 1 replica", "one more node of `worker`", "`worker` with 2 CPU"]
    );
}

#[test]
fn a_change_that_is_not_enough_says_what_it_leaves() {
    // Nothing else takes `db`, which is on one node by its name, and a budget keeps one of its pods there: no number changes that. All `api` may come to it before, so
    // that it has its 100m beside one of 600m or three of 300m.
    let pinned = Workload {
        name: "db",
        replicas: 2,
        cpu: 50,
        pod: "nodeSelector: {kubernetes.io/hostname: worker-1}",
        spec: IN_PLACE,
        ..Workload::default()
    };
    let nodes = vec![Node { count: 2, ..node("worker", 1000, 64 * GB) }];
    let budget = "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: db, namespace: shop}, spec: {minAvailable: 1, \
                  selector: {matchLabels: {app: db}}}}\n";
    let found = proof(nodes, &[workload("api", 3, 600, GB), pinned.yaml(), budget.to_owned()]);
    let named = named(&found);
    let leaves = ", but leaves the drain of a node (S4) failing";
    let mending = ["`api` on 0.3 CPU", "`api` at most 1 replica", "`worker` with 2 CPU"];
    assert_eq!(named, mending.map(|change| format!("{change}{leaves}")));
}

#[test]
fn a_change_that_is_not_enough_is_made_larger_until_it_is() {
    // The node takes two of 400m, or three of 300m, and the quota 600m: one pod, or three of 200m. What nodes have is nothing to
    // a quota.
    let quota = "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q, namespace: shop}, spec: {hard: {requests.cpu: 600m}}}\n";
    let found = proof(vec![node("host", 1000, 64 * GB)], &[workload("api", 3, 400, GB), quota.to_owned()]);
    assert_eq!(named(&found), ["`api` on 0.2 CPU", "`api` at most 1 replica"]);
}

#[test]
fn the_smallest_number_that_is_tried_may_be_too_small() {
    // Two nodes take four of 400m and one of them two; of one replica the budget would let nobody drain its node.
    let budget = "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: api, namespace: shop}, spec: {minAvailable: 1, \
                  selector: {matchLabels: {app: api}}}}\n";
    let nodes = vec![Node { count: 2, ..node("worker", 1000, 64 * GB) }];
    let named = named(&proof(nodes, &[workload("api", 6, 400, GB), budget.to_owned()]));
    assert!(named.contains(&"`api` at most 2 replicas".to_owned()), "{named:?}");
}

#[test]
fn of_several_containers_the_largest_gets_smaller() {
    // 900 + 300 = 1200m on 1000m: with 700m of the first it is the whole node.
    let two = "[{name: side, resources: {requests: {cpu: 300m, memory: 1}, limits: {memory: 1}}}, ";
    let api = workload("api", 1, 900, 1).replace("containers: [", &format!("containers: {two}"));
    let named = named(&proof(vec![node("host", 1000, 64 * GB)], &[api]));
    assert!(named.contains(&"`main` of `api` on 0.7 CPU".to_owned()), "{named:?}");
}

#[test]
fn an_init_container_that_decides_gets_smaller_and_its_beginning_is_all_that_it_saves() {
    // The pod asks for max(300, 1200) = 1200m; from 300m of the first on, the other decides.
    let setup = "initContainers: [{name: setup, resources: {requests: {cpu: 1200m, memory: 1}, limits: {memory: 1}}}]";
    let api = |cpu: i128| Workload { cpu, memory: 1, pod: setup, spec: IN_PLACE, ..Workload::default() }.yaml();
    let of = |cpu: i128, has: i128| named(&proof(vec![node("host", has, 64 * GB)], &[api(cpu)]));
    assert!(of(300, 1000).contains(&"`setup` of `api` on 1 CPU".to_owned()), "{:?}", of(300, 1000));
    assert!(!of(300, 250).iter().any(|change| change.contains(" CPU")), "{:?}", of(300, 250));
}

#[test]
fn a_number_that_nobody_can_write_is_not_offered() {
    // One more `host` would make `host-1` and `host-2`, and the latter exists. Two runs of a job that replaces itself are no
    // number of replicas.
    let job = "{apiVersion: batch/v1, kind: CronJob, metadata: {name: night, namespace: shop}, spec: {schedule: '0 1 * * *', \
               concurrencyPolicy: Replace, jobTemplate: {spec: {template: {metadata: {labels: {app: night}}, spec: {containers: \
               [{name: main, resources: {requests: {cpu: 600m, memory: 1}, limits: {memory: 1}}}]}}}}}}\n";
    let nodes = vec![
        node("host", 1000, 64 * GB),
        Node { taints: vec![crate::eval::model::Taint::closing("mine")], ..node("host-2", 1000, 64 * GB) },
    ];
    let named = named(&proof(nodes, &[job.to_owned()]));
    assert!(named.contains(&"`night` on 0.5 CPU".to_owned()), "{named:?}");
    assert!(!named.iter().any(|change| change.contains("replica") || change.contains("node of `host`")), "{named:?}");
}

#[test]
fn a_change_must_hold_in_every_state_that_places_pods() {
    // At peak 2 × 400 = 800 ≤ 1000, but a third while it rolls makes 1200. With one replica the rollout has two: 800. With
    // 300m, three are 900; with 350m, 1050.
    let spec = "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    let api = Workload { replicas: 2, cpu: 400, spec, ..Workload::default() }.yaml();
    let found = proof(vec![node("host", 1000, GB)], &[api]);
    let named = named(&found);
    assert!(named.contains(&"`api` on 0.3 CPU".to_owned()), "{named:?}");
    assert!(named.contains(&"`api` at most 1 replica".to_owned()), "{named:?}");
    assert!(named.contains(&"`host` with 2 CPU".to_owned()), "{named:?}");
}

#[test]
fn a_change_is_no_way_out_of_a_rollout_that_it_leaves_open() {
    // Of `still`, one old and one new pod may come together on each of two nodes while everything rolls: 2 × 600 > 1000. Only
    // `site` surges, so there is one wave, and no other than that of everything at once is proved.
    let spec = "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}";
    let pod = even("still", &format!("{HONOUR}, matchLabelKeys: [pod-template-hash]"));
    let still = Workload { name: "still", replicas: 2, cpu: 600, pod: &pod, spec, ..Workload::default() }.yaml();
    let still =
        still.replace("namespace: shop}", "namespace: shop, annotations: {argocd.argoproj.io/sync-wave: \"1\"}}");
    let spec = "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    let site = Workload { name: "site", replicas: 1, cpu: 50, spec, ..Workload::default() }.yaml();
    let found = proof(vec![Node { count: 2, ..node("worker", 1000, GB) }], &[still, site]);
    let named = named(&found);
    assert!(named.contains(&"`still` on 0.45 CPU".to_owned()), "{named:?}");
    assert!(!named.iter().any(|change| change.contains("site")), "{named:?}");
}

const BUDGET: &str = "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: api, namespace: shop}, spec: {minAvailable: 1, \
                      selector: {matchLabels: {app: api}}}}\n";

#[test]
fn a_budget_that_keeps_the_least_gets_out_by_itself_or_by_one_replica_more() {
    let scaler = "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: api, namespace: shop}, spec: \
                  {minReplicas: 1, maxReplicas: 4, scaleTargetRef: {kind: Deployment, name: api}}}\n";
    let nodes = || vec![Node { count: 2, ..node("worker", 4000, 8 * GB) }];
    for more in [scaler, ""] {
        let found = proof(nodes(), &[workload("api", 1, 100, GB), BUDGET.to_owned(), more.to_owned()]);
        assert_eq!(verdict(&found, "S4"), Verdict::DoesNotFit);
        let budget = "the disruption budget of `api` with `maxUnavailable: 1` instead of what must be available";
        assert_eq!(named(&found), [budget, "`api` on at least 2 replicas"]);
    }
    // Of three that all must stay, two may be kept.
    let all = BUDGET.replace("minAvailable: 1", "minAvailable: 3");
    let named = named(&proof(nodes(), &[workload("api", 3, 100, GB), all]));
    assert!(named.contains(&"the disruption budget of `api` with `minAvailable: 2`".to_owned()), "{named:?}");
}

#[test]
fn a_rollout_that_lacks_room_may_make_it_itself() {
    // 2 × 400 + 400 = 1200 > 1000, and without the third they are 800.
    let spec = "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    let api = |name: &str, cpu: i128| Workload { name, replicas: 1, cpu, spec, ..Workload::default() }.yaml();
    let in_place = "with `maxSurge: 0` and `maxUnavailable: 1`";
    let named_on = |pods: &[String]| named(&proof(vec![node("host", 1000, GB)], pods));
    let one = named_on(&[api("api", 600)]);
    assert!(one.contains(&format!("`api` {in_place}")), "{one:?}");
    assert!(one.iter().any(|change| change.contains("`strategy.type: Recreate`")), "{one:?}");
    // 2 × (400 + 350) = 1500: neither of them alone is enough, 400 + 700 and 800 + 350; both are.
    let both = named_on(&[api("api", 400), api("web", 350)]);
    assert!(both.contains(&format!("`api` and `web` each {in_place}")), "{both:?}");
    // A third that is small may surge: 750 + 100 + 100.
    let third = named_on(&[api("api", 400), api("small", 100), api("web", 350)]);
    assert!(third.contains(&format!("`api` and `web` each {in_place}")), "{third:?}");
}

#[test]
fn a_daemonset_that_waits_for_itself_is_refused_and_rolls_in_place() {
    let spec = "updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    let pod = format!("affinity: {{{}}}", alone("edge"));
    let edge = Workload { kind: "DaemonSet", name: "edge", cpu: 50, pod: &pod, spec, ..Workload::default() }.yaml();
    let found = proof(vec![Node { count: 2, ..node("worker", 4000, 8 * GB) }], &[edge]);
    assert_eq!(verdict(&found, "S2"), Verdict::DoesNotFit);
    assert_eq!(named(&found), ["`edge` with `maxSurge: 0` and `maxUnavailable: 1`"]);
}

#[test]
fn a_quota_that_is_too_small_for_the_rollout_is_raised_to_what_it_needs() {
    // 6 × 500 + 500.
    let quota = "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q, namespace: shop}, spec: {hard: {requests.cpu: '3'}}}\n";
    let spec = "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    let api = Workload { replicas: 6, cpu: 500, spec, ..Workload::default() }.yaml();
    let named = named(&proof(vec![Node { count: 2, ..node("worker", 16000, 8 * GB) }], &[api, quota.to_owned()]));
    assert!(named.contains(&"the quota `shop/q` with 3500m of `requests.cpu`".to_owned()), "{named:?}");
    assert!(named.contains(&"`api` at most 5 replicas".to_owned()), "{named:?}");
    assert!(named.contains(&"`api` on 0.4 CPU".to_owned()), "{named:?}");
}

#[test]
fn nobody_is_told_to_spread_what_is_spread() {
    // Each of three nodes of 1300m has 800m for what is on each: two of 300m on one of them are too many, and one is not.
    let nodes = || vec![Node { count: 3, ..node("worker", 1300, 8 * GB) }];
    let agent = || Workload { kind: "DaemonSet", name: "agent", cpu: 800, ..Workload::default() }.yaml();
    let pods = |pod: &str| Workload { kind: "StatefulSet", replicas: 2, cpu: 300, pod, ..Workload::default() }.yaml();
    let is_spread = |change: &String| change.contains("hard spread");
    let hard = even("api", HONOUR);
    for (pod, offers) in [("", true), (hard.as_str(), false)] {
        if let Changes::Tried(found) = &proof(nodes(), &[agent(), pods(pod)]).changes {
            let named: Vec<String> = found.iter().map(|one| change(one, Dialect::Manifests)).collect();
            assert_eq!(named.iter().any(is_spread), offers, "{named:?}");
        } else {
            assert!(!offers, "without a spread something has to change");
        }
    }
}

#[test]
fn many_nodes_are_found_where_many_are_needed() {
    // Forty pods of 900m need forty nodes, and one more in case one is lost; four, and twelve, are far from it.
    let pods = workload("api", 40, 900, 1);
    let named = named(&proof(vec![Node { count: 20, ..node("worker", 1000, 8 * GB) }], &[pods]));
    assert!(named.iter().any(|change| change.ends_with("more nodes of `worker`")), "{named:?}");
}

#[test]
fn without_hardware_nothing_is_tried() {
    assert_eq!(proof(Vec::new(), &[workload("api", 1, 500, GB)]).changes, Changes::NotNeeded);
}

#[test]
fn what_is_not_understood_gets_no_change() {
    let pod = Workload { cpu: 2000, pod: "schedulerName: mine", ..Workload::default() }.yaml();
    let found = proof(vec![node("host", 1000, GB)], &[pod]);
    assert!(matches!(found.changes, Changes::NotTried(_)), "{:?}", found.changes);
}

#[test]
fn a_surge_shrinks_with_the_replicas_of_which_it_is_a_part() {
    // Eight and a quarter more: 10 × 400 = 4000 > 3000. Of six a quarter is ⌈1.5⌉ = 2: 8 × 400 = 3200; of five 2: 7 × 400 = 2800.
    let spec = "strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 0}}";
    let api = Workload { replicas: 8, cpu: 400, spec, ..Workload::default() }.yaml();
    let named = named(&proof(vec![node("host", 3000, GB)], &[api]));
    assert!(named.contains(&"`api` at most 5 replicas".to_owned()), "{named:?}");
}

/// Replicas, CPU and memory, and what its strategy and its pods say.
#[derive(Debug, Clone, Default)]
struct Plan {
    replicas: i128,
    cpu: i128,
    memory: i128,
    spec: &'static str,
    pod: String,
}

fn prove(nodes: &[(i128, i128, i128)], plans: &[Plan]) -> EnvironmentProof {
    let node = |(index, (count, cpu, memory)): (usize, &(i128, i128, i128))| Node {
        count: u64::try_from(*count).expect("a count is small"),
        ..node(&format!("n{index}"), *cpu, *memory)
    };
    let workload = |(index, plan): (usize, &Plan)| {
        let Plan { replicas, cpu, memory, spec, pod } = plan;
        let (name, kind) = (&format!("t{index}"), "Deployment");
        Workload { kind, name, replicas: *replicas, cpu: *cpu, memory: *memory, spec, pod }.yaml()
    };
    let pods: Vec<String> = plans.iter().enumerate().map(workload).collect();
    proof(nodes.iter().enumerate().map(node).collect(), &pods)
}

/// Whether, when one number of the source is what a change says, everything fits but what it says that it leaves.
fn helps(nodes: &[(i128, i128, i128)], plans: &[Plan], change: &Change) -> bool {
    let (mut nodes, mut plans) = (nodes.to_vec(), plans.to_vec());
    let index: usize =
        change.what.rsplit(['t', 'n']).next().and_then(|index| index.parse().ok()).expect("a name ends in a number");
    let named = |name: &String| name.rsplit('t').next().and_then(|index| index.parse::<usize>().ok());
    let in_place = "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}";
    match change.kind {
        ChangeKind::Replicas | ChangeKind::Least => plans[index].replicas = change.to,
        ChangeKind::Request("cpu") => plans[index].cpu = change.to,
        ChangeKind::Request(_) => plans[index].memory = change.to,
        ChangeKind::InPlace => {
            for index in change.also.iter().filter_map(named).chain([index]) {
                plans[index].spec = in_place;
            }
        }
        ChangeKind::Recreated => plans[index].spec = IN_PLACE,
        ChangeKind::Spread => {
            plans[index].pod = even(&format!("t{index}"), &format!("{HONOUR}, matchLabelKeys: [pod-template-hash]"));
        }
        ChangeKind::OneAtATime | ChangeKind::Kept | ChangeKind::Quota(_) | ChangeKind::Ordered => {
            unreachable!("there is no budget, no quota and no StatefulSet")
        }
        ChangeKind::Nodes => nodes[index].0 = change.to,
        ChangeKind::Node("cpu") => nodes[index].1 = change.to,
        ChangeKind::Node(_) => nodes[index].2 = change.to,
    }
    let proof = prove(&nodes, &plans);
    let unmet: Vec<crate::fit::State> =
        proof.states.iter().filter(|one| !proof.is_met(one)).map(|one| one.state).collect();
    let left = |states: &[crate::fit::State]| states.iter().all(|state| unmet.contains(state));
    left(&change.leaves)
        && left(&change.breaks)
        && unmet.iter().all(|state| change.leaves.contains(state) || change.breaks.contains(state))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_change_that_is_named_helps(
        nodes in proptest::collection::vec((1..4_i128, 1000..9000_i128, 2..17_i128), 1..3),
        plans in proptest::collection::vec((1..6_i128, 100..3000_i128, 100..5000_i128), 1..4),
    ) {
        let nodes: Vec<_> = nodes.into_iter().map(|(count, cpu, memory)| (count, cpu, memory * GIB)).collect();
        let plans: Vec<Plan> =
            plans.into_iter().map(|(replicas, cpu, memory)| Plan { replicas, cpu, memory: memory * (GIB / 1024), ..Plan::default() }).collect();
        if let Changes::Tried(found) = prove(&nodes, &plans).changes {
            for one in &found {
                prop_assert!(helps(&nodes, &plans, one), "{:?} of {:?} on {:?}", one, plans, nodes);
            }
        }
    }
}
