//! The files that the rules are about.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// What belongs to the project; what stands beside it, such as the output of a build, is nobody's business.
const ROOTS: [&str; 10] =
    ["src", "tests", "benches", "docs", "editors", "examples", "grammar", "stdlib", ".ci", "build.rs"];

/// A text of the project.
#[derive(Debug)]
pub(super) struct File {
    /// Relative to the root of the project, separated by `/`.
    pub(super) path: String,
    pub(super) text: String,
}

/// The directory of the project.
pub(super) fn root() -> PathBuf {
    // The variable of the run and not that of the build: a cached build may have been moved.
    env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

/// Every text of the project, sorted by path. Files that are not UTF-8 are inputs of tests, which no rule is about.
pub(super) fn tree() -> Vec<File> {
    let root = root();
    let mut files = Vec::new();
    for name in ROOTS {
        collect(&root.join(name), name, &mut files);
    }
    for entry in fs::read_dir(&root).expect("the project can be listed") {
        let path = entry.expect("the project can be listed").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name.ends_with(".md") || name.ends_with(".toml") {
            collect(&path, &name, &mut files);
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

fn collect(path: &Path, name: &str, files: &mut Vec<File>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a directory of the project can be listed") {
            let entry = entry.expect("a directory of the project can be listed");
            let inner = entry.file_name().to_string_lossy().into_owned();
            if !matches!(inner.as_str(), "target" | "node_modules") {
                collect(&entry.path(), &format!("{name}/{inner}"), files);
            }
        }
    } else if let Ok(text) = fs::read_to_string(path) {
        files.push(File { path: name.to_owned(), text });
    }
}

/// Whether a source is there for tests only, by the names that such sources have here.
pub(super) fn is_test(path: &str) -> bool {
    let stem = path.rsplit('/').next().and_then(|name| name.strip_suffix(".rs")).unwrap_or_default();
    stem == "tests" || stem == "testing" || stem.ends_with("_tests") || path.contains("/tests/")
}

/// A source without its comments and without the tests at its end, line for line.
pub(super) fn program(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let is_start = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{');
    if let Some(start) = lines.windows(2).position(is_start) {
        lines.truncate(start);
    }
    let code = |line: &&str| if line.trim_start().starts_with("//") { String::new() } else { (*line).to_owned() };
    lines.iter().map(code).collect::<Vec<_>>().join("\n")
}
