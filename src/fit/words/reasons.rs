//! Reasons as sentences: what is the case, and behind it what helps where the fact itself knows it.

use super::{amount, amount_of};
use crate::fit::evidence::Gone;
use crate::fit::evidence::reason::{Bound, Reason, Strange, Unsaid};
use crate::fit::{Dialect, Names};
use crate::objects::injection::{INJECTS, Injector, Unknown};
use crate::objects::node_labels::{ZONE, field_of};
use crate::objects::pod::Doubt;
use crate::objects::quantity::bytes_text;
use crate::objects::vertical::Unbounded;

/// Why a state is what it is, with what helps.
#[must_use]
pub fn reason(reason: &Reason, names: &Names) -> String {
    match reason {
        Reason::NotGuaranteed { .. } => format!("not guaranteed, because {}", lacking(reason, names)),
        _ => lacking(reason, names),
    }
}

/// The same behind words that already say that a guarantee is lacking.
#[must_use]
pub fn lacking(reason: &Reason, names: &Names) -> String {
    match reason {
        Reason::NotGuaranteed { because, with_priorities } => {
            format!("{}{}", lacking(because, names), priorities(*with_priorities))
        }
        Reason::Exhausted { because } => format!(
            "every placement was tried and none holds all pods, but no sum, count or weight shows it; {}",
            lacking(because, names)
        ),
        Reason::NotFound { because, with_priorities } => format!(
            "no placement was found and none was ruled out; {}{}",
            lacking(because, names),
            priorities(*with_priorities)
        ),
        Reason::When { gone, because } => format!("{}, {}", when(gone), lacking(because, names)),
        _ => match hint(reason, names) {
            Some(hint) => format!("{}; {hint}", fact(reason, names)),
            None => fact(reason, names),
        },
    }
}

fn priorities(would_do: bool) -> &'static str {
    if would_do {
        "; it would be guaranteed with priorities: what has one node, a volume or runs on each node above what is spread, \
         that above what floats, and jobs below all"
    } else {
        ""
    }
}

fn when(gone: &Gone) -> String {
    match gone {
        Gone::Class(class) => format!("when a node of `{class}` is gone"),
        Gone::Zone(zone) => format!("when the zone `{zone}` is gone"),
    }
}

/// Reasons in their order, what is the same of several workloads once for all of them.
#[must_use]
pub fn together(reasons: &[Reason], names: &Names) -> Vec<String> {
    let mut found: Vec<(&Reason, Vec<String>)> = Vec::new();
    for one in reasons {
        let label = one.workload().map(|workload| names.label(workload));
        match found.iter_mut().find(|(other, _)| is_same_of_another(other, one)) {
            Some((_, labels)) => labels.extend(label),
            None => found.push((one, label.into_iter().collect())),
        }
    }
    let say = |(reason, labels): (&Reason, Vec<String>)| {
        let fact = fact_of(reason, &crate::diag::list(&labels), names);
        hint(reason, names).map_or(fact.clone(), |hint| format!("{fact}; {hint}"))
    };
    found.into_iter().map(say).collect()
}

/// Whether two reasons say the same of two workloads, in words that bear several names.
fn is_same_of_another(one: &Reason, other: &Reason) -> bool {
    match (one, other) {
        (Reason::PilesUp { .. }, Reason::PilesUp { .. }) => true,
        (Reason::Doubtful { doubt, .. }, Reason::Doubtful { doubt: same, .. }) => {
            doubt == same && matches!(doubt, Doubt::Injection { .. })
        }
        _ => false,
    }
}

/// What is the case, without what helps.
#[must_use]
pub fn fact(reason: &Reason, names: &Names) -> String {
    let workload = reason.workload().map(|workload| names.label(workload));
    fact_of(reason, &workload.unwrap_or_default(), names)
}

