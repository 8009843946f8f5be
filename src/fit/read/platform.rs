//! What the proofs of all states share: types, classes of nodes, claims, and what the constraints of each type allow.

use std::collections::BTreeSet;

use crate::eval::model::{Hardware, NetworkStorage};
use crate::fit::read::entangled::{Entanglement, entanglements};
use crate::fit::read::nodes::{self, Class};
use crate::fit::read::pods::{self, PodType};
use crate::objects::Object;
use crate::objects::node_labels::Truth;
use crate::objects::workload::Workloads;

/// Claims of one kind.
#[derive(Debug, Clone)]
pub(crate) struct ClaimUse {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) storage_class: Option<String>,
    pub(crate) each: i128,
    pub(crate) count: i128,
    /// The types that mount it.
    pub(crate) types: Vec<usize>,
    /// Whether it is an object of its own.
    pub(crate) shared: bool,
    /// Of a claim that comes and goes with its pod: how many there may be of each pod. Of what is replaced before it is gone
    /// there are two.
    pub(crate) of_each: Option<i128>,
}

/// Everything that runs on the same nodes.
#[derive(Debug, Clone)]
pub(crate) struct Platform {
    pub(crate) types: Vec<PodType>,
    pub(crate) classes: Vec<Class>,
    pub(crate) claims: Vec<ClaimUse>,
    pub(crate) entanglements: Vec<Entanglement>,
    pub(crate) networks: Vec<NetworkStorage>,
    /// The names of the numbers of pods and nodes.
    pub(crate) resources: Vec<String>,
    /// For each type, which of the claims that are objects of their own it mounts.
    pub(crate) mounted: Vec<BTreeSet<usize>>,
    /// Whether there may be more pods than it knows of, whatever their labels and requests are.
    pub(crate) is_partial: bool,
}

/// How many pods of each type there are in a state.
#[derive(Debug, Clone)]
pub(crate) struct Counts {
    /// For a DaemonSet, on each of its nodes.
    pub(crate) number: Vec<i128>,
    pub(crate) rolls: Vec<bool>,
    /// Whose surge is left out because it makes its own room; then the number is that of the peak.
    pub(crate) waits: Vec<bool>,
    /// Whether all old pods may still be there.
    pub(crate) terminating: bool,
}

/// How many ephemeral claims there may be for each pod of a type.
fn of_each(is_ephemeral: bool, one: &PodType) -> Option<i128> {
    is_ephemeral.then_some(if one.is_deployment || one.per_node { 2 } else { 1 })
}

impl Platform {
    /// The same with what is certain in the place of what may be: a DaemonSet is where its pods must come, anything else still
    /// where its pods may, and a spread counts the nodes that it must count. What does not fit here does not fit.
    pub(crate) fn certain(&self) -> Self {
        let mut certain = self.clone();
        for class in &mut certain.classes {
            for (index, [eligible, selected, counted]) in class.seen.iter().copied().enumerate() {
                let must_be = self.types[index].per_node;
                class.eligible[index] = if must_be { eligible == Truth::Yes } else { eligible.is_possible() };
                class.selected[index] = selected == Truth::Yes;
                class.counted[index] = counted == Truth::Yes;
            }
        }
        certain.count_claims();
        certain
    }

    /// Whether nobody says if some node takes the pods of some type.
    pub(crate) fn has_doubts(&self) -> bool {
        self.classes.iter().flat_map(|class| class.seen.iter().flatten()).any(|seen| *seen == Truth::Open)
    }

    /// A class of which nobody says if it takes the pods of a type, where that decides: what a DaemonSet asks for counts
    /// there either way.
    pub(crate) fn doubt(&self, index: usize) -> Option<&Class> {
        let one = &self.types[index];
        let is_open = |class: &&Class| class.seen[index][0] == Truth::Open;
        self.classes.iter().find(is_open).filter(|_| !one.per_node || one.has_claims())
    }

    /// Reads objects that are sorted.
    pub(crate) fn read(
        objects: &[Object],
        workloads: &Workloads,
        hardware: Option<&Hardware>,
        default: Option<&str>,
    ) -> Self {
        let networks = hardware.map(|hardware| hardware.storages.clone()).unwrap_or_default();
        let types = pods::read(objects, workloads, default, &networks);
        let classes = hardware.map(|hardware| nodes::classes(hardware, &types)).unwrap_or_default();
        let entanglements = entanglements(&types);
        let (mounted, resources) = (vec![BTreeSet::new(); types.len()], pods::resources_of(&types));
        let mut platform =
            Self { resources, types, classes, claims: Vec::new(), entanglements, networks, mounted, is_partial: false };
        platform.claims = platform.read_claims(workloads, default);
        for (position, claim) in platform.claims.iter().enumerate().filter(|(_, claim)| claim.shared) {
            claim.types.iter().for_each(|index| _ = platform.mounted[*index].insert(position));
        }
        platform
    }

