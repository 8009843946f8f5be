//! From a world to a compilation: the one function that runs all phases in order.
//!
//! Each phase returns what it could make and what it found, and the next goes on with that. A fault is gated by the
//! instance in which somebody comes upon it: that one is left out, and everything else is emitted, analysed and proved as far
//! as it is known ([`left_out`]). What a text that could not be read may have declared is not missed ([`hidden`]).

mod accept;
mod applications;
mod causes;
mod environments;
mod hardware;
mod hidden;
mod inputs;
mod judge;
mod left_out;
mod merge;
mod patches;
mod testing;
mod view;

use environments::{environments, is_exclusive};
pub use hardware::hardware;
use hidden::Hidden;
pub(crate) use inputs::is_text;
use judge::Judgement;
pub use testing::{Outcome, TestRun, run_tests};
use view::{breaks, evaluate};

use crate::analysis::Analysis;
use crate::diag::codes::Phase;
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, codes};
use crate::eval;
use crate::eval::model::{Acceptance, Model};
use crate::fit::EnvironmentProof;
use crate::objects::{self, Object};
use crate::resolve::{self, Loaded, Program};
use crate::source::SourceMap;
use crate::syntax::ast::{self, ItemKind};
use crate::world::World;

/// What may differ between two compilations of the same sources.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--set name=value`.
    pub inputs: Vec<(String, String)>,
    /// `YYYY-MM-DD`; acceptances are not checked for expiry without it, because the clock is never read.
    pub today: Option<String>,
    /// Only this environment, and the base that it patches.
    pub environment: Option<String>,
    /// Changes on top of the environments, as `given` makes them in a test.
    pub patches: Vec<Patch>,
    /// By how much more every autoscaled workload is scaled, in thousandths; in the environments that are shown.
    pub load: Option<i128>,
}

/// A change on top of environments.
#[derive(Debug, Clone)]
pub struct Patch {
    /// How messages call it: `--set api.replicas`.
    pub title: String,
    /// `component api { replicas = 4..40 }`, `hardware lab { node.box.count = 3 }` or `let domain = "example.com"`.
    pub text: String,
    /// The views that it is for: names of environments, and none for the base.
    pub environments: Vec<Option<String>>,
    /// The name of the source whose imports its values see; the first of the module where there is none.
    pub beside: Option<String>,
}

/// Everything about a platform.
#[derive(Debug, Default)]
pub struct Compilation {
    pub sources: SourceMap,
    /// Sorted, without what was accepted.
    pub diagnostics: Diagnostics,
    pub accepted: Vec<Accepted>,
    /// The base, then each environment in the order of the source. Empty after errors that leave nothing to show.
    pub views: Vec<View>,
    /// With [`Options::environment`]: the environments that were not asked for and run on the same hardware.
    pub neighbours: Vec<View>,
}

/// A finding that the author puts up with.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub acceptance: Acceptance,
    pub finding: Diagnostic,
}

/// One environment.
#[derive(Debug)]
pub struct View {
    /// `model.environment` is none for the base.
    pub model: Model,
    /// Footprints among them.
    pub objects: Vec<Object>,
    /// Empty for the base when there are environments: it is never deployed then.
    pub analysis: Analysis,
    /// None for the base when there are environments, and where nothing was analysed.
    pub proof: Option<EnvironmentProof>,
}

/// Evaluation recurses as deep as values depend on each other, up to a limit that this stack holds.
const STACK_BYTES: usize = 512 << 20;

/// Compiles the main module of a world. Never panics on input and reads nothing but the world.
#[must_use]
pub fn compile(world: &dyn World, options: &Options) -> Compilation {
    on_a_deep_stack(|| {
        let mut compilation = compile_here(world, options);
        let found = std::mem::take(&mut compilation.diagnostics);
        compilation.diagnostics = causes::join(found, &compilation.views);
        compilation.diagnostics.sort(&compilation.sources);
        compilation
    })
}

/// The same for whoever compares what was found: each finding by itself, with its own subject.
#[must_use]
pub(crate) fn compile_each(world: &dyn World, options: &Options) -> Compilation {
    on_a_deep_stack(|| compile_here(world, options))
}

fn on_a_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
        let running = builder.spawn_scoped(scope, work);
        // A machine that gives no thread has nothing to compile with; a panic is a broken invariant and goes on as one.
        running.expect("the system can start a thread").join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn compile_here(world: &dyn World, options: &Options) -> Compilation {
    let mut sources = SourceMap::default();
    let (loaded, mut diagnostics) = resolve::load(world, &mut sources);
    let unread = diagnostics.iter().any(|found| UNREAD.contains(&found.code));
    let mut given = Diagnostics::default();
    let inputs = inputs::read(&loaded, &options.inputs, &mut sources, &mut given);
    let patches = patches::read(&options.patches, &mut sources, &mut given);
    // Values from outside belong to the question, and to another nobody wants an answer; names of modules that import each other
    // mean nothing.
    let is_empty = loaded.modules[0].files.iter().all(|file| file.items.is_empty());
    let is_circular = diagnostics.iter().any(|found| found.code == codes::IMPORT_CYCLE);
    let is_answered = !is_empty && !is_circular && !given.has_errors();
    diagnostics.extend(given);
    let mut compilation = Compilation { sources, ..Compilation::default() };
    if is_answered {
        run(world, options, &loaded, (&inputs, &patches), &mut compilation, &mut diagnostics);
    }
    let Compilation { sources, views, accepted, .. } = &mut compilation;
    let hidden = Hidden::of(&loaded, sources, unread);
    diagnostics.retain(|found| !hidden.explains(found, sources));
    if diagnostics.iter().any(is_of_names) {
        // What looks unused is often what a misspelt name was meant to read.
        diagnostics.retain(|found| found.code != codes::UNUSED);
    }
    let mut merged = merge::merge(diagnostics, &environment_names(&loaded));
    accept::apply(&mut merged, views, options, accepted);
    merged.sort(sources);
    compilation.diagnostics = merged;
    compilation
}

