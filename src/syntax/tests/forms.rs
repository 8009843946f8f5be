//! Every form of the language parses, and means what it looks like.

use super::Parsed;
use crate::syntax::ast::*;

/// The entries of `kind k { … }`.
fn entries(body: &str) -> Vec<EntryKind> {
    let parsed = Parsed::valid(&format!("kind k {{\n{body}\n}}\n"));
    match parsed.file.items.into_iter().next().map(|item| item.kind) {
        Some(ItemKind::Kind(kind)) => kind.body.entries.into_iter().map(|entry| entry.kind).collect(),
        other => panic!("not a kind: {other:?}"),
    }
}

fn entry(body: &str) -> EntryKind {
    let mut entries = entries(body);
    assert_eq!(entries.len(), 1, "{body}: {entries:?}");
    entries.remove(0)
}

fn attribute(body: &str) -> Attribute {
    match entry(body) {
        EntryKind::Attribute(attribute) => attribute,
        other => panic!("not an attribute: {body}: {other:?}"),
    }
}

fn path(body: &str) -> Vec<String> {
    let show = |key: &Key| match &key.kind {
        KeyKind::Name(name) => name.clone(),
        KeyKind::String(parts) => format!("{:?}", show_parts(parts)),
    };
    attribute(body).path.iter().map(show).collect()
}

fn value(text: &str) -> String {
    show(&attribute(&format!("x = {text}")).value)
}

fn show_parts(parts: &[StringPart]) -> String {
    let part = |part: &StringPart| match part {
        StringPart::Text(text) => text.clone(),
        StringPart::Expression(expression) => format!("${{{}}}", show(expression)),
    };
    parts.iter().map(part).collect()
}

/// An expression with all its parentheses.
fn show(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Literal(Literal::None) => "none".into(),
        ExpressionKind::Literal(Literal::Bool(value)) => value.to_string(),
        ExpressionKind::Literal(Literal::Date(date)) => format!("date {date}"),
        ExpressionKind::Literal(Literal::Number(number)) => {
            let word = |word: &Option<Word>| word.as_ref().map(|word| word.text.clone()).unwrap_or_default();
            let per = number.per.as_ref().map(|per| format!("/{}", per.text)).unwrap_or_default();
            let currency = number.currency.clone().unwrap_or_default();
            format!("{currency}{}{}{per}", number.digits, word(&number.suffix))
        }
        ExpressionKind::String(parts) => format!("{:?}", show_parts(parts)),
        ExpressionKind::Name(name) => name.clone(),
        ExpressionKind::Record(body) => format!("{{{}}}", body.entries.len()),
        ExpressionKind::List(elements) => format!("[{}]", elements.iter().map(show).collect::<Vec<_>>().join(", ")),
        ExpressionKind::Comprehension { element, names, iterable, condition } => {
            let names = names.iter().map(|name| name.text.clone()).collect::<Vec<_>>().join(", ");
            let condition =
                condition.as_ref().map(|condition| format!(" where {}", show(condition))).unwrap_or_default();
            format!("[{} for {names} in {}{condition}]", show(element), show(iterable))
        }
        ExpressionKind::Field { base, name, optional } => {
            format!("{}{}{}", show(base), if *optional { "?." } else { "." }, name.text)
        }
        ExpressionKind::Call { function, arguments } => {
            let argument = |argument: &Argument| {
                let name = argument.name.as_ref().map(|name| format!("{} = ", name.text)).unwrap_or_default();
                name + &show(&argument.value)
            };
            format!("{}({})", function.text, arguments.iter().map(argument).collect::<Vec<_>>().join(", "))
        }
        ExpressionKind::Unary { operator, operand } => format!("({operator:?} {})", show(operand)),
        ExpressionKind::Binary { operator, left, right } => format!("({} {operator:?} {})", show(left), show(right)),
        ExpressionKind::Range { low, high } => {
            format!("({}..{})", show(low), high.as_ref().map(|high| show(high)).unwrap_or_default())
        }
        ExpressionKind::With { base, patch } => format!("({} with {{{}}})", show(base), patch.entries.len()),
        ExpressionKind::Is { operand, ty } => format!("({} is {})", show(operand), show_type(ty)),
        ExpressionKind::If { condition, then, otherwise } => {
            format!("(if {} then {} else {})", show(condition), show(then), show(otherwise))
        }
        ExpressionKind::Match { subject, arms } => {
            let arm = |arm: &MatchArm| {
                let patterns = arm.patterns.as_ref().map_or_else(
                    || "_".to_owned(),
                    |patterns| patterns.iter().map(show).collect::<Vec<_>>().join(" | "),
                );
                format!("{patterns} => {}", show(&arm.value))
            };
            format!("(match {} {{{}}})", show(subject), arms.iter().map(arm).collect::<Vec<_>>().join(", "))
        }
    }
}

