//! One environment of a proof: its files, its digests, its states.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::{Checked, Loaded, Reading, Value, digest, node, refuse};
use crate::verify::closed::Source;
use crate::verify::situation::World;
use crate::verify::workloads::View;
use crate::verify::{Environment, Outcome, State};
use crate::verify::{claims, layers, loss, placement, quotas, refusals, workloads};

pub(crate) type Entries<'a> = BTreeMap<&'a str, &'a Value>;
pub(crate) type Texts<'a> = BTreeMap<&'a str, Checked<Loaded>>;

/// The objects of an environment, its own or those of one beside it.
fn sources(loaded: &Loaded, is_own: bool) -> impl Iterator<Item = Source<'_>> {
    let manifests = loaded.manifests.iter().map(|object| (object, false));
    let all = manifests.chain(loaded.footprints.iter().flatten().map(|object| (object, true)));
    all.map(move |((identity, object), is_footprint)| Source { identity, object, is_footprint, is_own })
}

/// Looks at every state of an environment, and notes what becomes of it.
///
/// # Errors
///
/// What is wrong with the environment as a whole.
pub(crate) fn examine(name: &str, entries: &Entries, texts: &Texts, report: &mut Environment) -> Checked<()> {
    let files = |name: &str| texts.get(name).ok_or("its files were not read")?.as_ref().map_err(Clone::clone);
    let (entry, own) = (entries[name], files(name)?);
    fresh(name, entry, own)?;
    let mut all: Vec<Source> = sources(own, true).collect();
    for other in entry.texts("beside")? {
        let sibling = *entries.get(other).ok_or_else(|| format!("there is no environment `{other}` to run beside"))?;
        let is_mutual = other != name && sibling.texts("beside")?.contains(&name);
        refuse(!is_mutual, || format!("`{other}` does not say that it runs beside `{name}`"))?;
        let is_same = entry.at("digests.nodes") == sibling.at("digests.nodes");
        refuse(!is_same, || format!("`{other}` runs beside `{name}`, and on other nodes"))?;
        all.extend(sources(files(other)?, false));
    }
    all.sort_by_key(|source| source.identity);
    let extended = workloads::extended(&all);
    let read = || node::read(own.nodes.as_deref().unwrap_or(&[]), extended.as_deref().unwrap_or(&[]));
    let nodes = read()?;
    report.assumptions = assumed(name, entry, &all, texts)?;
    if nodes.iter().any(|node| node.is_assumed) {
        report.assumptions.insert(1, "nodes have as much `ephemeral-storage` as the file of nodes says".to_owned());
    }
    let (is_capped, has_one) = (nodes.iter().all(|node| node.facts.cap.is_some()), nodes.len() == 1);
    let (is_capped, demand) = (is_capped && !nodes.is_empty(), entry.needed("demand")?);
    refuse(!["guaranteed", "possible"].contains(&demand), || format!("the demand `{demand}` is not known"))?;
    let world = World::new(entry, all.clone(), nodes, &extended, (View::Possible, None));
    // What does not fit must not fit whatever the labels are that nobody states, and whatever else there is.
    let certain =
        |without: Option<&[&str]>| World::new(entry, all.clone(), read()?, &extended, (View::Certain, without));
    let whole = certain(None);
    let mut rests: BTreeMap<Vec<&str>, Checked<World>> = BTreeMap::new();
    present(entry, world.as_ref().ok(), is_capped)?;
    for state in entry.list("states")? {
        let judged = match state.at("without") {
            Value::Null => judge(state, [&world, &whole], has_one),
            _ => state.texts("without").and_then(|names| {
                let rest = rests.entry(names).or_insert_with_key(|names| certain(Some(names)));
                judge_rest(state, rest, has_one)
            }),
        };
        let outcome = judged.unwrap_or_else(Outcome::Refused);
        let (id, at, verdict) = (state.needed("state")?, state.needed("at")?, state.needed("verdict")?);
        let rolling = state.text("rolling")?.map_or(String::new(), |rolling| format!(", rolling {rolling}"));
        report.states.push(State {
            label: if id == at { id.to_owned() } else { format!("{id} at {at}{rolling}") },
            required: state.flag("required")?,
            is_enough: ["fits-guaranteed", "empty"].contains(&verdict) || verdict == format!("fits-{demand}"),
            verdict: verdict.to_owned(),
            outcome,
        });
    }
    Ok(())
}

