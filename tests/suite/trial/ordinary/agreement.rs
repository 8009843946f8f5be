//! Verdicts about ordinary platforms against histories of them.

#![expect(clippy::print_stdout, reason = "a longer run says what it has seen")]

use std::collections::BTreeMap;
use std::env;

use vaubanc::fit::{Reading, Scenario, StateProof, Verdict, prove};

use super::super::door::Proved;
use super::super::seed::given;
use super::documents::documents;
use super::door::scenario;
use super::histories::{Seen, all_at_once, histories};
use super::platform::Platform;

/// How many platforms are tried.
const TRIALS: u64 = 100;

/// How many histories of each, and in longer runs.
const HISTORIES: usize = 12;
const MORE_HISTORIES: usize = 30;

/// What came out, by state, by what the simulator finds, and by verdict.
type Table = BTreeMap<(String, &'static str, &'static str), usize>;

/// The states of a proof as the histories call them.
const STATES: [(&str, &str, &str); 7] = [
    ("S0", "S0", "S0"),
    ("S1", "S1", "S1"),
    ("S2", "S2", "S1"),
    ("S3 at S0", "S3", "S0"),
    ("S3 at S1", "S3", "S1"),
    ("S4 at S0", "S4", "S0"),
    ("S4 at S1", "S4", "S1"),
];

/// The verdict of a state, of several rollouts the weakest, with its entry.
fn entry<'a>(states: &'a [StateProof], state: &str, at: &str) -> Option<&'a StateProof> {
    let wanted = |one: &&StateProof| one.state.key() == state && one.at.key() == at && !one.is_terminating();
    let strength = |one: &&StateProof| match one.verdict {
        Verdict::Undecided => 0,
        Verdict::DoesNotFit => 1,
        Verdict::Possible => 2,
        _ => 3,
    };
    states.iter().filter(wanted).min_by_key(strength)
}

/// What some histories say of a state.
fn simulated(seen: &Seen, name: &str) -> &'static str {
    match seen.get(name) {
        None => "never tried",
        Some(shown) if shown.fails.is_empty() => "always",
        Some(shown) if shown.fits == 0 => "never",
        Some(_) => "at times",
    }
}

/// A reason without the names and numbers of one platform.
fn shape(said: &str) -> String {
    let is_name = |word: &str| word.contains(|letter: char| letter.is_ascii_digit());
    let words = said.split(' ').map(|word| if is_name(word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

struct Run {
    table: Table,
    reasons: BTreeMap<(String, &'static str, String), (usize, u64)>,
    wrong: Vec<String>,
    bytes: usize,
}

impl Run {
    fn try_out(&mut self, seed: u64, number: usize, with_checker: bool) {
        let platform = Platform::of(seed);
        let documents = documents(&platform);
        let (model, objects) = scenario(&platform, &documents);
        let proof = prove(&Reading::of(Scenario { model: &model, objects: &objects }, &[]));
        let seen = histories(&platform, seed, number);
        let mut wrong = Vec::new();
        for (name, state, at) in STATES {
            let Some(one) = entry(&proof.states, state, at) else { continue };
            let found = simulated(&seen, name);
            *self.table.entry((name.to_owned(), found, one.verdict.key())).or_default() += 1;
            let fails = seen.get(name).map(|shown| shown.fails.as_slice()).unwrap_or_default();
            match one.verdict {
                Verdict::Guaranteed => {
                    wrong.extend(fails.first().map(|said| format!("{name} is guaranteed, and {said}")));
                }
                Verdict::Undecided => {
                    let reason = one.reason.as_ref().map(|reason| format!("{:?}", reason.root())).unwrap_or_default();
                    let at = (name.to_owned(), found, shape(&reason));
                    let (times, _) = self.reasons.entry(at).or_insert((0, seed));
                    *times += 1;
                }
                _ => {}
            }
            let still = matches!(state, "S0" | "S1" | "S2");
            if one.verdict == Verdict::DoesNotFit && still {
                let place = all_at_once(&platform, at == "S1", state == "S2", seed, 8);
                wrong.extend(place.map(|said| format!("{name} is refused, and there is {said}")));
            }
            if one.verdict == Verdict::Guaranteed && still && !seen.contains_key(name) && state != "S2" {
                wrong.push(format!("{name} is guaranteed, and no history came to it"));
            }
        }
        if with_checker {
            let proved = Proved::on(&model, &objects, &documents);
            wrong.extend(proved.refusals().into_iter().map(|refusal| format!("the checker refuses: {refusal}")));
            self.bytes += proved.proof.len();
        }
        let told = |said: String| {
            let workloads: Vec<String> = platform.workloads.iter().map(|one| format!("{one:?}")).collect();
            format!("seed {seed}: {said}\n    {:?}\n    {}", platform.machines, workloads.join("\n    "))
        };
        self.wrong.extend(wrong.into_iter().map(told));
    }

    /// The share of undecided states among those of which the simulator finds one answer.
    fn told(&self) -> String {
        let mut lines = Vec::new();
        for (name, _, _) in STATES {
            let of = |found: &str, verdict: Option<&str>| -> usize {
                let is_it = |(state, how, said): &(String, &str, &str)| {
                    state == name && *how == found && verdict.is_none_or(|verdict| *said == verdict)
                };
                self.table.iter().filter(|(key, _)| is_it(key)).map(|(_, times)| times).sum()
            };
            for found in ["always", "never", "at times", "never tried"] {
                let all = of(found, None);
                let each = ["fits-guaranteed", "fits-possible", "does-not-fit", "undecided"]
                    .map(|verdict| format!("{verdict} {}", of(found, Some(verdict))));
                let open = of(found, Some("undecided"));
                let share = (open * 1000).checked_div(all).unwrap_or_default();
                lines.push(format!("{name} {found} {all}: {}; open {}.{} %", each.join(", "), share / 10, share % 10));
            }
        }
        let is_sure = |found: &str| found == "always" || found == "never";
        let mut reasons: Vec<_> = self.reasons.iter().filter(|((_, found, _), _)| is_sure(found)).collect();
        reasons.sort_by_key(|(_, (times, _))| std::cmp::Reverse(*times));
        for ((name, found, reason), (times, seed)) in reasons.into_iter().take(60) {
            lines.push(format!("{times:6} {name} {found}: {reason} (seed {seed})"));
        }
        lines.join("\n")
    }
}

#[test]
fn ordinary_platforms() {
    let (first, times) = (given("VAUBANC_SEED"), given("VAUBANC_TRIALS"));
    let number = match (first, times) {
        (Some(_), None) => 1,
        (_, times) => TRIALS * times.unwrap_or(1),
    };
    let mut run = Run { table: Table::new(), reasons: BTreeMap::new(), wrong: Vec::new(), bytes: 0 };
    for index in 0..number {
        let seed = 9_000_000 + first.unwrap_or(0) + index;
        let histories = if times.is_none() { HISTORIES } else { MORE_HISTORIES };
        run.try_out(seed, histories, times.is_none() || index % 16 == 0);
    }
    if env::var_os("VAUBANC_TRIALS").is_some() || env::var_os("VAUBANC_SEED").is_some() {
        println!("{}", run.told());
    }
    let shown: Vec<&str> = run.wrong.iter().take(5).map(String::as_str).collect();
    assert!(shown.is_empty(), "{} contradictions in {number} platforms: {}", run.wrong.len(), shown.join("\n"));
    assert!(run.bytes > 0, "no proof was checked");
}
