//! What an environment's proof says at a glance: the verdicts of its states, what is tightest, how many nodes
//! of a pool are enough, and how to ask about more load.
//! The summary and the report say the same.

use std::collections::BTreeMap;

use crate::View;
use crate::analysis::cost::euros;
use crate::diag::list;
use crate::fit::evidence::{ClassSum, DiskSum, Layer, QuotaKey, Weighed};
use crate::fit::words;
use crate::fit::words::{amount, like, pool_need, quota_name, short};
use crate::fit::{EnvironmentProof, Evidence, Measure, PoolNeed, State, StateProof, Usage, Verdict};
use crate::objects::node_labels::HOSTNAME;
use crate::objects::workload::{Workload, Workloads};

/// How a verdict is called where there is room for two words.
pub(crate) fn word(proof: &EnvironmentProof, state: &StateProof) -> &'static str {
    match state.verdict {
        Verdict::Guaranteed => "guaranteed",
        Verdict::Possible if proof.is_met(state) => "possible",
        Verdict::Possible => "only possible",
        Verdict::DoesNotFit if proof.is_met(state) => "overcommitted",
        Verdict::DoesNotFit => "does not fit",
        Verdict::Undecided => "undecided",
        Verdict::Empty => "empty",
    }
}

/// The worst verdict of a state over its waves, as it is required: at steady where it is asked for at both.
pub(crate) fn verdict(proof: &EnvironmentProof, name: State) -> Option<&'static str> {
    let of_name = || proof.states.iter().filter(|state| state.state == name);
    let required = of_name().any(|state| state.required);
    let worst = of_name().filter(|state| state.required || !required).max_by_key(|state| state.verdict.badness())?;
    Some(word(proof, worst))
}

/// Verdicts, the worst last, each with the states that have it.
pub(crate) fn verdicts(proof: &EnvironmentProof) -> Vec<(&'static str, Vec<&'static str>)> {
    const ORDER: [&str; 7] =
        ["guaranteed", "possible", "empty", "overcommitted", "only possible", "undecided", "does not fit"];
    let mut found = Vec::new();
    for word in ORDER {
        let states = State::ALL.into_iter().filter(|state| verdict(proof, *state) == Some(word));
        let states: Vec<&str> = states.map(short).collect();
        if !states.is_empty() {
            found.push((word, states));
        }
    }
    found
}

/// The layers of all waves of a state, none where one of them is not shown by layers.
fn layers(proof: &EnvironmentProof, name: State) -> Vec<&Layer> {
    let of_name = proof.states.iter().filter(|state| state.state == name && state.required);
    let layers = of_name.map(|state| match &state.evidence {
        Some(Evidence::Layers(layers)) => Some(&layers.layers),
        _ => None,
    });
    layers.collect::<Option<Vec<_>>>().unwrap_or_default().into_iter().flatten().collect()
}

/// What may come to one node, where every layer says it. A sum of a layer leaves out the pods of those behind it: beside a
/// layer that proves any order it would show a node as nearly empty, which other pods fill.
fn sums(proof: &EnvironmentProof, name: State) -> Vec<&ClassSum> {
    let charges = layers(proof, name).into_iter().map(|layer| match layer {
        Layer::Charge(charge) => Some(&charge.sums),
        Layer::AnyOrder(_) => None,
    });
    let charges = charges.collect::<Option<Vec<_>>>().unwrap_or_default().into_iter();
    // Where the source declares no ephemeral storage, as much is assumed as is asked for.
    let assumed = |class: &str| proof.classes.iter().any(|one| one.name == class && one.assumes_ephemeral);
    charges.flatten().filter(|sum| sum.resource != "ephemeral-storage" || !assumed(&sum.class)).collect()
}

/// The fullest resource of a state, where its evidence is a sum over what may come to one node.
fn tightest(proof: &EnvironmentProof, name: State) -> Option<&ClassSum> {
    let fullness = |sum: &&ClassSum| (sum.sum * 1_000_000).checked_div(sum.allocatable).unwrap_or(i128::MAX);
    sums(proof, name).into_iter().max_by_key(fullness)
}

