//! One environment of a proof: its files, its digests, its states.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::claims;
use crate::verify::closed::Source;
use crate::verify::nodes;
use crate::verify::situation::{Situation, World};
use crate::verify::value::{Checked, Identity, Reading, Value, digest, read_yaml, refuse, sorted};
use crate::verify::{Environment, Files, Given, Outcome, State};
use crate::verify::{kustomize, layers, loss, placement, quotas, refusals};

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
        refuse(name.is_empty() || !name.chars().all(is_plain), || format!("`{name}` is no name of an environment"))?;
        let documents = |text: &str, what: &str| {
            read_yaml(text).and_then(sorted).map_err(|fault| format!("the {what} cannot be read: {fault}"))
        };
        let manifests = match &given.manifests {
            Some(text) => documents(text, "manifests")?,
            None => kustomize::render(files, &manifests_path(name), 0)?.into_iter().collect(),
        };
        let file = |given: &Option<String>, what: &str| {
            let text = given.clone().or_else(|| files.read(&format!("reports/{what}-{name}.yaml")));
            text.map(|text| documents(&text, what)).transpose()
        };
        Ok(Self { manifests, footprints: file(&given.footprints, "footprints")?, nodes: file(&given.nodes, "nodes")? })
    }

    pub(crate) fn node_names(&self) -> BTreeSet<&str> {
        self.nodes.iter().flatten().map(|(identity, _)| identity.name.as_str()).collect()
    }

    fn sources<'a>(&'a self, is_own: bool) -> impl Iterator<Item = Source<'a>> {
        let source = move |is_footprint| {
            move |(identity, object): &'a (Identity, Value)| Source { identity, object, is_footprint, is_own }
        };
        self.manifests.iter().map(source(false)).chain(self.footprints.iter().flatten().map(source(true)))
    }
}

pub(crate) type Entries<'a> = BTreeMap<&'a str, &'a Value>;
pub(crate) type Texts<'a> = BTreeMap<&'a str, Checked<Loaded>>;

pub(crate) fn check(name: &str, entries: &Entries, texts: &Texts) -> Environment {
    let mut report = Environment { name: name.to_owned(), ..Environment::default() };
    if let Err(fault) = examine(name, entries, texts, &mut report) {
        report.faults.push(fault);
    }
    report
}

fn examine(name: &str, entries: &Entries, texts: &Texts, report: &mut Environment) -> Checked<()> {
    let files = |name: &str| texts.get(name).ok_or("its files were not read")?.as_ref().map_err(Clone::clone);
    let (entry, own) = (entries[name], files(name)?);
    fresh(name, entry, own)?;
    let mut sources: Vec<Source> = own.sources(true).collect();
    for other in entry.texts("beside")? {
        let sibling =
            *entries.get(other).ok_or_else(|| format!("the proof has no environment `{other}` to run beside"))?;
        refuse(other == name || !sibling.texts("beside")?.contains(&name), || {
            format!("`{other}` does not say that it runs beside `{name}`")
        })?;
        refuse(entry.at("digests.nodes") != sibling.at("digests.nodes"), || {
            format!("`{other}` runs beside `{name}`, and on other nodes")
        })?;
        sources.extend(files(other)?.sources(false));
    }
    sources.sort_by_key(|source| source.identity);
    let nodes = nodes::read(own.nodes.as_deref().unwrap_or(&[]))?;
    report.assumptions = assumed(name, entry, &sources, texts)?;
    if nodes.iter().any(|node| node.is_assumed) {
        report.assumptions.insert(1, "nodes have as much `ephemeral-storage` as the file of nodes says".to_owned());
    }
    let is_capped = !nodes.is_empty() && nodes.iter().all(|node| node.facts.cap.is_some());
    let (has_one_node, suffices) = (
        nodes.len() == 1,
        match entry.needed("demand")? {
            "guaranteed" => false,
            "possible" => true,
            other => return Err(format!("the demand `{other}` is not known")),
        },
    );
    let world = World::new(entry, sources, nodes);
    present(entry, world.as_ref().ok(), is_capped)?;
    for state in entry.list("states")? {
        let outcome = judge(state, &world, has_one_node).unwrap_or_else(Outcome::Refused);
        let (id, at, verdict) = (state.needed("state")?, state.needed("at")?, state.needed("verdict")?.to_owned());
        let rolling = state.text("rolling")?.map(|rolling| format!(", rolling {rolling}"));
        report.states.push(State {
            label: if id == at { id.to_owned() } else { format!("{id} at {at}{}", rolling.unwrap_or_default()) },
            required: state.flag("required")?,
            is_enough: ["fits-guaranteed", "empty"].contains(&&*verdict) || suffices && verdict == "fits-possible",
            verdict,
            outcome,
        });
    }
    Ok(())
}

