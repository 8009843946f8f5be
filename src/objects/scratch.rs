//! `emptyDir` volumes: scratch space that comes and goes with its pod, which no scheduler counts.

use super::Node;
use super::quantity::Quantity;
use crate::source::Span;

/// An `emptyDir` that states how much it may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scratch {
    pub name: String,
    /// Whether it is a file system in memory, whose pages count for the containers that write them.
    pub in_memory: bool,
    /// In bytes. The kubelet evicts a pod whose volume holds more (`pkg/kubelet/eviction/eviction_manager.go`,
    /// `emptyDirLimitEviction`), and gives a volume in memory no more.
    pub most: i128,
    pub span: Span,
}

/// Those of the spec of a pod. What states no `sizeLimit`, or none above 0, may hold anything.
pub(crate) fn read(spec: &Node) -> Vec<Scratch> {
    let volumes = spec.get("volumes").map(Node::items).unwrap_or_default();
    let one = |volume: &Node| {
        let scratch = volume.get("emptyDir")?;
        let limit = scratch.get("sizeLimit")?;
        Some(Scratch {
            name: volume.get("name").and_then(Node::as_str)?.to_owned(),
            in_memory: scratch.get("medium").and_then(Node::as_str) == Some("Memory"),
            most: Quantity::of(limit).map(|most| most.value()).filter(|most| *most > 0)?,
            span: limit.span(),
        })
    };
    volumes.iter().filter_map(one).collect()
}
