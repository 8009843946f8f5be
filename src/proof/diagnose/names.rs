//! What people call the workloads that evidence names in full: `api` for `Deployment.apps shop/api`.

use std::collections::BTreeMap;

use crate::analysis::Scenario;
use crate::analysis::demand::{ClaimLoad, Demand, Load};
use crate::objects::footprint::describe;
use crate::objects::workload::Workloads;
use crate::objects::{Object, ObjectKey};

/// What advice says to type in the language, as who writes YAML has to type it.
const IN_YAML: [(&str, &str); 4] = [
    (
        "`spread = \"hard\"`",
        "`topologySpreadConstraints` on `kubernetes.io/hostname` with `whenUnsatisfiable: DoNotSchedule`",
    ),
    ("`spread = \"soft\"`", "`whenUnsatisfiable: ScheduleAnyway`"),
    ("`max-unavailable = 1`", "`maxUnavailable: 1`"),
    ("`footprint \"v1\" PodTemplate`", "`PodTemplate` of `v1`"),
];

/// The names of the proof, each with what people say; the longest first, so that none is taken for the beginning of another.
#[derive(Debug, Clone, Default)]
pub struct Names(Vec<(String, String)>);

impl Names {
    /// What the source calls the workloads and claims of a scenario and of those beside it.
    #[must_use]
    pub fn of(scenario: &Scenario<'_>, neighbours: &[Scenario<'_>]) -> Self {
        let hardware = scenario.model.hardware.as_ref();
        let read = Workloads::read(scenario.objects, hardware.and_then(|hardware| hardware.kubernetes));
        let demand = Demand::collect((scenario, &read), neighbours, hardware);
        let mut names: Vec<(String, String)> =
            demand.loads.iter().map(|load| (name_of(load), label_of(load))).collect();
        names.extend(demand.claims.iter().map(|claim| {
            let Owned { name, neighbour } = Owned::of(claim, &demand.loads);
            (name, with_neighbour(&claim.label, neighbour))
        }));
        Self::sorted(names)
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
        let mut names: Vec<(String, String)> =
            named.map(|(name, _, workload)| (name, format!("`{}`", workload.name))).collect();
        names.extend(IN_YAML.map(|(language, yaml)| (language.to_owned(), yaml.to_owned())));
        Self::sorted(names)
    }

    fn sorted(mut names: Vec<(String, String)>) -> Self {
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self(names)
    }

    /// A sentence of the proof in these names. A name ends where no other could go on.
    #[must_use]
    pub fn short(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, label) in &self.0 {
            text = replaced(&text, name, label);
        }
        text
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

/// Every whole occurrence of a name, with the backquotes around it, replaced.
fn replaced(text: &str, name: &str, label: &str) -> String {
    let (mut found, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(position) = rest.find(name) {
        let (before, behind) = (&rest[..position], &rest[position + name.len()..]);
        let mut next = behind.chars();
        let goes_on = match next.next() {
            Some('.') => next.next().is_some_and(char::is_alphanumeric),
            Some(letter) => letter.is_alphanumeric() || letter == '-' || letter == '/',
            None => false,
        };
        let begins =
            before.chars().next_back().is_none_or(|letter| !letter.is_alphanumeric() && !"-./".contains(letter));
        if goes_on || !begins {
            found.push_str(before);
            found.push_str(name);
            rest = behind;
            continue;
        }
        let is_quoted = before.ends_with('`') && behind.starts_with('`');
        found.push_str(if is_quoted { &before[..before.len() - 1] } else { before });
        found.push_str(label);
        rest = if is_quoted { &behind[1..] } else { behind };
    }
    found.push_str(rest);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names::sorted(vec![
            ("Deployment.apps shop/api".to_owned(), "`api`".to_owned()),
            ("StatefulSet.apps shop/db".to_owned(), "`db`".to_owned()),
            ("StatefulSet.apps shop/db data".to_owned(), "`db/data`".to_owned()),
        ])
    }

    #[test]
    fn a_name_is_shortened_with_its_quotes_and_once_for_all_occurrences() {
        let text = "`Deployment.apps shop/api` and Deployment.apps shop/api, StatefulSet.apps shop/db.";
        assert_eq!(names().short(text), "`api` and `api`, `db`.");
    }

    #[test]
    fn a_claim_is_not_taken_for_its_workload() {
        assert_eq!(names().short("the claim StatefulSet.apps shop/db data asks"), "the claim `db/data` asks");
    }

    #[test]
    fn a_name_that_begins_another_is_left_alone_in_it() {
        let text = "`Deployment.apps shop/api-gateway` and `Deployment.apps shop/api.v2`";
        assert_eq!(names().short(text), text);
    }
}
