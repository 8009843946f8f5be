//! What a pod asks for: the effective request and limit of a pod template, by the rules of the scheduler.

use super::extended::Extended;
use super::injection::{Injector, Unknown};
use super::quantity::{Quantity, ceil_div};
use super::vertical::Unbounded;
use super::{Node, NodeValue};
use crate::source::Span;

/// A resource of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerResource {
    Cpu,
    Memory,
    EphemeralStorage,
}

impl ContainerResource {
    /// All of them, in the order of the arrays that hold one number for each.
    pub const ALL: [Self; 3] = [Self::Cpu, Self::Memory, Self::EphemeralStorage];

    /// The key in `resources.requests`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::EphemeralStorage => "ephemeral-storage",
        }
    }

    /// From thousandths to the unit that sums are kept in: milli-cores, or bytes rounded up.
    pub(crate) fn unit(self, milli: i128) -> i128 {
        if self == Self::Cpu { milli } else { ceil_div(milli, 1000) }
    }
}

/// A number that somebody wrote, in thousandths: the API server rounds each stated amount up to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stated {
    milli: i128,
    /// Where.
    pub span: Span,
}

impl Stated {
    pub(super) fn new(milli: i128, span: Span) -> Self {
        Self { milli, span }
    }

    /// The number, in thousandths.
    #[must_use]
    pub fn milli(&self) -> i128 {
        self.milli
    }
}

/// One optional amount for each [`ContainerResource`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts([Option<Stated>; 3]);

impl Amounts {
    /// The amount that is stated for a resource.
    #[must_use]
    pub fn get(&self, resource: ContainerResource) -> Option<Stated> {
        self.0[resource as usize]
    }

    pub(super) fn set(&mut self, resource: ContainerResource, stated: Stated) {
        self.0[resource as usize] = Some(stated);
    }

    fn milli(&self, resource: ContainerResource) -> i128 {
        self.get(resource).map_or(0, |stated| stated.milli)
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Whether both state an amount of some resource, and not the same.
    fn differs(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(other.0).filter_map(|(own, other)| (*own).zip(other));
        pairs.into_iter().any(|(own, other)| own.milli != other.milli)
    }

    fn fill(&mut self, from: &Self) {
        for (own, other) in self.0.iter_mut().zip(from.0) {
            *own = own.or(other);
        }
    }

    fn read(map: Option<&Node>) -> Self {
        let mut amounts = Self::default();
        for resource in ContainerResource::ALL {
            amounts.0[resource as usize] = map
                .and_then(|map| map.get(resource.key()))
                .filter(|node| !matches!(node.value, NodeValue::Null))
                .and_then(|node| Some(Stated { milli: Quantity::of(node)?.milli(), span: node.span() }));
        }
        amounts
    }
}

/// What the `LimitRange`s of a namespace fill in where a container says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct ContainerDefaults {
    requests: Amounts,
    limits: Amounts,
    /// Whether two of them give something different, of which nobody knows which the server takes.
    pub is_contested: bool,
}

impl ContainerDefaults {
    /// Takes in one more `LimitRange`. The admission plug-in (`plugin/pkg/admission/limitranger`) goes through them in no
    /// certain order, and takes the last item of one.
    pub fn add(&mut self, body: &Node) {
        let entries = body.at(&["spec", "limits"]).map(Node::items).unwrap_or_default();
        for entry in entries.iter().filter(|entry| entry.get("type").and_then(Node::as_str) == Some("Container")) {
            let mut limits = Amounts::read(entry.get("default"));
            limits.fill(&Amounts::read(entry.get("max")));
            let mut requests = Amounts::read(entry.get("defaultRequest"));
            requests.fill(&limits);
            requests.fill(&Amounts::read(entry.get("min")));
            self.is_contested |= self.limits.differs(&limits) || self.requests.differs(&requests);
            self.limits.fill(&limits);
            self.requests.fill(&requests);
        }
    }
}

/// When a container runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Once, before the main containers.
    Init,
    /// From its turn among the init containers to the end.
    Sidecar,
    Main,
}

/// A container with what it asks for once every default is applied.
#[derive(Debug, Clone)]
pub struct Container {
    pub name: String,
    pub phase: Phase,
    pub requests: Amounts,
    pub limits: Amounts,
    /// The container, or its `resources` where it has any.
    pub span: Span,
}