/// The same of a workload, or of several, under these names.
fn fact_of(reason: &Reason, workload: &str, names: &Names) -> String {
    match reason {
        Reason::NotGuaranteed { .. } | Reason::Exhausted { .. } | Reason::NotFound { .. } => lacking(reason, names),
        Reason::When { gone, because } => format!("{}, {}", when(gone), fact_of(because, workload, names)),
        Reason::NoHardware => "no hardware is declared".to_owned(),
        Reason::LeftOut { instance: Some(instance) } => format!("`{instance}` has an error and is left out"),
        Reason::LeftOut { instance: None } => "something that an error hides is left out".to_owned(),
        Reason::Unaccounted { object } => format!("nothing says which pods {} makes", names.label(object)),
        Reason::MakesOthers { object, what } => {
            format!("{} makes pods that no object shows: {what}", names.label(object))
        }
        Reason::Twice { object } => format!("{} exists twice on the same nodes", names.label(object)),
        Reason::ContestedDefaults { namespace } => format!(
            "limit ranges of the namespace `{}` give containers different defaults",
            namespace.as_deref().unwrap_or("default")
        ),
        Reason::SameHost { host } => format!("two nodes have the label `kubernetes.io/hostname: {host}`"),
        Reason::SameNode { name } => format!("two nodes have the name `{name}`"),
        Reason::ContestedReplicas { target } => format!("two autoscalers move the replicas of `{target}`"),
        Reason::OperatedReplicas { owner } => {
            format!("an autoscaler scales `{owner}`, of which a footprint says the pods")
        }
        Reason::NoMaximum { autoscaler } => format!("the autoscaler `{autoscaler}` has no maximum"),
        Reason::Doubtful { doubt, .. } => doubtful(doubt, workload),
        Reason::PilesUp { .. } => format!("runs of {workload} may pile up without bound"),
        Reason::NotUnderstood { what, .. } => {
            format!("{workload} has {}, which this version does not account for", strange(what))
        }
        Reason::MissingPriorityClass { class, .. } => {
            format!("{workload} names the priority class `{class}`, which nothing declares")
        }
        Reason::TornClaim { claim } => {
            format!("the claim {} is mounted by workloads that may not go to the same nodes", names.label(claim))
        }
        Reason::NoNode { .. } => format!("no node takes {workload}"),
        Reason::UnknownNodes { node, unsaid, .. } => match unsaid {
            Unsaid::Label(label) => {
                format!("nobody says whether {workload} may go to `{node}`: the label `{label}` is not declared")
            }
            Unsaid::Time => {
                format!("nobody says whether {workload} may stay on `{node}`: it tolerates a taint for some time only")
            }
            Unsaid::Operator(operator) => format!(
                "nobody says whether {workload} may go to `{node}`: it compares a taint by `{operator}`, which not every \
                 cluster knows"
            ),
        },
        Reason::UnknownZone { node } => {
            format!("nobody says in which zone `{node}` is: the label `{ZONE}` is not declared")
        }
        Reason::Bound { bound, .. } => format!("of {workload}, {}", bounded(*bound)),
        Reason::Crowded { class, resource, sum, allocatable, .. } => format!(
            "the constraints let pods onto one node of `{class}` that ask for {} together, and it has {}",
            amount_of(resource, *sum),
            amount(resource, *allocatable)
        ),
        Reason::PoolTooSmall { class, resource, asked, allocatable, .. } => format!(
            "an empty node of the pool `{class}` does not take {workload} beside what is on each node: {} of {resource} are \
             asked of {}",
            amount(resource, *asked),
            amount(resource, *allocatable)
        ),
        Reason::NotSearched { .. } => format!("{workload} has constraints that no placement is looked for under"),
        Reason::OneNode => "there is one node, and nothing is left without it".to_owned(),
        Reason::TooManyClasses => "pods tell apart too many classes of nodes".to_owned(),
        Reason::LostVolumes { lost, number, needed, .. } => {
            format!("{workload} may lose {lost} of {number} pods with their volumes, and {needed} must stay")
        }
        Reason::NoOtherNode { .. } => format!("nothing else takes {workload}"),
        Reason::Clings { .. } => format!("nothing drives the pods of {workload} from a node that is gone"),
        Reason::HomelessClaim { claim } => format!("no node takes the pods with the claim {}", names.label(claim)),
        Reason::NoDisk { claim, class, storage_class } => format!(
            "pods with the claim {} may go to `{class}`, which has no disk of the class `{storage_class}`",
            names.label(claim)
        ),
        Reason::CrowdedDisk { class, disk, sum, usable } => format!(
            "claims of {} may come to lie on `{disk}` of one node of `{class}`, which has {} for them",
            bytes_text(*sum),
            bytes_text(*usable)
        ),
        Reason::CrowdedAttachments { class, attached, limit } => {
            format!("{attached} network volumes may come to one node of `{class}`, and it attaches {limit}")
        }
        Reason::ScopedQuota { quota } => format!("the quota `{quota}` counts only some pods"),
        Reason::OpenCount { quota, key, maker } => {
            format!("the quota `{quota}` counts `{key}`, and what is behind `{maker}` may make more of them")
        }
        Reason::StrangeQuotaKey { quota, key } => format!("the quota `{quota}` counts `{key}`"),
        Reason::BadQuotaAmount { quota, key } => format!("`{key}` of the quota `{quota}` is no quantity"),
        Reason::RatioRange { limit_range } => format!("the limit range `{limit_range}` bounds a ratio"),
        Reason::BadRangeAmount { limit_range, resource } => {
            format!("`{resource}` of the limit range `{limit_range}` is no quantity")
        }
        Reason::StrangeRange { limit_range, resource, kind } => {
            format!("the limit range `{limit_range}` bounds `{resource}` of a {kind}")
        }
        Reason::NoLimit { resource, .. } => format!("a container of {workload} has no limit of {resource}"),
    }
}

