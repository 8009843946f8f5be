//! What `check` accepts `build` writes, and `verify` confirms: random platforms of several disks, environments and
//! namespaces, declared in any order.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

fn run(arguments: &[&str]) -> (u8, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let all = ["vaubanc"].iter().chain(arguments);
    let code = vaubanc::cli::run(all, &mut stdout, &mut stderr);
    (code, String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

/// Numbers that look random and are the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = usize::try_from(self.below(last as u64 + 1)).expect("it is an index");
            items.swap(last, other);
        }
    }
}

/// Items of a platform in any order.
fn platform(dice: &mut Dice, components: u64) -> String {
    let mut items = Vec::new();
    let mut disks = vec!["disk zeta { size = 9TB, storage-class = \"z\" }".to_owned()];
    if dice.below(2) == 0 {
        disks.push("disk alpha { size = 100GB, ephemeral = 50GB }".to_owned());
    }
    if dice.below(2) == 0 {
        disks.push("disk mid { size = 9TB, storage-class = \"m\" }".to_owned());
    }
    dice.shuffle(&mut disks);
    let size = 8 + components / 8;
    let hardware = |name: &str, count: u64, disks: &[String]| {
        format!(
            "node {name} {{ cpu = {size}, memory = {}GB, pods = 900, count = {count}\n{} }}",
            4 * size,
            disks.join("\n")
        )
    };
    let mut nodes = vec![hardware("worker", 2 + dice.below(3), &disks)];
    if dice.below(2) == 0 {
        nodes.push(hardware("box", 1 + dice.below(3), &disks));
    }
    items.push(format!("hardware lab {{ {} }}", nodes.join("\n")));
    items.push("system s on lab {}".to_owned());
    let namespaces = 1 + dice.below(3);
    for index in 0..namespaces {
        let quota = ["", "quota = { requests { memory = 900GB, cpu = 700 } }"];
        let quota = quota[usize::from(dice.below(3) == 0)];
        // Declared against their alphabetical order, too.
        items.push(format!("namespace n{} {{ {quota} }}", 9 - index));
    }
    for index in 0..components {
        let namespace = 9 - dice.below(namespaces);
        let common = format!("namespace = n{namespace}, image = \"e/a:1.0.0\", cpu = 50m, memory = 64Mi, port = 80");
        let replicas = 1 + dice.below(3);
        items.push(match dice.below(8) {
            0 => format!(
                "component c{index} : stateful {{ {common}, replicas = {replicas}, storage = 1Gi, storage-class = \"z\" }}"
            ),
            1 => format!("component c{index} : web {{ {common}, spread = \"soft\", replicas = 1..{} }}", replicas + 1),
            _ => format!("component c{index} : web {{ {common}, replicas = {replicas} }}"),
        });
    }
    for name in ["staging", "production"] {
        if components > 0 && dice.below(3) == 0 {
            items.push(format!("environment {name} {{ c0 {{ memory = 96Mi }} }}"));
        }
    }
    dice.shuffle(&mut items);
    let mut text = "use std { stateful, web }\n".to_owned();
    items.iter().for_each(|item| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{item}");
    });
    text
}

/// Whether it was built.
fn agrees(source: &str) -> bool {
    let root = tempfile::tempdir().expect("the system has a temporary directory");
    let (file, output) = (root.path().join("a.vauban"), root.path().join("deploy"));
    fs::write(&file, source).expect("the file can be written");
    let text = |path: &Path| path.display().to_string();
    let (checked, said) = run(&["check", &text(&file)]);
    assert!(!said.contains("V0905"), "prover and checker differ: {said}\n{source}");
    let (built, complaint) = run(&["build", &text(&file), "-o", &text(&output), "--quiet"]);
    assert_eq!(checked, built, "`check` says {said}\n`build` says {complaint}\n{source}");
    let proof = output.join("reports/proof.json");
    if built == 0 && proof.exists() {
        let (code, said) = run(&["verify", &text(&proof), "--manifests", &text(&output)]);
        assert_eq!(code, 0, "{said}\n{source}");
    }
    built == 0
}

#[test]
fn what_check_accepts_build_writes_and_verify_confirms() {
    let mut dice = Dice(1);
    let built = (0..24).filter(|_| {
        let components = dice.below(7);
        agrees(&platform(&mut dice, components))
    });
    // A test of platforms that are all refused would show nothing.
    assert!(built.count() > 4);
}

#[test]
fn a_platform_of_many_components_is_built() {
    let item = |index: u64| {
        format!(
            "component c{index} : web {{ namespace = n, image = \"e/a:1\", cpu = 50m, memory = 64Mi, port = 80, spread = \"soft\" }}"
        )
    };
    // Debug builds are slow; the bound that this is about was 64.
    let count = if cfg!(debug_assertions) { 200 } else { 2000 };
    let items: Vec<String> = (0..count).rev().map(item).collect();
    let source = format!(
        "use std {{ web }}\nhardware lab {{ node n {{ cpu = 96, memory = 512GB, pods = 900, count = 20 }} }}\nsystem s on lab {{}}\nnamespace n {{}}\n{}",
        items.join("\n")
    );
    assert!(agrees(&source));
}

#[test]
fn disks_may_be_declared_in_any_order() {
    let source = |disks: &str| {
        format!(
            "use std {{ stateful }}
            hardware lab {{ node n {{ cpu = 4, memory = 15GB, count = 3\n{disks} }} }}
            system s on lab {{}}
            namespace x {{}}
            component a : stateful {{
              namespace = x, image = \"e/a:1\", cpu = 100m, memory = 256Mi, port = 80
              replicas = 3, storage = 10Gi, storage-class = \"gp3\"
            }}"
        )
    };
    let (root, data) =
        ("disk root { size = 100GB, ephemeral = 50GB }", "disk ebs { size = 1TB, storage-class = \"gp3\" }");
    assert!(agrees(&source(&format!("{root}\n{data}"))));
    assert!(agrees(&source(&format!("{data}\n{root}"))));
}

#[test]
fn what_emits_nothing_is_built_as_nothing() {
    assert!(agrees("kind thing { count : Int = 2\n emit \"v1\" ConfigMap { data.count = 2 } }"));
    assert!(agrees("environment staging {}"));
}

#[test]
fn a_workload_without_a_specification_is_an_error_at_its_emission() {
    let source = "use std { networked }
        hardware box { node host { cpu = 4, memory = 8GB } }
        system demo on box {}
        namespace shop {}
        kind collector : networked { emit \"apps/v1\" DaemonSet {} }
        component logs : collector { namespace = shop }";
    let root = tempfile::tempdir().expect("the system has a temporary directory");
    let file = root.path().join("a.vauban");
    fs::write(&file, source).expect("the file can be written");
    let (code, said) = run(&["check", &file.display().to_string()]);
    assert!(code == 1 && said.contains("`spec`") && !said.contains("V0905"), "{said}");
}
