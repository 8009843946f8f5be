//! The only door between the compiler's core and the outside.
//!
//! The core asks for modules and files by paths that are relative to the main module; who answers, a file system,
//! memory or an editor's buffers, is none of its business. That is what keeps every phase pure and testable.

use std::collections::BTreeMap;
use std::fmt;

/// Sources above this size are refused before they are read: offsets are 32 bits wide, and no platform is that long.
pub const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// The only door to the outside for the compiler's core.
///
/// Paths are separated by `/` and relative to the main module, whose own path is the empty text; `../common` is the
/// module beside it.
pub trait World: Sync {
    /// The `.vauban` files directly in the directory of a module, sorted by name.
    ///
    /// # Errors
    ///
    /// When there is no such directory, or a file in it cannot be read. A directory without sources is no error.
    fn module(&self, path: &str) -> Result<Vec<ModuleFile>, WorldError>;

    /// One file, for `read("…")` and `api … from "…"`.
    ///
    /// # Errors
    ///
    /// When it does not exist, cannot be read or is too large.
    fn file(&self, path: &str) -> Result<Vec<u8>, WorldError>;
}

/// A source of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleFile {
    /// How messages call it.
    pub name: String,
    /// The bytes, as they are: the lexer says what is wrong with their encoding.
    pub bytes: Vec<u8>,
}

/// Why the outside did not answer. Each names the thing as messages call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorldError {
    /// It does not exist.
    Missing {
        /// What was asked for.
        name: String,
    },
    /// It is larger than [`LARGEST_FILE`] and was not read.
    TooLarge {
        /// What was asked for.
        name: String,
        /// Its size in bytes.
        size: u64,
    },
    /// It exists and cannot be read.
    Unreadable {
        /// What was asked for.
        name: String,
        /// What the operating system says.
        reason: String,
    },
}

impl WorldError {
    /// How messages call what was asked for.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Missing { name } | Self::TooLarge { name, .. } | Self::Unreadable { name, .. } => name,
        }
    }
}

impl fmt::Display for WorldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(formatter, "`{name}` does not exist"),
            Self::TooLarge { name, size } => write!(
                formatter,
                "`{name}` has {size} bytes, more than the {LARGEST_FILE} bytes (16 MiB) that the compiler reads"
            ),
            Self::Unreadable { name, reason } => write!(formatter, "`{name}` cannot be read: {reason}"),
        }
    }
}

impl std::error::Error for WorldError {}

/// Joins a path to the directory that it is relative to, and resolves `.` and `..` as far as the text allows.
#[must_use]
pub fn join(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

/// A world in memory, for tests and for programs that use the compiler as a library.
#[derive(Debug, Clone, Default)]
pub struct MemoryWorld {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryWorld {
    /// A world without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file. `main.vauban` is in the main module, `../common/a.vauban` in the module beside it.
    #[must_use]
    pub fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(join("", path), bytes.into());
        self
    }

    fn checked(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, WorldError> {
        let size = bytes.len() as u64;
        if size > LARGEST_FILE {
            return Err(WorldError::TooLarge { name: name.to_owned(), size });
        }
        Ok(bytes.to_vec())
    }
}

impl World for MemoryWorld {
    fn module(&self, path: &str) -> Result<Vec<ModuleFile>, WorldError> {
        let directory = join("", path);
        let prefix = if directory.is_empty() { String::new() } else { format!("{directory}/") };
        let mut files = Vec::new();
        let mut exists = directory.is_empty();
        for (name, bytes) in &self.files {
            let Some(rest) = name.strip_prefix(&prefix) else { continue };
            exists = true;
            if !rest.contains('/') && rest.ends_with(".vauban") {
                files.push(ModuleFile { name: name.clone(), bytes: self.checked(name, bytes)? });
            }
        }
        if exists { Ok(files) } else { Err(WorldError::Missing { name: directory }) }
    }

    fn file(&self, path: &str) -> Result<Vec<u8>, WorldError> {
        let name = join("", path);
        let bytes = self.files.get(&name).ok_or_else(|| WorldError::Missing { name: name.clone() })?;
        self.checked(&name, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_resolves_dots_and_keeps_what_leads_out() {
        assert_eq!(join("", "../common"), "../common");
        assert_eq!(join("a/b", "../common"), "a/common");
        assert_eq!(join("../common", "../other/x.vauban"), "../other/x.vauban");
        assert_eq!(join("", "./a//b"), "a/b");
    }

    #[test]
    fn a_module_is_the_sources_directly_in_its_directory() {
        let world = MemoryWorld::new()
            .with("b.vauban", "b")
            .with("a.vauban", "a")
            .with("deep/c.vauban", "c")
            .with("notes.md", "n")
            .with("../common/d.vauban", "d");
        let names = |path: &str| world.module(path).map(|files| files.into_iter().map(|f| f.name).collect::<Vec<_>>());
        assert_eq!(names(""), Ok(vec!["a.vauban".to_owned(), "b.vauban".to_owned()]));
        assert_eq!(names("../common"), Ok(vec!["../common/d.vauban".to_owned()]));
        assert_eq!(names("nowhere"), Err(WorldError::Missing { name: "nowhere".to_owned() }));
        assert_eq!(world.file("notes.md"), Ok(b"n".to_vec()));
    }

    #[test]
    fn a_file_above_the_limit_is_refused_with_its_size() {
        let size = LARGEST_FILE + 1;
        let world = MemoryWorld::new().with("big.vauban", vec![b' '; size as usize]);
        assert_eq!(world.module(""), Err(WorldError::TooLarge { name: "big.vauban".to_owned(), size }));
    }
}
