//! The library, held against what it promises: golden output of every kind, the schemas of real custom resources, and
//! the rules that every pod keeps.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod custom_resources;
mod golden;
mod pods;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use vaubanc::diag::Severity;
use vaubanc::world::{ModuleFile, World, WorldError};
use vaubanc::{Compilation, Options, compile};

/// One file as the whole main module.
struct OneFile {
    name: String,
    bytes: Vec<u8>,
}

impl World for OneFile {
    fn module(&self, path: &str) -> Result<Vec<ModuleFile>, WorldError> {
        match path {
            "" => Ok(vec![ModuleFile { name: self.name.clone(), bytes: self.bytes.clone() }]),
            _ => Err(WorldError::Missing { name: path.to_owned() }),
        }
    }

    fn file(&self, path: &str) -> Result<Vec<u8>, WorldError> {
        Err(WorldError::Missing { name: path.to_owned() })
    }
}

/// Name and compilation of every golden module, sorted by name. None may have an error. Compiled once for all tests.
fn modules() -> &'static [(String, Compilation)] {
    static MODULES: OnceLock<Vec<(String, Compilation)>> = OnceLock::new();
    MODULES.get_or_init(compiled)
}

fn compiled() -> Vec<(String, Compilation)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/library/modules");
    let entries = std::fs::read_dir(&folder).expect("the modules stand beside the test");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("it is readable").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "vauban"));
    files.sort();
    assert!(!files.is_empty(), "no modules in {}", folder.display());
    files.iter().map(|file| module(file)).collect()
}

fn module(file: &Path) -> (String, Compilation) {
    let name = file.file_stem().and_then(|stem| stem.to_str()).expect("file names are ASCII").to_owned();
    let world = OneFile { name: format!("{name}.vauban"), bytes: std::fs::read(file).expect("it is readable") };
    let compilation = compile(&world, &Options::default());
    let errors: Vec<&str> = compilation
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| diagnostic.message.as_str())
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
    (name, compilation)
}
