//! The proof on disk: what the examples promise, and that it binds to the files beside it.

use std::path::Path;

use vaubanc::cli::world::FileWorld;
use vaubanc::data::{Node, yaml};
use vaubanc::fit::evidence::{Layer, canonical};
use vaubanc::fit::{EnvironmentProof, Evidence, Ground, Verdict};
use vaubanc::render::FileSet;
use vaubanc::render::kustomize::Kustomize;
use vaubanc::world::MemoryWorld;
use vaubanc::{Compilation, Options, compile};

fn example(name: &str) -> (Compilation, FileSet) {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let compilation = compile(&FileWorld::new(&module), &Options::default());
    let (files, found) = vaubanc::render::render(&compilation);
    assert!(!found.has_errors(), "{name}");
    (compilation, files)
}

fn proofs(compilation: &Compilation) -> impl Iterator<Item = &EnvironmentProof> {
    compilation.views.iter().filter_map(|view| view.proof.as_ref())
}

#[test]
fn digests_are_those_of_the_files_beside_the_proof() {
    for name in ["hello", "three-nodes", "cloud", "vauban-blog"] {
        let (compilation, files) = example(name);
        let mut kustomize = Kustomize::new(&files);
        assert!(proofs(&compilation).count() > 0, "{name}");
        for proof in proofs(&compilation) {
            let manifests = kustomize.build(&proof.manifests).expect("the overlay is rendered");
            let on_disk = canonical::digest(manifests.iter().map(AsRef::as_ref));
            assert_eq!(proof.digests[0].as_ref(), Some(&on_disk), "{name}: {}", proof.manifests);
            for (digest, path) in
                [(&proof.digests[1], proof.footprints_path()), (&proof.digests[2], proof.nodes_path())]
            {
                let text = files.get(&path);
                let documents = text.map(|text| yaml::read_all(text).expect("reports are YAML"));
                assert_eq!(*digest, documents.as_deref().map(canonical::digest), "{name}: {path}");
            }
        }
    }
}

#[test]
fn a_changed_request_changes_the_digest() {
    let (compilation, files) = example("hello");
    let mut changed = FileSet::new();
    for (path, text) in files.iter() {
        changed.insert(path, text.replace("cpu: 50m", "cpu: 51m"));
    }
    let manifests = Kustomize::new(&changed).build("base").expect("the base is rendered");
    let digest = canonical::digest(manifests.iter().map(AsRef::as_ref));
    assert!(proofs(&compilation).all(|proof| proof.digests[0].as_ref() != Some(&digest)));
}

#[test]
fn the_resolved_platform_is_guaranteed_in_production_and_its_loss_is_empty() {
    let (compilation, _) = example("vauban-blog");
    let production = proofs(&compilation).find(|proof| proof.environment == "production").expect("there is production");
    for state in &production.states {
        let expected = match state.state.key() {
            "S3" | "S4" => Verdict::Empty,
            // A rollout that waits for no old pod to be gone does not fit, neither nodes nor quotas, and is only reported.
            "S2" | "S7" if !state.required => Verdict::DoesNotFit,
            _ => Verdict::Guaranteed,
        };
        assert_eq!(state.verdict, expected, "{:?} {:?}: {:?}", state.state, state.rolling, state.reason);
    }
}

#[test]
fn three_nodes_are_guaranteed_with_one_of_them_lost() {
    let (compilation, _) = example("three-nodes");
    let proof = proofs(&compilation).next().expect("the example has hardware");
    for state in proof.states.iter().filter(|state| state.required) {
        assert_eq!(state.verdict, Verdict::Guaranteed, "{:?}: {:?}", state.state, state.reason);
    }
    let peak = proof.states.iter().find(|state| state.state.key() == "S1").expect("every state is there");
    assert_eq!(peak.ground, Some(Ground::Balanced));
    // The sum that the README works out: 500 + 2 × 250 + 100 + 200.
    let Some(Evidence::Layers(layers)) = &peak.evidence else { panic!("{peak:?}") };
    let [Layer::Charge(charge)] = layers.layers.as_slice() else { panic!("{layers:?}") };
    let worker = charge.sums.iter().find(|sum| sum.class == "worker" && sum.resource == "cpu");
    assert_eq!(worker.map(|sum| sum.sum), Some(1300));
}

