//! The state of an evaluation and the scopes that expressions see.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::declare::InstanceState;
use super::model::InstanceId;
use super::value::Value;
use crate::diag::{Diagnostic, Diagnostics, Severity, codes};
use crate::resolve::{Guard, Located, Program};
use crate::source::{SourceMap, Span};
use crate::syntax::ast;
use crate::types::KindId;
use crate::world::World;

/// How far evaluation has come. Names of a later phase are errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The set of instances is being fixed: inputs and lets only.
    Declare,
    /// Parameters and outputs are forced.
    Parameters,
    /// `components` is readable, edges are drawn.
    Edges,
    /// `inbound`, `outbound` and `wave` are readable.
    Emission,
}

/// The evaluation of one environment.
pub struct Evaluator<'a> {
    pub program: &'a Program<'a>,
    pub sources: &'a SourceMap,
    pub(super) world: &'a dyn World,
    /// None for the base.
    pub environment: Option<&'a ast::Environment>,
    /// Lets and inputs of the main module that the environment or the command line sets.
    pub(super) overrides: HashMap<&'a str, Override<'a>>,
    /// Hardware that a `given` re-opens, with the files that do.
    pub(super) hardware_patches: Vec<(usize, &'a ast::Instance)>,
    /// Hardware that expressions have read; none while it is being read.
    pub(super) hardware_read: HashMap<String, Option<Value>>,
    pub(super) instances: Vec<InstanceState<'a>>,
    pub(super) by_name: HashMap<Rc<str>, InstanceId>,
    pub(super) kind_layers: Vec<Rc<super::declare::LayerData<'a>>>,
    pub(super) globals: HashMap<(usize, &'a str), Slot>,
    /// What is being computed, for the message of a circle.
    pub(super) stack: Vec<(String, Span)>,
    /// How many expressions are being evaluated inside each other.
    pub(super) depth: usize,
    /// The functions that are being called: none may appear twice.
    pub(super) calls: Vec<*const ast::Function>,
    pub(super) flows: HashMap<InstanceId, super::flows::Flows>,
    /// What the environment writes for `fit`, with its file.
    pub(super) fit: Option<(usize, &'a ast::Expression)>,
    pub phase: Phase,
    pub diagnostics: Diagnostics,
    /// How many faults there were that leave a hole where a value should be, each as often as somebody came upon it.
    pub(super) faults: usize,
    /// The instances in which somebody came upon one: what they emit is not what the author wants.
    pub faulty: BTreeSet<InstanceId>,
    /// The instances that something is being worked out for, the innermost last.
    pub(super) at: Vec<InstanceId>,
    /// The instances with a fault that is in no library.
    pub(super) at_fault: BTreeSet<InstanceId>,
    /// Whether a fault keeps something from being declared at all.
    pub is_torn: bool,
    /// Whether the hardware that is asked for has a fault.
    pub has_faulty_hardware: bool,
    /// Whether an instance emits something that a fault keeps from being known at all.
    pub has_missing_objects: bool,
}

/// A value that replaces a let or an input.
#[derive(Clone, Copy)]
pub(super) struct Override<'a> {
    pub(super) file: usize,
    pub(super) value: &'a ast::Expression,
}

/// The state of a value that is computed at most once.
#[derive(Debug, Clone)]
pub(super) enum Slot {
    Running,
    Done(Value),
}

/// Evaluations that nest deeper than this are refused, long before the stack of [`crate::compile`] ends.
const DEEPEST: usize = 4000;
/// The same for expressions, which nest within values and through calls: at most some 8 KiB of the stack each without
/// optimisation.
const DEEPEST_EXPRESSION: usize = 50_000;

/// What an expression sees. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    pub file: usize,
    /// The instance whose body this is.
    pub instance: Option<InstanceId>,
    /// The kind whose body this is: its members are in scope bare.
    pub kind: Option<KindId>,
    pub locals: Locals<'a>,
}

/// Names bound by `for`, comprehensions, functions and `it`; the innermost first.
pub(super) type Locals<'a> = Option<Rc<Local<'a>>>;

/// One bound name.
#[derive(Debug)]
pub struct Local<'a> {
    pub name: &'a str,
    pub value: Value,
    pub next: Locals<'a>,
}

impl<'a> Scope<'a> {
    /// The top level of a file.
    #[must_use]
    pub fn file(file: usize) -> Self {
        Self { file, instance: None, kind: None, locals: None }
    }

    /// The same scope with one more name.
    #[must_use]
    pub fn bind(&self, name: &'a str, value: Value) -> Self {
        let locals = Some(Rc::new(Local { name, value, next: self.locals.clone() }));
        Self { locals, ..self.clone() }
    }

    pub(super) fn local(&self, name: &str) -> Option<&Value> {
        let mut current = self.locals.as_deref();
        while let Some(local) = current {
            if local.name == name {
                return Some(&local.value);
            }
            current = local.next.as_deref();
        }
        None
    }
}

