//! What Kustomize itself makes of every example and of every module that exercises the library.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use vaubanc::cli::world::FileWorld;
use vaubanc::data::{Node, yaml};
use vaubanc::diag::codes;
use vaubanc::render::kustomize::same_objects;
use vaubanc::render::{FileSet, applied, render};
use vaubanc::{Compilation, Options, compile};

/// Whether there is a `kubectl`. On a build server a missing one is a fault, not a reason to skip.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn kubectl_is_there() -> bool {
    let version = Command::new("kubectl").args(["version", "--client"]).output();
    let there = version.is_ok_and(|output| output.status.success());
    assert!(there || std::env::var_os("CI").is_none(), "`kubectl` is needed on the build server");
    if !there {
        eprintln!("skipped: there is no `kubectl`");
    }
    there
}

fn write(files: &FileSet, root: &Path) {
    for (path, text) in files.iter() {
        let path = root.join(path);
        let directory = path.parent().expect("files of a tree lie in a directory");
        fs::create_dir_all(directory).and_then(|()| fs::write(&path, text)).expect("the directory is writable");
    }
}

fn kubectl_kustomize(directory: &Path) -> Result<Vec<Node>, String> {
    let output = Command::new("kubectl").arg("kustomize").arg(directory).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    yaml::read_all(&String::from_utf8_lossy(&output.stdout))
}

/// Holds `kubectl kustomize` of base and overlays against the compiler's own objects. Gives the number of directories.
fn assert_kustomize_agrees(name: &str, compilation: &Compilation) -> usize {
    let (files, faults) = render(compilation);
    assert!(faults.is_empty(), "{name}: {faults:?}");
    let root = tempfile::tempdir().expect("the system has a temporary directory");
    write(&files, root.path());
    let mut compared = 0;
    for view in &compilation.views {
        let directory = match &view.model.environment {
            None => "base".to_owned(),
            Some(environment) => format!("overlays/{environment}"),
        };
        let expected: Vec<Node> = applied(view).into_iter().map(|object| object.body.clone()).collect();
        if expected.is_empty() {
            continue;
        }
        let built =
            kubectl_kustomize(&root.path().join(&directory)).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(same_objects(&built, &expected), Ok(()), "{name}: {directory}");
        compared += 1;
    }
    compared
}

/// Modules of this repository: directories in `examples`, single files in `tests/library`.
fn modules() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut modules = Vec::new();
    for folder in ["examples", "tests/library"] {
        let entries = fs::read_dir(root.join(folder)).expect("the folder is part of the repository");
        modules.extend(entries.map(|entry| entry.expect("the folder can be read").path()));
    }
    modules.retain(|path| path.is_dir() || path.extension().is_some_and(|extension| extension == "vauban"));
    modules.sort();
    modules
}

/// A platform that does not fit is rendered here all the same: its overlays must be right, whatever the proofs say.
#[test]
fn kubectl_gives_back_the_objects_of_every_environment_of_every_module() {
    if !kubectl_is_there() {
        return;
    }
    let mut compared = 0;
    for module in modules() {
        let compilation = compile(&FileWorld::new(&module), &Options::default());
        // Kustomize refuses two objects with one identity, as the compiler does.
        if !compilation.diagnostics.iter().any(|finding| finding.code == codes::DUPLICATE_OBJECT) {
            compared += assert_kustomize_agrees(&module.display().to_string(), &compilation);
        }
    }
    assert!(compared > 0, "no module gave any object");
}
