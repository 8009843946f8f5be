//! What happens to the proof when values change or the load grows.
//!
//! The change is a patch on top of every environment, read by the language's own parser and applied like the `given` of a
//! test; a load multiplies the ranges of autoscalers in the emitted objects. Both platforms are compiled whole, so that
//! everything that is known of the one is known of the other.

mod compare;
mod json;
mod load;
mod set;

pub use compare::{EnvironmentChange, Finding, Fullness, ObjectCounts, StateChange};
pub(crate) use compare::{fullness, is_like, worst};
pub use json::document;
pub use load::{Factor, Growth, LoadChange};

use crate::compile::compile_each;
use crate::diag::{Diagnostics, Severity};
use crate::source::SourceMap;
use crate::world::World;
use crate::{Compilation, Options, View};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// `api.replicas` and `4..40`.
    pub set: Vec<(String, String)>,
    pub load: Option<Factor>,
    pub environment: Option<String>,
    pub today: Option<String>,
}

/// What differs.
#[derive(Debug)]
pub struct Answer {
    pub environments: Vec<EnvironmentChange>,
    /// Findings that the platform did not have.
    pub appeared: Vec<Finding>,
    /// Findings that it no longer has.
    pub disappeared: Vec<Finding>,
    /// Whether everything that must fit does, under the change.
    pub fits: bool,
}

/// Why there is no answer: the platform, or the change, has faults.
#[derive(Debug)]
pub struct Fault {
    pub sources: SourceMap,
    pub diagnostics: Diagnostics,
}

/// Compiles the platform as it is and as it would be, and compares.
///
/// # Errors
///
/// What is wrong with the platform or with the change, so that there is nothing to compare.
pub fn what_if(world: &dyn World, question: &Question) -> Result<Answer, Box<Fault>> {
    let mut resolver = set::Resolver::new(world, question)?;
    let options = Options {
        inputs: resolver.needed_inputs(),
        today: question.today.clone(),
        environment: question.environment.clone(),
        ..Options::default()
    };
    let before = whole(compile_each(world, &options))?;
    let (patches, inputs) = resolver.patches(world, &before, &options)?;
    let options = Options { inputs, patches, ..options };
    let same_load = if question.set.is_empty() { None } else { Some(whole(compile_each(world, &options))?) };
    let loaded = match question.load {
        None => None,
        Some(factor) => Some(whole(compile_each(world, &Options { load: Some(factor.thousandths()), ..options }))?),
    };
    let changed = same_load.as_ref().unwrap_or(&before);
    let after = loaded.as_ref().unwrap_or(changed);
    let mut answer = compare::compare(&before, after);
    if let Some(factor) = question.load {
        for (environment, view) in answer.environments.iter_mut().zip(shown(changed)) {
            environment.load = Some(load::load(view, changed, factor));
        }
    }
    Ok(answer)
}

/// A compilation that got as far as its proofs.
pub(crate) fn whole(compilation: Compilation) -> Result<Compilation, Box<Fault>> {
    let Compilation { sources, diagnostics, views, .. } = &compilation;
    if !views.is_empty() && shown(&compilation).all(|view| view.proof.is_some() && view.model.left_out.is_empty()) {
        return Ok(compilation);
    }
    let mut errors = Diagnostics::default();
    errors.extend(diagnostics.iter().filter(|one| one.severity == Severity::Error).cloned());
    Err(Box::new(Fault { sources: sources.clone(), diagnostics: errors }))
}

/// The environments; the base where there are none.
pub(crate) fn shown(compilation: &Compilation) -> impl Iterator<Item = &View> {
    let only_base = compilation.views.iter().all(|view| view.model.environment.is_none());
    compilation.views.iter().filter(move |view| only_base || view.model.environment.is_some())
}

/// The environments beside a view, on the same nodes at the same time.
pub(crate) fn neighbours<'a>(view: &'a View, compilation: &'a Compilation) -> impl Iterator<Item = &'a View> {
    let beside = view.proof.iter().flat_map(|proof| proof.beside.iter().map(String::as_str));
    beside.filter_map(|name| {
        let mut all = compilation.views.iter().chain(&compilation.neighbours);
        all.find(|view| view.model.environment.as_deref() == Some(name))
    })
}
