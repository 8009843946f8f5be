//! The states of an environment, each with its counts and its verdict.

pub(crate) mod admission;
pub(crate) mod counts;
pub(crate) mod finding;
pub(crate) mod limit_ranges;
pub(crate) mod limits;
pub(crate) mod loss;
pub(crate) mod openness;
pub(crate) mod partial;
pub(crate) mod placing;
pub(crate) mod pools;
pub(crate) mod quota_objects;
pub(crate) mod required;
pub(crate) mod state;
pub(crate) mod storage;
pub(crate) mod verdict;

use std::collections::BTreeSet;

use crate::data::Node;
use crate::eval::model::{Fit, Hardware};
use crate::fit::changes::{self, Changes};
use crate::fit::evidence::Evidence;
use crate::fit::evidence::reason::Reason;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::{accounted, nodes};
use crate::fit::states::counts::{counts, waiting};
use crate::fit::states::finding::Finding;
use crate::fit::states::loss::Survival;
use crate::fit::states::openness::either_way;
use crate::fit::states::required::{Required, STATES};
use crate::fit::states::state::{At, Rolling, State};
use crate::fit::states::verdict::{StateProof, Verdict};
use crate::fit::{NodeClass, PoolNeed, Reading, applied};
use crate::objects::Object;
use crate::objects::node_labels::is_architecture;
use crate::objects::scaling::{contested, operated};

/// What is proved, and of which nodes.
pub(crate) struct States {
    pub(crate) nodes: Vec<Node>,
    pub(crate) classes: Vec<NodeClass>,
    pub(crate) proofs: Vec<StateProof>,
    pub(crate) pools: Vec<PoolNeed>,
    pub(crate) has_claims: bool,
    /// Whether it matters what architecture nodes have of which the source does not say it.
    pub(crate) assumes_architecture: bool,
    pub(crate) changes: Changes,
    /// What lets nothing be proved.
    pub(crate) obstacles: Vec<Reason>,
}

pub(crate) fn prove(reading: &Reading<'_>, finds_changes: bool) -> States {
    let Reading { scenario, objects, workloads, platform, .. } = reading;
    let hardware = scenario.model.hardware.as_ref();
    let mut quotas: Vec<&Object> =
        applied(scenario.model, scenario.objects).into_iter().filter(|object| object.kind == "ResourceQuota").collect();
    // Of several that refuse pods the first is named, wherever they were declared.
    quotas.sort_by_cached_key(|quota| quota.key());
    let unbounded = workloads.unbounded.iter().map(|one| Reason::NoMaximum { autoscaler: one.name.clone() }).collect();
    let clash = hardware
        .and_then(nodes::clash)
        .or_else(|| contested(objects).map(|target| Reason::ContestedReplicas { target }))
        .or_else(|| operated(objects).map(|owner| Reason::OperatedReplicas { owner }));
    let prover =
        Prover { platform, objects, quotas, own: reading.own(), unbounded, clash, left_out: reading.left_out() };
    let obstacles = prover.obstacles(hardware.is_some());
    let proofs = prover.all(&obstacles);
    let changes = match hardware.filter(|_| finds_changes) {
        Some(_) if !obstacles.is_empty() => Changes::NotTried("nothing is known of some of the pods"),
        Some(hardware) => prover.changes(hardware, &proofs, scenario.model.fit),
        None => Changes::default(),
    };
    let pools = hardware.map(|hardware| prover.pools(hardware, &proofs)).unwrap_or_default();
    let documents = hardware.map(|hardware| nodes::documents(hardware, &platform.classes)).unwrap_or_default();
    let classes = platform.classes.iter().map(|class| NodeClass {
        name: class.name.clone(),
        nodes: class.nodes.clone(),
        assumes_ephemeral: hardware.is_some_and(|hardware| hardware.nodes[class.source].ephemeral().is_none()),
    });
    let assumes_architecture =
        platform.classes.iter().flat_map(|class| &class.open_labels).any(|key| is_architecture(key));
    let has_claims = platform.claims.iter().any(|claim| !platform.is_on_network(claim));
    States {
        nodes: documents,
        classes: classes.collect(),
        proofs,
        pools,
        has_claims,
        assumes_architecture,
        changes,
        obstacles,
    }
}

