//! The states of an environment, each with its counts and its verdict.

use std::collections::BTreeSet;

use super::changes::{self, Changes};
use super::counts::{Rolling, counts, rollouts_hold, waiting};
use super::evidence::{Evidence, LimitSum};
use super::finding::Finding;
use super::loss::{self, Survival};
use super::platform::{Counts, Platform};
use super::pods::MEMORY;
use super::verdict::{Ground, StateProof, Verdict};
use super::{NodeClass, PoolNeed, accounted, admission, applied, doubts, fit, nodes, pools, storage};
use crate::analysis::Scenario;
use crate::analysis::disks::default_class;
use crate::data::Node;
use crate::eval::model::{Fit, Hardware};
use crate::objects::Object;
use crate::objects::footprint::describe;
use crate::objects::scaling::contested;
use crate::objects::workload::Workloads;

/// What is proved, and of which nodes.
pub(super) struct States {
    pub(super) nodes: Vec<Node>,
    pub(super) classes: Vec<NodeClass>,
    pub(super) proofs: Vec<StateProof>,
    pub(super) pools: Vec<PoolNeed>,
    pub(super) has_claims: bool,
    pub(super) changes: Changes,
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
    let clash = hardware
        .and_then(nodes::clash)
        .or_else(|| contested(&objects).map(|target| format!("two autoscalers move the replicas of `{target}`")));
    let own: BTreeSet<String> = scenario.objects.iter().map(|object| describe(&object.key())).collect();
    let prover = Prover { platform: &platform, objects: &objects, quotas, own, unbounded, clash };
    let proofs = prover.all(hardware.is_some());
    let changes = prover.changes(hardware, &proofs, scenario.model.fit);
    let pools = hardware.map(|hardware| prover.pools(hardware, &proofs)).unwrap_or_default();
    let documents = hardware.map(|hardware| nodes::documents(hardware, &platform.classes)).unwrap_or_default();
    let classes = platform.classes.iter().map(|class| NodeClass {
        name: class.name.clone(),
        nodes: class.nodes.clone(),
        assumes_ephemeral: hardware.is_some_and(|hardware| hardware.nodes[class.source].ephemeral().is_none()),
    });
    let has_claims = !platform.claims.is_empty();
    States { nodes: documents, classes: classes.collect(), proofs, pools, has_claims, changes }
}

/// Everything on the same nodes, in the order in which digests have it.
pub(super) fn together(scenario: &Scenario<'_>, neighbours: &[Scenario<'_>]) -> Vec<Object> {
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
    /// The names of the objects of the environment itself.
    own: BTreeSet<String>,
    unbounded: Option<String>,
    /// Two nodes, or two autoscalers, that cannot be told apart.
    clash: Option<String>,
}

