//! `vaubanc test`: what the author says must stay true.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::environments::{hardware_of, is_exclusive};
use super::judge::{judge as judge_view, neighbours};
use super::view::{breaks, evaluate};
use super::{Options, View, inputs, on_a_deep_stack};
use crate::diag::codes::Phase;
use crate::diag::{Diagnostic, Diagnostics, Severity, codes};
use crate::eval::{self, Evaluator, Scope, ValueKind};
use crate::fit::{Names, Reading, Scenario, words};
use crate::objects::schema::Catalog;
use crate::resolve::{self, Program};
use crate::source::SourceMap;
use crate::syntax::ast::{self, BinaryOperator, EntryKind, Expectation, Expression, ExpressionKind, ItemKind};
use crate::world::World;

/// What became of all tests.
#[derive(Debug, Default)]
pub struct TestRun {
    pub sources: SourceMap,
    /// Faults of the sources themselves; with an error among them nothing was run.
    pub diagnostics: Diagnostics,
    /// In the order of the source.
    pub outcomes: Vec<Outcome>,
}

/// What became of one test.
#[derive(Debug)]
pub struct Outcome {
    pub name: String,
    /// None: the base.
    pub environment: Option<String>,
    /// How many expectations were looked at.
    pub expectations: usize,
    /// One for each that does not hold.
    pub failures: Vec<Diagnostic>,
}

/// Runs the `test` blocks of the main module. `given` patches hold for the expectations behind them.
#[must_use]
pub fn run_tests(world: &dyn World, options: &Options) -> TestRun {
    on_a_deep_stack(|| {
        let mut sources = SourceMap::default();
        let (loaded, mut diagnostics) = resolve::load(world, &mut sources);
        let inputs = inputs::read(&loaded, &options.inputs, &mut sources, &mut diagnostics);
        let mut outcomes = Vec::new();
        if !diagnostics.has_errors() {
            let (program, found) = Program::index(&loaded);
            diagnostics.extend(found);
            diagnostics.extend(resolve::check_names(&program, 0));
            let (catalog, found) = crate::objects::catalog(&program, world);
            diagnostics.extend(found);
            if !diagnostics.has_errors() {
                let runner = Runner {
                    program: &program,
                    sources: &sources,
                    world,
                    catalog: &catalog,
                    inputs: &inputs,
                    unpatched: RefCell::default(),
                };
                outcomes = runner.run(options.environment.as_deref());
            }
        }
        diagnostics.sort(&sources);
        TestRun { sources, diagnostics, outcomes }
    })
}

struct Runner<'a> {
    program: &'a Program<'a>,
    sources: &'a SourceMap,
    world: &'a dyn World,
    catalog: &'a Catalog,
    inputs: &'a [(String, Expression)],
    /// Environments as they are in the source, which run beside the one that is tested; with their faults, if they have any.
    unpatched: RefCell<BTreeMap<String, Neighbour>>,
}

/// An environment as it is in the source, and what keeps it from being looked at.
type Neighbour = Rc<(View, Vec<Diagnostic>)>;

/// A platform under some patches, with everything that was found about it.
struct Subject<'a> {
    evaluator: Evaluator<'a>,
    findings: Vec<Diagnostic>,
    broken: bool,
    /// States without the verdict that is demanded of them, each with its reason.
    unmet: Vec<String>,
    has_hardware: bool,
}

impl<'a> Runner<'a> {
    fn run(&self, only: Option<&str>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for (file, scope) in self.program.files.iter().enumerate().filter(|(_, scope)| scope.module == 0) {
            for item in &scope.tree.items {
                let ItemKind::Test(test) = &item.kind else { continue };
                let environment = test.environment.as_ref().map(|word| word.text.as_str());
                if only.is_none() || only == environment {
                    outcomes.push(self.test(file, test));
                }
            }
        }
        outcomes
    }

