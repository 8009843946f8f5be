//! What keeps something from being decided or guaranteed: a sentence for people, and of which kind it is, which says what
//! helps whatever the words are.

use std::fmt::{Display, Formatter, Result as Formatted};

use crate::objects::injection::Injector;

/// The kinds of obstacles. Who meets one says which it is; `diagnose::advice` says what to do about each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Obstacle {
    /// One that nothing is known to help against but what it says itself.
    #[default]
    Other,
    /// An object of which nobody says whether it makes pods.
    Unaccounted,
    /// Two objects of one identity.
    Twice,
    /// Sidecars on a version of Kubernetes that has none.
    NoSidecars,
    /// An injector that adds containers which nothing describes.
    Injection(Injector),
    /// An autoscaler without a maximum.
    NoMaximum,
    /// Runs of a job that may pile up.
    PilesUp,
    /// Something in a pod that this version does not account for.
    NotUnderstood,
    /// A label of nodes that a kubelet or a cloud sets, and of which nobody says the value.
    UnknownLabel,
    /// A node without which a workload has none.
    NoOtherNode,
    /// A disruption budget that keeps all pods.
    Budget,
    /// Volumes that go with a node, and more pods with them than may.
    LostVolumes,
    /// More of a resource than a node has, which the constraints let onto it.
    Crowded(&'static str),
    /// Claims that may lie on one disk and are more than it has.
    CrowdedDisk,
    /// A node that takes pods with a claim and has no disk for it.
    NoDisk,
    /// A quota that is not understood.
    Quota,
    /// A limit range that is not understood.
    LimitRange,
    /// Required affinity to other pods.
    Company,
    /// Anti-affinity that is more than one pod on each node.
    Apart,
    /// A host port that another workload has.
    HostPort,
    /// More pods that want a node each than there are nodes.
    TooManyForEach,
    /// Pods of a StatefulSet that come in parallel, each to its volume.
    Parallel,
    /// A hard spread that is more than even over the nodes.
    Spread,
    /// A hard spread over the nodes of a pool.
    SpreadOverPool,
    /// A claim that keeps all pods on one node.
    OneVolume,
    /// A placement that was not found, or of which every one was tried, for no reason that has a name.
    Placement,
}

/// A fact that stands in the way, of its kind, with what helps where the fact knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stuck {
    pub(super) obstacle: Obstacle,
    pub(super) fact: String,
    pub(super) hint: Option<String>,
}

impl Stuck {
    pub(super) fn new(obstacle: Obstacle, fact: impl Into<String>) -> Self {
        Self { obstacle, fact: fact.into(), hint: None }
    }

    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same under a condition: `when a node is gone, …`.
    pub(super) fn when(self, condition: &str) -> Self {
        Self { fact: format!("{condition}, {}", self.fact), ..self }
    }
}

impl From<String> for Stuck {
    fn from(fact: String) -> Self {
        Self::new(Obstacle::Other, fact)
    }
}

impl From<&str> for Stuck {
    fn from(fact: &str) -> Self {
        Self::new(Obstacle::Other, fact)
    }
}

/// The fact, and behind it what helps.
impl Display for Stuck {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Formatted {
        match &self.hint {
            None => formatter.write_str(&self.fact),
            Some(hint) => write!(formatter, "{}; {hint}", self.fact),
        }
    }
}