/// Holds paths and digests against what is there.
fn fresh(name: &str, entry: &Value, own: &Loaded) -> Checked<()> {
    let report = |what: &str| format!("reports/{what}-{name}.yaml");
    for (what, path, objects) in [
        ("manifests", manifests_path(name), Some(&own.manifests)),
        ("footprints", report("footprints"), own.footprints.as_ref()),
        ("nodes", report("nodes"), own.nodes.as_ref()),
    ] {
        let (path, stated) = (objects.map(|_| path), entry.text(what)?);
        if stated != path.as_deref() {
            let word = |path: Option<&str>| path.map_or("no file".to_owned(), |path| format!("`{path}`"));
            let (is, was) = (word(path.as_deref()), word(stated));
            return Err(format!("stale: there is {is} of the {what}, and the proof is about {was}"));
        }
        refuse(entry.at("digests").text(what)? != objects.map(|objects| digest(objects)).as_deref(), || {
            format!("stale: the {what} are not those that the proof is about, their digest differs")
        })?;
    }
    Ok(())
}

/// What everything rests on: what the files themselves show to be assumed, then what the proof says.
fn assumed(name: &str, entry: &Value, sources: &[Source], texts: &Texts) -> Checked<Vec<String>> {
    let mut assumptions = vec![format!("the manifests are what `{name}` applies, and nothing else runs on its nodes")];
    for source in sources {
        let owner = source.stands_for()?.map(|owner| (owner, source.identity.title()));
        assumptions.extend(owner.map(|(owner, title)| format!("`{owner}` makes `{title}`, as its footprint says")));
    }
    // That environments on nodes of the same name do not run at the same time is assumed where the proof says so.
    let beside = entry.texts("beside")?;
    let names = |name: &str| texts[name].as_ref().map(Loaded::node_names).unwrap_or_default();
    for other in texts.keys().filter(|other| **other != name && !beside.contains(*other)) {
        let node = names(other).intersection(&names(name)).next().map(|node| (*node).to_owned());
        assumptions
            .extend(node.map(|node| format!("`{name}` and `{other}` both name a node `{node}` and never share one")));
    }
    assumptions.extend(entry.texts("assumptions")?.into_iter().map(str::to_owned));
    let mut seen = BTreeSet::new();
    assumptions.retain(|assumption| seen.insert(assumption.clone()));
    Ok(assumptions)
}

/// Every state that there must be, and no other.
fn present(entry: &Value, world: Option<&World>, is_capped: bool) -> Checked<()> {
    let mut stated = BTreeMap::new();
    for state in entry.list("states")? {
        let key = [state.needed("state")?, state.needed("at")?, state.text("rolling")?.unwrap_or("")];
        let other = stated.insert(key, state.flag("required")?);
        refuse(other.is_some(), || format!("the state `{}` at `{}` is there twice", key[0], key[1]))?;
    }
    let required = [("S0", "S0"), ("S1", "S1"), ("S3", "S0"), ("S4", "S0"), ("S6", "S1")];
    let mut expected: BTreeMap<_, _> = required.map(|(id, at)| ([id, at, ""], true)).into();
    expected.extend([(["S3", "S1", ""], false), (["S4", "S1", ""], false), (["S5", "S1", ""], is_capped)]);
    expected.insert(["S2", "S1", "all, terminating"], false);
    // Where nothing can be said of the workloads there is nothing to say of their waves.
    let surging = |world: &World| {
        world.types.iter().filter(|one| one.count.surge > 0).map(|one| format!("wave {}", one.wave)).collect()
    };
    let waves: Option<BTreeSet<String>> = world.map(surging);
    for id in ["S2", "S7"] {
        let rolling: BTreeSet<&str> = stated.keys().filter(|key| key[0] == id).map(|key| key[2]).collect();
        let rolling: Vec<&str> = rolling.into_iter().filter(|rolling| *rolling != "all, terminating").collect();
        let is_complete = waves.as_ref().is_none_or(|waves| waves.iter().eq(&rolling));
        let is_right = rolling == ["all"] || !rolling.is_empty() && !rolling.contains(&"all") && is_complete;
        refuse(!is_right, || format!("the state `{id}` is not there for all at once, nor for each wave that rolls"))?;
        expected.extend(rolling.into_iter().map(|rolling| ([id, "S1", rolling], true)));
    }
    let wrong = expected.iter().find(|(key, required)| stated.get(*key) != Some(required)).map(|(key, _)| key);
    let wrong = wrong.or(stated.keys().find(|key| !expected.contains_key(*key)));
    refuse(wrong.is_some(), || format!("the state {wrong:?} is missing, or not as it must be"))
}

