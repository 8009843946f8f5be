//! Everything of the proof as people read it: amounts, states, refusals, and in `reasons` what stands in the way.

mod advice;
mod reasons;
mod scratch;
mod stranded;

pub use advice::advice;
pub(super) use advice::{beside_numbers, guarantee, guarantee_beside_numbers, of};
pub use reasons::{fact, lacking, reason, together as reasons};
pub use scratch::{consequence, promised, smaller};
pub use stranded::stranded;

use crate::diag::{few, list};
use crate::eval::model::{HUGE_PAGES, is_extended};
use crate::fit::changes::{Change, ChangeKind};
use crate::fit::evidence::{Evidence, QuotaKey, Side, TooSmall};
use crate::fit::states::state::{At, Rolling, State};
use crate::fit::states::verdict::{StateProof, Verdict};
use crate::fit::sums::disks::how_to_serve;
use crate::fit::{Dialect, Names, PoolNeed};
use crate::objects::extended::Misfit;
use crate::objects::quantity::{binary_bytes, bytes_short, bytes_text, cpu_text, decimal_bytes};

/// An amount of a resource, or of a key of a quota: `0.5 CPU`, `2 GiB (2.1 GB)`, `3`.
#[must_use]
pub fn amount(resource: &str, amount: i128) -> String {
    if resource.ends_with("cpu") {
        cpu_text(amount)
    } else if resource.ends_with("pods") || resource.ends_with("persistentvolumeclaims") || is_counted(resource) {
        amount.to_string()
    } else {
        bytes_text(amount)
    }
}

/// How much of an extended resource the nodes have that would take a pod, and where that is said.
pub(super) fn declaring(resource: &str, most: i128) -> String {
    let some = if resource.starts_with(HUGE_PAGES) { "2GiB" } else { "1" };
    let there = if most == 0 { "has any".to_owned() } else { format!("has more than {}", amount(resource, most)) };
    format!(
        "no node that takes it {there}: a node type says what each of its nodes has, \
         `resources {{ \"{resource}\" = {some} }}`"
    )
}

/// What is wrong with what a container states of an extended resource.
pub fn misfit(resource: &str, why: Misfit) -> String {
    match why {
        Misfit::Broken => format!("asks for a part of `{resource}`, of which there are whole ones only"),
        Misfit::Unlimited => format!("requests `{resource}` and states no limit of it"),
        Misfit::Uneven => format!("requests another amount of `{resource}` than its limit"),
    }
}

/// Whether a resource is neither measured in CPU nor in bytes: an extended one, the key of a quota for it, or for objects.
fn is_counted(resource: &str) -> bool {
    let name = resource.strip_prefix("requests.").unwrap_or(resource);
    let is_of_objects = resource.starts_with("count/") || resource.starts_with("services");
    let is_plain = ["configmaps", "secrets", "resourcequotas", "replicationcontrollers"].contains(&resource);
    is_of_objects
        || is_plain
        || is_extended(name) && !name.starts_with(HUGE_PAGES) && !name.contains(".storageclass.storage.k8s.io/")
}

/// The same with what it is of; amounts of CPU say it themselves: `0.5 CPU`, `2 GiB (2.1 GB) of memory`, `3 pods`.
#[must_use]
pub fn amount_of(resource: &str, number: i128) -> String {
    match resource {
        cpu if cpu.ends_with("cpu") => amount(resource, number),
        "pods" if number == 1 => "1 pod".to_owned(),
        "pods" => format!("{number} pods"),
        other => format!("{} of {other}", amount(resource, number)),
    }
}

