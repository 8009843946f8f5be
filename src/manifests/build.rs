//! The files of a build: manifests, footprints and nodes of an environment.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::document::{Checked, Identity, Value, read_yaml, refuse, sorted};
use crate::manifests::kustomize;

/// Where manifests and reports are read from. Paths are relative to the directory of the build, separated by `/`.
pub trait Files {
    /// The text of a file; nothing where there is none that is readable UTF-8.
    fn read(&self, path: &str) -> Option<String>;
    /// The names of the directories within a directory.
    fn directories(&self, path: &str) -> Vec<String>;
}

impl Files for BTreeMap<String, String> {
    fn read(&self, path: &str) -> Option<String> {
        self.get(path).cloned()
    }

    fn directories(&self, path: &str) -> Vec<String> {
        let inner = self.keys().filter_map(|file| file.strip_prefix(path)?.strip_prefix('/')?.split_once('/'));
        inner.map(|(name, _)| name.to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// What is read in place of the files of a build, and how much.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// This environment only.
    pub environment: Option<String>,
    /// What `kubectl kustomize` printed for the environment.
    pub manifests: Option<String>,
    /// The text of the nodes.
    pub nodes: Option<String>,
    /// The text of the footprints.
    pub footprints: Option<String>,
}

/// Objects with what identifies them, in the order of their canonical text.
type Objects = Vec<(Identity, Value)>;

/// The files of an environment, with the paths that they have in a build.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) manifests: Objects,
    pub(crate) footprints: Option<Objects>,
    pub(crate) nodes: Option<Objects>,
}

impl Loaded {
    /// Reads the files of an environment. `base` is what a build without environments has.
    pub(crate) fn read(name: &str, files: &dyn Files, given: &Given) -> Checked<Self> {
        let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        refuse(name.is_empty() || !name.chars().all(is_plain), || format!("`{name}` is no name of an environment"))?;
        let documents = |text: &str, what: &str| {
            read_yaml(text).and_then(sorted).map_err(|fault| format!("the {what} cannot be read: {fault}"))
        };
        let manifests = match &given.manifests {
            Some(text) => documents(text, "manifests")?,
            None => kustomize::render(files, &Self::paths(name)[0])?.into_iter().collect(),
        };
        let file = |given: &Option<String>, path: &str, what: &str| {
            given.clone().or_else(|| files.read(path)).map(|text| documents(&text, what)).transpose()
        };
        let [_, footprints, nodes] = Self::paths(name);
        let footprints = file(&given.footprints, &footprints, "footprints")?;
        Ok(Self { manifests, footprints, nodes: file(&given.nodes, &nodes, "nodes")? })
    }

    /// The environments that were built.
    pub(crate) fn environments(files: &dyn Files) -> Vec<String> {
        let built = files.directories("overlays");
        if built.is_empty() { vec!["base".to_owned()] } else { built }
    }

    /// Where the manifests, the footprints and the nodes of an environment are.
    pub(crate) fn paths(name: &str) -> [String; 3] {
        let manifests = if name == "base" { name.to_owned() } else { format!("overlays/{name}") };
        [manifests, format!("reports/footprints-{name}.yaml"), format!("reports/nodes-{name}.yaml")]
    }
}
