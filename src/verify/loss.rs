//! `loss`: without any one node, or any one zone, the rest still fits, and enough is left of what cannot move.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::constraints::Selector;
use crate::manifests::{Checked, Reading, Value, agree, int, json, refuse, share, total};
use crate::verify::closed::{Source, pick};
use crate::verify::layers::{Ground, pools};
use crate::verify::situation::{Situation, World};

pub(crate) fn check(world: &World, state: [&str; 2], situation: &Situation, evidence: &Value) -> Checked<()> {
    let (wanted, beside) = desired(world, state[0], situation)?;
    for index in world.present(situation).filter(|index| state[0] == "S4" && !world.types[*index].is_daemon()) {
        let is_locked = wanted[index].is_some_and(|desired| situation.counts[index] - desired < 1);
        let name = &world.types[index].name;
        refuse(is_locked, || format!("the budgets of `{name}` are such that none can be evicted"))?;
    }
    pools(world, situation)?;
    let one = |lost: usize| (0..world.classes.len()).map(|class| i128::from(class == lost)).collect();
    let classes = world.classes.iter().enumerate().map(|(index, class)| (json!({ "class": class.name }), one(index)));
    let mut cases: Vec<(Value, Vec<i128>)> = classes.collect();
    let zones: BTreeSet<&str> = world.nodes.iter().filter_map(|node| node.zone()).collect();
    // A node may be in any of the zones, or in another, where some are named and its own is not.
    let lost = world.nodes.iter().find(|node| state[0] == "S3" && !zones.is_empty() && node.has_open_zone());
    refuse(lost.is_some(), || format!("nothing says in which zone `{}` is", lost.map_or("", |node| node.name)))?;
    for zone in zones.iter().filter(|_| state[0] == "S3" && zones.len() > 1) {
        let inside = |index: &&usize| world.nodes[**index].zone() == Some(zone);
        let gone = world.classes.iter().map(|class| total(class.nodes.iter().filter(inside).map(|_| 1)));
        cases.push((json!({ "zone": zone }), gone.collect()));
    }
    let stated = evidence.list("cases")?;
    let mut derived = Vec::new();
    for (position, (gone, numbers)) in cases.into_iter().enumerate() {
        let layers = stated.get(position).map_or(Ok(&[][..]), |case| case.list("layers"))?;
        let proved = lose(world, state, situation, (&wanted, &beside), &numbers, layers);
        let proved = proved.map_err(|fault| format!("without {gone}: {fault}"))?;
        let (stranded, layers) = proved;
        let mut case = json!({ "gone": gone, "layers": layers });
        if !stranded.is_empty() {
            case["stranded"] = json!(stranded);
        }
        derived.push(case);
    }
    agree("evidence", evidence, &json!({ "kind": "loss", "cases": derived }))
}

/// Which types no node is left for, and what the layers must say of the others, when so many nodes of each class are gone.
fn lose<'a>(
    world: &'a World,
    [state, at]: [&str; 2],
    situation: &Situation,
    (wanted, beside): (&[Option<i128>], &[BTreeSet<usize>]),
    gone: &[i128],
    stated: &[Value],
) -> Checked<(Vec<&'a str>, Value)> {
    // A node of a pool is replaced, at least while the pool is not as large as it may be.
    let is_replaced = |class: usize| at == "S0" && world.facts(class).pool.is_some();
    let missing = |class: usize| if is_replaced(class) { 0 } else { gone[class] };
    let left: Vec<i128> = world.classes.iter().enumerate().map(|(class, one)| one.size - missing(class)).collect();
    let (mut nodes, mut stranded) = (BTreeMap::new(), Vec::new());
    for index in world.present(situation) {
        let (one, number) = (&world.types[index], situation.counts[index]);
        let [hit, rest] = [gone, &left].map(|numbers| total(world.homes(index).map(|class| numbers[class])));
        refuse(one.nodes < 1 && !one.is_daemon(), || format!("no node takes `{}`", one.name))?;
        if hit > 0 && rest == 0 && !one.is_daemon() {
            let is_kept = state == "S4" && wanted[index].is_some_and(|desired| desired > 0);
            refuse(is_kept, || format!("a budget keeps pods of `{}`, and nothing else takes them", one.name))?;
            stranded.push(one.name.as_str());
            continue;
        }
        if hit > 0 && one.has_claims() && !one.is_daemon() {
            // Of what is single by its volume nobody asked for more.
            let is_single = !one.objects.is_empty() || number <= 1;
            let desired = wanted[index].unwrap_or(i128::from(!is_single));
            let away = |index: usize| {
                let most = world.most(situation, index, world.types[index].nodes);
                world.away(index, [situation.counts[index], most], gone, &left)
            };
            let others = beside[index].iter().filter(|other| world.types[**other].has_claims());
            let kept = number - total(others.chain([&index]).map(|one| away(*one)).collect::<Checked<Vec<_>>>()?);
            refuse(kept < desired, || format!("`{}` keeps {kept} of {desired} pods that are wanted", one.name))?;
        }
        let is_clinging = hit > 0 && !["DaemonSet", "Pod"].contains(&one.kind) && one.pod.constraints.clings();
        refuse(is_clinging, || format!("nothing drives the pods of `{}` from a node that is gone", one.name))?;
        nodes.extend((rest > 0).then_some((index, if world.stays(index, number) { one.nodes } else { rest })));
    }
    Ok((stranded, Ground { world, situation, nodes, left, lost: gone.to_vec() }.layers(stated)?))
}

