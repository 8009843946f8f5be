//! What `check` accepts, `build` writes, and the checker confirms: random platforms of every size, in any order of
//! declaration. Sizes, orders and names that a fixture would not think of are what this is for.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::select;

use super::queries::vaubanc;

/// The words that decide in which order things stand, whatever order they are declared in.
const NAMES: [&str; 10] = ["alpha", "zeta", "m1", "m10", "m2", "b-b", "b", "data", "a0", "x"];

#[derive(Debug, Clone)]
struct Workload {
    kind: &'static str,
    namespace: usize,
    replicas: (u32, u32),
    milli: u32,
    mebibytes: u32,
    storage: Option<u32>,
}

#[derive(Debug, Clone)]
struct Platform {
    nodes: u32,
    /// Of the disks of a node; the first holds the claims.
    disks: Vec<&'static str>,
    namespaces: Vec<&'static str>,
    environments: Vec<&'static str>,
    workloads: Vec<Workload>,
    /// Whether everything is declared back to front.
    is_reversed: bool,
}

fn workload(namespaces: usize) -> impl Strategy<Value = Workload> {
    let kind = select(vec!["web", "worker", "stateful", "daemon", "cron"]);
    (kind, 0..namespaces, 1..4_u32, 0..4_u32, 1..8_u32, 1..8_u32, proptest::option::of(1..20_u32)).prop_map(
        |(kind, namespace, least, more, cpu, memory, storage)| Workload {
            kind,
            namespace,
            replicas: (least, least + more),
            milli: cpu * 25,
            mebibytes: memory * 32,
            storage,
        },
    )
}

fn platform(workloads: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Platform> {
    let names = |most: usize| proptest::sample::subsequence(NAMES.to_vec(), 1..=most).prop_shuffle();
    let workloads = proptest::collection::vec(workload(1), workloads);
    (1..6_u32, names(4), names(4), names(3), workloads, any::<bool>()).prop_map(
        |(nodes, disks, namespaces, environments, mut workloads, is_reversed)| {
            for (index, one) in workloads.iter_mut().enumerate() {
                one.namespace = (one.namespace + index) % namespaces.len();
            }
            Platform { nodes, disks, namespaces, environments, workloads, is_reversed }
        },
    )
}

impl Platform {
    fn source(&self) -> String {
        let mut items = vec!["use std { web, worker, stateful, daemon, cron }\n".to_owned()];
        let mut hardware = format!("hardware lab {{\n  node box {{ count = {}, cpu = 64, memory = 512GB\n", self.nodes);
        for (index, name) in self.disks.iter().enumerate() {
            let class = if index == 0 { ", storage-class = \"local-path\"" } else { "" };
            writeln!(hardware, "    disk {name} {{ size = 20TB{class} }}").expect("a String takes everything");
        }
        hardware.push_str("  }\n}\n");
        items.push(hardware);
        items.push("system all on lab {}\n".to_owned());
        items.extend(self.namespaces.iter().map(|name| format!("namespace ns-{name} {{}}\n")));
        items.extend(self.environments.iter().map(|name| format!("environment env-{name} {{ exclusive = true }}\n")));
        items.extend(self.workloads.iter().enumerate().map(|(index, one)| self.component(index, one)));
        if self.is_reversed {
            items.reverse();
        }
        items.concat()
    }

    fn component(&self, index: usize, one: &Workload) -> String {
        let name = format!("{}-{index}", NAMES[index % NAMES.len()]);
        let mut fields = format!(
            "  namespace = ns-{}\n  image = \"registry.example.com/x:1\"\n  cpu = {}m..{}m\n  memory = {}Mi..{}Mi\n",
            self.namespaces[one.namespace], one.milli, one.milli, one.mebibytes, one.mebibytes
        );
        let replicas = match (one.kind, one.replicas) {
            ("daemon" | "cron", _) => String::new(),
            ("web", (least, most)) if least < most => format!("  replicas = {least}..{most}\n"),
            (_, (least, _)) => format!("  replicas = {least}\n"),
        };
        let further = match (one.kind, one.storage) {
            ("web", _) => "  port = 8080\n".to_owned(),
            ("cron", _) => "  schedule = \"0 3 * * *\"\n".to_owned(),
            ("stateful", storage) => format!("  port = 5432\n  storage = {}Gi\n", storage.unwrap_or(1)),
            _ => String::new(),
        };
        fields.push_str(&replicas);
        fields.push_str(&further);
        format!("component {name} : {} {{\n{fields}}}\n", one.kind)
    }
}

/// The exit codes of `check` and of `build` followed by `verify`, with what was said.
fn outcomes(source: &str) -> [(u8, String); 2] {
    let root = tempfile::tempdir().expect("the system has a temporary directory");
    let at = |name: &str| root.path().join(name).to_string_lossy().into_owned();
    std::fs::write(root.path().join("main.vauban"), source).expect("the directory is writable");
    let (check, _, said) = vaubanc(&["check", &at("main.vauban")]);
    let (mut build, _, mut told) = vaubanc(&["build", &at("main.vauban"), "-o", &at("out")]);
    if build == 0 {
        let (verified, _, more) = vaubanc(&["verify", &at("out/reports/proof.json"), "--manifests", &at("out")]);
        (build, told) = (verified, more);
    }
    [(check, said), (build, told)]
}

fn agree(platform: &Platform) -> Result<u8, TestCaseError> {
    let source = platform.source();
    let [(check, said), (build, told)] = outcomes(&source);
    prop_assert_eq!(check, build, "check said:\n{}\nbuild said:\n{}\nof\n{}", said, told, source);
    let blamed = [&said, &told].iter().any(|text| text.contains("fault of the compiler"));
    prop_assert!(!blamed, "the compiler blames itself:\n{}\n{}\nof\n{}", said, told, source);
    Ok(check)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_check_accepts_build_writes_in_any_order_of_declaration(platform in platform(0..9_usize)) {
        agree(&platform)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_check_accepts_build_writes_with_more_components_than_directories_of_a_small_tree(platform in platform(70..120_usize)) {
        agree(&platform)?;
    }
}

#[test]
fn two_thousand_components_are_checked_and_built() {
    let workload = |index: u32| Workload {
        kind: ["web", "worker"][index as usize % 2],
        namespace: index as usize % 2,
        replicas: (1, 1),
        milli: 25,
        mebibytes: 32,
        storage: None,
    };
    let platform = Platform {
        nodes: 60,
        disks: vec!["root", "data"],
        namespaces: vec!["zeta", "alpha"],
        environments: vec!["x"],
        workloads: (0..2000).map(workload).collect(),
        is_reversed: true,
    };
    let source = platform.source().replace("cpu = 64, memory = 512GB", "cpu = 256, memory = 2TB, pods = 250");
    let source = source.replace("  replicas = 1\n", "  replicas = 1\n  spread = \"soft\"\n");
    let [(check, said), (build, told)] = outcomes(&source);
    let errors = |text: &str| text.lines().filter(|line| line.starts_with("error")).collect::<Vec<_>>().join("\n");
    assert_eq!((check, build), (0, 0), "{}\n{}", errors(&said), errors(&told));
}