fn show_type(ty: &TypeExpression) -> String {
    match &ty.kind {
        TypeKind::Named { name, arguments } if arguments.is_empty() => name.clone(),
        TypeKind::Named { name, arguments } => {
            format!("{name}<{}>", arguments.iter().map(show_type).collect::<Vec<_>>().join(", "))
        }
        TypeKind::Optional(inner) => format!("{}?", show_type(inner)),
        TypeKind::Choice(words) => words.iter().map(|word| word.text.clone()).collect::<Vec<_>>().join("|"),
        TypeKind::Record(fields) => {
            let field = |field: &Parameter| {
                let default = field.default.as_ref().map(|value| format!(" = {}", show(value))).unwrap_or_default();
                format!("{} : {}{default}", field.name.text, field.ty.as_ref().map(show_type).unwrap_or_default())
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
    }
}

#[test]
fn the_tour_of_the_language_parses() {
    let parsed = Parsed::valid(include_str!("tour.vauban"));
    assert_eq!(parsed.file.items.len(), 15);
}

#[test]
fn every_example_of_the_reference_parses() {
    let reference = include_str!("../../../docs/language.md");
    let examples: Vec<&str> =
        reference.split("```vauban\n").skip(1).map(|rest| rest.split("```").next().unwrap_or("")).collect();
    assert!(examples.len() >= 4);
    for example in examples {
        Parsed::valid(example);
    }
}

#[test]
fn operators_bind_as_the_reference_orders_them() {
    assert_eq!(
        value("a ?? b or c and not d == e + f * -g"),
        "(a Coalesce (b Or (c And (Not (d Equal (e Add (f Multiply (Negate g))))))))"
    );
    assert_eq!(value("1 of a + 1"), "(1 Of (a Add 1))");
    assert_eq!(value("1 + 1..2 * 3"), "((1 Add 1)..(2 Multiply 3))");
    assert_eq!(value("a - b - c"), "((a Subtract b) Subtract c)");
    assert_eq!(value("(a - (b - c))"), "(a Subtract (b Subtract c))");
    assert_eq!(value("-a with { b = 1 }"), "(Negate (a with {1}))");
    assert_eq!(value("a is loki and b in xs"), "((a is loki) And (b In xs))");
    assert_eq!(value("a / 2 <= b"), "((a Divide 2) LessOrEqual b)");
    assert_eq!(value("-1..-2"), "((Negate 1)..(Negate 2))");
    assert_eq!(
        value("a != b or a > b or a < b or a >= b"),
        "((((a NotEqual b) Or (a Greater b)) Or (a Less b)) Or (a GreaterOrEqual b))"
    );
    assert_eq!(value("500m.."), "(500m..)");
    assert_eq!(value("if a is Range<Cpu>? then x.. else y"), "(if (a is Range<Cpu>?) then (x..) else y)");
}

#[test]
fn operands_have_all_their_forms() {
    assert_eq!(value("a.b?.c.\"d/e\""), "a.b?.c.d/e");
    assert_eq!(value("f(x, y = 1, )"), "f(x, y = 1)");
    assert_eq!(value("f(\n  x,\n  y = [1]\n)"), "f(x, y = [1])");
    assert_eq!(value("f(a == b)"), "f((a Equal b))");
    assert_eq!(value("f()"), "f()");
    assert_eq!(value("{ a = 1, b.c = 2, d { e = 3 } }"), "{3}");
    assert_eq!(value("[]"), "[]");
    assert_eq!(value("[\n  1,\n  2,\n]"), "[1, 2]");
    assert_eq!(value("[{ a = 1 }, 2]"), "[{1}, 2]");
    assert_eq!(value("[e for x in xs where c]"), "[e for x in xs where c]");
    assert_eq!(value("[\n  e\n  for k, v in r\n  where v is Secret\n]"), "[e for k, v in r where (v is Secret)]");
    assert_eq!(value("if c then a else if d then b else e"), "(if c then a else (if d then b else e))");
    assert_eq!(value("if c\n  then a\n  else b"), "(if c then a else b)");
    assert_eq!(value("match x { \"a\" | \"b\" => 1, _ => 2 }"), "(match x {\"a\" | \"b\" => 1, _ => 2})");
    assert_eq!(value("match x {\n  true => {}\n  _x => [a]\n}"), "(match x {true => {0}, _x => [a]})");
    assert_eq!(value("true and none == false"), "(true And (none Equal false))");
    assert_eq!(value("a-b - c-1"), "(a-b Subtract c-1)");
    assert_eq!(value("notable or iffy"), "(notable Or iffy)");
}

#[test]
fn literals_keep_what_was_written() {
    for (text, shown) in [
        ("8", "8"),
        ("0.5", "0.5"),
        ("1_000", "1000"),
        ("250m", "250m"),
        ("16GiB", "16GiB"),
        ("99.9%", "99.9%"),
        ("1000/min", "1000/min"),
        ("10MB/s", "10MB/s"),
        ("€850/month", "€850/month"),
        ("$250/month", "$250/month"),
        ("0.12 EUR/h", "EUR0.12/h"),
        ("3 USD", "USD3"),
        ("2026-12-31", "date 2026-12-31"),
        ("5parsecs", "5parsecs"),
    ] {
        assert_eq!(value(text), shown);
    }
    assert_eq!(value("2..4"), "(2..4)");
    assert_eq!(value("delay / 1s"), "(delay Divide 1s)");
}

#[test]
fn strings_interpolate_and_escape() {
    assert_eq!(value(r#""a ${b} c""#), r#""a ${b} c""#);
    assert_eq!(value(r#""${secret("user")}:${f("}", { a = 1 })}""#), r#""${secret(\"user\")}:${f(\"}\", {1})}""#);
    assert_eq!(value(r#""$${x} $5 \u{1F600}\t\"\\\$""#), format!("{:?}", "${x} $5 😀\t\"\\$"));
    assert_eq!(value(r#""""#), r#""""#);
    assert_eq!(value(r#""https://a.b//c""#), r#""https://a.b//c""#);
}

#[test]
fn multi_line_strings_lose_their_indentation() {
    let text = |lines: &str| match attribute(&format!("x = {lines}")).value.kind {
        ExpressionKind::String(parts) => show_parts(&parts),
        other => panic!("{other:?}"),
    };
    assert_eq!(text("\"\"\"\n    a\n      \"b\"\n\n    ${c}\n    \"\"\""), "a\n  \"b\"\n\n${c}");
    assert_eq!(text("\"\"\"\n  a\n\n\"\"\""), "a\n");
    assert_eq!(text("\"\"\"\n  a\"\"\""), "a");
    assert_eq!(text("\"\"\"\n    ${a}\n  b\n  \"\"\""), "  ${a}\nb");
    assert_eq!(text("\"\"\"\n  a\\n  b\n   c\n\"\"\""), "a\n  b\n c");
    assert_eq!(text("\"\"\"\n\"\"\""), "");
}

#[test]
fn a_keyword_before_a_sign_is_a_key() {
    for (body, expected) in [
        ("type = \"x\"", vec!["type"]),
        ("for = \"5m\"", vec!["for"]),
        ("match { a = 1 }", vec!["match"]),
        ("from = []", vec!["from"]),
        ("if.not = 1", vec!["if", "not"]),
        ("a.for.let = 1", vec!["a", "for", "let"]),
        ("namespace = demo", vec!["namespace"]),
        ("component main = 1", vec!["component", "main"]),
        ("expose { a = 1 }", vec!["expose"]),
        ("given = 1", vec!["given"]),
        ("also = 1", vec!["also"]),
        ("accept { x = 1 }", vec!["accept"]),
        ("reserve \"k3s\" { cpu = 1 }", vec!["reserve", "\"k3s\""]),
        ("node host {}", vec!["node", "host"]),
        ("pods main = {}", vec!["pods", "main"]),
        ("a \"quoted ${x}\" {}", vec!["a", "\"quoted ${x}\""]),
        ("\"app.kubernetes.io/name\" = 1", vec!["\"app.kubernetes.io/name\""]),
        (
            "template.spec.containers.postgres.resources = 1",
            vec!["template", "spec", "containers", "postgres", "resources"],
        ),
        ("then = 1", vec!["then"]),
    ] {
        assert_eq!(path(body), expected, "{body}");
    }
    match entry("require : Int") {
        EntryKind::Parameter(parameter) => assert_eq!(parameter.name.text, "require"),
        other => panic!("{other:?}"),
    }
    let all = entries("a = 1\nand = 2\nor { b = 1 }\nelse = 3");
    assert_eq!(all.len(), 4);
}

#[test]
fn parameters_have_types_defaults_constraints_and_docs() {
    let body = "/// How many.\n/// At least one.\na : Int = 2 where it >= 1 \"at least ${1}\"\nb : List<Map<T>>?  /// Behind.\n\"c/d\" : (\"x\" | \"y\")?\n\ne : { path : String?, delay : Duration = 0s }";
    let parameters: Vec<Parameter> = entries(body)
        .into_iter()
        .map(|kind| match kind {
            EntryKind::Parameter(parameter) => parameter,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(parameters[0].docs.as_deref(), Some("How many.\nAt least one."));
    assert_eq!(parameters[0].default.as_ref().map(show).as_deref(), Some("2"));
    assert_eq!(parameters[0].constraint.as_ref().map(show).as_deref(), Some("(it GreaterOrEqual 1)"));
    assert_eq!(parameters[0].message.as_ref().map(show).as_deref(), Some("\"at least ${1}\""));
    assert_eq!(parameters[1].docs.as_deref(), Some("Behind."));
    assert_eq!(parameters[2].docs, None);
    let types: Vec<String> = parameters.iter().filter_map(|parameter| parameter.ty.as_ref().map(show_type)).collect();
    assert_eq!(types, ["Int", "List<Map<T>>?", "x|y?", "{path : String?, delay : Duration = 0s}"]);
    assert_eq!(parameters[2].name.text, "c/d");
}

#[test]
fn emissions_have_verbs_and_labels() {
    let statement = |body: &str| match entry(body) {
        EntryKind::Emit(statement) => statement,
        other => panic!("{other:?}"),
    };
    let emit = statement("emit \"apps/v1\" Deployment { a = 1 }");
    assert_eq!(
        (emit.verb, emit.version.text.as_str(), emit.kind.text.as_str()),
        (EmitVerb::Emit, "apps/v1", "Deployment")
    );
    assert!(emit.body.is_some());
    assert_eq!(
        statement("refine \"v1\" Service headless {}").label.map(|label| label.text).as_deref(),
        Some("headless")
    );
    assert_eq!(statement("footprint \"v1\" Pod \"a b\" {}").label.map(|label| label.text).as_deref(), Some("a b"));
    let without = statement("without \"v1\" Service headless");
    assert!(without.verb == EmitVerb::Without && without.body.is_none());
    assert!(matches!(entry("without search"), EntryKind::Without(word) if word.text == "search"));
}

#[test]
fn edges_have_targets_a_quorum_and_attributes() {
    let edge = |body: &str| match entry(body) {
        EntryKind::Edge(edge) => edge,
        other => panic!("{other:?}"),
    };
    let targets = |edge: &EdgeStatement| edge.targets.iter().map(show).collect::<Vec<_>>();
    let two = edge("needs db.pooled,\n  cache { timeout = 2s }");
    assert_eq!((two.strength, targets(&two)), (Strength::Needs, vec!["db.pooled".to_owned(), "cache".to_owned()]));
    assert_eq!(two.attributes.map(|body| body.entries.len()), Some(1));
    let quorum = edge("wants 2 of [a, b, c]");
    assert_eq!(quorum.quorum.as_ref().map(show).as_deref(), Some("2"));
    assert_eq!(targets(&quorum), ["[a, b, c]"]);
    assert_eq!(edge("reaches cluster.api").strength, Strength::Reaches);
    assert_eq!(entries("needs db, port = 1").len(), 2);
    assert_eq!(entries("needs db, wants otel, x { a = 1 }\nb = 1").len(), 3);
}

#[test]
fn statements_of_kinds_tests_and_environments_parse() {
    for body in [
        "let half : Bytes = memory.min / 2",
        "fn double(x : Int, y = 1) : Int = x * 2",
        "output url via pooled : Secret = \"x\"",
        "output url = \"x\"",
        "require a >= 2\n  or b else \"no\"",
        "require a",
        "require a\n  else \"no\"",
        "accept spof \"reason\"",
        "accept spof of expose.\"a.b\".x in production \"reason\" until 2026-12-31",
        "component x : web { a = 1 }",
        "component api { replicas = 1 }",
        "expose \"api.${domain}\" { to = api }",
        "system s on lab {}",
        "for k, v in env where v is Secret { \"${k}\" = v }",
        "for x in { a = 1 } { b = x }",
        "if a { b = 1 } else if c { d = 1 } else { e = 1 }",
        "if a { b = 1 }\nelse { c = 1 }",
        "expect fits",
        "expect spofs == [datacenter.host]",
        "expect finding overfull of datacenter.host",
        "given { component worker { replicas = 12 } }",
        "also replicas = 3..10 @ \"§8.4\"",
    ] {
        assert_eq!(entries(body).len(), 1, "{body}");
    }
    let also = attribute("also replicas = 3..10 @ \"§8.4\"");
    assert_eq!((also.also, also.origin.map(|origin| origin.text).as_deref()), (true, Some("§8.4")));
    let EntryKind::Accept(accept) = entry("accept spof of expose.\"a.b\".x in production \"r\" until 2026-12-31")
    else {
        panic!("not an acceptance");
    };
    assert_eq!(accept.subject.map(|subject| subject.text).as_deref(), Some("expose.\"a.b\".x"));
    assert_eq!(accept.until.map(|until| until.text).as_deref(), Some("2026-12-31"));
    assert_eq!(entries("expect fits, given { component worker { replicas = 12 } }, expect finding x").len(), 3);
}

#[test]
fn every_item_parses() {
    let text = r#"
use std { web, postgres as pg }
use "../common" {
  naming,
  other
}
input release : String = "dev"
input other : Int
let domain : Host = "vauban.localhost"
fn double(x : Int) : Int = x * 2
type Probe = { path : String?, delay : Duration = 0s }
type Mode =
  "full"
  | "archive"
api "example.com/v1" Widget from "widget-crd.yaml" { scope = "cluster" }
api "example.com/v1" Gadget from "gadget.yaml"
kind web : workload {}
kind bare {
}
system s on laptop {}
hardware lab : datacenter { node host { cpu = 4, memory = 32GB } }
namespace demo {}
component a : web { b = 1, }
component "a-${x}" : web {}
expose "api.${domain}" { to = api, via = ingress }
application x {}
environment production on datacenter { exclusive = true }
policy gdpr "…" { for c in components where c is loki { require c.retention <= 30d else "keeps" } }
budget nvme-plan of datacenter.host.nvme { total = 3.5TB, data = { amount = 2, of = [db, cache] }, "container images" = 700GB }
accept spof of db in production "reason" until 2026-12-31
test "…" in production { expect fits }
for region in regions { component "x-${region}" : web {} }
if staged { component y : web {} } else { component z : web {} }
"#;
    assert_eq!(Parsed::valid(text).file.items.len(), 26);
    assert_eq!(Parsed::valid(&text.replace('\n', "\r\n")).file.items.len(), 26);
}
