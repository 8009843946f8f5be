//! Single points of failure: every single event that takes an entry point down, with its way there. What merely degrades
//! it is judged along with them.

use std::collections::{BTreeSet, VecDeque};

use super::degradation::{Degraded, Judge};
use super::gates::{Gates, LANES};
use super::places::{Domain, Places};
use crate::eval::model::{Entry, InstanceId, Model};
use crate::fit::read::demand::{Demand, Load};
use crate::fit::sums::disks::class_of;
use crate::graph::target;
use crate::objects::selector::includes;
use crate::source::Span;
use crate::syntax::ast::{InstanceClass, Strength};

/// What fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// One node of a kind; how many nodes there are in all, of a pool at least.
    Node { nodes: i128 },
    /// All nodes of a zone, of which there are several.
    Zone { zone: String },
    /// One disk, with the pods that have claims on it.
    Disk { nodes: i128 },
    /// Something outside the cluster.
    External,
    /// One pod of a group that needs all the pods that it has.
    Replica { group: String, pods: i128, needed: i128 },
}

/// An instance that an event hits directly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub instance: String,
    pub group: String,
    /// How many pods the group has, and how many must live.
    pub pods: i128,
    pub needed: i128,
    /// How many of them the event may take, in the worst placement that the constraints admit.
    pub lost: i128,
    /// How many nodes or zones there are that take them, of a pool at least.
    pub homes: i128,
    /// Whether it is of a kind of the library that has `spread` and `zone-spread`.
    pub has_spreads: bool,
}

/// One edge on the way from an entry point to the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub from: String,
    pub to: String,
    /// `Needs`, or `Wants` on the way of what merely degrades.
    pub strength: Strength,
    pub span: Span,
}

/// A single event that takes entry points down.
#[derive(Debug, Clone)]
pub struct Spof {
    pub event: Event,
    /// As `accept spof of SUBJECT` writes it.
    pub subject: String,
    /// For what is an instance: its name.
    pub instance: Option<String>,
    /// Its declaration, or the number of its replicas.
    pub span: Span,
    /// The hosts of the entry points that go down.
    pub entries: Vec<String>,
    /// From the first of them to what the event hits.
    pub path: Vec<Step>,
    /// What the event hits at the end of the path.
    pub hit: Option<Hit>,
    /// All that it hits on hard ways from entry points, in the order of declaration: while one of them falls, something does.
    pub hits: Vec<Hit>,
    /// Of a node: zones that take the same down because this node is in them.
    pub zones: Vec<String>,
    /// The components that go down, in the order of declaration.
    pub takes_down: Vec<String>,
}

/// A group that has fewer pods than must live.
#[derive(Debug, Clone)]
pub struct Quorum {
    pub instance: String,
    pub group: String,
    pub pods: i128,
    pub needed: i128,
    pub span: Span,
    pub count_span: Span,
}

/// What one failure does.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    /// The hosts of all entry points.
    pub entries: Vec<String>,
    /// How many single events were tried.
    pub events: usize,
    pub spofs: Vec<Spof>,
    /// Entry points that some single event leaves up, but with less.
    pub degraded: Vec<Degraded>,
    pub quorums: Vec<Quorum>,
    /// Components that no entry point needs or wants, directly or not.
    pub unreached: Vec<String>,
    /// Components in all.
    pub components: usize,
}

impl Failure {
    /// Takes in what takes entry points down. A zone is worth no word of its own where one of its nodes takes down the same.
    fn add(&mut self, spof: Spof, within: &[String]) {
        let takes_as_much = |one: &&mut Spof| {
            within.contains(&one.subject) && spof.entries.iter().all(|entry| one.entries.contains(entry))
        };
        match (&spof.event, self.spofs.iter_mut().find(takes_as_much)) {
            (Event::Zone { zone }, Some(node)) => node.zones.push(zone.clone()),
            _ => self.spofs.push(spof),
        }
    }
}

/// An event while it is judged.
pub(super) struct Candidate {
    pub(super) event: Event,
    pub(super) subject: String,
    instance: Option<InstanceId>,
    span: Span,
    /// What it hits directly.
    pub(super) hits: Vec<(usize, Hit)>,
    /// Of a zone: what nodes in it are called as events of their own.
    pub(super) within: Vec<String>,
}

