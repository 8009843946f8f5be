//! Volumes: storage classes, and the evidence of S6.

use std::collections::{BTreeMap, BTreeSet};

use crate::verify::closed::{Source, pick};
use crate::verify::nodes::{Disk, Node};
use crate::verify::quantity::{ceil, int, thousandths, times, total};
use crate::verify::selectors::Term;
use crate::verify::situation::{Situation, World};
use crate::verify::value::{Checked, Reading, Value, agree, json};

/// A claim, or the claims of all pods of a type from one template.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) name: &'a str,
    pub(crate) spec: &'a Value,
}

/// The storage classes among the objects, and the one of claims that name none.
#[derive(Debug)]
pub(crate) struct Storage<'a> {
    default: Option<&'a str>,
    classes: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Storage<'a> {
    pub(crate) fn of(sources: &[Source<'a>], nodes: &[Node<'a>]) -> Checked<Self> {
        let mut marked = BTreeSet::new();
        let mut classes = BTreeMap::new();
        for source in pick(sources, "storage.k8s.io", "StorageClass") {
            classes.insert(source.identity.name.as_str(), source.object);
            if source.object.annotation("storageclass.kubernetes.io/is-default-class")? == Some("true") {
                marked.insert(source.identity.name.as_str());
            }
        }
        if marked.is_empty() {
            marked = nodes.iter().flat_map(|node| &node.facts.disks).filter_map(|disk| disk.storage_class).collect();
        }
        Ok(Self { default: marked.first().copied().filter(|_| marked.len() == 1), classes })
    }

    /// The storage class of a claim, empty where nothing says which.
    pub(crate) fn class(&self, claim: &Claim<'a>) -> Checked<&'a str> {
        Ok(claim.spec.text("storageClassName")?.or(self.default).unwrap_or(""))
    }

    /// Whether volumes of a class are bound only when a pod is placed.
    pub(crate) fn is_late(&self, class: &str) -> bool {
        let mode = self.classes.get(class).map(|class| class.at("volumeBindingMode"));
        mode.is_none_or(|mode| mode == "WaitForFirstConsumer")
    }

    /// Where the volumes of a claim can be, everywhere where nothing is said.
    pub(crate) fn topologies(&self, claim: &Claim<'a>) -> Checked<Vec<Term>> {
        let class = self.classes.get(self.class(claim)?);
        class.map_or(Ok(Vec::new()), |class| class.parse("allowedTopologies"))
    }
}

/// Claims as evidence names them.
pub(crate) struct Volume<'a> {
    pub(crate) name: String,
    pub(crate) namespace: &'a str,
    pub(crate) is_own: bool,
    pub(crate) class: &'a str,
    pub(crate) each: i128,
    pub(crate) count: i128,
    per_node: i128,
    /// For each class of nodes, whether the claim may come to lie there.
    homes: Vec<bool>,
}

/// All claims at the peak, sorted by name.
pub(crate) fn volumes<'a>(world: &World<'a>, peak: &Situation) -> Checked<Vec<Volume<'a>>> {
    let mut volumes = Vec::new();
    let each = |claim: &Claim| {
        let size = thousandths(claim.spec.at("resources.requests.storage"), "resources.requests.storage");
        size.map(|size| ceil(size, 1000)).map_err(|fault| format!("the claim `{}`: {fault}", claim.name))
    };
    for source in pick(&world.sources, "", "PersistentVolumeClaim") {
        let (namespace, name) = (source.identity.namespace.as_str(), source.identity.name.as_str());
        let claim = Claim { name, spec: source.object.at("spec") };
        let mounts = world.types.iter().filter(|one| one.namespace == namespace && one.pod.mounted.contains(&name));
        let mounts: Vec<&Vec<bool>> = mounts.map(|one| &one.eligible).collect();
        let here = |class: usize| mounts.is_empty() || mounts.iter().any(|eligible| eligible[class]);
        let homes = (0..world.classes.len()).map(here).collect();
        let (class, each, name) = (world.storage.class(&claim)?, each(&claim)?, source.identity.place());
        volumes.push(Volume { name, namespace, is_own: source.is_own, class, each, count: 1, per_node: 1, homes });
    }
    for (index, one) in world.types.iter().enumerate() {
        for claim in &one.templates {
            let count = peak.counts[index];
            // A host port bounds pods, and not the claims that they leave behind.
            let alone = if world.is_alone_by_affinity(index) && one.is_ordered { 1 } else { count };
            volumes.push(Volume {
                name: format!("{} {}", one.name, claim.name),
                namespace: one.namespace,
                is_own: one.is_own,
                class: world.storage.class(claim)?,
                each: each(claim)?,
                count,
                // A claim is bound once, when all pods before it run, so that it does not matter how many there are.
                per_node: alone.min(if world.is_spread(index) { ceil(count, one.nodes.max(1)) } else { count }),
                homes: one.eligible.clone(),
            });
        }
    }
    volumes.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(volumes)
}

