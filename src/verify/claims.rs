//! Volumes: storage classes, and the evidence of S6.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::constraints::{Rules, terms};
use crate::manifests::node::{Disk, Network, Node};
use crate::manifests::{Checked, Reading, Value, agree, ceil, int, json, refuse, thousandths, times, total};
use crate::verify::closed::{Source, pick};
use crate::verify::situation::{Situation, World};

/// A claim, or the claims of all pods of a type from one template.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim<'a> {
    pub(crate) name: &'a str,
    pub(crate) spec: &'a Value,
    /// What it says of its class beside its specification, which goes before that.
    pub(crate) noted: Option<&'a str>,
}

impl<'a> Claim<'a> {
    pub(crate) fn read(name: &'a str, object: &'a Value) -> Checked<Self> {
        let noted = object.annotation("volume.beta.kubernetes.io/storage-class")?;
        Ok(Self { name, spec: object.at("spec"), noted })
    }
}

/// The storage classes among the objects, and the one of claims that name none.
#[derive(Debug)]
pub(crate) struct Storage<'a> {
    default: Option<String>,
    classes: BTreeMap<&'a str, &'a Value>,
    pub(crate) networks: Vec<Network>,
}

impl<'a> Storage<'a> {
    pub(crate) fn of(sources: &[Source<'a>], nodes: &[Node]) -> Checked<Self> {
        let (mut marked, mut classes) = (BTreeSet::new(), BTreeMap::new());
        for source in pick(sources, "storage.k8s.io", "StorageClass") {
            classes.insert(source.identity.name.as_str(), source.object);
            if source.object.annotation("storageclass.kubernetes.io/is-default-class")? == Some("true") {
                marked.insert(source.identity.name.clone());
            }
        }
        if marked.is_empty() {
            let disks = nodes.iter().flat_map(|node| &node.facts.disks);
            marked = disks.filter_map(|disk| disk.storage_class.clone()).collect();
            marked.extend(nodes.iter().flat_map(|node| &node.facts.networks).map(|one| one.storage_class.clone()));
        }
        let networks = nodes.first().map(|node| node.facts.networks.clone()).unwrap_or_default();
        let is_alike = nodes.iter().all(|node| node.facts.networks == networks);
        refuse(!is_alike, || "the nodes have different network storages".to_owned())?;
        let on_disk = |disk: &Disk| networks.iter().any(|one| disk.storage_class.as_ref() == Some(&one.storage_class));
        let is_torn = nodes.iter().flat_map(|node| &node.facts.disks).any(on_disk);
        refuse(is_torn, || "a storage class is that of a disk and of a network storage".to_owned())?;
        Ok(Self { default: marked.first().cloned().filter(|_| marked.len() == 1), classes, networks })
    }

    /// The storage class of a claim, empty where nothing says which.
    pub(crate) fn class(&self, claim: &Claim) -> Checked<String> {
        let stated = claim.noted.or(claim.spec.text("storageClassName")?);
        Ok(stated.or(self.default.as_deref()).unwrap_or("").to_owned())
    }

    /// The network storage of a class.
    pub(crate) fn network(&self, class: &str) -> Option<&Network> {
        self.networks.iter().find(|network| network.storage_class == class)
    }

    /// Whether volumes of a class are bound only when a pod is placed.
    pub(crate) fn is_late(&self, class: &str) -> bool {
        let is_free = self.network(class).is_some_and(|network| !network.is_zonal);
        is_free || self.classes.get(class).is_none_or(|class| class.at("volumeBindingMode") == "WaitForFirstConsumer")
    }

    /// Where the volumes of a claim can be, everywhere where nothing is said.
    pub(crate) fn topologies(&self, claim: &Claim) -> Checked<Vec<Rules>> {
        let class = self.classes.get(&*self.class(claim)?);
        class.map_or(Ok(Vec::new()), |class| terms(class, "allowedTopologies", "matchLabelExpressions"))
    }
}

/// Claims as evidence names them.
pub(crate) struct Volume<'a> {
    pub(crate) name: String,
    pub(crate) namespace: &'a str,
    pub(crate) is_own: bool,
    pub(crate) class: String,
    pub(crate) each: i128,
    pub(crate) count: i128,
    per_node: i128,
    /// Whether it is there whatever pods there are.
    is_lasting: bool,
    /// For each class of nodes, whether the claim may come to lie there.
    homes: Vec<bool>,
}

