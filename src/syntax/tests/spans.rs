//! The source text of a span is what was meant by it, also behind repairs and with CRLF.

use super::Parsed;
use crate::syntax::ast::*;

/// The attribute at an index of the component `a`.
fn attribute(parsed: &Parsed, index: usize) -> &Attribute {
    let ItemKind::Instance(instance) = &parsed.item(0).kind else { panic!("not an instance") };
    let EntryKind::Attribute(attribute) = &instance.body.entries[index].kind else { panic!("not an attribute") };
    attribute
}

const TEXT: &str = "/// Docs.
component a : web { // comment
  // another
  x.\"y ${z}\" = 1 + (b - 2) * c.d?.e   // trailing
  r = { p = 500m.. }

  s = f(g, h = \"é€ ${i}\").j /// behind
  needs db , cache { port = 1 } // end
}  // after
";

fn check(text: &str) {
    let parsed = Parsed::valid(text);
    let item = parsed.item(0);
    assert_eq!(item.docs.as_deref(), Some("Docs."));
    assert!(parsed.text(item.span).starts_with("component a") && parsed.text(item.span).ends_with('}'));
    let ItemKind::Instance(instance) = &item.kind else { panic!("not an instance") };
    assert_eq!(parsed.text(instance.name.span), "a");
    assert_eq!(instance.kind.as_ref().map(|kind| parsed.text(kind.span)), Some("web"));
    assert!(parsed.text(instance.body.span).starts_with("{ //"));
    let x = attribute(&parsed, 0);
    assert_eq!(x.path.iter().map(|key| parsed.text(key.span)).collect::<Vec<_>>(), ["x", "\"y ${z}\""]);
    assert_eq!(parsed.text(x.value.span), "1 + (b - 2) * c.d?.e");
    let ExpressionKind::Binary { right, .. } = &x.value.kind else { panic!("{:?}", x.value) };
    assert_eq!(parsed.text(right.span), "(b - 2) * c.d?.e");
    let ExpressionKind::Binary { left, right, .. } = &right.kind else { panic!("{right:?}") };
    assert_eq!((parsed.text(left.span), parsed.text(right.span)), ("(b - 2)", "c.d?.e"));
    assert_eq!(parsed.text(instance.body.entries[0].span), "x.\"y ${z}\" = 1 + (b - 2) * c.d?.e");
    assert_eq!(parsed.text(attribute(&parsed, 1).value.span), "{ p = 500m.. }");
    let s = attribute(&parsed, 2);
    assert_eq!(parsed.text(s.value.span), "f(g, h = \"é€ ${i}\").j");
    assert_eq!(instance.body.entries[2].docs.as_deref(), Some("behind"));
    let EntryKind::Edge(edge) = &instance.body.entries[3].kind else { panic!("not an edge") };
    assert_eq!(edge.targets.iter().map(|target| parsed.text(target.span)).collect::<Vec<_>>(), ["db", "cache"]);
    assert_eq!(parsed.text(instance.body.entries[3].span), "needs db , cache { port = 1 }");
}

#[test]
fn spans_cover_what_was_written_and_no_blanks_or_comments() {
    check(TEXT);
}

#[test]
fn spans_are_right_with_carriage_returns() {
    check(&TEXT.replace('\n', "\r\n"));
}

#[test]
fn spans_point_into_the_original_behind_repairs() {
    let text = "let a = 'one'; let b = 2 # note\ncomponent x : y {\n  p = f(1\n  q = r && s\n}\nlet c = target\n";
    let parsed = Parsed::new(text);
    assert_eq!(parsed.diagnostics.len(), 5, "{:#?}", parsed.messages());
    let ItemKind::Let(last) = &parsed.item(3).kind else { panic!("not a let") };
    assert_eq!((parsed.text(last.name.span), parsed.text(last.value.span)), ("c", "target"));
    let ItemKind::Let(second) = &parsed.item(1).kind else { panic!("not a let") };
    assert_eq!(parsed.text(second.value.span), "2");
    let ItemKind::Let(first) = &parsed.item(0).kind else { panic!("not a let") };
    assert_eq!(parsed.text(first.value.span), "'one'");
    let ItemKind::Instance(instance) = &parsed.item(2).kind else { panic!("not an instance") };
    assert_eq!(instance.body.entries.len(), 1);
    assert_eq!(parsed.text(instance.body.entries[0].span), "q = r && s");
}

#[test]
fn words_of_literals_have_their_own_spans() {
    let parsed = Parsed::valid("let a = 10MB/s\nlet b = 0.12 EUR/h\n");
    let number = |index: usize| match &parsed.item(index).kind {
        ItemKind::Let(LetItem {
            value: Expression { kind: ExpressionKind::Literal(Literal::Number(number)), .. },
            ..
        }) => number.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(number(0).suffix.map(|word| parsed.text(word.span).to_owned()).as_deref(), Some("MB"));
    assert_eq!(number(0).per.map(|word| parsed.text(word.span).to_owned()).as_deref(), Some("s"));
    assert_eq!(number(1).per.map(|word| parsed.text(word.span).to_owned()).as_deref(), Some("h"));
}

#[test]
fn one_expression_parses_alone() {
    let parse = |text: &str| crate::syntax::parse_expression(crate::source::SourceId::NONE, text);
    assert!(matches!(parse(" 3f2a91c\n").0, Some(Expression { kind: ExpressionKind::Literal(_), .. }) | None));
    let (expression, diagnostics) = parse("[1, 2]");
    assert!(
        matches!(expression.map(|expression| expression.kind), Some(ExpressionKind::List(list)) if list.len() == 2)
    );
    assert!(diagnostics.is_empty());
    for broken in ["1 +", "\"abc", "(1", "", "a b", "1\n2"] {
        let (expression, diagnostics) = parse(broken);
        assert_eq!(diagnostics.len(), 1, "{broken}: {diagnostics:?}");
        assert!(expression.is_none(), "{broken}");
    }
}
