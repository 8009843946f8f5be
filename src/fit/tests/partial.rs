//! What is known beside pods of which nothing is: refusals hold, and the rest is proved.

use super::fixture::{GB, Workload, node, proof, state, verdict};
use crate::fit::{EnvironmentProof, StateProof, Verdict, words};

const DATABASE: &str = "{apiVersion: x.example.com/v1, kind: Database, metadata: {name: db, namespace: shop}}\n";

fn api(cpu: i128) -> String {
    Workload { replicas: 3, cpu, memory: GB / 100, ..Workload::default() }.yaml()
}

fn strange() -> String {
    Workload { kind: "StatefulSet", name: "strange", pod: "runtimeClassName: kata", ..Workload::default() }.yaml()
}

fn beside(others: &[&str], cpu: i128) -> EnvironmentProof {
    let others = others.iter().map(|other| (*other).to_owned());
    let documents: Vec<String> = others.chain([api(cpu)]).collect();
    proof(vec![node("a", 4000, 8 * GB), node("b", 4000, 8 * GB)], &documents)
}

fn rest(state: &StateProof) -> Option<Verdict> {
    state.rest.as_ref().map(|rest| rest.verdict)
}

#[test]
fn what_nobody_accounts_for_makes_no_room_for_the_rest() {
    for (others, without) in [
        (vec![DATABASE], vec![]),
        (vec![&*strange()], vec!["StatefulSet.apps shop/strange"]),
        (vec![DATABASE, &*strange()], vec!["StatefulSet.apps shop/strange"]),
    ] {
        let found = beside(&others, 3500);
        for name in ["S0", "S1", "S2"] {
            assert_eq!(verdict(&found, name), Verdict::DoesNotFit, "{name}");
            let names: Vec<String> = without.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(state(&found, name).without, Some(names), "{name}");
        }
        assert_eq!(verdict(&found, "S6"), Verdict::Undecided, "nothing guarantees what is not known");
        assert_eq!(found.obstacles.len(), others.len());
    }
}

#[test]
fn the_rest_is_proved_where_not_everything_is_known() {
    let found = beside(&[DATABASE, &strange()], 500);
    for one in &found.states {
        assert_eq!(one.verdict, Verdict::Undecided, "{one:?}");
        assert_eq!(rest(one), Some(Verdict::Guaranteed), "{one:?}");
    }
    let states = "steady, peak, rollout, loss, drain, limits, disks, quotas";
    assert_eq!(words::rest(&found.states), [format!("everything else is guaranteed: {states}")]);
}

#[test]
fn a_spread_may_count_pods_of_which_nobody_knows_the_labels() {
    // On a node that must stay empty a spread would count none, and so keep all but two from the other; a pod of an unknown
    // label may be there and be counted.
    let spread = "topologySpreadConstraints: [{maxSkew: 2, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: \
                  DoNotSchedule, labelSelector: {matchLabels: {app: api}}}], tolerations: []";
    let api = Workload { replicas: 3, cpu: 100, memory: GB / 100, pod: spread, ..Workload::default() }.yaml();
    let machines = || {
        let mut tainted = node("b", 4000, 8 * GB);
        tainted.taints = vec![crate::eval::model::Taint::closing("mine")];
        vec![node("a", 4000, 8 * GB), tainted]
    };
    assert_eq!(verdict(&proof(machines(), std::slice::from_ref(&api)), "S0"), Verdict::DoesNotFit);
    assert_eq!(verdict(&proof(machines(), &[api, DATABASE.to_owned()]), "S0"), Verdict::Undecided);
}

#[test]
fn a_quota_that_the_rest_exceeds_refuses_whatever_else_there_is() {
    let quota =
        "{apiVersion: v1, kind: ResourceQuota, metadata: {name: q, namespace: shop}, spec: {hard: {pods: 2}}}\n";
    let found = beside(&[DATABASE, quota], 100);
    assert_eq!(verdict(&found, "S7"), Verdict::DoesNotFit);
    assert_eq!(verdict(&found, "S0"), Verdict::Undecided);
}

#[test]
fn two_nodes_of_one_name_leave_nothing_known() {
    let documents = [api(3500), DATABASE.to_owned()];
    let found = proof(vec![node("a", 4000, 8 * GB), node("a", 4000, 8 * GB)], &documents);
    assert!(found.states.iter().all(|one| one.verdict == Verdict::Undecided && one.rest.is_none()));
}
