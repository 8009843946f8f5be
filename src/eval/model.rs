//! One environment, evaluated: what the graph, the analyses and the output read besides the emitted objects.
//!
//! Plain data without expressions. Amounts are exact: CPU in milli-cores, memory and storage in bytes.

use crate::source::Span;
use crate::syntax::ast::{InstanceClass, Strength};

/// An instance of [`Model::instances`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(pub u32);

/// One evaluated environment.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// None for the base, that is, the system unpatched.
    pub environment: Option<String>,
    /// The system's name; `platform` when none is declared.
    pub system: String,
    /// The hardware that it runs on; none when the source declares none.
    pub hardware: Option<Hardware>,
    /// What is demanded of every state that must fit.
    pub fit: Fit,
    /// Everything that exists, in the order of declaration. [`InstanceId`] indexes it.
    pub instances: Vec<Instance>,
    /// Who talks to whom.
    pub edges: Vec<Edge>,
    /// What users reach.
    pub entries: Vec<Entry>,
    /// Shares of a total.
    pub budgets: Vec<Budget>,
    /// Facts that are stated more than once.
    pub restated: Vec<Restated>,
    /// What the author puts up with.
    pub acceptances: Vec<Acceptance>,
    /// What must be sealed or stored outside before the platform can start.
    pub secrets: Vec<SecretRequest>,
    /// What the source declares and is not among the instances, because it has a fault. Where there is some, everything
    /// else is a part of a platform: what does not fit in it does not fit, and nothing is guaranteed.
    pub left_out: Vec<LeftOut>,
}

/// An instance, or a text that may declare some, that a fault keeps from being looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The name in the source; none where a fault hides the name, too.
    pub name: Option<String>,
    pub span: Span,
}

impl Model {
    /// The instance of an id.
    #[must_use]
    pub fn instance(&self, id: InstanceId) -> &Instance {
        &self.instances[id.0 as usize]
    }

    /// All instances with their ids.
    pub fn ids(&self) -> impl Iterator<Item = (InstanceId, &Instance)> {
        self.instances
            .iter()
            .enumerate()
            .map(|(index, instance)| (InstanceId(u32::try_from(index).unwrap_or(u32::MAX)), instance))
    }
}

/// How sure it must be that everything finds its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fit {
    /// Whatever the scheduler does within the constraints.
    #[default]
    Guaranteed,
    /// There is a placement; the scheduler may miss it.
    Possible,
}

impl Fit {
    /// As the source and `proof.json` write it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Guaranteed => "guaranteed",
            Self::Possible => "possible",
        }
    }
}

/// A namespace, component, entry point, application or system.
#[derive(Debug, Clone)]
pub struct Instance {
    pub class: InstanceClass,
    /// The name in the source, unique over all classes.
    pub name: String,
    /// The name in the cluster.
    pub emitted_name: String,
    /// The kinds from the most special to the most general: `["web", "workload"]`.
    pub kinds: Vec<String>,
    /// The emitted name of the namespace that it lives in.
    pub namespace: Option<String>,
    /// Its name in its declaration.
    pub span: Span,
    /// The `///` lines above it.
    pub docs: Option<String>,
    /// `§2.3.1`, where the requirement comes from.
    pub spec: Option<String>,
    /// Outside the cluster: emits no pods and is a basic event of the failure analysis.
    pub external: bool,
    /// Groups of pods and how many of each must live.
    pub groups: Vec<PodGroup>,
    /// Ports that others may talk to.
    pub listeners: Vec<Listener>,
    /// For an application: its components' names in the source; what the output needs beside the emitted object.
    pub members: Vec<(String, Span)>,
    /// Position in the start-up order: 0 starts first. Filled in when the graph is frozen.
    pub wave: i128,
}

impl Instance {
    /// An instance of which nothing is known but what it is and how it is called: for objects that no source describes, and
    /// for tests.
    #[must_use]
    pub fn bare(class: InstanceClass, name: &str, span: Span) -> Self {
        Self {
            class,
            name: name.to_owned(),
            emitted_name: name.to_owned(),
            kinds: Vec::new(),
            namespace: None,
            span,
            docs: None,
            spec: None,
            external: false,
            groups: Vec::new(),
            listeners: Vec::new(),
            members: Vec::new(),
            wave: 0,
        }
    }
}

