//! What would decide an open state: each reason, and what to type about it.

use super::reasons::hint;
use crate::fit::evidence::Gone;
use crate::fit::evidence::reason::{Bound, Reason};
use crate::fit::{Dialect, Names, StateProof, Verdict};
use crate::objects::check::declare_priority_class;
use crate::objects::injection::{Injector, Unknown};
use crate::objects::pod::Doubt;

/// How to say that a controller makes no pods, to be pasted.
const NO_PODS: &str = "say what its controller makes, in the kind, right behind this emission: a `footprint` with its pods, or, when it makes \
                       none, one of an object that needs no room and is never applied:\n\
                       footprint \"v1\" ConfigMap {\n  metadata.name = \"${name}-makes-no-pods\"\n}";

/// How to say what an injector adds, to be pasted.
macro_rules! injected {
    ($key:literal, $container:literal) => {
        concat!(
            "say once what it adds, in the component that emits it, and size it as it is configured:\n\
             footprint \"v1\" PodTemplate {\n  metadata.annotations.\"vauban.dev/injects\" = \"",
            $key,
            "\"\n  template.spec.containers.",
            $container,
            " {\n    resources { requests { cpu = 100m, memory = 128Mi }, limits { memory = 128Mi } }\n  }\n}"
        )
    };
}

/// How to say what a workload makes beside its own pods.
const MAKES_OTHERS: &str = "say what it makes right behind its emission, sized as it is configured: a `footprint` for each kind of pod, such as \
                            `footprint \"apps/v1\" DaemonSet { … }`, with its requests";

/// Where a placement is missing.
const PLACEMENT: &str = "smaller requests, fewer replicas, larger nodes or another one";

const OTHERWISE: &str =
    "fewer replicas, smaller requests or another node may decide it; `docs/proof.md` says what is understood";

/// What is asked for in each dialect.
struct Typed {
    hard: &'static str,
    soft: &'static str,
}

fn typed(dialect: Dialect) -> Typed {
    match dialect {
        Dialect::Source => Typed { hard: "`spread = \"hard\"`", soft: "`spread = \"soft\"`" },
        Dialect::Manifests => Typed {
            hard: "`topologySpreadConstraints` on `kubernetes.io/hostname` with `whenUnsatisfiable: DoNotSchedule`",
            soft: "`whenUnsatisfiable: ScheduleAnyway`",
        },
    }
}

/// A hard spread over a pool.
fn spread_over_pool(dialect: Dialect) -> String {
    format!(
        "keep it off the pool (a taint on its nodes, or a node selector), spread it softly ({}), or give the pool a fixed \
         `count`",
        typed(dialect).soft
    )
}

