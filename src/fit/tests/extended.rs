//! Extended resources and huge pages: whole things that some nodes have.

use super::fixture::*;
use crate::eval::model::Node;
use crate::fit::{Evidence, Names, Verdict, words};
use crate::objects::extended::Misfit;

const GPU: &str = "nvidia.com/gpu";

/// A machine with so many of a resource.
fn with(name: &str, resource: &str, number: i128) -> Node {
    Node { resources: vec![(resource.to_owned(), amount(number))], ..node(name, 4000, GB) }
}

/// A deployment of which each pod has these resources.
fn pods(replicas: i128, resources: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: api, namespace: shop}}, spec: {{replicas: {replicas}, \
         strategy: {{type: Recreate}}, template: {{metadata: {{labels: {{app: api}}}}, spec: {{containers: [{{name: main, \
         resources: {{{resources}}}}}]}}}}}}}}\n"
    )
}

#[test]
fn a_resource_that_is_declared_is_proved_as_any_other() {
    let limits = "limits: {nvidia.com/gpu: 1}";
    let fits = proof(vec![with("a", GPU, 2), with("b", GPU, 2)], &[pods(2, limits)]);
    assert_eq!(verdict(&fits, "S1"), Verdict::Guaranteed, "{:?}", state(&fits, "S1"));
    assert_eq!(sum(&fits, "S1", GPU), 2);
    assert_eq!(verdict(&fits, "S3"), Verdict::Guaranteed);
    let five = proof(vec![with("a", GPU, 2), with("b", GPU, 2)], &[pods(5, limits)]);
    assert_eq!(verdict(&five, "S1"), Verdict::DoesNotFit);
    // One of the machines has none, and takes none of them; a DaemonSet wants to come to it, and is counted there.
    let one = proof(vec![with("a", GPU, 3), node("b", 4000, GB)], &[pods(3, limits)]);
    assert!(matches!(verdict(&one, "S1"), Verdict::Guaranteed), "{:?}", state(&one, "S1"));
    assert_eq!(
        verdict(&proof(vec![with("a", GPU, 3), node("b", 4000, GB)], &[pods(4, limits)]), "S1"),
        Verdict::DoesNotFit
    );
}

#[test]
fn a_daemon_set_wants_its_piece_of_every_node() {
    let daemon = pods(1, "limits: {nvidia.com/gpu: 1}")
        .replace("Deployment", "DaemonSet")
        .replace("replicas: 1, strategy: {type: Recreate}, ", "");
    assert_eq!(
        verdict(&proof(vec![with("a", GPU, 1), with("b", GPU, 1)], std::slice::from_ref(&daemon)), "S0"),
        Verdict::Guaranteed
    );
    assert_eq!(verdict(&proof(vec![with("a", GPU, 1), node("b", 4000, GB)], &[daemon]), "S0"), Verdict::DoesNotFit);
}

#[test]
fn a_resource_that_no_node_has_is_refused_with_its_declaration() {
    let none = proof(vec![node("a", 4000, GB), with("b", "amd.com/gpu", 1)], &[pods(1, "limits: {nvidia.com/gpu: 1}")]);
    let evidence = state(&none, "S0").evidence.as_ref().expect("a refusal has evidence");
    assert_eq!(verdict(&none, "S0"), Verdict::DoesNotFit);
    let said = words::refusal(evidence, &Names::default()).expect("it is a refusal");
    assert!(said.contains("`resources { \"nvidia.com/gpu\" = 1 }`"), "{said}");
}

#[test]
fn what_the_server_takes_of_a_resource_is_whole_and_limited() {
    for (resources, why) in [
        ("limits: {nvidia.com/gpu: 500m}", Misfit::Broken),
        ("requests: {nvidia.com/gpu: 1}", Misfit::Unlimited),
        ("requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 2}", Misfit::Uneven),
    ] {
        let refused = proof(vec![with("a", GPU, 4)], &[pods(1, resources)]);
        let expected = Evidence::Misfit {
            name: "Deployment.apps shop/api".into(),
            container: "main".into(),
            resource: GPU.into(),
            why,
        };
        assert_eq!(state(&refused, "S7").evidence, Some(expected));
    }
}

#[test]
fn huge_pages_are_bytes_and_quotas_count_what_is_requested() {
    let quota = |hard: &str| {
        format!(
            "{{apiVersion: v1, kind: ResourceQuota, metadata: {{name: q, namespace: shop}}, spec: {{hard: {{{hard}}}}}}}\n"
        )
    };
    let pages = pods(2, "limits: {hugepages-2Mi: 4Mi, memory: 1Mi, cpu: 1m}");
    let machines = || vec![with("a", "hugepages-2Mi", 16 << 20)];
    let fits = proof(machines(), &[pages.clone(), quota("requests.hugepages-2Mi: 8Mi")]);
    assert_eq!(sum(&fits, "S1", "hugepages-2Mi"), 8 << 20);
    assert_eq!(verdict(&fits, "S7"), Verdict::Guaranteed);
    assert_eq!(verdict(&proof(machines(), &[pages, quota("hugepages-2Mi: 7Mi")]), "S7"), Verdict::DoesNotFit);
    let gpus = pods(3, "limits: {nvidia.com/gpu: 1}");
    let counted = proof(vec![with("a", GPU, 4)], &[gpus, quota("requests.nvidia.com/gpu: 2")]);
    assert_eq!(verdict(&counted, "S7"), Verdict::DoesNotFit);
}

#[test]
fn a_driver_of_devices_or_a_default_of_the_namespace_leaves_it_open() {
    let class = "{apiVersion: resource.k8s.io/v1, kind: DeviceClass, metadata: {name: gpu}, spec: {extendedResourceName: nvidia.com/gpu}}\n";
    let pod = pods(1, "limits: {nvidia.com/gpu: 1}");
    assert_eq!(verdict(&proof(vec![node("a", 4000, GB)], &[pod.clone(), class.to_owned()]), "S0"), Verdict::Undecided);
    let range = "{apiVersion: v1, kind: LimitRange, metadata: {name: d, namespace: shop}, spec: {limits: [{type: Container, \
                 default: {nvidia.com/gpu: 1}}]}}\n";
    assert_eq!(verdict(&proof(vec![with("a", GPU, 2)], &[pod, range.to_owned()]), "S0"), Verdict::Undecided);
}
