//! The only door to the outside for the compiler's core.

/// A file of a module.
#[derive(Debug, Clone)]
pub struct ModuleFile {
    /// As shown in messages.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorldError {
    Missing { name: String },
    TooLarge { name: String, size: u64 },
    Unreadable { name: String, reason: String },
}

/// The only door to the outside for the compiler's core.
pub trait World: Sync {
    /// The `.vauban` files directly in a directory module, sorted by name. `""` is the main module.
    ///
    /// # Errors
    /// When the directory does not exist or a file cannot be read.
    fn module(&self, path: &str) -> Result<Vec<ModuleFile>, WorldError>;

    /// Any file, relative to the main module.
    ///
    /// # Errors
    /// When it cannot be read.
    fn file(&self, path: &str) -> Result<Vec<u8>, WorldError>;
}
