//! Lists the library's files, so that adding an operator is adding a file to `stdlib/`.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts");
    let folder = Path::new(&root).join("stdlib");
    println!("cargo:rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(&folder).expect("the library stands in stdlib/");
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".vauban"))
        .collect();
    names.sort();
    let mut table = String::from("&[\n");
    for name in names {
        let path = folder.join(&name);
        writeln!(table, "    ({name:?}, include_str!({:?})),", path.display())
            .expect("writing to a string does not fail");
    }
    table.push_str("]\n");
    let target = Path::new(&env::var("OUT_DIR").expect("cargo sets it for build scripts")).join("stdlib.rs");
    fs::write(target, table).expect("the build directory is writable");
}