/// All claims at the peak, sorted by name.
pub(crate) fn volumes<'a>(world: &World<'a>, peak: &Situation) -> Checked<Vec<Volume<'a>>> {
    let mut volumes = Vec::new();
    let mut add = |name: String, (namespace, is_own, is_lasting), claim: &Claim, counts: [i128; 2], homes| {
        let each = thousandths(claim.spec.at("resources.requests.storage"), "resources.requests.storage");
        let each = ceil(each.map_err(|fault| format!("the claim `{name}`: {fault}"))?, 1000);
        let (class, [count, per_node]) = (world.storage.class(claim)?, counts);
        volumes.push(Volume { name, namespace, is_own, class, each, count, per_node, is_lasting, homes });
        Ok::<_, String>(())
    };
    for source in pick(&world.sources, "", "PersistentVolumeClaim") {
        let (namespace, name) = (source.identity.namespace.as_str(), source.identity.name.as_str());
        let is_mounting = |claim: &Claim| claim.name == name;
        let mounts = world.types.iter().filter(|one| one.namespace == namespace && one.objects.iter().any(is_mounting));
        // Who mounts a claim has the same nodes as everybody else who does.
        let homes = mounts.map(|one| one.eligible.clone()).next().unwrap_or(vec![true; world.classes.len()]);
        let claim = Claim::read(name, source.object)?;
        add(source.identity.place(), (namespace, source.is_own, true), &claim, [1, 1], homes)?;
    }
    for (index, one) in world.types.iter().enumerate() {
        let count = peak.counts[index];
        // A host port bounds pods, and not the claims that they leave behind.
        let alone = if world.relations[index].is_alone_by_affinity && one.is_ordered { 1 } else { count };
        // A claim is bound once, when all pods before it run, so that it does not matter how many there are.
        let spread = if world.relations[index].is_even { ceil(count, one.nodes.max(1)) } else { count };
        let zone = world.zone_skew(index).unwrap_or(count);
        for claim in &one.templates {
            let (name, counts) =
                (format!("{} {}", one.name, claim.name), [count, alone.min(spread).min(zone).min(count)]);
            add(name, (one.namespace, one.is_own, true), claim, counts, one.eligible.clone())?;
        }
        // What is replaced before it is gone has two of them at once, wherever they are.
        let twice = if one.is_daemon() || one.kind == "Deployment" { 2 } else { 1 };
        let all = times(twice, if one.is_daemon() { one.nodes } else { count });
        for claim in &one.made {
            let (name, counts) =
                (format!("{} {}", one.name, claim.name), [all, if one.is_daemon() { twice } else { all }]);
            add(name, (one.namespace, one.is_own, false), claim, counts, one.eligible.clone())?;
        }
    }
    volumes.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(volumes)
}

/// All claims, each of which has a node.
fn reachable<'a>(world: &World<'a>, peak: &Situation) -> Checked<Vec<Volume<'a>>> {
    let volumes = volumes(world, peak)?;
    let lost = volumes.iter().find(|volume| volume.count > 0 && !volume.homes.contains(&true)).map(|one| &one.name);
    refuse(lost.is_some(), || format!("nothing is shown, for {lost:?} has no node"))?;
    Ok(volumes)
}

/// The disks of a class of nodes to which a claim may come.
fn serving<'w>(world: &'w World, class: usize, volume: &'w Volume) -> impl Iterator<Item = &'w Disk> {
    let is_serving = move |disk: &&Disk| volume.homes[class] && disk.storage_class.as_ref() == Some(&volume.class);
    world.facts(class).disks.iter().filter(is_serving)
}

/// `disks`: every disk holds all that may come to it.
pub(crate) fn disks(world: &World, peak: &Situation, evidence: &Value) -> Checked<()> {
    let volumes = reachable(world, peak)?;
    let (mut claims, mut sums) = (Vec::new(), Vec::new());
    for volume in &volumes {
        let (name, storage) = (&volume.name, &volume.class);
        let is_local = world.storage.network(storage).is_none();
        for (class, node) in world.classes.iter().enumerate().filter(|(class, _)| is_local && volume.homes[*class]) {
            let is_served = serving(world, class, volume).next().is_some();
            refuse(!is_served, || format!("`{}` has no disk of `{storage}` for `{name}`", node.name))?;
        }
        claims.push(json!({ "claim": name, "storageClass": storage, "each": int(volume.each),
                            "count": int(volume.count), "perNode": int(volume.per_node) }));
    }
    for (index, class) in world.classes.iter().enumerate() {
        for disk in &world.facts(index).disks {
            let here = volumes.iter().filter(|one| one.homes[index] && disk.storage_class.as_ref() == Some(&one.class));
            let (sum, name, usable) = (total(here.map(|one| times(one.per_node, one.each))), &disk.name, disk.usable);
            refuse(sum > usable, || format!("`{name}` of `{}` has to hold {sum}, more than {usable}", class.name))?;
            sums.push(json!({ "class": class.name, "disk": name, "sum": int(sum), "usable": int(usable) }));
        }
    }
    agree("evidence", evidence, &json!({ "kind": "disks", "claims": claims, "sums": sums }))
}

/// Whether some claim has no disk that holds it, or all claims of a storage class are more than all its disks.
pub(crate) fn is_refused(world: &World, peak: &Situation) -> Checked<bool> {
    let mut sums = BTreeMap::<String, i128>::new();
    let is_local = |volume: &Volume| volume.count > 0 && world.storage.network(&volume.class).is_none();
    for volume in reachable(world, peak)?.into_iter().filter(is_local) {
        let mut disks = (0..world.classes.len()).flat_map(|class| serving(world, class, &volume));
        if volume.each > 0 && disks.all(|disk| volume.each > disk.usable) {
            return Ok(true);
        }
        // Of claims that come and go nobody is certain how many there are at once.
        if volume.is_lasting {
            let sum = sums.entry(volume.class.clone()).or_default();
            *sum = sum.saturating_add(times(volume.count, volume.each));
        }
    }
    let disks = |class: &String| {
        let disks = world.nodes.iter().flat_map(|node| &node.facts.disks);
        total(disks.filter(|disk| disk.storage_class.as_ref() == Some(class)).map(|disk| disk.usable))
    };
    Ok(sums.iter().any(|(class, sum)| *sum > disks(class)))
}
