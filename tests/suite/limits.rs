//! Texts that would exhaust the stack of a compiler that does not count.

use std::fmt::Write as _;

use vaubanc::world::MemoryWorld;
use vaubanc::{Options, compile};

fn messages(text: &str) -> Vec<String> {
    let compilation = compile(&MemoryWorld::new().with("main.vauban", text), &Options::default());
    compilation.diagnostics.iter().map(|found| format!("{} {}", found.code.number(), found.message)).collect()
}

#[test]
fn a_chain_of_too_many_values_is_one_message_and_no_crash() {
    let mut text = "system s {}\nlet a0 = 1\n".to_owned();
    for number in 1..=4_500 {
        writeln!(text, "let a{number} = a{} + 1", number - 1).expect("writing to a String does not fail");
    }
    text.push_str("kind k { v : Int }\ncomponent x : k { v = a4500 }\n");
    assert_eq!(messages(&text), ["V0106 values depend on each other too deeply"]);
}

#[test]
fn a_chain_of_too_many_parameters_is_one_message_and_no_crash() {
    let mut text = "system s {}\nkind k { v : Int = 1 }\ncomponent x0 : k {}\n".to_owned();
    for number in 1..=4_500 {
        writeln!(text, "component x{number} : k {{ v = x{}.v }}", number + 1)
            .expect("writing to a String does not fail");
    }
    text.push_str("component x4501 : k {}\n");
    assert_eq!(messages(&text), ["V0106 values depend on each other too deeply"]);
}

#[test]
fn expressions_that_nest_in_values_and_calls_are_counted_together() {
    let mut text = "system s {}\nfn f0(x : Any) : Any = x\n".to_owned();
    let (before, after) = ("[".repeat(120), "]".repeat(120));
    for number in 1..=500 {
        let inner = number - 1;
        writeln!(text, "fn f{number}(x : Any) : Any = {before}f{inner}(x){after}")
            .expect("writing to a String does not fail");
    }
    text.push_str("kind k { v : Any }\ncomponent only : k { v = f500(1) }\n");
    assert_eq!(messages(&text), ["V0106 expressions depend on each other too deeply"]);
}

#[test]
fn data_that_no_reader_of_yaml_follows_down_is_one_message() {
    let mut text = "system s {}\nnamespace n {}\napi \"example.com/v1\" Widget { spec : Any }\nlet a0 = 1\n".to_owned();
    for number in 1..=300 {
        writeln!(text, "let a{number} = [a{}]", number - 1).expect("writing to a String does not fail");
    }
    text.push_str("kind k { namespace : namespace = n, emit \"example.com/v1\" Widget { spec = { deep = a300 } } }\ncomponent x : k {}\n");
    assert_eq!(messages(&text), ["V0106 `deep` of a Widget nests deeper than 100 levels"]);
}
