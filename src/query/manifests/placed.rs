//! Where the pods of a cluster are, beside what is proved of where they may be.

use std::collections::BTreeMap;

use crate::data::Node;
use crate::eval::model::Hardware;
use crate::objects::pod::{ContainerDefaults, PodResources};
use crate::source::Span;

/// A pod that runs on a node.
#[derive(Debug, Clone)]
pub struct Placed {
    pub node: String,
    /// `shop/api-7c9f-x2x4`.
    pub pod: String,
    /// Milli-cores and bytes, as the scheduler counts them.
    pub requests: [i128; 2],
    pub span: Span,
}

/// How full a node of the hardware is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    pub node: String,
    pub pods: i128,
    /// Requested and allocatable: milli-cores, bytes, and pods.
    pub cpu: [i128; 2],
    pub memory: [i128; 2],
    pub room: i128,
}

impl Placed {
    pub(super) fn read(body: &Node, span: Span) -> Option<Self> {
        let text = |path: &[&str]| body.at(path).and_then(Node::as_str).filter(|text| !text.is_empty());
        let node = text(&["spec", "nodeName"])?.to_owned();
        let pod = format!("{}/{}", text(&["metadata", "namespace"]).unwrap_or("default"), text(&["metadata", "name"])?);
        // Defaults and what is injected are already in a pod that was admitted; every cluster that is alive has sidecars.
        let version = Some((u32::MAX, 0));
        let resources = PodResources::read(body.get("spec")?, &ContainerDefaults::default(), version, |_| Ok(()));
        let [cpu, memory, _] = resources.requests;
        Some(Self { node, pod, requests: [cpu, memory], span })
    }
}

/// The nodes of the hardware with what is on them, in their order, and the pods on nodes that are none of it.
#[must_use]
pub fn loads<'a>(placed: &'a [Placed], hardware: &Hardware) -> (Vec<Load>, Vec<&'a Placed>) {
    let mut loads: Vec<Load> = Vec::new();
    for node in &hardware.nodes {
        let held = |amount: fn(&crate::eval::model::Reserve) -> Option<crate::eval::model::Amount>| -> i128 {
            node.reserves.iter().filter_map(amount).map(|amount| amount.value).sum()
        };
        let cpu = (node.cpu.value - held(|reserve| reserve.cpu)).max(0);
        let memory = (node.memory.value - held(|reserve| reserve.memory)).max(0);
        let empty = |number| Load {
            node: node.machine(number),
            pods: 0,
            cpu: [0, cpu],
            memory: [0, memory],
            room: node.pods.value,
        };
        loads.extend((0..node.count).map(empty));
    }
    let index: BTreeMap<String, usize> =
        loads.iter().enumerate().map(|(index, load)| (load.node.clone(), index)).collect();
    let mut elsewhere = Vec::new();
    for pod in placed {
        match index.get(&pod.node).and_then(|index| loads.get_mut(*index)) {
            Some(load) => {
                load.pods += 1;
                load.cpu[0] += pod.requests[0];
                load.memory[0] += pod.requests[1];
            }
            None => elsewhere.push(pod),
        }
    }
    (loads, elsewhere)
}
