//! Verdicts against histories.

#![expect(clippy::print_stdout, reason = "a longer run says what it has seen")]

use std::collections::BTreeMap;
use std::env;

use serde_json::Value;

use super::documents::documents;
use super::door::Proved;
use super::instance::{Form, Instance, TASTES, Taste, Workload};
use super::search::{Answer, Events, can_be_placed, gets_stuck, losses};
use super::seed::given;
use super::simulator::{Rolls, Simulator};

/// Larger searches say nothing, and are left to longer runs.
const MOST_STATES: usize = 1000;

/// How many instances of each taste are tried.
const TRIALS: u64 = 200;

/// How often something was seen, so that a test that looks at nothing is noticed.
type Seen = BTreeMap<String, usize>;

/// The seeds of a taste; more of them where the environment asks for a longer run.
fn seeds(taste: Taste) -> Vec<u64> {
    let position = TASTES.iter().position(|one| *one == taste).expect("every taste is listed") as u64;
    let is_own = |seed: &u64| seed % TASTES.len() as u64 == position;
    let number = TRIALS * TASTES.len() as u64 * given("VAUBANC_TRIALS").unwrap_or(1);
    match (given("VAUBANC_SEED"), given("VAUBANC_TRIALS")) {
        (Some(seed), None) => vec![seed].into_iter().filter(is_own).collect(),
        (first, _) => (0..number).map(|index| first.unwrap_or(0) + index).filter(is_own).collect(),
    }
}

fn most_states() -> usize {
    if env::var_os("VAUBANC_TRIALS").is_some() { 5 * MOST_STATES } else { MOST_STATES }
}

fn fits(verdict: &str) -> bool {
    verdict.starts_with("fits-")
}

/// The proof of an instance and what is wrong with it.
struct Trial<'a> {
    instance: &'a Instance,
    proved: Proved,
    seen: &'a mut Seen,
    wrong: Vec<String>,
}

impl Trial<'_> {
    fn count(&mut self, what: String) {
        *self.seen.entry(what).or_default() += 1;
    }

    /// Tries all histories against what is claimed. Whether all were tried.
    fn show(&mut self, claim: &str, simulator: &Simulator<'_>, events: &Events) -> bool {
        let answer = gets_stuck(simulator, events, most_states());
        match &answer {
            Answer::Yes(stuck) => self.wrong.push(format!("{claim} is guaranteed, and {stuck}")),
            Answer::Unknown => self.count(format!("{claim}: too many histories")),
            Answer::No => self.count(format!("{claim}: shown")),
        }
        answer == Answer::No
    }

    /// Whether there was anything before the cluster came to rest.
    fn has_history(&self, at_peak: bool) -> bool {
        self.instance.workloads.iter().any(|one| match one.form {
            Form::Deployment { recreates: false, .. } => true,
            Form::DaemonSet { surge } => surge > 0 || !at_peak && one.most > one.least,
            Form::Job => !at_peak,
            _ => !at_peak && one.most > one.least,
        })
    }

    /// A state in which nothing rolls: what can be placed, what gets stuck, now and after all that may have been, and losses.
    fn still(&mut self, state: &str) {
        let at_peak = state == "S1";
        let verdict = self.proved.verdict(state, state);
        self.count(format!("{state} {verdict}"));
        let simulator = Simulator::new(self.instance, at_peak, Rolls::Never);
        if verdict != "undecided" {
            match can_be_placed(&simulator, most_states()) {
                Answer::Yes(found) if !fits(&verdict) => {
                    self.wrong.push(format!("{state} is {verdict}, and there is {found}"));
                }
                Answer::No if fits(&verdict) => {
                    self.wrong.push(format!("{state} is {verdict}, and there is no placement"));
                }
                Answer::Unknown => self.count(format!("{state} too many placements")),
                _ => {}
            }
        }
        let after = Simulator::with_history(self.instance, at_peak);
        let has_history = self.has_history(at_peak);
        let has_claims = self.instance.workloads.iter().any(Workload::has_claims);
        let mut claims = vec![(state.to_owned(), self.proved.state(state, state).clone(), Vec::new())];
        for further in ["S3", "S4"] {
            let mut losses = losses(&simulator);
            if further == "S4" {
                losses.retain(|nodes| nodes.len() == 1);
            }
            claims.push((format!("{further} at {state}"), self.proved.state(further, state).clone(), losses));
        }
        for (name, entry, losses) in claims {
            if name != state {
                self.count(format!("{} {}", &name[..2], entry["verdict"].as_str().unwrap_or_default()));
            }
            if entry["verdict"] != "fits-guaranteed" {
                continue;
            }
            self.count(format!("{} {}", &name[..2], entry["ground"]));
            let is_zonal = |one: &Workload| one.least > 1 && one.spread.is_some_and(|spread| spread.over_zones);
            if self.instance.workloads.iter().any(is_zonal) {
                self.count(format!("{} over zones", &name[..2]));
            }
            for layers in layers(&entry["evidence"]) {
                self.count(format!("layers {layers}"));
            }
            let is_drain = name.starts_with("S4");
            // What S3 shows of the loss of each node holds for a drain, unless a budget keeps what nothing else takes.
            let is_kept = self.instance.workloads.iter().any(|one| one.keeps.is_some_and(|keeps| keeps > 0));
            if is_drain && !is_kept && self.proved.verdict("S3", state) == "fits-guaranteed" {
                continue;
            }
            let mut is_shown = false;
            if has_history {
                let events = Events { losses: losses.clone(), is_drain, after_all: true, ..Events::default() };
                is_shown = self.show(&format!("{name} after all"), &after, &events);
            }
            // A cluster that came to rest has been in every state of one that has no history, but for where its claims lie.
            if !is_shown || has_claims {
                self.show(&name, &simulator, &Events { losses, is_drain, ..Events::default() });
            }
        }
    }

    /// Rollouts: all together, or those of one wave while nothing else rolls.
    fn rolling(&mut self) {
        for entry in self.proved.states().to_vec().into_iter().filter(|one| one["state"] == "S2") {
            let (verdict, rolling) = (entry["verdict"].as_str(), entry["rolling"].as_str().unwrap_or_default());
            if rolling.contains(',') {
                continue;
            }
            self.count(format!("S2 {}", verdict.unwrap_or_default()));
            if verdict != Some("fits-guaranteed") {
                continue;
            }
            for layers in layers(&entry["evidence"]) {
                self.count(format!("layers {layers}"));
            }
            if !entry["evidence"]["waits"].is_null() {
                self.count("waits".to_owned());
            }
            let wave = rolling.strip_prefix("wave ").and_then(|number| number.parse().ok());
            let events = Events { may_wait: true, wave, ..Events::default() };
            let rolls = if wave.is_some() { Rolls::ByWave } else { Rolls::AtOnce };
            let claim = if wave.is_some() { "S2 by wave" } else { "S2" };
            self.show(claim, &Simulator::new(self.instance, true, rolls), &events);
            if wave.is_none() && self.instance.workloads.iter().any(|one| one.most > one.least) {
                let events = Events { after_all: true, ..events };
                self.show("S2 at rest", &Simulator::rolling_at_rest(self.instance), &events);
            }
        }
    }
}

