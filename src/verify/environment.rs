//! One environment of a proof: its files, its digests, its states.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::nodes::{self, NodeFacts};
use crate::verify::situation::{Situation, World};
use crate::verify::value::{Checked, Identity, Value, digest, read_yaml, sorted};
use crate::verify::workloads::{self, Source, closed_world, stands_for};
use crate::verify::{Environment, Files, Given, Outcome, State, claims, fits, kustomize, limits, refusals};

type Objects = Vec<(Identity, Value)>;

/// The files of an environment, read and in canonical order.
#[derive(Debug)]
pub(crate) struct Loaded {
    manifests: Objects,
    footprints: Option<Objects>,
    nodes: Option<Objects>,
}

fn manifests_path(name: &str) -> String {
    if name == "base" { name.to_owned() } else { format!("overlays/{name}") }
}

impl Loaded {
    pub(crate) fn read(name: &str, files: &dyn Files, given: &Given) -> Checked<Self> {
        let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(format!("`{name}` is no name of an environment"));
        }
        let documents = |text: &str, what: &str| {
            let read = read_yaml(text).and_then(sorted);
            read.map_err(|fault| format!("the {what} cannot be read: {fault}"))
        };
        let manifests = match &given.manifests {
            Some(text) => documents(text, "manifests")?,
            None => kustomize::render(files, &manifests_path(name)).and_then(sorted)?,
        };
        let file = |given: &Option<String>, what: &str| {
            let text = given.clone().or_else(|| files.read(&format!("reports/{what}-{name}.yaml")));
            text.map(|text| documents(&text, what)).transpose()
        };
        Ok(Self { manifests, footprints: file(&given.footprints, "footprints")?, nodes: file(&given.nodes, "nodes")? })
    }

    pub(crate) fn node_names(&self) -> BTreeSet<String> {
        self.nodes.iter().flatten().map(|(identity, _)| identity.name.clone()).collect()
    }

    fn sources(&self, is_own: bool) -> impl Iterator<Item = Source> {
        let source = move |is_footprint: bool| {
            move |(identity, object): &(Identity, Value)| {
                let (identity, object) = (identity.clone(), object.clone());
                Source { identity, object, is_footprint, is_own }
            }
        };
        self.manifests.iter().map(source(false)).chain(self.footprints.iter().flatten().map(source(true)))
    }
}

pub(crate) fn check(
    name: &str,
    entry: &Value,
    entries: &BTreeMap<&str, &Value>,
    loaded: &BTreeMap<&str, Checked<Loaded>>,
) -> Environment {
    let mut report = Environment { name: name.to_owned(), ..Environment::default() };
    if let Err(fault) = examine(name, entry, entries, loaded, &mut report) {
        report.faults.push(fault);
    }
    report
}

fn examine(
    name: &str,
    entry: &Value,
    entries: &BTreeMap<&str, &Value>,
    loaded: &BTreeMap<&str, Checked<Loaded>>,
    report: &mut Environment,
) -> Checked<()> {
    let own = loaded.get(name).ok_or_else(|| "its files were not read".to_owned())?.as_ref().map_err(Clone::clone)?;
    fresh(name, entry, own)?;
    let mut sources: Vec<Source> = own.sources(true).collect();
    let mut seen = BTreeSet::new();
    for other in entry.get("beside").texts("beside")? {
        let sibling = entries.get(other.as_str()).filter(|_| other != name && seen.insert(other.clone()));
        let sibling = sibling.ok_or_else(|| format!("`{other}` is no other environment to run beside"))?;
        if !sibling.get("beside").texts("beside")?.iter().any(|back| back == name) {
            return Err(format!("`{other}` does not say that it runs beside `{name}`"));
        }
        let files = loaded.get(other.as_str()).ok_or_else(|| format!("the files of `{other}` were not read"))?;
        sources.extend(files.as_ref().map_err(Clone::clone)?.sources(false));
    }
    sources.sort_by(|one, other| one.identity.cmp(&other.identity));

    let nodes: Vec<Value> = own.nodes.iter().flatten().map(|(_, node)| node.clone()).collect();
    let nodes = nodes::read(&nodes)?;
    assume(name, entry, &sources, &nodes, report)?;
    let has_one_node = nodes.len() == 1;
    let is_capped = !nodes.is_empty() && nodes.iter().all(|node| node.memory_cap.is_some());
    let world = build(entry, sources, nodes, own.nodes.is_some());
    present(entry, world.as_ref().ok(), is_capped)?;
    for state in entry.get("states").list("states")? {
        let outcome = judge(state, &world, has_one_node).unwrap_or_else(Outcome::Refused);
        let (id, at) = (state.get("state").needed_text("state")?, state.get("at").needed_text("at")?);
        let rolling = state.get("rolling").text("rolling")?.map(|rolling| format!(", rolling {rolling}"));
        report.states.push(State {
            label: if id == at { id.to_owned() } else { format!("{id} at {at}{}", rolling.unwrap_or_default()) },
            verdict: state.get("verdict").needed_text("verdict")?.to_owned(),
            required: state.get("required").boolean("required")?,
            outcome,
        });
    }
    Ok(())
}

