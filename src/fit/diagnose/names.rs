//! What people call the workloads that the proof names in full: `api` for `Deployment.apps shop/api`.

use std::collections::BTreeMap;

use crate::fit::Reading;
use crate::fit::read::demand::{ClaimLoad, Load};
use crate::objects::footprint::describe;
use crate::objects::workload::Workloads;
use crate::objects::{Object, ObjectKey};

/// What whoever is told something writes: the language, or Kubernetes' YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    #[default]
    Source,
    Manifests,
}

/// What the names of the proof are called by whoever reads about them. The default calls everything by its name in the
/// proof.
#[derive(Debug, Clone, Default)]
pub struct Names {
    labels: BTreeMap<String, String>,
    dialect: Dialect,
}

impl Names {
    /// What the source calls the workloads and claims of an environment and of those beside it.
    #[must_use]
    pub fn of(reading: &Reading<'_>) -> Self {
        let demand = &reading.demand;
        let mut labels: BTreeMap<String, String> =
            demand.loads.iter().map(|load| (name_of(load), label_of(load))).collect();
        labels.extend(demand.claims.iter().map(|claim| {
            let Owned { name, neighbour } = Owned::of(claim, &demand.loads);
            (name, with_neighbour(&claim.label, neighbour))
        }));
        Self { labels, dialect: Dialect::Source }
    }

    /// What manifests that no source describes call their workloads: the bare name where only one has it.
    #[must_use]
    pub fn of_manifests(objects: &[Object]) -> Self {
        let read = Workloads::read(objects, None);
        let mut bare: BTreeMap<&str, usize> = BTreeMap::new();
        for workload in &read.workloads {
            *bare.entry(workload.name.as_str()).or_default() += 1;
        }
        let named = read.workloads.iter().map(|workload| {
            (describe(&objects[workload.object].key()), bare.get(workload.name.as_str()) == Some(&1), workload)
        });
        let named = named.filter(|(_, is_alone, _)| *is_alone);
        let labels = named.map(|(name, _, workload)| (name, format!("`{}`", workload.name))).collect();
        Self { labels, dialect: Dialect::Manifests }
    }

    /// What somebody has to type, in which they write.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What something is called that the proof names, in backquotes.
    #[must_use]
    pub fn label(&self, name: &str) -> String {
        self.labels.get(name).cloned().unwrap_or_else(|| format!("`{name}`"))
    }

    /// The same of several.
    #[must_use]
    pub fn labels(&self, names: &[String]) -> Vec<String> {
        names.iter().map(|name| self.label(name)).collect()
    }
}

/// The name of a load in the proof.
pub(super) fn name_of(load: &Load) -> String {
    let workload = &load.workload;
    describe(&key_of(&workload.kind, workload.namespace.as_deref(), &workload.name))
}

/// `` `api` ``, or `` `api` (in staging) ``.
pub(super) fn label_of(load: &Load) -> String {
    with_neighbour(&load.label, load.owner.neighbour.as_deref())
}

/// A claim under its name in the proof: behind the workload whose template it is, or that of the object.
pub(super) struct Owned<'a> {
    pub(super) name: String,
    neighbour: Option<&'a str>,
}

impl<'a> Owned<'a> {
    pub(super) fn of(claim: &'a ClaimLoad, loads: &[Load]) -> Self {
        let owns =
            |load: &&Load| load.owner.neighbour == claim.owner.neighbour && load.workload.object == claim.claim.object;
        let name = match loads.iter().find(owns) {
            Some(load) => format!("{} {}", name_of(load), claim.claim.name),
            None => {
                let namespace = claim.claim.namespace.as_deref().map(|name| format!("{name}/"));
                format!("{}{}", namespace.unwrap_or_default(), claim.claim.name)
            }
        };
        Self { name, neighbour: claim.owner.neighbour.as_deref() }
    }
}

fn with_neighbour(label: &str, neighbour: Option<&str>) -> String {
    match neighbour {
        Some(environment) => format!("`{label}` (in {environment})"),
        None => format!("`{label}`"),
    }
}

fn key_of(kind: &str, namespace: Option<&str>, name: &str) -> ObjectKey {
    let group = match kind {
        "Pod" => "",
        "Job" | "CronJob" => "batch",
        _ => "apps",
    };
    ObjectKey {
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }
}
