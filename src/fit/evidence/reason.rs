//! Why something is not decided or not guaranteed: facts about workloads, nodes and objects by their names in the proof, and
//! no words. Whoever meets an obstacle says which it is; [`crate::fit::words`] turns it into sentences, and whoever needs to know
//! what it is about asks [`Reason::subjects`].

use crate::fit::evidence::Gone;
use crate::objects::pod::Doubt;

/// What stands in the way. Workloads are named as in the proof, `Deployment.apps shop/api`, and objects likewise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Nobody says on which nodes.
    NoHardware,
    /// Nobody says whether an object makes pods.
    Unaccounted { object: String },
    /// An instance of the source, or some that a fault hides, is not among the objects.
    LeftOut { instance: Option<String> },
    /// A workload that makes pods of others, of which nothing says how many there are.
    MakesOthers { object: String, what: &'static str },
    /// Two objects of one identity.
    Twice { object: String },
    /// Limit ranges of a namespace give containers different defaults.
    ContestedDefaults { namespace: Option<String> },
    /// Two nodes with one value of the label by which pods find them.
    SameHost { host: String },
    /// Two nodes with one name.
    SameNode { name: String },
    /// Two autoscalers of one object, `Deployment api`.
    ContestedReplicas { target: String },
    /// An autoscaler of something that an operator makes pods from, `Database db`.
    OperatedReplicas { owner: String },
    /// An autoscaler without a maximum.
    NoMaximum { autoscaler: String },
    /// It is open what the pods of a workload ask for.
    Doubtful { workload: String, doubt: Doubt },
    /// Runs of a job may pile up.
    PilesUp { workload: String },
    /// Pods have something that this version does not account for.
    NotUnderstood { workload: String, what: Strange },
    /// Pods name a priority class that nothing declares, so that the API server refuses them.
    MissingPriorityClass { workload: String, class: String },
    /// A claim is mounted by workloads that may not go to the same nodes.
    TornClaim { claim: String },
    /// No node takes a workload.
    NoNode { workload: String },
    /// Nobody says whether a node type takes a workload.
    UnknownNodes { workload: String, node: String, unsaid: Unsaid },
    /// Nobody says in which zone a node type is, and others are in some.
    UnknownZone { node: String },
    /// Something beside room may refuse a pod.
    Bound { workload: String, bound: Bound },
    /// The constraints let more of a resource onto one node than it has; the workload that adds most to it of those with
    /// several pods there that nothing keeps apart, where there is one.
    Crowded { class: String, resource: String, sum: i128, allocatable: i128, unspread: Option<String> },
    /// An empty node of a pool is too small for a pod beside what is on each node.
    PoolTooSmall { class: String, workload: String, resource: String, asked: i128, allocatable: i128 },
    /// A workload has constraints under which no placement is looked for.
    NotSearched { workload: String },
    /// There is a placement and no guarantee, for that reason; `with_priorities` there would be one.
    NotGuaranteed { because: Box<Reason>, with_priorities: bool },
    /// Every placement was tried, and nothing that can be checked shows that there is none.
    Exhausted { because: Box<Reason> },
    /// No placement was found, and none ruled out.
    NotFound { because: Box<Reason>, with_priorities: bool },
    /// The same when something is gone.
    When { gone: Gone, because: Box<Reason> },
    /// There is one node, and nothing is left without it.
    OneNode,
    /// More classes of nodes than cases that anybody reads.
    TooManyClasses,
    /// Volumes go with a node, and more pods with them than may.
    LostVolumes { workload: String, lost: i128, number: i128, needed: i128, unspread: Option<String> },
    /// Nothing but what is gone takes a workload.
    NoOtherNode { workload: String },
    /// Pods tolerate what should drive them from a node that is gone.
    Clings { workload: String },
    /// More network volumes may come to a node than it attaches.
    CrowdedAttachments { class: String, attached: i128, limit: i128 },
    /// No node takes the pods with a claim.
    HomelessClaim { claim: String },
    /// Pods with a claim may go to nodes that have no disk for it.
    NoDisk { claim: String, class: String, storage_class: String },
    /// Claims may lie on one disk that are more than it has.
    CrowdedDisk { class: String, disk: String, sum: i128, usable: i128 },
    /// A quota counts only some pods.
    ScopedQuota { quota: String },
    /// Something behind an object may make more of what a quota counts.
    OpenCount { quota: String, key: String, maker: String },
    /// A quota counts something of which the proof knows nothing.
    StrangeQuotaKey { quota: String, key: String },
    /// An amount of a quota cannot be read.
    BadQuotaAmount { quota: String, key: String },
    /// A limit range bounds a ratio.
    RatioRange { limit_range: String },
    /// An amount of a limit range cannot be read.
    BadRangeAmount { limit_range: String, resource: String },
    /// A limit range bounds something of which the proof knows nothing.
    StrangeRange { limit_range: String, resource: String, kind: String },
    /// A limit range bounds the limit of a pod, and a container of it has none.
    NoLimit { workload: String, resource: String },
}

