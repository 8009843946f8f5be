//! Mistakes: one diagnostic for each, at its place, and everything around it is still there.

use super::Parsed;
use crate::syntax::ast::*;

fn complaints(text: &str) -> Vec<String> {
    let parsed = Parsed::new(text);
    parsed.messages()
}

#[track_caller]
fn one(text: &str, expected: &str) {
    assert_eq!(complaints(text), [expected], "{text}");
}

#[test]
fn probe() {
    for text in [
        "component api : web {\n  replicas = 3 +\n  port = 8080\n}\n",
        "component api : web {\n  image =\n  port = 8080\n}\n",
        "component api : web {\n  replicas 3\n  port = 8080\n}\n",
        "component api : web {\n  replicas: 3\n  port = 8080\n}\n",
        "component api : web {\n  image: \"x\"\n  port = 8080\n}\n",
        "component api : web {\n  image == \"x\"\n  port = 8080\n}\n",
        "component api : web {\n  a = 1 b = 2\n  port = 8080\n}\n",
        "component api : web {\n  a = [1, 2 3]\n  port = 8080\n}\n",
        "component api : web {\n  a = f(1 2)\n  port = 8080\n}\n",
        "component api : web {\n  a = if x y\n  port = 8080\n}\n",
        "component api : web {\n  a = (b)-c\n  port = 8080\n}\n",
        "component api : web {\n  a = 5-3\n  port = 8080\n}\n",
        "component api : web {\n  a = b % c\n  port = 8080\n}\n",
        "component api : web {\n  a = b ? c : d\n  port = 8080\n}\n",
        "component api : web {\n  a = Probe { x = 1 }\n  port = 8080\n}\n",
        "component api : web {\n  require a = b\n  port = 8080\n}\n",
        "component api : web {\n  needs\n  port = 8080\n}\n",
        "component api : web {\n  emit \"v1\" { a = 1 }\n  port = 8080\n}\n",
        "component api : web {\n  for x xs { a = 1 }\n  port = 8080\n}\n",
        "component api : web {\n  if { a = 1 } b\n  port = 8080\n}\n",
        "component api : web {\n  use std { web }\n  port = 8080\n}\n",
        "component api : web {\n  x = \"a ${b c} d\"\n  port = 8080\n}\n",
        "component api : web {\n  x = \"a\\q\"\n  port = 8080\n}\n",
        "component api web {\n  port = 8080\n}\n",
        "component api : web\n{\n  port = 8080\n}\n",
        "component api : web\nlet x = 1\n",
        "component : web {\n}\n",
        "componnt api : web {\n  a = 1\n}\nlet x = 1\n",
        "replicas = 3\nlet x = 1\n",
        "needs db\nlet x = 1\n",
        "let x 1\n",
        "let x = \n",
        "input x : \n",
        "type T = 5\n",
        "kind k {\n  a : 5\n  b : Int = \n  c : List<Int\n  d : Int where\n e : Int 5\n}\n",
        "use std web\n",
        "use std { web postgres }\n",
        "fn f(x : Int) -> Int = x\n",
        "accept spof of db\n",
        "accept of db \"x\"\n",
        "test production { }\n",
        "budget x datacenter { }\n",
        "match x { }\n",
        "let x = match y { \"a\" = 1 }\n",
        "let x = 'a b'\n",
        "let x = 1; let y = 2\n",
        "let x = a && !b || c\n",
        "# hello { \" '\nlet x = 1\n",
        "/* hello { \n \" ' */\nlet x = 1\n",
        "let x = \"abc\nlet y = 1\n",
        "component a : b {\n  x = \"abc\n  probe l { path = \"/x, d = 2 }\n  y = \"${a\"\n  z = [\"a, \"b\"]\n}\nlet y = 1\n",
        "component a : b {\n  probe l {\n    path = 1\n  port = 3\n}\nlet y = 1\n",
        "component a : b {\n  x = f(1\n  port = 3\n}\nlet y = 1\n",
        "component a : b {\n  x = [1, 2}\n  port = 3\n}\nlet y = 1\n",
        "component a : b {\n  x = 1)\n  port = 3\n}\nlet y = 1\n",
        "component a : b {\n  x = 1\n  } \n  port = 3\n}\nlet y = 1\n",
        "component a : b {\n  x = 1\n\nlet y = 1\n",
        "component a : b {\n  x = 1\n",
        "component a : b {\n  x = {\n",
        "let x = \"\"\"\n  abc\n\nlet y = 1\n",
        "let x = \"\"\"abc\"\"\"\n",
        "kind a {\n  x : Int\n\nkind b {\n  y : Int }\n}\n",
        "let x = €\n",
        "}\nlet x = 1\n",
        "é\nlet x = 1\n",
        "let x = a -1\n",
        "component x : y { a = 1,, b = 2 }\n",
        "component x : y { , a = 1 }\n",
        "let x = @\n",
        "let x = [e for x xs]\n",
        "let x = [e for x in xs if c]\n",
        "let x = a.\n",
        "let x = a = b\n",
        "let x == 2\n",
    ] {
        let parsed = Parsed::new(text);
        println!("-----\n{text}");
        for d in parsed.diagnostics.iter() {
            println!("  => {:?} {} {} | {} `{}` | {:?} {:?}", parsed.sources.start(d.primary.span).map(|l| (l.line, l.column)), d.code.number(), d.message, d.primary.text, parsed.text(d.primary.span), d.help, d.labels.iter().map(|l| l.text.clone()).collect::<Vec<_>>());
        }
        println!("  items {}", parsed.file.items.len());
    }
}