    fn read_claims(&self, workloads: &Workloads, default: Option<&str>) -> Vec<ClaimUse> {
        let mut claims: Vec<ClaimUse> = Vec::new();
        let (mut owners, mut users) = (vec![None; workloads.claims.len()], vec![Vec::new(); workloads.claims.len()]);
        for (index, one) in self.types.iter().enumerate() {
            one.own_claims.iter().for_each(|claim| owners[*claim] = Some(index));
            one.shared_claims.iter().for_each(|claim| users[*claim].push(index));
        }
        for (index, claim) in workloads.claims.iter().enumerate() {
            let (name, types, count) = match owners[index] {
                Some(owner) => {
                    let one = &self.types[owner];
                    let of_each = of_each(claim.ephemeral, one).unwrap_or(1);
                    let count = of_each * if one.per_node { self.nodes_of(owner) } else { claim.count.value };
                    (format!("{} {}", one.name, claim.name), vec![owner], count)
                }
                None => {
                    let namespace = claim.namespace.as_deref().map(|name| format!("{name}/")).unwrap_or_default();
                    (format!("{namespace}{}", claim.name), std::mem::take(&mut users[index]), 1)
                }
            };
            claims.push(ClaimUse {
                name,
                namespace: claim.namespace.clone(),
                storage_class: claim.storage_class.clone().or_else(|| default.map(str::to_owned)),
                each: claim.bytes,
                count,
                types,
                shared: owners[index].is_none(),
                of_each: owners[index].and_then(|owner| of_each(claim.ephemeral, &self.types[owner])),
            });
        }
        claims.sort_by(|left, right| left.name.cmp(&right.name));
        claims
    }

    /// A claim that is mounted by types that may not go to the same nodes: it lies where the first of them goes, and then
    /// decides where the others may.
    pub(crate) fn torn_claim(&self) -> Option<&ClaimUse> {
        let is_torn = |claim: &&ClaimUse| {
            self.classes.iter().any(|class| {
                let mut eligible = claim.types.iter().map(|index| class.eligible[*index]);
                let first = eligible.next();
                eligible.any(|other| Some(other) != first)
            })
        };
        self.claims.iter().find(is_torn)
    }

    /// The same without pods and claims of some types. What keeps pods apart or together still counts them, who may be there.
    pub(crate) fn without(&self, left_out: &BTreeSet<usize>) -> Self {
        let mut rest = Self { is_partial: true, ..self.clone() };
        for index in left_out {
            let one = &mut rest.types[*index];
            (one.steady, one.peak, one.surge, one.is_left_out) = (0, 0, 0, true);
        }
        for claim in &mut rest.claims {
            if claim.shared {
                claim.types.retain(|index| !left_out.contains(index));
            } else if claim.types.iter().any(|index| left_out.contains(index)) {
                claim.count = 0;
            }
        }
        rest
    }

    /// The types of which the pods are known.
    pub(crate) fn known_types(&self) -> impl Iterator<Item = &PodType> {
        self.types.iter().filter(|one| !one.is_left_out)
    }

    /// The same with only these nodes of a node type.
    pub(crate) fn with_fewer(&self, source: usize, kept: &BTreeSet<String>) -> Self {
        let mut fewer = self.clone();
        for class in fewer.classes.iter_mut().filter(|class| class.source == source) {
            class.nodes.retain(|name| kept.contains(name));
        }
        fewer.classes.retain(|class| !class.nodes.is_empty());
        fewer
    }

    /// Lets there be no more replicas of a type than these, and no more claims of its own.
    pub(crate) fn limit_replicas(&mut self, index: usize, replicas: i128) {
        self.types[index].limit_replicas(replicas);
        for claim in self.claims.iter_mut().filter(|claim| !claim.shared && claim.types == [index]) {
            claim.count = claim.count.min(replicas * claim.of_each.unwrap_or(1));
        }
    }

    /// Puts other nodes in the place of those that there are. What runs on each node has claims on each.
    pub(crate) fn replace_classes(&mut self, classes: Vec<Class>) {
        self.classes = classes;
        self.count_claims();
    }

    fn count_claims(&mut self) {
        for position in 0..self.claims.len() {
            let claim = &self.claims[position];
            let daemon = claim.types.first().copied().filter(|index| {
                let one = &self.types[*index];
                !claim.shared && one.per_node && !one.is_left_out
            });
            if let Some(daemon) = daemon {
                self.claims[position].count = self.nodes_of(daemon) * claim.of_each.unwrap_or(1);
            }
        }
    }

    /// The number of nodes.
    pub(crate) fn nodes(&self) -> i128 {
        self.classes.iter().map(Class::size).sum()
    }

    /// The number of nodes that a type may go to.
    pub(crate) fn nodes_of(&self, index: usize) -> i128 {
        self.classes.iter().filter(|class| class.eligible[index]).map(Class::size).sum()
    }

    /// Of so many nodes of each class, to how many a type may go.
    pub(crate) fn nodes_among(&self, index: usize, numbers: &[i128]) -> i128 {
        self.classes.iter().zip(numbers).filter(|(class, _)| class.eligible[index]).map(|(_, number)| number).sum()
    }

    /// Whether a type may go to nodes of which the number changes.
    pub(crate) fn is_on_pool(&self, index: usize) -> bool {
        self.classes.iter().any(|class| class.eligible[index] && class.pool.is_some())
    }

    /// The number of pods of a type.
    pub(crate) fn pods_of(&self, index: usize, counts: &Counts) -> i128 {
        if self.types[index].per_node { counts.number[index] * self.nodes_of(index) } else { counts.number[index] }
    }

    /// The waves in which something surges.
    pub(crate) fn surging_waves(&self) -> Vec<i128> {
        let mut waves: Vec<i128> =
            self.types.iter().filter(|one| one.surge > 0 && one.peak > 0).map(|one| one.wave).collect();
        waves.sort_unstable();
        waves.dedup();
        waves
    }
}
