//! Quotas with scopes, quotas over objects, and pods that count until they are gone.

use super::fixture::*;
use crate::fit::Verdict;

fn quota(spec: &str) -> String {
    format!("{{apiVersion: v1, kind: ResourceQuota, metadata: {{name: q, namespace: shop}}, spec: {{{spec}}}}}\n")
}

fn decided(documents: &[String]) -> Verdict {
    verdict(&proof(vec![node("host", 8000, GB)], documents), "S7")
}

#[test]
fn a_scope_counts_the_pods_that_it_is_about() {
    let plain = Workload { replicas: 3, cpu: 100, spec: "strategy: {type: Recreate}", ..Workload::default() };
    let limited = Workload {
        pod: "activeDeadlineSeconds: 60",
        ..Workload { replicas: 3, spec: "strategy: {type: Recreate}", ..Workload::default() }
    };
    for (scope, counts) in
        [("NotTerminating", true), ("Terminating", false), ("BestEffort", false), ("NotBestEffort", true)]
    {
        let scoped = quota(&format!("hard: {{pods: 2}}, scopes: [{scope}]"));
        let expected = if counts { Verdict::DoesNotFit } else { Verdict::Guaranteed };
        assert_eq!(decided(&[plain.yaml(), scoped]), expected, "{scope}");
    }
    let ending = quota("hard: {pods: 2}, scopes: [Terminating]");
    assert_eq!(decided(&[limited.yaml(), ending]), Verdict::DoesNotFit);
    // What counts pods without requests counts nothing but their number.
    assert_eq!(decided(&[plain.yaml(), quota("hard: {requests.cpu: 9}, scopes: [BestEffort]")]), Verdict::Undecided);
    assert_eq!(decided(&[plain.yaml(), quota("hard: {pods: 9}, scopes: [VolumeAttributesClass]")]), Verdict::Undecided);
}

#[test]
fn a_scope_names_priority_classes() {
    let class =
        "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 10}\n".to_owned();
    let pods = Workload {
        replicas: 3,
        pod: "priorityClassName: high",
        spec: "strategy: {type: Recreate}",
        ..Workload::default()
    };
    let scoped = |operator: &str, values: &str| {
        let term = format!("{{scopeName: PriorityClass, operator: {operator}, values: [{values}]}}");
        decided(&[
            class.clone(),
            pods.yaml(),
            quota(&format!("hard: {{pods: 2}}, scopeSelector: {{matchExpressions: [{term}]}}")),
        ])
    };
    assert_eq!(scoped("In", "high"), Verdict::DoesNotFit);
    assert_eq!(scoped("NotIn", "high"), Verdict::Guaranteed);
    assert_eq!(scoped("Exists", ""), Verdict::DoesNotFit);
    assert_eq!(scoped("DoesNotExist", ""), Verdict::Guaranteed);
}

#[test]
fn objects_are_counted_with_those_that_kubernetes_makes() {
    let service = "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: shop}, spec: {type: LoadBalancer, ports: [{port: 1}, {port: 2}]}}\n";
    let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: shop}, data: {}}\n";
    let with = |hard: &str| decided(&[service.to_owned(), map.to_owned(), quota(&format!("hard: {{{hard}}}"))]);
    // The certificate of the cluster is a ConfigMap in every namespace.
    for (key, number) in [
        ("configmaps", 2),
        ("count/configmaps", 2),
        ("services", 1),
        ("services.loadbalancers", 1),
        ("services.nodeports", 2),
        ("count/deployments.apps", 0),
    ] {
        assert_eq!(with(&format!("{key}: {number}")), Verdict::Guaranteed, "{key}");
        if number > 0 {
            assert_eq!(with(&format!("{key}: {}", number - 1)), Verdict::DoesNotFit, "{key}");
        }
    }
    // Controllers make ReplicaSets, Jobs and Leases, and nobody says how many.
    assert_eq!(with("count/replicasets.apps: 9"), Verdict::Undecided);
    let role = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}, rules: [{apiGroups: [''], resources: [configmaps], verbs: [create]}]}\n";
    let open = |hard: &str| decided(&[role.to_owned(), map.to_owned(), quota(&format!("hard: {{{hard}}}"))]);
    assert_eq!((open("configmaps: 9"), open("secrets: 9")), (Verdict::Undecided, Verdict::Guaranteed));
    assert_eq!(open("configmaps: 1"), Verdict::DoesNotFit);
}

#[test]
fn old_pods_count_until_they_are_gone() {
    // Two that are replaced one after the other are three at once, and four while both old ones terminate.
    let pods = Workload {
        replicas: 2,
        cpu: 10,
        spec: "strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}",
        ..Workload::default()
    };
    let delayed = |most: i64| {
        let proof = proof(vec![node("host", 8000, GB)], &[pods.yaml(), quota(&format!("hard: {{pods: {most}}}"))]);
        assert_eq!(verdict(&proof, "S7"), if most < 3 { Verdict::DoesNotFit } else { Verdict::Guaranteed });
        let found = proof.states.iter().find(|one| one.is_terminating() && one.state.key() == "S7");
        found.map(|one| (one.verdict, one.required))
    };
    assert_eq!(delayed(2), None);
    assert_eq!(delayed(3), Some((Verdict::DoesNotFit, false)));
    assert_eq!(delayed(4), None);
}
