//! The queries over the proof, through the library and as people type them.

use std::fs;
use std::path::Path;

mod budgets;
mod dump;
mod import;
mod manifests;
mod minimum;
mod nodes;
mod operated;
mod what_if;

/// Exit code, standard output, standard error.
pub(super) fn vaubanc(arguments: &[&str]) -> (u8, String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let code = vaubanc::cli::run(["vaubanc"].iter().chain(arguments), &mut stdout, &mut stderr);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the command writes UTF-8");
    (code, text(stdout), text(stderr))
}

fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).display().to_string()
}

/// A temporary directory with some files.
fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("the system has a temporary directory");
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().expect("it is below the root")).expect("the directory is writable");
        fs::write(path, text).expect("the directory is writable");
    }
    root
}

fn path(root: &tempfile::TempDir, name: &str) -> String {
    root.path().join(name).display().to_string()
}