/// An amount of which the whole is given: `5.3 of 7 CPU`, and bytes in the one system of units in which the whole is round.
#[must_use]
pub fn portion(resource: &str, used: i128, has: i128) -> String {
    let (whole, plain) = (has, amount(resource, has));
    if !plain.ends_with([')', 'B']) {
        return format!("{} of {plain}", amount(resource, used).trim_end_matches(" CPU"));
    }
    let (used, has) = (like(used, has), bytes_short(has));
    // Terabytes are counted in the gigabytes of what is used, where that loses nothing.
    let has = match (used.ends_with(" GB"), has.strip_suffix(" TB")) {
        (true, Some(_)) => format!("{} GB", whole / 1_000_000_000),
        _ => has,
    };
    // One unit is said once.
    let unit = has.split_once(' ').map_or("", |(_, unit)| unit);
    let used = if used.starts_with("0 ") { "0" } else { used.strip_suffix(&format!(" {unit}")).unwrap_or(&used) };
    format!("{used} of {has}")
}

/// Bytes in the system of units in which others are round that stand beside them.
#[must_use]
pub fn like(bytes: i128, others: i128) -> String {
    if bytes_short(others).ends_with("iB") { binary_bytes(bytes) } else { decimal_bytes(bytes) }
}

/// How many nodes of a pool are enough: `3 of 2 to 10 nodes are enough`.
#[must_use]
pub fn pool_need(pool: &PoolNeed) -> String {
    let range = format!("{} to {} nodes", pool.least, pool.most);
    match pool.proved {
        Some(1) => format!("1 of {range} is enough"),
        Some(needed) => format!("{needed} of {range} are enough"),
        None => format!("not even {} of {range} are shown to be enough", pool.most),
    }
}

