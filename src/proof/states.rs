//! The states of an environment, each with its counts and its verdict.

use super::evidence::{Evidence, Ground, LimitSum, StateProof, Verdict};
use super::fit::{self, Finding};
use super::platform::{Counts, Platform};
use super::pods::MEMORY;
use super::{NodeClass, accounted, admission, applied, loss, nodes, storage};
use crate::analysis::Scenario;
use crate::analysis::disks::default_class;
use crate::data::Node;
use crate::objects::Object;
use crate::objects::pod::Doubt;
use crate::objects::workload::Workloads;

/// What is proved, and of which nodes.
pub(super) struct States {
    pub(super) nodes: Vec<Node>,
    pub(super) classes: Vec<NodeClass>,
    pub(super) proofs: Vec<StateProof>,
    pub(super) has_claims: bool,
}

/// What rolls together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rolling {
    All,
    Wave(i128),
}

impl Rolling {
    fn text(self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Wave(wave) => format!("wave {wave}"),
        }
    }

    fn includes(self, wave: i128) -> bool {
        match self {
            Self::All => true,
            Self::Wave(own) => own == wave,
        }
    }
}

pub(super) fn prove(scenario: &Scenario<'_>, neighbours: &[Scenario<'_>]) -> States {
    let objects = together(scenario, neighbours);
    let hardware = scenario.model.hardware.as_ref();
    let workloads = Workloads::read(&objects, hardware.and_then(|hardware| hardware.kubernetes));
    let default = hardware.and_then(|hardware| default_class(hardware, &objects));
    let platform = Platform::read(&objects, &workloads, hardware, default.as_deref());
    let quotas: Vec<&Object> =
        applied(scenario.model, scenario.objects).into_iter().filter(|object| object.kind == "ResourceQuota").collect();
    let unbounded = workloads.unbounded.first().map(|one| format!("the autoscaler `{}` has no maximum", one.name));
    let proofs = Prover { platform: &platform, objects: &objects, quotas, unbounded }.all(hardware.is_some());
    let documents = hardware.map(|hardware| nodes::documents(hardware, &platform.classes)).unwrap_or_default();
    let classes = platform.classes.iter().map(|class| NodeClass {
        name: class.name.clone(),
        nodes: class.nodes.clone(),
        assumes_ephemeral: hardware.is_some_and(|hardware| hardware.nodes[class.source].ephemeral().is_none()),
    });
    States { nodes: documents, classes: classes.collect(), proofs, has_claims: !platform.claims.is_empty() }
}

/// Everything on the same nodes, in the order in which digests have it.
fn together(scenario: &Scenario<'_>, neighbours: &[Scenario<'_>]) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    for one in std::iter::once(scenario).chain(neighbours) {
        objects.extend(applied(one.model, one.objects).into_iter().cloned());
        objects.extend(one.objects.iter().filter(|object| object.is_footprint()).cloned());
    }
    objects.sort_by_cached_key(Object::key);
    objects
}

struct Prover<'a> {
    platform: &'a Platform,
    objects: &'a [Object],
    quotas: Vec<&'a Object>,
    unbounded: Option<String>,
}

