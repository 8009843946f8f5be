//! The command as people use it, without a process.

use std::fs;
use std::path::Path;

use super::*;

/// Exit code, standard output, standard error.
fn vaubanc(arguments: &[&str]) -> (u8, String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let arguments = std::iter::once("vaubanc").chain(arguments.iter().copied());
    let code = run(arguments, &mut stdout, &mut stderr);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the command writes UTF-8");
    (code, text(stdout), text(stderr))
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("the system has a temporary directory")
}

fn path(root: &Path, name: &str) -> String {
    root.join(name).to_str().expect("temporary directories have plain names").to_owned()
}

/// A scaffold in a temporary directory, with the path of an output directory beside it.
fn scaffold() -> (tempfile::TempDir, String, String) {
    let root = directory();
    let (source, output) = (path(root.path(), "shop"), path(root.path(), "deploy"));
    assert_eq!(vaubanc(&["new", &source]).0, CLEAN);
    (root, source, output)
}

#[test]
fn help_and_version_are_no_faults_and_nonsense_is() {
    let (code, stdout, _) = vaubanc(&["--version"]);
    assert_eq!((code, stdout.trim()), (CLEAN, concat!("vaubanc ", env!("CARGO_PKG_VERSION"))));
    for arguments in [&["--help"][..], &["build", "--help"], &["check", "--help"], &["graph", "--help"]] {
        let (code, stdout, _) = vaubanc(arguments);
        assert!(code == CLEAN && stdout.contains("Usage:"), "{arguments:?}");
    }
    for arguments in [&["bulid"][..], &["build"], &["build", "-o"], &["check", "--today", "tomorrow"], &[]] {
        let (code, _, stderr) = vaubanc(arguments);
        assert!(code == FAILURE && !stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn every_code_is_listed_and_has_a_page_under_both_of_its_names() {
    let (code, list, _) = vaubanc(&["explain"]);
    assert_eq!(code, CLEAN);
    for known in crate::diag::codes::ALL {
        assert!(list.contains(known.number()) && list.contains(known.name()), "{known:?}");
        let by_number = vaubanc(&["explain", &known.number().to_lowercase()]);
        assert_eq!(by_number, vaubanc(&["explain", known.name()]));
        assert!(by_number.1.starts_with(&format!("# {}", known.number())), "{known:?}");
    }
}

#[test]
fn a_misspelt_code_gets_a_suggestion() {
    let (code, _, stderr) = vaubanc(&["explain", "overful"]);
    assert_eq!(code, FAILURE);
    assert!(stderr.contains("`overfull`"), "{stderr}");
}

#[test]
fn the_scaffold_builds_twice_and_the_second_time_changes_nothing() {
    let (_root, source, output) = scaffold();
    let (code, stdout, stderr) = vaubanc(&["build", &source, "-o", &output]);
    assert_eq!((code, stderr.as_str()), (CLEAN, ""), "{stdout}");
    assert!(Path::new(&output).join("vauban.lock.json").exists());
    assert_eq!(vaubanc(&["build", &source, "-o", &output, "--check"]).0, CLEAN);
    let (code, stdout, _) = vaubanc(&["build", &source, "-o", &output]);
    assert!(code == CLEAN && stdout.contains("unchanged") && !stdout.contains("new"), "{stdout}");
}

#[test]
fn a_stale_directory_is_noticed_and_left_as_it_is() {
    let (_root, source, output) = scaffold();
    assert_eq!(vaubanc(&["build", &source, "-o", &output]).0, CLEAN);
    let file = Path::new(&output).join("README.md");
    fs::write(&file, "edited").expect("the directory is writable");
    let (code, _, stderr) = vaubanc(&["build", &source, "-o", &output, "--check"]);
    assert!(code == FINDINGS && stderr.contains("V0904") && stderr.contains("README.md"), "{stderr}");
    assert_eq!(fs::read_to_string(&file).ok().as_deref(), Some("edited"));
}

#[test]
fn errors_write_nothing() {
    let (_root, source, output) = scaffold();
    let main = Path::new(&source).join("main.vauban");
    fs::write(&main, "component ERROR {{{").expect("the directory is writable");
    let (code, stdout, stderr) = vaubanc(&["build", &source, "-o", &output]);
    assert!(code == FINDINGS && !stderr.is_empty(), "{stderr}");
    assert!(stdout.contains("nothing was written") && !Path::new(&output).exists(), "{stdout}");
}

#[test]
fn a_directory_with_other_files_is_neither_built_into_nor_scaffolded() {
    let (_root, source, output) = scaffold();
    fs::create_dir(&output).and_then(|()| fs::write(Path::new(&output).join("mine"), "")).expect("it is writable");
    let (code, _, stderr) = vaubanc(&["build", &source, "-o", &output]);
    assert!(code == FAILURE && stderr.contains("V0902"), "{stderr}");
    assert_eq!(vaubanc(&["new", &output]).0, FAILURE);
    assert_eq!(fs::read_dir(&output).map(Iterator::count).ok(), Some(1));
}

#[test]
fn a_path_that_does_not_exist_is_wrong_usage() {
    let (code, _, stderr) = vaubanc(&["check", "/nowhere/at/all"]);
    assert!(code == FAILURE && stderr.contains("V0901"), "{stderr}");
}

#[test]
fn json_is_the_only_thing_on_standard_output() {
    let (_root, source, _) = scaffold();
    let (code, stdout, stderr) = vaubanc(&["check", &source, "--format", "json"]);
    assert_eq!((code, stderr.as_str()), (CLEAN, ""));
    assert!(serde_json::from_str::<serde_json::Value>(&stdout).is_ok(), "{stdout}");
}

#[test]
fn quiet_says_nothing_when_there_is_nothing_to_say() {
    let (_root, source, _) = scaffold();
    assert_eq!(vaubanc(&["check", &source, "-q"]), (CLEAN, String::new(), String::new()));
}

#[test]
fn colours_come_only_when_they_are_wanted() {
    let (_root, source, _) = scaffold();
    assert!(!vaubanc(&["check", &source]).1.contains('\u{1b}'));
    assert!(vaubanc(&["check", &source, "--color", "always"]).1.contains('\u{1b}'));
}

#[test]
fn the_graph_is_the_only_thing_on_standard_output() {
    let (_root, source, _) = scaffold();
    let (code, stdout, _) = vaubanc(&["graph", &source]);
    assert!(code == CLEAN && stdout.starts_with("digraph"), "{stdout}");
}

#[test]
fn the_same_sources_give_the_same_bytes_from_any_directory() {
    let (root, source, output) = scaffold();
    let (moved, second) = (path(root.path(), "elsewhere"), path(root.path(), "second"));
    assert_eq!(vaubanc(&["build", &source, "-o", &output]).0, CLEAN);
    fs::rename(&source, &moved).expect("both are in one directory");
    assert_eq!(vaubanc(&["build", &moved, "-o", &second]).0, CLEAN);
    assert_eq!(vaubanc(&["build", &moved, "-o", &output, "--check"]).0, CLEAN);
    let lock = |directory: &str| fs::read(Path::new(directory).join("vauban.lock.json")).ok();
    assert_eq!(lock(&output), lock(&second));
}

#[test]
fn an_environment_looked_at_alone_still_shares_its_hardware_with_the_others() {
    let root = directory();
    let source = path(root.path(), "two.vauban");
    let text = "use std { web }\nhardware laptop { node box { cpu = 4, memory = 8GB } }\nsystem shop on laptop {}\nnamespace apps {}\n\
        component site : web { namespace = apps, image = \"nginx:1\", cpu = 50m..200m, memory = 64Mi..128Mi, port = 8080, replicas = 1 }\n\
        environment a on laptop { component site { cpu = 2..2 } }\nenvironment b on laptop { component site { cpu = 3..3 } }\n";
    fs::write(&source, text).expect("the temporary directory is writable");
    let (code, stdout, stderr) = vaubanc(&["check", &source, "--env", "a", "--format", "short"]);
    assert!(code == FINDINGS && stderr.contains("5 CPU"), "{stderr}");
    assert!(stdout.contains("a on laptop") && !stdout.contains("b on laptop"), "{stdout}");
}