/// A counting argument in words, for `prove` and for messages; nothing for evidence that is no refusal, or that has numbers
/// to be shown as a table.
#[must_use]
pub fn refusal(evidence: &Evidence, names: &Names) -> Option<String> {
    let words = match evidence {
        Evidence::NoNode { name, .. } => format!("labels and taints leave no node for {}", names.label(name)),
        Evidence::Undeclared { name, resource, request, most } => {
            let asked = amount_of(resource, *request);
            format!("one pod of {} asks for {asked}, and {}", names.label(name), declaring(resource, *most))
        }
        Evidence::Oversize { name, places, .. } => {
            let place = |place: &TooSmall| {
                let needed = amount_of(&place.resource, place.request);
                let there = amount(&place.resource, place.allocatable);
                format!("{needed} where {} has {there}", place.class)
            };
            let name = names.label(name);
            format!("one pod of {name} asks for {}", places.iter().map(place).collect::<Vec<_>>().join(", "))
        }
        Evidence::Count { name, count, places, total, .. } => {
            let place = |(class, most): &(String, i128)| format!("{most} on a node of {class}");
            let places = places.iter().map(place).collect::<Vec<_>>().join(", ");
            let name = names.label(name);
            format!("{count} pods of {name}, and the empty nodes take {total}: {places}")
        }
        Evidence::Sum { types, minimal, classes, resource, demand, allocatable } => {
            let short = amount(resource, demand - allocatable);
            let alone = match minimal.as_slice() {
                all if all.len() >= types.len() => String::new(),
                [one] => format!("; {} alone asks for more than that", names.label(one)),
                some => format!("; {} alone ask for more than that", together(&names.labels(some))),
            };
            format!(
                "{} together {} {} for {}, {short} more than {}{alone}",
                if types.len() == 1 { "1 workload".to_owned() } else { format!("{} workloads", types.len()) },
                if types.len() == 1 { "asks" } else { "ask" },
                classes.join(" and "),
                amount_of(resource, *demand),
                amount(resource, *allocatable)
            )
        }
        Evidence::Farkas { weights, minimal } => {
            let mut resources: Vec<&str> = weights.iter().map(|one| one.resource.as_str()).collect();
            resources.sort_unstable();
            resources.dedup();
            let resources = resources.join(" and ");
            format!(
                "{} do not fit together: whichever nodes they take, there is too little {resources}",
                together(&names.labels(minimal))
            )
        }
        Evidence::Weights { types, minimal, classes, total, limit } => {
            let place = |(class, most): &(String, i128)| format!("{most} on a node of {class}");
            let places = classes.iter().map(place).collect::<Vec<_>>().join(", ");
            let all = together(&names.labels(minimal));
            if types.iter().all(|(_, weight)| *weight == 1) {
                format!("{all} do not fit in pieces: {total} pods, and the empty nodes take {limit}: {places}")
            } else {
                let weights = types.iter().map(|(name, weight)| format!("{weight} for one of {}", names.label(name)));
                let weights = weights.collect::<Vec<_>>().join(", ");
                format!(
                    "{all} do not fit in pieces: counting {weights}, all make {total}, and the empty nodes take {limit}: {places}"
                )
            }
        }
        Evidence::Alone { name, count } => format!(
            "{} has {count} pods on each of its nodes while it rolls, and no node takes two of them: the new one waits for the old \
             one, and the old one for the new one",
            names.label(name)
        ),
        Evidence::Locked { name, budgets: 2.., .. } => format!(
            "several disruption budgets select the pods of {}, so that none of them is ever evicted and no node with one drained",
            names.label(name)
        ),
        Evidence::Locked { name, count, .. } => format!(
            "the disruption budget of {} keeps {} of its pods, so that none of them is evicted and no node with one drained",
            names.label(name),
            if *count == 1 { "the only one".to_owned() } else { format!("all {count}") }
        ),
        Evidence::Unserved { claim, storage_class, .. } => {
            let class = storage_class.as_deref().unwrap_or("(none)");
            format!(
                "no disk has the class `{class}` of the claim {}; {}",
                names.label(claim),
                how_to_serve(storage_class.as_deref())
            )
        }
        Evidence::ClaimOversize { claim, each, usable } => {
            format!(
                "the claim {} asks for {}, and the largest disk has {}",
                names.label(claim),
                bytes_text(*each),
                bytes_text(*usable)
            )
        }
        Evidence::ClaimsSum { storage_class, demand, usable } => {
            let (demand, usable) = (bytes_text(*demand), bytes_text(*usable));
            format!("claims of the class {storage_class} ask for {demand}, and its disks have {usable}")
        }
        Evidence::Bound(one) => {
            let of = match &one.container {
                Some(container) => format!("the container `{container}` of {}", names.label(&one.of)),
                None => names.label(&one.of),
            };
            let stated = match (one.stated, one.side) {
                (Some(stated), _) => amount_of(&one.resource, stated),
                (None, Side::Least) => format!("no request of {}", one.resource),
                (None, Side::Most) => format!("no limit of {}", one.resource),
            };
            let side = if one.side == Side::Least { "at least" } else { "at most" };
            let allowed = amount(&one.resource, one.allowed);
            format!("{of} states {stated}, and the limit range {} wants {side} {allowed}", one.limit_range)
        }
        Evidence::MissingKey { name, container, key } => {
            format!(
                "a quota counts `{key}`, and the container `{container}` of {} does not state it",
                names.label(name)
            )
        }
        Evidence::Misfit { name, container, resource, why } => format!(
            "the container `{container}` of {} {}, which the API server refuses",
            names.label(name),
            misfit(resource, *why)
        ),
        Evidence::InvalidPod { name, container, resource, request, limit } => format!(
            "the container `{container}` of {} requests {} and is limited to {}",
            names.label(name),
            amount_of(resource, *request),
            amount(resource, *limit)
        ),
        _ => return None,
    };
    Some(words)
}

/// `shop` for the quota `shop/shop`: most namespaces have one, which is called as they are.
#[must_use]
pub fn quota_name(quota: &str) -> &str {
    match quota.split_once('/') {
        Some((namespace, name)) if namespace == name => name,
        _ => quota,
    }
}

/// What a quota has to say of a key.
#[must_use]
pub fn quota(key: &QuotaKey) -> String {
    let (used, hard) = (amount(&key.key, key.used), amount(&key.key, key.hard));
    format!("the quota {} allows {hard} of `{}`, and {used} are asked for", key.quota, key.key)
}

