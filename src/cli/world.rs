//! The world of files, for the command.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::world::{LARGEST_FILE, ModuleFile, World, WorldError, join};

/// How messages call standard input.
const STANDARD_INPUT: &str = "<stdin>";

/// Files below a directory, or one file, or standard input.
#[derive(Debug)]
pub struct FileWorld {
    main: Main,
    /// What paths are relative to, as the user typed it.
    root: PathBuf,
    /// Standard input can be read only once, and modules may be asked for twice.
    standard_input: OnceLock<Result<Vec<u8>, WorldError>>,
}

#[derive(Debug)]
enum Main {
    Directory,
    File(PathBuf),
    StandardInput,
}

impl FileWorld {
    /// The world of what the user typed: a directory, one file (which then is the main module) or `-`.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let parent = || path.parent().unwrap_or(Path::new("")).to_owned();
        let (main, root) = if path == Path::new("-") {
            (Main::StandardInput, PathBuf::new())
        } else if path.is_file() {
            (Main::File(path.to_owned()), parent())
        } else {
            (Main::Directory, path.to_owned())
        };
        Self { main, root, standard_input: OnceLock::new() }
    }

    /// `.` is not shown: `main.vauban` reads better than `./main.vauban`.
    fn locate(&self, path: &str) -> PathBuf {
        let relative = join("", path);
        let root = if self.root == Path::new(".") { Path::new("") } else { self.root.as_path() };
        if relative.is_empty() { root.to_owned() } else { root.join(relative) }
    }

    fn standard_input(&self) -> Result<Vec<u8>, WorldError> {
        let read = || read_limited(STANDARD_INPUT.to_owned(), std::io::stdin().lock());
        self.standard_input.get_or_init(read).clone()
    }
}

impl World for FileWorld {
    fn module(&self, path: &str) -> Result<Vec<ModuleFile>, WorldError> {
        let directory = self.locate(path);
        match &self.main {
            Main::StandardInput if path.is_empty() => {
                return Ok(vec![ModuleFile { name: STANDARD_INPUT.to_owned(), bytes: self.standard_input()? }]);
            }
            Main::File(file) if path.is_empty() => {
                return Ok(vec![ModuleFile { name: show(file), bytes: read(file)? }]);
            }
            _ => {}
        }
        let listed = if directory.as_os_str().is_empty() { Path::new(".") } else { directory.as_path() };
        let mut paths = Vec::new();
        for entry in fs::read_dir(listed).map_err(|error| refusal(show(listed), &error))? {
            let entry = entry.map_err(|error| refusal(show(listed), &error))?;
            let name = entry.file_name();
            let path = directory.join(&name);
            // Editors leave hidden copies beside the file, which are no part of the module.
            let hidden = name.to_string_lossy().starts_with('.');
            if path.extension().is_some_and(|extension| extension == "vauban") && !hidden && path.is_file() {
                paths.push(path);
            }
        }
        paths.sort();
        paths.iter().map(|path| Ok(ModuleFile { name: show(path), bytes: read(path)? })).collect()
    }

    fn file(&self, path: &str) -> Result<Vec<u8>, WorldError> {
        read(&self.locate(path))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, WorldError> {
    let name = show(path);
    let file = File::open(path).map_err(|error| refusal(name.clone(), &error))?;
    let size = file.metadata().map_err(|error| refusal(name.clone(), &error))?.len();
    if size > LARGEST_FILE {
        return Err(WorldError::TooLarge { name, size });
    }
    read_limited(name, file)
}

/// Reads no more than the limit, because pipes and some file systems do not tell a size beforehand.
fn read_limited(name: String, reader: impl Read) -> Result<Vec<u8>, WorldError> {
    let mut bytes = Vec::new();
    reader.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(|error| refusal(name.clone(), &error))?;
    let size = bytes.len() as u64;
    if size > LARGEST_FILE { Err(WorldError::TooLarge { name, size }) } else { Ok(bytes) }
}

fn refusal(name: String, error: &std::io::Error) -> WorldError {
    match error.kind() {
        ErrorKind::NotFound => WorldError::Missing { name },
        _ => WorldError::Unreadable { name, reason: error.to_string() },
    }
}

/// Paths in messages have `/` on every system, as paths in sources do.
pub(crate) fn show(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: Result<Vec<ModuleFile>, WorldError>) -> Vec<String> {
        files.expect("the files were just written").into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn a_directory_is_a_module_and_so_is_a_file() {
        let root = tempfile::tempdir().expect("the system has a temporary directory");
        for name in ["b.vauban", "a.vauban", "notes.md", ".#a.vauban"] {
            fs::write(root.path().join(name), name).expect("the temporary directory is writable");
        }
        let at = |name: &str| show(&root.path().join(name));
        let directory = FileWorld::new(root.path());
        assert_eq!(names(directory.module("")), [at("a.vauban"), at("b.vauban")]);
        assert_eq!(directory.file("notes.md"), Ok(b"notes.md".to_vec()));
        let file = FileWorld::new(&root.path().join("b.vauban"));
        assert_eq!(names(file.module("")), [at("b.vauban")]);
        assert_eq!(file.file("notes.md"), Ok(b"notes.md".to_vec()));
    }

    #[test]
    fn what_is_missing_or_a_directory_is_told_apart() {
        let root = tempfile::tempdir().expect("the system has a temporary directory");
        let world = FileWorld::new(root.path());
        assert!(matches!(world.module("nowhere"), Err(WorldError::Missing { .. })));
        fs::create_dir(root.path().join("folder")).expect("the temporary directory is writable");
        assert!(matches!(world.file("folder"), Err(WorldError::Unreadable { .. })));
        assert!(matches!(world.file("nowhere"), Err(WorldError::Missing { .. })));
    }

    #[test]
    fn a_file_above_the_limit_is_not_read() {
        let root = tempfile::tempdir().expect("the system has a temporary directory");
        let file = File::create(root.path().join("big.vauban")).expect("the temporary directory is writable");
        file.set_len(LARGEST_FILE + 1).expect("sparse files cost nothing");
        let world = FileWorld::new(root.path());
        assert!(matches!(world.module(""), Err(WorldError::TooLarge { size, .. }) if size == LARGEST_FILE + 1));
    }

    #[test]
    fn a_pipe_is_cut_off_at_the_limit() {
        let endless = std::io::repeat(b' ');
        assert!(matches!(read_limited("<stdin>".to_owned(), endless), Err(WorldError::TooLarge { .. })));
    }
}
