//! Groups of identical pods, read from emitted objects and footprints. Kinds of the language are never looked at, so
//! that what is proved is what will run.

use super::claim::{Claim, read_claims};
use super::injection::Injectors;
use super::pod::{ContainerDefaults, PodResources};
use super::runs::overlapping;
use super::scaling::{Autoscaler, Unbounded, autoscaler_of, read_autoscalers};
use super::scratch::{self, Scratch};
use super::selector::{Labels, NodeEligibility, Selector, labels_of};
use super::vertical::VerticalAutoscalers;
use super::{Node, NodeValue, Object};
use crate::eval::model::InstanceId;
use crate::source::Span;

/// A count with the place where it is written; [`Span::NONE`] where it is a default of Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub value: i128,
    pub span: Span,
}

/// How many pods there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// The least: what the replicas or the autoscaler's minimum say. Jobs do not run.
    pub steady: Count,
    /// The most: the autoscaler's maximum, and as many runs of every job as may overlap.
    pub peak: Count,
    /// One on each eligible node; the counts above are for one such node.
    pub per_node: bool,
    /// Whether an autoscaler moves the count.
    pub autoscaled: bool,
    /// How many runs of a CronJob may overlap at peak; 1 for everything else.
    pub runs: i128,
    /// The runs of a CronJob may pile up: `concurrencyPolicy: Allow` without a deadline. One of them is counted.
    pub unbounded_overlap: bool,
}

/// Pods that refuse to share a node with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Separation {
    /// Which pods of the namespace they avoid or spread among.
    pub selector: Selector,
    /// The most by which the count on one node may exceed that on the emptiest; none for anti-affinity.
    pub max_skew: Option<i128>,
    /// `kubernetes.io/hostname`, or the label of a larger domain.
    pub topology: String,
}

/// Identical pods of one object.
#[derive(Debug, Clone)]
pub struct Workload {
    /// The position among the objects that were read.
    pub object: usize,
    pub instance: InstanceId,
    /// `Deployment`.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    pub namespace: Option<String>,
    /// The head of the emission.
    pub span: Span,
    pub footprint: bool,
    /// Labels of the template.
    pub labels: Labels,
    pub scale: Scale,
    pub resources: PodResources,
    /// The spec of its pods with what is injected into them, where something is.
    pub admitted: Option<Node>,
    pub eligibility: NodeEligibility,
    /// Hard constraints that keep pods apart.
    pub separations: Vec<Separation>,
    /// Its `emptyDir` volumes with a size.
    pub scratch: Vec<Scratch>,
    /// Positions among [`Workloads::claims`] that every pod has one of its own of.
    pub own_claims: Vec<usize>,
    /// Positions among [`Workloads::claims`] that all pods share.
    pub shared_claims: Vec<usize>,
}

/// All that asks for something in a list of objects.
#[derive(Debug, Clone, Default)]
pub struct Workloads {
    pub workloads: Vec<Workload>,
    pub claims: Vec<Claim>,
    /// Autoscalers without a maximum.
    pub unbounded: Vec<Unbounded>,
}

impl Workloads {
    /// Reads the objects of one environment, as the declared version of Kubernetes does.
    #[must_use]
    pub fn read(objects: &[Object], version: Option<(u32, u32)>) -> Self {
        let mut unbounded = Vec::new();
        let autoscalers = read_autoscalers(objects, &mut unbounded);
        let (injectors, verticals) = (Injectors::read(objects), VerticalAutoscalers::read(objects));
        let mut all = Self { unbounded, ..Self::default() };
        for (index, object) in objects.iter().enumerate() {
            if object.kind == "PersistentVolumeClaim" {
                all.claims.push(Claim::read(index, object, &object.body, &object.name));
            }
        }
        let plain = all.claims.len();
        for (index, object) in objects.iter().enumerate() {
            let Some((scale, template)) = scale_of(object, autoscaler_of(&autoscalers, object)) else { continue };
            let Some(spec) = template.get("spec").or_else(|| (object.kind == "Pod").then_some(template)) else {
                continue;
            };
            let defaults = defaults_of(objects, object.namespace.as_deref());
            let (admitted, doubt) = match injectors.admit(object.namespace.as_deref(), template, spec) {
                Ok(admitted) => (admitted, None),
                Err(doubt) => (None, Some(doubt)),
            };
            let injected = admitted.as_ref().map_or(0, |admitted| admitted.injected);
            let spec = admitted.as_ref().map_or(spec, |admitted| &admitted.spec);
            let mut resources = PodResources::read(spec, &defaults, version, |containers| {
                let own = containers.len() - injected;
                verticals.raise(object, &mut containers[..own])
            });
            resources.doubt = doubt.or(resources.doubt);
            let (own_claims, shared_claims) = read_claims(index, object, spec, scale, plain, &mut all.claims);
            all.workloads.push(Workload {
                object: index,
                instance: object.instance,
                kind: object.kind.clone(),
                name: object.name.clone(),
                namespace: object.namespace.clone(),
                span: object.span,
                footprint: object.is_footprint(),
                labels: labels_of(template.at(&["metadata", "labels"])),
                scale,
                resources,
                eligibility: if scale.per_node {
                    NodeEligibility::read(spec).of_daemons()
                } else {
                    NodeEligibility::read(spec)
                },
                separations: read_separations(spec),
                scratch: scratch::read(spec),
                admitted: admitted.map(|admitted| admitted.spec),
                own_claims,
                shared_claims,
            });
        }
        all
    }
}

