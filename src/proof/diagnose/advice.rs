//! What would decide an open state: each kind of obstacle, and what to type about it.

use crate::objects::injection::Injector;
use crate::proof::{Obstacle, StateProof};

/// What turns a placement into a guarantee.
const GUARANTEE: &str = "smaller requests, fewer replicas or more room on each node, a hard spread of what has \
                                    several replicas, or a PriorityClass for what must come first can make it guaranteed";

/// The same beside changes of numbers that were proved to do it.
pub(super) const GUARANTEE_BESIDE_NUMBERS: &str =
    "or a hard spread of what has several replicas, or a PriorityClass for what must come first";

/// Where numbers help, beside changes of numbers that were proved to do it.
const BESIDE_NUMBERS: &str = "or a hard spread (`spread = \"hard\"`) of what has several replicas";

/// A hard spread over a pool.
const SPREAD_OVER_POOL: &str = "keep it off the pool (a taint on its nodes, or a node selector), spread it softly (`spread = \"soft\"`), or give the pool a \
     fixed `count`";

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

const OTHERWISE: &str = "a hard spread, fewer replicas, smaller requests or another node may decide it; `docs/proof.md` says what is understood";

/// What is known to help against an obstacle.
fn known(obstacle: Obstacle) -> Option<&'static str> {
    Some(match obstacle {
        Obstacle::Other | Obstacle::LimitRange | Obstacle::UnknownLabel => return None,
        Obstacle::Unaccounted => NO_PODS,
        Obstacle::Twice => {
            "give one of them another name or namespace, or write `exclusive = true` in an environment that never runs beside the other"
        }
        Obstacle::NoSidecars => "declare a newer `kubernetes` on the hardware, or leave the sidecar out",
        Obstacle::Injection(Injector::Istio) => injected!("istio", "istio-proxy"),
        Obstacle::Injection(Injector::Linkerd) => injected!("linkerd", "linkerd-proxy"),
        Obstacle::Injection(Injector::Vault) => injected!("vault", "vault-agent"),
        Obstacle::NoMaximum => "give the replicas an upper end, such as `replicas = 2..5`",
        Obstacle::PilesUp => {
            "set `concurrencyPolicy: Forbid` (`concurrency = \"Forbid\"` in a `cron`), or bound how long a run may take by \
             `jobTemplate.spec.activeDeadlineSeconds`, with a schedule of five fields: then as many are counted as may overlap"
        }
        Obstacle::NotUnderstood => "leave it out of the template; `docs/proof.md` lists what is understood",
        Obstacle::NoOtherNode => {
            "another node that takes it: one more of this kind, or labels and tolerations that admit another"
        }
        Obstacle::Budget => "let one pod go at a time (`max-unavailable = 1`), with one replica more than must stay",
        Obstacle::LostVolumes => {
            "more replicas over more nodes, a hard spread (`spread = \"hard\"`), or a budget that keeps fewer"
        }
        Obstacle::Crowded(_) => {
            "more room on each node, another node, smaller requests, or a hard spread (`spread = \"hard\"`)"
        }
        Obstacle::CrowdedDisk => {
            "a hard spread (`spread = \"hard\"`) or a required anti-affinity on `kubernetes.io/hostname` keeps claims apart"
        }
        Obstacle::NoDisk => "keep its pods off these nodes (a node selector), or give them such a disk",
        Obstacle::Quota => "a quota without scopes, over requests, limits, pods and storage",
        Obstacle::Company => {
            "prefer their company (`preferredDuringSchedulingIgnoredDuringExecution`) instead of requiring it"
        }
        Obstacle::Apart => {
            "make it plain: required anti-affinity on `kubernetes.io/hostname` against its own pods only, everything else preferred"
        }
        Obstacle::HostPort => {
            "give each workload with host ports its own, or keep them on different nodes by a node selector"
        }
        Obstacle::TooManyForEach => "fewer replicas, or another node",
        Obstacle::Parallel => "set `podManagementPolicy: OrderedReady`",
        Obstacle::Spread => {
            "make it plain: one constraint on `kubernetes.io/hostname` with `maxSkew: 1` and `nodeTaintsPolicy: Honor`, over its own pods only"
        }
        Obstacle::OneVolume => {
            "a claim for each pod (a StatefulSet's `volumeClaimTemplates`), or a node selector for one node"
        }
        Obstacle::SpreadOverPool => SPREAD_OVER_POOL,
        Obstacle::Placement => {
            "smaller requests, fewer replicas, a hard spread (`spread = \"hard\"`), larger nodes or another one"
        }
    })
}

/// What would decide a state.
pub(super) fn of(state: &StateProof) -> &str {
    known(state.obstacle).or(state.hint.as_deref()).unwrap_or(OTHERWISE)
}

/// What turns a placement into a guarantee. Room is no help to a spread over nodes that come and go.
pub(super) fn guarantee(obstacle: Obstacle) -> &'static str {
    if obstacle == Obstacle::SpreadOverPool { SPREAD_OVER_POOL } else { GUARANTEE }
}

/// The same beside changes of numbers that were proved to decide it: no numbers again.
pub(super) fn beside_numbers(state: &StateProof) -> String {
    let is_about_numbers = match state.obstacle {
        Obstacle::Crowded(_) | Obstacle::Placement => true,
        Obstacle::Other | Obstacle::LimitRange => state.hint.is_none(),
        _ => false,
    };
    if is_about_numbers { BESIDE_NUMBERS.to_owned() } else { format!("or {}", of(state)) }
}