/// Pods that do the same work.
#[derive(Debug, Clone)]
pub struct PodGroup {
    /// `main`.
    pub name: String,
    /// The labels by which the pods are found among the emitted objects and footprints.
    pub labels: Vec<(String, String)>,
    /// How many must live for the group to serve. None: one is enough.
    pub needed: Option<Needed>,
    pub span: Span,
}

/// `1 of instances`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    pub count: u64,
    pub of: u64,
    pub span: Span,
}

/// A port with the pods behind it.
#[derive(Debug, Clone)]
pub struct Listener {
    pub name: String,
    pub port: u16,
    /// `TCP` or `UDP`.
    pub protocol: String,
    /// The name of the [`PodGroup`].
    pub pods: String,
    pub span: Span,
}

/// What an edge points at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    Instance(InstanceId),
    /// `cluster.api`.
    ClusterApi,
    /// `cluster.dns`.
    ClusterDns,
    /// `internet`.
    Internet,
}

/// From one instance to one target. A quorum is several edges with the same `alternative`.
#[derive(Debug, Clone)]
pub struct Edge {
    pub from: InstanceId,
    pub to: Target,
    pub strength: Strength,
    /// The listener of the target; none for targets without listeners.
    pub listener: Option<String>,
    pub ports: Vec<EdgePort>,
    /// `needs 2 of [a, b, c]`: how many of the edges with the same group number must hold.
    pub alternative: Option<Alternative>,
    /// The statement, or the value whose reading drew the edge.
    pub span: Span,
    /// Drawn by reading an output and not by a statement.
    pub implied: bool,
}

/// A port that flows over an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgePort {
    pub port: u16,
    pub protocol: String,
}

/// Membership in a `needs k of […]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alternative {
    /// Edges of one statement share it; unique in the model.
    pub group: u32,
    pub needed: u64,
}

/// `expose`.
#[derive(Debug, Clone)]
pub struct Entry {
    pub instance: InstanceId,
    /// What users type.
    pub host: String,
    pub to: InstanceId,
    pub via: InstanceId,
}

/// Hardware: nodes with disks.
#[derive(Debug, Clone)]
pub struct Hardware {
    pub name: String,
    pub span: Span,
    /// The version of Kubernetes on all nodes, major and minor; none when the source does not say.
    pub kubernetes: Option<(u32, u32)>,
    pub nodes: Vec<Node>,
    pub storages: Vec<NetworkStorage>,
}

/// Storage that a provider attaches to nodes over the network: its volumes take no disk of a node.
#[derive(Debug, Clone)]
pub struct NetworkStorage {
    pub name: String,
    pub span: Span,
    pub storage_class: String,
    pub class_span: Span,
    /// Whether a volume can be attached only in the zone in which it was made.
    pub zonal: bool,
    /// How many volumes a node attaches at most.
    pub attach_limit: Option<Amount>,
    /// What a thousand GB cost, in euro cents for a month of 30 days.
    pub cost: Option<Amount>,
    /// Whether volumes can be copied as snapshots.
    pub snapshots: bool,
}

/// A machine, or `count` like machines.
#[derive(Debug, Clone)]
pub struct Node {
    pub name: String,
    pub span: Span,
    /// How many like it there are, the most of a pool; 1 unless declared.
    pub count: u64,
    /// Of a pool, which an autoscaler makes larger and smaller: how many there are always.
    pub least: Option<u64>,
    /// What each of them costs, in euro cents for a month of 30 days.
    pub cost: Option<Amount>,
    pub cpu: Amount,
    pub memory: Amount,
    /// `maxPods` of the kubelet; 110 unless declared.
    pub pods: Amount,
    pub disks: Vec<Disk>,
    pub reserves: Vec<Reserve>,
    /// Extended resources and huge pages, by their names in Kubernetes: how many, or how many bytes.
    pub resources: Vec<(String, Amount)>,
    /// What the memory limits may add up to, in percent of the allocatable memory; none when no cap is declared.
    pub overcommit_memory: Option<Amount>,
    /// Node labels, with those that the fields `region`, `arch` and `instance-type` stand for.
    pub labels: Vec<(String, String)>,
    pub taints: Vec<Taint>,
    /// The zones among which its machines are dealt out evenly; empty where none is declared.
    pub zones: Vec<String>,
    /// Whose machines they are; `none` where no cloud labels them.
    pub provider: Option<String>,
    /// Who its machines are, where they were read from a cluster and not declared; empty otherwise.
    pub machines: Vec<Machine>,
}