/// All claims, each of which has a node.
fn reachable<'a>(world: &World<'a>, peak: &Situation) -> Checked<Vec<Volume<'a>>> {
    let volumes = volumes(world, peak)?;
    match volumes.iter().find(|volume| volume.count > 0 && !volume.homes.contains(&true)) {
        Some(volume) => Err(format!("nothing is shown, for `{}` has no node", volume.name)),
        None => Ok(volumes),
    }
}

fn serving<'w>(world: &'w World, class: usize, volume: &Volume) -> impl Iterator<Item = &'w Disk<'w>> {
    let storage_class = volume.class.to_owned();
    world.facts(class).disks.iter().filter(move |disk| disk.storage_class == Some(&storage_class))
}

/// `disks`: every disk holds all that may come to it.
pub(crate) fn disks(world: &World, peak: &Situation, evidence: &Value) -> Checked<()> {
    let volumes = reachable(world, peak)?;
    let (mut claims, mut sums) = (Vec::new(), Vec::new());
    for volume in &volumes {
        let homes = || (0..world.classes.len()).filter(|class| volume.homes[*class]);
        if let Some(class) = homes().find(|class| serving(world, *class, volume).next().is_none()) {
            let (name, storage, class) = (&volume.name, volume.class, world.classes[class].name);
            return Err(format!("the nodes of `{class}` have no disk of `{storage}` for `{name}`"));
        }
        claims.push(json!({ "claim": volume.name, "storageClass": volume.class, "each": int(volume.each),
                            "count": int(volume.count), "perNode": int(volume.per_node) }));
    }
    for (index, class) in world.classes.iter().enumerate() {
        for disk in &world.facts(index).disks {
            let here = volumes.iter().filter(|one| one.homes[index] && disk.storage_class == Some(one.class));
            let sum = total(here.map(|one| times(one.per_node, one.each)));
            if sum > disk.usable {
                let (disk, class, usable) = (disk.name, class.name, disk.usable);
                return Err(format!("`{disk}` of `{class}` has to hold {sum}, more than {usable}"));
            }
            sums.push(json!({ "class": class.name, "disk": disk.name, "sum": int(sum), "usable": int(disk.usable) }));
        }
    }
    agree("evidence", evidence, &json!({ "kind": "disks", "claims": claims, "sums": sums }))
}

/// Everything for which S6 cannot be, in the words of evidence.
pub(crate) fn offences(world: &World, peak: &Situation) -> Checked<Vec<Value>> {
    let (mut offences, mut sums) = (Vec::new(), BTreeMap::<&str, i128>::new());
    for volume in reachable(world, peak)?.iter().filter(|volume| volume.count > 0) {
        let homes = (0..world.classes.len()).filter(|class| volume.homes[*class]);
        let largest = homes.flat_map(|class| serving(world, class, volume)).map(|disk| disk.usable).max();
        match largest {
            None => offences.push(json!({ "kind": "unserved", "claim": volume.name, "storageClass": volume.class })),
            Some(usable) if volume.each > usable => offences.push(json!({ "kind": "claim-oversize", "claim": volume.name,
                                                                          "each": int(volume.each), "usable": int(usable) })),
            Some(_) => {}
        }
        let sum = sums.entry(volume.class).or_default();
        *sum = sum.saturating_add(times(volume.count, volume.each));
    }
    for (class, demand) in sums {
        let disks = world.nodes.iter().flat_map(|node| &node.facts.disks);
        let usable = total(disks.filter(|disk| disk.storage_class == Some(class)).map(|disk| disk.usable));
        if demand > usable {
            offences.push(
                json!({ "kind": "claims-sum", "storageClass": class, "demand": int(demand), "usable": int(usable) }),
            );
        }
    }
    Ok(offences)
}
