//! The same platform gives the same files, however often and in whichever order it is written.

use serde_json::Value;

use super::super::alike::sorted;
use super::module::{HONOR, bound, budget, deployment, even, text_of_components, written};

#[test]
fn a_platform_is_compiled_to_the_same_bytes_again() {
    let (machines, objects) = platform();
    let text = text_of_components(&machines.concat(), &objects);
    assert_eq!(written(&text), written(&text));
}

#[test]
fn components_and_nodes_in_another_order_are_proved_alike() {
    let (mut machines, mut objects) = platform();
    let first = written(&text_of_components(&machines.concat(), &objects));
    objects.reverse();
    let other = written(&text_of_components(&machines.concat(), &objects));
    assert_eq!(first["reports/proof.json"], other["reports/proof.json"]);
    machines.reverse();
    let other = written(&text_of_components(&machines.concat(), &objects));
    let [first, other] = [first, other].map(|files| {
        let proof: Value = serde_json::from_str(&files["reports/proof.json"]).expect("the proof is JSON");
        sorted(&proof["environments"][0])
    });
    let lists = [&first, &other].map(|one| one["states"].as_array().cloned().unwrap_or_default());
    assert_eq!(lists[0].len(), lists[1].len());
    for (one, other) in lists[0].iter().zip(&lists[1]) {
        assert_eq!(one, other);
    }
    assert_eq!(first["classes"], other["classes"]);
    assert_eq!(first["digests"], other["digests"]);
}

/// Two kinds of nodes, of which the second has a disk, and four workloads.
fn platform() -> ([&'static str; 2], Vec<(usize, String)>) {
    let machines = [
        "  node large { count = 2, cpu = 4, memory = 16GB }\n",
        "  node small { count = 3, cpu = 2, memory = 8GB, disk nvme { size = 100GB, storage-class = \"local-path\" } }\n",
    ];
    let objects = [
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}".to_owned(),
        deployment("api", 4, 300, &even("api", HONOR)),
        deployment("web", 3, 200, ""),
        bound("db", 2, 400, "10G", "nodeSelector: {kubernetes.io/hostname: small-2}"),
        budget("api", 2),
    ];
    (machines, objects.into_iter().enumerate().collect())
}
