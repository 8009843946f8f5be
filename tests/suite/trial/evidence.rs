//! What is written in a proof is exactly what holds: a little more is refused, and so is a little else.

use serde_json::{Value, json};

use super::documents::{documents, type_name};
use super::door::Proved;
use super::instance::{Dress, Instance, Selected, TASTES};
use super::seed::{Seed, given};
use super::simulator::{Rolls, Simulator};

const TRIALS: u64 = 240;

/// Random platforms and their proofs; more of them where the environment asks for a longer run, and from another seed on.
fn instances() -> impl Iterator<Item = (u64, Instance, Proved)> {
    let first = given("VAUBANC_SEED").unwrap_or(1_000_000);
    (0..TRIALS * given("VAUBANC_TRIALS").unwrap_or(1)).map(move |index| {
        let seed = first + index;
        let (_, instance) = Instance::of(seed);
        let proved = Proved::of(&instance);
        (seed, instance, proved)
    })
}

/// The types and sums of the evidence where it is one layer that is charged.
fn charge(proved: &Proved) -> Option<(Vec<Value>, Vec<Value>)> {
    let state = proved.state("S1", "S1");
    let layers = state["evidence"]["layers"].as_array()?;
    match layers.as_slice() {
        [layer] if layer["ground"] == "charge" => {
            Some((layer["types"].as_array()?.clone(), layer["sums"].as_array()?.clone()))
        }
        _ => None,
    }
}

/// By how much the request of a workload can grow until the tightest of its sums is full.
fn slack(instance: &Instance, proved: &Proved, index: usize, resource: &str) -> Option<i64> {
    let (types, sums) = charge(proved)?;
    let name = type_name(instance, index);
    let per_node = types.iter().find(|one| one["type"] == name.as_str())?["perNode"].as_i64()?;
    let proof: Value = serde_json::from_str(&proved.proof).expect("the proof is JSON");
    let simulator = Simulator::new(instance, true, Rolls::Never);
    let is_eligible = |class: &Value| {
        let classes = proof["environments"][0]["classes"].as_array().into_iter().flatten();
        let of = classes.filter(|one| one["class"] == *class).filter_map(|one| one["nodes"][0].as_str());
        of.filter_map(|name| instance.node(name)).any(|node| simulator.is_eligible(index, node))
    };
    let rows = sums.iter().filter(|row| row["resource"] == resource && is_eligible(&row["class"]));
    let free = rows.filter_map(|row| Some(row["allocatable"].as_i64()? - row["sum"].as_i64()?));
    free.map(|free| free / per_node).min()
}

/// The proof of a platform with the evidence of S1 that another proof of it has, after one request grew by so much.
fn claimed(grown: &Proved, before: &Proved, instance: &Instance, index: usize, resource: &str, by: i64) -> Proved {
    let mut state = before.state("S1", "S1").clone();
    state.as_object_mut().expect("a state is a map").remove("ground");
    let (types, _) = charge(before).expect("it was charged before");
    let name = type_name(instance, index);
    let row = types.iter().find(|one| one["type"] == name.as_str()).expect("it was charged before");
    let more = row["perNode"].as_i64().expect("a number") * by;
    let mut proof: Value = serde_json::from_str(&grown.proof).expect("the proof is JSON");
    let classes = proof["environments"][0]["classes"].clone();
    let simulator = Simulator::new(instance, true, Rolls::Never);
    for sum in state["evidence"]["layers"][0]["sums"].as_array_mut().expect("a charge has sums") {
        let class = classes.as_array().into_iter().flatten().find(|one| one["class"] == sum["class"]);
        let node = class.and_then(|one| instance.node(one["nodes"][0].as_str()?)).expect("a class has a node");
        if sum["resource"] == resource && simulator.is_eligible(index, node) {
            sum["sum"] = json!(sum["sum"].as_i64().expect("a number") + more);
        }
    }
    let states = proof["environments"][0]["states"].as_array_mut().expect("a list");
    *states.iter_mut().find(|one| one["state"] == "S1").expect("S1 is there") = state;
    Proved { proof: proof.to_string(), ..grown.clone() }
}

