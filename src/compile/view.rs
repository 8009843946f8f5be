//! One environment from its evaluation to its checked objects.

use super::{View, applications, left_out};
use crate::analysis::Analysis;
use crate::diag::codes::Phase;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::eval::model::Model;
use crate::eval::{self, Evaluator};
use crate::graph;
use crate::objects::schema::Catalog;
use crate::objects::{self, Object};
use crate::resolve::Program;
use crate::source::SourceMap;
use crate::world::World;

/// Evaluates, freezes the graph, emits, and checks what was emitted.
pub(super) fn evaluate<'a>(
    program: &'a Program<'a>,
    sources: &'a SourceMap,
    world: &'a dyn World,
    catalog: &Catalog,
    view: &eval::View<'_, 'a>,
) -> (Evaluator<'a>, View, Diagnostics) {
    let mut evaluator = Evaluator::new(program, sources, world, view);
    let mut model = evaluator.model();
    let mut found = Diagnostics::default();
    found.extend(graph::diagnose_cycles(&model));
    for (instance, wave) in graph::waves(&model).into_iter().enumerate() {
        model.instances[instance].wave = wave;
    }
    evaluator.freeze(&model);
    let mut emitted = objects::emit(&mut evaluator, &model, catalog);
    model.secrets = objects::requests(&mut evaluator, &model);
    found.extend(evaluator.take_diagnostics());
    let left_out = left_out::faulty(&evaluator, &model);
    let misnamed = misnamed(&model);
    // Every object of an instance carries its name, and would be refused for it one by one.
    if misnamed.is_empty() {
        let is_known = |object: &Object| !left_out.contains(&object.instance);
        let checked = objects::check::check(&model, &emitted, &is_known, catalog, sources);
        // What is referred to may be there as soon as the fault is mended.
        let is_open = evaluator.is_torn || evaluator.has_missing_objects;
        found.extend(checked.into_iter().filter(|one| !is_open || one.code != codes::DANGLING_REFERENCE));
        if left_out.is_empty() && !evaluator.is_torn {
            found.extend(applications::check(&model, &emitted));
        }
    }
    if !left_out.is_empty() {
        left_out::leave_out(&mut model, &mut emitted, &left_out);
    }
    model.left_out.extend(evaluator.is_torn.then(left_out::unnamed));
    if evaluator.has_faulty_hardware {
        model.hardware = None;
        model.left_out.push(left_out::unnamed());
    }
    found.extend(misnamed);
    let environment = model.environment.clone();
    let mut placed = Diagnostics::default();
    // A fault that shows in the library follows from that of the author, where there is one.
    let follows = |found: &Diagnostic| {
        sources.is_library(found.primary.span)
            && found.code.info().phase == Phase::Values
            && found.subject.as_deref().is_some_and(|name| evaluator.is_at_fault(name))
    };
    let found = found.into_iter().filter(|found| !follows(found));
    let found = found.map(|found| super::at_the_author(found, &model, sources));
    placed.extend(found.map(|diagnostic| match &diagnostic.environment {
        Some(_) => diagnostic,
        None => diagnostic.in_environment(environment.as_deref()),
    }));
    (evaluator, View { model, objects: emitted, analysis: Analysis::default(), proof: None }, placed)
}

/// Instances whose names Kubernetes would refuse on every object.
fn misnamed(model: &Model) -> Diagnostics {
    let mut found = Diagnostics::default();
    for instance in &model.instances {
        let name = &instance.emitted_name;
        let Some(problem) = objects::check::instance_name_problem(name) else { continue };
        let class = instance.class.word();
        let mut diagnostic = Diagnostic::error(
            codes::INVALID_OBJECT_NAME,
            instance.span,
            format!("Kubernetes refuses the name of the {class} `{name}`"),
        )
        .at(problem);
        let slug = eval::slug(name);
        if !slug.is_empty() && objects::check::instance_name_problem(&slug).is_none() {
            diagnostic = diagnostic.help(format!("call it `{slug}`, or set `name = \"{slug}\"` in it"));
        }
        found.push(diagnostic);
    }
    found
}

/// Whether something was found that leaves holes in the model or the objects. Policies and the checks of whole objects
/// find faults of something that is all there.
pub(super) fn breaks(found: &Diagnostics) -> bool {
    found.iter().any(Diagnostic::leaves_a_hole)
}