/// Pods of one group.
struct Group<'a> {
    instance: usize,
    name: String,
    needed: i128,
    loads: Vec<&'a Load>,
    pods: i128,
}

/// Tries every single event.
pub(crate) fn failure(model: &Model, demand: &Demand, default: Option<&str>) -> Failure {
    let mut groups = groups(model, demand);
    let quorums = quorums(model, &groups);
    // A group that cannot serve even when nothing fails is reported as such, and judged as if it could.
    groups.retain(|group| group.pods >= group.needed);
    let is_component = |class| class == InstanceClass::Component;
    let mut found = Failure {
        entries: model.entries.iter().map(|entry| entry.host.clone()).collect(),
        quorums,
        components: model.instances.iter().filter(|instance| is_component(instance.class)).count(),
        ..Failure::default()
    };
    if model.entries.is_empty() {
        return found;
    }
    found.unreached = unreached(model);
    let gates = Gates::new(model);
    let candidates = candidates(model, demand, &groups, default);
    found.events = candidates.len();
    let mut judges = Judge::all(model, &gates);
    for chunk in candidates.chunks(LANES) {
        let failures: Vec<Vec<usize>> =
            chunk.iter().map(|one| one.hits.iter().map(|(instance, _)| *instance).collect()).collect();
        let up = gates.evaluate(&failures);
        for (lane, candidate) in chunk.iter().enumerate() {
            let down = |instance: usize| up[instance] & (1 << lane) == 0;
            if let Some(spof) = judge(model, &gates, candidate, down) {
                found.add(spof, &candidate.within);
            }
        }
        for judge in &mut judges {
            judge.judge(model, &gates, chunk, &up);
        }
    }
    found.degraded = judges.into_iter().filter_map(|judge| judge.finish(model)).collect();
    found
}

/// The groups of pods that serve. An instance that names none has one for each of its workloads.
fn groups<'a>(model: &Model, demand: &'a Demand) -> Vec<Group<'a>> {
    let mut loads: Vec<Vec<&Load>> = vec![Vec::new(); model.instances.len()];
    for load in demand.own_loads().filter(|load| load.count.steady > 0) {
        loads[load.owner.instance.0 as usize].push(load);
    }
    let mut groups = Vec::new();
    for (index, instance) in model.instances.iter().enumerate() {
        // Pods of an entry point itself answer the challenges of its certificate, and no user.
        if instance.groups.is_empty() && instance.class != InstanceClass::Expose {
            groups.extend(loads[index].iter().map(|load| Group {
                instance: index,
                name: load.workload.name.clone(),
                needed: 1,
                loads: vec![*load],
                pods: load.count.steady,
            }));
        }
        for group in &instance.groups {
            let members: Vec<&Load> =
                loads[index].iter().copied().filter(|load| includes(&load.workload.labels, &group.labels)).collect();
            if !members.is_empty() {
                groups.push(Group {
                    instance: index,
                    name: group.name.clone(),
                    needed: group.needed.map_or(1, |needed| i128::from(needed.count)),
                    pods: members.iter().map(|load| load.count.steady).sum(),
                    loads: members,
                });
            }
        }
    }
    groups
}

fn quorums(model: &Model, groups: &[Group<'_>]) -> Vec<Quorum> {
    let failing = groups.iter().filter(|group| group.pods < group.needed);
    let quorum = |group: &Group<'_>| {
        let instance = &model.instances[group.instance];
        let stated = instance.groups.iter().find(|one| one.name == group.name);
        let span = stated.and_then(|one| one.needed).map_or(instance.span, |needed| needed.span);
        Quorum {
            instance: instance.name.clone(),
            group: group.name.clone(),
            pods: group.pods,
            needed: group.needed,
            span,
            count_span: count_span(group),
        }
    };
    failing.map(quorum).collect()
}

fn count_span(group: &Group<'_>) -> Span {
    let spans = group.loads.iter().map(|load| load.workload.scale.steady.span);
    spans.reduce(|first, next| if first.is_none() { next } else { first }).unwrap_or(Span::NONE)
}

