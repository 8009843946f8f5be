//! Fields that take one of a few words. What the API server refuses there the proof would read as something else: a toleration
//! whose operator is `exists` tolerates nothing, and was thought to tolerate perhaps.
//!
//! Only fields of which every version that the schemas know takes the same words: `staging/src/k8s.io/api/{core,apps,batch,
//! scheduling,storage}/v1/types.go`, each checked by `pkg/apis/*/validation/validation.go` (`field.NotSupported`).

use super::names::refusal;
use super::place;
use super::walk::Place;
use crate::diag::{Diagnostic, suggest};

fn words(owner: (&str, &str)) -> Option<&'static [&'static str]> {
    Some(match owner {
        // The comparisons of numbers come with a feature gate; a server without it refuses them.
        ("Toleration", "operator") => &["Exists", "Equal", "Lt", "Gt"],
        ("Toleration", "effect") => &["NoSchedule", "PreferNoSchedule", "NoExecute"],
        ("TopologySpreadConstraint", "whenUnsatisfiable") => &["DoNotSchedule", "ScheduleAnyway"],
        ("TopologySpreadConstraint", "nodeAffinityPolicy" | "nodeTaintsPolicy") => &["Honor", "Ignore"],
        ("NodeSelectorRequirement", "operator") => &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"],
        ("LabelSelectorRequirement", "operator") => &["In", "NotIn", "Exists", "DoesNotExist"],
        ("PodSpec", "restartPolicy") => &["Always", "OnFailure", "Never"],
        ("PodSpec", "dnsPolicy") => &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
        ("PodSpec" | "PriorityClass", "preemptionPolicy") => &["PreemptLowerPriority", "Never"],
        ("Container" | "EphemeralContainer", "imagePullPolicy") => &["Always", "IfNotPresent", "Never"],
        ("ContainerPort" | "ServicePort" | "NetworkPolicyPort", "protocol") => &["TCP", "UDP", "SCTP"],
        ("DeploymentStrategy", "type") => &["RollingUpdate", "Recreate"],
        ("StatefulSetUpdateStrategy" | "DaemonSetUpdateStrategy", "type") => &["RollingUpdate", "OnDelete"],
        ("StatefulSetSpec", "podManagementPolicy") => &["OrderedReady", "Parallel"],
        ("CronJobSpec", "concurrencyPolicy") => &["Allow", "Forbid", "Replace"],
        ("ServiceSpec", "type") => &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"],
        ("ServiceSpec", "externalTrafficPolicy" | "internalTrafficPolicy") => &["Cluster", "Local"],
        ("PersistentVolumeClaimSpec" | "PersistentVolumeSpec", "accessModes") => {
            &["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]
        }
        ("PersistentVolumeClaimSpec" | "PersistentVolumeSpec", "volumeMode") => &["Filesystem", "Block"],
        ("StorageClass", "volumeBindingMode") => &["Immediate", "WaitForFirstConsumer"],
        _ => return None,
    })
}

/// A word that the API server does not know; an empty one is the same as nothing to it.
pub(super) fn check(at: &Place<'_>) -> Option<Diagnostic> {
    let words = words(at.builtin()?)?;
    let word = at.node.as_str().filter(|word| !word.is_empty() && !words.contains(word))?;
    let listed = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let diagnostic = refusal(at.object, place(at.object, at.node), at.field, word, format!("it is one of {listed}"))
        .note(format!("it stands at `{}`", at.path));
    let near = words.iter().find(|one| one.eq_ignore_ascii_case(word)).copied();
    Some(match near.or_else(|| suggest::closest(word, words.iter().copied())) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).correct(place(at.object, at.node), word, near),
        None => diagnostic,
    })
}

#[cfg(test)]
mod tests {
    use crate::objects::check::check_foreign;
    use crate::objects::check::testing::{messages, objects};
    use crate::objects::schema::Catalog;

    #[test]
    fn words_that_the_server_does_not_know_are_refused_and_those_that_it_knows_are_not() {
        let pod = |spec: &str| {
            let yaml = format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: one, namespace: shop}}\nspec:\n  {spec}\n  containers: [{{name: main, image: x}}]\n"
            );
            let objects = objects(&[&yaml]);
            messages(check_foreign(&objects[0], &Catalog::kubernetes()))
        };
        for (field, wrong, right) in [
            ("tolerations: [{key: a, operator: WORD}]", "exists", "Exists"),
            ("tolerations: [{key: a, operator: Exists, effect: WORD}]", "NoShedule", "NoSchedule"),
            ("restartPolicy: WORD", "always", "Always"),
            (
                "topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: WORD}]",
                "Never",
                "ScheduleAnyway",
            ),
        ] {
            let refused = pod(&field.replace("WORD", wrong));
            assert!(refused.len() == 1 && refused[0].contains(&format!("`{wrong}`")), "{field}: {refused:?}");
            assert_eq!(pod(&field.replace("WORD", right)), [""; 0], "{field}");
        }
    }
}