/// What one pod of a template asks for.
#[derive(Debug, Clone)]
pub struct PodResources {
    /// Effective requests: milli-cores, bytes, bytes.
    pub requests: [i128; 3],
    /// Sums of limits; a container without a limit adds nothing.
    pub limits: [i128; 3],
    /// Whether some container has no limit.
    pub unlimited: [bool; 3],
    /// The largest request, as the place to show for the pod's.
    pub request_spans: [Span; 3],
    /// The largest limit.
    pub limit_spans: [Span; 3],
    pub containers: Vec<Container>,
    /// Whether the pod states resources as a whole; then containers need not.
    pub pod_level: bool,
    /// What it asks for of extended resources.
    pub extended: Extended,
    /// Why it is open what the pod asks for.
    pub doubt: Option<Doubt>,
}

/// Why it is open what a pod asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// It states resources as a whole, and no version is declared.
    PodLevel,
    /// It has a sidecar, and the declared version has none.
    Sidecar,
    /// Something adds containers of which nobody knows what they ask for.
    Injection { injector: Injector, why: Unknown },
    /// A vertical autoscaler changes what it asks for, to nobody knows what.
    Vertical { autoscaler: String, why: Unbounded },
}

/// From where on the feature gate `PodLevelResources` is on by default; before, the API server drops the field.
pub(crate) const POD_LEVEL_SINCE: (u32, u32) = (1, 34);
/// From where on the feature gate `SidecarContainers` is on by default.
const SIDECARS_SINCE: (u32, u32) = (1, 29);

impl PodResources {
    /// Reads a pod's spec as a version of Kubernetes does, the newest where none is declared. `raise` changes what the
    /// containers, but for those that run before them, ask for once every default is applied.
    #[must_use]
    pub fn read(
        spec: &Node,
        defaults: &ContainerDefaults,
        version: Option<(u32, u32)>,
        raise: impl FnOnce(&mut [Container]) -> Result<(), Doubt>,
    ) -> Self {
        let list = |key: &str| spec.get(key).map(Node::items).unwrap_or_default();
        let init = list("initContainers").iter().map(|node| {
            let always = node.get("restartPolicy").and_then(Node::as_str) == Some("Always");
            read_container(node, if always { Phase::Sidecar } else { Phase::Init }, defaults)
        });
        let main = list("containers").iter().map(|node| read_container(node, Phase::Main, defaults));
        let first = list("initContainers").len();
        let mut containers: Vec<Container> = init.chain(main).collect();
        let raised = raise(&mut containers[first..]);
        let overhead = Amounts::read(spec.get("overhead"));
        let is_kept = version.is_none_or(|version| version >= POD_LEVEL_SINCE);
        let whole = |key: &str| {
            if is_kept { Amounts::read(spec.at(&["resources", key])) } else { Amounts::default() }
        };
        let (pod_requests, pod_limits) = (whole("requests"), whole("limits"));
        let pod_level = !pod_requests.is_empty() || !pod_limits.is_empty();
        let has_sidecar = containers.iter().any(|container| container.phase == Phase::Sidecar);
        let doubt = if version.is_none() && pod_level {
            Some(Doubt::PodLevel)
        } else {
            let is_too_old = version.is_some_and(|version| version < SIDECARS_SINCE);
            (has_sidecar && is_too_old).then_some(Doubt::Sidecar).or(raised.err())
        };

        let mut pod = Self {
            requests: [0; 3],
            limits: [0; 3],
            unlimited: [false; 3],
            request_spans: [Span::NONE; 3],
            limit_spans: [Span::NONE; 3],
            containers: Vec::new(),
            pod_level,
            extended: Extended::read(spec),
            doubt,
        };
        // Before a namespace or an autoscaler gives anything, which is when the API server takes the limit of the pod.
        let nodes = || list("initContainers").iter().chain(list("containers"));
        let says = |node: &Node, part: &str, resource: ContainerResource| {
            Amounts::read(node.at(&["resources", part])).get(resource).is_some()
        };
        for resource in ContainerResource::ALL {
            let index = resource as usize;
            let is_stated = || nodes().any(|node| ["requests", "limits"].iter().any(|part| says(node, part, resource)));
            let mut request = aggregate(&containers, |container| container.requests.milli(resource));
            let mut limit = aggregate(&containers, |container| container.limits.milli(resource));
            // Resources of the pod as a whole replace what the containers add up to; they are no maximum of both.
            // They exist for CPU and memory only.
            if resource != ContainerResource::EphemeralStorage {
                if let Some(whole) = pod_requests.get(resource) {
                    request = whole.milli;
                } else if let Some(whole) = pod_limits.get(resource).filter(|_| !is_stated()) {
                    request = whole.milli;
                }
                limit = pod_limits.get(resource).map_or(limit, |whole| whole.milli);
            }
            request += overhead.milli(resource);
            if limit > 0 {
                limit += overhead.milli(resource);
            }
            pod.requests[index] = resource.unit(request);
            pod.limits[index] = resource.unit(limit);
            // A limit of 0 is none.
            let unlimited = containers.iter().any(|container| container.limits.milli(resource) == 0);
            pod.unlimited[index] = unlimited && pod_limits.milli(resource) == 0;
            let whole = |amounts: &Amounts| amounts.get(resource).map(|stated| stated.span);
            pod.request_spans[index] = whole(&pod_requests)
                .unwrap_or_else(|| largest(containers.iter().map(|container| container.requests.get(resource))));
            pod.limit_spans[index] = whole(&pod_limits)
                .unwrap_or_else(|| largest(containers.iter().map(|container| container.limits.get(resource))));
        }
        pod.containers = containers;
        pod
    }