    fn test(&self, file: usize, test: &'a ast::TestItem) -> Outcome {
        let environment = test.environment.as_ref().and_then(|word| self.environment(&word.text));
        let mut given: Vec<(usize, &'a ast::Body)> = Vec::new();
        let mut subject: Option<Subject<'a>> = None;
        let name = test.name.text.clone();
        let mut outcome = Outcome {
            name,
            environment: test.environment.as_ref().map(|word| word.text.clone()),
            expectations: 0,
            failures: Vec::new(),
        };
        for entry in &test.body.entries {
            match &entry.kind {
                EntryKind::Given(patch) => {
                    given.push((file, &patch.body));
                    subject = None;
                }
                EntryKind::Expect(expectation) => {
                    let subject = subject.get_or_insert_with(|| self.subject(environment, &given));
                    outcome.expectations += 1;
                    outcome.failures.extend(judge(subject, file, entry, expectation));
                }
                _ => outcome.failures.push(
                    Diagnostic::error(codes::MISPLACED, entry.span, "a test holds `expect` and `given`")
                        .at("not expected here"),
                ),
            }
        }
        outcome
    }

    fn environments(&self) -> impl Iterator<Item = (usize, &'a ast::Environment)> {
        let files = self.program.files.iter().enumerate().filter(|(_, file)| file.module == 0);
        let items = files.flat_map(|(index, file)| file.tree.items.iter().map(move |item| (index, item)));
        items.filter_map(|(file, item)| match &item.kind {
            ItemKind::Environment(environment) => Some((file, environment)),
            _ => None,
        })
    }

    fn environment(&self, name: &str) -> Option<(usize, &'a ast::Environment)> {
        self.environments().find(|(_, environment)| environment.name.text == name)
    }

    fn subject(
        &self,
        environment: Option<(usize, &'a ast::Environment)>,
        given: &[(usize, &'a ast::Body)],
    ) -> Subject<'a> {
        let view = eval::View { environment, inputs: self.inputs, given };
        let (evaluator, view, found) = evaluate(self.program, self.sources, self.world, self.catalog, &view);
        let mut subject = Subject {
            evaluator,
            broken: breaks(&found),
            findings: found.into_iter().collect(),
            unmet: Vec::new(),
            has_hardware: view.model.hardware.is_some(),
        };
        // A `given` patches the environment that is tested; the others are beside it as they are in the source.
        let others = environment.map(|environment| self.beside(environment)).unwrap_or_default();
        for other in others.iter().filter(|other| !other.1.is_empty()) {
            subject.broken = true;
            subject.findings.extend(other.1.iter().cloned());
        }
        if !subject.broken {
            let scenarios = neighbours(&view, others.iter().map(|other| &other.0), &[]);
            let judged = judge_view(&view, &scenarios, self.sources);
            subject.findings.extend(judged.found);
            let names = Names::of(&Reading::of(Scenario { model: &view.model, objects: &view.objects }, &scenarios));
            let unmet = judged.proof.states.iter().filter(|state| !judged.proof.is_met(state));
            subject.unmet =
                unmet.map(|state| format!("{}: {}", words::title(state), words::why(state, &names))).collect();
        }
        subject
    }

    /// The environments that run on the same nodes at the same time, each evaluated once for all tests.
    fn beside(&self, own: (usize, &'a ast::Environment)) -> Vec<Neighbour> {
        let hardware = hardware_of(self.program, own.1);
        if is_exclusive(own.1) {
            return Vec::new();
        }
        let others = self.environments().filter(|(_, other)| {
            other.name.text != own.1.name.text && hardware_of(self.program, other) == hardware && !is_exclusive(other)
        });
        let evaluated = others.map(|(file, other)| {
            if let Some(known) = self.unpatched.borrow().get(&other.name.text) {
                return known.clone();
            }
            let view = eval::View { environment: Some((file, other)), inputs: self.inputs, given: &[] };
            let (_, view, found) = evaluate(self.program, self.sources, self.world, self.catalog, &view);
            let faults = if breaks(&found) { found.into_iter().collect() } else { Vec::new() };
            let made = Rc::new((view, faults));
            self.unpatched.borrow_mut().insert(other.name.text.clone(), made.clone());
            made
        });
        evaluated.collect()
    }
}

/// The fault of an expectation that does not hold.
fn judge<'a>(
    subject: &mut Subject<'a>,
    file: usize,
    entry: &'a ast::Entry,
    expectation: &'a Expectation,
) -> Option<Diagnostic> {
    let failed = |message: String| Diagnostic::error(codes::TEST_FAILED, entry.span, message).at("does not hold");
    match expectation {
        Expectation::Finding { name, subject: wanted } => {
            let wanted = wanted.as_ref().map(|word| word.text.replace('"', ""));
            let matches = |finding: &&Diagnostic| {
                finding.code.name() == name.text && (wanted.is_none() || finding.subject == wanted)
            };
            if subject.findings.iter().any(|finding| matches(&finding)) {
                return None;
            }
            let same = subject.findings.iter().filter(|finding| finding.code.name() == name.text);
            let others: Vec<String> = same.filter_map(|finding| finding.subject.clone()).collect();
            let about = wanted.map_or_else(String::new, |wanted| format!(" of `{wanted}`"));
            let diagnostic = failed(format!("there is no finding `{}`{about}", name.text));
            Some(if others.is_empty() {
                diagnostic
            } else {
                diagnostic.note(format!("it is found of {}", others.join(", ")))
            })
        }
        Expectation::Holds(_) if subject.broken => {
            let first = subject.findings.iter().find(|finding| finding.severity == Severity::Error)?;
            Some(failed("the platform does not evaluate".to_owned()).label(first.primary.span, first.message.clone()))
        }
        Expectation::Holds(expression) => match &expression.kind {
            ExpressionKind::Name(name) if name == "fits" => misfit(subject).map(|why| {
                let diagnostic = failed("it does not fit".to_owned());
                diagnostic.note(why)
            }),
            ExpressionKind::Binary { operator: BinaryOperator::Equal, left, right } if is_name(left, "spofs") => {
                let ExpressionKind::List(elements) = &right.kind else {
                    return Some(
                        failed("`spofs` is compared with a list".to_owned())
                            .help("write `expect spofs == [datacenter.host]`"),
                    );
                };
                let mut wanted: Vec<String> = elements.iter().map(eval::dotted).collect();
                let mut found: Vec<String> = subject
                    .findings
                    .iter()
                    .filter(|finding| finding.code == codes::SPOF)
                    .filter_map(|finding| finding.subject.clone())
                    .collect();
                wanted.sort();
                found.sort();
                (wanted != found).then(|| {
                    failed("these are not the single points of failure".to_owned())
                        .note(format!("there are: {}", found.join(", ")))
                })
            }
            _ => holds(subject, file, entry, expression),
        },
    }
}

fn holds<'a>(
    subject: &mut Subject<'a>,
    file: usize,
    entry: &ast::Entry,
    expression: &'a Expression,
) -> Option<Diagnostic> {
    let value = subject.evaluator.eval(&Scope::file(file), expression);
    let mut faults = subject.evaluator.take_diagnostics().into_iter();
    match value.kind {
        ValueKind::Bool(true) => None,
        ValueKind::Bool(false) => {
            Some(Diagnostic::error(codes::TEST_FAILED, entry.span, "an expectation does not hold").at("is false"))
        }
        _ => Some(faults.next().unwrap_or_else(|| {
            Diagnostic::error(codes::TEST_FAILED, entry.span, "an expectation is a Bool").at("is not one")
        })),
    }
}

fn is_name(expression: &Expression, wanted: &str) -> bool {
    matches!(&expression.kind, ExpressionKind::Name(name) if name == wanted)
}

/// Why it does not fit: errors of capacity that cannot be accepted, and states without the verdict that is demanded.
fn misfit(subject: &Subject<'_>) -> Option<String> {
    if !subject.has_hardware {
        return Some("there is no hardware to fit on".to_owned());
    }
    let misfits: Vec<String> =
        subject.findings.iter().filter(|finding| is_misfit(finding)).map(|finding| finding.message.clone()).collect();
    let misfits = if misfits.is_empty() { subject.unmet.clone() } else { misfits };
    (!misfits.is_empty()).then(|| misfits.join("\n"))
}

fn is_misfit(finding: &Diagnostic) -> bool {
    finding.severity == Severity::Error
        && finding.code.info().phase == Phase::Capacity
        && !finding.code.info().acceptable
}