/// A machine of a cluster that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The name of its node.
    pub name: String,
    /// The label by which it calls its host, which need not be that name.
    pub host: String,
}

/// What begins the names of huge pages.
pub const HUGE_PAGES: &str = "hugepages-";

/// Whether a name is that of an extended resource or of huge pages. `IsExtendedResourceName` and `IsHugePageResourceName` of
/// `pkg/apis/core/v1/helper/helpers.go`: what has no domain, or one of Kubernetes, is its own, and `requests.` is for quotas.
#[must_use]
pub fn is_extended(name: &str) -> bool {
    let is_foreign = name.contains('/') && !name.contains("kubernetes.io/") && !name.starts_with("requests.");
    name.strip_prefix(HUGE_PAGES).is_some_and(|size| !size.is_empty()) || is_foreign
}

/// The label that names the zone.
pub const ZONE: &str = "topology.kubernetes.io/zone";
/// The label that names the region.
pub const REGION: &str = "topology.kubernetes.io/region";
/// The label that names the architecture.
pub const ARCHITECTURE: &str = "kubernetes.io/arch";
/// The label that names the instance type.
pub const INSTANCE_TYPE: &str = "node.kubernetes.io/instance-type";

/// What begins the keys of taints that kubelets and controllers put on nodes and take away by themselves; controllers let some pods tolerate them that
/// do not say so.
pub const OF_CONTROLLERS: &str = "node.kubernetes.io/";

/// What keeps pods from a node that do not tolerate it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taint {
    pub key: String,
    pub value: String,
    pub effect: Effect,
}

/// The taint of a node that was cordoned, which the pods of every DaemonSet tolerate without saying so
/// (`AddOrUpdateDaemonPodTolerations` of `pkg/controller/daemon/util/daemonset_util.go`).
pub const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

impl Taint {
    /// A key without a value, which keeps away whatever does not tolerate it.
    #[must_use]
    pub fn closing(key: &str) -> Self {
        Self { key: key.to_owned(), value: String::new(), effect: Effect::NoSchedule }
    }
}

/// What a taint does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    NoSchedule,
    /// A wish of the scheduler, which keeps nobody away.
    PreferNoSchedule,
    NoExecute,
}

impl Effect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NoSchedule, Self::PreferNoSchedule, Self::NoExecute];

    /// As Kubernetes writes it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::PreferNoSchedule => "PreferNoSchedule",
            Self::NoExecute => "NoExecute",
        }
    }
}

/// A number with the place where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// Milli-cores, bytes or a count.
    pub value: i128,
    pub span: Span,
}

impl Node {
    fn known_machine(&self, number: u64) -> Option<&Machine> {
        self.machines.get(usize::try_from(number).ok()?)
    }

    /// The host name of one of its machines.
    #[must_use]
    pub fn host(&self, number: u64) -> String {
        self.known_machine(number).map_or_else(|| self.machine(number), |known| known.host.clone())
    }

    /// The name of one of its machines.
    #[must_use]
    pub fn machine(&self, number: u64) -> String {
        if let Some(known) = self.known_machine(number) {
            return known.name.clone();
        }
        if self.count == 1 { self.name.clone() } else { format!("{}-{}", self.name, number + 1) }
    }

    /// The zone of one of its machines: they are dealt out in turn, so that any number of the first ones is even, too.
    #[must_use]
    pub fn zone(&self, number: u64) -> Option<&str> {
        let zones = self.zones.len() as u64;
        let position = number.checked_rem(zones).and_then(|position| usize::try_from(position).ok())?;
        self.zones.get(position).map(String::as_str)
    }

    /// A node type of one machine with 110 pods, of which nothing else is known: for tests.
    #[cfg(test)]
    pub(crate) fn bare(name: &str, cpu: i128, memory: i128) -> Self {
        let amount = |value| Amount { value, span: Span::NONE };
        Self {
            name: name.to_owned(),
            span: Span::NONE,
            count: 1,
            least: None,
            cost: None,
            cpu: amount(cpu),
            memory: amount(memory),
            pods: amount(110),
            disks: Vec::new(),
            reserves: Vec::new(),
            resources: Vec::new(),
            overcommit_memory: None,
            labels: Vec::new(),
            taints: Vec::new(),
            zones: Vec::new(),
            provider: None,
            machines: Vec::new(),
        }
    }

