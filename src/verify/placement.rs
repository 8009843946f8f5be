//! `placement`: one way to place all pods, held against every constraint.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::{Checked, Reading, Value, refuse, size, times};
use crate::verify::situation::{Situation, World};
use crate::verify::workloads::Type;

/// Where the pods of a type are: how many in all, on how many nodes, and the least and the most on one of these.
#[derive(Clone)]
struct Placed {
    pods: i128,
    nodes: i128,
    least: i128,
    most: i128,
}

pub(crate) fn check(world: &World, situation: &Situation, evidence: &Value) -> Checked<()> {
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for (class, one) in world.classes.iter().enumerate() {
        open.extend(one.nodes.iter().map(|node| (world.nodes[*node].name, class)));
    }
    let mut placed = vec![Placed { pods: 0, nodes: 0, least: i128::MAX, most: 0 }; world.types.len()];
    for pattern in evidence.list("patterns")? {
        let (mut classes, nodes) = (BTreeSet::new(), pattern.texts("nodes")?);
        for name in &nodes {
            classes.insert(open.remove(name).ok_or_else(|| format!("`{name}` is no node, or in two patterns"))?);
        }
        let mut pods = BTreeMap::new();
        for row in pattern.list("pods")? {
            let (index, count) = (world.find(row.needed("type")?)?, row.count("count")?.unwrap_or(0));
            let is_new = count > 0 && pods.insert(index, count).is_none();
            refuse(!is_new, || "the pods of a workload on a node are not one number above 0".to_owned())?;
            let at = &mut placed[index];
            (at.pods, at.nodes) = (at.pods.saturating_add(times(count, size(&nodes))), at.nodes + size(&nodes));
            (at.least, at.most) = (at.least.min(count), at.most.max(count));
        }
        together(world, &pods, &classes).map_err(|fault| format!("on {nodes:?}: {fault}"))?;
    }
    for (index, one) in world.types.iter().enumerate() {
        let (count, at) = (situation.counts[index], &placed[index]);
        let is_even =
            !one.is_daemon() || count == 0 || at.nodes == one.nodes && (one.nodes == 0 || at.least == at.most);
        let is_whole = at.pods == one.pods(count) && is_even;
        refuse(!is_whole, || format!("not all {count} pods of `{}` are placed, or too many", one.name))?;
        if count > 0 {
            constrained(world, one, at).map_err(|fault| format!("`{}`: {fault}", one.name))?;
        }
    }
    Ok(())
}

/// Holds the pods of one node against what the nodes of these classes have, and against each other.
fn together(world: &World, pods: &BTreeMap<usize, i128>, classes: &BTreeSet<usize>) -> Checked<()> {
    let mut ports = BTreeSet::new();
    for (&index, &count) in pods {
        let one = &world.types[index];
        // A pod does not repel itself.
        let others = || pods.iter().filter(|(other, count)| **other != index || **count > 1);
        let repels =
            |other: usize| one.pod.constraints.repulsions.iter().any(|term| term.is_about(one, &world.types[other]));
        let reasons = [
            (classes.iter().any(|class| !one.eligible[*class]), "the node is not eligible for"),
            (world.is_alone(index) && count > 1, "there is more than one pod of"),
            (one.pod.ports.iter().any(|port| !ports.insert(port)), "another pod has a host port of"),
            (others().any(|(other, _)| repels(*other)), "there is a pod that is kept away by"),
        ];
        let reason = reasons.into_iter().find(|(holds, _)| *holds);
        refuse(reason.is_some(), || format!("{} `{}`", reason.map_or("", |(_, reason)| reason), one.name))?;
    }
    let attached = pods.iter().map(|(index, count)| times(world.types[*index].hold.attached, *count)).sum::<i128>();
    let limit = world.storage.networks.iter().filter_map(|network| network.limit).min();
    let is_full = limit.is_some_and(|limit| attached > limit);
    refuse(is_full, || format!("{attached} volumes are attached, more than {limit:?}"))?;
    for class in classes {
        let used = world.load(*class, pods.keys().copied(), |index| pods[&index]);
        for ((sum, most), name) in used.into_iter().zip(world.facts(*class).allocatable).zip(&world.resources) {
            refuse(sum > most, || format!("`{name}` adds up to {sum}, more than {most}"))?;
        }
    }
    Ok(())
}

/// Holds that a type has no constraint but those that are verified, and its numbers against its spreads.
fn constrained(world: &World, one: &Type, at: &Placed) -> Checked<()> {
    let is_known = one.pod.constraints.attractions.is_empty() && one.objects.is_empty();
    let is_known = is_known && one.pod.constraints.repulsions.iter().all(|term| term.is_plain);
    refuse(!is_known, || "a constraint of it is not verified".to_owned())?;
    for spread in &one.pod.constraints.spreads {
        let is_even = spread.selector.matches(&one.pod.labels) && spread.honours_affinity;
        let is_known = is_even && spread.is_keyed.is_some() && spread.is_own(&world.types, one);
        refuse(!is_known, || "a spread of it is not verified".to_owned())?;
        // A node without pods of the type counts as well as one that only its taints keep them from.
        let least = if at.nodes < one.nodes || !spread.sees_no_other(one) { 0 } else { at.least };
        refuse(at.most - least > spread.skew, || format!("it is spread with {} here and {least} there", at.most))?;
    }
    Ok(())
}