/// `locked`: a pod that is on some node is evicted from none, because of the budgets of its type.
pub(crate) fn locked(world: &World, situation: &Situation, evidence: &Value) -> Checked<()> {
    let index = world.find(evidence.needed("type")?)?;
    let (one, count) = (&world.types[index], situation.counts[index]);
    let selects = |source: &&Source| {
        let is_here = source.identity.namespace == one.namespace;
        is_here && Selector::read(source.object.at("spec.selector")).is_ok_and(|found| found.matches(&one.pod.labels))
    };
    let budgets = pick(&world.sources, "policy", "PodDisruptionBudget").filter(selects).count();
    let wanted = desired(world, "S3", situation)?.0[index].ok_or_else(|| format!("`{}` has no budget", one.name))?;
    let is_locked = !one.is_daemon() && one.nodes >= 1 && count >= 1 && (budgets > 1 || count - wanted < 1);
    refuse(!is_locked, || format!("{wanted} of {count} pods of `{}` are wanted, so that one may go", one.name))?;
    let derived = json!({ "kind": "locked", "type": one.name, "count": int(count), "desired": int(wanted),
                          "budgets": int(budgets as i128) });
    agree("evidence", evidence, &derived)
}

/// What disruption budgets say of each type: how many of its pods they want, none where no budget selects it, and which other types share one with it.
type Wanted = (Vec<Option<i128>>, Vec<BTreeSet<usize>>);

fn desired(world: &World, state: &str, situation: &Situation) -> Checked<Wanted> {
    let mut wanted = vec![None; world.types.len()];
    let mut beside = vec![BTreeSet::new(); world.types.len()];
    for source in pick(&world.sources, "policy", "PodDisruptionBudget") {
        let spec = source.object.at("spec");
        let selector = Selector::read(spec.at("selector"))?;
        let types = world.types.iter().enumerate();
        let selected =
            types.filter(|(_, one)| one.namespace == source.identity.namespace && selector.matches(&one.pod.labels));
        let selected: Vec<usize> = selected.map(|(index, _)| index).collect();
        let counts = |index: &usize| situation.counts[*index] > 0 && !world.types[*index].is_daemon();
        let together: BTreeSet<usize> = selected.iter().copied().filter(counts).collect();
        for index in selected {
            let (one, number) = (&world.types[index], situation.counts[index]);
            let is_second = state == "S4" && wanted[index].is_some() && number > 0 && !one.is_daemon();
            refuse(is_second, || format!("`{}` has several budgets, so none of its pods can be evicted", one.name))?;
            let is_shared = together.len() > 1 && together.contains(&index);
            let all = if is_shared { total(together.iter().map(|one| situation.counts[*one])) } else { number };
            let least = share(spec, "minAvailable", all, true)?;
            let most = share(spec, "maxUnavailable", all, true)?.map(|most| (all - most).max(0));
            let desired = least.xor(most).ok_or_else(|| format!("`{}` is not understood", source.identity.title()))?;
            let desired = if is_shared { number - (all - desired).clamp(0, number) } else { desired };
            wanted[index] = wanted[index].max(Some(if number == 0 { 0 } else { desired }));
            beside[index].extend(together.iter().filter(|other| is_shared && **other != index));
        }
    }
    Ok((wanted, beside))
}
