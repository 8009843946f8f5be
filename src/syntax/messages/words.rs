//! The words for the rules of the grammar.

use crate::syntax::grammar::Rule;

/// What a rule is called in a message; nothing for rules that no message should mention. Exhaustive, so that a new rule
/// asks for a decision.
pub(super) fn word(rule: Rule) -> &'static str {
    use Rule as R;
    match rule {
        R::digits => "a number",
        R::nl | R::separator | R::end_of_item | R::end_of_entry | R::list_comma | R::EOI => "a new line",
        R::name_character
        | R::identifier
        | R::import
        | R::instance_name
        | R::raw_word
        | R::path
        | R::key
        | R::parameter_name
        | R::fn_parameter
        | R::emit_label
        | R::for_names
        | R::name
        | R::argument_name => "a name",
        R::fixed_text | R::raw_string | R::emission | R::string | R::multi_open => "a string",
        R::assign => "`=`",
        R::colon | R::base => "`:`",
        R::comma | R::edge_more | R::edge_goes_on => "`,`",
        R::at | R::origin => "`@`",
        R::bar => "`|`",
        R::arrow => "`=>`",
        R::dot | R::optional_dot => "`.`",
        R::question => "`?`",
        R::brace_open | R::only_body | R::body | R::record_type | R::record => "`{`",
        R::brace_close => "`}`",
        R::bracket_open => "`[`",
        R::bracket_close => "`]`",
        R::paren_open | R::arguments | R::fn_parameters => "`(`",
        R::paren_close => "`)`",
        R::angle_open => "`<`",
        R::angle_close => "`>`",
        R::kw_use => "`use`",
        R::kw_input => "`input`",
        R::kw_let => "`let`",
        R::kw_fn => "`fn`",
        R::kw_type => "`type`",
        R::kw_api => "`api`",
        R::kw_kind => "`kind`",
        R::kw_system => "`system`",
        R::kw_hardware => "`hardware`",
        R::kw_namespace => "`namespace`",
        R::kw_component => "`component`",
        R::kw_expose => "`expose`",
        R::kw_application => "`application`",
        R::kw_environment => "`environment`",
        R::kw_policy => "`policy`",
        R::kw_budget => "`budget`",
        R::kw_accept => "`accept`",
        R::kw_test => "`test`",
        R::kw_for | R::comprehension => "`for`",
        R::kw_if => "`if`",
        R::kw_also => "`also`",
        R::kw_output => "`output`",
        R::kw_emit => "`emit`",
        R::kw_footprint => "`footprint`",
        R::kw_refine => "`refine`",
        R::kw_without => "`without`",
        R::kw_needs => "`needs`",
        R::kw_wants => "`wants`",
        R::kw_reaches => "`reaches`",
        R::kw_require => "`require`",
        R::kw_expect => "`expect`",
        R::kw_given => "`given`",
        R::kw_as => "`as`",
        R::kw_from | R::api_from => "`from`",
        R::kw_on | R::on_hardware => "`on`",
        R::kw_via | R::via => "`via`",
        R::kw_until | R::until => "`until`",
        R::kw_finding | R::expect_finding => "`finding`",
        R::kw_then => "`then`",
        R::kw_else | R::otherwise | R::else_part => "`else`",
        R::kw_match => "`match`",
        R::kw_in | R::in_environment => "`in`",
        R::kw_is
        | R::kw_and
        | R::kw_or
        | R::kw_with
        | R::suffix
        | R::with_suffix
        | R::is_suffix
        | R::open_range
        | R::infix
        | R::operator
        | R::operator_word
        | R::coalesce
        | R::equal
        | R::not_equal
        | R::less_or_equal
        | R::greater_or_equal
        | R::less
        | R::greater
        | R::range
        | R::add
        | R::multiply
        | R::subtract
        | R::divide
        | R::access => "an operator",
        R::kw_not
        | R::kw_true
        | R::kw_false
        | R::kw_none
        | R::only_expression
        | R::default_value
        | R::edge_pool
        | R::expression
        | R::operand
        | R::prefix
        | R::negate
        | R::range_high
        | R::postfix
        | R::primary
        | R::group
        | R::argument
        | R::list
        | R::if_expression
        | R::match_expression
        | R::arm_value
        | R::date
        | R::number
        | R::currency_sign => "a value",
        R::kw_of | R::of_subject => "`of`",
        R::kw_where | R::constraint | R::condition => "`where`",
        R::reserved
        | R::key_mark
        | R::broken
        | R::piece
        | R::raw_group
        | R::raw_comment
        | R::raw_in_string
        | R::blank
        | R::text
        | R::multi_text
        | R::escape
        | R::WHITESPACE
        | R::COMMENT
        | R::edge_start => "",
        R::class
        | R::only_entry
        | R::entry_slot
        | R::entry
        | R::statement
        | R::statement_head
        | R::statement_word
        | R::instance_head
        | R::parameter_head
        | R::class_word
        | R::use_head
        | R::attribute
        | R::also
        | R::parameter
        | R::let_entry
        | R::fn_entry
        | R::output_entry
        | R::emit_entry
        | R::emit_verb
        | R::without_entry
        | R::edge_entry
        | R::edge_verb
        | R::require_entry
        | R::accept_entry
        | R::for_entry
        | R::if_entry
        | R::expect_entry
        | R::given_entry => "an attribute",
        R::file
        | R::slot
        | R::only_item
        | R::item
        | R::use_item
        | R::input_item
        | R::type_item
        | R::api_item
        | R::kind_item
        | R::instance
        | R::environment_item
        | R::policy_item
        | R::budget_item
        | R::test_item => "an item",
        R::type_annotation | R::type_expression | R::named_type | R::choice_type | R::is_type => "a type",
        R::subject => "the subject",
        R::match_arm | R::wildcard => "a pattern",
        R::number_suffix | R::per | R::per_unit | R::currency_code => "a unit",
        R::interpolation => "`${`",
    }
}

/// What every value may begin or go on with; beside these words the more special ones only make a sentence long.
const OVERRULED: &[(&str, &[&str])] = &[
    ("a value", &["a name", "a string", "a pattern", "`{`", "`[`", "`(`", "`if`", "`match`"]),
    ("a type", &["a name", "a string", "`{`", "`(`"]),
    ("an attribute", &["a name", "a string", "`let`", "`fn`", "`also`"]),
];

/// What may follow nearly everything, and is worth a word only when nothing else may.
const COMMON: &[&str] = &["an operator", "`.`", "`?`", "`@`", "`(`", "`<`", "a unit"];

/// The expectations as words, each once, as `a`, `a or b`, `a, b or c`.
pub(super) fn list(rules: &[Rule]) -> String {
    let mut found: Vec<&str> = Vec::new();
    for rule in rules {
        let word = word(*rule);
        if !word.is_empty() && !found.contains(&word) {
            found.push(word);
        }
    }
    for (general, special) in OVERRULED {
        if found.contains(general) {
            found.retain(|word| !special.contains(word));
        }
    }
    if found.contains(&"`=`") {
        found.retain(|word| !matches!(*word, "a name" | "a string"));
    }
    if found.contains(&"a new line") {
        found.retain(|word| !matches!(*word, "`,`" | "`}`"));
    }
    if found.contains(&"an operator") {
        // Two of the operators, which a `for` or a `budget` may lack as well.
        found.retain(|word| !matches!(*word, "`in`" | "`of`"));
    }
    if found.iter().any(|word| !COMMON.contains(word)) {
        found.retain(|word| !COMMON.contains(word));
    } else if found.contains(&"an operator") {
        found = vec!["an operator"];
    }
    match found.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
