//! Network volumes: what keeps their pods in a zone or alone, and how many of them may be attached to one node.

use std::collections::BTreeSet;

use crate::fit::evidence::reason::{Bound, Reason};
use crate::fit::guarantee::situation::Situation;
use crate::fit::read::platform::{ClaimUse, Counts, Platform};

impl Platform {
    /// Whether a claim takes no disk of a node.
    pub(crate) fn is_on_network(&self, claim: &ClaimUse) -> bool {
        self.networks.iter().any(|network| claim.storage_class.as_ref() == Some(&network.storage_class))
    }

    /// How many pods of a type that goes back to its volumes a zone has at most, where its spread over zones, or its
    /// anti-affinity, bounds them for ever. A pod is bound to a zone once, when all before it run, and there are so few that
    /// no zone gets one more than that: so one that comes back to its volume is never too many.
    pub(crate) fn zone_skew(&self, index: usize) -> Option<i128> {
        let one = &self.types[index];
        let is_ordered = one.is_stateful && one.ordered && one.shared_claims.is_empty();
        if !one.has_claims() || !is_ordered || self.is_on_pool(index) {
            return None;
        }
        let all: Vec<i128> = self.classes.iter().map(crate::fit::read::nodes::Class::size).collect();
        let zones = self.zones_of(index, &all)?;
        let skew = match one.constraints.spreads.as_slice() {
            [] if self.is_surely_apart_by_zone(index) => 1,
            [spread] if !self.is_apart_by_zone(index) => {
                let holds = spread.on_zones
                    && spread.honours_affinity
                    && spread.least_domains == 0
                    && spread.counts(one)
                    && !self.entanglements[index].spread
                    && !self.has_empty_zone(index, spread, &zones);
                holds.then_some(spread.max_skew.max(1))?
            }
            _ => return None,
        };
        // One in each zone is alone on each node.
        let is_held = self.is_alone(index) && skew > 1;
        (!is_held && one.peak < zones.len() as i128 + skew).then_some(skew)
    }

    /// Whether so many pods of a type stay on their nodes, or may have no other in their zone.
    pub(crate) fn stays(&self, index: usize, number: i128) -> bool {
        let one = &self.types[index];
        let is_held = (self.is_alone(index) || self.is_spread(index)) && self.zone_skew(index).is_none();
        one.volumes.local || one.volumes.zonal && number > 1 && is_held
    }

    /// The most pods of a type that lose their volumes, when so many nodes of each class are gone.
    pub(crate) fn away(&self, index: usize, counts: &Counts, lost: &[i128], gone: &[i128]) -> i128 {
        let own = || (0..self.classes.len()).filter(|class| self.classes[*class].eligible[index]);
        let zones = |holds: &dyn Fn(usize) -> bool| {
            own().filter(|class| holds(*class)).map(|class| &self.classes[class].zone).collect::<BTreeSet<_>>()
        };
        let by_zones = |zones: i128| self.zone_skew(index).map_or(i128::MAX, |skew| skew * zones);
        if self.stays(index, counts.number[index]) {
            let hit: i128 = own().map(|class| lost[class]).sum();
            let most = hit * self.most(index, counts, self.nodes_of(index));
            return most.min(by_zones(zones(&|class| lost[class] > 0).len() as i128)).min(counts.number[index]);
        }
        let kept = zones(&|class| gone[class] < self.classes[class].size());
        let dark = zones(&|_| true).difference(&kept).count() as i128;
        if dark == 0 { 0 } else { by_zones(dark).min(counts.number[index]) }
    }

    /// Why the volumes of a type may refuse one of its pods although there is room.
    pub(crate) fn bound_by_volumes(&self, index: usize, counts: &Counts, nodes: i128) -> Option<Bound> {
        let (one, number) = (&self.types[index], counts.number[index]);
        if nodes <= 1 {
            return None;
        }
        let is_shared = !one.shared_claims.is_empty();
        let with_others = |claim: &ClaimUse| claim.shared && claim.types.len() > 1 && claim.types.contains(&index);
        let is_several = number > 1 || one.per_node || self.claims.iter().any(with_others);
        if one.volumes.single && is_several {
            return Some(Bound::ContendedVolume);
        }
        let is_held = number > 1 && (self.is_alone(index) || self.is_spread(index));
        let is_torn = one.own_claims.len() + one.shared_claims.len() > 1;
        if one.volumes.zonal && is_shared && (one.per_node || is_held || is_torn) {
            return Some(Bound::OneZone);
        }
        let mut own = self.classes.iter().filter(|class| class.eligible[index]);
        if one.volumes.zonal && own.any(|class| class.zone.is_none()) {
            return Some(Bound::VolumesWithoutZone);
        }
        None
    }

    /// The fewest volumes that a node of this hardware attaches.
    fn attach_limit(&self) -> Option<i128> {
        self.networks.iter().filter_map(|network| network.attach_limit).map(|limit| limit.value).min()
    }

    /// The most volumes that pods may bring to one node of a class, of which there are so many of each type on it: by the
    /// number of pods, and by what the node has of each resource that they ask for, however they are chosen.
    fn attached(&self, class: usize, per_node: &dyn Fn(usize) -> i128) -> i128 {
        let types = (0..self.types.len()).filter(|index| self.classes[class].eligible[*index]);
        let bringing: Vec<usize> = types.filter(|index| self.types[*index].volumes.attached > 0).collect();
        let volumes = |index: usize| self.types[index].volumes.attached;
        let all = bringing.iter().map(|index| volumes(*index) * per_node(*index)).sum();
        let by_resource = |resource: usize| {
            let request = |index: &usize| self.types[*index].requests[resource];
            let mut sorted = bringing.clone();
            sorted.sort_by(|one, other| (volumes(*other) * request(one)).cmp(&(volumes(*one) * request(other))));
            let (mut left, mut sum) = (self.classes[class].allocatable[resource], 0);
            for index in &sorted {
                let (request, number) = (request(index), per_node(*index));
                if request * number <= left {
                    left -= request * number;
                    sum += volumes(*index) * number;
                } else {
                    return sum + volumes(*index) * left / request;
                }
            }
            sum
        };
        (0..crate::fit::read::pods::WIDTH).map(by_resource).chain([all]).min().unwrap_or(0)
    }

    /// Why a node may be asked to attach more volumes than it does.
    fn crowded(&self, left: &[i128], per_node: &dyn Fn(usize) -> i128) -> Option<Reason> {
        let limit = self.attach_limit()?;
        (0..self.classes.len()).filter(|class| left[*class] > 0).find_map(|class| {
            let attached = self.attached(class, per_node);
            let class = self.classes[class].name.clone();
            (attached > limit).then_some(Reason::CrowdedAttachments { class, attached, limit })
        })
    }

    /// The same of all nodes, with what the constraints let onto each.
    pub(crate) fn crowded_anywhere(&self, counts: &Counts) -> Option<Reason> {
        let left: Vec<i128> = self.classes.iter().map(crate::fit::read::nodes::Class::size).collect();
        self.crowded(&left, &|index| self.most(index, counts, self.nodes_of(index)))
    }
}

impl Situation<'_> {
    /// Whether no node is ever asked for more volumes than it attaches, so that they refuse no pod.
    pub(crate) fn attaches(&self) -> Result<(), Reason> {
        self.platform.crowded(&self.left, &|index| self.per_node[index]).map_or(Ok(()), Err)
    }
}