/// Holds paths and digests against what is there.
fn fresh(name: &str, entry: &Value, own: &Loaded) -> Checked<()> {
    let manifests = Some(manifests_path(name));
    let path = |what: &str, objects: &Option<Objects>| objects.as_ref().map(|_| format!("reports/{what}-{name}.yaml"));
    let parts = [
        ("manifests", manifests, Some(&own.manifests)),
        ("footprints", path("footprints", &own.footprints), own.footprints.as_ref()),
        ("nodes", path("nodes", &own.nodes), own.nodes.as_ref()),
    ];
    for (what, path, objects) in parts {
        let stated = entry.get(what).text(what)?;
        if stated != path.as_deref() {
            let words =
                [path.as_deref(), stated].map(|path| path.map_or("no file".to_owned(), |path| format!("`{path}`")));
            return Err(format!("stale: there is {} of the {what}, and the proof is about {}", words[0], words[1]));
        }
        let stated = entry.get("digests").get(what).text("digests")?;
        let actual = objects.map(|objects| digest(objects));
        if stated != actual.as_deref() {
            return Err(format!("stale: the {what} are not those that the proof is about, their digest differs"));
        }
    }
    Ok(())
}

/// What everything rests on: what the files themselves show to be assumed, then what the proof says.
fn assume(name: &str, entry: &Value, sources: &[Source], nodes: &[NodeFacts], report: &mut Environment) -> Checked<()> {
    let mut assumptions = vec![format!("the manifests are what `{name}` applies, and nothing else runs on its nodes")];
    let assumed: BTreeSet<&String> = nodes.iter().filter_map(|node| node.assumed.as_ref()).collect();
    assumptions
        .extend(assumed.into_iter().map(|what| format!("nodes have as much `{what}` as the file of nodes says")));
    for source in sources {
        if let Some(owner) = stands_for(source)? {
            assumptions.push(format!("`{owner}` makes `{}`, as its footprint says", source.identity.title()));
        }
    }
    assumptions.extend(entry.get("assumptions").texts("assumptions")?);
    let mut seen = BTreeSet::new();
    assumptions.retain(|assumption| seen.insert(assumption.clone()));
    report.assumptions = assumptions;
    Ok(())
}

fn build(entry: &Value, sources: Vec<Source>, nodes: Vec<NodeFacts>, has_nodes: bool) -> Checked<World> {
    closed_world(&sources)?;
    if !has_nodes && !entry.get("classes").list("classes")?.is_empty() {
        return Err("there are classes without nodes".to_owned());
    }
    let classes = nodes::classes(entry.get("classes"), &nodes)?;
    let types = workloads::types(&sources, &nodes, &classes)?;
    Ok(World::new(sources, nodes, classes, types))
}

/// Every state that there must be, and no other.
fn present(entry: &Value, world: Option<&World>, is_capped: bool) -> Checked<()> {
    let mut fixed: BTreeMap<(&str, &str), bool> = BTreeMap::from([
        (("S0", "S0"), true),
        (("S1", "S1"), true),
        (("S3", "S0"), true),
        (("S3", "S1"), false),
        (("S4", "S0"), true),
        (("S4", "S1"), false),
        (("S5", "S1"), is_capped),
        (("S6", "S1"), true),
    ]);
    let mut rolling: BTreeMap<&str, BTreeSet<&str>> =
        BTreeMap::from([("S2", BTreeSet::new()), ("S7", BTreeSet::new())]);
    for state in entry.get("states").list("states")? {
        let (id, at) = (state.get("state").needed_text("state")?, state.get("at").needed_text("at")?);
        let required = state.get("required").boolean("required")?;
        let waves = state.get("rolling").text("rolling")?;
        let is_expected = match (rolling.get_mut(id), waves) {
            (Some(seen), Some(waves)) => at == "S1" && required && seen.insert(waves),
            (None, None) => fixed.remove(&(id, at)) == Some(required),
            _ => false,
        };
        if !is_expected {
            return Err(format!("the state `{id}` at `{at}` is there twice, or not as it must be"));
        }
    }
    if let Some(((id, at), _)) = fixed.into_iter().next() {
        return Err(format!("the state `{id}` at `{at}` is missing"));
    }
    for (id, seen) in rolling {
        let all = BTreeSet::from(["all"]);
        let waves: Option<BTreeSet<String>> = world.map(|world| {
            let rolls = world.types.iter().filter(|one| one.surge > 0);
            rolls.map(|one| format!("wave {}", one.wave)).collect()
        });
        // Where nothing can be said of the workloads there is nothing to say of their waves.
        let is_complete =
            waves.is_none_or(|waves| !waves.is_empty() && seen.iter().copied().eq(waves.iter().map(String::as_str)));
        if seen != all && (seen.is_empty() || seen.contains("all") || !is_complete) {
            return Err(format!("the state `{id}` is not there for all at once, nor for each wave that rolls"));
        }
    }
    Ok(())
}