#[derive(Clone)]
struct Prover<'a> {
    platform: &'a Platform,
    objects: &'a [Object],
    quotas: Vec<&'a Object>,
    /// The names of the objects of the environment itself.
    own: BTreeSet<String>,
    unbounded: Vec<Reason>,
    /// Two nodes, or two autoscalers, that cannot be told apart.
    clash: Option<Reason>,
    /// What a fault keeps from being among the objects.
    left_out: Vec<Reason>,
}

impl Prover<'_> {
    /// Every state. What stands in the way of all of them leaves open what the rest does not decide.
    fn all(&self, obstacles: &[Reason]) -> Vec<StateProof> {
        let states = self.under(obstacles.first());
        if obstacles.is_empty() {
            return states;
        }
        match partial::rest(self.platform, obstacles) {
            Some(rest) => {
                let known = Prover { platform: &rest, ..self.clone() }.under(None);
                partial::open(states, &rest, &known)
            }
            None => states,
        }
    }

    /// Every state; with an obstacle, which is then said of each, nothing is decided.
    fn under(&self, obstacle: Option<&Reason>) -> Vec<StateProof> {
        let (steady, peak) = (counts(self.platform, false, None), counts(self.platform, true, None));
        let guarded = |decide: &dyn Fn() -> Finding| match obstacle {
            Some(reason) => Finding::undecided(reason.clone()),
            None => decide(),
        };
        let mut proofs = vec![
            state(State::S0, At::Steady, None, true, guarded(&|| placing::decide(self.platform, &steady))),
            state(State::S1, At::Peak, None, true, guarded(&|| placing::decide(self.platform, &peak))),
        ];
        proofs.extend(self.rolled(State::S2, &|rolling| guarded(&|| self.rollout(rolling))));
        let terminating =
            guarded(&|| placing::decide(self.platform, &counts(self.platform, true, Some(Rolling::Terminating))));
        proofs.push(state(State::S2, At::Peak, Some(Rolling::Terminating), false, terminating));
        let survives = |counts: &Counts, is_replaced: bool| match obstacle {
            Some(reason) => Survival::both(&Finding::undecided(reason.clone())),
            None => loss::decide(self.platform, counts, self.objects, is_replaced),
        };
        let (at_least, at_most) = (survives(&steady, true), survives(&peak, false));
        proofs.push(state(State::S3, At::Steady, None, true, at_least.loss));
        proofs.push(state(State::S3, At::Peak, None, false, at_most.loss));
        proofs.push(state(State::S4, At::Steady, None, true, at_least.drain));
        proofs.push(state(State::S4, At::Peak, None, false, at_most.drain));
        let is_capped = limits::is_capped(self.platform);
        let limits = guarded(&|| either_way(self.platform, Some(&peak), |platform| limits::decide(platform, &peak)));
        proofs.push(state(State::S5, At::Peak, None, is_capped, limits));
        let disks = guarded(&|| either_way(self.platform, Some(&peak), |platform| storage::decide(platform, &peak)));
        proofs.push(state(State::S6, At::Peak, None, true, disks));
        let quotas = |rolling: Rolling| {
            let counts = counts(self.platform, true, Some(rolling));
            let decide =
                |platform: &Platform| admission::decide(platform, &counts, &self.quotas, self.objects, &self.own);
            guarded(&|| either_way(self.platform, None, decide))
        };
        let required = self.rolled(State::S7, &quotas);
        let is_met = required.iter().all(|one| one.verdict == Verdict::Guaranteed);
        proofs.extend(required);
        // A pod counts until it is gone, so that new ones may have to wait for old ones; what admits all says nothing of it.
        let delayed = is_met.then(|| quotas(Rolling::Terminating)).filter(|one| one.verdict == Verdict::DoesNotFit);
        proofs.extend(delayed.map(|one| state(State::S7, At::Peak, Some(Rolling::Terminating), false, one)));
        proofs
    }

    /// Everything that lets nothing be proved; the first is what is said of each state.
    fn obstacles(&self, has_hardware: bool) -> Vec<Reason> {
        let mut found = accounted::obstacles(self.objects);
        found.extend(self.left_out.iter().cloned());
        found.extend((!has_hardware).then_some(Reason::NoHardware));
        found.extend(self.clash.clone());
        found.extend(self.doubtful());
        found.extend(self.refused_priority());
        found.extend(self.not_understood());
        found.extend(self.unbounded.clone());
        found.extend(self.piling());
        found
    }

    /// What would make everything fit.
    fn changes(&self, hardware: &Hardware, proofs: &[StateProof], demand: Fit) -> Changes {
        let required = Required { objects: self.objects, quotas: &self.quotas, own: &self.own, demand };
        changes::find(self.platform, hardware, proofs, &required)
    }

    /// The least nodes of each pool with which every required state is still guaranteed, the other pools at their most.
    /// States that are only possible at the most say nothing about fewer.
    fn pools(&self, hardware: &Hardware, proofs: &[StateProof]) -> Vec<PoolNeed> {
        let is_met = |state: &StateProof| matches!(state.verdict, Verdict::Guaranteed | Verdict::Empty);
        let all = proofs.iter().filter(|state| state.required).all(is_met);
        let pools = hardware.nodes.iter().enumerate().filter_map(|(source, node)| Some((source, node, node.least?)));
        let demand = Fit::Guaranteed;
        let required = Required { objects: self.objects, quotas: &self.quotas, own: &self.own, demand };
        let need = |(source, node, least): (usize, &crate::eval::model::Node, u64)| PoolNeed {
            name: node.name.clone(),
            least,
            most: node.count,
            proved: all.then(|| {
                pools::fewest(least, node.count, |number| {
                    required.meets(&self.platform.with_fewer(source, &nodes::first_machines(node, number)), &STATES)
                })
            }),
        };
        pools.map(need).collect()
    }

    /// A state in which something rolls: everything at once where that is guaranteed, else wave by wave.
    fn rolled(&self, name: State, decide: &dyn Fn(Rolling) -> Finding) -> Vec<StateProof> {
        let all = decide(Rolling::All);
        let waves = self.platform.surging_waves();
        if all.verdict == Verdict::Guaranteed || waves.len() <= 1 {
            return vec![state(name, At::Peak, Some(Rolling::All), true, all)];
        }
        let one = |wave: i128| state(name, At::Peak, Some(Rolling::Wave(wave)), true, decide(Rolling::Wave(wave)));
        waves.into_iter().map(one).collect()
    }

    fn rollout(&self, rolling: Rolling) -> Finding {
        let counts = counts(self.platform, true, Some(rolling));
        let found = placing::guarantee(self.platform, &counts);
        let because = match found {
            Ok((ground, layers)) => return Finding::guaranteed(ground, Evidence::Layers(layers)),
            Err(reason) => reason,
        };
        match waiting(self.platform, &counts) {
            Some((ground, layers)) => Finding::guaranteed(ground, Evidence::Layers(layers)),
            None => placing::without_guarantee(self.platform, &counts, because),
        }
    }

    /// Pods of which nobody knows what they ask for.
    fn doubtful(&self) -> impl Iterator<Item = Reason> {
        self.platform.types.iter().filter_map(|one| {
            let doubt = one.resources.doubt.clone()?;
            Some(Reason::Doubtful { workload: one.name.clone(), doubt })
        })
    }

    fn not_understood(&self) -> impl Iterator<Item = Reason> {
        let strange = self.platform.types.iter().filter_map(|one| {
            let what = one.constraints.unknown.clone()?;
            Some(Reason::NotUnderstood { workload: one.name.clone(), what })
        });
        let torn = self.platform.torn_claim().map(|claim| Reason::TornClaim { claim: claim.name.clone() });
        strange.chain(torn)
    }

    fn refused_priority(&self) -> impl Iterator<Item = Reason> {
        self.platform.types.iter().filter_map(|one| {
            let class = one.missing_class.clone()?;
            Some(Reason::MissingPriorityClass { workload: one.name.clone(), class })
        })
    }

    fn piling(&self) -> impl Iterator<Item = Reason> {
        let piling = self.platform.types.iter().filter(|one| one.piles_up);
        piling.map(|one| Reason::PilesUp { workload: one.name.clone() })
    }
}

fn state(name: State, at: At, rolling: Option<Rolling>, required: bool, finding: Finding) -> StateProof {
    let Finding { verdict, ground, evidence, reason } = finding;
    StateProof { state: name, at, rolling, required, verdict, ground, evidence, reason, without: None, rest: None }
}