#[test]
fn a_request_grows_by_the_slack_and_by_nothing_more() {
    let mut tried = 0;
    for (seed, instance, proved) in instances() {
        for index in 0..instance.workloads.len() {
            for (resource, has) in
                [("cpu", instance.workloads[index].cpu > 0), ("memory", instance.workloads[index].memory > 0)]
            {
                let Some(slack) = slack(&instance, &proved, index, resource).filter(|_| has) else { continue };
                let grown = |by: i64| {
                    let mut grown = instance.clone();
                    let one = &mut grown.workloads[index];
                    *(if resource == "cpu" { &mut one.cpu } else { &mut one.memory }) += by;
                    Proved::of(&grown)
                };
                let (full, over) = (grown(slack), grown(slack + 1));
                let verdict = full.verdict("S1", "S1");
                assert_eq!(verdict, "fits-guaranteed", "seed {seed}: t{index} with {slack} more {resource}");
                assert!(charge(&over).is_none(), "seed {seed}: t{index} with {} more {resource}", slack + 1);
                // The checker adds up for itself: the old evidence holds with the new sums, and with one more it does not.
                let say = |grown, by| claimed(grown, &proved, &instance, index, resource, by).refusals();
                assert_eq!(say(&full, slack), [""; 0], "seed {seed}: t{index} with {slack} more {resource}");
                let said = say(&over, slack + 1);
                let is_sum =
                    |one: &String| ["adds up to", "does not fit an empty node"].iter().any(|why| one.contains(why));
                assert!(said.iter().any(is_sum), "seed {seed}: t{index}: {said:?}");
                tried += 1;
            }
        }
    }
    assert!(tried > 30, "only {tried} requests were raised");
}

#[test]
fn any_changed_byte_of_a_manifest_makes_the_proof_stale() {
    let mut stale = 0;
    for (seed, _, proved) in instances().step_by(5) {
        let mut random = Seed::new(seed);
        for _ in 0..10 {
            let place = usize::try_from(random.below(proved.manifests.len() as u64)).unwrap_or_default();
            let byte = proved.manifests.as_bytes()[place];
            if byte == b'\n' {
                continue;
            }
            let mut bytes = proved.manifests.clone().into_bytes();
            bytes[place] = if byte == b'~' { b'!' } else { byte + 1 };
            let manifests = String::from_utf8(bytes).expect("manifests are ASCII");
            let refusals = Proved { manifests, ..proved.clone() }.refusals();
            assert!(!refusals.is_empty(), "seed {seed}: byte {place} of {}", proved.manifests);
            stale += usize::from(refusals.iter().any(|refusal| refusal.contains("stale")));
        }
    }
    assert!(stale > 100, "only {stale} changes were still YAML");
}

#[test]
fn more_capacity_never_makes_anything_unfit() {
    for (seed, instance, proved) in instances() {
        let mut random = Seed::new(seed);
        let mut larger = instance.clone();
        let node = usize::try_from(random.below(larger.machines.len() as u64)).unwrap_or_default();
        match random.below(3) {
            0 => larger.machines[node].cpu += random.between(1, 500),
            1 => larger.machines[node].memory += random.between(1, 5000),
            _ => larger.machines[node].slots += 1,
        }
        let after = Proved::of(&larger);
        for (state, at) in [("S0", "S0"), ("S1", "S1"), ("S2", "S1")] {
            let (before, after) = (proved.verdict(state, at), after.verdict(state, at));
            let is_worse = before.starts_with("fits-") && after == "does-not-fit";
            assert!(!is_worse, "seed {seed}: {state} was {before} and is {after} with more on n{node}");
        }
    }
}

