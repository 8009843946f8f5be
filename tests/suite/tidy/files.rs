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

/// The modules of a source that exist for tests only, as the beginnings of their paths.
fn test_modules(file: &File) -> Vec<String> {
    let directory = match file.path.rsplit_once('/') {
        Some((directory, "mod.rs" | "lib.rs" | "main.rs")) => directory,
        _ => file.path.trim_end_matches(".rs"),
    };
    let lines: Vec<&str> = file.text.lines().collect();
    let declared = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]");
    let name = |line: &str| Some(line.split_once("mod ")?.1.strip_suffix(';')?.to_owned());
    declared.filter_map(|pair| name(pair[1])).map(|name| format!("{directory}/{name}")).collect()
}

/// The sources of the compiler itself, without the modules that only its tests see.
pub(super) fn compiler(files: Vec<File>) -> Vec<File> {
    let mut files = files;
    files.retain(|file| file.path.starts_with("src/") && file.path.ends_with(".rs") && file.path != "src/lib.rs");
    let tests: Vec<String> = files.iter().flat_map(test_modules).collect();
    let is_test = |path: &str| {
        let rest = tests.iter().filter_map(|test| path.strip_prefix(test.as_str()));
        rest.into_iter().any(|rest| rest == ".rs" || rest.starts_with('/'))
    };
    files.retain(|file| !is_test(&file.path));
    files
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
