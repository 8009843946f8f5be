//! CPU, memory and pod slots of the nodes, as sums. On a single node a sum that fits is a proof; on several nodes it is
//! necessary only, and the proof decides.

use crate::eval::model::{Amount, Hardware, Node, Reserve};
use crate::fit::read::demand::Demand;
use crate::fit::sums::usage::{Held, Measure, Usage};
use crate::objects::pod::ContainerResource;
use crate::source::Span;

/// How messages and acceptances call what the sum is about: the node where there is one kind of it, else the hardware.
pub(crate) fn subject(hardware: &Hardware) -> String {
    match hardware.nodes.as_slice() {
        [node] => format!("{}.{}", hardware.name, node.name),
        _ => hardware.name.clone(),
    }
}

/// What the nodes have and what is asked of them.
pub(crate) fn node_usages(hardware: &Hardware, demand: &Demand) -> Vec<Usage> {
    // Where a node does not say what it has, there is nothing to hold the requests against.
    let is_declared = hardware.nodes.iter().all(|node| node.ephemeral().is_some());
    let ephemeral = is_declared.then_some(Measure::EphemeralStorage);
    let measures = [Measure::Cpu, Measure::Memory].into_iter().chain(ephemeral);
    let measures = measures.chain([Measure::Pods, Measure::MemoryLimits]);
    measures.map(|measure| node_usage(hardware, demand, measure)).collect()
}

fn node_usage(hardware: &Hardware, demand: &Demand, measure: Measure) -> Usage {
    let (capacity, span, held) = supply(hardware, measure);
    let terms = demand.loads.iter().map(|load| {
        let resources = &load.workload.resources;
        let [cpu, memory, ephemeral] = ContainerResource::ALL.map(|resource| resource as usize);
        match measure {
            Measure::Cpu => load.term(resources.requests[cpu], resources.request_spans[cpu]),
            Measure::Memory => load.term(resources.requests[memory], resources.request_spans[memory]),
            Measure::MemoryLimits => load.term(resources.limits[memory], resources.limit_spans[memory]),
            Measure::EphemeralStorage => load.term(resources.requests[ephemeral], resources.request_spans[ephemeral]),
            _ => load.term(1, Span::NONE),
        }
    });
    let usage = Usage::new(subject(hardware), measure, (capacity, span), held, terms.collect());
    Usage { cap: cap(hardware, measure), ..usage }
}

/// What memory limits may add up to on all nodes, where any of them declares an overcommit.
pub(crate) fn cap(hardware: &Hardware, measure: Measure) -> Option<i128> {
    let is_declared = hardware.nodes.iter().any(|node| node.overcommit_memory.is_some());
    (is_declared && measure == Measure::MemoryLimits).then(|| {
        let on_one = |node: &Node| {
            let percent = node.overcommit_memory.map_or(100, |percent| percent.value);
            allocatable(node, Measure::Memory) * percent / 100
        };
        hardware.nodes.iter().map(|node| on_one(node) * i128::from(node.count)).sum()
    })
}

/// The capacity of all nodes, the number that states it, and what is reserved of it.
pub(crate) fn supply(hardware: &Hardware, measure: Measure) -> (i128, Span, Vec<Held>) {
    let capacity = |node: &Node| match measure {
        Measure::Cpu | Measure::CpuLimits => node.cpu,
        Measure::Memory | Measure::MemoryLimits => node.memory,
        Measure::EphemeralStorage => node.ephemeral().unwrap_or(Amount { value: 0, span: Span::NONE }),
        _ => node.pods,
    };
    let total = hardware.nodes.iter().map(|node| capacity(node).value * i128::from(node.count)).sum();
    let stated = |node: &Node| {
        let span = capacity(node).span;
        // A default, such as that of pod slots, is written nowhere.
        if span.is_none() { node.span } else { span }
    };
    let span = hardware.nodes.first().map_or(hardware.span, stated);
    let held = hardware.nodes.iter().flat_map(|node| {
        node.reserves.iter().filter_map(move |reserve| {
            let amount = reserved(reserve, measure)?;
            Some(Held {
                name: format!("reserve \"{}\"", reserve.name),
                amount: amount.value * i128::from(node.count),
                span: amount.span,
            })
        })
    });
    (total, span, held.collect())
}

fn reserved(reserve: &Reserve, measure: Measure) -> Option<Amount> {
    match measure {
        Measure::Cpu | Measure::CpuLimits => reserve.cpu,
        Measure::Memory | Measure::MemoryLimits => reserve.memory,
        _ => None,
    }
}

/// What one node of a kind has for pods.
pub(crate) fn allocatable(node: &Node, measure: Measure) -> i128 {
    let capacity = match measure {
        Measure::Cpu => node.cpu.value,
        Measure::Memory => node.memory.value,
        _ => node.pods.value,
    };
    let reserves = node.reserves.iter().filter_map(|reserve| reserved(reserve, measure));
    (capacity - reserves.map(|amount| amount.value).sum::<i128>()).max(0)
}
