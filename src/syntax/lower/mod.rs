//! From pest's pairs to the syntax tree.
//!
//! The shape of every pair is a promise of the grammar. The two methods of [`Children`] that rely on it are the only
//! places of the front end that may panic, and only when the grammar and this module disagree.

mod body;
mod expression;
mod item;
mod string;
mod types;

use std::cell::{Cell, RefCell};
use std::iter::Peekable;
use std::ops::Range;

use pest::iterators::{Pair, Pairs};

use super::MAX_DEPTH;
use super::ast::{Body, Expression, File, Word};
use super::grammar::{Rule, is_punctuation};
use super::repair::Repaired;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::source::{SourceId, Span};

/// What all lowering functions share. Interior mutability, because the Pratt parser holds several closures over it.
pub(super) struct Lowering<'t> {
    source: SourceId,
    repaired: &'t Repaired<'t>,
    diagnostics: RefCell<Diagnostics>,
    /// What could not be read.
    broken: RefCell<Vec<Span>>,
    /// Where the text that is being lowered begins in the repaired text.
    base: Cell<usize>,
    depth: Cell<usize>,
    limit: usize,
    too_deep: Cell<bool>,
    declares: Cell<Declares>,
}

impl<'t> Lowering<'t> {
    /// `limit` is the deepest tree that it makes.
    pub(super) fn new(source: SourceId, repaired: &'t Repaired<'t>, limit: usize) -> Self {
        Self {
            source,
            repaired,
            diagnostics: RefCell::new(Diagnostics::default()),
            broken: RefCell::default(),
            base: Cell::new(0),
            depth: Cell::new(0),
            limit,
            too_deep: Cell::new(false),
            declares: Cell::new(Declares::Nowhere),
        }
    }

    /// Lowers a `file` pair.
    pub(super) fn file(&self, pair: Pair<'_, Rule>) -> File {
        let items = self.items(pair);
        File { source: self.source, items, broken: self.broken.take() }
    }

    /// Lowers an `only_expression` pair.
    pub(super) fn only_expression(&self, pair: Pair<'_, Rule>) -> Expression {
        self.expression(Children::of(pair).one(Rule::expression))
    }

    /// Lowers an `only_body` pair whose text begins at `base`, for its diagnostics alone.
    pub(super) fn only_body(&self, pair: Pair<'_, Rule>, base: usize) {
        let (before, declares) = (self.base.replace(base), self.declares.replace(Declares::Everywhere));
        self.body(Children::of(pair).one(Rule::body));
        self.base.set(before);
        self.declares.set(declares);
    }

    /// What was found on the way, and whether something was too deep.
    pub(super) fn finish(self) -> (Diagnostics, bool) {
        (self.diagnostics.into_inner(), self.too_deep.get())
    }

    pub(super) fn text(&self) -> &str {
        &self.repaired.text
    }