/// What is known to help against a reason.
fn known(reason: &Reason, names: &Names) -> Option<String> {
    let typed = typed(names.dialect());
    let words = match reason {
        // What was tried in vain is about numbers where its own reason has no better answer.
        Reason::Exhausted { because } | Reason::NotFound { because, .. } => {
            return known(because, names).or_else(|| Some(PLACEMENT.to_owned()));
        }
        // What takes it is in the zone that is gone, however many nodes that are.
        Reason::When { gone: Gone::Zone(_), because } if matches!(**because, Reason::NoOtherNode { .. }) => {
            "a node in another zone that takes it, or labels and tolerations that admit one there"
        }
        Reason::NotGuaranteed { because, .. } | Reason::When { because, .. } => return known(because, names),
        Reason::NotSearched { .. } => PLACEMENT,
        Reason::Unaccounted { .. } => NO_PODS,
        Reason::MakesOthers { .. } => MAKES_OTHERS,
        Reason::Twice { .. } => {
            "give one of them another name or namespace, or write `exclusive = true` in an environment that never runs beside the other"
        }
        Reason::Doubtful { doubt: Doubt::Sidecar, .. } => {
            "declare a newer `kubernetes` on the hardware, or leave the sidecar out"
        }
        Reason::Doubtful { doubt: Doubt::Injection { injector, why: Unknown::Described(0) }, .. } => match injector {
            Injector::Istio => injected!("istio", "istio-proxy"),
            Injector::Linkerd => injected!("linkerd", "linkerd-proxy"),
            Injector::Vault => injected!("vault", "vault-agent"),
        },
        Reason::NoMaximum { .. } => "give the replicas an upper end, such as `replicas = 2..5`",
        Reason::PilesUp { .. } => {
            "set `concurrencyPolicy: Forbid` (`concurrency = \"Forbid\"` in a `cron`), or bound how long a run may take by \
             `jobTemplate.spec.activeDeadlineSeconds`, with a schedule of five fields: then as many are counted as may overlap"
        }
        Reason::NotUnderstood { .. } => "leave it out of the template; `docs/proof.md` lists what is understood",
        Reason::MissingPriorityClass { class, .. } => return Some(declare(class, names.dialect())),
        Reason::NoOtherNode { .. } => {
            "another node that takes it: one more of this kind, or labels and tolerations that admit another"
        }
        Reason::LostVolumes { unspread, .. } => {
            let spread = or_spread(unspread.as_ref(), names);
            return Some(format!("more replicas over more nodes, a budget that keeps fewer{spread}"));
        }
        Reason::Crowded { unspread, .. } => {
            let spread = or_spread(unspread.as_ref(), names);
            return Some(format!("more room on each node, another node or smaller requests{spread}"));
        }
        Reason::CrowdedDisk { .. } => {
            return Some(format!(
                "a hard spread ({}) or a required anti-affinity on `kubernetes.io/hostname` keeps claims apart",
                typed.hard
            ));
        }
        Reason::CrowdedAttachments { .. } => {
            "spread the pods with claims over more nodes, or ask for larger ones: a node attaches so many volumes, however small"
        }
        Reason::NoDisk { .. } => "keep its pods off these nodes (a node selector), or give them such a disk",
        Reason::OpenCount { .. } => "leave this key out of the quota: nobody states how many operators make",
        Reason::ScopedQuota { .. } | Reason::StrangeQuotaKey { .. } | Reason::BadQuotaAmount { .. } => {
            "a quota without scopes, over requests, limits, pods and storage"
        }
        Reason::Bound { bound, .. } => return bounded(*bound, names.dialect()),
        Reason::NoHardware
        | Reason::LeftOut { .. }
        | Reason::ContestedDefaults { .. }
        | Reason::SameHost { .. }
        | Reason::SameNode { .. }
        | Reason::ContestedReplicas { .. }
        | Reason::OperatedReplicas { .. }
        | Reason::Doubtful { .. }
        | Reason::TornClaim { .. }
        | Reason::NoNode { .. }
        | Reason::UnknownNodes { .. }
        | Reason::UnknownZone { .. }
        | Reason::PoolTooSmall { .. }
        | Reason::OneNode
        | Reason::TooManyClasses
        | Reason::Clings { .. }
        | Reason::HomelessClaim { .. }
        | Reason::RatioRange { .. }
        | Reason::BadRangeAmount { .. }
        | Reason::StrangeRange { .. }
        | Reason::NoLimit { .. } => return None,
    };
    Some(words.to_owned())
}

/// A hard spread of a workload that has none; of what is spread already nobody is told to spread it.
fn spread(workload: Option<&String>, names: &Names) -> Option<String> {
    let hard = typed(names.dialect()).hard;
    workload.map(|workload| format!("a hard spread of {} ({hard})", names.label(workload)))
}

/// The same behind other ways.
fn or_spread(workload: Option<&String>, names: &Names) -> String {
    spread(workload, names).map(|spread| format!(", or {spread}")).unwrap_or_default()
}

/// The workload of a reason that nothing keeps apart.
fn unspread(reason: Option<&Reason>) -> Option<&String> {
    match reason?.root() {
        Reason::Crowded { unspread, .. } => unspread.as_ref(),
        _ => None,
    }
}

/// How to declare a priority class, to be pasted.
fn declare(class: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Source => declare_priority_class(class),
        Dialect::Manifests => format!(
            "add a `PriorityClass` of `scheduling.k8s.io/v1` with the name `{class}` and its `value` to the manifests, or name one \
             that exists"
        ),
    }
}