#[test]
fn the_proof_on_disk_is_json_of_the_version_that_the_page_defines() {
    let (_, files) = example("vauban-blog");
    let proof: serde_json::Value =
        serde_json::from_str(files.get("reports/proof.json").expect("it is written")).expect("JSON");
    assert_eq!(proof["version"], 3);
    let names: Vec<_> =
        proof["environments"].as_array().expect("a list").iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["production", "staging", "local"]);
    let states = proof["environments"][0]["states"].as_array().expect("a list");
    let keys: Vec<_> =
        states.iter().map(|state| format!("{} {}", state["state"], state["at"]).replace('"', "")).collect();
    assert_eq!(keys, ["S0 S0", "S1 S1", "S2 S1", "S3 S0", "S3 S1", "S4 S0", "S4 S1", "S5 S1", "S6 S1", "S7 S1"]);
}

/// A quantity in thousandths, of the forms that these files have.
fn thousandths(node: Option<&Node>) -> i128 {
    let Some(text) = node.and_then(Node::as_str) else { return 0 };
    match (text.strip_suffix("Mi"), text.strip_suffix('m'), text) {
        (_, _, "0%") => 0,
        (Some(mebi), ..) => mebi.parse::<i128>().expect("a quantity") * (1 << 20) * 1000,
        (_, Some(milli), _) => milli.parse().expect("a quantity"),
        (None, None, plain) => plain.parse::<i128>().expect("a quantity") * 1000,
    }
}

#[test]
fn what_the_kubelets_are_told_leaves_what_the_proof_counts() {
    for name in ["hello", "three-nodes", "cloud", "vauban-blog"] {
        let (compilation, files) = example(name);
        for (view, proof) in compilation.views.iter().filter_map(|view| Some((view, view.proof.as_ref()?))) {
            let path = format!("reports/kubelet-{}.yaml", proof.environment);
            let kubelets = yaml::read_all(files.get(&path).expect("there is hardware")).expect("reports are YAML");
            let types = &view.model.hardware.as_ref().expect("there is hardware").nodes;
            assert_eq!(kubelets.len(), types.len(), "{name}: {path}");
            for (node_type, kubelet) in types.iter().zip(&kubelets) {
                let class = ["metadata", "annotations", "vauban.dev/class"];
                let node =
                    proof.nodes.iter().find(|node| node.at(&class).and_then(Node::as_str) == Some(&node_type.name));
                let node = node.expect("every node type has a node");
                let told = |section: &str, key: &str| thousandths(kubelet.at(&[section, key]));
                let allocatable = |key: &str| thousandths(node.at(&["status", "allocatable", key]));
                let cpu = node_type.cpu.value - told("systemReserved", "cpu");
                assert_eq!(cpu, allocatable("cpu"), "{name}: {path}");
                let held = told("systemReserved", "memory") + told("evictionHard", "memory.available");
                assert_eq!(node_type.memory.value * 1000 - held, allocatable("memory"), "{name}: {path}");
                let pods = kubelet.get("maxPods").and_then(Node::as_integer).map(|pods| pods * 1000);
                assert_eq!(pods, Some(allocatable("pods")), "{name}: {path}");
                if let Some(disk) = node_type.disks.iter().find(|disk| disk.ephemeral.is_some()) {
                    let held = told("systemReserved", "ephemeral-storage") + told("evictionHard", "nodefs.available");
                    assert_eq!(disk.size.value * 1000 - held, allocatable("ephemeral-storage"), "{name}: {path}");
                }
            }
        }
    }
}

/// A database on the disks of four hosts and a service that floats beside it; `RANK` is what the database says of its priority.
const RANKED: &str = r#"use std { web, stateful, priority-class }

hardware rack {
  kubernetes = "1.34"
  node host {
    count  = 4
    cpu    = 1
    memory = 8GB
    disk nvme { size = 100GB, storage-class = "local-path", ephemeral = 40GB }
    keep-free { nvme = 10% }
  }
}

system webshop on rack {}
namespace shop {}

component urgent : priority-class { value = 1000, description = "bound to a volume" }

component store : stateful {
  namespace = shop
  image     = "quay.io/coreos/etcd:v3.5.21"
  replicas  = 3
  serve     = 2
  cpu       = 500m
  memory    = 1Gi
  storage   = 10Gi
  port      = 2379
  RANK
}

component api : web {
  namespace = shop
  image     = "registry.example.com/shop/api:1.4.2"
  replicas  = 2
  cpu       = 300m
  memory    = 512Mi
  port      = 8080
  spread    = "soft"
  needs store
}
"#;

/// What `vaubanc build` of a module says, with its exit code and what it wrote as its proof.
fn built(source: &str) -> (u8, String, Option<serde_json::Value>) {
    let root = tempfile::tempdir().expect("the system has a temporary directory");
    std::fs::write(root.path().join("main.vauban"), source).expect("the module can be written");
    let output = root.path().join("out");
    let (module, out) = (root.path().display().to_string(), output.display().to_string());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let code = vaubanc::cli::run(["vaubanc", "build", &module, "-o", &out], &mut stdout, &mut stderr);
    let proof = std::fs::read_to_string(output.join("reports/proof.json")).ok();
    let proof = proof.map(|text| serde_json::from_str(&text).expect("the proof is JSON"));
    (code, String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned(), proof)
}