/// What becomes of a state.
fn judge(state: &Value, world: &Checked<World>, has_one_node: bool) -> Checked<Outcome> {
    let (id, at, evidence) = (state.needed("state")?, state.needed("at")?, state.at("evidence"));
    let (verdict, ground, reason) = (state.needed("verdict")?, state.text("ground")?, state.text("reason")?);
    let is_open = ["undecided", "empty"].contains(&verdict);
    // Why a placement is not certain to be found is for people; it is not evidence.
    let has_reason = is_open || verdict == "fits-possible";
    if ground.is_some() != (verdict == "fits-guaranteed")
        || reason.is_some() != has_reason
        || evidence.is_null() != is_open
    {
        return Err(format!("the verdict `{verdict}` does not go with its ground, evidence and reason"));
    }
    match (verdict, reason) {
        ("undecided", Some(reason)) => return Ok(Outcome::Stated(reason.to_owned())),
        ("empty", _) if ["S3", "S4"].contains(&id) && has_one_node => return Ok(Outcome::Confirmed),
        ("empty", _) => return Err("the state can occur".to_owned()),
        _ => {}
    }
    let world = world.as_ref().map_err(|fault| format!("nothing is shown, for {fault}"))?;
    for one in &world.types {
        if let Some(reason) = one.murky.as_ref().filter(|_| id != "S7") {
            return Err(format!("nothing is shown, for `{}` is not understood: {reason}", one.name));
        }
        if let Some(reason) = one.count.unbounded.filter(|_| at != "S0") {
            return Err(format!("nothing is shown, for the number of pods of `{}` has no bound: {reason}", one.name));
        }
    }
    refuse(world.nodes.is_empty() && id != "S7", || "nothing is shown where no nodes are known".to_owned())?;
    let situation = &world.situation(at, state.text("rolling")?);
    let peak = &world.situation("S1", None);
    let kind = evidence.needed("kind")?;
    match (id, verdict, kind) {
        ("S0" | "S1" | "S2", "fits-guaranteed", "layers") => layers::fit(world, id, situation, evidence)?,
        ("S0" | "S1" | "S2", "fits-possible", "placement") => placement::check(world, situation, evidence)?,
        ("S0" | "S1" | "S2", "does-not-fit", "no-node" | "oversize" | "count" | "sum" | "farkas" | "weights") => {
            refusals::check(world, situation, kind, evidence)?;
        }
        ("S3" | "S4", "fits-guaranteed", "loss") => loss::check(world, [id, at], situation, evidence)?,
        ("S5", "fits-guaranteed" | "does-not-fit", "limits") => {
            refuse(quotas::limits(world, peak, evidence)? != (verdict == "fits-guaranteed"), || {
                format!("the limits of memory do not show `{verdict}`")
            })?;
        }
        ("S6", "fits-guaranteed", "disks") => claims::disks(world, peak, evidence)?,
        ("S6", "does-not-fit", _) => refusals::among(evidence, &claims::offences(world, peak)?)?,
        ("S7", "fits-guaranteed", "quotas") => quotas::quotas(world, situation, peak, evidence)?,
        ("S7", "does-not-fit", _) => refusals::among(evidence, &quotas::offences(world, situation, peak)?)?,
        _ => return Err(format!("evidence of the kind `{kind}` does not show `{verdict}` in {id}")),
    }
    match ground.map(|stated| (stated, self::ground(world, situation, id, evidence))) {
        Some((stated, ground)) if stated != ground => Err(format!("the ground is `{ground}` and not `{stated}`")),
        _ => Ok(Outcome::Confirmed),
    }
}

/// What evidence that holds rests on.
fn ground(world: &World, situation: &Situation, id: &str, evidence: &Value) -> &'static str {
    let layers = |holder: &Value| holder.at("layers").as_array().cloned().unwrap_or_default();
    let cases = evidence.at("cases").as_array().cloned().unwrap_or_default();
    let parts: Vec<Vec<Value>> = cases.iter().chain([evidence]).map(layers).collect();
    let is_pinned = |index: usize| world.types[index].nodes <= 1 || world.types[index].is_daemon();
    match id {
        "S7" => "sums",
        _ if world.nodes.len() == 1 => "sums",
        "S5" | "S6" => "balanced",
        _ if world.present(situation).all(is_pinned) => "pinned",
        _ if parts.iter().any(|layers| layers.len() > 1) => "layered",
        _ if parts.iter().flatten().any(|layer| layer.at("ground") == "any-order") => "any-order",
        _ => "balanced",
    }
}
