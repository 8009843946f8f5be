//! One environment from its evaluation to its checked objects.

use super::{View, applications};
use crate::analysis::Analysis;
use crate::diag::{Diagnostic, Diagnostics, Severity, codes};
use crate::eval::model::Model;
use crate::eval::{self, Evaluator};
use crate::graph;
use crate::objects;
use crate::objects::schema::Catalog;
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
    let mut found = evaluator.take_diagnostics();
    found.extend(graph::diagnose_cycles(&model));
    let mut emitted = Vec::new();
    let misnamed = misnamed(&model);
    if !breaks(&found) {
        for (instance, wave) in graph::waves(&model).into_iter().enumerate() {
            model.instances[instance].wave = wave;
        }
        evaluator.freeze(&model);
        emitted = objects::emit(&mut evaluator, &model, catalog);
        model.secrets = objects::requests(&mut evaluator, &model);
        found.extend(evaluator.take_diagnostics());
        // Every object of an instance carries its name, and would be refused for it one by one.
        if !breaks(&found) && misnamed.is_empty() {
            found.extend(objects::check::check(&model, &emitted, catalog, sources));
            found.extend(applications::check(&model, &emitted));
        }
    }
    found.extend(misnamed);
    let environment = model.environment.clone();
    let mut placed = Diagnostics::default();
    placed.extend(found.into_iter().map(|diagnostic| match &diagnostic.environment {
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
    let sound = [
        codes::POLICY,
        codes::INVALID_OBJECT_NAME,
        codes::DUPLICATE_OBJECT,
        codes::MISSING_OBJECT_FIELD,
        codes::DANGLING_REFERENCE,
        codes::APPLICATION,
        codes::POD_SECURITY,
    ];
    found.iter().any(|diagnostic| diagnostic.severity == Severity::Error && !sound.contains(&diagnostic.code))
}