fn bounded(bound: Bound, dialect: Dialect) -> Option<String> {
    let words = match bound {
        Bound::Company => {
            "prefer their company (`preferredDuringSchedulingIgnoredDuringExecution`) instead of requiring it"
        }
        Bound::Apart => {
            "make it plain: required anti-affinity on `kubernetes.io/hostname` against its own pods only, everything else preferred"
        }
        Bound::HostPort => {
            "give each workload with host ports its own, or keep them on different nodes by a node selector"
        }
        Bound::TooManyForEach => "fewer replicas, or another node",
        Bound::Parallel if dialect == Dialect::Source => {
            "let its pods come one after the other (`ordered = true`, which is `podManagementPolicy: OrderedReady`)"
        }
        Bound::Parallel => "set `podManagementPolicy: OrderedReady`",
        Bound::Spread => {
            "make it plain: one constraint on `kubernetes.io/hostname` with `maxSkew: 1` and `nodeTaintsPolicy: Honor`, over its own pods only"
        }
        Bound::WithoutZone | Bound::VolumesWithoutZone => {
            "give every node that it may go to a zone (the label `topology.kubernetes.io/zone`)"
        }
        Bound::SpreadOverGone => {
            "set `nodeTaintsPolicy: Honor` in its hard spread, which leaves out nodes that are gone"
        }
        Bound::OneVolume | Bound::OneZone | Bound::ContendedVolume => {
            "a claim for each pod (a StatefulSet's `volumeClaimTemplates`), or a node selector for one node"
        }
        Bound::ExclusiveClaim => "one replica with `strategy.type: Recreate`, or a claim with `ReadWriteOnce`",
        Bound::SpreadOverPool => return Some(spread_over_pool(dialect)),
        Bound::SpreadOutside | Bound::SpreadAgainstVolumes | Bound::BindsEarly | Bound::ApartByZone => {
            return None;
        }
    };
    Some(words.to_owned())
}

/// What may give a state what is demanded of it where its verdict is open, or only possible.
#[must_use]
pub fn advice(state: &StateProof, names: &Names) -> Option<String> {
    match state.verdict {
        Verdict::Possible => Some(guarantee(state.reason.as_ref(), names)),
        Verdict::Undecided => Some(of(state.reason.as_ref(), names)),
        Verdict::Guaranteed | Verdict::DoesNotFit | Verdict::Empty => None,
    }
}

/// What may decide a state.
pub(crate) fn of(reason: Option<&Reason>, names: &Names) -> String {
    let known = reason.and_then(|reason| known(reason, names).or_else(|| hint(reason, names)));
    known.unwrap_or_else(|| OTHERWISE.to_owned())
}

/// What may turn a placement into a guarantee. Room is no help to a spread over nodes that come and go.
pub(crate) fn guarantee(reason: Option<&Reason>, names: &Names) -> String {
    match reason.map(Reason::root) {
        Some(Reason::Bound { bound: Bound::SpreadOverPool, .. }) => spread_over_pool(names.dialect()),
        _ => format!(
            "smaller requests, fewer replicas or more room on each node{}, or a PriorityClass for what must come first can make it \
             guaranteed",
            or_spread(unspread(reason), names)
        ),
    }
}

/// The same beside changes of numbers that were proved to do it.
pub(crate) fn guarantee_beside_numbers(reason: Option<&Reason>, names: &Names) -> String {
    let spread = or_spread(unspread(reason), names);
    format!("not tried: a PriorityClass for what must come first{spread}")
}

/// The same beside changes of numbers that were proved to decide it; none where there is nothing but numbers.
pub(crate) fn beside_numbers(reason: Option<&Reason>, names: &Names) -> Option<String> {
    let root = reason?.root();
    match root {
        Reason::Crowded { unspread, .. } => spread(unspread.as_ref(), names).map(|spread| format!("or {spread}")),
        Reason::NotSearched { .. } => None,
        root => known(root, names).or_else(|| hint(root, names)).map(|words| format!("or {words}")),
    }
}