/// How near the pods of a state are to shutting one of them out, where it is guaranteed in any order.
fn weight(proof: &EnvironmentProof, name: State, state: &str) -> Option<String> {
    let weighed = layers(proof, name).into_iter().filter_map(|layer| match layer {
        Layer::AnyOrder(types) => Some(types),
        Layer::Charge(_) => None,
    });
    let fullness = |one: &&Weighed| one.total.saturating_mul(1_000_000).checked_div(one.limit).unwrap_or(i128::MAX);
    let one = weighed.flatten().max_by_key(fullness)?;
    Some(format!(
        "{state}, every pod finds a node in any order: the others weigh {} % of what would shut one out",
        percent(one.total, one.limit)
    ))
}

/// `99 %`, rounded up, so that nothing looks emptier than it is, and what is not full never reads as full.
fn percent(part: i128, whole: i128) -> i128 {
    let most = if part < whole { 99 } else { i128::MAX };
    (part * 100 + whole - 1).checked_div(whole).unwrap_or(100).min(most)
}

/// `0.11 CPU`, `3 pods`, `1.5 GB of memory`: what is left of something, bytes as those of the whole are written.
fn left(resource: &str, number: i128, whole: i128) -> String {
    match resource {
        "cpu" => amount(resource, number),
        "pods" if number == 1 => "1 pod".to_owned(),
        "pods" => format!("{number} pods"),
        _ => format!("{} of {}", like(number, whole), resource.replace('-', " ")),
    }
}

/// Sentences about what is full, what is enough and how to ask for more; none where nothing was proved.
pub(crate) fn headroom(view: &View) -> Vec<String> {
    let Some(proof) = view.proof.as_ref().filter(|proof| !proof.nodes.is_empty()) else { return Vec::new() };
    let mut said = [words::rest(&proof.states), words::stranded(&proof.states)].concat();
    for (name, state) in [(State::S1, "at peak"), (State::S2, "in a rollout")] {
        let Some(ClassSum { class, resource, sum, allocatable }) = tightest(proof, name) else {
            said.extend(weight(proof, name, state));
            continue;
        };
        said.push(format!(
            "{state}, {resource} is tightest: {} % of a node of {class}, {} left",
            percent(*sum, *allocatable),
            left(resource, allocatable - sum, *allocatable)
        ));
    }
    said.extend(disk(proof));
    said.extend(quotas(proof));
    said.extend(room(view, proof));
    said.extend(proof.pools.iter().map(|pool| need(view, pool)));
    // Who does not fit as it is has no question about more.
    said.extend(proof.states.iter().all(|state| proof.is_met(state)).then(|| growth(view)).flatten());
    said
}

/// The disk that is fullest.
fn disk(proof: &EnvironmentProof) -> Option<String> {
    let sums = proof.states.iter().filter_map(|state| match &state.evidence {
        Some(Evidence::Disks { sums, .. }) => Some(sums),
        _ => None,
    });
    let fullness = |sum: &&DiskSum| (sum.sum * 1_000_000).checked_div(sum.usable).unwrap_or(i128::MAX);
    let one = sums.flatten().filter(|sum| sum.sum > 0).max_by_key(fullness)?;
    let left = like(one.usable - one.sum, one.usable);
    Some(format!(
        "of the disks, {} of {} is tightest: {} %, {left} left",
        one.disk,
        one.class,
        percent(one.sum, one.usable)
    ))
}

/// The quotas that are used up, or the one that is next to it.
fn quotas(proof: &EnvironmentProof) -> Option<String> {
    const NAMED: usize = 3;
    let keys = proof.states.iter().filter_map(|state| match &state.evidence {
        Some(Evidence::Quotas(keys)) => Some(keys),
        _ => None,
    });
    // Of several waves each has all keys.
    let mut found: BTreeMap<(&str, &str), &QuotaKey> = BTreeMap::new();
    for key in keys.flatten().filter(|key| key.used > 0) {
        let worst = found.entry((&key.quota, &key.key)).or_insert(key);
        if key.used > worst.used {
            *worst = key;
        }
    }
    let named = |key: &QuotaKey| format!("`{}` of {}", key.key, quota_name(&key.quota));
    let full: Vec<&QuotaKey> = found.values().copied().filter(|key| key.used >= key.hard).collect();
    if full.is_empty() {
        let fullness = |key: &&&QuotaKey| (key.used * 1_000_000).checked_div(key.hard).unwrap_or(i128::MAX);
        let one = found.values().max_by_key(fullness)?;
        let left = amount(&one.key, one.hard - one.used);
        return Some(format!(
            "of the quotas, {} is tightest: {} %, {left} left",
            named(one),
            percent(one.used, one.hard)
        ));
    }
    let names: Vec<String> = full.iter().take(NAMED).map(|key| named(key)).collect();
    let more = if full.len() > NAMED { format!(" and {} more", full.len() - NAMED) } else { String::new() };
    Some(format!("of the quotas, these are used up: {}{more}", names.join(", ")))
}

