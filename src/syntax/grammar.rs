//! The generated parser, and the one place that knows which rules are mere punctuation.

use pest_derive::Parser;

/// The parser that pest derives from `grammar/vauban.pest`.
#[derive(Parser)]
#[grammar = "../grammar/vauban.pest"]
pub(super) struct Grammar;

/// Signs and keywords matter to messages but not to the tree, whose shape the rules around them already give.
pub(super) fn is_punctuation(rule: Rule) -> bool {
    use Rule as R;
    is_keyword(rule)
        || matches!(
            rule,
            R::assign
                | R::colon
                | R::comma
                | R::at
                | R::bar
                | R::arrow
                | R::brace_open
                | R::brace_close
                | R::bracket_open
                | R::bracket_close
                | R::paren_open
                | R::paren_close
                | R::angle_open
                | R::angle_close
                | R::end_of_item
                | R::end_of_entry
                | R::EOI
        )
}

/// Whether a rule is one of the `kw_…` rules.
pub(super) fn is_keyword(rule: Rule) -> bool {
    use Rule as R;
    matches!(
        rule,
        R::kw_use
            | R::kw_input
            | R::kw_let
            | R::kw_fn
            | R::kw_type
            | R::kw_api
            | R::kw_kind
            | R::kw_system
            | R::kw_hardware
            | R::kw_namespace
            | R::kw_component
            | R::kw_expose
            | R::kw_application
            | R::kw_environment
            | R::kw_policy
            | R::kw_budget
            | R::kw_accept
            | R::kw_test
            | R::kw_for
            | R::kw_if
            | R::kw_also
            | R::kw_output
            | R::kw_emit
            | R::kw_footprint
            | R::kw_refine
            | R::kw_without
            | R::kw_needs
            | R::kw_wants
            | R::kw_reaches
            | R::kw_require
            | R::kw_expect
            | R::kw_given
            | R::kw_as
            | R::kw_from
            | R::kw_on
            | R::kw_via
            | R::kw_until
            | R::kw_finding
            | R::kw_then
            | R::kw_else
            | R::kw_match
            | R::kw_in
            | R::kw_is
            | R::kw_and
            | R::kw_or
            | R::kw_not
            | R::kw_of
            | R::kw_where
            | R::kw_with
            | R::kw_true
            | R::kw_false
            | R::kw_none
    )
}
