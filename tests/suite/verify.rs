//! The proofs of the examples, checked by the module that shares nothing with the compiler.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The examples that build.
const EXAMPLES: [&str; 2] = ["hello", "vauban-blog"];

fn run(arguments: &[&str]) -> (u8, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let all = ["vaubanc"].iter().chain(arguments);
    let code = vaubanc::cli::run(all, &mut stdout, &mut stderr);
    (code, String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

fn build(example: &str, output: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let (code, text) = run(&["build", &source.display().to_string(), "-o", &output.display().to_string(), "--quiet"]);
    assert_eq!(code, 0, "{text}");
}

fn check(output: &Path, manifests: &Path, further: &[&str]) -> (u8, String) {
    let (proof, manifests) = (output.join("reports/proof.json"), manifests.display().to_string());
    let proof = proof.display().to_string();
    run(&[&["verify", &proof, "--manifests", &manifests], further].concat())
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("the build wrote the file");
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).expect("the file can be written");
}

#[test]
fn every_number_of_the_examples_is_confirmed() {
    for example in EXAMPLES {
        let root = tempfile::tempdir().expect("the system has a temporary directory");
        build(example, root.path());
        let (code, text) = check(root.path(), root.path(), &[]);
        assert_eq!(code, 0, "{example}: {text}");
        assert!(text.contains("confirmed") && text.contains("assumptions") && !text.contains("refused"), "{text}");
        assert!(text.ends_with("\nevery required state is confirmed to fit\n"), "{text}");
    }
}

#[test]
fn a_build_that_was_touched_is_refused() {
    let root = tempfile::tempdir().expect("the system has a temporary directory");
    build("hello", root.path());
    let deployment = root.path().join("base/site/deployment.yaml");
    replace(&deployment, "replicas: 2", "replicas: 3");
    let (code, text) = check(root.path(), root.path(), &[]);
    assert!(code == 1 && text.contains("stale") && text.contains("build again with `vaubanc build"), "{text}");
    assert!(text.ends_with("\nthe proof does not hold for these files\n") && !text.contains("rests on"), "{text}");
    replace(&deployment, "replicas: 3", "replicas: 2");
    replace(&root.path().join("reports/proof.json"), "\"sum\": 100", "\"sum\": 99");
    let (code, text) = check(root.path(), root.path(), &[]);
    assert!(code == 1 && text.contains("refused"), "{text}");
}

#[test]
fn wrong_usage_is_told_from_a_wrong_proof() {
    let root = tempfile::tempdir().expect("the system has a temporary directory");
    assert_eq!(check(root.path(), root.path(), &[]).0, 2);
    build("hello", root.path());
    let (code, text) = check(root.path(), &root.path().join("absent"), &[]);
    assert!(code == 2 && text.contains("`vaubanc verify DIR/reports/proof.json --manifests DIR`"), "{text}");
    assert_eq!(check(root.path(), root.path(), &["--env", "absent"]).0, 2);
    assert_eq!(check(root.path(), root.path(), &["--nodes", "absent.yaml"]).0, 2);
}

/// The digests agree only where the renderer of the checker and Kustomize itself make the same objects.
#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn what_kustomize_prints_is_what_the_checker_renders() {
    let version = Command::new("kubectl").args(["version", "--client"]).output();
    if !version.is_ok_and(|output| output.status.success()) {
        assert!(env::var_os("CI").is_none(), "`kubectl` is needed on the build server");
        eprintln!("skipped: there is no `kubectl`");
        return;
    }
    for (example, environments) in [("hello", vec!["base"]), ("vauban-blog", vec!["production", "staging", "local"])] {
        let root = tempfile::tempdir().expect("the system has a temporary directory");
        build(example, root.path());
        for environment in environments {
            let directory = match environment {
                "base" => root.path().join("base"),
                other => root.path().join("overlays").join(other),
            };
            let printed = Command::new("kubectl").arg("kustomize").arg(directory).output().expect("`kubectl` runs");
            let file: PathBuf = root.path().join("printed.yaml");
            fs::write(&file, printed.stdout).expect("the file can be written");
            let (code, text) = check(root.path(), &file, &["--env", environment]);
            assert_eq!(code, 0, "{example}, {environment}: {text}");
        }
    }
}