/// Holds paths and digests against what is there.
fn fresh(name: &str, entry: &Value, own: &Loaded) -> Checked<()> {
    let objects = [Some(&own.manifests), own.footprints.as_ref(), own.nodes.as_ref()];
    let files = ["manifests", "footprints", "nodes"].into_iter().zip(Loaded::paths(name)).zip(objects);
    for ((what, path), objects) in files {
        let is_there = entry.text(what)? == objects.map(|_| &*path);
        refuse(!is_there, || {
            format!("stale: of the {what}, the proof is about {}, and the files are not", entry.at(what))
        })?;
        let is_same = entry.at("digests").text(what)? == objects.map(|objects| digest(objects)).as_deref();
        refuse(!is_same, || format!("stale: the {what} are not those that the proof is about, their digest differs"))?;
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
    let nodes = |name: &str| {
        let nodes = texts[name].as_ref().ok().into_iter().flat_map(|one| one.nodes.iter().flatten());
        nodes.map(|(identity, _)| identity.name.clone()).collect::<BTreeSet<_>>()
    };
    let beside = entry.texts("beside")?;
    for other in texts.keys().filter(|other| **other != name && !beside.contains(*other)) {
        let shared = nodes(name).intersection(&nodes(other)).next().cloned();
        assumptions
            .extend(shared.map(|node| format!("`{name}` and `{other}` both name a node `{node}` and never share one")));
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
        refuse(other.is_some(), || format!("the state {key:?} is there twice"))?;
    }
    let required = [("S0", "S0"), ("S1", "S1"), ("S3", "S0"), ("S4", "S0"), ("S6", "S1")];
    let mut expected: BTreeMap<_, _> = required.map(|(id, at)| ([id, at, ""], true)).into();
    expected.extend([(["S3", "S1", ""], false), (["S4", "S1", ""], false), (["S5", "S1", ""], is_capped)]);
    let surging = world.iter().flat_map(|world| &world.types).filter(|one| one.count.surge > 0);
    let waves: BTreeSet<String> = surging.map(|one| format!("wave {}", one.wave)).collect();
    for id in ["S2", "S7"] {
        let is_single = stated.contains_key(&[id, "S1", "all"]) || waves.is_empty();
        let rolling: Vec<&str> = if is_single { vec!["all"] } else { waves.iter().map(String::as_str).collect() };
        expected.extend(rolling.into_iter().map(|rolling| ([id, "S1", rolling], true)));
    }
    let wrong = expected.iter().find(|(key, required)| stated.get(*key) != Some(required)).map(|(key, _)| key);
    let wrong = wrong.or(stated.keys().find(|key| !expected.contains_key(*key)));
    refuse(wrong.is_some(), || format!("the state {wrong:?} is missing, or not as it must be"))
}

/// What becomes of a state that is refused although some of the pods are not known: more pods make no room.
fn judge_rest(state: &Value, rest: &Checked<World>, has_one_node: bool) -> Checked<Outcome> {
    let is_refused = state.at("verdict") == "does-not-fit" && state.at("state") != "S5";
    refuse(!is_refused, || "only what does not fit holds without some of the pods".to_owned())?;
    judge(state, [rest, rest], has_one_node)
}

/// What becomes of a state.
fn judge(state: &Value, worlds: [&Checked<World>; 2], has_one_node: bool) -> Checked<Outcome> {
    let (id, at, evidence) = (state.needed("state")?, state.needed("at")?, state.at("evidence"));
    let (verdict, reason) = (state.needed("verdict")?, state.text("reason")?);
    let is_open = ["undecided", "empty"].contains(&verdict);
    // A reason is for people, and no evidence; of what the files alone decide there is nothing to choose.
    let has_none = is_open || verdict == "does-not-fit" && ["S6", "S7"].contains(&id);
    let is_whole = reason.is_some() == (has_none || verdict == "fits-possible") && evidence.is_null() == has_none;
    refuse(!is_whole, || format!("the verdict `{verdict}` does not go with its evidence and reason"))?;
    match (verdict, reason) {
        ("undecided", Some(reason)) => return Ok(Outcome::Stated(reason.to_owned())),
        ("empty", _) if ["S3", "S4"].contains(&id) && has_one_node => return Ok(Outcome::Confirmed),
        ("empty", _) => return Err("the state can occur".to_owned()),
        _ => {}
    }
    let world = worlds[usize::from(verdict == "does-not-fit")];
    let world = world.as_ref().map_err(|fault| format!("nothing is shown, for {fault}"))?;
    refuse(world.nodes.is_empty() && id != "S7", || "nothing is shown where no nodes are known".to_owned())?;
    let situation = &world.situation(at, state.text("rolling")?);
    let peak = &world.situation("S1", None);
    let placed = if ["S5", "S6"].contains(&id) { peak } else { situation };
    let open = world.present(placed).map(|index| &world.types[index]).find(|one| one.is_open);
    let open = open.filter(|_| id != "S7" && verdict != "does-not-fit").map(|one| &one.name);
    refuse(open.is_some(), || format!("nobody knows on which nodes the pods of {open:?} may be"))?;
    let shown = |holds: bool| refuse(!holds, || format!("the files do not show `{verdict}`"));
    match (id, verdict, evidence.text("kind")?.unwrap_or("")) {
        ("S0" | "S1" | "S2", "fits-guaranteed", "layers") => layers::fit(world, id, situation, evidence),
        ("S0" | "S1" | "S2", "fits-possible", "placement") => placement::check(world, situation, evidence),
        ("S0" | "S1" | "S2", "does-not-fit", "farkas") => refusals::farkas(world, situation, evidence),
        ("S0" | "S1" | "S2", "does-not-fit", "weights") => refusals::weights(world, situation, evidence),
        ("S0" | "S1" | "S2", "does-not-fit", "alone") => refusals::alone(world, situation, evidence),
        ("S4", "does-not-fit", "locked") if !has_one_node => loss::locked(world, situation, evidence),
        ("S3" | "S4", "fits-guaranteed", "loss") => loss::check(world, [id, at], situation, evidence),
        ("S5", "fits-guaranteed", "limits") => shown(quotas::limits(world, peak, evidence)?),
        ("S5", "does-not-fit", "limits") => shown(!quotas::limits(world, peak, evidence)?),
        ("S6", "fits-guaranteed", "disks") => claims::disks(world, peak, evidence),
        ("S6", "does-not-fit", _) => shown(claims::is_refused(world, peak)?),
        ("S7", "fits-guaranteed", "quotas") => quotas::quotas(world, situation, peak, evidence),
        ("S7", "does-not-fit", _) => shown(quotas::offence(world, situation, peak)?.is_some()),
        (_, _, kind) => Err(format!("evidence of the kind `{kind}` does not show `{verdict}` in {id}")),
    }?;
    Ok(Outcome::Confirmed)
}
