//! Verdicts against histories.

#![expect(clippy::print_stdout, reason = "a longer run says what it has seen")]

use std::collections::BTreeMap;
use std::env;

use super::documents::documents;
use super::door::{Proved, is_current};
use super::instance::{Instance, TASTES, Taste};
use super::search::{Answer, Events, can_be_placed, gets_stuck, losses};
use super::simulator::Simulator;

/// Larger searches say nothing, and are left to longer runs.
const MOST_STATES: usize = 1500;

/// How often something was seen, so that a test that looks at nothing is noticed.
type Seen = BTreeMap<String, usize>;

/// The seeds of a taste; more of them where the environment asks for a longer run.
fn seeds(taste: Taste, count: u64) -> Vec<u64> {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let position = TASTES.iter().position(|one| *one == taste).expect("every taste is listed") as u64;
    let is_own = |seed: &u64| seed % TASTES.len() as u64 == position;
    match number("VAUBANC_SEED") {
        Some(seed) => vec![seed].into_iter().filter(is_own).collect(),
        None => (0..count * number("VAUBANC_TRIALS").unwrap_or(1))
            .map(|index| index * TASTES.len() as u64 + position)
            .collect(),
    }
}

fn most_states() -> usize {
    if env::var_os("VAUBANC_TRIALS").is_some() { 5 * MOST_STATES } else { MOST_STATES }
}

fn fits(verdict: &str) -> bool {
    verdict.starts_with("fits-")
}

/// What is wrong with the proof of an instance.
fn complaints(instance: &Instance, seen: &mut Seen) -> Vec<String> {
    let proved = Proved::of(instance);
    let mut wrong = Vec::new();
    let mut count = |what: String| *seen.entry(what).or_default() += 1;
    wrong.extend(proved.refusals().into_iter().map(|refusal| format!("the checker refuses: {refusal}")));
    for (state, at) in [("S0", "S0"), ("S1", "S1")] {
        let verdict = proved.verdict(state, at);
        count(format!("{state} {verdict}"));
        let simulator = Simulator::new(instance, at == "S1", false);
        if verdict != "undecided" {
            match can_be_placed(&simulator, most_states()) {
                Answer::Yes(found) if !fits(&verdict) => {
                    wrong.push(format!("{state} is {verdict}, and there is {found}"));
                }
                Answer::No if fits(&verdict) => wrong.push(format!("{state} is {verdict}, and there is no placement")),
                Answer::Unknown => count(format!("{state} too many placements")),
                _ => {}
            }
        }
        if verdict == "fits-guaranteed" {
            let ground = proved.state(state, at)["ground"].to_string();
            count(format!("{state} {ground}"));
            match gets_stuck(&simulator, &Events::default(), most_states()) {
                Answer::Yes(stuck) => wrong.push(format!("{state} is guaranteed by {ground}, and {stuck}")),
                Answer::Unknown => count(format!("{state} too many histories")),
                Answer::No => count(format!("{state} shown")),
            }
        }
        for further in ["S3", "S4"] {
            let verdict = proved.verdict(further, at);
            count(format!("{further} {verdict}"));
            if verdict == "fits-guaranteed" {
                let mut losses = losses(&simulator);
                if further == "S4" {
                    losses.retain(|nodes| nodes.len() == 1);
                }
                match gets_stuck(&simulator, &Events { losses, ..Events::default() }, most_states()) {
                    Answer::Yes(stuck) => wrong.push(format!("{further} at {at} is guaranteed, and {stuck}")),
                    Answer::Unknown => count(format!("{further} too many histories")),
                    Answer::No => count(format!("{further} shown")),
                }
            }
        }
    }
    let verdict = proved.verdict("S2", "S1");
    count(format!("S2 {verdict}"));
    if verdict == "fits-guaranteed" {
        let simulator = Simulator::new(instance, true, true);
        match gets_stuck(&simulator, &Events { may_wait: true, ..Events::default() }, most_states()) {
            Answer::Yes(stuck) => wrong.push(format!("S2 is guaranteed, and {stuck}")),
            Answer::Unknown => count("S2 too many histories".to_owned()),
            Answer::No => count("S2 shown".to_owned()),
        }
    }
    let required = proved.states().into_iter().filter(|state| state["required"] == true);
    let builds = required
        .map(|state| state["verdict"].to_string())
        .all(|verdict| verdict == "\"fits-guaranteed\"" || verdict == "\"empty\"");
    if builds {
        count("builds".to_owned());
        // Whatever has happened before, a loss at rest is survived.
        let simulator = Simulator::with_history(instance, false);
        let losses = if instance.machines.len() > 1 { losses(&simulator) } else { Vec::new() };
        for losses in [Vec::new(), losses] {
            let what = if losses.is_empty() { "rest" } else { "a loss" };
            match gets_stuck(&simulator, &Events { losses, after_all: true, ..Events::default() }, most_states()) {
                Answer::Yes(stuck) => wrong.push(format!("{what} after peaks and rollouts is guaranteed, and {stuck}")),
                Answer::Unknown => count(format!("{what}: too many histories")),
                Answer::No => count(format!("{what}: shown")),
            }
        }
    }
    wrong
}