/// `the rollout (S2)`.
#[must_use]
pub fn state(state: State) -> String {
    let words = match state {
        State::S0 => "the steady state",
        State::S1 => "the peak",
        State::S2 => "the rollout",
        State::S3 => "the loss of a node",
        State::S4 => "the drain of a node",
        State::S5 => "memory under its limits",
        State::S6 => "the disks",
        State::S7 => "the quotas",
    };
    format!("{words} ({})", state.key())
}

/// `steady`, `rollout of wave 3`.
#[must_use]
pub fn title(proof: &StateProof) -> String {
    let at = match proof.at {
        At::Steady => "steady",
        At::Peak => "peak",
    };
    match (proof.state, proof.rolling) {
        (State::S0, _) => "steady".to_owned(),
        (State::S1, _) => "peak".to_owned(),
        (State::S2, None) => "rollout".to_owned(),
        (State::S2, Some(Rolling::All)) => "rollout of everything at once".to_owned(),
        (State::S2, Some(Rolling::Wave(wave))) => format!("rollout of wave {wave}"),
        (State::S2, Some(Rolling::Terminating)) => "rollout, old pods terminating".to_owned(),
        (State::S3, _) => format!("loss of a node at {at}"),
        (State::S4, _) => format!("drain of a node at {at}"),
        (State::S5, _) => "memory limits".to_owned(),
        (State::S6, _) => "disks".to_owned(),
        (State::S7, Some(Rolling::Wave(wave))) => format!("quotas while wave {wave} rolls"),
        (State::S7, Some(Rolling::Terminating)) => "quotas, old pods terminating".to_owned(),
        (State::S7, None | Some(Rolling::All)) => "quotas".to_owned(),
    }
}

/// What is proved of everything that is accounted for, where something else is not: one line for each verdict, the best first.
#[must_use]
pub fn rest(states: &[StateProof]) -> Vec<String> {
    const SAID: [(Verdict, &str); 4] = [
        (Verdict::Guaranteed, "guaranteed"),
        (Verdict::Possible, "only possible"),
        (Verdict::Undecided, "undecided"),
        (Verdict::DoesNotFit, "more than there is"),
    ];
    let of = |verdict: Verdict| -> Vec<&'static str> {
        // At the peak a loss and a drain are reported and not required.
        let known = states.iter().filter(|one| !(one.is_terminating() || one.state.is_absence() && one.at == At::Peak));
        let known = known.filter_map(|state| state.rest.as_ref()).filter(|rest| rest.verdict == verdict);
        known.map(|rest| short(rest.state)).collect()
    };
    let lines = SAID.into_iter().map(|(verdict, said)| (of(verdict), said)).filter(|(names, _)| !names.is_empty());
    lines.map(|(names, said)| format!("everything else is {said}: {}", names.join(", "))).collect()
}

/// Why the verdict of a state holds, in words; nothing where the evidence of a refusal says it all.
#[must_use]
pub fn why(proof: &StateProof, names: &Names) -> String {
    let words = match (proof.state, proof.verdict) {
        (State::S5, Verdict::Guaranteed) if proof.required => {
            "no node can be asked for more than the declared overcommit"
        }
        (State::S5, Verdict::Guaranteed) => "no node can be asked for more than it has",
        (State::S5, Verdict::DoesNotFit) if proof.required => {
            "when every container uses all that it may, it is more than the declared overcommit"
        }
        (State::S5, Verdict::DoesNotFit) => {
            "when every container uses all that it may; not every node type declares an `overcommit`"
        }
        (State::S6, Verdict::Guaranteed) => "the most that may come to lie on any disk fits on it",
        (State::S7, Verdict::Guaranteed) => "no quota refuses anything",
        _ => {
            let ground = proof.ground.map(|ground| ground.words().to_owned());
            return ground.or_else(|| proof.reason.as_ref().map(|one| reason(one, names))).unwrap_or_default();
        }
    };
    words.to_owned()
}

