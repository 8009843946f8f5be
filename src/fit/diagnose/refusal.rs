//! Refusals in the words of the source: the workload that has no place, and the node that has none for it.

use super::cast::{Cast, amount_span};
use super::{sum, when};
use crate::diag::{Diagnostic, codes};
use crate::fit::evidence::{LimitSum, QuotaKey, TooSmall};
use crate::fit::read::demand::Load;
use crate::fit::sums::disks::how_to_serve;
use crate::fit::sums::nowhere::lack;
use crate::fit::words::{amount, declaring, misfit, refusal};
use crate::fit::{At, Evidence, State, StateProof};
use crate::objects::pod::ContainerResource;
use crate::objects::quantity::{bytes_text, ceil_div};
use crate::source::Span;

/// What two refusals have in common that say the same of two states.
pub(super) fn cause(evidence: &Evidence) -> String {
    match evidence {
        Evidence::NoNode { name, .. }
        | Evidence::Undeclared { name, .. }
        | Evidence::Oversize { name, .. }
        | Evidence::Count { name, .. } => {
            format!("a place for {name}")
        }
        Evidence::Sum { classes, resource, .. } => format!("{resource} of {}", classes.join(",")),
        Evidence::Quota(key) => format!("{} of {}", key.key, key.quota),
        // The numbers of a larger state differ; what cannot stand together is the same.
        Evidence::Farkas { minimal, .. } | Evidence::Weights { minimal, .. } => {
            format!("pieces of {}", minimal.join(","))
        }
        other => format!("{other:?}"),
    }
}

/// An amount with its resource; amounts of CPU say what they are of.
fn of(resource: &str, amount: &str) -> String {
    if resource == "cpu" { amount.to_owned() } else { format!("{amount} of {resource}") }
}

/// The message for a refused state. Where changes of numbers were proved to help, `is_helped`, it names no numbers of its own.
pub(super) fn explain(cast: &Cast<'_>, state: &StateProof, is_helped: bool) -> Diagnostic {
    // A refusal without evidence is none; the caller has looked.
    let Some(evidence) = &state.evidence else { return plain(cast, state, None, "it does not fit", is_helped) };
    let found = match evidence {
        Evidence::NoNode { name, .. } => cast.load(name).map(|load| no_node(cast, load, state)),
        Evidence::Undeclared { name, resource, request, most } => cast.load(name).map(|load| {
            let asked = of(resource, &amount(resource, *request));
            let message = format!("a pod of {} asks for {asked}, which no node that takes it has", cast.label_of(load));
            Diagnostic::error(codes::DOES_NOT_FIT, request_span(load, resource), message)
                .at("on one node")
                .label(cast.hardware.span, "on these nodes")
                .help(declaring(resource, *most))
                .of(load.owner.name.as_str())
        }),
        Evidence::Oversize { name, places, .. } => cast.load(name).map(|load| oversize(cast, load, places, is_helped)),
        Evidence::Count { name, count, places, total, .. } => {
            cast.load(name).map(|load| too_many(cast, load, state, (*count, *total), places, is_helped))
        }
        Evidence::Sum { .. } => sum::explain(cast, state, evidence, is_helped),
        Evidence::Limits(sums) => limits(cast, sums),
        Evidence::Quota(key) => sum::quota(cast, state, key).or_else(|| Some(plain_quota(cast, state, key))),
        Evidence::Unserved { claim, storage_class, .. } => cast.claim(claim).map(|found| {
            let class = storage_class.as_deref().unwrap_or("(none)");
            let message = format!("no disk serves the storage class `{class}` of the claim `{}`", found.label);
            Diagnostic::error(codes::DOES_NOT_FIT, found.claim.span, message)
                .at("served by no disk")
                .label(cast.hardware.span, "on these nodes")
                .help(how_to_serve(storage_class.as_deref()))
                .of(found.owner.name.as_str())
        }),
        Evidence::ClaimOversize { claim, each, usable } => cast.claim(claim).map(|found| {
            let (each, usable) = (bytes_text(*each), bytes_text(*usable));
            let message = format!(
                "the claim `{}` asks for {each}, and no disk of its class can hold more than {usable}",
                found.label
            );
            Diagnostic::error(codes::DOES_NOT_FIT, found.claim.span, message)
                .at(format!("{each} on one disk"))
                .label(cast.hardware.span, "on these nodes")
                .help(format!("claim at most {usable}, or a larger disk"))
                .of(found.owner.name.as_str())
        }),
        Evidence::Locked { name, budgets, .. } => {
            cast.load(name).map(|load| locked(cast, state, load, *budgets, is_helped))
        }
        Evidence::MissingKey { name, container, key } => cast.load(name).map(|load| {
            let message = format!(
                "a quota counts `{key}`, and the container `{container}` of {} does not state it",
                cast.label_of(load)
            );
            Diagnostic::error(codes::DOES_NOT_FIT, container_span(load, container), message)
                .at("the API server refuses these pods")
                .help(format!("state `{key}` for it"))
                .of(load.owner.name.as_str())
        }),
        Evidence::Misfit { name, container, resource, why } => cast.load(name).map(|load| {
            let message = format!("the container `{container}` of {} {}", cast.label_of(load), misfit(resource, *why));
            Diagnostic::error(codes::DOES_NOT_FIT, container_span(load, container), message)
                .at("the API server refuses these pods")
                .help(format!("state a whole number in `limits`, and no other in `requests`: `\"{resource}\" = 1`"))
                .of(load.owner.name.as_str())
        }),
        Evidence::InvalidPod { name, container, resource, request, limit } => cast.load(name).map(|load| {
            let (request, limit) = (amount(resource, *request), amount(resource, *limit));
            let message = format!(
                "the container `{container}` of {} requests {} and is limited to {limit}",
                cast.label_of(load),
                of(resource, &request)
            );
            Diagnostic::error(codes::DOES_NOT_FIT, container_span(load, container), message)
                .at("the API server refuses these pods")
                .note("a container without a limit has the one that a LimitRange of its namespace gives")
                .help(format!("a limit of at least {request}, or a request of at most {limit}"))
                .of(load.owner.name.as_str())
        }),
        _ => None,
    };
    found.unwrap_or_else(|| {
        let words = refusal(evidence, cast.names()).unwrap_or_else(|| "it does not fit".to_owned());
        let first = first(evidence).and_then(|name| cast.load(name));
        plain(cast, state, first, &words, is_helped)
    })
}

