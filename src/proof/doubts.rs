//! Why it is open what a pod asks for, in words, with what to type.

use crate::objects::injection::{INJECTS, Injector, Unknown};
use crate::objects::pod::Doubt;
use crate::objects::vertical::Unbounded;

/// Of a type, the reason of an undecided state.
pub(super) fn words(name: &str, doubt: &Doubt) -> String {
    match doubt {
        Doubt::PodLevel => format!(
            "`{name}` states resources of the pod as a whole, which count from Kubernetes 1.34 on; declare `kubernetes` on the hardware"
        ),
        Doubt::Sidecar => format!(
            "`{name}` has an init container with `restartPolicy: Always`, and such sidecars exist from Kubernetes 1.29 on"
        ),
        Doubt::Injection { injector, why } => injection(name, *injector, why),
        Doubt::Vertical { autoscaler, why } => vertical(name, autoscaler, why),
    }
}

fn injection(name: &str, injector: Injector, why: &Unknown) -> String {
    let (title, key) = (injector.title(), injector.key());
    match why {
        Unknown::Described(0) => format!(
            "{title} adds containers to the pods of `{name}`, and no footprint says which; write a `footprint \"v1\" PodTemplate` \
             with them and the annotation `{INJECTS}: {key}`"
        ),
        Unknown::Described(number) => format!(
            "{title} adds containers to the pods of `{name}`, and {number} footprints say which; keep one `PodTemplate` with the \
             annotation `{INJECTS}: {key}`"
        ),
        Unknown::Overridden(annotation) => format!(
            "the annotation `{annotation}` changes what {title} adds to the pods of `{name}`; leave it out, and size the containers \
             for all pods alike in the `PodTemplate` with the annotation `{INJECTS}: {key}`"
        ),
        Unknown::Contradicted => format!(
            "the label and the annotation `sidecar.istio.io/inject` of the pods of `{name}` contradict each other; keep the label"
        ),
    }
}

fn vertical(name: &str, autoscaler: &str, why: &Unbounded) -> String {
    match why {
        Unbounded::Request { container, resource } => format!(
            "nothing bounds how much {resource} `{autoscaler}` lets the container `{container}` of `{name}` request; set \
             `resourcePolicy.containerPolicies[containerName={container}].maxAllowed.{resource}` of its spec, or \
             `updatePolicy.updateMode` to `\"Off\"`"
        ),
        Unbounded::Factor { container, resource } => format!(
            "`{autoscaler}` lets the limit of {resource} of the container `{container}` of `{name}` grow as its request does, \
             which is 0; set a request of {resource}, or \
             `resourcePolicy.containerPolicies[containerName={container}].controlledValues` to `RequestsOnly`"
        ),
        Unbounded::Policies { container } => format!(
            "`{autoscaler}` has two policies for the container `{container}` of `{name}`; keep one item of \
             `resourcePolicy.containerPolicies` for it"
        ),
        Unbounded::Contested { other } => {
            format!("`{autoscaler}` and `{other}` both change the requests of `{name}`; keep one of them")
        }
        Unbounded::Operated { owner } => format!(
            "`{autoscaler}` changes requests of what `{owner}` makes, such as `{name}`, and nobody knows of which containers; set \
             its `updatePolicy.updateMode` to `\"Off\"`, and size the pods in `{owner}`"
        ),
    }
}