fn bounded(bound: Bound) -> &'static str {
    match bound {
        Bound::Company => "it requires other pods beside it",
        Bound::Apart => "its anti-affinity may refuse pods although there is room",
        Bound::HostPort => "another workload uses the same host port",
        Bound::TooManyForEach => "there are more of it than nodes that take one each",
        Bound::Parallel => "its pods come in parallel, and one may take the node of another's volume",
        Bound::SpreadOverPool => "its hard spread counts nodes that come and go",
        Bound::SpreadOutside => "its hard spread counts nodes on which it cannot be",
        Bound::SpreadAgainstVolumes => "its volumes keep its pods where its hard spread may want them no more",
        Bound::Spread => "its hard spread may refuse pods although there is room",
        Bound::OneVolume => "it mounts a claim that binds it to one node",
        Bound::OneZone => "it mounts a claim that binds it to one zone",
        Bound::ContendedVolume => "several pods mount a claim that is attached to one node at a time",
        Bound::VolumesWithoutZone => "its volumes stay in a zone, and a node that it may go to is in none",
        Bound::ExclusiveClaim => "it mounts a claim that one pod at a time may mount, and there are more",
        Bound::BindsEarly => "the storage class of its claims binds them before it has a node",
        Bound::ApartByZone => "its anti-affinity over zones may refuse pods although there is room",
        Bound::WithoutZone => "it keeps to zones, and a node that it may go to is in none",
        Bound::SpreadOverGone => "its hard spread counts what is gone, and its volumes stay where they are",
    }
}

