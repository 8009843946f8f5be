//! `vaubanc new`.

use std::fs;
use std::path::Path;

use crate::cli::arguments::New;
use crate::cli::output::Output;
use crate::cli::write;
use crate::cli::{CLEAN, FAILURE};

/// The files of the scaffold. It must build without a warning, which the test-suite checks.
pub(crate) const FILES: [(&str, &str); 2] =
    [("main.vauban", include_str!("new/main.vauban")), ("README.md", include_str!("new/README.md"))];

pub(crate) fn run(new: &New, output: &mut Output<'_>) -> u8 {
    let directory = &new.directory;
    match fill(directory, &FILES) {
        Ok(()) => {
            let shown = directory.display();
            output.remark(&format!(
                "{shown}/main.vauban and {shown}/README.md are written. Next:\n\n  \
                 vaubanc check {shown}\n  vaubanc build {shown} -o deploy\n"
            ));
            CLEAN
        }
        Err(complaint) => {
            output.complaint(&format!("error: {complaint}\n"));
            FAILURE
        }
    }
}

/// Writes files into a directory that is empty or absent.
pub(crate) fn fill<T: AsRef<str>>(directory: &Path, files: &[(T, T)]) -> Result<(), String> {
    let shown = directory.display();
    if fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(format!("`{shown}` is not empty\n  give the name of a directory that does not exist yet"));
    }
    fs::create_dir_all(directory).map_err(|error| format!("`{shown}` cannot be created: {error}"))?;
    for (name, text) in files {
        let path = directory.join(name.as_ref());
        write::write_file(&path, text.as_ref())
            .map_err(|error| format!("`{}` cannot be written: {error}", path.display()))?;
    }
    Ok(())
}
