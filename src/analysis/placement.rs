//! A place for every pod: pods that fit no node, and a deterministic search for a placement of all of them.
//!
//! A placement that is found is a witness that one exists; none found proves nothing, and the message says so.

use std::collections::BTreeMap;

use super::capacity::allocatable;
use super::demand::{Demand, Load, State, node_labels};
use super::disks::class_of;
use super::usage::Measure;
use crate::eval::model::{Hardware, Node};
use crate::objects::pod::ContainerResource;
use crate::objects::selector::label;
use crate::objects::workload::Separation;
use crate::source::Span;

/// More node visits than this are not tried: the search is for clusters that people run.
const MOST_VISITS: i128 = 50_000_000;

/// A pod that no node could hold if it were empty.
#[derive(Debug, Clone)]
pub struct Oversize {
    pub instance: String,
    pub label: String,
    pub measure: Measure,
    pub needed: i128,
    pub span: Span,
    /// The roomiest node that takes it.
    pub node: String,
    pub allocatable: i128,
    pub node_span: Span,
}

/// Pods for which no place was found.
#[derive(Debug, Clone)]
pub struct Unplaced {
    pub instance: String,
    pub label: String,
    /// How many of how many.
    pub pods: i128,
    pub of: i128,
    pub state: State,
    pub reason: Reason,
    pub span: Span,
}

/// Why there is no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Labels and taints leave no node.
    NoNode,
    /// More pods that refuse to share a node than there are nodes for them.
    Apart { nodes: i128 },
    /// The search found none; there may be one.
    NotFound,
    /// The search was not tried, because of the size of the cluster.
    NotTried,
}

/// Where the pods could go.
#[derive(Debug, Clone, Default)]
pub struct Placement {
    pub oversize: Vec<Oversize>,
    pub unplaced: Vec<Unplaced>,
    /// A witness for the peak: for each node that is used, labels with numbers of pods. Empty when none was found.
    pub witness: Vec<(String, Vec<(String, i128)>)>,
}

/// Looks for a placement in the largest state. `sums_fit` tells whether it is worth a search.
pub(crate) fn place(hardware: &Hardware, demand: &Demand, default: Option<&str>, sums_fit: bool) -> Placement {
    let mut placement = Placement { oversize: oversize(hardware, demand), ..Placement::default() };
    placement.unplaced = hopeless(hardware, demand);
    if !sums_fit || !placement.oversize.is_empty() || !placement.unplaced.is_empty() {
        return placement;
    }
    let nodes: i128 = hardware.nodes.iter().map(|node| i128::from(node.count)).sum();
    let pods: i128 = demand.loads.iter().map(|load| load.count.peak).sum();
    if nodes.saturating_mul(pods) > MOST_VISITS || nodes > 100_000 {
        placement
            .unplaced
            .extend(demand.loads.first().map(|load| unplaced(load, pods, pods, State::Peak, Reason::NotTried)));
        return placement;
    }
    for state in [State::Peak, State::Steady] {
        let attempts = [Order::FirstFit, Order::LeastAllocated];
        let mut best: Option<Search<'_>> = None;
        for order in attempts {
            let mut search = Search::new(hardware, demand, default, state);
            search.run(order);
            let better = best.as_ref().is_none_or(|best| search.left.len() < best.left.len());
            if better {
                best = Some(search);
            }
            if best.as_ref().is_some_and(|best| best.left.is_empty()) {
                break;
            }
        }
        let Some(best) = best else { break };
        if best.left.is_empty() {
            if state == State::Peak {
                placement.witness = best.witness();
            }
            break;
        }
        // What has no place in the smaller state is named there; the larger state follows.
        placement.unplaced = best
            .left
            .iter()
            .map(|(index, missing)| {
                let load = &demand.loads[*index];
                unplaced(load, *missing, load.count.get(state), state, Reason::NotFound)
            })
            .collect();
    }
    placement
}

fn unplaced(load: &Load, pods: i128, of: i128, state: State, reason: Reason) -> Unplaced {
    let span = load.workload.span;
    Unplaced { instance: load.owner.name.clone(), label: load.label.clone(), pods, of, state, reason, span }
}

