//! Bodies and their entries.

use std::ops::Range;

use pest::iterators::Pair;

use super::{Children, Declares, Lowering, only};
use crate::diag::{Diagnostic, codes};
use crate::syntax::ast::{
    AcceptStatement, Attribute, Body, EdgeStatement, EmitStatement, EmitVerb, Entry, EntryKind, Expectation,
    Expression, ExpressionKind, ForEntry, Function, Given, IfEntry, Key, KeyKind, LetItem, OutputEntry, Parameter,
    RequireStatement, Strength, Word,
};
use crate::syntax::grammar::Rule;
use crate::syntax::recover::Form;

impl Lowering<'_> {
    /// Lowers a `body`; what cannot be read leaves a diagnostic.
    pub(super) fn body(&self, pair: Pair<'_, Rule>) -> Body {
        let span = self.span(&pair);
        let entries = self.deeper(1, span, || self.entries(pair)).unwrap_or_default();
        Body { span, entries }
    }

    fn entries(&self, pair: Pair<'_, Rule>) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut broken = Vec::new();
        for child in Children::of(pair) {
            let range = self.extent(&child);
            if child.as_rule() == Rule::broken {
                broken.push(range);
                continue;
            }
            self.explain(&mut broken, Form::Entry);
            let span = self.range(range.clone());
            if child.as_rule() == Rule::parameter && self.declares.get() == Declares::Nowhere {
                self.report_colon(&child);
                continue;
            }
            let kind = match child.as_rule() {
                // Their bodies go on with the body around them.
                Rule::for_entry | Rule::if_entry => self.entry_kind(child, &range),
                _ => self.inside(|| self.entry_kind(child, &range)),
            };
            entries.push(Entry { docs: self.docs(&range), span, kind });
        }
        self.explain(&mut broken, Form::Entry);
        entries
    }

    fn entry_kind(&self, pair: Pair<'_, Rule>, range: &Range<usize>) -> EntryKind {
        match pair.as_rule() {
            Rule::attribute => EntryKind::Attribute(self.attribute(pair)),
            Rule::parameter => {
                let mut parameter = self.parameter(pair);
                parameter.docs = self.docs(range);
                EntryKind::Parameter(parameter)
            }
            Rule::let_entry => EntryKind::Let(self.let_item(pair)),
            Rule::fn_entry => EntryKind::Function(self.function(pair)),
            Rule::output_entry => EntryKind::Output(self.output(pair)),
            Rule::emit_entry => EntryKind::Emit(self.emit(pair)),
            Rule::without_entry => {
                let what = only(pair);
                match what.as_rule() {
                    Rule::emission => EntryKind::Emit(self.emission(EmitVerb::Without, what, None)),
                    _ => EntryKind::Without(self.word(&what)),
                }
            }
            Rule::edge_entry => EntryKind::Edge(self.edge(pair)),
            Rule::require_entry => {
                let mut parts = Children::of(pair);
                let condition = self.expression(parts.one(Rule::expression));
                let otherwise = parts.maybe(Rule::otherwise).map(|otherwise| self.expression(only(otherwise)));
                EntryKind::Require(RequireStatement { condition, otherwise })
            }
            Rule::accept_entry => EntryKind::Accept(self.accept(pair)),
            Rule::instance => EntryKind::Instance(self.instance(pair)),
            Rule::for_entry => EntryKind::For(self.for_entry(pair)),
            Rule::if_entry => EntryKind::If(self.if_entry(pair)),
            Rule::given_entry => EntryKind::Given(Given { body: self.body(only(pair)) }),
            // `expect_entry`.
            _ => EntryKind::Expect(self.expectation(only(pair))),
        }
    }

    /// `image: "x"` is the commonest slip of those who write YAML all day.
    fn report_colon(&self, parameter: &Pair<'_, Rule>) {
        let mut parts = parameter.clone().into_inner();
        let name = parts.find(|part| part.as_rule() == Rule::parameter_name).map_or("", |name| name.as_str());
        let Some(colon) = parts.find(|part| part.as_rule() == Rule::colon) else { return };
        let span = self.span(&colon);
        self.report(
            Diagnostic::error(codes::SYNTAX, span, format!("expected `=` after `{name}`"))
                .at("`:` gives a type, and only in a kind or an API")
                .help(format!("write `{name} = …`"))
                .fix(span, " ="),
        );
    }

    fn attribute(&self, pair: Pair<'_, Rule>) -> Attribute {
        let mut parts = Children::of(pair);
        let also = parts.maybe(Rule::also).is_some();
        let keys = Children::of(parts.one(Rule::path)).filter(|key| key.as_rule() != Rule::dot);
        let path = keys.map(|key| self.key(key)).collect();
        let value = parts.any();
        let value = match value.as_rule() {
            Rule::record => {
                Expression { span: self.span(&value), kind: ExpressionKind::Record(self.body(only(value))) }
            }
            _ => self.expression(value),
        };
        let origin = parts.maybe(Rule::origin).map(|origin| self.fixed_text(only(origin)));
        Attribute { also, path, value, origin }
    }

    fn key(&self, pair: Pair<'_, Rule>) -> Key {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::string => KeyKind::String(self.string_parts(pair)),
            _ => KeyKind::Name(pair.as_str().to_owned()),
        };
        Key { span, kind }
    }

    /// Lowers a `parameter`.
    pub(super) fn parameter(&self, pair: Pair<'_, Rule>) -> Parameter {
        let range = self.extent(&pair);
        let mut parts = Children::of(pair);
        let name = parts.one(Rule::parameter_name);
        let name = if name.as_str().starts_with('"') { self.fixed_text(name) } else { self.word(&name) };
        let ty = Some(self.type_expression(parts.one(Rule::type_expression)));
        let default = parts.maybe(Rule::default_value).map(|value| self.expression(only(value)));
        let (mut constraint, mut message) = (None, None);
        if let Some(clause) = parts.maybe(Rule::constraint) {
            let mut parts = Children::of(clause);
            constraint = Some(self.expression(parts.one(Rule::expression)));
            message = parts.maybe(Rule::string).map(|string| self.string(string));
        }
        Parameter { docs: self.docs(&range), name, ty, default, constraint, message }
    }

    /// Lowers a `let_entry`.
    pub(super) fn let_item(&self, pair: Pair<'_, Rule>) -> LetItem {
        let mut parts = Children::of(pair);
        let name = self.word(&parts.one(Rule::identifier));
        let ty = parts.maybe(Rule::type_annotation).map(|ty| self.type_expression(only(ty)));
        LetItem { name, ty, value: self.expression(parts.one(Rule::expression)) }
    }

    /// Lowers a `fn_entry`.
    pub(super) fn function(&self, pair: Pair<'_, Rule>) -> Function {
        let mut parts = Children::of(pair);
        let name = self.word(&parts.one(Rule::identifier));
        let parameters = Children::of(parts.one(Rule::fn_parameters)).map(|parameter| self.fn_parameter(parameter));
        let parameters = parameters.collect();
        let result = parts.maybe(Rule::type_annotation).map(|ty| self.type_expression(only(ty)));
        Function { name, parameters, result, body: self.expression(parts.one(Rule::expression)) }
    }

    fn fn_parameter(&self, pair: Pair<'_, Rule>) -> Parameter {
        let mut parts = Children::of(pair);
        let name = self.word(&parts.one(Rule::identifier));
        let ty = parts.maybe(Rule::type_annotation).map(|ty| self.type_expression(only(ty)));
        let default = parts.maybe(Rule::default_value).map(|value| self.expression(only(value)));
        Parameter { docs: None, name, ty, default, constraint: None, message: None }
    }

    fn output(&self, pair: Pair<'_, Rule>) -> OutputEntry {
        let mut parts = Children::of(pair);
        let name = self.word(&parts.one(Rule::identifier));
        let via = self.word_in(&mut parts, Rule::via);
        let ty = parts.maybe(Rule::type_annotation).map(|ty| self.type_expression(only(ty)));
        OutputEntry { name, via, ty, value: self.expression(parts.one(Rule::expression)) }
    }

    fn emit(&self, pair: Pair<'_, Rule>) -> EmitStatement {
        let mut parts = Children::of(pair);
        let verb = match parts.one(Rule::emit_verb).as_str() {
            "emit" => EmitVerb::Emit,
            "footprint" => EmitVerb::Footprint,
            _ => EmitVerb::Refine,
        };
        let emission = parts.one(Rule::emission);
        let body = self.body(parts.one(Rule::body));
        self.emission(verb, emission, Some(body))
    }

    fn emission(&self, verb: EmitVerb, pair: Pair<'_, Rule>, body: Option<Body>) -> EmitStatement {
        let mut parts = Children::of(pair);
        let version = self.fixed_text(parts.one(Rule::fixed_text));
        let kind = self.word(&parts.one(Rule::identifier));
        let label = parts.maybe(Rule::emit_label).map(|label| self.name_or_text(only(label)));
        EmitStatement { verb, version, kind, label, body }
    }

    fn edge(&self, pair: Pair<'_, Rule>) -> EdgeStatement {
        let mut parts = Children::of(pair);
        let strength = match parts.one(Rule::edge_verb).as_str() {
            "needs" => Strength::Needs,
            "wants" => Strength::Wants,
            _ => Strength::Reaches,
        };
        let mut targets = vec![self.postfix(parts.one(Rule::postfix))];
        let mut quorum = None;
        if let Some(pool) = parts.maybe(Rule::edge_pool) {
            quorum = targets.pop();
            targets.push(self.postfix(only(pool)));
        }
        while let Some(target) = parts.maybe(Rule::postfix) {
            targets.push(self.postfix(target));
        }
        let attributes = parts.maybe(Rule::body).map(|body| self.body(body));
        EdgeStatement { strength, quorum, targets, attributes }
    }

    /// Lowers an `accept_entry`.
    pub(super) fn accept(&self, pair: Pair<'_, Rule>) -> AcceptStatement {
        let span = self.span(&pair);
        let mut parts = Children::of(pair);
        let finding = self.word(&parts.one(Rule::identifier));
        let subject = self.word_in(&mut parts, Rule::of_subject);
        let environment = self.word_in(&mut parts, Rule::in_environment);
        let reason = self.string(parts.one(Rule::string));
        let until = self.word_in(&mut parts, Rule::until);
        AcceptStatement { span, finding, subject, environment, reason, until }
    }

    /// Lowers a `for_entry`.
    pub(super) fn for_entry(&self, pair: Pair<'_, Rule>) -> ForEntry {
        let mut parts = Children::of(pair);
        let names = self.for_names(parts.one(Rule::for_names));
        let iterable = self.expression(parts.one(Rule::expression));
        let condition = parts.maybe(Rule::condition).map(|condition| self.expression(only(condition)));
        ForEntry { names, iterable, condition, body: self.body(parts.one(Rule::body)) }
    }

    /// Lowers `for_names`.
    pub(super) fn for_names(&self, pair: Pair<'_, Rule>) -> Vec<Word> {
        Children::of(pair).map(|name| self.word(&name)).collect()
    }

    /// Lowers an `if_entry`.
    pub(super) fn if_entry(&self, pair: Pair<'_, Rule>) -> IfEntry {
        let mut parts = Children::of(pair);
        let condition = self.expression(parts.one(Rule::expression));
        let then = self.body(parts.one(Rule::body));
        let otherwise = parts.maybe(Rule::else_part).map(|part| self.else_part(only(part)));
        IfEntry { condition, then, otherwise: otherwise.flatten() }
    }

    /// `else if` is a body that holds one `if`.
    fn else_part(&self, pair: Pair<'_, Rule>) -> Option<Body> {
        if pair.as_rule() == Rule::body {
            return Some(self.body(pair));
        }
        let span = self.span(&pair);
        let kind = self.deeper(1, span, || EntryKind::If(self.if_entry(pair)))?;
        Some(Body { span, entries: vec![Entry { docs: None, span, kind }] })
    }

    fn expectation(&self, pair: Pair<'_, Rule>) -> Expectation {
        if pair.as_rule() != Rule::expect_finding {
            return Expectation::Holds(self.expression(pair));
        }
        let mut parts = Children::of(pair);
        let name = self.word(&parts.one(Rule::identifier));
        Expectation::Finding { name, subject: self.word_in(&mut parts, Rule::of_subject) }
    }

    /// The `///` lines directly above `range`, or else what follows `///` behind it on its last line.
    pub(super) fn docs(&self, range: &Range<usize>) -> Option<String> {
        let (before, behind) = (&self.text()[..range.start], &self.text()[range.end..]);
        let mut above: Vec<&str> = Vec::new();
        // What stands before the entry on its own line is indentation, or else the documentation above is not its own.
        let (lines, indentation) = before.rsplit_once('\n').unwrap_or(("", before));
        if indentation.trim().is_empty() {
            above.extend(lines.rsplit('\n').map_while(|line| line.trim().strip_prefix("///")));
            above.reverse();
        }
        if above.is_empty() {
            let line = behind.split('\n').next().unwrap_or("");
            above.extend(line.trim_start_matches([' ', '\t', '\r', ',']).strip_prefix("///"));
        }
        let lines: Vec<&str> = above.iter().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}