/// What decides whether a node takes a pod, and is not said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsaid {
    /// A label that is not declared.
    Label(String),
    /// How long it stays: it tolerates a taint for some seconds.
    Time,
    /// What a toleration compares a taint by: an operator that not every cluster knows.
    Operator(String),
}

/// Why something beside room may refuse a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// It requires other pods beside it.
    Company,
    /// Its anti-affinity is more than one pod on each node.
    Apart,
    /// Another workload has its host port.
    HostPort,
    /// There are more of it than nodes that take one each.
    TooManyForEach,
    /// Its pods come in parallel, each to its volume.
    Parallel,
    /// Its hard spread counts nodes of a pool.
    SpreadOverPool,
    /// Its hard spread counts nodes on which it cannot be.
    SpreadOutside,
    /// Its volumes keep its pods where its hard spread may want them no more.
    SpreadAgainstVolumes,
    /// Its hard spread is more than even over nodes or zones.
    Spread,
    /// A claim keeps all pods on one node.
    OneVolume,
    /// A claim keeps all pods in one zone.
    OneZone,
    /// Several pods mount a claim that is attached to one node at a time.
    ContendedVolume,
    /// Volumes stay in a zone, and a node that its pods may go to is in none.
    VolumesWithoutZone,
    /// One pod at a time may mount a claim, and there are more.
    ExclusiveClaim,
    /// The storage class of its claims binds them before it has a node.
    BindsEarly,
    /// Its anti-affinity keeps its pods to a zone each, and its volumes stay where they are.
    ApartByZone,
    /// It keeps to zones, and a node that it may go to is in none.
    WithoutZone,
    /// Its volumes stay where they are, and its hard spread counts the nodes that are gone.
    SpreadOverGone,
}