    /// The container with the largest request of a resource, which is the one that is shown for the pod's; the first of
    /// equals. None where no container requests it.
    #[must_use]
    pub fn largest(&self, resource: ContainerResource) -> Option<&Container> {
        let milli = |container: &Container| container.requests.milli(resource);
        let requesting = self.containers.iter().filter(|container| milli(container) > 0);
        requesting.reduce(|best, next| if milli(next) > milli(best) { next } else { best })
    }

    /// The same with the largest request of a resource lowered to `to`, in the unit of sums, and what the whole pod asks for
    /// with it. None where that is not lower, or where the pod states resources as a whole beside several containers: then
    /// it is not known here which of the numbers counts.
    #[must_use]
    pub fn lowered(&self, resource: ContainerResource, to: i128) -> Option<Self> {
        let index = resource as usize;
        let mut lowered = self.clone();
        if self.pod_level {
            lowered.requests[index] = to;
            return (self.containers.len() <= 1 && to < self.requests[index]).then_some(lowered);
        }
        let unit = if resource == ContainerResource::Cpu { 1 } else { 1000 };
        let own = self.largest(resource).filter(|own| to * unit < own.requests.milli(resource))?;
        let position = self.containers.iter().position(|one| std::ptr::eq(one, own))?;
        let stated = &mut lowered.containers[position].requests.0[index];
        *stated = stated.map(|stated| Stated { milli: to * unit, ..stated });
        // Overhead is in the sum of the pod and in no container.
        let whole = |pod: &Self| aggregate(&pod.containers, |container| container.requests.milli(resource));
        lowered.requests[index] -= (whole(self) - whole(&lowered)) / unit;
        Some(lowered)
    }

    /// Containers that leave out their CPU or memory request, with what they leave out. Such a pod is scheduled as if
    /// it needed nothing, so no proof about the node would mean anything.
    pub fn unbudgeted(&self) -> impl Iterator<Item = (&Container, Vec<ContainerResource>)> {
        let wanted = [ContainerResource::Cpu, ContainerResource::Memory];
        self.containers.iter().filter(|_| !self.pod_level).filter_map(move |container| {
            let missing: Vec<_> =
                wanted.into_iter().filter(|resource| container.requests.get(*resource).is_none()).collect();
            (!missing.is_empty()).then_some((container, missing))
        })
    }
}

fn read_container(node: &Node, phase: Phase, defaults: &ContainerDefaults) -> Container {
    let limits_written = Amounts::read(node.at(&["resources", "limits"]));
    let mut requests = Amounts::read(node.at(&["resources", "requests"]));
    // The API server defaults on the pod, not on the template: a limit is the request that is left out.
    requests.fill(&limits_written);
    requests.fill(&defaults.requests);
    let mut limits = limits_written;
    limits.fill(&defaults.limits);
    let name = node.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
    Container { name, phase, requests, limits, span: node.get("resources").unwrap_or(node).span() }
}

/// The most that a pod uses at any time: the main containers beside all sidecars, or one init container beside the
/// sidecars that were started before it.
fn aggregate(containers: &[Container], amount: impl Fn(&Container) -> i128) -> i128 {
    let (mut running, mut main, mut most) = (0, 0, 0);
    for container in containers {
        let own = amount(container);
        match container.phase {
            Phase::Main => main += own,
            Phase::Sidecar => {
                running += own;
                most = most.max(running);
            }
            Phase::Init => most = most.max(running + own),
        }
    }
    most.max(main + running)
}

/// The place of the largest; the first of equals, because it is the one that is read first.
fn largest(amounts: impl Iterator<Item = Option<Stated>>) -> Span {
    let best = amounts.flatten().reduce(|best, next| if next.milli > best.milli { next } else { best });
    best.map_or(Span::NONE, |stated| stated.span)
}