/// A state in one word, as a column of a table is called.
#[must_use]
pub fn short(state: State) -> &'static str {
    match state {
        State::S0 => "steady",
        State::S1 => "peak",
        State::S2 => "rollout",
        State::S3 => "loss",
        State::S4 => "drain",
        State::S5 => "limits",
        State::S6 => "disks",
        State::S7 => "quotas",
    }
}

/// A change as somebody would ask for it: `` `db` on 12Gi ``, `` `api` at most 3 replicas ``, `one more node of worker`.
#[must_use]
pub fn change(change: &Change, dialect: Dialect) -> String {
    format!("{}{}", change_of(short_name(&change.what), change, dialect), remainder(change))
}

/// The same under the name that its workload or node type has in the source, without what it leaves.
#[must_use]
pub fn change_of(name: &str, change: &Change, dialect: Dialect) -> String {
    match change.kind {
        ChangeKind::Replicas if change.to == 1 => format!("`{name}` at most 1 replica"),
        ChangeKind::Replicas => format!("`{name}` at most {} replicas", change.to),
        ChangeKind::Request(resource) => {
            let of = change.container.as_ref().map(|container| format!("`{container}` of ")).unwrap_or_default();
            format!("{of}`{name}` on {}", written(resource, change.to))
        }
        ChangeKind::Nodes if change.to == change.from + 1 => format!("one more node of `{name}`"),
        ChangeKind::Nodes => format!("{} more nodes of `{name}`", change.to - change.from),
        ChangeKind::Node("pods") => format!("`{name}` with room for {} pods each (`pods = {}`)", change.to, change.to),
        ChangeKind::Node(resource) => format!("`{name}` with {}", written(resource, change.to)),
        ChangeKind::InPlace => {
            let also = change.also.iter().map(|one| format!("`{}`", short_name(one)));
            let all: Vec<String> = std::iter::once(format!("`{name}`")).chain(also).collect();
            let (each, strategy) = (if all.len() > 1 { " each" } else { "" }, strategy(change, dialect));
            format!("{}{each} with {strategy}", list(&all))
        }
        ChangeKind::Recreated => {
            format!("`{name}` with `strategy.type: Recreate`, which leaves it without a pod for a while")
        }
        ChangeKind::OneAtATime => match dialect {
            Dialect::Source => {
                format!("a disruption budget of `{name}` with `max-unavailable = 1` instead of what must be available")
            }
            Dialect::Manifests => {
                format!("the disruption budget of `{name}` with `maxUnavailable: 1` instead of what must be available")
            }
        },
        ChangeKind::Kept => match dialect {
            Dialect::Source => format!("the disruption budget of `{name}` with `min-available = {}`", change.to),
            Dialect::Manifests => format!("the disruption budget of `{name}` with `minAvailable: {}`", change.to),
        },
        ChangeKind::Least => format!("`{name}` on at least {} replicas", change.to),
        ChangeKind::Quota(key) => {
            format!("the quota `{}` with {} of `{key}`", quota_name(&change.what), typed_amount(key, change.to))
        }
        ChangeKind::Spread => match dialect {
            Dialect::Source => format!("`{name}` with a hard spread (`spread = \"hard\"`)"),
            Dialect::Manifests => format!(
                "`{name}` with a hard spread (`topologySpreadConstraints` on `kubernetes.io/hostname` with `maxSkew: 1`, \
                 `whenUnsatisfiable: DoNotSchedule` and `nodeTaintsPolicy: Honor`, over its own pods)"
            ),
        },
        ChangeKind::Ordered => match dialect {
            Dialect::Source => format!("`{name}` with pods one after the other (`ordered = true`)"),
            Dialect::Manifests => format!("`{name}` with `podManagementPolicy: OrderedReady`"),
        },
    }
}

/// How to say that a workload rolls in place.
fn strategy(change: &Change, dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Source if change.what.starts_with("Deployment") => "`surge = 0` and `unavailable = 1`",
        Dialect::Source | Dialect::Manifests => "`maxSurge: 0` and `maxUnavailable: 1`",
    }
}

