//! Who may take whose place: the priorities of pods.

use std::collections::BTreeMap;

use crate::data::{Node, NodeValue};
use crate::objects::Object;

/// What a pod's priority is, and whether it pushes others out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Priority {
    pub(crate) value: i128,
    pub(crate) preempts: bool,
}

/// Classes that every cluster has.
const SYSTEM: [(&str, i128); 2] = [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];

/// The priority classes among some objects.
pub(crate) struct PriorityClasses<'a> {
    named: BTreeMap<&'a str, Priority>,
    default: Priority,
}

fn never(node: Option<&Node>) -> bool {
    node.and_then(Node::as_str) == Some("Never")
}

impl<'a> PriorityClasses<'a> {
    pub(crate) fn read(objects: &'a [Object]) -> Self {
        let mut named: BTreeMap<&str, Priority> = BTreeMap::new();
        let mut default: Option<Priority> = None;
        let is_class = |object: &&Object| object.kind == "PriorityClass" && object.group() == "scheduling.k8s.io";
        for object in objects.iter().filter(is_class) {
            // A class without a number is none, and pods that name it are refused.
            let Some(value) = object.body.get("value").and_then(Node::as_integer) else { continue };
            let one = Priority { value, preempts: !never(object.body.get("preemptionPolicy")) };
            named.insert(&object.name, one);
            let is_default =
                object.body.get("globalDefault").is_some_and(|node| matches!(node.value, NodeValue::Bool(true)));
            if is_default {
                default = Some(match default {
                    Some(other) if other.value < value => other,
                    Some(other) if other.value == value => Priority { preempts: one.preempts && other.preempts, ..one },
                    _ => one,
                });
            }
        }
        for (name, value) in SYSTEM {
            named.insert(name, Priority { value, preempts: true });
        }
        Self { named, default: default.unwrap_or(Priority { value: 0, preempts: true }) }
    }

    /// The priority of pods that name no class.
    pub(crate) fn default(&self) -> Priority {
        self.default
    }

    /// The priority of a pod's spec; the name of its class where there is none of that name.
    pub(crate) fn of<'b>(&self, spec: &'b Node) -> Result<Priority, &'b str> {
        let name = spec.get("priorityClassName").and_then(Node::as_str).filter(|name| !name.is_empty());
        let class = name.map_or(Ok(self.default), |name| self.named.get(name).copied().ok_or(name))?;
        Ok(Priority { preempts: class.preempts && !never(spec.get("preemptionPolicy")), ..class })
    }
}