/// Every single event: nodes, disks, what is outside, and pods that are missed at once.
fn candidates(model: &Model, demand: &Demand, groups: &[Group<'_>], default: Option<&str>) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    if let Some(hardware) = &model.hardware {
        let places = Places::of(hardware);
        let nodes = places.nodes();
        let name = |position: usize| format!("{}.{}", hardware.name, hardware.nodes[position].name);
        for (position, node) in hardware.nodes.iter().enumerate() {
            let domain = Domain::Node(position);
            candidates.push(Candidate {
                event: Event::Node { nodes },
                subject: name(position),
                instance: None,
                span: node.span,
                hits: hits(model, groups, &places, domain, |_| true),
                within: Vec::new(),
            });
            for disk in &node.disks {
                let on_disk = |claim: &usize| {
                    let class = class_of(&demand.claims[*claim], default);
                    class.is_some() && class == disk.storage_class.as_deref()
                };
                let has_claims = |load: &Load| load.own_claims.iter().chain(&load.shared_claims).any(on_disk);
                candidates.push(Candidate {
                    event: Event::Disk { nodes },
                    subject: format!("{}.{}", name(position), disk.name),
                    instance: None,
                    span: disk.span,
                    hits: hits(model, groups, &places, domain, has_claims),
                    within: Vec::new(),
                });
            }
        }
        for (zone, positions) in places.zones() {
            candidates.push(Candidate {
                subject: format!("{}.zone.{zone}", hardware.name),
                instance: None,
                span: positions.first().map_or(hardware.span, |position| hardware.nodes[*position].span),
                hits: hits(model, groups, &places, Domain::Zone(&zone), |_| true),
                within: positions.into_iter().map(name).collect(),
                event: Event::Zone { zone },
            });
        }
    }
    for (id, instance) in model.ids().filter(|(_, instance)| instance.external) {
        let (name, group) = (instance.name.clone(), String::new());
        candidates.push(Candidate {
            event: Event::External,
            subject: name.clone(),
            instance: Some(id),
            span: instance.span,
            hits: vec![(
                id.0 as usize,
                Hit { instance: name, group, pods: 1, needed: 1, lost: 1, homes: 1, has_spreads: false },
            )],
            within: Vec::new(),
        });
    }
    for group in groups.iter().filter(|group| group.pods - 1 < group.needed) {
        let instance = &model.instances[group.instance];
        let alone = groups.iter().filter(|other| other.instance == group.instance).count() == 1;
        let subject = if alone { instance.name.clone() } else { format!("{}.{}", instance.name, group.name) };
        let span = count_span(group);
        candidates.push(Candidate {
            event: Event::Replica { group: group.name.clone(), pods: group.pods, needed: group.needed },
            subject,
            instance: Some(InstanceId(u32::try_from(group.instance).unwrap_or(u32::MAX))),
            span: if span.is_none() { instance.span } else { span },
            hits: vec![(group.instance, hit(model, group, 1, 1))],
            within: Vec::new(),
        });
    }
    candidates
}

fn hit(model: &Model, group: &Group<'_>, lost: i128, homes: i128) -> Hit {
    let instance = &model.instances[group.instance];
    Hit {
        instance: instance.name.clone(),
        group: group.name.clone(),
        pods: group.pods,
        needed: group.needed,
        lost,
        homes,
        has_spreads: instance.kinds.iter().any(|kind| ["web", "stateful"].contains(&kind.as_str())),
    }
}

/// The groups that no longer serve without a node or a zone, as far as it concerns their workloads.
fn hits(
    model: &Model,
    groups: &[Group<'_>],
    places: &Places<'_>,
    domain: Domain<'_>,
    concerns: impl Fn(&Load) -> bool,
) -> Vec<(usize, Hit)> {
    let hit = |group: &Group<'_>| {
        let loads = || group.loads.iter().filter(|load| concerns(load));
        let lost: i128 = loads().map(|load| places.most(load, domain)).sum();
        let homes = loads().map(|load| places.homes(load, domain)).min().unwrap_or(1);
        (group.pods - lost < group.needed).then(|| (group.instance, hit(model, group, lost, homes)))
    };
    groups.iter().filter_map(hit).collect()
}