/// How many pods an object stands for, and their template. None for objects that are no workloads.
fn scale_of<'a>(object: &'a Object, autoscaler: Option<&Autoscaler>) -> Option<(Scale, &'a Node)> {
    if !matches!(object.group(), "" | "apps" | "batch") {
        return None;
    }
    let spec = object.body.get("spec");
    let number = |node: Option<&Node>, default: i128| {
        node.and_then(|node| Some(Count { value: node.as_count()?, span: node.span() }))
            .unwrap_or(Count { value: default, span: Span::NONE })
    };
    let fixed = |count: Count| Scale {
        steady: count,
        peak: count,
        per_node: false,
        autoscaled: false,
        runs: 1,
        unbounded_overlap: false,
    };
    let once = Count { value: 1, span: Span::NONE };
    match object.kind.as_str() {
        "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController" => {
            let spec = spec?;
            let replicas = number(spec.get("replicas"), 1);
            let scale = match autoscaler {
                Some(Autoscaler { least, most, .. }) => {
                    let peak = if most.value < least.value { *least } else { *most };
                    Scale { steady: *least, peak, autoscaled: true, ..fixed(replicas) }
                }
                None => fixed(replicas),
            };
            Some((scale, spec.get("template")?))
        }
        "DaemonSet" => Some((Scale { per_node: true, ..fixed(once) }, spec?.get("template")?)),
        "Pod" => Some((fixed(once), &object.body)),
        "Job" => {
            let run = pods_of_job(spec?);
            Some((Scale { steady: Count { value: 0, ..run }, ..fixed(run) }, spec?.get("template")?))
        }
        "CronJob" => {
            let spec = spec?;
            let job = spec.at(&["jobTemplate", "spec"])?;
            let run = if is_suspended(spec) { Count { value: 0, span: Span::NONE } } else { pods_of_job(job) };
            let bound = overlapping(spec);
            let unbounded_overlap = bound.is_none() && !is_suspended(spec);
            let runs = bound.unwrap_or(1);
            let peak = Count { value: run.value * runs, ..run };
            let steady = Count { value: 0, ..run };
            Some((Scale { steady, runs, unbounded_overlap, ..fixed(peak) }, job.get("template")?))
        }
        _ => None,
    }
}

/// How many pods of a job run at once: never more than are still to complete.
fn pods_of_job(spec: &Node) -> Count {
    let number = |key: &str| {
        let node = spec.get(key)?;
        Some(Count { value: node.as_count()?, span: node.span() })
    };
    let parallelism = number("parallelism").unwrap_or(Count { value: 1, span: Span::NONE });
    match number("completions").filter(|completions| completions.value < parallelism.value) {
        _ if is_suspended(spec) => Count { value: 0, span: Span::NONE },
        Some(completions) => completions,
        None => parallelism,
    }
}

fn is_suspended(spec: &Node) -> bool {
    spec.get("suspend").is_some_and(|node| matches!(node.value, NodeValue::Bool(true)))
}

/// What the `LimitRange`s of a namespace give to containers that state nothing.
#[must_use]
pub fn defaults_of(objects: &[Object], namespace: Option<&str>) -> ContainerDefaults {
    let mut defaults = ContainerDefaults::default();
    let here = |object: &&Object| object.kind == "LimitRange" && object.namespace.as_deref() == namespace;
    for range in objects.iter().filter(here) {
        defaults.add(&range.body);
    }
    defaults
}

/// Hard constraints only: what the scheduler merely prefers, it may ignore.
fn read_separations(spec: &Node) -> Vec<Separation> {
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let required = ["affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
    let apart = spec.at(&required).map(Node::items).unwrap_or_default().iter().map(|term| Separation {
        selector: Selector::read(term.get("labelSelector")),
        max_skew: None,
        topology: text(term, "topologyKey").unwrap_or_default(),
    });
    let spread = spec.get("topologySpreadConstraints").map(Node::items).unwrap_or_default().iter();
    let hard = spread.filter(|one| text(one, "whenUnsatisfiable").is_none_or(|action| action == "DoNotSchedule"));
    let spread = hard.map(|one| Separation {
        selector: Selector::read(one.get("labelSelector")),
        max_skew: Some(one.get("maxSkew").and_then(Node::as_integer).unwrap_or(1)),
        topology: text(one, "topologyKey").unwrap_or_default(),
    });
    apart.chain(spread).collect()
}