    pub(super) fn repaired(&self) -> &Repaired<'t> {
        self.repaired
    }

    pub(super) fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// Notes that a text could not be read.
    pub(super) fn skip(&self, range: Range<usize>) {
        self.broken.borrow_mut().push(self.range(range));
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        self.range(self.extent(pair))
    }

    pub(super) fn range(&self, range: Range<usize>) -> Span {
        self.repaired.span(self.source, range)
    }

    fn word(&self, pair: &Pair<'_, Rule>) -> Word {
        Word { text: pair.as_str().to_owned(), span: self.span(pair) }
    }

    /// The bytes of a pair. Pest lets a rule that ends in an optional part swallow the blanks and comments before that
    /// part even when it is absent; the last token of the pair tells where it really ends.
    fn extent(&self, pair: &Pair<'_, Rule>) -> Range<usize> {
        let mut last = pair.clone();
        // Strings and numbers are tokens although they have parts.
        while !matches!(last.as_rule(), Rule::string | Rule::number) {
            match last.clone().into_inner().next_back() {
                Some(child) => last = child,
                None => break,
            }
        }
        let base = self.base.get();
        base + pair.as_span().start()..base + last.as_span().end()
    }

    /// Runs `lower` `weight` levels deeper, or reports once that the text is too deep and returns nothing. The bracket
    /// scan bounds brackets only; this bounds what needs none: `not not …`, `a + b + …`, `if … else if …`.
    fn deeper<T>(&self, weight: usize, span: Span, lower: impl FnOnce() -> T) -> Option<T> {
        let before = self.depth.get();
        if before + weight > self.limit {
            self.report_too_deep(span);
            return None;
        }
        self.depth.set(before + weight);
        let lowered = lower();
        self.depth.set(before);
        Some(lowered)
    }

    /// Reports once that the text is too deep.
    pub(super) fn report_too_deep(&self, span: Span) {
        if !self.too_deep.replace(true) {
            self.report(too_deep(span));
        }
    }

    /// Whether `name : Type` declares something in the body that is being lowered.
    pub(super) fn declares(&self) -> bool {
        self.declares.get() != Declares::Nowhere
    }

    /// Lowers a body in which `name : Type` declares a parameter.
    fn declaring(&self, declares: Declares, body: Pair<'_, Rule>) -> Body {
        let before = self.declares.replace(declares);
        let lowered = self.body(body);
        self.declares.set(before);
        lowered
    }

    /// Runs `lower` inside a body that holds values, unless it belongs to an API, which holds types at every level.
    fn inside<T>(&self, lower: impl FnOnce() -> T) -> T {
        let before = self.declares.get();
        if before == Declares::Here {
            self.declares.set(Declares::Nowhere);
        }
        let lowered = lower();
        self.declares.set(before);
        lowered
    }
}

/// Where `name : Type` means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Declares {
    /// In an instance or a record, where the author wanted to give a value.
    Nowhere,
    /// In the body of a kind, but not in the bodies inside it.
    Here,
    /// In an API.
    Everywhere,
}

/// The message for everything that is nested beyond [`MAX_DEPTH`].
pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(codes::TOO_DEEP, span, format!("the text is nested more than {MAX_DEPTH} levels deep"))
        .at("this is too deep")
        .help("give inner parts a name with `let`")
}

/// Whether a pair is a child; a function pointer, so that the type of the children can be written down.
type IsChild<'i> = fn(&Pair<'i, Rule>) -> bool;

/// The children of a pair without punctuation, to be taken in the order of the grammar.
struct Children<'i> {
    pairs: Peekable<std::iter::Filter<Pairs<'i, Rule>, IsChild<'i>>>,
}

impl<'i> Children<'i> {
    fn of(pair: Pair<'i, Rule>) -> Self {
        let keep: IsChild<'i> = |pair| !is_punctuation(pair.as_rule());
        Self { pairs: pair.into_inner().filter(keep).peekable() }
    }

    /// The next child if it is of this rule.
    fn maybe(&mut self, rule: Rule) -> Option<Pair<'i, Rule>> {
        self.pairs.next_if(|pair| pair.as_rule() == rule)
    }

    /// The next child, which the grammar promises to be of this rule.
    fn one(&mut self, rule: Rule) -> Pair<'i, Rule> {
        self.maybe(rule).unwrap_or_else(|| panic!("the grammar promises {rule:?}, not {:?}", self.pairs.peek()))
    }

    /// The next child, which the grammar promises to exist.
    fn any(&mut self) -> Pair<'i, Rule> {
        self.pairs.next().expect("the grammar promises a child here")
    }
}

impl<'i> Iterator for Children<'i> {
    type Item = Pair<'i, Rule>;

    fn next(&mut self) -> Option<Self::Item> {
        self.pairs.next()
    }
}

/// The only child of a pair, punctuation aside.
fn only(pair: Pair<'_, Rule>) -> Pair<'_, Rule> {
    Children::of(pair).any()
}
