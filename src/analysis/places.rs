//! How many pods of a workload one loss may take: over all placements that the hard constraints and the sizes of the nodes
//! admit. Preferences are no constraints, and of a pool there may be no more nodes than its least.

use std::collections::BTreeSet;

use crate::eval::model::{Hardware, Node};
use crate::fit::read::demand::{Load, representatives};
use crate::fit::sums::capacity::allocatable;
use crate::fit::sums::usage::Measure;
use crate::objects::node_labels::{HOSTNAME, NodeLabels, Truth, ZONE};
use crate::objects::pod::ContainerResource;
use crate::objects::selector::label;

/// Machines of one node type in one zone.
struct Machines<'a> {
    node: &'a Node,
    position: usize,
    labels: NodeLabels,
    /// How many there are always, and at most.
    least: i128,
    most: i128,
}

impl Machines<'_> {
    fn zone(&self) -> Option<&str> {
        label(self.labels.known(), ZONE)
    }
}

/// The machines of a hardware.
pub(super) struct Places<'a> {
    machines: Vec<Machines<'a>>,
}

/// What nodes or zones there are for a workload, one of which is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain<'a> {
    /// A node of the type at this position.
    Node(usize),
    Zone(&'a str),
}

impl<'a> Places<'a> {
    pub(super) fn of(hardware: &'a Hardware) -> Self {
        let machines = hardware.nodes.iter().enumerate().flat_map(|(position, node)| {
            let zones = node.zones.len().max(1) as u64;
            // The nodes of a type are dealt to its zones in turn.
            let dealt = move |number: u64| (node.least.unwrap_or(node.count) + zones - 1 - number) / zones;
            representatives(node).map(move |(number, most)| Machines {
                node,
                position,
                labels: NodeLabels::of(node, number),
                least: i128::from(dealt(number)),
                most: i128::from(most),
            })
        });
        Self { machines: machines.collect() }
    }

    /// How many nodes there are always. While anything runs there is one.
    pub(super) fn nodes(&self) -> i128 {
        self.machines.iter().map(|one| one.least).sum::<i128>().max(1)
    }

    /// The zones of all nodes, where there are several, with the positions of the node types in each.
    pub(super) fn zones(&self) -> Vec<(String, Vec<usize>)> {
        let names: BTreeSet<&str> =
            self.machines.iter().filter(|one| one.most > 0).filter_map(Machines::zone).collect();
        let inside = |zone: &str| {
            let machines = self.machines.iter().filter(|one| one.most > 0 && one.zone() == Some(zone));
            machines.map(|one| one.position).collect()
        };
        if names.len() > 1 {
            names.into_iter().map(|zone| (zone.to_owned(), inside(zone))).collect()
        } else {
            Vec::new()
        }
    }

    /// The machines that take a workload.
    fn taking(&self, load: &Load) -> Vec<&Machines<'a>> {
        let takes = |one: &&Machines<'_>| {
            load.eligible[one.position] && load.workload.eligibility.admits(&one.labels, &one.node.taints) != Truth::No
        };
        self.machines.iter().filter(takes).collect()
    }

    /// How many nodes or zones take a workload always; one at least, where it runs.
    pub(super) fn homes(&self, load: &Load, lost: Domain<'_>) -> i128 {
        match lost {
            Domain::Node(_) => nodes_of(&self.taking(load)),
            Domain::Zone(_) => values_of(&self.taking(load), ZONE),
        }
    }

    /// The most pods of a workload that go with a node or a zone.
    pub(super) fn most(&self, load: &Load, lost: Domain<'_>) -> i128 {
        let taking = self.taking(load);
        let is_hit = |one: &Machines<'_>| match lost {
            Domain::Node(position) => one.position == position,
            Domain::Zone(zone) => one.zone() == Some(zone),
        };
        let (hit, others): (Vec<&Machines<'_>>, Vec<&Machines<'_>>) =
            taking.iter().copied().partition(|one| is_hit(one));
        // How many nodes go, and the pods that have room on them.
        let (gone, room) = match lost {
            Domain::Node(_) => (1, hit.iter().map(|one| room(load, one.node)).max().unwrap_or(0)),
            Domain::Zone(_) => (
                hit.iter().map(|one| one.most).sum(),
                hit.iter().map(|one| one.most.saturating_mul(room(load, one.node))).fold(0, i128::saturating_add),
            ),
        };
        if hit.is_empty() {
            return 0;
        }
        if load.workload.scale.per_node {
            return gone;
        }
        let pods = load.count.steady;
        let mut most = pods.min(room);
        for separation in load.workload.separations.iter().filter(|one| one.selector.matches(&load.workload.labels)) {
            let is_by_node = separation.topology == HOSTNAME;
            let is_by_lost = match lost {
                Domain::Node(_) => true,
                Domain::Zone(_) => separation.topology == ZONE,
            };
            let bound = match separation.max_skew.map(|skew| skew.max(1)) {
                None if is_by_lost => (is_by_node || values_of(&taking, &separation.topology) > 0).then_some(1),
                None => is_by_node.then_some(gone),
                Some(skew) if is_by_lost => {
                    // With x pods in one domain every other one holds x - skew at least: x + (D - 1)(x - skew) ≤ n.
                    let domains = if is_by_node { nodes_of(&taking) } else { values_of(&taking, &separation.topology) };
                    (domains > 0).then(|| (pods + (domains - 1) * skew) / domains)
                }
                // With m pods on the emptiest of all nodes those that go hold m + skew each at most, and all others m at least.
                Some(skew) => is_by_node.then(|| {
                    let stay: i128 = others.iter().map(|one| one.least).sum();
                    let most = |least: i128| gone.saturating_mul(least + skew).min(pods - stay * least);
                    let all = (0..=pods).take_while(|least| stay * least <= pods);
                    if stay == 0 { pods } else { all.map(most).max().unwrap_or(pods) }
                }),
            };
            most = most.min(bound.unwrap_or(most));
        }
        most
    }
}

/// How many nodes there are always among some machines, and one while anything runs on them.
fn nodes_of(taking: &[&Machines<'_>]) -> i128 {
    let always = taking.iter().map(|one| one.least).sum::<i128>();
    always.max(i128::from(!taking.is_empty()))
}

/// How many values of a label there are always among some machines, and one while anything runs on them.
fn values_of(taking: &[&Machines<'_>], key: &str) -> i128 {
    let values = |machines: &mut dyn Iterator<Item = &&Machines<'_>>| {
        let values: BTreeSet<String> =
            machines.filter_map(|one| label(one.labels.known(), key).map(str::to_owned)).collect();
        values.len() as i128
    };
    let always = values(&mut taking.iter().filter(|one| one.least > 0));
    always.max(values(&mut taking.iter()).min(1))
}

/// How many pods of a workload one node has room for. A pod that fits nowhere is another finding; here it still counts as one.
fn room(load: &Load, node: &Node) -> i128 {
    let resources = [(Measure::Cpu, ContainerResource::Cpu), (Measure::Memory, ContainerResource::Memory)];
    let rooms = resources.into_iter().filter_map(|(measure, resource)| {
        let each = load.workload.resources.requests[resource as usize];
        (each > 0).then(|| (allocatable(node, measure) / each).max(1))
    });
    rooms.min().unwrap_or(i128::MAX)
}