/// The pods on each node of a placement: node, type, count.
fn pods(evidence: &Value) -> Vec<(String, String, i64)> {
    let mut all = Vec::new();
    for pattern in evidence["patterns"].as_array().into_iter().flatten() {
        for node in pattern["nodes"].as_array().into_iter().flatten() {
            for one in pattern["pods"].as_array().into_iter().flatten() {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                all.push((text(node), text(&one["type"]), one["count"].as_i64().unwrap_or_default()));
            }
        }
    }
    all
}

/// A placement with one node in each pattern; nodes have the order of their names here.
fn patterns(mut pods: Vec<(String, String, i64)>) -> Value {
    pods.retain(|(_, _, count)| *count > 0);
    pods.sort();
    let mut nodes: Vec<String> = pods.iter().map(|(node, _, _)| node.clone()).collect();
    nodes.dedup();
    let of = |node: &String| {
        let here = pods.iter().filter(|(other, _, _)| other == node);
        json!({
            "nodes": [node],
            "pods": here.map(|(_, name, count)| json!({ "type": name, "count": count })).collect::<Vec<_>>(),
        })
    };
    json!({ "kind": "placement", "patterns": nodes.iter().map(of).collect::<Vec<_>>() })
}

/// Whether what lies on the nodes breaks a rule, by the simulator: each pod in turn must be admitted beside all others.
fn breaks_a_rule(instance: &Instance, pods: &[(String, String, i64)]) -> bool {
    let simulator = Simulator::new(instance, true, Rolls::Never);
    let mut state = simulator.empty_at_most();
    let index = |name: &str| (0..instance.workloads.len()).find(|index| type_name(instance, *index) == name);
    for (node, name, count) in pods {
        let (Some(workload), Some(node)) = (index(name), instance.node(node)) else { return true };
        for _ in 0..*count {
            let pod = super::simulator::Waiting { workload, revision: 0, node: None, ordinal: None };
            let free = instance.workloads[workload].spread.is_none();
            if free && !simulator.admits(&state, pod, node) || !simulator.is_eligible(workload, node) {
                return true;
            }
            state = simulator.put(&state, pod, node);
        }
    }
    // Spreads hold at the end only.
    let counts = |workload: usize, node: usize| simulator.pods(&state, workload, 0, node);
    (0..instance.workloads.len()).filter_map(|workload| Some((workload, instance.workloads[workload].spread?))).any(
        |(workload, spread)| {
            let nodes: Vec<usize> =
                (0..instance.machines.len()).filter(|node| simulator.is_eligible(workload, *node)).collect();
            let of = |node: &usize| counts(workload, *node);
            let (most, least) = (nodes.iter().map(of).max(), nodes.iter().map(of).min());
            most.unwrap_or(0) - least.unwrap_or(0) > spread.skew
        },
    )
}

#[test]
fn a_placement_with_a_moved_pod_is_refused_where_it_breaks_a_rule() {
    let (mut tried, mut refused, mut confirmed) = (0, 0, 0);
    for (seed, instance, proved) in instances() {
        let state = proved.state("S1", "S1");
        let simple = instance
            .workloads
            .iter()
            .all(|one| one.spread.is_none_or(|spread| spread.over == Selected::Own && !spread.over_zones));
        if state["evidence"]["kind"] != "placement" || !simple {
            continue;
        }
        assert_eq!(proved.refusals(), [""; 0], "seed {seed}");
        tried += 1;
        let mut random = Seed::new(seed);
        for _ in 0..6 {
            let mut moved = pods(&state["evidence"]);
            let which = usize::try_from(random.below(moved.len() as u64)).unwrap_or_default();
            let to =
                instance.node_name(usize::try_from(random.below(instance.machines.len() as u64)).unwrap_or_default());
            let (from, name, _) = moved[which].clone();
            if from == to {
                continue;
            }
            moved[which].2 -= 1;
            match moved.iter_mut().find(|(node, other, _)| *node == to && *other == name) {
                Some(there) => there.2 += 1,
                None => moved.push((to, name, 1)),
            }
            let mut proof: Value = serde_json::from_str(&proved.proof).expect("the proof is JSON");
            let states = proof["environments"][0]["states"].as_array_mut().expect("a list");
            let is_meant = |one: &&mut Value| ["state", "at", "rolling"].iter().all(|key| one[*key] == state[*key]);
            let entry = states.iter_mut().find(is_meant).expect("it was found there");
            entry["evidence"] = patterns(moved.clone());
            let said = Proved { proof: proof.to_string(), ..proved.clone() }.refusals();
            if breaks_a_rule(&instance, &moved) {
                assert!(
                    !said.is_empty(),
                    "seed {seed}: {moved:?} on {:?} of {:?}",
                    instance.machines,
                    documents(&instance)
                );
                refused += 1;
            } else {
                confirmed += usize::from(said.is_empty());
            }
        }
    }
    assert!(tried > 20, "only {tried} placements were tried");
    assert!(refused > 20 && confirmed > 10, "{refused} were refused, {confirmed} were confirmed");
}

