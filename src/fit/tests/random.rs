//! Random small platforms: what the proof says against what exhaustive search finds.

use proptest::prelude::*;

use super::exhaustive::{Cluster, Kind, Shape};
use super::fixture::{HONOUR, Workload, alone, even, node, proof, state};
use super::refutation::refusal_holds;
use crate::eval::model::Node;
use crate::fit::{EnvironmentProof, Verdict};

pub(super) const UNIT: i128 = 1000;

fn nodes(cluster: &Cluster) -> Vec<Node> {
    let one = |(index, [cpu, memory, pods]): (usize, &[i128; 3])| Node {
        pods: super::fixture::amount(*pods),
        ..node(&format!("n{index}"), cpu * UNIT, memory * UNIT)
    };
    cluster.nodes.iter().enumerate().map(one).collect()
}

fn documents(cluster: &Cluster) -> Vec<String> {
    let document = |(index, kind): (usize, &Kind)| {
        let name = format!("t{index}");
        let names = kind.nodes.iter().enumerate().filter(|(_, yes)| **yes).map(|(node, _)| format!("n{node}"));
        let nodes = format!(
            "nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{{matchExpressions: [{{key: \
             kubernetes.io/hostname, operator: In, values: [{}]}}]}}]}}}}",
            names.collect::<Vec<_>>().join(", ")
        );
        let apart = if kind.shape == Shape::Alone { format!(", {}", alone(&name)) } else { String::new() };
        let mut pod = format!("affinity: {{{nodes}{apart}}}");
        if kind.shape == Shape::Even {
            pod = format!("{pod}, {}", even(&name, &format!("{HONOUR}, matchLabelKeys: [pod-template-hash]")));
        }
        let spec = match kind.shape {
            Shape::OnEach => {
                format!("updateStrategy: {{rollingUpdate: {{maxSurge: {}, maxUnavailable: 0}}}}", kind.surge)
            }
            _ => format!("strategy: {{rollingUpdate: {{maxSurge: {}, maxUnavailable: 0}}}}", kind.surge),
        };
        if kind.rank > 0 {
            pod = format!("{pod}, priorityClassName: rank{}", kind.rank);
        }
        let workload = Workload {
            kind: if kind.shape == Shape::OnEach { "DaemonSet" } else { "Deployment" },
            name: &name,
            replicas: kind.count,
            cpu: kind.cpu * UNIT,
            memory: kind.memory * UNIT,
            pod: &pod,
            spec: &spec,
        };
        let yaml = workload.yaml();
        if kind.shape == Shape::Port {
            let port = format!("{{name: main, ports: [{{containerPort: 80, hostPort: {}}}],", 8000 + index);
            yaml.replace("{name: main,", &port)
        } else {
            yaml
        }
    };
    let class = |rank: i128| {
        format!(
            "{{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {{name: rank{rank}}}, value: {rank}}}\n"
        )
    };
    let ranks: std::collections::BTreeSet<i128> = cluster.kinds.iter().map(|kind| kind.rank).collect();
    let classes = ranks.into_iter().filter(|rank| *rank > 0).map(class);
    cluster.kinds.iter().enumerate().map(document).chain(classes).collect()
}

/// The same pods, ranked.
fn ranked(kinds: usize) -> impl Strategy<Value = Cluster> {
    (cluster(kinds), proptest::collection::vec(0..3_i128, kinds)).prop_map(|(mut cluster, ranks)| {
        cluster.kinds.iter_mut().zip(ranks).for_each(|(kind, rank)| kind.rank = rank);
        cluster
    })
}

fn kind(nodes: usize) -> impl Strategy<Value = Kind> {
    use Shape::{Alone, Even, Floating, OnEach, Port};
    let shapes = vec![Floating, Floating, Even, Even, Alone, Port, OnEach];
    let eligible = proptest::collection::vec(proptest::bool::weighted(0.8), nodes);
    (proptest::sample::select(shapes), 0..4_i128, 0..4_i128, 0..4_i128, 0..2_i128, eligible).prop_map(
        |(shape, cpu, memory, count, surge, mut nodes)| {
            if !nodes.iter().any(|yes| *yes) {
                nodes[0] = true;
            }
            let count = if shape == Shape::OnEach { 1 } else { count };
            Kind { shape, cpu, memory, count, surge, nodes, rank: 0 }
        },
    )
}

pub(super) fn cluster(kinds: usize) -> impl Strategy<Value = Cluster> {
    (1..4_usize).prop_flat_map(move |nodes| {
        let sizes = proptest::collection::vec((1..9_i128, 1..9_i128, 1..9_i128), nodes);
        (sizes, proptest::collection::vec(kind(nodes), 1..=kinds)).prop_map(|(sizes, kinds)| Cluster {
            nodes: sizes.into_iter().map(|(cpu, memory, pods)| [cpu, memory, pods]).collect(),
            kinds,
        })
    })
}

pub(super) fn prove(cluster: &Cluster) -> EnvironmentProof {
    proof(nodes(cluster), &documents(cluster))
}