fn strange(what: &Strange) -> String {
    match what {
        Strange::NodeName => "`nodeName`, which goes past the scheduler".to_owned(),
        Strange::Scheduler => "a scheduler of its own".to_owned(),
        Strange::RuntimeClass => "`runtimeClassName`, which may add to its requests".to_owned(),
        Strange::Priority => "`priority`, which only the API server sets".to_owned(),
        Strange::Field(field) => format!("`{field}`"),
        Strange::EmptyTerm => "an empty term in its node affinity".to_owned(),
        Strange::MatchFields => "`matchFields` in its node affinity".to_owned(),
        Strange::Volume(kind) => format!("a volume of the type `{kind}`"),
        Strange::Driver(driver) => {
            format!("an inline volume of the driver `{driver}`, of which nobody knows what it needs")
        }
        Strange::Resource(resource) => format!("the resource `{resource}`"),
        Strange::NullAmount { resource, part } => format!("`{resource}: null` in its {part}"),
        Strange::NullLabel { label, key } => format!("`{label}: null` in its `{key}`"),
        Strange::Claim(field) => format!("a claim with `{field}`"),
        Strange::UnstatedClaim => "a claim that no object states".to_owned(),
    }
}

fn doubtful(doubt: &Doubt, workload: &str) -> String {
    match doubt {
        Doubt::PodLevel => {
            format!("{workload} states resources of the pod as a whole, which count from Kubernetes 1.34 on")
        }
        Doubt::Sidecar => format!(
            "{workload} has an init container with `restartPolicy: Always`, and such sidecars exist from Kubernetes 1.29 on"
        ),
        Doubt::Injection { injector, why } => {
            let title = injector.title();
            match why {
                Unknown::Described(0) => {
                    format!("{title} adds containers to the pods of {workload}, and no footprint says which")
                }
                Unknown::Described(number) => {
                    format!("{title} adds containers to the pods of {workload}, and {number} footprints say which")
                }
                Unknown::Overridden(annotation) => {
                    format!("the annotation `{annotation}` changes what {title} adds to the pods of {workload}")
                }
                Unknown::Contradicted => format!(
                    "the label and the annotation `sidecar.istio.io/inject` of the pods of {workload} contradict each other"
                ),
            }
        }
        Doubt::Vertical { autoscaler, why } => match why {
            Unbounded::Request { container, resource } => format!(
                "nothing bounds how much {resource} `{autoscaler}` lets the container `{container}` of {workload} request"
            ),
            Unbounded::Factor { container, resource } => format!(
                "`{autoscaler}` lets the limit of {resource} of the container `{container}` of {workload} grow as its request \
                 does, which is 0"
            ),
            Unbounded::Policies { container } => {
                format!("`{autoscaler}` has two policies for the container `{container}` of {workload}")
            }
            Unbounded::Contested { other } => {
                format!("`{autoscaler}` and `{other}` both change the requests of {workload}")
            }
            Unbounded::Operated { owner } => format!(
                "`{autoscaler}` changes requests of what `{owner}` makes, such as {workload}, and nobody knows of which \
                 containers"
            ),
        },
    }
}