/// All places of integers in a value, as JSON pointers. Another weight may serve as well, so weights are left out.
fn integers(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(path.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, one)| integers(one, &format!("{path}/{index}"), found));
        }
        Value::Object(map) => {
            for (key, one) in map.iter().filter(|(key, _)| *key != "weight") {
                integers(one, &format!("{path}/{key}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn a_changed_number_or_verdict_of_a_proof_is_refused() {
    let mut changed = 0;
    for (seed, instance, proved) in instances().step_by(6) {
        assert_eq!(proved.refusals(), [""; 0], "seed {seed}");
        let mut random = Seed::new(seed);
        let proof: Value = serde_json::from_str(&proved.proof).expect("the proof is JSON");
        let refused = |changed: &Value| !Proved { proof: changed.to_string(), ..proved.clone() }.refusals().is_empty();
        let states = proof["environments"][0]["states"].as_array().expect("a list");
        for (index, state) in states.iter().enumerate() {
            let path = format!("/environments/0/states/{index}");
            let mut places = Vec::new();
            integers(&state["evidence"], &format!("{path}/evidence"), &mut places);
            if !places.is_empty() {
                let place = &places[usize::try_from(random.below(places.len() as u64)).unwrap_or_default()];
                let mut other = proof.clone();
                let number = other.pointer_mut(place).expect("it was found there");
                *number = json!(number.as_i64().unwrap_or_default() + 1);
                // A placement of one more pod is another one, and no number of it is stated twice.
                assert!(refused(&other), "seed {seed}: {place} of {state} and {:?}", documents(&instance));
                changed += 1;
            }
            for verdict in ["fits-guaranteed", "does-not-fit"] {
                if state["verdict"] != verdict && state["verdict"] != "empty" {
                    let mut other = proof.clone();
                    let entry = other.pointer_mut(&path).expect("it was found there");
                    entry["verdict"] = json!(verdict);
                    entry["reason"] = Value::Null;
                    assert!(refused(&other), "seed {seed}: {verdict} for {state}");
                }
            }
        }
    }
    assert!(changed > 100, "only {changed} numbers were changed");
}

#[test]
fn all_tastes_are_tried() {
    let tried: Vec<_> = instances().take(TASTES.len()).map(|(seed, _, _)| Instance::of(seed).0).collect();
    assert!(TASTES.iter().all(|taste| tried.contains(taste)), "{tried:?}");
    // However requests and runs are written, something is proved of platforms that have them.
    let mut proved = Vec::new();
    for (_, instance, found) in instances().filter(|(.., found)| found.verdict("S1", "S1").starts_with("fits-")) {
        assert_eq!(found.refusals(), [""; 0], "{:?}", documents(&instance));
        proved.extend(instance.workloads.iter().map(|one| one.dress));
    }
    for dress in [Dress::Plain, Dress::Raised, Dress::Injected, Dress::Overlapping] {
        let times = proved.iter().filter(|one| **one == dress).count();
        assert!(times > 3, "{dress:?} was proved {times} times only");
    }
}