/// The workload that evidence without a message of its own is about first.
fn first(evidence: &Evidence) -> Option<&String> {
    match evidence {
        Evidence::Farkas { minimal, .. } | Evidence::Weights { minimal, .. } => minimal.first(),
        Evidence::Sum { minimal, types, .. } => minimal.first().or(types.first()),
        Evidence::Bound(one) => Some(&one.of),
        Evidence::NoNode { name }
        | Evidence::Undeclared { name, .. }
        | Evidence::Oversize { name, .. }
        | Evidence::Count { name, .. }
        | Evidence::Alone { name, .. }
        | Evidence::Locked { name, .. }
        | Evidence::MissingKey { name, .. }
        | Evidence::Misfit { name, .. }
        | Evidence::InvalidPod { name, .. } => Some(name),
        Evidence::Layers(_)
        | Evidence::Placement(_)
        | Evidence::Loss(_)
        | Evidence::Limits(_)
        | Evidence::Disks { .. }
        | Evidence::Quotas(_)
        | Evidence::Unserved { .. }
        | Evidence::ClaimOversize { .. }
        | Evidence::ClaimsSum { .. }
        | Evidence::Quota(_) => None,
    }
}

/// For evidence of which only the words are known.
fn plain(cast: &Cast<'_>, state: &StateProof, first: Option<&Load>, words: &str, is_helped: bool) -> Diagnostic {
    let message = format!("{}, {words}", when(state));
    let diagnostic = match first {
        Some(load) => Diagnostic::error(codes::DOES_NOT_FIT, cast.count_span(load), message)
            .at("these pods")
            .label(cast.hardware.span, "on these nodes")
            .of(load.owner.name.as_str()),
        None => Diagnostic::error(codes::DOES_NOT_FIT, cast.hardware.span, message)
            .at("on these nodes")
            .of(cast.hardware.name.as_str()),
    };
    if is_helped {
        return diagnostic;
    }
    diagnostic.help("fewer or smaller pods, larger nodes or another one; `vaubanc prove` shows the evidence")
}

/// A workload of which no pod is evicted, at its budgets.
fn locked(cast: &Cast<'_>, state: &StateProof, load: &Load, budgets: usize, is_helped: bool) -> Diagnostic {
    let words = state.evidence.as_ref().and_then(|evidence| refusal(evidence, cast.names())).unwrap_or_default();
    let message = format!("{}, {words}", when(state));
    let mut diagnostic = Diagnostic::error(codes::DOES_NOT_FIT, cast.count_span(load), message)
        .at("these pods")
        .of(load.owner.name.as_str());
    for budget in cast.budgets_of(load) {
        let least = ["minAvailable", "maxUnavailable"].iter().find_map(|key| budget.body.at(&["spec", key]));
        let span = least.map(crate::data::Node::span).filter(|span| !span.is_none()).unwrap_or(budget.span);
        diagnostic = diagnostic.label(span, "keeps them");
    }
    match (is_helped, budgets) {
        (_, 2..) => diagnostic.help("keep one of the budgets"),
        (true, _) => diagnostic,
        (false, _) => diagnostic.help("a budget that lets a pod go at a time, or more replicas than it keeps"),
    }
}