/// What helps, where the fact itself knows it.
#[must_use]
pub(super) fn hint(reason: &Reason, names: &Names) -> Option<String> {
    let words = match reason {
        Reason::Doubtful { doubt, .. } => return doubt_hint(doubt, names.dialect()),
        Reason::When { because, .. } => return hint(because, names),
        Reason::Unaccounted { .. } => "a footprint would",
        Reason::MakesOthers { .. } => "a footprint of it would say which",
        Reason::ContestedDefaults { .. } => "keep one `LimitRange` that states each of them once",
        Reason::PilesUp { .. } => {
            "set `concurrencyPolicy: Forbid`, or `activeDeadlineSeconds` of its job and a schedule without `@every`"
        }
        Reason::Clings { .. } => "tolerate the taints that you mean, and no others",
        Reason::CrowdedDisk { .. } => "a hard spread or anti-affinity on `kubernetes.io/hostname` keeps them apart",
        Reason::UnknownNodes { unsaid: Unsaid::Label(label), node, .. } => {
            return field_of(label).map(|field| format!("declare it on `{node}`, such as `{field}`"));
        }
        Reason::UnknownNodes { unsaid: Unsaid::Time, .. } => "leave `tolerationSeconds` out, or the toleration",
        Reason::UnknownNodes { unsaid: Unsaid::Operator(_), .. } => "compare it by `Exists` or `Equal`",
        Reason::UnknownZone { node } => {
            return Some(format!("declare `zone` on `{node}`, or `provider = \"none\"` where no cloud states one"));
        }
        Reason::NoHardware
        | Reason::LeftOut { .. }
        | Reason::Twice { .. }
        | Reason::SameHost { .. }
        | Reason::SameNode { .. }
        | Reason::ContestedReplicas { .. }
        | Reason::OperatedReplicas { .. }
        | Reason::NoMaximum { .. }
        | Reason::NotUnderstood { .. }
        | Reason::MissingPriorityClass { .. }
        | Reason::TornClaim { .. }
        | Reason::NoNode { .. }
        | Reason::Bound { .. }
        | Reason::Crowded { .. }
        | Reason::PoolTooSmall { .. }
        | Reason::NotSearched { .. }
        | Reason::NotGuaranteed { .. }
        | Reason::Exhausted { .. }
        | Reason::NotFound { .. }
        | Reason::OneNode
        | Reason::TooManyClasses
        | Reason::LostVolumes { .. }
        | Reason::NoOtherNode { .. }
        | Reason::HomelessClaim { .. }
        | Reason::NoDisk { .. }
        | Reason::CrowdedAttachments { .. }
        | Reason::ScopedQuota { .. }
        | Reason::OpenCount { .. }
        | Reason::StrangeQuotaKey { .. }
        | Reason::BadQuotaAmount { .. }
        | Reason::RatioRange { .. }
        | Reason::BadRangeAmount { .. }
        | Reason::StrangeRange { .. }
        | Reason::NoLimit { .. } => return None,
    };
    Some(words.to_owned())
}

fn doubt_hint(doubt: &Doubt, dialect: Dialect) -> Option<String> {
    let policy = |container: &str| format!("`resourcePolicy.containerPolicies[containerName={container}]");
    Some(match doubt {
        Doubt::PodLevel => "declare `kubernetes` on the hardware".to_owned(),
        Doubt::Sidecar => return None,
        Doubt::Injection { injector, why } => injection_hint(*injector, why, dialect),
        Doubt::Vertical { why, .. } => match why {
            Unbounded::Request { container, resource } => format!(
                "set {}.maxAllowed.{resource}` of its spec, or `updatePolicy.updateMode` to `\"Off\"`",
                policy(container)
            ),
            Unbounded::Factor { container, resource } => {
                format!("set a request of {resource}, or {}.controlledValues` to `RequestsOnly`", policy(container))
            }
            Unbounded::Policies { .. } => "keep one item of `resourcePolicy.containerPolicies` for it".to_owned(),
            Unbounded::Contested { .. } => "keep one of them".to_owned(),
            Unbounded::Operated { owner } => {
                format!("set its `updatePolicy.updateMode` to `\"Off\"`, and size the pods in `{owner}`")
            }
        },
    })
}

fn injection_hint(injector: Injector, why: &Unknown, dialect: Dialect) -> String {
    let key = injector.key();
    let template = match dialect {
        Dialect::Source => "`footprint \"v1\" PodTemplate`",
        Dialect::Manifests => "`PodTemplate` of `v1`",
    };
    match why {
        Unknown::Described(0) => format!("write a {template} with them and the annotation `{INJECTS}: {key}`"),
        Unknown::Described(_) => format!("keep one `PodTemplate` with the annotation `{INJECTS}: {key}`"),
        Unknown::Overridden(_) => format!(
            "leave it out, and size the containers for all pods alike in the `PodTemplate` with the annotation `{INJECTS}: {key}`"
        ),
        Unknown::Contradicted => "keep the label".to_owned(),
    }
}
