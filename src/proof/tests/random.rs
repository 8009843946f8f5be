//! Random small platforms: what the proof says against what exhaustive search finds.

use proptest::prelude::*;

use super::exhaustive::{Cluster, Kind, Shape};
use super::fixture::{HONOUR, Workload, alone, even, node, proof, state};
use crate::eval::model::Node;
use crate::proof::{EnvironmentProof, Evidence, Verdict};

const UNIT: i128 = 1000;

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
    cluster.kinds.iter().enumerate().map(document).collect()
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
            Kind { shape, cpu, memory, count, surge, nodes }
        },
    )
}

fn cluster(kinds: usize) -> impl Strategy<Value = Cluster> {
    (1..4_usize).prop_flat_map(move |nodes| {
        let sizes = proptest::collection::vec((1..9_i128, 1..9_i128, 1..9_i128), nodes);
        (sizes, proptest::collection::vec(kind(nodes), 1..=kinds)).prop_map(|(sizes, kinds)| Cluster {
            nodes: sizes.into_iter().map(|(cpu, memory, pods)| [cpu, memory, pods]).collect(),
            kinds,
        })
    })
}

fn prove(cluster: &Cluster) -> EnvironmentProof {
    proof(nodes(cluster), &documents(cluster))
}

/// Checks a refusal on the numbers of the cluster alone.
fn refusal_holds(cluster: &Cluster, evidence: &Evidence) -> bool {
    let kind = |name: &str| {
        let index: usize =
            name.rsplit('t').next().and_then(|index| index.parse().ok()).expect("types are called t0, t1");
        &cluster.kinds[index]
    };
    let node = |name: &str| {
        let index: usize = name.trim_start_matches('n').parse().expect("classes of one node are called n0, n1");
        (index, cluster.nodes[index])
    };
    let ask = |kind: &Kind, resource: &str| match resource {
        "cpu" => kind.cpu,
        "memory" => kind.memory,
        "pods" => 1,
        _ => 0,
    };
    let has = |node: [i128; 3], resource: &str| match resource {
        "cpu" => node[0],
        "memory" => node[1],
        "pods" => node[2],
        _ => i128::MAX,
    };
    match evidence {
        Evidence::Oversize { name, places } => {
            let kind = kind(name);
            let short = |name: &str| {
                let (_, size) = node(name);
                ["cpu", "memory", "pods"].iter().any(|resource| ask(kind, resource) > has(size, resource))
            };
            let all = kind.nodes.iter().filter(|yes| **yes).count() == places.len();
            (all || kind.shape == Shape::OnEach) && places.iter().all(|place| short(&place.class))
        }
        Evidence::Count { name, count, places, total } => {
            let kind = kind(name);
            let most = |index: usize| {
                let size = cluster.nodes[index];
                let by_room = ["cpu", "memory", "pods"].into_iter().filter(|resource| ask(kind, resource) > 0);
                let by_room = by_room.map(|resource| has(size, resource) / ask(kind, resource)).min().unwrap_or(0);
                if matches!(kind.shape, Shape::Alone | Shape::Port) { by_room.min(1) } else { by_room }
            };
            let sum: i128 = if kind.shape == Shape::OnEach {
                places.iter().map(|(class, _)| most(node(class).0)).sum()
            } else {
                (0..cluster.nodes.len()).filter(|index| kind.nodes[*index]).map(most).sum()
            };
            sum == *total && sum < *count && *count <= kind.count + kind.surge
        }
        Evidence::Sum { types, classes, resource, demand, allocatable, .. } => {
            let inside: Vec<usize> = classes.iter().map(|class| node(class).0).collect();
            let asked = |name: &String| {
                let kind = kind(name);
                let here = inside.iter().filter(|node| kind.nodes[**node]).count() as i128;
                let outside = (0..cluster.nodes.len()).any(|node| kind.nodes[node] && !inside.contains(&node));
                assert!(kind.shape == Shape::OnEach || !outside, "a type may go elsewhere");
                let count = if kind.shape == Shape::OnEach { kind.count * here } else { kind.count };
                count * ask(kind, resource)
            };
            let scale = if resource == "pods" { 1 } else { UNIT };
            let sum: i128 = types.iter().map(asked).sum::<i128>() * scale;
            let there: i128 = inside.iter().map(|node| has(cluster.nodes[*node], resource)).sum::<i128>() * scale;
            sum == *demand && there == *allocatable && sum > there
        }
        _ => false,
    }
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
        if peak.ground == Some(crate::proof::Ground::AnyOrder) {
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
            prop_assert!(refusal_holds(&cluster, evidence), "{:?} of {:?}", evidence, cluster);
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
        seen.insert((peak.verdict.key(), peak.ground.map(crate::proof::Ground::key)));
        seen.insert((state(&proof, "S3").verdict.key(), Some("S3")));
    }
    for wanted in [
        ("fits-guaranteed", Some("sums")),
        ("fits-guaranteed", Some("pinned")),
        ("fits-guaranteed", Some("balanced")),
        ("fits-guaranteed", Some("any-order")),
        ("fits-guaranteed", Some("S3")),
        ("fits-possible", None),
        ("does-not-fit", None),
        ("undecided", None),
        ("empty", Some("S3")),
    ] {
        assert!(seen.contains(&wanted), "{wanted:?} is not in {seen:?}");
    }
}