/// How many nodes of a pool are enough, and what the hardware costs then.
fn need(view: &View, pool: &PoolNeed) -> String {
    let words = format!("pool {}: {}", pool.name, pool_need(pool));
    let cost = || {
        let node = view.model.hardware.as_ref()?.nodes.iter().find(|node| node.name == pool.name)?;
        let spared = i128::from(pool.most - pool.proved?) * node.cost?.value;
        Some(euros(view.analysis.cost.as_ref()?.most - spared))
    };
    let others = view.proof.as_ref().is_some_and(|proof| proof.pools.len() > 1);
    let others = if others { ", the other pools at their most" } else { "" };
    cost().map_or_else(|| format!("{words}{others}"), |cost| format!("{words}{others}: {cost} a month"))
}

/// A workload that an autoscaler moves, with what one pod of it asks for.
struct Scaled<'a> {
    label: &'a str,
    each: [(&'static str, i128); 3],
}

fn measure(usage: &Usage) -> Option<usize> {
    match usage.measure {
        Measure::Cpu => Some(0),
        Measure::Memory => Some(1),
        Measure::Pods => Some(2),
        _ => None,
    }
}

/// What an autoscaler moves: it runs with the least replicas, too, which jobs do not.
fn scaled(view: &View) -> Vec<Scaled<'_>> {
    let mut found: Vec<Scaled<'_>> = Vec::new();
    for usage in &view.analysis.sums.nodes {
        let Some(index) = measure(usage) else { continue };
        for term in usage.terms.iter().filter(|term| term.owner.neighbour.is_none()) {
            if term.count.steady == 0 || term.count.peak <= term.count.steady {
                continue;
            }
            let position = found.iter().position(|one| one.label == term.label).unwrap_or_else(|| {
                let each = [("cpu", 0), ("memory", 0), ("pods", 1)];
                found.push(Scaled { label: &term.label, each });
                found.len() - 1
            });
            found[position].each[index].1 = term.each;
        }
    }
    found
}

/// How many workloads a line names.
const SHOWN: usize = 4;

/// How many more pods of each autoscaled workload alone the fullest node takes while everything else rolls.
fn room(view: &View, proof: &EnvironmentProof) -> Option<String> {
    let sums = sums(proof, State::S2);
    let more = |one: &Scaled<'_>| {
        let wanted = one.each.iter().filter(|(_, each)| *each > 0);
        let places = wanted.filter_map(|(resource, each)| {
            let left =
                sums.iter().filter(|sum| sum.resource == *resource).map(|sum| sum.allocatable - sum.sum).min()?;
            Some(left / each)
        });
        places.min()
    };
    let (scaled, apart) = (scaled(view), apart(view));
    let together = scaled.iter().filter(|one| !apart.iter().any(|name| name == one.label));
    let found: Vec<(i128, &str)> = together.take(SHOWN).filter_map(|one| Some((more(one)?, one.label))).collect();
    let some: Vec<String> =
        found.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} more of `{name}`")).collect();
    let none: Vec<String> =
        found.iter().filter(|(count, _)| *count == 0).map(|(_, name)| format!("`{name}`")).collect();
    match (some.is_empty(), none.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("a rollout leaves a node no room for one more of {}", none.join(" or "))),
        (false, true) => Some(format!("a rollout leaves room on a node for {}", some.join(", or "))),
        (false, false) => {
            Some(format!("a rollout leaves room on a node for {}, none for {}", some.join(", or "), none.join(" or ")))
        }
    }
}