fn oversize(hardware: &Hardware, demand: &Demand) -> Vec<Oversize> {
    let mut found = Vec::new();
    for load in demand.own_loads().filter(|load| load.count.peak > 0) {
        let resources = &load.workload.resources;
        for (measure, resource) in
            [(Measure::Cpu, ContainerResource::Cpu), (Measure::Memory, ContainerResource::Memory)]
        {
            let needed = resources.requests[resource as usize];
            let eligible = hardware.nodes.iter().zip(&load.eligible).filter(|(_, yes)| **yes).map(|(node, _)| node);
            let Some(roomiest) = eligible
                .reduce(|best, node| if allocatable(node, measure) > allocatable(best, measure) { node } else { best })
            else {
                continue;
            };
            if needed > allocatable(roomiest, measure) {
                let span = resources.request_spans[resource as usize];
                let size = if measure == Measure::Cpu { roomiest.cpu } else { roomiest.memory };
                found.push(Oversize {
                    instance: load.owner.name.clone(),
                    label: load.label.clone(),
                    measure,
                    needed,
                    span: if span.is_none() { load.workload.span } else { span },
                    node: format!("{}.{}", hardware.name, roomiest.name),
                    allocatable: allocatable(roomiest, measure),
                    node_span: size.span,
                });
            }
        }
    }
    found
}

/// What needs no search to be refused.
fn hopeless(hardware: &Hardware, demand: &Demand) -> Vec<Unplaced> {
    let mut found = Vec::new();
    for load in demand.own_loads().filter(|load| !load.workload.scale.per_node && load.count.peak > 0) {
        let state = if load.count.steady > 0 { State::Steady } else { State::Peak };
        let nodes = hardware.nodes.iter().zip(&load.eligible).filter(|(_, yes)| **yes);
        let nodes: i128 = nodes.map(|(node, _)| i128::from(node.count)).sum();
        if nodes == 0 {
            let pods = load.count.get(state);
            found.push(unplaced(load, pods, pods, state, Reason::NoNode));
            continue;
        }
        let apart = load.workload.separations.iter().any(|one| {
            one.max_skew.is_none() && one.topology == HOSTNAME && one.selector.matches(&load.workload.labels)
        });
        let state = State::ALL.into_iter().find(|state| load.count.get(*state) > nodes);
        if let Some(state) = state.filter(|_| apart) {
            let pods = load.count.get(state);
            found.push(unplaced(load, pods - nodes, pods, state, Reason::Apart { nodes }));
        }
    }
    found
}

const HOSTNAME: &str = "kubernetes.io/hostname";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The first node with room.
    FirstFit,
    /// The node with the most room, as the scheduler prefers.
    LeastAllocated,
}

/// One node while it is filled.
struct Slot<'a> {
    class: usize,
    node: &'a Node,
    number: u64,
    cpu: i128,
    memory: i128,
    pods: i128,
    disks: Vec<i128>,
}

struct Search<'a> {
    demand: &'a Demand,
    default: Option<&'a str>,
    state: State,
    slots: Vec<Slot<'a>>,
    /// For each load, how many pods of it a slot holds.
    placed: Vec<BTreeMap<usize, i128>>,
    /// For each load and each of its separations, the loads whose pods it counts.
    counted: Vec<Vec<Vec<usize>>>,
    /// For each load, the loads with anti-affinity against it, with the position of the separation.
    repelled: Vec<Vec<(usize, usize)>>,
    /// Where a claim that several pods share has been put.
    homes: BTreeMap<usize, usize>,
    /// For each topology key that a separation names, the domain of each slot.
    domains: BTreeMap<&'a str, Vec<Option<usize>>>,
    left: Vec<(usize, i128)>,
}

impl<'a> Search<'a> {
    fn new(hardware: &'a Hardware, demand: &'a Demand, default: Option<&'a str>, state: State) -> Self {
        let mut slots = Vec::new();
        for (class, node) in hardware.nodes.iter().enumerate() {
            let disks: Vec<i128> = node.disks.iter().map(|disk| node.usable(disk)).collect();
            for number in 0..node.count {
                slots.push(Slot {
                    class,
                    node,
                    number,
                    cpu: allocatable(node, Measure::Cpu),
                    memory: allocatable(node, Measure::Memory),
                    pods: node.pods.value,
                    disks: disks.clone(),
                });
            }
        }
        let loads = &demand.loads;
        let same_namespace = |one: &Load, other: &Load| one.workload.namespace == other.workload.namespace;
        let matched = |load: &Load, separation: &Separation| {
            let fits =
                |other: &Load| same_namespace(load, other) && separation.selector.matches(&other.workload.labels);
            loads.iter().enumerate().filter(|(_, other)| fits(other)).map(|(index, _)| index).collect::<Vec<_>>()
        };
        let counted: Vec<Vec<Vec<usize>>> = loads
            .iter()
            .map(|load| load.workload.separations.iter().map(|separation| matched(load, separation)).collect())
            .collect();
        let mut repelled = vec![Vec::new(); loads.len()];
        for (index, load) in loads.iter().enumerate() {
            for (position, separation) in load.workload.separations.iter().enumerate() {
                if separation.max_skew.is_none() {
                    for other in &counted[index][position] {
                        repelled[*other].push((index, position));
                    }
                }
            }
        }
        let mut domains: BTreeMap<&str, Vec<Option<usize>>> = BTreeMap::new();
        for separation in loads.iter().flat_map(|load| &load.workload.separations) {
            let topology = separation.topology.as_str();
            domains.entry(topology).or_insert_with(|| domains_of(&slots, topology));
        }
        let placed = vec![BTreeMap::new(); loads.len()];
        Self {
            demand,
            default,
            state,
            slots,
            placed,
            counted,
            repelled,
            homes: BTreeMap::new(),
            domains,
            left: Vec::new(),
        }
    }