    /// How many of its machines are in a zone.
    #[must_use]
    pub fn count_in(&self, zone: &str) -> u64 {
        (0..self.count).filter(|number| self.zone(*number) == Some(zone)).count() as u64
    }

    /// What it has of ephemeral storage; none when no disk states any. The place is that of the first disk that does.
    #[must_use]
    pub fn ephemeral(&self) -> Option<Amount> {
        let stated = self.disks.iter().filter_map(|disk| disk.ephemeral);
        stated.reduce(|sum, next| Amount { value: sum.value + next.value, ..sum })
    }

    /// The bytes of a disk that its reserves take.
    #[must_use]
    pub fn reserved_on(&self, disk: &Disk) -> i128 {
        let reserves = self.reserves.iter().flat_map(|reserve| &reserve.disks);
        reserves.filter(|(name, _)| *name == disk.name).map(|(_, amount)| amount.value).sum()
    }

    /// The bytes of a disk that are left for claims; below zero where more is set aside than there is.
    #[must_use]
    pub fn usable(&self, disk: &Disk) -> i128 {
        let value = |amount: Option<Amount>| amount.map_or(0, |amount| amount.value);
        disk.size.value - self.reserved_on(disk) - value(disk.ephemeral) - value(disk.keep_free)
    }
}

/// A disk and the storage class that provisions on it.
#[derive(Debug, Clone)]
pub struct Disk {
    pub name: String,
    pub size: Amount,
    pub storage_class: Option<String>,
    /// Bytes that must stay free, from `keep-free`.
    pub keep_free: Option<Amount>,
    /// Bytes for the writable layers of images, logs and `emptyDir` volumes: ephemeral storage of the node.
    pub ephemeral: Option<Amount>,
    pub span: Span,
}

/// What is taken before any pod comes.
#[derive(Debug, Clone)]
pub struct Reserve {
    pub name: String,
    pub cpu: Option<Amount>,
    pub memory: Option<Amount>,
    /// By name of disk.
    pub disks: Vec<(String, Amount)>,
    pub span: Span,
}

/// `budget`: shares of a total.
#[derive(Debug, Clone)]
pub struct Budget {
    pub name: String,
    pub span: Span,
    /// What it divides: `datacenter.host.nvme`, `datacenter.host.cpu`, `datacenter.host.memory`.
    pub subject: String,
    pub subject_span: Span,
    pub resource: Resource,
    pub total: Option<Amount>,
    pub shares: Vec<Share>,
}

/// What can be divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    Cpu,
    Memory,
    /// Bytes of memory limits rather than of requests.
    MemoryLimits,
    Disk(String),
}

/// One line of a budget.
#[derive(Debug, Clone)]
pub struct Share {
    pub name: String,
    pub amount: Amount,
    /// Whose demand is held against it; empty for a line that only counts in the sum.
    pub components: Vec<InstanceId>,
    /// The name was written as that of a component or listed with `of`.
    pub span: Span,
}

/// `also`: a fact that is stated again.
#[derive(Debug, Clone)]
pub struct Restated {
    pub instance: InstanceId,
    /// `replicas`.
    pub path: String,
    pub first: Statement,
    pub second: Statement,
    pub equal: bool,
}

/// One statement of a fact.
#[derive(Debug, Clone)]
pub struct Statement {
    /// As a message prints it.
    pub text: String,
    pub span: Span,
    /// `§8.4`.
    pub origin: Option<String>,
}

/// `accept`.
#[derive(Debug, Clone)]
pub struct Acceptance {
    pub finding: String,
    pub finding_span: Span,
    pub subject: Option<String>,
    pub subject_span: Span,
    pub environment: Option<String>,
    pub reason: String,
    pub until: Option<String>,
    pub span: Span,
}

/// A Secret object that somebody must provide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRequest {
    pub instance: InstanceId,
    pub namespace: Option<String>,
    /// Name of the Secret object.
    pub name: String,
    pub keys: Vec<SecretKey>,
    pub span: Span,
}

/// One key of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretKey {
    pub name: String,
    /// The value with symbols in angle brackets: `postgresql://<db/user>:<db/password>@db:5432/db`.
    pub template: String,
    pub span: Span,
}