/// The workloads of which no node takes two pods, whatever room it has.
fn apart(view: &View) -> Vec<String> {
    let read = Workloads::read(&view.objects, None);
    let is_apart = |one: &&Workload| {
        let mut terms = one.separations.iter().filter(|term| term.max_skew.is_none() && term.topology == HOSTNAME);
        terms.any(|term| term.selector.matches(&one.labels))
    };
    let names = read.workloads.iter().filter(is_apart).flat_map(|one| {
        let instance = &view.model.instance(one.instance).name;
        [instance.clone(), format!("{instance}/{}", one.name)]
    });
    names.collect()
}

/// What more load finds takes another proof, which is a question of its own: what is left here is no answer to it, because
/// the least replicas grow as well as the most, and other states than these may be the first that fail.
fn growth(view: &View) -> Option<String> {
    let scaled = scaled(view);
    if scaled.is_empty() {
        return None;
    }
    let mut names: Vec<String> = scaled.iter().take(SHOWN).map(|one| format!("`{}`", one.label)).collect();
    match scaled.len() - names.len() {
        0 => {}
        1 => names.push("one other workload".to_owned()),
        others => names.push(format!("{others} other workloads")),
    }
    let names = list(&names);
    let environment = view.model.environment.as_ref().map(|name| format!(" --env {name}")).unwrap_or_default();
    Some(format!("`vaubanc what-if --load 2x{environment}` shows what twice the load of {names} does"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::MemoryWorld;
    use crate::{Compilation, Options, compile};

    fn compiled(count: u64, demand: &str) -> Compilation {
        let source = format!(
            "use std {{ web }}
            hardware rack {{ node host {{ cpu = 4, memory = 16GB, count = {count} }} }}
            system s on rack {{ fit = \"{demand}\" }}
            namespace n {{}}
            component api : web {{
              namespace = n, image = \"nginx:1.27.3\", port = 8080, spread = \"soft\"
              replicas = 2..3, cpu = 700m..1, memory = 64Mi..128Mi
            }}"
        );
        compile(&MemoryWorld::new().with("main.vauban", source.into_bytes()), &Options::default())
    }

    #[test]
    fn one_node_says_what_is_left_and_how_to_ask_for_more() {
        // Three pods of 0.7 CPU are 2.1 of 4; a fourth rolls: 2.8 are asked for, and 1.2 left.
        let compilation = compiled(1, "guaranteed");
        let lines = headroom(&compilation.views[0]);
        let expected = [
            "at peak, cpu is tightest: 53 % of a node of host, 1.9 CPU left",
            "in a rollout, cpu is tightest: 70 % of a node of host, 1.2 CPU left",
            "a rollout leaves room on a node for 1 more of `api`",
            "`vaubanc what-if --load 2x` shows what twice the load of `api` does",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn of_pods_that_keep_apart_no_node_has_room_for_more() {
        let kind = "kind alone : web { refine \"apps/v1\" Deployment { spec.template.spec.affinity.podAntiAffinity\
                    .requiredDuringSchedulingIgnoredDuringExecution = [{ topologyKey = \"kubernetes.io/hostname\", \
                    labelSelector.matchLabels = self.pods.main }] } }";
        let source = format!(
            "use std {{ web }}\nhardware rack {{ node host {{ cpu = 4, memory = 16GB, count = 2..10 }} }}\n\
             system s on rack {{}}\nnamespace n {{}}\n{kind}\ncomponent api : alone {{ namespace = n, image = \"nginx:1.27.3\", \
             port = 8080, spread = \"soft\", replicas = 2..3, cpu = 100m..1, memory = 64Mi..128Mi }}"
        );
        let compilation = compile(&MemoryWorld::new().with("main.vauban", source.into_bytes()), &Options::default());
        let lines = headroom(&compilation.views[0]);
        assert!(!lines.is_empty() && !lines.iter().any(|line| line.contains("room on a node")), "{lines:?}");
    }

    #[test]
    fn of_many_workloads_that_scale_a_few_are_named() {
        let mut source = "use std { web }
            hardware rack { node host { cpu = 64, memory = 256GB } }
            system s on rack {}
            namespace n {}"
            .to_owned();
        for index in 0..8 {
            source.push_str(&format!(
                "\ncomponent w{index} : web {{ namespace = n, image = \"nginx:1.27.3\", port = 8080, spread = \"soft\", replicas = 2..3, \
                 cpu = 100m..1, memory = 64Mi..128Mi }}"
            ));
        }
        let world = MemoryWorld::new().with("main.vauban", source.into_bytes());
        let compilation = compile(&world, &Options::default());
        let lines = headroom(&compilation.views[0]);
        let last = lines.last().map_or("", String::as_str);
        assert!(last.ends_with("and 4 other workloads does"), "{last}");
        assert_eq!(last.matches('`').count() / 2, SHOWN + 1, "{last}");
    }

    #[test]
    fn a_pool_says_how_many_are_enough_and_what_they_cost() {
        let source = "use std { web }
            hardware rack { node burst { cpu = 4, memory = 16GB, count = 2..5, cost = €10/month } }
            system s on rack {}
            namespace n {}
            component api : web {
              namespace = n, image = \"nginx:1.27.3\", port = 8080, spread = \"soft\"
              replicas = 2, cpu = 700m..1, memory = 64Mi..128Mi
            }";
        let world = MemoryWorld::new().with("main.vauban", source.as_bytes().to_vec());
        let compilation = compile(&world, &Options::default());
        let lines = headroom(&compilation.views[0]);
        assert_eq!(lines.last().unwrap(), "pool burst: 2 of 2 to 5 nodes are enough: €20 a month");
    }

    #[test]
    fn what_is_fullest_of_disks_and_quotas_is_said() {
        let source = "use std { stateful }
            hardware rack { node host { cpu = 4, memory = 16GB, disk ssd { size = 100GB, storage-class = \"local-path\" } } }
            system s on rack {}
            namespace n { quota = { requests { cpu = 1 } } }
            component db : stateful {
              namespace = n, image = \"postgres:16.4\", port = 5432, replicas = 1, storage = 80GB
              cpu = 250m..1, memory = 64Mi..128Mi
            }";
        let world = MemoryWorld::new().with("main.vauban", source.as_bytes().to_vec());
        let compilation = compile(&world, &Options::default());
        let lines = headroom(&compilation.views[0]);
        let found: Vec<_> = compilation.diagnostics.iter().map(|one| &one.message).collect();
        // 80 of 100 GB, and 0.25 of the one CPU.
        assert!(
            lines.contains(&"of the disks, ssd of host is tightest: 80 %, 20 GB left".to_owned()),
            "{lines:?} {found:?}"
        );
        let quota = lines.iter().find(|line| line.starts_with("of the quotas, ")).expect("there is a quota");
        assert!(quota.contains("`requests.cpu` of n is tightest: 25 %, 0.75 CPU left"), "{lines:?}");
    }

    #[test]
    fn every_state_has_one_verdict() {
        let compilation = compiled(1, "guaranteed");
        let proof = compilation.views[0].proof.as_ref().expect("there is hardware");
        let found = verdicts(proof);
        let expected = vec![
            ("guaranteed", vec!["steady", "peak", "rollout", "limits", "disks", "quotas"]),
            ("empty", vec!["loss", "drain"]),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_sum_that_leaves_pods_out_is_not_shown_as_how_full_a_node_is() {
        // The sums of the daemons' layer leave out `api`, which is proved in any order behind it: 1 % would be said of a
        // node that `api` fills to 98 %.
        let source = "use std { daemon, web }
            hardware rack { node host { cpu = 4, memory = 16GB, count = 6 } }
            system s on rack {}
            namespace n {}
            component agent : daemon {
              namespace = n, image = \"e/d:1\", cpu = 10m, memory = 64Mi, priority = \"system-node-critical\"
            }
            component api : web {
              namespace = n, image = \"nginx:1.27.3\", port = 8080, spread = \"soft\"
              replicas = 3, cpu = 1300m, memory = 64Mi..128Mi
            }";
        let world = MemoryWorld::new().with("main.vauban", source.as_bytes().to_vec());
        let compilation = compile(&world, &Options::default());
        let proof = compilation.views[0].proof.as_ref().unwrap();
        let is_partial = |state: State| layers(proof, state).iter().any(|layer| matches!(layer, Layer::AnyOrder(_)));
        assert!(is_partial(State::S2), "the platform no longer shows what this is about");
        let lines = headroom(&compilation.views[0]);
        let rollout: Vec<_> = lines.iter().filter(|line| line.starts_with("in a rollout")).collect();
        assert!(
            matches!(rollout[..], [line] if line.contains("in any order") && !line.contains("of a node")),
            "{lines:?}"
        );
    }
}
