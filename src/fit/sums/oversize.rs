//! Pods that fit no node, however empty. Whether all pods together find a place is for the proof to decide.

use crate::eval::model::Hardware;
use crate::fit::read::demand::Demand;
use crate::fit::sums::capacity::allocatable;
use crate::fit::sums::usage::Measure;
use crate::objects::pod::ContainerResource;
use crate::source::Span;

/// A pod that no node could hold if it were empty.
#[derive(Debug, Clone)]
pub struct Oversize {
    pub instance: String,
    pub label: String,
    pub measure: Measure,
    pub needed: i128,
    pub span: Span,
    /// The roomiest node that takes it.
    pub node: String,
    pub allocatable: i128,
    pub node_span: Span,
}

/// Every resource of which a pod wants more than the roomiest node that takes it has.
pub(crate) fn oversizes(hardware: &Hardware, demand: &Demand) -> Vec<Oversize> {
    let mut found = Vec::new();
    for load in demand.own_loads().filter(|load| load.count.peak > 0) {
        let resources = &load.workload.resources;
        for (measure, resource) in
            [(Measure::Cpu, ContainerResource::Cpu), (Measure::Memory, ContainerResource::Memory)]
        {
            let needed = resources.requests[resource as usize];
            let eligible = hardware.nodes.iter().zip(&load.eligible).filter(|(_, yes)| **yes).map(|(node, _)| node);
            let Some(roomiest) = eligible
                .reduce(|best, node| if allocatable(node, measure) > allocatable(best, measure) { node } else { best })
            else {
                continue;
            };
            if needed > allocatable(roomiest, measure) {
                let span = resources.request_spans[resource as usize];
                let size = if measure == Measure::Cpu { roomiest.cpu } else { roomiest.memory };
                found.push(Oversize {
                    instance: load.owner.name.clone(),
                    label: load.label.clone(),
                    measure,
                    needed,
                    span: if span.is_none() { load.workload.span } else { span },
                    node: format!("{}.{}", hardware.name, roomiest.name),
                    allocatable: allocatable(roomiest, measure),
                    node_span: size.span,
                });
            }
        }
    }
    found
}
