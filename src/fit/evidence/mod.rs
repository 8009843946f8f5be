//! What shows a verdict. `docs/proof.md` says how each piece of evidence is checked.

pub mod canonical;
pub mod json;
pub mod reason;

use crate::objects::extended::Misfit;

/// A type in a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    pub name: String,
    pub count: i128,
    pub nodes: i128,
    pub per_node: i128,
}

/// The most of a resource that can be asked of a node of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassSum {
    pub class: String,
    /// `cpu`, `memory`, `ephemeral-storage`, `pods`; for disks the name of the disk.
    pub resource: String,
    pub sum: i128,
    pub allocatable: i128,
}

/// Sums over what the constraints let onto one node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Charge {
    pub types: Vec<Charged>,
    pub sums: Vec<ClassSum>,
}

/// The weight of all other pods for one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    pub name: String,
    /// Of which nodes it is certain that some are left: of all, or of the `empty-zones`, of one of the `zones`, or of the `hosts`.
    pub over: Option<&'static str>,
    pub total: i128,
    pub limit: i128,
    /// What a full node of each class weighs at least; empty where all weigh the same.
    pub weights: Vec<(String, i128)>,
}

/// Types of neighbouring priorities, and why each of their pods finds a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    Charge(Charge),
    AnyOrder(Vec<Weighed>),
}

/// All layers of a state, from the highest priority.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layers {
    pub layers: Vec<Layer>,
    /// Deployments whose surge is left out, because they can make room themselves.
    pub waits: Vec<String>,
}

/// What is gone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Gone {
    /// One node of a class.
    Class(String),
    /// All nodes of a zone.
    Zone(String),
}

/// What is left when something is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LossCase {
    pub gone: Gone,
    /// The types that no node is left for, in the order of the platform's types: they are gone, too.
    pub stranded: Vec<String>,
    pub layers: Vec<Layer>,
}

/// Nodes that carry the same pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pub nodes: Vec<String>,
    /// Type and number, sorted.
    pub pods: Vec<(String, i128)>,
}

/// Memory limits on a node of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSum {
    pub class: String,
    pub sum: i128,
    /// The part of the sum that containers state as limits; the rest is whole nodes for pods without one.
    pub stated: i128,
    /// What the sum may be, in percent of what is allocatable.
    pub cap: i128,
    pub allocatable: i128,
    pub unlimited: Vec<String>,
}

/// Claims of one kind on the disks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimCharge {
    pub claim: String,
    pub storage_class: String,
    pub each: i128,
    pub count: i128,
    pub per_node: i128,
}

/// A disk of a class of nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskSum {
    pub class: String,
    pub disk: String,
    pub sum: i128,
    pub usable: i128,
}

/// A key of a quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaKey {
    pub quota: String,
    pub key: String,
    pub used: i128,
    pub hard: i128,
}

/// A resource of which one pod wants more than a node has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooSmall {
    pub class: String,
    pub resource: String,
    pub request: i128,
    pub allocatable: i128,
}

/// Whether a bound is the least or the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Least,
    Most,
}

impl Side {
    /// As a `LimitRange` writes it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Least => "min",
            Self::Most => "max",
        }
    }
}

/// What an item of a `LimitRange` refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfBounds {
    /// `shop/limits`.
    pub limit_range: String,
    /// `Container`, `Pod` or `PersistentVolumeClaim`.
    pub kind: &'static str,
    /// The type of pods, or the claim.
    pub of: String,
    pub container: Option<String>,
    pub resource: String,
    pub side: Side,
    /// None where nothing is stated.
    pub stated: Option<i128>,
    pub allowed: i128,
}

/// What a unit of a resource costs on the nodes of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    pub class: String,
    pub resource: String,
    pub weight: i128,
}

/// By what a checker sees that there are more pods of a type than places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// A node of each class takes so many beside its DaemonSets.
    Most(Vec<(String, i128)>),
    /// A DaemonSet asks for more of a resource than a node of a class has.
    Scarce { class: String, resource: String },
}

/// What shows a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    Layers(Layers),
    Placement(Vec<Pattern>),
    Loss(Vec<LossCase>),
    Limits(Vec<LimitSum>),
    Disks {
        claims: Vec<ClaimCharge>,
        sums: Vec<DiskSum>,
    },
    Quotas(Vec<QuotaKey>),
    NoNode {
        name: String,
    },
    /// The nodes that would take a pod have less of an extended resource than it asks for.
    Undeclared {
        name: String,
        resource: String,
        request: i128,
        /// The most that one of them has.
        most: i128,
    },
    Oversize {
        name: String,
        places: Vec<TooSmall>,
    },
    /// Class and how many it takes on each node.
    Count {
        name: String,
        count: i128,
        places: Vec<(String, i128)>,
        total: i128,
        shown: Shown,
    },
    Sum {
        types: Vec<String>,
        /// Those of the types that cannot stand together, whatever becomes of the others.
        minimal: Vec<String>,
        classes: Vec<String>,
        resource: String,
        demand: i128,
        allocatable: i128,
    },
    /// Prices by which all pods cost more than the nodes have, wherever they go.
    Farkas {
        weights: Vec<Price>,
        minimal: Vec<String>,
    },
    /// Weights of pods, of which a node of each class carries at most so much.
    Weights {
        types: Vec<(String, i128)>,
        minimal: Vec<String>,
        classes: Vec<(String, i128)>,
        /// Of all pods, and of what all nodes can carry.
        total: i128,
        limit: i128,
    },
    /// A DaemonSet that has so many pods on each node, of which no node takes two.
    Alone {
        name: String,
        count: i128,
    },
    /// Disruption budgets under which none of the pods of a workload is evicted: several of them, or one that keeps all.
    Locked {
        name: String,
        count: i128,
        desired: i128,
        budgets: usize,
    },
    Unserved {
        claim: String,
        each: i128,
        storage_class: Option<String>,
    },
    ClaimOversize {
        claim: String,
        each: i128,
        usable: i128,
    },
    ClaimsSum {
        storage_class: String,
        demand: i128,
        usable: i128,
    },
    /// A pod or claim that a `LimitRange` refuses.
    Bound(OutOfBounds),
    Quota(QuotaKey),
    MissingKey {
        name: String,
        container: String,
        key: String,
    },
    /// A container states an extended resource as the API server takes none.
    Misfit {
        name: String,
        container: String,
        resource: String,
        why: Misfit,
    },
    InvalidPod {
        name: String,
        container: String,
        resource: String,
        request: i128,
        limit: i128,
    },
}