/// What a quota says of an amount: `3500m`, `8Gi`, `4`.
pub(crate) fn typed_amount(key: &str, amount: i128) -> String {
    match key {
        cpu if cpu.ends_with("cpu") && amount % 1000 != 0 => format!("{amount}m"),
        cpu if cpu.ends_with("cpu") => (amount / 1000).to_string(),
        pods if pods.ends_with("pods") => amount.to_string(),
        other => written(other, amount),
    }
}

/// Of `Deployment.apps shop/api` people say the last part.
fn short_name(name: &str) -> &str {
    name.rsplit([' ', '/']).next().unwrap_or_default()
}

/// What a change that is not enough leaves to be done: `, but leaves the loss of a node (S3) failing`.
#[must_use]
pub fn remainder(change: &Change) -> String {
    let list = |states: &[State]| together(&states.iter().map(|one| state(*one)).collect::<Vec<_>>());
    match (change.leaves.as_slice(), change.breaks.as_slice()) {
        ([], []) => String::new(),
        (leaves, []) => format!(", but leaves {} failing", list(leaves)),
        ([], breaks) => format!(", but breaks {}", list(breaks)),
        (leaves, breaks) => format!(", but leaves {} failing and breaks {}", list(leaves), list(breaks)),
    }
}

/// A round amount as the source has it: `0.5 CPU`, `12Gi`, `48GB`.
fn written(resource: &str, amount: i128) -> String {
    const MIB: i128 = 1 << 20;
    const GB: i128 = 1_000_000_000;
    match amount {
        milli if resource == "cpu" => cpu_text(milli),
        bytes if bytes % (1024 * MIB) == 0 => format!("{}Gi", bytes / (1024 * MIB)),
        bytes if bytes % GB == 0 => format!("{}GB", bytes / GB),
        bytes if bytes % MIB == 0 => format!("{}Mi", bytes / MIB),
        bytes => bytes.to_string(),
    }
}

/// Names in a list; of many the first, and how many more.
fn together(names: &[String]) -> String {
    const SHOWN: usize = 5;
    few(names, SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portion_says_a_common_unit_once_and_never_mixes_systems_of_units() {
        assert_eq!(portion("cpu", 5300, 7000), "5.3 of 7 CPU");
        assert_eq!(portion("memory", 3 << 30, 14_000_000_000), "3.2 of 14 GB");
        assert_eq!(portion("memory", 402_653_184, 7_000_000_000), "402.7 MB of 7 GB");
        assert_eq!(portion("memory", 3_000_000_000, 16 << 30), "2.8 of 16 GiB");
        assert_eq!(portion("memory", 0, 80_000_000_000), "0 of 80 GB");
        assert_eq!(portion("disk", 2_156_100_000_000, 2_400_000_000_000), "2156.1 of 2400 GB");
        assert_eq!(portion("disk", 1_200_000_000_000, 2_400_000_000_000), "1.2 of 2.4 TB");
        assert_eq!(portion("pods", 3, 110), "3 of 110");
    }

    #[test]
    fn an_amount_says_what_it_is_of_once() {
        assert_eq!(amount_of("cpu", 50), "0.05 CPU");
        assert_eq!(amount_of("requests.cpu", 1000), "1 CPU");
        assert_eq!(amount_of("memory", 2 << 30), "2 GiB (2.1 GB) of memory");
        assert_eq!((amount_of("pods", 1), amount_of("pods", 2)), ("1 pod".to_owned(), "2 pods".to_owned()));
    }

    #[test]
    fn a_pool_says_how_many_of_its_nodes_are_enough() {
        let pool = |proved| PoolNeed { name: "burst".to_owned(), least: 1, most: 5, proved };
        assert_eq!(pool_need(&pool(Some(1))), "1 of 1 to 5 nodes is enough");
        assert_eq!(pool_need(&pool(Some(3))), "3 of 1 to 5 nodes are enough");
        assert_eq!(pool_need(&pool(None)), "not even 5 of 1 to 5 nodes are shown to be enough");
    }
}
