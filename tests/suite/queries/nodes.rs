//! `prove --manifests … --nodes nodes.json`: the nodes of a cluster as the hardware.

use vaubanc::Options;
use vaubanc::eval::model::Hardware;
use vaubanc::query::manifests::{Manifest, prove, read};
use vaubanc::query::nodes;
use vaubanc::source::SourceMap;
use vaubanc::world::MemoryWorld;

use super::{directory, path, vaubanc};

/// What `kubectl get nodes -o json` prints of a worker of EKS, with what nobody needs cut away.
fn node(name: &str, zone: &str, more: &str) -> String {
    format!(
        r#"{{ "apiVersion": "v1", "kind": "Node", "metadata": {{ "name": "{name}", "uid": "1", "resourceVersion": "7", "labels": {{
            "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "eks.amazonaws.com/nodegroup": "workers",
            "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": "{name}", "kubernetes.io/os": "linux", "alpha.eksctl.io/instance-id": "i-{name}",
            "node.kubernetes.io/instance-type": "m6i.xlarge", "topology.kubernetes.io/region": "eu-west-1",
            "topology.kubernetes.io/zone": "{zone}" }} }},
          "spec": {{ "providerID": "aws:///{zone}/i-{name}" {more} }},
          "status": {{
            "allocatable": {{ "cpu": "3920m", "ephemeral-storage": "18242267924", "hugepages-1Gi": "0", "memory": "15076868Ki", "pods": "58" }},
            "capacity": {{ "cpu": "4", "ephemeral-storage": "20959212Ki", "hugepages-1Gi": "0", "memory": "16093700Ki", "pods": "58" }},
            "conditions": [ {{ "type": "MemoryPressure", "status": "False" }}, {{ "type": "Ready", "status": "True" }} ],
            "nodeInfo": {{ "kubeletVersion": "v1.33.4-eks-99bee22", "architecture": "amd64" }} }} }}"#
    )
}

fn list(nodes: &[String]) -> String {
    format!("{{ \"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [ {} ] }}", nodes.join(", "))
}

fn three() -> String {
    list(&["one", "two", "three"].map(|name| node(name, if name == "three" { "eu-west-1b" } else { "eu-west-1a" }, "")))
}

const API: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: api }\nspec:\n  replicas: 3\n  \
    selector: { matchLabels: { app: api } }\n  template:\n    metadata: { labels: { app: api } }\n    \
    spec: { containers: [ { name: main, image: x, resources: { requests: { cpu: 500m, memory: 1Gi } } } ] }\n";

fn file(text: &str) -> Vec<Manifest> {
    vec![Manifest { name: "nodes.json".into(), text: text.into() }]
}

/// The hardware, and everything that was said.
fn hardware(text: &str, manifests: &str) -> (Option<Hardware>, Vec<String>) {
    let mut sources = SourceMap::default();
    let (objects, _) = read(file(manifests), &mut sources);
    let (hardware, found) = nodes::read(file(text), &objects, &mut sources);
    (hardware, found.iter().map(|one| one.message.clone()).collect())
}

#[test]
fn like_nodes_become_one_type_with_what_pods_may_take() {
    let (hardware, said) = hardware(&three(), API);
    let hardware = hardware.expect("the nodes are right");
    assert!(said.is_empty(), "{said:?}");
    assert_eq!(hardware.kubernetes, Some((1, 33)));
    let names: Vec<(&str, u64)> = hardware.nodes.iter().map(|node| (node.name.as_str(), node.count)).collect();
    assert_eq!(names, [("workers", 2), ("three", 1)]);
    let workers = &hardware.nodes[0];
    assert_eq!((workers.machine(0), workers.machine(1)), ("one".to_owned(), "two".to_owned()));
    assert_eq!((workers.cpu.value, workers.reserves[0].cpu.map(|amount| amount.value)), (4000, Some(80)));
    assert_eq!(workers.memory.value - workers.reserves[0].memory.map_or(0, |amount| amount.value), 15_076_868 << 10);
    assert_eq!((workers.ephemeral().map(|amount| amount.value), workers.pods.value), (Some(18_242_267_924), 58));
    assert_eq!(workers.zones, ["eu-west-1a"]);
    let has = |key: &str| workers.labels.iter().any(|(own, _)| own == key);
    assert!(has("node.kubernetes.io/instance-type") && !has("alpha.eksctl.io/instance-id"), "{:?}", workers.labels);
}

#[test]
fn a_label_that_something_asks_for_tells_nodes_apart() {
    let picky =
        API.replace("spec: { containers", "spec: { nodeSelector: { alpha.eksctl.io/instance-id: i-two }, containers");
    let (hardware, _) = hardware(&three(), &picky);
    let hardware = hardware.expect("the nodes are right");
    assert_eq!(hardware.nodes.len(), 3);
    let mut sources = SourceMap::default();
    let (objects, _) = read(file(&picky), &mut sources);
    let foreign = prove(objects, hardware);
    let proof = foreign.view.proof.expect("it was proved");
    assert_eq!(proof.states[0].verdict, vaubanc::fit::Verdict::Guaranteed, "{:?}", proof.states[0]);
}