/// A complaint without what belongs to one instance, so that like ones are told once.
fn sort_of(complaint: &str) -> String {
    let head = complaint.split(", and ").next().unwrap_or_default();
    head.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

/// Tries the instances of a taste and says what is wrong with the first that fail in each way.
fn try_out(taste: Taste, count: u64, wanted: &[&str]) {
    let mut seen = Seen::new();
    if !is_current() {
        return;
    }
    let mut failures: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for seed in seeds(taste, count) {
        let (_, instance) = Instance::of(seed);
        for wrong in complaints(&instance, &mut seen) {
            let names = (0..instance.machines.len()).map(|index| instance.node_name(index));
            let machines: Vec<String> =
                names.zip(&instance.machines).map(|(name, one)| format!("{name} {one:?}")).collect();
            let told = || {
                let (machines, objects) = (machines.join("\n    "), documents(&instance).join("\n    "));
                format!("seed {seed}: {wrong}\n    {machines}\n    {objects}")
            };
            failures.entry(sort_of(&wrong)).or_insert_with(|| (0, told())).0 += 1;
        }
    }
    let shown: Vec<String> = failures.values().map(|(times, first)| format!("{times} times, first: {first}")).collect();
    assert!(failures.is_empty(), "{taste:?}: {seen:#?}\n{}", shown.join("\n"));
    if env::var_os("VAUBANC_TRIALS").is_some() {
        println!("{taste:?}: {seen:#?}");
    }
    // A search that meets nothing shows nothing.
    for what in wanted.iter().filter(|_| env::var_os("VAUBANC_SEED").is_none()) {
        assert!(seen.contains_key(*what), "{taste:?}: no {what} in {seen:#?}");
    }
}

#[test]
fn requests_alone() {
    try_out(
        Taste::Plain,
        200,
        &["S0 \"any-order\"", "S0 \"sums\"", "S0 fits-possible", "S0 does-not-fit", "S0 shown", "S3 shown"],
    );
}

#[test]
fn priorities() {
    try_out(Taste::Ranked, 200, &["S0 \"layered\"", "S0 fits-possible", "S0 does-not-fit", "S0 shown", "S3 shown"]);
}

#[test]
fn constraints() {
    try_out(
        Taste::Mixed,
        200,
        &["S0 \"balanced\"", "S0 \"pinned\"", "S0 shown", "S2 shown", "S3 shown", "S4 shown", "a loss: shown"],
    );
}

#[test]
fn claims() {
    try_out(Taste::Bound, 200, &["S0 shown", "S2 shown", "S3 shown", "a loss: shown"]);
}

#[test]
fn rollouts() {
    try_out(Taste::Rolling, 200, &["S2 shown", "S2 fits-guaranteed", "S2 does-not-fit", "rest: shown"]);
}

#[test]
fn selectors_over_several_workloads() {
    try_out(Taste::Grouped, 200, &["S0 undecided", "S0 shown", "S2 shown", "S3 shown"]);
}
