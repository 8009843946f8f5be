//! Network volumes: whether nodes attach all that may come to them, and where they keep the pods that mount them.

use std::collections::BTreeSet;

use crate::manifests::domains::Sure;
use crate::manifests::node::{Amounts, MOST_RESOURCES};
use crate::manifests::{Checked, refuse, size, times, total};
use crate::verify::situation::World;

impl World<'_> {
    /// Whether several pods may want a volume that is attached to one node at a time.
    pub(crate) fn is_contended(&self, index: usize, number: i128) -> bool {
        let one = &self.types[index];
        let is_shared = self.types.iter().any(|other| {
            let is_mounting = |name: &str| other.objects.iter().any(|claim| claim.name == name);
            let is_other = other.name != one.name && other.namespace == one.namespace;
            is_other && one.objects.iter().any(|claim| is_mounting(claim.name))
        });
        one.hold.is_single && (number > 1 || one.is_daemon() || is_shared)
    }

    /// The zones of the nodes that a type may go to, of those of the classes that count; nothing stands for one without.
    fn own_zones(&self, index: usize, counts: impl Fn(usize, i128) -> bool) -> BTreeSet<Option<&str>> {
        let is_counted = |class: &usize| self.homes(index).any(|home| home == *class);
        let classes = (0..self.classes.len()).filter(is_counted);
        let classes = classes.filter(|class| counts(*class, self.classes[*class].size));
        classes.flat_map(|class| &self.classes[class].nodes).map(|node| self.nodes[*node].zone()).collect()
    }

    /// Whether pods of a type may be on nodes without a zone.
    pub(crate) fn is_zoneless(&self, index: usize) -> bool {
        self.own_zones(index, |_, _| true).contains(&None)
    }

    /// How many pods of a stateful set that go back to their volumes a zone has, where its own constraints bound that for
    /// ever: each is bound once, with all before it in their zones, and one more would take a pod in every other zone, too.
    pub(crate) fn zone_skew(&self, index: usize) -> Option<i128> {
        let (one, relations) = (&self.types[index], &self.relations[index]);
        let constraints = &one.pod.constraints;
        let is_bound_in_turn = one.kind == "StatefulSet" && one.is_ordered && one.objects.is_empty();
        if !one.has_claims() || !is_bound_in_turn || one.in_pool || self.is_zoneless(index) {
            return None;
        }
        let zones: Vec<Option<&str>> = self.own_zones(index, |_, _| true).into_iter().collect();
        let (may_part, is_apart) = (relations.enmities.is_apart_in_zones, relations.is_alone_by_zone);
        let skew = match constraints.spreads.as_slice() {
            [] => is_apart.then_some(1)?,
            [spread] if !may_part && spread.is_zonal && spread.least == 0 && relations.is_private => {
                let is_counted = spread.is_keyed.is_some() && spread.selector.matches(&one.pod.labels);
                let mut seen = self.nodes.iter().filter(|node| {
                    let (labels, taints) =
                        (constraints.selects(&node.labels), constraints.tolerates(node.taints.iter()));
                    labels > Sure::Not && (!spread.honours_taints || taints > Sure::Not)
                });
                let sees_own = seen.all(|node| match node.zone() {
                    Some(zone) => zones.contains(&Some(zone)),
                    None => !node.has_open_zone(),
                });
                (is_counted && spread.honours_affinity && sees_own).then_some(spread.skew)?
            }
            _ => return None,
        };
        let is_crowded = skew > 1 && self.is_alone(index);
        (!is_crowded && one.count.peak < size(&zones).saturating_add(skew)).then_some(skew)
    }

    /// Whether so many pods of a type stay on their nodes, or may find no other in their zone.
    pub(crate) fn stays(&self, index: usize, number: i128) -> bool {
        let one = &self.types[index];
        let is_close = self.is_alone(index) || !one.pod.constraints.spreads.is_empty();
        one.hold.is_local || one.hold.is_zonal && number > 1 && is_close && self.zone_skew(index).is_none()
    }

    /// How many pods may lose their volumes when of each class `gone` nodes are hit, and `left` stay or are replaced.
    /// Classes lie in one zone each where volumes are zonal, else nothing is shown.
    pub(crate) fn away(&self, index: usize, [number, most]: [i128; 2], gone: &[i128], left: &[i128]) -> Checked<i128> {
        let by_zones = |zones: usize| {
            let skew = self.zone_skew(index);
            skew.map_or(number, |skew| times(skew, i128::try_from(zones).unwrap_or(i128::MAX))).min(number)
        };
        if self.stays(index, number) {
            let hit = total(self.homes(index).map(|class| gone[class]));
            return Ok(times(hit, most).min(by_zones(self.own_zones(index, |class, _| gone[class] > 0).len())));
        }
        let zones = |class: usize| self.classes[class].nodes.iter().map(|node| self.nodes[*node].zone());
        let is_torn = self.homes(index).any(|class| zones(class).collect::<BTreeSet<_>>().len() > 1);
        refuse(is_torn, || {
            format!("`{}` has volumes in zones that its classes do not tell apart", self.types[index].name)
        })?;
        let kept = self.own_zones(index, |class, _| left[class] > 0);
        let dark = self.own_zones(index, |_, _| true).difference(&kept).count();
        Ok(if dark == 0 { 0 } else { by_zones(dark) })
    }

    /// Holds the volumes that so many pods of each type bring to one node against what nodes attach.
    pub(crate) fn attaches(&self, left: &[i128], per_node: &dyn Fn(usize) -> i128) -> Checked<()> {
        let Some(limit) = self.storage.networks.iter().filter_map(|network| network.limit).min() else { return Ok(()) };
        for class in (0..self.classes.len()).filter(|class| left[*class] > 0) {
            let types = self.types.iter().enumerate();
            let types = types.filter(|(_, one)| one.eligible[class] && one.hold.attached > 0);
            let rows: Vec<(i128, i128, Amounts)> =
                types.map(|(index, one)| (one.hold.attached, per_node(index), one.pod.requests)).collect();
            let all = total(rows.iter().map(|(attached, number, _)| times(*attached, *number)));
            let by_room =
                (0..MOST_RESOURCES).map(|resource| densest(&rows, resource, self.facts(class).allocatable[resource]));
            let most = by_room.min().unwrap_or(all).min(all);
            let name = self.classes[class].name;
            refuse(most > limit, || format!("{most} volumes may come to a node of `{name}`, which attaches {limit}"))?;
        }
        Ok(())
    }
}

/// The most volumes of pods that ask together for no more of a resource than there is, where parts of pods count, too.
fn densest(rows: &[(i128, i128, Amounts)], resource: usize, room: i128) -> i128 {
    let mut rows: Vec<(i128, i128, i128)> =
        rows.iter().map(|(attached, number, requests)| (*attached, *number, requests[resource])).collect();
    rows.sort_by(|one, other| times(other.0, one.2).cmp(&times(one.0, other.2)));
    let (mut left, mut sum) = (room, 0_i128);
    for (attached, number, request) in rows {
        if times(request, number) > left {
            return sum.saturating_add(times(attached, left) / request);
        }
        left -= times(request, number);
        sum = sum.saturating_add(times(attached, number));
    }
    sum
}