#[test]
fn a_cordoned_node_takes_the_pods_of_daemon_sets_only_and_the_checker_agrees() {
    let daemon = API
        .replace("Deployment", "DaemonSet")
        .replace("name: api", "name: agent")
        .replace("app: api", "app: agent")
        .replace("  replicas: 3\n", "");
    let cordoned = list(&[
        node("one", "a", ""),
        node(
            "two",
            "a",
            ", \"unschedulable\": true, \"taints\": [ { \"key\": \"node.kubernetes.io/unschedulable\", \"effect\": \"NoSchedule\", \"timeAdded\": \"2026-01-01T00:00:00Z\" } ]",
        ),
    ]);
    // 8 × 500m fill one node, less what the DaemonSet takes of it.
    for (replicas, fits) in [(5, true), (7, false)] {
        let api = API.replace("replicas: 3", &format!("replicas: {replicas}\n  strategy: {{ type: Recreate }}"));
        let root = directory(&[("m/a.yaml", &format!("{api}---\n{daemon}")), ("nodes.json", &cordoned)]);
        let out = path(&root, "out");
        let proved = [
            "prove",
            "--manifests",
            &path(&root, "m"),
            "--nodes",
            &path(&root, "nodes.json"),
            "-o",
            &out,
            "--state",
            "S0",
        ];
        let (code, stdout, stderr) = vaubanc(&proved);
        assert_eq!(code, u8::from(!fits), "{stdout}{stderr}");
        let (_, confirmed, complaint) = vaubanc(&["verify", &format!("{out}/reports/proof.json"), "--manifests", &out]);
        let line = confirmed.lines().find(|line| line.contains("S0")).unwrap_or_default();
        assert!(line.contains("confirmed"), "{confirmed}{complaint}");
    }
}

#[test]
fn what_is_wrong_only_for_now_is_said_and_what_is_malformed_refused() {
    let down =
        node("one", "a", ", \"taints\": [ { \"key\": \"node.kubernetes.io/not-ready\", \"effect\": \"NoExecute\" } ]");
    let (found, said) = hardware(&list(&[down]), API);
    assert!(found.is_some_and(|hardware| hardware.nodes[0].taints.is_empty()));
    assert_eq!(said, ["the node `one` is not ready (its taint is `node.kubernetes.io/not-ready`)"]);
    let refused = |from: &str, to: &str| {
        let (found, said) = hardware(&node("one", "a", "").replacen(from, to, 1), API);
        assert!(found.is_none());
        said.join("; ")
    };
    assert_eq!(refused("3920m", "many"), "`status.allocatable.cpu` of the node `one` is no amount that a node has");
    assert_eq!(refused("\"allocatable\"", "\"other\""), "the node `one` lacks `status.allocatable.cpu`");
    assert_eq!(refused("\"kind\": \"Node\"", "\"kind\": \"Pod\""), "no node is there, but a `Pod`");
    let twice = hardware(&list(&[node("one", "a", ""), node("one", "a", "")]), API);
    assert_eq!(twice.1, ["there are two nodes `one`"]);
}

#[test]
fn hardware_and_nodes_exclude_each_other() {
    let root = directory(&[
        ("a.yaml", API),
        ("nodes.json", &three()),
        ("lab.vauban", "hardware lab { node box { cpu = 8, memory = 16GB } }\n"),
    ]);
    let (manifests, nodes) = (path(&root, "a.yaml"), path(&root, "nodes.json"));
    let (code, _, stderr) =
        vaubanc(&["prove", "--manifests", &manifests, "--nodes", &nodes, "--hardware", &path(&root, "lab.vauban")]);
    assert!(code == 2 && stderr.contains("cannot be used with"), "{stderr}");
    let (code, _, stderr) = vaubanc(&["prove", "--manifests", &manifests]);
    assert!(code == 2 && stderr.contains("--nodes"), "{stderr}");
    let (code, stdout, stderr) = vaubanc(&["prove", "--manifests", &manifests, "--nodes", &nodes]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let out = path(&root, "out");
    vaubanc(&["prove", "--manifests", &manifests, "--nodes", &nodes, "-o", &out]);
    let (code, stdout, stderr) = vaubanc(&["verify", &format!("{out}/reports/proof.json"), "--manifests", &out]);
    assert_eq!(code, 0, "{stdout}{stderr}");
}

#[test]
fn a_known_instance_type_needs_no_numbers_and_has_what_eks_sets_aside() {
    let read = |node: &str| {
        let world = MemoryWorld::new().with("h.vauban", format!("hardware h {{ node w {{ {node} }} }}\n"));
        let mut sources = SourceMap::default();
        let (hardware, found) = vaubanc::hardware(&world, &Options::default(), None, &mut sources);
        (
            hardware.map(|hardware| hardware.nodes[0].clone()),
            found.iter().map(|one| one.message.clone()).collect::<Vec<_>>(),
        )
    };
    let (node, said) = read("instance-type = \"m7g.xlarge\", provider = \"aws\", count = 3");
    let node = node.unwrap_or_else(|| panic!("{said:?}"));
    assert_eq!((node.cpu.value, node.pods.value, node.count), (4000, 58, 3));
    assert!(node.labels.contains(&("kubernetes.io/arch".to_owned(), "arm64".to_owned())), "{:?}", node.labels);
    assert_eq!(node.reserves[0].cpu.map(|amount| amount.value), Some(80));
    let (node, _) = read(
        "instance-type = \"m7g.xlarge\", provider = \"aws\", memory = 15GB, pods = 20, reserve \"own\" { cpu = 1 }",
    );
    let node = node.expect("what is stated counts");
    assert_eq!((node.memory.value, node.pods.value, node.reserves.len()), (15_000_000_000, 20, 1));
    assert_eq!(node.reserves[0].name, "own");
    let (_, said) = read("instance-type = \"m7g.xlarge\", provider = \"other\"");
    assert_eq!(said, ["`w` lacks `cpu`", "`w` lacks `memory`"]);
}
