//! What a fault leaves out, and the platform without it.
//!
//! A fault in one component says nothing about the others: they are emitted, analysed and proved as far as they are
//! known. Whatever needs what is missing is kept without it, and [`Model::left_out`] says that this is a part.

use std::collections::{BTreeSet, HashMap};

use crate::eval::Evaluator;
use crate::eval::model::{Edge, InstanceId, LeftOut, Model, Target};
use crate::objects::Object;
use crate::source::Span;
use crate::syntax::ast::InstanceClass;

/// The instances that are left out: the faulty ones, and entry points to one of them.
pub(super) fn faulty(evaluator: &Evaluator<'_>, model: &Model) -> BTreeSet<InstanceId> {
    let mut faulty = evaluator.faulty.clone();
    let broken = |id: &InstanceId| evaluator.faulty.contains(id);
    let entries = model.entries.iter().filter(|entry| broken(&entry.to) || broken(&entry.via));
    faulty.extend(entries.map(|entry| entry.instance));
    faulty
}

/// Takes instances out of a model, with everything that is about them. The others move up, and keep their order.
pub(super) fn leave_out(model: &mut Model, objects: &mut Vec<Object>, out: &BTreeSet<InstanceId>) {
    let ids: HashMap<InstanceId, InstanceId> =
        model.ids().map(|(id, _)| id).filter(|id| !out.contains(id)).zip((0..).map(InstanceId)).collect();
    let moved = |id: InstanceId| ids.get(&id).copied();
    let named = model.ids().filter(|(id, _)| out.contains(id));
    // A system has no pods, and its name stays with the model.
    let named = named.filter(|(_, instance)| instance.class != InstanceClass::System);
    let left_out: Vec<LeftOut> =
        named.map(|(_, instance)| LeftOut { name: Some(instance.name.clone()), span: instance.span }).collect();
    model.left_out.extend(left_out);
    model.edges = kept_edges(std::mem::take(&mut model.edges), &moved);
    model.entries.retain_mut(|entry| {
        let (Some(instance), Some(to), Some(via)) = (moved(entry.instance), moved(entry.to), moved(entry.via)) else {
            return false;
        };
        (entry.instance, entry.to, entry.via) = (instance, to, via);
        true
    });
    for share in model.budgets.iter_mut().flat_map(|budget| &mut budget.shares) {
        share.components = share.components.iter().filter_map(|id| moved(*id)).collect();
    }
    model.restated.retain_mut(|restated| moved(restated.instance).map(|id| restated.instance = id).is_some());
    model.secrets.retain_mut(|secret| moved(secret.instance).map(|id| secret.instance = id).is_some());
    objects.retain_mut(|object| moved(object.instance).map(|id| object.instance = id).is_some());
    let mut index = (0..).map(InstanceId);
    model.instances.retain(|_| index.next().is_some_and(|id| !out.contains(&id)));
}

/// The edges between what is there. A choice with an alternative that is not known is not known to fail, so that all of it goes.
fn kept_edges(edges: Vec<Edge>, moved: &dyn Fn(InstanceId) -> Option<InstanceId>) -> Vec<Edge> {
    let target = |edge: &Edge| match &edge.to {
        Target::Instance(id) => moved(*id).map(Target::Instance),
        other => Some(other.clone()),
    };
    let open = edges.iter().filter(|edge| target(edge).is_none());
    let open: BTreeSet<u32> = open.filter_map(|edge| Some(edge.alternative?.group)).collect();
    let kept = edges.into_iter().filter_map(|edge| {
        let is_open = edge.alternative.is_some_and(|choice| open.contains(&choice.group));
        let (from, to) = (moved(edge.from)?, target(&edge)?);
        (!is_open).then_some(Edge { from, to, ..edge })
    });
    kept.collect()
}

/// Something that a fault hides, of which not even the name is known.
pub(super) fn unnamed() -> LeftOut {
    LeftOut { name: None, span: Span::NONE }
}
