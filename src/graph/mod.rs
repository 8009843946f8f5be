//! The graph of who needs whom: cycles and the start-up order.

mod cycles;
#[cfg(test)]
mod tests;
mod waves;

pub use cycles::{diagnose_cycles, hard_cycles};
pub use waves::waves;

use petgraph::graph::{DiGraph, NodeIndex};

use crate::eval::model::{Edge, InstanceId, Model, Target};

/// The instance that an edge points at; nothing for `cluster.api` and the like, which no start-up waits for.
pub(crate) fn target(edge: &Edge) -> Option<InstanceId> {
    match edge.to {
        Target::Instance(id) => Some(id),
        Target::ClusterApi | Target::ClusterDns | Target::Internet => None,
    }
}

/// For each instance, the number of its strongly connected component under the edges that `keep` wants. `petgraph` is
/// named here and nowhere else.
fn components(model: &Model, keep: impl Fn(&Edge) -> bool) -> Vec<usize> {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(model.instances.len(), model.edges.len());
    for _ in &model.instances {
        graph.add_node(());
    }
    for edge in model.edges.iter().filter(|edge| keep(edge)) {
        if let Some(to) = target(edge) {
            graph.add_edge(NodeIndex::new(edge.from.0 as usize), NodeIndex::new(to.0 as usize), ());
        }
    }
    let mut number = vec![0; model.instances.len()];
    // Kosaraju's algorithm and not Tarjan's, because the latter recurses and a chain may be as long as it likes.
    for (index, members) in petgraph::algo::kosaraju_scc(&graph).into_iter().enumerate() {
        for member in members {
            number[member.index()] = index;
        }
    }
    number
}
