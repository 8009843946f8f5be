//! `vaubanc test`: what the author says must stay true.

use super::view::{breaks, evaluate};
use super::{Options, inputs, on_a_deep_stack};
use crate::analysis::{self, Scenario};
use crate::diag::{Diagnostic, Diagnostics, Severity, codes};
use crate::eval::{self, Evaluator, Scope, ValueKind};
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
                let runner = Runner { program: &program, sources: &sources, world, catalog: &catalog, inputs: &inputs };
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
}

/// A platform under some patches, with everything that was found about it.
struct Subject<'a> {
    evaluator: Evaluator<'a>,
    findings: Vec<Diagnostic>,
    broken: bool,
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

    fn environment(&self, name: &str) -> Option<(usize, &'a ast::Environment)> {
        let files = self.program.files.iter().enumerate().filter(|(_, file)| file.module == 0);
        let mut items = files.flat_map(|(index, file)| file.tree.items.iter().map(move |item| (index, item)));
        items.find_map(|(file, item)| match &item.kind {
            ItemKind::Environment(environment) if environment.name.text == name => Some((file, environment)),
            _ => None,
        })
    }

    fn subject(
        &self,
        environment: Option<(usize, &'a ast::Environment)>,
        given: &[(usize, &'a ast::Body)],
    ) -> Subject<'a> {
        let view = eval::View { environment, inputs: self.inputs, given };
        let (evaluator, view, found) = evaluate(self.program, self.sources, self.world, self.catalog, &view);
        let broken = breaks(&found);
        let mut findings: Vec<Diagnostic> = found.into_iter().collect();
        if !broken {
            let scenario = Scenario { model: &view.model, objects: &view.objects };
            let analysis = analysis::analyse(&scenario, &[]);
            findings.extend(analysis::diagnose(&analysis, &view.model, self.sources));
        }
        Subject { evaluator, findings, broken }
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
            ExpressionKind::Name(name) if name == "fits" => {
                let misfits: Vec<String> = subject
                    .findings
                    .iter()
                    .filter(|finding| is_misfit(finding))
                    .map(|finding| finding.message.clone())
                    .collect();
                (!misfits.is_empty()).then(|| failed("it does not fit".to_owned()).note(misfits.join("\n")))
            }
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

/// Errors of capacity that cannot be accepted are what "does not fit" means.
fn is_misfit(finding: &Diagnostic) -> bool {
    finding.severity == Severity::Error && finding.code.number().starts_with("V04") && !finding.code.info().acceptable
}