    fn run(&mut self, order: Order) {
        let loads = &self.demand.loads;
        let mut sequence: Vec<usize> = (0..loads.len()).collect();
        sequence.sort_by_key(|index| {
            let load = &loads[*index];
            let rigid = load.workload.separations.len() + load.own_claims.len() + load.shared_claims.len();
            let nodes = load.eligible.iter().filter(|yes| **yes).count();
            let bulk = |slot: &Slot<'_>| {
                let [cpu, memory, _] = load.workload.resources.requests;
                let share = |asked: i128, size: i128| asked.saturating_mul(1_000_000) / size.max(1);
                share(cpu, slot.node.cpu.value).max(share(memory, slot.node.memory.value))
            };
            let size = self.slots.first().map_or(0, bulk);
            // DaemonSets are bound to their nodes, the rigid have few places, and the big do not fit into gaps.
            (!load.workload.scale.per_node, nodes, rigid == 0, std::cmp::Reverse(size), *index)
        });
        for index in sequence {
            let missing = if loads[index].workload.scale.per_node {
                self.place_on_each(index)
            } else {
                self.place_anywhere(index, order)
            };
            if missing > 0 {
                self.left.push((index, missing));
            }
        }
        self.left.sort_unstable();
    }

    fn place_on_each(&mut self, index: usize) -> i128 {
        let mut missing = 0;
        for slot in 0..self.slots.len() {
            if self.demand.loads[index].eligible[self.slots[slot].class] {
                if self.fits(index, slot, &self.floors(index)) {
                    self.put(index, slot);
                } else {
                    missing += 1;
                }
            }
        }
        missing
    }

    fn place_anywhere(&mut self, index: usize, order: Order) -> i128 {
        let load = &self.demand.loads[index];
        let spread = load.workload.separations.iter().any(|separation| separation.max_skew.is_some());
        let mut start = 0;
        let mut missing = load.count.get(self.state);
        while missing > 0 {
            let floors = self.floors(index);
            let mut fitting = (start..self.slots.len()).filter(|slot| self.fits(index, *slot, &floors));
            let slot = if spread {
                // The emptiest node first, because a skew once made only grows.
                let held = |slot: &usize| self.placed[index].get(slot).copied().unwrap_or(0);
                fitting.min_by_key(|slot| (held(slot), *slot))
            } else if order == Order::FirstFit {
                fitting.next()
            } else {
                let room = |slot: &usize| {
                    let slot = &self.slots[*slot];
                    let share = |free: i128, size: i128| free.saturating_mul(1_000_000) / size.max(1);
                    share(slot.cpu, slot.node.cpu.value) + share(slot.memory, slot.node.memory.value)
                };
                fitting.max_by_key(|slot| (room(slot), std::cmp::Reverse(*slot)))
            };
            let Some(slot) = slot else { break };
            if order == Order::FirstFit && !spread {
                // What has no room for one pod has none for the next one like it.
                start = slot;
            }
            self.put(index, slot);
            missing -= 1;
        }
        missing
    }

    fn fits(&self, index: usize, slot: usize, floors: &[i128]) -> bool {
        let load = &self.demand.loads[index];
        let [cpu, memory, _] = load.workload.resources.requests;
        let at = &self.slots[slot];
        load.eligible[at.class]
            && at.pods >= 1
            && at.cpu >= cpu
            && at.memory >= memory
            && load.shared_claims.iter().all(|claim| self.homes.get(claim).is_none_or(|home| *home == slot))
            && self.disks_for(index, slot).is_some()
            && self.separated(index, slot, floors)
    }

    /// The disk of the slot for each claim that a pod brings along, or nothing when one finds no room.
    fn disks_for(&self, index: usize, slot: usize) -> Option<Vec<(usize, i128)>> {
        let load = &self.demand.loads[index];
        let homeless = load.shared_claims.iter().filter(|claim| !self.homes.contains_key(claim));
        let at = &self.slots[slot];
        let mut taken: Vec<(usize, i128)> = Vec::new();
        for claim in load.own_claims.iter().chain(homeless).map(|claim| &self.demand.claims[*claim]) {
            let class = class_of(claim, self.default)?;
            let disk = at.node.disks.iter().enumerate().position(|(disk, declared)| {
                let used: i128 = taken.iter().filter(|(other, _)| *other == disk).map(|(_, bytes)| bytes).sum();
                declared.storage_class.as_deref() == Some(class) && at.disks[disk] - used >= claim.claim.bytes
            })?;
            taken.push((disk, claim.claim.bytes));
        }
        Some(taken)
    }

    /// Whether hard anti-affinity, in both directions, and hard spread admit one more pod.
    fn separated(&self, index: usize, slot: usize, floors: &[i128]) -> bool {
        let workload = &self.demand.loads[index].workload;
        let own = workload.separations.iter().enumerate().all(|(position, separation)| {
            // A node without the label is no domain: anti-affinity does not bind there, spread forbids it.
            let Some(here) = self.pods_beside(slot, &self.counted[index][position], &separation.topology) else {
                return separation.max_skew.is_none();
            };
            match separation.max_skew {
                None => here == 0,
                Some(skew) => {
                    let itself = i128::from(separation.selector.matches(&workload.labels));
                    here + itself - floors[position] <= skew
                }
            }
        });
        own && self.repelled[index].iter().all(|(other, position)| {
            let topology = &self.demand.loads[*other].workload.separations[*position].topology;
            self.pods_beside(slot, &[*other], topology).is_none_or(|pods| pods == 0)
        })
    }

    /// How many pods of some loads are in the domain of a slot; nothing when it is in none.
    fn pods_beside(&self, slot: usize, loads: &[usize], topology: &str) -> Option<i128> {
        let domains = self.domains.get(topology)?;
        let domain = domains[slot]?;
        let pods = loads.iter().map(|load| &self.placed[*load]);
        if topology == HOSTNAME {
            return Some(pods.filter_map(|placed| placed.get(&slot)).sum());
        }
        let there = pods.flatten().filter(|(other, _)| domains[**other] == Some(domain));
        Some(there.map(|(_, pods)| pods).sum())
    }

    /// For each spread of a load, the pods in the emptiest domain that the load may use.
    fn floors(&self, index: usize) -> Vec<i128> {
        let load = &self.demand.loads[index];
        let floor = |(position, separation): (usize, &Separation)| {
            let Some(domains) = self.domains.get(separation.topology.as_str()) else { return 0 };
            if separation.max_skew.is_none() {
                return 0;
            }
            let mut pods: BTreeMap<usize, i128> = BTreeMap::new();
            for (slot, domain) in domains.iter().enumerate() {
                if let Some(domain) = domain.filter(|_| load.eligible[self.slots[slot].class]) {
                    let counted = &self.counted[index][position];
                    let here: i128 = counted.iter().filter_map(|other| self.placed[*other].get(&slot)).sum();
                    *pods.entry(domain).or_default() += here;
                }
            }
            pods.into_values().min().unwrap_or(0)
        };
        load.workload.separations.iter().enumerate().map(floor).collect()
    }

    fn put(&mut self, index: usize, slot: usize) {
        let load = &self.demand.loads[index];
        let [cpu, memory, _] = load.workload.resources.requests;
        for (disk, bytes) in self.disks_for(index, slot).unwrap_or_default() {
            self.slots[slot].disks[disk] -= bytes;
        }
        for claim in &load.shared_claims {
            self.homes.entry(*claim).or_insert(slot);
        }
        let at = &mut self.slots[slot];
        at.cpu -= cpu;
        at.memory -= memory;
        at.pods -= 1;
        *self.placed[index].entry(slot).or_default() += 1;
    }

    fn witness(&self) -> Vec<(String, Vec<(String, i128)>)> {
        let mut nodes: BTreeMap<usize, Vec<(String, i128)>> = BTreeMap::new();
        for (load, slots) in self.demand.loads.iter().zip(&self.placed) {
            for (slot, pods) in slots {
                nodes.entry(*slot).or_default().push((load.label.clone(), *pods));
            }
        }
        let name = |slot: usize| {
            let at = &self.slots[slot];
            if at.node.count == 1 { at.node.name.clone() } else { format!("{}-{}", at.node.name, at.number + 1) }
        };
        nodes.into_iter().map(|(slot, pods)| (name(slot), pods)).collect()
    }
}

/// The domain of each slot for a topology key.
fn domains_of(slots: &[Slot<'_>], topology: &str) -> Vec<Option<usize>> {
    if topology == HOSTNAME {
        return (0..slots.len()).map(Some).collect();
    }
    let values: Vec<Option<String>> =
        slots.iter().map(|slot| label(&node_labels(slot.node), topology).map(str::to_owned)).collect();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for value in values.iter().flatten() {
        let next = known.len();
        known.entry(value.clone()).or_insert(next);
    }
    values.into_iter().map(|value| value.and_then(|value| known.get(&value).copied())).collect()
}