/// More memory limits than the overcommit that the author declared.
fn limits(cast: &Cast<'_>, sums: &[LimitSum]) -> Option<Diagnostic> {
    let over = sums.iter().find(|sum| sum.sum * 100 > sum.cap * sum.allocatable)?;
    let node = cast.node(&over.class)?;
    let span = node.overcommit_memory.map_or(node.memory.span, |percent| percent.span);
    let (sum, most) = (bytes_text(over.sum), bytes_text(over.cap * over.allocatable / 100));
    let percent = ceil_div(over.sum * 100, over.allocatable.max(1));
    let message = format!(
        "the memory limits that may come together on a node of `{}` add up to {sum}, and the declared overcommit allows {most}",
        over.class
    );
    let mut diagnostic = Diagnostic::error(codes::DOES_NOT_FIT, span, message)
        .at(format!("{} % of {}", over.cap, bytes_text(over.allocatable)))
        .of(crate::fit::sums::capacity::subject(cast.hardware));
    let own = cast.loads().filter(|load| load.owner.neighbour.is_none());
    let memory = ContainerResource::Memory as usize;
    let mut largest: Vec<&Load> = own.filter(|load| load.workload.resources.limits[memory] > 0).collect();
    largest.sort_by_key(|load| std::cmp::Reverse(load.workload.resources.limits[memory] * load.count.peak));
    for load in largest.into_iter().take(3) {
        let each = bytes_text(load.workload.resources.limits[memory]);
        let words = format!("{}: up to {} × {each}", cast.label_of(load), load.count.peak);
        diagnostic = diagnostic.label(load.workload.resources.limit_spans[memory], words);
    }
    if !over.unlimited.is_empty() {
        let names: Vec<String> = cast.names().labels(&over.unlimited);
        diagnostic =
            diagnostic.note(format!("without a memory limit, and counted as the whole node: {}", super::list(&names)));
    }
    Some(
        diagnostic
            .help(format!("lower the upper ends of `memory`, or bet more: `overcommit {{ memory = {percent}% }}`")),
    )
}

fn plain_quota(cast: &Cast<'_>, state: &StateProof, key: &QuotaKey) -> Diagnostic {
    let (used, hard) = (amount(&key.key, key.used), amount(&key.key, key.hard));
    plain(
        cast,
        state,
        None,
        &format!("`{}` of the quota `{}` is {hard}, and {used} are asked for", key.key, key.quota),
        false,
    )
}

fn no_node(cast: &Cast<'_>, load: &Load, state: &StateProof) -> Diagnostic {
    let paths: [&[&str]; 3] = [
        &["spec", "template", "spec", "nodeSelector"],
        &["spec", "jobTemplate", "spec", "template", "spec", "nodeSelector"],
        &["spec", "nodeSelector"],
    ];
    let own = load.owner.neighbour.is_none().then(|| cast.objects().get(load.workload.object)).flatten();
    let selector = own.and_then(|object| paths.iter().find_map(|path| object.body.at(path)));
    let span = selector.map(crate::data::Node::span).filter(|span| !span.is_none());
    let message = format!("no node takes the pods of {}", cast.label_of(load));
    let lack = lack(cast.hardware, load);
    let diagnostic = Diagnostic::error(codes::DOES_NOT_FIT, span.unwrap_or(load.workload.span), message)
        .at(if span.is_some() { "what its pods select" } else { "these pods" })
        .label(cast.hardware.span, "the nodes")
        .note(lack.note)
        .help(lack.help)
        .of(load.owner.name.as_str());
    if state.state == State::S0 { diagnostic } else { diagnostic.note(format!("there are such pods {}", when(state))) }
}

fn oversize(cast: &Cast<'_>, load: &Load, places: &[TooSmall], is_helped: bool) -> Diagnostic {
    let label = cast.label_of(load);
    let place = |place: &TooSmall| {
        let (needed, there) = (amount(&place.resource, place.request), amount(&place.resource, place.allocatable));
        format!("{} where `{}` can allocate {there}", of(&place.resource, &needed), place.class)
    };
    let words: Vec<String> = places.iter().map(place).collect();
    let message = format!("a pod of {label} asks for {}", super::list(&words));
    let resource = places.first().map_or("", |place| place.resource.as_str());
    let mut diagnostic = Diagnostic::error(codes::DOES_NOT_FIT, request_span(load, resource), message)
        .at("on one node")
        .of(load.owner.name.as_str());
    if !is_helped {
        diagnostic = diagnostic.help(format!("smaller requests of {label}, or a node that has all of them"));
    }
    for place in places {
        if let Some(node) = cast.node(&place.class) {
            let there = amount(&place.resource, place.allocatable);
            let words = format!("`{}` can allocate {there}", place.class);
            diagnostic = diagnostic.label(amount_span(node, &place.resource), words);
        }
    }
    diagnostic
}