/// Whether an event takes an entry point down, and how.
fn judge(model: &Model, gates: &Gates, candidate: &Candidate, down: impl Fn(usize) -> bool) -> Option<Spof> {
    let roots = |entry: &Entry| [entry.instance, entry.via, entry.to];
    let fails = |entry: &&Entry| roots(entry).iter().any(|id| down(id.0 as usize));
    let lost: Vec<&Entry> = model.entries.iter().filter(fails).collect();
    let first = lost.first()?;
    let (path, hit) = way(model, gates, candidate, first, &down);
    let hits = causes(gates, candidate, &lost, &down);
    let component = |id: InstanceId| model.instance(id).class == InstanceClass::Component;
    let gone = model.ids().filter(|(id, _)| component(*id) && down(id.0 as usize));
    let takes_down = gone.map(|(_, instance)| instance.name.clone());
    Some(Spof {
        event: candidate.event.clone(),
        subject: candidate.subject.clone(),
        instance: candidate.instance.map(|id| model.instance(id).name.clone()),
        span: candidate.span,
        entries: lost.iter().map(|entry| entry.host.clone()).collect(),
        path,
        hit,
        hits,
        takes_down: takes_down.collect(),
        zones: Vec::new(),
    })
}

/// The shortest chain of hard edges, all of them down, from an entry point to something that the event hits directly.
fn way(
    model: &Model,
    gates: &Gates,
    candidate: &Candidate,
    entry: &Entry,
    down: impl Fn(usize) -> bool,
) -> (Vec<Step>, Option<Hit>) {
    let name = |index: usize| model.instances[index].name.clone();
    let root = entry.instance.0 as usize;
    // From where each instance was reached, and over which edge; an entry point's own edges are its declaration.
    let mut reached: Vec<Option<(usize, Span)>> = vec![None; model.instances.len()];
    reached[root] = Some((root, Span::NONE));
    let mut queue = VecDeque::from([root]);
    while let Some(index) = queue.pop_front() {
        if let Some((_, hit)) = candidate.hits.iter().find(|(instance, _)| *instance == index) {
            let mut steps = Vec::new();
            let mut at = index;
            while let Some((from, span)) = reached[at].filter(|_| at != root) {
                steps.push(Step { from: name(from), to: name(at), strength: Strength::Needs, span });
                at = from;
            }
            steps.reverse();
            return (steps, Some(hit.clone()));
        }
        let declared = model.instance(entry.instance).span;
        let roots = [entry.via, entry.to].map(|id| (id.0 as usize, declared));
        let beside = if index == root { roots.as_slice() } else { &[] };
        let needed = gates.needed_by(index).map(|needed| (needed.instance, model.edges[needed.edge].span));
        for (next, span) in beside.iter().copied().chain(needed) {
            if down(next) && reached[next].is_none() {
                reached[next] = Some((index, span));
                queue.push_back(next);
            }
        }
    }
    (Vec::new(), None)
}

/// Everything that the event hits directly and that something on a hard way from one of the lost entry points needs.
fn causes(gates: &Gates, candidate: &Candidate, lost: &[&Entry], down: impl Fn(usize) -> bool) -> Vec<Hit> {
    let roots = lost.iter().flat_map(|entry| [entry.instance, entry.via, entry.to]).map(|id| id.0 as usize);
    let mut stack: Vec<usize> = roots.filter(|index| down(*index)).collect();
    let mut reached = BTreeSet::new();
    while let Some(index) = stack.pop() {
        if reached.insert(index) {
            stack.extend(gates.needed_by(index).map(|needed| needed.instance).filter(|next| down(*next)));
        }
    }
    let mut hits: Vec<&(usize, Hit)> = candidate.hits.iter().filter(|(index, _)| reached.contains(index)).collect();
    hits.sort_by_key(|(index, _)| *index);
    hits.into_iter().map(|(_, hit)| hit.clone()).collect()
}

/// Components that no entry point needs or wants.
fn unreached(model: &Model) -> Vec<String> {
    let mut outgoing: Vec<Vec<usize>> = vec![Vec::new(); model.instances.len()];
    for edge in model.edges.iter().filter(|edge| edge.strength != Strength::Reaches) {
        outgoing[edge.from.0 as usize].extend(target(edge).map(|to| to.0 as usize));
    }
    let mut seen = vec![false; model.instances.len()];
    let mut stack: Vec<usize> =
        model.entries.iter().flat_map(|entry| [entry.instance, entry.to, entry.via]).map(|id| id.0 as usize).collect();
    while let Some(index) = stack.pop() {
        if !std::mem::replace(&mut seen[index], true) {
            stack.extend(&outgoing[index]);
        }
    }
    let missed =
        model.instances.iter().zip(seen).filter(|(instance, seen)| !seen && instance.class == InstanceClass::Component);
    missed.map(|(instance, _)| instance.name.clone()).collect()
}