/// The arguments of the layers of some evidence, one behind the other.
fn layers(evidence: &Value) -> Vec<String> {
    let shape = |layers: &Value| {
        let grounds = layers.as_array().into_iter().flatten().filter_map(|layer| layer["ground"].as_str());
        grounds.collect::<Vec<_>>().join(", ")
    };
    let cases = evidence["cases"].as_array().into_iter().flatten();
    cases.chain([evidence]).map(|one| shape(&one["layers"])).filter(|shape| !shape.is_empty()).collect()
}

/// What is wrong with the proof of an instance.
fn complaints(instance: &Instance, seen: &mut Seen) -> Vec<String> {
    let proved = Proved::of(instance);
    let wrong = proved.refusals().into_iter().map(|refusal| format!("the checker refuses: {refusal}")).collect();
    let mut trial = Trial { instance, proved, seen, wrong };
    trial.still("S0");
    trial.still("S1");
    trial.rolling();
    trial.wrong
}

/// A complaint without what belongs to one instance, so that like ones are told once.
fn sort_of(complaint: &str) -> String {
    let head = complaint.split(", and ").next().unwrap_or_default();
    head.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

/// Tries the instances of a taste and says what is wrong with the first that fail in each way.
fn try_out(taste: Taste, wanted: &[&str]) {
    let mut seen = Seen::new();
    let mut failures: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for seed in seeds(taste) {
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
        &["S0 \"any-order\"", "S0 \"sums\"", "S0 fits-possible", "S0 does-not-fit", "S0: shown", "S3 at S0: shown"],
    );
}

#[test]
fn priorities() {
    try_out(Taste::Ranked, &["S0 fits-possible", "S0 does-not-fit", "S0 after all: shown", "S3 at S0: shown"]);
}

#[test]
fn constraints() {
    try_out(
        Taste::Mixed,
        &[
            "S0 \"balanced\"",
            "S0 \"pinned\"",
            "S0 after all: shown",
            "S2: shown",
            "S3 at S0 after all: shown",
            "S4 fits-guaranteed",
        ],
    );
}

#[test]
fn claims() {
    try_out(Taste::Bound, &["S0: shown", "S2: shown", "S3 at S0: shown", "S3 at S0 after all: shown"]);
}

#[test]
fn rollouts() {
    try_out(
        Taste::Rolling,
        &["S2: shown", "S2 by wave: shown", "S2 at rest: shown", "S2 does-not-fit", "S0 after all: shown", "waits"],
    );
}

#[test]
fn selectors_over_several_workloads() {
    try_out(Taste::Grouped, &["S0 undecided", "S0: shown", "S2: shown", "S3 at S0: shown"]);
}

#[test]
fn what_floats_below_what_is_charged() {
    try_out(
        Taste::Layered,
        &["layers charge, any-order", "S0 \"layered\"", "S0: shown", "S3 at S0: shown", "S2: shown"],
    );
}

#[test]
fn nodes_that_come_and_go() {
    try_out(
        Taste::Pooled,
        &["S0 undecided", "S0: shown", "S1: shown", "S2: shown", "S3 at S0: shown", "S3 at S1: shown"],
    );
}

#[test]
fn what_is_spread_over_zones() {
    try_out(
        Taste::Zonal,
        &["S0 over zones", "S3 over zones", "S0: shown", "S0 after all: shown", "S2: shown", "S3 at S0: shown"],
    );
}