/// What pods may have that this version does not account for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strange {
    NodeName,
    Scheduler,
    RuntimeClass,
    Priority,
    /// `schedulingGates` or `resourceClaims`.
    Field(&'static str),
    EmptyTerm,
    MatchFields,
    Volume(String),
    Resource(String),
    /// An amount that is null, among requests or limits.
    NullAmount {
        resource: String,
        part: &'static str,
    },
    /// A label or an entry of a selector that is null.
    NullLabel {
        label: String,
        key: String,
    },
    /// A claim with a field that binds it to a volume of its own.
    Claim(&'static str),
    /// An inline volume of a driver of which nobody knows what it needs.
    Driver(String),
    /// A claim that no object states.
    UnstatedClaim,
}

/// What a reason is about, for whoever shows its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    Workload(&'a str),
    /// The priority class that a workload names.
    Priority {
        workload: &'a str,
    },
    Object(&'a str),
    /// An object of a kind by `namespace/name`.
    Named {
        kind: &'static str,
        name: &'a str,
    },
    Claim(&'a str),
    Class(&'a str),
    /// What a node of a class has of a resource, of which too much may come there.
    Room {
        class: &'a str,
        resource: &'a str,
    },
}

impl Reason {
    /// The same when something is gone.
    pub(crate) fn when(self, gone: Gone) -> Self {
        Self::When { gone, because: Box::new(self) }
    }

    /// The reason behind what was tried because of it.
    #[must_use]
    pub fn root(&self) -> &Self {
        match self {
            Self::NotGuaranteed { because, .. }
            | Self::Exhausted { because }
            | Self::NotFound { because, .. }
            | Self::When { because, .. } => because.root(),
            other => other,
        }
    }

    /// What it is about: the guilty one first.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject<'_>> {
        let limit_range = |name| vec![Subject::Named { kind: "LimitRange", name }];
        let quota = |name| vec![Subject::Named { kind: "ResourceQuota", name }];
        match self {
            Self::NotGuaranteed { because, .. } | Self::Exhausted { because } | Self::NotFound { because, .. } => {
                because.subjects()
            }
            Self::When { gone, because } => {
                let mut subjects = because.subjects();
                if let Gone::Class(class) = gone {
                    subjects.push(Subject::Class(class));
                }
                subjects
            }
            Self::Unaccounted { object } | Self::MakesOthers { object, .. } | Self::Twice { object } => {
                vec![Subject::Object(object)]
            }
            // What changes requests is at fault, not what it changes.
            Self::Doubtful { workload, doubt: Doubt::Vertical { autoscaler, .. } } => {
                vec![Subject::Object(autoscaler), Subject::Workload(workload)]
            }
            Self::MissingPriorityClass { workload, .. } => vec![Subject::Priority { workload }],
            Self::Crowded { class, resource, .. } => vec![Subject::Room { class, resource }],
            Self::PoolTooSmall { class, workload, .. } => vec![Subject::Workload(workload), Subject::Class(class)],
            Self::TornClaim { claim } | Self::HomelessClaim { claim } => vec![Subject::Claim(claim)],
            Self::NoDisk { claim, class, .. } => vec![Subject::Claim(claim), Subject::Class(class)],
            Self::CrowdedDisk { class, .. } | Self::CrowdedAttachments { class, .. } => vec![Subject::Class(class)],
            Self::ScopedQuota { quota: name }
            | Self::OpenCount { quota: name, .. }
            | Self::StrangeQuotaKey { quota: name, .. }
            | Self::BadQuotaAmount { quota: name, .. } => quota(name),
            Self::RatioRange { limit_range: name }
            | Self::BadRangeAmount { limit_range: name, .. }
            | Self::StrangeRange { limit_range: name, .. } => limit_range(name),
            Self::Doubtful { workload, .. }
            | Self::PilesUp { workload }
            | Self::NotUnderstood { workload, .. }
            | Self::NoNode { workload }
            | Self::UnknownNodes { workload, .. }
            | Self::Bound { workload, .. }
            | Self::NotSearched { workload }
            | Self::LostVolumes { workload, .. }
            | Self::NoOtherNode { workload }
            | Self::Clings { workload }
            | Self::NoLimit { workload, .. } => vec![Subject::Workload(workload)],
            Self::NoHardware
            | Self::LeftOut { .. }
            | Self::UnknownZone { .. }
            | Self::ContestedDefaults { .. }
            | Self::SameHost { .. }
            | Self::SameNode { .. }
            | Self::ContestedReplicas { .. }
            | Self::OperatedReplicas { .. }
            | Self::NoMaximum { .. }
            | Self::OneNode
            | Self::TooManyClasses => Vec::new(),
        }
    }

    /// The workload that it says something of which may be true of several.
    pub(crate) fn workload(&self) -> Option<&str> {
        self.subjects().into_iter().find_map(|subject| match subject {
            Subject::Workload(workload) | Subject::Priority { workload } => Some(workload),
            Subject::Object(_)
            | Subject::Named { .. }
            | Subject::Claim(_)
            | Subject::Class(_)
            | Subject::Room { .. } => None,
        })
    }
}
