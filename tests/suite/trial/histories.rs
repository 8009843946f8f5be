//! The simulator against histories that are known: it must find what is there, or what it does not find would mean nothing.

use super::door::Proved;
use super::instance::{Dress, Form, Instance, Machine, Selected, Spread, Workload};
use super::search::{Answer, Events, can_be_placed, gets_stuck, losses};
use super::simulator::{Rolls, Simulator};

const MOST: usize = 200_000;

fn machines(count: usize, cpu: i64) -> Vec<Machine> {
    vec![Machine { cpu, memory: 1000, slots: 110, tier: 0, zone: None, is_tainted: false, pool: None }; count]
}

fn workload(count: u8, cpu: i64) -> Workload {
    Workload {
        form: Form::Deployment { surge: 0, unavailable: 1, recreates: false },
        cpu,
        memory: 0,
        least: count,
        most: count,
        priority: 0,
        preempts: true,
        tolerates: false,
        tiers: None,
        group: None,
        apart: None,
        spread: None,
        port: None,
        keeps: None,
        wave: 0,
        dress: Dress::Plain,
    }
}

fn instance(machines: Vec<Machine>, workloads: Vec<Workload>) -> Instance {
    Instance { machines, workloads, gathers: false }
}

fn is_stuck(answer: &Answer) -> bool {
    assert_ne!(*answer, Answer::Unknown, "there are too many states");
    matches!(answer, Answer::Yes(_))
}

#[test]
fn an_unlucky_order_leaves_a_large_pod_without_a_node() {
    // 600 on one node of 900 and 2 × 400 on the other is a placement; 400 on each leaves 500.
    let of = |cpu| instance(machines(2, cpu), vec![workload(1, 600), workload(2, 400)]);
    let (tight, roomy) = (of(900), of(1000));
    let stuck =
        |one: &Instance| is_stuck(&gets_stuck(&Simulator::new(one, true, Rolls::Never), &Events::default(), MOST));
    assert!(matches!(can_be_placed(&Simulator::new(&tight, true, Rolls::Never), MOST), Answer::Yes(_)));
    assert!(stuck(&tight) && !stuck(&roomy));
    // With a priority above the others it takes its place.
    let mut first = of(900);
    assert!(stuck(&first));
    first.workloads[0].priority = 1;
    assert!(!stuck(&first));
    first.workloads[0].preempts = false;
    assert!(stuck(&first));
}

#[test]
fn a_rollout_without_room_for_its_surge_is_stuck_and_one_that_may_take_down_is_not() {
    let of = |unavailable| {
        let form = Form::Deployment { surge: 1, unavailable, recreates: false };
        instance(machines(1, 3000), vec![Workload { form, ..workload(3, 1000) }])
    };
    let stuck = |one: &Instance| {
        is_stuck(&gets_stuck(
            &Simulator::new(one, true, Rolls::AtOnce),
            &Events { may_wait: true, ..Events::default() },
            MOST,
        ))
    };
    assert!(stuck(&of(0)) && !stuck(&of(1)));
}

#[test]
fn spread_pods_with_volumes_come_back_only_where_there_is_one_on_each_node() {
    let of = |count| {
        let form = Form::StatefulSet { claims: true, parallel: false };
        instance(machines(2, 8000), vec![Workload { form, spread: Some(Spread::even(false)), ..workload(count, 100) }])
    };
    let stuck =
        |one: &Instance| is_stuck(&gets_stuck(&Simulator::new(one, true, Rolls::Never), &Events::default(), MOST));
    assert!(stuck(&of(3)) && !stuck(&of(2)));
}

#[test]
fn what_peaks_and_rollouts_leave_uneven_meets_a_loss() {
    // `web` may be on all of three nodes, `other` on the first and the last; with the last gone 2 × 500 + 2 × 300 = 1600 > 1400.
    let of = |web: Workload| {
        let mut all = machines(3, 1400);
        all[1].tier = 1;
        let other = Workload { tiers: Some(vec![0]), spread: Some(Spread::even(false)), ..workload(2, 500) };
        instance(all, vec![web, other])
    };
    let stuck = |one: &Instance| {
        let simulator = Simulator::with_history(one, false);
        let events = Events { losses: losses(&simulator), after_all: true, ..Events::default() };
        is_stuck(&gets_stuck(&simulator, &events, MOST))
    };
    assert!(!stuck(&of(Workload { spread: Some(Spread::even(false)), ..workload(2, 300) })));
    assert!(stuck(&of(Workload { most: 6, spread: Some(Spread::even(false)), ..workload(2, 300) })));
    let form = Form::Deployment { surge: 4, unavailable: 0, recreates: false };
    assert!(stuck(&of(Workload { form, spread: Some(Spread::even(false)), ..workload(2, 300) })));
    assert!(!stuck(&of(Workload { form, spread: Some(Spread::even(true)), ..workload(2, 300) })));
}

#[test]
fn a_tainted_node_is_an_empty_domain_unless_another_workload_fills_it() {
    let spread = |over| Some(Spread { honours_taints: false, over, ..Spread::even(false) });
    let mut all = machines(3, 8000);
    (all[2].is_tainted, all[2].tier) = (true, 1);
    let api = Workload { group: Some(0), ..workload(4, 100) };
    let agent = Workload { group: Some(0), tolerates: true, tiers: Some(vec![1]), ..workload(2, 100) };
    let alone = instance(all.clone(), vec![Workload { spread: spread(Selected::Own), ..api.clone() }, agent.clone()]);
    assert_eq!(can_be_placed(&Simulator::new(&alone, true, Rolls::Never), MOST), Answer::No);
    let together = instance(all, vec![Workload { spread: spread(Selected::Group(0)), ..api }, agent]);
    assert!(matches!(can_be_placed(&Simulator::new(&together, true, Rolls::Never), MOST), Answer::Yes(_)));
}

#[test]
fn one_on_each_node_fills_the_zone_that_a_spread_wants_next() {
    // One node in one zone, three in the other. After one and two, the next of four may go to the first zone only, by 1 + 1 − 1
    // there and 2 + 1 − 1 here; where there is one on each node, its node is taken.
    let mut all = machines(4, 8000);
    all.iter_mut().zip([0, 1, 1, 1]).for_each(|(machine, zone)| machine.zone = Some(zone));
    let spread = Some(Spread { over_zones: true, ..Spread::even(false) });
    let api = Workload { spread, ..workload(4, 100) };
    let stuck = |one: Workload| {
        let instance = instance(all.clone(), vec![one]);
        let verdict = Proved::of(&instance).verdict("S1", "S1");
        let simulator = Simulator::new(&instance, true, Rolls::Never);
        (is_stuck(&gets_stuck(&simulator, &Events::default(), MOST)), verdict)
    };
    assert_eq!(stuck(api.clone()), (false, "fits-guaranteed".to_owned()));
    let (alone, verdict) = stuck(Workload { apart: Some(Selected::Own), ..api.clone() });
    assert!(alone && verdict != "fits-guaranteed", "{verdict}");
    let (with_port, verdict) = stuck(Workload { port: Some(8000), ..api });
    assert!(with_port && verdict != "fits-guaranteed", "{verdict}");
}