#[test]
fn a_priority_makes_layers_where_one_layer_does_not_hold() {
    // One of the database on a node, 500m, and both of the service may come beside it: 500 + 2 × 300 > 1000.
    let (code, text, _) = built(&RANKED.replace("RANK", ""));
    assert!(code == 1 && text.contains("V0420"), "{text}");
    // Above it the database stands alone: 500 ≤ 1000. Then a node without room for the service holds 701m of others: three
    // of the database and one of the service weigh (3 × 500 + 300)/701 = 2.57 nodes of four, and of the three that a loss
    // leaves. `build` hands the proof to the checker.
    let (code, text, proof) = built(&RANKED.replace("RANK", "priority  = \"urgent\""));
    assert_eq!(code, 0, "{text}");
    let proof = proof.expect("it is written");
    let states = proof["environments"][0]["states"].as_array().expect("a list");
    for state in states.iter().filter(|state| state["required"] == true) {
        assert_eq!(state["verdict"], "fits-guaranteed", "{state}");
        let cases = state["evidence"]["cases"].as_array().into_iter().flatten();
        let layers = cases.chain([&state["evidence"]]).filter_map(|one| one["layers"].as_array());
        assert!(layers.into_iter().all(|layers| layers.len() == 2), "{state}");
    }
    let layers = &states[0]["evidence"]["layers"];
    assert_eq!(layers[0]["types"][0]["type"], "StatefulSet.apps shop/store");
    assert_eq!(layers[0]["sums"][0]["sum"], 500);
    let weight = |cpu: i64| cpu * 1_000_000_000_000 / 701 + 1;
    assert_eq!(layers[1]["types"][0]["total"], 3 * weight(500) + weight(300));
}

/// A service of three pods of 500m that ask for what the mesh adds.
const MESHED: &str = r#"use std { networked, Size, resources }
hardware rack { node host { cpu = 8, memory = 64GB, count = 3 } }
system demo on rack {}
namespace mesh-system {}
namespace shop { pod-security = "privileged" }
component istio : mesh { namespace = mesh-system }
kind service {
  namespace : namespace
  emit "apps/v1" Deployment {
    spec {
      replicas = 3
      selector.matchLabels.app = name
      template {
        metadata { labels { app = name, "sidecar.istio.io/inject" = "true" } }
        spec.containers.main {
          image     = "registry.example.com/api:1"
          resources = { requests { cpu = 500m, memory = 256Mi }, limits { memory = 256Mi } }
        }
      }
    }
  }
}
component api : service { namespace = shop }
"#;

#[test]
fn the_mesh_of_the_page_on_the_language_is_counted_in_every_pod_that_asks_for_it() {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/language.md")).expect("the page");
    let fences = page.split("```vauban").skip(1).filter_map(|rest| rest.split("```").next());
    let mesh = fences.into_iter().find(|fence| fence.contains("vauban.dev/injects")).expect("the page shows a mesh");
    let world = MemoryWorld::new().with("main.vauban", format!("{MESHED}{mesh}"));
    let compilation = compile(&world, &Options::default());
    let said: Vec<&String> = compilation.diagnostics.iter().map(|one| &one.message).collect();
    assert!(said.is_empty(), "{said:?}");
    let proof = proofs(&compilation).next().expect("there is hardware");
    let steady = &proof.states[0];
    let Some(Evidence::Layers(layers)) = &steady.evidence else { panic!("{steady:?}") };
    let [Layer::Charge(charge)] = layers.layers.as_slice() else { panic!("{layers:?}") };
    // 3 × (500 + 100).
    assert_eq!(charge.sums[0].sum, 1800);
    assert!(
        proof
            .assumptions
            .contains(&"Istio adds `istio-proxy` to each pod that asks for it, and nothing else".to_owned())
    );
    let (files, _) = vaubanc::render::render(&compilation);
    let footprints = files.get("reports/footprints-base.yaml").expect("it is written");
    assert!(footprints.contains("# What Istio adds to each pod that asks for it (istio, main.vauban:"), "{footprints}");
    let template = yaml::read_all(footprints).expect("reports are YAML").remove(0);
    let annotation = ["metadata", "annotations", "vauban.dev/injects"];
    assert_eq!(template.at(&annotation).and_then(Node::as_str), Some("istio"));
    assert!(files.iter().all(|(path, text)| path.starts_with("reports/") || !text.contains("PodTemplate")));
}
