//! `placement`: one way to place all pods, held against every constraint.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::nodes::RESOURCES;
use crate::verify::pods::Repulsion;
use crate::verify::quantity::{size, times};
use crate::verify::situation::{Situation, World, is_own};
use crate::verify::value::{Checked, Reading, Value, refuse};
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
    let order =
        world.classes.iter().enumerate().flat_map(|(class, one)| one.nodes.iter().map(move |node| (class, *node)));
    let order: BTreeMap<&str, (usize, usize)> =
        order.enumerate().map(|(position, (class, node))| (world.nodes[node].name, (position, class))).collect();
    let mut placed = vec![Placed { pods: 0, nodes: 0, least: i128::MAX, most: 0 }; world.types.len()];
    let mut seen = BTreeSet::new();
    for pattern in evidence.list("patterns")? {
        let (mut classes, nodes) = (BTreeSet::new(), pattern.texts("nodes")?);
        for name in &nodes {
            let (position, class) = order.get(name).ok_or_else(|| format!("there is no node `{name}`"))?;
            classes.insert(*class);
            refuse(!seen.insert(*position), || format!("`{name}` is in two patterns"))?;
        }
        let mut pods = BTreeMap::new();
        for row in pattern.list("pods")? {
            let (index, count) = (world.find(row.needed("type")?)?, row.integer("count")?.unwrap_or(0));
            refuse(count < 1 || pods.insert(index, count).is_some(), || {
                format!("the pods of `{}` on a node are not one number above 0", world.types[index].name)
            })?;
            let at = &mut placed[index];
            (at.pods, at.nodes) = (at.pods.saturating_add(times(count, size(&nodes))), at.nodes + size(&nodes));
            (at.least, at.most) = (at.least.min(count), at.most.max(count));
        }
        refuse(nodes.is_empty() || pods.is_empty(), || "a pattern has no nodes or no pods".to_owned())?;
        together(world, &pods, &classes).map_err(|fault| format!("on `{}` and its like, {fault}", nodes[0]))?;
    }
    for (index, one) in world.types.iter().enumerate() {
        let (count, at) = (situation.counts[index], &placed[index]);
        let is_even =
            !one.is_daemon() || count == 0 || at.nodes == one.nodes && (one.nodes == 0 || at.least == at.most);
        refuse(at.pods != one.pods(count) || !is_even, || {
            format!("not all {count} pods of `{}` are placed, or too many", one.name)
        })?;
        if count > 0 {
            verifiable(world, one)?;
            spread(one, at)?;
        }
    }
    Ok(())
}

/// Holds the pods of one node against what the nodes of these classes have, and against each other.
fn together(world: &World, pods: &BTreeMap<usize, i128>, classes: &BTreeSet<usize>) -> Checked<()> {
    let mut ports = BTreeSet::new();
    for (&index, &count) in pods {
        let one = &world.types[index];
        refuse(classes.iter().any(|class| !one.eligible[*class]), || {
            format!("the node is not eligible for `{}`", one.name)
        })?;
        refuse(world.is_alone(index) && count > 1, || {
            format!("there are {count} pods of `{}`, of which one may be there", one.name)
        })?;
        refuse(one.pod.ports.iter().any(|port| !ports.insert(port)), || {
            format!("another pod has a host port of `{}`", one.name)
        })?;
        let repels = |term: &Repulsion, (other, count): (&usize, &i128)| {
            let other_type = &world.types[*other];
            let is_home = term.namespaces.is_empty() && other_type.namespace == one.namespace;
            let reaches = term.namespace_selector.is_some()
                || is_home
                || term.namespaces.iter().any(|name| name == other_type.namespace);
            // A pod does not repel itself.
            reaches && term.label_selector.matches(&other_type.pod.labels) && (*other != index || *count > 1)
        };
        refuse(
            one.pod
                .spec
                .affinity
                .pod_anti_affinity
                .required
                .iter()
                .any(|term| pods.iter().any(|pod| repels(term, pod))),
            || format!("there is a pod that `{}` keeps away", one.name),
        )?;
    }
    for class in classes {
        let (used, most) =
            (world.load(*class, pods.keys().copied(), |index| pods[&index]), world.facts(*class).allocatable);
        for (resource, name) in RESOURCES.iter().enumerate() {
            let (sum, most) = (used[resource], most[resource]);
            refuse(sum > most, || format!("`{name}` adds up to {sum}, more than {most}"))?;
        }
    }
    Ok(())
}

/// Whether a type has no constraint but those that are verified.
fn verifiable(world: &World, one: &Type) -> Checked<()> {
    let is_known = |term: &Repulsion| term.is_plain();
    refuse(
        !one.pod.spec.affinity.pod_affinity.required.is_empty()
            || !one.pod.mounted.is_empty()
            || !one.pod.spec.affinity.pod_anti_affinity.required.iter().all(is_known),
        || format!("a constraint of `{}` is not verified", one.name),
    )?;
    for spread in &one.pod.spec.spreads {
        let is_even = spread.label_selector.matches(&one.pod.labels) && spread.honours_affinity();
        let is_known = is_even && spread.is_keyed().is_some() && is_own(&world.types, one, spread);
        refuse(!is_known, || format!("a spread of `{}` is not verified", one.name))?;
    }
    Ok(())
}

/// Holds the numbers on the nodes against the spreads of their type.
fn spread(one: &Type, at: &Placed) -> Checked<()> {
    for spread in &one.pod.spec.spreads {
        // A node without pods of the type counts as well as one that only its taints keep them from.
        let least = if at.nodes < one.nodes || !spread.sees_no_other(one) { 0 } else { at.least };
        refuse(at.most - least > i128::from(spread.max_skew), || {
            format!("`{}` is spread with {} here and {least} there", one.name, at.most)
        })?;
    }
    Ok(())
}
