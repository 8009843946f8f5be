//! Reading modules: the main directory, what it uses, and the library.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::source::{SourceId, SourceMap, Span};
use crate::stdlib;
use crate::syntax::{self, ast};
use crate::world::{ModuleFile, World, WorldError};

/// Every module of a compilation. The first is the main one, the last the library.
#[derive(Debug, Default)]
pub struct Loaded {
    pub modules: Vec<LoadedModule>,
}

/// A directory of files.
#[derive(Debug)]
pub struct LoadedModule {
    /// Relative to the main module; `std` for the library.
    pub path: String,
    pub is_library: bool,
    pub files: Cow<'static, [ast::File]>,
}

/// Reads the main module, what it uses, and the library. A module that cannot be read is reported and stands empty.
pub fn load(world: &dyn World, sources: &mut SourceMap) -> (Loaded, Diagnostics) {
    let mut loader =
        Loader { world, sources, loaded: Loaded::default(), trail: Vec::new(), diagnostics: Diagnostics::default() };
    let library = loader.library();
    loader.module("", Span::NONE);
    loader.loaded.modules.push(library);
    (loader.loaded, loader.diagnostics)
}

struct Loader<'w> {
    world: &'w dyn World,
    sources: &'w mut SourceMap,
    loaded: Loaded,
    /// The modules that are being read, with the `use` that led to each: an import of one of them is a circle.
    trail: Vec<(String, Span)>,
    diagnostics: Diagnostics,
}

/// The parsed library. It is the same in every compilation of a process (a test suite, an editor's server), provided that
/// its sources have the same ids: they are the first of every [`SourceMap`].
static LIBRARY: OnceLock<(Vec<ast::File>, Diagnostics)> = OnceLock::new();

impl Loader<'_> {
    fn library(&mut self) -> LoadedModule {
        let files = stdlib::FILES.iter().map(|(name, text)| (self.sources.add(format!("<std/{name}>"), *text), *text));
        let ids: Vec<(SourceId, &str)> = files.collect();
        let parse = || {
            let mut found = Diagnostics::default();
            let parsed = ids.iter().map(|(id, text)| {
                let (file, diagnostics) = syntax::parse(*id, text);
                found.extend(diagnostics);
                file
            });
            (parsed.collect(), found)
        };
        let (files, diagnostics) = LIBRARY.get_or_init(parse);
        self.diagnostics.extend(diagnostics.clone());
        let same = files.iter().zip(&ids).all(|(file, (id, _))| file.source == *id);
        let files = if same { Cow::Borrowed(files.as_slice()) } else { Cow::Owned(parse().0) };
        LoadedModule { path: "std".to_owned(), is_library: true, files }
    }

    fn module(&mut self, path: &str, used_at: Span) {
        if let Some(position) = self.trail.iter().position(|(name, _)| name == path) {
            self.import_cycle(position, path, used_at);
            return;
        }
        if self.loaded.modules.iter().any(|module| module.path == path) {
            return;
        }
        self.trail.push((path.to_owned(), used_at));
        // The place is taken before the imports are followed, so that the main module stays first.
        let index = self.loaded.modules.len();
        self.loaded.modules.push(LoadedModule { path: path.to_owned(), is_library: false, files: Cow::default() });
        let files = match self.world.module(path) {
            Ok(files) => files,
            Err(error) => {
                self.world_error(&error, used_at);
                Vec::new()
            }
        };
        let mut parsed: Vec<ast::File> = Vec::new();
        for file in files {
            parsed.extend(self.file(file));
        }
        let has_items = parsed.iter().any(|file| !file.items.is_empty());
        if !has_items && !self.diagnostics.has_errors() {
            let shown = if path.is_empty() { "the module".to_owned() } else { format!("the module `{path}`") };
            self.diagnostics.push(
                Diagnostic::error(codes::MISSING_MODULE, used_at, format!("{shown} holds no source")).help(
                    "put at least one `.vauban` file with an item into the directory; `vaubanc new DIR` writes one",
                ),
            );
        }
        for file in &parsed {
            for (target, span) in imports_of(file) {
                self.module(&join(path, &target), span);
            }
        }
        self.loaded.modules[index].files = Cow::Owned(parsed);
        self.trail.pop();
    }

    fn file(&mut self, file: ModuleFile) -> Option<ast::File> {
        let bytes = file.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&file.bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                let id = self.sources.add(file.name, text);
                let (tree, diagnostics) = syntax::parse(id, text);
                self.diagnostics.extend(diagnostics);
                Some(tree)
            }
            Err(error) => {
                // The readable part is kept as the source, so that the message can show where it ends.
                let readable = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
                let end = readable.len();
                let name = file.name.clone();
                let id = self.sources.add(file.name, readable);
                self.diagnostics.push(
                    Diagnostic::error(codes::ENCODING, Span::new(id, end, end), format!("`{name}` is not UTF-8"))
                        .at(format!("the byte {end} cannot be read"))
                        .help("save the file as UTF-8"),
                );
                None
            }
        }
    }

    fn world_error(&mut self, error: &WorldError, used_at: Span) {
        let diagnostic = match error {
            WorldError::Missing { name } => {
                Diagnostic::error(codes::MISSING_MODULE, used_at, format!("there is no directory `{name}`"))
                    .help("give the directory that holds the `.vauban` files, as in `vaubanc check examples/hello`")
            }
            WorldError::TooLarge { name, size } => {
                let mebibytes = size / (1 << 20);
                Diagnostic::error(
                    codes::TOO_LARGE,
                    used_at,
                    format!("`{name}` has {mebibytes} MiB; a source has at most 16 MiB"),
                )
                .help("split the file; all files of a directory are one module")
            }
            WorldError::Unreadable { name, reason } => {
                Diagnostic::error(codes::UNREADABLE, used_at, format!("`{name}` cannot be read: {reason}"))
            }
        };
        self.diagnostics.push(diagnostic);
    }

    fn import_cycle(&mut self, position: usize, path: &str, used_at: Span) {
        let name = |path: &str| if path.is_empty() { "the main module".to_owned() } else { format!("`{path}`") };
        let circle: Vec<String> = self.trail[position..].iter().map(|(path, _)| name(path)).collect();
        let mut diagnostic = Diagnostic::error(codes::IMPORT_CYCLE, used_at, format!("{} imports itself", name(path)))
            .at("closes the circle")
            .note(format!("{} → {}", circle.join(" → "), name(path)))
            .help("move what both need into a third directory");
        for (target, span) in &self.trail[position + 1..] {
            diagnostic = diagnostic.label(*span, format!("imports {}", name(target)));
        }
        self.diagnostics.push(diagnostic);
    }
}

fn imports_of(file: &ast::File) -> Vec<(String, Span)> {
    let uses = file.items.iter().filter_map(|item| match &item.kind {
        ast::ItemKind::Use(used) if used.is_path => Some((used.module.text.clone(), used.module.span)),
        _ => None,
    });
    uses.collect()
}

/// Joins a path of a `use` to the path of the module that states it, and takes `.` and `..` out.
#[must_use]
pub(crate) fn join(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn paths_join_without_losing_the_way_up() {
        assert_eq!(join("", "../common"), "../common");
        assert_eq!(join("../common", "./deep"), "../common/deep");
        assert_eq!(join("a/b", "../c"), "a/c");
        assert_eq!(join("../a", "../../b"), "../../b");
    }
}