impl Prover<'_> {
    fn all(&self, has_hardware: bool) -> Vec<StateProof> {
        let obstacle = self.obstacle(has_hardware);
        let (steady, peak) = (counts(self.platform, false, None), counts(self.platform, true, None));
        let guarded = |decide: &dyn Fn() -> Finding| match &obstacle {
            Some(reason) => Finding::undecided(reason.clone()),
            None => decide(),
        };
        let mut proofs = vec![
            state("S0", "S0", None, true, guarded(&|| fit::decide(self.platform, &steady))),
            state("S1", "S1", None, true, guarded(&|| fit::decide(self.platform, &peak))),
        ];
        proofs.extend(self.rolled("S2", &|rolling| guarded(&|| self.rollout(rolling))));
        let terminating =
            guarded(&|| fit::decide(self.platform, &counts(self.platform, true, Some(Rolling::Terminating))));
        proofs.push(state("S2", "S1", Some(Rolling::Terminating), false, terminating));
        let survives = |counts: &Counts, is_replaced: bool| match &obstacle {
            Some(reason) => Survival::both(&Finding::undecided(reason.clone())),
            None => loss::decide(self.platform, counts, self.objects, is_replaced),
        };
        let (at_least, at_most) = (survives(&steady, true), survives(&peak, false));
        proofs.push(state("S3", "S0", None, true, at_least.loss));
        proofs.push(state("S3", "S1", None, false, at_most.loss));
        proofs.push(state("S4", "S0", None, true, at_least.drain));
        proofs.push(state("S4", "S1", None, false, at_most.drain));
        proofs.push(state("S5", "S1", None, self.is_capped(), guarded(&|| self.limits(&peak))));
        proofs.push(state("S6", "S1", None, true, guarded(&|| storage::decide(self.platform, &peak))));
        proofs.extend(self.rolled("S7", &|rolling| {
            let counts = counts(self.platform, true, Some(rolling));
            guarded(&|| admission::decide(self.platform, &counts, &self.quotas, self.objects, &self.own))
        }));
        proofs
    }

    /// What lets nothing be proved.
    fn obstacle(&self, has_hardware: bool) -> Option<String> {
        accounted::obstacle(self.objects)
            .or_else(|| (!has_hardware).then(|| "no hardware is declared".to_owned()))
            .or_else(|| self.clash.clone())
            .or_else(|| self.doubtful())
            .or_else(|| self.refused_priority())
            .or_else(|| self.not_understood())
            .or_else(|| self.unbounded.clone())
            .or_else(|| self.piling())
    }

    /// What would let all pods be placed.
    fn changes(&self, hardware: Option<&Hardware>, proofs: &[StateProof], demand: Fit) -> Changes {
        let Some(hardware) = hardware else { return Changes::NotNeeded };
        match self.obstacle(true) {
            Some(_) => Changes::NotTried("nothing is known of some of the pods"),
            None => changes::find(self.platform, hardware, proofs, demand),
        }
    }

    /// The least nodes of each pool with which every required state is still guaranteed, the other pools at their most.
    /// States that are only possible at the most say nothing about fewer.
    fn pools(&self, hardware: &Hardware, proofs: &[StateProof]) -> Vec<PoolNeed> {
        let is_met = |state: &StateProof| matches!(state.verdict, Verdict::Guaranteed | Verdict::Empty);
        let all = proofs.iter().filter(|state| state.required).all(is_met);
        let pools = hardware.nodes.iter().enumerate().filter_map(|(source, node)| Some((source, node, node.least?)));
        let need = |(source, node, least): (usize, &crate::eval::model::Node, u64)| PoolNeed {
            name: node.name.clone(),
            least,
            most: node.count,
            proved: all.then(|| {
                pools::fewest(least, node.count, |number| {
                    let platform = self.platform.with_fewer(source, &nodes::first_machines(node, number));
                    let prover = Prover {
                        platform: &platform,
                        objects: self.objects,
                        quotas: Vec::new(),
                        own: BTreeSet::new(),
                        unbounded: None,
                        clash: None,
                    };
                    prover.holds()
                })
            }),
        };
        pools.map(need).collect()
    }

    /// Whether every required state on the nodes is guaranteed. What quotas say does not depend on them.
    fn holds(&self) -> bool {
        let (steady, peak) = (counts(self.platform, false, None), counts(self.platform, true, None));
        let fits = |counts: &Counts| fit::guarantee(self.platform, counts).is_ok();
        let met = |finding: Finding| matches!(finding.verdict, Verdict::Guaranteed | Verdict::Empty);
        let survives = || {
            let found = loss::decide(self.platform, &steady, self.objects, true);
            met(found.loss) && met(found.drain)
        };
        fits(&steady)
            && fits(&peak)
            && rollouts_hold(self.platform, fits)
            && survives()
            && (!self.is_capped() || met(self.limits(&peak)))
            && met(storage::decide(self.platform, &peak))
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
        let counts = counts(self.platform, true, Some(rolling));
        let found = fit::guarantee(self.platform, &counts);
        let stuck = match found {
            Ok((ground, layers)) => return Finding::guaranteed(ground, Evidence::Layers(layers)),
            Err(stuck) => stuck,
        };
        match waiting(self.platform, &counts) {
            Some((ground, layers)) => Finding::guaranteed(ground, Evidence::Layers(layers)),
            None => fit::without_guarantee(self.platform, &counts, &stuck),
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

    /// Pods of which nobody knows what they ask for.
    fn doubtful(&self) -> Option<String> {
        let (one, doubt) = self.platform.types.iter().find_map(|one| Some((one, one.resources.doubt.as_ref()?)))?;
        Some(doubts::words(&one.name, doubt))
    }

    fn not_understood(&self) -> Option<String> {
        let found = self.platform.types.iter().find_map(|one| Some((one, one.constraints.unknown.as_ref()?)));
        if let Some((one, strange)) = found {
            return Some(format!("`{}` has {strange}, which this version does not account for", one.name));
        }
        let claim = self.platform.torn_claim()?;
        Some(format!("the claim `{}` is mounted by workloads that may not go to the same nodes", claim.name))
    }

    fn refused_priority(&self) -> Option<String> {
        let one = self.platform.types.iter().find_map(|one| Some((one, one.missing_class.as_ref()?)))?;
        Some(format!("`{}` names the priority class `{}`, which nothing declares", one.0.name, one.1))
    }

    fn piling(&self) -> Option<String> {
        let one = self.platform.types.iter().find(|one| one.piles_up)?;
        Some(format!(
            "runs of `{}` may pile up without bound; set `concurrencyPolicy: Forbid`, or `activeDeadlineSeconds` of its job and a \
             schedule without `@every`",
            one.name
        ))
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