/// Faults that leave nothing of a file, or of a module.
const UNREAD: [Code; 5] =
    [codes::ENCODING, codes::TOO_LARGE, codes::TOO_DEEP, codes::MISSING_MODULE, codes::UNREADABLE];

fn is_of_names(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error && diagnostic.code.info().phase == Phase::Names
}

/// The names of all environments in the order of the source, for messages that name several.
fn environment_names(loaded: &Loaded) -> Vec<&str> {
    let files = loaded.modules.first().into_iter().flat_map(|module| module.files.iter());
    let names = files.flat_map(|file| &file.items).filter_map(|item| match &item.kind {
        ItemKind::Environment(environment) => Some(environment.name.text.as_str()),
        _ => None,
    });
    names.collect()
}

/// Faults by which something that is declared, or a part of it, does not come about.
const DECLARATIONS: [Code; 3] = [codes::DUPLICATE_NAME, codes::KIND_CYCLE, codes::MISSING_MODULE];

fn run(
    world: &dyn World,
    options: &Options,
    loaded: &Loaded,
    (inputs, patches): (&[(String, ast::Expression)], &[ast::Body]),
    compilation: &mut Compilation,
    diagnostics: &mut Diagnostics,
) {
    let (program, found) = Program::index(loaded);
    diagnostics.extend(found);
    for module in 0..program.modules.len() {
        if !program.modules[module].is_library {
            diagnostics.extend(resolve::check_names(&program, module));
        }
    }
    diagnostics.extend(resolve::check_inputs(&program, inputs));
    let (catalog, found) = objects::catalog(&program, world);
    diagnostics.extend(found);
    let environments = environments(&program, options, diagnostics);
    // Whoever is declared twice, or imported from nowhere, is missing in every environment.
    let is_torn = diagnostics.iter().any(|found| DECLARATIONS.contains(&found.code));
    for environment in std::iter::once(None).chain(environments.iter().copied().map(Some)) {
        let name = environment.map(|(_, item)| item.name.text.as_str());
        let given = patches::given(&options.patches, patches, name, &program, &compilation.sources);
        let view = eval::View { environment, inputs, given: &given };
        let (_, mut view, mut found) = evaluate(&program, &compilation.sources, world, &catalog, &view);
        view.model.left_out.extend(is_torn.then(left_out::unnamed));
        // One that nobody asked for is looked at because it may share the hardware; only what keeps it from being counted matters.
        let unasked = options.environment.is_some() && name.is_some() && name != options.environment.as_deref();
        if unasked && !breaks(&found) {
            found = Diagnostics::default();
        }
        diagnostics.extend(found);
        if let Some(factor) = options.load.filter(|_| !unasked) {
            objects::scaling::scale(&mut view.objects, factor);
        }
        compilation.views.push(view);
    }
    let exclusive: Vec<&str> =
        environments.iter().filter(|(_, item)| is_exclusive(item)).map(|(_, item)| item.name.text.as_str()).collect();
    analyse(compilation, &exclusive, options.environment.as_deref(), diagnostics);
    if let Some(wanted) = options.environment.as_deref() {
        let shown = |view: &View| view.model.environment.as_deref().is_none_or(|name| name == wanted);
        (compilation.views, compilation.neighbours) =
            std::mem::take(&mut compilation.views).into_iter().partition(shown);
    }
}

fn analyse(compilation: &mut Compilation, exclusive: &[&str], wanted: Option<&str>, diagnostics: &mut Diagnostics) {
    let only_base = compilation.views.len() == 1;
    for index in 0..compilation.views.len() {
        let left_out = wanted.is_some() && compilation.views[index].model.environment.as_deref() != wanted;
        if index == 0 && !only_base || left_out {
            continue;
        }
        let view = &compilation.views[index];
        let neighbours = judge::neighbours(view, &compilation.views, exclusive);
        let sources = &compilation.sources;
        let Judgement { analysis, proof, found } = judge::judge(view, &neighbours, sources);
        diagnostics.extend(found.into_iter().map(|diagnostic| at_the_author(diagnostic, &view.model, sources)));
        compilation.views[index].analysis = analysis;
        compilation.views[index].proof = Some(proof);
    }
}

/// Points at the instance where the guilty value is of the library: the author can change only the former.
fn at_the_author(mut diagnostic: Diagnostic, model: &Model, sources: &SourceMap) -> Diagnostic {
    let place = diagnostic.primary.span;
    let name = diagnostic.subject.as_deref().and_then(|subject| subject.split('.').next());
    let instances = model.instances.iter().map(|instance| (Some(instance.name.as_str()), instance.span));
    let left_out = model.left_out.iter().map(|one| (one.name.as_deref(), one.span));
    let own = instances.chain(left_out).find(|(known, _)| *known == name && name.is_some());
    match own {
        Some((_, own)) if sources.is_library(place) => {
            diagnostic.primary.span = own;
            let words =
                if diagnostic.leaves_a_hole() { "in the library, here" } else { "by this default of the library" };
            diagnostic.label(place, words)
        }
        _ => diagnostic,
    }
}