fn too_many(
    cast: &Cast<'_>,
    load: &Load,
    state: &StateProof,
    (count, total): (i128, i128),
    places: &[(String, i128)],
    is_helped: bool,
) -> Diagnostic {
    let label = cast.label_of(load);
    let nodes_take = match total {
        0 => "no node takes one".to_owned(),
        1 => "one node takes one".to_owned(),
        total => format!("{total} nodes take one"),
    };
    let one_each = !load.workload.scale.per_node && places.iter().all(|(_, most)| *most <= 1);
    let message = if load.workload.scale.per_node {
        let class = places.first().map_or("", |(class, _)| class.as_str());
        format!("{}, {count} pods of {label} need a place on each node of `{class}`, and it takes {total}", when(state))
    } else if one_each {
        format!("{}, {count} pods of {label} need a node each, and {nodes_take}", when(state))
    } else {
        format!("{}, there are {count} pods of {label}, and the empty nodes take {total}", when(state))
    };
    let surge = cast.pods(&cast.name(load)).map_or(0, |one| cast.count(one, state) - one.peak.min(count));
    let surge = if state.rolling.is_some() { surge } else { 0 };
    let steady = state.at == At::Steady && !load.workload.scale.steady.span.is_none();
    let span = if steady { load.workload.scale.steady.span } else { cast.count_span(load) };
    let mut diagnostic = Diagnostic::error(codes::DOES_NOT_FIT, span, message)
        .at(if surge > 0 {
            format!("{} pods, and {surge} more while they roll", count - surge)
        } else {
            format!("{count} pods")
        })
        .of(load.owner.name.as_str());
    for (class, most) in places {
        if let Some(node) = cast.node(class) {
            let words = if *most == 1 { "takes one on each".to_owned() } else { format!("takes {most} on each") };
            diagnostic = diagnostic.label(node.span, format!("`{class}` {words}"));
        }
    }
    if !load.workload.scale.per_node {
        let mut ways = Vec::new();
        if surge > 0 && count - surge <= total {
            ways.push(
                "a rollout that takes an old pod away first (`surge = 0` and `unavailable = 1` of a `web`)".to_owned(),
            );
        }
        let runs = load.workload.scale.runs;
        if runs > 1 {
            diagnostic = diagnostic.note(format!(
                "up to {runs} runs may be there at once, by its `concurrencyPolicy`, its deadline and its schedule"
            ));
            if count <= total * runs {
                ways.push("runs that do not overlap (`concurrencyPolicy: Forbid`)".to_owned());
            }
        }
        if total - surge >= 1 && runs == 1 && !is_helped {
            let most = total - surge;
            ways.push(format!("at most {most} {}", if most == 1 { "replica" } else { "replicas" }));
        }
        if let Some(best) = places.iter().map(|(_, most)| *most).max().filter(|best| *best > 0 && !is_helped) {
            let more = ceil_div(count - total, best);
            ways.push(if more == 1 { "one more node".to_owned() } else { format!("{more} more nodes") });
        }
        if load.workload.separations.iter().any(|one| one.max_skew.is_none()) {
            ways.push("a preferred instead of the required anti-affinity".to_owned());
        }
        diagnostic = match ways.as_slice() {
            [] if is_helped => diagnostic,
            [] => diagnostic.help("smaller pods or larger nodes"),
            [only] if is_helped => diagnostic.help(format!("or {only}")),
            [only] => diagnostic.help(format!("not proved to be enough: {only}")),
            ways if is_helped => diagnostic.help(format!("or {}", ways.join(", or "))),
            ways => diagnostic.help(format!(
                "each of these lines gives these pods a place, and is not proved to be enough:\n{}",
                ways.join("\n")
            )),
        };
    }
    diagnostic
}

/// Where the request of a resource is written, or the workload itself.
pub(super) fn request_span(load: &Load, resource: &str) -> Span {
    let index = match resource {
        "cpu" => Some(ContainerResource::Cpu),
        "memory" => Some(ContainerResource::Memory),
        "ephemeral-storage" => Some(ContainerResource::EphemeralStorage),
        _ => None,
    };
    let span = index.map_or(Span::NONE, |index| load.workload.resources.request_spans[index as usize]);
    if span.is_none() { load.workload.span } else { span }
}

fn container_span(load: &Load, container: &str) -> Span {
    let found = load.workload.resources.containers.iter().find(|one| one.name == container);
    found.map(|one| one.span).filter(|span| !span.is_none()).unwrap_or(load.workload.span)
}
