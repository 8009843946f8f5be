//! One `Node` object, read as the scheduler reads it.

use crate::data::{Node as Tree, NodeValue};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::eval::model::{Effect, OF_CONTROLLERS, Taint, UNSCHEDULABLE, is_extended};
use crate::objects::quantity::Quantity;
use crate::source::Span;

/// A node of the cluster.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) labels: Vec<(String, String)>,
    pub(super) taints: Vec<Taint>,
    pub(super) capacity: Room,
    pub(super) allocatable: Room,
    /// What it can allocate of extended resources and huge pages, by name.
    pub(super) resources: Vec<(String, i128)>,
    pub(super) version: Option<(u32, u32)>,
}

/// What there is: milli-cores, bytes, bytes where it is stated, pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Room {
    pub(super) cpu: i128,
    pub(super) memory: i128,
    pub(super) ephemeral: Option<i128>,
    pub(super) pods: i128,
}

type Fault = Box<Diagnostic>;

impl Machine {
    /// Reads a node. What is wrong with it only for now is said, and it counts as it is when that is over.
    pub(super) fn read(body: &Tree, span: Span, found: &mut Diagnostics) -> Result<Self, Fault> {
        let text = |path: &[&str]| body.at(path).and_then(Tree::as_str).filter(|text| !text.is_empty());
        let Some(name) = text(&["metadata", "name"]) else {
            return Err(fault(span, "a node has no `metadata.name`".to_owned()));
        };
        let allocatable = Room::read(name, body, "allocatable", span)?;
        // A kubelet states both; where somebody cut the one away, nothing is known to be reserved.
        let capacity = match body.at(&["status", "capacity"]) {
            Some(_) => Room::read(name, body, "capacity", span)?.above(allocatable),
            None => allocatable,
        };
        let labels = labels(name, body, span)?;
        let mut taints = taints(name, body, span)?;
        let is_cordoned =
            body.at(&["spec", "unschedulable"]).is_some_and(|flag| matches!(flag.value, NodeValue::Bool(true)));
        if is_cordoned && taints.iter().all(|taint| taint.key != UNSCHEDULABLE) {
            taints.push(Taint::closing(UNSCHEDULABLE));
        }
        let passing: Vec<String> = taints.iter().filter(|one| is_passing(one)).map(|one| one.key.clone()).collect();
        taints.retain(|taint| !is_passing(taint));
        taints.sort_by(|left, right| (&left.key, left.effect.key()).cmp(&(&right.key, right.effect.key())));
        let is_ready = |condition: &Tree| {
            let is = |key: &str, wanted: &str| condition.get(key).and_then(Tree::as_str) == Some(wanted);
            is("type", "Ready").then(|| is("status", "True"))
        };
        let conditions = body.at(&["status", "conditions"]).map(Tree::items).unwrap_or_default();
        let is_down = conditions.iter().find_map(is_ready) == Some(false);
        if is_down || !passing.is_empty() {
            let why = passing.first().map_or_else(String::new, |taint| format!(" (its taint is `{taint}`)"));
            let message = format!("the node `{name}` is not ready{why}");
            let help = "the proof is about nodes that are ready and counts it as one; leave it out of the file if it does not come back";
            found.push(Diagnostic::warning(codes::HARDWARE, span, message).at("this node").help(help));
        }
        let version = text(&["status", "nodeInfo", "kubeletVersion"]).and_then(version);
        Ok(Self {
            name: name.to_owned(),
            span,
            labels,
            taints,
            capacity,
            allocatable,
            resources: extended(body),
            version,
        })
    }

    pub(super) fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
    }
}

/// What a node can allocate of extended resources and huge pages.
fn extended(body: &Tree) -> Vec<(String, i128)> {
    let stated = body.at(&["status", "allocatable"]).and_then(Tree::as_map).into_iter().flatten();
    let amounts = stated.filter(|(name, _)| is_extended(name)).filter_map(|(name, amount)| {
        let amount = Quantity::of(amount).map(Quantity::value_there).filter(|amount| *amount > 0)?;
        Some((name.to_string(), amount))
    });
    let mut amounts: Vec<(String, i128)> = amounts.collect();
    amounts.sort();
    amounts
}

impl Room {
    fn read(name: &str, body: &Tree, what: &str, span: Span) -> Result<Self, Fault> {
        let stated = body.at(&["status", what]);
        let amount = |key: &str, unit: fn(Quantity) -> i128| -> Result<Option<i128>, Fault> {
            let Some(node) = stated.and_then(|stated| stated.get(key)) else { return Ok(None) };
            let place = if node.span().is_none() { span } else { node.span() };
            let value = Quantity::of(node).map(unit).filter(|value| *value >= 0);
            value.map(Some).ok_or_else(|| {
                fault(place, format!("`status.{what}.{key}` of the node `{name}` is no amount that a node has"))
            })
        };
        let needed = |key: &str, unit: fn(Quantity) -> i128| {
            amount(key, unit)?.ok_or_else(|| fault(span, format!("the node `{name}` lacks `status.{what}.{key}`")))
        };
        Ok(Self {
            cpu: needed("cpu", Quantity::milli_there)?,
            memory: needed("memory", Quantity::value_there)?,
            ephemeral: amount("ephemeral-storage", Quantity::value_there)?,
            pods: needed("pods", Quantity::value_there)?,
        })
    }

    /// As much as another at least.
    fn above(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.max(other.cpu),
            memory: self.memory.max(other.memory),
            ephemeral: self.ephemeral.max(other.ephemeral),
            pods: self.pods.max(other.pods),
        }
    }
}

/// A taint that a node has for a time, unless somebody cordoned it.
fn is_passing(taint: &Taint) -> bool {
    taint.key.starts_with(OF_CONTROLLERS) && taint.key != UNSCHEDULABLE
}

fn labels(name: &str, body: &Tree, span: Span) -> Result<Vec<(String, String)>, Fault> {
    let Some(labels) = body.at(&["metadata", "labels"]).and_then(Tree::as_map) else { return Ok(Vec::new()) };
    let read = |(key, value): (&std::sync::Arc<str>, &Tree)| match value.as_str() {
        Some(text) => Ok((key.to_string(), text.to_owned())),
        None => Err(fault(span, format!("the label `{key}` of the node `{name}` is no text"))),
    };
    labels.iter().map(read).collect()
}

fn taints(name: &str, body: &Tree, span: Span) -> Result<Vec<Taint>, Fault> {
    let stated = body.at(&["spec", "taints"]).map(Tree::items).unwrap_or_default();
    let read = |taint: &Tree| {
        let text = |key: &str| taint.get(key).and_then(Tree::as_str).unwrap_or_default();
        let (key, stated) = (text("key"), text("effect"));
        let effect = Effect::ALL.into_iter().find(|effect| effect.key() == stated);
        match effect.filter(|_| !key.is_empty()) {
            Some(effect) => Ok(Taint { key: key.to_owned(), value: text("value").to_owned(), effect }),
            None => Err(fault(span, format!("a taint of the node `{name}` has no key, or the effect `{stated}`"))),
        }
    };
    stated.iter().map(read).collect()
}

/// Major and minor number of `v1.33.4-eks-99bee22`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.strip_prefix('v')?.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

fn fault(span: Span, message: String) -> Fault {
    let help = "give what `kubectl get nodes -o json` prints, as it is";
    Box::new(Diagnostic::error(codes::HARDWARE, span, message).at("of this node").help(help))
}
