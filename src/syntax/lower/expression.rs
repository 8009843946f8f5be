//! Expressions.

use std::sync::LazyLock;

use pest::iterators::Pair;
use pest::pratt_parser::{Assoc, Op, PrattParser};

use super::{Children, Lowering, only};
use crate::source::Span;
use crate::syntax::ast::{
    Argument, BinaryOperator, Expression, ExpressionKind, Literal, MatchArm, NumberLiteral, UnaryOperator, Word,
};
use crate::syntax::grammar::Rule;

/// The operators, loosest first, as `docs/language.md` lists them.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::coalesce))
        .op(left(Rule::kw_or))
        .op(left(Rule::kw_and))
        .op(Op::prefix(Rule::kw_not))
        .op(left(Rule::equal)
            | left(Rule::not_equal)
            | left(Rule::less)
            | left(Rule::less_or_equal)
            | left(Rule::greater)
            | left(Rule::greater_or_equal)
            | left(Rule::kw_in)
            | Op::postfix(Rule::is_suffix))
        .op(left(Rule::kw_of))
        .op(left(Rule::range) | Op::postfix(Rule::open_range))
        .op(left(Rule::add) | left(Rule::subtract))
        .op(left(Rule::multiply) | left(Rule::divide))
        .op(Op::prefix(Rule::negate))
        .op(Op::postfix(Rule::with_suffix))
});