/// What becomes of a state.
fn judge(state: &Value, world: &Checked<World>, has_one_node: bool) -> Checked<Outcome> {
    let word = |key: &str| state.get(key).text(key);
    let (id, at) = (state.get("state").needed_text("state")?, state.get("at").needed_text("at")?);
    let (verdict, evidence) = (state.get("verdict").needed_text("verdict")?, state.get("evidence"));
    if verdict != "fits-guaranteed" && word("ground")?.is_some() {
        return Err(format!("a verdict `{verdict}` has no ground"));
    }
    if ["undecided", "empty"].contains(&verdict) {
        let reason = word("reason")?.filter(|reason| !reason.is_empty());
        let reason = reason.ok_or_else(|| format!("a verdict `{verdict}` needs a reason"))?.to_owned();
        if !evidence.is_null() {
            return Err(format!("a verdict `{verdict}` has no evidence"));
        }
        return match verdict {
            "undecided" => Ok(Outcome::Stated(reason)),
            _ if ["S3", "S4"].contains(&id) && has_one_node => Ok(Outcome::Confirmed),
            _ => Err("the state can occur".to_owned()),
        };
    }
    if word("reason")?.is_some() {
        return Err(format!("a verdict `{verdict}` has no reason"));
    }
    let world = world.as_ref().map_err(|fault| format!("nothing is shown, for {fault}"))?;
    for one in &world.types {
        if let Some(reason) = one.pod.murky.as_ref().filter(|_| id != "S7") {
            return Err(format!("nothing is shown, for `{}` is not understood: {reason}", one.name));
        }
        if let Some(reason) = one.unbounded.as_ref().filter(|_| id != "S0") {
            return Err(format!("nothing is shown, for the number of pods of `{}` has no bound: {reason}", one.name));
        }
    }
    if world.nodes.is_empty() && id != "S7" {
        return Err("nothing is shown where no nodes are known".to_owned());
    }
    let situation = world.situation(id, at, word("rolling")?)?;
    let peak = world.situation("S1", "S1", None)?;
    let kind = evidence.get("kind").needed_text("evidence.kind")?;
    match (id, verdict, kind) {
        ("S0" | "S1" | "S2", "fits-guaranteed", "charge") => fits::charge(world, id, &situation, evidence)?,
        ("S0" | "S1" | "S2", "fits-guaranteed", "any-order") => fits::any_order(world, &situation, evidence)?,
        ("S0" | "S1" | "S2", "fits-possible", "placement") => fits::placement(world, &situation, evidence)?,
        ("S0" | "S1" | "S2", "does-not-fit", "no-node" | "oversize" | "count" | "sum") => {
            refusals::refuse(world, &situation, evidence)?;
        }
        ("S3" | "S4", "fits-guaranteed", "loss") => fits::loss(world, id, &situation, evidence)?,
        ("S5", "fits-guaranteed" | "does-not-fit", "limits") => {
            if limits::limits(world, &peak, evidence)? != (verdict == "fits-guaranteed") {
                return Err(format!("the limits of memory do not show `{verdict}`"));
            }
        }
        ("S6", "fits-guaranteed", "disks") => claims::disks(world, &peak, evidence)?,
        ("S6", "does-not-fit", "unserved" | "claim-oversize" | "claims-sum") => claims::refuse(world, &peak, evidence)?,
        ("S7", "fits-guaranteed", "quotas") => limits::quotas(world, &situation, &peak, evidence)?,
        ("S7", "does-not-fit", "quota" | "missing-key" | "invalid-pod") => {
            limits::refuse(world, &situation, &peak, evidence)?;
        }
        _ => return Err(format!("evidence of the kind `{kind}` does not show `{verdict}` in {id}")),
    }
    if verdict == "fits-guaranteed" {
        grounded(world, &situation, id, kind, word("ground")?.unwrap_or(""))?;
    }
    Ok(Outcome::Confirmed)
}

/// Holds the ground against what the evidence rests on.
fn grounded(world: &World, situation: &Situation, id: &str, kind: &str, stated: &str) -> Checked<()> {
    let is_pinned = || {
        let present = world.present(situation);
        present.into_iter().all(|index| world.types[index].nodes <= 1 || world.types[index].is_daemon())
    };
    let ground = match id {
        _ if kind == "any-order" => "any-order",
        "S7" => "sums",
        _ if world.nodes.len() == 1 => "sums",
        "S5" | "S6" => "balanced",
        _ if is_pinned() => "pinned",
        _ => "balanced",
    };
    // What is left after a loss rests on charges in any case.
    if stated == ground || kind == "loss" && stated == "balanced" {
        Ok(())
    } else {
        Err(format!("the ground is `{ground}` and not `{stated}`"))
    }
}
