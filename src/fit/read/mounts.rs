//! What the claims that a pod mounts have to say about the nodes that it may go to.

use std::collections::BTreeMap;

use crate::data::Node;
use crate::eval::model::NetworkStorage;
use crate::fit::evidence::reason::Strange;
use crate::fit::read::pods::Topology;
use crate::fit::read::understood::{exclusive_claim, strange_claim};
use crate::objects::Object;
use crate::objects::workload::{Workload, Workloads};

/// The storage classes among some objects.
pub(crate) struct StorageClasses<'a> {
    named: BTreeMap<&'a str, &'a Object>,
    default: Option<&'a str>,
    networks: &'a [NetworkStorage],
}

impl<'a> StorageClasses<'a> {
    pub(crate) fn read(objects: &'a [Object], default: Option<&'a str>, networks: &'a [NetworkStorage]) -> Self {
        let is_class = |object: &&Object| object.kind == "StorageClass" && object.group() == "storage.k8s.io";
        let named = objects.iter().filter(is_class).map(|object| (object.name.as_str(), object)).collect();
        Self { named, default, networks }
    }
}

/// What the claims of one type have to say.
#[derive(Default)]
pub(crate) struct MountedClaims {
    pub(crate) topologies: Vec<Vec<Topology>>,
    pub(crate) binds_early: Option<String>,
    /// Whether only one pod at a time may mount a claim that is an object of its own.
    pub(crate) is_exclusive: bool,
    pub(crate) unknown: Option<Strange>,
    pub(crate) volumes: Volumes,
}

/// Where the volumes of a pod keep it, and what they take of a node.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Volumes {
    /// Whether one lies on the disk of a node.
    pub(crate) local: bool,
    /// Whether one can be attached in one zone only.
    pub(crate) zonal: bool,
    /// Whether one that is an object of its own and no local one can be attached to one node at a time.
    pub(crate) single: bool,
    /// How many of them count against what a node attaches.
    pub(crate) attached: i128,
}

impl MountedClaims {
    pub(crate) fn read(
        classes: &StorageClasses<'_>,
        objects: &[Object],
        workloads: &Workloads,
        spec: Option<&Node>,
        workload: &Workload,
    ) -> Self {
        let mut found = Self::default();
        for index in workload.own_claims.iter().chain(&workload.shared_claims) {
            let claim = &workloads.claims[*index];
            let name = claim.storage_class.as_deref().or(classes.default);
            let network = classes.networks.iter().find(|one| Some(one.storage_class.as_str()) == name);
            let is_free = network.is_some_and(|network| !network.zonal);
            if let Some(class) = name.and_then(|name| classes.named.get(name)) {
                found.heed(class, is_free);
            }
            found.volumes.local |= network.is_none() && !claim.ephemeral;
            found.volumes.zonal |= network.is_some_and(|network| network.zonal) && !claim.ephemeral;
            found.volumes.attached += i128::from(network.is_some_and(|network| network.attach_limit.is_some()));
        }
        let modes = |claim: &usize| objects[workloads.claims[*claim].object].body.at(&["spec", "accessModes"]);
        let is_many = |mode: &Node| matches!(mode.as_str(), Some("ReadWriteMany" | "ReadOnlyMany"));
        let is_attached = |claim: &usize| {
            let name = workloads.claims[*claim].storage_class.as_deref().or(classes.default);
            classes.networks.iter().any(|one| Some(one.storage_class.as_str()) == name)
        };
        let is_single =
            |claim| is_attached(claim) && !modes(claim).is_some_and(|modes| modes.items().iter().any(is_many));
        found.volumes.single = workload.shared_claims.iter().any(is_single);
        let own = objects[workload.object].body.at(&["spec", "volumeClaimTemplates"]).map(Node::items);
        let shared = workload.shared_claims.iter().map(|index| &objects[workloads.claims[*index].object].body);
        found.is_exclusive = shared.clone().any(|claim| claim.get("spec").is_some_and(exclusive_claim));
        let volumes = spec.and_then(|spec| spec.get("volumes")).map(Node::items).unwrap_or_default();
        let ephemeral = volumes.iter().filter_map(|volume| volume.at(&["ephemeral", "volumeClaimTemplate"]));
        let mut claims = own.unwrap_or_default().iter().chain(shared).chain(ephemeral);
        let strange = claims.find_map(|claim| claim.get("spec").and_then(strange_claim));
        found.unknown = strange.map(Strange::Claim).or_else(|| {
            // Where the volume of a claim that no object states lies, nobody knows.
            let named = volumes.iter().filter_map(|volume| volume.at(&["persistentVolumeClaim", "claimName"])).count();
            (named > workload.shared_claims.len()).then_some(Strange::UnstatedClaim)
        });
        found
    }

    /// Takes in a class. Volumes of one that is free of zones are where the pod is, whenever they are bound.
    fn heed(&mut self, class: &Object, is_free: bool) {
        let allowed = class.body.get("allowedTopologies").map(Node::items).unwrap_or_default();
        if !allowed.is_empty() {
            self.topologies.push(allowed.iter().map(topology).collect());
        }
        let mode = class.body.get("volumeBindingMode").and_then(Node::as_str);
        if mode != Some("WaitForFirstConsumer") && !is_free {
            self.binds_early.get_or_insert_with(|| class.name.clone());
        }
    }
}

fn topology(term: &Node) -> Topology {
    let expressions = term.get("matchLabelExpressions").map(Node::items).unwrap_or_default();
    let one = |expression: &Node| {
        let values = expression.get("values").map(Node::items).unwrap_or_default();
        let key = expression.get("key").and_then(Node::as_str).unwrap_or_default();
        (key.to_owned(), values.iter().filter_map(Node::as_str).map(str::to_owned).collect())
    };
    expressions.iter().map(one).collect()
}