/// Like nodes and pods that float: where the ground is often that any order does.
fn floating() -> impl Strategy<Value = Cluster> {
    let kinds = proptest::collection::vec((1..4_i128, 0..4_i128, 1..4_i128), 1..=2);
    (2..4_usize, 4..9_i128, kinds).prop_map(|(nodes, size, kinds)| Cluster {
        nodes: vec![[size, size, 8]; nodes],
        kinds: kinds
            .into_iter()
            .map(|(cpu, memory, count)| Kind {
                shape: Shape::Floating,
                cpu,
                memory,
                count,
                surge: 0,
                nodes: vec![true; nodes],
                rank: 0,
            })
            .collect(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_is_guaranteed_never_gets_stuck_in_any_order_of_arrivals_and_restarts(cluster in cluster(3)) {
        let proof = prove(&cluster);
        if state(&proof, "S1").verdict == Verdict::Guaranteed {
            prop_assert_ne!(cluster.can_get_stuck(false, false), Some(true), "{:?}", cluster);
        }
    }

    #[test]
    fn what_any_order_guarantees_never_gets_stuck(cluster in floating()) {
        let proof = prove(&cluster);
        let peak = state(&proof, "S1");
        if peak.ground == Some(crate::fit::Ground::AnyOrder) {
            prop_assert_ne!(cluster.can_get_stuck(false, false), Some(true), "{:?}", cluster);
        }
    }

    #[test]
    fn a_guaranteed_rollout_never_gets_stuck(cluster in cluster(2)) {
        let proof = prove(&cluster);
        let rollout = state(&proof, "S2");
        if rollout.verdict == Verdict::Guaranteed {
            prop_assert_ne!(cluster.can_get_stuck(true, false), Some(true), "{:?}", cluster);
        }
    }

    #[test]
    fn a_guaranteed_loss_leaves_room_for_what_floats(mut cluster in cluster(3)) {
        // Whether pods may be lost for good is a question of budgets; here all are placed again.
        cluster.kinds.iter_mut().for_each(|kind| kind.surge = 0);
        let proof = prove(&cluster);
        if state(&proof, "S3").verdict == Verdict::Guaranteed {
            prop_assert_ne!(cluster.can_get_stuck(false, true), Some(true), "{:?}", cluster);
        }
    }

    #[test]
    fn what_is_guaranteed_in_layers_never_gets_stuck(cluster in ranked(3)) {
        let proof = prove(&cluster);
        if state(&proof, "S1").verdict == Verdict::Guaranteed {
            prop_assert_ne!(cluster.can_get_stuck(false, false), Some(true), "{:?}", cluster);
        }
        if state(&proof, "S3").verdict == Verdict::Guaranteed {
            prop_assert_ne!(cluster.can_get_stuck(false, true), Some(true), "{:?}", cluster);
        }
    }

    #[test]
    fn a_placement_is_found_exactly_where_there_is_one(cluster in cluster(4)) {
        let proof = prove(&cluster);
        let peak = state(&proof, "S1");
        let fits = matches!(peak.verdict, Verdict::Guaranteed | Verdict::Possible);
        prop_assert_eq!(fits, cluster.has_placement(), "{:?} of {:?}", peak, cluster);
    }

    #[test]
    fn every_refusal_is_checked_on_numbers_alone(cluster in cluster(4)) {
        let proof = prove(&cluster);
        let peak = state(&proof, "S1");
        if peak.verdict == Verdict::DoesNotFit {
            let evidence = peak.evidence.as_ref().expect("a refusal has evidence");
            prop_assert!(refusal_holds(&cluster, evidence, UNIT), "{:?} of {:?}", evidence, cluster);
            prop_assert!(!cluster.has_placement());
        }
    }

    #[test]
    fn more_capacity_never_makes_anything_unfit(cluster in cluster(4), which in 0..3_usize, resource in 0..3_usize, more in 1..4_i128) {
        let before = prove(&cluster);
        let mut larger = cluster.clone();
        let index = which % larger.nodes.len();
        larger.nodes[index][resource] += more;
        let after = prove(&larger);
        let fits = |proof: &EnvironmentProof| {
            let verdict = state(proof, "S1").verdict;
            (verdict == Verdict::Guaranteed, matches!(verdict, Verdict::Guaranteed | Verdict::Possible))
        };
        let ((guaranteed, fitted), (still_guaranteed, still_fits)) = (fits(&before), fits(&after));
        prop_assert!(!guaranteed || still_guaranteed, "{:?} and more of {} on {}", cluster, resource, index);
        prop_assert!(!fitted || still_fits, "{:?} and more of {} on {}", cluster, resource, index);
    }
}

#[test]
fn the_random_platforms_reach_every_verdict_and_ground() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..600 {
        let cluster = cluster(4).new_tree(&mut runner).expect("the strategy gives clusters").current();
        let proof = prove(&cluster);
        let peak = state(&proof, "S1");
        seen.insert((peak.verdict.key(), peak.ground.map(crate::fit::Ground::key)));
        seen.insert((state(&proof, "S3").verdict.key(), Some("S3")));
        let cluster = ranked(3).new_tree(&mut runner).expect("the strategy gives clusters").current();
        seen.insert(("ranked", state(&prove(&cluster), "S1").ground.map(crate::fit::Ground::key)));
    }
    for wanted in [
        ("fits-guaranteed", Some("sums")),
        ("fits-guaranteed", Some("pinned")),
        ("fits-guaranteed", Some("balanced")),
        ("fits-guaranteed", Some("any-order")),
        ("ranked", Some("layered")),
        ("fits-guaranteed", Some("S3")),
        ("fits-possible", None),
        ("does-not-fit", None),
        ("undecided", None),
        ("empty", Some("S3")),
    ] {
        assert!(seen.contains(&wanted), "{wanted:?} is not in {seen:?}");
    }
}