impl Prover<'_> {
    fn all(&self, has_hardware: bool) -> Vec<StateProof> {
        let everywhere = accounted::obstacle(self.objects);
        let everywhere = everywhere.or_else(|| (!has_hardware).then(|| "no hardware is declared".to_owned()));
        let everywhere = everywhere.or_else(|| self.doubtful());
        let placing = everywhere.clone().or_else(|| self.not_understood());
        let growing = self.unbounded.clone().or_else(|| self.piling());
        let at_peak = placing.clone().or_else(|| growing.clone());
        let (steady, peak) = (self.counts(false, None), self.counts(true, None));
        let guarded = |obstacle: &Option<String>, decide: &dyn Fn() -> Finding| match obstacle {
            Some(reason) => Finding::undecided(reason.clone()),
            None => decide(),
        };
        let mut proofs = vec![
            state("S0", "S0", None, true, guarded(&placing, &|| fit::decide(self.platform, &steady))),
            state("S1", "S1", None, true, guarded(&at_peak, &|| fit::decide(self.platform, &peak))),
        ];
        proofs.extend(self.rolled("S2", &|rolling| guarded(&at_peak, &|| self.rollout(rolling))));
        for (name, is_drain) in [("S3", false), ("S4", true)] {
            let decide = |counts: &Counts| loss::decide(self.platform, counts, self.objects, is_drain);
            proofs.push(state(name, "S0", None, true, guarded(&placing, &|| decide(&steady))));
            proofs.push(state(name, "S1", None, false, guarded(&at_peak, &|| decide(&peak))));
        }
        proofs.push(state("S5", "S1", None, self.is_capped(), guarded(&at_peak, &|| self.limits(&peak))));
        proofs.push(state("S6", "S1", None, true, guarded(&at_peak, &|| storage::decide(self.platform, &peak))));
        let charged = everywhere.or(growing);
        proofs.extend(self.rolled("S7", &|rolling| {
            guarded(&charged, &|| admission::decide(self.platform, &self.counts(true, Some(rolling)), &self.quotas))
        }));
        proofs
    }

    /// The counts of a state.
    fn counts(&self, peak: bool, rolling: Option<Rolling>) -> Counts {
        let rolls: Vec<bool> =
            self.platform.types.iter().map(|one| rolling.is_some_and(|rolling| rolling.includes(one.wave))).collect();
        let number = self.platform.types.iter().zip(&rolls).map(|(one, rolls)| {
            let count = if peak { one.peak } else { one.steady };
            // What has no pods has none to roll.
            if *rolls && count > 0 { count + one.surge } else { count }
        });
        Counts { number: number.collect(), rolls }
    }

    /// A state in which something rolls: everything at once where that is guaranteed, else wave by wave.
    fn rolled(&self, name: &'static str, decide: &dyn Fn(Rolling) -> Finding) -> Vec<StateProof> {
        let all = decide(Rolling::All);
        let waves = self.platform.surging_waves();
        if all.verdict == Verdict::Guaranteed || waves.len() <= 1 {
            return vec![state(name, "S1", Some(Rolling::All), true, all)];
        }
        let one = |wave: i128| state(name, "S1", Some(Rolling::Wave(wave)), true, decide(Rolling::Wave(wave)));
        waves.into_iter().map(one).collect()
    }

    fn rollout(&self, rolling: Rolling) -> Finding {
        let counts = self.counts(true, Some(rolling));
        let found = fit::decide(self.platform, &counts);
        if found.verdict == Verdict::Guaranteed || self.platform.nodes() != 1 {
            return found;
        }
        // On one node a rollout that may take down an old pod makes its own room, whatever the others do.
        let mut fewer = counts;
        let mut waits = Vec::new();
        for (index, one) in self.platform.types.iter().enumerate() {
            if fewer.rolls[index] && one.is_deployment && one.unavailable > 0 && fewer.number[index] > one.peak {
                fewer.number[index] = one.peak;
                waits.push(one.name.clone());
            }
        }
        if waits.is_empty() {
            return found;
        }
        match fit::charge(self.platform, &fewer) {
            Ok(charge) => {
                let charge = super::evidence::Charge { waits, ..charge };
                Finding::guaranteed(Ground::Sums, Evidence::Charge(charge))
            }
            Err(_) => found,
        }
    }

    /// Whether every node has a declared cap on memory limits.
    fn is_capped(&self) -> bool {
        let classes = &self.platform.classes;
        !classes.is_empty() && classes.iter().all(|class| class.memory_cap.is_some())
    }

    fn limits(&self, counts: &Counts) -> Finding {
        let mut sums = Vec::new();
        let mut over = false;
        for class in &self.platform.classes {
            let allocatable = class.allocatable[MEMORY];
            let cap = class.memory_cap.unwrap_or(100);
            let (mut stated, mut whole, mut unlimited) = (0, 0, Vec::new());
            for (index, one) in self.platform.types.iter().enumerate().filter(|(index, _)| class.eligible[*index]) {
                let most = self.platform.most(index, counts, self.platform.nodes_of(index));
                let (limit, is_unlimited) = one.memory_limit();
                if !is_unlimited {
                    stated += most * limit;
                } else if most > 0 {
                    unlimited.push(one.name.clone());
                    whole += most * allocatable;
                }
            }
            let sum = stated + whole;
            over |= sum * 100 > cap * allocatable;
            sums.push(LimitSum { class: class.name.clone(), sum, stated, cap, allocatable, unlimited });
        }
        if over {
            return Finding::refused(Evidence::Limits(sums));
        }
        let ground = if self.platform.nodes() <= 1 { Ground::Sums } else { Ground::Balanced };
        Finding::guaranteed(ground, Evidence::Limits(sums))
    }

    /// What nobody can read without knowing the version of Kubernetes, or what this one does not do.
    fn doubtful(&self) -> Option<String> {
        let (one, doubt) = self.platform.types.iter().find_map(|one| Some((one, one.resources.doubt?)))?;
        Some(match doubt {
            Doubt::PodLevel => format!(
                "`{}` states resources of the pod as a whole, which count from Kubernetes 1.34 on; declare `kubernetes` on the hardware",
                one.name
            ),
            Doubt::Sidecar => format!(
                "`{}` has an init container with `restartPolicy: Always`, and such sidecars exist from Kubernetes 1.29 on",
                one.name
            ),
        })
    }

    fn not_understood(&self) -> Option<String> {
        let found = self.platform.types.iter().find_map(|one| Some((one, one.constraints.unknown.as_ref()?)))?;
        Some(format!("`{}` has {}, which this version does not account for", found.0.name, found.1))
    }

    fn piling(&self) -> Option<String> {
        let one = self.platform.types.iter().find(|one| one.piles_up)?;
        Some(format!("runs of `{}` may pile up without bound; set `concurrencyPolicy: Forbid` or a deadline", one.name))
    }
}

fn state(
    name: &'static str,
    at: &'static str,
    rolling: Option<Rolling>,
    required: bool,
    finding: Finding,
) -> StateProof {
    let Finding { verdict, ground, evidence, reason } = finding;
    StateProof { state: name, at, rolling: rolling.map(Rolling::text), required, verdict, ground, evidence, reason }
}
