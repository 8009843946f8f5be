//! Why it is open what a pod asks for, in words, with what to type.

use super::obstacle::{Obstacle, Stuck};
use crate::objects::injection::{INJECTS, Injector, Unknown};
use crate::objects::pod::Doubt;
use crate::objects::vertical::Unbounded;

/// Of a type, what keeps its states undecided.
pub(super) fn stuck(name: &str, doubt: &Doubt) -> Stuck {
    match doubt {
        Doubt::PodLevel => {
            let fact = "states resources of the pod as a whole, which count from Kubernetes 1.34 on";
            Stuck::from(format!("`{name}` {fact}")).with_hint("declare `kubernetes` on the hardware")
        }
        Doubt::Sidecar => {
            let has = "has an init container with `restartPolicy: Always`";
            let fact = format!("`{name}` {has}, and such sidecars exist from Kubernetes 1.29 on");
            Stuck::new(Obstacle::NoSidecars, fact)
        }
        Doubt::Injection { injector, why } => injection(name, *injector, why),
        Doubt::Vertical { autoscaler, why } => vertical(name, autoscaler, why),
    }
}

fn injection(name: &str, injector: Injector, why: &Unknown) -> Stuck {
    let (title, key) = (injector.title(), injector.key());
    match why {
        Unknown::Described(0) => {
            let fact = format!("{title} adds containers to the pods of `{name}`, and no footprint says which");
            Stuck::new(Obstacle::Injection(injector), fact).with_hint(format!(
                "write a `footprint \"v1\" PodTemplate` with them and the annotation `{INJECTS}: {key}`"
            ))
        }
        Unknown::Described(number) => {
            let fact = format!("{title} adds containers to the pods of `{name}`, and {number} footprints say which");
            Stuck::from(fact).with_hint(format!("keep one `PodTemplate` with the annotation `{INJECTS}: {key}`"))
        }
        Unknown::Overridden(annotation) => {
            let fact = format!("the annotation `{annotation}` changes what {title} adds to the pods of `{name}`");
            Stuck::from(fact).with_hint(format!(
                "leave it out, and size the containers for all pods alike in the `PodTemplate` with the annotation `{INJECTS}: {key}`"
            ))
        }
        Unknown::Contradicted => Stuck::from(format!(
            "the label and the annotation `sidecar.istio.io/inject` of the pods of `{name}` contradict each other"
        ))
        .with_hint("keep the label"),
    }
}

fn vertical(name: &str, autoscaler: &str, why: &Unbounded) -> Stuck {
    let policy = |container: &str| format!("`resourcePolicy.containerPolicies[containerName={container}]");
    let (fact, hint) = match why {
        Unbounded::Request { container, resource } => (
            format!(
                "nothing bounds how much {resource} `{autoscaler}` lets the container `{container}` of `{name}` request"
            ),
            format!(
                "set {}.maxAllowed.{resource}` of its spec, or `updatePolicy.updateMode` to `\"Off\"`",
                policy(container)
            ),
        ),
        Unbounded::Factor { container, resource } => (
            format!(
                "`{autoscaler}` lets the limit of {resource} of the container `{container}` of `{name}` grow as its request does, \
                 which is 0"
            ),
            format!("set a request of {resource}, or {}.controlledValues` to `RequestsOnly`", policy(container)),
        ),
        Unbounded::Policies { container } => (
            format!("`{autoscaler}` has two policies for the container `{container}` of `{name}`"),
            "keep one item of `resourcePolicy.containerPolicies` for it".to_owned(),
        ),
        Unbounded::Contested { other } => (
            format!("`{autoscaler}` and `{other}` both change the requests of `{name}`"),
            "keep one of them".to_owned(),
        ),
        Unbounded::Operated { owner } => (
            format!(
                "`{autoscaler}` changes requests of what `{owner}` makes, such as `{name}`, and nobody knows of which containers"
            ),
            format!("set its `updatePolicy.updateMode` to `\"Off\"`, and size the pods in `{owner}`"),
        ),
    };
    Stuck::from(fact).with_hint(hint)
}
