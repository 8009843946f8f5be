//! Types.

use pest::iterators::Pair;

use super::{Children, Lowering};
use crate::syntax::ast::{TypeExpression, TypeKind};
use crate::syntax::grammar::Rule;

impl Lowering<'_> {
    /// Lowers a `type_expression`, an `is_type` or a `named_type`.
    pub(super) fn type_expression(&self, pair: Pair<'_, Rule>) -> TypeExpression {
        let span = self.span(&pair);
        let nothing =
            || TypeExpression { span, kind: TypeKind::Named { name: "Any".to_owned(), arguments: Vec::new() } };
        self.deeper(1, span, || self.type_unguarded(pair)).unwrap_or_else(nothing)
    }

    fn type_unguarded(&self, pair: Pair<'_, Rule>) -> TypeExpression {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::named_type => {
                let mut children = Children::of(pair);
                let name = children.one(Rule::identifier).as_str().to_owned();
                let arguments = children.map(|argument| self.type_expression(argument)).collect();
                TypeExpression { span, kind: TypeKind::Named { name, arguments } }
            }
            Rule::choice_type => {
                let choices = Children::of(pair).map(|choice| self.fixed_text(choice)).collect();
                TypeExpression { span, kind: TypeKind::Choice(choices) }
            }
            Rule::record_type => {
                let fields = Children::of(pair).map(|field| self.parameter(field)).collect();
                TypeExpression { span, kind: TypeKind::Record(fields) }
            }
            // `type_expression` and `is_type`: one of the above, perhaps with a question mark.
            _ => {
                let mut children = Children::of(pair);
                let inner = self.type_expression(children.any());
                match children.maybe(Rule::question) {
                    Some(_) => TypeExpression { span, kind: TypeKind::Optional(Box::new(inner)) },
                    None => inner,
                }
            }
        }
    }
}