impl<'a> Evaluator<'a> {
    /// Reports a fault and hands out the poison that stands for its result.
    pub(super) fn fault(&mut self, diagnostic: Diagnostic) -> Value {
        let span = diagnostic.primary.span;
        self.report(diagnostic);
        Value::poison(span)
    }

    /// Reports a fault. One that lies in the library is about the instance that it is found in: the author can change nothing else.
    pub fn report(&mut self, mut diagnostic: Diagnostic) {
        self.faults += usize::from(diagnostic.leaves_a_hole());
        if let (Some(id), Severity::Error) = (self.at.last(), diagnostic.severity) {
            if !self.sources.is_library(diagnostic.primary.span) {
                self.at_fault.insert(*id);
            } else if diagnostic.subject.is_none() {
                diagnostic.subject = Some(self.instances[id.0 as usize].name.to_string());
            }
        }
        self.diagnostics.push(diagnostic);
    }

    /// Whether a fault of an instance is one of its source, and not only one that shows in the library.
    pub fn is_at_fault(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|id| self.at_fault.contains(id))
    }

    /// Notes that somebody came upon a fault that was reported before.
    pub fn stumble(&mut self) {
        self.faults += 1;
    }

    /// Does some work for an instance, which is faulty if the work comes upon a fault.
    pub fn for_instance<T>(&mut self, id: InstanceId, work: impl FnOnce(&mut Self) -> T) -> T {
        self.at.push(id);
        let (done, is_sound) = self.watched(work);
        self.at.pop();
        if !is_sound {
            self.faulty.insert(id);
        }
        done
    }

    /// Does some work, and says whether it came upon no fault.
    pub(super) fn watched<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let before = self.faults;
        let done = work(self);
        (done, self.faults == before)
    }

    /// Computes a value under a name, so that a circle can be told by its names.
    pub(super) fn within(&mut self, name: String, span: Span, compute: impl FnOnce(&mut Self) -> Value) -> Value {
        if self.stack.len() >= DEEPEST {
            return self.fault(
                Diagnostic::error(codes::TOO_DEEP, span, "values depend on each other too deeply")
                    .help(format!("at most {DEEPEST} values may wait for each other; shorten the chain")),
            );
        }
        self.stack.push((name, span));
        let value = compute(self);
        self.stack.pop();
        value
    }

    /// Counts one more expression inside the others while it is computed.
    pub(super) fn nested(&mut self, span: Span, compute: impl FnOnce(&mut Self) -> Value) -> Value {
        if self.depth >= DEEPEST_EXPRESSION {
            return self.fault(
                Diagnostic::error(codes::TOO_DEEP, span, "expressions depend on each other too deeply")
                    .help(format!("at most {DEEPEST_EXPRESSION} may wait for each other; shorten the chain")),
            );
        }
        self.depth += 1;
        let value = compute(self);
        self.depth -= 1;
        value
    }

    /// The circle that has just closed at `name`.
    pub(super) fn circle(&mut self, name: &str, span: Span) -> Value {
        let start = self.stack.iter().rposition(|(running, _)| running == name).unwrap_or(0);
        let links: Vec<(String, Span)> = self.stack[start..].to_vec();
        let mut names: Vec<&str> = links.iter().map(|(name, _)| name.as_str()).collect();
        names.push(name);
        let mut diagnostic = Diagnostic::error(codes::VALUE_CYCLE, span, format!("`{name}` is computed from itself"))
            .at("closes the circle")
            .note(names.join(" → "))
            .help("give one of them a value that does not read the others");
        for (link, place) in links.iter().skip(1).take(4) {
            if *place != span {
                diagnostic = diagnostic.label(*place, format!("`{link}` is read here"));
            }
        }
        self.fault(diagnostic)
    }

    /// The scopes in which an entry counts: none when a condition around it is false, several inside a `for`.
    pub fn scopes_of(&mut self, scope: &Scope<'a>, guards: &[Guard<'a>]) -> Vec<Scope<'a>> {
        let mut scopes = vec![scope.clone()];
        for guard in guards {
            let mut inner = Vec::new();
            for scope in scopes {
                match guard {
                    Guard::If(condition, wanted) => {
                        if self.condition(&scope, condition) == Some(*wanted) {
                            inner.push(scope);
                        }
                    }
                    Guard::For(each) => {
                        inner.extend(self.iterate(&scope, &each.names, &each.iterable, each.condition.as_ref()));
                    }
                }
            }
            scopes = inner;
        }
        scopes
    }

    /// [`Self::scopes_of`] without the work where nothing stands around the entry.
    pub fn scopes_of_entry(&mut self, scope: &Scope<'a>, located: &Located<'a>) -> Vec<Scope<'a>> {
        if located.guards.is_empty() { vec![scope.clone()] } else { self.scopes_of(scope, &located.guards) }
    }
}
