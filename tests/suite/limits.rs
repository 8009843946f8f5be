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

#[test]
fn numbers_that_no_api_holds_are_refused_where_they_stand_and_counted_without_wrapping() {
    let platform = |replicas: &str| {
        format!(
            "use std {{ web }}\nhardware rack {{ node n {{ cpu = 2, memory = 8GB, count = 3 }} }}\nsystem s on rack {{}}\nnamespace shop {{}}\n\
             component api : web {{ namespace = shop, image = \"registry.example.com/shop/api:1\", cpu = 1m, memory = 1MiB, port = 80, \
             replicas = {replicas} }}\n"
        )
    };
    for replicas in ["2147483648", "9223372036854775807", "9223372036854775808", "18446744073709551615"] {
        let found = messages(&platform(replicas));
        let refused = format!("V0604 Kubernetes refuses the replicas `{replicas}` of Deployment `api`");
        assert_eq!(found.iter().filter(|one| one.starts_with("V0604")).collect::<Vec<_>>(), [&refused], "{found:?}");
        assert!(found.iter().all(|one| !one.starts_with("V0905")), "{found:?}");
    }
    let widget = "system s {}\napi \"example.com/v1\" Widget { spec : Any }\nkind k { emit \"example.com/v1\" Widget { spec { a = [1, NUMBER] } } }\n\
                  component x : k {}\n";
    let refused = |number: &str| messages(&widget.replace("NUMBER", number));
    let said = |number: &str| format!("V0604 Kubernetes refuses the number `{number}` of Widget `x`");
    for number in ["9223372036854775808", "18446744073709551616", "-9223372036854775809"] {
        assert_eq!(refused(number), [said(number)]);
    }
    assert_eq!(refused("9223372036854775807"), [""; 0]);
}

#[test]
fn hardware_cannot_read_itself() {
    for value in ["cpu = self, memory = 8GB", "cpu = 1, memory = self", "cpu = 1, memory = self.memory"] {
        let text = format!("hardware rack {{ node n {{ {value} }} }}\nsystem s on rack {{}}\n");
        assert_eq!(messages(&text), ["V0201 there is no `self`"], "{value}");
    }
}

#[test]
fn an_object_of_which_the_api_says_that_it_makes_nothing_needs_no_footprint() {
    let text = |creates: &str| {
        format!(
            "hardware h {{ node n {{ cpu = 8, memory = 32GB }} }}\nsystem s on h {{}}\nnamespace n {{}}\n\
             api \"velero.io/v1\" Schedule {{ {creates} spec : {{ schedule : String }} }}\n\
             api \"velero.io/v1\" Storage {{ {creates} scope = \"cluster\", spec : {{ schedule : String }} }}\n\
             kind k {{ namespace : namespace = n, emit \"velero.io/v1\" Schedule {{ spec.schedule = \"0 2 * * *\" }}, emit \"velero.io/v1\" Storage {{}} }}\n\
             component b : k {{}}\n"
        )
    };
    assert_eq!(messages(&text("creates = \"none\",")), [""; 0]);
    let said = messages(&text(""));
    assert!(said.len() == 2 && said.iter().all(|one| one.starts_with("V0419")), "{said:?}");
}