impl Lowering<'_> {
    /// Lowers an `expression`.
    pub(super) fn expression(&self, pair: Pair<'_, Rule>) -> Expression {
        let span = self.span(&pair);
        // The expression itself and each of its operators may make the tree one level deeper.
        let weight = 1 + pair.clone().into_inner().filter(|part| part.as_rule() != Rule::postfix).count();
        self.deeper(weight, span, || self.operators(pair)).unwrap_or(placeholder(span))
    }

    fn operators(&self, pair: Pair<'_, Rule>) -> Expression {
        PRECEDENCE
            .map_primary(|operand| self.postfix(operand))
            .map_prefix(|operator, operand| {
                let span = self.span(&operator).to(operand.span);
                let operator =
                    if operator.as_rule() == Rule::kw_not { UnaryOperator::Not } else { UnaryOperator::Negate };
                Expression { span, kind: ExpressionKind::Unary { operator, operand: Box::new(operand) } }
            })
            .map_postfix(|operand, suffix| self.suffix(operand, suffix))
            .map_infix(|left, operator, right| {
                let span = left.span.to(right.span);
                let (left, right) = (Box::new(left), Box::new(right));
                let kind = match binary_operator(operator.as_rule()) {
                    Some(operator) => ExpressionKind::Binary { operator, left, right },
                    None => ExpressionKind::Range { low: left, high: Some(right) },
                };
                Expression { span, kind }
            })
            .parse(pair.into_inner())
    }

    fn suffix(&self, operand: Expression, suffix: Pair<'_, Rule>) -> Expression {
        let span = operand.span.to(self.span(&suffix));
        let operand = Box::new(operand);
        let kind = match suffix.as_rule() {
            Rule::with_suffix => ExpressionKind::With { base: operand, patch: self.body(only(suffix)) },
            Rule::is_suffix => ExpressionKind::Is { operand, ty: self.type_expression(only(suffix)) },
            _ => ExpressionKind::Range { low: operand, high: None },
        };
        Expression { span, kind }
    }

    /// Lowers a `postfix`: an operand with its fields.
    pub(super) fn postfix(&self, pair: Pair<'_, Rule>) -> Expression {
        let span = self.span(&pair);
        let weight = pair.clone().into_inner().count().saturating_sub(1);
        self.deeper(weight, span, || self.fields(pair)).unwrap_or(placeholder(span))
    }

    fn fields(&self, pair: Pair<'_, Rule>) -> Expression {
        let mut children = pair.into_inner().peekable();
        let Some(first) = children.next() else { return placeholder(Span::NONE) };
        let primary = match children.next_if(|next| next.as_rule() == Rule::arguments) {
            Some(arguments) => self.call(&first, arguments),
            None => self.primary(first),
        };
        children.fold(primary, |base, access| {
            let mut parts = Children::of(access);
            let optional = parts.any().as_rule() == Rule::optional_dot;
            let name = self.name_or_text(parts.any());
            let span = base.span.to(name.span);
            Expression { span, kind: ExpressionKind::Field { base: Box::new(base), name, optional } }
        })
    }

    fn primary(&self, pair: Pair<'_, Rule>) -> Expression {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::kw_true => ExpressionKind::Literal(Literal::Bool(true)),
            Rule::kw_false => ExpressionKind::Literal(Literal::Bool(false)),
            Rule::kw_none => ExpressionKind::Literal(Literal::None),
            Rule::date => ExpressionKind::Literal(Literal::Date(pair.as_str().to_owned())),
            Rule::number => ExpressionKind::Literal(Literal::Number(self.number(pair))),
            Rule::string => ExpressionKind::String(self.string_parts(pair)),
            Rule::record => ExpressionKind::Record(self.body(only(pair))),
            Rule::name => ExpressionKind::Name(pair.as_str().to_owned()),
            Rule::list => self.list(pair),
            Rule::if_expression => {
                let mut parts = Children::of(pair);
                let mut part = || Box::new(self.expression(parts.one(Rule::expression)));
                let (condition, then, otherwise) = (part(), part(), part());
                ExpressionKind::If { condition, then, otherwise }
            }
            Rule::match_expression => {
                let mut parts = Children::of(pair);
                let subject = Box::new(self.expression(parts.one(Rule::expression)));
                ExpressionKind::Match { subject, arms: parts.map(|arm| self.match_arm(arm)).collect() }
            }
            // A group is its content; the span includes the parentheses, so that spans of operators nest.
            _ => self.expression(only(pair)).kind,
        };
        Expression { span, kind }
    }

    fn number(&self, pair: Pair<'_, Rule>) -> NumberLiteral {
        let mut number = NumberLiteral { currency: None, digits: String::new(), suffix: None, per: None };
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::currency_sign | Rule::currency_code => number.currency = Some(part.as_str().to_owned()),
                Rule::digits => number.digits = part.as_str().replace('_', ""),
                Rule::number_suffix => number.suffix = Some(self.word(&part)),
                _ => number.per = Some(self.word(&only(part))),
            }
        }
        number
    }

    fn list(&self, pair: Pair<'_, Rule>) -> ExpressionKind {
        let mut elements = Vec::new();
        for child in Children::of(pair) {
            if child.as_rule() != Rule::comprehension {
                elements.push(self.expression(child));
                continue;
            }
            let mut parts = Children::of(child);
            let names = self.for_names(parts.one(Rule::for_names));
            let iterable = Box::new(self.expression(parts.one(Rule::expression)));
            let condition = parts.maybe(Rule::condition).map(|condition| Box::new(self.expression(only(condition))));
            if let Some(element) = elements.pop().map(Box::new) {
                return ExpressionKind::Comprehension { element, names, iterable, condition };
            }
        }
        ExpressionKind::List(elements)
    }

    fn call(&self, name: &Pair<'_, Rule>, arguments: Pair<'_, Rule>) -> Expression {
        let function = self.word(name);
        let span = function.span.to(self.span(&arguments));
        let argument = |argument| {
            let mut parts = Children::of(argument);
            let name = parts.maybe(Rule::argument_name).map(|name| self.word(&only(name)));
            Argument { name, value: self.expression(parts.one(Rule::expression)) }
        };
        let arguments = Children::of(arguments).map(argument).collect();
        Expression { span, kind: ExpressionKind::Call { function, arguments } }
    }

    fn match_arm(&self, pair: Pair<'_, Rule>) -> MatchArm {
        let mut parts = Children::of(pair);
        let mut patterns = if parts.maybe(Rule::wildcard).is_some() { None } else { Some(Vec::new()) };
        while let (Some(patterns), Some(pattern)) = (&mut patterns, parts.maybe(Rule::expression)) {
            patterns.push(self.expression(pattern));
        }
        MatchArm { patterns, value: self.expression(only(parts.one(Rule::arm_value))) }
    }

    /// Lowers an `identifier` or a `fixed_text`.
    pub(super) fn name_or_text(&self, pair: Pair<'_, Rule>) -> Word {
        if pair.as_rule() == Rule::identifier { self.word(&pair) } else { self.fixed_text(pair) }
    }
}

/// Stands where the text was too deep to be read; a diagnostic says so.
fn placeholder(span: Span) -> Expression {
    Expression { span, kind: ExpressionKind::Literal(Literal::None) }
}

/// None: `..`, which makes a range.
fn binary_operator(rule: Rule) -> Option<BinaryOperator> {
    Some(match rule {
        Rule::coalesce => BinaryOperator::Coalesce,
        Rule::kw_or => BinaryOperator::Or,
        Rule::kw_and => BinaryOperator::And,
        Rule::equal => BinaryOperator::Equal,
        Rule::not_equal => BinaryOperator::NotEqual,
        Rule::less => BinaryOperator::Less,
        Rule::less_or_equal => BinaryOperator::LessOrEqual,
        Rule::greater => BinaryOperator::Greater,
        Rule::greater_or_equal => BinaryOperator::GreaterOrEqual,
        Rule::kw_in => BinaryOperator::In,
        Rule::kw_of => BinaryOperator::Of,
        Rule::add => BinaryOperator::Add,
        Rule::subtract => BinaryOperator::Subtract,
        Rule::multiply => BinaryOperator::Multiply,
        Rule::divide => BinaryOperator::Divide,
        _ => return None,
    })
}
